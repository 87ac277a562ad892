//! A case whose personal values cannot be opened holds up nobody; a key that opens nothing stops everything.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use voordeur_engine::{Entry, Event};
use voordeur_protocol::{CheckedProtocol, compile};
use voordeur_runtime::{Remedy, Runtime, RuntimeError, Silent, SystemClock, Vault, journal};
use voordeur_store::{CaseRow, CaseWrite, Lane, Store};

use crate::incidents::unchanged;

const SOURCE: &str = r#"pathway locked {
  version "1"
  lead    house
  agency  house
  role    worker of house
  data { debts money kept because "a test reads it" }
  trigger knock from anyone { asks debts -> first }
  stage first {
    must task talk by worker within 2 days
    on talk done    -> good
    on talk overdue notify house
    after 6 months  -> bad
  }
  end good success no aftercare because "a test stops here"
  end bad  failure
}
"#;

const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const OTHER: &str = "enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6eno=";

fn pathway() -> CheckedProtocol {
    let compiled = compile(SOURCE);
    assert!(!compiled.has_errors(), "{:?}", compiled.problems);
    compiled.protocols.into_iter().next().expect("a pathway")
}

fn start() -> Timestamp {
    "2024-03-04T09:00:00Z".parse().expect("a moment")
}

fn later(days: i64) -> Timestamp {
    start() + SignedDuration::from_hours(24 * days)
}

async fn runtime(store: &Store, key: Option<&str>) -> Runtime {
    let runtime = Runtime::new(store.clone(), None).await.expect("a runtime");
    match key {
        Some(key) => runtime.sealed_by(Vault::new(key).expect("a key")),
        None => runtime,
    }
}

async fn open(store: &Store, key: Option<&str>, label: &str) -> Result<(), RuntimeError> {
    let mut runtime = runtime(store, key).await;
    let id = runtime.add(pathway(), start()).await.expect("added");
    let values = json!({ "debts": "€900.00" });
    let data = pathway().data_from_json(values.as_object().expect("fields")).expect("data");
    let trigger = pathway().trigger_named("knock").expect("a trigger");
    runtime.open(id, label, &Event::Reported { trigger, data, by: None }, start(), &mut Silent).await
}

async fn change(store: &Store, write: CaseWrite) {
    store.commit(vec![write], Lane::Command).await.expect("written");
}

async fn row(store: &Store, label: &str) -> CaseRow {
    store.case_labelled(label).await.expect("read").expect("there")
}

/// Of `b`: its sealed values are changed, or its key, or it was sealed under another one.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Sealed,
    Secret,
    OtherKey,
}

async fn damaged(damage: Damage) -> Store {
    let store = Store::in_memory();
    for label in ["a", "b", "c"] {
        let key = if label == "b" && matches!(damage, Damage::OtherKey) { OTHER } else { KEY };
        open(&store, Some(key), label).await.expect("opened");
    }
    let b = row(&store, "b").await;
    match damage {
        Damage::Sealed => change(&store, CaseWrite { sealed: Some("AAAA".to_owned()), ..unchanged(b) }).await,
        Damage::Secret => {
            change(&store, CaseWrite { secret: Some("plain:AAAA".to_owned()), ..unchanged(b) }).await;
        }
        Damage::OtherKey => {}
    }
    store
}

async fn fired(runtime: &Runtime) -> [usize; 3] {
    let mut fired = [0; 3];
    for (label, fired) in ["a", "b", "c"].iter().zip(&mut fired) {
        let steps = runtime.store().journal(runtime.row(label).await.expect("there").id).await.expect("read");
        let entries = steps.iter().flat_map(|step| journal(step).expect("entries"));
        *fired = entries.filter(|entry| matches!(entry, Entry::TimerFired(_))).count();
    }
    fired
}

async fn named(runtime: &Runtime) -> Vec<String> {
    runtime.incidents().await.expect("read").iter().map(voordeur_runtime::Incident::name).collect()
}

#[tokio::test]
async fn a_case_that_cannot_be_opened_holds_up_nobody() {
    for damage in [Damage::Sealed, Damage::Secret, Damage::OtherKey] {
        for serving in [true, false] {
            let store = damaged(damage).await;
            let mut runtime = runtime(&store, Some(KEY)).await;
            for _ in 0..2 {
                if serving {
                    runtime.work(later(4), "one", &mut Silent).await.expect("the others go on");
                } else {
                    runtime.advance(later(4), &mut Silent).await.expect("the others go on");
                }
                assert_eq!(fired(&runtime).await, [1, 0, 1], "{damage:?} {serving}");
                let found = named(&runtime).await;
                assert!(found.contains(&"b/timers".to_owned()), "{damage:?} {serving}: {found:?}");
                assert!(found.iter().all(|one| one.starts_with("b/")), "{damage:?} {serving}: {found:?}");
            }
        }
    }
}

#[tokio::test]
async fn it_goes_on_when_its_key_is_there_again() {
    let store = damaged(Damage::OtherKey).await;
    runtime(&store, Some(KEY)).await.work(later(4), "one", &mut Silent).await.expect("worked");
    let mut other = runtime(&store, Some(OTHER)).await;
    for name in named(&other).await {
        let key = name.strip_prefix("b/").expect("of b");
        other.mend("b", key, &Remedy::Retry, None, later(4), &mut Silent).await.expect("freed");
    }
    other.work(later(4), "two", &mut Silent).await.expect("worked");
    assert_eq!(fired(&other).await, [1, 1, 1]);
    assert_eq!(named(&other).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_key_that_opens_nothing_stops_all_and_puts_nothing_aside() {
    let store = Store::in_memory();
    for label in ["a", "b", "c"] {
        open(&store, Some(KEY), label).await.expect("opened");
    }
    // What one has taken is free on the next day.
    for (key, days) in [(None, 4), (Some(OTHER), 5)] {
        let mut wrong = runtime(&store, key).await;
        let told = wrong.serve(&SystemClock, std::future::ready(()), &mut Silent).await;
        assert!(matches!(told, Err(RuntimeError::WrongKey { .. })), "{told:?}");
        let told = wrong.work(later(days), "one", &mut Silent).await;
        assert!(matches!(told, Err(RuntimeError::WrongKey { .. })), "{told:?}");
        let told = wrong.advance(later(days), &mut Silent).await;
        assert!(matches!(told, Err(RuntimeError::WrongKey { .. })), "{told:?}");
        assert_eq!(named(&wrong).await, Vec::<String>::new());
    }
    let right = runtime(&store, Some(KEY)).await;
    right.check_key().await.expect("it is the one");
    right.advance(later(4), &mut Silent).await.expect("nothing was put aside");
    assert_eq!(fired(&right).await, [1, 1, 1]);
}

#[tokio::test]
async fn no_case_lies_open_among_others_that_are_kept_under_a_key() {
    let store = Store::in_memory();
    open(&store, None, "a").await.expect("nobody has a key");
    open(&store, Some(KEY), "b").await.expect("from now on there is one");
    let refused = open(&store, None, "c").await;
    assert!(matches!(&refused, Err(RuntimeError::KeyMissing { label }) if label == "c"), "{refused:?}");
    assert!(store.case_labelled("c").await.expect("read").is_none(), "nothing was written");
    open(&store, Some(KEY), "c").await.expect("with the key");
}
