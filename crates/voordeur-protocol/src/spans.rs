//! Where everything of a protocol stands in its file, by number. The protocol itself knows only lines;
//! the checks need exact places.

use voordeur_diagnostics::Span;

use crate::table::{
    EndId, EventId, FieldId, ObligationId, OpeningId, PartyId, RuleId, StageId, Table, TriggerId,
};

/// The places of all rows, in the order of their tables.
#[derive(Debug, Default)]
pub(crate) struct Spans {
    /// The name of the pathway: what is missing from the whole is told there.
    pub(crate) pathway: Span,
    pub(crate) ends_on: Option<Span>,
    pub(crate) priorities: Span,
    pub(crate) consultations: Vec<Span>,
    pub(crate) parties: Table<PartyId, Span>,
    pub(crate) fields: Table<FieldId, Span>,
    pub(crate) triggers: Table<TriggerId, Span>,
    pub(crate) branches: Table<TriggerId, Vec<Span>>,
    pub(crate) events: Table<EventId, Span>,
    pub(crate) obligations: Table<ObligationId, Span>,
    pub(crate) openings: Table<OpeningId, Span>,
    pub(crate) stages: Table<StageId, Span>,
    pub(crate) ends: Table<EndId, Span>,
    pub(crate) rules: Table<RuleId, Span>,
}
