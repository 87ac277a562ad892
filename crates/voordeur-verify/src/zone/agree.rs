//! What is known on the clock, held against what is known in days: two terms of four hours are over before the second midnight, though each
//! of them may pass one; and a term of three days is over at most so many hours after what comes in the course of its first day.
//!
//! ```text
//!   a midnight is the start of its day; what comes in the course of a day comes less than 24 hours after that
//!   ticks ──▶ at most so many seconds       seconds ──▶ at most so many ticks
//! ```
//!
//! A day has 24 hours here, as everywhere in a zone.

use super::{FREE, Zone};
use crate::apart::Apart;

/// Seconds in a day.
const DAY: i32 = 24 * 3600;

/// So many days are told apart on the clock at least.
const FEW_DAYS: i32 = 3;

/// So many of the longest terms, one after the other, fit.
const IN_A_ROW: i32 = 3;

/// Ticks of more days than so many say nothing on the clock.
const MOST_TICKS: i32 = 2 * 3_000;

impl Zone {
    /// The same, with what is known on the clock, held against the days: so far that some of the longest terms, in seconds, fit.
    pub(crate) fn with_hours_and_days(mut self, longest: i32) -> Self {
        let longest = longest.saturating_mul(IN_A_ROW).max(FEW_DAYS * DAY);
        self.hours = Some(Box::new(Apart::new(longest)));
        self.agrees = true;
        self
    }

    /// Keeps what both allow, where they are held against each other; `false` when nothing is left.
    pub(crate) fn agree(&mut self) -> bool {
        !self.agrees || self.on_the_clock_as_in_days() && self.in_days_as_on_the_clock()
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let len = self.len();
        (0..len).flat_map(move |i| (0..len).filter(move |j| *j != i).map(move |j| (i, j)))
    }

    fn on_the_clock_as_in_days(&mut self) -> bool {
        self.pairs().all(|(i, j)| {
            let ticks = self.bound(i, j);
            if ticks.abs() > MOST_TICKS {
                return true;
            }
            let in_a_day = i32::from(!self.is_midnight(i)) + i32::from(!self.is_midnight(j));
            self.constrain_on_the_clock(i, j, (ticks + in_a_day) / 2 * DAY)
        })
    }

    fn in_days_as_on_the_clock(&mut self) -> bool {
        self.pairs().all(|(i, j)| {
            let seconds = self.hours.as_ref().map_or(FREE, |hours| hours.bound(i, j));
            if seconds >= FREE {
                return true;
            }
            let whole = 2 * seconds.div_euclid(DAY);
            let begun = 2 * (seconds + DAY - 1).div_euclid(DAY);
            let ticks = match (self.is_midnight(i), self.is_midnight(j)) {
                (true, true) => whole,
                (false, true) => whole + 1,
                (true, false) => begun - 1,
                (false, false) => begun,
            };
            self.constrain(i, j, ticks)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::DAY;
    use crate::zone::{NOW, Zone};

    const HOUR: i32 = 3600;

    #[test]
    fn two_terms_of_some_hours_pass_one_midnight() {
        let mut zone = Zone::new().with_hours_and_days(4 * HOUR);
        let first = zone.add(NOW, (0, 2), false);
        zone.place_on_the_clock(first, NOW, 4 * HOUR);
        let second = zone.add(first, (0, 2), false);
        zone.place_on_the_clock(second, first, 4 * HOUR);
        assert_eq!(zone.bound(second, NOW), 4);
        assert!(zone.agree());
        assert_eq!(zone.bound(second, NOW), 2);
    }

    #[test]
    fn the_end_of_a_day_is_a_day_later_at_most() {
        let mut zone = Zone::new().with_hours_and_days(4 * HOUR);
        let end = zone.add(NOW, (3, 3), true);
        assert!(zone.agree());
        assert!(
            zone.may_be_on_the_clock(end, NOW, 2 * DAY) && !zone.may_be_on_the_clock(end, NOW, 2 * DAY + 1)
        );
        // And no sooner than what is left of today, and a day.
        assert!(!zone.constrain_on_the_clock(end, NOW, DAY - 1));
    }

    #[test]
    fn a_day_and_more_is_another_day() {
        let mut zone = Zone::new().with_hours_and_days(DAY);
        let later = zone.add(NOW, (0, 20), false);
        assert!(zone.constrain_on_the_clock(NOW, later, -DAY) && zone.agree());
        assert_eq!(zone.bound(NOW, later), -2);
    }
}
