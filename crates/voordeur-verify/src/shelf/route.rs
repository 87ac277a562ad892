//! What goes to an agency, or to one of its roles.

use voordeur_engine::Entry;
use voordeur_protocol::model::PartyKind;
use voordeur_protocol::{Effect, ObligationId, OpeningId, PartyId, Protocol, Spec};

/// The agency of a role; any other party is itself.
pub(crate) fn agency(protocol: &Protocol, party: PartyId) -> PartyId {
    match protocol.parties.row(party).kind {
        PartyKind::Role { of } => of,
        _ => party,
    }
}

/// What goes to a party.
pub(super) struct Reaches<'a> {
    pub(super) protocol: &'a Protocol,
    pub(super) to: PartyId,
}

impl Reaches<'_> {
    /// Whether something is asked of it, it is told something, or it does something itself.
    pub(super) fn with(&self, entries: &[Entry]) -> bool {
        entries.iter().any(|entry| match entry {
            Entry::Opened { opening, .. } => self.is_its(*opening),
            Entry::Moved { opening, on, .. } => on.is_reported() && self.is_its(*opening),
            Entry::RuleFired { rule } => self.told(&self.protocol.rules.row(*rule).effects),
            _ => false,
        })
    }

    fn is(&self, party: PartyId) -> bool {
        agency(self.protocol, party) == self.to
    }

    fn told(&self, effects: &[Effect]) -> bool {
        effects.iter().any(|effect| matches!(effect, Effect::Notify { who, .. } if self.is(*who)))
    }

    fn is_its(&self, opening: OpeningId) -> bool {
        self.is_about_it(self.protocol.openings.row(opening).obligation, 0)
    }

    fn is_about_it(&self, of: ObligationId, depth: usize) -> bool {
        let row = self.protocol.obligations.row(of);
        let opens = |effects: &[Effect]| {
            effects.iter().any(|effect| match effect {
                Effect::Open(opening) if depth < self.protocol.obligations.len() => {
                    self.is_about_it(self.protocol.openings.row(*opening).obligation, depth + 1)
                }
                _ => false,
            })
        };
        let own = row.by.into_iter().chain(row.with.iter().copied()).any(|party| self.is(party));
        own || match &row.spec {
            Spec::Referral(referral) => self.is(referral.to) || referral.via.is_some_and(|via| self.is(via)),
            Spec::Action(action) => action.to.is_some_and(|to| self.is(to)),
            Spec::Escalation(escalation) => {
                escalation.steps.iter().any(|step| self.told(&step.effects) || opens(&step.effects))
            }
            _ => false,
        }
    }
}
