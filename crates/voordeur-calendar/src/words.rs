//! Days and moments in words, in the language that is spoken. Terms in words are in `reasoning.rs`.

use jiff::civil::{Date, DateTime, Weekday};
use voordeur_messages::{mark, translated};

/// A day: `Fri 2008-03-14`, in Dutch `vr 2008-03-14`.
#[must_use]
pub fn day_in_words(date: Date) -> String {
    format!("{} {date}", weekday(date.weekday()))
}

/// A moment: `Fri 2008-03-14 10:00`, without an offset: local time.
#[must_use]
pub fn moment_in_words(moment: DateTime) -> String {
    format!("{} {}", day_in_words(moment.date()), moment.strftime("%H:%M"))
}

fn weekday(weekday: Weekday) -> String {
    translated(match weekday {
        Weekday::Monday => mark!("Mon"),
        Weekday::Tuesday => mark!("Tue"),
        Weekday::Wednesday => mark!("Wed"),
        Weekday::Thursday => mark!("Thu"),
        Weekday::Friday => mark!("Fri"),
        Weekday::Saturday => mark!("Sat"),
        Weekday::Sunday => mark!("Sun"),
    })
}

/// The name of a month.
pub(crate) fn month(date: Date) -> String {
    const MONTHS: [&str; 12] = [
        mark!("January"),
        mark!("February"),
        mark!("March"),
        mark!("April"),
        mark!("May"),
        mark!("June"),
        mark!("July"),
        mark!("August"),
        mark!("September"),
        mark!("October"),
        mark!("November"),
        mark!("December"),
    ];
    let index = usize::try_from(date.month()).unwrap_or(1).saturating_sub(1);
    MONTHS.get(index).map_or_else(String::new, |month| translated(month))
}
