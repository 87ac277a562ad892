//! Places that no case reaches, and places that no case leaves.

use std::collections::BTreeSet;
use voordeur_messages::say;

use petgraph::Direction;
use petgraph::graph::{EdgeReference, NodeIndex};
use petgraph::visit::EdgeRef as _;
use voordeur_diagnostics::{Diagnostic, Rule as Finding};

use super::{Context, Shows};
use crate::model::{Cause, Deviation, Edge, Node};
use crate::table::EventId;

impl Context<'_> {
    pub(super) fn reach(&mut self) {
        let graph = &self.protocol.graph;
        // Whoever may depart from the protocol can bring a case there as well.
        let moved = |stage| self.protocol.deviations.iter().any(|row| row.what == Deviation::MoveTo(stage));
        let starts = graph.node_indices().filter(|n| match graph.node_weight(*n) {
            Some(Node::Trigger(_)) => true,
            Some(Node::Stage(stage)) => moved(*stage),
            _ => false,
        });
        let reached = self.walk(starts.collect(), Direction::Outgoing, |_| true);
        let ends = graph.node_indices().filter(|n| matches!(graph.node_weight(*n), Some(Node::End(_))));
        let leaving =
            self.walk(ends.collect(), Direction::Incoming, |edge| !self.is_misfortune(*edge.weight()));
        for node in graph.node_indices() {
            match graph.node_weight(node) {
                Some(Node::Trigger(_)) | None => {}
                Some(place) if !reached.contains(&node) => self.unreachable(*place),
                Some(Node::Stage(stage)) if !leaving.contains(&node) => {
                    let name = &self.protocol.stages.row(*stage).name;
                    let message = say!(
                        "a case that gets to `{name}` never gets to an end by what the pathway does",
                        name
                    );
                    let problem =
                        Diagnostic::error(Finding::NoWayOut, *self.spans.stages.row(*stage), message);
                    let problem = problem.help(say!("add a rule with `-> …` that leads on to an end; a death or a move does not count as one"));
                    self.suspect(problem, Shows::Reached(*stage));
                }
                Some(_) => {}
            }
        }
    }

    fn unreachable(&mut self, place: Node) {
        let (span, message, name) = match place {
            Node::Stage(id) => {
                let name = &self.protocol.stages.row(id).name;
                (*self.spans.stages.row(id), say!("no case can ever get to the stage `{name}`", name), name)
            }
            Node::End(id) => {
                let name = &self.protocol.ends.row(id).name;
                (*self.spans.ends.row(id), say!("no case can ever get to the end `{name}`", name), name)
            }
            Node::Trigger(_) => return,
        };
        let problem = Diagnostic::error(Finding::UnreachableStage, span, message);
        self.problems.push(problem.help(say!("lead to it with `-> {name}`, or take it out", name)));
    }

    fn walk(
        &self,
        start: Vec<NodeIndex>,
        direction: Direction,
        counts: impl Fn(&EdgeReference<'_, Edge>) -> bool,
    ) -> BTreeSet<NodeIndex> {
        let mut seen: BTreeSet<NodeIndex> = start.iter().copied().collect();
        let mut waiting = start;
        while let Some(node) = waiting.pop() {
            for edge in self.protocol.graph.edges_directed(node, direction).filter(&counts) {
                let next = if direction == Direction::Outgoing { edge.target() } else { edge.source() };
                if seen.insert(next) {
                    waiting.push(next);
                }
            }
        }
        seen
    }

    /// A way that nobody works towards: the client has died, moved away or withdrawn.
    fn is_misfortune(&self, edge: Edge) -> bool {
        let (Edge::Rule(rule) | Edge::Always(rule)) = edge else { return false };
        let misfortunes = [EventId::CONSENT_WITHDRAWN, EventId::DECEASED, EventId::MOVED_AWAY];
        matches!(self.protocol.rules.row(rule).cause, Cause::Event(event) if misfortunes.contains(&event))
    }
}
