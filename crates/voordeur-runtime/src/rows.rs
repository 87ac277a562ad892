//! Between the rows of the store and the values of the engine.

use jiff::Timestamp;
use voordeur_engine::{Case, Entry, Message};
use voordeur_messages::mark;
use voordeur_protocol::Protocol;
use voordeur_store::{CaseRow, JournalRow, Kind, Outgoing};

use crate::error::RuntimeError;
use crate::going::Going;
use crate::sealing::Sealer;
use crate::topic::item;

/// Microseconds since 1970 (UTC), as the store keeps moments.
#[must_use]
pub fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// The moment of so many microseconds since 1970 (UTC); what lies outside the calendar is its end.
#[must_use]
pub fn timestamp(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}

/// To the microsecond, so that what is stored is what the engine saw.
pub(crate) fn rounded(at: Timestamp) -> Timestamp {
    timestamp(micros(at))
}

/// The case of a row, without its personal values: [`Runtime::case`](crate::Runtime::case) has them.
///
/// # Errors
/// [`RuntimeError::Unreadable`] when its state is no case.
pub fn stored_case(row: &CaseRow) -> Result<Case, RuntimeError> {
    serde_json::from_str(&row.state).map_err(|error| RuntimeError::unreadable_json(mark!("case"), &error))
}

/// The entries of a row of the journal, with references in the place of personal values:
/// [`Runtime::history`](crate::Runtime::history) has them.
///
/// # Errors
/// [`RuntimeError::Unreadable`] when they are no entries.
pub fn journal(row: &JournalRow) -> Result<Vec<Entry>, RuntimeError> {
    serde_json::from_str(&row.entries)
        .map_err(|error| RuntimeError::unreadable_json(mark!("step of the journal"), &error))
}

pub(crate) fn json<T: serde::Serialize>(what: &'static str, value: &T) -> Result<String, RuntimeError> {
    serde_json::to_string(value).map_err(|error| RuntimeError::unreadable_json(what, &error))
}

/// What a step sends out; what has personal values is sealed. `written`: when the step counts. `going`: messages for people
/// go out with it.
pub(crate) fn outgoing(
    sealer: &mut Sealer<'_>,
    protocol: &Protocol,
    entries: &[Entry],
    written: Timestamp,
    going: Option<&Going>,
) -> Result<Vec<Outgoing>, RuntimeError> {
    let mut all = Vec::new();
    for entry in entries {
        let Entry::Sent(message) = entry else { continue };
        let (kind, item) = (kind(message), item(protocol, message, written)?);
        if let Some(going) = going.filter(|_| kind == Kind::Notice) {
            let gone = Some(going.plan(protocol, message, written)?);
            all.push(Outgoing { kind, payload: String::new(), item, gone });
            continue;
        }
        let payload = json("message", message)?;
        let is_personal = entry.has_values() || message.tells_personal_due();
        let payload = if is_personal { sealer.text("message", &payload)? } else { payload };
        all.push(Outgoing { kind, payload, item, gone: None });
    }
    Ok(all)
}

pub(crate) const fn kind(message: &Message) -> Kind {
    match message {
        Message::Call { .. }
        | Message::Start { .. }
        | Message::EndedFor { .. }
        | Message::Household { .. } => Kind::Call,
        _ => Kind::Notice,
    }
}
