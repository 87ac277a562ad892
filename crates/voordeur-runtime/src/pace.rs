//! How much is written together: as much as takes a moment, so that whoever reports something meanwhile waits for no longer.

use std::collections::VecDeque;

use jiff::Timestamp;
use voordeur_store::{ClaimedTimer, TimerClaim};

/// How long a batch may take, in milliseconds. A command waits for the one that is being written, and perhaps for one more.
const SLOW: i64 = 30;

/// A batch that took less could have been larger.
const QUICK: i64 = 20;

/// How many cases a batch has at first, at least and at most. Fewer gain nothing: what they take is the wait for the disk, and for
/// the commands that are written in between.
const FIRST: usize = 256;
const LEAST: usize = 64;
const MOST: usize = 512;

/// How many cases go into the next batch. Without a clock (time is virtual) it stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace(usize);

impl Default for Pace {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl Pace {
    pub(crate) const fn size(self) -> usize {
        self.0
    }

    /// So many cases took so long.
    pub(crate) fn took(&mut self, cases: usize, since: Timestamp, now: Timestamp) {
        let millis = now.as_millisecond().saturating_sub(since.as_millisecond());
        if millis > SLOW {
            self.0 = (self.0 / 4).saturating_mul(3).max(LEAST);
        } else if millis < QUICK && cases >= self.0 {
            self.0 = self.0.saturating_add(self.0 / 4).min(MOST);
        }
    }
}

/// The claims of one case.
pub(crate) type OfCase = (i64, Vec<TimerClaim>);

/// Timers that were claimed, by case, oldest first.
pub(crate) fn by_case(claimed: &[ClaimedTimer]) -> VecDeque<OfCase> {
    let mut all: VecDeque<OfCase> = VecDeque::new();
    let mut place = std::collections::BTreeMap::new();
    for timer in claimed {
        let position = *place.entry(timer.case_id).or_insert(all.len());
        if position >= all.len() {
            all.push_back((timer.case_id, Vec::new()));
        }
        if let Some((_, claims)) = all.get_mut(position) {
            claims.push(timer.claim);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(millis).expect("a moment")
    }

    #[test]
    fn batches_shrink_until_they_take_a_moment_and_grow_again() {
        let mut pace = Pace::default();
        // A case takes a fifth of a millisecond: 150 of them fit.
        for _ in 0..20 {
            let took = i64::try_from(pace.size() / 5).expect("small");
            pace.took(pace.size(), at(0), at(took));
        }
        assert!((96..=155).contains(&pace.size()), "{pace:?}");
        for _ in 0..20 {
            pace.took(pace.size(), at(0), at(1));
        }
        assert_eq!(pace.size(), MOST);
        // What was not full says nothing; a clock that went back says it was quick.
        pace.took(3, at(0), at(1));
        pace.took(pace.size(), at(50), at(1));
        assert_eq!(pace.size(), MOST);
        for _ in 0..90 {
            pace.took(pace.size(), at(0), at(900));
        }
        assert_eq!(pace.size(), LEAST);
    }

    #[test]
    fn timers_of_one_case_stay_together_oldest_first() {
        let timer =
            |case_id, timer| ClaimedTimer { case_id, due_at: timer, claim: TimerClaim { timer, epoch: 1 } };
        let all = by_case(&[timer(7, 1), timer(3, 2), timer(7, 3)]);
        let all: Vec<(i64, Vec<i64>)> = all
            .into_iter()
            .map(|(case, claims)| (case, claims.iter().map(|claim| claim.timer).collect()))
            .collect();
        assert_eq!(all, [(7, vec![1, 3]), (3, vec![2])]);
    }
}
