//! What only seems to be reached. Where a situation can be met at very many moments, the search takes them together with all
//! that lies between: nothing is missed, and a little may be seen that never comes. What was seen there alone is looked for
//! with real dates, and where none are found, in all cases once more, with every moment by itself.

use voordeur_engine::Entry;

use crate::collect::{Collected, Reached};
use crate::edge::Edge;
use crate::explore::{Budget, Incomplete, Search};
use crate::inert::Watched;
use crate::replay::{Effort, Moment, replay_where, wait_after, way_to};

/// So many steps are played on real dates for one of them.
const MOST_PLAYED: u32 = 4_000;

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
    let counts = doubtful.iter().any(|what| leads_on(search, *what));
    // Whether somebody is only told something changes no case.
    let budget = if counts { budget } else { Budget { states: budget.states.min(MOST_FOR_A_MESSAGE) } };
    let mut precise = Search::new(search.protocol, budget, watched).precisely();
    let mut again = Collected { until: doubtful.iter().copied().collect(), ..Collected::default() };
    precise.run(&mut (search.protocol, &mut again));
    let missing = doubtful.into_iter().filter(|what| again.step_to(*what).is_none());
    let missing: Vec<Reached> = missing.collect();
    if precise.incomplete.is_some() {
        let leads_on = missing.iter().any(|what| leads_on(search, *what));
        return precise.incomplete.filter(|_| leads_on);
    }
    missing.into_iter().for_each(|what| seen.forget(what));
    None
}

/// Whether there is a history with real dates that gets there.
fn is_shown(search: &Search<'_>, seen: &Collected, what: Reached) -> bool {
    let Some((from, edge)) = seen.step_to(what) else { return false };
    let mut way = from.map_or_else(Vec::new, |from| way_to(search, from));
    // What time brings comes to whoever waits for it, weeks without a visit and all.
    let waited = || wait_after(search, &way).is_some_and(|history| gets_to(&history.moments, what));
    if matches!(edge, Edge::Fired(_)) && waited() {
        return true;
    }
    way.push((edge.clone(), None));
    search.patience.set(MOST_PLAYED);
    let shown = replay_where(search, &way, &|moments| gets_to(moments, what), Effort::Little);
    search.patience.set(u32::MAX);
    shown.is_some()
}

fn leads_on(search: &Search<'_>, what: Reached) -> bool {
    !matches!(what, Reached::Rule(id) if search.protocol.rules.row(id).target.is_none())
}

fn gets_to(moments: &[Moment], what: Reached) -> bool {
    moments.iter().flat_map(|moment| &moment.entries).any(|entry| match (entry, what) {
        (Entry::RuleFired { rule }, Reached::Rule(own)) => *rule == own,
        (Entry::StageEntered { stage, .. }, Reached::Stage(own)) => *stage == own,
        (Entry::Ended { end }, Reached::End(own)) => *end == own,
        _ => false,
    })
}
