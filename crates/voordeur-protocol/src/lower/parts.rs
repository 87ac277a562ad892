//! Parts of a declaration, by the word that they begin with: what a fact of the source names besides the declaration.

use voordeur_diagnostics::Span;
use voordeur_syntax::ast::{self, Clause, Effect, Item, Obligation, Spanned, Statement, When};

use super::clauses::word;

/// Where the part of what is called `name` stands.
pub(super) fn part_of(pathway: &ast::Pathway, name: &str, part: &str) -> Option<Span> {
    pathway.items.iter().find_map(|item| in_item(&item.node, name, part))
}

fn in_item(item: &Item, name: &str, part: &str) -> Option<Span> {
    match item {
        Item::Stage(stage) => {
            let limit = stage.limit.iter().filter(|_| part == "at most").map(|limit| limit.span).next();
            let own = (stage.name.text == name).then(|| limit.or_else(|| statement(&stage.statements, part)));
            own.flatten().or_else(|| in_statements(&stage.statements, name, part))
        }
        Item::Aftercare(care) => {
            let own = (care.name.text == name).then(|| statement(&care.statements, part)).flatten();
            let contacts = || care.contacts.iter().find_map(|contact| clause(contact, name, part));
            own.or_else(contacts).or_else(|| in_statements(&care.statements, name, part))
        }
        Item::Escalation(escalation) => {
            escalation.steps.iter().find_map(|step| in_effects(&step.effects, name, part))
        }
        Item::Trigger(trigger) if trigger.name.text == name => in_trigger(trigger, part),
        Item::Obligation(obligation) | Item::Measure(obligation) => clause(obligation, name, part),
        Item::Always(statements) => in_statements(statements, name, part),
        _ => None,
    }
}

fn in_trigger(trigger: &ast::Trigger, part: &str) -> Option<Span> {
    let branch = || trigger.branches.iter().find(|branch| matches!(branch.case, When::If(_)));
    match part {
        "asks" => trigger.asks.first().map(|name| name.span),
        "when" => branch().map(|branch| branch.span),
        _ => None,
    }
}

fn clause(obligation: &Obligation, name: &str, part: &str) -> Option<Span> {
    let fits = |clause: &&Spanned<Clause>| begins_with(&clause.node, part);
    obligation.clauses.iter().filter(|_| obligation.name.text == name).find(fits).map(|clause| clause.span)
}

/// Whether a clause goes by that word; of some there are two.
fn begins_with(clause: &Clause, part: &str) -> bool {
    match (clause, part) {
        (Clause::Asks(_), "records") | (Clause::Spaced(_), "apart") => true,
        (Clause::ThenAnnounce { .. }, "announce by") | (Clause::RemindBeforeEach { .. }, "remind") => true,
        (Clause::Number { .. } | Clause::Rate { .. }, "visit") => true,
        _ => word(clause) == part,
    }
}

/// The first statement of a stage that begins with that word.
fn statement(statements: &[Spanned<Statement>], part: &str) -> Option<Span> {
    let fits = |statement: &&Spanned<Statement>| {
        part == match &statement.node {
            Statement::Offers { .. } => "offers",
            Statement::Every { .. } => "every",
            Statement::After { .. } => "after",
            Statement::When { .. } => "when",
            Statement::AtOnce { .. } => "at once",
            Statement::Remind { .. } => "remind",
            Statement::Deviation { .. } => "deviation",
            _ => return false,
        }
    };
    statements.iter().find(fits).map(|statement| statement.span)
}

fn in_statements(statements: &[Spanned<Statement>], name: &str, part: &str) -> Option<Span> {
    statements.iter().find_map(|statement| match &statement.node {
        Statement::Open { obligation, .. } => clause(obligation, name, part),
        Statement::On { effects, .. }
        | Statement::When { effects, .. }
        | Statement::After { effects, .. }
        | Statement::OnBirthday { effects, .. }
        | Statement::Every { effects, .. }
        | Statement::AtOnce { effects } => in_effects(effects, name, part),
        _ => None,
    })
}

fn in_effects(effects: &[Spanned<Effect>], name: &str, part: &str) -> Option<Span> {
    effects.iter().find_map(|effect| match &effect.node {
        Effect::Open(obligation) => clause(obligation, name, part),
        _ => None,
    })
}
