//! Clocks whose time came while they were held, and the order in which clocks run out.

use voordeur_engine::{Case, Timer};

use crate::points::Points;
use crate::zone::{NOW, Zone};

/// The order of clocks that run out at the same midnight: that of the engine.
pub(crate) fn rank(timer: &Timer) -> impl Ord {
    (timer.order().1, timer.order().2, timer.id)
}

/// The clocks whose time came while they were held: they come before anything else.
pub(crate) fn pending(case: &Case, points: &Points, zone: &Zone) -> Vec<(Timer, usize)> {
    let running = case.timers.iter().filter(|timer| !timer.held && !timer.paused);
    running
        .filter_map(|timer| Some((*timer, points.timer(timer.id)?)))
        .filter(|(_, point)| zone.bound(*point, NOW) < 0 || zone.is_before_on_the_clock(*point, NOW))
        .collect()
}

/// Which clocks' time came while they were held, as bits: moments at which it came and at which it has still to come
/// are never taken together.
pub(crate) fn overdue(case: &Case, points: &Points, zone: &Zone) -> u64 {
    pending(case, points, zone).iter().fold(0, |bits, (_, point)| bits | 1 << (point % 64))
}
