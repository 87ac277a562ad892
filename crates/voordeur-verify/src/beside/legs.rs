//! What is reported on the way to a state, for a history that goes the same way.

use std::rc::Rc;

use jiff::civil::Date;
use voordeur_engine::Event;
use voordeur_protocol::guard::Facts as _;
use voordeur_protocol::{FieldId, Value};

use super::ask::{Report, data_of};
use super::search::{Beside, By, Pair};

/// Something that is reported on a way, and the situations that it leads to; `None` where it does not matter to which.
#[derive(Clone)]
pub(super) struct Leg {
    pub(super) report: Report,
    /// The situations in which it is reported.
    pub(super) before: [Option<Vec<u32>>; 2],
    pub(super) keys: [Option<Vec<u32>>; 2],
}

/// A state on a way, with the one before it, and how it was come to from there.
type Stop<'b> = (usize, Option<usize>, &'b By);

/// So many other ways to a state are tried.
const MOST_WAYS: usize = 12;

/// What is reported on the way to a state.
pub(super) fn legs(beside: &Beside<'_>, at: usize) -> Vec<Leg> {
    let stops: Vec<Stop<'_>> = stops(beside, at).collect();
    legs_of(beside, &stops)
}

/// What is reported on other ways to the same state: on each it is come to one of the states before it from elsewhere.
pub(super) fn other_legs(beside: &Beside<'_>, at: usize) -> impl Iterator<Item = Vec<Leg>> {
    let first: Vec<Stop<'_>> = stops(beside, at).collect();
    let others = |here: usize| beside.states.get(here).into_iter().flat_map(|state| &state.others);
    let joins = first.iter().enumerate();
    let joins = joins.flat_map(|(number, (here, ..))| others(*here).map(move |join| (number, *here, join)));
    let joins: Vec<(usize, usize, &(usize, By))> = joins.collect();
    let legs = move |(number, here, (from, by)): (usize, usize, &(usize, By))| {
        let before: Vec<Stop<'_>> = stops(beside, *from).collect();
        // Nobody has to come to the same twice.
        let is_round = before.iter().any(|(other, ..)| *other == here);
        let after = first.iter().take(number).copied();
        let way: Vec<Stop<'_>> = after.chain([(here, Some(*from), by)]).chain(before).collect();
        (!is_round).then(|| legs_of(beside, &way))
    };
    joins.into_iter().filter_map(legs).take(MOST_WAYS)
}

/// The way to a state, the last stop first.
fn stops<'b>(beside: &'b Beside<'_>, at: usize) -> impl Iterator<Item = Stop<'b>> {
    let stop = |at: usize| beside.states.get(at).map(|state| (at, state.from, &state.by));
    std::iter::successors(stop(at), move |(_, from, _)| stop((*from)?))
}

fn legs_of(beside: &Beside<'_>, stops: &[Stop<'_>]) -> Vec<Leg> {
    let leg = |(at, from, by): &Stop<'_>| {
        let By::Reported(report) = by else { return None };
        let state = beside.states.get(*at)?;
        let before = from.and_then(|from| beside.states.get(from));
        let before = before.map_or([None, None], |before| keys(beside, before));
        Some(Leg { report: Report::clone(report), before, keys: keys(beside, state) })
    };
    stops.iter().rev().filter_map(leg).collect()
}

/// The situations of a state in which both have said the same.
fn keys(beside: &Beside<'_>, state: &Pair) -> [Option<Vec<u32>>; 2] {
    let mut keys = [None, None];
    for ((key, place), side) in keys.iter_mut().zip(state.places).zip(&beside.sides) {
        let known = place.and_then(|place| side.situations.get(place));
        *key = known.filter(|_| state.unsettled == 0).map(|known| known.key().clone());
    }
    keys
}

/// The states on the way to a state, the last one first.
pub(super) fn way<'b>(beside: &'b Beside<'_>, at: usize) -> impl Iterator<Item = &'b Pair> {
    std::iter::successors(beside.states.get(at), |state| beside.states.get(state.from?))
}

/// The same way for somebody who is as old from the start as the case is in the end, or older: then no years have to go by in which
/// nothing but birthdays comes. Nothing where nobody grows older on it.
pub(super) fn for_the_older(beside: &Beside<'_>, at: usize, legs: &[Leg]) -> Vec<Vec<Leg>> {
    let ages = ages_at_the_end(beside, at);
    let all = ages.into_iter().flat_map(|(field, ages)| ages.into_iter().map(move |born| (field, born)));
    all.filter_map(|(field, born)| born_then(beside, legs, (field, &Value::Date(born)))).collect()
}

/// The same way with another day of birth; `None` where it has that one.
fn born_then(beside: &Beside<'_>, legs: &[Leg], (field, born): (FieldId, &Value)) -> Option<Vec<Leg>> {
    let now = beside.reader.names.field_in_new(field);
    let (mut others, mut is_other) = (legs.to_vec(), false);
    for Leg { report: Report { old, new }, before, keys } in &mut others {
        is_other |= is_born(old.as_mut(), Some(field), born) | is_born(new.as_mut(), now, born);
        (*before, *keys) = Default::default();
    }
    is_other.then_some(others)
}

/// The days of birth that stand for the age that the case of a state has, and for each later one, as far as anybody still asks for it.
fn ages_at_the_end(beside: &Beside<'_>, at: usize) -> Vec<(FieldId, Vec<Date>)> {
    let [side, _] = &beside.sides;
    let together = way(beside, at).find(|state| state.unsettled == 0);
    let known = together.and_then(|state| side.situations.get(state.places.first().copied()??));
    let Some(case) = known.map(|known| &*known.case) else { return Vec::new() };
    let Some(stay) = &case.stay else { return Vec::new() };
    let asked =
        side.looks.ages.iter().filter(|ages| side.cells.is_kept(side.protocol, case, stay, ages.field));
    let and_later = asked.filter_map(|ages| {
        let Some(Value::Date(born)) = case.value(ages.field) else { return None };
        Some((ages.field, ages.values().skip(ages.class_of(*born)?).collect()))
    });
    and_later.collect()
}

/// Puts another day of birth into a report that has one; whether that was another one.
fn is_born(event: Option<&mut Rc<Event>>, field: Option<FieldId>, born: &Value) -> bool {
    let data = event.and_then(data_of).into_iter().flatten();
    let mut other = data.filter(|(own, value)| Some(*own) == field && value != born);
    other.next().is_some_and(|(_, value)| {
        value.clone_from(born);
        true
    })
}
