//! How a case goes on by what the pathway itself does: not by what the world does to it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::visit::EdgeRef as _;

use super::Context;
use crate::model::{Cause, Edge, Node};
use crate::table::StageId;

impl Context<'_> {
    /// The places to which a stage leads on. An event, a birthday and the way back are no work of the pathway.
    pub(super) fn leads_to(&self, stage: StageId) -> Vec<Node> {
        let graph = &self.protocol.graph;
        let here = graph.node_indices().find(|node| graph.node_weight(*node) == Some(&Node::Stage(stage)));
        let edges = here.into_iter().flat_map(|node| graph.edges(node));
        edges
            .filter(|edge| self.is_own_work(*edge.weight()))
            .filter_map(|edge| graph.node_weight(edge.target()).copied())
            .collect()
    }

    fn is_own_work(&self, edge: Edge) -> bool {
        match edge {
            Edge::Rule(rule) | Edge::Always(rule) => {
                let cause = &self.protocol.rules.row(rule).cause;
                !matches!(cause, Cause::Event(_) | Cause::Birthday { .. })
            }
            Edge::Branch(..) | Edge::Limit(_) => true,
            Edge::Back(_) => false,
        }
    }

    /// Everything that can follow a stage before its aftercare, each with the stage that leads to it.
    pub(super) fn follows(&self, start: StageId) -> BTreeMap<Place, StageId> {
        let mut found: BTreeMap<Place, StageId> = BTreeMap::new();
        let mut waiting = VecDeque::from([start]);
        while let Some(stage) = waiting.pop_front() {
            for next in self.leads_to(stage) {
                let Some(place) = Place::of(next) else { continue };
                if found.contains_key(&place) {
                    continue;
                }
                found.insert(place, stage);
                if let Place::Stage(next) = place
                    && !self.protocol.stages.row(next).aftercare
                {
                    waiting.push_back(next);
                }
            }
        }
        found
    }

    /// The stages from which a stage can be entered again, itself among them; none when it cannot.
    pub(super) fn round(&self, stage: StageId) -> BTreeSet<StageId> {
        let after = self.stages_after(stage);
        if !after.contains(&stage) {
            return BTreeSet::new();
        }
        after.into_iter().filter(|other| self.stages_after(*other).contains(&stage)).collect()
    }

    fn stages_after(&self, stage: StageId) -> BTreeSet<StageId> {
        let follows = self.follows(stage).into_keys();
        let stages = follows.filter_map(|place| match place {
            Place::Stage(stage) => Some(stage),
            Place::End(_) => None,
        });
        stages.filter(|stage| !self.protocol.stages.row(*stage).aftercare).collect()
    }
}

/// A place that can follow a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Stage(StageId),
    End(crate::table::EndId),
}

impl Place {
    const fn of(node: Node) -> Option<Self> {
        match node {
            Node::Stage(stage) => Some(Self::Stage(stage)),
            Node::End(end) => Some(Self::End(end)),
            Node::Trigger(_) => None,
        }
    }
}
