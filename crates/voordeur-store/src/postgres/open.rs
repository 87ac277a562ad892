//! Connecting to a server: whose tables they are, which version, and whether a commit was written after all.

use std::str::FromStr as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use sqlx::Row as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use super::TENANT;
use super::hint::Hints;
use super::statements::{
    BEGIN_WRITER, END_WRITER, MAKE_ABOUT, NOTIFY, READ_ABOUT, READ_TURN, TABLES, TAKE_TURN, WRITE_ABOUT,
};
use super::write::PostgresTx;
use crate::SCHEMA_VERSION;
use crate::error::StoreError;
use crate::group::{Backend, Writer};

/// How long to wait for a connection, also while the server starts anew.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many readers there are at once in this program.
const READERS: u32 = 4;

/// How old a program may be that uses the tables as this one makes them.
const OLDEST: i64 = 2;

/// How often making the tables is tried when another program makes them at the same moment.
const TRIES: u32 = 20;

/// How often it is asked whether a commit was written when the connection broke.
const QUESTIONS: u32 = 10;

/// Cases on a server.
#[derive(Debug, Clone)]
pub(crate) struct PostgresStore {
    pub(super) path: String,
    pub(super) readers: PgPool,
    pub(super) writer: Writer,
    pub(super) hints: Hints,
    writing: PgPool,
    holder: String,
}

/// What the writer writes with.
#[derive(Debug)]
struct Writing {
    path: String,
    pool: PgPool,
    holder: String,
    turn: AtomicI64,
}

impl PostgresStore {
    /// Connects. `create`: the tables are made when there are none.
    pub(crate) async fn connect(url: &str, create: bool) -> Result<Self, StoreError> {
        let path = shown(url);
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| StoreError::Address { path: path.clone(), why: error.to_string() })?
            .application_name("voordeur")
            // A program that stands still in the middle of a transaction does not hold up the others.
            .options([("idle_in_transaction_session_timeout", "10s"), ("lock_timeout", "10s")]);
        let pool = |most| PgPoolOptions::new().max_connections(most).acquire_timeout(PATIENCE);
        let error = |error| StoreError::from_postgres(&path, &error);
        let writing =
            pool(1).test_before_acquire(false).connect_with(options.clone()).await.map_err(error)?;
        prepare(&path, &writing, create).await?;
        let holder = begin_writer(&path, &writing).await?;
        let readers = pool(READERS).connect_lazy_with(options);
        let backend = Writing {
            path: path.clone(),
            pool: writing.clone(),
            holder: holder.clone(),
            turn: AtomicI64::new(0),
        };
        let writer = Writer::start(backend);
        Ok(Self { path, readers, writer, hints: Hints::default(), writing, holder })
    }

    pub(super) fn error(&self, error: &sqlx::Error) -> StoreError {
        StoreError::from_postgres(&self.path, error)
    }

    /// A row that stays when this fails is small, and is never looked at again.
    pub(super) async fn shut(&self) {
        let end = sqlx::query(END_WRITER).bind(TENANT).bind(self.holder.clone());
        drop(end.execute(&self.writing).await);
        self.readers.close().await;
        self.writing.close().await;
    }
}

/// The address as messages show it: without its password and its settings.
fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let rest = rest.split('?').next().unwrap_or(rest);
    match rest.rsplit_once('@') {
        Some((user, place)) => {
            let user = user.split(':').next().unwrap_or(user);
            format!("{scheme}://{user}@{place}")
        }
        None => format!("{scheme}://{rest}"),
    }
}

/// Makes the tables, or sees that they are ours and not too new.
async fn prepare(path: &str, pool: &PgPool, create: bool) -> Result<(), StoreError> {
    let mut tries = TRIES;
    loop {
        match attempt(path, pool, create).await {
            // Another program makes the tables at this moment.
            Err(error) if tries > 0 && !is_known(&error) => {
                tries -= 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            done => return done,
        }
    }
}

const fn is_known(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Missing { .. }
            | StoreError::NotOurs { .. }
            | StoreError::Newer { .. }
            | StoreError::Denied { .. }
            | StoreError::Closed
    )
}

async fn attempt(path: &str, pool: &PgPool, create: bool) -> Result<(), StoreError> {
    let error = |error| StoreError::from_postgres(path, &error);
    let mut tx = pool.begin().await.map_err(error)?;
    let tables: i64 =
        sqlx::query(TABLES).fetch_one(&mut *tx).await.and_then(|row| row.try_get(0)).map_err(error)?;
    if tables > 0 {
        let about = sqlx::query(READ_ABOUT).fetch_optional(&mut *tx).await;
        let about = about.ok().flatten().ok_or_else(|| StoreError::NotOurs { path: path.to_owned() })?;
        let oldest: i64 = about.try_get(1).map_err(error)?;
        if oldest > SCHEMA_VERSION {
            return Err(StoreError::Newer { path: path.to_owned(), found: oldest, known: SCHEMA_VERSION });
        }
        return Ok(());
    }
    if !create {
        return Err(StoreError::Missing { path: path.to_owned() });
    }
    sqlx::raw_sql(MAKE_ABOUT).execute(&mut *tx).await.map_err(error)?;
    sqlx::raw_sql(include_str!("schema.sql")).execute(&mut *tx).await.map_err(error)?;
    let about = sqlx::query(WRITE_ABOUT).bind(SCHEMA_VERSION).bind(OLDEST);
    about.execute(&mut *tx).await.map_err(error)?;
    tx.commit().await.map_err(error)
}

/// A name that no other program has: the server gives it.
async fn begin_writer(path: &str, pool: &PgPool) -> Result<String, StoreError> {
    let error = |error| StoreError::from_postgres(path, &error);
    let name = "SELECT gen_random_uuid()::TEXT, (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT";
    let row = sqlx::query(name).fetch_one(pool).await.map_err(error)?;
    let (holder, at): (String, i64) = (row.try_get(0).map_err(error)?, row.try_get(1).map_err(error)?);
    let begin = sqlx::query(BEGIN_WRITER).bind(TENANT).bind(holder.clone()).bind(at);
    begin.execute(pool).await.map_err(error)?;
    Ok(holder)
}

impl Writing {
    fn error(&self, error: &sqlx::Error) -> StoreError {
        StoreError::from_postgres(&self.path, error)
    }

    /// Whether the transaction of this turn was written, asked after its connection broke. It is answered by taking
    /// the turn over: a transaction that is still under way holds the row, and comes first.
    async fn was_written(&self, turn: i64) -> Result<bool, StoreError> {
        let mut questions = QUESTIONS;
        loop {
            match self.take_over(turn).await {
                Err(error) if questions > 0 && error.is_passing() => questions -= 1,
                answered => return answered,
            }
        }
    }

    /// The turn as it stands in the database: it is not known here when nobody could be asked about the last commit,
    /// and it begins anew when somebody has emptied the table.
    async fn find_turn(&self) -> Result<(), StoreError> {
        let begin = sqlx::query(BEGIN_WRITER).bind(TENANT).bind(self.holder.clone()).bind(0_i64);
        begin.execute(&self.pool).await.map_err(|e| self.error(&e))?;
        let turn = self.read_turn().await?.unwrap_or(0);
        self.turn.store(turn, Ordering::Relaxed);
        Ok(())
    }

    async fn read_turn(&self) -> Result<Option<i64>, StoreError> {
        let row = sqlx::query(READ_TURN).bind(TENANT).bind(self.holder.clone()).fetch_optional(&self.pool);
        let row = row.await.map_err(|e| self.error(&e))?;
        row.map(|row| row.try_get(0)).transpose().map_err(|e| self.error(&e))
    }

    async fn take_over(&self, turn: i64) -> Result<bool, StoreError> {
        let before = turn.saturating_sub(1);
        let mut connection = self.pool.acquire().await.map_err(|e| self.error(&e))?;
        let taken = self.take(&mut connection, turn, before).await?;
        drop(connection);
        Ok(!taken && self.read_turn().await? == Some(turn))
    }

    async fn take(
        &self,
        connection: &mut sqlx::PgConnection,
        turn: i64,
        before: i64,
    ) -> Result<bool, StoreError> {
        let take = sqlx::query(TAKE_TURN).bind(TENANT).bind(self.holder.clone()).bind(turn).bind(before);
        let done = take.execute(connection).await.map_err(|e| self.error(&e))?;
        Ok(done.rows_affected() == 1)
    }
}

impl Backend for Writing {
    type Tx = PostgresTx;

    async fn begin(&self) -> Result<PostgresTx, StoreError> {
        let mut tx = self.pool.begin().await.map_err(|e| self.error(&e))?;
        let before = self.turn.load(Ordering::Relaxed);
        let turn = before.saturating_add(1);
        if !self.take(&mut tx, turn, before).await? {
            drop(tx);
            self.find_turn().await?;
            return Err(StoreError::Again { path: self.path.clone() });
        }
        Ok(PostgresTx { path: self.path.clone(), tx, turn })
    }

    async fn commit(&self, mut tx: PostgresTx, hinted: bool) -> Result<(), StoreError> {
        if hinted {
            sqlx::query(NOTIFY).execute(&mut *tx.tx).await.map_err(|e| self.error(&e))?;
        }
        let turn = tx.turn;
        match tx.tx.commit().await.map_err(|e| self.error(&e)) {
            Ok(()) => {
                self.turn.store(turn, Ordering::Relaxed);
                Ok(())
            }
            Err(error @ StoreError::Unreachable { .. }) => {
                let written = self.was_written(turn).await?;
                self.turn.store(turn, Ordering::Relaxed);
                if written { Ok(()) } else { Err(error) }
            }
            Err(error) => Err(error),
        }
    }
}
