//! A step of both versions, or of one of them: at which moments it is made, and which moments there are after it.

use std::rc::Rc;

use voordeur_engine::{Rejection, Status};

use super::clock::{Openings, are_open};
use super::search::{Beside, By, Here, Places};
use super::ties::tied;
use super::unsettled::Told;
use crate::explore::Incomplete;
use crate::passing::at_the_time;
use crate::recipe::{Placed, Recipe, Zones, held_wholes, split};
use crate::situation::{Outcome, Step, When};
use crate::zone::Zone;

/// A step that both make, or one of them.
pub(super) type Both<'s> = [Option<&'s Rc<Step>>; 2];

impl Beside<'_> {
    /// A step is made by both, or by one of them, at the moments of a zone.
    pub(super) fn land(
        &mut self,
        from: Option<usize>,
        here: &[Here; 2],
        steps: Both<'_>,
        zone: &Zone,
        by: &By,
    ) {
        let Some(zone) = timely(here, steps, zone) else { return };
        let mut places: Places = [None, None];
        for ((one, step), to) in here.iter().zip(steps).zip(&mut places) {
            *to = one.at;
            match step.map(|step| &step.outcome) {
                Some(Outcome::Refused(why)) if **why == Rejection::DoesNotSettle => {
                    self.incomplete = Some(Incomplete::Engine);
                }
                Some(Outcome::Done { to: next, .. }) => *to = Some(*next),
                Some(Outcome::Refused(_)) | None => {}
            }
        }
        if is_refused(steps) || self.is_withheld_in_one(here, places) {
            return;
        }
        let before = from.and_then(|from| self.states.get(from)).map_or(0, |state| state.unsettled);
        let Told { unsettled, opened } = self.told(before, steps);
        let settled = unsettled == 0;
        let shared = settled && self.are_alike(places);
        let ways = match self.once_for_both(from, here, steps).filter(|_| shared) {
            Some(recipe) => vec![(true, placed_once(recipe, &zone))],
            None => self.placed((here, steps), (places, settled, shared), zone),
        };
        for (shared, zones) in ways {
            let after = self.here(places, shared);
            let waited = self.has_waited(from, &after);
            for zone in zones {
                for zone in self.by_age(&after, zone) {
                    let at = self.come_to(from, by, (places, shared), unsettled, &after, zone);
                    opened.iter().for_each(|pair| self.note_opened(*pair, (at, waited), &after));
                }
            }
        }
    }

    /// Whether one has ended where the other one begins to wait for a referral that is not looked at: what is not looked at is
    /// open in both or in none.
    fn is_withheld_in_one(&self, before: &[Here; 2], places: Places) -> bool {
        if self.sides.iter().all(|side| side.looks.holders.is_empty()) {
            return false;
        }
        let after = self.here(places, false);
        let ended = |one: &Here| matches!(one.case.status, Status::Ended { .. });
        let waits = |one: &Here| self.waits(one);
        after.iter().any(waits) && after.iter().any(ended) && !before.iter().all(waits)
    }

    /// Keeps where both open something: the first state in which it stays open, or else the first one.
    fn note_opened(&mut self, pair: Openings, (at, waited): (usize, bool), after: &[Here; 2]) {
        let known = if waited { &self.opened_after_waiting } else { &self.opened };
        let known = known.get(&pair).map(|(_, is_open)| *is_open);
        if known == Some(true) {
            return;
        }
        let is_open = are_open(self, after, pair);
        if is_open || known.is_none() {
            let all = if waited { &mut self.opened_after_waiting } else { &mut self.opened };
            all.insert(pair, (at, is_open));
        }
    }

    /// What a step does to the dates of a case that is the same in both versions, where it does the same in both.
    fn once_for_both<'s>(
        &self,
        from: Option<usize>,
        here: &[Here; 2],
        steps: Both<'s>,
    ) -> Option<&'s Recipe> {
        let shared = from.and_then(|from| self.states.get(from)).is_none_or(|state| state.shared);
        debug_assert!(!shared || here.iter().all(|one| one.shift == 0));
        let [Some(old), Some(new)] = steps else { return None };
        match (&old.outcome, &new.outcome) {
            (Outcome::Done { recipe, .. }, Outcome::Done { recipe: other, .. }) if shared => {
                (recipe == other).then_some(recipe)
            }
            _ => None,
        }
    }

    /// The moments after a step, with the dates of both versions; with those of one where it is the same case in both, and
    /// all its dates are.
    fn placed(
        &mut self,
        (here, steps): (&[Here; 2], Both<'_>),
        about: (Places, bool, bool),
        zone: Zone,
    ) -> Vec<(bool, Zones)> {
        let mut ways: Vec<(Zone, Vec<Option<Placed>>)> = vec![(zone, Vec::new())];
        for (one, step) in here.iter().zip(steps) {
            let recipe = match step.map(|step| &step.outcome) {
                Some(Outcome::Done { recipe, .. }) => Some(recipe),
                _ => None,
            };
            let put = |zone: Zone| match recipe {
                Some(recipe) => {
                    let all = recipe.place_in(zone, &|own| one.map(own)).into_iter();
                    all.map(|(zone, placed)| (zone, Some(placed))).collect()
                }
                None => vec![(zone, None)],
            };
            let more = |(zone, placed): (Zone, Vec<Option<Placed>>)| {
                put(zone)
                    .into_iter()
                    .map(move |(zone, one)| (zone, placed.iter().cloned().chain([one]).collect()))
            };
            ways = ways.into_iter().flat_map(more).collect();
        }
        ways.into_iter().map(|way| self.placed_so((here, steps), about, way)).collect()
    }

    /// The moments after a step whose new dates are in a zone.
    fn placed_so(
        &mut self,
        (here, steps): (&[Here; 2], Both<'_>),
        (places, settled, shared): (Places, bool, bool),
        (mut zone, placed): (Zone, Vec<Option<Placed>>),
    ) -> (bool, Zones) {
        self.tie_started(&placed, &mut zone);
        let points = here.iter().zip(&placed).flat_map(|(one, placed)| match placed {
            Some(placed) => placed.points.clone(),
            None => (1..one.len()).map(|own| one.map(own)).collect(),
        });
        let mut zone = zone.keep(points.collect::<Vec<_>>().into_iter());
        let after = self.here(places, false);
        if settled {
            self.tie_twins(&after, &placed, &mut zone);
        }
        let tied = tied(&after, &zone);
        let [old, new] = &after;
        let all = |own: usize| tied.contains(&(own, new.map(own)));
        let shared = shared && (1..old.len()).all(all);
        let held = held(&after);
        for (one, step) in after.iter().zip(steps) {
            if let Some(Outcome::Done { recipe, .. }) = step.map(|step| &step.outcome) {
                recipe.let_go(&mut zone, &|own| one.map(own), &held);
            }
        }
        // How long ago it was may be forgotten, and not that both have it at the same moment.
        tied.into_iter().for_each(|(own, other)| zone.tie(other, (own, (0, 0))));
        if settled {
            self.tie_moments(&after, &mut zone);
        }
        if shared {
            zone = zone.keep(1..old.len());
        }
        let mut unsure = Vec::new();
        for (one, step) in self.here(places, shared).iter().zip(steps) {
            if let Some(Outcome::Done { recipe, .. }) = step.map(|step| &step.outcome) {
                unsure.extend(recipe.unsure().iter().map(|own| one.map(*own)));
            }
        }
        (shared, split(zone, &unsure))
    }
}

/// The clocks that are held in both versions, and where a series is over of which one is: those stand to each other as before, however
/// long they are held.
fn held(both: &[Here; 2]) -> Vec<usize> {
    let own = |one: &Here| {
        let all = one.case.timers.iter().filter(|timer| timer.held && !timer.paused);
        let timers = all.filter_map(|timer| one.points.timer(timer.id));
        let points = timers.chain(held_wholes(&one.points, &one.case));
        points.map(|own| one.map(own)).collect::<Vec<_>>()
    };
    both.iter().flat_map(own).collect()
}

/// The moments after a step that does the same to a case in both versions.
fn placed_once(recipe: &Recipe, zone: &Zone) -> Zones {
    recipe.apply(zone, None)
}

fn is_refused(steps: Both<'_>) -> bool {
    let refused = |step: &Rc<Step>| matches!(step.outcome, Outcome::Refused(_));
    steps.iter().all(|step| step.is_none_or(refused))
}

/// The moments of a zone at which both steps can happen.
fn timely(here: &[Here; 2], steps: Both<'_>, zone: &Zone) -> Option<Zone> {
    let whens = here.iter().zip(steps).filter_map(|(one, step)| Some((one, &step?.when)));
    let mut whens = whens.filter(|(_, when)| **when != When::default());
    whens.try_fold(zone.clone(), |zone, (one, when)| at_the_time(&zone, &mapped(when, one)))
}

fn mapped(when: &When, here: &Here) -> When {
    let mut mapped = when.clone();
    mapped.not_before = mapped.not_before.map(|point| here.map(point));
    if let Some(series) = &mut mapped.series {
        (series.period, series.whole) = (here.map(series.period), here.map(series.whole));
    }
    mapped.since.iter_mut().for_each(|limit| limit.point = here.map(limit.point));
    mapped
}
