//! Inboxes and deliveries in a SQLite file.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::json;

use super::cells::{Cell, Rows, int, maybe, word};
use super::open::SqliteStore;
use super::read::{delivery_row, item_row, waits_row};
use crate::error::StoreError;
use crate::post::{Delivery, DeliveryWrite, Item, ItemQuery, Post, Progress, Reach, Settled, Waits};
use crate::rows::Claim;
use crate::tables::Message;
use crate::upkeep::OldItem;

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

/// When the message of a row was written down: as its step says, which its key names. What version 1 of the tables has written
/// says nothing of that.
macro_rules! recorded {
    ($table:literal) => {
        concat!(
            "coalesce((SELECT j.recorded_at FROM journal j WHERE j.case_id = ",
            $table,
            ".case_id AND j.step = CAST(substr(",
            $table,
            ".key, instr(",
            $table,
            ".key, '-') + 1) AS INTEGER)), created_at)"
        )
    };
}

pub(super) use recorded;

/// The columns of a delivery, in the order in which they are read.
macro_rules! deliveries {
    ($rest:literal) => {
        concat!(
            "SELECT id, case_id, key, channel, party, topic, created_at, message, state, attempt, next_at, epoch, done_at, said, ",
            recorded!("delivery"),
            " FROM delivery ",
            $rest
        )
    };
}

const DELIVERIES: &str = deliveries!("WHERE id > ?1 AND (?2 IS NULL OR state = ?2) ORDER BY id LIMIT ?3");

/// By their index.
const DEAD_LETTERS: &str = deliveries!("WHERE state = 'dead' AND id > ?1 ORDER BY id LIMIT ?2");

/// By the index of what waits.
const WAITING: &str = "
  SELECT channel, count(*), min(CASE WHEN attempt > 0 THEN created_at ELSE next_at END) FROM delivery
  WHERE state = 'waiting' GROUP BY channel";

pub(super) const INSERT_ITEMS: Rows =
    ("INSERT INTO inbox (case_id, key, party, topic, created_at, visible_at, message) VALUES ", "");

pub(super) const INSERT_OLD_ITEMS: Rows = (
    "INSERT INTO inbox (case_id, key, party, topic, created_at, visible_at, message, done_at) VALUES ",
    " ON CONFLICT (key) DO NOTHING",
);

pub(super) const MARK_ITEM: Rows = (
    "UPDATE inbox SET version = inbox.version + 1, person = column3, snoozed_until = column4, done_at = column5,
                      done_by = column6 FROM (VALUES ",
    ") AS w WHERE inbox.key = column1 AND inbox.version = column2",
);

pub(super) const INSERT_DELIVERIES: Rows = (
    "INSERT INTO delivery (case_id, key, channel, party, topic, created_at, next_at, message) VALUES ",
    " ON CONFLICT (key, channel) DO NOTHING",
);

/// A row with an epoch that cannot be is left alone, as a timer is.
pub(super) const CLAIM_DELIVERIES: &str = concat!(
    "
  UPDATE delivery SET epoch = epoch + 1, lease_until = ?1, holder = ?2
  WHERE id IN (
    SELECT id FROM delivery WHERE state = 'waiting' AND next_at <= ?3 AND lease_until <= ?3
       AND epoch >= 0 AND epoch < 9007199254740992 AND (next_at <= ?5 OR channel IN (SELECT value FROM json_each(?6)))
       AND channel NOT IN (SELECT value FROM json_each(?7))
    ORDER BY next_at, id LIMIT ?4)
  RETURNING id, case_id, key, channel, party, topic, created_at, message, state, attempt, next_at, epoch, done_at, said, ",
    recorded!("delivery")
);

pub(super) const SETTLE_DELIVERIES: Rows = (
    "UPDATE delivery SET state = column3, attempt = column4, next_at = column5, done_at = column6, said = column7,
                         lease_until = 0, holder = NULL FROM (VALUES ",
    ") AS w WHERE delivery.id = column1 AND delivery.epoch = column2 AND delivery.state = 'waiting'",
);

pub(super) const REVIVE_DELIVERIES: Rows = (
    "UPDATE delivery SET state = 'waiting', next_at = column2, done_at = NULL,
                         attempt = CASE state WHEN 'dead' THEN 0 ELSE attempt END,
                         epoch = CASE state WHEN 'dead' THEN min(epoch, 9007199254740992) + 1 ELSE epoch END
     FROM (VALUES ",
    ") AS w WHERE delivery.id = column1 AND delivery.state IN ('dead', 'waiting')",
);

pub(super) const CLOSE_DEAD: Rows = (
    "UPDATE delivery SET state = column2, done_at = column3, said = coalesce(column4, said),
                         epoch = min(epoch, 9007199254740992) + 1
     FROM (VALUES ",
    ") AS w WHERE delivery.id = column1 AND delivery.state = 'dead'",
);

pub(super) fn new_item<'a>(message: &'a Message<'_>) -> Option<[Cell<'a>; 7]> {
    let item = message.outgoing.item.as_ref()?;
    let (case, key, at) = (int(message.case), word(&message.key), int(message.at));
    Some([case, key, word(&item.party), word(&item.topic), at, int(item.visible_at), word(&item.message)])
}

pub(super) fn old_item(old: &OldItem) -> [Cell<'_>; 8] {
    let (case, key, at, item) = (int(old.case_id), word(&old.key), int(old.created_at), &old.item);
    let (topic, visible_at) = (word(&item.topic), int(item.visible_at));
    [case, key, word(&item.party), topic, at, visible_at, word(&item.message), Cell::Int(old.done_at)]
}

pub(super) fn marked(item: &Item) -> [Cell<'_>; 6] {
    let (key, version) = (word(&item.key), int(item.version));
    let (snoozed_until, done_at) = (Cell::Int(item.snoozed_until), Cell::Int(item.done_at));
    [key, version, maybe(&item.person), snoozed_until, done_at, maybe(&item.done_by)]
}

pub(super) fn new_delivery(w: &DeliveryWrite) -> [Cell<'_>; 8] {
    let (case, key, channel, created_at) =
        (int(w.case_id), word(&w.key), word(&w.channel), int(w.created_at));
    [case, key, channel, word(&w.party), word(&w.topic), created_at, int(w.next_at), word(&w.message)]
}

pub(super) fn settled(s: &Settled) -> [Cell<'_>; 7] {
    let (id, epoch, state) = (int(s.delivery), int(s.epoch), word(s.progress.word()));
    [id, epoch, state, int(s.attempt), int(s.next_at), Cell::Int(s.done_at), maybe(&s.said)]
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

    async fn items_of(&self, case_id: i64) -> Result<Vec<Item>, StoreError> {
        self.all(sqlx::query(items!("WHERE case_id = ? ORDER BY id")).bind(case_id), item_row).await
    }

    async fn deliveries_of(&self, case_id: i64) -> Result<Vec<Delivery>, StoreError> {
        let query = sqlx::query(deliveries!("WHERE case_id = ? ORDER BY id")).bind(case_id);
        self.all(query, delivery_row).await
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

    async fn claim_deliveries(&self, claim: &Claim, reach: &Reach) -> Result<Vec<Delivery>, StoreError> {
        self.writer.claim_deliveries(claim, reach).await
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
        if progress == Some(Progress::Dead) {
            let query = sqlx::query(DEAD_LETTERS).bind(after).bind(i64::from(limit));
            return self.all(query, delivery_row).await;
        }
        let query = sqlx::query(DELIVERIES).bind(after).bind(progress.map(Progress::word));
        self.all(query.bind(i64::from(limit)), delivery_row).await
    }

    async fn waiting(&self) -> Result<BTreeMap<String, Waits>, StoreError> {
        Ok(self.all(sqlx::query(WAITING), waits_row).await?.into_iter().collect())
    }

    async fn close_dead(
        &self,
        delivery: i64,
        progress: Progress,
        at: i64,
        because: Option<&str>,
    ) -> Result<bool, StoreError> {
        self.writer.close_dead(Settled::closed(delivery, progress, at, because)).await
    }

    async fn revive(&self, deliveries: &[i64], now: i64) -> Result<u64, StoreError> {
        self.writer.revive(deliveries, now).await
    }
}
