//! The petgraph graph: triggers, stages and ends as nodes, every way from one to another as an edge.

use petgraph::graph::{DiGraph, NodeIndex};

use super::protocol::Protocol;
use super::rule::{Cause, Rule, Scope, Target};
use crate::table::{EndId, Id, RuleId, StageId, TriggerId};

/// The graph of a pathway.
pub type Graph = DiGraph<Node, Edge>;

/// A node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Node {
    /// Where cases come in.
    Trigger(TriggerId),
    /// A stage or an aftercare.
    Stage(StageId),
    /// An end.
    End(EndId),
}

/// Why a case goes from one node to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The branch of a trigger, by its position.
    Branch(TriggerId, u16),
    /// A rule of the stage.
    Rule(RuleId),
    /// A rule of `always`: this edge leaves every stage.
    Always(RuleId),
    /// The stage would be entered once too often.
    Limit(StageId),
    /// The way back to the interrupted stage; one edge per stage that can be interrupted.
    Back(RuleId),
}

/// Builds the graph from the tables.
#[must_use]
pub fn build(protocol: &Protocol) -> Graph {
    let mut builder = Builder::new(protocol);
    builder.triggers();
    builder.rules();
    builder.limits();
    builder.graph
}

struct Builder<'a> {
    protocol: &'a Protocol,
    graph: Graph,
    triggers: Vec<NodeIndex>,
    stages: Vec<NodeIndex>,
    ends: Vec<NodeIndex>,
}

impl<'a> Builder<'a> {
    fn new(protocol: &'a Protocol) -> Self {
        let mut graph = Graph::new();
        let triggers = protocol.triggers.iter().map(|(id, _)| graph.add_node(Node::Trigger(id))).collect();
        let stages = protocol.stages.iter().map(|(id, _)| graph.add_node(Node::Stage(id))).collect();
        let ends = protocol.ends.iter().map(|(id, _)| graph.add_node(Node::End(id))).collect();
        Self { protocol, graph, triggers, stages, ends }
    }

    fn triggers(&mut self) {
        for (id, trigger) in self.protocol.triggers.iter() {
            let Some(from) = self.triggers.get(id.index()).copied() else { continue };
            for (position, branch) in trigger.branches.iter().enumerate() {
                let edge = Edge::Branch(id, u16::try_from(position).unwrap_or(u16::MAX));
                self.connect(from, branch.target, edge);
            }
        }
    }

    fn rules(&mut self) {
        for (id, rule) in self.protocol.rules.iter() {
            let Some(target) = rule.target else { continue };
            match (rule.scope, target) {
                (Scope::Stage(stage), Target::Back) => self.back(stage, id),
                (Scope::Stage(stage), target) => self.leaving(stage, target, Edge::Rule(id)),
                (Scope::Always, target) => self.leaving_each(target, rule, id),
            }
        }
    }

    fn limits(&mut self) {
        for (id, stage) in self.protocol.stages.iter() {
            if let Some(limit) = stage.limit {
                self.leaving(id, limit.otherwise, Edge::Limit(id));
            }
        }
    }

    fn leaving(&mut self, stage: StageId, target: Target, edge: Edge) {
        if let Some(from) = self.stages.get(stage.index()).copied() {
            self.connect(from, target, edge);
        }
    }

    fn leaving_each(&mut self, target: Target, rule: &Rule, id: RuleId) {
        debug_assert!(!matches!(rule.cause, Cause::Entry));
        for (stage, _) in self.protocol.stages.iter() {
            if target != Target::Stage(stage) {
                self.leaving(stage, target, Edge::Always(id));
            }
        }
    }

    /// Every stage from which `always` can interrupt may be returned to.
    fn back(&mut self, interrupting: StageId, id: RuleId) {
        for (stage, _) in self.protocol.stages.iter() {
            if stage != interrupting {
                self.leaving(interrupting, Target::Stage(stage), Edge::Back(id));
            }
        }
    }

    fn connect(&mut self, from: NodeIndex, target: Target, edge: Edge) {
        let to = match target {
            Target::Stage(stage) => self.stages.get(stage.index()),
            Target::End(end) => self.ends.get(end.index()),
            Target::Back => None,
        };
        if let Some(to) = to.copied() {
            self.graph.add_edge(from, to, edge);
        }
    }
}
