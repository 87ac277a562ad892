//! A world in which everything that can go wrong does: stores that fail, workers that stand still, are killed and
//! have clocks of their own. Nothing in it depends on anything but the seed.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use voordeur_store::{
    CaseRow, CaseWrite, Claim, ClaimedTimer, Counts, DecreeRow, Delivery, DeliveryWrite, DocumentRow,
    IncidentRow, Item, ItemQuery, JournalRow, Kind, Lane, MessageRow, OutboxRow, Post, Progress, ProtocolRow,
    Pulse, Reach, Retirement, Settled, Storage, Store, StoreError, Stray, TimerRow, Upkeep, Waits,
    async_trait,
};

use crate::draw::Dice;

/// A store between whose operations others get their turn, and that fails now and then.
#[derive(Debug, Clone)]
pub(crate) struct Faulty {
    inner: Store,
    dice: Arc<Mutex<Dice>>,
    /// One operation in so many fails; 0 for none.
    pub(crate) fails: Arc<AtomicU64>,
    /// Nothing can be written: the disk is full.
    pub(crate) full: Arc<AtomicBool>,
    /// What it says then.
    pub(crate) trouble: StoreError,
    /// Called before each commit.
    before_commit: Option<fn(&Store)>,
    /// How many commits are taken yet.
    commits: Arc<AtomicI64>,
}

impl Faulty {
    pub(crate) fn new(inner: Store, dice: Dice) -> Self {
        Self {
            inner,
            dice: Arc::new(Mutex::new(dice)),
            fails: Arc::new(AtomicU64::new(40)),
            full: Arc::default(),
            trouble: StoreError::Full { path: "sim".to_owned() },
            before_commit: None,
            commits: Arc::new(AtomicI64::new(i64::MAX)),
        }
    }

    pub(crate) fn calling(self, before_commit: fn(&Store)) -> Self {
        Self { before_commit: Some(before_commit), ..self }
    }

    /// After so many commits it is closed.
    pub(crate) fn stopping_after(self, commits: i64) -> Self {
        self.commits.store(commits, Ordering::Relaxed);
        self
    }

    fn room(&self) -> Result<(), StoreError> {
        match self.full.load(Ordering::Relaxed) {
            true => Err(self.trouble.clone()),
            false => Ok(()),
        }
    }

    /// Others may go first, and the connection may be gone: then nothing has been done.
    async fn before(&self) -> Result<(), StoreError> {
        turn().await;
        let times = usize::try_from(self.fails.load(Ordering::Relaxed)).expect("small");
        if times > 0 && self.dice.lock().expect("one thread").once_in(times) {
            return Err(StoreError::Unreachable { path: "sim".to_owned(), why: "cut".to_owned() });
        }
        Ok(())
    }
}

/// Does it, with others before and after: who is killed there does not hear the answer.
macro_rules! faulty {
    ($self:ident, $call:expr) => {{
        $self.before().await?;
        let answer = $call.await;
        turn().await;
        answer
    }};
}

#[async_trait]
impl Storage for Faulty {
    fn path(&self) -> &str {
        "sim"
    }
    fn post(&self) -> &dyn Post {
        self
    }
    async fn put_protocol(&self, row: &ProtocolRow) -> Result<i64, StoreError> {
        faulty!(self, self.inner.put_protocol(row))
    }
    async fn retire(&self, protocols: &[i64], retirement: &Retirement) -> Result<(), StoreError> {
        faulty!(self, self.inner.retire(protocols, retirement))
    }
    async fn retirement(&self, protocol: i64) -> Result<Option<Retirement>, StoreError> {
        faulty!(self, self.inner.retirement(protocol))
    }
    async fn cases_of(&self, household: &str) -> Result<Vec<CaseRow>, StoreError> {
        faulty!(self, self.inner.cases_of(household))
    }
    async fn protocols(&self) -> Result<Vec<ProtocolRow>, StoreError> {
        faulty!(self, self.inner.protocols())
    }
    async fn case_labelled(&self, label: &str) -> Result<Option<CaseRow>, StoreError> {
        faulty!(self, self.inner.case_labelled(label))
    }
    async fn cases_numbered(&self, ids: &[i64]) -> Result<Vec<CaseRow>, StoreError> {
        faulty!(self, self.inner.cases_numbered(ids))
    }
    async fn cases(&self, after: &str, limit: u32) -> Result<Vec<CaseRow>, StoreError> {
        faulty!(self, self.inner.cases(after, limit))
    }
    async fn secrets(&self, before: i64, limit: u32) -> Result<Vec<(i64, String, String)>, StoreError> {
        faulty!(self, self.inner.secrets(before, limit))
    }
    async fn due(&self, until: i64, limit: u32) -> Result<Vec<CaseRow>, StoreError> {
        faulty!(self, self.inner.due(until, limit))
    }
    async fn next_due(&self, after: i64) -> Result<Option<i64>, StoreError> {
        faulty!(self, self.inner.next_due(after))
    }
    async fn timers(&self, case_id: i64) -> Result<Vec<TimerRow>, StoreError> {
        faulty!(self, self.inner.timers(case_id))
    }
    async fn running_cases(&self, after: &str, limit: u32) -> Result<Vec<CaseRow>, StoreError> {
        faulty!(self, self.inner.running_cases(after, limit))
    }
    async fn cases_of_party(&self, party: Option<&str>, limit: u32) -> Result<Vec<i64>, StoreError> {
        faulty!(self, self.inner.cases_of_party(party, limit))
    }
    async fn items_to_write(&self) -> Result<Option<String>, StoreError> {
        faulty!(self, self.inner.items_to_write())
    }
    async fn delivers(&self) -> Result<bool, StoreError> {
        faulty!(self, self.inner.delivers())
    }
    async fn claim_timers(&self, claim: &Claim) -> Result<Vec<ClaimedTimer>, StoreError> {
        self.room()?;
        faulty!(self, self.inner.claim_timers(claim))
    }
    async fn outbox(&self, kind: Kind, after: i64, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        faulty!(self, self.inner.outbox(kind, after, limit))
    }
    async fn claim_outbox(&self, kind: Kind, claim: &Claim) -> Result<Vec<OutboxRow>, StoreError> {
        faulty!(self, self.inner.claim_outbox(kind, claim))
    }
    async fn finish(&self, messages: &[i64], at: i64) -> Result<(), StoreError> {
        faulty!(self, self.inner.finish(messages, at))
    }
    async fn messages(&self, case_id: i64) -> Result<Vec<MessageRow>, StoreError> {
        faulty!(self, self.inner.messages(case_id))
    }
    async fn journal(&self, case_id: i64) -> Result<Vec<JournalRow>, StoreError> {
        faulty!(self, self.inner.journal(case_id))
    }
    async fn documents(&self, case_id: i64) -> Result<Vec<DocumentRow>, StoreError> {
        faulty!(self, self.inner.documents(case_id))
    }
    async fn commit(&self, writes: Vec<CaseWrite>, lane: Lane) -> Result<Vec<i64>, StoreError> {
        self.room()?;
        if let Some(before) = self.before_commit {
            before(&self.inner);
        }
        if self.commits.fetch_sub(1, Ordering::Relaxed) <= 0 {
            return Err(StoreError::Closed);
        }
        faulty!(self, self.inner.commit(writes, lane))
    }
    async fn upkeep(&self, what: Upkeep) -> Result<u64, StoreError> {
        self.room()?;
        faulty!(self, self.inner.upkeep(what))
    }
    async fn decrees(&self) -> Result<Vec<DecreeRow>, StoreError> {
        faulty!(self, self.inner.decrees())
    }
    async fn incidents(&self) -> Result<Vec<IncidentRow>, StoreError> {
        faulty!(self, self.inner.incidents())
    }
    async fn pulse(&self) -> Result<Pulse, StoreError> {
        faulty!(self, self.inner.pulse())
    }
    async fn counts(&self) -> Result<Counts, StoreError> {
        faulty!(self, self.inner.counts())
    }
    async fn strays(&self, until: i64) -> Result<Vec<Stray>, StoreError> {
        self.inner.strays(until).await
    }
    async fn faults(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }
    async fn close(&self) {}
}

#[async_trait]
impl Post for Faulty {
    async fn items(&self, which: &ItemQuery) -> Result<Vec<Item>, StoreError> {
        faulty!(self, self.inner.post().items(which))
    }
    async fn items_of(&self, case_id: i64) -> Result<Vec<Item>, StoreError> {
        faulty!(self, self.inner.post().items_of(case_id))
    }
    async fn deliveries_of(&self, case_id: i64) -> Result<Vec<Delivery>, StoreError> {
        faulty!(self, self.inner.post().deliveries_of(case_id))
    }
    async fn item(&self, key: &str) -> Result<Option<Item>, StoreError> {
        faulty!(self, self.inner.post().item(key))
    }
    async fn mark(&self, item: &Item) -> Result<(), StoreError> {
        faulty!(self, self.inner.post().mark(item))
    }
    async fn route(&self, messages: &[i64], at: i64, deliveries: &[DeliveryWrite]) -> Result<(), StoreError> {
        faulty!(self, self.inner.post().route(messages, at, deliveries))
    }
    async fn claim_deliveries(&self, claim: &Claim, reach: &Reach) -> Result<Vec<Delivery>, StoreError> {
        faulty!(self, self.inner.post().claim_deliveries(claim, reach))
    }
    async fn settle(&self, settled: &[Settled]) -> Result<(), StoreError> {
        faulty!(self, self.inner.post().settle(settled))
    }
    async fn deliveries(
        &self,
        progress: Option<Progress>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        faulty!(self, self.inner.post().deliveries(progress, after, limit))
    }
    async fn waiting(&self) -> Result<BTreeMap<String, Waits>, StoreError> {
        faulty!(self, self.inner.post().waiting())
    }
    async fn close_dead(
        &self,
        delivery: i64,
        progress: Progress,
        at: i64,
        because: Option<&str>,
    ) -> Result<bool, StoreError> {
        faulty!(self, self.inner.post().close_dead(delivery, progress, at, because))
    }
    async fn revive(&self, deliveries: &[i64], now: i64) -> Result<u64, StoreError> {
        faulty!(self, self.inner.post().revive(deliveries, now))
    }
}

/// Lets others go first, once.
pub(crate) async fn turn() {
    let mut waited = false;
    std::future::poll_fn(move |context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Somebody who works as long as the world turns.
pub(crate) type Actor = Pin<Box<dyn Future<Output = ()>>>;

pub(crate) fn poll(actor: &mut Actor) {
    assert!(actor.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending(), "actors do not end");
}

/// Something that never waits for others.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

/// The time of the world, in microseconds.
#[derive(Debug, Clone)]
pub(crate) struct Time(Arc<AtomicI64>);

impl Time {
    pub(crate) fn new(micros: i64) -> Self {
        Self(Arc::new(AtomicI64::new(micros)))
    }

    pub(crate) fn micros(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self, micros: i64) {
        self.0.store(micros, Ordering::Relaxed);
    }
}
