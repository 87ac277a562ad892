//! The moments at which a step is tried, as far as they make a difference.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::civil::{DateTime, Time};
use jiff::{SignedDuration, Timestamp};
use voordeur_engine::Case;
use voordeur_protocol::guard::Expr;
use voordeur_protocol::model::{Derived, SinceUnit};
use voordeur_protocol::{Protocol, Value};

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

/// The lengths of time that conditions with `since` tell apart: each of them, and a little less and more.
pub(crate) fn ago(protocol: &Protocol) -> Vec<Option<i64>> {
    let mut all: BTreeSet<Option<i64>> = BTreeSet::from([None]);
    for rule in protocol.rules.rows() {
        rule.guard.walk(&mut |part| {
            let Expr::Range { field, low, high } = part else { return };
            let Some(Derived::Since(_, unit)) = protocol.fields.row(*field).derived else { return };
            let minutes = match unit {
                SinceUnit::Minutes => 1,
                SinceUnit::Days => 24 * 60,
                SinceUnit::Months => 31 * 24 * 60,
            };
            for value in low.iter().chain(high) {
                if let Value::Count(n) = value {
                    all.extend(
                        [-1, 0, 1]
                            .map(|beside| Some(n.saturating_add(beside).max(0).saturating_mul(minutes))),
                    );
                }
            }
        });
    }
    all.into_iter().collect()
}

/// Makes it so many minutes ago that everything happened that `since` counts from.
pub(crate) fn since(case: &mut Case, now: Timestamp, minutes: i64) {
    let Ok(at) = now.checked_sub(SignedDuration::from_mins(minutes)) else { return };
    case.opened_at = at;
    if let Some(stay) = &mut case.stay {
        stay.entered_at = at;
    }
    case.occurred.iter_mut().for_each(|(_, own)| *own = at);
    case.last.iter_mut().for_each(|last| last.at = at);
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
