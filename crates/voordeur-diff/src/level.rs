//! How much a change asks of whoever decides on it.

use voordeur_messages::say;
use voordeur_verify::Effect;

use crate::structure::{Change, Kind};

/// How much a change asks of whoever decides on it; the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Open cases or programs that report cannot follow.
    Breaks,
    /// Some household gets less, later, or nothing.
    Weakens,
    /// It was not decided.
    Undecided,
    /// Something else is done, or by somebody else.
    Shifts,
    /// Households get more, or sooner.
    Strengthens,
    /// No household notices.
    Editorial,
}

impl Level {
    /// All of them, the most severe first.
    pub const ALL: [Self; 6] =
        [Self::Breaks, Self::Weakens, Self::Undecided, Self::Shifts, Self::Strengthens, Self::Editorial];

    /// What a difference between two versions asks.
    #[must_use]
    pub const fn of(effect: Effect) -> Self {
        match effect {
            Effect::Weaker | Effect::Mixed => Self::Weakens,
            Effect::NotComparable => Self::Shifts,
            Effect::Stronger => Self::Strengthens,
        }
    }

    /// The word for programs and for `--fail-on`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Breaks => "breaks",
            Self::Weakens => "weakens",
            Self::Undecided => "undecided",
            Self::Shifts => "shifts",
            Self::Strengthens => "strengthens",
            Self::Editorial => "editorial",
        }
    }

    /// The word for people.
    #[must_use]
    pub fn in_words(self) -> String {
        match self {
            Self::Breaks => say!("breaks"),
            Self::Weakens => say!("weakens"),
            Self::Undecided => say!("undecided"),
            Self::Shifts => say!("shifts"),
            Self::Strengthens => say!("strengthens"),
            Self::Editorial => say!("editorial"),
        }
    }
}

/// What people and programs name when they report, or what open cases are in: what is gone cannot be followed.
const FOLLOWED: [&str; 12] = [
    "trigger",
    "event",
    "field",
    "stage",
    "aftercare",
    "end",
    "visit",
    "task",
    "referral",
    "question",
    "action",
    "series",
];

impl Change {
    /// Whether open cases, or programs that report, cannot follow it.
    #[must_use]
    pub fn breaks(&self) -> bool {
        self.kind == Kind::Removed && FOLLOWED.contains(&self.what.as_str())
    }
}
