//! A write, table by table: the same order and the same guards on every database that speaks SQL.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::future::Future;
use std::hash::Hash;

use crate::error::StoreError;
use crate::post::{Delivery, DeliveryWrite, Item, Reach, Settled};
use crate::rows::{
    CaseWrite, Claim, ClaimedTimer, Done, Key, Kind, OutboxRow, Outgoing, ProtocolRow, Retirement, StepWrite,
};
use crate::upkeep::Upkeep;

/// A case as it becomes.
pub(crate) struct CaseAfter<'a> {
    pub(crate) id: i64,
    pub(crate) before: i64,
    pub(crate) after: i64,
    pub(crate) write: &'a CaseWrite,
}

/// A step of a case.
pub(crate) struct Step<'a> {
    pub(crate) case: i64,
    pub(crate) number: i64,
    pub(crate) step: &'a StepWrite,
}

/// A timer of a case: its number, and when it is due and whether it runs, or the epoch of a claim.
pub(crate) struct TimerSet<'a> {
    pub(crate) case: i64,
    pub(crate) timer: i64,
    pub(crate) due_at: i64,
    pub(crate) armed: bool,
    pub(crate) party: &'a str,
}

/// A message of a step.
pub(crate) struct Message<'a> {
    pub(crate) case: i64,
    pub(crate) key: String,
    pub(crate) at: i64,
    pub(crate) outgoing: &'a Outgoing,
}

impl Message<'_> {
    /// How it reaches people elsewhere, when it goes out with its step.
    fn deliveries(&self) -> impl Iterator<Item = DeliveryWrite> {
        let planned = self.outgoing.gone.iter().flat_map(|gone| &gone.deliveries);
        planned.map(|delivery| delivery.of(self.case, &self.key))
    }
}

/// A transaction on the tables; each method is one statement for all its rows.
pub(crate) trait Tables: Send {
    /// A statement without arguments.
    fn run(&mut self, text: &'static str) -> impl Future<Output = Result<(), StoreError>> + Send;
    fn put_protocol(&mut self, row: &ProtocolRow) -> impl Future<Output = Result<i64, StoreError>> + Send;
    fn retire(
        &mut self,
        protocols: &[i64],
        retirement: &Retirement,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// How many of these protocols are retired. Until the end of the transaction nobody retires one of them.
    fn count_retired(&mut self, protocols: &[i64]) -> impl Future<Output = Result<u64, StoreError>> + Send;
    /// How many of these households still have so many cases. Until the end of the transaction nobody else gives them one who
    /// asks first as well.
    fn count_households(
        &mut self,
        rows: &[(&str, i64)],
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
    /// Gives the labels that were free, with their numbers.
    fn insert_cases(
        &mut self,
        rows: &[&CaseWrite],
    ) -> impl Future<Output = Result<Vec<(String, i64)>, StoreError>> + Send;
    /// Gives how many cases were as they should be.
    fn update_cases(
        &mut self,
        rows: &[CaseAfter<'_>],
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
    fn insert_steps(&mut self, rows: &[Step<'_>]) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// How many of these claims (case, timer, epoch) still hold.
    fn count_claims(
        &mut self,
        rows: &[(i64, i64, i64)],
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
    fn clear_timers(&mut self, rows: &[(i64, i64)]) -> impl Future<Output = Result<(), StoreError>> + Send;
    fn set_timers(&mut self, rows: &[TimerSet<'_>]) -> impl Future<Output = Result<(), StoreError>> + Send;
    fn insert_messages(
        &mut self,
        rows: &[Message<'_>],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Those of them that stand in an inbox.
    fn insert_items(&mut self, rows: &[Message<'_>]) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Gives how many were as they should be: one or none.
    fn mark_item(&mut self, item: &Item) -> impl Future<Output = Result<u64, StoreError>> + Send;
    fn insert_deliveries(
        &mut self,
        rows: &[DeliveryWrite],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    fn claim_deliveries(
        &mut self,
        claim: &Claim,
        reach: &Reach,
    ) -> impl Future<Output = Result<Vec<Delivery>, StoreError>> + Send;
    fn settle_deliveries(&mut self, rows: &[Settled]) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Gives how many were dead.
    fn revive_deliveries(
        &mut self,
        deliveries: &[i64],
        now: i64,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
    /// Closes a dead letter; gives whether it was dead. Of the row only its number, and what becomes of it, counts.
    fn close_dead(&mut self, closed: &Settled) -> impl Future<Output = Result<u64, StoreError>> + Send;
    /// Gives how many waited, and were held by nobody else since they were read.
    fn answer_calls(&mut self, rows: &[&Done]) -> impl Future<Output = Result<u64, StoreError>> + Send;
    /// Marks those that wait: number and moment.
    fn finish_outbox(&mut self, rows: &[(i64, i64)]) -> impl Future<Output = Result<(), StoreError>> + Send;
    fn insert_documents(
        &mut self,
        rows: &[(i64, &Done)],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Sets incidents: case, key, why, since when.
    fn set_incidents(
        &mut self,
        rows: &[(i64, &str, &str, i64)],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    fn clear_incidents(
        &mut self,
        rows: &[(i64, &str)],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    fn upkeep(&mut self, what: &Upkeep) -> impl Future<Output = Result<u64, StoreError>> + Send;
    fn claim_timers(
        &mut self,
        claim: &Claim,
    ) -> impl Future<Output = Result<Vec<ClaimedTimer>, StoreError>> + Send;
    fn claim_outbox(
        &mut self,
        kind: Kind,
        claim: &Claim,
    ) -> impl Future<Output = Result<Vec<OutboxRow>, StoreError>> + Send;
}

/// Writes cases with their steps, and gives the number of each case. When it fails, the transaction is not to be
/// committed.
pub(crate) async fn write<T: Tables>(tx: &mut T, writes: &[&CaseWrite]) -> Result<Vec<i64>, StoreError> {
    let arriving = writes.iter().filter(|write| write.arrives).map(|write| write.protocol);
    let protocols: Vec<i64> = arriving.collect::<BTreeSet<i64>>().into_iter().collect();
    if !protocols.is_empty() && tx.count_retired(&protocols).await? > 0 {
        return Err(StoreError::Retired);
    }
    let households: Vec<(&str, i64)> = writes.iter().filter_map(|write| write.rests_on()).collect();
    if has_twice(households.iter().map(|(household, _)| household)) {
        return Err(StoreError::Conflict);
    }
    if !households.is_empty() && tx.count_households(&households).await? != count(households.len()) {
        return Err(StoreError::Conflict);
    }
    let ids = numbers(tx, writes).await?;
    let rows = Rows::new(writes, &ids);
    // A case stands once in a write: its version guards it once.
    if has_twice(rows.cases.iter().map(|case| case.id)) {
        return Err(StoreError::Conflict);
    }
    if !rows.cases.is_empty() && tx.update_cases(&rows.cases).await? != count(rows.cases.len()) {
        return Err(StoreError::Conflict);
    }
    if !rows.claims.is_empty() && tx.count_claims(&rows.claims).await? != count(rows.claims.len()) {
        return Err(StoreError::Conflict);
    }
    if !rows.done.is_empty() && tx.answer_calls(&rows.done).await? != count(rows.done.len()) {
        return Err(StoreError::Conflict);
    }
    if !rows.steps.is_empty() {
        tx.insert_steps(&rows.steps).await?;
    }
    if !rows.cleared.is_empty() {
        tx.clear_timers(&rows.cleared).await?;
    }
    if !rows.timers.is_empty() {
        tx.set_timers(&rows.timers).await?;
    }
    if !rows.messages.is_empty() {
        tx.insert_messages(&rows.messages).await?;
    }
    if rows.messages.iter().any(|message| message.outgoing.item.is_some()) {
        tx.insert_items(&rows.messages).await?;
    }
    let deliveries: Vec<DeliveryWrite> = rows.messages.iter().flat_map(Message::deliveries).collect();
    if !deliveries.is_empty() {
        tx.insert_deliveries(&deliveries).await?;
    }
    if !rows.documents.is_empty() {
        tx.insert_documents(&rows.documents).await?;
    }
    if !rows.resolved.is_empty() {
        tx.clear_incidents(&rows.resolved).await?;
    }
    if !rows.incidents.is_empty() {
        tx.set_incidents(&rows.incidents).await?;
    }
    Ok(ids)
}

fn has_twice<T: Eq + Hash>(mut all: impl Iterator<Item = T>) -> bool {
    let mut seen = HashSet::new();
    !all.all(|one| seen.insert(one))
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

/// The number of each case; new ones get theirs now.
async fn numbers<T: Tables>(tx: &mut T, writes: &[&CaseWrite]) -> Result<Vec<i64>, StoreError> {
    let new: Vec<&CaseWrite> =
        writes.iter().copied().filter(|write| matches!(write.key, Key::New(_))).collect();
    let mut given: HashMap<String, i64> = HashMap::new();
    if !new.is_empty() {
        given.extend(tx.insert_cases(&new).await?);
    }
    let number = |write: &&CaseWrite| match &write.key {
        Key::Stored { id, .. } => Ok(*id),
        // Each label is taken out once: a label that comes twice in one write is not free the second time.
        Key::New(label) => given.remove(label).ok_or_else(|| StoreError::Exists { label: label.clone() }),
    };
    writes.iter().map(number).collect()
}

/// The rows of one transaction, by table.
#[derive(Default)]
struct Rows<'a> {
    cases: Vec<CaseAfter<'a>>,
    steps: Vec<Step<'a>>,
    claims: Vec<(i64, i64, i64)>,
    cleared: Vec<(i64, i64)>,
    timers: Vec<TimerSet<'a>>,
    messages: Vec<Message<'a>>,
    done: Vec<&'a Done>,
    documents: Vec<(i64, &'a Done)>,
    incidents: Vec<(i64, &'a str, &'a str, i64)>,
    resolved: Vec<(i64, &'a str)>,
}

impl<'a> Rows<'a> {
    fn new(writes: &[&'a CaseWrite], ids: &[i64]) -> Self {
        let mut rows = Self::default();
        for (write, id) in writes.iter().copied().zip(ids.iter().copied()) {
            rows.case(id, write);
            rows.timers(id, write);
        }
        rows
    }

    fn case(&mut self, id: i64, write: &'a CaseWrite) {
        let before = match write.key {
            Key::New(_) => 0,
            Key::Stored { version, .. } => {
                let after = version.saturating_add(write.step_count());
                self.cases.push(CaseAfter { id, before: version, after, write });
                version
            }
        };
        for (step, number) in write.steps.iter().zip(before.saturating_add(1)..) {
            self.steps.push(Step { case: id, number, step });
            for (position, outgoing) in step.outgoing.iter().enumerate() {
                let key = format!("{id}-{number}-{position}");
                self.messages.push(Message { case: id, key, at: step.at, outgoing });
            }
        }
        let incident = |(key, why): &'a (String, String)| (id, key.as_str(), why.as_str(), write.touched_at);
        self.incidents.extend(write.incidents.iter().map(incident));
        self.resolved.extend(write.resolved.iter().map(|key| (id, key.as_str())));
        self.done.extend(&write.done);
        self.documents
            .extend(write.done.iter().filter(|done| !done.documents.is_empty()).map(|done| (id, done)));
    }

    fn timers(&mut self, id: i64, write: &'a CaseWrite) {
        self.claims.extend(write.claims.iter().map(|claim| (id, claim.timer, claim.epoch)));
        self.cleared.extend(write.cleared.iter().map(|timer| (id, *timer)));
        self.timers.extend(write.timers.iter().map(|timer| TimerSet {
            case: id,
            timer: timer.timer,
            due_at: timer.due_at,
            armed: timer.armed,
            party: &timer.party,
        }));
    }
}
