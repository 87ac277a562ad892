//! What comes again once it has been there: a way through the states on which something is opened twice, without anything
//! from outside in between.

use std::collections::{BTreeMap, VecDeque};

use voordeur_protocol::ObligationId;

use crate::explore::Search;
use crate::replay::{History, Way, between, replay, way_to};

/// So many ways are tried on real dates.
const MOST_TRIES: usize = 4;

/// Whether something comes again, and a case history in which it does, when one could be played on real dates.
pub(super) fn again(search: &Search<'_>, of: ObligationId) -> Option<Option<History>> {
    let opened = search.states.iter().enumerate();
    let opened = opened.filter(|(_, state)| state.by.opens(search.protocol, of)).map(|(at, _)| at);
    let mut ways = opened.filter_map(|at| way_on(search, at, of)).take(MOST_TRIES).peekable();
    ways.peek()?;
    Some(ways.find_map(|way| replay(search, &way)))
}

/// The way to a state, and on until it is opened once more.
fn way_on(search: &Search<'_>, start: usize, of: ObligationId) -> Option<Way> {
    let mut before: BTreeMap<usize, usize> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for (next, _) in &search.states.get(at)?.next {
            if let Some(edge) = search.opening_between(at, *next, of) {
                let mut way = way_to(search, start);
                way.extend(between(search, &before, (start, at))?);
                way.push((edge, search.key(*next).cloned()));
                return Some(way);
            }
            if *next != start && !before.contains_key(next) && search.leads_by_itself(at, *next) {
                before.insert(*next, at);
                queue.push_back(*next);
            }
        }
    }
    None
}
