//! Local time: the times that do not exist, and those that exist twice.

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use thiserror::Error;
use voordeur_messages::say;

/// A local time that could not be understood.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LocalTimeError {
    /// The clock went back, and this time was there twice.
    #[error("{}", say!("{local} was there twice, because the clock went back; write {local}{first} or {local}{second}", local, first, second))]
    Twice {
        /// The local time.
        local: DateTime,
        /// The offset of the first time.
        first: String,
        /// The offset of the second time.
        second: String,
    },
    /// The time lies outside the range of dates.
    #[error("{}", say!("{local} lies outside the range of dates", local))]
    OutOfRange {
        /// The local time.
        local: DateTime,
    },
}

/// A part of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PartOfDay {
    /// Before 12:00.
    Morning,
    /// From 12:00, before 18:00.
    Afternoon,
    /// From 18:00.
    Evening,
}

impl PartOfDay {
    /// The part of the day of a local time.
    #[must_use]
    pub fn of(time: Time) -> Self {
        match time.hour() {
            ..12 => Self::Morning,
            12..18 => Self::Afternoon,
            _ => Self::Evening,
        }
    }
}

/// The moment of a local time. A time that the clock skipped is as much later.
pub(crate) fn resolve(zone: &TimeZone, local: DateTime) -> Result<Timestamp, LocalTimeError> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    if let AmbiguousOffset::Fold { before, after } = ambiguous.offset() {
        return Err(LocalTimeError::Twice { local, first: offset(before), second: offset(after) });
    }
    ambiguous.compatible().map_err(|_| LocalTimeError::OutOfRange { local })
}

/// `+02:00`, as it is written after a time.
fn offset(offset: jiff::tz::Offset) -> String {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// The moment of a local time; of two the first, of none the one as much later.
pub(crate) fn first(zone: &TimeZone, local: DateTime) -> Timestamp {
    let end = if local.year() < 1970 { Timestamp::MIN } else { Timestamp::MAX };
    zone.to_ambiguous_timestamp(local).compatible().unwrap_or(end)
}
