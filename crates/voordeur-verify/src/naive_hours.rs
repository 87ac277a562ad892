//! The naive explorer for terms in hours: real cases, hour by hour, on the engine itself. For pathways that count in nothing
//! else and know no ages; the fast one is held against it for ever.
//!
//! On every hour what is due comes first; then anything may be reported. With terms of several hours there is an hour between
//! any two of them on which something can be reported, so that whole hours are enough.

use std::collections::HashSet;
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};
use voordeur_engine::{Case, Event, step};
use voordeur_protocol::Protocol;

use crate::cells::{Cells, TODAY};
use crate::collect::Collected;
use crate::edge::Edge;
use crate::facts::{Facts, all_watched};
use crate::looks::Looks;
use crate::moves::{moves, reports};
use crate::naive::key_at;
use crate::observe::{Observer, Seen};

/// What was longer ago than so many hours is not told apart any more.
const LONG_AGO: i64 = 48;

/// Goes through all cases hour by hour; `None` when there are more than so many. What only the whole of the cases shows
/// (waits, rounds) is not looked at.
#[must_use]
pub fn facts_hour_by_hour(protocol: &Protocol, most: usize) -> Option<Facts> {
    let mut seen = Collected::default();
    let mut naive = ByHour { protocol, cells: Cells::of(protocol), known: HashSet::new(), open: Vec::new() };
    naive.explore(&mut (protocol, &mut seen), most)?;
    Some(Facts::of(&Looks::of(protocol, &all_watched(protocol)), &seen))
}

struct ByHour<'a> {
    protocol: &'a Protocol,
    cells: Cells,
    known: HashSet<Vec<i64>>,
    open: Vec<(Case, Timestamp)>,
}

impl ByHour<'_> {
    fn explore(&mut self, observer: &mut dyn Observer, most: usize) -> Option<()> {
        let start = self.protocol.calendar.resolve(TODAY.at(10, 0, 0, 0)).ok()?;
        for one in reports(self.protocol, &self.cells).ok()? {
            self.step(observer, &Case::default(), &one.event, start);
        }
        while let Some((case, now)) = self.open.pop() {
            if self.known.len() > most {
                return None;
            }
            if case.is_running() {
                self.expand(observer, &case, now)?;
            }
        }
        Some(())
    }

    fn expand(&mut self, observer: &mut dyn Observer, case: &Case, now: Timestamp) -> Option<()> {
        if let Some(due) = case.next_timer().filter(|timer| timer.due.at <= now).map(|timer| timer.id) {
            self.step(observer, case, &Event::TimerDue(due), now);
            return Some(());
        }
        for one in moves(self.protocol, &self.cells, case).ok()? {
            self.step(observer, case, &one.event, now);
        }
        self.add(case.clone(), now.checked_add(SignedDuration::from_hours(1)).ok()?);
        Some(())
    }

    fn step(&mut self, observer: &mut dyn Observer, case: &Case, event: &Event, now: Timestamp) {
        let Ok(done) = step(self.protocol, case, event, now) else { return };
        let edge = match event {
            Event::TimerDue(timer) => Edge::Fired(*timer),
            other => Edge::Reported(Rc::new(other.clone())),
        };
        let from = case.is_running().then_some(0);
        observer.look(&Seen::really((from, &edge), case, &done.case, &done.entries));
        self.add(done.case, now);
    }

    fn add(&mut self, mut case: Case, now: Timestamp) {
        case.postponed.sort_by_key(|one| (one.rule, one.about));
        case.postponed.dedup();
        let away = |at: Timestamp| at.duration_since(now).as_hours().max(-LONG_AGO);
        let today = self.protocol.calendar.date(now);
        if self.known.insert(key_at(self.protocol, (&self.cells, &[]), &case, (today, &away))) {
            self.open.push((case, now));
        }
    }
}
