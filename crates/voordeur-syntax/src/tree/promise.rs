//! Promises.

use super::values::{anchor_in, name, name_in, names_in, text_or_empty};
use super::{Builder, Node, all, find, has, span, trimmed};
use crate::ast::{
    Deed, Ending, Expr, Happens, Name, ObligationKind, Promise, Promised, PromisedCause as Cause, Spanned,
    Subject,
};
use crate::parse::Rule;

impl<'i> Builder<'i> {
    pub(super) fn promise(&mut self, node: Node<'i>) -> Promise {
        let mut promise = Promise {
            title: text_or_empty(&node),
            pathway: name_in(&node),
            statements: Vec::new(),
            span: trimmed(self.source, span(&node)),
        };
        self.each(node, Rule::only_promised, |builder, child| {
            if child.as_rule() == Rule::promised {
                let place = trimmed(builder.source, span(&child));
                let statement = child.into_inner().next().and_then(|inner| builder.promised(&inner));
                promise.statements.extend(statement.map(|node| Spanned { node, span: place }));
            }
        });
        promise
    }

    fn promised(&mut self, node: &Node<'i>) -> Option<Promised> {
        Some(match node.as_rule() {
            Rule::response => self.response(node)?,
            Rule::no_end => self.no_end(node)?,
            Rule::absence => absence(node)?,
            Rule::recurrence => Promised::Recurrence {
                stage: name_in(node),
                cause: cause(&find(node, Rule::cause)?),
                every: self.length_in(node),
            },
            Rule::bounded => self.bounded(node)?,
            Rule::existence => Promised::Existence {
                cause: cause(&find(node, Rule::cause)?),
                length: self.length_in(node),
                of: anchor_in(node),
                regime: find(node, Rule::regime).map(|regime| name(&regime)),
                when: self.promised_if(node),
            },
            Rule::possible if has(node, Rule::k_possible_end) => Promised::PossibleEnd(name_in(node)),
            Rule::possible if has(node, Rule::k_possible_stage) => Promised::PossibleStage(name_in(node)),
            Rule::possible => Promised::Possible(cause(&find(node, Rule::cause)?)),
            Rule::never_two => never_two(&find(node, Rule::two)?),
            _ => return None,
        })
    }

    fn response(&mut self, node: &Node<'i>) -> Option<Promised> {
        let words = find(node, Rule::promised_words)?;
        Some(Promised::Response {
            subject: subject(&find(node, Rule::each)?),
            outcomes: all(&words, Rule::promised_word).map(|word| name(&word)).collect(),
            length: self.length_in(node),
            regime: find(node, Rule::regime).map(|regime| name(&regime)),
            when: self.promised_if(node),
        })
    }

    fn no_end(&mut self, node: &Node<'i>) -> Option<Promised> {
        let ending = if has(node, Rule::k_no_case_ends) { Ending::In(name_in(node)) } else { Ending::Closed };
        let when = self.promised_if(node);
        Some(match find(node, Rule::open_thing) {
            Some(open) => Promised::While { ending, open: subject(&open), when },
            None => Promised::Before { ending, cause: cause(&find(node, Rule::cause)?), when },
        })
    }

    fn bounded(&mut self, node: &Node<'i>) -> Option<Promised> {
        let most = self.times_in(node);
        let mut causes = all(node, Rule::cause).map(|node| cause(&node));
        Some(if has(node, Rule::k_attempts) {
            Promised::Attempts { most, of: name_in(node), before: causes.next() }
        } else {
            Promised::AtMost { most, cause: causes.next()?, before: causes.next() }
        })
    }

    fn promised_if(&mut self, node: &Node<'i>) -> Option<Expr> {
        find(node, Rule::promised_if).map(|node| self.condition_in(&node))
    }
}

fn absence(node: &Node<'_>) -> Option<Promised> {
    let words = find(node, Rule::promised_words);
    let what = words.map_or_else(
        || vec![Happens::Opened],
        |words| all(&words, Rule::promised_word).map(|word| Happens::Word(name(&word))).collect(),
    );
    let after = cause(&find(node, Rule::cause)?);
    Some(Promised::Absence { subject: subject(&find(node, Rule::none)?), what, after })
}

fn never_two(node: &Node<'_>) -> Promised {
    match kind_in(node) {
        Some(kind) => Promised::NeverTwoOfKind(kind),
        None => Promised::NeverTwoOf(names_in(node)),
    }
}

/// A name, or a word for all of a kind.
fn subject(node: &Node<'_>) -> Subject {
    kind_in(node).map_or_else(|| Subject::Named(name_in(node)), Subject::Kind)
}

fn kind_in(node: &Node<'_>) -> Option<ObligationKind> {
    node.clone().into_inner().find_map(|word| {
        Some(match word.as_rule() {
            Rule::k_task | Rule::k_every_task | Rule::k_a_task | Rule::k_two_tasks => ObligationKind::Task,
            Rule::k_visit | Rule::k_every_visit | Rule::k_a_visit | Rule::k_two_visits => {
                ObligationKind::Visit
            }
            Rule::k_series | Rule::k_every_series | Rule::k_a_series | Rule::k_two_series => {
                ObligationKind::Series
            }
            Rule::k_referral | Rule::k_every_referral | Rule::k_a_referral | Rule::k_two_referrals => {
                ObligationKind::Referral
            }
            Rule::k_action | Rule::k_every_action | Rule::k_an_action | Rule::k_two_actions => {
                ObligationKind::Action
            }
            Rule::k_question | Rule::k_every_question | Rule::k_a_question | Rule::k_two_questions => {
                ObligationKind::Question
            }
            _ => return None,
        })
    })
}

fn cause(node: &Node<'_>) -> Cause {
    match find(node, Rule::deeds) {
        Some(_) => Cause::Deeds(deeds_in(node)),
        None => Cause::Event(name_in(node)),
    }
}

/// `check is done or missed or visit is done`: a word alone is about what was named last.
fn deeds_in(node: &Node<'_>) -> Vec<Deed> {
    let mut deeds: Vec<Deed> = Vec::new();
    let Some(written) = find(node, Rule::deeds) else { return deeds };
    for child in written.into_inner() {
        match child.as_rule() {
            Rule::deed => deeds.push(deed(&child)),
            Rule::promised_word => {
                let subject = deeds.last().map(|deed| deed.subject.clone());
                let what = Happens::Word(name(&child));
                deeds.extend(subject.map(|subject| Deed { subject, what }));
            }
            _ => {}
        }
    }
    deeds
}

fn deed(node: &Node<'_>) -> Deed {
    let word: Option<Name> = find(node, Rule::promised_word).map(|word| name(&word));
    Deed { subject: name_in(node), what: word.map_or(Happens::Opened, Happens::Word) }
}
