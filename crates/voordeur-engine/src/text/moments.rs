//! Moments of a case in words, in the zone of its pathway; and what says when something is due.

use jiff::Timestamp;
use jiff::civil::Time;
use voordeur_calendar::{Due, day_in_words, moment_in_words};
use voordeur_messages::say;

use super::Words;
use crate::message::Message;
use crate::secret::WITHHELD;

impl Words<'_> {
    /// The end of a term. What ends at midnight ends with the day before. A date that may still change is
    /// never told without saying so.
    pub(super) fn deadline(&self, due: Timestamp, provisional: bool) -> String {
        let local = self.0.calendar.local(due);
        let told = match local.date().yesterday() {
            Ok(day) if local.time() == Time::midnight() => {
                say!("at the end of {day}", day = day_in_words(day))
            }
            _ => self.moment(due),
        };
        marked(told, provisional)
    }

    pub(super) fn due_of(&self, message: &Message) -> Option<String> {
        message.due().map(|(due, provisional)| self.deadline(due, provisional))
    }

    pub(super) fn due(&self, due: &Due) -> String {
        if due.at == Timestamp::UNIX_EPOCH && due.is_withheld() {
            return erased_day();
        }
        marked(self.moment(due.at), due.why.provisional())
    }

    /// Local time in the zone of the pathway.
    pub(super) fn moment(&self, at: Timestamp) -> String {
        moment_in_words(self.0.calendar.local(at))
    }
}

fn erased_day() -> String {
    say!("a day that was erased")
}

/// A date, marked when it may still change.
fn marked(date: String, provisional: bool) -> String {
    if provisional { say!("{date} (provisional)", date) } else { date }
}

/// Why people did something, unless that was erased.
pub(super) fn reason_or_erased(because: &str) -> String {
    if because.starts_with(WITHHELD) { say!("(the reason was erased)") } else { because.to_owned() }
}
