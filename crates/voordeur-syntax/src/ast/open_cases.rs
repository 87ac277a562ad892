//! `open cases { … }`: what becomes of the cases that run when a version comes.

use super::{Name, Spanned, Target};

/// The block, statement by statement.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OpenCases {
    /// What it says.
    pub says: Vec<Spanned<SaysOfOpen>>,
}

/// One statement of it.
#[derive(Debug, Clone, PartialEq)]
pub enum SaysOfOpen {
    /// `keep deadlines`, `recompute from today for first_visit`: of every term that has changed, or of those of some
    /// obligations.
    Deadlines {
        /// What becomes of them.
        how: Deadlines,
        /// Of which obligations; of all others when it names none.
        of: Vec<Name>,
    },
    /// `stage visiting -> contact`, `stage rest -> back`: who is in that stage of the version before comes in this one, or goes back to the
    /// one that it had interrupted.
    Stage {
        /// The stage of the version before.
        from: Name,
        /// The stage of this version, or back.
        to: Target,
    },
}

/// What becomes of a deadline whose term has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deadlines {
    /// `keep deadlines`: it stays the day that it was.
    Keep,
    /// `recompute from start`: the new term counts from where the old one counted from.
    FromStart,
    /// `recompute from today`: the new term counts from the moment at which the case comes over.
    FromToday,
}
