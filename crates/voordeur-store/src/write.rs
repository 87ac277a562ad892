//! Writing: any number of cases and their steps in one transaction, a few statements for all of them.
//!
//! Rows travel as one JSON array a statement, which SQLite takes apart itself: one statement a row costs
//! more in the driver than in the database.

use serde_json::{Value, json};
use sqlx::Row as _;

use crate::error::StoreError;
use crate::open::Store;
use crate::rows::{CaseWrite, Done, Key, Outgoing, ProtocolRow};

const UPDATE_CASES: &str = "
  UPDATE cases SET version = w.value ->> 2, status = w.value ->> 3, place = w.value ->> 4, touched_at = w.value ->> 5,
                   next_due = w.value ->> 6, state = w.value ->> 7
  FROM json_each(?) AS w WHERE cases.id = w.value ->> 0 AND cases.version = w.value ->> 1";

const INSERT_CASE: &str = "
  INSERT INTO cases (label, protocol, version, status, place, opened_at, touched_at, next_due, state)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (label) DO NOTHING RETURNING id";

const INSERT_JOURNAL: &str = "
  INSERT INTO journal (case_id, step, at, entries)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)";

const INSERT_OUTBOX: &str = "
  INSERT INTO outbox (case_id, key, kind, created_at, payload)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?)";

const FINISH_OUTBOX: &str = "
  UPDATE outbox SET done_at = w.value ->> 1, payload = NULL
  FROM json_each(?) AS w WHERE outbox.id = w.value ->> 0 AND outbox.done_at IS NULL";

const INSERT_DOCUMENTS: &str = "
  INSERT INTO document (case_id, key, name, media_type, text, made_at)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?) WHERE true
  ON CONFLICT (key, name) DO NOTHING";

impl Store {
    /// Stores a protocol, and gives its number; one with the same source keeps its number.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn put_protocol(&self, row: &ProtocolRow) -> Result<i64, StoreError> {
        let text =
            "INSERT INTO protocol (name, version, digest, layout, source, added_at) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT (digest) DO UPDATE SET digest = excluded.digest RETURNING id";
        let row = sqlx::query(text)
            .bind(row.name.clone())
            .bind(row.version.clone())
            .bind(row.digest.clone())
            .bind(row.layout.clone())
            .bind(row.source.clone())
            .bind(row.added_at)
            .fetch_one(&self.pool)
            .await
            .map_err(|e| self.error(&e))?;
        row.try_get(0).map_err(|e| self.error(&e))
    }

    /// Writes cases with their steps in one transaction, and gives the number of each case. All of it is
    /// on the disk when this returns, or none of it is.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another writer was first, [`StoreError::Exists`] when the label of a
    /// new case is taken; others when the database cannot be written.
    pub async fn commit(&self, writes: &[CaseWrite]) -> Result<Vec<i64>, StoreError> {
        let mut tx = self.begin().await?;
        let mut ids = Vec::with_capacity(writes.len());
        let mut rows = Rows::default();
        for write in writes {
            let (id, before) = match &write.key {
                Key::New(label) => (self.insert(&mut tx, label, write).await?, 0),
                Key::Stored { id, version } => (*id, *version),
            };
            rows.add(id, before, write);
            ids.push(id);
        }
        let updated = self.run(&mut tx, UPDATE_CASES, &rows.cases).await?;
        if usize::try_from(updated).ok() != Some(rows.cases.len()) {
            return Err(StoreError::Conflict);
        }
        self.run(&mut tx, INSERT_JOURNAL, &rows.journal).await?;
        self.run(&mut tx, INSERT_OUTBOX, &rows.outbox).await?;
        let finished = self.run(&mut tx, FINISH_OUTBOX, &rows.done).await?;
        if usize::try_from(finished).ok() != Some(rows.done.len()) {
            return Err(StoreError::Conflict);
        }
        self.run(&mut tx, INSERT_DOCUMENTS, &rows.documents).await?;
        tx.commit().await.map_err(|e| self.error(&e))?;
        Ok(ids)
    }

    /// Marks messages as gone out.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn finish(&self, messages: &[i64], at: i64) -> Result<(), StoreError> {
        let rows: Vec<Value> = messages.iter().map(|id| json!([id, at])).collect();
        let mut tx = self.begin().await?;
        self.run(&mut tx, FINISH_OUTBOX, &rows).await?;
        tx.commit().await.map_err(|e| self.error(&e))
    }

    async fn insert(
        &self,
        tx: &mut sqlx::SqliteTransaction<'_>,
        label: &str,
        write: &CaseWrite,
    ) -> Result<i64, StoreError> {
        let row = sqlx::query(INSERT_CASE)
            .bind(label.to_owned())
            .bind(write.protocol)
            .bind(steps(write))
            .bind(write.status.word())
            .bind(write.place.clone())
            .bind(write.opened_at)
            .bind(write.touched_at)
            .bind(write.next_due)
            .bind(write.state.clone())
            .fetch_optional(&mut **tx)
            .await
            .map_err(|e| self.error(&e))?;
        let row = row.ok_or_else(|| StoreError::Exists { label: label.to_owned() })?;
        row.try_get(0).map_err(|e| self.error(&e))
    }

    async fn run(
        &self,
        tx: &mut sqlx::SqliteTransaction<'_>,
        text: &'static str,
        rows: &[Value],
    ) -> Result<u64, StoreError> {
        if rows.is_empty() {
            return Ok(0);
        }
        let rows = serde_json::to_string(rows)
            .map_err(|e| StoreError::Other { path: self.path.clone(), why: e.to_string() })?;
        let done = sqlx::query(text).bind(rows).execute(&mut **tx).await.map_err(|e| self.error(&e))?;
        Ok(done.rows_affected())
    }
}

fn steps(write: &CaseWrite) -> i64 {
    i64::try_from(write.steps.len()).unwrap_or(i64::MAX)
}

/// The rows of one transaction, by statement.
#[derive(Default)]
struct Rows {
    cases: Vec<Value>,
    journal: Vec<Value>,
    outbox: Vec<Value>,
    done: Vec<Value>,
    documents: Vec<Value>,
}

impl Rows {
    fn add(&mut self, id: i64, before: i64, write: &CaseWrite) {
        if matches!(write.key, Key::Stored { .. }) {
            let after = before.saturating_add(steps(write));
            let (status, touched) = (write.status.word(), write.touched_at);
            self.cases.push(json!([
                id,
                before,
                after,
                status,
                write.place,
                touched,
                write.next_due,
                write.state
            ]));
        }
        for (step, number) in write.steps.iter().zip(before.saturating_add(1)..) {
            self.journal.push(json!([id, number, step.at, step.entries]));
            for (position, outgoing) in step.outgoing.iter().enumerate() {
                self.outgoing(id, number, position, step.at, outgoing);
            }
        }
        for done in &write.done {
            self.finished(id, done);
        }
    }

    fn outgoing(&mut self, id: i64, step: i64, position: usize, at: i64, outgoing: &Outgoing) {
        let key = format!("{id}-{step}-{position}");
        self.outbox.push(json!([id, key, outgoing.kind.word(), at, outgoing.payload]));
    }

    fn finished(&mut self, id: i64, done: &Done) {
        self.done.push(json!([done.outbox, done.at]));
        let documents = done.documents.iter();
        self.documents.extend(documents.map(|d| json!([id, d.key, d.name, d.media_type, d.text, d.made_at])));
    }
}
