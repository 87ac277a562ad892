//! Where everything of a protocol stands in its file, by number. The protocol itself knows only lines;
//! the checks need exact places.

use voordeur_diagnostics::Span;

use crate::table::{
    EndId, EventId, FieldId, ObligationId, OpeningId, PartyId, RuleId, StageId, Table, TriggerId,
};
use crate::value::Value;

/// Where a condition divides the values of a field: just below a value, or just above it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Threshold {
    /// Which field.
    pub(crate) field: FieldId,
    /// The value.
    pub(crate) value: Value,
    /// Whether the value itself belongs to what is more.
    pub(crate) below: bool,
    /// Where it is written.
    pub(crate) span: Span,
}

/// The places of all rows, in the order of their tables.
#[derive(Debug, Default, Clone)]
pub struct Spans {
    /// The name of the pathway: what is missing from the whole is told there.
    pub pathway: Span,
    /// Where it says when the pathway ends.
    pub ends_on: Option<Span>,
    /// Where it says what goes first.
    pub priorities: Span,
    /// The bodies that are consulted.
    pub consultations: Vec<Span>,
    /// The thresholds of the conditions.
    pub(crate) thresholds: Vec<Threshold>,
    /// The values of which a condition says something by themselves.
    pub(crate) exact: Vec<(FieldId, Value)>,
    /// Parties.
    pub parties: Table<PartyId, Span>,
    /// Fields.
    pub fields: Table<FieldId, Span>,
    /// Triggers.
    pub triggers: Table<TriggerId, Span>,
    /// The branches of each trigger.
    pub branches: Table<TriggerId, Vec<Span>>,
    /// Events.
    pub events: Table<EventId, Span>,
    /// Declared obligations.
    pub obligations: Table<ObligationId, Span>,
    /// Openings.
    pub openings: Table<OpeningId, Span>,
    /// Stages.
    pub stages: Table<StageId, Span>,
    /// Ends.
    pub ends: Table<EndId, Span>,
    /// Rules.
    pub rules: Table<RuleId, Span>,
}
