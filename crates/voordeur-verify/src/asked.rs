//! What a condition reads only after it was asked anew: the value from before makes no difference.
//!
//! `on check done when safe -> back` reads what `check` has just asked. `when all of (talk, plan) done and longer`
//! reads it only after `talk`, which asks it, was done in the same stay.

use std::collections::BTreeMap;

use voordeur_engine::{Case, Stay};
use voordeur_protocol::guard::Expr;
use voordeur_protocol::{
    Cause, FieldId, Happening, Kind, ObligationId, Protocol, Rule, Scope, Spec, StageId,
};

use crate::classes::fields;

/// The obligations that ask a field before a condition of their stage reads it.
#[derive(Debug, Default)]
pub(crate) struct AskedFirst {
    of: BTreeMap<(StageId, FieldId), Vec<ObligationId>>,
    /// What asks a field in the step that sets off a rule of a stage.
    by_cause: BTreeMap<(StageId, FieldId), Vec<(ObligationId, Happening)>>,
}

impl AskedFirst {
    pub(crate) fn of(protocol: &Protocol) -> Self {
        let mut asked = Self::default();
        for rule in protocol.rules.rows() {
            let Scope::Stage(stage) = rule.scope else { continue };
            for (obligation, field) in asked_by_parts(protocol, &rule.guard) {
                asked.of.entry((stage, field)).or_default().push(obligation);
            }
            let Cause::Obligation(obligation, on) = rule.cause else { continue };
            for field in
                fields(&rule.guard).into_iter().filter(|field| asks(protocol, obligation, on, *field))
            {
                asked.by_cause.entry((stage, field)).or_default().push((obligation, on));
            }
        }
        asked
    }

    /// Whether a rule reads a field only after it was asked in the same step or the same stay.
    pub(crate) fn is_covered(&self, protocol: &Protocol, rule: &Rule, field: FieldId) -> bool {
        let Scope::Stage(_) = rule.scope else { return false };
        let by_cause = match rule.cause {
            Cause::Obligation(obligation, on) => asks(protocol, obligation, on, field),
            _ => false,
        };
        by_cause || asked_by_parts(protocol, &rule.guard).iter().any(|(_, own)| *own == field)
    }

    /// Whether one of them was done in a stay: what it asked can be read from then on.
    pub(crate) fn was_asked(&self, protocol: &Protocol, case: &Case, stay: &Stay, field: FieldId) -> bool {
        let none = Vec::new();
        let obligations = self.of.get(&(stay.stage, field)).unwrap_or(&none);
        let causes = self.by_cause.get(&(stay.stage, field));
        // The rule has not had its turn while the stage is interrupted.
        let waits = |(of, on): &(ObligationId, Happening)| {
            stay.deferred.iter().any(|waiting| waiting.obligation == *of && waiting.on == *on)
        };
        let done = |of: &ObligationId| {
            case.last(*of).is_some_and(|last| last.on == Some(Happening::Done) && last.stay == stay.number)
        };
        debug_assert!(obligations.iter().all(|of| !keeps_running(protocol, *of)));
        obligations.iter().any(done) || causes.is_some_and(|causes| causes.iter().any(waits))
    }
}

/// The obligations that must be done for a condition to hold, with the fields of the condition that they ask.
fn asked_by_parts(protocol: &Protocol, guard: &Expr) -> Vec<(ObligationId, FieldId)> {
    let read = fields(guard);
    let mut asked = Vec::new();
    for part in parts_of(guard) {
        let Expr::Happened { at_least, obligations, happening: Happening::Done } = part else { continue };
        if usize::try_from(*at_least).ok() != Some(obligations.len()) {
            continue;
        }
        for of in obligations.iter().filter(|of| !keeps_running(protocol, **of)) {
            let fields = read.iter().filter(|field| asks(protocol, *of, Happening::Done, **field));
            asked.extend(fields.map(|field| (*of, *field)));
        }
    }
    asked
}

/// What must hold for a condition to hold.
fn parts_of(guard: &Expr) -> Vec<&Expr> {
    match guard {
        Expr::And(parts) => parts.iter().flat_map(parts_of).collect(),
        part => vec![part],
    }
}

fn keeps_running(protocol: &Protocol, of: ObligationId) -> bool {
    protocol.openings.rows().any(|row| row.obligation == of && row.keeps_running)
}

/// Whether a field is always recorded when this happens to an obligation.
fn asks(protocol: &Protocol, of: ObligationId, on: Happening, field: FieldId) -> bool {
    let row = protocol.obligations.row(of);
    let fields = match &row.spec {
        Spec::Action(action) if on == Happening::Returned => &action.returns,
        _ => &row.asks,
    };
    let needed = match on {
        Happening::Done => true,
        Happening::Returned => row.kind == Kind::Action,
        Happening::Named(_) => row.kind == Kind::Question,
        _ => false,
    };
    let plain = protocol.fields.row(field);
    needed && fields.contains(&field) && !plain.optional && plain.derived.is_none()
}
