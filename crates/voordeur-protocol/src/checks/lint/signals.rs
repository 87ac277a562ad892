//! What is found at the door or comes with a report goes somewhere, and goes only where it was asked for.

use std::collections::BTreeSet;

use voordeur_diagnostics::Rule as Finding;
use voordeur_messages::say;

use super::{Context, visit_of};
use crate::model::{Purpose, Spec};
use crate::table::FieldId;
use crate::value::FieldType;

impl Context<'_> {
    pub(super) fn signals(&mut self) {
        self.answers_on_the_shelf();
        self.mixed_purposes();
    }

    /// The fields that a visit, a visit of a series or a contact asks for.
    pub(super) fn asked_at_the_door(&self) -> BTreeSet<FieldId> {
        let rows = self.protocol.obligations.rows();
        let asked = rows.filter(|row| visit_of(&row.spec).is_some() || matches!(row.spec, Spec::Contact(_)));
        asked.flat_map(|row| row.asks.iter().copied()).collect()
    }

    /// The fields that anybody is asked for while a case runs: with what has to be done, and with what is reported about it.
    fn asked_later(&self) -> BTreeSet<FieldId> {
        // What a plugin gives back nobody was asked.
        let asked = self.protocol.obligations.rows().filter(|row| !matches!(row.spec, Spec::Action(_)));
        let obligations = asked.flat_map(|row| row.asks.iter().copied());
        let events = self.protocol.events.rows().flat_map(|row| row.asks.iter().copied());
        obligations.chain(events).collect()
    }

    /// The fields that whoever reports a household is asked for.
    fn asked_at_the_report(&self) -> BTreeSet<FieldId> {
        self.protocol.triggers.rows().flat_map(|row| row.asks.iter().copied()).collect()
    }

    pub(super) fn is_for(&self, field: FieldId, purpose: Purpose) -> bool {
        self.protocol.fields.row(field).purpose == Some(purpose)
    }

    /// Asked of somebody, and then nothing looks at it.
    fn answers_on_the_shelf(&mut self) {
        let (read, sorts) = (self.protocol.fields_read(), self.protocol.fields_sorted_by());
        let (visited, later) = (self.asked_at_the_door(), self.asked_later());
        for field in later.union(&self.asked_at_the_report()).copied() {
            let row = self.protocol.fields.row(field);
            // How a report was sorted is over when somebody is asked once more.
            let read = read.contains(&field) || !later.contains(&field) && sorts.contains(&field);
            if row.ty == FieldType::Text || row.kept.is_some() || read {
                continue;
            }
            let message = if visited.contains(&field) {
                say!(
                    "`{name}` is asked at the door and then left on the shelf: no rule, referral or report looks at it",
                    name = row.name
                )
            } else if later.contains(&field) {
                say!(
                    "`{name}` is asked and then left on the shelf: no rule, referral or report looks at it",
                    name = row.name
                )
            } else {
                say!(
                    "`{name}` comes with a report and is then left on the shelf: no rule, referral or report looks at it",
                    name = row.name
                )
            };
            let help = say!(
                "let a rule ask `when {name} …`, hand it over in a referral, or say why it is asked: `kept because \"…\"`",
                name = row.name
            );
            self.found_when_answered(Finding::SignalOnTheShelf, field, message, help);
        }
    }

    /// Enforcement and help behind one door: each answer says what it is for, and goes only there.
    fn mixed_purposes(&mut self) {
        for (id, row) in self.protocol.obligations.iter() {
            let enforces = row.asks.iter().any(|field| self.is_for(*field, Purpose::Enforcement));
            let silent = row.asks.iter().find(|field| self.protocol.fields.row(**field).purpose.is_none());
            if let Some(field) = silent.filter(|_| enforces && visit_of(&row.spec).is_some()) {
                let message = say!(
                    "`{visit}` asks for enforcement and for more, and `{field}` does not say what it is for: people must know what an answer is used for",
                    visit = row.name,
                    field = self.protocol.fields.row(*field).name
                );
                let help = say!("add `for help` or `for enforcement` to the field");
                self.found(Finding::MixedPurposes, *self.spans.fields.row(*field), message, help);
            }
            let handed = match &row.spec {
                Spec::Referral(referral) => Some(&referral.hands_over),
                Spec::Action(action) => action.to.map(|_| &action.sees),
                _ => None,
            };
            if let Some(handed) = handed {
                let purposes = [Purpose::Enforcement, Purpose::Help];
                let both = purposes.iter().all(|p| handed.iter().any(|f| self.is_for(*f, *p)));
                if both {
                    let message = say!(
                        "`{name}` hands over answers that were given for help together with answers for enforcement",
                        name = row.name
                    );
                    let help = say!("make two referrals, each with the fields of one purpose");
                    self.found(Finding::MixedPurposes, *self.spans.obligations.row(id), message, help);
                }
            }
        }
    }
}
