//! Zones that are larger than they were: what is forgotten of moments long ago, and moments that are taken together.

use smallvec::SmallVec;

use super::{FREE, NOW, Zone, sum};
use crate::apart::Apart;
use crate::chain::Chained;
use crate::working::Working;

/// What counts for longer than a month is far.
const FAR: i32 = 2 * 31;

/// Points of which it is forgotten how much earlier another one was.
type Gone = SmallVec<[usize; 24]>;

impl Zone {
    /// Forgets how long ago a clock that stands still was over, as soon as that is longer than this. How it stands to the points of
    /// `beside`, which stand still as well, stays known.
    pub(crate) fn forget_held(&mut self, point: usize, longest: i32, beside: &[usize]) {
        // It would be told apart day by day.
        let gone = self.forget_one(point, longest, (beside, true));
        gone.into_iter().for_each(|other| self.set(other, point, FREE));
    }

    /// Forgets how long ago each of these points was, as soon as that is longer than anything that counts from it.
    pub(crate) fn forget_beyond(&mut self, points: impl Iterator<Item = (usize, i32)>) {
        let mut gone: SmallVec<[(usize, usize, bool); 24]> = SmallVec::new();
        for (point, longest) in points {
            // Something that counts for long would be told apart day by day.
            let coarse = longest > FAR;
            let others = self.forget_one(point, longest, (&[], coarse));
            gone.extend(others.into_iter().map(|other| (other, point, coarse)));
        }
        // All of it goes before anything is worked out anew: two points would else keep each other from being forgotten.
        for (other, point, _) in &gone {
            self.set(*other, *point, FREE);
        }
        for _ in 0..2 {
            for (other, point, _) in gone.iter().filter(|(.., coarse)| !coarse) {
                let around = (0..self.len()).map(|k| sum(self.bound(*other, k), self.bound(k, *point)));
                let tightest = around.min().unwrap_or(FREE);
                self.set(*other, *point, tightest);
            }
        }
    }

    /// Forgets a point that is longer ago than that; where it only may be, gives the points of which it is to be forgotten how much
    /// earlier it was.
    fn forget_one(&mut self, point: usize, longest: i32, (beside, coarse): (&[usize], bool)) -> Gone {
        let others = (0..self.len()).filter(|other| *other != point && !beside.contains(other));
        if self.bound(point, NOW) <= -longest {
            others.for_each(|other| {
                self.set(other, point, FREE);
                self.set(point, other, FREE);
            });
            self.constrain(point, NOW, -longest);
            return Gone::new();
        }
        if self.bound(NOW, point) <= longest {
            return Gone::new();
        }
        // Kept is what still says something about the moments at which the point is not longer ago.
        let says = |other| {
            let most = if coarse { longest + 1 } else { sum(self.bound(other, NOW), longest) };
            self.bound(other, point) < most
        };
        others.filter(|other| !says(*other)).collect()
    }

    /// Forgets how these points stand to all others, but that each was so long ago at least. How they stand to each other stays
    /// known.
    pub(crate) fn forget_together(&mut self, points: &[usize], least: i32) {
        for other in (0..self.len()).filter(|other| !points.contains(other)) {
            for point in points {
                self.set(other, *point, FREE);
                self.set(*point, other, FREE);
            }
        }
        for point in points {
            self.constrain(*point, NOW, -least);
        }
    }

    /// The smallest zone that includes both.
    pub(crate) fn hull(mut self, other: &Self) -> Self {
        for (own, its) in self.bounds.iter_mut().zip(&other.bounds) {
            *own = (*own).max(*its);
        }
        if let (Some(own), Some(its)) = (&self.hours, &other.hours) {
            self.hours = Some(Box::new(Apart::hull((**own).clone(), its)));
        }
        if let (Some(own), Some(its)) = (&self.working, &other.working) {
            self.working = Some(Box::new(Working::hull((**own).clone(), its)));
        }
        if let (Some(own), Some(its)) = (&self.chained, &other.chained) {
            self.chained = Some(Box::new(Chained::both((**own).clone(), its)));
        }
        self
    }

    /// The smallest zone that includes both, and where that is wider than this one, wider still: this comes to an end
    /// however often it is done. A distance from now grows to a power of two, one between two other points is let go.
    pub(crate) fn widened(&self, other: &Self) -> Self {
        let mut wide = self.clone().hull(other);
        for i in 0..self.len() {
            for j in (0..self.len()).filter(|j| *j != i) {
                let (old, new) = (self.bound(i, j), wide.bound(i, j));
                if new > old {
                    let far = if i == NOW || j == NOW { up(new) } else { FREE };
                    // A clock whose time has come stays one whose time has come.
                    let far = if old < 0 && j == NOW { new } else { far };
                    wide.set(i, j, self.rounded(i, j, far).max(new));
                }
            }
        }
        wide.close();
        if let (Some(own), Some(its)) = (&self.hours, &other.hours) {
            wide.hours = Some(Box::new(Apart::widened((**own).clone(), its)));
        }
        if let (Some(own), Some(its)) = (&self.working, &other.working) {
            wide.working = Some(Box::new(Working::widened((**own).clone(), its)));
        }
        wide
    }

    /// The same zone, but that any point from which something has become later than it was before may be any longer ago: as far as these
    /// distances may be let go. Where all of them may that is done once for each point, so it comes to an end. A clock whose time has
    /// come stays one whose time has come.
    pub(crate) fn released(mut self, before: &Self, may: impl Fn(usize, usize) -> bool) -> Self {
        for j in 0..self.len() {
            if (0..self.len()).all(|i| self.bound(i, j) <= before.bound(i, j)) {
                continue;
            }
            let others = (0..self.len()).filter(|i| *i != j && may(*i, j));
            let free: Vec<usize> = others.filter(|i| j != NOW || before.bound(*i, NOW) >= 0).collect();
            free.into_iter().for_each(|i| self.set(i, j, FREE));
        }
        self.close();
        self
    }
}

/// The next power of two; for what is not positive 0.
fn up(bound: i32) -> i32 {
    match u32::try_from(bound) {
        Ok(0) | Err(_) => 0,
        Ok(ticks) => i32::try_from(ticks.next_power_of_two()).unwrap_or(FREE).min(FREE),
    }
}
