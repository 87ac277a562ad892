//! Inboxes and deliveries in a SQLite file.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::open::SqliteStore;
use super::read::{delivery_row, item_row};
use crate::error::StoreError;
use crate::post::{Delivery, DeliveryWrite, Item, ItemQuery, Post, Progress, Settled};
use crate::rows::Claim;
use crate::tables::Message;

/// The columns of an item, in the order in which they are read.
macro_rules! items {
    ($rest:literal) => {
        concat!(
            "SELECT id, case_id, key, party, topic, created_at, visible_at, message, version, person, snoozed_until, done_at, done_by FROM inbox ",
            $rest
        )
    };
}

const ITEMS: &str = items!(
    "WHERE id > ?1
       AND (?2 OR person = ?3 OR ((?3 IS NULL OR person IS NULL) AND party IN (SELECT value FROM json_each(?4))))
       AND (?5 OR (done_at IS NULL AND visible_at <= ?6 AND coalesce(snoozed_until, ?6) <= ?6))
     ORDER BY id LIMIT ?7"
);

const DELIVERIES: &str =
    "SELECT id, case_id, key, channel, party, topic, created_at, message, state, attempt, next_at, epoch, done_at, said
     FROM delivery WHERE id > ?1 AND (?2 IS NULL OR state = ?2) ORDER BY id LIMIT ?3";

pub(super) const INSERT_ITEMS: &str = "
  INSERT INTO inbox (case_id, key, party, topic, created_at, visible_at, message)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6 FROM json_each(?)";

pub(super) const MARK_ITEM: &str = "
  UPDATE inbox SET version = inbox.version + 1, person = w.value ->> 2, snoozed_until = w.value ->> 3,
                   done_at = w.value ->> 4, done_by = w.value ->> 5
  FROM json_each(?) AS w WHERE inbox.key = w.value ->> 0 AND inbox.version = w.value ->> 1";

pub(super) const INSERT_DELIVERIES: &str = "
  INSERT INTO delivery (case_id, key, channel, party, topic, created_at, next_at, message)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
  FROM json_each(?) WHERE true ON CONFLICT (key, channel) DO NOTHING";

pub(super) const CLAIM_DELIVERIES: &str = "
  UPDATE delivery SET epoch = epoch + 1, lease_until = ?1, holder = ?2
  WHERE id IN (
    SELECT id FROM delivery WHERE state = 'waiting' AND next_at <= ?3 AND lease_until <= ?3
    ORDER BY next_at, id LIMIT ?4)
  RETURNING id, case_id, key, channel, party, topic, created_at, message, state, attempt, next_at, epoch, done_at, said";

pub(super) const SETTLE_DELIVERIES: &str = "
  UPDATE delivery SET state = w.value ->> 2, attempt = w.value ->> 3, next_at = w.value ->> 4, done_at = w.value ->> 5,
                      said = w.value ->> 6, lease_until = 0, holder = NULL
  FROM json_each(?) AS w
  WHERE delivery.id = w.value ->> 0 AND delivery.epoch = w.value ->> 1 AND delivery.state = 'waiting'";

pub(super) const REVIVE_DELIVERIES: &str = "
  UPDATE delivery SET state = 'waiting', attempt = 0, next_at = w.value ->> 1, done_at = NULL, epoch = epoch + 1
  FROM json_each(?) AS w WHERE delivery.id = w.value ->> 0 AND delivery.state = 'dead'";

pub(super) fn new_item(message: &Message<'_>) -> Option<Value> {
    let item = message.outgoing.item.as_ref()?;
    let (case, key, at) = (message.case, &message.key, message.at);
    Some(json!([case, key, item.party, item.topic, at, item.visible_at, item.message]))
}

pub(super) fn new_delivery(w: &DeliveryWrite) -> Value {
    json!([w.case_id, w.key, w.channel, w.party, w.topic, w.created_at, w.next_at, w.message])
}

pub(super) fn settled(s: &Settled) -> Value {
    json!([s.delivery, s.epoch, s.progress.word(), s.attempt, s.next_at, s.done_at, s.said])
}

#[async_trait]
impl Post for SqliteStore {
    async fn items(&self, which: &ItemQuery) -> Result<Vec<Item>, StoreError> {
        let query = sqlx::query(ITEMS)
            .bind(which.after)
            .bind(which.is_of_everybody())
            .bind(which.person().map(str::to_owned))
            .bind(json!(which.parties()).to_string())
            .bind(which.all)
            .bind(which.now)
            .bind(i64::from(which.limit));
        self.all(query, item_row).await
    }

    async fn item(&self, key: &str) -> Result<Option<Item>, StoreError> {
        let query = sqlx::query(items!("WHERE key = ?")).bind(key.to_owned());
        Ok(self.all(query, item_row).await?.pop())
    }

    async fn mark(&self, item: &Item) -> Result<(), StoreError> {
        self.writer.mark(item).await
    }

    async fn route(&self, messages: &[i64], at: i64, deliveries: &[DeliveryWrite]) -> Result<(), StoreError> {
        self.writer.route(messages, at, deliveries).await
    }

    async fn claim_deliveries(&self, claim: &Claim) -> Result<Vec<Delivery>, StoreError> {
        self.writer.claim_deliveries(claim).await
    }

    async fn settle(&self, settled: &[Settled]) -> Result<(), StoreError> {
        self.writer.settle(settled).await
    }

    async fn deliveries(
        &self,
        progress: Option<Progress>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let query = sqlx::query(DELIVERIES).bind(after).bind(progress.map(Progress::word));
        self.all(query.bind(i64::from(limit)), delivery_row).await
    }

    async fn revive(&self, deliveries: &[i64], now: i64) -> Result<u64, StoreError> {
        self.writer.revive(deliveries, now).await
    }
}
