//! Who notices: whether what a rule does reaches somebody who can act. A household that is told that nobody came cannot.

use super::obligation::Spec;
use super::protocol::Protocol;
use super::rule::{Effect, Rule};
use crate::table::{ObligationId, PartyId};

impl Protocol {
    /// Whether somebody notices what a rule does. What is open already (`about`) is not opened once more.
    #[must_use]
    pub fn is_noticed(&self, rule: &Rule, about: Option<ObligationId>) -> bool {
        rule.target.is_some() || rule.effects.iter().any(|effect| self.is_effect_noticed(effect, about))
    }

    fn is_effect_noticed(&self, effect: &Effect, about: Option<ObligationId>) -> bool {
        match effect {
            Effect::Notify { who, .. } => *who != PartyId::CLIENT,
            Effect::Open(opening) => {
                let of = self.openings.row(*opening).obligation;
                Some(of) != about && self.is_opening_noticed(of)
            }
            Effect::Consent(_) | Effect::Record { .. } => false,
        }
    }

    /// Whether somebody sees that something is opened: whoever has to do it, or whoever an escalation calls in.
    #[must_use]
    pub fn is_opening_noticed(&self, of: ObligationId) -> bool {
        let Spec::Escalation(escalation) = &self.obligations.row(of).spec else { return true };
        let mut effects = escalation.steps.iter().flat_map(|step| &step.effects);
        effects.any(|effect| match effect {
            Effect::Notify { who, .. } => *who != PartyId::CLIENT,
            Effect::Open(_) => true,
            Effect::Consent(_) | Effect::Record { .. } => false,
        })
    }
}
