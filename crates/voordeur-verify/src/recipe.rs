//! What a step does to the moments of a case: worked out once for a situation, done to each of its zones.

mod birthdays;
mod periods;
mod standstill;
mod work;

use std::borrow::Cow;

use smallvec::{SmallVec, smallvec};
use voordeur_calendar::{Length, Regime, Unit};

use crate::chain::Link;
use crate::extent::Extents;
use crate::observe::Term;
use crate::points::DEADLINE;
use crate::zone::{FREE, NOW, Zone};

use standstill::{Stood, Stopped, tie_together};
pub(crate) use work::{Done, held_wholes, recipe};

/// A new point.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Added {
    from: usize,
    /// So much later than that one.
    ticks: (i32, i32),
    midnight: bool,
    /// So many seconds later, where it is counted in hours.
    seconds: Option<i32>,
    /// So many working days later, where it is counted in those, and whether it is the end of the last of them.
    working: Option<(i32, bool)>,
    /// By which term, where it is one of days or more; nothing where it is the same moment.
    link: Option<Link>,
    /// A clock that ran on.
    stood: Option<Stood>,
}

/// Where a point of the case before the step is.
type At<'s> = &'s dyn Fn(usize) -> usize;

impl Added {
    /// Puts it into a zone.
    fn place(&self, zone: &mut Zone, point: usize, at: At<'_>) {
        let from = at(self.from);
        match self.stood {
            Some(stood) => stood.place(zone, (point, from), at, self.midnight),
            None => zone.place(point, from, self.ticks, self.midnight),
        }
        if let Some(seconds) = self.seconds {
            zone.place_on_the_clock(point, from, seconds);
        }
        if let Some((amount, is_end)) = self.working {
            zone.place_in_working_days(point, from, amount, is_end);
        }
        if self.link.is_some() || self.ticks == (0, 0) && self.stood.is_none() {
            zone.place_in_chain(point, from, self.link);
        }
    }
}

/// The points that are cut off.
pub(crate) type Cut = SmallVec<[usize; 2]>;

/// The zones after a step: nearly always one.
pub(crate) type Zones = SmallVec<[Zone; 1]>;

/// A point, and how many ticks later another one is at least and at most.
pub(crate) type Tie = (usize, (i32, i32));

/// The end of a term that started in a step.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Counted {
    pub(crate) point: usize,
    from: usize,
    pub(crate) term: (Length, Regime),
}

/// The end of a delay of months or years that started in a step, with what the end of the same term is later than that.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Delayed {
    counted: Counted,
    sooner: i32,
}

impl Delayed {
    /// How a term that started together with it stands to it.
    fn tied(&self, extents: &mut Extents, own: (Length, Regime)) -> Option<Tie> {
        let (least, most) = extents.between(own, self.counted.term)?;
        Some((self.counted.point, (least + self.sooner, most + self.sooner)))
    }
}

/// The start of the day before which something may not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Earliest {
    pub(crate) point: usize,
    pub(crate) term: (Length, Regime),
    /// Whether it comes after a letter, so that it may be one working day later.
    pub(crate) is_lead: bool,
}

impl Earliest {
    /// The terms as whose ends it comes, each a day earlier.
    fn terms(self) -> [(Length, Regime); 2] {
        let (length, regime) = self.term;
        let later = Length { amount: length.amount.saturating_add(u32::from(self.is_lead)), ..length };
        [self.term, (later, regime)]
    }

    /// How much later it is than another one that was set by the same step.
    pub(crate) fn after(self, other: Self, extents: &mut Extents) -> Option<(i32, i32)> {
        let mut apart: Option<(i32, i32)> = None;
        for (own, its) in self.terms().into_iter().flat_map(|own| other.terms().map(|its| (own, its))) {
            let (least, most) = extents.between(own, its)?;
            apart = Some(apart.map_or((least, most), |(first, last)| (first.min(least), last.max(most))));
        }
        apart
    }
}

/// What becomes of the observer's deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deadline {
    /// It stays when it was; new points are so much later than it.
    Same(Vec<(usize, (i32, i32))>),
    /// There is none.
    Gone,
    /// It is set; and how much later it is than other new points.
    New(Added, Vec<Tie>),
}

/// A deadline that is set in a step; it stands to the ends of terms that start in the same step as they do to each other.
pub(crate) fn deadline_of(
    extents: &mut Extents,
    term: Term,
    recipe: &Recipe,
    from_midnight: bool,
) -> Deadline {
    let (ticks, midnight) = extents.deadline(term.length, term.regime, from_midnight);
    let own = (term.length, term.regime);
    let mut ties: Vec<Tie> =
        recipe.started.iter().filter_map(|one| Some((one.point, extents.between(own, one.term)?))).collect();
    ties.extend(recipe.delayed.iter().filter_map(|one| one.tied(extents, own)));
    let seconds = seconds(term.length);
    let working = working_days(term.length, term.regime).map(|amount| (amount, true));
    let link = Some(Link { length: term.length, regime: term.regime, is_deadline: true });
    Deadline::New(Added { from: NOW, ticks, midnight, seconds, working, link, stood: None }, ties)
}

/// A deadline that stays, and counts from the report: terms that count from there as well stand to it as if both had been
/// set at that moment.
pub(crate) fn kept_deadline(extents: &mut Extents, of_report: Option<Term>, recipe: &Recipe) -> Deadline {
    let Some(own) = of_report.map(|term| (term.length, term.regime)) else {
        return Deadline::Same(Vec::new());
    };
    let ties = recipe.of_report.iter().filter_map(|one| Some((one.point, extents.between(one.term, own)?)));
    let mut ties: Vec<Tie> = ties.collect();
    let delayed = recipe.delayed_of_report.iter().filter_map(|one| one.tied(extents, own));
    ties.extend(delayed.map(|(point, (least, most))| (point, (-most, -least))));
    Deadline::Same(ties)
}

/// What a step does to a zone.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Recipe {
    /// How many points the zone has before it.
    before: usize,
    added: Vec<Added>,
    /// How new points stand to each other.
    ties: Vec<(usize, Tie)>,
    /// New points, and the one at which each is at the latest.
    clipped: Box<[(usize, usize)]>,
    /// The ends of terms that start with this step.
    pub(crate) started: Vec<Counted>,
    /// Delays that start with this step.
    delayed: Box<[Delayed]>,
    /// Delays that come with this step and count from the report.
    delayed_of_report: Box<[Delayed]>,
    /// The moments before which something may not be done, counted in days from this step.
    earliest: Box<[Earliest]>,
    /// The ends of terms that come with this step and count from the report.
    of_report: Box<[Counted]>,
    /// For each point of the case after the step where it is by then.
    places: Box<[usize]>,
    /// What is longer ago than any term is not told apart: the point, and how long.
    forgotten: Box<[(usize, i32)]>,
    /// Clocks that are held, and how long ago their time has come, as far as that is told apart.
    held: Box<[(usize, i32)]>,
    /// The ends of series of which a clock is held: how many periods of it are over by then is a matter of that.
    held_wholes: Box<[usize]>,
    /// Clocks that stand still.
    stopped: Box<[Stopped]>,
    /// Clocks of which the time has come already, or is still to come.
    unsure: Box<[usize]>,
    /// Whether the points after the step are midnights; now is the first, the deadline is left out.
    pub(crate) midnight: Vec<bool>,
}

impl Recipe {
    /// The zones after the step. There are several where a clock that was held runs again: what fell due meanwhile
    /// is due at once.
    pub(crate) fn apply(&self, zone: &Zone, deadline: Option<&Deadline>) -> Zones {
        debug_assert_eq!(zone.len(), self.before);
        let is_new = matches!(deadline, Some(Deadline::New(..)));
        let mut zone = Cow::Borrowed(zone);
        if is_new || !self.added.is_empty() {
            zone = Cow::Owned(self.with_new_points(&zone, usize::from(is_new)));
        }
        let place = deadline.map(|deadline| match deadline {
            Deadline::Same(ties) => {
                ties.iter().for_each(|(point, apart)| zone.to_mut().tie(*point, (DEADLINE, *apart)));
                DEADLINE
            }
            Deadline::Gone => NOW,
            Deadline::New(added, ties) => {
                let point = self.before + self.added.len();
                added.place(zone.to_mut(), point, &|own| own);
                ties.iter().for_each(|tie| zone.to_mut().tie(point, *tie));
                point
            }
        });
        let kept = |zone: &Zone, cut: &Cut| {
            let at = |own: &usize| if cut.contains(own) { self.end_of(*own) } else { *own };
            self.split(self.settled(zone.keep(place.into_iter().chain(self.places.iter().map(at)))))
        };
        if self.clipped.is_empty() {
            return kept(&zone, &Cut::new());
        }
        let cut = self.cuts(zone.into_owned(), &|own| own);
        cut.into_iter().flat_map(|(zone, cut)| kept(&zone, &cut)).collect()
    }

    /// A zone with the points that come with the step, and room for so many more.
    fn with_new_points(&self, zone: &Zone, more: usize) -> Zone {
        let mut zone = zone.wider(self.added.len() + more);
        for (added, point) in self.added.iter().zip(self.before..) {
            added.place(&mut zone, point, &|own| own);
        }
        self.tie_stood(&mut zone, &|own| own);
        for (point, tie) in &self.ties {
            zone.tie(*point, *tie);
        }
        zone
    }

    /// Clocks that run on at the same moment.
    fn tie_stood(&self, zone: &mut Zone, at: At<'_>) {
        let all = self.added.iter().zip(self.before..);
        let all = all.filter_map(|(added, own)| Some((at(own), at(added.from), added.stood?)));
        let all: SmallVec<[(usize, usize, Stood); 4]> = all.collect();
        tie_together(zone, &all, at);
    }

    /// A zone in which each of these points is where it would be of itself, or where it is cut off; and which are cut off.
    fn cuts(&self, zone: Zone, map: At<'_>) -> SmallVec<[(Zone, Cut); 1]> {
        let mut all: SmallVec<[(Zone, Cut); 1]> = smallvec![(zone, Cut::new())];
        for (own, end) in &self.clipped {
            let (point, last) = (map(*own), map(*end));
            all = (all.into_iter())
                .flat_map(|(zone, cut)| {
                    let mut whole = zone.clone();
                    let whole = whole.constrain(point, last, 0).then(|| (whole, cut.clone()));
                    let mut short = zone;
                    let is_cut = short.precede(last, point);
                    let is_cut = is_cut.then(|| (short, cut.into_iter().chain([*own]).collect()));
                    whole.into_iter().chain(is_cut)
                })
                .collect();
        }
        all
    }

    /// Where a point is that is cut off.
    fn end_of(&self, point: usize) -> usize {
        self.clipped.iter().find(|(own, _)| *own == point).map_or(point, |(_, end)| *end)
    }

    fn settled(&self, mut zone: Zone) -> Zone {
        self.let_go(&mut zone, &|own| own, &[]);
        zone
    }

    /// Puts the new points into a zone that has other points as well; `map` says where each point of the case before the
    /// step is. Gives where each point of the case after it is: in one zone, or in one for each way in which it can be.
    pub(crate) fn place_in(&self, mut zone: Zone, map: At<'_>) -> Vec<(Zone, Placed)> {
        let (first, before) = (zone.len(), self.before);
        let at = |own: usize| if own < before { map(own) } else { first + own - before };
        zone = zone.wider(self.added.len());
        for (added, point) in self.added.iter().zip(first..) {
            added.place(&mut zone, point, &at);
        }
        self.tie_stood(&mut zone, &at);
        for (point, (other, ticks)) in &self.ties {
            zone.tie(at(*point), (at(*other), *ticks));
        }
        let placed = |cut: &Cut| {
            let end = |own: usize| if cut.contains(&own) { self.end_of(own) } else { own };
            Placed {
                points: self.places.iter().map(|own| at(end(*own))).collect(),
                new: self.places.iter().map(|own| end(*own) >= before).collect(),
                started: self.started.iter().map(|one| (at(one.point), one.term)).collect(),
                earliest: self.earliest.iter().map(|one| Earliest { point: at(one.point), ..*one }).collect(),
            }
        };
        let cuts = self.cuts(zone, &at);
        cuts.into_iter().map(|(zone, cut)| (zone, placed(&cut))).collect()
    }

    /// Lets go of what is longer ago than anything that counts from it, in a zone that has other points as well. How clocks that are held
    /// stand to each other stays known, and to `beside`.
    pub(crate) fn let_go(&self, zone: &mut Zone, map: At<'_>, beside: &[usize]) {
        let held = self.held.iter().map(|(own, _)| own).chain(&self.held_wholes).map(|own| map(*own));
        let beside: SmallVec<[usize; 8]> = held.chain(beside.iter().copied()).collect();
        for (own, longest) in &self.held {
            zone.forget_held(map(*own), *longest, &beside);
        }
        self.stopped.iter().for_each(|stopped| stopped.let_go(zone, map));
        zone.forget_beyond(self.forgotten.iter().map(|(point, longest)| (map(*point), *longest)));
    }

    /// Whether a new point is so much later than this one.
    pub(crate) fn counts_from(&self, point: usize) -> bool {
        self.added.iter().any(|added| added.from == point)
    }

    /// The points of clocks of which the time has come already, or is still to come.
    pub(crate) fn unsure(&self) -> &[usize] {
        &self.unsure
    }

    fn split(&self, zone: Zone) -> Zones {
        split(zone, &self.unsure)
    }
}

/// The moments at which each of these points is over, and those at which it is still to come.
pub(crate) fn split(zone: Zone, unsure: &[usize]) -> Zones {
    let mut zones: Zones = smallvec![zone];
    for point in unsure {
        let mut split = Zones::new();
        for zone in zones {
            if zone.bound(NOW, *point) <= 0 && !zone.may_be_on_the_clock(NOW, *point, 1) {
                split.push(zone);
                continue;
            }
            let mut to_come = zone.clone();
            if to_come.constrain(NOW, *point, 0) && to_come.constrain_on_the_clock(NOW, *point, 0) {
                split.push(to_come);
            }
            // Over since earlier on the day.
            if zone.may_be_on_the_clock(NOW, *point, 1) {
                let mut today = zone.clone();
                let same_day = today.constrain(NOW, *point, 0) && today.constrain(*point, NOW, 0);
                if same_day && today.constrain_on_the_clock(*point, NOW, -1) {
                    split.push(today);
                }
            }
            let mut over = zone;
            if over.constrain(*point, NOW, -1) && over.constrain_on_the_clock(*point, NOW, -1) {
                split.push(over);
            }
        }
        zones = split;
    }
    zones
}

/// Where the points of a case are after a step, in a zone that has other points as well.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) points: Vec<usize>,
    /// Whether each came with the step.
    pub(crate) new: Vec<bool>,
    /// The ends of terms that start with the step.
    pub(crate) started: Vec<(usize, (Length, Regime))>,
    /// The moments before which something may not be done, counted in days from the step.
    pub(crate) earliest: Vec<Earliest>,
}

/// The working days of a term that is counted in those, and that no rule of law moves.
pub(crate) fn working_days(length: Length, regime: Regime) -> Option<i32> {
    let counted = length.unit == Unit::WorkingDays && regime == Regime::OwnNorm;
    i32::try_from(length.amount).ok().filter(|amount| counted && *amount > 0)
}

/// The seconds of a length that is counted in hours.
pub(crate) fn seconds(length: Length) -> Option<i32> {
    let own = match length.unit {
        Unit::Hours => 3600,
        Unit::Minutes => 60,
        _ => return None,
    };
    i32::try_from(length.amount).ok()?.checked_mul(own).filter(|seconds| *seconds < FREE / 4)
}
