//! A scenario with its names resolved: what the player plays.

use jiff::Timestamp;
use voordeur_diagnostics::Span;
use voordeur_engine::{By, Data};
use voordeur_protocol::model::Deviation;
use voordeur_protocol::{
    CheckedProtocol, EndId, FieldId, Happening, ObligationId, Occurrence, PartyId, StageId, TriggerId, Value,
};

/// A scenario of a file.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// What it shows.
    pub title: String,
    /// The pathway that it is about.
    pub protocol: CheckedProtocol,
    /// The cases to play: one for each row of its table, or one when it has no table.
    pub examples: Vec<Example>,
    /// Where it stands.
    pub span: Span,
}

/// One case to play.
#[derive(Debug, Clone)]
pub struct Example {
    /// The row of the table: `months = 2, place = early_route`; nothing when there is no table.
    pub row: Option<String>,
    /// What to do and to expect, in order.
    pub actions: Vec<(Span, Action)>,
}

/// One line of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Something is reported.
    Happens {
        /// When (UTC).
        at: Timestamp,
        /// What.
        report: Report,
        /// What was answered.
        data: Data,
        /// By whom.
        by: By,
    },
    /// Somebody departs from the protocol.
    Deviates {
        /// When (UTC).
        at: Timestamp,
        /// How.
        what: Deviation,
        /// Why.
        because: String,
        /// Who decides.
        by: By,
    },
    /// Time goes by until this moment (UTC), which is included.
    NothingUntil(Timestamp),
    /// This is expected now.
    Expect {
        /// What.
        expected: Vec<(Span, Expected)>,
        /// Whether nothing else may have happened since the last report or wait.
        nothing_else: bool,
    },
}

/// What is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// The case itself.
    Trigger(TriggerId),
    /// An event, or what happened to an obligation.
    Occurrence(Occurrence),
}

/// One thing that is expected.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// The case is in this stage.
    Stage(StageId),
    /// The case has ended there.
    Ended(EndId),
    /// The obligation is open.
    Open(ObligationId),
    /// The obligation is open, and its term ends then.
    Due {
        /// Which.
        obligation: ObligationId,
        /// The last moment (UTC) of the term; for a day the end of it.
        at: Timestamp,
    },
    /// This happened to the obligation since the last report or wait.
    Happened(ObligationId, Happening),
    /// Somebody was told something since then.
    Told(PartyId),
    /// Somebody was reminded since then.
    Reminded(PartyId),
    /// The last report was refused.
    Refused,
    /// The field holds this value.
    Recorded(FieldId, Value),
}
