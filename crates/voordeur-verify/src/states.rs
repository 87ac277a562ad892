//! The states of a search, and which moments of one situation are told apart.

use std::rc::Rc;

use crate::observe::Memory;
use crate::situation::Step;
use crate::zone::Zone;

/// So often moments are taken together before it is done in ever larger steps, so that it comes to an end.
const MOST_HULLS: u32 = 6;

/// The same where all moments of a situation are taken together anyway.
const FEW_HULLS: u32 = 2;

/// So often it is done in larger steps before what still grows is let go: two distances can make each other larger without end.
const MOST_WIDER: u32 = 100;

/// So often before all that stands to what still grows is let go as well.
const MOST_RELEASED: u32 = 2 * MOST_WIDER;

/// A state.
#[derive(Debug)]
pub(crate) struct State {
    /// What it has in common with states at other moments.
    pub(crate) situation: usize,
    pub(crate) zone: Zone,
    /// What the observer remembers.
    pub(crate) watch: Memory,
    /// The state from which it was reached first; `None` for a report through a trigger.
    pub(crate) from: Option<usize>,
    /// The step by which it was reached first.
    pub(crate) by: Rc<Step>,
    /// The states after it; and whether anybody works towards them.
    pub(crate) next: Vec<(usize, bool)>,
    /// Whether no clock runs and nothing is left to report: the case has ended.
    pub(crate) ended: bool,
    /// Whether it still has to be looked at.
    pub(crate) waiting: bool,
    /// Whether a case really gets to each of its moments: none was taken together with others on the way here.
    pub(crate) exact: bool,
    /// Whether it was looked at before.
    pub(crate) looked_at: bool,
}

/// States of one situation.
#[derive(Debug, Default)]
pub(crate) struct Same {
    pub(crate) states: Vec<usize>,
    /// How often moments were taken together.
    widened: u32,
    /// The distances that have become larger since that was often.
    grown: Grown,
}

/// Which distances between two points have become larger.
#[derive(Debug, Default)]
struct Grown(Vec<bool>);

impl Grown {
    fn add(&mut self, before: &Zone, after: &Zone) {
        let len = before.len();
        self.0.resize(len * len, false);
        let pairs = (0..len).flat_map(|i| (0..len).map(move |j| (i, j)));
        for (slot, (i, j)) in self.0.iter_mut().zip(pairs) {
            *slot |= after.bound(i, j) > before.bound(i, j);
        }
    }

    fn has(&self, (i, j): (usize, usize), len: usize) -> bool {
        self.0.get(i * len + j).copied().unwrap_or(true)
    }
}

/// Where a zone belongs.
pub(crate) enum Place {
    /// Among the moments of a state.
    Known(usize),
    /// With the moments of a state.
    Wider(usize, Zone),
    /// Instead of the moments of a state that nobody has looked at yet, which are among them.
    Instead(usize, Zone),
    /// In a state of its own.
    New(Zone),
}

/// A state with its moments.
pub(crate) trait Moments {
    fn zone(&self) -> &Zone;
    /// Whether it still has to be looked at.
    fn waits(&self) -> bool;
}

impl Moments for State {
    fn zone(&self) -> &Zone {
        &self.zone
    }
    fn waits(&self) -> bool {
        self.waiting
    }
}

/// Where a zone belongs among those of the same situation.
pub(crate) fn place(states: &[impl Moments], same: &mut Same, most: usize, zone: Zone) -> Place {
    let each = || same.states.iter().filter_map(|at| Some((*at, states.get(*at)?)));
    if let Some((at, _)) = each().find(|(_, known)| known.zone().includes(&zone)) {
        return Place::Known(at);
    }
    // What nobody has looked at yet need not be looked at for fewer moments.
    if let Some((at, _)) = each().find(|(_, known)| known.waits() && zone.includes(known.zone())) {
        return Place::Instead(at, zone);
    }
    match same.states.last() {
        // One zone for all: more moments than there really are, and still none that is left out.
        Some(last) if same.states.len() >= most => {
            let all = each().map(|(_, state)| state.zone()).fold(zone, Zone::hull);
            let hulls = if most == 1 { FEW_HULLS } else { MOST_HULLS };
            let at = *last;
            Place::Wider(at, same.together(states.get(at), all, hulls))
        }
        _ => Place::New(zone),
    }
}

impl Same {
    /// The moments of a state and these, taken together once more.
    fn together(&mut self, last: Option<&impl Moments>, all: Zone, hulls: u32) -> Zone {
        self.widened += 1;
        let Some(last) = last.map(Moments::zone).filter(|_| self.widened > hulls) else { return all };
        self.grown.add(last, &all);
        let (wide, all_of_it) = (last.widened(&all), self.widened > MOST_RELEASED);
        let wide = if self.widened <= MOST_WIDER {
            wide
        } else {
            wide.released(last, |i, j| all_of_it || self.grown.has((i, j), last.len()))
        };
        // Some distances are let go that follow from others: those stay let go, or it would be done again without end.
        wide.hull(&all)
    }
}
