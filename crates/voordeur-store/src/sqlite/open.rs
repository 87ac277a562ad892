//! Opening a file: whose it is, and how it is kept safe.

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous, SqliteTransaction,
};
use sqlx::{ConnectOptions as _, Connection as _};
use voordeur_messages::say;

use super::checkpoint::{Copier, TOO_LONG};
use super::file::{Known, make};
use super::migrate::{is_foreign, prepare};
use super::write::SqliteTx;
use crate::error::StoreError;
use crate::group::{Backend, Writer};

/// How long to wait for another program that writes.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// How often a writer asks whether it is its turn: the file has no queue, and who asks seldom comes last.
const ASK: &str = "PRAGMA busy_timeout = 1";

/// How long a program with much to write leaves the file alone after each part of it: for longer than others wait before they ask
/// again.
const REST: Duration = Duration::from_millis(1);

/// How many readers there are at once.
const READERS: u32 = 4;

/// How much of the file the writer keeps in memory, in KiB (negative): what one transaction touches fits in it.
const WRITER_CACHE: &str = "-32768";

/// How many rows may be under way between the thread that reads and who asked: with few, both stop and go for every row.
pub(super) const ROWS_AT_ONCE: usize = 2048;

/// An open file.
#[derive(Debug, Clone)]
pub(crate) struct SqliteStore {
    pub(super) path: String,
    pub(super) known: Known,
    pub(super) readers: SqlitePool,
    pub(super) writer: Writer,
    pub(super) writing: SqlitePool,
    /// How it is opened once more where it is only looked at: a transaction that looks copies nothing.
    pub(super) looking: Option<Box<SqliteConnectOptions>>,
}

/// What the writer writes with.
#[derive(Debug)]
struct Writing {
    path: String,
    known: Known,
    pool: SqlitePool,
    copier: Copier,
}

impl SqliteStore {
    pub(crate) async fn open(file: &Path, create: bool) -> Result<Self, StoreError> {
        let path = file.display().to_string();
        let error = |error| StoreError::from_sqlite(&path, &error);
        look(&path, file, create).await?;
        if create {
            make(file);
        }
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .pragma("wal_autocheckpoint", TOO_LONG)
            // A key that is destroyed does not stay behind in the file.
            .pragma("secure_delete", "on")
            .busy_timeout(PATIENCE)
            .row_buffer_size(ROWS_AT_ONCE)
            .disable_statement_logging();
        let own = options.clone().pragma("cache_size", WRITER_CACHE);
        let writing = SqlitePoolOptions::new().max_connections(1).acquire_timeout(PATIENCE * 2);
        // Only once it is open: until then it waits like everybody.
        let writing = writing.after_connect(|connection, _| Box::pin(asking(connection)));
        let writing = writing.connect_with(own).await.map_err(error)?;
        prepare(&path, &writing).await?;
        let readers = SqlitePoolOptions::new().max_connections(READERS).acquire_timeout(PATIENCE * 2);
        // A file does not hang up.
        let readers = readers.test_before_acquire(false);
        let readers = readers.connect_lazy_with(options);
        let known = Known::new(file);
        let copier = Copier::new(file, readers.clone());
        let own = Writing { path: path.clone(), known: known.clone(), pool: writing.clone(), copier };
        Ok(Self { path, known, readers, writer: Writer::start(own), writing, looking: None })
    }

    pub(super) fn error(&self, error: &sqlx::Error) -> StoreError {
        StoreError::from_sqlite(&self.path, error)
    }

    /// The last one that closes copies the log into the file: it is one file again.
    pub(super) async fn shut(&self) {
        self.readers.close().await;
        self.writing.close().await;
    }
}

/// Whether it may be ours, before anything about it is changed: what is not ours stays as it is.
async fn look(path: &str, file: &Path, create: bool) -> Result<(), StoreError> {
    if !look_at_kind(path, file, create)? {
        return Ok(());
    }
    let options = SqliteConnectOptions::new().filename(file).read_only(true).busy_timeout(PATIENCE);
    let error = |error: sqlx::Error| StoreError::from_sqlite(path, &error);
    let mut looking = options.disable_statement_logging().connect().await.map_err(error)?;
    let found = is_foreign(&mut looking).await;
    looking.close().await.map_err(error)?;
    if found.map_err(error)? { Err(StoreError::NotOurs { path: path.to_owned() }) } else { Ok(()) }
}

/// Whether there is something in it; an error when it is no file, or an empty one where something should be.
pub(super) fn look_at_kind(path: &str, file: &Path, create: bool) -> Result<bool, StoreError> {
    let path = || path.to_owned();
    match std::fs::metadata(file) {
        Ok(about) if about.is_dir() => Err(StoreError::Denied { path: path(), why: say!("it is a folder") }),
        Ok(about) if about.len() > 0 => Ok(true),
        // Somebody has emptied it, or named another file: nothing is made where something should be.
        Ok(about) if about.is_file() && !create => Err(StoreError::NotOurs { path: path() }),
        _ => Ok(false),
    }
}

async fn asking(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(ASK).execute(connection).await.map(|_| ())
}

/// Begins a transaction that writes, as soon as nobody else writes.
pub(super) async fn begin(path: &str, pool: &SqlitePool) -> Result<SqliteTransaction<'static>, StoreError> {
    let end = Instant::now().checked_add(PATIENCE);
    loop {
        let mut begun = pool.begin_with("BEGIN IMMEDIATE").await;
        if matches!(begun, Err(sqlx::Error::InvalidSavePointStatement)) {
            renew(pool).await;
            begun = pool.begin_with("BEGIN IMMEDIATE").await;
        }
        match begun.map_err(|error| StoreError::from_sqlite(path, &error)) {
            Err(StoreError::Locked { .. }) if end.is_some_and(|end| Instant::now() < end) => {}
            begun => return begun,
        }
    }
}

/// When a disk is full SQLite gives the transaction up by itself. The driver still counts it, and begins no other one on this
/// connection: the next one comes in its place.
async fn renew(pool: &SqlitePool) {
    if let Ok(connection) = pool.acquire().await {
        drop(connection.close().await);
    }
}

impl Backend for Writing {
    type Tx = SqliteTx;

    async fn begin(&self) -> Result<SqliteTx, StoreError> {
        self.known.is_there()?;
        Ok(SqliteTx { path: self.path.clone(), tx: begin(&self.path, &self.pool).await? })
    }

    async fn rest(&self) {
        tokio::time::sleep(REST).await;
    }

    async fn give_up(&self, tx: SqliteTx) {
        drop(tx.tx.rollback().await);
    }

    async fn commit(&self, tx: SqliteTx, _hinted: bool) -> Result<(), StoreError> {
        tx.tx.commit().await.map_err(|error| StoreError::from_sqlite(&self.path, &error))?;
        self.copier.wrote();
        Ok(())
    }
}
