//! Rounds that a case can go: where a search takes the moments of a situation together, the way to a moment at which a term is over, or
//! a clock runs out, may need any number of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};
use voordeur_engine::{Case, Entry, Timer};

use super::player::{MORNING, Player, starts};
use super::{History, Leg, Moment, Way, first_day, key_of, way_to, way_with};
use crate::collect;
use crate::edge::Edge;
use crate::explore::Search;
use crate::normal::bare;
use crate::situation::Step;
use crate::states::State;

/// A round is gone so often.
const TIMES: [usize; 3] = [4, 32, 128];

/// From so many places on a way rounds are gone.
const MOST_PLACES: usize = 4;

/// So many rounds are gone: two years of rounds of two days.
const MOST_ROUNDS: usize = 400;

/// The history of a step to which a case comes only when it has gone round for long, of a search that has kept its steps: rounds are
/// gone from a place on the way until what follows shows something.
pub(crate) fn after_rounds(
    search: &Search<'_>,
    (from, edge): &collect::Step,
    shows: &dyn Fn(&[Moment]) -> bool,
) -> Option<History> {
    let way = way_with(search, *from, edge);
    let places = std::iter::successors(*from, |at| search.states.get(*at)?.from);
    let mut places = places.zip((1..way.len()).rev()).take(MOST_PLACES);
    places.find_map(|(at, steps)| {
        let (before, after) = way.split_at_checked(steps)?;
        let mut rounds = [true, false].into_iter().filter_map(|waits| round(search, at, (waits, |_| true)));
        rounds.find_map(|round| going_round(search, (before, &round, after), shows))
    })
}

/// A way, a round as often as it takes, and the rest of the way; all that is reported is reported at once.
fn going_round(
    search: &Search<'_>,
    (before, round, after): (&[Leg], &[Leg], &[Leg]),
    shows: &dyn Fn(&[Moment]) -> bool,
) -> Option<History> {
    let calendar = &search.protocol.calendar;
    let mut player = Player::new(search, shows);
    player.steps = u32::MAX;
    starts(&search.looks).find_map(|time| {
        let start = calendar.resolve(first_day(search.protocol).to_datetime(time)).ok()?;
        let mut when = at_once_from(start);
        let mut moments = Vec::new();
        let mut case = player.goes_on(Case::default(), before, &mut moments, &mut when)?;
        for _ in 0..MOST_ROUNDS {
            let length = moments.len();
            if player.goes_on(case.clone(), after, &mut moments, &mut when).is_some() && shows(&moments) {
                return Some(History { moments, refused: None });
            }
            moments.truncate(length);
            case = player.goes_on(case, round, &mut moments, &mut when)?;
            if !player.is_wanted(&case, round.last()?.1.as_ref()) {
                return None;
            }
        }
        None
    })
}

/// The case is reported then, and all else at once.
fn at_once_from(start: Timestamp) -> impl FnMut(&Player<'_, '_>, &Case) -> Option<Timestamp> {
    move |player, case| if case.trigger.is_none() { Some(start) } else { player.at_once(case) }
}

/// From so many places it is tried whether a round goes on for ever.
const MOST_ROUND_PLACES: usize = 24;

/// Whether a case may go round as often as it likes before something comes, in a search that has kept its steps: after some rounds on
/// real dates nothing is otherwise than it was one round before, and then it still comes.
pub(crate) fn goes_round_for_ever(search: &Search<'_>, comes: &dyn Fn(&[Entry]) -> bool) -> bool {
    let mut known = BTreeSet::new();
    let places = (0..search.states.len()).filter(|at| {
        search.states.get(*at).is_some_and(|state| !state.ended && known.insert(state.situation))
    });
    let rounds = places.filter_map(|at| Some((at, round(search, at, (true, |_| true))?)));
    rounds.take(MOST_ROUND_PLACES).any(|(at, round)| {
        let rest = way_on(search, at, comes);
        rest.is_some_and(|rest| is_endless(search, (&way_to(search, at), &round, &rest), comes))
    })
}

/// The shortest way from a state to a step with which something comes.
fn way_on(search: &Search<'_>, start: usize, comes: &dyn Fn(&[Entry]) -> bool) -> Option<Way> {
    let mut before: BTreeMap<Place, (Place, Rc<Step>)> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for (to, step) in search.taken(Some(at)) {
            if comes(step.entries()) {
                return Some(gone(search, &before, ((at, false), (*to, step))));
            }
            let next = (*to, false);
            if *to != start && !before.contains_key(&next) {
                before.insert(next, ((at, false), Rc::clone(step)));
                queue.push_back(*to);
            }
        }
    }
    None
}

/// Whether after some rounds the case is as it was one round before, and the rest of the way leads there.
fn is_endless(
    search: &Search<'_>,
    (before, round, after): (&[Leg], &[Leg], &[Leg]),
    comes: &dyn Fn(&[Entry]) -> bool,
) -> bool {
    let calendar = &search.protocol.calendar;
    let Ok(start) = calendar.resolve(first_day(search.protocol).to_datetime(MORNING)) else { return false };
    let mut player = Player::new(search, &|_| true);
    player.steps = u32::MAX;
    let (mut when, mut moments) = (at_once_from(start), Vec::new());
    let Some(mut case) = player.goes_on(Case::default(), before, &mut moments, &mut when) else {
        return false;
    };
    for _ in 0..MOST_ROUNDS {
        moments.clear();
        let gone = player.goes_on(case.clone(), round, &mut moments, &mut when);
        let Some(next) = gone.filter(|next| next.touched_at > case.touched_at) else { return false };
        if shape(search, &next) == shape(search, &case) {
            moments.clear();
            player.goes_on(next, after, &mut moments, &mut when);
            return moments.iter().any(|moment| comes(&moment.entries));
        }
        case = next;
    }
    false
}

/// What is so of a case, whenever that is: its situation, and for each clock how long it has left; nothing where it is held and was over
/// before.
fn shape(search: &Search<'_>, case: &Case) -> (Vec<u32>, Vec<Option<SignedDuration>>) {
    let bare = bare(search.protocol, &search.looks, case.clone());
    let left = |timer: &Timer| {
        let left = timer.due.at.duration_since(case.touched_at);
        (!timer.held || left.is_positive()).then_some(left)
    };
    (key_of(search, case), bare.timers.iter().map(left).collect())
}

/// The ways to a state of a search that has kept its steps, with rounds from there to the same situation. A round in which time goes by of
/// itself goes first.
pub(crate) fn ways_with_rounds(search: &Search<'_>, state: usize) -> Vec<Way> {
    let runs = |state: &State| state.watch.running;
    let rounds = [true, false].into_iter().filter_map(|waits| round(search, state, (waits, runs)));
    let way = way_to(search, state);
    let gone = |round: Way| {
        TIMES.map(|times| way.iter().chain(round.iter().cycle().take(times * round.len())).cloned().collect())
    };
    rounds.flat_map(gone).collect()
}

/// A place on a round: the state, and whether a clock has run out on the way to it.
type Place = (usize, bool);

/// The shortest round from a state to one of the same situation, by states of which this is so: one on which a clock runs out, or one
/// of more than one step.
fn round(search: &Search<'_>, start: usize, (waits, by): (bool, fn(&State) -> bool)) -> Option<Way> {
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
            let goes_on = search.states.get(*to).is_some_and(|state| by(state) && !state.ended);
            let is_round = is_back(*to) && if waits { fired } else { place.0 != start };
            if is_round {
                return Some(gone(search, &before, (place, (*to, step))));
            }
            let next = (*to, fired);
            if goes_on && next != (start, false) && !before.contains_key(&next) {
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
