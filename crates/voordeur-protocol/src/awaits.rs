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

    /// What is left of the condition without what is enough by itself and does not wait for this: it holds because of it.
    #[must_use]
    pub fn because_of(&self, obligation: ObligationId, on: Happening) -> Self {
        self.kept(obligation, on, true)
    }

    fn kept(&self, obligation: ObligationId, on: Happening, so: bool) -> Self {
        let all = |parts: &[Self]| parts.iter().map(|part| part.kept(obligation, on, so)).collect();
        let one = |parts: &[Self]| {
            those(parts, obligation, on, so).map(|part| part.kept(obligation, on, so)).collect()
        };
        match self {
            Self::And(parts) => Self::And(if so { all(parts) } else { one(parts) }),
            Self::Or(parts) => Self::Or(if so { one(parts) } else { all(parts) }),
            Self::AtLeast { at_least, parts } => {
                let parts = if so && *at_least == 1 { one(parts) } else { all(parts) };
                Self::AtLeast { at_least: *at_least, parts }
            }
            Self::Not(part) => Self::Not(Box::new(part.kept(obligation, on, !so))),
            other => other.clone(),
        }
    }

    /// Whether the condition is that this has happened, and nothing else.
    #[must_use]
    pub fn is_just(&self, obligation: ObligationId, on: Happening) -> bool {
        matches!(self, Self::Happened { at_least: 0..=1, obligations, happening }
            if *happening == on && *obligations == [obligation])
    }

    /// What the condition asks of a household once this has happened, and whatever else it waits for comes too, with answers
    /// that fit to these fields.
    #[must_use]
    pub fn once(&self, obligation: ObligationId, on: Happening, open: &BTreeSet<FieldId>) -> Self {
        Hoped { obligation, on, open }.of(&self.because_of(obligation, on), true)
    }
}

/// Of parts of which one is enough those that wait for this; all of them, where none does.
fn those(parts: &[Expr], obligation: ObligationId, on: Happening, so: bool) -> impl Iterator<Item = &Expr> {
    let waits = move |part: &&Expr| part.names(obligation, on, so);
    let any = parts.iter().any(|part| waits(&part));
    parts.iter().filter(move |part| !any || waits(part))
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
    fn of_several_of_which_one_is_enough_those_count_that_wait_for_it() {
        let (it, known) = (happened(0, Happening::Overdue), Expr::Known(FieldId(0)));
        let none = BTreeSet::new();
        let once = |guard: &Expr| guard.once(OVERDUE.0, OVERDUE.1, &none);
        let other = happened(0, Happening::Done);
        let with_k = Expr::And(vec![it.clone(), known.clone()]);
        assert_eq!(
            once(&Expr::Or(vec![other.clone(), with_k])),
            Expr::Or(vec![Expr::And(vec![Expr::True, known.clone()])])
        );
        // `not (not it or known)` asks for both.
        let both = not(Expr::Or(vec![not(it), known.clone()]));
        assert_eq!(once(&both), not(Expr::Or(vec![not(Expr::True), known.clone()])));
        assert_eq!(once(&Expr::Or(vec![known.clone(), known.clone()])), Expr::Or(vec![known.clone(), known]));
    }

    #[test]
    fn what_is_still_to_be_answered_may_fit() {
        let known = Expr::Known(FieldId(0));
        let open = BTreeSet::from([FieldId(0)]);
        assert_eq!(known.once(OVERDUE.0, OVERDUE.1, &open), Expr::True);
        assert_eq!(not(known).once(OVERDUE.0, OVERDUE.1, &open), not(not(Expr::True)));
    }
}
