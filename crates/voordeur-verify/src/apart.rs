//! How far apart moments are in another measure than the ticks of a zone: in seconds on the clock, since within one day a zone
//! tells no moments apart, or in working days.
//!
//! A matrix of upper bounds like that of the zone it belongs to, over the same points, and kept closed. Of a point that is not
//! counted in that measure nothing is known here. Nothing here knows what is measured.

use crate::zone::{FREE, NOW};

/// How far apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Apart {
    /// What is further apart than the longest term is not told apart.
    longest: i32,
    points: usize,
    /// `bounds[i * points + j]`: how much later than point `j` point `i` may be.
    bounds: Vec<i32>,
}

impl Apart {
    /// Only now.
    pub(crate) fn new(longest: i32) -> Self {
        Self { longest, points: 1, bounds: vec![0] }
    }

    /// How much later than `j` point `i` may be at most.
    pub(crate) fn bound(&self, i: usize, j: usize) -> i32 {
        self.bounds.get(i * self.points + j).copied().unwrap_or(FREE)
    }

    fn set(&mut self, i: usize, j: usize, bound: i32) {
        let at = i * self.points + j;
        if let Some(slot) = self.bounds.get_mut(at) {
            *slot = bound;
        }
    }

    /// The same with so many more points, of which nothing is known.
    pub(crate) fn wider(&self, more: usize) -> Self {
        let points = self.points + more;
        let mut wider = Self { longest: self.longest, points, bounds: vec![FREE; points * points] };
        for i in 0..points {
            for j in (0..points).filter(|j| i.max(*j) < self.points) {
                wider.set(i, j, self.bound(i, j));
            }
            wider.set(i, i, 0);
        }
        wider
    }

    /// Says of a point of which nothing is known that it is so much later than another one.
    pub(crate) fn place(&mut self, point: usize, from: usize, (least, most): (i32, i32)) {
        self.constrain(point, from, most);
        self.constrain(from, point, -least);
    }

    /// Keeps what lets point `i` be at most so much later than `j`; `false` when nothing is left.
    pub(crate) fn constrain(&mut self, i: usize, j: usize, bound: i32) -> bool {
        if bound >= self.bound(i, j) {
            return true;
        }
        if sum(bound, self.bound(j, i)) < 0 {
            return false;
        }
        for a in 0..self.points {
            let near = sum(self.bound(a, i), bound);
            for b in 0..self.points {
                let around = sum(near, self.bound(j, b));
                if around < self.bound(a, b) {
                    self.set(a, b, around);
                }
            }
        }
        true
    }

    /// Lets time go by: now is any later moment.
    pub(crate) fn elapse(&mut self) {
        for point in 1..self.points {
            self.set(NOW, point, FREE);
        }
    }

    /// Keeps these points, in this order. What is further apart than the longest term is only known to be so.
    pub(crate) fn keep(&self, kept: &[usize]) -> Self {
        let longest = self.longest;
        let near = |bound: i32| if bound > longest { FREE } else { bound.max(-longest) };
        let all = kept.iter().flat_map(|i| kept.iter().map(|j| near(self.bound(*i, *j))));
        let mut kept = Self { longest, points: kept.len(), bounds: all.collect() };
        kept.close();
        kept
    }

    /// The smallest that includes both.
    pub(crate) fn hull(mut self, other: &Self) -> Self {
        for (own, its) in self.bounds.iter_mut().zip(&other.bounds) {
            *own = (*own).max(*its);
        }
        self
    }

    /// One that includes both: what is not the same in both is let go, so that this comes to an end.
    pub(crate) fn widened(mut self, other: &Self) -> Self {
        for (own, its) in self.bounds.iter_mut().zip(&other.bounds) {
            *own = if *its > *own { FREE } else { *own };
        }
        self.close();
        self
    }

    /// Whether every moment of the other one is in this one.
    pub(crate) fn includes(&self, other: &Self) -> bool {
        self.bounds.iter().zip(&other.bounds).all(|(own, its)| own >= its)
    }

    fn close(&mut self) {
        for k in 0..self.points {
            for i in 0..self.points {
                for j in 0..self.points {
                    let around = sum(self.bound(i, k), self.bound(k, j));
                    if around < self.bound(i, j) {
                        self.set(i, j, around);
                    }
                }
            }
        }
    }
}

/// Both together; no bound where one of them is none.
pub(crate) const fn sum(one: i32, other: i32) -> i32 {
    if one >= FREE || other >= FREE { FREE } else { one.saturating_add(other) }
}

#[cfg(test)]
mod tests {
    use super::Apart;
    use crate::zone::{FREE, NOW};

    const HOUR: i32 = 3600;

    #[test]
    fn terms_from_one_moment_end_in_the_order_of_their_lengths() {
        let mut apart = Apart::new(10 * HOUR).wider(2);
        apart.place(1, NOW, (4 * HOUR, 4 * HOUR));
        apart.place(2, NOW, (6 * HOUR, 6 * HOUR));
        apart.elapse();
        assert!(apart.clone().constrain(NOW, 1, 0));
        // At the end of the longer one the shorter one is past.
        assert!(apart.constrain(2, NOW, 0) && !apart.constrain(NOW, 1, 0));
    }

    #[test]
    fn what_is_far_is_not_told_apart() {
        let mut apart = Apart::new(10 * HOUR).wider(1);
        apart.place(1, NOW, (30 * HOUR, 30 * HOUR));
        let kept = apart.keep(&[0, 1]);
        assert_eq!((kept.bound(1, NOW), kept.bound(NOW, 1)), (FREE, -10 * HOUR));
    }
}
