//! Rules that set each other off without an event or time in between.

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_messages::say;

use super::{Context, Shows};
use crate::guard::Expr;
use crate::model::{Scope, Target};
use crate::table::{Id as _, StageId};

impl Context<'_> {
    pub(super) fn endless(&mut self) {
        let protocol = self.protocol;
        let mut graph: DiGraph<StageId, ()> = DiGraph::new();
        let nodes: Vec<_> = protocol.stages.iter().map(|(id, _)| graph.add_node(id)).collect();
        for (from, to) in self.at_once() {
            if let (Some(from), Some(to)) = (nodes.get(from.index()), nodes.get(to.index())) {
                graph.add_edge(*from, *to, ());
            }
        }
        for part in tarjan_scc(&graph) {
            let round =
                part.len() > 1 || part.first().is_some_and(|node| graph.find_edge(*node, *node).is_some());
            let mut stages: Vec<StageId> =
                part.iter().filter_map(|node| graph.node_weight(*node)).copied().collect();
            stages.sort();
            if let (true, Some(first)) = (round, stages.first()) {
                let names: Vec<String> =
                    stages.iter().map(|id| format!("`{}`", protocol.stages.row(*id).name)).collect();
                let message = say!(
                    "a case could go round and round in {names} without anything happening",
                    names = names.join(", ")
                );
                let problem =
                    Diagnostic::error(Finding::EndlessLoop, *self.spans.stages.row(*first), message);
                let help = say!("let a rule wait for an event, for an obligation or for time");
                self.suspect(problem.help(help), Shows::Endless);
            }
        }
    }

    /// Ways that can be gone in the moment of arriving: conditions on data alone, and limits.
    fn at_once(&self) -> Vec<(StageId, StageId)> {
        let conditions = self.protocol.rules.rows().filter_map(|rule| match (rule.scope, rule.target) {
            (Scope::Stage(from), Some(Target::Stage(to))) if self.is_condition(from, rule) => {
                Some((from, to))
            }
            _ => None,
        });
        let limits = self.protocol.stages.iter().filter_map(|(from, stage)| match stage.limit?.otherwise {
            Target::Stage(to) => Some((from, to)),
            _ => None,
        });
        conditions.chain(limits).collect()
    }

    /// A condition on what happened to obligations waits: a new stay begins with none of it.
    fn is_condition(&self, stage: StageId, rule: &crate::model::Rule) -> bool {
        let mut waits = false;
        rule.guard.walk(&mut |part| waits |= matches!(part, Expr::Happened { .. }));
        let listed = self.protocol.stages.row(stage).conditions.iter();
        !waits && listed.map(|id| self.protocol.rules.row(*id)).any(|other| std::ptr::eq(other, rule))
    }
}
