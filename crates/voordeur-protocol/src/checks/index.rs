//! Rules by what the checks look for, so that a long pathway is not read once for each of its rules.

use std::collections::{BTreeMap, BTreeSet};

use crate::lifecycle::Happening;
use crate::model::{Cause, Protocol, Rule, Scope, Target};
use crate::table::{Id as _, ObligationId, RuleId, StageId};

/// The rules of a protocol, by cause and by stage.
#[derive(Debug)]
pub(super) struct RuleIndex {
    by_cause: BTreeMap<(ObligationId, u16), Vec<RuleId>>,
    /// For each stage the rules whose effects are carried out in it, apart from those everywhere.
    carried_out: Vec<Vec<RuleId>>,
    everywhere: Vec<RuleId>,
    keeps_running: BTreeSet<ObligationId>,
}

impl RuleIndex {
    pub(super) fn of(protocol: &Protocol) -> Self {
        let mut index = Self {
            by_cause: BTreeMap::new(),
            carried_out: vec![Vec::new(); protocol.stages.len()],
            everywhere: Vec::new(),
            keeps_running: BTreeSet::new(),
        };
        for (id, rule) in protocol.rules.iter() {
            if let Cause::Obligation(obligation, on) = &rule.cause {
                index.by_cause.entry((*obligation, on.code())).or_default().push(id);
            }
            index.place(protocol, id, rule);
        }
        let running = protocol.openings.rows().filter(|opening| opening.keeps_running);
        index.keeps_running.extend(running.map(|opening| opening.obligation));
        index
    }

    /// The effects of a moving rule are carried out in the stage that it leads to, also through the limits
    /// of stages on the way; those of any other where the rule stands.
    fn place(&mut self, protocol: &Protocol, id: RuleId, rule: &Rule) {
        match (rule.target, rule.scope) {
            (Some(Target::Back), _) | (None, Scope::Always) => self.everywhere.push(id),
            (None, Scope::Stage(stage)) => self.add(stage, id),
            (Some(mut target), _) => {
                for _ in 0..=protocol.stages.len() {
                    let Target::Stage(stage) = target else { return };
                    self.add(stage, id);
                    let Some(limit) = protocol.stages.row(stage).limit else { return };
                    target = limit.otherwise;
                }
            }
        }
    }

    fn add(&mut self, stage: StageId, id: RuleId) {
        if let Some(list) = self.carried_out.get_mut(stage.index()) {
            list.push(id);
        }
    }

    /// The rules on something that happens to an obligation, wherever they stand.
    pub(super) fn on(&self, obligation: ObligationId, on: Happening) -> &[RuleId] {
        self.by_cause.get(&(obligation, on.code())).map(Vec::as_slice).unwrap_or_default()
    }

    /// The rules whose effects may be carried out in a stage.
    pub(super) fn carried_out_in(&self, stage: StageId) -> impl Iterator<Item = RuleId> {
        self.carried_out.get(stage.index()).into_iter().flatten().chain(&self.everywhere).copied()
    }

    /// Whether an obligation may stay open when its stage is left.
    pub(super) fn keeps_running(&self, obligation: ObligationId) -> bool {
        self.keeps_running.contains(&obligation)
    }
}
