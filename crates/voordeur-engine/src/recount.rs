//! When timers are due after their clocks stood still, and after the holidays have become different; and when a visit may come then.
//!
//! A reminder follows the end of the term that it warns of. What has been fixed already stays: the moment that a term counts
//! from, and what fired.

use jiff::Timestamp;
use jiff::civil::Date;
use smallvec::SmallVec;
use voordeur_calendar::{Due, Method};
use voordeur_protocol::{Protocol, Spec};

use crate::case::{Case, Instance, Serial};
use crate::entry::Moved;
use crate::event::StoodStill;
use crate::timer::{Timer, TimerKind};

/// The timers of an obligation as they are when its clocks run on at `now`.
pub(crate) fn after_standstill(protocol: &Protocol, case: &Case, serial: Serial, now: Timestamp) -> Moved {
    let calendar = &protocol.calendar;
    let since = case.instance(serial).and_then(|instance| instance.paused_since).unwrap_or(now);
    let (since, until) = (calendar.date(since), calendar.date(now));
    let own = |timer: &&Timer| timer.kind.serial() == Some(serial);
    let timers: SmallVec<[&Timer; 4]> = case.timers.iter().filter(own).collect();
    changed(protocol, &timers, |timer| calendar.stood_still(timer.due, since, until))
}

/// The timers of a case that are due at another moment, or more certainly so, on the calendar of this protocol than as they
/// stand; nothing when all are the same.
#[must_use]
pub fn recount(protocol: &Protocol, case: &Case, stood_still: &[StoodStill]) -> Moved {
    let timers: SmallVec<[&Timer; 4]> = case.timers.iter().collect();
    changed(protocol, &timers, |timer| {
        let own = stood_still.iter().filter(|still| timer.kind.serial() == Some(still.serial));
        let days: SmallVec<[(Date, Date); 2]> = own.map(|still| (still.since, still.until)).collect();
        protocol.calendar.recounted(timer.due, &days, ends_earlier(protocol, case, timer))
    })
}

/// When something that is open may be done at the earliest, where that is another moment on the calendar of this protocol. `known` is
/// what the journal says of it: a moment that came otherwise, or is over, stays.
#[must_use]
pub fn recount_earliest(protocol: &Protocol, case: &Case, known: &[(Serial, Due)]) -> Vec<(Serial, Due)> {
    let counted = known.iter().filter_map(|(serial, due)| {
        let instance = case.instance(*serial)?;
        let stands = instance.not_before == Some(due.at) && due.at > case.touched_at;
        let now = stands.then(|| earliest(protocol, instance, *due))?;
        (now.at != due.at).then_some((*serial, now))
    });
    counted.collect()
}

/// Before its first attempt a visit waits for as long after its letter, or after what prepares it, as its pathway says.
fn earliest(protocol: &Protocol, instance: &Instance, due: Due) -> Due {
    let calendar = &protocol.calendar;
    let is_visit = matches!(instance.obligation(protocol).spec, Spec::Visit(_));
    let by_delay = due.why.method == Method::Delay;
    let counted = if is_visit && instance.count == 0 && by_delay {
        calendar.lead(due.why.anchor, due.why.length)
    } else {
        calendar.recounted(due, &[], false)
    };
    // Counted in days it is the start of the day, not the hour.
    if by_delay && !due.why.length.unit.is_elapsed() {
        return Due { at: calendar.start_of_day(calendar.date(counted.at)), ..counted };
    }
    counted
}

/// Whether a term that is counted back ends on the working day before, as its pathway says.
fn ends_earlier(protocol: &Protocol, case: &Case, timer: &Timer) -> bool {
    let instance = timer.kind.serial().and_then(|serial| case.instance(serial));
    let back = instance.and_then(|instance| instance.opening(protocol).term?.back);
    back.is_some_and(|back| back.or_earlier)
}

/// What becomes different when each timer that is no reminder is due as `due` says.
fn changed(protocol: &Protocol, timers: &[&Timer], due: impl Fn(&Timer) -> Due) -> Moved {
    let mut ends: SmallVec<[(Option<Serial>, Timestamp, Timestamp); 4]> = SmallVec::new();
    let mut moved = Moved::new();
    for timer in timers.iter().filter(|timer| !is_reminder(timer.kind)) {
        let now = due(timer);
        ends.push((timer.kind.serial(), timer.due.at, now.at));
        if now != timer.due {
            moved.push((timer.id, now));
        }
    }
    for timer in timers.iter().filter(|timer| is_reminder(timer.kind)) {
        let of = |(serial, before, _): &&(Option<Serial>, Timestamp, Timestamp)| {
            *serial == timer.kind.serial() && *before == timer.due.why.anchor
        };
        let end = ends.iter().find(of).map_or(timer.due.why.anchor, |(.., now)| *now);
        let calendar = &protocol.calendar;
        let counted = calendar.before(end, timer.due.why.length);
        let now = Due { at: calendar.reminder_time(counted.at, end), ..counted }.as_secret_as(&timer.due);
        if now != timer.due {
            moved.push((timer.id, now));
        }
    }
    moved
}

/// Whether it only reminds.
pub(crate) const fn is_reminder(kind: TimerKind) -> bool {
    matches!(kind, TimerKind::Remind { .. } | TimerKind::RemindAccept(_) | TimerKind::RemindContact(_))
}
