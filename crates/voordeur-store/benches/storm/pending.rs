//! Much that waits: the memory of a worker with many timers that are not due yet, and its start with many open cases. Each is
//! measured in a program of its own.

use std::path::Path;
use std::process::Command;
use std::rc::Rc;
use std::time::Instant;

use voordeur_runtime::{Runtime, Silent};
use voordeur_store::Store;

use crate::base::{Base, postgres, sqlite};
use crate::weather::{fill, moment, protocol};

/// How many cases the timers belong to.
const CASES: usize = 1000;

/// What the process takes now and has taken at most.
pub(crate) fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let lines = status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("VmHWM"));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join(", ")
}

/// How long it takes to open a database and to know what is due first.
pub(crate) async fn cold(database: &Path) {
    let clock = Instant::now();
    let store = Store::open(database).await.expect("opened");
    let runtime = Runtime::new(store.clone(), None).await.expect("a runtime");
    let next = store.next_due(0).await.expect("read");
    let took = clock.elapsed();
    println!("cold start: {took:.1?} until the first of the timers is known ({})", next.is_some());
    drop(runtime);
    store.close().await;
}

/// In a program of its own: opens the database, and works on what is due.
pub(crate) async fn look(database: &Path) {
    cold(database).await;
    let store = Store::open(database).await.expect("opened");
    let mut runtime = Runtime::new(store.clone(), None).await.expect("a runtime");
    let clock = Instant::now();
    let done = runtime.work(moment("2008-03-05T12:00:00Z"), "look", &mut Silent).await.expect("worked");
    println!("{} timers that were due fired in {:.1?}; {}", done.timers, clock.elapsed(), memory());
    store.close().await;
}

fn look_at(database: &Path) {
    let me = std::env::current_exe().expect("this program");
    let status = Command::new(me).arg("look").arg(database).status().expect("it runs");
    assert!(status.success());
}

pub(crate) async fn filled(base: &Base, name: &str, cases: usize) -> std::path::PathBuf {
    let address = base.database(name);
    let store = Store::create(&address).await.expect("a database");
    let mut runtime = Runtime::new(store.clone(), None).await.expect("a runtime");
    let id = runtime.add(protocol(), moment("2008-03-03T09:00:00Z")).await.expect("added");
    fill(&Rc::new(runtime), id, "c", cases, 256).await;
    store.close().await;
    address
}

/// A hundredth of so many timers, and all of them: what a worker takes.
pub(crate) async fn timers(base: &Base, most: usize) {
    for (count, name) in [(most / 100, "few"), (most, "many")] {
        let address = filled(base, name, CASES).await;
        let each = i64::try_from(count / CASES).expect("few");
        // They are due years later, and their cases do not know of them: nothing but their number counts here.
        match base {
            Base::Sqlite(_) => {
                let pool = sqlite(&address, false).await;
                sqlx::query("WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < $1)
                     INSERT INTO timer (case_id, timer, generation, due_at, armed, party)
                     SELECT id, 1000000 + n, 1, 2000000000000000 + (n * 7919 + id * 104729) % 1000000007, 1, 'worker' FROM cases, n WHERE id <= 1000")
                    .bind(each).execute(&pool).await.expect("rows");
                pool.close().await;
            }
            Base::Postgres(_) => {
                let pool = postgres(&address).await;
                sqlx::query("INSERT INTO timer (tenant, case_id, timer, generation, due_at, armed, party)
                     SELECT 1, id, 1000000 + n, 1, 2000000000000000 + (n * 7919 + id * 104729) % 1000000007, TRUE, 'worker'
                     FROM cases, generate_series(1, $1::BIGINT) AS n WHERE id <= 1000")
                    .bind(each).execute(&pool).await.expect("rows");
                pool.close().await;
            }
        }
        base.settle(name);
        println!("{count} timers that wait:");
        look_at(&address);
    }
}

/// So many open cases.
pub(crate) async fn cases(base: &Base, count: usize) {
    let address = filled(base, "cases", count).await;
    base.settle("cases");
    println!("{count} open cases:");
    cold(&address).await;
    println!("in a program of its own:");
    let me = std::env::current_exe().expect("this program");
    assert!(Command::new(me).arg("start").arg(&address).status().expect("it runs").success());
}
