//! Referrals, and when nobody answers for one any more.

use voordeur_engine::Entry;
use voordeur_protocol::guard::{Expr, Facts as _};
use voordeur_protocol::model::Derived;
use voordeur_protocol::{
    Cause, Happening, Kind, Mode, ObligationId, OpeningId, Protocol, Rule, Spec, StateId,
};

use crate::observe::Seen;

/// Whether it is a referral: once it is made, the sender answers for it.
pub(crate) fn is_referral(protocol: &Protocol, opening: OpeningId) -> bool {
    matches!(protocol.obligations.row(protocol.openings.row(opening).obligation).spec, Spec::Referral(_))
}

/// Whether it is a referral that is made as soon as it is opened.
pub(crate) fn is_referred(protocol: &Protocol, opening: OpeningId) -> bool {
    protocol.openings.row(opening).mode == Mode::Must && is_referral(protocol, opening)
}

/// Whether the sender answers for a referral, once it is made: a warm one until there was contact, any other until it is accepted. The engine
/// holds a good end for it.
pub(crate) fn holds_back(protocol: &Protocol, opening: OpeningId, state: StateId) -> bool {
    let row = protocol.openings.row(opening);
    let Spec::Referral(referral) = &protocol.obligations.row(row.obligation).spec else { return false };
    match Kind::Referral.lifecycle().state(state).name {
        "offered" => false,
        "accepted" => referral.warm,
        _ => true,
    }
}

/// Whether the rule that applies chooses another referral, which the household has arrived at, in the place of this one: it names
/// both. Whatever else a condition says of a referral, nobody has taken it up.
pub(crate) fn is_taken_up_elsewhere(protocol: &Protocol, seen: &Seen<'_>, of: ObligationId) -> bool {
    let chooses = |rule: &Rule| {
        let is_named = |one: ObligationId| {
            asks_for(protocol, &rule.guard, one)
                || matches!(rule.cause, Cause::Obligation(cause, _) if cause == one)
        };
        let mut others = protocol.obligations.iter().map(|(id, _)| id).filter(|id| *id != of);
        is_named(of) && others.any(|other| is_named(other) && has_arrived(protocol, seen, other))
    };
    seen.entries
        .iter()
        .any(|entry| matches!(entry, Entry::RuleFired { rule } if chooses(protocol.rules.row(*rule))))
}

/// Whether the household has arrived at the receiver of a referral: a warm one when there was contact, any other when it is accepted.
fn has_arrived(protocol: &Protocol, seen: &Seen<'_>, of: ObligationId) -> bool {
    let Spec::Referral(referral) = &protocol.obligations.row(of).spec else { return false };
    let arrives = |on: Happening| on == Happening::TakenUp || on == Happening::Accepted && !referral.warm;
    let now = seen.entries.iter().rev().find_map(|entry| match entry {
        Entry::Moved { opening, on, .. }
            if protocol.openings.row(*opening).obligation == of && *on != Happening::Cancelled =>
        {
            Some(*on)
        }
        _ => None,
    });
    let before = [Happening::TakenUp, Happening::Accepted];
    now.map_or_else(|| before.into_iter().any(|on| arrives(on) && seen.before.happened(of, on)), arrives)
}

/// Whether a condition asks what became of an obligation: whoever wrote it has thought of it.
fn asks_for(protocol: &Protocol, guard: &Expr, of: ObligationId) -> bool {
    let mut asks = false;
    guard.walk(&mut |part| match part {
        Expr::Happened { obligations, .. } => asks |= obligations.contains(&of),
        Expr::Known(field) | Expr::Range { field, .. } | Expr::In { field, .. } => {
            let derived = protocol.fields.row(*field).derived;
            asks |= matches!(derived, Some(Derived::State(own, _)) if own == of);
        }
        _ => {}
    });
    asks
}
