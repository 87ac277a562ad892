//! A store that kills its program at a named point, or lets it stand still there.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use voordeur_store::{
    CaseRow, CaseWrite, Claim, ClaimedTimer, Counts, DecreeRow, Delivery, DeliveryWrite, DocumentRow,
    IncidentRow, Item, ItemQuery, JournalRow, Kind, Lane, MessageRow, OutboxRow, Post, Progress, ProtocolRow,
    Pulse, Reach, Retirement, Settled, Storage, Store, StoreError, Stray, TimerRow, Upkeep, Waits,
    async_trait,
};

/// A store that is the end of its program, or lets it stand still.
#[derive(Debug)]
pub(crate) struct Deadly {
    pub(crate) inner: Store,
    pub(crate) point: String,
    pub(crate) left: AtomicU64,
    pub(crate) signal: &'static str,
}

impl Deadly {
    fn at(&self, point: &str) {
        if point == self.point && self.left.fetch_sub(1, Ordering::Relaxed) == 0 {
            let me = std::process::id().to_string();
            Command::new("kill").args([self.signal, &me]).status().expect("sent");
            if self.signal == KILL {
                loop {
                    std::thread::park();
                }
            }
            // The signal may arrive a little later than `kill` ends: nothing more is begun until somebody says so.
            std::io::stdin().read_to_end(&mut Vec::new()).expect("read until it is closed");
        }
    }
}

pub(crate) const KILL: &str = "-9";
pub(crate) const STOP: &str = "-STOP";

#[async_trait]
impl Storage for Deadly {
    fn path(&self) -> &str {
        self.inner.path()
    }
    fn post(&self) -> &dyn Post {
        self
    }
    async fn put_protocol(&self, row: &ProtocolRow) -> Result<i64, StoreError> {
        self.inner.put_protocol(row).await
    }
    async fn retire(&self, protocols: &[i64], retirement: &Retirement) -> Result<(), StoreError> {
        self.inner.retire(protocols, retirement).await
    }
    async fn retirement(&self, protocol: i64) -> Result<Option<Retirement>, StoreError> {
        self.inner.retirement(protocol).await
    }
    async fn cases_of(&self, household: &str) -> Result<Vec<CaseRow>, StoreError> {
        self.inner.cases_of(household).await
    }
    async fn protocols(&self) -> Result<Vec<ProtocolRow>, StoreError> {
        self.inner.protocols().await
    }
    async fn case_labelled(&self, label: &str) -> Result<Option<CaseRow>, StoreError> {
        self.inner.case_labelled(label).await
    }
    async fn cases_numbered(&self, ids: &[i64]) -> Result<Vec<CaseRow>, StoreError> {
        self.inner.cases_numbered(ids).await
    }
    async fn cases(&self, after: &str, limit: u32) -> Result<Vec<CaseRow>, StoreError> {
        self.inner.cases(after, limit).await
    }
    async fn secrets(&self, before: i64, limit: u32) -> Result<Vec<(i64, String, String)>, StoreError> {
        self.inner.secrets(before, limit).await
    }
    async fn due(&self, until: i64, limit: u32) -> Result<Vec<CaseRow>, StoreError> {
        self.inner.due(until, limit).await
    }
    async fn next_due(&self, after: i64) -> Result<Option<i64>, StoreError> {
        self.inner.next_due(after).await
    }
    async fn timers(&self, case_id: i64) -> Result<Vec<TimerRow>, StoreError> {
        self.inner.timers(case_id).await
    }
    async fn running_cases(&self, after: &str, limit: u32) -> Result<Vec<CaseRow>, StoreError> {
        self.inner.running_cases(after, limit).await
    }
    async fn cases_of_party(&self, party: Option<&str>, limit: u32) -> Result<Vec<i64>, StoreError> {
        self.inner.cases_of_party(party, limit).await
    }
    async fn items_to_write(&self) -> Result<Option<String>, StoreError> {
        self.inner.items_to_write().await
    }
    async fn delivers(&self) -> Result<bool, StoreError> {
        self.inner.delivers().await
    }
    async fn claim_timers(&self, claim: &Claim) -> Result<Vec<ClaimedTimer>, StoreError> {
        self.at("before claim");
        let claimed = self.inner.claim_timers(claim).await;
        self.at("after claim");
        claimed
    }
    async fn outbox(&self, kind: Kind, after: i64, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        self.inner.outbox(kind, after, limit).await
    }
    async fn claim_outbox(&self, kind: Kind, claim: &Claim) -> Result<Vec<OutboxRow>, StoreError> {
        self.at("before claim");
        let claimed = self.inner.claim_outbox(kind, claim).await;
        self.at("after claim");
        claimed
    }
    async fn finish(&self, messages: &[i64], at: i64) -> Result<(), StoreError> {
        self.at("before finish");
        let finished = self.inner.finish(messages, at).await;
        self.at("after finish");
        finished
    }
    async fn messages(&self, case_id: i64) -> Result<Vec<MessageRow>, StoreError> {
        self.inner.messages(case_id).await
    }
    async fn journal(&self, case_id: i64) -> Result<Vec<JournalRow>, StoreError> {
        self.inner.journal(case_id).await
    }
    async fn documents(&self, case_id: i64) -> Result<Vec<DocumentRow>, StoreError> {
        self.inner.documents(case_id).await
    }
    async fn commit(&self, writes: Vec<CaseWrite>, lane: Lane) -> Result<Vec<i64>, StoreError> {
        self.at("before commit");
        let written = self.inner.commit(writes, lane).await;
        self.at("after commit");
        written
    }
    async fn upkeep(&self, what: Upkeep) -> Result<u64, StoreError> {
        self.inner.upkeep(what).await
    }
    async fn decrees(&self) -> Result<Vec<DecreeRow>, StoreError> {
        self.inner.decrees().await
    }
    async fn incidents(&self) -> Result<Vec<IncidentRow>, StoreError> {
        self.inner.incidents().await
    }
    async fn pulse(&self) -> Result<Pulse, StoreError> {
        self.inner.pulse().await
    }
    async fn counts(&self) -> Result<Counts, StoreError> {
        self.inner.counts().await
    }
    async fn strays(&self, until: i64) -> Result<Vec<Stray>, StoreError> {
        self.inner.strays(until).await
    }
    async fn faults(&self) -> Result<Vec<String>, StoreError> {
        self.inner.faults().await
    }
    async fn close(&self) {
        self.inner.close().await;
    }
}

#[async_trait]
impl Post for Deadly {
    async fn items(&self, which: &ItemQuery) -> Result<Vec<Item>, StoreError> {
        self.inner.post().items(which).await
    }
    async fn items_of(&self, case_id: i64) -> Result<Vec<Item>, StoreError> {
        self.inner.post().items_of(case_id).await
    }
    async fn deliveries_of(&self, case_id: i64) -> Result<Vec<Delivery>, StoreError> {
        self.inner.post().deliveries_of(case_id).await
    }
    async fn item(&self, key: &str) -> Result<Option<Item>, StoreError> {
        self.inner.post().item(key).await
    }
    async fn mark(&self, item: &Item) -> Result<(), StoreError> {
        self.inner.post().mark(item).await
    }
    async fn route(&self, messages: &[i64], at: i64, deliveries: &[DeliveryWrite]) -> Result<(), StoreError> {
        self.at("before finish");
        let finished = self.inner.post().route(messages, at, deliveries).await;
        self.at("after finish");
        finished
    }
    async fn claim_deliveries(&self, claim: &Claim, reach: &Reach) -> Result<Vec<Delivery>, StoreError> {
        self.inner.post().claim_deliveries(claim, reach).await
    }
    async fn settle(&self, settled: &[Settled]) -> Result<(), StoreError> {
        self.at("before settle");
        let done = self.inner.post().settle(settled).await;
        self.at("after settle");
        done
    }
    async fn deliveries(
        &self,
        progress: Option<Progress>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.inner.post().deliveries(progress, after, limit).await
    }
    async fn waiting(&self) -> Result<BTreeMap<String, Waits>, StoreError> {
        self.inner.post().waiting().await
    }
    async fn close_dead(
        &self,
        delivery: i64,
        progress: Progress,
        at: i64,
        because: Option<&str>,
    ) -> Result<bool, StoreError> {
        self.inner.post().close_dead(delivery, progress, at, because).await
    }
    async fn revive(&self, deliveries: &[i64], now: i64) -> Result<u64, StoreError> {
        self.inner.post().revive(deliveries, now).await
    }
}
