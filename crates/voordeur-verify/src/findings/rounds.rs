//! Rounds that a case can go without a limit, and a case history that goes one of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_messages::say;
use voordeur_protocol::StageId;

use super::Found;
use crate::explore::Edge;
use crate::replay::{replay, way_to};

/// So many rounds are tried on real dates.
const MOST_TRIES: usize = 4;

/// A way through the states: what happens, and the key of the situation that it leads to.
type Way = Vec<(Edge, Option<Vec<u32>>)>;

impl Found<'_, '_> {
    /// Rounds that a case can go again and again by what becomes of its obligations and by time, without a limit. What
    /// people report from outside, such as a relapse, begins something new.
    pub(super) fn loops(&mut self) {
        let mut graph: DiGraph<usize, ()> = DiGraph::new();
        let nodes: Vec<_> = (0..self.search.states.len()).map(|at| graph.add_node(at)).collect();
        for (from, state) in self.search.states.iter().enumerate() {
            for (to, _) in &state.next {
                if let (Some(one), Some(other)) = (nodes.get(from), nodes.get(*to))
                    && self.search.leads_by_itself(from, *to)
                {
                    graph.add_edge(*one, *other, ());
                }
            }
        }
        let mut told: BTreeSet<StageId> = BTreeSet::new();
        for part in tarjan_scc(&graph) {
            let states: BTreeSet<usize> =
                part.iter().filter_map(|node| graph.node_weight(*node)).copied().collect();
            let entries = self.entries_within(&states);
            let stages: BTreeSet<StageId> = entries.iter().map(|(.., stage)| *stage).collect();
            if stages.iter().any(|stage| told.insert(*stage)) {
                self.unlimited(&stages, &states, &entries);
            }
        }
    }

    /// The ways between these states on which a stage is entered.
    fn entries_within(&self, states: &BTreeSet<usize>) -> Vec<(usize, usize, StageId)> {
        let mut entries = Vec::new();
        for from in states {
            let next = self.search.states.get(*from).into_iter().flat_map(|state| &state.next);
            for (to, _) in next.filter(|(to, _)| states.contains(to)) {
                if let Some(stage) = self.search.entered_between(*from, *to) {
                    entries.push((*from, *to, stage));
                }
            }
        }
        entries
    }

    fn unlimited(
        &mut self,
        stages: &BTreeSet<StageId>,
        states: &BTreeSet<usize>,
        entries: &[(usize, usize, StageId)],
    ) {
        let Some(first) = stages.iter().min() else { return };
        let names: Vec<String> =
            stages.iter().map(|id| format!("`{}`", self.protocol.stages.row(*id).name)).collect();
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
        let ways = entries.iter().filter(|(.., stage)| stage == first).take(MOST_TRIES);
        let mut ways = ways.filter_map(|(from, to, _)| self.round(*from, *to, states));
        match ways.find_map(|way| replay(self.search, &way)) {
            Some(history) => self.tell_history(problem, Some(history)),
            None => self.unconfirmed += 1,
        }
    }

    /// The way to a state in which a stage has just been entered, and on until it is entered once more.
    fn round(&self, from: usize, to: usize, states: &BTreeSet<usize>) -> Option<Way> {
        let mut before: BTreeMap<usize, usize> = BTreeMap::new();
        let mut queue = VecDeque::from([to]);
        while let Some(at) = queue.pop_front().filter(|at| *at != from) {
            for (next, _) in &self.search.states.get(at)?.next {
                let known = *next == to || before.contains_key(next) || !states.contains(next);
                if !known && self.search.leads_by_itself(at, *next) {
                    before.insert(*next, at);
                    queue.push_back(*next);
                }
            }
        }
        let mut round = vec![(self.search.entering(from, to)?, self.search.key(to).cloned())];
        let mut at = from;
        while at != to {
            let earlier = *before.get(&at)?;
            round.push((self.search.by_itself(earlier, at)?, self.search.key(at).cloned()));
            at = earlier;
        }
        round.reverse();
        let mut way = way_to(self.search, to);
        way.extend(round);
        Some(way)
    }
}
