//! What conditions wait for: whether a `when` that names what has happened answers it for every household.
//!
//! What else such a condition reads of a household is held against it, as it is with `on … when …`. Other happenings that it
//! waits for may still come, with any answer: `when all of (one, other) overdue` answers what is missed first too.

use std::collections::BTreeSet;

use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_messages::say;

use super::household::{Household, each};
use super::{Context, Shows};
use crate::guard::Expr;
use crate::lifecycle::Happening;
use crate::model::{Deviation, Rule, Spec};
use crate::table::{FieldId, ObligationId, OpeningId, RuleId, StageId};

/// For which households something that happens in a stage is answered.
#[derive(Debug)]
pub(super) enum Answered {
    /// For all; or what is left open is a gap between rules on it, which is looked for there.
    Always,
    /// Not for a household like this.
    NotFor(Box<Household>),
    /// For none.
    Never,
}

impl Context<'_> {
    /// Whether a rule of the stage or of `always` is on it, or conditions wait for it.
    pub(super) fn is_answered(&self, stage: StageId, obligation: ObligationId, on: Happening) -> Answered {
        if self.has_rule_on(stage, obligation, on) {
            return Answered::Always;
        }
        self.is_in_conditions(stage, obligation, on, |_| true)
    }

    fn has_rule_on(&self, stage: StageId, obligation: ObligationId, on: Happening) -> bool {
        let mut rules = self.rules.on(obligation, on).iter().map(|id| self.protocol.rules.row(*id).scope);
        rules.any(|scope| scope.covers(stage))
    }

    /// Whether conditions of the stage or of `always` wait for it, among the rules that count.
    pub(super) fn is_in_conditions(
        &self,
        stage: StageId,
        obligation: ObligationId,
        on: Happening,
        counts: impl Fn(&Rule) -> bool,
    ) -> Answered {
        let rules = self.waiting_for(stage, obligation, on);
        let rules: Vec<RuleId> =
            rules.into_iter().filter(|id| counts(self.protocol.rules.row(*id))).collect();
        if rules.is_empty() {
            return Answered::Never;
        }
        let asked = self.hoped(&rules, obligation, on);
        let mut unknown = Self::read_in(&asked);
        if !unknown.is_empty() {
            let there = self.recorded_by_then(stage, obligation, on);
            unknown.retain(|field| !there.contains(field));
        }
        let left = self.left_open(&asked, &unknown);
        left.map_or(Answered::Always, |household| Answered::NotFor(Box::new(household)))
    }

    /// The conditions of a stage and of `always` that wait for something.
    pub(super) fn waiting_for(&self, stage: StageId, obligation: ObligationId, on: Happening) -> Vec<RuleId> {
        let own = self.protocol.stages.row(stage).conditions.iter();
        let all = own.chain(&self.protocol.always_conditions).copied();
        all.filter(|id| self.protocol.rules.row(*id).guard.waits_for(obligation, on)).collect()
    }

    /// What these conditions ask of a household once it has happened.
    pub(super) fn hoped(&self, rules: &[RuleId], obligation: ObligationId, on: Happening) -> Vec<Expr> {
        let asks = |id: &RuleId| {
            let guard = &self.protocol.rules.row(*id).guard;
            guard.once(obligation, on, &self.still_open(guard, obligation))
        };
        rules.iter().map(asks).collect()
    }

    /// What is answered with whatever else a condition waits for; and what follows from other things, since that becomes different
    /// as they do.
    fn still_open(&self, guard: &Expr, obligation: ObligationId) -> BTreeSet<FieldId> {
        let mut open = BTreeSet::new();
        guard.walk(&mut |part| match part {
            Expr::Happened { obligations, .. } => {
                let others = obligations.iter().filter(|other| **other != obligation);
                open.extend(others.flat_map(|other| &self.protocol.obligations.row(*other).asks));
            }
            Expr::Known(field) | Expr::Range { field, .. } | Expr::In { field, .. }
                if self.protocol.fields.row(*field).derived.is_some() =>
            {
                open.insert(*field);
            }
            _ => {}
        });
        open
    }

    /// A household that none of these fits, of which these fields may be unknown: rather one of which everything is known.
    fn left_open(&self, guards: &[Expr], unknown: &BTreeSet<FieldId>) -> Option<Household> {
        let known: Vec<Expr> = unknown.iter().copied().map(Expr::Known).collect();
        let (mut found, mut unknown) = (None, None);
        let all: Vec<&Expr> = guards.iter().chain(&known).collect();
        let tried = each(self.protocol, &all, |household| {
            let fits = guards.iter().any(|guard| guard.holds(household) == Ok(true));
            let slot = if household.is_known() { &mut found } else { &mut unknown };
            if !fits && slot.is_none() {
                *slot = Some(household.clone());
            }
            found.is_some()
        });
        // Conditions with too many combinations have been told of by themselves.
        tried.ok().and(found.or(unknown))
    }

    /// The fields that conditions read.
    fn read_in(guards: &[Expr]) -> BTreeSet<FieldId> {
        let mut fields = BTreeSet::new();
        for guard in guards {
            guard.walk(&mut |part| {
                if let Expr::Known(field) | Expr::Range { field, .. } | Expr::In { field, .. } = part {
                    fields.insert(*field);
                }
            });
        }
        fields
    }

    /// Whether conditions that answer something may have had their turn by the time that it comes, or wait for what does not
    /// come any more.
    fn may_pass_unheard(&self, stage: StageId, opening: OpeningId, on: Happening) -> bool {
        let obligation = self.protocol.openings.row(opening).obligation;
        let rules = self.waiting_for(stage, obligation, on);
        let guards = || rules.iter().map(|id| &self.protocol.rules.row(*id).guard);
        let is_just = guards().any(|guard| guard.is_just(obligation, on));
        let waits_alone = |guard: &Expr| self.waits_for_nothing_else(guard, obligation, on);
        self.may_come_again(stage, opening) || !is_just && !guards().all(waits_alone)
    }

    /// Whether a condition asks of a household what it is, and of what happens this alone.
    fn waits_for_nothing_else(&self, guard: &Expr, obligation: ObligationId, on: Happening) -> bool {
        let mut alone = true;
        guard.walk(&mut |part| match part {
            Expr::Happened { .. } => alone &= part.is_just(obligation, on),
            Expr::Known(field) | Expr::Range { field, .. } | Expr::In { field, .. } => {
                alone &= self.protocol.fields.row(*field).derived.is_none();
            }
            _ => {}
        });
        alone
    }

    fn may_come_again(&self, stage: StageId, opening: OpeningId) -> bool {
        let row = self.protocol.openings.row(opening);
        let of = row.obligation;
        let openings = self.protocol.openings.rows().filter(|other| other.obligation == of).count();
        // A visit that was tried is due once more.
        let in_rounds = match &self.protocol.obligations.row(of).spec {
            Spec::Series(_) | Spec::Contact(_) => true,
            Spec::Visit(visit) => visit.apart.is_some(),
            _ => false,
        };
        let repeated = self.protocol.deviations.iter().any(|may| may.what == Deviation::Repeat(of));
        row.repeatable
            || in_rounds
            || repeated
            || openings > 1
            || !self.protocol.stages.row(stage).opens.contains(&opening)
    }

    /// Suspects that something is answered by conditions alone, and not each time that it comes.
    pub(super) fn heard_each_time(
        &mut self,
        stage: StageId,
        (opening, on): (OpeningId, Happening),
        finding: Finding,
    ) {
        let obligation = self.protocol.openings.row(opening).obligation;
        if self.has_rule_on(stage, obligation, on) || !self.may_pass_unheard(stage, opening, on) {
            return;
        }
        let rules = self.waiting_for(stage, obligation, on);
        let Some(last) = rules.last() else { return };
        let row = self.protocol.obligations.row(obligation);
        let (name, word) = (&row.name, row.happening_name(on, self.protocol.spelling));
        let message = say!(
            "`{name} {word}` can come in `{stage}` when no `when` that waits for it can apply any more",
            name,
            word,
            stage = self.protocol.stages.row(stage).name
        );
        let help = say!(
            "a `when` applies once in a stage, and waits for all that it names: add `on {name} {word} …`",
            name,
            word
        );
        let problem = Diagnostic::error(finding, *self.spans.rules.row(*last), message).help(help);
        self.suspect_in(stage, problem, Shows::Awaited { obligation, on, rules, guards: Vec::new() });
    }

    /// Tells that conditions answer something for some households only.
    pub(super) fn half_answered(
        &mut self,
        stage: StageId,
        (obligation, on): (ObligationId, Happening),
        household: &Household,
    ) {
        let rules = self.waiting_for(stage, obligation, on);
        let Some(last) = rules.last() else { return };
        let row = self.protocol.obligations.row(obligation);
        let (name, word) = (&row.name, row.happening_name(on, self.protocol.spelling));
        let what = say!("when `{name}` is {spelling}", name, spelling = word);
        let example = household.describe(self.protocol);
        let message = say!("no rule applies {what} with {example}", what, example);
        let help = say!("add `on {name} {word} …`, or a condition for the other households", name, word);
        let problem = Diagnostic::error(Finding::GapInGuards, *self.spans.rules.row(*last), message);
        let guards = self.hoped(&rules, obligation, on);
        self.suspect_in(stage, problem.help(help), Shows::Awaited { obligation, on, rules, guards });
    }
}
