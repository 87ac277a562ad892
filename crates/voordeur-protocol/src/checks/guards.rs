//! Rules that overlap, households for which none applies, rules that never apply.

use std::collections::BTreeMap;
use voordeur_messages::say;
use voordeur_syntax::vocabulary::spelled;

use voordeur_diagnostics::{Diagnostic, Rule as Finding, Span};

use super::household::{Household, each};
use super::{Context, Shows};
use crate::guard::Expr;
use crate::model::{Cause, Plan, Rule, Scope, Spec};
use crate::table::{ObligationId, RuleId, StageId, TriggerId};

/// One of several guards, of which exactly one should hold.
struct Branch<'a> {
    guard: &'a Expr,
    span: Span,
    text: &'a str,
    place: Place,
}

/// Where a guard stands.
#[derive(Clone, Copy)]
enum Place {
    Rule(RuleId),
    Branch(TriggerId, u16),
}

impl Context<'_> {
    pub(super) fn guards(&mut self) {
        self.trigger_branches();
        self.same_cause();
        self.conditions();
        self.causes();
        self.timed();
    }

    fn trigger_branches(&mut self) {
        let protocol = self.protocol;
        for (id, trigger) in protocol.triggers.iter() {
            let spans = self.spans.branches.row(id);
            let branches: Vec<Branch<'_>> = (0..)
                .zip(trigger.branches.iter().zip(spans))
                .map(|(number, (branch, span))| {
                    let place = Place::Branch(id, number);
                    Branch { guard: &branch.guard, span: *span, text: &branch.text, place }
                })
                .collect();
            let what = say!("for a report through `{name}`", name = trigger.name);
            if branches.is_empty() {
                let problem = Diagnostic::error(
                    Finding::GapInGuards,
                    *self.spans.triggers.row(id),
                    say!("the trigger `{name}` leads nowhere", name = trigger.name),
                );
                self.problems.push(problem.help(say!("write `-> stage`")));
            } else {
                self.exactly_one(&branches, &[], false, &what);
            }
        }
    }

    /// Rules of one place on one cause.
    fn same_cause(&mut self) {
        let protocol = self.protocol;
        let mut groups: BTreeMap<(Option<StageId>, u64), Vec<RuleId>> = BTreeMap::new();
        for (id, rule) in protocol.rules.iter() {
            if let Some(key) = key(&rule.cause) {
                let stage = match rule.scope {
                    Scope::Stage(stage) => Some(stage),
                    Scope::Always => None,
                };
                groups.entry((stage, key)).or_default().push(id);
            }
        }
        for ((stage, key), rules) in &groups {
            // What the rules of a stage leave open, those of `always` may answer.
            let always = stage.and(groups.get(&(None, *key))).map(Vec::as_slice).unwrap_or_default();
            let behind = self.behind(*stage, rules, always);
            let spans = self.spans;
            let branches: Vec<Branch<'_>> = (rules.iter())
                .map(|id| (*id, protocol.rules.row(*id), *spans.rules.row(*id)))
                .map(|(id, rule, span)| Branch {
                    guard: &rule.guard,
                    span,
                    text: &rule.text,
                    place: Place::Rule(id),
                })
                .collect();
            let what = rules.first().map_or(String::new(), |id| self.when(protocol.rules.row(*id)));
            // `on programme done 3` says nothing of the other visits, and means to.
            let numbered = rules.iter().all(|id| protocol.rules.row(*id).nth.is_some());
            self.exactly_one(&branches, &behind, numbered, &what);
        }
    }

    /// What the rules of `always` on a cause ask, and the conditions that wait for it.
    fn behind(&self, stage: Option<StageId>, rules: &[RuleId], always: &[RuleId]) -> Vec<Expr> {
        let protocol = self.protocol;
        let mut behind: Vec<Expr> = always.iter().map(|id| protocol.rules.row(*id).guard.clone()).collect();
        let cause = rules.first().map(|id| &protocol.rules.row(*id).cause);
        if let (Some(stage), Some(Cause::Obligation(of, on))) = (stage, cause) {
            behind.extend(self.hoped(&self.waiting_for(stage, *of, *on), *of, *on));
        }
        behind
    }

    fn when(&self, rule: &Rule) -> String {
        let protocol = self.protocol;
        match &rule.cause {
            Cause::Obligation(obligation, on) => {
                let row = protocol.obligations.row(*obligation);
                say!(
                    "when `{name}` is {spelling}",
                    name = row.name,
                    spelling = row.happening_name(*on, protocol.spelling)
                )
            }
            Cause::Event(event) => say!("on `{name}`", name = protocol.events.row(*event).name),
            _ => String::new(),
        }
    }

    /// What the branches leave open those `behind` them may answer; with an open end nobody has to.
    fn exactly_one(&mut self, branches: &[Branch<'_>], behind: &[Expr], open_end: bool, what: &str) {
        let open_end = open_end.then_some(&Expr::True);
        let behind_it: Vec<&Expr> = behind.iter().chain(open_end).collect();
        let all: Vec<&Expr> =
            branches.iter().map(|branch| branch.guard).chain(behind_it.iter().copied()).collect();
        if all.iter().all(|guard| **guard == Expr::True) && branches.len() < 2 {
            return;
        }
        let mut held = vec![false; branches.len()];
        let (mut both, mut none) = (None, None);
        let tried = each(self.protocol, &all, |household| {
            let holding: Vec<usize> = (branches.iter().enumerate())
                .filter(|(_, branch)| branch.guard.holds(household) == Ok(true))
                .map(|(index, _)| index)
                .collect();
            for index in &holding {
                if let Some(slot) = held.get_mut(*index) {
                    *slot = true;
                }
            }
            match holding.as_slice() {
                [first, second, ..] if both.is_none() => both = Some((*first, *second, household.clone())),
                [] if none.is_none() && !answered(&behind_it, household) => none = Some(household.clone()),
                _ => {}
            }
            false
        });
        if let Err(size) = tried {
            return self.too_many(branches, size);
        }
        self.tell_overlap(branches, both, what);
        self.tell_gap(branches, behind, none, what);
        for (branch, _) in branches.iter().zip(held).filter(|(_, held)| !held) {
            let message = say!("this can never apply: `{branch}`", branch = branch.text);
            let problem = Diagnostic::error(Finding::DeadRule, branch.span, message);
            self.problems.push(
                problem.help(say!("no household fits its condition; take it out or change the condition")),
            );
        }
    }

    fn too_many(&mut self, branches: &[Branch<'_>], size: usize) {
        let Some(first) = branches.first() else { return };
        let message = say!("these conditions have {size} combinations, more than can be compared", size);
        let problem = Diagnostic::error(Finding::TooManyCombinations, first.span, message);
        self.problems.push(problem.help(say!("let an earlier stage bring them together in one field")));
    }

    fn tell_overlap(&mut self, branches: &[Branch<'_>], both: Option<(usize, usize, Household)>, what: &str) {
        let Some((first, second, household)) = both else { return };
        let (Some(first), Some(second)) = (branches.get(first), branches.get(second)) else { return };
        let example = household.describe(self.protocol);
        let message = say!("two rules apply at once {what}: for instance with {example}", what, example);
        let problem = Diagnostic::error(Finding::OverlappingGuards, second.span, message)
            .label(first.span, say!("this one applies as well"))
            .help(say!(
                "make the conditions exclude each other, or write `{word}`",
                word = spelled("otherwise", self.protocol.spelling)
            ));
        match (first.place, second.place) {
            (Place::Rule(one), Place::Rule(other)) => self.suspect(problem, Shows::Both(one, other)),
            (Place::Branch(trigger, one), Place::Branch(_, other)) => {
                self.suspect(problem, Shows::Branches(trigger, one, other));
            }
            _ => self.problems.push(problem),
        }
    }

    fn tell_gap(&mut self, branches: &[Branch<'_>], behind: &[Expr], none: Option<Household>, what: &str) {
        let (Some(household), Some(last)) = (none, branches.last()) else { return };
        let example = household.describe(self.protocol);
        let message = say!("no rule applies {what} with {example}", what, example);
        let problem = Diagnostic::error(Finding::GapInGuards, last.span, message);
        let problem = problem
            .help(say!("add a rule with `{word}`", word = spelled("otherwise", self.protocol.spelling)));
        let rules = branches.iter().filter_map(|branch| match branch.place {
            Place::Rule(rule) => Some(rule),
            Place::Branch(..) => None,
        });
        let shows = match last.place {
            Place::Branch(trigger, _) => Shows::Nowhere(trigger),
            Place::Rule(_) => Shows::None { rules: rules.collect(), behind: behind.to_vec() },
        };
        self.suspect(problem, shows);
    }

    /// `when` rules of one stage that lead to different places.
    fn conditions(&mut self) {
        let protocol = self.protocol;
        let stages = protocol.stages.rows().map(|stage| &stage.conditions);
        for conditions in stages.chain([&protocol.always_conditions]) {
            let moving: Vec<RuleId> =
                conditions.iter().copied().filter(|id| protocol.rules.row(*id).target.is_some()).collect();
            for (position, one) in moving.iter().enumerate() {
                for other in moving.iter().skip(position + 1) {
                    self.both(*one, *other);
                }
                self.never(*one);
            }
        }
    }

    fn both(&mut self, one: RuleId, other: RuleId) {
        let protocol = self.protocol;
        let (first, second) = (protocol.rules.row(one), protocol.rules.row(other));
        let mut found = None;
        let tried = each(protocol, &[&first.guard, &second.guard], |household| {
            let both = first.guard.holds(household) == Ok(true) && second.guard.holds(household) == Ok(true);
            found = both.then(|| household.clone());
            both
        });
        if let (Ok(()), Some(household)) = (tried, found) {
            let branches = [one, other].map(|id| Branch {
                guard: &Expr::True,
                span: *self.spans.rules.row(id),
                text: "",
                place: Place::Rule(id),
            });
            self.tell_overlap(&branches, Some((0, 1, household)), &say!("in one stage"));
        }
    }

    fn never(&mut self, id: RuleId) {
        let rule = self.protocol.rules.row(id);
        let mut holds = false;
        let tried = each(self.protocol, &[&rule.guard], |household| {
            holds = rule.guard.holds(household) == Ok(true);
            holds
        });
        if tried.is_ok() && !holds {
            self.dead(id, &say!("no household fits its condition; take it out or change the condition"));
        }
    }

    fn dead(&mut self, id: RuleId, help: &str) {
        let rule = self.protocol.rules.row(id);
        let message = say!("this can never apply: `{rule}`", rule = rule.text);
        let problem = Diagnostic::error(Finding::DeadRule, *self.spans.rules.row(id), message);
        self.problems.push(problem.help(help));
    }

    /// A rule on an obligation that is never open where the rule stands.
    fn causes(&mut self) {
        let protocol = self.protocol;
        for (id, rule) in protocol.rules.iter() {
            let Cause::Obligation(obligation, _) = &rule.cause else { continue };
            if let Some(help) = self.never_comes(*obligation, rule.nth) {
                self.dead(id, &help);
            }
            if self.is_measure(*obligation) {
                self.dead(id, &say!("a measure is made after the case has ended, and then no rule applies"));
                continue;
            }
            let open = match rule.scope {
                Scope::Stage(stage) => self.in_play.has(protocol, stage, *obligation),
                Scope::Always => protocol.openings.rows().any(|opening| opening.obligation == *obligation),
            };
            if !open {
                let name = &protocol.obligations.row(*obligation).name;
                self.dead(
                    id,
                    &say!("nothing opens `{name}` here; open it, or put the rule where it is open", name),
                );
            }
        }
    }
}

impl Context<'_> {
    /// Why the n-th time of something does not come.
    fn never_comes(&self, obligation: ObligationId, nth: Option<u32>) -> Option<String> {
        let nth = usize::try_from(nth?).unwrap_or(usize::MAX);
        match &self.protocol.obligations.row(obligation).spec {
            Spec::Series(series) => match series.plan {
                Plan::Number { count, .. } if usize::try_from(count).is_ok_and(|count| nth > count) => {
                    Some(say!("the series has {count} visits", count))
                }
                _ => None,
            },
            Spec::Escalation(escalation) => {
                let at_once = escalation.steps.iter().filter(|step| step.after.is_none()).count();
                if nth <= at_once {
                    Some(say!("that step comes at once; write there what it brings"))
                } else {
                    let all = escalation.steps.len();
                    (nth > all).then(|| say!("the escalation has {all} steps", all))
                }
            }
            _ => None,
        }
    }
}

fn answered(behind: &[&Expr], household: &Household) -> bool {
    behind.iter().any(|guard| guard.holds(household) == Ok(true))
}

/// Rules on an obligation or an event are told apart by their guards alone.
fn key(cause: &Cause) -> Option<u64> {
    match cause {
        Cause::Obligation(obligation, on) => Some((u64::from(obligation.0) << 16) | u64::from(on.code())),
        Cause::Event(event) => Some((1 << 40) | u64::from(event.0)),
        _ => None,
    }
}
