//! What time brings to both versions: a clock runs out in one of them, or in both at the same moment.

use voordeur_engine::Timer;

use super::answer::Side;
use super::search::{Beside, By, Here};
use super::twins::obligation_of;
use crate::held::rank;
use crate::passing::first_of;
use crate::situation::{Outcome, Steps};
use crate::zone::{NOW, Zone};

impl Beside<'_> {
    /// A clock runs out; with one of the other version that runs out at the same moment, where there is one.
    pub(super) fn run_out(
        &mut self,
        at: usize,
        here: &[Here; 2],
        side: Side,
        (timer, point): (&Timer, usize),
        zone: &Zone,
    ) {
        let [_, new] = here;
        let midnight = zone.is_midnight(point);
        if side == Side::New {
            return self.fire(at, here, side, timer, zone);
        }
        let all = new.running().map(|(other, its)| (*other, its));
        let Some((other, its)) = self.partner(here, (timer, point), zone, all) else {
            return self.fire(at, here, side, timer, zone);
        };
        let sooner: Vec<usize> = new
            .running()
            .filter(|(one, own)| {
                *own != its && midnight && zone.is_midnight(*own) && rank(one) < rank(&other)
            })
            .map(|(_, own)| own)
            .collect();
        let mut together = zone.clone();
        if together.until(sooner.iter().map(|own| (*own, -1))) {
            self.fire_both(at, here, (timer, &other), &together);
        }
        for own in sooner {
            let mut apart = zone.clone();
            if apart.constrain(own, NOW, 0) {
                self.fire(at, here, side, timer, &apart);
            }
        }
    }

    /// A clock whose time has come meanwhile; with the one of the new version whose time came at the same moment, where there is one.
    pub(super) fn fire_late(
        &mut self,
        at: usize,
        here: &[Here; 2],
        side: Side,
        (timer, point): &(Timer, usize),
        zone: &Zone,
    ) {
        if side == Side::New {
            return self.fire(at, here, side, timer, zone);
        }
        let [_, new] = here;
        let late = new.pending(zone);
        let partner = self.partner(here, (timer, *point), zone, late.iter().copied());
        // It has its turn as soon as the other one, or each has its own.
        let is_first =
            |one: &(Timer, usize)| first_of(zone, &late, one).is_some_and(|first| first.includes(zone));
        match partner.filter(is_first) {
            Some((other, _)) => self.fire_both(at, here, (timer, &other), zone),
            None => self.fire(at, here, side, timer, zone),
        }
    }

    /// The clock of the new version that runs out at the same moment as one of the old version, and is of the same.
    fn partner(
        &self,
        [old, new]: &[Here; 2],
        (timer, point): (&Timer, usize),
        zone: &Zone,
        mut all: impl Iterator<Item = (Timer, usize)>,
    ) -> Option<(Timer, usize)> {
        let reader = self.reader;
        let own = obligation_of(reader, Side::Old, &old.case, timer);
        all.find(|(other, its)| {
            (zone.bound(point, *its), zone.bound(*its, point)) == (0, 0)
                && timer.kind.rank() == other.kind.rank()
                && own == obligation_of(reader, Side::New, &new.case, other)
        })
    }

    pub(super) fn fire_both(
        &mut self,
        at: usize,
        here: &[Here; 2],
        (old, new): (&Timer, &Timer),
        zone: &Zone,
    ) {
        let midnight = zone.is_midnight(NOW);
        let [first, second] = here;
        let (Some(there), Some(now)) = (first.at, second.at) else { return };
        let before = self.side(Side::Old).due(there, old, midnight);
        let after = self.side(Side::New).due(now, new, midnight);
        let in_both = self.are_same_steps(here, (&before, &after));
        for (number, one) in before.iter().enumerate() {
            for other in
                after.iter().skip(if in_both { number } else { 0 }).take(if in_both { 1 } else { usize::MAX })
            {
                self.land(Some(at), here, [Some(one), Some(other)], zone, &By::TimeWentBy);
            }
        }
    }

    /// Whether the same comes, step by step, of a case that is the same in both versions: then what comes in the one comes in the
    /// other. Where the day is looked at a step stands for several days, which need not be the same ones.
    pub(super) fn are_same_steps(&mut self, here: &[Here; 2], (old, new): (&Steps, &Steps)) -> bool {
        let shared = here.iter().all(|one| one.shift == 0) && here.iter().all(|one| one.at.is_some());
        let days = self.sides.iter().any(|side| side.looks_at_days);
        shared
            && !days
            && old.len() == new.len()
            && old.iter().zip(new.iter()).all(|(one, other)| {
                one.when == other.when
                    && match (&one.outcome, &other.outcome) {
                        (Outcome::Refused(_), Outcome::Refused(_)) => true,
                        (Outcome::Done { to, recipe, .. }, Outcome::Done { to: next, recipe: its, .. }) => {
                            recipe == its && self.are_alike([Some(*to), Some(*next)])
                        }
                        _ => false,
                    }
            })
    }

    pub(super) fn fire(&mut self, at: usize, here: &[Here; 2], side: Side, timer: &Timer, zone: &Zone) {
        let [old, new] = here;
        let Some(place) = (if side == Side::Old { old.at } else { new.at }) else { return };
        let steps = self.side(side).due(place, timer, zone.is_midnight(NOW));
        for step in steps.iter() {
            let both = if side == Side::Old { [Some(step), None] } else { [None, Some(step)] };
            self.land(Some(at), here, both, zone, &By::TimeWentBy);
        }
    }

    /// At a moment at which something is said by one version alone: whatever else time brings at it comes first.
    pub(super) fn same_tick(&mut self, at: usize, here: &[Here; 2], zone: &Zone) {
        for one in here {
            for (timer, point) in one.running() {
                let mut due = zone.clone();
                let now = due.constrain(point, NOW, 0) && due.constrain(NOW, point, 0);
                if now && due.until(before(here, one.side, (timer, point), zone)) {
                    self.run_out(at, here, one.side, (timer, point), &due);
                }
            }
        }
        let mut over = zone.clone();
        let others: Vec<(usize, i32)> =
            here.iter().flat_map(Here::running).map(|(_, point)| (point, -1)).collect();
        if over.until(others.into_iter()) {
            self.tell(at);
        }
    }
}

/// Before which moments a clock must run out: those of its own version in the order of the engine, those of the other
/// version not before it. At one moment the old version goes first.
pub(super) fn before(
    here: &[Here],
    side: Side,
    (timer, own): (&Timer, usize),
    zone: &Zone,
) -> std::vec::IntoIter<(usize, i32)> {
    let midnight = zone.is_midnight(own);
    let mut all = vec![(own, 0)];
    for one in here {
        for (other, point) in one.running().filter(|(_, point)| *point != own) {
            let both = midnight == zone.is_midnight(point);
            let first =
                if one.side == side { midnight && rank(other) < rank(timer) } else { side == Side::New };
            all.push((point, if both && first { -1 } else { 0 }));
        }
    }
    all.into_iter()
}
