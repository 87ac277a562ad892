//! The holidays of a year, each with where it comes from.

use jiff::civil::{Date, Weekday, date};

use crate::day;
use crate::decrees::{Decrees, EQUATED};

/// A holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holiday {
    /// The day.
    pub date: Date,
    /// Its Dutch name.
    pub name: &'static str,
    /// Why it is one.
    pub source: Source,
}

/// Why a day is a holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Algemene termijnenwet, article 3(1).
    Recognised,
    /// Algemene termijnenwet, article 3(2): Good Friday.
    GoodFriday,
    /// Algemene termijnenwet, article 3(3): equated by decree of this date, where it is known.
    Decree(Option<Date>),
}

/// The holidays of a year as they were known on a day, in order. `None` is as known today, with what was decreed since.
pub(crate) fn of_year(year: i16, known_on: Option<Date>, since: &Decrees) -> Vec<Holiday> {
    let mut days = recognised(year);
    days.extend(equated(year, known_on));
    days.extend(since.days.iter().filter(|day| day.year() == year).map(|day| equated_day(*day, None)));
    days.sort_by_key(|holiday| holiday.date);
    days.dedup_by_key(|holiday| holiday.date);
    days
}

fn recognised(year: i16) -> Vec<Holiday> {
    let Some(easter) = easter(year) else { return Vec::new() };
    let from_easter = |days: i64| day::date(i64::from(day::number(easter)) + days);
    let fixed = |month, day| Date::new(year, month, day).unwrap_or(easter);
    let of = |date, name| Holiday { date, name, source: Source::Recognised };
    vec![
        of(fixed(1, 1), "Nieuwjaarsdag"),
        Holiday { date: from_easter(-2), name: "Goede Vrijdag", source: Source::GoodFriday },
        of(easter, "Eerste Paasdag"),
        of(from_easter(1), "Tweede Paasdag"),
        sovereigns_day(year),
        of(fixed(5, 5), "Bevrijdingsdag"),
        of(from_easter(39), "Hemelvaartsdag"),
        of(from_easter(49), "Eerste Pinksterdag"),
        of(from_easter(50), "Tweede Pinksterdag"),
        of(fixed(12, 25), "Eerste Kerstdag"),
        of(fixed(12, 26), "Tweede Kerstdag"),
    ]
}

/// The day on which the birthday of the king or queen is celebrated: 30 April until 2013, 27 April
/// since; the Saturday before when it is a Sunday.
fn sovereigns_day(year: i16) -> Holiday {
    let (name, day) = if year < 2014 { ("Koninginnedag", 30) } else { ("Koningsdag", 27) };
    let born = Date::new(year, 4, day).unwrap_or(date(1970, 4, 30));
    let celebrated = if born.weekday() == Weekday::Sunday { born.yesterday().unwrap_or(born) } else { born };
    Holiday { date: celebrated, name, source: Source::Recognised }
}

fn equated(year: i16, known_on: Option<Date>) -> impl Iterator<Item = Holiday> {
    let known = move |decreed: Option<Date>| match (decreed, known_on) {
        (Some(decreed), Some(known_on)) => decreed <= known_on,
        _ => true,
    };
    let rows = EQUATED.iter().filter(move |row| row.day.year() == year && known(row.decreed));
    rows.map(|row| equated_day(row.day, row.decreed))
}

const fn equated_day(date: Date, decreed: Option<Date>) -> Holiday {
    Holiday { date, name: "gelijkgestelde dag", source: Source::Decree(decreed) }
}

/// Easter Sunday by the Gregorian computus (the anonymous algorithm of Nature, 1876).
fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (a, b, c) = (y.rem_euclid(19), y.div_euclid(100), y.rem_euclid(100));
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (j, k) = (c / 4, c % 4);
    let m = (a + 11 * h) / 319;
    let r = (2 * e + 2 * j - k - h + m + 32) % 7;
    let month = (h - m + r + 90) / 25;
    let day = (h - m + r + month + 19) % 32;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}
