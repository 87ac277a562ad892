//! How long a term is, in which unit, and which rules of law may move its end.

use std::fmt;
use voordeur_messages::{mark, translated};

use serde::{Deserialize, Serialize};

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Elapsed on the absolute clock, also across the changing of the clocks.
    Minutes,
    /// Elapsed on the absolute clock, also across the changing of the clocks.
    Hours,
    /// Days of the civil calendar.
    Days,
    /// Days that are not Saturday, Sunday or a holiday of the calendar.
    WorkingDays,
    /// Weeks of the civil calendar.
    Weeks,
    /// Seven days on which the schools are open, as the school calendar says.
    TeachingWeeks,
    /// Months of the civil calendar, counted from the anchor and rounded down to the end of the month, unless
    /// the length is rounded up.
    Months,
    /// Years of the civil calendar; 29 February becomes the 28th where there is none.
    Years,
}

/// So much of a unit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Length {
    /// How many.
    pub amount: u32,
    /// Of what.
    pub unit: Unit,
    /// Whether a day that a month does not have becomes the first of the month after it, instead of the last
    /// of its own. Only months and years know such days.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rounded_up: bool,
}

/// Stored pathways are known by this text: what is not rounded up is written as it was before there was such
/// a thing.
impl fmt::Debug for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Length");
        shown.field("amount", &self.amount).field("unit", &self.unit);
        if self.rounded_up {
            shown.field("rounded_up", &true);
        }
        shown.finish()
    }
}

/// Which rules of law may move the end of a term.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Regime {
    /// The project's own norm: never moved.
    #[default]
    OwnNorm,
    /// The Dutch general act on terms (Algemene termijnenwet, BWBR0002448).
    Statutory,
    /// Regulation (EEC, Euratom) No 1182/71, article 3.
    Eu,
}

impl Length {
    /// So much of a unit.
    #[must_use]
    pub const fn new(amount: u32, unit: Unit) -> Self {
        Self { amount, unit, rounded_up: false }
    }

    /// The same, rounded up.
    #[must_use]
    pub const fn up(self) -> Self {
        Self { rounded_up: true, ..self }
    }
}

impl Unit {
    /// Whether it is measured on the absolute clock instead of the civil calendar.
    #[must_use]
    pub const fn is_elapsed(self) -> bool {
        matches!(self, Self::Minutes | Self::Hours)
    }

    /// One of it, in words: `week`.
    #[must_use]
    pub fn in_singular(self) -> String {
        translated(self.words().0)
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Minutes => (mark!("minute"), mark!("minutes")),
            Self::Hours => (mark!("hour"), mark!("hours")),
            Self::Days => (mark!("day"), mark!("days")),
            Self::WorkingDays => (mark!("working day"), mark!("working days")),
            Self::Weeks => (mark!("week"), mark!("weeks")),
            Self::TeachingWeeks => (mark!("teaching week"), mark!("teaching weeks")),
            Self::Months => (mark!("month"), mark!("months")),
            Self::Years => (mark!("year"), mark!("years")),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&translated(self.words().1))
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (one, many) = self.unit.words();
        let unit = translated(if self.amount == 1 { one } else { many });
        write!(f, "{} {unit}", self.amount)?;
        if self.rounded_up { write!(f, " {}", translated(mark!("rounded up"))) } else { Ok(()) }
    }
}
