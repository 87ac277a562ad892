//! Durable events per second on SQLite, next to the bare inserts of the same rows with sqlx, with the same
//! settings and the same number of transactions, in the same run.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and a mistake in it may stop it"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use voordeur_engine::Event;
use voordeur_protocol::{CheckedProtocol, compile};
use voordeur_runtime::{Runtime, Silent};
use voordeur_store::Store;

const EROPAF: &str = include_str!("../../../dsl-examples/eropaf/eropaf.pathway");
const CASES: u32 = 300;

fn protocol() -> CheckedProtocol {
    compile(EROPAF).protocols.into_iter().next().expect("a pathway")
}

fn moment(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

/// Each report in a transaction of its own, then all timers of three months in batches; gives how many steps
/// were made and how long it took.
async fn engine(folder: &Path) -> (u32, Duration) {
    let store = Store::create(&folder.join("engine.db")).await.expect("a database");
    let mut runtime = Runtime::new(store, None).await.expect("a runtime");
    let start = moment("2008-03-03T09:00:00Z");
    let id = runtime.add(protocol(), start).await.expect("added");
    let trigger =
        runtime.protocols().get(id).expect("there").trigger_named("other_report").expect("a trigger");
    let event = Event::Reported { trigger, data: Vec::new(), by: None };
    let clock = Instant::now();
    for n in 0..CASES {
        runtime.open(id, &format!("c{n}"), &event, start, &mut Silent).await.expect("opened");
    }
    let advanced = runtime.advance(moment("2008-06-01T00:00:00Z"), &mut Silent).await.expect("advanced");
    let took = clock.elapsed();
    runtime.store().close().await;
    (CASES + u32::try_from(advanced.timers).expect("few"), took)
}

/// One row of the journal, of the outbox and of the timers, and the state of its case.
struct Rows {
    case: i64,
    step: i64,
    at: i64,
    entries: String,
    state: String,
    outgoing: Vec<(String, String)>,
    /// How many timers it sets, and how many are gone after it.
    timers: (usize, usize),
}

async fn pool(path: &Path, create: bool) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(create)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    SqlitePool::connect_with(options).await.expect("a database")
}

/// What the engine has written, to be written again without it.
async fn rows(folder: &Path) -> Vec<Rows> {
    let from = pool(&folder.join("engine.db"), false).await;
    let text = "SELECT j.case_id, j.step, j.at, j.entries, c.state FROM journal j JOIN cases c ON c.id = j.case_id ORDER BY j.id";
    let found: Vec<(i64, i64, i64, String, String)> =
        sqlx::query_as(text).fetch_all(&from).await.expect("rows");
    let sent: Vec<(i64, String, i64)> =
        sqlx::query_as("SELECT case_id, key, id FROM outbox").fetch_all(&from).await.expect("rows");
    let of = |case: i64, step: i64| {
        let start = format!("{case}-{step}-");
        let mine = sent.iter().filter(|(id, key, _)| *id == case && key.starts_with(&start));
        mine.map(|(_, key, _)| {
            (
                key.clone(),
                "{\"notify\":{\"who\":10,\"reason\":{\"rule\":{\"rule\":3,\"effect\":0}}}}".to_owned(),
            )
        })
        .collect()
    };
    let rows = found.into_iter();
    rows.map(|(case, step, at, entries, state)| Rows {
        case,
        step,
        at,
        timers: (entries.matches("\"timer_set\"").count(), entries.matches("\"timer_fired\"").count()),
        entries,
        state,
        outgoing: of(case, step),
    })
    .collect()
}

/// The bare inserts, as many in a transaction as the runtime writes together.
async fn bare(folder: &Path, rows: &[Rows]) -> Duration {
    let pool = pool(&folder.join("bare.db"), true).await;
    let schema = include_str!("../src/sqlite/schema.sql");
    sqlx::raw_sql(schema).execute(&pool).await.expect("tables");
    sqlx::raw_sql("INSERT INTO protocol VALUES (1, 'a', '1', 'd', 'l', 's', 0)")
        .execute(&pool)
        .await
        .expect("a row");
    let clock = Instant::now();
    let (first, rest): (Vec<&Rows>, Vec<&Rows>) = rows.iter().partition(|row| row.step == 1);
    for row in first {
        together(&pool, &[row]).await;
    }
    let batches = u32::try_from(rest.len()).expect("few").div_ceil(256 * 7).max(2);
    let size = rest.len().div_ceil(usize::try_from(batches).expect("few"));
    for batch in rest.chunks(size.max(1)) {
        together(&pool, batch).await;
    }
    let took = clock.elapsed();
    pool.close().await;
    took
}

async fn together(pool: &SqlitePool, rows: &[&Rows]) {
    let mut tx = pool.begin().await.expect("a transaction");
    for row in rows {
        let text = if row.step == 1 {
            "INSERT INTO cases VALUES (?1, 'c' || ?1, 1, 1, 'running', 'intake', ?2, ?2, ?2, ?3)"
        } else {
            "UPDATE cases SET version = version + 1, touched_at = ?2, next_due = ?2, state = ?3 WHERE id = ?1"
        };
        sqlx::query(text)
            .bind(row.case)
            .bind(row.at)
            .bind(&row.state)
            .execute(&mut *tx)
            .await
            .expect("written");
        let text = "INSERT INTO journal (case_id, step, at, entries) VALUES (?, ?, ?, ?)";
        let journal = sqlx::query(text).bind(row.case).bind(row.step).bind(row.at).bind(&row.entries);
        journal.execute(&mut *tx).await.expect("written");
        for (key, payload) in &row.outgoing {
            let text =
                "INSERT INTO outbox (case_id, key, kind, created_at, payload) VALUES (?, ?, 'notice', ?, ?)";
            let outgoing = sqlx::query(text).bind(row.case).bind(key).bind(row.at).bind(payload);
            outgoing.execute(&mut *tx).await.expect("written");
        }
        for number in 0..row.timers.0 {
            let number = row.step * 100 + i64::try_from(number).expect("few");
            let text = "INSERT INTO timer (case_id, timer, generation, due_at, armed) VALUES (?, ?, 1, ?, 1)";
            let timer = sqlx::query(text).bind(row.case).bind(number).bind(row.at);
            timer.execute(&mut *tx).await.expect("written");
        }
        for _ in 0..row.timers.1 {
            let text = "DELETE FROM timer WHERE case_id = ?1 AND timer = (SELECT min(timer) FROM timer WHERE case_id = ?1)";
            sqlx::query(text).bind(row.case).execute(&mut *tx).await.expect("written");
        }
    }
    tx.commit().await.expect("committed");
}

fn benches(criterion: &mut Criterion) {
    let tokio = tokio::runtime::Runtime::new().expect("a runtime");
    tokio.block_on(async {
        let (mut best_engine, mut best_bare) = (0.0_f64, 0.0_f64);
        for _ in 0..5 {
            let folder = tempfile::tempdir().expect("a folder");
            let (steps, took) = engine(folder.path()).await;
            let rows = rows(folder.path()).await;
            let bare = bare(folder.path(), &rows).await;
            best_engine = best_engine.max(f64::from(steps) / took.as_secs_f64());
            best_bare = best_bare.max(f64::from(steps) / bare.as_secs_f64());
        }
        let ratio = best_engine / best_bare;
        println!("durable: {best_engine:.0} events/s; bare inserts of the same rows: {best_bare:.0} events/s; ratio {ratio:.2} (at least 0.5)");
    });
    let mut group = criterion.benchmark_group("durable");
    group.sample_size(10);
    group.bench_function("300 cases over three months", |bench| {
        bench.iter(|| {
            let folder = tempfile::tempdir().expect("a folder");
            tokio.block_on(engine(folder.path()))
        });
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
