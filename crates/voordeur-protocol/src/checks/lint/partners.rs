//! The agencies around the household: each has a part, one person to speak to, and a lead that they accept.

use std::collections::BTreeSet;

use voordeur_diagnostics::Rule as Finding;
use voordeur_messages::say;

use super::Context;
use crate::model::{Effect, PartyKind, Protocol, Spec};
use crate::table::PartyId;

impl Context<'_> {
    pub(super) fn partners(&mut self) {
        let lead = self.agency(self.protocol.lead);
        let receivers: BTreeSet<PartyId> = self.receivers().into_iter().filter(|to| *to != lead).collect();
        for agency in &receivers {
            let row = self.protocol.parties.row(*agency);
            if row.kind == PartyKind::Agency && row.contact.is_none() {
                let message = say!(
                    "households are referred to `{name}`, and there is nobody there to speak to",
                    name = row.name
                );
                let help =
                    say!("write `agency {name} contact desk` and `role desk of {name}`", name = row.name);
                self.found(Finding::NoContactPerson, *self.spans.parties.row(*agency), message, help);
            }
        }
        if !receivers.is_empty() && self.protocol.project.mandate.is_none() {
            let message = say!(
                "`{name}` leads, and nothing says that the agencies it refers to have agreed to that: then there are loose actions and no plan",
                name = self.protocol.parties.row(self.protocol.lead).name
            );
            let help = say!("add `mandate \"…\"`: the covenant or decision of all partners");
            self.found(Finding::LeadWithoutMandate, self.spans.pathway, message, help);
        }
        self.without_a_part();
    }

    /// The agencies to which households are referred.
    fn receivers(&self) -> BTreeSet<PartyId> {
        let referrals = self.protocol.obligations.rows().filter_map(|row| match &row.spec {
            Spec::Referral(referral) => Some(referral.to),
            _ => None,
        });
        referrals.filter(|to| matches!(self.protocol.parties.row(*to).kind, PartyKind::Agency)).collect()
    }

    /// A partner on paper.
    fn without_a_part(&mut self) {
        let parts: BTreeSet<PartyId> =
            mentioned(self.protocol).into_iter().flat_map(|party| [party, self.agency(party)]).collect();
        for (id, row) in self.protocol.parties.iter() {
            if row.kind == PartyKind::Agency && !parts.contains(&id) {
                let message = say!(
                    "`{name}` is a partner on paper: it reports nothing, receives nothing and does nothing",
                    name = row.name
                );
                let help = say!(
                    "let `{name}` report (`trigger … from …`), refer to it or tell it something; or leave it out",
                    name = row.name
                );
                self.found(Finding::PartnerWithoutPart, *self.spans.parties.row(id), message, help);
            }
        }
    }
}

/// Every party that has a part, apart from what `agency` and `role` say.
fn mentioned(protocol: &Protocol) -> Vec<PartyId> {
    let mut parties = vec![protocol.lead];
    parties.extend(protocol.project.successor);
    parties.extend(protocol.triggers.rows().flat_map(|row| row.from.iter().copied()));
    parties.extend(protocol.events.rows().flat_map(|row| row.from.iter().copied()));
    parties.extend(protocol.fields.rows().flat_map(|row| row.shared_with.iter().copied()));
    parties.extend(protocol.deviations.iter().map(|row| row.who));
    parties.extend(protocol.rules.rows().flat_map(|row| told(&row.effects)));
    // A role is there for something, even when only people know for what.
    parties.extend(protocol.parties.rows().filter_map(|row| match row.kind {
        PartyKind::Role { of } => Some(of),
        _ => None,
    }));
    for row in protocol.obligations.rows() {
        parties.extend(row.by);
        match &row.spec {
            Spec::Referral(referral) => {
                parties.extend([Some(referral.to), referral.via].into_iter().flatten());
            }
            Spec::Action(action) => parties.extend(action.to),
            Spec::Escalation(ladder) => {
                parties.extend(ladder.steps.iter().flat_map(|step| told(&step.effects)));
            }
            _ => {}
        }
    }
    parties
}

fn told(effects: &[Effect]) -> impl Iterator<Item = PartyId> {
    effects.iter().filter_map(|effect| match effect {
        Effect::Notify { who, .. } => Some(*who),
        _ => None,
    })
}
