//! Which day it is.

use anyhow::{Context as _, Result};
use jiff::civil::Date;
use voordeur_calendar::Calendar;
use voordeur_messages::say;

/// Today in the zone of the calendar; `VOORDEUR_TODAY` says another day, so that a check can be repeated.
#[expect(clippy::disallowed_methods, reason = "the command line reads the environment and the clock")]
pub(crate) fn today() -> Result<Date> {
    if let Ok(day) = std::env::var("VOORDEUR_TODAY") {
        return day.parse().with_context(|| say!("VOORDEUR_TODAY: `{day}` is no day", day));
    }
    Ok(Calendar::dutch().date(jiff::Timestamp::now()))
}
