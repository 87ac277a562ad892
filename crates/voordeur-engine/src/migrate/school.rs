//! Whether the schools are open on the same days in both versions: by these teaching weeks count.

use voordeur_calendar::SchoolCalendar;
use voordeur_protocol::Protocol;

/// Whether no day is a day without school in one version only. What a holiday is called makes no difference.
pub(super) fn is_open_alike(old: &Protocol, new: &Protocol) -> bool {
    let (one, other) = (old.calendar.school(), new.calendar.school());
    one == other || closes_with(one, other) && closes_with(other, one)
}

/// Whether each day without school is one in the other calendar as well.
fn closes_with(one: Option<&SchoolCalendar>, other: Option<&SchoolCalendar>) -> bool {
    let mut closed = one.into_iter().flat_map(|school| &school.closed);
    closed.all(|closed| {
        let mut days = closed.from.series(jiff::Span::new().days(1)).take_while(|day| *day <= closed.to);
        days.all(|day| other.is_some_and(|other| other.closed_on(day).is_some()))
    })
}
