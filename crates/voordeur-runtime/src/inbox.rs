//! Inboxes: what each party of the pathways, and each person who works for one, has been told and is not done with.

use jiff::{SignedDuration, Timestamp};
use voordeur_engine::{Case, Message};
use voordeur_messages::mark;
use voordeur_store::{CaseRow, Item, ItemQuery, StoreError};

use crate::chores::messages;
use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::references::check_person;
use crate::rows::{micros, stored_case, timestamp};
use crate::topic::{Topic, is_handed_over, is_over, receiver};
use crate::watch::{Notice, Watch};

/// How often a mark is tried again when somebody else changed the item at the same moment.
const TRIES: u32 = 5;

/// For how long somebody may let an item sleep: a year. A year that was mistyped would hide it for ever.
pub(crate) const LONGEST_SLEEP: SignedDuration = SignedDuration::from_hours(366 * 24);

/// An item of an inbox, with what it says.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its row.
    pub item: Item,
    /// What it is about.
    pub topic: Topic,
    /// The message, without personal values.
    pub notice: Notice,
    /// Whether it asks for nothing any more: what it is about is not open.
    pub over: bool,
}

/// What somebody does with an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// It is done.
    Done {
        /// Who says so: a reference, no name.
        by: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// It is not shown before this moment.
    Snooze {
        /// Until when: a year ahead at most.
        until: Timestamp,
        /// When it is said.
        now: Timestamp,
    },
    /// This person takes it: it leaves the inboxes of the others.
    Take {
        /// Who: a reference, no name.
        person: String,
    },
    /// It is nobody's, open and shown again.
    Reopen,
}

impl Runtime {
    /// Items of inboxes, oldest first: none when there are no more. Those of a case that cannot be read are left out, and that is told.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be read.
    pub async fn inbox(&self, which: &ItemQuery, watch: &mut dyn Watch) -> Result<Vec<Told>, RuntimeError> {
        let mut which = which.clone();
        loop {
            let items = self.store.post().items(&which).await?;
            let Some(last) = items.last() else { return Ok(Vec::new()) };
            which.after = last.id;
            let told = self.told(items, watch).await?;
            // Where all of them are left out, others may come after them.
            if !told.is_empty() {
                return Ok(told);
            }
        }
    }

    async fn told(&self, items: Vec<Item>, watch: &mut dyn Watch) -> Result<Vec<Told>, RuntimeError> {
        let ids: Vec<i64> = items.iter().map(|item| item.case_id).collect();
        let cases = self.store.cases_numbered(&ids).await?;
        let mut told = Vec::with_capacity(items.len());
        for item in items {
            let Some(case) = cases.iter().find(|case| case.id == item.case_id) else { continue };
            let one = self.told_of(case, item).await;
            told.extend(self.or_left_out(&case.label, one, watch).await?);
        }
        Ok(told)
    }

    async fn told_of(&self, case: &CaseRow, item: Item) -> Result<Told, RuntimeError> {
        let stored = stored_case(case)?;
        let message = read_of(&stored, &item.message)?;
        let protocol = self.protocol_at(case, &stored, timestamp(item.created_at))?;
        let now = self.protocol(case.protocol)?;
        let over = is_over(&stored, &message)
            || is_handed_over(&protocol, &now, &stored, &message)
            || self.is_told_otherwise(case, &stored, &item, &message).await?;
        let (key, at) = (item.key.clone(), timestamp(item.created_at));
        let notice = Notice { label: case.label.clone(), protocol, key, at, written: at, message };
        Ok(Told { topic: Topic::of_word(&item.topic), item, notice, over })
    }

    /// Whether another item tells who has something to do the day by which it is due: whoever has it is told once more when the case comes
    /// to a version by which that is another day. What somebody has taken stays with them.
    async fn is_told_otherwise(
        &self,
        case: &CaseRow,
        stored: &Case,
        item: &Item,
        message: &Message,
    ) -> Result<bool, RuntimeError> {
        let Message::Assign { serial, .. } = message else { return Ok(false) };
        if stored.ran_on.is_empty() || item.person.is_some() {
            return Ok(false);
        }
        let mut standing: Option<(String, bool)> = None;
        for row in self.store.journal(case.id).await? {
            for (key, sent) in messages(case.id, &row)? {
                let Message::Assign { serial: own, opening, due, personal, .. } = &sent else { continue };
                if own != serial {
                    continue;
                }
                let protocol = self.protocol_at(case, stored, timestamp(row.at))?;
                let is_for = receiver(&sent).is_some_and(|who| protocol.parties.row(who).name == item.party);
                // Of what is late already no day is told any more.
                let says_when = due.is_some() || *personal || protocol.openings.row(*opening).term.is_none();
                if is_for && (says_when || standing.as_ref().is_none_or(|(_, says)| !says)) {
                    standing = Some((key, says_when));
                }
            }
        }
        Ok(standing.is_some_and(|(key, _)| key != item.key))
    }

    /// Writes what somebody does with an item.
    ///
    /// # Errors
    /// [`RuntimeError::NoSuchItem`] when there is none with this key, [`RuntimeError::Taken`] when it is somebody
    /// else's already, [`RuntimeError::NotThereYet`] when it would be done before it was there, [`RuntimeError::DoneAlready`] and
    /// [`RuntimeError::SleepsTooLong`] when it cannot sleep, or not for so long.
    pub async fn mark(&self, key: &str, mark: &Mark) -> Result<(), RuntimeError> {
        if let Mark::Take { person } | Mark::Done { by: Some(person), .. } = mark {
            check_person(person)?;
        }
        let mut tries = TRIES;
        loop {
            let item = self.store.post().item(key).await?;
            let item = item.ok_or_else(|| RuntimeError::NoSuchItem { key: key.to_owned() })?;
            match self.store.post().mark(&marked(item, mark)?).await {
                Err(StoreError::Conflict) if tries > 0 => tries -= 1,
                done => return Ok(done?),
            }
        }
    }
}

fn marked(mut item: Item, mark: &Mark) -> Result<Item, RuntimeError> {
    match mark {
        Mark::Done { by, at } => {
            if let Some((other, _)) = item.person.as_ref().zip(by.as_ref()).filter(|(one, by)| one != by) {
                return Err(RuntimeError::Taken { key: item.key.clone(), person: other.clone() });
            }
            if micros(*at) < item.created_at {
                return Err(RuntimeError::NotThereYet { key: item.key });
            }
            item.done_at = Some(micros(*at));
            item.done_by = by.clone().or_else(|| item.person.clone());
        }
        Mark::Snooze { until, now } => item.snoozed_until = Some(sleep(&item, *until, *now)?),
        Mark::Take { person } => {
            if let Some(other) = item.person.as_ref().filter(|other| *other != person) {
                return Err(RuntimeError::Taken { key: item.key.clone(), person: other.clone() });
            }
            item.person = Some(person.clone());
        }
        Mark::Reopen => {
            (item.person, item.snoozed_until, item.done_at, item.done_by) = (None, None, None, None);
        }
    }
    Ok(item)
}

/// Until when an item sleeps. On a virtual clock it may be of a later moment than now.
fn sleep(item: &Item, until: Timestamp, now: Timestamp) -> Result<i64, RuntimeError> {
    let longest = now.max(timestamp(item.created_at)).checked_add(LONGEST_SLEEP);
    if item.done_at.is_some() {
        return Err(RuntimeError::DoneAlready { key: item.key.clone() });
    }
    if longest.is_ok_and(|longest| until > longest) {
        return Err(RuntimeError::SleepsTooLong { key: item.key.clone() });
    }
    Ok(micros(until))
}

/// A message for people about a case. When something is due that was counted from a personal value stands with the case alone.
pub(crate) fn read_of(case: &Case, text: &str) -> Result<Message, RuntimeError> {
    let mut message = read(text)?;
    message.restore_due(case);
    Ok(message)
}

/// A message as it is stored for people.
pub(crate) fn read(text: &str) -> Result<Message, RuntimeError> {
    serde_json::from_str(text).map_err(|error| RuntimeError::unreadable_json(mark!("message"), &error))
}
