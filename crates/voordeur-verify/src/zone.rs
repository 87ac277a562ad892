//! A zone: a set of moments, given by how far apart each two of them may be.
//!
//! Moments are counted in ticks of half a day: a day starts on an even tick, and what happens in the course of
//! it happens on the odd tick after that. Point 0 is now. A zone is a matrix of upper bounds (a difference bound
//! matrix), kept closed: every bound is as tight as the others make it. Where terms are counted in hours it is kept beside that
//! how far apart they are on the clock, and where that is asked for how far apart in working days. Nothing here knows about pathways.

mod agree;
mod larger;

use std::cell::RefCell;
use std::rc::Rc;

use smallvec::{SmallVec, smallvec};

use crate::apart::Apart;
use crate::chain::{Chained, Chains, Link};
use crate::working::Working;

/// No bound.
pub(crate) const FREE: i32 = i32::MAX / 4;

/// Whether each point is a midnight.
type Midnights = SmallVec<[bool; 24]>;

/// Some of the points of a zone.
type Points = SmallVec<[usize; 24]>;

/// A set of moments.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Zone {
    /// Whether each point is a midnight: an even tick.
    midnight: Midnights,
    /// `bounds[i * n + j]`: how much later than point `j` point `i` may be.
    bounds: Vec<i32>,
    /// Where terms are counted in hours: how far apart points are in seconds.
    hours: Option<Box<Apart>>,
    /// Whether that is held against how far apart they are in days.
    agrees: bool,
    /// Where that is asked for: how far apart points are in working days.
    working: Option<Box<Working>>,
    /// Where that is asked for: which points come by nothing but terms from the report on.
    chained: Option<Box<Chained>>,
}

/// The point that is now.
pub(crate) const NOW: usize = 0;

impl Zone {
    /// Only now, in the course of a day.
    pub(crate) fn new() -> Self {
        Self {
            midnight: smallvec![false],
            bounds: vec![0],
            hours: None,
            agrees: false,
            working: None,
            chained: None,
        }
    }

    /// The same, with what is known on the clock: up to so many seconds.
    pub(crate) fn with_hours(mut self, longest: Option<i32>) -> Self {
        self.hours = longest.map(|longest| Box::new(Apart::new(longest)));
        self
    }

    /// The same, with what is known in working days: for each number of them how many days they take.
    pub(crate) fn with_working_days(mut self, days: Option<Rc<[(i32, i32)]>>) -> Self {
        self.working = days.map(|days| Box::new(Working::new(days)));
        self
    }

    /// The same, with what is known of terms that follow each other from the report on, which is now.
    pub(crate) fn with_chains(mut self, chains: Option<Rc<RefCell<Chains>>>) -> Self {
        self.chained = chains.map(|chains| Box::new(Chained::new(chains)));
        self
    }

    pub(crate) fn len(&self) -> usize {
        self.midnight.len()
    }

    pub(crate) fn is_midnight(&self, point: usize) -> bool {
        self.midnight.get(point).copied().unwrap_or(false)
    }

    /// How much later than `j` point `i` may be at most.
    pub(crate) fn bound(&self, i: usize, j: usize) -> i32 {
        self.bounds.get(i * self.len() + j).copied().unwrap_or(FREE)
    }

    pub(crate) fn set(&mut self, i: usize, j: usize, bound: i32) {
        let at = i * self.len() + j;
        if let Some(slot) = self.bounds.get_mut(at) {
            *slot = bound;
        }
    }

    /// The largest bound that the ticks of two points allow: an even distance between two midnights.
    fn rounded(&self, i: usize, j: usize, bound: i32) -> i32 {
        let odd = self.is_midnight(i) != self.is_midnight(j);
        let fits = bound >= FREE || (bound.rem_euclid(2) == 1) == odd;
        if fits { bound } else { bound - 1 }
    }

    /// The same with so many more points, of which nothing is known.
    pub(crate) fn wider(&self, more: usize) -> Self {
        let (old, len) = (self.len(), self.len() + more);
        let mut midnight = self.midnight.clone();
        midnight.resize(len, false);
        let mut bounds = Vec::with_capacity(len * len);
        for row in self.bounds.chunks_exact(old) {
            bounds.extend_from_slice(row);
            bounds.resize(bounds.len() + more, FREE);
        }
        bounds.resize(len * len, FREE);
        let hours = self.hours.as_ref().map(|hours| Box::new(hours.wider(more)));
        let working = self.working.as_ref().map(|working| Box::new(working.wider(more)));
        let chained = self.chained.as_ref().map(|chained| Box::new(chained.wider(more)));
        let mut wider = Self { midnight, bounds, hours, agrees: self.agrees, working, chained };
        (old..len).for_each(|point| wider.set(point, point, 0));
        wider
    }

    /// Says of a point of which nothing is known that it is so much later than another one. How it stands to all others
    /// follows from that alone.
    pub(crate) fn place(&mut self, point: usize, from: usize, (least, most): (i32, i32), midnight: bool) {
        if let Some(slot) = self.midnight.get_mut(point) {
            *slot = midnight;
        }
        let later = self.rounded(point, from, most);
        let earlier = self.rounded(from, point, if least <= -FREE { FREE } else { -least });
        let len = self.len();
        let beyond: SmallVec<[i32; 24]> = self.bounds.iter().skip(from * len).take(len).copied().collect();
        for (row, at) in self.bounds.chunks_exact_mut(len).zip(0..) {
            if at == point {
                row.iter_mut().zip(&beyond).for_each(|(slot, far)| *slot = sum(later, *far));
            }
            let near = row.get(from).copied().unwrap_or(FREE);
            if let Some(slot) = row.get_mut(point) {
                *slot = if at == point { 0 } else { sum(near, earlier) };
            }
        }
        let from_midnight = self.is_midnight(from);
        if let Some(working) = &mut self.working {
            working.among((point, from), (least, most), (midnight, from_midnight));
        }
        self.order(point, from, most);
    }

    /// Says of a point that was placed that it comes so many working days after another one: at the end of the last of them, or at the time
    /// of the day at which they began.
    pub(crate) fn place_in_working_days(&mut self, point: usize, from: usize, amount: i32, is_end: bool) {
        let from_midnight = self.is_midnight(from);
        let Some(working) = &mut self.working else { return };
        if is_end {
            working.place(point, from, amount, from_midnight);
        } else {
            working.place_later(point, from, amount, from_midnight);
        }
        for other in 0..self.len() {
            let is_midnight = self.is_midnight(other);
            let ticks = self.working.as_ref().and_then(|working| working.ticks(point, other, is_midnight));
            if let Some(ticks) = ticks.filter(|_| other != point) {
                self.tie(point, (other, ticks));
            }
        }
    }

    /// Says of a point that was placed that it is the same moment as another one, or what follows it by a term.
    pub(crate) fn place_in_chain(&mut self, point: usize, from: usize, link: Option<Link>) {
        let before = self.chain_of(from);
        let Some(mut chained) = self.chained.take() else { return };
        let chain = match link {
            Some(link) => before.and_then(|chain| chained.followed_by(chain, link)),
            None => before,
        };
        match chain {
            Some(chain) => chained.set(point, chain),
            // What begins before something else does ends no later.
            None => {
                let others = || (0..self.len()).filter(|other| *other != point);
                let is_day_before = |other: usize| self.is_midnight(other) && self.bound(from, other) < 0;
                let later = others().filter(|other| self.bound(from, *other) <= 0);
                let later: SmallVec<[(usize, bool); 24]> =
                    later.map(|other| (other, is_day_before(other))).collect();
                let sooner: Points = others().filter(|other| self.bound(*other, from) <= 0).collect();
                chained.set_between(point, link, (&later, &sooner));
            }
        }
        let ties = chained.ties(point);
        self.chained = Some(chained);
        for (other, (least, most)) in ties {
            if let Some(most) = most {
                self.constrain(point, other, most);
            }
            if let Some(least) = least {
                self.constrain(other, point, -least);
            }
        }
    }

    /// Lets go of what is known of terms that follow each other from the report on.
    pub(crate) fn forget_chains(&mut self) {
        if let Some(chained) = &mut self.chained {
            chained.forget();
        }
    }

    /// Whether two points are known to be one moment where they come in the course of one day.
    pub(crate) fn meet(&self, one: usize, other: usize) -> bool {
        self.chained.as_ref().is_some_and(|chained| chained.meet(one, other))
    }

    /// By which chain a point comes: also where it is the same moment as one of which that is known.
    fn chain_of(&self, point: usize) -> Option<u32> {
        let chained = self.chained.as_ref()?;
        let is_same = |other: &usize| self.bound(point, *other) == 0 && self.bound(*other, point) == 0;
        chained.get(point).or_else(|| (0..self.len()).filter(is_same).find_map(|other| chained.get(other)))
    }

    /// What the order of two points says of working days; `false` when nothing is left.
    fn order(&mut self, i: usize, j: usize, bound: i32) -> bool {
        let is_midnight_before = bound < 0 && self.is_midnight(i);
        let working = self.working.as_mut().filter(|_| bound <= 0);
        working.is_none_or(|working| working.order(i, j, is_midnight_before))
    }

    /// Says of a point of which nothing is known on the clock that it is so many seconds later than another one.
    pub(crate) fn place_on_the_clock(&mut self, point: usize, from: usize, seconds: i32) {
        if let Some(hours) = &mut self.hours {
            hours.place(point, from, (seconds, seconds));
        }
    }

    /// Keeps what lets point `i` be at most so many seconds later than `j`, as far as that is known; `false` when nothing is
    /// left.
    pub(crate) fn constrain_on_the_clock(&mut self, i: usize, j: usize, seconds: i32) -> bool {
        self.hours.as_mut().is_none_or(|hours| hours.constrain(i, j, seconds))
    }

    /// Whether point `i` may be so many seconds later than `j`.
    pub(crate) fn may_be_on_the_clock(&self, i: usize, j: usize, seconds: i32) -> bool {
        self.hours.as_ref().is_some_and(|hours| hours.bound(i, j) >= seconds)
    }

    /// Whether point `i` is before `j`, as far as the clock says.
    pub(crate) fn is_before_on_the_clock(&self, i: usize, j: usize) -> bool {
        self.hours.as_ref().is_some_and(|hours| hours.bound(i, j) < 0)
    }

    /// Keeps what lets point `i` be before point `j`; `false` when nothing is left. In the course of one day only the clock
    /// tells them apart.
    pub(crate) fn precede(&mut self, i: usize, j: usize) -> bool {
        let same_day = self.hours.is_some() && !self.is_midnight(i) && !self.is_midnight(j);
        self.constrain(i, j, if same_day { 0 } else { -1 }) && self.constrain_on_the_clock(i, j, -1)
    }

    /// Says how much later than another point a point is. What is known already goes first.
    pub(crate) fn tie(&mut self, point: usize, (other, (least, most)): (usize, (i32, i32))) {
        self.constrain(point, other, most);
        self.constrain(other, point, -least);
    }

    /// Adds a point that is so much later than another one, and gives its number.
    #[cfg(test)]
    pub(crate) fn add(&mut self, from: usize, ticks: (i32, i32), midnight: bool) -> usize {
        *self = self.wider(1);
        let point = self.len() - 1;
        self.place(point, from, ticks, midnight);
        point
    }

    /// Keeps what lets point `i` be at most so much later than `j`; `false` when nothing is left.
    pub(crate) fn constrain(&mut self, i: usize, j: usize, bound: i32) -> bool {
        let bound = self.rounded(i, j, bound);
        if !self.order(i, j, bound) {
            return false;
        }
        if bound >= self.bound(i, j) {
            return true;
        }
        if bound.saturating_add(self.bound(j, i)) < 0 {
            return false;
        }
        self.set(i, j, bound);
        let len = self.len();
        let beyond: SmallVec<[i32; 24]> = (0..len).map(|b| self.bound(j, b)).collect();
        for row in self.bounds.chunks_exact_mut(len) {
            let near = row.get(i).map_or(FREE, |near| sum(*near, bound));
            if near < FREE {
                row.iter_mut().zip(&beyond).for_each(|(slot, far)| *slot = (*slot).min(sum(near, *far)));
            }
        }
        true
    }

    /// Keeps what lets a point be so many ticks ago, at least and at most; `false` when nothing is left.
    pub(crate) fn ago(&mut self, point: usize, (least, most): (i32, i32)) -> bool {
        (most >= FREE || self.constrain(NOW, point, most))
            && (least <= -FREE || self.constrain(point, NOW, -least))
    }

    /// Keeps what lets now be at most so much later than each of these points; `false` when nothing is left. The same as
    /// one `constrain` after another, in one pass: what is new leads on from now alone.
    pub(crate) fn until(&mut self, points: impl Iterator<Item = (usize, i32)>) -> bool {
        let len = self.len();
        let mut ahead: SmallVec<[i32; 24]> = (0..len).map(|point| self.bound(NOW, point)).collect();
        for (point, bound) in points {
            let bound = self.rounded(NOW, point, bound);
            if !self.order(NOW, point, bound) {
                return false;
            }
            let row = self.bounds.get(point * len..).into_iter().flatten();
            ahead.iter_mut().zip(row).for_each(|(slot, far)| *slot = (*slot).min(sum(bound, *far)));
        }
        if ahead.first().is_some_and(|now| *now < 0) {
            return false;
        }
        for row in self.bounds.chunks_exact_mut(len) {
            let near = row.first().copied().unwrap_or(FREE);
            for (slot, far) in row.iter_mut().zip(&ahead) {
                *slot = (*slot).min(sum(near, *far));
            }
        }
        true
    }

    /// Lets time go by: now is any later moment, at a midnight or in the course of a day.
    pub(crate) fn elapse(&mut self, midnight: bool) {
        if let Some(hours) = &mut self.hours {
            hours.elapse();
        }
        if let Some(working) = &mut self.working {
            working.elapse();
        }
        if let Some(chained) = &mut self.chained {
            chained.elapse();
        }
        let changes = self.is_midnight(NOW) != midnight;
        for point in 1..self.len() {
            self.set(NOW, point, FREE);
        }
        if let Some(slot) = self.midnight.first_mut() {
            *slot = midnight;
        }
        if changes {
            self.round_from_now();
        }
    }

    /// Rounds how far each point is from now. Nothing leads on from now, so that one pass keeps the matrix closed.
    fn round_from_now(&mut self) {
        let rounded = |own: &Self, point| own.rounded(point, NOW, own.bound(point, NOW));
        let near: Vec<i32> = (0..self.len()).map(|point| rounded(self, point)).collect();
        for point in 1..self.len() {
            let around = near.iter().enumerate().skip(1).map(|(k, near)| sum(self.bound(point, k), *near));
            let tightest = around.min().unwrap_or(FREE);
            self.set(point, NOW, tightest);
        }
    }

    fn close(&mut self) {
        for k in 0..self.len() {
            for i in 0..self.len() {
                for j in 0..self.len() {
                    let around = sum(self.bound(i, k), self.bound(k, j));
                    if around < self.bound(i, j) {
                        self.set(i, j, around);
                    }
                }
            }
        }
    }

    /// Keeps these points, in this order; now stays the first.
    pub(crate) fn keep(&self, points: impl Iterator<Item = usize>) -> Self {
        let kept: Points = std::iter::once(NOW).chain(points).collect();
        let midnight = kept.iter().map(|point| self.is_midnight(*point)).collect();
        let mut bounds = Vec::with_capacity(kept.len() * kept.len());
        for row in kept.iter().map(|i| self.bounds.get(i * self.len()..).unwrap_or_default()) {
            bounds.extend(kept.iter().map(|j| row.get(*j).copied().unwrap_or(FREE)));
        }
        let hours = self.hours.as_ref().map(|hours| Box::new(hours.keep(&kept)));
        let working = self.working.as_ref().map(|working| Box::new(working.keep(&kept)));
        let chained = self.chained.as_ref().map(|chained| {
            let mut chained = chained.keep(&kept);
            if let Some(chain) = self.chain_of(NOW) {
                chained.set(NOW, chain);
            }
            Box::new(chained)
        });
        Self { midnight, bounds, hours, agrees: self.agrees, working, chained }
    }

    /// Whether every moment of the other zone is in this one.
    pub(crate) fn includes(&self, other: &Self) -> bool {
        self.is_like(other)
            && self.bounds.iter().zip(&other.bounds).all(|(own, its)| own >= its)
            && self.includes_on_the_clock(other)
            && self.working.as_ref().zip(other.working.as_ref()).is_none_or(|(own, its)| own.includes(its))
            && self.chained.as_ref().zip(other.chained.as_ref()).is_none_or(|(own, its)| own.includes(its))
    }

    /// Whether the same points are midnights.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.midnight == other.midnight
    }

    /// Whether every moment of the other zone is in this one, as far as the clock says.
    pub(crate) fn includes_on_the_clock(&self, other: &Self) -> bool {
        self.hours.as_ref().zip(other.hours.as_ref()).is_none_or(|(own, its)| own.includes(its))
    }
}

/// Both together; no bound where one of them is none. Two bounds are far from the ends of the numbers.
const fn sum(one: i32, other: i32) -> i32 {
    if one >= FREE || other >= FREE { FREE } else { one.wrapping_add(other) }
}

#[cfg(test)]
mod tests {
    use super::{FREE, NOW, Zone};

    #[test]
    fn a_term_of_two_days_ends_at_the_midnight_after_the_second() {
        let mut zone = Zone::new();
        let due = zone.add(NOW, (5, 5), true);
        zone.elapse(false);
        assert!(zone.constrain(NOW, due, -1));
        // What happens now happens on the day itself or one of the two days after it.
        assert_eq!((zone.bound(due, NOW), zone.bound(NOW, due)), (5, -1));
        zone.elapse(true);
        assert!(zone.constrain(NOW, due, 0) && zone.constrain(due, NOW, 0));
    }

    #[test]
    fn what_contradicts_leaves_nothing() {
        let mut zone = Zone::new();
        let (first, second) = (zone.add(NOW, (2, 4), false), zone.add(NOW, (6, 8), false));
        assert!(!zone.clone().constrain(second, first, 1));
        assert!(zone.constrain(second, first, 2));
        assert_eq!((zone.bound(first, NOW), zone.bound(second, NOW)), (4, 6));
    }

    #[test]
    fn what_never_grows_is_kept_where_the_rest_is_let_go() {
        let mut before = Zone::new();
        let first = before.add(NOW, (-10, -1), false);
        let later = before.add(first, (6, 6), false);
        let mut after = before.clone();
        after.set(NOW, first, 20);
        after.set(NOW, later, 14);
        let kept = after.clone().released(&before, |i, _| i == NOW);
        assert_eq!(
            (kept.bound(NOW, first), kept.bound(later, first), kept.bound(first, later)),
            (FREE, 6, -6)
        );
        let all = after.released(&before, |_, _| true);
        assert_eq!(
            (all.bound(NOW, first), all.bound(later, first), all.bound(first, later)),
            (FREE, FREE, FREE)
        );
    }

    #[test]
    fn a_zone_includes_a_tighter_one() {
        let mut wide = Zone::new();
        let point = wide.add(NOW, (0, 10), false);
        let mut tight = wide.clone();
        assert!(tight.constrain(point, NOW, 4));
        assert!(wide.includes(&tight) && !tight.includes(&wide));
    }
}
