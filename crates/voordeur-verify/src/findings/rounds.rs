//! Rounds that a case can go without a limit, and a case history that goes one of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_messages::say;
use voordeur_protocol::{Cause, StageId, Target};

use super::Found;
use crate::explore::Edge;
use crate::replay::{replay, way_to};

/// A way through the states: what happens, and the key of the situation that it leads to.
type Way = Vec<(Edge, Option<Vec<u32>>)>;

impl Found<'_, '_> {
    /// Rounds that a case can go again and again by what becomes of its obligations, without a limit.
    pub(super) fn loops(&mut self) {
        use petgraph::algo::tarjan_scc;
        use petgraph::graph::DiGraph;
        let protocol = self.protocol;
        let mut graph: DiGraph<StageId, ()> = DiGraph::new();
        let nodes: BTreeMap<StageId, _> =
            protocol.stages.iter().map(|(id, _)| (id, graph.add_node(id))).collect();
        for (from, to) in self.returns() {
            if let (Some(from), Some(to)) = (nodes.get(&from), nodes.get(&to)) {
                graph.update_edge(*from, *to, ());
            }
        }
        for part in tarjan_scc(&graph) {
            let itself = part.first().is_some_and(|node| graph.find_edge(*node, *node).is_some());
            let stages: Vec<StageId> =
                part.iter().filter_map(|node| graph.node_weight(*node)).copied().collect();
            if part.len() > 1 || itself {
                self.unlimited(&stages);
            }
        }
    }

    /// Ways that cases go because of what becomes of an obligation, or because time has gone by, into stages
    /// without a limit. What people report from outside, such as a relapse, begins something new.
    fn returns(&self) -> BTreeSet<(StageId, StageId)> {
        let mut ways = BTreeSet::new();
        for (at, state) in self.search.states.iter().enumerate() {
            let Some(from) = self.search.stage(at) else { continue };
            for (to, _) in &state.next {
                let Some((_, stage)) = self.running(*to) else { continue };
                if self.is_return(from, stage) {
                    ways.insert((from, stage));
                }
            }
        }
        ways
    }

    fn is_return(&self, from: StageId, to: StageId) -> bool {
        let protocol = self.protocol;
        let limited = [from, to].iter().any(|stage| protocol.stages.row(*stage).limit.is_some());
        !limited
            && protocol.rules.rows().any(|rule| {
                rule.target == Some(Target::Stage(to))
                    && rule.scope == voordeur_protocol::Scope::Stage(from)
                    && !matches!(rule.cause, Cause::Event(_) | Cause::Birthday { .. })
            })
    }

    fn unlimited(&mut self, stages: &[StageId]) {
        let Some(first) = stages.iter().min() else { return };
        let names: Vec<String> =
            stages.iter().rev().map(|id| format!("`{}`", self.protocol.stages.row(*id).name)).collect();
        let message = match names.as_slice() {
            [one] => say!("a case can come back to {one} again and again, without a limit", one),
            names => say!(
                "a case can go round through {names} again and again, without a limit",
                names = names.join(", ")
            ),
        };
        let name = &self.protocol.stages.row(*first).name;
        let problem =
            Diagnostic::error(Finding::LoopWithoutLimit, *self.protocol.spans().stages.row(*first), message)
                .help(say!("say how often: `stage {name} at most 3 times, else -> …`", name));
        match self.round(stages).and_then(|way| replay(self.search, &way)) {
            Some(history) => self.tell_history(problem, Some(history)),
            None => self.findings.push(problem),
        }
    }

    /// The shortest way into one of the stages, out of it and back into it.
    fn round(&self, stages: &[StageId]) -> Option<Way> {
        let all = 0..self.search.states.len();
        let inside = |at: &usize| self.search.stage(*at).is_some_and(|here| stages.contains(&here));
        all.filter(inside).find_map(|start| self.round_from(start, stages))
    }

    /// From a state of one of the stages back to its stage, by way of another one or by entering it anew.
    fn round_from(&self, start: usize, stages: &[StageId]) -> Option<Way> {
        let home = self.search.stage(start)?;
        let mut before: BTreeMap<(usize, bool), (usize, bool)> = BTreeMap::new();
        let mut queue = VecDeque::from([(start, false)]);
        while let Some((at, left)) = queue.pop_front() {
            for (to, _) in &self.search.states.get(at)?.next {
                let Some(stage) = self.search.stage(*to).filter(|stage| stages.contains(stage)) else {
                    continue;
                };
                let anew = stages.len() == 1 && self.search.enters(at, *to, home);
                let next = (*to, left || stage != home || anew);
                if next == (start, false) || before.contains_key(&next) {
                    continue;
                }
                before.insert(next, (at, left));
                if next.1 && stage == home {
                    return self.back_along(&before, start, next);
                }
                queue.push_back(next);
            }
        }
        None
    }

    fn back_along(
        &self,
        before: &BTreeMap<(usize, bool), (usize, bool)>,
        start: usize,
        end: (usize, bool),
    ) -> Option<Way> {
        let mut round = Vec::new();
        let mut at = end;
        while at != (start, false) {
            let from = *before.get(&at)?;
            round.push((self.search.edge_between(from.0, at.0)?, self.search.key(at.0).cloned()));
            at = from;
        }
        round.reverse();
        let mut way = way_to(self.search, start);
        way.extend(round);
        Some(way)
    }
}
