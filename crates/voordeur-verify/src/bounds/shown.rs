//! Bounds that case histories with real dates show: where each moment by itself is too much to look at, a history that gets somewhere on the
//! day before which nobody does decides how soon that is, and one that goes round as often as it likes that there is no latest day.

use voordeur_engine::Entry;
use voordeur_protocol::Protocol;

use super::{Bounds, Milestone, searched};
use crate::explore::{Budget, Search};
use crate::observe::Nobody;
use crate::replay::{Moment, goes_round_for_ever, soonest};
use crate::situation::Step;

/// So many ways to one stage or end are played.
const MOST_WAYS: usize = 24;

/// What real dates show of rows that are not decided; `outer` is what no case is sooner or later than.
pub(super) fn shown(protocol: &Protocol, budget: Budget, rows: &mut [Bounds], outer: &[Bounds]) {
    let mut search = searched(protocol, budget);
    search.run_keeping_steps(&mut Nobody);
    if search.incomplete.is_some() {
        return;
    }
    for (row, outer) in rows.iter_mut().zip(outer) {
        if !row.is_earliest {
            row.is_as_soon_as(day_shown(&search, row.milestone), outer.earliest);
        }
        if !row.is_latest && outer.latest.is_none() && outer.earliest.is_some() {
            let comes = |entries: &[Entry]| entries.iter().any(|entry| is_at(entry, row.milestone));
            row.is_latest = goes_round_for_ever(&search, &comes);
            row.latest = row.latest.filter(|_| !row.is_latest);
        }
    }
}

impl Bounds {
    /// A case gets there on this day, and none sooner than on the other.
    fn is_as_soon_as(&mut self, shown: Option<i32>, least: Option<i32>) {
        let Some(shown) = shown else { return };
        self.earliest = Some(self.earliest.map_or(shown, |known| known.min(shown)));
        self.is_earliest = self.earliest == least;
    }
}

/// The soonest day, counted from the report, on which a case is seen to get there when all that is reported is reported at once.
fn day_shown(search: &Search<'_>, milestone: Milestone) -> Option<i32> {
    let comes = |step: &Step| step.entries().iter().any(|entry| is_at(entry, milestone));
    let ways = search.all_taken().filter(|(_, step)| comes(step)).take(MOST_WAYS);
    let day = |moments: &[Moment]| {
        let there = moments.iter().find(|one| one.entries.iter().any(|entry| is_at(entry, milestone)))?;
        let calendar = &search.protocol.calendar;
        Some((calendar.date(there.at) - calendar.date(moments.first()?.at)).get_days())
    };
    ways.filter_map(|(from, step)| soonest(search, &(from, step.edge.clone()), &day)).min()
}

fn is_at(entry: &Entry, milestone: Milestone) -> bool {
    match (entry, milestone) {
        (Entry::StageEntered { stage, .. }, Milestone::Stage(own)) => *stage == own,
        (Entry::Ended { end }, Milestone::End(own)) => *end == own,
        _ => false,
    }
}
