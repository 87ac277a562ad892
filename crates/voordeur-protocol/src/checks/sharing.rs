//! Fields that go where they may not go, and sensitive fields without a ground in law.

use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_messages::say;

use super::Context;
use crate::model::{PartyKind, Spec};
use crate::table::{FieldId, ObligationId, PartyId};

impl Context<'_> {
    pub(super) fn sharing(&mut self) {
        let protocol = self.protocol;
        for (id, row) in protocol.obligations.iter() {
            match &row.spec {
                Spec::Referral(referral) => self.check_shared(id, &referral.hands_over, referral.to),
                Spec::Action(action) => {
                    if let Some(to) = action.to {
                        self.check_shared(id, &action.sees, to);
                    }
                }
                _ => {}
            }
        }
        self.sensitive();
        self.volunteers();
    }

    /// A volunteer at the door is not the one to whom an illness or a crime is told.
    fn volunteers(&mut self) {
        for (id, row) in self.protocol.obligations.iter() {
            let volunteers =
                row.by.iter().chain(&row.with).any(|by| self.protocol.parties.row(*by).volunteers);
            let asked = row.asks.iter().filter(|field| self.protocol.fields.row(**field).sensitive);
            for field in asked.filter(|_| volunteers) {
                let field = self.protocol.fields.row(*field);
                let message = say!(
                    "`{name}` is sensitive, and volunteers would ask it in `{name_2}`",
                    name = field.name,
                    name_2 = row.name
                );
                let problem = Diagnostic::error(Finding::NotShared, *self.spans.obligations.row(id), message)
                    .help(say!("let a professional ask it, after the volunteer has referred"));
                self.problems.push(problem);
            }
        }
    }

    fn check_shared(&mut self, id: ObligationId, fields: &[FieldId], to: PartyId) {
        let hidden: Vec<FieldId> = fields.iter().copied().filter(|field| !self.may_see(*field, to)).collect();
        for field in hidden {
            let (row, receiver) = (self.protocol.fields.row(field), &self.protocol.parties.row(to).name);
            let message =
                say!("`{name}` goes to `{receiver}`, with which it is not shared", name = row.name, receiver);
            let problem = Diagnostic::error(Finding::NotShared, *self.spans.obligations.row(id), message)
                .label(*self.spans.fields.row(field), say!("the field is declared here"))
                .help(say!(
                    "add `shared with {receiver}` to the field if the law allows it, or do not hand it over",
                    receiver
                ));
            self.problems.push(problem);
        }
    }

    /// The agency that keeps the overview may see everything; another one what is shared with it or with
    /// one of its roles.
    fn may_see(&self, field: FieldId, to: PartyId) -> bool {
        let to = self.agency(to);
        let shared = &self.protocol.fields.row(field).shared_with;
        to == self.agency(self.protocol.lead) || shared.iter().any(|party| self.agency(*party) == to)
    }

    pub(super) fn agency(&self, party: PartyId) -> PartyId {
        match self.protocol.parties.row(party).kind {
            PartyKind::Role { of } => of,
            _ => party,
        }
    }

    fn sensitive(&mut self) {
        if !self.protocol.bases.is_empty() {
            return;
        }
        for (id, row) in self.protocol.fields.iter().filter(|(_, row)| row.sensitive) {
            let message =
                say!("`{name}` is sensitive, and the pathway names no ground in law", name = row.name);
            let problem =
                Diagnostic::error(Finding::SensitiveWithoutBasis, *self.spans.fields.row(id), message);
            self.problems.push(
                problem
                    .help(say!("add `basis public_task \"…\"`, or leave the field out (GDPR art. 6 and 9)")),
            );
        }
    }
}
