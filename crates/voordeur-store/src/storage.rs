//! What every store can do: the one trait behind [`Store`](crate::Store).
//!
//! Three implementations keep to it, and the tests hold them against each other: memory, SQLite, PostgreSQL.

use std::fmt::Debug;
use std::path::Path;

use async_trait::async_trait;

use crate::error::StoreError;
use crate::post::Post;
use crate::rows::{
    CaseRow, CaseWrite, Claim, ClaimedTimer, Counts, DocumentRow, JournalRow, Kind, Lane, MessageRow,
    OutboxRow, ProtocolRow, Retirement, TimerRow,
};
use crate::upkeep::{DecreeRow, IncidentRow, Pulse, Stray, Upkeep};

/// A place where cases are kept. Moments are microseconds since 1970 (UTC).
///
/// What is written is durable before the call returns: all of it or nothing. Every method gives
/// [`StoreError`] when the database cannot be used; nothing has been written then, unless it is [`StoreError::Uncertain`].
#[async_trait]
pub trait Storage: Debug + Send + Sync {
    /// What it is called in messages: the file, or the server without its password.
    fn path(&self) -> &str;

    /// Inboxes and deliveries.
    fn post(&self) -> &dyn Post;

    /// Stores a protocol, and gives its number; one with the same digest keeps its number.
    async fn put_protocol(&self, row: &ProtocolRow) -> Result<i64, StoreError>;

    /// Retires protocols: no new cases run on them.
    async fn retire(&self, protocols: &[i64], retirement: &Retirement) -> Result<(), StoreError>;

    /// Whether a protocol is retired, and what becomes of its cases then.
    async fn retirement(&self, protocol: i64) -> Result<Option<Retirement>, StoreError>;

    /// Every stored protocol, oldest first.
    async fn protocols(&self) -> Result<Vec<ProtocolRow>, StoreError>;

    /// The case with this label.
    async fn case_labelled(&self, label: &str) -> Result<Option<CaseRow>, StoreError>;

    /// The cases with these numbers, in the order of their numbers.
    async fn cases_numbered(&self, ids: &[i64]) -> Result<Vec<CaseRow>, StoreError>;

    /// Cases in the order of their labels, after this one.
    async fn cases(&self, after: &str, limit: u32) -> Result<Vec<CaseRow>, StoreError>;

    /// Cases that run, in the order of their labels, after this one: however many have ended, they are not looked at.
    async fn running_cases(&self, after: &str, limit: u32) -> Result<Vec<CaseRow>, StoreError>;

    /// The cases of a household, in the order of their numbers.
    async fn cases_of(&self, household: &str) -> Result<Vec<CaseRow>, StoreError>;

    /// Of the cases before this number that have a key of their own, the latest first: their number, their label and
    /// the key as it is stored.
    async fn secrets(&self, before: i64, limit: u32) -> Result<Vec<(i64, String, String)>, StoreError>;

    /// Cases with a timer that is due at or before this moment, earliest first, claimed or not, unless it was put aside
    /// for an operator. For who drives the clock alone; workers on one database use [`Storage::claim_timers`].
    async fn due(&self, until: i64, limit: u32) -> Result<Vec<CaseRow>, StoreError>;

    /// When the first timer after this moment is due.
    async fn next_due(&self, after: i64) -> Result<Option<i64>, StoreError>;

    /// The timers of a case that have not fired, by number.
    async fn timers(&self, case_id: i64) -> Result<Vec<TimerRow>, StoreError>;

    /// The cases with timers of this party ([`TimerRow::party`]; `None`: nobody has said whose they are), in the order in which
    /// these are due, some of them more than once.
    async fn cases_of_party(&self, party: Option<&str>, limit: u32) -> Result<Vec<i64>, StoreError>;

    /// Takes timers that are due and that nobody holds, earliest first.
    async fn claim_timers(&self, claim: &Claim) -> Result<Vec<ClaimedTimer>, StoreError>;

    /// What waits in the outbox, oldest first, after this number, claimed or not.
    async fn outbox(&self, kind: Kind, after: i64, limit: u32) -> Result<Vec<OutboxRow>, StoreError>;

    /// Takes messages of the outbox that nobody holds, oldest first.
    async fn claim_outbox(&self, kind: Kind, claim: &Claim) -> Result<Vec<OutboxRow>, StoreError>;

    /// Marks messages as gone out, as far as they are not marked yet.
    async fn finish(&self, messages: &[i64], at: i64) -> Result<(), StoreError>;

    /// Every message of a case, gone out or not, in the order of their numbers.
    async fn messages(&self, case_id: i64) -> Result<Vec<MessageRow>, StoreError>;

    /// The journal of a case, in order.
    async fn journal(&self, case_id: i64) -> Result<Vec<JournalRow>, StoreError>;

    /// What plugins made for a case, oldest first.
    async fn documents(&self, case_id: i64) -> Result<Vec<DocumentRow>, StoreError>;

    /// Writes cases with their steps in one transaction, and gives the number of each case.
    ///
    /// [`StoreError::Conflict`] when another writer was first or a claim has passed to somebody else,
    /// [`StoreError::Exists`] when the label of a new case is taken, [`StoreError::Retired`] when a case
    /// comes to a protocol that is retired ([`CaseWrite::arrives`]).
    async fn commit(&self, writes: Vec<CaseWrite>, lane: Lane) -> Result<Vec<i64>, StoreError>;

    /// Changes something apart from the steps of cases; what the number means that it gives, [`Upkeep`] says.
    async fn upkeep(&self, what: Upkeep) -> Result<u64, StoreError>;

    /// What was decreed, in order.
    async fn decrees(&self) -> Result<Vec<DecreeRow>, StoreError>;

    /// When inboxes do not have all items yet, because a program for version 3 of the tables has written messages without: the
    /// label of the last case of which they have.
    async fn items_to_write(&self) -> Result<Option<String>, StoreError>;

    /// Whether messages reach people by channels too ([`Upkeep::Deliver`]): then they wait for a program that has some.
    async fn delivers(&self) -> Result<bool, StoreError>;

    /// What waits for an operator, by case and key.
    async fn incidents(&self) -> Result<Vec<IncidentRow>, StoreError>;

    /// Whether the database answers at this moment, asked apart from all other work: within a second it is known. A store that
    /// cannot be away says yes.
    async fn probe(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// How far behind the work is.
    async fn pulse(&self) -> Result<Pulse, StoreError>;

    /// How many rows there are.
    async fn counts(&self) -> Result<Counts, StoreError>;

    /// What the database itself finds wrong with its pages and its references; nothing when it is whole.
    async fn faults(&self) -> Result<Vec<String>, StoreError>;

    /// Rows that stand where no program leaves one, with a case or without; leases that end after this moment are too long.
    async fn strays(&self, _until: i64) -> Result<Vec<Stray>, StoreError> {
        Ok(Vec::new())
    }

    /// Copies the whole database as it is at one moment to a new file, while others go on. The copy is on the disk when this
    /// returns. Servers have tools of their own for this: [`StoreError::NoCopy`].
    async fn copy_to(&self, _file: &Path) -> Result<(), StoreError> {
        Err(StoreError::NoCopy { path: self.path().to_owned() })
    }

    /// Takes what was destroyed out of the log of the database too; gives whether it is gone from there. Whoever reads what was
    /// before keeps it there. A server has a log of its own, and cleans it up by itself.
    async fn scrub(&self) -> Result<bool, StoreError> {
        Ok(true)
    }

    /// Returns when another program may have written something: a hint, that may be missed. A store without hints
    /// never returns.
    async fn hint(&self) {
        std::future::pending::<()>().await;
    }

    /// Writes what is left and closes the database.
    async fn close(&self);
}
