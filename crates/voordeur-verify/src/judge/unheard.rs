//! What happens and is not heard: conditions wait for it, none of them applies with it, and none can any more while the stage lasts.
//!
//! Whether one still can is a matter of what has happened and what is open, and not of how long it takes: what is open may still come
//! to anything, and what is over stays as it is.

use std::collections::BTreeSet;

use voordeur_engine::{Case, Entry};
use voordeur_protocol::guard::{Expr, Facts as _};
use voordeur_protocol::model::{Derived, Deviation};
use voordeur_protocol::{Effect, FieldId, ObligationId, Protocol, RuleId, Shows, Spec, StageId, Suspicion};

use super::probes::Probe;

/// What is looked for.
pub(super) struct Unheard<'a> {
    protocol: &'a Protocol,
    stage: StageId,
    /// To what it happens.
    of: ObligationId,
    /// The rule that sees it happen to a household that is looked for.
    happens: RuleId,
    /// The conditions that wait for it, each with what says that it holds because of it.
    answers: &'a [[RuleId; 2]],
    /// The end of an aftercare, which comes with whatever becomes of its last contact.
    over: Option<RuleId>,
    /// What can be opened again.
    again: BTreeSet<ObligationId>,
    /// What can be recorded whatever is open.
    recorded: BTreeSet<FieldId>,
}

impl<'a> Unheard<'a> {
    pub(super) fn of(protocol: &'a Protocol, suspicion: &Suspicion, probe: &'a Probe) -> Option<Self> {
        let Shows::Awaited { obligation: of, .. } = suspicion.shows else { return None };
        let (stage, Probe::Unheard { happens, answers }) = (suspicion.stage?, probe) else { return None };
        let over = protocol.stages.row(stage).contacts_over;
        let (again, recorded) = (opened_again(protocol), recorded_anyway(protocol));
        Some(Self { protocol, stage, of, happens: *happens, answers, over, again, recorded })
    }

    /// Whether a step shows it, that leads to this case.
    pub(super) fn is_shown(&self, entries: &[Entry], after: &Case) -> bool {
        self.is_unanswered(entries) && self.passes(entries, after)
    }

    /// Whether it happens to such a household, and no condition that waits for it applies with it.
    fn is_unanswered(&self, entries: &[Entry]) -> bool {
        let answered = || self.answers.iter().any(|both| both.iter().all(|rule| fired(entries, *rule)));
        fired(entries, self.happens) && !answered()
    }

    /// Whether nothing that waits for it can apply any more after a step; where the stage is left with it, that is an answer. What
    /// happens to an interrupted stage is looked at when that is back.
    fn passes(&self, entries: &[Entry], case: &Case) -> bool {
        let Some(stay) = case.stay.as_ref().filter(|stay| stay.stage == self.stage) else {
            return self.over.is_some_and(|over| fired(entries, over));
        };
        let can = |[rule, because]: &[RuleId; 2]| {
            !stay.fired.contains(rule) && self.may_be(case, &self.protocol.rules.row(*because).guard, true)
        };
        !self.answers.iter().any(can)
    }

    /// Whether a condition can still come to be so, or not to be so.
    fn may_be(&self, case: &Case, guard: &Expr, so: bool) -> bool {
        let count =
            |parts: &[Expr], so: bool| parts.iter().filter(|part| self.may_be(case, part, so)).count();
        match guard {
            Expr::True => so,
            Expr::And(parts) if so => count(parts, true) == parts.len(),
            Expr::And(parts) => count(parts, false) > 0,
            Expr::Or(parts) if so => count(parts, true) > 0,
            Expr::Or(parts) => count(parts, false) == parts.len(),
            Expr::Not(part) => self.may_be(case, part, !so),
            Expr::AtLeast { at_least, parts } => {
                let least = usize::try_from(*at_least).unwrap_or(usize::MAX);
                if so { count(parts, true) >= least } else { parts.len() - count(parts, false) < least }
            }
            Expr::Known(field) | Expr::Range { field, .. } | Expr::In { field, .. } => {
                guard.holds(case) == Ok(so) || self.may_be_answered(case, *field)
            }
            Expr::Happened { at_least, obligations, happening } => {
                let least = usize::try_from(*at_least).unwrap_or(usize::MAX);
                let free = obligations.iter().filter(|of| self.may_come(case, **of)).count();
                let over = obligations.iter().filter(|of| !self.may_come(case, **of));
                let fixed = over.filter(|of| case.happened(**of, *happening)).count();
                if so { fixed + free >= least } else { fixed < least }
            }
        }
    }

    /// Whether something can still happen to it.
    fn may_come(&self, case: &Case, of: ObligationId) -> bool {
        self.again.contains(&of) || case.open.iter().any(|one| one.opening(self.protocol).obligation == of)
    }

    /// Whether a field can still get another value. With what is answered to the same thing that happened to it is over.
    fn may_be_answered(&self, case: &Case, field: FieldId) -> bool {
        let asks = |of: &ObligationId| {
            let row = self.protocol.obligations.row(*of);
            let returns: &[FieldId] =
                if let Spec::Action(action) = &row.spec { &action.returns } else { &[] };
            row.asks.contains(&field) || returns.contains(&field)
        };
        let open = case.open.iter().map(|one| one.opening(self.protocol).obligation);
        let open = open.chain(self.again.iter().copied()).filter(|of| *of != self.of);
        let follows = match self.protocol.fields.row(field).derived {
            Some(Derived::State(of, _) | Derived::Number(of)) => self.may_come(case, of),
            derived => derived.is_some(),
        };
        follows || self.recorded.contains(&field) || open.into_iter().any(|of| asks(&of))
    }
}

/// What something else than its stage opens: a rule, a step, or somebody who may do it again.
fn opened_again(protocol: &Protocol) -> BTreeSet<ObligationId> {
    let steps = protocol.obligations.rows().filter_map(|row| match &row.spec {
        Spec::Escalation(escalation) => Some(&escalation.steps),
        _ => None,
    });
    let steps = steps.flatten().flat_map(|step| &step.effects);
    let effects = protocol.rules.rows().flat_map(|rule| &rule.effects).chain(steps);
    let opened =
        effects.filter_map(|effect| if let Effect::Open(opening) = effect { Some(*opening) } else { None });
    let repeatable = protocol.openings.iter().filter(|(_, row)| row.repeatable).map(|(id, _)| id);
    let repeated = protocol.deviations.iter().filter_map(|row| match row.what {
        Deviation::Repeat(of) => Some(of),
        Deviation::Skip(_) | Deviation::MoveTo(_) => None,
    });
    opened
        .chain(repeatable)
        .map(|opening| protocol.openings.row(opening).obligation)
        .chain(repeated)
        .collect()
}

/// What is asked with events, and what rules record.
fn recorded_anyway(protocol: &Protocol) -> BTreeSet<FieldId> {
    let asked = protocol.events.rows().flat_map(|row| row.asks.iter().copied());
    let effects = protocol.rules.rows().flat_map(|rule| &rule.effects);
    let recorded = effects
        .filter_map(|effect| if let Effect::Record { field, .. } = effect { Some(*field) } else { None });
    asked.chain(recorded).collect()
}

fn fired(entries: &[Entry], rule: RuleId) -> bool {
    entries.contains(&Entry::RuleFired { rule })
}
