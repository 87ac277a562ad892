//! The periods of a series in a search: which one may be the last, and how the end of each stands to the end of the whole.
//!
//! ```text
//!   start ──week──│──week──│──week──│─ · · · ─│──short──┤ whole
//!   a period is over before the whole  ──▶ another one follows
//!   a period is over with the whole    ──▶ the series is over
//! ```
//!
//! The end of the whole is a point of the zone as long as the series runs. How many weeks are over need not be known then;
//! months are not as long as each other, so of those the number is kept.

use jiff::{Timestamp, ToSpan as _};
use smallvec::{SmallVec, smallvec};
use voordeur_calendar::{Calendar, Length, Unit};
use voordeur_engine::{Case, Entry, Instance, Serial, Timer, TimerKind, Transition};
use voordeur_protocol::model::Plan;
use voordeur_protocol::{Protocol, Spec};

use crate::normal::stand_in;
use crate::points::Points;
use crate::situation::SeriesEnd;

/// A number of no period, as every series is over before it.
const BEYOND: u32 = 100_000;

/// How a period ends, and its number where that counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End {
    pub(crate) series: SeriesEnd,
    of: Serial,
    number: Option<u32>,
}

/// The ways in which a clock that runs out ends a period that is planned by the week or the month: with the whole or before
/// it. For every other clock there is nothing to tell apart.
pub(crate) fn ends(
    protocol: &Protocol,
    case: &Case,
    points: &Points,
    timer: &Timer,
) -> SmallVec<[Option<End>; 2]> {
    let both = || {
        let TimerKind::Period { of, number } = timer.kind else { return None };
        let one = case.instance(of)?;
        rate(protocol, one)?;
        let number = counts_periods(protocol, one).then_some(number);
        let (period, whole) = (points.timer(timer.id)?, points.whole(of)?);
        let end = |last| Some(End { series: SeriesEnd { period, whole, last }, of, number });
        Some(smallvec![end(false), end(true)])
    };
    both().unwrap_or_else(|| smallvec![None])
}

impl End {
    /// The case in which it is so.
    pub(crate) fn put(&self, protocol: &Protocol, case: &Case, timer: &Timer) -> Case {
        let mut put = case.clone();
        let number = if self.series.last { BEYOND } else { 1 };
        for one in put.timers.iter_mut().filter(|one| one.id == timer.id) {
            one.kind = TimerKind::Period { of: self.of, number };
        }
        for one in put.open.iter_mut().filter(|one| one.serial == self.of) {
            if let Some((per, lasting)) = rate(protocol, one) {
                one.opened_at = start(&protocol.calendar, per, lasting);
            }
        }
        put
    }

    /// Gives the period that follows its own number.
    pub(crate) fn renumber(&self, done: &mut Transition) {
        let Some(number) = self.number else { return };
        let next = |timer: &mut Timer| {
            if matches!(timer.kind, TimerKind::Period { of, .. } if of == self.of) {
                timer.kind = TimerKind::Period { of: self.of, number: number.saturating_add(1) };
            }
        };
        done.case.timers.iter_mut().for_each(next);
        for entry in &mut done.entries {
            if let Entry::TimerSet(timer) = entry {
                next(timer);
            }
        }
    }
}

/// A start from which a second period follows.
fn start(calendar: &Calendar, per: Length, lasting: Length) -> Timestamp {
    let end = |from: Timestamp, length: Length| calendar.deadline(from, length, Default::default()).at;
    let follows = |from: &Timestamp| end(*from, per) < end(*from, lasting);
    let past = calendar.date(stand_in::past());
    let days = (0..1461).filter_map(|days| past.checked_add(days.days()).ok());
    let found = days.map(|day| calendar.start_of_day(day)).find(follows);
    std::iter::once(stand_in::past()).find(follows).or(found).unwrap_or_else(stand_in::past)
}

/// The length of a period and of the whole, of a series that is planned by the week or the month.
fn rate(protocol: &Protocol, one: &Instance) -> Option<(Length, Length)> {
    let Spec::Series(series) = &one.obligation(protocol).spec else { return None };
    let Plan::Rate { per, lasting, .. } = series.plan else { return None };
    Some((per, lasting))
}

/// Whether the number of a period counts: months are not as long as each other.
pub(crate) fn counts_periods(protocol: &Protocol, one: &Instance) -> bool {
    rate(protocol, one).is_some_and(|(per, _)| months(per).is_some())
}

/// A length in months.
pub(crate) fn months(length: Length) -> Option<u32> {
    match length.unit {
        Unit::Months => Some(length.amount),
        Unit::Years => length.amount.checked_mul(12),
        _ => None,
    }
}
