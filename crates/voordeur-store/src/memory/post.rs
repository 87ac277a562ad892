//! Inboxes and deliveries in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::error::StoreError;
use crate::memory::{MemoryStore, size};
use crate::post::{
    Delivery, DeliveryWrite, Item, ItemQuery, ItemWrite, Post, Progress, Reach, Settled, Waits,
};
use crate::rows::Claim;
use crate::upkeep::OldItem;

/// Their rows, by number.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    items: BTreeMap<i64, Item>,
    deliveries: BTreeMap<i64, Held>,
}

#[derive(Debug)]
struct Held {
    row: Delivery,
    lease_until: i64,
}

impl Mail {
    pub(crate) fn insert(&mut self, case_id: i64, key: &str, at: i64, item: ItemWrite) {
        let id = self.items.last_key_value().map_or(1, |(id, _)| id.saturating_add(1));
        let ItemWrite { party, topic, visible_at, message } = item;
        let key = key.to_owned();
        let (version, person, snoozed_until, done_at, done_by) = (0, None, None, None, None);
        let created_at = at;
        let item = Item {
            id,
            case_id,
            key,
            party,
            topic,
            created_at,
            visible_at,
            message,
            version,
            person,
            snoozed_until,
            done_at,
            done_by,
        };
        self.items.insert(id, item);
    }

    /// One that is there already stays as it is.
    pub(crate) fn add_old(&mut self, old: &OldItem) -> bool {
        if self.items.values().any(|item| item.key == old.key) {
            return false;
        }
        self.insert(old.case_id, &old.key, old.created_at, old.item.clone());
        if let Some(mut last) = self.items.last_entry() {
            last.get_mut().done_at = old.done_at;
        }
        true
    }

    pub(crate) fn plan(&mut self, write: &DeliveryWrite, recorded_at: i64) {
        let mut known = self.deliveries.values();
        if known.any(|held| (&held.row.key, &held.row.channel) == (&write.key, &write.channel)) {
            return;
        }
        let id = self.deliveries.last_key_value().map_or(1, |(id, _)| id.saturating_add(1));
        let DeliveryWrite { case_id, key, channel, party, topic, created_at, next_at, message } =
            write.clone();
        let row = Delivery {
            id,
            case_id,
            key,
            channel,
            party,
            topic,
            created_at,
            message,
            progress: Progress::Waiting,
            attempt: 0,
            next_at,
            epoch: 0,
            done_at: None,
            said: None,
            recorded_at,
        };
        self.deliveries.insert(id, Held { row, lease_until: 0 });
    }

    /// How many dead letters there are.
    pub(crate) fn dead(&self) -> usize {
        self.deliveries.values().filter(|held| held.row.progress == Progress::Dead).count()
    }

    fn waiting(&self) -> BTreeMap<String, Waits> {
        let mut all: BTreeMap<String, Waits> = BTreeMap::new();
        let rows = self.deliveries.values().map(|held| &held.row);
        for row in rows.filter(|row| row.progress == Progress::Waiting) {
            let since = if row.attempt > 0 { row.created_at } else { row.next_at };
            let waits = all.entry(row.channel.clone()).or_insert(Waits { count: 0, since });
            *waits = Waits { count: waits.count.saturating_add(1), since: waits.since.min(since) };
        }
        all
    }

    fn revive(&mut self, delivery: i64, now: i64) -> u64 {
        let Some(Held { row, .. }) = self.deliveries.get_mut(&delivery) else { return 0 };
        match row.progress {
            Progress::Dead => {
                (row.progress, row.attempt, row.next_at) = (Progress::Waiting, 0, now);
                (row.done_at, row.epoch) = (None, row.epoch.saturating_add(1));
                1
            }
            Progress::Waiting => {
                row.next_at = now;
                1
            }
            Progress::Sent | Progress::Dropped => 0,
        }
    }

    fn settle(&mut self, settled: &Settled) {
        let Some(held) = self.deliveries.get_mut(&settled.delivery) else { return };
        let row = &mut held.row;
        if row.progress != Progress::Waiting || row.epoch != settled.epoch {
            return;
        }
        (row.progress, row.attempt, row.next_at) = (settled.progress, settled.attempt, settled.next_at);
        (row.done_at, row.said) = (settled.done_at, settled.said.clone());
        held.lease_until = 0;
    }
}

fn is_asked_for(item: &Item, which: &ItemQuery) -> bool {
    let of_party = || which.parties().contains(&item.party);
    let mine = match which.person() {
        Some(person) => item.person.as_deref().map_or_else(of_party, |taken| taken == person),
        None => of_party(),
    };
    let shown = item.done_at.is_none()
        && item.visible_at <= which.now
        && item.snoozed_until.is_none_or(|until| until <= which.now);
    (which.is_of_everybody() || mine) && (which.all || shown)
}

#[async_trait]
impl Post for MemoryStore {
    async fn items(&self, which: &ItemQuery) -> Result<Vec<Item>, StoreError> {
        let data = self.data();
        let after = data.mail.items.range(which.after.saturating_add(1)..);
        let found = after.map(|(_, item)| item).filter(|item| is_asked_for(item, which));
        Ok(found.take(size(which.limit)).cloned().collect())
    }

    async fn items_of(&self, case_id: i64) -> Result<Vec<Item>, StoreError> {
        let data = self.data();
        Ok(data.mail.items.values().filter(|item| item.case_id == case_id).cloned().collect())
    }

    async fn deliveries_of(&self, case_id: i64) -> Result<Vec<Delivery>, StoreError> {
        let data = self.data();
        let rows = data.mail.deliveries.values().map(|held| &held.row);
        Ok(rows.filter(|row| row.case_id == case_id).cloned().collect())
    }

    async fn item(&self, key: &str) -> Result<Option<Item>, StoreError> {
        Ok(self.data().mail.items.values().find(|item| item.key == key).cloned())
    }

    async fn mark(&self, item: &Item) -> Result<(), StoreError> {
        let mut data = self.data();
        let mut known = data.mail.items.values_mut();
        let row = known.find(|known| known.key == item.key && known.version == item.version);
        let row = row.ok_or(StoreError::Conflict)?;
        row.version = row.version.saturating_add(1);
        (row.person, row.snoozed_until) = (item.person.clone(), item.snoozed_until);
        (row.done_at, row.done_by) = (item.done_at, item.done_by.clone());
        Ok(())
    }

    async fn route(&self, messages: &[i64], at: i64, deliveries: &[DeliveryWrite]) -> Result<(), StoreError> {
        let mut data = self.data();
        messages.iter().for_each(|id| data.finish(*id, at));
        for write in deliveries {
            let recorded_at = data.recorded(&write.key).unwrap_or(write.created_at);
            data.mail.plan(write, recorded_at);
        }
        Ok(())
    }

    async fn claim_deliveries(&self, claim: &Claim, reach: &Reach) -> Result<Vec<Delivery>, StoreError> {
        let mut data = self.data();
        let waiting = |held: &&mut Held| {
            held.row.progress == Progress::Waiting
                && held.row.next_at <= claim.now
                && held.lease_until <= claim.now
                && reach.has(&held.row)
        };
        let mut due: Vec<&mut Held> = data.mail.deliveries.values_mut().filter(waiting).collect();
        due.sort_by_key(|held| (held.row.next_at, held.row.id));
        let claimed = due.into_iter().take(size(claim.limit)).map(|held| {
            held.lease_until = claim.until;
            held.row.epoch = held.row.epoch.saturating_add(1);
            held.row.clone()
        });
        Ok(claimed.collect())
    }

    async fn settle(&self, settled: &[Settled]) -> Result<(), StoreError> {
        let mut data = self.data();
        settled.iter().for_each(|one| data.mail.settle(one));
        Ok(())
    }

    async fn deliveries(
        &self,
        progress: Option<Progress>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let data = self.data();
        let rows = data.mail.deliveries.range(after.saturating_add(1)..).map(|(_, held)| &held.row);
        let rows = rows.filter(|row| progress.is_none_or(|progress| row.progress == progress));
        Ok(rows.take(size(limit)).cloned().collect())
    }

    async fn waiting(&self) -> Result<BTreeMap<String, Waits>, StoreError> {
        Ok(self.data().mail.waiting())
    }

    async fn close_dead(
        &self,
        delivery: i64,
        progress: Progress,
        at: i64,
        because: Option<&str>,
    ) -> Result<bool, StoreError> {
        let mut data = self.data();
        let Some(Held { row, .. }) = data.mail.deliveries.get_mut(&delivery) else { return Ok(false) };
        if row.progress != Progress::Dead {
            return Ok(false);
        }
        (row.progress, row.done_at, row.epoch) = (progress, Some(at), row.epoch.saturating_add(1));
        row.said = because.map(str::to_owned).or(row.said.take());
        Ok(true)
    }

    async fn revive(&self, deliveries: &[i64], now: i64) -> Result<u64, StoreError> {
        let mut data = self.data();
        Ok(deliveries.iter().map(|id| data.mail.revive(*id, now)).sum())
    }
}
