//! From the pairs of the grammar to the syntax tree.
//!
//! | file | builds |
//! | --- | --- |
//! | `items.rs` | pathways and what they declare |
//! | `obligations.rs` | obligations and their clauses |
//! | `rules.rs` | stages, rules and effects |
//! | `conditions.rs` | conditions |
//! | `scenario.rs` | scenarios |
//! | `promise.rs` | promises |
//! | `values.rs` | names, texts, numbers, dates, lengths |

mod conditions;
mod items;
mod obligations;
mod promise;
mod rules;
mod scenario;
mod values;

use pest::error::Error;
use pest::iterators::Pair;
use voordeur_diagnostics::{Diagnostic, Span};

use crate::parse::Rule;
use crate::recover;

/// A pair of the grammar.
type Node<'i> = Pair<'i, Rule>;

/// Builds the tree and collects what could not be read.
pub(crate) struct Builder<'i> {
    source: &'i str,
    pub(crate) problems: Vec<Diagnostic>,
    /// What was read on the line of something that could not be read.
    pub(crate) unsure: Vec<Span>,
    /// Where the last thing that was read stands, and whether it was bad: of bad lines that follow each
    /// other only the first is told, because the others are mostly its rest.
    last: Option<(Span, bool)>,
}

impl<'i> Builder<'i> {
    pub(crate) fn new(source: &'i str) -> Self {
        Self { source, problems: Vec::new(), unsure: Vec::new(), last: None }
    }

    /// Goes through what a block holds: good things to `take`, bad lines to the list of problems.
    fn each(&mut self, node: Node<'i>, strict: Rule, mut take: impl FnMut(&mut Self, Node<'i>)) {
        self.last = None;
        for child in node.into_inner() {
            let span = span(&child);
            if child.as_rule() == Rule::bad_line {
                self.bad_line(strict, trimmed(self.source, span));
                self.last = Some((span, true));
            } else {
                let is_token = matches!(child.as_rule(), Rule::open_brace | Rule::close_brace | Rule::EOI);
                take(self, child);
                self.last = (!is_token).then_some((trimmed(self.source, span), false));
            }
        }
        self.last = None;
    }

    fn bad_line(&mut self, strict: Rule, bad: Span) {
        match self.last {
            Some((_, true)) => {}
            before => {
                let before = before.map(|(span, _)| span);
                self.unsure.extend(before.and_then(|before| recover::beside(self.source, before, bad)));
                self.problems.push(recover::explain(self.source, strict, bad, before));
            }
        }
    }

    pub(crate) fn not_readable(&mut self, error: &Error<Rule>) {
        self.problems.push(recover::from_error(self.source, Span::default(), error));
    }
}

fn span(node: &Node<'_>) -> Span {
    let span = node.as_span();
    Span::new(span.start(), span.end())
}

/// Without the blanks and comments that the grammar takes in at the end.
fn trimmed(source: &str, span: Span) -> Span {
    let text = span.of(source);
    let kept = text.trim_end().len();
    let start = text.len() - text.trim_start().len();
    Span::new(span.range().start + start.min(kept), span.range().start + kept)
}

/// The first child that follows a rule.
fn find<'i>(node: &Node<'i>, rule: Rule) -> Option<Node<'i>> {
    node.clone().into_inner().find(|child| child.as_rule() == rule)
}

/// Whether a child follows a rule.
fn has(node: &Node<'_>, rule: Rule) -> bool {
    find(node, rule).is_some()
}

/// The children that follow a rule.
fn all<'i>(node: &Node<'i>, rule: Rule) -> impl Iterator<Item = Node<'i>> + use<'i> {
    node.clone().into_inner().filter(move |child| child.as_rule() == rule)
}
