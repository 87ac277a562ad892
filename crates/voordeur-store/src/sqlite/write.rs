//! Writing: rows travel as one JSON array a statement, which SQLite takes apart itself. One statement a row costs
//! more in the driver than in the database.

use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::post::{
    CLAIM_DELIVERIES, INSERT_DELIVERIES, INSERT_ITEMS, MARK_ITEM, REVIVE_DELIVERIES, SETTLE_DELIVERIES,
    new_delivery, new_item, settled,
};
use super::read::{claimed_timer, delivery_row, outbox_row};
use crate::error::StoreError;
use crate::post::{Delivery, DeliveryWrite, Item, Settled};
use crate::rows::{CaseWrite, Claim, ClaimedTimer, Done, Kind, OutboxRow, ProtocolRow, Retirement};
use crate::tables::{CaseAfter, Message, Step, Tables, TimerSet};

const PUT_PROTOCOL: &str = "
  INSERT INTO protocol (name, version, digest, layout, source, added_at) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (digest) DO UPDATE SET digest = excluded.digest RETURNING id";

const RETIRE: &str = "
  UPDATE protocol SET retired_at = w.value ->> 1, successor = w.value ->> 2, owner = w.value ->> 3
  FROM json_each(?) AS w WHERE protocol.id = w.value ->> 0";

const INSERT_CASES: &str = "
  INSERT INTO cases (label, protocol, version, status, place, opened_at, touched_at, next_due, state, household, secret,
                     sealed)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
         value ->> 8, value ->> 9, value ->> 10, value ->> 11
  FROM json_each(?) WHERE true ON CONFLICT (label) DO NOTHING RETURNING label, id";

const UPDATE_CASES: &str = "
  UPDATE cases SET version = w.value ->> 2, status = w.value ->> 3, place = w.value ->> 4, touched_at = w.value ->> 5,
                   next_due = w.value ->> 6, state = w.value ->> 7, household = w.value ->> 8,
                   secret = w.value ->> 9, sealed = w.value ->> 10
  FROM json_each(?) AS w WHERE cases.id = w.value ->> 0 AND cases.version = w.value ->> 1";

const INSERT_STEPS: &str = "
  INSERT INTO journal (case_id, step, at, recorded_at, due_at, entries, sealed)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6 FROM json_each(?)";

const COUNT_CLAIMS: &str = "
  SELECT count(*) FROM json_each(?) AS w JOIN timer
  ON timer.case_id = w.value ->> 0 AND timer.timer = w.value ->> 1 AND timer.epoch = w.value ->> 2";

const CLEAR_TIMERS: &str = "
  DELETE FROM timer WHERE (case_id, timer) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))";

const SET_TIMERS: &str = "
  INSERT INTO timer (case_id, timer, generation, due_at, armed)
  SELECT value ->> 0, value ->> 1, 1, value ->> 2, value ->> 3 FROM json_each(?) WHERE true
  ON CONFLICT (case_id, timer) DO UPDATE
  SET generation = generation + 1, due_at = excluded.due_at, armed = excluded.armed, epoch = epoch + 1,
      lease_until = 0, holder = NULL";

const INSERT_MESSAGES: &str = "
  INSERT INTO outbox (case_id, key, kind, created_at, payload)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?)";

const ANSWER_CALLS: &str = "
  UPDATE outbox SET done_at = w.value ->> 2, payload = NULL, holder = NULL
  FROM json_each(?) AS w
  WHERE outbox.id = w.value ->> 0 AND outbox.epoch = w.value ->> 1 AND outbox.done_at IS NULL";

const FINISH_OUTBOX: &str = "
  UPDATE outbox SET done_at = w.value ->> 1, payload = NULL, holder = NULL
  FROM json_each(?) AS w WHERE outbox.id = w.value ->> 0 AND outbox.done_at IS NULL";

const INSERT_DOCUMENTS: &str = "
  INSERT INTO document (case_id, key, name, media_type, text, made_at)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?) WHERE true
  ON CONFLICT (key, name) DO NOTHING";

const CLAIM_TIMERS: &str = "
  UPDATE timer SET epoch = epoch + 1, lease_until = ?1, holder = ?2
  WHERE (case_id, timer) IN (
    SELECT case_id, timer FROM timer WHERE armed = 1 AND due_at <= ?3 AND lease_until <= ?3
    ORDER BY due_at, case_id, timer LIMIT ?4)
  RETURNING case_id, due_at, timer, epoch";

const CLAIM_OUTBOX: &str = "
  UPDATE outbox SET epoch = epoch + 1, lease_until = ?1, holder = ?2
  WHERE id IN (
    SELECT id FROM outbox WHERE done_at IS NULL AND kind = ?5 AND lease_until <= ?3 ORDER BY id LIMIT ?4)
  RETURNING id, case_id, key, created_at, epoch, lease_until, payload";

/// A transaction of the writer.
#[derive(Debug)]
pub(super) struct SqliteTx {
    pub(super) path: String,
    pub(super) tx: sqlx::SqliteTransaction<'static>,
}

type Query = sqlx::query::Query<'static, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

impl SqliteTx {
    fn error(&self, error: &sqlx::Error) -> StoreError {
        StoreError::from_sqlite(&self.path, error)
    }

    fn array(&self, rows: Vec<Value>) -> Result<String, StoreError> {
        serde_json::to_string(&Value::Array(rows))
            .map_err(|error| StoreError::Other { path: self.path.clone(), why: error.to_string() })
    }

    /// One statement for all rows; gives how many it touched.
    async fn all(&mut self, text: &'static str, rows: Vec<Value>) -> Result<u64, StoreError> {
        let rows = self.array(rows)?;
        let done = sqlx::query(text).bind(rows).execute(&mut *self.tx).await.map_err(|e| self.error(&e))?;
        Ok(done.rows_affected())
    }

    async fn read<T>(
        &mut self,
        query: Query,
        read: impl Fn(&SqliteRow) -> Result<T, sqlx::Error> + Send,
    ) -> Result<Vec<T>, StoreError> {
        let rows = query.fetch_all(&mut *self.tx).await.map_err(|e| self.error(&e))?;
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|e| self.error(&e))
    }
}

impl Tables for SqliteTx {
    async fn run(&mut self, text: &'static str) -> Result<(), StoreError> {
        sqlx::raw_sql(text).execute(&mut *self.tx).await.map(|_| ()).map_err(|e| self.error(&e))
    }

    async fn put_protocol(&mut self, row: &ProtocolRow) -> Result<i64, StoreError> {
        let query = sqlx::query(PUT_PROTOCOL)
            .bind(row.name.clone())
            .bind(row.version.clone())
            .bind(row.digest.clone())
            .bind(row.layout.clone())
            .bind(row.source.clone())
            .bind(row.added_at);
        let row = query.fetch_one(&mut *self.tx).await.map_err(|e| self.error(&e))?;
        row.try_get(0).map_err(|e| self.error(&e))
    }

    async fn retire(&mut self, protocols: &[i64], retirement: &Retirement) -> Result<(), StoreError> {
        let Retirement { at, successor, owner } = retirement;
        let rows = protocols.iter().map(|id| json!([id, at, successor, owner]));
        self.all(RETIRE, rows.collect()).await.map(|_| ())
    }

    async fn insert_cases(&mut self, rows: &[&CaseWrite]) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = self.array(rows.iter().map(|write| new_case(write)).collect())?;
        self.read(sqlx::query(INSERT_CASES).bind(rows), |row| Ok((row.try_get(0)?, row.try_get(1)?))).await
    }

    async fn update_cases(&mut self, rows: &[CaseAfter<'_>]) -> Result<u64, StoreError> {
        let rows = rows.iter().map(|row| {
            let w = row.write;
            let status = w.status.word();
            json!([
                row.id,
                row.before,
                row.after,
                status,
                w.place,
                w.touched_at,
                w.next_due,
                w.state,
                w.household,
                w.secret,
                w.sealed
            ])
        });
        self.all(UPDATE_CASES, rows.collect()).await
    }

    async fn insert_steps(&mut self, rows: &[Step<'_>]) -> Result<(), StoreError> {
        let rows = rows.iter().map(|row| {
            let step = row.step;
            json!([row.case, row.number, step.at, step.recorded_at, step.due_at, step.entries, step.sealed])
        });
        self.all(INSERT_STEPS, rows.collect()).await.map(|_| ())
    }

    async fn count_claims(&mut self, rows: &[(i64, i64, i64)]) -> Result<u64, StoreError> {
        let rows = self.array(rows.iter().map(|row| json!(row)).collect())?;
        let counted: Vec<i64> = self.read(sqlx::query(COUNT_CLAIMS).bind(rows), |row| row.try_get(0)).await?;
        Ok(counted.first().and_then(|count| u64::try_from(*count).ok()).unwrap_or(0))
    }

    async fn clear_timers(&mut self, rows: &[(i64, i64)]) -> Result<(), StoreError> {
        self.all(CLEAR_TIMERS, rows.iter().map(|row| json!(row)).collect()).await.map(|_| ())
    }

    async fn set_timers(&mut self, rows: &[TimerSet]) -> Result<(), StoreError> {
        let rows = rows.iter().map(|row| json!([row.case, row.timer, row.due_at, i64::from(row.armed)]));
        self.all(SET_TIMERS, rows.collect()).await.map(|_| ())
    }

    async fn insert_messages(&mut self, rows: &[Message<'_>]) -> Result<(), StoreError> {
        let rows = rows
            .iter()
            .map(|row| json!([row.case, row.key, row.outgoing.kind.word(), row.at, row.outgoing.payload]));
        self.all(INSERT_MESSAGES, rows.collect()).await.map(|_| ())
    }

    async fn insert_items(&mut self, rows: &[Message<'_>]) -> Result<(), StoreError> {
        self.all(INSERT_ITEMS, rows.iter().filter_map(new_item).collect()).await.map(|_| ())
    }

    async fn mark_item(&mut self, item: &Item) -> Result<u64, StoreError> {
        let Item { key, version, person, snoozed_until, done_at, done_by, .. } = item;
        self.all(MARK_ITEM, vec![json!([key, version, person, snoozed_until, done_at, done_by])]).await
    }

    async fn insert_deliveries(&mut self, rows: &[DeliveryWrite]) -> Result<(), StoreError> {
        self.all(INSERT_DELIVERIES, rows.iter().map(new_delivery).collect()).await.map(|_| ())
    }

    async fn claim_deliveries(&mut self, claim: &Claim) -> Result<Vec<Delivery>, StoreError> {
        let mut claimed = self.read(claiming(CLAIM_DELIVERIES, claim), delivery_row).await?;
        claimed.sort_by_key(|row| (row.next_at, row.id));
        Ok(claimed)
    }

    async fn settle_deliveries(&mut self, rows: &[Settled]) -> Result<(), StoreError> {
        self.all(SETTLE_DELIVERIES, rows.iter().map(settled).collect()).await.map(|_| ())
    }

    async fn revive_deliveries(&mut self, deliveries: &[i64], now: i64) -> Result<u64, StoreError> {
        self.all(REVIVE_DELIVERIES, deliveries.iter().map(|id| json!([id, now])).collect()).await
    }

    async fn answer_calls(&mut self, rows: &[&Done]) -> Result<u64, StoreError> {
        let rows = rows.iter().map(|done| json!([done.outbox, done.epoch, done.at]));
        self.all(ANSWER_CALLS, rows.collect()).await
    }

    async fn finish_outbox(&mut self, rows: &[(i64, i64)]) -> Result<(), StoreError> {
        self.all(FINISH_OUTBOX, rows.iter().map(|row| json!(row)).collect()).await.map(|_| ())
    }

    async fn insert_documents(&mut self, rows: &[(i64, &Done)]) -> Result<(), StoreError> {
        let rows = rows.iter().flat_map(|(case, done)| {
            let documents = done.documents.iter();
            documents.map(move |d| json!([case, d.key, d.name, d.media_type, d.text, d.made_at]))
        });
        self.all(INSERT_DOCUMENTS, rows.collect()).await.map(|_| ())
    }

    async fn claim_timers(&mut self, claim: &Claim) -> Result<Vec<ClaimedTimer>, StoreError> {
        let mut claimed = self.read(claiming(CLAIM_TIMERS, claim), claimed_timer).await?;
        claimed.sort_by_key(|timer| (timer.due_at, timer.case_id, timer.claim.timer));
        Ok(claimed)
    }

    async fn claim_outbox(&mut self, kind: Kind, claim: &Claim) -> Result<Vec<OutboxRow>, StoreError> {
        let query = claiming(CLAIM_OUTBOX, claim).bind(kind.word());
        let mut claimed = self.read(query, outbox_row).await?;
        claimed.sort_by_key(|row| row.id);
        Ok(claimed)
    }
}

fn claiming(text: &'static str, claim: &Claim) -> Query {
    let query = sqlx::query(text).bind(claim.until).bind(claim.holder.clone()).bind(claim.now);
    query.bind(i64::from(claim.limit))
}

fn new_case(w: &CaseWrite) -> Value {
    let label = w.key.label();
    let status = w.status.word();
    let version = w.step_count();
    json!([
        label,
        w.protocol,
        version,
        status,
        w.place,
        w.opened_at,
        w.touched_at,
        w.next_due,
        w.state,
        w.household,
        w.secret,
        w.sealed
    ])
}
