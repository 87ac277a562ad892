//! The rules of law that move the end of a term.

use jiff::civil::Date;

use crate::calendar::Calendar;
use crate::day;
use crate::length::{Length, Regime, Unit};

/// The last day of a term under a regime, from its last day without one. Working days on which its clock stood still
/// are none of those that it must contain.
pub(crate) fn last_day(
    calendar: &Calendar,
    anchor: Date,
    raw: Date,
    length: Length,
    regime: Regime,
    lost: u32,
) -> Date {
    let least: u32 = match regime {
        Regime::OwnNorm => return raw,
        Regime::Statutory if !atw_applies(length) => return raw,
        Regime::Statutory => {
            if at_least_days(length, 3) {
                2
            } else {
                0
            }
        }
        Regime::Eu => {
            if at_least_days(length, 2) {
                2
            } else {
                0
            }
        }
    };
    let least = if least > 0 { least.saturating_add(lost) } else { 0 };
    roll(calendar, anchor, raw, least)
}

/// Algemene termijnenwet, article 4: not for terms in hours, of more than 90 days, twelve weeks or
/// three months, or of years.
pub(crate) const fn atw_applies(length: Length) -> bool {
    match length.unit {
        Unit::Minutes | Unit::Hours | Unit::Years => false,
        Unit::Days | Unit::WorkingDays => length.amount <= 90,
        Unit::Weeks | Unit::TeachingWeeks => length.amount <= 12,
        Unit::Months => length.amount <= 3,
    }
}

/// Algemene termijnenwet, article 2: a term of at least three days contains two working days.
/// Regulation 1182/71, article 3(5): a period of two days or more contains two working days.
const fn at_least_days(length: Length, days: u32) -> bool {
    match length.unit {
        Unit::Minutes | Unit::Hours => false,
        Unit::Days | Unit::WorkingDays => length.amount >= days,
        Unit::Weeks | Unit::TeachingWeeks | Unit::Months | Unit::Years => length.amount >= 1,
    }
}

/// Algemene termijnenwet, article 1(1), and Regulation 1182/71, article 3(4): a term does not end on a
/// Saturday, Sunday or holiday.
fn roll(calendar: &Calendar, anchor: Date, raw: Date, least: u32) -> Date {
    let working = calendar.working_days();
    let mut end = raw;
    while end < crate::table::LAST && (!working.contains(end) || working.between(anchor, end) < least) {
        end = day::next(end);
    }
    end
}
