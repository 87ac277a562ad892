//! When a holiday is decreed: what is due is counted anew, case by case. It can be looked at beforehand, it stands in the
//! journal of each case, and stopped halfway it is done again for those that are left.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use voordeur_calendar::{Decrees, Due};
use voordeur_engine::{
    Case, Entry, Event, Moved, Serial, Stepper, StoodStill, describe_timer, recount, recount_earliest,
};
use voordeur_messages::say;
use voordeur_protocol::CheckedProtocol;
use voordeur_store::{CaseRow, DecreeRow, Lane, Status, TIMERS, Upkeep};

use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::library::{decrees, in_turn, latest};
use crate::references::check_reason;
use crate::rows::{journal, micros, timestamp};
use crate::session::Session;
use crate::watch::Watch;

/// How many cases are read, and written in one transaction.
const PAGE: u32 = 256;

/// A case of which something is due at another moment.
#[derive(Debug, Clone)]
pub struct Recounted {
    /// Its label.
    pub label: String,
    /// Its pathway, on the calendar as it becomes.
    pub protocol: CheckedProtocol,
    /// What moves: in words, when it was due, and when it is due then (UTC).
    pub timers: Vec<(String, Timestamp, Timestamp)>,
}

/// What becomes different in a case.
pub(crate) struct Recount {
    case: Case,
    moved: Moved,
    earliest: Vec<(Serial, Due)>,
    /// When its clocks stood still, as its journal says.
    stood_still: Vec<StoodStill>,
    /// When what is open may be done at the earliest, as its journal says.
    known: Vec<(Serial, Due)>,
}

/// How far a recount has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// The label of the last case that was looked at.
    after: String,
}

impl Runtime {
    /// Which timers of which cases would move if this were decreed. Nothing is changed. A case that cannot be read is left out, and
    /// that is told. `progress` hears how many cases were looked at.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be read.
    pub async fn recount_preview(
        &self,
        decreed: &[DecreeRow],
        watch: &mut dyn Watch,
        mut found: impl FnMut(Recounted),
        mut progress: impl FnMut(u64),
    ) -> Result<(), RuntimeError> {
        decreed.iter().try_for_each(|row| check_reason(&row.because))?;
        let mut rows = self.store.decrees().await?;
        let decreed = again(&rows, decreed.to_vec());
        rows.extend(decreed);
        let since = decrees(&rows);
        let (mut after, mut seen) = (String::new(), 0);
        loop {
            let page = self.store.cases(&after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.label);
            for row in page {
                seen += 1;
                let moved = self.previewed(&row, &since).await;
                if let Some(moved) = self.or_left_out(&row.label, moved, watch).await?.flatten() {
                    found(moved);
                }
            }
            progress(seen);
        }
    }

    async fn previewed(&self, row: &CaseRow, since: &Decrees) -> Result<Option<Recounted>, RuntimeError> {
        let protocol = self.protocol(row.protocol)?.with_decrees(since);
        let Some(recount) = self.recounted(row, &protocol).await? else { return Ok(None) };
        let timers = in_words(&protocol, &recount);
        Ok((!timers.is_empty()).then(|| Recounted { label: row.label.clone(), protocol, timers }))
    }

    /// Writes down what was decreed, and counts anew what is due in every case that runs; gives how many cases were
    /// changed. Given again after it was stopped, it goes on with those that are left.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be used.
    pub async fn decree(
        &mut self,
        decreed: Vec<DecreeRow>,
        now: Timestamp,
        watch: &mut dyn Watch,
        mut progress: impl FnMut(u64),
    ) -> Result<u64, RuntimeError> {
        decreed.iter().try_for_each(|row| check_reason(&row.because))?;
        let decreed = again(&self.store.decrees().await?, decreed);
        self.store.upkeep(Upkeep::Decree(decreed)).await?;
        self.reload().await?;
        let (mut position, mut changed, mut seen) = (Position::default(), 0, 0);
        while let Some((looked_at, moved)) = self.recount_page(&mut position, now, watch).await? {
            seen += looked_at;
            changed += moved;
            progress(seen);
        }
        Ok(changed)
    }

    /// The rows by which days and years are taken back that were decreed here: they are previewed and applied as a decree is.
    /// What was taken back already stays so.
    ///
    /// # Errors
    /// [`RuntimeError::NotDecreed`] when one of them was not decreed in this database.
    pub async fn taken_back(&self, decreed: Vec<DecreeRow>) -> Result<Vec<DecreeRow>, RuntimeError> {
        let known = self.store.decrees().await?;
        let latest = latest(&known);
        let back = |row: DecreeRow| match latest.get(row.what.as_str()) {
            None => Err(RuntimeError::NotDecreed { what: row.what }),
            // An odd turn is one that takes back.
            Some(turn) => Ok(DecreeRow { what: in_turn(&row.what, turn | 1), ..row }),
        };
        decreed.into_iter().map(back).collect()
    }

    /// Counts anew in some cases; gives how many were looked at and how many changed, nothing when all have been.
    pub(crate) async fn recount_page(
        &self,
        position: &mut Position,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<Option<(u64, u64)>, RuntimeError> {
        let page = self.store.cases(&position.after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(None) };
        let next = Position { after: last.label.clone() };
        let because = self.because().await?;
        let looked_at = u64::try_from(page.len()).unwrap_or(u64::MAX);
        let mut sessions = Vec::new();
        for row in &page {
            match self.recount_case(row, &because, now).await {
                Ok(session) => sessions.extend(session),
                Err(error) => self.put_aside(row.id, TIMERS, error, now, watch).await?,
            }
        }
        let mut changed = u64::try_from(sessions.len()).unwrap_or(u64::MAX);
        let written = match sessions.is_empty() {
            true => Ok(()),
            false => self.write_in(Lane::Sweep, sessions, watch).await,
        };
        if let Err(error) = written {
            if !error.is_conflict() {
                return Err(error);
            }
            // Somebody was first with one of them: each on its own.
            changed = 0;
            for row in page {
                let id = row.id;
                match self.recount_alone(row, &because, now, watch).await {
                    Ok(moved) => changed += u64::from(moved),
                    Err(error) => self.put_aside(id, TIMERS, error, now, watch).await?,
                }
            }
        }
        *position = next;
        Ok(Some((looked_at, changed)))
    }

    pub(crate) async fn recount_alone(
        &self,
        row: CaseRow,
        because: &Arc<str>,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<bool, RuntimeError> {
        let mut row = Some(row);
        while let Some(found) = row {
            let Some(session) = self.recount_case(&found, because, now).await? else { return Ok(false) };
            match self.write(vec![session], watch).await {
                Err(error) if error.is_conflict() => row = self.store.case(found.id).await?,
                done => return done.map(|()| true),
            }
        }
        Ok(false)
    }

    /// The case with the step that counts it anew; nothing when it stays as it is.
    pub(crate) async fn recount_case(
        &self,
        row: &CaseRow,
        because: &Arc<str>,
        now: Timestamp,
    ) -> Result<Option<Session>, RuntimeError> {
        let protocol = self.protocol(row.protocol)?;
        let Some(recount) = self.recounted(row, &protocol).await? else { return Ok(None) };
        let Recount { stood_still, known: earliest, .. } = recount;
        let mut session = self.session(row.clone())?;
        let at = timestamp(micros(now)).max(session.case.touched_at);
        let event = Event::Recounted { because: Arc::clone(because), stood_still, earliest };
        session.step(&mut Stepper::default(), &self.with_person(event), at)?;
        Ok(Some(session))
    }

    /// What becomes different in a case; nothing when it stays as it is.
    pub(crate) async fn recounted(
        &self,
        row: &CaseRow,
        protocol: &CheckedProtocol,
    ) -> Result<Option<Recount>, RuntimeError> {
        let case = self.case(row)?;
        let waits = case.open.iter().any(|one| one.not_before.is_some_and(|from| from > case.touched_at));
        if case.timers.is_empty() && !waits || (row.status == Status::Ended && case.open.is_empty()) {
            return Ok(None);
        }
        let has_stood = case.timers.iter().any(|timer| timer.due.why.paused > 0);
        let stood_still = if has_stood { self.stood_still(row, protocol).await? } else { Vec::new() };
        let known = if waits { self.earliest(row).await? } else { Vec::new() };
        let moved = recount(protocol, &case, &stood_still);
        let earliest = recount_earliest(protocol, &case, &known);
        let is_same = moved.is_empty() && earliest.is_empty();
        Ok((!is_same).then_some(Recount { case, moved, earliest, stood_still, known }))
    }

    /// When what is open in a case may be done at the earliest, as its journal says last.
    async fn earliest(&self, row: &CaseRow) -> Result<Vec<(Serial, Due)>, RuntimeError> {
        let mut known: Vec<(Serial, Due)> = Vec::new();
        for step in self.store.journal(row.id).await? {
            for entry in journal(&step)? {
                if let Entry::NotBefore { serial, due, .. } = entry {
                    known.retain(|(of, _)| *of != serial);
                    known.push((serial, due));
                }
            }
        }
        Ok(known)
    }

    /// When clocks of a case stood still, as its journal says.
    async fn stood_still(
        &self,
        row: &CaseRow,
        protocol: &CheckedProtocol,
    ) -> Result<Vec<StoodStill>, RuntimeError> {
        let mut still: Vec<(Serial, Date)> = Vec::new();
        let mut found = Vec::new();
        for step in self.store.journal(row.id).await? {
            let day = protocol.calendar.date(timestamp(step.at));
            for entry in journal(&step)? {
                match entry {
                    Entry::ClockPaused { serial } => still.push((serial, day)),
                    Entry::ClockRuns { serial, .. } => {
                        let since = still.iter().position(|(of, _)| *of == serial);
                        let since = since.map(|position| still.swap_remove(position).1);
                        found.extend(since.map(|since| StoodStill { serial, since, until: day }));
                    }
                    _ => {}
                }
            }
        }
        Ok(found)
    }

    /// Which decrees stand in the journal as the reason: where they were published.
    pub(crate) async fn because(&self) -> Result<Arc<str>, RuntimeError> {
        let mut named: Vec<String> = self.store.decrees().await?.into_iter().map(|row| row.because).collect();
        named.dedup();
        Ok(named.join("; ").into())
    }
}

/// What was taken back is decreed once more; the rest as it is.
fn again(known: &[DecreeRow], decreed: Vec<DecreeRow>) -> Vec<DecreeRow> {
    let latest = latest(known);
    let again = |row: DecreeRow| match latest.get(row.what.as_str()) {
        Some(turn) if turn % 2 == 1 => DecreeRow { what: in_turn(&row.what, turn.saturating_add(1)), ..row },
        _ => row,
    };
    decreed.into_iter().map(again).collect()
}

fn in_words(protocol: &CheckedProtocol, recount: &Recount) -> Vec<(String, Timestamp, Timestamp)> {
    let case = &recount.case;
    let timers = recount.moved.iter().filter_map(|(id, due)| {
        let timer = case.timer(*id)?;
        (timer.due.at != due.at).then(|| (describe_timer(protocol, case, timer), timer.due.at, due.at))
    });
    let earliest = recount.earliest.iter().filter_map(|(serial, due)| {
        let instance = case.instance(*serial)?;
        let obligation = &instance.obligation(protocol).name;
        Some((say!("`{obligation}` at the earliest", obligation), instance.not_before?, due.at))
    });
    timers.chain(earliest).collect()
}
