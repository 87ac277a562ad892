//! Who notices: whether what a rule does reaches somebody who can act. A household that is told that nobody came cannot.

use super::obligation::{Escalation, Spec};
use super::protocol::Protocol;
use super::rule::{Cause, Effect, Rule};
use crate::lifecycle::Happening;
use crate::table::{ObligationId, PartyId};

impl Protocol {
    /// Whether somebody of the project notices what a rule does. What is `open` already is not opened once more.
    #[must_use]
    pub fn is_noticed(&self, rule: &Rule, open: &[ObligationId]) -> bool {
        rule.target.is_some() || rule.effects.iter().any(|effect| self.is_effect_noticed(effect, open))
    }

    /// Whether somebody of the project hears of it when its term passes: the engine tells the lead where no rule answers it.
    #[must_use]
    pub fn is_missing_noticed(&self, of: ObligationId) -> bool {
        self.is_missing_seen(of, &[of])
    }

    /// Whether an escalation tells somebody of the project.
    #[must_use]
    pub fn is_told_by(&self, escalation: &Escalation) -> bool {
        escalation.steps.iter().flat_map(|step| &step.effects).any(tells_the_project)
    }

    fn is_effect_noticed(&self, effect: &Effect, open: &[ObligationId]) -> bool {
        match effect {
            Effect::Open(opening) => {
                let of = self.openings.row(*opening).obligation;
                !open.contains(&of) && self.is_opening_noticed(of, open)
            }
            effect => tells_the_project(effect),
        }
    }

    /// Whether somebody of the project sees that something is opened: whoever has to do it, or whoever an escalation calls
    /// in. A question goes to the household: it is seen when somebody hears of its silence.
    fn is_opening_noticed(&self, of: ObligationId, open: &[ObligationId]) -> bool {
        let open: Vec<ObligationId> = open.iter().copied().chain([of]).collect();
        match &self.obligations.row(of).spec {
            Spec::Escalation(escalation) => {
                let mut effects = escalation.steps.iter().flat_map(|step| &step.effects);
                effects.any(|effect| self.is_effect_noticed(effect, &open))
            }
            Spec::Question(_) => self.is_missing_seen(of, &open),
            _ => true,
        }
    }

    fn is_missing_seen(&self, of: ObligationId, open: &[ObligationId]) -> bool {
        let question = matches!(self.obligations.row(of).spec, Spec::Question(_));
        let missed = Cause::Obligation(of, if question { Happening::Silent } else { Happening::Overdue });
        let mut rules = self.rules.rows().filter(|rule| rule.cause == missed).peekable();
        rules.peek().is_none() || rules.all(|rule| self.is_noticed(rule, open))
    }
}

fn tells_the_project(effect: &Effect) -> bool {
    matches!(effect, Effect::Notify { who, .. } if *who != PartyId::CLIENT)
}
