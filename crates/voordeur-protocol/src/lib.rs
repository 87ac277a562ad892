//! The checked model of a pathway.
//!
//! ```text
//!   ast::File ── names, types ──▶ Protocol ── checks ──▶ CheckedProtocol
//!                                 (petgraph graph of stages, ends and transitions,
//!                                  lifecycles as data, dense tables for the engine)
//! ```
//!
//! [`compile`] does all of it and always returns its diagnostics; only a pathway without errors gives
//! a [`CheckedProtocol`], and only that can be run. This crate does no I/O and knows no clock.

mod allow;
mod assemble;
mod awaits;
mod checked;
mod checks;
mod compile;
mod editions;
mod fixes;
pub mod guard;
pub mod lifecycle;
mod lookup;
mod lower;
mod meaning;
pub mod model;
mod spans;
mod starting;
pub mod table;
pub mod value;

pub use allow::{Allow, Allowed};
pub use assemble::{Load, NotLoaded};
pub use checked::CheckedProtocol;
pub use checks::{Judge, Shows, Suspected, Suspicion};
pub use compile::{Compiled, beside, compile, compile_bundle, compile_judged, compile_with, unchecked};
pub use editions::of_editions;
pub use lifecycle::{Happening, Kind, Lifecycle, StateId, state_in_words};
pub use lookup::{InputError, Occurrence};
pub use lower::Reading;
pub use meaning::{Meaning, Plain};
pub use model::{
    Anchor, Cause, CauseKey, Effect, Mode, Node, Obligation, Opening, Protocol, Reminder, Rule, Scope, Spec,
    Stage, Target, Term,
};
pub use spans::Spans;
pub use table::{
    EndId, EventId, FieldId, Id, ObligationId, OpeningId, PartyId, RuleId, StageId, Table, TriggerId,
};
pub use value::{FieldType, Value, yes_or_no};
