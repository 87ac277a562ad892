//! Terms that follow each other from the report on, without anybody reporting anything in between: how long they take together depends on
//! nothing but the day of the report, so the calendar is asked for each of them. A zone alone adds up the longest of each, which may not
//! go together: three months are never 93 days.
//!
//! Where something is reported in between, it is before some term is over: and a term that begins sooner ends no later. So of what follows
//! it is known after which chain it does not come.

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
    /// For each point a chain after whose end it does not come.
    by: SmallVec<[Option<Chain>; 24]>,
    chains: Rc<RefCell<Chains>>,
}

impl PartialEq for Chained {
    fn eq(&self, other: &Self) -> bool {
        self.of == other.of && self.by == other.by
    }
}

impl Eq for Chained {}

impl Hash for Chained {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.of.hash(state);
        self.by.hash(state);
    }
}

impl Chained {
    /// Now is the report.
    pub(crate) fn new(chains: Rc<RefCell<Chains>>) -> Self {
        Self { of: smallvec![Some(REPORT)], by: smallvec![Some(REPORT)], chains }
    }

    pub(crate) fn wider(&self, more: usize) -> Self {
        let mut wider = self.clone();
        wider.of.resize(wider.of.len() + more, None);
        wider.by.resize(wider.by.len() + more, None);
        wider
    }

    pub(crate) fn get(&self, point: usize) -> Option<Chain> {
        self.of.get(point).copied().flatten()
    }

    pub(crate) fn set(&mut self, point: usize, chain: Option<Chain>) {
        if let Some(slot) = self.of.get_mut(point) {
            *slot = chain;
        }
        self.set_by(point, chain);
    }

    /// The chain after whose end a point does not come.
    pub(crate) fn by(&self, point: usize) -> Option<Chain> {
        self.by.get(point).copied().flatten()
    }

    pub(crate) fn set_by(&mut self, point: usize, chain: Option<Chain>) {
        if let Some(slot) = self.by.get_mut(point) {
            *slot = chain;
        }
    }

    /// Of chains that go on from these the one that ends soonest.
    pub(crate) fn soonest(&self, chains: impl Iterator<Item = Chain>, link: Option<Link>) -> Option<Chain> {
        let next = self.all_followed_by(chains, link);
        let mut all = self.chains.try_borrow_mut().ok()?;
        next.into_iter().min_by_key(|chain| all.between(*chain, REPORT).map_or(i32::MAX, |(_, most)| most))
    }

    /// The one that ends last.
    pub(crate) fn last(&self, chains: impl Iterator<Item = Chain>, link: Option<Link>) -> Option<Chain> {
        let next = self.all_followed_by(chains, link);
        let mut all = self.chains.try_borrow_mut().ok()?;
        next.into_iter().max_by_key(|chain| all.between(*chain, REPORT).map_or(i32::MIN, |(least, _)| least))
    }

    fn all_followed_by(
        &self,
        chains: impl Iterator<Item = Chain>,
        link: Option<Link>,
    ) -> SmallVec<[Chain; 8]> {
        let next = |chain| link.map_or(Some(chain), |link| self.followed_by(chain, link));
        chains.filter_map(next).collect()
    }

    /// How many ticks later than each point that ends a chain the end of a chain is, at least and at most.
    pub(crate) fn apart_from(&self, chain: Chain, point: usize) -> Vec<(usize, (i32, i32))> {
        let Ok(mut chains) = self.chains.try_borrow_mut() else { return Vec::new() };
        let others = self.of.iter().enumerate().filter(|(at, _)| *at != point);
        others.filter_map(|(at, other)| Some((at, chains.between(chain, (*other)?)?))).collect()
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
        self.get(point).map_or_else(Vec::new, |own| self.apart_from(own, point))
    }

    /// Lets go of all that is known.
    pub(crate) fn forget(&mut self) {
        self.of.iter_mut().chain(&mut self.by).for_each(|chain| *chain = None);
    }

    /// Lets time go by: now is some later moment.
    pub(crate) fn elapse(&mut self) {
        self.set(NOW, None);
    }

    pub(crate) fn keep(&self, kept: &[usize]) -> Self {
        let of = kept.iter().map(|point| self.get(*point)).collect();
        let by = kept.iter().map(|point| self.by(*point)).collect();
        Self { of, by, chains: Rc::clone(&self.chains) }
    }

    /// What is so in both.
    pub(crate) fn both(mut self, other: &Self) -> Self {
        let all = self.of.iter_mut().zip(&other.of).chain(self.by.iter_mut().zip(&other.by));
        for (own, its) in all {
            *own = own.filter(|own| *its == Some(*own));
        }
        self
    }

    /// Whether nothing is said here that the other one does not say.
    pub(crate) fn includes(&self, other: &Self) -> bool {
        let all = self.of.iter().zip(&other.of).chain(self.by.iter().zip(&other.by));
        all.into_iter().all(|(own, its)| own.is_none() || own == its)
    }
}
