//! Rounds that a case can go without a limit, and a case history that goes one of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_messages::say;
use voordeur_protocol::StageId;

use super::Found;
use crate::explore::Search;
use crate::replay::{Way, between, replay, way_to};

/// So many rounds are tried on real dates.
const MOST_TRIES: usize = 4;

/// States between which a case can go round by itself, and the ways between them on which a stage is entered.
type Round = (BTreeSet<usize>, Vec<Entered>);

/// A way from a state to another one on which a stage is entered.
type Entered = (usize, usize, StageId);

/// All rounds that a case can go by itself.
pub(crate) fn rounds(search: &Search<'_>) -> Vec<Round> {
    let ways = search.states.iter().enumerate().flat_map(|(from, state)| {
        let next = state.next.iter().map(move |(to, _)| (from, *to));
        next.filter(|(from, to)| search.leads_by_itself(*from, *to))
    });
    let ways: Vec<(usize, usize)> = ways.collect();
    let round = |states: BTreeSet<usize>| {
        let ways = states.iter().filter_map(|from| Some((*from, &search.states.get(*from)?.next)));
        let ways = ways.flat_map(|(from, next)| next.iter().map(move |(to, _)| (from, *to)));
        let within = ways.filter(|(_, to)| states.contains(to));
        let entries = within.filter_map(|(from, to)| Some((from, to, search.entered_between(from, to)?)));
        let mut entries: Vec<Entered> = entries.collect();
        if !entries.is_empty()
            && let Some(stages) = search.entered_for_ever(&states)
        {
            entries.retain(|(.., stage)| stages.contains(stage));
        }
        (states, entries)
    };
    parts(search.states.len(), &ways).into_iter().map(round).collect()
}

/// The parts of a graph within which every point leads to every other one.
pub(crate) fn parts(points: usize, ways: &[(usize, usize)]) -> Vec<BTreeSet<usize>> {
    let mut graph: DiGraph<usize, ()> = DiGraph::new();
    let nodes: Vec<_> = (0..points).map(|at| graph.add_node(at)).collect();
    for (from, to) in ways {
        if let (Some(one), Some(other)) = (nodes.get(*from), nodes.get(*to)) {
            graph.add_edge(*one, *other, ());
        }
    }
    let part =
        |nodes: Vec<_>| nodes.into_iter().filter_map(|node| graph.node_weight(node)).copied().collect();
    tarjan_scc(&graph).into_iter().map(part).collect()
}

impl Found<'_, '_> {
    /// Rounds that a case can go again and again by what becomes of its obligations and by time, without a limit. What
    /// people report from outside, such as a relapse, begins something new.
    pub(super) fn loops(&mut self) {
        let mut told: BTreeSet<StageId> = BTreeSet::new();
        for (states, entries) in rounds(self.search) {
            let stages: BTreeSet<StageId> = entries.iter().map(|(.., stage)| *stage).collect();
            if stages.iter().any(|stage| told.insert(*stage)) {
                self.unlimited(&stages, &states, &entries);
            }
        }
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
        let mut way = way_to(self.search, to);
        way.extend(between(self.search, &before, (to, from))?);
        way.push((self.search.entering(from, to)?, self.search.key(to).cloned()));
        Some(way)
    }
}
