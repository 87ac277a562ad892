//! A case whose personal values cannot be opened holds up nobody; a key that opens nothing stops everything.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use voordeur_engine::{Entry, Erasure, Event};
use voordeur_protocol::{CheckedProtocol, compile};
use voordeur_runtime::{Remedy, Rewrap, Runtime, RuntimeError, Silent, SystemClock, Vault, journal};
use voordeur_store::{CaseRow, CaseWrite, Key, Lane, StepWrite, Store, StoreError};

use crate::draw::Dice;
use crate::incidents::unchanged;
use crate::world::{Faulty, at_once};

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
        open(&store, Some(KEY), label).await.expect("opened");
    }
    let b = row(&store, "b").await;
    match damage {
        Damage::Sealed => change(&store, CaseWrite { sealed: Some("AAAA".to_owned()), ..unchanged(b) }).await,
        Damage::OtherKey => {
            let other = Store::in_memory();
            open(&other, Some(OTHER), "b").await.expect("opened");
            let CaseRow { secret, sealed, .. } = row(&other, "b").await;
            change(&store, CaseWrite { secret, sealed, ..unchanged(b) }).await;
        }
        Damage::Secret => {
            change(&store, CaseWrite { secret: Some("plain:AAAA".to_owned()), ..unchanged(b) }).await;
        }
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

/// What a program that did not look has written.
async fn written_blindly(store: &Store, key: Option<&str>, label: &str) {
    let other = Store::in_memory();
    open(&other, key, label).await.expect("opened");
    let from = row(&other, label).await;
    let steps = other.journal(from.id).await.expect("read").into_iter().map(|step| StepWrite {
        at: step.at,
        entries: step.entries,
        recorded_at: step.recorded_at.unwrap_or(step.at),
        due_at: step.due_at,
        sealed: step.sealed,
        outgoing: Vec::new(),
    });
    let write = CaseWrite { key: Key::New(label.to_owned()), steps: steps.collect(), ..unchanged(from) };
    change(store, write).await;
}

#[tokio::test]
async fn an_open_key_after_the_others_does_not_hide_that_there_is_a_key() {
    let store = Store::in_memory();
    open(&store, Some(KEY), "a").await.expect("opened");
    written_blindly(&store, None, "b").await;
    let refused = open(&store, None, "c").await;
    assert!(matches!(&refused, Err(RuntimeError::KeyMissing { label }) if label == "c"), "{refused:?}");
    let wrong = runtime(&store, Some(OTHER)).await.check_key().await;
    assert!(matches!(&wrong, Err(RuntimeError::WrongKey { label }) if label == "a"), "{wrong:?}");
}

#[tokio::test]
async fn a_case_is_not_opened_under_another_key_than_the_others() {
    let store = Store::in_memory();
    open(&store, Some(KEY), "a").await.expect("opened");
    let refused = open(&store, Some(OTHER), "b").await;
    assert!(matches!(&refused, Err(RuntimeError::OtherKey { label }) if label == "b"), "{refused:?}");
    assert!(store.case_labelled("b").await.expect("read").is_none(), "nothing was written");
    open(&store, Some(KEY), "b").await.expect("under the same");
}

async fn debts(store: &Store, key: &str, label: &str) -> bool {
    runtime(store, Some(key)).await.case(&row(store, label).await).is_ok_and(|case| !case.data.is_empty())
}

#[tokio::test]
async fn the_keys_of_all_cases_go_over_to_another_key_and_on_where_it_was_stopped() {
    let (old, new) = (Some(KEY), || Vault::new(OTHER).expect("a key"));
    let real = Store::in_memory();
    open(&real, None, "open").await.expect("opened");
    for n in 0..300 {
        open(&real, old, &format!("case-{n}")).await.expect("opened");
    }
    // Stopped after the first part.
    let faulty = Faulty::new(real.clone(), Dice(1));
    faulty.fails.store(0, Ordering::Relaxed);
    let full = Arc::clone(&faulty.full);
    let halfway = at_once(runtime(&Store::new(faulty), old));
    let stopped = at_once(halfway.rewrap(&new(), |_| full.store(true, Ordering::Relaxed)));
    assert!(matches!(stopped, Err(RuntimeError::Store(StoreError::Full { .. }))), "{stopped:?}");
    assert!(
        debts(&real, OTHER, "case-299").await && debts(&real, KEY, "case-0").await,
        "each lies under one"
    );
    let rest = runtime(&real, old).await.rewrap(&new(), |_| {}).await.expect("the rest");
    assert_eq!(rest, Rewrap { moved: 45, kept: 301, left: Vec::new() });
    for label in ["open", "case-0", "case-299"] {
        assert!(debts(&real, OTHER, label).await, "{label}");
    }
    assert!(
        !debts(&real, KEY, "case-0").await && !debts(&real, KEY, "open").await,
        "the old one opens nothing"
    );
    open(&real, Some(OTHER), "later").await.expect("under the new one");
    assert_eq!(runtime(&real, Some(OTHER)).await.verify(|_, _| {}).await.expect("read").faults, []);
}

#[tokio::test]
async fn a_key_that_neither_opens_is_named_and_stays() {
    let store = damaged(Damage::OtherKey).await;
    let third = Vault::new("MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=").expect("a key");
    let before = row(&store, "b").await.secret;
    let done = runtime(&store, Some(KEY)).await.rewrap(&third, |_| {}).await.expect("it goes on");
    assert_eq!(done, Rewrap { moved: 2, kept: 2, left: vec!["b".to_owned()] });
    assert_eq!(row(&store, "b").await.secret, before);
}

/// The key of an operator that is lost opens nothing any more; what it kept shut can be destroyed all the same.
#[tokio::test]
async fn whoever_has_lost_the_key_of_the_operator_can_still_erase() {
    let store = Store::in_memory();
    open(&store, Some(KEY), "a").await.expect("opened");
    let done = Event::Occurred {
        what: pathway().occurrence_named("talk done").expect("there"),
        data: Vec::new(),
        by: None,
    };
    runtime(&store, Some(KEY)).await.occur("a", &done, later(1), &mut Silent).await.expect("ended");
    let without = runtime(&store, None).await;
    without.erase("a", Erasure::Request, later(2), &mut Silent).await.expect("erased");
    assert_eq!(row(&store, "a").await.secret, None);
    let steps = store.journal(row(&store, "a").await.id).await.expect("read");
    let last = journal(steps.last().expect("a step")).expect("entries");
    assert!(last.iter().any(|entry| matches!(entry, Entry::Erased { why: Erasure::Request })), "{last:?}");
    assert_eq!(runtime(&store, Some(KEY)).await.verify(|_, _| {}).await.expect("read").faults, []);
}
