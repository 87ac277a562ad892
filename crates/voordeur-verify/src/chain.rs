//! Terms that follow each other from the report on, without anybody reporting anything in between: how long they take together depends on
//! nothing but the day of the report, so the calendar is asked for each of them. A zone alone adds up the longest of each, which may not
//! go together: three months are never 93 days.

use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use jiff::Timestamp;
use rustc_hash::FxHashMap;
use smallvec::{SmallVec, smallvec};
use voordeur_calendar::{Calendar, Length, Regime, Unit};

use crate::zone::NOW;

/// So many terms follow each other at most; of what comes after more nothing is said.
const MOST_LINKS: u32 = 12;

/// So many chains are told apart at most.
const MOST_CHAINS: usize = 2_000;

/// A term, or a delay that ends at the time of the day at which it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Link {
    pub(crate) length: Length,
    pub(crate) regime: Regime,
    pub(crate) is_deadline: bool,
}

/// A chain, by number. The first is the report itself.
type Chain = u32;

const REPORT: Chain = 0;

/// All chains of a search, with where each of them ends for each day of the report.
#[derive(Debug)]
pub(crate) struct Chains {
    calendar: Calendar,
    /// For each chain its number of links, and the moment at which it ends for each day of the report.
    all: Vec<(u32, Rc<[Timestamp]>)>,
    /// The same in ticks since the report.
    ticks: Vec<Rc<[i32]>>,
    next: FxHashMap<(Chain, Link), Option<Chain>>,
    apart: FxHashMap<(Chain, Chain), (i32, i32)>,
}

impl Chains {
    /// Only the report, at noon of each of these days.
    pub(crate) fn new(calendar: &Calendar, days: impl Iterator<Item = jiff::civil::Date>) -> Self {
        let noon = |day: jiff::civil::Date| calendar.resolve(day.at(12, 0, 0, 0)).ok();
        let reports: Rc<[Timestamp]> = days.filter_map(noon).collect();
        let none: Rc<[i32]> = vec![0; reports.len()].into();
        Self {
            calendar: calendar.clone(),
            all: vec![(0, reports)],
            ticks: vec![none],
            next: FxHashMap::default(),
            apart: FxHashMap::default(),
        }
    }

    fn followed_by(&mut self, chain: Chain, link: Link) -> Option<Chain> {
        if let Some(known) = self.next.get(&(chain, link)) {
            return *known;
        }
        let next = self.made(chain, link);
        self.next.insert((chain, link), next);
        next
    }

    fn made(&mut self, chain: Chain, link: Link) -> Option<Chain> {
        let (links, from) = self.all.get(usize::try_from(chain).ok()?)?.clone();
        let is_counted = !link.length.unit.is_elapsed() && link.length.unit != Unit::TeachingWeeks;
        if links >= MOST_LINKS || self.all.len() >= MOST_CHAINS || !is_counted {
            return None;
        }
        let end = |at: &Timestamp| match link.is_deadline {
            true => self.calendar.deadline(*at, link.length, link.regime).at,
            false => self.calendar.delay(*at, link.length).at,
        };
        let ends: Rc<[Timestamp]> = from.iter().map(end).collect();
        let (_, reports) = self.all.first()?;
        let ticks = reports.iter().zip(ends.iter()).map(|(from, to)| self.tick(*to, *from) - 1).collect();
        self.all.push((links + 1, ends));
        self.ticks.push(ticks);
        u32::try_from(self.all.len() - 1).ok()
    }

    /// The tick of a moment, counted from the beginning of the day of a report.
    fn tick(&self, at: Timestamp, report: Timestamp) -> i32 {
        let (day, first) = (self.calendar.date(at), self.calendar.date(report));
        let days = i32::try_from(self.calendar.days_between(first, day)).unwrap_or(i32::MAX / 8);
        2 * days + i32::from(at != self.calendar.start_of_day(day))
    }

    /// How many ticks later than another chain a chain ends, at least and at most.
    fn between(&mut self, one: Chain, other: Chain) -> Option<(i32, i32)> {
        if let Some(known) = self.apart.get(&(one, other)) {
            return Some(*known);
        }
        let of = |chain: Chain| self.ticks.get(usize::try_from(chain).ok()?);
        let apart = of(one)?.iter().zip(of(other)?.iter()).map(|(one, other)| one - other);
        let found = apart.fold(None, |found: Option<(i32, i32)>, ticks| {
            Some(found.map_or((ticks, ticks), |(least, most)| (least.min(ticks), most.max(ticks))))
        })?;
        self.apart.insert((one, other), found);
        Some(found)
    }
}

impl Chains {
    /// Whether two chains end at the same moment whenever they end at the same time of one day.
    fn meet(&self, one: Chain, other: Chain) -> bool {
        let of = |chain: Chain| {
            let at = usize::try_from(chain).ok()?;
            Some(self.ticks.get(at)?.iter().zip(self.all.get(at)?.1.iter()))
        };
        of(one).zip(of(other)).is_some_and(|(one, other)| {
            one.zip(other).all(|((tick, at), (its, there))| tick != its || at == there)
        })
    }
}

/// Which points are the ends of chains.
#[derive(Debug, Clone)]
pub(crate) struct Chained {
    of: SmallVec<[Option<Chain>; 24]>,
    chains: Rc<RefCell<Chains>>,
}

impl PartialEq for Chained {
    fn eq(&self, other: &Self) -> bool {
        self.of == other.of
    }
}

impl Eq for Chained {}

impl Hash for Chained {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.of.hash(state);
    }
}

impl Chained {
    /// Now is the report.
    pub(crate) fn new(chains: Rc<RefCell<Chains>>) -> Self {
        Self { of: smallvec![Some(REPORT)], chains }
    }

    pub(crate) fn wider(&self, more: usize) -> Self {
        let mut wider = self.clone();
        wider.of.resize(wider.of.len() + more, None);
        wider
    }

    pub(crate) fn get(&self, point: usize) -> Option<Chain> {
        self.of.get(point).copied().flatten()
    }

    pub(crate) fn set(&mut self, point: usize, chain: Option<Chain>) {
        if let Some(slot) = self.of.get_mut(point) {
            *slot = chain;
        }
    }

    /// The chain that goes on from another one.
    pub(crate) fn followed_by(&self, chain: Chain, link: Link) -> Option<Chain> {
        self.chains.try_borrow_mut().ok()?.followed_by(chain, link)
    }

    /// Whether two points are one moment where they are at the same time of one day.
    pub(crate) fn meet(&self, one: usize, other: usize) -> bool {
        let both = self.get(one).zip(self.get(other)).zip(self.chains.try_borrow().ok());
        both.is_some_and(|((one, other), chains)| chains.meet(one, other))
    }

    /// How many ticks later than each other point that ends a chain a point is, at least and at most.
    pub(crate) fn ties(&self, point: usize) -> Vec<(usize, (i32, i32))> {
        let Some((own, mut chains)) = self.get(point).zip(self.chains.try_borrow_mut().ok()) else {
            return Vec::new();
        };
        let others = self.of.iter().enumerate().filter(|(at, _)| *at != point);
        others.filter_map(|(at, chain)| Some((at, chains.between(own, (*chain)?)?))).collect()
    }

    /// Lets time go by: now is some later moment.
    pub(crate) fn elapse(&mut self) {
        self.set(NOW, None);
    }

    pub(crate) fn keep(&self, kept: &[usize]) -> Self {
        let of = kept.iter().map(|point| self.get(*point)).collect();
        Self { of, chains: Rc::clone(&self.chains) }
    }

    /// What is so in both.
    pub(crate) fn both(mut self, other: &Self) -> Self {
        for (own, its) in self.of.iter_mut().zip(&other.of) {
            *own = own.filter(|own| *its == Some(*own));
        }
        self
    }

    /// Whether nothing is said here that the other one does not say.
    pub(crate) fn includes(&self, other: &Self) -> bool {
        self.of.iter().zip(&other.of).all(|(own, its)| own.is_none() || own == its)
    }
}
