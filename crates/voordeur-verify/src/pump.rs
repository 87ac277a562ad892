//! Rounds that a case can go as often as it likes: the time since the report is then without bound.
//!
//! Where a round leads back to the same situation, at the same moments and some time later, it can be gone once more from
//! there, and so on. Only the time since the report tells one round from the next, and as long as nothing is decided by it,
//! there is no need to go them one by one. Nothing here decides what can happen.

use crate::explore::Search;
use crate::observe::Memory;
use crate::states::State;
use crate::zone::{FREE, NOW, Zone};

impl Search<'_> {
    /// The moments at which a case comes to a situation, and where it came from there by a round: these and all later ones.
    pub(crate) fn pumped(
        &self,
        from: Option<usize>,
        (situation, watch): (usize, Memory),
        mut zone: Zone,
        report: Option<usize>,
    ) -> Zone {
        let counts = self.kept.report && !self.looks.report && self.is_precise();
        let Some(report) = report.filter(|report| counts && zone.bound(NOW, *report) < FREE) else {
            return zone;
        };
        let mut before = std::iter::successors(self.state(from), |state| self.state(state.from));
        let is_round = |state: &State| {
            (state.situation, state.watch) == (situation, watch)
                && zone.is_later_round_of(&state.zone, report)
        };
        if before.any(is_round) {
            zone.release(report);
        }
        zone
    }

    fn state(&self, at: Option<usize>) -> Option<&State> {
        self.states.get(at?)
    }
}

impl Zone {
    /// Whether these are all moments of another zone and maybe more, but for a point that is longer ago by the same time in
    /// each of them.
    fn is_later_round_of(&self, before: &Self, point: usize) -> bool {
        if !self.is_like(before) || !self.includes_on_the_clock(before) {
            return false;
        }
        let others = || (0..self.len()).filter(|other| *other != point);
        let longer = |other: usize| match before.bound(other, point) {
            FREE.. => None,
            bound => Some(self.bound(other, point) - bound),
        };
        // An even number of ticks: a midnight stays a midnight.
        let Some(later) = others().filter_map(longer).min().map(|ticks| ticks - ticks.rem_euclid(2)) else {
            return false;
        };
        let same = |i: usize, j: usize| self.bound(i, j) >= before.bound(i, j);
        let follows = |other: usize| match self.bound(point, other) {
            FREE.. => true,
            bound => before.bound(point, other) < FREE && bound >= before.bound(point, other) - later,
        };
        later > 0 && others().all(|i| follows(i) && others().all(|j| same(i, j)))
    }

    /// Lets a point be any longer ago than it is.
    fn release(&mut self, point: usize) {
        (0..self.len()).filter(|other| *other != point).for_each(|other| self.set(other, point, FREE));
    }
}

#[cfg(test)]
mod tests {
    use crate::zone::{FREE, NOW, Zone};

    /// A zone in which a case was reported so many ticks ago, with a clock that runs out in so many.
    fn moments(ago: (i32, i32), due: (i32, i32)) -> Zone {
        let mut zone = Zone::new();
        zone.add(NOW, (-ago.1, -ago.0), false);
        zone.add(NOW, due, true);
        zone
    }

    #[test]
    fn the_same_moments_some_days_later_are_another_round() {
        let before = moments((0, 20), (1, 9));
        assert!(moments((0, 24), (1, 9)).is_later_round_of(&before, 1));
        assert!(moments((2, 24), (1, 11)).is_later_round_of(&before, 1));
    }

    #[test]
    fn fewer_moments_or_none_later_are_no_round() {
        let before = moments((0, 20), (1, 9));
        assert!(!moments((0, 20), (1, 9)).is_later_round_of(&before, 1));
        assert!(!moments((0, 24), (1, 7)).is_later_round_of(&before, 1));
        assert!(!moments((6, 24), (1, 9)).is_later_round_of(&before, 1));
    }

    #[test]
    fn what_is_released_can_be_any_longer_ago_and_no_less() {
        let mut zone = moments((4, 20), (1, 9));
        zone.release(1);
        assert_eq!((zone.bound(NOW, 1), zone.bound(1, NOW)), (FREE, -4));
    }
}
