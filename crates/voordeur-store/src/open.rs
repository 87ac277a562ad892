//! Opening a database: whose it is, which version, and how it is kept safe.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::Row as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::SCHEMA_VERSION;
use crate::error::StoreError;

/// `Voor` in the header of the file: so that no other program's database is taken for ours.
const APPLICATION_ID: i64 = 0x566f_6f72;

/// How long to wait for another writer.
const PATIENCE: Duration = Duration::from_secs(5);

/// An open database.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) pool: SqlitePool,
    pub(crate) path: String,
}

impl Store {
    /// Opens a database, and makes it when there is none.
    ///
    /// # Errors
    /// [`StoreError`] names the file and the cause.
    pub async fn create(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, true).await
    }

    /// Opens a database that is there.
    ///
    /// # Errors
    /// [`StoreError`] names the file and the cause.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing { path: path.display().to_string() });
        }
        Self::open_with(path, false).await
    }

    /// A database that is gone when it is closed.
    ///
    /// # Errors
    /// [`StoreError`] when there is no memory for it.
    pub async fn in_memory() -> Result<Self, StoreError> {
        let path = "in memory";
        let options = SqliteConnectOptions::from_str("sqlite::memory:");
        let options = options.map_err(|error| StoreError::from_sqlx(path, &error))?;
        // One connection that is never given up: each connection would be a database of its own.
        let pool = SqlitePoolOptions::new()
            .min_connections(1)
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None);
        let pool = pool.connect_with(options).await.map_err(|error| StoreError::from_sqlx(path, &error))?;
        let store = Self { pool, path: path.to_owned() };
        store.prepare().await?;
        Ok(store)
    }

    async fn open_with(path: &Path, create: bool) -> Result<Self, StoreError> {
        let name = path.display().to_string();
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE);
        let pool = SqlitePoolOptions::new().max_connections(4).acquire_timeout(PATIENCE * 2);
        let pool = pool.connect_with(options).await.map_err(|error| StoreError::from_sqlx(&name, &error))?;
        let store = Self { pool, path: name };
        store.prepare().await?;
        Ok(store)
    }

    /// Makes the tables of an empty file, and refuses those of somebody else.
    async fn prepare(&self) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let application = self.pragma(&mut tx, "PRAGMA application_id").await?;
        let version = self.pragma(&mut tx, "PRAGMA user_version").await?;
        let tables = self.pragma(&mut tx, "SELECT count(*) FROM sqlite_schema").await?;
        let path = || self.path.clone();
        match (application, version, tables) {
            (APPLICATION_ID, SCHEMA_VERSION, _) => return Ok(()),
            (APPLICATION_ID, found, _) => {
                return Err(StoreError::OtherVersion { path: path(), found, known: SCHEMA_VERSION });
            }
            (0, 0, 0) => {}
            _ => return Err(StoreError::NotOurs { path: path() }),
        }
        let marks =
            format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION};");
        for text in [include_str!("schema.sql"), &marks] {
            sqlx::raw_sql(sqlx::AssertSqlSafe(text.to_owned()))
                .execute(&mut *tx)
                .await
                .map_err(|e| self.error(&e))?;
        }
        tx.commit().await.map_err(|e| self.error(&e))
    }

    async fn pragma(
        &self,
        tx: &mut sqlx::SqliteTransaction<'_>,
        text: &'static str,
    ) -> Result<i64, StoreError> {
        let row = sqlx::query(text).fetch_one(&mut **tx).await.map_err(|e| self.error(&e))?;
        row.try_get(0).map_err(|e| self.error(&e))
    }

    /// Begins a transaction that may write: it waits for its turn now, not halfway.
    pub(crate) async fn begin(&self) -> Result<sqlx::SqliteTransaction<'_>, StoreError> {
        self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|e| self.error(&e))
    }

    pub(crate) fn error(&self, error: &sqlx::Error) -> StoreError {
        StoreError::from_sqlx(&self.path, error)
    }

    /// Writes what is left and closes the file.
    pub async fn close(self) {
        self.pool.close().await;
    }

    /// The name of the file, for messages.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}
