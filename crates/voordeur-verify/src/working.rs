//! How far apart moments are in working days. Two terms of five working days, one after the other, take as long as one of ten, and
//! never twice as long as the longest of five: a zone alone, which counts days, cannot know that.
//!
//! A moment has a number: how many working days have come by then, the day itself among them, in the course of which it is. So the end
//! of a term is as many further as the term has days; when it began at a midnight, the day that begins there may be one more. What
//! is earlier has no higher number, and the end of a working day has a higher one than every midnight before it.

use std::rc::Rc;

use smallvec::{SmallVec, smallvec};

use crate::apart::{Apart, sum};
use crate::zone::{FREE, NOW};

/// Where a moment is in a working day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    /// The midnight that it begins with: it has not come yet.
    Start,
    /// In the course of it.
    Within,
    /// The midnight that it ends with.
    End,
    /// It may be any day.
    Unknown,
}

impl Place {
    /// How many working days more there are at the end of the day, and how many ticks later that is.
    const fn until_the_end(self) -> Option<(i32, i32)> {
        match self {
            Self::Start => Some((1, 2)),
            Self::Within => Some((0, 1)),
            Self::End => Some((0, 0)),
            Self::Unknown => None,
        }
    }
}

/// How far apart points are in working days.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Working {
    apart: Apart,
    /// Where each point is in a working day.
    places: SmallVec<[Place; 24]>,
    /// For each number of working days how many days they take at least and at most, whatever day they begin on.
    days: Rc<[(i32, i32)]>,
}

impl Working {
    /// Only now; with the days that so many working days take, for each number up to the most that is told apart.
    pub(crate) fn new(days: Rc<[(i32, i32)]>) -> Self {
        let longest = i32::try_from(days.len()).unwrap_or(FREE) - 1;
        Self { apart: Apart::new(longest), places: smallvec![Place::Unknown], days }
    }

    /// The same with so many more points, of which nothing is known.
    pub(crate) fn wider(&self, more: usize) -> Self {
        let mut places = self.places.clone();
        places.resize(places.len() + more, Place::Unknown);
        Self { apart: self.apart.wider(more), places, days: Rc::clone(&self.days) }
    }

    /// Says of a point that it is the end of a term of so many working days from another one.
    pub(crate) fn place(&mut self, point: usize, from: usize, amount: i32, from_midnight: bool) {
        self.mark(point, Place::End);
        let begins = i32::from(self.place_of(from) == Place::Start);
        self.apart.place(point, from, (amount + begins, amount + i32::from(from_midnight)));
    }

    /// The same of the moment that comes so many working days later, at the same time of the day. From a midnight on the day that begins there
    /// does not count, and the day that is come to has not passed.
    pub(crate) fn place_later(&mut self, point: usize, from: usize, amount: i32, from_midnight: bool) {
        self.mark(point, if from_midnight { Place::Start } else { Place::Within });
        let may_be_free = from_midnight && self.place_of(from) != Place::Start;
        self.apart.place(point, from, (amount - i32::from(may_be_free), amount));
    }

    fn mark(&mut self, point: usize, place: Place) {
        if let Some(slot) = self.places.get_mut(point) {
            *slot = place;
        }
    }

    fn place_of(&self, point: usize) -> Place {
        self.places.get(point).copied().unwrap_or(Place::Unknown)
    }

    /// Says of a point how many working days lie between it and another one, from how many ticks there are at least and at most; and
    /// whether each of the two is a midnight.
    pub(crate) fn among(&mut self, (point, from): (usize, usize), ticks: (i32, i32), midnight: (bool, bool)) {
        let beyond = i32::from(!midnight.1);
        let counted = self.days.iter().zip(0..).skip(1);
        let over = counted.clone().take_while(|((_, most), _)| 2 * most + beyond <= ticks.0).last();
        // In the course of a day that day counts.
        let early = i32::from(!midnight.0);
        let mut to_come = counted.filter(|((least, _), _)| ticks.1 < 2 * least + beyond - early);
        let (over, to_come) = (over.map(|(_, amount)| amount), to_come.next().map(|(_, amount)| amount));
        if let Some(amount) = to_come {
            self.apart.constrain(point, from, amount - 1);
        }
        if ticks.0 >= 0 {
            self.apart.constrain(from, point, -over.unwrap_or(0));
        }
    }

    /// Keeps what lets point `i` be no later than `j`, and a midnight before it where that is known; `false` when nothing is left.
    pub(crate) fn order(&mut self, i: usize, j: usize, is_midnight_before: bool) -> bool {
        let apart = is_midnight_before && matches!(self.place_of(j), Place::Within | Place::End);
        self.apart.constrain(i, j, -i32::from(apart))
    }

    /// How many ticks later than another one a moment in a working day is, at least and at most, as far as that is known: as much as
    /// the end of the day is, and so much less as it is before that.
    pub(crate) fn ticks(&self, point: usize, other: usize, is_midnight: bool) -> Option<(i32, i32)> {
        let (more, rest) = self.place_of(point).until_the_end()?;
        let days = |amount: i32| self.days.get(usize::try_from(amount).ok()?).copied();
        let beyond = i32::from(!is_midnight) - rest;
        let (least, most) =
            (sum(-self.apart.bound(other, point), more), sum(self.apart.bound(point, other), more));
        let last = if most == 0 { Some(beyond) } else { days(most).map(|(_, most)| 2 * most + beyond) };
        let first = if least > 0 { days(least).map(|(least, _)| 2 * least + beyond) } else { None };
        (last.is_some() || first.is_some()).then_some((first.unwrap_or(-FREE), last.unwrap_or(FREE)))
    }

    /// Lets time go by: now is any later moment.
    pub(crate) fn elapse(&mut self) {
        self.apart.elapse();
        self.mark(NOW, Place::Unknown);
    }

    /// Keeps these points, in this order.
    pub(crate) fn keep(&self, kept: &[usize]) -> Self {
        let places = kept.iter().map(|point| self.place_of(*point)).collect();
        Self { apart: self.apart.keep(kept), places, days: Rc::clone(&self.days) }
    }

    /// The smallest that includes both.
    pub(crate) fn hull(self, other: &Self) -> Self {
        Self {
            places: both(&self.places, &other.places),
            apart: self.apart.hull(&other.apart),
            days: self.days,
        }
    }

    /// One that includes both: what is not the same in both is let go, so that this comes to an end.
    pub(crate) fn widened(self, other: &Self) -> Self {
        Self {
            places: both(&self.places, &other.places),
            apart: self.apart.widened(&other.apart),
            days: self.days,
        }
    }

    /// Whether every moment of the other one is in this one.
    pub(crate) fn includes(&self, other: &Self) -> bool {
        let known =
            self.places.iter().zip(&other.places).all(|(own, its)| *own == Place::Unknown || own == its);
        known && self.apart.includes(&other.apart)
    }
}

fn both(one: &[Place], other: &[Place]) -> SmallVec<[Place; 24]> {
    one.iter().zip(other).map(|(one, other)| if one == other { *one } else { Place::Unknown }).collect()
}

#[cfg(test)]
mod tests {
    use super::Working;
    use crate::zone::{FREE, NOW};

    #[test]
    fn two_terms_one_after_the_other_take_as_long_as_one() {
        let days = [(0, 0), (1, 5), (2, 6), (3, 7), (4, 8)];
        let mut working = Working::new(days.into()).wider(3);
        working.place(1, NOW, 1, false);
        working.place(2, NOW, 4, false);
        // At the end of the first one of two begins.
        working.elapse();
        assert!(working.order(NOW, 1, false) && working.order(1, NOW, false));
        working.place(3, 1, 2, true);
        // It ends on the third day or the fourth, and not after that.
        assert!(working.clone().order(3, 2, true) && working.clone().order(3, 2, false));
        assert!(!working.clone().order(2, 3, true), "the end of the fourth day is not before it");
        assert_eq!(working.ticks(2, 1, true), Some((6, 14)));
        assert_eq!(working.ticks(NOW, 1, true), None);
        assert_eq!(Working::new([(0, 0)].into()).wider(1).ticks(1, NOW, false), None);
    }

    #[test]
    fn days_have_so_many_working_days_in_them() {
        let days = [(0, 0), (1, 3), (2, 4), (3, 5), (4, 6), (5, 7)];
        let between = |ticks, midnight| {
            let mut working = Working::new(days.into()).wider(1);
            working.among((1, NOW), ticks, midnight);
            (-working.apart.bound(NOW, 1), working.apart.bound(1, NOW))
        };
        // From the course of a day to the end of the fourth after it.
        assert_eq!(between((9, 9), (true, false)), (2, 4));
        assert_eq!(between((3, 9), (true, false)), (0, 4));
        // In the course of the third day that day counts.
        assert_eq!(between((6, 6), (false, false)), (0, 3));
        assert_eq!(between((-9, -3), (true, false)).0, -FREE);
    }
}
