//! Statements without a condition of their own, of which the search leaves out the same, share what can happen in a
//! situation: the engine is asked once for all of them.

use super::model::{Form, Statement};
use super::search::Looker;
use super::verdict::{Verdict, judged};
use crate::explore::{Budget, Search};
use crate::inert::Inert;

/// The verdict of a form, and how many situations were looked at for it.
pub(super) type Found = (Verdict, usize);

/// What is said of each form of the statements, in order; `None` where it has to be looked at by itself.
pub(super) fn together(statements: &[Statement], budget: Budget, witness: bool) -> Vec<Vec<Option<Found>>> {
    let mut found: Vec<Vec<Option<Found>>> =
        statements.iter().map(|one| one.forms.iter().map(|_| None).collect()).collect();
    for group in groups(statements) {
        let mut search: Option<Search<'_>> = None;
        for Place { world, form, at, own } in group {
            let search =
                search.get_or_insert_with(|| Search::new(world, budget, &form.watched()).with_deadlines());
            let mut looker = Looker::new(world, form);
            search.run_again(&mut looker);
            if let Some(slot) = found.get_mut(at).and_then(|forms| forms.get_mut(own)) {
                *slot = Some((judged(search, form, &looker, witness), search.states.len()));
            }
        }
    }
    found
}

/// A form of a statement: the pathway that it is looked at in, and which it is.
struct Place<'s> {
    world: &'s voordeur_protocol::Protocol,
    form: &'s Form,
    at: usize,
    own: usize,
}

/// The forms that share a search.
fn groups(statements: &[Statement]) -> Vec<Vec<Place<'_>>> {
    let mut groups: Vec<(Inert, Vec<Place<'_>>)> = Vec::new();
    for (at, statement) in statements.iter().enumerate().filter(|(_, one)| one.is_unconditional()) {
        for (own, form) in statement.forms.iter().enumerate() {
            let place = Place { world: &statement.world, form, at, own };
            let inert = Inert::of(&statement.world, &form.watched());
            match groups.iter_mut().find(|(known, _)| *known == inert) {
                Some((_, places)) => places.push(place),
                None => groups.push((inert, vec![place])),
            }
        }
    }
    groups.into_iter().map(|(_, places)| places).collect()
}
