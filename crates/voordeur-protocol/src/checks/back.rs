//! `-> back` where nothing was interrupted: there a case would stay where it is, and nobody would act.

use std::collections::BTreeSet;

use voordeur_diagnostics::{Diagnostic, Rule as Finding, Span};
use voordeur_messages::say;

use super::Context;
use crate::model::{Deviation, Rule, Scope, Target};
use crate::table::{RuleId, StageId};

impl Context<'_> {
    pub(super) fn back(&mut self) {
        let interrupting = self.interrupting();
        let rules = self.protocol.rules.iter().filter(|(_, rule)| rule.target == Some(Target::Back));
        let wrong: Vec<(RuleId, StageId)> = rules
            .filter_map(|(id, rule)| match rule.scope {
                Scope::Stage(stage) if !interrupting.contains(&stage) => Some((id, stage)),
                _ => None,
            })
            .collect();
        for (id, stage) in wrong {
            self.nowhere_back(id, stage, &interrupting);
        }
    }

    fn nowhere_back(&mut self, id: RuleId, stage: StageId, interrupting: &BTreeSet<StageId>) {
        let name = &self.protocol.stages.row(stage).name;
        let message = say!(
            "`-> back` leads back to the stage that was interrupted, and a case can be in `{name}` without an interruption",
            name
        );
        let mut problem =
            Diagnostic::error(Finding::NoWayOut, *self.spans.rules.row(id), message).help(say!(
                "lead on to a stage or an end with `-> …`, or let only rules of `always` lead to `{name}`",
                name
            ));
        if let Some(span) = self.plain_entrances(stage, interrupting).next() {
            problem = problem.label(span, say!("this way nothing is interrupted"));
        }
        self.problems.push(problem);
    }

    /// The stages in which something is always interrupted: rules of `always` lead there, or stages of which that is
    /// so.
    fn interrupting(&self) -> BTreeSet<StageId> {
        let mut stages: BTreeSet<StageId> = self.protocol.stages.iter().map(|(id, _)| id).collect();
        stages.retain(|stage| self.protocol.rules.rows().any(|rule| leads(rule, *stage)));
        loop {
            let before = stages.len();
            let known = stages.clone();
            stages.retain(|stage| !self.is_entered_plainly(*stage, &known));
            if stages.len() == before {
                return stages;
            }
        }
    }

    fn is_entered_plainly(&self, stage: StageId, interrupting: &BTreeSet<StageId>) -> bool {
        let protocol = self.protocol;
        let target = Target::Stage(stage);
        let moved = protocol.deviations.iter().any(|row| row.what == Deviation::MoveTo(stage));
        let by_limit =
            protocol.stages.rows().any(|row| row.limit.is_some_and(|limit| limit.otherwise == target));
        moved || by_limit || self.plain_entrances(stage, interrupting).next().is_some()
    }

    /// The rules and branches that lead to a stage without an interruption.
    fn plain_entrances<'s>(
        &'s self,
        stage: StageId,
        interrupting: &'s BTreeSet<StageId>,
    ) -> impl Iterator<Item = Span> + 's {
        let protocol = self.protocol;
        let plain = |rule: &Rule| matches!(rule.scope, Scope::Stage(from) if !interrupting.contains(&from));
        let rules = protocol.rules.iter().filter(move |(_, rule)| leads(rule, stage) && plain(rule));
        let branches = protocol.triggers.iter().flat_map(move |(id, row)| {
            let spans = self.spans.branches.row(id);
            row.branches.iter().zip(spans).filter(move |(branch, _)| branch.target == Target::Stage(stage))
        });
        rules.map(|(id, _)| *self.spans.rules.row(id)).chain(branches.map(|(_, span)| *span))
    }
}

fn leads(rule: &Rule, stage: StageId) -> bool {
    rule.target == Some(Target::Stage(stage))
}
