//! The visits and deadlines of a party as a calendar, for programs that know iCalendar (RFC 5545).

use chrono::{DateTime, NaiveDate, Utc};
use icalendar::{Calendar, Component as _, Event, EventLike as _};
use jiff::Timestamp;
use jiff::civil::Date;
use voordeur_messages::say;
use voordeur_runtime::{Appointed, Appointment};

/// A calendar. The same appointments give the same text; each keeps its number for as long as it is open. What is not whole says so
/// where people look: an entry of today names the cases that cannot be read.
#[must_use]
pub fn agenda(party: &str, appointed: &Appointed, now: Timestamp) -> String {
    let mut calendar = Calendar::new();
    calendar.name(&say!("Voordeur: {party}", party));
    if !appointed.left_out.is_empty() {
        calendar.push(incomplete(party, appointed, now));
    }
    for appointment in &appointed.appointments {
        calendar.push(event(appointment));
    }
    calendar.done().to_string()
}

fn incomplete(party: &str, appointed: &Appointed, now: Timestamp) -> Event {
    let mut event = Event::new();
    event.uid(&format!("left-out-{party}@voordeur"));
    event.summary(&say!("This calendar is not complete"));
    let lines = appointed.left_out.iter().map(|trouble| format!("{}: {}", trouble.label, trouble.text));
    event.description(&lines.collect::<Vec<_>>().join("\n"));
    if let Some(at) = utc(now) {
        event.timestamp(at);
        event.all_day(at.date_naive());
    }
    event.done()
}

fn event(appointment: &Appointment) -> Event {
    let mut event = Event::new();
    event.uid(&format!("{}@voordeur", appointment.key));
    event.summary(&summary(appointment));
    event.description(&appointment.text);
    event.sequence(u32::try_from(appointment.version).unwrap_or(u32::MAX));
    if let Some(at) = utc(appointment.changed_at) {
        event.timestamp(at);
    }
    if appointment.provisional {
        event.status(icalendar::EventStatus::Tentative);
    }
    place(&mut event, appointment);
    event.done()
}

fn summary(appointment: &Appointment) -> String {
    let (case, what) = (&appointment.label, &appointment.what);
    if appointment.overdue { say!("{case}: {what} (overdue)", case, what) } else { format!("{case}: {what}") }
}

/// Whole days where the term ends with a day, else the moment.
fn place(event: &mut Event, appointment: &Appointment) {
    match (appointment.first_day, appointment.last_day) {
        (first, Some(last)) => {
            let first = first.filter(|first| *first <= last).unwrap_or(last);
            let after = last.tomorrow().unwrap_or(last);
            if let (Some(first), Some(after)) = (day(first), day(after)) {
                event.starts(first).ends(after);
            }
        }
        (_, None) => {
            if let Some(at) = utc(appointment.due) {
                event.starts(at);
            }
        }
    }
}

fn utc(at: Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(at.as_second(), 0)
}

fn day(date: Date) -> Option<NaiveDate> {
    let month = u32::try_from(date.month()).ok()?;
    NaiveDate::from_ymd_opt(i32::from(date.year()), month, u32::try_from(date.day()).ok()?)
}
