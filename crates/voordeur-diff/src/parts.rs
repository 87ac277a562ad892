//! The statements of a declaration: what is compared one by one.

use std::ops::Range;

use voordeur_syntax::ast::{Item, Obligation, Spanned};

/// Where each stands.
pub(crate) fn lines_of<T>(all: &[Spanned<T>]) -> Vec<Range<usize>> {
    all.iter().map(|one| one.span.range()).collect()
}

/// Where the statements of a declaration stand; empty for one that is compared as a whole.
pub(crate) fn parts(item: &Item) -> Vec<Range<usize>> {
    match item {
        Item::Stage(stage) => lines_of(&stage.statements),
        Item::Always(statements) => lines_of(statements),
        Item::Obligation(one) | Item::Measure(one) => lines_of(&one.clauses),
        Item::Trigger(trigger) => trigger.branches.iter().map(|one| one.span.range()).collect(),
        Item::Escalation(escalation) => escalation.steps.iter().map(|one| one.span.range()).collect(),
        Item::Facts(facts) => facts.iter().map(|one| one.span.range()).collect(),
        Item::OpenCases(block) => lines_of(&block.says),
        Item::School { closed, .. } => lines_of(closed),
        Item::Aftercare(aftercare) => {
            let contacts = aftercare.contacts.iter().map(contact);
            contacts.chain(lines_of(&aftercare.statements)).collect()
        }
        _ => Vec::new(),
    }
}

/// A contact from its name on: the word before that goes with it.
fn contact(one: &Obligation) -> Range<usize> {
    let start = one.name.span.range().start;
    let title = one.title.as_ref().map_or(start, |title| title.span.range().end);
    let end = one.clauses.last().map_or(title, |clause| clause.span.range().end);
    start..end.max(one.name.span.range().end)
}
