//! What is done once to all cases after a database of an older program was brought up to date: by the worker that leads in
//! upkeep, some cases at a time, beside everything else. It may be stopped anywhere, and done twice.

use std::collections::BTreeSet;

use voordeur_engine::{Case, Entry, Message};
use voordeur_store::{CaseRow, JournalRow, MessageRow, OldItem, TimerParty, Upkeep};

use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::rows::{journal, kind, stored_case, timestamp};
use crate::timers::timers;
use crate::topic::{is_over, item, serial};

/// How many cases are looked at together.
const PAGE: u32 = 256;

impl Runtime {
    /// A part of what is left to do; gives whether there may be more.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be used.
    pub(crate) async fn chores(&self) -> Result<bool, RuntimeError> {
        let told = self.tell_parties().await?;
        let written = match self.store.items_to_write().await? {
            Some(after) => self.write_items(&after).await?,
            None => false,
        };
        Ok(told || written)
    }

    /// Programs for version 4 of the tables do not write whose timers are.
    async fn tell_parties(&self) -> Result<bool, RuntimeError> {
        let cases: BTreeSet<i64> = self.store.cases_of_party(None, PAGE).await?.into_iter().collect();
        if cases.is_empty() {
            return Ok(false);
        }
        let ids: Vec<i64> = cases.into_iter().collect();
        let mut parties = Vec::new();
        for row in self.store.cases_numbered(&ids).await? {
            parties.extend(self.parties(&row).await?);
        }
        // What cannot be told now is an incident, or of a pathway that this program does not know yet: no reason to hurry.
        Ok(self.store.upkeep(Upkeep::Parties(parties)).await? > 0)
    }

    async fn parties(&self, row: &CaseRow) -> Result<Vec<TimerParty>, RuntimeError> {
        let Some((protocol, case)) = self.readable(row) else { return Ok(Vec::new()) };
        let mut whose = timers(protocol, &case);
        let known = self.store.timers(row.id).await?;
        let unknown = known.into_iter().filter(|timer| timer.party.is_none());
        let told = unknown.filter_map(|timer| {
            let (_, _, party) = whose.remove(&timer.timer)?;
            Some(TimerParty { case_id: row.id, timer: timer.timer, party })
        });
        Ok(told.collect())
    }

    fn readable(&self, row: &CaseRow) -> Option<(&voordeur_protocol::CheckedProtocol, Case)> {
        let protocol = self.library.get(row.protocol)?;
        let case = stored_case(row).ok().filter(|case| case.fits(protocol))?;
        Some((protocol, case))
    }

    /// Programs for version 3 of the tables knew no inboxes: what they have sent is written into them.
    async fn write_items(&self, after: &str) -> Result<bool, RuntimeError> {
        let page = self.store.cases(after, PAGE).await?;
        let after = page.last().map(|last| last.label.clone());
        let mut items = Vec::new();
        for row in &page {
            match self.old_items(row).await {
                // It is found when the database is proved.
                Err(error) if error.is_of_case() => {}
                old => items.extend(old?),
            }
        }
        self.store.upkeep(Upkeep::Items { items, after: after.clone() }).await?;
        Ok(after.is_some())
    }

    async fn old_items(&self, row: &CaseRow) -> Result<Vec<OldItem>, RuntimeError> {
        let Some((protocol, case)) = self.readable(row) else { return Ok(Vec::new()) };
        let there: BTreeSet<String> =
            self.store.post().items_of(row.id).await?.into_iter().map(|item| item.key).collect();
        let sent = self.store.messages(row.id).await?;
        let mut items = Vec::new();
        for step in self.store.journal(row.id).await? {
            let protocol = self.library.running(row.protocol, &case, timestamp(step.at)).unwrap_or(protocol);
            for (key, message) in messages(row.id, &step)? {
                if there.contains(&key) {
                    continue;
                }
                let Some(item) = item(protocol, &message, timestamp(step.at))? else { continue };
                let done_at = seen_to(&case, &message, sent.iter().find(|row| row.key == key));
                let done_at = done_at.map(|at| at.max(step.at));
                items.push(OldItem { case_id: row.id, key, created_at: step.at, item, done_at });
            }
        }
        Ok(items)
    }
}

/// What was told when there were no inboxes, and is about nothing that is open, has been seen to.
fn seen_to(case: &Case, message: &Message, sent: Option<&MessageRow>) -> Option<i64> {
    let is_open = serial(message).is_some() && !is_over(case, message);
    sent.and_then(|row| row.done_at).filter(|_| !is_open)
}

/// The messages for people that a step has sent, with their keys.
pub(crate) fn messages(case: i64, step: &JournalRow) -> Result<Vec<(String, Message)>, RuntimeError> {
    let entries = journal(step)?;
    let sent = entries.into_iter().filter_map(|entry| match entry {
        Entry::Sent(message) => Some(message),
        _ => None,
    });
    let keyed =
        sent.enumerate().map(|(position, message)| (format!("{case}-{}-{position}", step.step), message));
    Ok(keyed.filter(|(_, message)| kind(message) == voordeur_store::Kind::Notice).collect())
}
