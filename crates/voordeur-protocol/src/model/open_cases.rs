//! What becomes of the cases that run when a version comes.

use crate::table::{ObligationId, StageId};

/// `open cases { keep deadlines   stage visiting -> contact }`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenCases {
    /// What becomes of deadlines whose term has changed; `None` when it is said of single obligations only.
    pub deadlines: Option<Deadlines>,
    /// What becomes of those of single obligations.
    pub of: Vec<(ObligationId, Deadlines)>,
    /// The stage of the version before, by its name, and where its cases come.
    pub stages: Vec<(String, ComesTo)>,
    /// Its line in the file, counted from 1.
    pub line: u32,
}

impl OpenCases {
    /// What becomes of the deadlines of an obligation; for a rule on time there is none. `None` when nothing is said.
    #[must_use]
    pub fn deadlines_of(&self, obligation: Option<ObligationId>) -> Option<Deadlines> {
        let own = self.of.iter().find(|(of, _)| Some(*of) == obligation).map(|(_, how)| *how);
        own.or(self.deadlines)
    }

    /// Where the cases of a stage of the version before come, when it is said.
    #[must_use]
    pub fn stage(&self, before: &str) -> Option<ComesTo> {
        self.stages.iter().find(|(from, _)| from == before).map(|(_, to)| *to)
    }
}

/// Where the cases of a stage of the version before come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComesTo {
    /// In this stage.
    Stage(StageId),
    /// `back`: in the stage that each of them had interrupted, with its clocks as they were.
    Back,
}

/// What becomes of a deadline whose term has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deadlines {
    /// It stays the day that it was.
    Keep,
    /// The new term counts from where the old one counted from.
    FromStart,
    /// The new term counts from the moment at which the case comes over.
    FromToday,
}
