//! Reporting that something happened to a case: what was due before it comes first, and a report that is refused changes
//! nothing, but that a case which is over by then has ended.

use jiff::Timestamp;
use voordeur_engine::{Event, Rejection, Stepper};
use voordeur_store::{CaseRow, Kind, OutboxRow, Status, StoreError};

use crate::clock::Clock;
use crate::drive::{BATCH, Runtime};
use crate::error::RuntimeError;
use crate::references::check_words_of;
use crate::rows::timestamp;
use crate::session::Session;
use crate::watch::Watch;

/// How often a report is tried again. Each time somebody else was first with something, so that many who report at once are
/// all heard.
const TRIES: u32 = 1_000;

/// When a report counts.
#[derive(Clone, Copy)]
enum When<'a> {
    /// At this moment.
    At(Timestamp),
    /// Now, whenever it comes to be written.
    Now(&'a dyn Clock),
}

impl When<'_> {
    /// Time runs one way in a case: by a clock that has gone back, and of those who report at the same moment.
    fn of(self, row: &CaseRow) -> Timestamp {
        match self {
            When::At(at) => at,
            When::Now(clock) => clock.now().max(timestamp(row.touched_at)),
        }
    }
}

/// How far a report has come.
enum Tried {
    /// It can be written, with what was due before it.
    Ready(Box<Session>),
    /// Plugins answer first, or there is much to write before.
    Later,
}

impl Runtime {
    /// Lets something happen now, by the clock; gives when that was. When the clock has gone back, or somebody else was first,
    /// it happens right after the last thing that happened to the case: time runs one way in a case.
    ///
    /// # Errors
    /// As [`Runtime::occur`].
    pub async fn occur_now(
        &self,
        label: &str,
        event: &Event,
        clock: &dyn Clock,
        watch: &mut dyn Watch,
    ) -> Result<Timestamp, RuntimeError> {
        self.report(label, event, When::Now(clock), watch).await
    }

    /// Lets something happen to a case, after everything that was due before it, in one transaction with it.
    ///
    /// # Errors
    /// [`RuntimeError`] when there is no such case or the engine refuses the event. Then nothing has happened to the case, also
    /// nothing that was due before, unless a plugin had to answer first, or the case has ended by what was due.
    pub async fn occur(
        &self,
        label: &str,
        event: &Event,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        self.report(label, event, When::At(now), watch).await.map(|_| ())
    }

    async fn report(
        &self,
        label: &str,
        event: &Event,
        when: When<'_>,
        watch: &mut dyn Watch,
    ) -> Result<Timestamp, RuntimeError> {
        check_words_of(event)?;
        let mut row = self.row(label).await?;
        let mut tries = TRIES;
        loop {
            let now = when.of(&row);
            let is_open = row.status == Status::Running;
            let tried = match self.tried(row, event, now).await {
                Err(RuntimeError::Refused(ended @ Rejection::Ended { .. })) if is_open => {
                    // Whoever is told so can report it anew: the case has ended for everybody.
                    self.advance_case(label, now, watch).await?;
                    return Err(ended.into());
                }
                tried => tried?,
            };
            match tried {
                Tried::Ready(session) => match self.write(vec![*session], watch).await {
                    Err(RuntimeError::Store(StoreError::Conflict)) if tries > 0 => tries -= 1,
                    done => return done.map(|()| now),
                },
                Tried::Later => self.advance_case(label, now, watch).await.map(|_| ())?,
            }
            row = self.row(label).await?;
        }
    }

    /// A report in hand, after what was due before it.
    async fn tried(&self, row: CaseRow, event: &Event, now: Timestamp) -> Result<Tried, RuntimeError> {
        let mut waits = self.waits_for_calls(row.id).await?;
        // Who follows a clock fires late when it has stood still; on a virtual clock nothing is late.
        let mut session = self.recounted_first(row, now).await?.late_by(self.clock.as_ref().map(|_| now));
        let mut stepper = Stepper::default();
        if !waits {
            session.fire(&mut stepper, now)?;
            waits = session.is_held_up(now);
        }
        match session.step(&mut stepper, event, now) {
            Ok(()) if !waits => Ok(Tried::Ready(Box::new(session))),
            Err(refused) if !waits || stands(&refused) => Err(refused.into()),
            Ok(()) | Err(_) => Ok(Tried::Later),
        }
    }

    /// Whether a plugin has to answer before anything else happens to a case.
    async fn waits_for_calls(&self, case: i64) -> Result<bool, RuntimeError> {
        let mut after = 0;
        loop {
            let waiting = self.store.outbox(Kind::Call, after, BATCH).await?;
            let Some(last) = waiting.last() else { return Ok(false) };
            after = last.id;
            if waiting.iter().any(|row: &OutboxRow| row.case_id == case && self.is_free(row)) {
                return Ok(true);
            }
        }
    }
}

/// Whether a report is refused whatever a plugin answers before it.
const fn stands(refused: &Rejection) -> bool {
    matches!(
        refused,
        Rejection::NotTheirs { .. }
            | Rejection::NotForVolunteers { .. }
            | Rejection::NotAsked { .. }
            | Rejection::MissingAnswers { .. }
            | Rejection::NoReason
            | Rejection::TooFar { .. }
            | Rejection::NotBorn { .. }
            | Rejection::BeforeLast { .. }
            | Rejection::Ended { .. }
    )
}
