//! A storm: many timers due at the same moment, while people work, on SQLite and on PostgreSQL. Beside each the bare writes of
//! as many rows with set-based statements, with the same settings, in the same run.
//!
//! `cargo bench -p voordeur-store --bench storm -- 100000` takes so many cases; 20,000 without a number.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and a mistake in it may stop it"
)]

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sqlx::postgres::PgPool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use tokio::task::{JoinSet, LocalSet};
use voordeur_engine::Event;
use voordeur_protocol::{CheckedProtocol, compile};
use voordeur_runtime::{Runtime, Silent};
use voordeur_store::Store;
use voordeur_testing::Postgres;

const EROPAF: &str = include_str!("../../../dsl-examples/eropaf/eropaf.pathway");

/// How many reports come in at once while the database is filled.
const AT_ONCE: usize = 256;

/// How many reports come in one after the other.
const ONE_BY_ONE: usize = 300;

fn protocol() -> CheckedProtocol {
    compile(EROPAF).protocols.into_iter().next().expect("a pathway")
}

fn moment(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn event(runtime: &Runtime, id: i64) -> Event {
    let trigger =
        runtime.protocols().get(id).expect("there").trigger_named("other_report").expect("a trigger");
    Event::Reported { trigger, data: Vec::new(), by: None }
}

fn rate(count: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(count).expect("few")) / took.as_secs_f64()
}

async fn opened(runtime: &Runtime, id: i64, label: String) {
    let at = moment("2008-03-03T09:00:00Z");
    runtime.open(id, &label, &event(runtime, id), at, &mut Silent).await.expect("opened");
}

/// Opens so many cases, a number at once.
async fn fill(store: &Store, cases: usize) -> i64 {
    let mut runtime = Runtime::new(store.clone(), None).await.expect("a runtime");
    let id = runtime.add(protocol(), moment("2008-03-03T09:00:00Z")).await.expect("added");
    let runtime = Rc::new(runtime);
    let clock = Instant::now();
    for n in 0..ONE_BY_ONE {
        opened(&runtime, id, format!("one-{n}")).await;
    }
    let alone = rate(ONE_BY_ONE, clock.elapsed());
    let clock = Instant::now();
    let mut waiting = JoinSet::new();
    for n in 0..cases {
        let runtime = Rc::clone(&runtime);
        waiting.spawn_local(async move { opened(&runtime, id, format!("c{n}")).await });
        if waiting.len() >= AT_ONCE {
            waiting.join_next().await.expect("one").expect("opened");
        }
    }
    waiting.join_all().await;
    let together = rate(cases, clock.elapsed());
    println!("reports: {alone:.0}/s one by one, {together:.0}/s with {AT_ONCE} at once");
    id
}

/// People report new cases while the storm goes on; gives how long each of them waited.
async fn people(store: Store, id: i64, over: Arc<AtomicBool>) -> Vec<Duration> {
    let runtime = Runtime::new(store, None).await.expect("a runtime");
    let mut waited = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let clock = Instant::now();
        opened(&runtime, id, format!("new-{}", waited.len())).await;
        waited.push(clock.elapsed());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    waited
}

async fn storm(database: &Path, cases: usize) -> f64 {
    let store = Store::create(database).await.expect("a database");
    let id = fill(&store, cases).await;
    let over = Arc::new(AtomicBool::new(false));
    let people = tokio::task::spawn_local(people(store.clone(), id, Arc::clone(&over)));
    let mut runtime = Runtime::new(store.clone(), None).await.expect("a runtime");
    let clock = Instant::now();
    let done = runtime.work(moment("2008-03-05T12:00:00Z"), "storm", &mut Silent).await.expect("worked");
    let took = clock.elapsed();
    over.store(true, Ordering::Relaxed);
    let mut waited = people.await.expect("they worked");
    waited.sort();
    let at =
        |part: usize| waited.get(waited.len().saturating_sub(1) * part / 100).copied().unwrap_or_default();
    let fired = usize::try_from(done.timers).expect("few");
    let rate = rate(fired, took);
    println!("storm: {fired} timers fired at {rate:.0}/s");
    println!("people meanwhile: {} commands, p50 {:.1?}, p99 {:.1?}", waited.len(), at(50), at(99));
    store.close().await;
    rate
}

/// The sizes of what one transition writes in the storm, in bytes: the state of the case and its sealed values, the entries of
/// the journal.
const STATE: usize = 1500;
const SEALED: usize = 120;
const ENTRIES: usize = 700;

/// As many transitions as bare rows: a case updated, a row of the journal, a timer gone and another set, a message. The same
/// tables and settings, 256 transitions in a transaction, each table with one statement.
async fn bare_sqlite(folder: &Path, cases: usize) -> f64 {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("bare.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("secure_delete", "on")
        .pragma("cache_size", "-32768")
        .pragma("wal_autocheckpoint", "10000");
    let pool = SqlitePool::connect_with(options).await.expect("a database");
    sqlx::raw_sql(include_str!("../src/sqlite/schema.sql")).execute(&pool).await.expect("tables");
    let (state, sealed, entries) = texts();
    let count = i64::try_from(cases).expect("few");
    sqlx::raw_sql("INSERT INTO protocol (name, version, digest, layout, source, added_at) VALUES ('a', '1', 'd', 'l', 's', 0)")
        .execute(&pool).await.expect("a row");
    sqlx::query("WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
         INSERT INTO cases (id, label, protocol, version, status, place, opened_at, touched_at, next_due, state, secret, sealed)
         SELECT n, 'c' || n, 1, 1, 'running', 'intake', 1, 1, 1, ?2, ?3, ?3 FROM n")
        .bind(count).bind(&state).bind(&sealed).execute(&pool).await.expect("rows");
    sqlx::raw_sql(
        "INSERT INTO timer (case_id, timer, generation, due_at, armed) SELECT id, 1, 1, 5, 1 FROM cases",
    )
    .execute(&pool)
    .await
    .expect("rows");
    let clock = Instant::now();
    for first in (1..=count).step_by(256) {
        let mut tx = pool.begin().await.expect("a transaction");
        for text in BARE {
            let statement =
                sqlx::query(text).bind(first).bind(first + 255).bind(&state).bind(&entries).bind(&sealed);
            statement.execute(&mut *tx).await.expect("written");
        }
        tx.commit().await.expect("committed");
    }
    let took = clock.elapsed();
    pool.close().await;
    rate(cases, took)
}

fn texts() -> (String, String, String) {
    (format!("{:STATE$}", "{"), format!("{:SEALED$}", "s"), format!("{:ENTRIES$}", "["))
}

/// The same on a server.
async fn bare_postgres(url: &str, cases: usize) -> f64 {
    let pool = PgPool::connect(url).await.expect("a server");
    sqlx::raw_sql(include_str!("../src/postgres/schema.sql")).execute(&pool).await.expect("tables");
    let (state, sealed, entries) = texts();
    let count = i64::try_from(cases).expect("few");
    sqlx::raw_sql("INSERT INTO protocol (tenant, id, name, version, digest, layout, source, added_at) VALUES (1, 1, 'a', '1', 'd', 'l', 's', 0)")
        .execute(&pool).await.expect("a row");
    sqlx::query("INSERT INTO cases (tenant, id, label, protocol, version, status, place, opened_at, touched_at, next_due, state, secret, sealed)
         SELECT 1, n, 'c' || n, 1, 1, 'running', 'intake', 1, 1, 1, $2, $3, $3 FROM generate_series(1, $1) AS n")
        .bind(count).bind(&state).bind(&sealed).execute(&pool).await.expect("rows");
    sqlx::raw_sql("INSERT INTO timer (tenant, case_id, timer, generation, due_at, armed) SELECT 1, id, 1, 1, 5, true FROM cases; ANALYZE")
        .execute(&pool).await.expect("rows");
    let clock = Instant::now();
    for first in (1..=count).step_by(256) {
        let mut tx = pool.begin().await.expect("a transaction");
        for text in BARE_POSTGRES {
            let statement =
                sqlx::query(text).bind(first).bind(first + 255).bind(&state).bind(&entries).bind(&sealed);
            statement.execute(&mut *tx).await.expect("written");
        }
        tx.commit().await.expect("committed");
    }
    let took = clock.elapsed();
    pool.close().await;
    rate(cases, took)
}

/// The rows of one transition, for a range of cases.
const BARE: [&str; 5] = [
    "UPDATE cases SET version = version + 1, state = ?3 || version, sealed = ?5, next_due = 9 WHERE id BETWEEN ?1 AND ?2 AND ?4 <> ''",
    "INSERT INTO journal (case_id, step, at, entries, recorded_at, due_at, sealed) SELECT id, version, 5, ?4, 5, 5, ?5 FROM cases WHERE id BETWEEN ?1 AND ?2 AND ?3 <> ''",
    "DELETE FROM timer WHERE case_id BETWEEN ?1 AND ?2 AND timer = 1 AND ?3 <> ?4 || ?5",
    "INSERT INTO timer (case_id, timer, generation, due_at, armed) SELECT id, 2, 1, 9, 1 FROM cases WHERE id BETWEEN ?1 AND ?2 AND ?3 <> ?4 || ?5",
    "INSERT INTO outbox (case_id, key, kind, created_at, payload) SELECT id, id || '-2-0', 'notice', 5, '{\"notify\":{}}' FROM cases WHERE id BETWEEN ?1 AND ?2 AND ?3 <> ?4 || ?5",
];

const BARE_POSTGRES: [&str; 5] = [
    "UPDATE cases SET version = version + 1, state = $3::TEXT || version, sealed = $5::TEXT, next_due = 9 WHERE tenant = 1 AND id BETWEEN $1 AND $2 AND $4::TEXT <> ''",
    "INSERT INTO journal (tenant, case_id, step, at, entries, recorded_at, due_at, sealed) SELECT 1, id, version, 5, $4::TEXT, 5, 5, $5::TEXT FROM cases WHERE tenant = 1 AND id BETWEEN $1 AND $2 AND $3::TEXT <> ''",
    "DELETE FROM timer WHERE tenant = 1 AND case_id BETWEEN $1 AND $2 AND timer = 1 AND $3::TEXT <> $4::TEXT || $5::TEXT",
    "INSERT INTO timer (tenant, case_id, timer, generation, due_at, armed) SELECT 1, id, 2, 1, 9, true FROM cases WHERE tenant = 1 AND id BETWEEN $1 AND $2 AND $3::TEXT <> $4::TEXT || $5::TEXT",
    "INSERT INTO outbox (tenant, case_id, key, kind, created_at, payload) SELECT 1, id, id || '-2-0', 'notice', 5, '{\"notify\":{}}' FROM cases WHERE tenant = 1 AND id BETWEEN $1 AND $2 AND $3::TEXT <> $4::TEXT || $5::TEXT",
];

/// What the process takes, in KiB, now and at most.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let lines = status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("VmHWM"));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join(", ")
}

/// How long it takes to open a database and to know what is due first.
async fn cold(database: &Path) {
    let clock = Instant::now();
    let store = Store::open(database).await.expect("opened");
    let runtime = Runtime::new(store.clone(), None).await.expect("a runtime");
    let next = store.next_due(0).await.expect("read");
    println!(
        "cold start: {:.1?} until the first of the timers is known ({})",
        clock.elapsed(),
        next.is_some()
    );
    drop(runtime);
    store.close().await;
}

async fn both(cases: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("engine.db");
    println!("SQLite, WAL, synchronous FULL");
    let engine = storm(&file, cases).await;
    let bare = bare_sqlite(folder.path(), cases).await;
    println!("bare rows of as many transitions: {bare:.0}/s; ratio {:.2}", engine / bare);
    cold(&file).await;
    println!("{}", memory());
    let Some(server) = Postgres::durable() else { return };
    println!("PostgreSQL, synchronous_commit on");
    let url = server.database();
    let engine = storm(Path::new(&url), cases).await;
    let bare = bare_postgres(&server.database(), cases).await;
    println!("bare rows of as many transitions: {bare:.0}/s; ratio {:.2}", engine / bare);
    cold(Path::new(&url)).await;
    println!("{}", memory());
}

fn main() {
    // Cargo gives `--bench` as well.
    let cases = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(20_000);
    let tokio = tokio::runtime::Runtime::new().expect("a runtime");
    tokio.block_on(LocalSet::new().run_until(both(cases)));
}
