//! How soon and how late cases get to each stage and end: bounds in days since the report.

use voordeur_engine::Entry;
use voordeur_protocol::{EndId, Id as _, Protocol, StageId};

use crate::explore::{Budget, Incomplete, Search};
use crate::inert::Watched;
use crate::observe::{Observer, Seen, Watch};
use crate::zone::FREE;

/// Where a case can get to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

/// The bounds of every stage and end, in the order of the file, and why not everything was looked at.
#[must_use]
pub fn bounds(protocol: &Protocol, budget: Budget) -> (Vec<Bounds>, Option<Incomplete>) {
    let mut search = Search::new(protocol, budget, &Watched::default()).since_report();
    let mut found =
        Found { stages: vec![None; protocol.stages.len()], ends: vec![None; protocol.ends.len()] };
    search.run(&mut found);
    let row = |milestone, ticks: Option<(i32, i32)>| Bounds {
        milestone,
        earliest: ticks.map(|(least, _)| least.div_euclid(2).max(0)),
        latest: ticks.and_then(|(_, most)| (most < FREE).then(|| most.saturating_add(1).div_euclid(2))),
    };
    let stages = protocol.stages.iter().map(|(id, _)| Milestone::Stage(id)).zip(found.stages);
    let ends = protocol.ends.iter().map(|(id, _)| Milestone::End(id)).zip(found.ends);
    let rows = stages.chain(ends).map(|(milestone, ticks)| row(milestone, ticks)).collect();
    (rows, search.incomplete)
}

struct Found {
    stages: Vec<Option<(i32, i32)>>,
    ends: Vec<Option<(i32, i32)>>,
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
