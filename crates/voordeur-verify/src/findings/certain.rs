//! What only seems to be reached. Where a situation can be met at very many moments, the search takes them together with all
//! that lies between: nothing is missed, and a little may be seen that never comes. What was seen there alone is looked for
//! with real dates, and where none are found, in all cases once more, with every moment by itself.

use std::collections::BTreeSet;

use voordeur_engine::Entry;

use crate::collect::{Collected, Reached, Step};
use crate::edge::Edge;
use crate::explore::{Budget, Incomplete, Search, sharper};
use crate::inert::Watched;
use crate::replay::{Effort, Moment, after_rounds, replay_where, wait_after, way_to};

/// So many steps are played on real dates for one of them.
const MOST_PLAYED: u32 = 4_000;

/// So many steps that get there are tried with rounds before them.
const MOST_STEPS: usize = 24;

/// So many situations are looked at for rules that only tell somebody something; beyond that they are believed.
const MOST_FOR_A_MESSAGE: usize = 5_000;

/// Takes out of what was seen what is not reached after all. Says why where that was too much to find out.
pub(super) fn look(
    search: &Search<'_>,
    seen: &mut Collected,
    watched: &Watched,
    budget: Budget,
) -> Option<Incomplete> {
    let doubtful: Vec<Reached> = seen.uncertain().filter(|what| !is_shown(search, seen, *what)).collect();
    if doubtful.is_empty() || search.incomplete.is_some() {
        return None;
    }
    let mut doubtful = not_by_rounds(search, watched, doubtful);
    if doubtful.is_empty() {
        return None;
    }
    // Whether somebody is only told something changes no case.
    let counts = doubtful.iter().any(|what| leads_on(search, *what));
    let budget = if counts { budget } else { Budget { states: budget.states.min(MOST_FOR_A_MESSAGE) } };
    let mut incomplete = None;
    for mut sharper in sharper(|| Search::new(search.protocol, budget, watched)) {
        let mut again = Collected { until: doubtful.iter().copied().collect(), ..Collected::default() };
        sharper.run(&mut (search.protocol, &mut again));
        incomplete = sharper.incomplete;
        if incomplete.is_none() {
            let missing = doubtful.extract_if(.., |what| again.step_to(*what).is_none());
            missing.for_each(|what| seen.forget(what));
        }
        doubtful.retain(|what| again.step_to(*what).is_none() || !again.certain.contains(what));
        if doubtful.is_empty() {
            return None;
        }
    }
    incomplete.filter(|_| doubtful.iter().any(|what| leads_on(search, *what)))
}

/// Whether there is a history with real dates that gets there.
fn is_shown(search: &Search<'_>, seen: &Collected, what: Reached) -> bool {
    let Some((from, edge)) = seen.step_to(what) else { return false };
    let mut way = from.map_or_else(Vec::new, |from| way_to(search, from));
    // What time brings comes to whoever waits for it, weeks without a visit and all.
    let shows = |moments: &[Moment]| gets_to(moments.iter().flat_map(|moment| &moment.entries), what);
    let waited = || wait_after(search, &way).is_some_and(|history| shows(&history.moments));
    if matches!(edge, Edge::Fired(_)) && waited() {
        return true;
    }
    way.push((edge.clone(), None));
    search.patience.set(MOST_PLAYED);
    let shown = replay_where(search, &way, &shows, Effort::Little);
    search.patience.set(u32::MAX);
    shown.is_some()
}

/// What no case comes to that goes round as often as it takes, as far as that shows.
fn not_by_rounds(search: &Search<'_>, watched: &Watched, doubtful: Vec<Reached>) -> Vec<Reached> {
    let mut again = Search::new(search.protocol, search.budget(), watched);
    again.run_keeping_steps(&mut (search.protocol, &mut Collected::default()));
    let comes = |what: &Reached| {
        let shows = |moments: &[Moment]| gets_to(moments.iter().flat_map(|moment| &moment.entries), *what);
        steps_to(&again, *what).iter().find_map(|step| after_rounds(&again, step, &shows))
    };
    doubtful.into_iter().filter(|what| comes(what).is_none()).collect()
}

/// The steps of a search that has kept them which get there, one from each situation.
fn steps_to(search: &Search<'_>, what: Reached) -> Vec<Step> {
    let mut known = BTreeSet::new();
    let there = search
        .all_taken()
        .filter(|(_, step)| gets_to(step.entries().iter(), what) && known.insert(step.number));
    there.take(MOST_STEPS).map(|(from, step)| (from, step.edge.clone())).collect()
}

fn leads_on(search: &Search<'_>, what: Reached) -> bool {
    !matches!(what, Reached::Rule(id) if search.protocol.rules.row(id).target.is_none())
}

fn gets_to<'e>(mut entries: impl Iterator<Item = &'e Entry>, what: Reached) -> bool {
    entries.any(|entry| match (entry, what) {
        (Entry::RuleFired { rule }, Reached::Rule(own)) => *rule == own,
        (Entry::StageEntered { stage, .. }, Reached::Stage(own)) => *stage == own,
        (Entry::Ended { end }, Reached::End(own)) => *end == own,
        _ => false,
    })
}
