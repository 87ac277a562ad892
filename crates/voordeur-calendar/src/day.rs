//! Days as whole numbers, so that counting days is adding numbers.
//!
//! The proleptic Gregorian calendar; day 0 is 1 January 1970.

use jiff::civil::{Date, Weekday};

/// The number of a day.
pub(crate) fn number(date: Date) -> i32 {
    // Years start in March here, so that the leap day is the last of the year.
    let month = i32::from(date.month());
    let year = i32::from(date.year()) - i32::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + i32::from(date.day()) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The date of a day; the ends of the range of dates when the number lies outside.
pub(crate) fn date(number: i64) -> Date {
    let days = number + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    make(year, month, day).unwrap_or(if number < 0 { Date::MIN } else { Date::MAX })
}

fn make(year: i64, month: i64, day: i64) -> Option<Date> {
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Whether it is a Saturday or a Sunday.
pub(crate) fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The same for the number of a day. Day 0 is a Thursday.
pub(crate) const fn is_weekend_number(number: i32) -> bool {
    (number.rem_euclid(7) + 3) % 7 >= 5
}

/// The day after; the last date stays the last.
pub(crate) fn next(date: Date) -> Date {
    date.tomorrow().unwrap_or(Date::MAX)
}
