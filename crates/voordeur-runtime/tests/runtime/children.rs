//! Cases that start other cases: none is lost when the database is away, none is there twice, and each can be found.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use voordeur_engine::{Case, Data, Event};
use voordeur_protocol::{CheckedProtocol, compile_bundle};
use voordeur_runtime::{Incident, Remedy, Runtime, RuntimeError, Silent, stored_case};
use voordeur_store::{CaseWrite, Key, Kind, Lane, Store};

use crate::draw::Dice;
use crate::incidents::unchanged;
use crate::world::{Faulty, at_once};

/// A household, and a talk with each of its children.
pub(crate) fn source(version: &str, end: &str) -> String {
    format!(
        r#"pathway door "Door" {{
  version "{version}"
  lead house
  agency house
  role worker of house
  data {{ kids count 0..3 }}
  trigger signal from anyone {{ asks kids -> first }}
  stage first {{
    must start talks {{ pathway kid through kid_found for each kids }}
    on talks all_ended -> good
    after 2 years      -> bad
  }}
  end good success no aftercare because "a test stops here"
  end bad failure
}}
pathway kid "Kid" {{
  version "{version}"
  lead house
  agency house
  role worker of house
  trigger kid_found from house {{ -> talk }}
  trigger walked_in from anyone {{ -> talk }}
  stage talk {{
    must task speak by worker within 2 weeks
    on speak done    -> fine
    on speak overdue -> {end}
  }}
  end fine success no aftercare because "a test stops here"
  end {end} failure
}}
"#
    )
}

pub(crate) fn pathway(text: &str, name: &str) -> CheckedProtocol {
    let compiled = compile_bundle(text);
    assert!(!compiled.has_errors(), "{:?}", compiled.problems);
    compiled.protocols.into_iter().find(|one| one.name == name).expect("a pathway")
}

pub(crate) fn start() -> Timestamp {
    "2024-03-04T09:00:00Z".parse().expect("a moment")
}

/// Later than any lease.
pub(crate) fn later() -> Timestamp {
    start() + SignedDuration::from_hours(24)
}

pub(crate) fn signal(kids: i64) -> Event {
    let protocol = pathway(&source("1", "worse"), "door");
    let data = serde_json::json!({ "kids": kids });
    Event::Reported {
        trigger: protocol.trigger_named("signal").expect("a trigger"),
        data: protocol.data_from_json(data.as_object().expect("fields")).expect("data"),
        by: None,
    }
}

/// A household with so many children is reported; nothing is started yet.
async fn reported(store: Store, label: &str, kids: i64) -> Runtime {
    let mut runtime = Runtime::new(store, None).await.expect("a runtime");
    let id = runtime.add(pathway(&source("1", "worse"), "door"), start()).await.expect("added");
    runtime.open(id, label, &signal(kids), start(), &mut Silent).await.expect("opened");
    runtime
}

async fn labels(store: &Store) -> Vec<String> {
    store.cases("", 99).await.expect("read").into_iter().map(|row| row.label).collect()
}

async fn named(runtime: &Runtime) -> Vec<String> {
    runtime.incidents().await.expect("read").iter().map(Incident::name).collect()
}

async fn case(runtime: &Runtime, label: &str) -> Case {
    stored_case(&runtime.row(label).await.expect("there")).expect("a case")
}

/// Each of its talks is had.
async fn talked(runtime: &Runtime, labels: &[&str]) {
    for label in labels {
        let protocol = pathway(&source("1", "worse"), "kid");
        let what = protocol.occurrence_named("speak done").expect("an event");
        let event = Event::Occurred { what, data: Data::new(), by: None };
        runtime.occur(label, &event, later(), &mut Silent).await.expect("done");
    }
    runtime.advance(later(), &mut Silent).await.expect("it goes on");
}

/// That a case starts others, and that these tell it of their ends, waits where calls of plugins wait.
#[tokio::test]
async fn what_cases_tell_each_other_counts_as_no_call_of_a_plugin() {
    let mut runtime = reported(Store::in_memory(), "a", 2).await;
    let done = runtime.advance_case("a", start(), &mut Silent).await.expect("it goes on");
    assert_eq!((done.calls, labels(runtime.store()).await.len()), (0, 3), "its talks are there");
    talked(&runtime, &["a-talks-1"]).await;
    let spoken = pathway(&source("1", "worse"), "kid").occurrence_named("speak done").expect("an event");
    let event = Event::Occurred { what: spoken, data: Data::new(), by: None };
    runtime.occur("a-talks-2", &event, later(), &mut Silent).await.expect("done");
    let done = runtime.work(later(), "worker", &mut Silent).await.expect("it works");
    assert_eq!(done.calls, 0);
    assert_eq!(runtime.row("a").await.expect("there").place, "good");
}

#[tokio::test]
async fn children_whose_start_is_broken_off_are_started_later_and_once() {
    let inner = Store::in_memory();
    let whole = reported(inner.clone(), "a", 3).await;
    for (commits, days) in [(0, 0), (2, 2)] {
        // What another one has taken comes free after a while.
        let at = start() + SignedDuration::from_hours(24 * days);
        let faulty = Faulty::new(inner.clone(), Dice(1)).stopping_after(commits);
        faulty.fails.store(0, Ordering::Relaxed);
        let mut worker = Runtime::new(Store::new(faulty), None).await.expect("a runtime");
        worker.work(at, "worker", &mut Silent).await.expect_err("the database is gone");
        assert_eq!(inner.outbox(Kind::Call, 0, 9).await.expect("read").len(), 1, "it waits still");
    }
    let mut other = Runtime::new(inner.clone(), None).await.expect("a runtime");
    other.work(start() + SignedDuration::from_hours(96), "other", &mut Silent).await.expect("worked");
    assert_eq!(labels(&inner).await, ["a", "a-talks-1", "a-talks-2", "a-talks-3"]);
    assert_eq!(named(&other).await, [""; 0]);
    talked(&whole, &["a-talks-1", "a-talks-2", "a-talks-3"]).await;
    assert_eq!(whole.row("a").await.expect("there").place, "good", "it has waited for all of them");
    assert_eq!(whole.verify(|_, _| {}).await.expect("read").faults, []);
}

/// Somebody else opens a case under the label of the child before it is written.
fn taken(store: &Store) {
    static ONCE: AtomicBool = AtomicBool::new(true);
    if !ONCE.swap(false, Ordering::Relaxed) {
        return;
    }
    let runtime = at_once(Runtime::new(store.clone(), None)).expect("a runtime");
    let protocol = runtime.protocols().iter().find(|(_, one)| one.name == "kid").map(|(id, _)| id);
    let trigger = pathway(&source("1", "worse"), "kid").trigger_named("walked_in").expect("a trigger");
    let event = Event::Reported { trigger, data: Data::new(), by: None };
    at_once(runtime.open(protocol.expect("there"), "a-talks-1", &event, start(), &mut Silent))
        .expect("opened");
}

#[tokio::test]
async fn a_label_that_somebody_takes_at_that_moment_is_passed_over() {
    let inner = Store::in_memory();
    let whole = reported(inner.clone(), "a", 1).await;
    let faulty = Faulty::new(inner.clone(), Dice(1)).calling(taken);
    faulty.fails.store(0, Ordering::Relaxed);
    let mut worker = Runtime::new(Store::new(faulty), None).await.expect("a runtime");
    worker.work(start(), "worker", &mut Silent).await.expect("worked");
    assert_eq!(labels(&inner).await, ["a", "a-talks-1", "a-talks-2"]);
    assert_eq!(case(&whole, "a-talks-1").await.parent, None);
    assert_eq!(case(&whole, "a-talks-2").await.parent.expect("a parent").label.as_ref(), "a");
}

#[tokio::test]
async fn a_child_that_is_damaged_is_there_all_the_same() {
    let inner = Store::in_memory();
    let whole = reported(inner.clone(), "a", 2).await;
    let faulty = Faulty::new(inner.clone(), Dice(1)).stopping_after(1);
    faulty.fails.store(0, Ordering::Relaxed);
    let mut worker = Runtime::new(Store::new(faulty), None).await.expect("a runtime");
    worker.work(start(), "worker", &mut Silent).await.expect_err("the database is gone");
    let first = whole.row("a-talks-1").await.expect("there");
    let write = CaseWrite { state: "{".to_owned(), ..unchanged(first) };
    inner.commit(vec![write], Lane::Command).await.expect("damaged");
    let mut other = Runtime::new(inner.clone(), None).await.expect("a runtime");
    other.work(later(), "other", &mut Silent).await.expect("worked");
    assert_eq!(labels(&inner).await, ["a", "a-talks-1", "a-talks-2"]);
}

pub(crate) async fn sql(file: &Path, text: &'static str) {
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(file)).await.expect("opened");
    sqlx::raw_sql(text).execute(&pool).await.expect("done");
    pool.close().await;
}

#[tokio::test]
async fn children_that_cannot_be_made_wait_for_an_operator() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    let whole = reported(Store::create(&file).await.expect("made"), "a", 2).await;
    whole.store().close().await;
    sql(&file, "UPDATE protocol SET layout = layout || 'x' WHERE name = 'kid'").await;
    let opened =
        async || Runtime::new(Store::open(&file).await.expect("opened"), None).await.expect("a runtime");
    // Whoever works on this case alone, or on all of them.
    let mut runtime = opened().await;
    runtime.advance_case("a", start(), &mut Silent).await.expect("the report stands");
    runtime.work(later(), "worker", &mut Silent).await.expect("the others go on");
    let found = runtime.incidents().await.expect("read");
    let [one] = &found[..] else { panic!("one incident: {found:?}") };
    assert!(one.key.starts_with("message-") && one.label == "a", "{one:?}");
    assert!(one.why.contains("the stored pathway `kid` (version 1) cannot be used"), "{one:?}");
    runtime.store().close().await;
    sql(&file, "UPDATE protocol SET layout = substr(layout, 1, length(layout) - 1) WHERE name = 'kid'").await;
    let mut runtime = opened().await;
    runtime.mend("a", &one.key, &Remedy::Retry, None, later(), &mut Silent).await.expect("freed");
    runtime.work(later(), "worker", &mut Silent).await.expect("worked");
    assert_eq!(labels(runtime.store()).await, ["a", "a-talks-1", "a-talks-2"]);
    assert_eq!(named(&runtime).await, [""; 0]);
    assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
}

#[tokio::test]
async fn the_child_of_a_case_with_a_long_label_can_be_found_and_told_of() {
    let parent = "3f2a04e0-4f8c-11d3-9a0c-c305e82c33fa";
    let runtime = reported(Store::in_memory(), parent, 2).await;
    runtime.advance(start(), &mut Silent).await.expect("they are started");
    let all = labels(runtime.store()).await;
    let children: Vec<&str> = all.iter().map(String::as_str).filter(|label| *label != parent).collect();
    assert_eq!(children.len(), 2, "{all:?}");
    assert!(children.iter().all(|label| label.len() <= 40), "{all:?}");
    assert!(children.iter().all(|label| label.starts_with("3f2a04e0-4f8c-11")), "{all:?}");
    talked(&runtime, &children).await;
    assert_eq!(runtime.row(parent).await.expect("there").place, "good");
}

/// An older program made labels of any length.
#[tokio::test]
async fn a_case_with_a_label_that_no_new_case_gets_is_reached_and_counts() {
    let parent = "3f2a04e0-4f8c-11d3-9a0c-c305e82c33fa";
    let elsewhere = reported(Store::in_memory(), parent, 1).await;
    elsewhere.advance(start(), &mut Silent).await.expect("started");
    let short = labels(elsewhere.store()).await.into_iter().find(|label| label != parent).expect("a child");
    let row = elsewhere.row(&short).await.expect("there");
    let older = format!("{parent}-talks-1");
    let write = CaseWrite { key: Key::New(older.clone()), ..unchanged(row) };
    let runtime = reported(Store::in_memory(), parent, 1).await;
    runtime.store().commit(vec![write], Lane::Command).await.expect("written");
    runtime.advance(start(), &mut Silent).await.expect("it is there");
    assert_eq!(labels(runtime.store()).await, [parent, older.as_str()]);
    talked(&runtime, &[&older]).await;
    assert_eq!(runtime.row(parent).await.expect("there").place, "good");
    for wrong in ["a\0b", "Jan Jansen"] {
        let refused = runtime.row(wrong).await;
        assert!(matches!(refused, Err(RuntimeError::BadLabel { .. })), "{refused:?}");
    }
}
