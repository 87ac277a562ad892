//! When a step can happen: how far time can go on before a clock runs out, and which clock runs out first.

use smallvec::SmallVec;
use voordeur_engine::Timer;

use crate::explore::{Mistake, Search, Start};
use crate::held::rank;
use crate::points::DEADLINE;
use crate::situation::{SeriesEnd, When};
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
        let possible = zone.constrain(point, NOW, 0)
            && zone.constrain_on_the_clock(point, NOW, 0)
            && self.let_pass_others(start, &mut zone, (timer, point), midnight);
        possible.then_some((zone, midnight))
    }

    /// No running clock has run out before now.
    fn let_pass(&self, start: &Start<'_>, zone: &mut Zone) -> bool {
        let binding = start.case.timers.iter().filter(|timer| self.binds(timer));
        let binding: Clocks =
            binding.filter_map(|timer| Some((start.points.timer(timer.id)?, 0, -1))).collect();
        let deadline = start.watch.running.then_some((DEADLINE, 0, 0));
        until(zone, &binding.into_iter().chain(deadline).collect())
    }

    /// Clocks that run out at the same midnight, or at one moment of a day, do so in the order of the engine; a deadline of the observer is over
    /// after all of them.
    fn let_pass_others(
        &self,
        start: &Start<'_>,
        zone: &mut Zone,
        (timer, own): (&Timer, usize),
        midnight: bool,
    ) -> bool {
        let others = start.case.timers.iter().filter(|other| other.id != timer.id && self.binds(other));
        let all = others.filter_map(|other| {
            let point = start.points.timer(other.id)?;
            let first = rank(other) < rank(timer);
            let is_tie = midnight && zone.is_midnight(point) || zone.meet(own, point);
            let tick = if first && is_tie { -1 } else { 0 };
            Some((point, tick, if first { -1 } else { 0 }))
        });
        let deadline = start.watch.running.then_some((DEADLINE, 0, 0));
        let all: Clocks = all.chain(deadline).chain([(own, 0, 0)]).collect();
        until(zone, &all)
    }

    /// Whether the deadline of the observer can pass before anything else happens.
    pub(crate) fn can_be_overdue(&self, start: &Start<'_>, zone: &Zone) -> bool {
        let midnight = zone.is_midnight(DEADLINE);
        let mut zone = zone.clone();
        zone.elapse(midnight);
        let others = start.case.timers.iter().filter(|timer| self.binds(timer));
        let points = others.filter_map(|timer| start.points.timer(timer.id));
        let first = |point: usize| if midnight && zone.is_midnight(point) { -1 } else { 0 };
        let all: Clocks = points.map(|point| (point, first(point), -1)).chain([(DEADLINE, 0, 0)]).collect();
        zone.constrain(DEADLINE, NOW, 0)
            && zone.constrain_on_the_clock(DEADLINE, NOW, 0)
            && until(&mut zone, &all)
    }

    fn binds(&self, timer: &Timer) -> bool {
        self.mistake == Mistake::HeldClocksHoldTime || !timer.held && !timer.paused
    }
}

/// The points of clocks, and how much later than each of them now may be at most: in ticks, and in seconds.
type Clocks = SmallVec<[(usize, i32, i32); 16]>;

/// Keeps the moments at which none of these clocks has run out; `false` when there are none.
fn until(zone: &mut Zone, clocks: &Clocks) -> bool {
    zone.until(clocks.iter().map(|(point, ticks, _)| (*point, *ticks)))
        && clocks.iter().all(|(point, _, seconds)| zone.constrain_on_the_clock(NOW, *point, *seconds))
        && zone.agree()
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
        if tie {
            first.precede(*point, *its)
        } else {
            first.constrain(*point, *its, 0) && first.constrain_on_the_clock(*point, *its, 0)
        }
    });
    possible.then_some(first)
}

/// The moments at which a step can happen.
pub(crate) fn at_the_time(zone: &Zone, when: &When) -> Option<Zone> {
    let mut zone = zone.clone();
    let possible = match when.not_before {
        Some(point) if when.early => zone.precede(NOW, point),
        Some(point) => zone.constrain(point, NOW, 0) && zone.constrain_on_the_clock(point, NOW, 0),
        None => true,
    };
    let possible = possible && when.series.is_none_or(|series| series.keep(&mut zone));
    let fits = possible && when.since.iter().all(|limit| zone.ago(limit.point, limit.ticks));
    fits.then_some(zone)
}

impl SeriesEnd {
    /// Keeps the moments at which it is so; `false` when there are none.
    fn keep(self, zone: &mut Zone) -> bool {
        let Self { period, whole, last } = self;
        if last { zone.constrain(whole, period, 0) } else { zone.precede(period, whole) }
    }
}
