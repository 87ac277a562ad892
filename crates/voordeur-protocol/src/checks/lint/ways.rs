//! How a case goes on by what the pathway itself does: not by what the world does to it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use petgraph::visit::EdgeRef as _;

use crate::model::{Cause, Edge, Node, Protocol, Target};
use crate::table::{EndId, Id as _, StageId};

/// A place that can follow a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Place {
    Stage(StageId),
    End(EndId),
}

/// How a place is reached.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reached {
    /// The stage before it.
    pub(super) from: StageId,
    /// The stage where it began.
    pub(super) origin: StageId,
}

/// For each stage the places to which the pathway leads on, and the rounds in which it can go.
#[derive(Debug)]
pub(in super::super) struct Ways {
    leads_to: Vec<BTreeSet<Place>>,
    /// Aftercare is left out of these: what comes after it is a new beginning.
    aftercare: Vec<bool>,
    rounds: Vec<BTreeSet<StageId>>,
}

impl Ways {
    pub(in super::super) fn of(protocol: &Protocol) -> Self {
        let aftercare = protocol.stages.rows().map(|stage| stage.aftercare).collect();
        let mut leads_to = vec![BTreeSet::new(); protocol.stages.len()];
        for edge in protocol.graph.edge_references() {
            let ends = (protocol.graph.node_weight(edge.source()), protocol.graph.node_weight(edge.target()));
            let (Some(Node::Stage(from)), Some(to)) = ends else { continue };
            if let (Some(list), Some(to)) = (leads_to.get_mut(from.index()), place(*to))
                && is_own_work(protocol, *edge.weight())
            {
                list.insert(to);
            }
        }
        let mut ways = Self { leads_to, aftercare, rounds: Vec::new() };
        ways.rounds = ways.find_rounds(protocol);
        ways
    }

    /// Stages that lead to each other, or to themselves.
    fn find_rounds(&self, protocol: &Protocol) -> Vec<BTreeSet<StageId>> {
        let mut graph: DiGraph<StageId, ()> = DiGraph::new();
        let nodes: Vec<_> = protocol.stages.iter().map(|(id, _)| graph.add_node(id)).collect();
        for (stage, node) in protocol.stages.iter().map(|(id, _)| id).zip(&nodes) {
            for next in self.stages_after(stage).filter(|_| !self.is_aftercare(stage)) {
                if let Some(to) = nodes.get(next.index()) {
                    graph.add_edge(*node, *to, ());
                }
            }
        }
        let round = |part: &Vec<_>| {
            part.len() > 1 || part.first().is_some_and(|node| graph.find_edge(*node, *node).is_some())
        };
        let parts = tarjan_scc(&graph).into_iter().filter(round);
        parts.map(|part| part.iter().filter_map(|node| graph.node_weight(*node)).copied().collect()).collect()
    }

    fn stages_after(&self, stage: StageId) -> impl Iterator<Item = StageId> {
        let places = self.leads_to.get(stage.index()).into_iter().flatten();
        places.filter_map(|place| match place {
            Place::Stage(next) if !self.is_aftercare(*next) => Some(*next),
            _ => None,
        })
    }

    fn is_aftercare(&self, stage: StageId) -> bool {
        self.aftercare.get(stage.index()) == Some(&true)
    }

    /// Everything that can follow a stage before its aftercare.
    pub(super) fn follows(&self, start: StageId) -> BTreeMap<Place, Reached> {
        self.reached(self.exits(start).map(|place| (place, start)))
    }

    /// The ways out of a stage.
    pub(super) fn exits(&self, stage: StageId) -> impl Iterator<Item = Place> {
        self.leads_to.get(stage.index()).into_iter().flatten().copied()
    }

    /// Everything that can follow, before aftercare, when some places are entered from some stages.
    pub(super) fn reached(&self, seeds: impl Iterator<Item = (Place, StageId)>) -> BTreeMap<Place, Reached> {
        let mut found: BTreeMap<Place, Reached> = BTreeMap::new();
        let mut waiting: VecDeque<(Place, Reached)> =
            seeds.map(|(place, from)| (place, Reached { from, origin: from })).collect();
        while let Some((place, reached)) = waiting.pop_front() {
            let Entry::Vacant(entry) = found.entry(place) else { continue };
            entry.insert(reached);
            if let Place::Stage(stage) = place
                && !self.is_aftercare(stage)
            {
                let on = Reached { from: stage, ..reached };
                waiting.extend(self.exits(stage).map(|next| (next, on)));
            }
        }
        found
    }

    /// The stages that lead round to each other, by round.
    pub(super) fn rounds(&self) -> &[BTreeSet<StageId>] {
        &self.rounds
    }

    /// The round in which a stage lies.
    pub(super) fn round(&self, stage: StageId) -> Option<&BTreeSet<StageId>> {
        self.rounds.iter().find(|round| round.contains(&stage))
    }
}

impl Place {
    pub(super) const fn of(target: Target) -> Option<Self> {
        match target {
            Target::Stage(stage) => Some(Self::Stage(stage)),
            Target::End(end) => Some(Self::End(end)),
            Target::Back => None,
        }
    }
}

/// The way back is no work of the pathway.
fn is_own_work(protocol: &Protocol, edge: Edge) -> bool {
    match edge {
        Edge::Rule(rule) | Edge::Always(rule) => !is_occasion(&protocol.rules.row(rule).cause),
        Edge::Branch(..) | Edge::Limit(_) => true,
        Edge::Back(_) => false,
    }
}

/// An event or a birthday: the world does it, and it is a new occasion.
pub(super) const fn is_occasion(cause: &Cause) -> bool {
    matches!(cause, Cause::Event(_) | Cause::Birthday { .. })
}

const fn place(node: Node) -> Option<Place> {
    match node {
        Node::Stage(stage) => Some(Place::Stage(stage)),
        Node::End(end) => Some(Place::End(end)),
        Node::Trigger(_) => None,
    }
}
