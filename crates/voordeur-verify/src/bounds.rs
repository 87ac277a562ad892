//! How soon and how late cases get to each stage and end: bounds in days since the report.

mod shown;

use voordeur_engine::Entry;
use voordeur_protocol::{EndId, Id as _, Protocol, StageId};

use crate::explore::{Budget, Incomplete, MORE_ZONES, MOST_ZONES, Search};
use crate::inert::Watched;
use crate::observe::{Observer, Seen, Watch};
use crate::zone::FREE;

use self::shown::shown;

/// Where a case can get to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Milestone {
    /// Into a stage.
    Stage(StageId),
    /// To an end.
    End(EndId),
}

/// How soon and how late. In whole days since the report, of which the day itself is day 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Where.
    pub milestone: Milestone,
    /// No case gets there sooner; `None` when no case gets there.
    pub earliest: Option<i32>,
    /// No case gets there later; `None` when there is no bound.
    pub latest: Option<i32>,
    /// Whether `earliest` is decided; otherwise a case gets there then, and another one may get there sooner.
    pub is_earliest: bool,
    /// Whether `latest` is decided; otherwise a case gets there then, and another one may get there later.
    pub is_latest: bool,
}

/// So many states are looked at moment by moment. Where cases can go round without end there is no end to those.
const PRECISE: usize = 45_000;

/// With no more situations than so many, a look at each moment by itself takes no long time.
const FEW: usize = 5_000;

/// The bounds of every stage and end, in the order of the file, and why not all of them are decided.
///
/// Each moment by itself shows when a case gets there. Where those are too many, moments are taken together as well: no case is
/// sooner or later than what that shows, and where both say the same it is decided. Teaching weeks are counted by the school
/// calendar of the pathway: on days that it does not cover the schools are open.
#[must_use]
pub fn bounds(protocol: &Protocol, budget: Budget) -> (Vec<Bounds>, Option<Incomplete>) {
    let precise = Budget { states: budget.states.min(PRECISE) };
    let (seen, incomplete) = found(protocol, Search::precisely, precise);
    let Some(why) = incomplete else {
        return (rows(protocol, &seen, |row| row), None);
    };
    // Nobody is sooner than the report.
    let mut all =
        rows(protocol, &seen, |row| Bounds { is_earliest: row.earliest == Some(0), is_latest: false, ..row });
    let (mut outer, mut is_small): (Option<Vec<Bounds>>, bool) = (None, false);
    let mut closer =
        std::iter::once((MOST_ZONES, budget)).chain(MORE_ZONES.map(|zones| (zones, precise.closer())));
    while all.iter().any(|row| !row.is_decided())
        && let Some((zones, budget)) = closer.next()
    {
        let (around, beyond) = found(protocol, |search| search.telling_apart(zones), budget);
        if beyond.is_none() {
            is_small = around.looked <= FEW;
            let around = rows(protocol, &around, |row| row);
            all.iter_mut().zip(&around).for_each(|(row, around)| row.hold_against(*around));
            outer = Some(around);
        }
    }
    if let Some(outer) = outer.filter(|_| all.iter().any(|row| !row.is_decided())) {
        shown(protocol, budget, &mut all, &outer);
    }
    // Nothing else decides it, and there are few situations: all of the budget for each moment by itself.
    if is_small && precise.states < budget.states && all.iter().any(|row| !row.is_decided()) {
        let (seen, beyond) = found(protocol, |search| search.telling_apart(usize::MAX), budget);
        if beyond.is_none() {
            all = rows(protocol, &seen, |row| row);
        }
    }
    let open = all.iter().any(|row| !row.is_decided());
    (all, open.then_some(why))
}

impl Bounds {
    const fn is_decided(&self) -> bool {
        self.is_earliest && self.is_latest
    }

    /// No case is sooner or later than `outer` says: where both say the same it is decided.
    fn hold_against(&mut self, outer: Self) {
        self.is_earliest |= self.earliest == outer.earliest;
        self.is_latest |= self.latest == outer.latest;
    }
}

fn found<'p>(
    protocol: &'p Protocol,
    how: impl Fn(Search<'p>) -> Search<'p>,
    budget: Budget,
) -> (Found, Option<Incomplete>) {
    let mut search = how(searched(protocol, budget).since_report().in_working_days().in_hours().in_chains());
    let (stages, ends) = (vec![None; protocol.stages.len()], vec![None; protocol.ends.len()]);
    let mut found = Found { stages, ends, looked: 0 };
    search.run(&mut found);
    found.looked = search.looked_at();
    (found, search.incomplete)
}

/// A search of all cases, with teaching weeks by the school calendar.
fn searched(protocol: &Protocol, budget: Budget) -> Search<'_> {
    Search::new(protocol, budget, &Watched::default()).with_schools_as_known()
}

/// A row for each stage and end, in the order of the file.
fn rows(protocol: &Protocol, found: &Found, with: impl Fn(Bounds) -> Bounds) -> Vec<Bounds> {
    let stages = protocol.stages.iter().map(|(id, _)| Milestone::Stage(id));
    let ends = protocol.ends.iter().map(|(id, _)| Milestone::End(id));
    stages.chain(ends).map(|milestone| with(row_of(milestone, found.of(milestone)))).collect()
}

fn row_of(milestone: Milestone, ticks: Option<(i32, i32)>) -> Bounds {
    Bounds {
        milestone,
        earliest: ticks.map(|(least, _)| day(least).max(0)),
        latest: ticks.and_then(|(_, most)| (most < FREE).then(|| day(most))),
        is_earliest: true,
        is_latest: true,
    }
}

/// The day of a moment that is so many ticks after something in the course of a day; a midnight is the start of its day.
const fn day(ticks: i32) -> i32 {
    ticks.saturating_add(1).div_euclid(2)
}

struct Found {
    stages: Vec<Option<(i32, i32)>>,
    ends: Vec<Option<(i32, i32)>>,
    /// How many situations were looked at.
    looked: usize,
}

impl Found {
    fn of(&self, milestone: Milestone) -> Option<(i32, i32)> {
        match milestone {
            Milestone::Stage(id) => self.stages.get(id.index()).copied().flatten(),
            Milestone::End(id) => self.ends.get(id.index()).copied().flatten(),
        }
    }
}

impl Observer for Found {
    fn look(&mut self, seen: &Seen<'_>) -> Watch {
        for entry in seen.entries {
            let slot = match entry {
                Entry::StageEntered { stage, .. } => self.stages.get_mut(stage.index()),
                Entry::Ended { end } => self.ends.get_mut(end.index()),
                _ => None,
            };
            if let Some(slot) = slot {
                let (least, most) = seen.since_report;
                *slot = Some(slot.map_or((least, most), |(old, older)| (old.min(least), older.max(most))));
            }
        }
        Watch::default()
    }
}
