//! The moments at which a step is tried, as far as they make a difference.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use voordeur_protocol::Protocol;
use voordeur_protocol::model::Derived;

use crate::cells::TODAY;

/// The moments of a day on which something is reported, as far as they make a difference.
pub(crate) fn moments(protocol: &Protocol) -> Vec<Timestamp> {
    let parts = protocol.obligations.rows().any(|row| match &row.spec {
        voordeur_protocol::Spec::Visit(visit) => visit.different_parts_of_day,
        _ => false,
    });
    let hours = if parts { &[10, 14, 19][..] } else { &[10][..] };
    let mut all: Vec<DateTime> = hours.iter().map(|hour| TODAY.at(*hour, 0, 0, 0)).collect();
    if looks_at_days(protocol) {
        all.extend(other_days(protocol).map(|day| day.at(12, 0, 0, 0)));
        all.push(TODAY.at(22, 0, 0, 0));
    }
    all.into_iter().filter_map(|local| protocol.calendar.resolve(local).ok()).collect()
}

pub(crate) fn midnights(protocol: &Protocol) -> Vec<Timestamp> {
    let days = other_days(protocol).filter(|_| looks_at_days(protocol));
    let all = std::iter::once(TODAY).chain(days).map(|day| day.to_datetime(Time::midnight()));
    all.filter_map(|local| protocol.calendar.resolve(local).ok()).collect()
}

pub(crate) fn looks_at_days(protocol: &Protocol) -> bool {
    protocol.fields.rows().any(|row| matches!(row.derived, Some(Derived::Day(_))))
}

/// A day in a weekend, a holiday, and a day on which the schools are closed.
fn other_days(protocol: &Protocol) -> impl Iterator<Item = jiff::civil::Date> {
    let closed = protocol.calendar.school().and_then(|school| {
        (0..365)
            .filter_map(|n| TODAY.checked_add(jiff::Span::new().days(n)).ok())
            .find(|day| school.closed_on(*day).is_some())
    });
    let near = [jiff::civil::date(2026, 3, 14), jiff::civil::date(2026, 4, 6)];
    near.into_iter().chain(closed)
}

/// The pathway for reports on any day.
pub(crate) fn on_any_day(protocol: &Protocol) -> Cow<'_, Protocol> {
    if protocol.version_from.is_none() && protocol.version_until.is_none() {
        return Cow::Borrowed(protocol);
    }
    Cow::Owned(Protocol { version_from: None, version_until: None, ..protocol.clone() })
}
