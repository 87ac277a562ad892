//! Lengths of time and their units.

use super::Name;
use crate::span::Span;

/// `5 working days`
#[derive(Debug, Clone)]
pub struct Length {
    /// How many.
    pub amount: u32,
    /// Of what.
    pub unit: Unit,
    /// `rounded up`: a day that the month does not have becomes the first of the month after it.
    pub rounded_up: bool,
    /// The setting that says it instead.
    pub setting: Option<Name>,
    /// Where it stands.
    pub span: Span,
}

impl Length {
    /// So much of a unit.
    #[must_use]
    pub const fn new(amount: u32, unit: Unit, span: Span) -> Self {
        Self { amount, unit, rounded_up: false, setting: None, span }
    }
}

impl PartialEq for Length {
    fn eq(&self, other: &Self) -> bool {
        let key = |length: &Self| (length.amount, length.unit, length.rounded_up);
        key(self) == key(other) && self.setting == other.setting
    }
}

/// A unit of time; singular and plural spellings are the same unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// `minutes`
    Minutes,
    /// `hours`
    Hours,
    /// `days`
    Days,
    /// `working days`
    WorkingDays,
    /// `weeks`
    Weeks,
    /// `teaching weeks`: without the days on which the schools are closed
    TeachingWeeks,
    /// `months`
    Months,
    /// `years`
    Years,
}
