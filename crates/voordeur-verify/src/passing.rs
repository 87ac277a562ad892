//! When a step can happen: how far time can go on before a clock runs out, and which clock runs out first.

use smallvec::SmallVec;
use voordeur_engine::Timer;

use crate::covered::is_running;
use crate::explore::{Mistake, Search, Start};
use crate::held::rank;
use crate::points::DEADLINE;
use crate::situation::When;
use crate::zone::{NOW, Zone};

impl Search<'_> {
    /// Something happens in the course of a day, before any clock has run out.
    pub(crate) fn before_clocks(&self, start: &Start<'_>, zone: &Zone) -> Option<Zone> {
        let mut zone = zone.clone();
        zone.elapse(false);
        self.let_pass(start, &mut zone).then_some(zone)
    }

    /// A clock runs out before all others, and whether at a midnight.
    pub(crate) fn when_due(&self, start: &Start<'_>, zone: &Zone, timer: &Timer) -> Option<(Zone, bool)> {
        let point = start.points.timer(timer.id)?;
        let midnight = zone.is_midnight(point);
        let mut zone = zone.clone();
        zone.elapse(midnight);
        let possible =
            zone.constrain(point, NOW, 0) && self.let_pass_others(start, &mut zone, (timer, point), midnight);
        possible.then_some((zone, midnight))
    }

    /// No running clock has run out before now.
    fn let_pass(&self, start: &Start<'_>, zone: &mut Zone) -> bool {
        let binding = start.case.timers.iter().filter(|timer| self.binds(timer));
        let binding = binding.filter_map(|timer| start.points.timer(timer.id));
        zone.until(binding.chain(start.watch.running.then_some(DEADLINE)).map(|point| (point, 0)))
    }

    /// Clocks that run out at the same midnight do so in the order of the engine; a deadline of the observer is over
    /// after all of them.
    fn let_pass_others(
        &self,
        start: &Start<'_>,
        zone: &mut Zone,
        (timer, own): (&Timer, usize),
        midnight: bool,
    ) -> bool {
        let others = start.case.timers.iter().filter(|other| other.id != timer.id && self.binds(other));
        let all: SmallVec<[(usize, i32); 16]> = others
            .filter_map(|other| {
                let point = start.points.timer(other.id)?;
                let first = rank(other) < rank(timer) && midnight && zone.is_midnight(point);
                Some((point, if first { -1 } else { 0 }))
            })
            .collect();
        let deadline = start.watch.running.then_some((DEADLINE, 0));
        zone.until(all.into_iter().chain(deadline).chain([(own, 0)]))
    }

    /// Whether the deadline of the observer can pass before anything else happens.
    pub(crate) fn can_be_overdue(&self, start: &Start<'_>, zone: &Zone) -> bool {
        if start.watch.covered_by.is_some_and(|of| is_running(self.protocol, start.case, of)) {
            return false;
        }
        let midnight = zone.is_midnight(DEADLINE);
        let mut zone = zone.clone();
        zone.elapse(midnight);
        let others = start.case.timers.iter().filter(|timer| self.binds(timer));
        let points = others.filter_map(|timer| start.points.timer(timer.id));
        let all: SmallVec<[(usize, i32); 16]> =
            points.map(|point| (point, if midnight && zone.is_midnight(point) { -1 } else { 0 })).collect();
        zone.constrain(DEADLINE, NOW, 0) && zone.until(all.into_iter().chain([(DEADLINE, 0)]))
    }

    fn binds(&self, timer: &Timer) -> bool {
        self.mistake == Mistake::HeldClocksHoldTime || !timer.held && !timer.paused
    }
}

/// Of clocks whose time came while they were held one that runs out first.
pub(crate) fn first_of(
    zone: &Zone,
    pending: &[(Timer, usize)],
    (timer, point): &(Timer, usize),
) -> Option<Zone> {
    let mut first = zone.clone();
    let possible = pending.iter().filter(|(other, _)| other.id != timer.id).all(|(other, its)| {
        let before = rank(other) < rank(timer);
        let tie = before && first.is_midnight(*point) == first.is_midnight(*its);
        first.constrain(*point, *its, if tie { -1 } else { 0 })
    });
    possible.then_some(first)
}

/// The moments at which a step can happen.
pub(crate) fn at_the_time(zone: &Zone, when: &When) -> Option<Zone> {
    let mut zone = zone.clone();
    let possible = match when.not_before {
        Some(point) if when.early => zone.constrain(NOW, point, -1),
        Some(point) => zone.constrain(point, NOW, 0),
        None => true,
    };
    let fits = possible && when.since.iter().all(|limit| zone.ago(limit.point, limit.ticks));
    fits.then_some(zone)
}
