//! What happens and is not heard: conditions wait for it, none of them applies with it, and none will while the stage lasts.

use voordeur_engine::{Case, Entry};
use voordeur_protocol::{Protocol, RuleId, Scope, StageId};

use super::probes::Probe;
use super::signs::Wanted;
use crate::shelf::{Given, Graph, Stepped, leading_to};

/// What is looked for.
pub(super) struct Unheard<'a> {
    stage: StageId,
    /// The rule that sees it happen to a household that is looked for.
    happens: RuleId,
    /// The conditions that wait for it, each with what says that it holds because of it.
    answers: &'a [[RuleId; 2]],
    /// The end of an aftercare, which comes with whatever becomes of its last contact.
    over: Option<RuleId>,
    /// Whether one of them stands in `always`, and may apply after the stage is left.
    anywhere: bool,
}

impl<'a> Unheard<'a> {
    pub(super) fn of(protocol: &Protocol, wanted: &Wanted<'a>) -> Option<Self> {
        let (stage, Probe::Unheard { happens, answers }) = (wanted.stage?, wanted.probe) else { return None };
        let anywhere = answers.iter().flatten().any(|rule| protocol.rules.row(*rule).scope == Scope::Always);
        let over = protocol.stages.row(stage).contacts_over;
        Some(Self { stage, happens: *happens, answers, over, anywhere })
    }

    /// The steps on which it happens.
    pub(super) fn places<G: Graph>(&self, graph: &G) -> Vec<Given> {
        let all: Vec<Vec<Stepped<'_>>> = (0..graph.count()).map(|at| graph.steps(Some(at))).collect();
        let happens = |step: &Stepped<'_>| {
            let is_over = || self.over.is_some_and(|over| fired(step.entries, over));
            let is_here = || graph.case(step.to).is_some_and(|case| self.is_here(case));
            self.is_unanswered(step.entries) && (is_here() || is_over())
        };
        let mut places: Vec<(Given, usize)> = Vec::new();
        for (at, steps) in all.iter().enumerate() {
            let here = steps.iter().enumerate().filter(|(_, step)| happens(step));
            places.extend(here.map(|(number, step)| ((Some(at), number), step.to)));
        }
        if places.is_empty() {
            return Vec::new();
        }
        let within: Vec<Vec<Stepped<'_>>> = all
            .iter()
            .map(|steps| steps.iter().copied().filter(|step| self.stays(graph, step)).collect())
            .collect();
        let steps = |at: usize| within.get(at).map_or(&[][..], Vec::as_slice);
        let answered = leading_to(graph.count(), &steps, &|step| self.is_answer(step.entries));
        places.retain(|(_, to)| !answered.get(*to).copied().unwrap_or(true));
        places.into_iter().map(|(given, _)| given).collect()
    }

    /// Whether it happens to such a household, and no condition that waits for it applies with it.
    pub(super) fn is_unanswered(&self, entries: &[Entry]) -> bool {
        fired(entries, self.happens) && !self.is_answer(entries)
    }

    fn is_answer(&self, entries: &[Entry]) -> bool {
        self.answers.iter().any(|both| both.iter().all(|rule| fired(entries, *rule)))
    }

    /// Whether a step is one of the same stay, or ends it with an answer.
    fn stays<G: Graph>(&self, graph: &G, step: &Stepped<'_>) -> bool {
        let enters =
            |entry: &Entry| matches!(entry, Entry::StageEntered { stage, .. } if *stage == self.stage);
        self.anywhere
            || self.is_answer(step.entries)
            || !step.entries.iter().any(enters) && graph.case(step.to).is_some_and(|case| self.is_here(case))
    }

    /// Whether the stage lasts, interrupted or not.
    fn is_here(&self, case: &Case) -> bool {
        let stays = [&case.stay, &case.suspended];
        stays.into_iter().flatten().any(|stay| stay.stage == self.stage)
    }
}

fn fired(entries: &[Entry], rule: RuleId) -> bool {
    entries.contains(&Entry::RuleFired { rule })
}
