//! Conditions.

use super::values::{anchor_of, name, name_in, names_in};
use super::{Builder, Node, all, find, has, span, trimmed};
use crate::ast::{Comparison, Expr, ExprKind, Operand, Quorum, When};
use crate::parse::Rule;

impl<'i> Builder<'i> {
    /// `when …`, `otherwise`, or nothing.
    pub(super) fn guard_in(&mut self, node: &Node<'i>) -> When {
        match find(node, Rule::guard) {
            None => When::Always,
            Some(guard) if has(&guard, Rule::k_otherwise) => When::Otherwise,
            Some(guard) => When::If(self.condition_in(&guard)),
        }
    }

    pub(super) fn condition_in(&mut self, node: &Node<'i>) -> Expr {
        let either = find(node, Rule::condition).and_then(|condition| find(&condition, Rule::either));
        match either {
            Some(either) => self.either(&either),
            None => Expr { kind: ExprKind::And(Vec::new()), span: span(node) },
        }
    }

    fn either(&mut self, node: &Node<'i>) -> Expr {
        let parts = all(node, Rule::both).map(|both| self.both(&both)).collect();
        self.joined(node, parts, ExprKind::Or)
    }

    fn both(&mut self, node: &Node<'i>) -> Expr {
        let parts = all(node, Rule::part).map(|part| self.part(&part)).collect();
        self.joined(node, parts, ExprKind::And)
    }

    fn joined(&self, node: &Node<'i>, mut parts: Vec<Expr>, join: fn(Vec<Expr>) -> ExprKind) -> Expr {
        let place = trimmed(self.source, span(node));
        match parts.pop() {
            Some(only) if parts.is_empty() => only,
            Some(last) => {
                parts.push(last);
                Expr { kind: join(parts), span: place }
            }
            None => Expr { kind: join(parts), span: place },
        }
    }

    fn part(&mut self, node: &Node<'i>) -> Expr {
        let place = trimmed(self.source, span(node));
        let Some(inner) = node.clone().into_inner().next() else {
            return Expr { kind: ExprKind::And(Vec::new()), span: place };
        };
        let kind = match inner.as_rule() {
            Rule::negation => match find(&inner, Rule::part) {
                Some(part) => ExprKind::Not(Box::new(self.part(&part))),
                None => ExprKind::And(Vec::new()),
            },
            Rule::group => match find(&inner, Rule::either) {
                Some(either) => self.either(&either).kind,
                None => ExprKind::And(Vec::new()),
            },
            Rule::known => ExprKind::Known(name_in(&inner)),
            Rule::quorum => self.quorum(&inner),
            Rule::mixed => self.mixed(&inner),
            Rule::since => self.since(&inner),
            Rule::between => self.between(&inner),
            Rule::among => ExprKind::In {
                field: name_in(&inner),
                values: all(&inner, Rule::value).map(|value| self.value(&value)).collect(),
            },
            Rule::comparison => ExprKind::Compare {
                field: operand_in(&inner),
                op: operator_in(&inner),
                value: self.value_in(&inner),
            },
            Rule::state => state_in(&inner),
            _ => ExprKind::Field(name_in(&inner)),
        };
        Expr { kind, span: place }
    }

    fn quorum(&mut self, node: &Node<'i>) -> ExprKind {
        ExprKind::Quorum { quorum: self.how_many(node), obligations: names_in(node), state: name_in(node) }
    }

    /// Each of the list with what happened to it.
    fn mixed(&mut self, node: &Node<'i>) -> ExprKind {
        let part =
            |state: Node<'i>| Expr { kind: state_in(&state), span: trimmed(self.source, span(&state)) };
        let parts = all(node, Rule::state).map(part).collect();
        ExprKind::Mixed { quorum: self.how_many(node), parts }
    }

    fn how_many(&mut self, node: &Node<'i>) -> Quorum {
        match find(node, Rule::integer) {
            Some(number) => Quorum::AtLeast(self.count(&number)),
            None if has(node, Rule::k_any_of) => Quorum::Any,
            None => Quorum::All,
        }
    }

    fn since(&mut self, node: &Node<'i>) -> ExprKind {
        ExprKind::Since { from: anchor_of(node), op: operator_in(node), length: self.length_in(node) }
    }

    fn between(&mut self, node: &Node<'i>) -> ExprKind {
        let mut values = all(node, Rule::value);
        let (low, high) = (values.next(), values.next());
        let mut read = |value: Option<Node<'i>>| match value {
            Some(value) => self.value(&value),
            None => self.value(node),
        };
        ExprKind::Between { field: operand_in(node), low: read(low), high: read(high) }
    }
}

fn state_in(node: &Node<'_>) -> ExprKind {
    let state = find(node, Rule::state_word).map_or_else(|| name_in(node), |word| name(&word));
    ExprKind::State { obligation: name_in(node), state }
}

fn operand_in(node: &Node<'_>) -> Operand {
    let operand = find(node, Rule::operand).unwrap_or_else(|| node.clone());
    match (find(&operand, Rule::age), find(&operand, Rule::number)) {
        (Some(age), _) => Operand::Age(name_in(&age)),
        (None, Some(number)) => Operand::Number(name_in(&number)),
        (None, None) => Operand::Field(name_in(&operand)),
    }
}

fn operator_in(node: &Node<'_>) -> Comparison {
    let operator = find(node, Rule::operator).and_then(|operator| operator.into_inner().next());
    match operator.map(|operator| operator.as_rule()) {
        Some(Rule::not_equal) => Comparison::NotEqual,
        Some(Rule::at_most) => Comparison::LessOrEqual,
        Some(Rule::at_least) => Comparison::GreaterOrEqual,
        Some(Rule::less) => Comparison::Less,
        Some(Rule::more) => Comparison::Greater,
        _ => Comparison::Equal,
    }
}
