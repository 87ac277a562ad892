//! Conditions about conditions: where one holds for certain, also when something has not been recorded.

use voordeur_protocol::FieldId;
use voordeur_protocol::guard::Expr;

/// Holds exactly where the condition holds; where it does not, or is not known, this does not hold. It is always known.
pub(super) fn holds(guard: &Expr) -> Expr {
    sure(guard, true)
}

/// Holds exactly where none of these conditions holds.
pub(super) fn none_of<'g>(guards: impl Iterator<Item = &'g Expr>) -> Expr {
    not(Expr::Or(guards.map(holds).collect()))
}

/// Holds exactly where both conditions hold.
pub(super) fn both(one: &Expr, other: &Expr) -> Expr {
    Expr::And(vec![holds(one), holds(other)])
}

fn not(part: Expr) -> Expr {
    Expr::Not(Box::new(part))
}

/// Holds where the condition is known to be so.
fn sure(guard: &Expr, so: bool) -> Expr {
    let each = |parts: &[Expr]| parts.iter().map(|part| sure(part, so)).collect();
    match guard {
        Expr::And(parts) if so => Expr::And(each(parts)),
        Expr::And(parts) => Expr::Or(each(parts)),
        Expr::Or(parts) if so => Expr::Or(each(parts)),
        Expr::Or(parts) => Expr::And(each(parts)),
        Expr::Not(part) => sure(part, !so),
        Expr::AtLeast { at_least, parts } => {
            let all = u32::try_from(parts.len()).unwrap_or(u32::MAX);
            let at_least = if so { *at_least } else { all.saturating_add(1).saturating_sub(*at_least) };
            Expr::AtLeast { at_least, parts: each(parts) }
        }
        Expr::Range { field, .. } | Expr::In { field, .. } => known_and(*field, guard, so),
        Expr::True | Expr::Known(_) | Expr::Happened { .. } => is(guard.clone(), so),
    }
}

fn known_and(field: FieldId, part: &Expr, so: bool) -> Expr {
    Expr::And(vec![Expr::Known(field), is(part.clone(), so)])
}

fn is(part: Expr, so: bool) -> Expr {
    if so { part } else { not(part) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voordeur_protocol::guard::Facts;
    use voordeur_protocol::{Happening, ObligationId, Value};

    struct Three([Option<Value>; 2]);

    impl Facts for Three {
        fn value(&self, field: FieldId) -> Option<&Value> {
            self.0.get(usize::from(field.0)).and_then(Option::as_ref)
        }
        fn happened(&self, _: ObligationId, _: Happening) -> bool {
            false
        }
    }

    /// Every condition over two fields, each of which is true, false or not recorded.
    #[test]
    fn certain_is_what_the_engine_takes_for_true() {
        let yes = |field| Expr::In { field: FieldId(field), values: vec![Value::YesNo(true)] };
        let atoms = [yes(0), yes(1), Expr::Known(FieldId(0)), Expr::True, not(yes(1))];
        let mut all = atoms.to_vec();
        for one in &atoms {
            for other in &atoms {
                let parts = vec![one.clone(), other.clone()];
                all.extend([Expr::And(parts.clone()), Expr::Or(parts.clone())]);
                all.push(not(Expr::And(parts.clone())));
                all.extend((0..=3).map(|at_least| Expr::AtLeast { at_least, parts: parts.clone() }));
                all.push(not(Expr::AtLeast { at_least: 1, parts }));
            }
        }
        let values = [None, Some(Value::YesNo(true)), Some(Value::YesNo(false))];
        for guard in &all {
            for (one, other) in values.iter().flat_map(|one| values.iter().map(move |other| (one, other))) {
                let facts = Three([one.clone(), other.clone()]);
                assert_eq!(holds(guard).holds(&facts), Ok(guard.holds(&facts) == Ok(true)), "{guard:?}");
                let none = none_of(std::iter::once(guard)).holds(&facts);
                assert_eq!(none, Ok(guard.holds(&facts) != Ok(true)), "{guard:?}");
            }
        }
    }
}
