//! Connecting to a server: whose tables they are, which version, and whether a commit was written after all.

use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{Connection as _, Row as _};

use super::hint::Hints;
use super::line::{Line, PAUSE, by_index};
use super::link::Link;
use super::probe::Probe;
use super::statements::{
    ANALYSE, BEGIN_WRITER, END_WRITER, FORGET_WRITERS, HOLD_ABOUT, MAKE_ABOUT, NEW_NAME, NOTIFY, ONE_MOMENT,
    READ_ABOUT, READ_TURN, RENEW_ABOUT, TABLES, TAKE_TURN, WRITE_ABOUT,
};
use super::write::{PostgresTx, statement};
use crate::SCHEMA_VERSION;
use crate::error::StoreError;
use crate::group::{Backend, Looking, Writer};
use crate::tables::Tables as _;

/// How long to wait for a connection, also while the server starts anew.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many readers there are at once in this program.
const READERS: u32 = 4;

/// After how long the row of a program that writes nothing is forgotten, in microseconds: two days.
const FORGET: i64 = 2 * 24 * 3600 * 1_000_000;

/// How old a program may be that uses the tables as this one makes them.
const OLDEST: i64 = 4;

/// How often making the tables is tried when another program makes them at the same moment.
const TRIES: u32 = 20;

/// After how many cases of its own a program tells the server what the tables look like.
const GROWN: [u64; 4] = [32, 512, 8_192, 65_536];

/// Cases on a server.
#[derive(Debug, Clone)]
pub(crate) struct PostgresStore {
    pub(super) link: Link,
    pub(super) readers: PgPool,
    /// Everything is read as it was at one moment: on another connection it would be another moment.
    pub(super) at_one_moment: bool,
    pub(super) writer: Writer,
    pub(super) hints: Hints,
    pub(super) probe: Arc<Probe>,
    line: Arc<Line>,
    holder: String,
}

/// What the writer writes with.
#[derive(Debug)]
struct Writing {
    line: Arc<Line>,
    holder: String,
    turn: AtomicI64,
    /// How many cases this program has added.
    added: AtomicU64,
}

impl PostgresStore {
    /// Connects. `create`: the tables are made when there are none.
    pub(crate) async fn connect(url: &str, create: bool) -> Result<Self, StoreError> {
        let (link, options) = way(url)?;
        let line = Arc::new(Line::new(link.clone(), options.clone()));
        line.first().await?;
        prepare(&line, create).await?;
        let holder = begin_writer(&line).await?;
        let probe = Arc::new(Probe::new(link.clone(), options.clone()));
        let readers = PgPoolOptions::new().max_connections(READERS).acquire_timeout(PATIENCE);
        let readers = readers.after_connect(|connection, _| Box::pin(by_index(connection)));
        let readers = readers.connect_lazy_with(options);
        let (holder_of_writer, turn) = (holder.clone(), AtomicI64::new(0));
        let writing =
            Writing { line: Arc::clone(&line), holder: holder_of_writer, turn, added: AtomicU64::new(0) };
        let writer = Writer::start(writing);
        let hints = Hints::default();
        Ok(Self { link, readers, at_one_moment: false, writer, hints, probe, line, holder })
    }

    /// Connects to look at what is there at this moment.
    pub(crate) async fn view(url: &str) -> Result<Self, StoreError> {
        let (link, options) = way(url)?;
        let line = Arc::new(Line::new(link.clone(), options.clone()));
        line.first().await?;
        prepare(&line, false).await?;
        line.close();
        let probe = Arc::new(Probe::new(link.clone(), options.clone()));
        // Whoever reads page by page on a terminal takes a while.
        let options = options.options([("idle_in_transaction_session_timeout", "10min")]);
        let readers = PgPoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let seen = Arc::new(AtomicBool::new(false));
        let readers = readers.test_before_acquire(false);
        let readers = readers
            .after_connect(move |connection, _| Box::pin(at_one_moment(connection, Arc::clone(&seen))));
        let readers = readers.acquire_timeout(PATIENCE).connect_with(options).await;
        let readers = readers.map_err(|error| link.error(&error))?;
        let writer = Writer::start(Looking::<PostgresTx>::at(&link.path));
        let (hints, holder) = (Hints::default(), String::new());
        Ok(Self { link, readers, at_one_moment: true, writer, hints, probe, line, holder })
    }

    /// A row that stays when this fails, or when the connection is lost, is small, and is never looked at again: a server that is
    /// away is not waited for.
    pub(super) async fn shut(&self) {
        if let Some(mut connection) = self.line.kept() {
            let end = statement(END_WRITER).bind(self.holder.clone());
            drop(self.link.within(end.execute(&mut connection)).await);
            drop(self.link.within(connection.close()).await);
        }
        self.line.close();
        self.probe.close().await;
        self.readers.close().await;
    }
}

fn way(url: &str) -> Result<(Link, PgConnectOptions), StoreError> {
    let (link, url) = Link::new(url);
    let options = PgConnectOptions::from_str(&url)
        .map_err(|error| StoreError::Address { path: link.path.clone(), why: error.to_string() })?
        .application_name("voordeur")
        // A program that stands still in the middle of a transaction does not hold up the others.
        .options([("idle_in_transaction_session_timeout", "10s"), ("lock_timeout", "10s")]);
    Ok((link, options))
}

/// Everything is read in one transaction: it sees the rows as they are now, whoever writes meanwhile. A connection that is gone
/// is not replaced by another one, which would see another moment.
async fn at_one_moment(connection: &mut PgConnection, seen: Arc<AtomicBool>) -> Result<(), sqlx::Error> {
    if seen.load(Ordering::Relaxed) {
        return Err(sqlx::Error::PoolClosed);
    }
    by_index(connection).await?;
    sqlx::raw_sql(ONE_MOMENT).execute(&mut *connection).await?;
    // It is the moment of the first question.
    sqlx::raw_sql(READ_ABOUT).execute(connection).await?;
    seen.store(true, Ordering::Relaxed);
    Ok(())
}

/// Makes the tables, or sees that they are ours and not too new.
async fn prepare(line: &Arc<Line>, create: bool) -> Result<(), StoreError> {
    let mut tries = TRIES;
    loop {
        match attempt(line, create).await {
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
            | StoreError::NoDatabase { .. }
            | StoreError::NotOurs { .. }
            | StoreError::Newer { .. }
            | StoreError::Denied { .. }
            | StoreError::Unreachable { .. }
            | StoreError::Closed
    )
}

async fn attempt(line: &Arc<Line>, create: bool) -> Result<(), StoreError> {
    let path = || line.link.path.clone();
    let mut tx = PostgresTx::begin(line, 0).await?;
    let tables: Vec<i64> = tx.read(sqlx::query(TABLES), |row| row.try_get(0)).await?;
    if tables.first().is_some_and(|tables| *tables > 0) {
        let about: Result<Vec<(i64, i64)>, _> =
            tx.read(sqlx::query(READ_ABOUT), |row| Ok((row.try_get(0)?, row.try_get(1)?))).await;
        let about = match about {
            Ok(rows) => rows.first().copied(),
            // There is no such table, or it has other columns. A connection that broke off says nothing of whose tables these are.
            Err(StoreError::Other { .. }) => None,
            Err(error) => return Err(error),
        };
        let Some((version, oldest)) = about else { return Err(StoreError::NotOurs { path: path() }) };
        if oldest > SCHEMA_VERSION {
            return Err(StoreError::Newer { path: path(), found: oldest, known: SCHEMA_VERSION });
        }
        return if version < SCHEMA_VERSION { renew(tx).await } else { tx.end("ROLLBACK").await };
    }
    if !create {
        return Err(StoreError::Missing { path: path() });
    }
    tx.run(MAKE_ABOUT).await?;
    tx.run(include_str!("schema.sql")).await?;
    tx.all(sqlx::query(WRITE_ABOUT).bind(SCHEMA_VERSION).bind(OLDEST)).await?;
    tx.end("COMMIT").await
}

/// Brings tables up to date, unless another program has done so meanwhile.
async fn renew(mut tx: PostgresTx) -> Result<(), StoreError> {
    let versions: Vec<i64> = tx.read(sqlx::query(HOLD_ABOUT), |row| row.try_get(0)).await?;
    match versions.as_slice() {
        [2] => {
            tx.run(include_str!("migrate_2.sql")).await?;
            tx.run(include_str!("migrate_3.sql")).await?;
            tx.run(include_str!("migrate_4.sql")).await?;
            tx.run(include_str!("migrate_5.sql")).await?;
        }
        [3] => {
            tx.run(include_str!("migrate_3.sql")).await?;
            tx.run(include_str!("migrate_4.sql")).await?;
            tx.run(include_str!("migrate_5.sql")).await?;
        }
        [4] => {
            tx.run(include_str!("migrate_4.sql")).await?;
            tx.run(include_str!("migrate_5.sql")).await?;
        }
        [5] => tx.run(include_str!("migrate_5.sql")).await?,
        _ => return tx.end("ROLLBACK").await,
    }
    tx.all(sqlx::query(RENEW_ABOUT).bind(SCHEMA_VERSION).bind(OLDEST)).await?;
    tx.end("COMMIT").await
}

/// A name that no other program has: the server gives it.
async fn begin_writer(line: &Arc<Line>) -> Result<String, StoreError> {
    let mut tx = PostgresTx::begin(line, 0).await?;
    let names: Vec<(String, i64)> =
        tx.read(sqlx::query(NEW_NAME), |row| Ok((row.try_get(0)?, row.try_get(1)?))).await?;
    let (holder, at) = names.into_iter().next().ok_or(StoreError::Closed)?;
    tx.all(statement(BEGIN_WRITER).bind(holder.clone()).bind(at)).await?;
    // Whoever was killed has left its row. One that has only been silent begins its turns anew.
    tx.all(statement(FORGET_WRITERS).bind(at.saturating_sub(FORGET))).await?;
    tx.end("COMMIT").await?;
    Ok(holder)
}

impl Writing {
    /// Whether the transaction of this turn was written, asked after its connection broke. It is answered by going on
    /// to the turn after it: a transaction that is still under way holds the row, and comes first.
    async fn was_written(&self, turn: i64) -> Result<bool, StoreError> {
        let mut unanswered = None;
        let asking = async {
            loop {
                match self.go_on(turn).await {
                    Ok(written) => return Some(written),
                    Err(error) => {
                        let may_pass = error.is_passing();
                        unanswered = Some(error);
                        if !may_pass {
                            return None;
                        }
                    }
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        let answered = tokio::time::timeout(self.line.link.asked_for(), asking).await;
        match answered {
            Ok(Some(written)) => Ok(written),
            _ => Err(self.line.link.uncertain(unanswered)),
        }
    }

    async fn go_on(&self, turn: i64) -> Result<bool, StoreError> {
        let mut tx = PostgresTx::begin(&self.line, turn.saturating_add(1)).await?;
        self.take(&mut tx, turn.saturating_sub(1)).await?;
        let found = self.find_turn(&mut tx).await?;
        tx.end("COMMIT").await?;
        self.turn.store(found, Ordering::Relaxed);
        Ok(found == turn)
    }

    /// Tells the server what its tables look like when they have grown much since they were empty. What was written is
    /// written: when this fails, the server finds out by itself later.
    async fn grown(&self, added: u64) {
        let before = self.added.fetch_add(added, Ordering::Relaxed);
        let reached = |size: &u64| before < *size && before.saturating_add(added) >= *size;
        if added == 0 || !GROWN.iter().any(reached) {
            return;
        }
        let Ok(mut connection) = self.line.take().await else { return };
        let analysed = sqlx::raw_sql(ANALYSE).execute(&mut connection);
        if self.line.link.within(analysed).await.is_ok() {
            self.line.put(connection);
        }
    }

    async fn take(&self, tx: &mut PostgresTx, before: i64) -> Result<bool, StoreError> {
        let take = statement(TAKE_TURN).bind(self.holder.clone()).bind(tx.turn).bind(before);
        Ok(tx.all(take).await? == 1)
    }

    /// The turn as it stands in the database: it is not known here when nobody could be asked about the last commit,
    /// and it begins anew when somebody has emptied the table.
    async fn find_turn(&self, tx: &mut PostgresTx) -> Result<i64, StoreError> {
        tx.all(statement(BEGIN_WRITER).bind(self.holder.clone()).bind(0_i64)).await?;
        let turns = statement(READ_TURN).bind(self.holder.clone());
        let turns: Vec<i64> = tx.read(turns, |row| row.try_get(0)).await?;
        turns.first().copied().ok_or(StoreError::Closed)
    }
}

impl Backend for Writing {
    type Tx = PostgresTx;

    async fn begin(&self) -> Result<PostgresTx, StoreError> {
        let before = self.turn.load(Ordering::Relaxed);
        let mut tx = PostgresTx::begin(&self.line, before.saturating_add(1)).await?;
        if !self.take(&mut tx, before).await? {
            let found = self.find_turn(&mut tx).await?;
            tx.end("COMMIT").await?;
            self.turn.store(found, Ordering::Relaxed);
            return Err(StoreError::Again { path: self.line.link.path.clone() });
        }
        Ok(tx)
    }

    async fn give_up(&self, tx: PostgresTx) {
        drop(tx.end("ROLLBACK").await);
    }

    async fn commit(&self, mut tx: PostgresTx, hinted: bool) -> Result<(), StoreError> {
        if hinted {
            tx.run(NOTIFY).await?;
        }
        let (turn, added) = (tx.turn, tx.added);
        match tx.end("COMMIT").await {
            Ok(()) => {
                self.turn.store(turn, Ordering::Relaxed);
                self.grown(added).await;
                Ok(())
            }
            // The server says itself that it has given it up.
            Err(error @ StoreError::Again { .. }) => Err(error),
            // Whatever else it says, a commit may have been carried out before.
            Err(error) => {
                if self.was_written(turn).await? {
                    Ok(())
                } else {
                    Err(error)
                }
            }
        }
    }
}
