//! `kill -9` at named points and at any moment: a program of its own works on a real database and is killed there. What it has
//! acknowledged is there once, what fired has fired once, every journal gives its case, and the next one goes on. A program that
//! is stopped at such a point until its lease is over changes nothing when it goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use voordeur_engine::Entry;
use voordeur_protocol::compile_bundle;
use voordeur_runtime::{
    Channel, Parcel, Routes, Runtime, RuntimeError, Silent, Undelivered, journal, stored_case, timestamp,
};
use voordeur_store::{Kind, Progress, Store, async_trait};
use voordeur_testing::Postgres;

use crate::deadly::{Deadly, KILL, STOP};
use crate::draw::{Dice, SOURCES, event, report};

/// Where it is killed: `after commit` is after the database has it and before anybody hears so.
const POINTS: [&str; 9] = [
    ANY_MOMENT,
    "before claim",
    "after claim",
    "before commit",
    "after commit",
    "before finish",
    "after finish",
    "before settle",
    "after settle",
];

/// Not by itself: somebody else kills it when it has acknowledged something, whatever it does by then.
const ANY_MOMENT: &str = "any moment";

/// How often it is killed when nobody says otherwise, and for how long at most.
const ROUNDS: u64 = 40;
const SECONDS: u64 = 3600;

/// So many rounds are played however long they take: with fewer, chance decides whether anything was killed.
const LEAST: u64 = 20;

/// After so many rounds a new database is begun, so that looking at all of it stays quick.
const FRESH: u64 = 50;

/// What tells the program that it is the one to be killed: where, at the how manieth time, and what to work on.
const ORDER: &str = "VOORDEUR_CRASH";

const HOUR: i64 = 3_600_000_000;
const START: i64 = 1_646_643_600_000_000;

static SERVER: LazyLock<Option<Postgres>> = LazyLock::new(Postgres::start);

/// A channel that takes everything.
#[derive(Debug)]
struct Open;

#[async_trait]
impl Channel for Open {
    async fn send(&self, _parcel: &Parcel) -> Result<(), Undelivered> {
        Ok(())
    }
}

/// Everybody is reached by it.
fn routes() -> Routes {
    let mut routes = Routes::default();
    routes.add("open", Open);
    routes.reach("*", "open");
    routes
}

/// The program that is killed; as a test of its own it does nothing.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "it is started by the test beside it")]
async fn the_one_that_is_killed() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let parts: Vec<&str> = order.split('|').collect();
    let [address, point, left, round] = parts[..] else { panic!("{order}") };
    let (left, round): (u64, u64) = (left.parse().expect("a number"), round.parse().expect("a number"));
    let inner = Store::create(Path::new(address)).await.expect("opened");
    let (point, left) = (point.to_owned(), AtomicU64::new(left));
    let store = Store::new(Deadly { inner, point, left, signal: KILL });
    let mut runtime = Runtime::new(store, None).await.expect("a runtime").delivering(routes());
    let mut postman = runtime.postman();
    let protocol = compile_bundle(SOURCES[0]).protocols.into_iter().next().expect("a pathway");
    let id = runtime.add(protocol.clone(), timestamp(START)).await.expect("added");
    let mut dice = Dice(round);
    // Each round has ten days of its own.
    let mut now = START + i64::try_from(round).expect("small") * 240 * HOUR;
    for step in 0..24 {
        now += i64::try_from(dice.below(9)).expect("small") * HOUR + step;
        let label = format!("case-{}", dice.below(8) + usize::try_from(round).expect("small"));
        let row = runtime.store().case_labelled(&label).await.expect("read");
        let done = match row {
            _ if step % 4 == 3 => {
                runtime.work(timestamp(now), "one", &mut Silent).await.expect("worked");
                postman.round(timestamp(now), "one").await.expect("sent");
                continue;
            }
            None => {
                let event = report(&protocol, &mut dice);
                runtime.open(id, &label, &event, timestamp(now), &mut Silent).await
            }
            Some(row) => {
                let case = stored_case(&row).expect("a case");
                let Some(event) = event(&protocol, &case, &mut dice) else { continue };
                runtime.occur(&label, &event, timestamp(now), &mut Silent).await
            }
        };
        match done {
            Ok(()) => writeln!(std::io::stdout(), "\nacknowledged {label} {now}").expect("told"),
            Err(RuntimeError::Refused(_)) => {}
            Err(error) => panic!("{error}"),
        }
        std::io::stdout().flush().expect("told");
    }
    runtime.store().close().await;
}

/// Starts one of the programs of this file.
fn started(name: &str, order: &str) -> Child {
    let me = std::env::current_exe().expect("this test");
    let mut command = Command::new(me);
    command.args(["--exact", name, "--nocapture"]).env(ORDER, order);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs")
}

/// Runs the program; gives what it acknowledged, and whether it was killed.
fn child(address: &str, point: &str, left: usize, round: u64) -> (Vec<(String, i64)>, bool) {
    let mut child = started("crash::the_one_that_is_killed", &format!("{address}|{point}|{left}|{round}"));
    let mut acknowledged = Vec::new();
    for line in BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok) {
        let Some(line) = line.strip_prefix("acknowledged ") else { continue };
        let (label, at) = line.split_once(' ').expect("a label and a moment");
        acknowledged.push((label.to_owned(), at.parse().expect("a moment")));
        // It goes on until the signal arrives: what it has acknowledged by then is read as well.
        if point == ANY_MOMENT && acknowledged.len() == left + 1 {
            child.kill().expect("killed");
        }
    }
    let mut said = String::new();
    child.stderr.take().expect("its errors").read_to_string(&mut said).expect("read");
    let status = child.wait().expect("it ends");
    let killed = status.code().is_none();
    assert!(killed || status.success(), "{said}");
    (acknowledged, killed)
}

/// Every event and every timer of a database, after proving it.
async fn looked_at(address: &str) -> BTreeMap<(String, i64), usize> {
    let store = Store::open(Path::new(address)).await.expect("opened");
    let runtime = Runtime::new(store, None).await.expect("a runtime");
    assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
    let mut events = BTreeMap::new();
    for row in runtime.store().cases("", 1000).await.expect("read") {
        let mut fired = BTreeSet::new();
        for step in runtime.store().journal(row.id).await.expect("read") {
            if step.due_at.is_none() {
                *events.entry((row.label.clone(), step.at)).or_insert(0) += 1;
            }
            for entry in journal(&step).expect("entries") {
                let Entry::TimerFired(timer) = entry else { continue };
                assert!(fired.insert(timer.id), "{} fired twice", row.label);
            }
        }
    }
    runtime.store().close().await;
    events
}

/// How often it is killed (`VOORDEUR_ROUNDS`), for how many seconds at most (`VOORDEUR_ROUNDS_SECONDS`), and from which seed
/// (`VOORDEUR_SEED`).
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says how long")]
fn wanted(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}

/// What was done on some databases.
#[derive(Debug, Default)]
struct Done {
    rounds: u64,
    kills: u64,
    acknowledged: usize,
}

async fn rounds(mut database: impl FnMut() -> String) {
    let most = wanted("VOORDEUR_ROUNDS", ROUNDS);
    let end = Instant::now() + Duration::from_secs(wanted("VOORDEUR_ROUNDS_SECONDS", SECONDS));
    let (mut done, mut dice) = (Done::default(), Dice(wanted("VOORDEUR_SEED", 1)));
    while done.rounds < most && (Instant::now() < end || done.rounds < LEAST) {
        some_rounds(&database(), FRESH.min(most - done.rounds), end, &mut dice, &mut done).await;
    }
    println!("{done:?}");
    // Who asks for a few looks at these alone.
    let enough = done.kills * 2 > done.rounds && done.acknowledged > 10;
    assert!(enough || most < LEAST, "{done:?}");
}

async fn some_rounds(address: &str, most: u64, end: Instant, dice: &mut Dice, done: &mut Done) {
    let mut acknowledged = Vec::new();
    let mut round = 0;
    while round < most && (Instant::now() < end || done.rounds + round < LEAST) {
        let seed = dice.0;
        let point = POINTS[dice.below(POINTS.len())];
        let (told, killed) = child(address, point, dice.below(4), round);
        done.kills += u64::from(killed);
        acknowledged.extend(told);
        let events = looked_at(address).await;
        let at = format!("seed {seed}, round {round}, {point}");
        assert!(events.values().all(|times| *times == 1), "{at}: {events:?}");
        for event in &acknowledged {
            assert_eq!(events.get(event), Some(&1), "{at}: {event:?}");
        }
        round += 1;
    }
    done.rounds += round;
    done.acknowledged += acknowledged.len();
    // Whoever comes last finds nothing that is stuck.
    let now = START + i64::try_from(round + 1).expect("small") * 240 * HOUR;
    let store = Store::open(Path::new(address)).await.expect("opened");
    let mut runtime = Runtime::new(store, None).await.expect("a runtime").delivering(routes());
    runtime.work(timestamp(now), "last", &mut Silent).await.expect("worked");
    assert_eq!(runtime.store().due(now, 10).await.expect("read"), []);
    assert_eq!(runtime.store().outbox(Kind::Notice, 0, 10).await.expect("read"), []);
    runtime.postman().round(timestamp(now), "last").await.expect("sent");
    let post = runtime.store().post();
    assert_eq!(post.deliveries(Some(Progress::Waiting), 0, 10).await.expect("read"), []);
    let sent = post.deliveries(Some(Progress::Sent), 0, 10).await.expect("read");
    assert!(!sent.is_empty() || acknowledged.is_empty(), "what was acknowledged told somebody");
    runtime.store().close().await;
}

#[tokio::test]
async fn a_program_that_is_killed_at_any_point_loses_and_doubles_nothing_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut number = 0;
    rounds(|| {
        number += 1;
        folder.path().join(format!("{number}.db")).display().to_string()
    })
    .await;
}

#[tokio::test]
async fn a_program_that_is_killed_at_any_point_loses_and_doubles_nothing_on_postgresql() {
    let Some(server) = &*SERVER else { return };
    rounds(|| server.database()).await;
}

/// Takes what is due and sends what is planned, and stands still at the point that it was told. As a test of its own it does
/// nothing.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "it is started by the test beside it")]
async fn the_one_that_stands_still() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let parts: Vec<&str> = order.split('|').collect();
    let [address, point, now] = parts[..] else { panic!("{order}") };
    let now = timestamp(now.parse().expect("a moment"));
    let inner = Store::open(Path::new(address)).await.expect("opened");
    let (point, left) = (point.to_owned(), AtomicU64::new(0));
    let store = Store::new(Deadly { inner, point, left, signal: STOP });
    let mut runtime = Runtime::new(store, None).await.expect("a runtime").delivering(routes());
    runtime.work(now, "zombie", &mut Silent).await.expect("what others have taken is theirs");
    runtime.postman().round(now, "zombie").await.expect("what others have taken is theirs");
    runtime.store().close().await;
}

/// Waits until a program stands still.
fn stopped(child: &mut Child) {
    let status = format!("/proc/{}/stat", child.id());
    loop {
        let stat = std::fs::read_to_string(&status).expect("it is there");
        let state = stat.rsplit(')').next().and_then(|rest| rest.trim().chars().next());
        match state {
            Some('T') => return,
            Some('Z') => panic!("it has ended: {stat}"),
            _ => assert!(child.try_wait().expect("asked").is_none(), "it has ended"),
        }
        std::thread::yield_now();
    }
}

/// Every row that says what happened.
async fn everything(address: &str) -> String {
    let store = Store::open(Path::new(address)).await.expect("opened");
    let mut all = String::new();
    for row in store.cases("", 1000).await.expect("read") {
        let (journal, timers) = (store.journal(row.id).await, store.timers(row.id).await);
        let messages = store.messages(row.id).await.expect("read");
        let sent: Vec<_> = messages.iter().map(|row| (&row.key, row.kind, row.done_at)).collect();
        let deliveries = store.post().deliveries_of(row.id).await.expect("read");
        let settled: Vec<_> = deliveries.iter().map(|row| (&row.key, row.progress, row.done_at)).collect();
        all += &format!("{row:?}\n{journal:?}\n{timers:?}\n{sent:?}\n{settled:?}\n");
    }
    store.close().await;
    all
}

/// It stands still with what it has taken in its hands. Its lease is over by the clock of the other, which is an argument: no time
/// has to pass.
async fn a_zombie_changes_nothing(address: &str, point: &str) {
    let store = Store::create(Path::new(address)).await.expect("opened");
    let mut other = Runtime::new(store, None).await.expect("a runtime").delivering(routes());
    let protocol = compile_bundle(SOURCES[0]).protocols.into_iter().next().expect("a pathway");
    let id = other.add(protocol.clone(), timestamp(START)).await.expect("added");
    for n in 0..12 {
        let event = report(&protocol, &mut Dice(n));
        let label = format!("case-{n}");
        other.open(id, &label, &event, timestamp(START), &mut Silent).await.expect("opened");
    }
    let now = START + 240 * HOUR;
    let mut zombie = started("crash::the_one_that_stands_still", &format!("{address}|{point}|{now}"));
    stopped(&mut zombie);
    // A moment later nobody may have it yet; after the longest lease somebody else has.
    let later = timestamp(now + HOUR);
    let advanced = other.work(later, "other", &mut Silent).await.expect("worked");
    other.postman().round(later, "other").await.expect("sent");
    let before = everything(address).await;
    // Whatever it had in its hands, the other has done.
    let late = point.contains("settle") || point.contains("finish");
    assert!(late || advanced.timers > 0, "{point}: no timer was left to the other");
    let post = other.store().post();
    assert_eq!(post.deliveries(Some(Progress::Waiting), 0, 9).await.expect("read"), []);
    assert_eq!(other.store().outbox(Kind::Notice, 0, 9).await.expect("read"), []);
    let signal = Command::new("kill").args(["-CONT", &zombie.id().to_string()]).status();
    assert!(signal.expect("sent").success());
    let ran = zombie.wait_with_output().expect("it ends");
    assert!(ran.status.success(), "{point}: {}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(everything(address).await, before, "{point}");
    assert_eq!(other.verify(|_, _| {}).await.expect("read").faults, []);
    other.store().close().await;
}

const STANDSTILLS: [&str; 5] =
    ["after claim", "before commit", "before finish", "before settle", "before claim"];

#[tokio::test]
async fn a_program_that_stood_still_past_its_lease_changes_nothing_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    for point in STANDSTILLS {
        let file = folder.path().join(point.replace(' ', "-"));
        a_zombie_changes_nothing(&file.display().to_string(), point).await;
    }
}

#[tokio::test]
async fn a_program_that_stood_still_past_its_lease_changes_nothing_on_postgresql() {
    let Some(server) = &*SERVER else { return };
    for point in STANDSTILLS {
        a_zombie_changes_nothing(&server.database(), point).await;
    }
}
