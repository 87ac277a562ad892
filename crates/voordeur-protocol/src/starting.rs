//! Pathways that start cases of each other: none may come back to where it began. Every case would wait for the next one
//! that it started, and none of them would ever end.

use std::collections::BTreeSet;

use voordeur_diagnostics::{Diagnostic, Rule, Span};
use voordeur_messages::say;

use crate::compile::CheckedProtocol;
use crate::model::Spec;

/// What starts cases of pathways that come back to its own, with the number of the pathway that it stands in.
pub(crate) fn circles(protocols: &[CheckedProtocol]) -> Vec<(usize, Diagnostic)> {
    let all = protocols.iter().enumerate();
    let found = all.flat_map(|(at, protocol)| {
        let back = starts(protocol).filter(move |(to, _)| leads_to(protocols, to, &protocol.name));
        back.map(move |(to, span)| (at, circle(&protocol.name, to, span)))
    });
    found.collect()
}

/// The pathways whose cases a pathway starts, and where.
fn starts(protocol: &CheckedProtocol) -> impl Iterator<Item = (&str, Span)> {
    protocol.obligations.iter().filter_map(|(id, row)| match &row.spec {
        Spec::Sub(sub) => Some((sub.pathway.as_str(), *protocol.spans().obligations.row(id))),
        _ => None,
    })
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
