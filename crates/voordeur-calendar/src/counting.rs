//! Counting: the end of a term, a delay, and counting back.

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};

use crate::calendar::Calendar;
use crate::day;
use crate::length::{Length, Regime, Unit};
use crate::reasoning::{Due, Method, Reasoning};
use crate::statute;

impl Calendar {
    /// The end of a term that starts at `anchor`.
    ///
    /// Hours and minutes elapse on the absolute clock. Otherwise the day of the anchor does not count
    /// and the term ends at 24:00 of its last day, given as the start of the next day
    /// (European Convention on the Calculation of Time-Limits 1972, articles 3 and 4).
    #[must_use]
    pub fn deadline(&self, anchor: Timestamp, length: Length, regime: Regime) -> Due {
        if length.unit.is_elapsed() {
            let at = elapsed(hour_of_law(anchor, length, regime), length, true);
            return self.due(at, Method::Deadline, anchor, length, regime);
        }
        let day = self.date(anchor);
        let raw = self.add_days(day, length);
        let last = statute::last_day(self, day, raw, length, regime, 0);
        let at = self.start_of_day(day::next(last));
        self.due(at, Method::Deadline, anchor, length, regime)
    }

    /// The moment so long after `anchor`, at the same local time of day. A time that the clock skips is
    /// taken an hour later, of a time that is there twice the first.
    #[must_use]
    pub fn delay(&self, anchor: Timestamp, length: Length) -> Due {
        let at = if length.unit.is_elapsed() {
            elapsed(anchor, length, true)
        } else {
            let local = self.local(anchor);
            self.first(self.add_days(local.date(), length).to_datetime(local.time()))
        };
        self.due(at, Method::Delay, anchor, length, Regime::OwnNorm)
    }

    /// From when something may come that is announced so long before: the first moment for which the announcement was made in time.
    /// Working days lie in between as a whole: what is announced on a day off counts as announced on the next working day.
    #[must_use]
    pub fn lead(&self, announced: Timestamp, length: Length) -> Due {
        let day = self.date(announced);
        let due = self.delay(announced, length);
        if length.unit != Unit::WorkingDays || self.is_working_day(day) {
            return due;
        }
        let next = self.start_of_day(self.add_days(day, Length::new(1, Unit::WorkingDays)));
        Due { at: self.delay(next, length).at, ..due }
    }

    /// So long before `target`, and never later (Algemene termijnenwet, article 1(2)). Counted in days
    /// or more, it is the start of that day; a target at midnight belongs to the day that ends there.
    #[must_use]
    pub fn before(&self, target: Timestamp, length: Length) -> Due {
        let at = if length.unit.is_elapsed() {
            elapsed(target, length, false)
        } else {
            self.start_of_day(self.subtract_days(self.day_of_target(target), length))
        };
        self.due(at, Method::Before, target, length, Regime::OwnNorm)
    }

    /// From when on a window is open that begins so long before a moment that is planned: counted in days or more, the start of that
    /// day. What is planned for a midnight is planned for the day that begins there.
    ///
    /// ```
    /// use voordeur_calendar::{Calendar, Length, Unit};
    ///
    /// let calendar = Calendar::dutch();
    /// // Midnight in the Netherlands, where Tuesday 21 April begins.
    /// let planned = "2026-04-20T22:00:00Z".parse().unwrap();
    /// let week = Length::new(1, Unit::Weeks);
    /// assert_eq!(calendar.opens(planned, week).at.to_string(), "2026-04-13T22:00:00Z");
    /// assert_eq!(calendar.before(planned, week).at.to_string(), "2026-04-12T22:00:00Z");
    /// ```
    #[must_use]
    pub fn opens(&self, planned: Timestamp, length: Length) -> Due {
        let day = self.date(planned);
        let is_midnight = !length.unit.is_elapsed() && planned == self.start_of_day(day);
        let noon = self.resolve(day.at(12, 0, 0, 0)).ok().filter(|_| is_midnight);
        self.before(noon.unwrap_or(planned), length)
    }

    /// The end of the last day that is so long before a day: what is done then is in time. With `or_earlier`
    /// a day that is no working day becomes the working day before it; it is never moved later
    /// (Algemene termijnenwet, article 1(2)).
    #[must_use]
    pub fn before_day(&self, day: Date, length: Length, or_earlier: bool) -> Due {
        let mut last = self.subtract_days(day, length);
        while or_earlier && last > crate::table::FIRST && !self.is_working_day(last) {
            last = last.yesterday().unwrap_or(Date::MIN);
        }
        let target = self.start_of_day(day::next(day));
        let at = self.start_of_day(day::next(last));
        self.due(at, Method::BeforeDay, target, length, Regime::OwnNorm)
    }

    /// The end of the day of `anchor`.
    #[must_use]
    pub fn same_day(&self, anchor: Timestamp) -> Due {
        let at = self.start_of_day(day::next(self.date(anchor)));
        self.due(at, Method::SameDay, anchor, Length::new(0, Unit::Days), Regime::OwnNorm)
    }

    /// The day on which somebody becomes so old. Who was born on 29 February does so on 1 March of other years.
    #[must_use]
    pub fn birthday(&self, born: Date, age: u32) -> Date {
        let year = i64::from(born.year()) + i64::from(age);
        let year = i16::try_from(year).unwrap_or(i16::MAX).min(9999);
        Date::new(year, born.month(), born.day()).or_else(|_| Date::new(year, 3, 1)).unwrap_or(Date::MAX)
    }

    /// The start of a day that is itself the date, such as a birthday.
    #[must_use]
    pub fn on_day(&self, day: Date, of: Timestamp) -> Due {
        let at = self.start_of_day(day);
        self.due(at, Method::OnDay, of, Length::new(0, Unit::Days), Regime::OwnNorm)
    }

    /// From when a window of so long looks back: `over 4 weeks` is 28 days, this one included. Hours and minutes
    /// elapse; what happened at exactly the moment that is given counts.
    #[must_use]
    pub fn window_from(&self, now: Timestamp, over: Length) -> Timestamp {
        if over.unit.is_elapsed() {
            return elapsed(now, over, false);
        }
        self.start_of_day(self.subtract_days(day::next(self.date(now)), over))
    }

    fn due(&self, at: Timestamp, method: Method, anchor: Timestamp, length: Length, regime: Regime) -> Due {
        let mut why = Reasoning::new(method, anchor, at, length, regime);
        why.doubt = self.doubt(&why);
        Due { at, why, lost: None }
    }

    /// The day to which a deadline belongs: the end of a day is the start of the next.
    pub(crate) fn day_of_target(&self, target: Timestamp) -> Date {
        let local = self.local(target);
        let is_midnight = local.time() == jiff::civil::Time::midnight();
        if is_midnight { local.date().yesterday().unwrap_or(Date::MIN) } else { local.date() }
    }

    /// The day so long after a day, without any regime.
    pub(crate) fn add_days(&self, from: Date, length: Length) -> Date {
        let amount = i64::from(length.amount);
        match length.unit {
            Unit::WorkingDays => self.working_days().after(from, length.amount),
            Unit::TeachingWeeks => self.school_days(from, amount.saturating_mul(7)),
            Unit::Weeks => plus_days(from, amount.saturating_mul(7)),
            Unit::Months => plus_months(from, amount, length.rounded_up),
            Unit::Years => plus_months(from, amount.saturating_mul(12), length.rounded_up),
            Unit::Days | Unit::Hours | Unit::Minutes => plus_days(from, amount),
        }
    }

    pub(crate) fn subtract_days(&self, from: Date, length: Length) -> Date {
        let amount = -i64::from(length.amount);
        match length.unit {
            Unit::WorkingDays => self.working_days().before(from, length.amount),
            Unit::TeachingWeeks => self.school_days(from, amount.saturating_mul(7)),
            Unit::Weeks => plus_days(from, amount.saturating_mul(7)),
            Unit::Months => plus_months(from, amount, length.rounded_up),
            Unit::Years => plus_months(from, amount.saturating_mul(12), length.rounded_up),
            Unit::Days | Unit::Hours | Unit::Minutes => plus_days(from, amount),
        }
    }
}

fn elapsed(anchor: Timestamp, length: Length, forward: bool) -> Timestamp {
    let minutes = i64::from(length.amount) * if length.unit == Unit::Hours { 60 } else { 1 };
    let span = SignedDuration::from_secs(minutes * 60);
    let moved = if forward { anchor.checked_add(span) } else { anchor.checked_sub(span) };
    moved.unwrap_or(if forward { Timestamp::MAX } else { Timestamp::MIN })
}

/// Regulation 1182/71, article 3(1): the hour of the event does not count.
pub(crate) fn hour_of_law(anchor: Timestamp, length: Length, regime: Regime) -> Timestamp {
    if regime != Regime::Eu || length.unit != Unit::Hours {
        return anchor;
    }
    let into_hour = anchor.as_second().rem_euclid(3600);
    let full = into_hour == 0 && anchor.subsec_nanosecond() == 0;
    let next = anchor.as_second() - into_hour + if full { 0 } else { 3600 };
    Timestamp::from_second(next).unwrap_or(anchor)
}

pub(crate) fn plus_days(from: Date, days: i64) -> Date {
    day::date(i64::from(day::number(from)).saturating_add(days))
}

/// Counted from the anchor; a day that the month does not have becomes its last day, or, rounded up, the first
/// of the next.
pub(crate) fn plus_months(from: Date, months: i64, rounded_up: bool) -> Date {
    let end = if months < 0 { Date::MIN } else { Date::MAX };
    let span = Span::new().try_months(months);
    let day = span.ok().and_then(|span| from.checked_add(span).ok()).unwrap_or(end);
    if rounded_up && day.day() < from.day() { day::next(day) } else { day }
}
