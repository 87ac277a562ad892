//! Reading rows.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::error::StoreError;
use crate::open::Store;
use crate::rows::{CaseRow, DocumentRow, JournalRow, Kind, OutboxRow, ProtocolRow, Status};

const CASE: &str =
    "SELECT id, label, protocol, version, status, place, opened_at, touched_at, next_due, state FROM cases ";

impl Store {
    /// Every stored protocol, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn protocols(&self) -> Result<Vec<ProtocolRow>, StoreError> {
        let text = "SELECT id, name, version, digest, layout, source, added_at FROM protocol ORDER BY id";
        self.all(sqlx::query(text), |row| {
            Ok(ProtocolRow {
                id: row.try_get(0)?,
                name: row.try_get(1)?,
                version: row.try_get(2)?,
                digest: row.try_get(3)?,
                layout: row.try_get(4)?,
                source: row.try_get(5)?,
                added_at: row.try_get(6)?,
            })
        })
        .await
    }

    /// The case with this label.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn case_labelled(&self, label: &str) -> Result<Option<CaseRow>, StoreError> {
        let text = sqlx::AssertSqlSafe(format!("{CASE} WHERE label = ?"));
        Ok(self.all(sqlx::query(text).bind(label.to_owned()), case).await?.pop())
    }

    /// The case with this number.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn case(&self, id: i64) -> Result<Option<CaseRow>, StoreError> {
        let text = sqlx::AssertSqlSafe(format!("{CASE} WHERE id = ?"));
        Ok(self.all(sqlx::query(text).bind(id), case).await?.pop())
    }

    /// Cases in the order of their labels, after this one.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn cases(&self, after: &str, limit: u32) -> Result<Vec<CaseRow>, StoreError> {
        let text = sqlx::AssertSqlSafe(format!("{CASE} WHERE label > ? ORDER BY label LIMIT ?"));
        self.all(sqlx::query(text).bind(after.to_owned()).bind(i64::from(limit)), case).await
    }

    /// Cases with a timer that is due at or before this moment, earliest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn due(&self, until: i64, limit: u32) -> Result<Vec<CaseRow>, StoreError> {
        let text = sqlx::AssertSqlSafe(format!("{CASE} WHERE next_due <= ? ORDER BY next_due, id LIMIT ?"));
        self.all(sqlx::query(text).bind(until).bind(i64::from(limit)), case).await
    }

    /// When the first timer of all is due.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn next_due(&self) -> Result<Option<i64>, StoreError> {
        let text = "SELECT next_due FROM cases WHERE next_due IS NOT NULL ORDER BY next_due LIMIT 1";
        Ok(self.all(sqlx::query(text), |row| row.try_get(0)).await?.pop())
    }

    /// What waits in the outbox, oldest first, after this number.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn outbox(&self, kind: Kind, after: i64, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        let text = "SELECT id, case_id, key, created_at, payload FROM outbox
                    WHERE done_at IS NULL AND kind = ? AND id > ? ORDER BY id LIMIT ?";
        self.all(sqlx::query(text).bind(kind.word()).bind(after).bind(i64::from(limit)), |row| {
            Ok(OutboxRow {
                id: row.try_get(0)?,
                case_id: row.try_get(1)?,
                key: row.try_get(2)?,
                created_at: row.try_get(3)?,
                payload: row.try_get::<Option<String>, _>(4)?.unwrap_or_default(),
            })
        })
        .await
    }

    /// The journal of a case, in order.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn journal(&self, case_id: i64) -> Result<Vec<JournalRow>, StoreError> {
        let text = "SELECT step, at, entries FROM journal WHERE case_id = ? ORDER BY step";
        self.all(sqlx::query(text).bind(case_id), |row| {
            Ok(JournalRow { step: row.try_get(0)?, at: row.try_get(1)?, entries: row.try_get(2)? })
        })
        .await
    }

    /// What plugins made for a case, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn documents(&self, case_id: i64) -> Result<Vec<DocumentRow>, StoreError> {
        let text = "SELECT key, name, media_type, text, made_at FROM document WHERE case_id = ? ORDER BY id";
        self.all(sqlx::query(text).bind(case_id), |row| {
            Ok(DocumentRow {
                key: row.try_get(0)?,
                name: row.try_get(1)?,
                media_type: row.try_get(2)?,
                text: row.try_get(3)?,
                made_at: row.try_get(4)?,
            })
        })
        .await
    }

    async fn all<'q, T>(
        &self,
        query: sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
        read: impl Fn(&SqliteRow) -> Result<T, sqlx::Error>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = query.fetch_all(&self.pool).await.map_err(|e| self.error(&e))?;
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|e| self.error(&e))
    }
}

fn case(row: &SqliteRow) -> Result<CaseRow, sqlx::Error> {
    let status: String = row.try_get(4)?;
    Ok(CaseRow {
        id: row.try_get(0)?,
        label: row.try_get(1)?,
        protocol: row.try_get(2)?,
        version: row.try_get(3)?,
        status: if status == Status::Running.word() { Status::Running } else { Status::Ended },
        place: row.try_get(5)?,
        opened_at: row.try_get(6)?,
        touched_at: row.try_get(7)?,
        next_due: row.try_get(8)?,
        state: row.try_get(9)?,
    })
}
