//! Which happenings a condition waits for, and what it asks of a household once they have come.

use std::collections::BTreeSet;

use crate::guard::Expr;
use crate::lifecycle::Happening;
use crate::table::{FieldId, ObligationId};

impl Expr {
    /// Whether the condition can become true because this happens: `t overdue and n > 3` waits for `t overdue`, and
    /// `not t overdue` does not.
    #[must_use]
    pub fn waits_for(&self, obligation: ObligationId, on: Happening) -> bool {
        self.names(obligation, on, true)
    }

    fn names(&self, obligation: ObligationId, on: Happening, so: bool) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) | Self::AtLeast { parts, .. } => {
                parts.iter().any(|part| part.names(obligation, on, so))
            }
            Self::Not(part) => part.names(obligation, on, !so),
            Self::Happened { obligations, happening, .. } => {
                so && *happening == on && obligations.contains(&obligation)
            }
            _ => false,
        }
    }

    /// What the condition asks of a household once this has happened, and whatever else it waits for comes too, with answers
    /// that fit to these fields.
    #[must_use]
    pub fn once(&self, obligation: ObligationId, on: Happening, open: &BTreeSet<FieldId>) -> Self {
        Hoped { obligation, on, open }.of(self, true)
    }
}

/// What may still come.
struct Hoped<'a> {
    obligation: ObligationId,
    on: Happening,
    /// What is still to be answered.
    open: &'a BTreeSet<FieldId>,
}

impl Hoped<'_> {
    fn of(&self, guard: &Expr, so: bool) -> Expr {
        let each = |parts: &[Expr]| parts.iter().map(|part| self.of(part, so)).collect();
        match guard {
            Expr::And(parts) => Expr::And(each(parts)),
            Expr::Or(parts) => Expr::Or(each(parts)),
            Expr::AtLeast { at_least, parts } => Expr::AtLeast { at_least: *at_least, parts: each(parts) },
            Expr::Not(part) => Expr::Not(Box::new(self.of(part, !so))),
            Expr::Happened { at_least, obligations, happening } => {
                let here = *happening == self.on && obligations.contains(&self.obligation);
                is(so || here && *at_least <= 1)
            }
            Expr::Known(field) | Expr::Range { field, .. } | Expr::In { field, .. }
                if self.open.contains(field) =>
            {
                is(so)
            }
            _ => guard.clone(),
        }
    }
}

fn is(so: bool) -> Expr {
    if so { Expr::True } else { Expr::Not(Box::new(Expr::True)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::FieldId;

    const OVERDUE: (ObligationId, Happening) = (ObligationId(0), Happening::Overdue);

    fn happened(of: u16, happening: Happening) -> Expr {
        Expr::Happened { at_least: 1, obligations: vec![ObligationId(of)], happening }
    }

    fn not(part: Expr) -> Expr {
        Expr::Not(Box::new(part))
    }

    #[test]
    fn a_condition_waits_for_what_can_make_it_true() {
        let waits = |guard: &Expr| guard.waits_for(OVERDUE.0, OVERDUE.1);
        let it = happened(0, Happening::Overdue);
        assert!(waits(&it) && waits(&not(not(it.clone()))));
        assert!(
            !waits(&not(it.clone()))
                && !waits(&happened(0, Happening::Done))
                && !waits(&happened(1, Happening::Overdue))
        );
        assert!(waits(&Expr::And(vec![Expr::Known(FieldId(0)), it])));
    }

    #[test]
    fn other_happenings_may_still_come_and_what_a_household_is_stays() {
        let known = Expr::Known(FieldId(0));
        let guard =
            Expr::And(vec![happened(0, Happening::Overdue), happened(1, Happening::Done), known.clone()]);
        let none = BTreeSet::new();
        assert_eq!(guard.once(OVERDUE.0, OVERDUE.1, &none), Expr::And(vec![Expr::True, Expr::True, known]));
        // That something else has not happened may still be so; that this has not, may not.
        assert_eq!(not(happened(1, Happening::Done)).once(OVERDUE.0, OVERDUE.1, &none), not(not(Expr::True)));
        assert_eq!(not(happened(0, Happening::Overdue)).once(OVERDUE.0, OVERDUE.1, &none), not(Expr::True));
    }

    #[test]
    fn what_is_still_to_be_answered_may_fit() {
        let known = Expr::Known(FieldId(0));
        let open = BTreeSet::from([FieldId(0)]);
        assert_eq!(known.once(OVERDUE.0, OVERDUE.1, &open), Expr::True);
        assert_eq!(not(known).once(OVERDUE.0, OVERDUE.1, &open), not(not(Expr::True)));
    }
}
