//! Which happenings a condition waits for, and what it asks of a household once they have come.

use crate::guard::Expr;
use crate::lifecycle::Happening;
use crate::table::ObligationId;

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

    /// What the condition asks of a household once this has happened, and whatever else it waits for comes too.
    #[must_use]
    pub fn once(&self, obligation: ObligationId, on: Happening) -> Self {
        self.hoped(obligation, on, true)
    }

    fn hoped(&self, obligation: ObligationId, on: Happening, so: bool) -> Self {
        let each = |parts: &[Self]| parts.iter().map(|part| part.hoped(obligation, on, so)).collect();
        match self {
            Self::And(parts) => Self::And(each(parts)),
            Self::Or(parts) => Self::Or(each(parts)),
            Self::AtLeast { at_least, parts } => Self::AtLeast { at_least: *at_least, parts: each(parts) },
            Self::Not(part) => Self::Not(Box::new(part.hoped(obligation, on, !so))),
            Self::Happened { at_least, obligations, happening } => {
                let here = *happening == on && obligations.contains(&obligation);
                let holds = so || here && *at_least <= 1;
                if holds { Self::True } else { Self::Not(Box::new(Self::True)) }
            }
            _ => self.clone(),
        }
    }
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
        assert_eq!(guard.once(OVERDUE.0, OVERDUE.1), Expr::And(vec![Expr::True, Expr::True, known]));
        // That something else has not happened may still be so; that this has not, may not.
        assert_eq!(not(happened(1, Happening::Done)).once(OVERDUE.0, OVERDUE.1), not(not(Expr::True)));
        assert_eq!(not(happened(0, Happening::Overdue)).once(OVERDUE.0, OVERDUE.1), not(Expr::True));
    }
}
