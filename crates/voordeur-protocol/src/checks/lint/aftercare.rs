//! Whoever was helped is not let go at once: somebody looks back.

use std::collections::BTreeSet;

use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_messages::say;

use super::super::Shows;
use super::Context;
use super::waits::is_by_itself;
use super::ways::{Place, is_occasion};
use crate::lifecycle::Happening;
use crate::model::{Cause, Effect, EndKind, Rule, Scope, Spec, Target};
use crate::table::{EndId, PartyId, StageId};

impl Context<'_> {
    pub(super) fn looking_back(&mut self) {
        let helping = self.helping();
        let seeds: Vec<(Place, StageId)> = self.helped_exits(&helping);
        for (place, reached) in self.ways.reached(seeds.into_iter()) {
            let Place::End(end) = place else { continue };
            if self.is_judged(end) && !self.is_looked_after(end) {
                self.let_go(reached.origin, reached.from, end, &helping);
            }
        }
        self.left_to_the_client();
    }

    /// A path of help: others take over, warm or cold, a series of visits is made, or there is so much help a week.
    fn helps(&self, stage: StageId) -> bool {
        let help = |opening| match self.obligation(opening).1.spec {
            Spec::Referral(_) => self.enforcement(opening).is_none(),
            Spec::Series(_) => true,
            _ => false,
        };
        self.protocol.stages.row(stage).offers.is_some() || self.opened_in(stage).into_iter().any(help)
    }

    /// Whatever a household that was helped comes to is judged, however it is called; not where help has failed, or where the
    /// household itself went.
    fn is_judged(&self, end: EndId) -> bool {
        matches!(self.protocol.ends.row(end).kind, EndKind::Success | EndKind::Other)
    }

    fn helping(&self) -> BTreeSet<StageId> {
        let stages = self.protocol.stages.iter().filter(|(id, row)| !row.aftercare && self.helps(*id));
        stages.map(|(id, _)| id).collect()
    }

    /// Where households go that were helped, each with the stage that helped them: not where a referral leads
    /// that nobody has taken up.
    fn helped_exits(&self, helping: &BTreeSet<StageId>) -> Vec<(Place, StageId)> {
        let rules = self.protocol.rules.rows().filter(|rule| !self.is_unhelped(&rule.cause));
        let exits = rules.filter_map(|rule| Some((Place::of(rule.target?)?, rule.scope)));
        let exits = exits.flat_map(|(place, scope)| {
            let one = match scope {
                Scope::Stage(stage) => stage..=stage,
                Scope::Always => StageId(0)..=StageId(u16::MAX),
            };
            let stages = helping.range(one).copied().collect::<Vec<_>>();
            stages.into_iter().map(move |stage| (place, stage))
        });
        exits.collect()
    }

    fn is_unhelped(&self, cause: &Cause) -> bool {
        match cause {
            Cause::Obligation(id, Happening::Exhausted | Happening::Declined | Happening::Overdue) => {
                matches!(self.protocol.obligations.row(*id).spec, Spec::Referral(_))
            }
            cause => is_occasion(cause),
        }
    }

    /// The file says why nobody looks back, or something is asked some time after closing.
    fn is_looked_after(&self, end: EndId) -> bool {
        let later = |opening| {
            let planned = self.protocol.openings.row(opening).planned_after;
            planned.is_some_and(|after| after.amount > 0)
        };
        let measures = self.protocol.measures.iter();
        let measured = measures.filter(|(_, ends)| ends.is_empty() || ends.contains(&end));
        self.protocol.ends.row(end).no_aftercare.is_some() || measured.into_iter().any(|(id, _)| later(*id))
    }

    fn let_go(&mut self, stage: StageId, from: StageId, end: EndId, helping: &BTreeSet<StageId>) {
        let (helped, last) = (&self.protocol.stages.row(stage).name, &self.protocol.stages.row(from).name);
        let end_name = &self.protocol.ends.row(end).name;
        let message = say!(
            "after the help of `{stage}` a household goes from `{last}` to `{end}`, and nobody looks back: the chance is large that it falls back",
            stage = helped,
            last,
            end = end_name
        );
        let help = say!(
            "lead to an `aftercare` with `call … after 3 months` first, or say why not: `no aftercare because \"…\"` after the end"
        );
        let problem = Diagnostic::new(Finding::NoAftercare, *self.spans.ends.row(end), message);
        let label = say!("here the household is helped");
        let problem = problem.label(*self.spans.stages.row(stage), label).help(help);
        self.suspect(problem, Shows::LetGo(helping.iter().copied().collect(), end));
    }

    /// The end to which a rule leads, or another one of its stage that waits for the same.
    fn ends_with(&self, rule: &Rule) -> Option<EndId> {
        let waits = rule.occasions();
        let is_same = |other: &&Rule| {
            other.scope == rule.scope && other.occasions().iter().any(|one| waits.contains(one))
        };
        let stage = match rule.scope {
            Scope::Stage(stage) if is_by_itself(&rule.cause) => Some(Target::Stage(stage)),
            _ => None,
        };
        let others = self.protocol.rules.rows().filter(is_same).filter_map(|other| other.target);
        let own = || rule.target.into_iter().chain(stage.filter(|_| rule.target.is_none()));
        own().chain(others.filter(|_| rule.target.is_none())).find_map(|target| self.ends_by_itself(target))
    }

    /// The last thing that is done is to tell the household what to do.
    fn left_to_the_client(&mut self) {
        for (id, rule) in self.protocol.rules.iter() {
            let tells = |effect: &Effect| matches!(effect, Effect::Notify { who: PartyId::CLIENT, .. });
            let end = if rule.effects.iter().any(tells) { self.ends_with(rule) } else { None };
            let Some(end) = end.filter(|end| self.protocol.ends.row(*end).kind == EndKind::Success) else {
                continue;
            };
            let message = say!(
                "the household hears what to do, and the case ends in `{end}`: few act on advice when nobody asks after it",
                end = self.protocol.ends.row(end).name
            );
            let help = say!("lead to an `aftercare` with `call … after 3 weeks` that asks what was done");
            self.found(Finding::LeftToTheClient, *self.spans.rules.row(id), message, help);
        }
    }
}
