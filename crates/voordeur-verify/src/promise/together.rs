//! Statements without a condition of their own, of which the search leaves out the same, share what can happen in a
//! situation: the engine is asked once for all of them.

use voordeur_protocol::{EndId, EventId, Protocol};

use super::model::{Ending, Form, Statement};
use super::product::kept_in;
use super::search::Looker;
use super::verdict::{Verdict, decided};
use crate::endings::{ends_at_once, only_end};
use crate::explore::{Budget, Search};
use crate::inert::Inert;
use crate::observe::Nobody;

/// The verdict of a form, and how many situations were looked at for it.
pub(super) type Found = (Verdict, usize);

/// What is said of each form of the statements, in order; `None` where it has to be looked at by itself. `beside` is a
/// search of all cases of the pathway that has been run.
pub(super) fn together(
    statements: &[Statement],
    mut beside: Option<&mut Search<'_>>,
    budget: Budget,
    witness: bool,
) -> Vec<Vec<Option<Found>>> {
    let mut found: Vec<Vec<Option<Found>>> =
        statements.iter().map(|one| one.forms.iter().map(|_| None).collect()).collect();
    for (inert, group) in groups(statements) {
        let all = match beside.as_deref_mut().filter(|search| search.looks.inert == inert) {
            Some(search) => of_group(search, &group, witness),
            None => of_group_alone(&group, budget, witness),
        };
        for (place, verdict) in group.iter().zip(all) {
            if let Some(slot) = found.get_mut(place.at).and_then(|forms| forms.get_mut(place.own)) {
                *slot = Some(verdict);
            }
        }
    }
    found
}

fn of_group_alone(group: &[Place<'_>], budget: Budget, witness: bool) -> Vec<Found> {
    let Some(first) = group.first() else { return Vec::new() };
    let timed = group.iter().any(|place| place.form.term().is_some());
    let mut search = Search::new(first.world, budget, &first.form.watched(first.world)).with_deadline(timed);
    let endings: Option<Vec<Ending>> = group.iter().map(|place| place.form.ending()).collect();
    search.left_out = endings.map_or_else(Vec::new, |endings| beside_the_point(first.world, &endings));
    of_group(&mut search, group, witness)
}

/// The events that do nothing but end a case, in none of these ways.
fn beside_the_point(protocol: &Protocol, endings: &[Ending]) -> Vec<EventId> {
    let meant = |end: EndId| endings.iter().any(|ending| ending.means(protocol, end));
    only_end(protocol, |end| ends_at_once(protocol, end) && !meant(end))
}

fn of_group(search: &mut Search<'_>, group: &[Place<'_>], witness: bool) -> Vec<Found> {
    // All of them before the first that needs a search of its own: it ends what was kept.
    let known = if witness { vec![None; group.len()] } else { kept_in_one(search, group) };
    group
        .iter()
        .zip(known)
        .map(|(place, known)| known.unwrap_or_else(|| looked_at(search, place, witness)))
        .collect()
}

/// What is said of statements without a term over the states of one search, as far as that shows that they are kept.
fn kept_in_one(search: &mut Search<'_>, group: &[Place<'_>]) -> Vec<Option<Found>> {
    let untimed = group.iter().filter(|place| place.form.term().is_none()).count();
    if untimed > 1 && !search.keeps_steps() {
        search.run_keeping_steps(&mut Nobody);
    }
    group.iter().map(|place| kept_in(search, place.form)).collect()
}

/// A form, looked at in a search of its own: what can happen in a situation is known from those before it.
fn looked_at(search: &mut Search<'_>, place: &Place<'_>, witness: bool) -> Found {
    let mut looker = Looker::new(place.world, place.form);
    search.run_again(&mut looker);
    decided(search, &looker, (place.world, place.form), witness)
}

/// A form of a statement: the pathway that it is looked at in, and which it is.
struct Place<'s> {
    world: &'s Protocol,
    form: &'s Form,
    at: usize,
    own: usize,
}

/// The forms that share a search.
fn groups(statements: &[Statement]) -> Vec<(Inert, Vec<Place<'_>>)> {
    let mut groups: Vec<(Inert, Vec<Place<'_>>)> = Vec::new();
    for (at, statement) in statements.iter().enumerate().filter(|(_, one)| one.is_unconditional()) {
        for (own, form) in statement.forms.iter().enumerate() {
            let place = Place { world: &statement.world, form, at, own };
            let inert = Inert::of(&statement.world, &form.watched(&statement.world));
            match groups.iter_mut().find(|(known, _)| *known == inert) {
                Some((_, places)) => places.push(place),
                None => groups.push((inert, vec![place])),
            }
        }
    }
    groups
}
