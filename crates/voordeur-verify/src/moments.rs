//! The moments at which a step is tried, as far as they make a difference.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Time};
use jiff::{Timestamp, ToSpan as _};
use voordeur_calendar::Calendar;
use voordeur_engine::{Case, counts_at, known};
use voordeur_protocol::model::{DayFact, Derived, Visit};
use voordeur_protocol::{Protocol, Spec, Value};

use crate::cells::TODAY;

/// So many days are looked through for one of each kind: a year, in which nobody grows older than where it counts.
const MOST_DAYS: i32 = 365;

/// The moments at which something is reported, one of each kind that makes a difference: to an attempt at a visit, which counts only
/// at its hours and days, and to conditions that ask what day it is. The first stands for all others where nothing looks.
/// Of several pathways that are looked at together those that make a difference to any of them.
pub(crate) fn moments(pathways: &[&Protocol]) -> Vec<Timestamp> {
    let times = times(pathways);
    let days = days(pathways).into_iter();
    let all = days.flat_map(|day| times.iter().map(move |time| day.to_datetime(*time)));
    different(pathways, all)
}

pub(crate) fn midnights(pathways: &[&Protocol]) -> Vec<Timestamp> {
    let all = days(pathways).into_iter().map(|day| day.to_datetime(Time::midnight()));
    let mut all = different(pathways, all);
    if !pathways.iter().any(|protocol| looks_at_days(protocol)) {
        all.truncate(1);
    }
    all
}

pub(crate) fn looks_at_days(protocol: &Protocol) -> bool {
    protocol.fields.rows().any(|row| matches!(row.derived, Some(Derived::Day(_))))
}

/// A time in each stretch of a day within which it makes no difference what time it is; ten o'clock first.
fn times(pathways: &[&Protocol]) -> Vec<Time> {
    let mut bounds: Vec<Time> = pathways.iter().flat_map(|protocol| bounds(protocol)).collect();
    bounds.push(Time::midnight());
    bounds.sort_unstable();
    bounds.dedup();
    let ends = bounds.iter().skip(1).map(Some).chain([None]);
    let mut times: Vec<Time> = bounds.iter().zip(ends).map(|(from, to)| within(*from, to.copied())).collect();
    times.sort_by_key(|time| (*time != TEN, *time));
    times
}

/// The times of a day at which it begins to make a difference what time it is.
fn bounds(protocol: &Protocol) -> Vec<Time> {
    let office = protocol.fields.rows().any(|row| row.derived == Some(Derived::Day(DayFact::OfficeTime)));
    let between = visits(protocol).filter_map(|visit| visit.hours.between);
    let between = between.chain(office.then(|| protocol.calendar.office_hours()));
    let mut bounds: Vec<Time> = between.flat_map(|(from, to)| [from, to]).collect();
    if visits(protocol).any(|visit| visit.different_parts_of_day) {
        bounds.extend([12, 18].map(|hour| Time::constant(hour, 0, 0, 0)));
    }
    bounds
}

/// The times at which a report is tried on a real day: when people are about, and those.
pub(crate) fn about(pathways: &[&Protocol]) -> Vec<Time> {
    let usual = [10, 14, 19].map(|hour| Time::constant(hour, 0, 0, 0));
    let mut all: Vec<Time> = usual.into_iter().chain(times(pathways)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

const TEN: Time = Time::constant(10, 0, 0, 0);

/// A time between two others: rather one at which people are about.
fn within(from: Time, to: Option<Time>) -> Time {
    let about = [10, 14, 19, 12, 16, 21].map(|hour| Time::constant(hour, 0, 0, 0));
    let fits = |time: &Time| from <= *time && to.is_none_or(|to| *time < to);
    about.into_iter().find(fits).unwrap_or(from)
}

/// A day of each kind, as far as anything looks at days.
fn days(pathways: &[&Protocol]) -> Vec<Date> {
    let of_visits = |protocol: &Protocol| {
        visits(protocol).any(|visit| visit.hours.working_days || visit.hours.not_in_school_holidays)
    };
    if !pathways.iter().any(|protocol| of_visits(protocol) || looks_at_days(protocol)) {
        return vec![TODAY];
    }
    let kind = |day: Date| -> Vec<[bool; 3]> {
        pathways.iter().map(|protocol| kind_of(&protocol.calendar, day)).collect()
    };
    let mut found: Vec<(Date, Vec<[bool; 3]>)> = Vec::new();
    for day in (0..MOST_DAYS).map_while(|n| TODAY.checked_add(n.days()).ok()) {
        let kind = kind(day);
        if found.iter().all(|(_, known)| *known != kind) {
            found.push((day, kind));
        }
    }
    found.into_iter().map(|(day, _)| day).collect()
}

/// Whether a day is one of a weekend, a holiday, and one on which the schools are closed.
fn kind_of(calendar: &Calendar, day: Date) -> [bool; 3] {
    let closed = calendar.school().is_some_and(|school| school.closed_on(day).is_some());
    [calendar.is_weekend(day), calendar.holiday(day).is_some(), closed]
}

fn visits(protocol: &Protocol) -> impl Iterator<Item = &Visit> {
    protocol.obligations.rows().filter_map(|row| match &row.spec {
        Spec::Visit(visit) => Some(visit),
        _ => None,
    })
}

/// Of these moments one of each kind, the first ones.
fn different(pathways: &[&Protocol], all: impl Iterator<Item = DateTime>) -> Vec<Timestamp> {
    let mut seen = BTreeSet::new();
    let all = all.filter_map(|local| pathways.first()?.calendar.resolve(local).ok());
    let looked_at =
        |at: Timestamp| -> Vec<Vec<u8>> { pathways.iter().map(|protocol| looked_at(protocol, at)).collect() };
    all.filter(|at| seen.insert(looked_at(*at))).collect()
}

/// What conditions and attempts see of a moment.
fn looked_at(protocol: &Protocol, at: Timestamp) -> Vec<u8> {
    let facts = known(protocol, &Case::default(), at).into_iter().filter_map(|(field, value)| {
        matches!(protocol.fields.row(field).derived, Some(Derived::Day(_)))
            .then(|| u8::from(value == Value::YesNo(true)))
    });
    let visits = visits(protocol).flat_map(|visit| {
        let part = protocol.calendar.part_of_day(at);
        let part = if visit.different_parts_of_day { part as u8 } else { 0 };
        [u8::from(counts_at(&protocol.calendar, &visit.hours, at)), part]
    });
    facts.chain(visits).collect()
}

/// The pathway for reports on any day.
pub(crate) fn on_any_day(protocol: &Protocol) -> Cow<'_, Protocol> {
    if protocol.version_from.is_none() && protocol.version_until.is_none() {
        return Cow::Borrowed(protocol);
    }
    Cow::Owned(Protocol { version_from: None, version_until: None, ..protocol.clone() })
}
