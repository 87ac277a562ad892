//! The actions of which it makes a difference whether they were begun. Of the others nobody need say so.

use std::collections::BTreeSet;

use voordeur_protocol::guard::Expr;
use voordeur_protocol::model::{Derived, Start};
use voordeur_protocol::{Anchor, Cause, Happening, Kind, ObligationId, Occurrence, Protocol};

use crate::cells::each_condition;
use crate::inert::Watched;

/// The actions of which a rule, a condition, a term or what is watched asks whether they were begun.
pub(crate) fn asked_whether_begun(protocol: &Protocol, watched: &Watched) -> BTreeSet<ObligationId> {
    if protocol.obligations.rows().all(|row| row.kind != Kind::Action) {
        return BTreeSet::new();
    }
    let mut asked: BTreeSet<(ObligationId, Happening)> = watched.happenings.clone();
    asked.extend(protocol.rules.rows().filter_map(|rule| match rule.cause {
        Cause::Obligation(of, on) => Some((of, on)),
        Cause::After(_, Anchor::Happened(of, on)) => Some((of, on)),
        _ => None,
    }));
    let terms = protocol.openings.rows().flat_map(|row| row.term.into_iter().chain(row.preferred));
    asked.extend(terms.filter_map(|term| match term.anchor {
        Anchor::Happened(of, on) => Some((of, on)),
        _ => None,
    }));
    each_condition(protocol, &mut |_, guard| {
        guard.walk(&mut |part| {
            if let Expr::Happened { obligations, happening, .. } = part {
                asked.extend(obligations.iter().map(|of| (*of, *happening)));
            }
        });
    });
    asked.extend(protocol.fields.rows().filter_map(|row| of_derived(row.derived?)));
    let begun = asked.into_iter().filter(|(_, on)| *on == Happening::Begun).map(|(of, _)| of);
    begun.filter(|of| protocol.obligations.row(*of).kind == Kind::Action).collect()
}

/// What the value of a field is found from. An action that runs was begun, and one that was begun is not requested any more.
fn of_derived(derived: Derived) -> Option<(ObligationId, Happening)> {
    match derived {
        Derived::State(of, Some(_)) => Some((of, Happening::Begun)),
        Derived::Since(Start::From(Anchor::Happened(of, on)), _)
        | Derived::Tally { of: Occurrence::Obligation(of, on), .. } => Some((of, on)),
        _ => None,
    }
}
