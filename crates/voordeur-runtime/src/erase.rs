//! Erasing: the key of a case is destroyed, and its journal says so. What was done stays; what it was about cannot be
//! read any more. A case that cannot be read is erased as well: nobody has to read what is destroyed.

use jiff::Timestamp;
use voordeur_engine::{Case, Entry, Erasure, Event, Rejection, Status as Running, Stepper, TimerId};
use voordeur_messages::say;
use voordeur_store::{CaseRow, CaseWrite, Key, Lane, Status, StepWrite, StoreError};

use crate::chain::{Chain, Chained};
use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::rows::{journal, json, micros, stored_case, timestamp};
use crate::sealing::is_open;
use crate::watch::{Trouble, Watch};

/// How many cases are read at a time.
const PAGE: u32 = 256;

/// A case whose personal values have been kept for as long as its pathway says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// Its label.
    pub label: String,
    /// The number of its pathway.
    pub protocol: i64,
    /// When it ended (UTC).
    pub ended_at: Timestamp,
    /// Until when they were to be kept (UTC).
    pub kept_until: Timestamp,
}

impl Runtime {
    /// The cases with personal values whose term is over at a moment. One of which nobody can tell is left out, and that is told.
    /// `progress` hears how many cases were looked at.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be read.
    pub async fn expired(
        &self,
        now: Timestamp,
        watch: &mut dyn Watch,
        mut progress: impl FnMut(u64),
    ) -> Result<Vec<Expired>, RuntimeError> {
        let (mut after, mut seen, mut found) = (String::new(), 0, Vec::new());
        loop {
            let page = self.store.cases(&after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(found) };
            after.clone_from(&last.label);
            for row in &page {
                seen += 1;
                let term = self.or_left_out(&row.label, self.term(row), watch).await?.flatten();
                found.extend(term.filter(|term| term.kept_until <= now));
            }
            progress(seen);
        }
    }

    /// Until when the personal values of a case and its household are kept, when it has ended and has any.
    fn term(&self, row: &CaseRow) -> Result<Option<Expired>, RuntimeError> {
        if row.status != Status::Ended || row.secret.is_none() && row.household.is_none() {
            return Ok(None);
        }
        let protocol = self.protocol(row.protocol)?;
        let ended_at = match stored_case(row).map(|case| case.status) {
            Ok(Running::Ended { at, .. }) => at,
            Ok(_) => return Ok(None),
            // Its row still says when something last happened to it: at its end, or later.
            Err(_) => timestamp(row.touched_at),
        };
        let Some(keep) = protocol.keep else { return Ok(None) };
        let kept_until = protocol.calendar.delay(ended_at, keep).at;
        Ok(Some(Expired { label: row.label.clone(), protocol: row.protocol, ended_at, kept_until }))
    }

    /// Destroys the key of a case that has ended: its personal values, those of its journal, its messages and its
    /// documents cannot be read any more. Doing so again changes nothing. Of a case that cannot be read the key is destroyed all the
    /// same, and that is told.
    ///
    /// # Errors
    /// [`RuntimeError`] when there is no such case, it runs, or a program that knew no keys has written part of its
    /// journal.
    pub async fn erase(
        &self,
        label: &str,
        why: Erasure,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        loop {
            let row = self.row(label).await?;
            self.check_sealed(&row, watch).await?;
            if row.status == Status::Ended && row.secret.is_none() && row.household.is_none() {
                return Ok(());
            }
            match self.erase_row(row, why, now, watch).await {
                Err(RuntimeError::Store(StoreError::Conflict)) => {}
                done => {
                    done?;
                    self.scrub(label, watch).await;
                    return Ok(());
                }
            }
        }
    }

    async fn erase_row(
        &self,
        row: CaseRow,
        why: Erasure,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        // What is destroyed need not be opened: whoever has lost the key of the operator can still erase.
        let mut session = match self.session(CaseRow { secret: None, sealed: None, ..row.clone() }) {
            Err(error) if error.is_of_case() => {
                self.erase_unread(&row, why, now).await?;
                let text = say!("{why}; its key is destroyed all the same", why = error);
                watch.trouble(&Trouble { label: row.label, text });
                return Ok(());
            }
            session => session?,
        };
        let at = now.max(session.case.touched_at);
        session.step(&mut Stepper::default(), &self.with_person(Event::Erased { why }), at)?;
        self.write(vec![session], watch).await
    }

    /// Destroys the key of a case that no rule can be asked about: its state cannot be read, or its pathway cannot be used. A case that
    /// runs, and goes on under another program, is not erased; one whose state nobody can read does not go on.
    async fn erase_unread(&self, row: &CaseRow, why: Erasure, now: Timestamp) -> Result<(), RuntimeError> {
        let case = stored_case(row).ok();
        if case.is_some() && row.status == Status::Running {
            return Err(Rejection::StillRuns.into());
        }
        if row.secret.is_none() && row.household.is_none() {
            return Ok(());
        }
        let at = micros(now).max(row.touched_at);
        let cleared = match row.status {
            Status::Ended => self.store.timers(row.id).await?.into_iter().map(|timer| timer.timer).collect(),
            Status::Running => Vec::new(),
        };
        let step = self.erasing_step(why, at, &cleared)?;
        let state = match case {
            Some(case) => state_without(row, case, &step)?,
            None => row.state.clone(),
        };
        self.store.commit(vec![erasing(row, state, step, cleared)], Lane::Command).await?;
        Ok(())
    }

    /// What the journal says of an erasure.
    fn erasing_step(&self, why: Erasure, at: i64, cleared: &[i64]) -> Result<StepWrite, RuntimeError> {
        let ids = cleared.iter().filter_map(|timer| u32::try_from(*timer).ok().map(TimerId));
        let cleared = (!cleared.is_empty()).then(|| Entry::TimersCleared(ids.collect()));
        let by = self.acting.clone().map(|person| Entry::ByPerson { person });
        let entries: Vec<Entry> = cleared.into_iter().chain([Entry::Erased { why }]).chain(by).collect();
        Ok(StepWrite {
            at,
            recorded_at: self.clock.as_ref().map_or(at, |clock| micros(clock.now())),
            due_at: None,
            entries: json("journal", &entries)?,
            sealed: None,
            outgoing: Vec::new(),
        })
    }

    /// A key that is destroyed is to stand nowhere any more, also not in the log of the database.
    async fn scrub(&self, label: &str, watch: &mut dyn Watch) {
        // It is destroyed, whatever comes of this.
        if !matches!(self.store.scrub().await, Ok(true)) {
            let (label, text) = (
                label.to_owned(),
                say!(
                    "its key is destroyed; the log of the database has it until nobody reads what was before (a copy, or `db verify`), and all programs have closed it"
                ),
            );
            watch.trouble(&Trouble { label, text });
        }
    }

    /// Whether a key seals all values of its journal. A step that cannot be read is told: what it holds nobody knows.
    async fn check_sealed(&self, row: &CaseRow, watch: &mut dyn Watch) -> Result<(), RuntimeError> {
        let mut unread = None;
        for step in self.store.journal(row.id).await? {
            match journal(&step) {
                Ok(mut entries) => {
                    if entries.iter_mut().any(is_open) {
                        return Err(RuntimeError::NotSealed { label: row.label.clone() });
                    }
                }
                Err(why) => unread = unread.or(Some(why)),
            }
        }
        if let Some(why) = unread {
            let text = say!("{why}; whether that step holds personal values is for people to look at", why);
            watch.trouble(&Trouble { label: row.label.clone(), text });
        }
        Ok(())
    }
}

/// The state of a case that has ended, as it is when it is erased.
fn state_without(row: &CaseRow, mut case: Case, step: &StepWrite) -> Result<String, RuntimeError> {
    (case.ties.household, case.touched_at) = (None, timestamp(step.at));
    case.timers.clear();
    let chain = Chain::with(Chain::of(row), row.version.saturating_add(1), std::slice::from_ref(step));
    json("case", &Chained { case: &case, chain: &chain })
}

/// A row as it is, but for what is destroyed.
fn erasing(row: &CaseRow, state: String, step: StepWrite, cleared: Vec<i64>) -> CaseWrite {
    CaseWrite {
        key: Key::Stored { id: row.id, version: row.version },
        protocol: row.protocol,
        arrives: false,
        status: row.status,
        place: row.place.clone(),
        opened_at: row.opened_at,
        touched_at: step.at,
        next_due: row.next_due.filter(|_| row.status == Status::Running),
        household: None,
        household_cases: None,
        state,
        secret: None,
        sealed: None,
        steps: vec![step],
        timers: Vec::new(),
        cleared,
        claims: Vec::new(),
        done: Vec::new(),
        incidents: Vec::new(),
        resolved: Vec::new(),
    }
}
