//! Rounds that a case can go while a term runs: where a search takes the moments of a situation together, the way to a moment at which
//! the term is over may need any number of them.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::{Way, way_to};
use crate::edge::Edge;
use crate::explore::Search;
use crate::situation::Step;

/// A round is gone so often.
const TIMES: [usize; 3] = [4, 32, 128];

/// The ways to a state of a search that has kept its steps, with rounds from there to the same situation. A round in which time goes by of
/// itself goes first.
pub(crate) fn ways_with_rounds(search: &Search<'_>, state: usize) -> Vec<Way> {
    let rounds = [true, false].into_iter().filter_map(|waits| round(search, state, waits));
    let way = way_to(search, state);
    let gone = |round: Way| {
        TIMES.map(|times| way.iter().chain(round.iter().cycle().take(times * round.len())).cloned().collect())
    };
    rounds.flat_map(gone).collect()
}

/// A place on a round: the state, and whether a clock has run out on the way to it.
type Place = (usize, bool);

/// The shortest round from a state to one of the same situation, on which the term keeps running: one on which a clock runs out, or one of
/// more than one step.
fn round(search: &Search<'_>, start: usize, waits: bool) -> Option<Way> {
    let first = search.states.get(start)?;
    let is_back = |at: usize| {
        let state = search.states.get(at);
        state.is_some_and(|state| (state.situation, state.watch) == (first.situation, first.watch))
    };
    let mut before: BTreeMap<Place, (Place, Rc<Step>)> = BTreeMap::new();
    let mut queue = VecDeque::from([(start, false)]);
    while let Some(place) = queue.pop_front() {
        for (to, step) in search.taken(Some(place.0)) {
            let fired = place.1 || matches!(step.edge, Edge::Fired(_));
            let runs = search.states.get(*to).is_some_and(|state| state.watch.running && !state.ended);
            let is_round = is_back(*to) && if waits { fired } else { place.0 != start };
            if is_round {
                return Some(gone(search, &before, (place, (*to, step))));
            }
            let next = (*to, fired);
            if runs && next != (start, false) && !before.contains_key(&next) {
                before.insert(next, (place, Rc::clone(step)));
                queue.push_back(next);
            }
        }
    }
    None
}

/// The round that ends with a step from a place.
fn gone(
    search: &Search<'_>,
    before: &BTreeMap<Place, (Place, Rc<Step>)>,
    (mut place, (to, last)): (Place, (usize, &Rc<Step>)),
) -> Way {
    let mut way = vec![(last.edge.clone(), search.key(to).cloned())];
    while let Some((earlier, step)) = before.get(&place) {
        way.push((step.edge.clone(), search.key(place.0).cloned()));
        place = *earlier;
    }
    way.reverse();
    way
}
