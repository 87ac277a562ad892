//! The days from which real dates are looked for.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use voordeur_calendar::{Regime, Unit};
use voordeur_protocol::{Protocol, Spec};

use crate::cells::TODAY;
use crate::explore::Search;

/// For so many terms the days are looked for from which they take longest, and so many days for each.
const MOST_TERMS: usize = 8;
const MOST_LONGEST: usize = 6;

/// The days from which terms take longest that do not take as long from each day, and some before them.
pub(super) fn longest_days(search: &Search<'_>) -> Vec<i64> {
    let first = first_day(search.protocol);
    let referred = search.protocol.obligations.rows().filter_map(|row| match &row.spec {
        Spec::Referral(referral) => Some([referral.accept, referral.contact]),
        _ => None,
    });
    let opened = search.protocol.openings.rows().map(|row| row.term);
    let terms = opened.chain(referred.flatten()).flatten();
    let terms = terms.filter_map(|term| Some((term.length?, term.regime)));
    let uneven = terms.filter(|(length, regime)| {
        *regime != Regime::OwnNorm || matches!(length.unit, Unit::WorkingDays | Unit::Months)
    });
    let mut all: Vec<i64> = Vec::new();
    for (length, regime) in uneven.take(MOST_TERMS) {
        let days = search.extents.longest_from(length, regime).into_iter().filter(|day| *day >= first);
        for day in days.take(MOST_LONGEST) {
            let number = i64::from((day - first).get_days());
            all.extend([0, 1, 3, 7].map(|before| number - before).into_iter().filter(|n| *n >= 0));
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The Monday on which histories begin.
pub(crate) fn first_day(protocol: &Protocol) -> Date {
    weekday(protocol.version_from.unwrap_or(TODAY).max(date(2005, 1, 3)))
}

/// The days of two years after which holidays follow that are no weekend days, such as Christmas: from there working
/// days take longest.
pub(super) fn before_holidays(search: &Search<'_>) -> impl Iterator<Item = i64> {
    let (calendar, first) = (&search.protocol.calendar, first_day(search.protocol));
    let is_holiday = move |n: &i64| {
        first
            .checked_add((*n).days())
            .is_ok_and(|day| calendar.holiday(day).is_some() && !calendar.is_weekend(day))
    };
    let free: Vec<i64> = (0..745).filter(is_holiday).collect();
    (0..731).filter(move |n| free.iter().filter(|free| (*n..*n + 14).contains(*free)).count() >= 2)
}

/// The first Monday from a day on.
pub(crate) fn weekday(day: Date) -> Date {
    let mut day = day;
    while day.weekday() != jiff::civil::Weekday::Monday {
        day = day.tomorrow().unwrap_or(Date::MAX);
        if day == Date::MAX {
            break;
        }
    }
    day
}
