//! The model itself: what a compiled pathway consists of.
//!
//! Everything is data with public fields, read by the engine, the pictures and the reports. Only
//! `lower` makes these values.

mod derived;
mod graph;
mod noticed;
mod obligation;
mod open_cases;
mod project;
mod protocol;
mod read;
mod rule;

pub use derived::{DayFact, Derived, SinceUnit, Start};
pub use graph::{Edge, Graph, Node, build};
pub use obligation::{
    Action, Anchor, Back, Contact, Escalation, Hours, Mode, Obligation, Opening, Plan, Question, Referral,
    Reminder, Series, Spec, Step, SubPathway, Term, Visit,
};
pub use open_cases::{ComesTo, Deadlines, OpenCases};
pub use project::{Available, Consultation, Project, Purpose};
pub use protocol::{
    AllowedDeviation, Basis, Carrier, CaseEvent, Deviation, End, EndKind, Fact, Field, Intensity, Limit,
    Party, PartyKind, Protocol, Selection, Stage, Trigger, TriggerBranch,
};
pub use rule::{Cause, CauseKey, Effect, Rule, Scope, Target};
