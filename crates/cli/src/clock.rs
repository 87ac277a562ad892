//! The clock of a command: that of this machine, or a virtual one that stands where `--at` says.

use std::sync::OnceLock;

use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::Date;
use voordeur_calendar::Calendar;
use voordeur_messages::say;
use voordeur_runtime::{Clock as _, Runtime, SystemClock};

use crate::case::moment_of;
use crate::failure::Refused;
use crate::timeline::local;
use crate::values;

/// Whether time is virtual, for every command.
static VIRTUAL: OnceLock<bool> = OnceLock::new();

pub(crate) fn let_it_be(is_virtual: bool) {
    // It is set once, before any command begins.
    VIRTUAL.set(is_virtual).unwrap_or_default();
}

fn is_virtual() -> bool {
    VIRTUAL.get().copied().unwrap_or(false)
}

/// The journal has when each step was done, and what fires late is late; on a virtual clock a step is done when it counts.
pub(crate) fn follow(runtime: Runtime) -> Runtime {
    if is_virtual() { runtime } else { runtime.recorded_by(SystemClock) }
}

/// When something is written that is about no case in particular: now, or a moment in the zone of the stored pathways.
pub(crate) fn moment_to_write(runtime: &Runtime, at: Option<&str>) -> Result<Timestamp> {
    let moment = moment_of(runtime, at)?;
    match runtime.protocols().iter().last() {
        Some((_, protocol)) => not_ahead(moment, &protocol.calendar),
        None => Ok(moment),
    }
}

/// Until when time goes by in a database: a day of which hours are left goes on until now.
pub(crate) fn until_to_write(calendar: &Calendar, text: &str) -> Result<Timestamp> {
    let (until, now) = (values::until(calendar, text)?, SystemClock.now());
    let is_today = text.len() <= 10 && text.parse::<Date>().is_ok_and(|day| day == calendar.date(now));
    if is_today && !is_virtual() { Ok(now) } else { not_ahead(until, calendar) }
}

/// What is written has happened: a year that was mistyped would fire every timer until then, and nothing takes that back.
pub(crate) fn not_ahead(at: Timestamp, calendar: &Calendar) -> Result<Timestamp> {
    if is_virtual() || at <= SystemClock.now() {
        return Ok(at);
    }
    let moment = local(calendar, at);
    let refused = say!(
        "{moment} has not come yet; look at the date. To play what will happen, on a database of its own: `--virtual-clock`",
        moment
    );
    Err(Refused(refused).into())
}
