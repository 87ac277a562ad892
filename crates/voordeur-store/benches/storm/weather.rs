//! Reports one by one and many at once, and the storm that comes of them.

use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::task::{JoinSet, LocalSet};
use voordeur_engine::Event;
use voordeur_protocol::{CheckedProtocol, compile};
use voordeur_runtime::{Runtime, Silent, SystemClock};
use voordeur_store::Store;

use crate::bare::written;
use crate::base::Base;
use crate::pending::{cold, memory};
use crate::rows::Rows;

pub(crate) const EROPAF: &str = include_str!("../../../../dsl-examples/eropaf/eropaf.pathway");

/// How many reports come in at once while the database is filled, and how many cases bare writes have in a transaction.
const AT_ONCE: usize = 256;

/// Twice as many: while one half waits for the disk the other half comes, so that as many are written together as by bare writes.
const TWICE: usize = 2 * AT_ONCE;

/// How many reports come in one after the other.
const ONE_BY_ONE: usize = 200;

/// How many cases are written again at most: a rate needs no more of them.
const AGAIN: i64 = 40_000;

pub(crate) fn protocol() -> CheckedProtocol {
    compile(EROPAF).protocols.into_iter().next().expect("a pathway")
}

pub(crate) fn moment(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn event(runtime: &Runtime, id: i64) -> Event {
    let trigger =
        runtime.protocols().get(id).expect("there").trigger_named("other_report").expect("a trigger");
    Event::Reported { trigger, data: Vec::new(), by: None }
}

/// The CPU that this program has taken, in seconds: what it takes says more than the clock on a machine that others use.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |n: usize| fields.get(n).and_then(|text| text.parse::<u32>().ok()).unwrap_or_default();
    (f64::from(ticks(11)) + f64::from(ticks(12))) / 100.0
}

/// For each of so many, in millionths of a second.
fn each(seconds: f64, count: usize) -> f64 {
    seconds * 1e6 / f64::from(u32::try_from(count.max(1)).expect("few"))
}

fn rate(count: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(count).expect("few")) / took.as_secs_f64()
}

/// When cases are reported.
const REPORTED: &str = "2008-03-03T09:00:00Z";

/// When their first timers are due, all of them. What is reported now has none that is due.
const STORM: &str = "2008-03-05T12:00:00Z";

pub(crate) async fn opened(runtime: &Runtime, id: i64, label: String, at: &str) {
    let at = moment(at);
    runtime.open(id, &label, &event(runtime, id), at, &mut Silent).await.expect("opened");
}

/// Opens so many cases, one after the other or a number at once; gives how long it takes.
pub(crate) async fn fill(
    runtime: &Rc<Runtime>,
    id: i64,
    prefix: &str,
    cases: usize,
    at_once: usize,
) -> Duration {
    let clock = Instant::now();
    let mut waiting = JoinSet::new();
    for n in 0..cases {
        let (runtime, label) = (Rc::clone(runtime), format!("{prefix}{n}"));
        waiting.spawn_local(async move { opened(&runtime, id, label, REPORTED).await });
        if waiting.len() >= at_once {
            waiting.join_next().await.expect("one").expect("opened");
        }
    }
    waiting.join_all().await;
    clock.elapsed()
}

/// People report new cases while the storm goes on; gives how long each of them waited, shortest first.
async fn people(store: Store, id: i64, prefix: &str, over: Arc<AtomicBool>) -> Vec<Duration> {
    let runtime = Runtime::new(store, None).await.expect("a runtime");
    let mut waited = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let clock = Instant::now();
        opened(&runtime, id, format!("{prefix}-{}", waited.len()), STORM).await;
        waited.push(clock.elapsed());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    waited.sort();
    waited
}

fn told(waited: &[Duration]) -> String {
    let at =
        |part: usize| waited.get(waited.len().saturating_sub(1) * part / 100).copied().unwrap_or_default();
    format!("{} commands, p50 {:.1?}, p99 {:.1?}, most {:.1?}", waited.len(), at(50), at(99), at(100))
}

/// People in this program, on a thread of their own: nothing but the database is between them and the storm.
fn people_here(store: Store, id: i64, over: Arc<AtomicBool>) -> std::thread::JoinHandle<Vec<Duration>> {
    let handle = tokio::runtime::Handle::current();
    std::thread::spawn(move || handle.block_on(LocalSet::new().run_until(people(store, id, "here", over))))
}

/// In a program of its own: people report cases until the input ends.
pub(crate) async fn people_elsewhere(address: &std::path::Path) {
    let store = Store::open(address).await.expect("a database");
    let id = store.protocols().await.expect("read").first().expect("a pathway").id;
    let over = Arc::new(AtomicBool::new(false));
    let ended = Arc::clone(&over);
    std::thread::spawn(move || {
        std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).expect("read");
        ended.store(true, Ordering::Relaxed);
    });
    let waited = people(store.clone(), id, "elsewhere", over).await;
    println!("people in another program: {}", told(&waited));
    store.close().await;
}

/// How fast the rows are written that the engine has added to a database.
async fn bare(base: &Base, before: &Rows, now: &Rows, copy: &std::path::Path, at_a_time: usize) -> f64 {
    let (parts, steps) = now.after(before, at_a_time);
    let before = cpu();
    let rate = rate(steps, written(base, copy, &parts).await);
    println!("bare writes: {:.0} µs of CPU each", each(cpu() - before, steps));
    rate
}

pub(crate) async fn storm(base: &Base, cases: usize) {
    let address = base.database("engine");
    let store = Store::create(&address).await.expect("a database");
    let mut runtime = Runtime::new(store.clone(), None).await.expect("a runtime");
    let id = runtime.add(protocol(), moment(REPORTED)).await.expect("added");
    store.close().await;
    drop(runtime);
    base.copy("engine", "empty");
    let store = Store::open(&address).await.expect("a database");
    let runtime = Rc::new(Runtime::new(store.clone(), None).await.expect("a runtime"));
    let alone = rate(ONE_BY_ONE, fill(&runtime, id, "one-", ONE_BY_ONE, 1).await);
    let half = cases / 2;
    let together = rate(half, fill(&runtime, id, "c", half, AT_ONCE).await);
    let twice = rate(cases - half, fill(&runtime, id, "d", cases - half, TWICE).await);
    drop(runtime);
    send(&store).await;
    store.close().await;
    base.settle("engine");
    base.copy("engine", "before");
    let before = Rows::read(base, &address, AGAIN).await;
    reports(base, &before, alone, [(AT_ONCE, together), (TWICE, twice)]).await;
    let calm = base.copy("before", "calm");
    let alone = blow(&calm, id, false).await;
    // Bare writes before and after the second storm: the machine has other work at one moment than at another.
    let now = Rows::read(base, &calm, before.newest_case()).await;
    let copy = base.copy("before", "again");
    let first = bare(base, &before, &now, &copy, AT_ONCE).await;
    let engine = blow(&address, id, true).await;
    let copy = base.copy("before", "after");
    let second = bare(base, &before, &now, &copy, AT_ONCE).await;
    let bare = f64::midpoint(first, second);
    println!(
        "bare writes of the same rows, {AT_ONCE} cases in a transaction: {first:.0}/s and {second:.0}/s; ratio {:.2}, with people {:.2}",
        alone / bare,
        engine / bare
    );
    drop((before, now));
    cold(&address).await;
    println!("{}", memory());
}

/// The messages of the reports go out, long before the storm.
async fn send(store: &Store) {
    let mut runtime = Runtime::new(store.clone(), None).await.expect("a runtime");
    runtime.work(moment("2008-03-03T10:00:00Z"), "sender", &mut Silent).await.expect("worked");
}

async fn reports(base: &Base, now: &Rows, alone: f64, together: [(usize, f64); 2]) {
    let copy = base.copy("empty", "reports");
    let many = bare(base, &Rows::default(), now, &copy, AT_ONCE).await;
    for (at_once, rate) in together {
        println!(
            "reports: {rate:.0}/s with {at_once} at once; bare writes {many:.0}/s; ratio {:.2}",
            rate / many
        );
    }
    let (mut parts, _) = now.after(&Rows::default(), 1);
    parts.truncate(ONE_BY_ONE);
    let copy = base.copy("empty", "alone");
    let single = rate(parts.len(), written(base, &copy, &parts).await);
    println!("reports: {alone:.0}/s one by one; bare writes {single:.0}/s; ratio {:.2}", alone / single);
}

/// Lets all timers fire that are due at noon of the second day, perhaps while people work; gives how many that are in a second.
async fn blow(address: &std::path::Path, id: i64, with_people: bool) -> f64 {
    let store = Store::open(address).await.expect("a database");
    let over = Arc::new(AtomicBool::new(false));
    let people = with_people.then(|| {
        let me = std::env::current_exe().expect("this program");
        let elsewhere = Command::new(me).arg("people").arg(address).stdin(Stdio::piped()).spawn();
        (people_here(store.clone(), id, Arc::clone(&over)), elsewhere.expect("it runs"))
    });
    // As `serve` does it.
    let runtime = Runtime::new(store.clone(), None).await.expect("a runtime");
    let mut runtime = runtime.recorded_by(SystemClock);
    let (clock, before) = (Instant::now(), cpu());
    let done = runtime.work(moment(STORM), "storm", &mut Silent).await.expect("worked");
    let took = clock.elapsed();
    over.store(true, Ordering::Relaxed);
    let fired = usize::try_from(done.timers).expect("few");
    let rate = rate(fired, took);
    println!("storm: {fired} timers fired at {rate:.0}/s, {:.0} µs of CPU each", each(cpu() - before, fired));
    if let Some((here, mut elsewhere)) = people {
        let waited = tokio::task::spawn_blocking(move || here.join().expect("they worked"));
        println!("people meanwhile: {}", told(&waited.await.expect("they worked")));
        drop(elsewhere.stdin.take());
        assert!(elsewhere.wait().expect("it ends").success());
    }
    store.close().await;
    rate
}
