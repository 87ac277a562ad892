//! Rounds that a case can go as often as it likes: the time since the report is then without bound.
//!
//! Where a round leads back to the same situation, at the same moments and some time later, it can be gone once more from
//! there, and so on. Only the time since the report tells one round from the next, and as long as nothing is decided by it,
//! there is no need to go them one by one. Where a term counts from the report, no step of the round may start one. Nothing here
//! decides what can happen.

use voordeur_protocol::model::Start;

use crate::explore::{Search, Way};
use crate::observe::Memory;
use crate::situation::{Outcome, Step};
use crate::states::State;
use crate::zone::{FREE, NOW, Zone};

impl Search<'_> {
    /// The moments at which a case comes to a situation, and where it came from there by a round: these and all later ones.
    pub(crate) fn pumped(
        &self,
        way: &Way<'_>,
        (situation, watch): (usize, Memory),
        mut zone: Zone,
        report: Option<usize>,
    ) -> Zone {
        let counts = self.kept.report && self.is_precise() && !self.asks_how_long_ago_the_report_was();
        let Some(report) = report.filter(|report| counts && zone.bound(NOW, *report) < FREE) else {
            return zone;
        };
        let before = std::iter::successors(self.state(way.from), |state| self.state(state.from));
        let steps = std::iter::once(way.step).chain(before.clone().map(|state| &state.by));
        let mut round = before.zip(steps).take_while(|(state, step)| !self.counts_from_report(state, step));
        let is_round = |state: &State| {
            (state.situation, state.watch) == (situation, watch)
                && zone.is_later_round_of(&state.zone, report)
        };
        if round.any(|(state, _)| is_round(state)) {
            zone.release(report);
        }
        zone
    }

    /// Whether these are moments any time after the report, where that is asked for. They go first: they stand for all sooner ones, and of
    /// those none has to be looked at then.
    pub(crate) fn is_any_time_later(&self, zone: &Zone, report: Option<usize>) -> bool {
        let is_free = |report| zone.bound(NOW, report) >= FREE;
        self.kept.report && self.is_precise() && report.is_some_and(is_free)
    }

    fn asks_how_long_ago_the_report_was(&self) -> bool {
        self.looks.since.iter().any(|source| source.start == Start::Report)
    }

    /// Whether a step from a state starts a term that counts from the report.
    fn counts_from_report(&self, state: &State, step: &Step) -> bool {
        let report = self.situations.get(state.situation).and_then(|one| one.points.report());
        match (&step.outcome, report) {
            (Outcome::Done { recipe, .. }, Some(report)) => recipe.counts_from(report),
            _ => false,
        }
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
        // How long it took from there is known of one round only.
        self.forget_chains();
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
