//! School calendars: on which days the schools are closed. Data of each pathway, with the time it covers.

use jiff::civil::Date;

use crate::calendar::Calendar;
use crate::counting::plus_days;

/// A school calendar.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SchoolCalendar {
    /// What it is called, for explanations.
    pub name: String,
    /// The first day that it covers.
    pub from: Date,
    /// The last day that it covers.
    pub to: Date,
    /// When the schools are closed.
    pub closed: Vec<SchoolClosed>,
}

/// Days on which the schools are closed, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchoolClosed {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// What the holiday is called.
    pub name: String,
}

impl SchoolCalendar {
    /// The holiday that closes the schools on a day.
    #[must_use]
    pub fn closed_on(&self, day: Date) -> Option<&SchoolClosed> {
        self.closed.iter().find(|closed| closed.from <= day && day <= closed.to)
    }

    /// Whether it says anything about a day.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }
}

impl Calendar {
    /// So many days further (or back) on which the schools are open. A day that the school calendar does not
    /// cover counts as open; the date is then provisional.
    pub(crate) fn school_days(&self, from: Date, amount: i64) -> Date {
        let step = amount.signum();
        let mut day = from;
        for _ in 0..amount.abs() {
            day = plus_days(day, step);
            while let Some(closed) = self.school().and_then(|school| school.closed_on(day)) {
                day = plus_days(if step < 0 { closed.from } else { closed.to }, step);
            }
        }
        day
    }
}
