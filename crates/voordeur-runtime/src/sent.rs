//! What the journal of a case has sent, against the outbox, the inboxes and the deliveries.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use voordeur_engine::{Entry, Message};
use voordeur_messages::say;
use voordeur_store::{Delivery, Item, JournalRow, Kind, MessageRow, Progress};

use crate::audit::{Protocols, Rows};
use crate::inbox::{LONGEST_SLEEP, read};
use crate::rows::{kind, micros, timestamp};
use crate::sealing::opened_payload;
use crate::topic::{Topic, bare, held_at_most, receiver};
use crate::vault::CaseKey;

/// How much the clocks of programs may differ.
const APART: SignedDuration = SignedDuration::from_hours(24);

/// The messages that the journal has sent, each with its step and its key.
pub(crate) fn keyed<'a>(
    rows: &'a Rows,
    steps: &'a [Vec<Entry>],
) -> impl Iterator<Item = (&'a JournalRow, String, &'a Message)> {
    rows.journal.iter().zip(steps).flat_map(|(row, entries)| {
        let messages = entries.iter().filter_map(|entry| match entry {
            Entry::Sent(message) => Some(message),
            _ => None,
        });
        let key = |position| format!("{}-{}-{position}", rows.case.id, row.step);
        messages.enumerate().map(move |(position, message)| (row, key(position), message))
    })
}

pub(crate) fn message_rows(rows: &Rows, steps: &[Vec<Entry>]) -> Vec<String> {
    let mut wanted: Vec<(String, Kind)> =
        keyed(rows, steps).map(|(_, key, message)| (key, kind(message))).collect();
    let mut there: Vec<(String, Kind)> =
        rows.messages.iter().map(|message| (message.key.clone(), message.kind)).collect();
    let order = |(key, kind): &(String, Kind)| (key.clone(), *kind == Kind::Call);
    wanted.sort_by_key(order);
    there.sort_by_key(order);
    let lost = wanted.iter().filter(|message| !there.contains(message));
    let lost = lost.map(|(key, _)| say!("its message {key} is not in the outbox", key));
    let more = there.iter().filter(|message| !wanted.contains(message));
    lost.chain(more.map(|(key, _)| say!("the outbox has a message {key} that its journal has not sent", key)))
        .collect()
}

/// Every message was written with its step.
pub(crate) fn written(rows: &Rows, steps: &[Vec<Entry>]) -> Vec<String> {
    let at: BTreeMap<String, i64> = keyed(rows, steps).map(|(step, key, _)| (key, step.at)).collect();
    let differs = |row: &&MessageRow| at.get(&row.key).is_some_and(|at| *at != row.created_at);
    let changed = rows.messages.iter().filter(differs);
    changed
        .map(|row| say!("its message {key} was not written when its journal says", key = row.key))
        .collect()
}

/// What is done says nothing any more: it may have been what an agency may see.
pub(crate) fn emptied(rows: &Rows) -> Vec<String> {
    let says = |row: &&MessageRow| row.payload.as_deref().is_some_and(|text| !text.is_empty());
    let full = rows.messages.iter().filter(|row| row.done_at.is_some()).filter(says);
    full.map(|row| say!("its message {key} is done, and is not empty", key = row.key)).collect()
}

/// What waits in the outbox still says what the journal has sent. Of a case that was erased nobody can tell.
pub(crate) fn waiting(rows: &Rows, key: Option<&CaseKey>, steps: &[Vec<Entry>]) -> Vec<String> {
    let sent: BTreeMap<String, &Message> =
        keyed(rows, steps).map(|(_, key, message)| (key, message)).collect();
    let differs = |row: &&MessageRow| {
        let payload = opened_payload(&rows.case, key, row.payload.as_deref().unwrap_or_default());
        let says = payload.and_then(|payload| payload.map(|text| read(&text)).transpose());
        row.done_at.is_none()
            && !matches!(says, Ok(says) if says.is_none() || says.as_ref() == sent.get(&row.key).copied())
    };
    let changed = rows.messages.iter().filter(differs);
    changed.map(|row| say!("its message {key} does not say what its journal says", key = row.key)).collect()
}

/// A message for people that the journal has sent: to whom, and when.
struct Sent<'a> {
    party: &'a str,
    topic: &'static str,
    at: i64,
    /// Shown at this moment at the latest.
    shown_by: i64,
    message: Message,
}

/// What stands in inboxes, and what goes out, is what the journal has sent to people.
pub(crate) fn told(protocols: &Protocols<'_>, rows: &Rows, steps: &[Vec<Entry>]) -> Vec<String> {
    let sent = sent(protocols, rows, steps);
    let mut missing: BTreeSet<&String> = sent.keys().collect();
    let mut found = Vec::new();
    for Item { key, party, topic, created_at, message, .. } in &rows.items {
        missing.remove(key);
        match sent.get(key) {
            None => found.push(say!("an inbox has an item {key} that its journal has not sent", key)),
            Some(sent) if sent.says(party, topic, *created_at, message) => {}
            Some(_) => found.push(say!("its item {key} does not say what its journal says", key)),
        }
    }
    for item in &rows.items {
        found.extend(sent.get(&item.key).and_then(|sent| moment_fault(rows, sent, item)));
    }
    if rows.items_are_whole {
        found.extend(missing.into_iter().map(|key| say!("its message {key} is in no inbox", key)));
    }
    for Delivery { key, channel, party, topic, created_at, message, progress, done_at, .. } in
        &rows.deliveries
    {
        // What waits is not done, and the rest has a moment.
        let is_whole = done_at.is_none() == (*progress == Progress::Waiting);
        match sent.get(key) {
            Some(sent) if is_whole && sent.says(party, topic, *created_at, message) => {}
            _ => found.push(say!(
                "its delivery of {key} by `{channel}` is not what its journal says",
                key,
                channel
            )),
        }
    }
    found
}

impl Sent<'_> {
    fn says(&self, party: &str, topic: &str, at: i64, message: &str) -> bool {
        (self.party, self.topic, self.at) == (party, topic, at)
            && read(message).is_ok_and(|message| message == self.message)
    }
}

/// The messages for people, by their keys.
fn sent<'a>(protocols: &Protocols<'a>, rows: &Rows, steps: &[Vec<Entry>]) -> BTreeMap<String, Sent<'a>> {
    let mut all = BTreeMap::new();
    for (row, key, message) in keyed(rows, steps) {
        let Some(who) = receiver(message) else { continue };
        let topic = Topic::of(protocols.at(row), message).word();
        let shown_by = micros(held_at_most(message, timestamp(row.at)));
        let (party, message) = (protocols.at(row).parties.row(who).name.as_str(), bare(message));
        all.insert(key, Sent { party, topic, at: row.at, shown_by, message });
    }
    all
}

/// An item is shown when its message says, sleeps as long as it may, and is done after it was there.
fn moment_fault(rows: &Rows, sent: &Sent<'_>, item: &Item) -> Option<String> {
    let key = &item.key;
    let far = rows.now.map(|now| far_ahead(now.max(item.created_at).max(rows.case.touched_at)));
    let is_far = |at: i64| far.is_some_and(|far| at > far);
    if !(sent.at..=sent.shown_by).contains(&item.visible_at) {
        return Some(say!("its item {key} is not shown when its journal says", key));
    }
    if item.snoozed_until.is_some_and(is_far) {
        return Some(say!("its item {key} sleeps for more than a year", key));
    }
    let done = item.done_at.filter(|done| *done < sent.at || is_far(*done));
    done.map(|_| say!("its item {key} is done at a moment that cannot be", key))
}

/// Later than anything that people mark at a moment.
fn far_ahead(at: i64) -> i64 {
    let far = timestamp(at).checked_add(LONGEST_SLEEP.saturating_add(APART));
    far.map_or(i64::MAX, micros)
}
