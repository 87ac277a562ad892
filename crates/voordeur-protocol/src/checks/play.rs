//! What can be open where: in each stage, the openings that can be reached from it.

use std::collections::BTreeSet;

use super::index::RuleIndex;
use crate::model::{Effect, Protocol, Spec};
use crate::table::{Id as _, ObligationId, OpeningId, StageId};

/// For each stage the openings whose obligation may be open in it.
#[derive(Debug)]
pub(super) struct InPlay {
    stages: Vec<BTreeSet<OpeningId>>,
}

impl InPlay {
    pub(super) fn of(protocol: &Protocol, index: &RuleIndex) -> Self {
        let running = protocol.openings.iter().filter(|(_, opening)| opening.keeps_running).map(|(id, _)| id);
        let running: Vec<OpeningId> = running.collect();
        let stages = protocol.stages.iter().map(|(id, _)| in_stage(protocol, index, &running, id)).collect();
        Self { stages }
    }

    /// The openings that may be open in a stage.
    pub(super) fn openings(&self, stage: StageId) -> impl Iterator<Item = OpeningId> {
        self.stages.get(stage.index()).into_iter().flatten().copied()
    }

    /// Whether an obligation may be open in a stage.
    pub(super) fn has(&self, protocol: &Protocol, stage: StageId, obligation: ObligationId) -> bool {
        self.openings(stage).any(|opening| protocol.openings.row(opening).obligation == obligation)
    }
}

fn in_stage(
    protocol: &Protocol,
    index: &RuleIndex,
    running: &[OpeningId],
    stage: StageId,
) -> BTreeSet<OpeningId> {
    let mut found: BTreeSet<OpeningId> =
        protocol.stages.row(stage).opens.iter().chain(running).copied().collect();
    for rule in index.carried_out_in(stage) {
        found.extend(opened_by(&protocol.rules.row(rule).effects));
    }
    with_escalations(protocol, found)
}

/// The openings among effects.
pub(super) fn opened_by(effects: &[Effect]) -> impl Iterator<Item = OpeningId> {
    effects.iter().filter_map(|effect| match effect {
        Effect::Open(opening) => Some(*opening),
        _ => None,
    })
}

/// What the steps of an escalation open belongs to it.
pub(super) fn with_escalations(protocol: &Protocol, mut found: BTreeSet<OpeningId>) -> BTreeSet<OpeningId> {
    let mut waiting: Vec<OpeningId> = found.iter().copied().collect();
    while let Some(opening) = waiting.pop() {
        let obligation = protocol.openings.row(opening).obligation;
        let Spec::Escalation(escalation) = &protocol.obligations.row(obligation).spec else { continue };
        for opened in escalation.steps.iter().flat_map(|step| opened_by(&step.effects)) {
            if found.insert(opened) {
                waiting.push(opened);
            }
        }
    }
    found
}
