//! The right to say no, and to come back on a yes; and who is missed by asking.

use std::collections::BTreeSet;

use voordeur_diagnostics::Rule as Finding;
use voordeur_messages::say;

use super::Context;
use super::waits::{is_by_itself, waited_for};
use crate::checks::awaited::Answered;
use crate::checks::play::with_escalations;
use crate::lifecycle::Happening;
use crate::model::{Cause, Effect, Purpose, Rule, Scope, Spec, Target};
use crate::table::{EventId, ObligationId, OpeningId, StageId};

impl Context<'_> {
    pub(super) fn refusing(&mut self) {
        self.visits_without_refusal();
        self.refusal_to_sanction();
        self.consent_for_ever();
        self.opt_in();
    }

    /// People may keep their door shut; the pathway says what follows.
    fn visits_without_refusal(&mut self) {
        let mut told: BTreeSet<OpeningId> = BTreeSet::new();
        for (opening, stage) in self.opened_in_stages() {
            let (id, row) = self.obligation(opening);
            if !matches!(row.spec, Spec::Visit(_))
                || !matches!(self.is_answered(stage, id, Happening::Refused), Answered::Never)
            {
                continue;
            }
            if told.insert(opening) {
                let word = row.happening_name(Happening::Refused, self.protocol.spelling);
                let message = say!(
                    "nobody has to open the door, and nothing says what follows when `{name}` is refused",
                    name = row.name
                );
                let help = say!("add `on {name} {word} -> …`", name = row.name, word);
                self.found(Finding::VisitWithoutRefusal, *self.spans.openings.row(opening), message, help);
            }
        }
    }

    /// A door that stays shut is no proof: between a refusal and enforcement somebody decides.
    fn refusal_to_sanction(&mut self) {
        for (id, rule) in self.protocol.rules.iter() {
            let refused = waited_for(rule, |on| on == Happening::Refused);
            let Some(visit) = refused.first().copied() else { continue };
            let Some(referral) = self.enforcement_after(rule) else { continue };
            let message = say!(
                "who refuses `{visit}` goes on to `{referral}` and nobody weighs it: a refusal is a right and may not become a penalty in silence",
                visit = self.protocol.obligations.row(visit).name,
                referral = self.protocol.obligations.row(referral).name
            );
            let help = say!(
                "lead to a stage first in which somebody weighs it: `must task weigh by … within 2 weeks`"
            );
            self.found(Finding::VisitWithoutRefusal, *self.spans.rules.row(id), message, help);
        }
    }

    /// A referral for enforcement that a rule opens, by itself or in the stages that it leads to without anybody's doing.
    fn enforcement_after(&self, rule: &Rule) -> Option<ObligationId> {
        let mut open = vec![rule];
        let mut known: BTreeSet<StageId> = BTreeSet::new();
        while let Some(rule) = open.pop() {
            if let Some(found) = self.first_enforcement(super::opened_by(&rule.effects)) {
                return Some(found);
            }
            let Some(Target::Stage(stage)) = rule.target else { continue };
            let opens = &self.protocol.stages.row(stage).opens;
            if let Some(found) = self.first_enforcement(opens.iter().copied()) {
                return Some(found);
            }
            // Where the project has to do something first, somebody can weigh it.
            let asks = |one: &OpeningId| matches!(self.obligation(*one).1.spec, Spec::Question(_));
            if opens.iter().all(asks) && known.insert(stage) {
                let own = self.protocol.rules.rows().filter(|rule| rule.scope == Scope::Stage(stage));
                let is_silence = |rule: &Rule| !waited_for(rule, |on| on == Happening::Silent).is_empty();
                open.extend(own.filter(|rule| is_by_itself(&rule.cause) || is_silence(rule)));
            }
        }
        None
    }

    /// The first of these, or of what their escalations open, that is enforcement.
    fn first_enforcement(&self, openings: impl Iterator<Item = OpeningId>) -> Option<ObligationId> {
        with_escalations(self.protocol, openings.collect()).into_iter().find_map(|one| self.enforcement(one))
    }

    /// The referral that an opening is, or the action to others, when it hands over what was asked for enforcement.
    pub(super) fn enforcement(&self, opening: OpeningId) -> Option<ObligationId> {
        let (id, row) = self.obligation(opening);
        let handed = match &row.spec {
            Spec::Referral(referral) => &referral.hands_over,
            Spec::Action(action) if action.to.is_some() => &action.sees,
            _ => return None,
        };
        handed.iter().any(|field| self.is_for(*field, Purpose::Enforcement)).then_some(id)
    }

    /// What was agreed to can be taken back (GDPR art. 7(3)).
    fn consent_for_ever(&mut self) {
        let withdrawn =
            self.protocol.rules.rows().any(|rule| rule.cause == Cause::Event(EventId::CONSENT_WITHDRAWN));
        if withdrawn {
            return;
        }
        let asked = self.protocol.obligations.iter().find(|(_, row)| row.needs_consent);
        let given =
            self.protocol.rules.iter().find(|(_, rule)| rule.effects.contains(&Effect::Consent(true)));
        let ground = self.protocol.bases.iter().any(|basis| basis.ground == "consent");
        let place = asked
            .map(|(id, _)| *self.spans.obligations.row(id))
            .or_else(|| given.map(|(id, _)| *self.spans.rules.row(id)))
            .or_else(|| ground.then_some(self.spans.pathway));
        if let Some(span) = place {
            let message =
                say!("the household must agree, and nothing says what follows when it takes that back");
            let help = say!("add `on consent withdrawn -> …` to `always`");
            self.found(Finding::ConsentWithoutWithdrawal, span, message, help);
        }
    }

    /// Only who answers is visited: who does not open letters is missed.
    fn opt_in(&mut self) {
        for (id, rule) in self.protocol.rules.iter() {
            let silent = waited_for(rule, |on| on == Happening::Silent);
            let end = rule.target.and_then(|target| self.ends_by_itself(target));
            let (Some(question), Some(end)) = (silent.first().copied(), end) else { continue };
            if !self.an_answer_leads_on(question) {
                continue;
            }
            let row = self.protocol.obligations.row(question);
            let message = say!(
                "who does not answer `{name}` is not visited and ends in `{end}`: this probably misses the most vulnerable",
                name = row.name,
                end = self.protocol.ends.row(end).name
            );
            let help = say!(
                "let silence lead to a visit or a call: `on {name} {word} -> …`, as an answer does",
                name = row.name,
                word = row.happening_name(Happening::Silent, self.protocol.spelling)
            );
            self.found(Finding::OptInMissesTheMostVulnerable, *self.spans.rules.row(id), message, help);
        }
    }

    fn an_answer_leads_on(&self, question: ObligationId) -> bool {
        let is_answer = |on| matches!(on, Happening::Named(_));
        let mut on_answers =
            self.protocol.rules.rows().filter(|rule| waited_for(rule, is_answer).contains(&question));
        let leads_on = |target: Target| self.ends_by_itself(target).is_none();
        on_answers.any(|rule| rule.target.is_some_and(leads_on))
    }
}
