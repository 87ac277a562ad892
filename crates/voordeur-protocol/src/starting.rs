//! Pathways that start cases of each other. Where no case can end without having started the next one they would go on for
//! ever, each case waiting for the one that it started.

use std::collections::BTreeSet;

use petgraph::graph::NodeIndex;
use voordeur_diagnostics::{Diagnostic, Rule, Span};
use voordeur_messages::say;

use crate::checked::CheckedProtocol;
use crate::model::{Mode, Node, Protocol, Spec};
use crate::table::{ObligationId, OpeningId};

/// What starts cases of pathways that come back to its own, with the number of the pathway that it stands in.
pub(crate) fn circles(protocols: &[CheckedProtocol]) -> Vec<(usize, Diagnostic)> {
    let all = protocols.iter().enumerate();
    let found = all.flat_map(|(at, protocol)| {
        let back = starts(protocol).filter(move |(to, _)| leads_to(protocols, to, &protocol.name));
        back.map(move |(to, span)| (at, circle(&protocol.name, to, span)))
    });
    found.collect()
}

/// The pathways of which no case can end without having started a case, and where it does.
fn starts(protocol: &CheckedProtocol) -> impl Iterator<Item = (&str, Span)> {
    protocol.obligations.iter().filter_map(|(id, row)| match &row.spec {
        // For each of none there is nothing to start.
        Spec::Sub(sub) if sub.for_each.is_none() && !ends_without(protocol, id) => {
            Some((sub.pathway.as_str(), *protocol.spans().obligations.row(id)))
        }
        _ => None,
    })
}

/// Whether there is a way to an end through stages that do not open it at once.
fn ends_without(protocol: &Protocol, of: ObligationId) -> bool {
    let graph = &protocol.graph;
    let must = |opening: &OpeningId| {
        let row = protocol.openings.row(*opening);
        row.obligation == of && row.mode == Mode::Must
    };
    let free = |node: &NodeIndex| match graph.node_weight(*node) {
        Some(Node::Stage(stage)) => !protocol.stages.row(*stage).opens.iter().any(must),
        _ => true,
    };
    let is_trigger = |node: &NodeIndex| matches!(graph.node_weight(*node), Some(Node::Trigger(_)));
    let mut open: Vec<NodeIndex> = graph.node_indices().filter(is_trigger).collect();
    let mut seen: BTreeSet<NodeIndex> = open.iter().copied().collect();
    while let Some(node) = open.pop() {
        if matches!(graph.node_weight(node), Some(Node::End(_))) {
            return true;
        }
        let next = graph.neighbors(node).filter(|next| free(next));
        open.extend(next.filter(|next| seen.insert(*next)).collect::<Vec<_>>());
    }
    false
}

/// Whether cases of a pathway start cases of another one, or others do that they start.
fn leads_to<'p>(protocols: &'p [CheckedProtocol], from: &'p str, to: &str) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        if seen.insert(name) {
            let named = protocols.iter().filter(|protocol| protocol.name == name);
            open.extend(named.flat_map(starts).map(|(next, _)| next));
        }
    }
    false
}

fn circle(own: &str, to: &str, span: Span) -> Diagnostic {
    let message = if own == to {
        say!("`{own}` starts cases of itself: each would wait for the next one, without end", own)
    } else {
        say!("`{own}` starts cases of `{to}`, and those start cases of `{own}` again, without end", own, to)
    };
    Diagnostic::error(Rule::EndlessLoop, span, message)
        .help(say!("start cases of a pathway that starts none of this one"))
}
