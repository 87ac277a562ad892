//! Clocks that stand still (Awb art. 4:15): the end of a term is counted anew from its anchor, longer by what was
//! lost, and only then does a rule of law move it. Adding days to an end that was moved already would move it twice.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::counting::plus_days;
use crate::day;
use crate::length::{Length, Unit};
use crate::reasoning::{Due, Method, Reasoning};
use crate::statute;

/// What a clock lost while it stood still, in the days that are counted. How many days of the calendar it was is in
/// [`Reasoning::paused`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// Days that are no weekend and no holiday.
    pub working_days: u32,
    /// Days on which the schools are open.
    pub school_days: u32,
    /// The last day on which it stood still.
    pub until: Date,
}

impl Calendar {
    /// A moment as it is after its clock stood still from the day after `since` up to and including `until`. What
    /// counts from a moment in between loses only what came after it.
    #[must_use]
    pub fn stood_still(&self, due: Due, since: Date, until: Date) -> Due {
        let since = if counts_on(due.why.method) { since.max(self.date(due.why.anchor)) } else { since };
        let days = u32::try_from(self.days_between(since, until)).unwrap_or(0);
        if days == 0 {
            return due;
        }
        let lost = self.lost(&due, since, until);
        let mut why = Reasoning { paused: due.why.paused.saturating_add(days), ..due.why };
        why.at = if counts_on(why.method) && !why.length.unit.is_elapsed() {
            self.counted_anew(&why, &lost)
        } else {
            self.later(due.at, days)
        };
        why.doubt = self.doubt(&why);
        Due { at: why.at, why, lost: Some(lost) }
    }

    /// A moment that is counted from the same as another one, after its clock stood still as long as that of the other.
    #[must_use]
    pub fn standing_still_like(&self, due: Due, other: &Due) -> Due {
        if other.why.paused == 0 {
            return due;
        }
        let lost = other.lost.unwrap_or_else(|| self.lost_before(other, self.date(other.why.anchor)));
        let mut why = Reasoning { paused: other.why.paused, ..due.why };
        why.at = if counts_on(why.method) && !why.length.unit.is_elapsed() {
            self.counted_anew(&why, &lost)
        } else {
            self.later(due.at, why.paused)
        };
        why.doubt = self.doubt(&why);
        Due { at: why.at, why, lost: Some(lost) }
    }

    fn lost(&self, due: &Due, since: Date, until: Date) -> Lost {
        let before = due.lost.unwrap_or_else(|| self.lost_before(due, since));
        let working_days = self.working_days().between(since, until);
        Lost {
            working_days: before.working_days.saturating_add(working_days),
            school_days: before.school_days.saturating_add(self.school_days_between(since, until)),
            until,
        }
    }

    /// What was lost before it was remembered: as much as the end lies later than it would have been.
    fn lost_before(&self, due: &Due, since: Date) -> Lost {
        let none = Lost { working_days: 0, school_days: 0, until: since };
        if due.why.paused == 0 || !counts_on(due.why.method) {
            return none;
        }
        let first = self.add_days(self.date(due.why.anchor), due.why.length);
        let last = self.day_of_target(due.at);
        let working_days = self.working_days().between(first, last);
        Lost { working_days, school_days: self.school_days_between(first, last), ..none }
    }

    fn school_days_between(&self, after: Date, last: Date) -> u32 {
        let days = u32::try_from(self.days_between(after, last)).unwrap_or(0);
        let closed = |day: Date| self.school().is_some_and(|school| school.closed_on(day).is_some());
        let open = (1..=days).filter(|n| !closed(plus_days(after, i64::from(*n))));
        u32::try_from(open.count()).unwrap_or(u32::MAX)
    }

    fn counted_anew(&self, why: &Reasoning, lost: &Lost) -> Timestamp {
        let anchor = self.local(why.anchor);
        let raw = self.raw_end(why, Some(lost));
        if why.method == Method::Delay {
            return self.first(raw.to_datetime(anchor.time()));
        }
        let last = statute::last_day(self, anchor.date(), raw, why.length, why.regime, lost.working_days);
        self.start_of_day(day::next(last))
    }

    /// The last day of a term before any rule of law moves it, with what its clock lost. It does not end while the
    /// clock stands still.
    pub(crate) fn raw_end(&self, why: &Reasoning, lost: Option<&Lost>) -> Date {
        let (from, length) = (self.date(why.anchor), why.length);
        match (lost, length.unit) {
            (Some(lost), Unit::WorkingDays) => {
                let amount = length.amount.saturating_add(lost.working_days);
                self.add_days(from, Length { amount, ..length }).max(lost.until)
            }
            (Some(lost), Unit::TeachingWeeks) => {
                let days = i64::from(length.amount).saturating_mul(7).saturating_add(lost.school_days.into());
                self.school_days(from, days).max(lost.until)
            }
            _ => {
                let raw = plus_days(self.add_days(from, length), why.paused.into());
                lost.map_or(raw, |lost| raw.max(lost.until))
            }
        }
    }

    /// So many days later at the same local time.
    fn later(&self, at: Timestamp, days: u32) -> Timestamp {
        let local = self.local(at);
        self.first(plus_days(local.date(), i64::from(days)).to_datetime(local.time()))
    }
}

/// Whether a moment is counted on from its anchor, and so can be counted anew.
const fn counts_on(method: Method) -> bool {
    matches!(method, Method::Deadline | Method::Delay | Method::SameDay)
}
