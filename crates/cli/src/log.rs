//! The log of `serve`: for operators, never with anything personal. A step is told by what kinds of things happened in it, and
//! by no value, name or reason.

use std::io::{self, Write as _};

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use voordeur_calendar::moment_in_words;
use voordeur_engine::Entry;
use voordeur_messages::say;
use voordeur_runtime::{FailedTry, Happened, Notice, Trouble, micros};

use crate::args::Format;

/// Where the log goes, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Log(pub(crate) Format);

impl Log {
    /// A line of JSON; in a text log what matters is told in words elsewhere.
    fn write(self, at: Timestamp, level: &str, event: &str, more: Value) {
        if self.0 == Format::Text {
            return;
        }
        let mut line = Map::new();
        line.insert("at".to_owned(), json!(at));
        line.insert("level".to_owned(), json!(level));
        line.insert("event".to_owned(), json!(event));
        if let Value::Object(more) = more {
            line.extend(more);
        }
        // The loop goes on when nobody reads along.
        writeln!(io::stderr(), "{}", Value::Object(line)).unwrap_or_default();
    }

    /// What the operator reads in a text log.
    pub(crate) fn say(self, at: Timestamp, event: &str, words: &str, more: Value) {
        self.write(at, "info", event, more);
        if self.0 == Format::Text {
            writeln!(io::stderr(), "{words}").unwrap_or_default();
        }
    }

    /// Why the program ends, when it does not do so by itself.
    pub(crate) fn failed(self, now: Timestamp, words: &str) {
        self.write(now, "error", "failed", json!({ "text": words }));
    }

    pub(crate) fn step(self, now: Timestamp, happened: &Happened) {
        let kinds: Vec<String> = happened.entries.iter().filter_map(kind).collect();
        let due = happened.entries.iter().find_map(|entry| match entry {
            Entry::TimerFired(timer) | Entry::ReminderSkipped(timer) => Some(timer.due),
            _ => None,
        });
        // What leads back to a personal value is in no log.
        let due = due.filter(|due| !due.is_secret()).map(|due| due.at);
        let lag = due.map(|due| now.duration_since(due).as_secs_f64().max(0.0));
        self.write(
            now,
            "info",
            "step",
            json!({
                "case": happened.label, "pathway": happened.protocol.name, "version": happened.protocol.version,
                "counts_at": happened.at, "entries": kinds, "due_at": due, "lag_seconds": lag,
            }),
        );
    }

    pub(crate) fn message(self, now: Timestamp, notice: &Notice) {
        // Clocks differ a little.
        let waited = now.duration_since(notice.written).as_secs_f64().max(0.0);
        let more = json!({
            "case": notice.label, "key": notice.key, "to": notice.receiver(&notice.protocol),
            "waited_seconds": waited,
        });
        self.write(now, "info", "message", more);
    }

    pub(crate) fn trouble(self, now: Timestamp, trouble: &Trouble) {
        self.write(now, "warning", "trouble", json!({ "case": trouble.label, "what": trouble.text }));
        if self.0 == Format::Text {
            let words = say!("trouble: {label}: {trouble}", label = trouble.label, trouble = trouble.text);
            writeln!(io::stderr(), "{words}").unwrap_or_default();
        }
    }

    /// A delivery was tried in vain. That it is given up is told as a trouble in a text log.
    pub(crate) fn delivery_failed(self, now: Timestamp, failed: &FailedTry) {
        let FailedTry { label, key, channel, tries, why, next, next_local } = failed;
        let more = json!({
            "case": label, "key": key, "channel": channel, "tries": tries, "why": why, "next_at": next,
        });
        self.write(now, "warning", "delivery_failed", more);
        if let (Format::Text, Some(next)) = (self.0, next_local) {
            let next = moment_in_words(*next);
            let words = say!(
                "{label}: the message {key} did not go out by `{channel}`: {why}; tries in vain: {tries}, next {next}",
                label,
                key,
                channel,
                why,
                tries,
                next
            );
            writeln!(io::stderr(), "{words}").unwrap_or_default();
        }
    }

    /// The database cannot be worked with for a while, or can be again.
    pub(crate) fn database(self, at: Timestamp, away: Option<&str>) {
        let (level, event) =
            if away.is_none() { ("info", "database_back") } else { ("warning", "database_away") };
        self.write(at, level, event, json!({ "micros": micros(at), "why": away }));
        if self.0 == Format::Text {
            let words = match away {
                Some(why) => say!("{why}; it is tried again until it goes well", why),
                None => say!("the database can be worked with again"),
            };
            writeln!(io::stderr(), "{words}").unwrap_or_default();
        }
    }
}

/// What kind of entry it is: the name that it has in the journal.
fn kind(entry: &Entry) -> Option<String> {
    match serde_json::to_value(entry).ok()? {
        Value::Object(entry) => entry.into_iter().next().map(|(kind, _)| kind),
        Value::String(kind) => Some(kind),
        _ => None,
    }
}
