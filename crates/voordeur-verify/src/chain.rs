//! Terms that follow each other from the report on, without anybody reporting anything in between: how long they take together depends on
//! nothing but the day of the report, so the calendar is asked for each of them. A zone alone adds up the longest of each, which may not
//! go together: three months are never 93 days.
//!
//! Where something is reported in between, it is before some term is over and after others were: and a term that begins sooner ends no
//! later. So of what follows it is known after which chain it does not come, and before which one.

use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
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

/// What follows in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Next {
    Term(Link),
    /// The last moment of the day before: what is reported before a term is over comes no later.
    DayBefore,
}

impl Next {
    fn is_counted(self) -> bool {
        let Self::Term(link) = self else { return true };
        !link.length.unit.is_elapsed() && link.length.unit != Unit::TeachingWeeks
    }
}

/// A chain, by number. The first is the report itself.
type Chain = u32;

const REPORT: Chain = 0;

/// Ticks are counted from this day on.
const FIRST_DAY: Date = date(1970, 1, 1);

/// A calendar that is asked once for each moment: many chains come by the same ones.
#[derive(Debug)]
struct Asked {
    calendar: Calendar,
    ticks: FxHashMap<Timestamp, i32>,
    ends: FxHashMap<Next, FxHashMap<Timestamp, Timestamp>>,
}

impl Asked {
    fn new(calendar: &Calendar) -> Self {
        Self { calendar: calendar.clone(), ticks: FxHashMap::default(), ends: FxHashMap::default() }
    }

    /// The tick of a moment: two for each day, the first of them for its beginning alone.
    fn tick(&mut self, at: Timestamp) -> i32 {
        let Self { calendar, ticks, .. } = self;
        *ticks.entry(at).or_insert_with(|| {
            let day = calendar.date(at);
            let days = calendar.days_between(FIRST_DAY, day);
            2 * i32::try_from(days).unwrap_or(i32::MAX / 8) + i32::from(at != calendar.start_of_day(day))
        })
    }

    /// When it is over, from each of these moments on.
    fn ends(&mut self, next: Next, from: &[Timestamp]) -> Vec<Timestamp> {
        let Self { calendar, ends, .. } = self;
        let known = ends.entry(next).or_default();
        let end = |at: Timestamp| match next {
            Next::Term(Link { length, regime, is_deadline: true }) => {
                calendar.deadline(at, length, regime).at
            }
            Next::Term(Link { length, .. }) => calendar.delay(at, length).at,
            Next::DayBefore => at.saturating_sub(SignedDuration::from_mins(1)).unwrap_or(at),
        };
        from.iter().map(|at| *known.entry(*at).or_insert_with(|| end(*at))).collect()
    }
}

/// All chains of a search, with where each of them ends for each day of the report.
#[derive(Debug)]
pub(crate) struct Chains {
    calendar: Asked,
    /// The beginning of the day of each report, in ticks.
    reports: Vec<i32>,
    /// For each chain its number of links, and the moment at which it ends for each day of the report.
    all: Vec<(u32, Rc<[Timestamp]>)>,
    /// The same in ticks since the report.
    ticks: Vec<Rc<[i32]>>,
    next: FxHashMap<(Chain, Next), Option<Chain>>,
    apart: FxHashMap<(Chain, Chain), (i32, i32)>,
}

impl Chains {
    /// Only the report, at noon of each of these days.
    pub(crate) fn new(calendar: &Calendar, days: impl Iterator<Item = Date>) -> Self {
        let noon = |day: Date| calendar.resolve(day.at(12, 0, 0, 0)).ok();
        let reports: Rc<[Timestamp]> = days.filter_map(noon).collect();
        let none: Rc<[i32]> = vec![0; reports.len()].into();
        let mut calendar = Asked::new(calendar);
        let days = reports.iter().map(|at| calendar.tick(*at) - 1).collect();
        Self {
            calendar,
            reports: days,
            all: vec![(0, reports)],
            ticks: vec![none],
            next: FxHashMap::default(),
            apart: FxHashMap::default(),
        }
    }

    fn followed_by(&mut self, chain: Chain, next: Next) -> Option<Chain> {
        if let Some(known) = self.next.get(&(chain, next)) {
            return *known;
        }
        let made = self.made(chain, next);
        self.next.insert((chain, next), made);
        made
    }

    fn made(&mut self, chain: Chain, next: Next) -> Option<Chain> {
        let (links, from) = self.all.get(usize::try_from(chain).ok()?)?.clone();
        if links >= MOST_LINKS || self.all.len() >= MOST_CHAINS || !next.is_counted() {
            return None;
        }
        let ends: Rc<[Timestamp]> = self.calendar.ends(next, &from).into();
        let both = self.reports.iter().zip(ends.iter());
        let ticks = both.map(|(day, to)| self.calendar.tick(*to) - day - 1).collect();
        self.all.push((links + 1, ends));
        self.ticks.push(ticks);
        u32::try_from(self.all.len() - 1).ok()
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
    /// Whether a chain ends no sooner than another one, from whatever day.
    fn is_no_sooner(&mut self, one: Chain, than: Chain) -> bool {
        one == than || self.between(one, than).is_some_and(|(least, _)| least >= 0)
    }

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

/// What is known of a point.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Known {
    /// It is the end of this chain.
    exact: Option<Chain>,
    /// It does not come after the end of this one.
    by: Option<Chain>,
    /// It does not come before the end of this one.
    since: Option<Chain>,
}

impl Known {
    const fn exactly(chain: Option<Chain>) -> Self {
        Self { exact: chain, by: chain, since: chain }
    }

    /// What is known of both.
    fn both(self, other: Self, chains: &mut Chains) -> Self {
        // Of two of which none is later on every day nothing is known.
        let mut weaker =
            |own: Option<Chain>, its: Option<Chain>, is_weaker: fn(&mut Chains, Chain, Chain) -> bool| {
                let (own, its) = own.zip(its)?;
                let own_is = is_weaker(chains, own, its).then_some(own);
                own_is.or_else(|| is_weaker(chains, its, own).then_some(its))
            };
        Self {
            exact: self.exact.filter(|_| self.exact == other.exact),
            by: weaker(self.by, other.by, Chains::is_no_sooner),
            since: weaker(self.since, other.since, |chains, own, its| chains.is_no_sooner(its, own)),
        }
    }

    /// Whether nothing is said here that does not follow from what the other one says.
    fn includes(self, other: Self, chains: &mut Chains) -> bool {
        let mut holds = |no_sooner: Option<Chain>, than: Option<Chain>| {
            no_sooner.zip(than).is_some_and(|(one, than)| chains.is_no_sooner(one, than))
        };
        (self.exact.is_none() || self.exact == other.exact)
            && (self.by.is_none() || holds(self.by, other.by))
            && (self.since.is_none() || holds(other.since, self.since))
    }
}

/// A point, and how many ticks later another one is at least and at most, where that is known.
type Tied = (usize, (Option<i32>, Option<i32>));

/// How the points stand to the ends of chains.
#[derive(Debug, Clone)]
pub(crate) struct Chained {
    known: SmallVec<[Known; 24]>,
    chains: Rc<RefCell<Chains>>,
}

impl PartialEq for Chained {
    fn eq(&self, other: &Self) -> bool {
        self.known == other.known
    }
}

impl Eq for Chained {}

impl Hash for Chained {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.known.hash(state);
    }
}

impl Chained {
    /// Now is the report.
    pub(crate) fn new(chains: Rc<RefCell<Chains>>) -> Self {
        Self { known: smallvec![Known::exactly(Some(REPORT))], chains }
    }

    pub(crate) fn wider(&self, more: usize) -> Self {
        let mut wider = self.clone();
        wider.known.resize(wider.known.len() + more, Known::default());
        wider
    }

    fn known(&self, point: usize) -> Known {
        self.known.get(point).copied().unwrap_or_default()
    }

    fn put(&mut self, point: usize, known: Known) {
        if let Some(slot) = self.known.get_mut(point) {
            *slot = known;
        }
    }

    /// The chain of which a point is the end.
    pub(crate) fn get(&self, point: usize) -> Option<Chain> {
        self.known(point).exact
    }

    /// Says of a point that it is the end of a chain.
    pub(crate) fn set(&mut self, point: usize, chain: Chain) {
        self.put(point, Known::exactly(Some(chain)));
    }

    /// Says of a point what follows from being so much later than one that comes no later than some, or on a day before them, and no sooner
    /// than others.
    pub(crate) fn set_between(
        &mut self,
        point: usize,
        link: Option<Link>,
        (later, sooner): (&[(usize, bool)], &[usize]),
    ) {
        let before = |(other, is_day_before): &(usize, bool)| {
            let by = self.known(*other).by?;
            if *is_day_before { self.next(by, Next::DayBefore) } else { Some(by) }
        };
        let by = self.all_followed_by(later.iter().filter_map(before), link);
        let since = self.all_followed_by(sooner.iter().filter_map(|other| self.known(*other).since), link);
        let Ok(mut all) = self.chains.try_borrow_mut() else { return };
        let mut after = |chain: &Chain| all.between(*chain, REPORT);
        let by = by.into_iter().min_by_key(|chain| after(chain).map_or(i32::MAX, |(_, most)| most));
        let since = since.into_iter().max_by_key(|chain| after(chain).map_or(i32::MIN, |(least, _)| least));
        drop(all);
        self.put(point, Known { exact: None, by, since });
    }

    fn all_followed_by(
        &self,
        chains: impl Iterator<Item = Chain>,
        link: Option<Link>,
    ) -> SmallVec<[Chain; 8]> {
        let next = |chain| link.map_or(Some(chain), |link| self.followed_by(chain, link));
        chains.filter_map(next).collect()
    }

    /// The chain that goes on from another one.
    pub(crate) fn followed_by(&self, chain: Chain, link: Link) -> Option<Chain> {
        self.next(chain, Next::Term(link))
    }

    fn next(&self, chain: Chain, next: Next) -> Option<Chain> {
        self.chains.try_borrow_mut().ok()?.followed_by(chain, next)
    }

    /// Whether two points are one moment where they are at the same time of one day.
    pub(crate) fn meet(&self, one: usize, other: usize) -> bool {
        let both = self.get(one).zip(self.get(other)).zip(self.chains.try_borrow().ok());
        both.is_some_and(|((one, other), chains)| chains.meet(one, other))
    }

    /// How many ticks later than each other point that ends a chain a point is, at least and at most, where that is known.
    pub(crate) fn ties(&self, point: usize) -> Vec<Tied> {
        let (own, Ok(mut chains)) = (self.known(point), self.chains.try_borrow_mut()) else {
            return Vec::new();
        };
        let mut apart = |chain: Option<Chain>, other: Chain| chains.between(chain?, other);
        let others = self.known.iter().enumerate().filter(|(at, _)| *at != point);
        let others = others.filter_map(|(at, other)| Some((at, other.exact?)));
        others
            .map(|(at, other)| {
                let (least, most) = (apart(own.since, other), apart(own.by, other));
                (at, (least.map(|(least, _)| least), most.map(|(_, most)| most)))
            })
            .collect()
    }

    /// Lets go of all that is known.
    pub(crate) fn forget(&mut self) {
        self.known.fill(Known::default());
    }

    /// Lets time go by: now is some later moment.
    pub(crate) fn elapse(&mut self) {
        let since = self.known(NOW).since;
        self.put(NOW, Known { since, ..Known::default() });
    }

    pub(crate) fn keep(&self, kept: &[usize]) -> Self {
        let known = kept.iter().map(|point| self.known(*point)).collect();
        Self { known, chains: Rc::clone(&self.chains) }
    }

    /// What is so in both.
    pub(crate) fn both(mut self, other: &Self) -> Self {
        let Ok(mut chains) = self.chains.try_borrow_mut() else { return self };
        for (own, its) in self.known.iter_mut().zip(&other.known) {
            *own = own.both(*its, &mut chains);
        }
        drop(chains);
        self
    }

    /// Whether nothing is said here that the other one does not say.
    pub(crate) fn includes(&self, other: &Self) -> bool {
        let Ok(mut chains) = self.chains.try_borrow_mut() else { return false };
        self.known.iter().zip(&other.known).all(|(own, its)| own.includes(*its, &mut chains))
    }
}
