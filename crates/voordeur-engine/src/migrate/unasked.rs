//! What the new version reads, and what a case was never asked and never will be.
//!
//! The compiler sees to it that a case that begins on a version has been asked what is read of it. One that comes over has not
//! been: what only its report asks stays unknown, and what is reported to it later would be refused.

use std::collections::BTreeSet;

use voordeur_protocol::guard::Expr;
use voordeur_protocol::model::Derived;
use voordeur_protocol::{Cause, Effect, FieldId, ObligationId, Protocol, Rule, Scope, Spec, StageId, Target};

use crate::case::Case;

/// The fields that are read of a case in one of these stages or after it, and that nothing can ask any more.
pub(super) fn unasked(new: &Protocol, case: &Case, here: &[StageId]) -> BTreeSet<FieldId> {
    let stages = reachable(new, here);
    let rules: Vec<&Rule> = new.rules.rows().filter(|rule| is_in(rule, &stages)).collect();
    let asked = asked(new, case, &stages, &rules);
    let mut unknown = BTreeSet::new();
    for rule in rules {
        let with_it = asked_with(new, &rule.cause);
        let read = read(new, &rule.guard).into_iter();
        unknown.extend(read.filter(|field| {
            !new.fields.row(*field).optional
                && new.fields.row(*field).derived.is_none()
                && case.data.iter().all(|(known, _)| known != field)
                && !asked.contains(field)
                && !with_it.contains(field)
        }));
    }
    unknown
}

fn is_in(rule: &Rule, stages: &BTreeSet<StageId>) -> bool {
    match rule.scope {
        Scope::Stage(stage) => stages.contains(&stage),
        Scope::Always => rule.cause != Cause::Event(voordeur_protocol::EventId::NEVER),
    }
}

/// The stages in which a case can come from these on.
fn reachable(new: &Protocol, here: &[StageId]) -> BTreeSet<StageId> {
    let (mut found, mut open): (BTreeSet<StageId>, Vec<StageId>) = (BTreeSet::new(), here.to_vec());
    let to = |target: Option<Target>| match target {
        Some(Target::Stage(stage)) => Some(stage),
        _ => None,
    };
    while let Some(stage) = open.pop() {
        if !found.insert(stage) {
            continue;
        }
        let own = |rule: &&Rule| matches!(rule.scope, Scope::Always) || rule.scope == Scope::Stage(stage);
        open.extend(new.rules.rows().filter(own).filter_map(|rule| to(rule.target)));
        open.extend(new.stages.row(stage).limit.as_ref().and_then(|limit| to(Some(limit.otherwise))));
    }
    found
}

/// What may still be asked: by what is open, by what can be opened, and with what can be reported.
fn asked(new: &Protocol, case: &Case, stages: &BTreeSet<StageId>, rules: &[&Rule]) -> BTreeSet<FieldId> {
    let opened = stages.iter().flat_map(|stage| new.stages.row(*stage).opens.iter().copied());
    let effects = rules.iter().flat_map(|rule| &rule.effects);
    let by_rules = effects.clone().filter_map(|effect| match effect {
        Effect::Open(opening) => Some(*opening),
        _ => None,
    });
    let openings = opened.chain(by_rules).chain(case.open.iter().map(|one| one.opening));
    let mut all: BTreeSet<FieldId> =
        openings.flat_map(|opening| of_obligation(new, new.openings.row(opening).obligation)).collect();
    all.extend(new.events.rows().flat_map(|event| event.asks.iter().copied()));
    all.extend(effects.filter_map(|effect| match effect {
        Effect::Record { field, .. } => Some(*field),
        _ => None,
    }));
    all
}

fn of_obligation(new: &Protocol, of: ObligationId) -> Vec<FieldId> {
    let row = new.obligations.row(of);
    let returned = match &row.spec {
        Spec::Action(action) => action.returns.as_slice(),
        _ => &[],
    };
    row.asks.iter().chain(returned).copied().collect()
}

fn asked_with(new: &Protocol, cause: &Cause) -> Vec<FieldId> {
    match cause {
        Cause::Obligation(of, _) => of_obligation(new, *of),
        Cause::Event(event) => new.events.row(*event).asks.clone(),
        _ => Vec::new(),
    }
}

/// The fields that a condition needs to know.
fn read(new: &Protocol, guard: &Expr) -> Vec<FieldId> {
    let mut all = Vec::new();
    guard.walk(&mut |part| {
        if let Expr::Range { field, .. } | Expr::In { field, .. } = part {
            all.push(match new.fields.row(*field).derived {
                Some(Derived::Age(of)) => of,
                _ => *field,
            });
        }
    });
    all
}
