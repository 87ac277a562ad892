//! What follows from the moments of a state, one by one: nothing is taken together here. A search may take together the
//! moments at which a case comes by for the first time and for the last; whether it comes by for ever is decided here.

use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::comes::{Comes, Marks};
use crate::explore::{Search, Start};
use crate::held::pending;
use crate::observe::Memory;
use crate::passing::{at_the_time, first_of};
use crate::recipe::Deadline;
use crate::situation::{On, Outcome, Situation, Step};
use crate::ways::Ways;
use crate::zone::{NOW, Zone};

/// So many moments are followed before it is left open.
const MOST: usize = 5_000;

/// The moments of a situation.
type Place = (usize, Zone);

/// A way from one of the places to another, by number, and what comes on it.
pub(crate) type Way = (usize, usize, Marks);

impl Search<'_> {
    /// What comes to a case again and again by itself, within these states; `None` when that was too much.
    #[expect(
        clippy::mutable_key_type,
        reason = "which chains there are is no part of what a zone is compared by"
    )]
    pub(crate) fn comes_for_ever(&self, states: &BTreeSet<usize>) -> Option<BTreeSet<Comes>> {
        let states: Vec<_> = states.iter().filter_map(|at| self.states.get(*at)).collect();
        let within: BTreeSet<usize> = states.iter().map(|state| state.situation).collect();
        let mut places: Vec<Place> = Vec::new();
        let mut known: FxHashMap<Place, usize> = FxHashMap::default();
        let mut ways: Vec<Way> = Vec::new();
        let mut queue: VecDeque<usize> = VecDeque::new();
        let mut number = |place: Place, places: &mut Vec<Place>, queue: &mut VecDeque<usize>| {
            *known.entry(place).or_insert_with_key(|place| {
                places.push(place.clone());
                queue.push_back(places.len() - 1);
                places.len() - 1
            })
        };
        for state in states {
            number((state.situation, state.zone.clone()), &mut places, &mut queue);
        }
        while let Some(at) = queue.pop_front() {
            if places.len() > MOST {
                return None;
            }
            let (situation, zone) = places.get(at)?.clone();
            for (to, zone, marks) in self.following(situation, &zone) {
                if within.contains(&to) {
                    let to = number((to, zone), &mut places, &mut queue);
                    ways.push((at, to, marks));
                }
            }
        }
        Some(comes_in_rounds(places.len(), &ways))
    }

    /// What follows by itself: the situation, its moments, and what comes with it.
    fn following(&self, situation: usize, zone: &Zone) -> Vec<(usize, Zone, Marks)> {
        let mut all = Vec::new();
        let Some(one) = self.situations.get(situation) else { return all };
        for (step, zone) in self.possible(one, zone) {
            let Outcome::Done { to, recipe, .. } = &step.outcome else { continue };
            if step.is_by_itself(self.protocol) {
                let deadline = self.kept.deadline.then_some(Deadline::Gone);
                let zones = recipe.apply(&zone, deadline.as_ref());
                all.extend(zones.into_iter().map(|zone| (*to, zone, step.marks(self.protocol, &self.looks))));
            }
        }
        all
    }

    /// The steps that can be taken, each with the moments at which it can.
    fn possible<'s>(&'s self, one: &'s Situation, zone: &Zone) -> Vec<(&'s Rc<Step>, Zone)> {
        let start = Start { at: None, case: &one.case, points: &one.points, watch: Memory::default() };
        let held = pending(&one.case, &one.points, zone);
        let each = one.steps().iter().flat_map(|(on, steps)| steps.iter().map(move |step| (on, step)));
        each.filter_map(|(on, step)| {
            let zone = match on {
                On::Report if held.is_empty() => self.before_clocks(&start, zone),
                On::Due(timer, midnight) if held.is_empty() => {
                    let timer = one.case.timer(*timer).filter(|timer| !timer.held && !timer.paused)?;
                    let due = self.when_due(&start, zone, timer).filter(|(_, at)| at == midnight);
                    due.map(|(zone, _)| zone)
                }
                On::Due(timer, midnight) if *midnight == zone.is_midnight(NOW) => {
                    let first = held.iter().find(|(own, _)| own.id == *timer)?;
                    first_of(zone, &held, first)
                }
                _ => None,
            };
            Some((step, at_the_time(&zone?, &step.when)?))
        })
        .collect()
    }
}

/// What comes on ways from which there is a way back; what is opened on those that call in nobody.
pub(crate) fn comes_in_rounds(places: usize, ways: &[Way]) -> BTreeSet<Comes> {
    let is_stage = |what: &Comes| matches!(what, Comes::Stage(_));
    let unseen: Vec<Way> =
        ways.iter().filter(|(.., marks)| !marks.contains(&Comes::Escalated)).cloned().collect();
    let stages = comes_back(places, ways).into_iter().filter(is_stage);
    stages.chain(comes_back(places, &unseen)).collect()
}

fn comes_back(places: usize, ways: &[Way]) -> BTreeSet<Comes> {
    let graph = Ways::of(places, || ways.iter().map(|(from, to, _)| (*from, *to)));
    let mut part_of = vec![0; places];
    for (number, part) in graph.parts().enumerate() {
        for at in part {
            part_of.get_mut(at).into_iter().for_each(|slot| *slot = number);
        }
    }
    let round = ways.iter().filter(|(from, to, _)| part_of.get(*from) == part_of.get(*to));
    round.flat_map(|(.., marks)| marks).copied().collect()
}
