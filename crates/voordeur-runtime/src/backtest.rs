//! What a new version would have meant for the cases that there were: the history of each is played on it, on its own clocks.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use voordeur_engine::{Case, Clocks, Entry, Event, HistoryStep, Passage, TimerKind, step};
use voordeur_protocol::{CheckedProtocol, Kind, Protocol};
use voordeur_store::CaseRow;

use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::journey::edition;
use crate::rows::timestamp;
use crate::watch::Watch;

/// How many cases are read at a time.
const PAGE: u32 = 256;

/// What was asked of people for a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measured {
    /// When the first visit was due (UTC); `None` when no visit with a term was asked for.
    pub first_visit_due: Option<Timestamp>,
    /// How many visits were asked for; a series counts once.
    pub visits: u32,
    /// How many escalations began.
    pub escalations: u32,
}

/// A case as it was, and as it would have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// The day of its report, in the zone of the pathway.
    pub reported: Date,
    /// As it was.
    pub was: Measured,
    /// As it would have been.
    pub would_be: Measured,
    /// In which stage or end it is, by its name.
    pub place: String,
    /// In which it would have been at the same moment.
    pub other_place: String,
    /// How many reports the new version would have refused; they were passed over.
    pub refused: usize,
}

/// What could not be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NotTested {
    /// Cases that came over from one version to another, so that no version has their whole history.
    pub came_over: u64,
    /// Cases whose answers were erased.
    pub erased: u64,
}

impl Runtime {
    /// The names of what differs between a text and that which the database has under its label; nothing when it has none, or one
    /// that means the same.
    #[must_use]
    pub fn differs(&self, protocol: &CheckedProtocol) -> Option<Vec<String>> {
        self.library.differs(protocol)
    }

    /// Plays the history of every case of the pathway, open or closed, on a version of it: of one that is closed until it was, of one that
    /// is open until this moment (UTC), on the version that it ran on as well; never for less long than until something last happened to any
    /// case. Gives until when that was. Nothing is changed. One that cannot be read
    /// is left out, and that is told. `progress` hears how many cases were looked at.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be read.
    pub async fn backtest(
        &self,
        new: &CheckedProtocol,
        until: Option<Timestamp>,
        watch: &mut dyn Watch,
        mut found: impl FnMut(Tested),
        mut progress: impl FnMut(u64),
    ) -> Result<(NotTested, Timestamp), RuntimeError> {
        let decrees = self.library.decrees();
        let news: Vec<CheckedProtocol> = new.editions().map(|one| one.with_decrees(decrees)).collect();
        let olds: Vec<(i64, &CheckedProtocol)> =
            self.library.iter().filter(|(_, stored)| stored.name == new.name).collect();
        let mut passages = BTreeMap::new();
        for (id, old) in &olds {
            for (at, new) in news.iter().enumerate() {
                passages.insert((*id, at), Passage::new((old, edition(old)), (new, edition(new))));
            }
        }
        let last = self.last_moment().await?;
        let now = until.unwrap_or(last).max(last);
        let (mut after, mut seen, mut skipped) = (String::new(), 0, NotTested::default());
        loop {
            let page = self.store.cases(&after, PAGE).await?;
            let Some(last) = page.last() else { return Ok((skipped, now)) };
            after.clone_from(&last.label);
            for row in page {
                seen += 1;
                let Some((_, old)) = olds.iter().find(|(id, _)| *id == row.protocol) else { continue };
                let read = self.to_play(&row).await;
                let Some((mut case, steps)) = self.or_left_out(&row.label, read, watch).await? else {
                    continue;
                };
                let Some(steps) = steps else {
                    skipped.came_over += 1;
                    continue;
                };
                if steps
                    .iter()
                    .flat_map(|(.., entries)| entries)
                    .any(|one| matches!(one, Entry::Erased { .. }))
                {
                    skipped.erased += 1;
                    continue;
                }
                let reported = old.calendar.date(case.opened_at);
                let edition = edition_of(&news, reported);
                let (Some(passage), Some(new)) = (passages.get(&(row.protocol, edition)), news.get(edition))
                else {
                    continue;
                };
                let until = if case.is_running() { now.max(case.touched_at) } else { case.touched_at };
                let replayed = passage.replay(&steps, Clocks::OfTheNew, until);
                let waited = let_pass(old, &mut case, until);
                let was = steps.iter().map(|(.., entries)| entries).chain(&waited);
                found(Tested {
                    reported,
                    was: measured(old, was.map(Vec::as_slice)),
                    would_be: measured(new, replayed.steps.iter().map(|(_, entries)| entries.as_slice())),
                    place: crate::session::place(old, &case),
                    other_place: crate::session::place(new, &replayed.case),
                    refused: replayed.refused.len(),
                });
            }
            progress(seen);
        }
    }

    /// The last moment at which something happened to any case: until then the runtime has looked after all of them.
    async fn last_moment(&self) -> Result<Timestamp, RuntimeError> {
        let (mut after, mut last) = (String::new(), i64::MIN);
        loop {
            let page = self.store.cases(&after, PAGE).await?;
            let Some(row) = page.last() else { return Ok(timestamp(last)) };
            after.clone_from(&row.label);
            last = page.iter().map(|row| row.touched_at).fold(last, i64::max);
        }
    }

    /// A case with its history, when all of that happened on one version.
    async fn to_play(&self, row: &CaseRow) -> Result<(Case, Option<Vec<HistoryStep>>), RuntimeError> {
        Ok((self.case(row)?, self.whole_history(row).await?))
    }
}

/// Lets time go by on the version that a case ran on, and nobody reports anything; gives what comes of it.
fn let_pass(protocol: &Protocol, case: &mut Case, until: Timestamp) -> Vec<Vec<Entry>> {
    let mut all = Vec::new();
    while let Some(timer) = case.next_timer().copied().filter(|timer| timer.due.at <= until) {
        let at = timer.due.at.max(case.touched_at);
        let Ok(done) = step(protocol, case, &Event::TimerDue(timer.id), at) else { break };
        *case = done.case;
        all.push(done.entries);
    }
    all
}

/// The edition of the day of a report.
fn edition_of(news: &[CheckedProtocol], day: Date) -> usize {
    news.iter().rposition(|one| one.edition().is_none_or(|from| from <= day)).unwrap_or(0)
}

fn measured<'a>(protocol: &Protocol, steps: impl Iterator<Item = &'a [Entry]>) -> Measured {
    let mut measured = Measured::default();
    let mut first = None;
    for entry in steps.flatten() {
        match entry {
            Entry::Opened { serial, opening, .. } => {
                match protocol.obligations.row(protocol.openings.row(*opening).obligation).kind {
                    Kind::Visit | Kind::Series => {
                        measured.visits += 1;
                        first.get_or_insert(*serial);
                    }
                    Kind::Escalation => measured.escalations += 1,
                    _ => {}
                }
            }
            Entry::TimerSet(timer) if measured.first_visit_due.is_none() => {
                let ends = matches!(timer.kind, TimerKind::Overdue(_) | TimerKind::Period { .. });
                if ends && timer.kind.serial().is_some() && timer.kind.serial() == first {
                    measured.first_visit_due = Some(timer.due.at);
                }
            }
            _ => {}
        }
    }
    measured
}
