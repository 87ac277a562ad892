//! Inboxes and deliveries on a server.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::open::PostgresStore;
use super::read::{delivery_row, item_row, waits_row};
use super::statements::{DEAD_LETTERS, DELIVERIES, DELIVERIES_OF, ITEM, ITEMS, ITEMS_OF, WAITING};
use super::write::statement;
use crate::error::StoreError;
use crate::post::{Delivery, DeliveryWrite, Item, ItemQuery, Post, Progress, Reach, Settled, Waits};
use crate::rows::Claim;

#[async_trait]
impl Post for PostgresStore {
    async fn items(&self, which: &ItemQuery) -> Result<Vec<Item>, StoreError> {
        let query = statement(ITEMS)
            .bind(which.after)
            .bind(which.is_of_everybody())
            .bind(which.person().map(str::to_owned))
            .bind(which.parties().to_vec())
            .bind(which.all)
            .bind(which.now)
            .bind(i64::from(which.limit));
        self.all(query, item_row).await
    }

    async fn items_of(&self, case_id: i64) -> Result<Vec<Item>, StoreError> {
        self.all(statement(ITEMS_OF).bind(case_id), item_row).await
    }

    async fn deliveries_of(&self, case_id: i64) -> Result<Vec<Delivery>, StoreError> {
        self.all(statement(DELIVERIES_OF).bind(case_id), delivery_row).await
    }

    async fn item(&self, key: &str) -> Result<Option<Item>, StoreError> {
        Ok(self.all(statement(ITEM).bind(key.to_owned()), item_row).await?.pop())
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
            let query = statement(DEAD_LETTERS).bind(after).bind(i64::from(limit));
            return self.all(query, delivery_row).await;
        }
        let query = statement(DELIVERIES).bind(after).bind(progress.map(Progress::word));
        self.all(query.bind(i64::from(limit)), delivery_row).await
    }

    async fn waiting(&self) -> Result<BTreeMap<String, Waits>, StoreError> {
        Ok(self.all(statement(WAITING), waits_row).await?.into_iter().collect())
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
