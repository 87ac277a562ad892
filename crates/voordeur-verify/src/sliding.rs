//! Sliding sums and counts: what was counted, for as long as a condition can still tell it apart.
//!
//! ```text
//!   missed sums hours over 4 weeks      1 Sept 10     20 Sept 10     29 Sept: 10 left     18 Oct: 0
//! ```
//!
//! The moment of each thing that was counted is a point of the zone; a window later it is over. Of more things than
//! [`MOST_APART`] the oldest are a heap: one amount, from its first moment to its last. Between the ends of the two any part of
//! it may be left. In the normal form of a case such a heap is two entries, the first of them with [`HEAP`] for its amount.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use smallvec::{SmallVec, smallvec};
use voordeur_calendar::{Calendar, Length, Unit};
use voordeur_engine::Case;
use voordeur_protocol::guard::Expr;
use voordeur_protocol::model::Derived;
use voordeur_protocol::{FieldId, Protocol, Value};

use crate::cells::{amounts, each_condition};
use crate::extent::Extents;
use crate::since::{Ago, Limit, Now, minutes};
use crate::zone::{FREE, NOW};

/// So many things of a window are told apart.
const MOST_APART: usize = 3;

/// Stands in the normal form of a case for the amount at the first moment of a heap.
const HEAP: i64 = i64::MIN;

/// A sum or a count over a window that conditions ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) field: FieldId,
    pub(crate) over: Length,
    /// From which numbers on an answer changes, in order.
    cuts: Vec<i64>,
    /// What can be counted at a time.
    amounts: Vec<i64>,
}

/// What was counted, and when; the oldest first.
pub(crate) type Counted = SmallVec<[(Timestamp, i64); 4]>;

/// What a window holds at a moment that is tried.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    field: FieldId,
    entries: SmallVec<[Entry; 4]>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    /// When it was, for this try.
    at: Timestamp,
    /// What of it is left, and what it is in the normal form.
    left: i64,
    own: i64,
}

/// The windows that conditions ask for, in the order of their fields.
pub(crate) fn windows(protocol: &Protocol) -> Vec<Window> {
    let mut all: Vec<Window> = Vec::new();
    each_condition(protocol, &mut |_, guard| {
        guard.walk(&mut |part| {
            let Some((field, cuts)) = cuts(part) else { return };
            let derived = protocol.fields.row(field).derived;
            let Some(Derived::Sum { over, .. } | Derived::Tally { over, .. }) = derived else { return };
            match all.iter_mut().find(|one| one.field == field) {
                Some(known) => known.cuts.extend(cuts),
                None => all.push(Window { field, over, cuts, amounts: amounts(protocol, field) }),
            }
        });
    });
    for one in &mut all {
        one.cuts.sort_unstable();
        one.cuts.dedup();
    }
    all.sort_unstable_by_key(|one| one.field);
    all
}

/// A field, and the numbers from which on it is answered otherwise.
fn cuts(part: &Expr) -> Option<(FieldId, Vec<i64>)> {
    let count = |value: &Value| if let Value::Count(n) = value { Some(*n) } else { None };
    let after = |value: &Value| count(value).map(|n| n.saturating_add(1));
    match part {
        Expr::Range { field, low, high } => {
            let (low, high) = (low.as_ref().and_then(count), high.as_ref().and_then(after));
            Some((*field, low.into_iter().chain(high).collect()))
        }
        Expr::In { field, values } => {
            Some((*field, values.iter().flat_map(|one| [count(one), after(one)]).flatten().collect()))
        }
        _ => None,
    }
}

impl Window {
    /// From so much on nothing more is told apart.
    fn most(&self) -> i64 {
        self.cuts.last().copied().unwrap_or(0)
    }

    /// What is kept at a moment of what was counted: the latest of it, until no more is told apart.
    fn kept(&self, calendar: &Calendar, counted: &[(Timestamp, i64)], now: Timestamp) -> Counted {
        let from = calendar.window_from(now, self.over);
        let (heap, counted) = match counted {
            [(first, HEAP), (last, amount), rest @ ..] => (Some((*first, *last, *amount)), rest),
            all => (None, all),
        };
        let mut missing = self.most();
        let mut kept = Counted::new();
        for (at, amount) in counted.iter().rev().filter(|(at, amount)| *at >= from && *amount != 0) {
            if missing <= 0 {
                break;
            }
            let amount = (*amount).min(missing);
            missing = missing.saturating_sub(amount);
            kept.push((*at, amount));
        }
        kept.reverse();
        let heap = heap.filter(|(_, last, _)| *last >= from && missing > 0);
        heaped(heap.map(|(first, last, amount)| (first, last, amount.min(missing))), kept)
    }

    /// How many ticks ago it can have been, at least and at most, when it is over, and when it is not; whether now and the
    /// point are in the course of a day.
    fn ticks(&self, is_over: bool, (now, point): (bool, bool), extents: &mut Extents) -> (i32, i32) {
        if self.over.unit.is_elapsed() {
            let own = if self.over.unit == Unit::Hours { 60 } else { 1 } * i64::from(self.over.amount);
            let (from, to) = if is_over { (Some(own), None) } else { (None, Some(own)) };
            return minutes(from, to, i64::from(now) + i64::from(point));
        }
        let (least, most) = extents.window(self.over);
        let odd = i32::from(now) - i32::from(point);
        if is_over { (2 * least + odd, FREE) } else { (-FREE, 2 * (most - 1) + odd) }
    }

    /// The ticks ago at which something is over, or may be.
    pub(crate) fn turns(&self, odd: (bool, bool), extents: &mut Extents) -> SmallVec<[i32; 2]> {
        let (after, _) = self.ticks(true, odd, extents);
        let (_, before) = self.ticks(false, odd, extents);
        let doubtful = (before >= after).then_some(before.saturating_add(1));
        std::iter::once(after).chain(doubtful).collect()
    }

    /// The ways in which what it holds can be over by now; `None` where amounts can be less than nothing.
    fn choices(
        &self,
        calendar: &Calendar,
        (number, counted): (i64, &[(Timestamp, i64)]),
        now: &Now<'_>,
        extents: &mut Extents,
    ) -> Option<Vec<Ago>> {
        if self.amounts.iter().any(|amount| *amount < 0) {
            return None;
        }
        let from = calendar.window_from(now.at, self.over);
        let points: SmallVec<[usize; 4]> =
            (0..counted.len()).map(|at| now.points.counted(self.field, at)).collect::<Option<_>>()?;
        let mut all = Vec::new();
        for over in 0..=counted.len() {
            let held = self.held(from, number, counted, over)?;
            let ends = [(over.checked_sub(1), true), (Some(over), false)];
            let limits = ends.into_iter().filter_map(|(at, is_over)| {
                let point = *points.get(at?)?;
                let odd = (now.is_odd(NOW), now.is_odd(point));
                Some(Limit { point, ticks: self.ticks(is_over, odd, extents) })
            });
            let limits: SmallVec<[Limit; 1]> = limits.collect();
            for held in self.with_parts(held, over) {
                let stands = held.entries.iter().zip(&points).map(|(one, point)| (one.at, *point)).collect();
                all.push(Ago { held: smallvec![held], stands, limits: limits.clone(), ..Ago::default() });
            }
        }
        Some(all)
    }

    /// What it holds when so many of its entries are over, each on its own minute, so that no two of them are the same.
    fn held(&self, from: Timestamp, number: i64, counted: &[(Timestamp, i64)], over: usize) -> Option<Held> {
        let entry = |(at, (_, own)): (usize, &(Timestamp, i64))| {
            let minute = 10 * number + i64::try_from(at).ok()? + 1;
            let after = if at < over { minute - 60 * 24 } else { minute };
            let at = from.checked_add(SignedDuration::from_secs(60 * after + 30)).ok()?;
            Some(Entry { at, left: if *own == HEAP { 0 } else { *own }, own: *own })
        };
        let entries = counted.iter().enumerate().map(entry).collect::<Option<_>>()?;
        Some(Held { field: self.field, entries })
    }

    /// Where the first of a heap is over and the last of it is not: what can be left of it, as far as it makes a difference.
    fn with_parts(&self, held: Held, over: usize) -> Vec<Held> {
        let [Entry { own: HEAP, .. }, heap, rest @ ..] = held.entries.as_slice() else { return vec![held] };
        if over != 1 {
            return vec![held];
        }
        let rest: i64 = rest.iter().map(|one| one.left).fold(0, i64::saturating_add);
        let counted = self.amounts.iter().copied().chain([0]).map(|amount| amount.saturating_add(rest));
        let mut parts: Vec<i64> = counted
            .flat_map(|others| self.cuts.iter().flat_map(move |cut| [cut - others - 1, cut - others]))
            .chain([1, heap.own])
            .filter(|part| (1..=heap.own).contains(part))
            .collect();
        parts.sort_unstable();
        parts.dedup();
        let with = |part| {
            let mut held = held.clone();
            held.entries.iter_mut().skip(1).take(1).for_each(|one| one.left = part);
            held
        };
        parts.into_iter().map(with).collect()
    }

    /// The first day on which something is over.
    fn over_on(&self, calendar: &Calendar, at: Timestamp) -> Option<Date> {
        let day = calendar.date(at);
        let length = i64::from(self.over.amount);
        match self.over.unit {
            Unit::Days => day.checked_add(length.days()).ok(),
            Unit::Weeks => day.checked_add((7 * length).days()).ok(),
            _ => (0..1_000)
                .filter_map(|n: i64| day.checked_add(n.days()).ok())
                .find(|day| calendar.window_from(calendar.start_of_day(*day), self.over) > at),
        }
    }
}

/// The oldest of what is kept as one, where there is more of it than is told apart.
fn heaped(heap: Option<(Timestamp, Timestamp, i64)>, counted: Counted) -> Counted {
    if heap.is_none() && counted.len() <= MOST_APART {
        return counted;
    }
    // A heap takes two points itself.
    let (old, rest) = counted.split_at(counted.len().saturating_sub(MOST_APART - 1));
    let heap = old.iter().fold(heap, |heap, (at, amount)| match heap {
        Some((first, _, own)) => Some((first, *at, own.saturating_add(*amount))),
        None => Some((*at, *at, *amount)),
    });
    let heap = heap.into_iter().flat_map(|(first, last, amount)| [(first, HEAP), (last, amount)]);
    heap.chain(rest.iter().copied()).collect()
}

impl Held {
    /// Gives a case these moments.
    pub(crate) fn put(&self, case: &mut Case) {
        for (_, counted) in case.windows.iter_mut().filter(|(field, _)| *field == self.field) {
            *counted = self.entries.iter().map(|one| (one.at, one.left)).collect();
        }
    }

    /// Gives a case the amounts back that it has in its normal form.
    pub(crate) fn restore(&self, case: &mut Case) {
        for (_, counted) in case.windows.iter_mut().filter(|(field, _)| *field == self.field) {
            for (at, amount) in counted {
                let own = self.entries.iter().find(|one| one.at == *at);
                own.into_iter().for_each(|one| *amount = one.own);
            }
        }
    }
}

/// What is kept of all that a case counted.
pub(crate) fn kept(windows: &[Window], calendar: &Calendar, case: &Case) -> Vec<(FieldId, Counted)> {
    let counted = |of: FieldId| case.windows.iter().find(|(field, _)| *field == of);
    let own = windows.iter().filter_map(|one| {
        let kept = one.kept(calendar, &counted(one.field)?.1, case.touched_at);
        (!kept.is_empty()).then_some((one.field, kept))
    });
    own.collect()
}

/// For each window of a case the ways in which what it holds can be over by now.
pub(crate) fn choices(
    windows: &[Window],
    calendar: &Calendar,
    case: &Case,
    now: &Now<'_>,
    extents: &mut Extents,
) -> Option<Vec<Vec<Ago>>> {
    let all = case.windows.iter().zip(0..).filter_map(|((field, counted), number)| {
        let window = windows.iter().find(|one| one.field == *field)?;
        Some(window.choices(calendar, (number, counted), now, extents))
    });
    all.collect()
}

/// The days on which, and just before which, something is over that a case counted.
pub(crate) fn turning_days(windows: &[Window], calendar: &Calendar, case: &Case) -> Vec<Date> {
    let all = case.windows.iter().flat_map(|(field, counted)| {
        let window = windows.iter().find(|one| one.field == *field);
        counted.iter().filter_map(move |(at, _)| window?.over_on(calendar, *at))
    });
    all.flat_map(|day| [day.yesterday().ok(), Some(day)]).flatten().collect()
}
