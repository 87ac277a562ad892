//! `on failure task …` of an action is a rule of `always`: when the action is given up, the task is opened. A rule of
//! the stage on the same goes before it, as before every rule of `always`.

use std::borrow::Cow;

use voordeur_diagnostics::Span;
use voordeur_syntax::ast::{
    AfterFailure, Clause, Effect, EventName, Item, Name, Obligation, Pathway, Spanned, Statement, When,
};
use voordeur_syntax::vocabulary::HAPPENINGS;

use crate::lifecycle::Happening;

/// The pathway with these rules.
pub(super) fn with_rules(pathway: &Pathway) -> Cow<'_, Pathway> {
    let word = word_for(Happening::GaveUp, pathway);
    let mut rules = Vec::new();
    for item in &pathway.items {
        of_item(&item.node, word, &mut rules);
    }
    let Some(place) = rules.first().map(|rule| rule.span) else { return Cow::Borrowed(pathway) };
    let mut pathway = pathway.clone();
    let always = pathway.items.iter_mut().find_map(|item| match &mut item.node {
        Item::Always(statements) => Some(statements),
        _ => None,
    });
    match always {
        Some(statements) => statements.extend(rules),
        None => pathway.items.push(Spanned { node: Item::Always(rules), span: place }),
    }
    Cow::Owned(pathway)
}

/// How the file calls it.
fn word_for(on: Happening, pathway: &Pathway) -> &'static str {
    let english = on.word().unwrap_or_default();
    let pair = HAPPENINGS.iter().find(|[word, _]| *word == english);
    pair.map_or(english, |[english, dutch]| pathway.spelling.pick(*english, *dutch))
}

fn of_item(item: &Item, word: &str, rules: &mut Vec<Spanned<Statement>>) {
    match item {
        Item::Obligation(obligation) => of_obligation(obligation, word, rules),
        Item::Stage(stage) => of_statements(&stage.statements, word, rules),
        Item::Aftercare(care) => of_statements(&care.statements, word, rules),
        Item::Always(statements) => of_statements(statements, word, rules),
        Item::Escalation(escalation) => {
            escalation.steps.iter().for_each(|step| of_effects(&step.effects, word, rules));
        }
        _ => {}
    }
}

fn of_statements(statements: &[Spanned<Statement>], word: &str, rules: &mut Vec<Spanned<Statement>>) {
    for statement in statements {
        match &statement.node {
            Statement::Open { obligation, .. } => of_obligation(obligation, word, rules),
            Statement::On { effects, .. }
            | Statement::When { effects, .. }
            | Statement::After { effects, .. }
            | Statement::OnBirthday { effects, .. }
            | Statement::Every { effects, .. }
            | Statement::AtOnce { effects } => of_effects(effects, word, rules),
            _ => {}
        }
    }
}

fn of_effects(effects: &[Spanned<Effect>], word: &str, rules: &mut Vec<Spanned<Statement>>) {
    for effect in effects {
        if let Effect::Open(obligation) = &effect.node {
            of_obligation(obligation, word, rules);
        }
    }
}

fn of_obligation(obligation: &Obligation, word: &str, rules: &mut Vec<Spanned<Statement>>) {
    for clause in &obligation.clauses {
        if let Clause::OnFailure(failing) = &clause.node
            && let AfterFailure::Open(opened) = &failing.then
        {
            rules.push(Spanned {
                node: opens(&obligation.name, opened, word, clause.span),
                span: clause.span,
            });
        }
    }
}

/// `on act gave_up task …`
fn opens(action: &Name, opened: &Obligation, word: &str, span: Span) -> Statement {
    let subject = Name { text: action.text.clone(), span };
    let event = EventName { subject, what: Some(Name { text: word.to_owned(), span }), number: None };
    let effects = vec![Spanned { node: Effect::Open(opened.clone()), span }];
    Statement::On { event, case: When::Always, effects, target: None }
}
