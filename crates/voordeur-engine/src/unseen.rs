//! Whether a case lies where nobody would notice: no clock runs, nothing that is open has a term of which somebody hears
//! when it is missed, and time brings nothing back.

use crate::case::{Case, Instance};
use crate::timer::{Timer, TimerKind};
use voordeur_protocol::guard::{Expr, Facts as _};
use voordeur_protocol::{Cause, Effect, FieldId, ObligationId, Protocol, Rule, Spec, StageId};

/// Whether nothing but people's goodwill takes a case on.
#[must_use]
pub fn waits_for_ever(protocol: &Protocol, case: &Case) -> bool {
    let Some(stay) = case.stay.as_ref().filter(|_| case.is_running()) else { return false };
    let running = case.timers.iter().any(|timer| leads_on(protocol, case, timer));
    let rounds = rounds_of(protocol, stay.stage).any(|rule| is_noticed(protocol, case, rule));
    let guarded = case.open.iter().any(|one| has_a_term(protocol, one) && one.paused_since.is_none());
    !(running || rounds || guarded)
}

/// What time brings back in a stage.
pub fn rounds_of(protocol: &Protocol, stage: StageId) -> impl Iterator<Item = &Rule> {
    let all = protocol.stages.row(stage).timed.iter().map(|rule| protocol.rules.row(*rule));
    all.filter(|rule| matches!(rule.cause, Cause::Every(_)))
}

/// Whether a clock runs that comes to its end, or brings back something that somebody notices.
fn leads_on(protocol: &Protocol, case: &Case, timer: &Timer) -> bool {
    let round = match timer.kind {
        TimerKind::Every { rule, .. } => Some(protocol.rules.row(rule)),
        _ => None,
    };
    let round = round.filter(|rule| matches!(rule.cause, Cause::Every(_)));
    !timer.held && !timer.paused && round.is_none_or(|rule| is_noticed(protocol, case, rule))
}

/// Whether somebody notices a rule that comes again and again: one that applies to the case, or will with time.
fn is_noticed(protocol: &Protocol, case: &Case, rule: &Rule) -> bool {
    let open: Vec<ObligationId> = case.open.iter().map(|one| one.opening(protocol).obligation).collect();
    let noticed = protocol.is_noticed(rule, &open) || sets_a_clock_going(protocol, case, rule);
    noticed && (rule.guard.holds(case) == Ok(true) || follows_time(protocol, &rule.guard))
}

/// Whether a rule records another value of what keeps a clock standing still: then that runs on, and somebody hears of its end.
fn sets_a_clock_going(protocol: &Protocol, case: &Case, rule: &Rule) -> bool {
    let records = |field: FieldId| {
        let is_other = |effect: &Effect| match effect {
            Effect::Record { field: own, value } => *own == field && case.value(field) != Some(value),
            _ => false,
        };
        rule.effects.iter().any(is_other)
    };
    let paused = case.open.iter().filter(|one| one.paused_since.is_some() && has_a_term(protocol, one));
    paused.filter_map(|one| one.opening(protocol).paused.as_ref()).any(|(guard, _)| {
        let mut found = false;
        guard.walk(&mut |part| match part {
            Expr::Known(field) | Expr::Range { field, .. } | Expr::In { field, .. } => {
                found |= records(*field);
            }
            _ => {}
        });
        found
    })
}

/// Whether a condition reads what is not recorded but follows from something else.
fn follows_time(protocol: &Protocol, guard: &Expr) -> bool {
    let derived = |field: FieldId| protocol.fields.row(field).derived.is_some();
    let mut found = false;
    guard.walk(&mut |part| match part {
        Expr::Range { field, .. } | Expr::In { field, .. } => found |= derived(*field),
        _ => {}
    });
    found
}

/// Whether somebody is told when it is not done. A referral or a series that is only offered has no term yet, and a
/// term that counts from what may never happen has not started.
fn has_a_term(protocol: &Protocol, one: &Instance) -> bool {
    let (row, obligation) = (one.opening(protocol), one.obligation(protocol));
    let offered = one.is_offered(protocol);
    let armed = row.term.is_some() && one.armed;
    match &obligation.spec {
        // What it has opened has a term of its own.
        Spec::Escalation(escalation) => protocol.is_told_by(escalation),
        // The cases that it waits for have clocks of their own; their pathway is looked at by itself.
        Spec::Sub(_) => true,
        Spec::Referral(_) | Spec::Series(_) => !offered && armed,
        _ => armed && protocol.is_missing_noticed(row.obligation),
    }
}
