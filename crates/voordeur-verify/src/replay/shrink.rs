//! Makes a case history that shows something as short as it can be and still show it: nothing in it is there for nothing, and
//! nobody waits in it for longer than is needed. What the engine does not confirm is left as it was.

use jiff::{SignedDuration, Timestamp, ToSpan as _};
use voordeur_engine::{Case, Event, step};
use voordeur_protocol::Protocol;

use super::{History, MOST_WAITING, Moment};

/// So many histories are played.
const MOST_TRIES: u32 = 600;

/// What is reported, and when (UTC).
type Reports = Vec<(Timestamp, Event)>;

/// The shortest history that is left of another one, when what is reported is left out one by one, or reported sooner after what
/// comes before it. `shown` says of a history whether it shows what it is for, and ends it there.
pub(crate) fn shortened(
    protocol: &Protocol,
    history: History,
    shown: &dyn Fn(&mut History) -> bool,
) -> History {
    let by_itself = history.moments.last().is_some_and(|last| matches!(last.event, Event::TimerDue(_)));
    let waits = if by_itself { MOST_WAITING } else { 0 };
    let mut shrinker = Shrinker { protocol, shown, tries: MOST_TRIES, waits };
    let mut best = history;
    while let Some(better) = shrinker.better(&best) {
        best = better;
    }
    best
}

struct Shrinker<'a> {
    protocol: &'a Protocol,
    shown: &'a dyn Fn(&mut History) -> bool,
    tries: u32,
    /// So many clocks run out after the last report, where time shows it.
    waits: usize,
}

impl Shrinker<'_> {
    /// A shorter history.
    fn better(&mut self, history: &History) -> Option<History> {
        let reports = reports(history);
        let left_out = (1..reports.len()).map(|at| (left_out(&reports, at), true));
        let nearer = (1..reports.len()).flat_map(|at| self.nearer(&reports, at)).map(|all| (all, false));
        let all: Vec<(Reports, bool)> = left_out.chain(nearer).collect();
        all.into_iter().find_map(|(reports, leaves_out)| {
            self.tries = self.tries.checked_sub(1)?;
            let mut found = History { moments: self.played(&reports, leaves_out)?, refused: None };
            ((self.shown)(&mut found) && length(&found) < length(history)).then_some(found)
        })
    }

    /// The same with less time before one of the reports: all before it come later, or it and all after it come sooner.
    fn nearer(&self, reports: &Reports, at: usize) -> Vec<Reports> {
        let day = |at: usize| reports.get(at).map(|(when, _)| self.protocol.calendar.date(*when));
        let (Some(before), Some(after)) = (day(at - 1), day(at)) else { return Vec::new() };
        let apart = (after - before).get_days();
        let steps: Vec<i32> =
            [apart, apart - 1, apart / 2, 7, 1].into_iter().filter(|n| *n > 0 && *n <= apart).collect();
        let moved =
            |days: i32| [self.moved(reports, 0..at, days), self.moved(reports, at..reports.len(), -days)];
        steps.into_iter().flat_map(moved).flatten().collect()
    }

    /// Some of the reports so many days later, at the same time of the day; `None` when what came before is then after.
    fn moved(&self, reports: &Reports, which: std::ops::Range<usize>, days: i32) -> Option<Reports> {
        let calendar = &self.protocol.calendar;
        let mut moved = reports.clone();
        for (at, _) in moved.get_mut(which)? {
            let local = calendar.local(*at).checked_add(days.days()).ok()?;
            *at = calendar.resolve(local).ok()?;
        }
        // On one day what came at the same time or after it comes half an hour after what is before it.
        let mut last: Option<Timestamp> = None;
        for (at, _) in &mut moved {
            if let Some(last) = last.filter(|last| *at <= *last) {
                if calendar.date(*at) != calendar.date(last) {
                    return None;
                }
                *at = last.checked_add(SignedDuration::from_mins(30)).ok()?;
            }
            last = Some(*at);
        }
        Some(moved)
    }

    /// Plays what is reported, and what falls due meanwhile; `None` when the engine refuses something, unless that is left out: what is
    /// done in a stage cannot be done where that is not entered.
    fn played(&self, reports: &Reports, leaves_out: bool) -> Option<Vec<Moment>> {
        let mut case = Case::default();
        let mut moments = Vec::new();
        for (at, event) in reports {
            while let Some(timer) = case.next_timer().copied().filter(|timer| timer.due.at < *at) {
                let due = timer.due.at.max(case.touched_at);
                self.happens(&mut case, &mut moments, due, Event::TimerDue(timer.id))?;
            }
            if self.happens(&mut case, &mut moments, *at, event.clone()).is_none() && !leaves_out {
                return None;
            }
        }
        for _ in 0..self.waits {
            let Some(timer) = case.next_timer().copied().filter(|_| case.is_running()) else { break };
            let due = timer.due.at.max(case.touched_at);
            self.happens(&mut case, &mut moments, due, Event::TimerDue(timer.id))?;
        }
        Some(moments)
    }

    fn happens(&self, case: &mut Case, moments: &mut Vec<Moment>, at: Timestamp, event: Event) -> Option<()> {
        let done = step(self.protocol, case, &event, at).ok()?;
        *case = done.case;
        moments.push(Moment { at, event, entries: done.entries });
        Some(())
    }
}

/// How long a history is: so many things happen in it, and so much time goes by.
fn length(history: &History) -> (usize, i64) {
    let (first, last) = (history.moments.first(), history.moments.last());
    let seconds = first.zip(last).map_or(0, |(first, last)| last.at.duration_since(first.at).as_secs());
    (history.moments.len(), seconds)
}

/// What was reported in a history.
fn reports(history: &History) -> Reports {
    let reported = history.moments.iter().filter(|moment| !matches!(moment.event, Event::TimerDue(_)));
    reported.map(|moment| (moment.at, moment.event.clone())).collect()
}

fn left_out(reports: &Reports, at: usize) -> Reports {
    let others = reports.iter().enumerate().filter(|(own, _)| *own != at);
    others.map(|(_, report)| report.clone()).collect()
}
