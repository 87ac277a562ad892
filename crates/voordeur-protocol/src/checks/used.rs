//! What is declared and never used: help that nothing asks for, an event that nobody answers.

use std::collections::BTreeSet;

use voordeur_diagnostics::{Diagnostic, Rule as Finding, Span};
use voordeur_messages::say;

use super::Context;
use crate::model::{CaseEvent, Cause};
use crate::table::{EventId, ObligationId};

impl Context<'_> {
    pub(super) fn used(&mut self) {
        let opened: BTreeSet<ObligationId> =
            self.protocol.openings.rows().map(|row| row.obligation).collect();
        for (id, row) in self.protocol.obligations.iter().filter(|(id, _)| !opened.contains(id)) {
            let message = say!("`{name}` is declared, and nothing opens it", name = row.name);
            let help = say!("open it where it is needed, or take it out");
            self.unused(*self.spans.obligations.row(id), message, help);
        }
        let protocol = self.protocol;
        for (id, row) in protocol.events.iter() {
            if !self.has_a_meaning(id, row) {
                let message =
                    say!("no rule answers `{name}`: whoever reports it is refused", name = row.name);
                let help = say!("add `on {name} …` where it matters, or take it out", name = row.name);
                self.unused(*self.spans.events.row(id), message, help);
            }
        }
    }

    fn unused(&mut self, span: Span, message: String, help: String) {
        self.problems.push(Diagnostic::new(Finding::NeverUsed, span, message).help(help));
    }

    /// Whether an event means something; those of the language need not be answered.
    fn has_a_meaning(&self, id: EventId, row: &CaseEvent) -> bool {
        row.line == 0
            || row.is_counted
            || self.protocol.rules.rows().any(|rule| rule.cause == Cause::Event(id))
    }
}
