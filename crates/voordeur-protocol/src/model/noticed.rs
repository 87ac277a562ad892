//! Who notices: whether what a rule does reaches somebody who can act. A household that is told that nobody came cannot.

use super::obligation::{Escalation, Spec};
use super::protocol::Protocol;
use super::rule::{Cause, Effect, Rule, Scope, Target};
use crate::guard::Expr;
use crate::lifecycle::Happening;
use crate::table::{ObligationId, OpeningId, PartyId, StageId};

impl Protocol {
    /// Whether somebody of the project notices what a rule does. What is `open` already is not opened once more.
    #[must_use]
    pub fn is_noticed(&self, rule: &Rule, open: &[ObligationId]) -> bool {
        let leads_on = match rule.target {
            Some(Target::Stage(stage)) => !self.stages.row(stage).interrupts || self.is_busy(stage, open),
            Some(Target::End(_) | Target::Back) => true,
            None => false,
        };
        leads_on || rule.effects.iter().any(|effect| self.is_effect_noticed(effect, open))
    }

    /// Whether anybody has something to do in a stage, or hears of something there. From one that only interrupts, and leads back with
    /// time, a case comes back as it was.
    fn is_busy(&self, stage: StageId, open: &[ObligationId]) -> bool {
        let mut own = self.rules.rows().filter(|rule| rule.scope == Scope::Stage(stage));
        !self.stages.row(stage).opens.is_empty()
            || own.any(|rule| rule.effects.iter().any(|effect| self.is_effect_noticed(effect, open)))
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
            Effect::Open(opening) => self.is_opening_seen(*opening, open),
            effect => tells_the_project(effect),
        }
    }

    /// Whether an opening is an escalation that calls in somebody of the project.
    #[must_use]
    pub fn calls_somebody_in(&self, opening: OpeningId) -> bool {
        let of = self.openings.row(opening).obligation;
        matches!(self.obligations.row(of).spec, Spec::Escalation(_)) && self.is_opening_seen(opening, &[])
    }

    /// Whether somebody of the project sees to what is opened: what has to be done needs a term of which they hear when it
    /// goes by, and what is asked of a household or of another agency comes back to them when nothing comes of it.
    fn is_opening_seen(&self, opening: OpeningId, open: &[ObligationId]) -> bool {
        let row = self.openings.row(opening);
        let of = row.obligation;
        if open.contains(&of) {
            return false;
        }
        let open: Vec<ObligationId> = open.iter().copied().chain([of]).collect();
        match &self.obligations.row(of).spec {
            Spec::Escalation(escalation) => {
                let mut effects = escalation.steps.iter().flat_map(|step| &step.effects);
                effects.any(|effect| self.is_effect_noticed(effect, &open))
            }
            Spec::Question(_) | Spec::Referral(_) => self.is_missing_seen(of, &open),
            Spec::Task | Spec::Visit(_) | Spec::Series(_) => {
                row.term.is_some() && self.is_missing_seen(of, &open)
            }
            _ => true,
        }
    }

    /// Whether nothing that can come of it instead of what is wanted stays with the household alone. Where no rule answers
    /// that it is overdue the engine tells the lead.
    fn is_missing_seen(&self, of: ObligationId, open: &[ObligationId]) -> bool {
        let missed = [Happening::Overdue, Happening::Silent, Happening::Exhausted];
        missed.into_iter().all(|on| {
            let on_it = |rule: &&Rule| rule.cause == Cause::Obligation(of, on);
            let waits = |rule: &&Rule| rule.cause == Cause::Condition && rule.guard.waits_for(of, on);
            let mut rules = self.rules.rows().filter(on_it);
            // Of conditions several may apply, and one of them is enough.
            let mut waiting = self.rules.rows().filter(waits);
            let beside = |rule: &Rule| {
                self.rules.rows().filter(waits).any(|other| {
                    let at_least_as_often = other.guard == rule.guard
                        || matches!(other.guard, Expr::Happened { at_least: 1, .. });
                    at_least_as_often && self.is_noticed(other, open)
                })
            };
            rules.all(|rule| self.is_noticed(rule, open))
                && waiting.all(|rule| self.is_noticed(rule, open) || beside(rule))
        })
    }
}

fn tells_the_project(effect: &Effect) -> bool {
    matches!(effect, Effect::Notify { who, .. } if *who != PartyId::CLIENT)
}
