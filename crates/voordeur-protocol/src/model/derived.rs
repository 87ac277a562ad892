//! Fields that nobody records: they follow from others, from the calendar, or from what happened.

use voordeur_calendar::Length;

use super::obligation::Anchor;
use crate::lifecycle::StateId;
use crate::lookup::Occurrence;
use crate::table::{FieldId, ObligationId};

/// How the value of a derived field is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derived {
    /// `age of born`: whole years since the day in another field.
    Age(FieldId),
    /// `consent given`: whether the client has consented, and has not withdrawn it since.
    Consent,
    /// What the day or the hour is.
    Day(DayFact),
    /// `since report < 6 weeks`: whole days or months since then.
    Since(Start, SinceUnit),
    /// `number of programme`: how many visits of a series there have been, or steps of an escalation.
    Number(ObligationId),
    /// `base open`, `talk attempted`: whether it is open, in whatever state or in this one.
    State(ObligationId, Option<StateId>),
    /// `sums missed over 4 teaching weeks`: of what was recorded in that time.
    Sum {
        /// Of which field.
        of: FieldId,
        /// How far back.
        over: Length,
    },
    /// `counts nuisance over 12 weeks`: how often it happened in that time.
    Tally {
        /// What.
        of: Occurrence,
        /// How far back.
        over: Length,
    },
}

/// What a condition may say of the moment at which something happens, in the zone of the pathway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayFact {
    /// Saturday or Sunday.
    Weekend,
    /// Not a weekend and not a holiday.
    WorkingDay,
    /// A holiday of the calendar, on whatever day of the week.
    Holiday,
    /// The schools are closed, as the school calendar of the pathway says.
    SchoolHoliday,
    /// Within the office hours of a working day.
    OfficeTime,
}

impl DayFact {
    /// All of them, in the order of the vocabulary.
    pub const ALL: [Self; 5] =
        [Self::Weekend, Self::WorkingDay, Self::Holiday, Self::SchoolHoliday, Self::OfficeTime];
}

/// What `since` counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The report of the case.
    Report,
    /// The entry into the current stage.
    Entry,
    /// What a term can count from too: an event, something that happened, a day.
    From(Anchor),
}

/// What `since` counts in. Only lengths in one of them can be compared with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinceUnit {
    /// Minutes on the clock.
    Minutes,
    /// Days of the civil calendar.
    Days,
    /// Months of the civil calendar.
    Months,
}
