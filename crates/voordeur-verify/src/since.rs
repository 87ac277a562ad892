//! `since`: how long ago something was, as far as conditions tell it apart.
//!
//! ```text
//!   since report < 6 weeks      ──▶ less than 42 days, or 42 days and more
//!   each length that differs    ──▶ a date for the case, and between which ticks the moment of the zone must be
//! ```
//!
//! A step is tried with a date for each; where they come to different things each happens at its own moments only. A day
//! that somebody records is no moment of the zone: of it every length is tried that can still come.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use smallvec::{SmallVec, smallvec};
use voordeur_calendar::{Calendar, Length, Regime, Unit};
use voordeur_engine::Case;
use voordeur_protocol::guard::{Expr, Facts as _};
use voordeur_protocol::model::{Derived, SinceUnit, Start};
use voordeur_protocol::{Anchor, FieldId, Protocol, Value};

use crate::cells::each_condition;
use crate::extent::Extents;
use crate::looks::Looks;
use crate::points::Points;
use crate::sliding::{self, Held};
use crate::zone::{FREE, NOW, Zone};

/// More combinations of lengths than this are not tried one by one.
const MOST: usize = 64;

/// Something that conditions ask how long ago it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) start: Start,
    pub(crate) unit: SinceUnit,
    /// The lengths at which an answer changes, in units, in order.
    pub(crate) cuts: Vec<i64>,
}

/// Whose moment it is: of a stage that was interrupted it counts from when that was entered, once it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Began {
    pub(crate) start: Start,
    pub(crate) interrupted: bool,
}

/// Between how many ticks ago the moment of a point must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) point: usize,
    pub(crate) ticks: (i32, i32),
}

/// Dates for everything that conditions look back on so.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ago {
    /// The dates, and for which start.
    pub(crate) dates: SmallVec<[(Began, Timestamp); 1]>,
    /// The dates that stand for a point of the zone.
    pub(crate) stands: SmallVec<[(Timestamp, usize); 1]>,
    pub(crate) limits: SmallVec<[Limit; 1]>,
    /// Days that were recorded, and by which day each was replaced.
    pub(crate) days: SmallVec<[(FieldId, Date, Date); 1]>,
    /// What windows hold by now.
    pub(crate) held: SmallVec<[Held; 1]>,
    /// Days of birth that stand for the age that somebody has by now.
    pub(crate) born: SmallVec<[(FieldId, Date); 1]>,
}

/// The sources of all conditions.
pub(crate) fn sources(protocol: &Protocol) -> Vec<Source> {
    let mut all: Vec<Source> = Vec::new();
    each_condition(protocol, &mut |_, guard| {
        guard.walk(&mut |part| {
            let Expr::Range { field, low, high } = part else { return };
            let Some(Derived::Since(start, unit)) = protocol.fields.row(*field).derived else { return };
            let start = if start == Start::From(Anchor::Report) { Start::Report } else { start };
            let at = all.iter().position(|one| one.start == start && one.unit == unit);
            let at = at.unwrap_or_else(|| {
                all.push(Source { start, unit, cuts: Vec::new() });
                all.len() - 1
            });
            let count = |value: &Value| if let Value::Count(n) = value { Some(*n) } else { None };
            let low = low.as_ref().and_then(count);
            let high = high.as_ref().and_then(count).map(|n| n.saturating_add(1));
            all.get_mut(at).into_iter().for_each(|one| one.cuts.extend(low.into_iter().chain(high)));
        });
    });
    for one in &mut all {
        one.cuts.sort_unstable();
        one.cuts.dedup();
    }
    all
}

impl Source {
    /// The longest that it tells apart, in ticks.
    pub(crate) fn longest(&self) -> i32 {
        let most = self.cuts.last().copied().unwrap_or(0);
        let days = match self.unit {
            SinceUnit::Minutes => most / 1440 + 2,
            SinceUnit::Days => most,
            SinceUnit::Months => most.saturating_mul(31),
        };
        2 * (small(days.max(0)) + 1)
    }

    /// The lengths to try, in units: one for each way to answer.
    fn lengths(&self) -> Vec<i64> {
        let mut all = vec![0];
        all.extend(self.cuts.iter().copied().filter(|cut| *cut > 0));
        all
    }

    /// The lengths between which a length is answered alike: from this one on, to before that one.
    fn around(&self, length: i64) -> (Option<i64>, Option<i64>) {
        let from = self.cuts.iter().copied().rfind(|cut| *cut <= length);
        (from, self.cuts.iter().copied().find(|cut| *cut > length))
    }

    /// How many ticks ago it can have been, at least and at most, when it was so long ago; whether now and the point are
    /// in the course of a day.
    fn ticks(&self, length: i64, (now, point): (bool, bool), extents: &mut Extents) -> (i32, i32) {
        let (from, to) = self.around(length);
        let odd = i32::from(now) - i32::from(point);
        let (least, most) = match self.unit {
            SinceUnit::Days => (from.map(small), to.map(|to| small(to) - 1)),
            SinceUnit::Months => {
                let mut days = |n: i64| {
                    extents.days(Length::new(u32::try_from(n).unwrap_or(0), Unit::Months), Regime::OwnNorm)
                };
                (from.map(|from| days(from).0), to.map(|to| days(to).1 - 1))
            }
            SinceUnit::Minutes => return minutes(from, to, i64::from(now) + i64::from(point)),
        };
        (least.map_or(-FREE, |days| 2 * days + odd), most.map_or(FREE, |days| 2 * days + odd))
    }

    /// The ticks ago at which an answer changes, or may change. Time goes on from before them to after them and not back.
    fn turns(&self, odd: (bool, bool), extents: &mut Extents) -> SmallVec<[i32; 2]> {
        let mut turns = SmallVec::new();
        for cut in &self.cuts {
            let (_, before) = self.ticks(cut.saturating_sub(1), odd, extents);
            let (after, _) = self.ticks(*cut, odd, extents);
            turns.push(after);
            if before.saturating_add(1) > after {
                turns.push(before.saturating_add(1));
            }
        }
        turns
    }

    /// How long ago a moment was, in units: what the engine says of it.
    fn length(&self, calendar: &Calendar, at: Timestamp, now: Timestamp) -> i64 {
        let days = || (calendar.date(at), calendar.date(now));
        match self.unit {
            SinceUnit::Minutes => now.duration_since(at).as_mins(),
            SinceUnit::Days => calendar.days_between(days().0, days().1),
            SinceUnit::Months => calendar.months_between(days().0, days().1),
        }
    }

    /// The moment that was so long ago, on its own second, so that no two of them are the same.
    fn at(&self, calendar: &Calendar, now: Timestamp, length: i64, number: usize) -> Option<Timestamp> {
        let second = SignedDuration::from_secs(i64::try_from(number % 50).unwrap_or(0) + 1);
        match self.unit {
            SinceUnit::Minutes => {
                now.checked_sub(SignedDuration::from_mins(length)).ok()?.checked_sub(second).ok()
            }
            unit => {
                let local = calendar.local(now);
                let day = back(local.date(), unit, length)?;
                calendar.resolve(day.to_datetime(local.time())).ok()?.checked_add(second).ok()
            }
        }
    }

    /// The days to record: for each way to answer one that stays so for a while, and after those one for each length that is
    /// a day less than what is told apart next.
    pub(crate) fn days(&self, today: Date) -> Vec<Date> {
        let at = |length: i64| back(today, self.unit, length);
        let lengths = self.lengths();
        let next = lengths.iter().skip(1).filter_map(|length| at(*length));
        let next: Vec<Date> = next.collect();
        let middle = lengths.iter().enumerate().filter_map(|(number, length)| {
            let from = at(*length)?;
            let days = next.get(number).map_or(60, |to| i64::from((from - *to).get_days()));
            from.checked_sub((days / 2).days()).ok()
        });
        let middle: Vec<Date> = middle.collect();
        middle.into_iter().chain(next.into_iter().filter_map(|day| day.tomorrow().ok())).collect()
    }
}

/// So many units before a day.
fn back(day: Date, unit: SinceUnit, length: i64) -> Option<Date> {
    let span = match unit {
        SinceUnit::Minutes => (length / 1440).days(),
        SinceUnit::Days => jiff::Span::new().try_days(length).ok()?,
        SinceUnit::Months => jiff::Span::new().try_months(length).ok()?,
    };
    day.checked_sub(span).ok()
}

/// The ticks in which so many minutes can have gone by; each end that is in the course of a day may be any hour of it,
/// and a clock may have changed.
pub(crate) fn minutes(from: Option<i64>, to: Option<i64>, in_days: i64) -> (i32, i32) {
    let least = from.map_or(-FREE, |from| small((from - 60).div_euclid(720) - in_days));
    let most = to.map_or(FREE, |to| small((to + 60).div_euclid(720) + 1 + in_days));
    (least, most)
}

fn small(n: i64) -> i32 {
    i32::try_from(n.clamp(-1_000_000, 1_000_000)).unwrap_or(0)
}

/// The moment at which steps are tried, and how the points of the zone stand to it.
pub(crate) struct Now<'s> {
    pub(crate) at: Timestamp,
    pub(crate) points: &'s Points,
    /// Whether each point is a midnight; now is the first.
    pub(crate) midnight: &'s [bool],
}

impl Now<'_> {
    /// Whether a point is in the course of a day.
    pub(crate) fn is_odd(&self, point: usize) -> bool {
        !self.midnight.get(point).copied().unwrap_or(false)
    }
}

impl Ago {
    /// Every combination of lengths that conditions tell apart; `None` when there are too many.
    pub(crate) fn all(
        protocol: &Protocol,
        looks: &Looks,
        case: &Case,
        now: &Now<'_>,
        extents: &mut Extents,
    ) -> Option<Vec<Self>> {
        let sources = &looks.since;
        let mut all = vec![Self::default()];
        for ages in &looks.ages {
            all = Self::each_with(&all, &ages.choices(case, now.points))?;
        }
        let present = begun(sources).into_iter().enumerate().filter(|(_, began)| is_present(case, *began));
        for (number, began) in present {
            let own: Vec<&Source> = sources.iter().filter(|one| one.start == began.start).collect();
            let choices = match began.start {
                Start::From(Anchor::Field(field)) => days_of(&protocol.calendar, &own, case, field, now.at),
                _ => moments_of(&protocol.calendar, (began, &own), case, number, now, extents)?,
            };
            all = Self::each_with(&all, &choices)?;
        }
        for choices in sliding::choices(&looks.windows, &protocol.calendar, case, now, extents)? {
            all = Self::each_with(&all, &choices)?;
        }
        Some(all)
    }

    /// Each with each; `None` when there are too many.
    fn each_with(all: &[Self], choices: &[Self]) -> Option<Vec<Self>> {
        let both = all.iter().flat_map(|one| choices.iter().map(move |other| one.and(other)));
        Some(both.collect()).filter(|both: &Vec<Self>| both.len() <= MOST)
    }

    fn and(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.dates.extend(other.dates.iter().copied());
        both.stands.extend(other.stands.iter().copied());
        both.limits.extend(other.limits.iter().copied());
        both.days.extend(other.days.iter().copied());
        both.born.extend(other.born.iter().copied());
        both.held.extend(other.held.iter().cloned());
        both
    }

    /// Whether a case stays as it is.
    pub(crate) fn is_nothing(&self) -> bool {
        self.dates.is_empty() && self.days.is_empty() && self.born.is_empty() && self.held.is_empty()
    }

    /// Gives a case these dates.
    pub(crate) fn put(&self, case: &mut Case) {
        for (began, at) in &self.dates {
            let before = put(case, *began, *at);
            case.reached.iter_mut().filter(|(_, own)| Some(*own) == before).for_each(|(_, own)| *own = *at);
        }
        for (field, _, day) in &self.days {
            replace(case, *field, *day);
        }
        for (field, day) in &self.born {
            replace(case, *field, *day);
        }
        self.held.iter().for_each(|held| held.put(case));
    }

    /// Gives a case back what was recorded in it and counted.
    pub(crate) fn restore(&self, case: &mut Case) {
        self.held.iter().for_each(|held| held.restore(case));
        for (field, recorded, day) in &self.days {
            if case.value(*field) == Some(&Value::Date(*day)) {
                replace(case, *field, *recorded);
            }
        }
    }
}

/// What conditions count from, each once.
fn begun(sources: &[Source]) -> Vec<Began> {
    let mut all: Vec<Began> = Vec::new();
    for source in sources {
        for interrupted in [false, true].into_iter().take(1 + usize::from(source.start == Start::Entry)) {
            let began = Began { start: source.start, interrupted };
            if !all.contains(&began) {
                all.push(began);
            }
        }
    }
    all
}

/// The moments of a start that make a difference, each with the ticks at which it stands for it.
fn moments_of(
    calendar: &Calendar,
    (began, own): (Began, &[&Source]),
    case: &Case,
    number: usize,
    now: &Now<'_>,
    extents: &mut Extents,
) -> Option<Vec<Ago>> {
    let point = now.points.of_start(case, began)?;
    let odd = (now.is_odd(NOW), now.is_odd(point));
    let mut all: Vec<Ago> = Vec::new();
    for source in own {
        for length in source.lengths() {
            let at = source.at(calendar, now.at, length, number)?;
            let limit = |one: &&Source| {
                let ticks = one.ticks(one.length(calendar, at, now.at), odd, extents);
                Limit { point, ticks }
            };
            let limits: SmallVec<[Limit; 1]> = own.iter().map(limit).collect();
            if all.iter().all(|known| known.limits != limits) {
                let (dates, stands) = (smallvec![(began, at)], smallvec![(at, point)]);
                all.push(Ago { dates, stands, limits, ..Ago::default() });
            }
        }
    }
    Some(all)
}

/// The day that was recorded, and every day that is longer ago as far as it makes a difference: time goes by.
fn days_of(calendar: &Calendar, own: &[&Source], case: &Case, field: FieldId, now: Timestamp) -> Vec<Ago> {
    let Some(&Value::Date(recorded)) = case.value(field) else { return vec![Ago::default()] };
    let today = calendar.date(now);
    let all = own.iter().flat_map(|one| one.lengths().into_iter().filter_map(|n| back(today, one.unit, n)));
    let later = all.filter(|day| *day < recorded);
    let later = later.map(|day| Ago { days: smallvec![(field, recorded, day)], ..Ago::default() });
    std::iter::once(Ago::default()).chain(later).collect()
}

fn replace(case: &mut Case, field: FieldId, day: Date) {
    case.data.iter_mut().filter(|(own, _)| *own == field).for_each(|(_, value)| *value = Value::Date(day));
}

/// Whether it has begun for a case.
fn is_present(case: &Case, began: Began) -> bool {
    match began.start {
        Start::Report => true,
        Start::Entry if began.interrupted => case.suspended.is_some(),
        Start::Entry => case.stay.is_some(),
        Start::From(Anchor::Happened(of, on)) => case.last(of).is_some_and(|last| last.on == Some(on)),
        Start::From(Anchor::Event(of)) => case.occurred(of).is_some(),
        Start::From(Anchor::Field(field)) => case.value(field).is_some(),
        Start::From(Anchor::Opening | Anchor::Report) => false,
    }
}

/// The moments of a zone, told apart by what conditions say of how long ago something was: what can still come after them
/// is not the same.
pub(crate) fn by_age(
    looks: &Looks,
    (case, points): (&Case, &Points),
    zone: Zone,
    extents: &mut Extents,
) -> SmallVec<[Zone; 1]> {
    let turns = turns(looks, (case, points), &zone, extents);
    split_by(&turns, zone)
}

/// The moments of a zone, told apart by so many ticks after each of these points.
pub(crate) fn split_by(turns: &[(usize, i32)], zone: Zone) -> SmallVec<[Zone; 1]> {
    let mut zones: SmallVec<[Zone; 1]> = smallvec![zone];
    for (point, turn) in turns.iter().copied() {
        let mut split = SmallVec::new();
        for zone in zones {
            let (mut before, mut after) = (zone.clone(), zone);
            split.extend(before.ago(point, (-FREE, turn - 1)).then_some(before));
            split.extend(after.ago(point, (turn, FREE)).then_some(after));
        }
        zones = split;
    }
    zones
}

/// Which of these moments are past, as bits.
pub(crate) fn age(looks: &Looks, place: (&Case, &Points), zone: &Zone, extents: &mut Extents) -> u64 {
    let turns = turns(looks, place, zone, extents);
    let past = turns.iter().zip(0..).filter(|((point, turn), _)| zone.bound(*point, NOW) <= -turn);
    past.fold(0, |bits, (_, number)| bits | 1 << (number % 64))
}

/// For each point from which a condition counts the ticks ago at which its answer changes.
pub(crate) fn turns(
    looks: &Looks,
    (case, points): (&Case, &Points),
    zone: &Zone,
    extents: &mut Extents,
) -> Vec<(usize, i32)> {
    let (sources, mut all) = (&looks.since, Vec::new());
    let odd = |point: usize| (!zone.is_midnight(NOW), !zone.is_midnight(point));
    for (field, at) in points.counted_ones() {
        let window = looks.windows.iter().find(|one| one.field == *field);
        let (Some(window), Some(point)) = (window, points.counted(*field, *at)) else { continue };
        all.extend(window.turns(odd(point), extents).into_iter().map(|turn| (point, turn)));
    }
    for began in begun(sources).into_iter().filter(|began| is_present(case, *began)) {
        let Some(point) = points.of_start(case, began) else { continue };
        let odd = odd(point);
        for source in sources.iter().filter(|source| source.start == began.start) {
            all.extend(source.turns(odd, extents).into_iter().map(|turn| (point, turn)));
        }
    }
    all
}

/// The days on which, and just before which, something becomes so long ago that a condition tells it apart.
pub(crate) fn turning_days<'c>(
    looks: &'c Looks,
    calendar: &'c Calendar,
    case: &'c Case,
) -> impl Iterator<Item = Date> + 'c {
    let of_windows = sliding::turning_days(&looks.windows, calendar, case);
    let of_sources = looks.since.iter().flat_map(move |source| {
        let day = day_of(calendar, case, source.start);
        let of = move |cut: &i64| {
            let day = ahead(day?, source.unit, *cut)?;
            Some([day.yesterday().ok(), Some(day)])
        };
        source.cuts.iter().filter_map(of).flatten().flatten()
    });
    of_windows.into_iter().chain(of_sources)
}

/// The day on which it began for a case.
fn day_of(calendar: &Calendar, case: &Case, start: Start) -> Option<Date> {
    let at = match start {
        Start::Report => case.opened_at,
        Start::Entry => case.stay.as_ref()?.entered_at,
        Start::From(Anchor::Happened(of, _)) => case.last(of)?.at,
        Start::From(Anchor::Event(of)) => case.occurred(of)?,
        Start::From(Anchor::Field(field)) => match case.value(field)? {
            Value::Date(day) => return Some(*day),
            _ => return None,
        },
        Start::From(Anchor::Opening | Anchor::Report) => return None,
    };
    Some(calendar.date(at))
}

/// So many units after a day; of hours and minutes the days in which they end.
fn ahead(day: Date, unit: SinceUnit, length: i64) -> Option<Date> {
    let span = match unit {
        SinceUnit::Minutes => (length / 1440 + 1).days(),
        SinceUnit::Days => jiff::Span::new().try_days(length).ok()?,
        SinceUnit::Months => jiff::Span::new().try_months(length).ok()?,
    };
    day.checked_add(span).ok()
}

/// Puts a moment; gives the one from before.
fn put(case: &mut Case, began: Began, at: Timestamp) -> Option<Timestamp> {
    let slot = match began.start {
        Start::Report => &mut case.opened_at,
        Start::Entry if began.interrupted => &mut case.suspended.as_mut()?.entered_at,
        Start::Entry => &mut case.stay.as_mut()?.entered_at,
        Start::From(Anchor::Happened(of, _)) => {
            &mut case.last.iter_mut().find(|last| last.obligation == of)?.at
        }
        Start::From(Anchor::Event(of)) => &mut case.occurred.iter_mut().find(|(event, _)| *event == of)?.1,
        Start::From(_) => return None,
    };
    Some(std::mem::replace(slot, at))
}
