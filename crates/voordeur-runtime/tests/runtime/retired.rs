//! A version that is retired gets no new cases: not by a race, not by a case that starts others, not by cases that come over, and not
//! by a text that only looks different.

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use voordeur_engine::{Case, Succession};
use voordeur_protocol::{CheckedProtocol, compile};
use voordeur_runtime::{Heir, Incident, Runtime, RuntimeError, Silent, stored_case};
use voordeur_store::{Retirement, Store};

use crate::children::{later, pathway, signal, source, start};
use crate::draw::Dice;
use crate::world::{Faulty, at_once};

fn one(version: &str, within: &str) -> CheckedProtocol {
    let source = format!(
        r#"pathway one {{
  version "{version}"
  lead    house
  open cases {{ recompute from start }}
  agency  house
  role    worker of house
  trigger knock from anyone {{ -> first }}
  stage first {{
    must task talk by worker within {within}
    on talk done    -> good
    on talk overdue notify house
    after 6 months  -> bad
  }}
  end good success no aftercare because "a test stops here"
  end bad  failure
}}
"#
    );
    let compiled = compile(&source);
    assert!(!compiled.has_errors(), "{:?}", compiled.problems);
    compiled.protocols.into_iter().next().expect("a pathway")
}

fn knock() -> voordeur_engine::Event {
    let trigger = one("1", "3 weeks").trigger_named("knock").expect("a trigger");
    voordeur_engine::Event::Reported { trigger, data: voordeur_engine::Data::new(), by: None }
}

async fn case(runtime: &Runtime, label: &str) -> Case {
    stored_case(&runtime.row(label).await.expect("there")).expect("a case")
}

async fn ran_on(runtime: &Runtime, label: &str) -> String {
    let row = runtime.row(label).await.expect("there");
    runtime.protocols().get(row.protocol).expect("known").version.clone()
}

/// Somebody retires the version right before the case is written.
fn retired_now(store: &Store) {
    let retirement = Retirement { at: 1, successor: None, owner: Some("house".to_owned()) };
    at_once(store.retire(&[1], &retirement)).expect("retired");
}

#[tokio::test]
async fn a_version_that_is_retired_at_that_moment_gets_no_case() {
    let inner = Store::in_memory();
    let faulty = Faulty::new(inner.clone(), Dice(1)).calling(retired_now);
    faulty.fails.store(0, Ordering::Relaxed);
    let mut runtime = Runtime::new(Store::new(faulty), None).await.expect("a runtime");
    let id = runtime.add(one("1", "3 weeks"), start()).await.expect("added");
    assert_eq!(id, 1);
    let refused = runtime.open(id, "a", &knock(), start(), &mut Silent).await;
    assert!(matches!(&refused, Err(RuntimeError::Retired { name, .. }) if name == "one"), "{refused:?}");
    let refused = runtime.import(id, "b", &[(start(), knock())], &mut Silent).await;
    assert!(matches!(refused, Err(RuntimeError::Retired { .. })), "{refused:?}");
    assert_eq!(inner.cases("", 9).await.expect("read"), []);
}

#[tokio::test]
async fn a_text_that_only_looks_different_is_retired_too() {
    let mut runtime = Runtime::new(Store::in_memory(), None).await.expect("a runtime");
    runtime.add(one("1", "3 weeks"), start()).await.expect("added");
    runtime.retire("one", "1", Heir::Owner("house"), start(), &mut Silent, |_| {}).await.expect("retired");
    let source = format!("# A comment.\n{}", one("1", "3 weeks").source());
    let other = compile(&source).protocols.into_iter().next().expect("a pathway");
    let id = runtime.add(other, start()).await.expect("it means the same");
    let refused = runtime.open(id, "a", &knock(), start(), &mut Silent).await;
    assert!(matches!(refused, Err(RuntimeError::Retired { .. })), "{refused:?}");
}

async fn household() -> Runtime {
    let mut runtime = Runtime::new(Store::in_memory(), None).await.expect("a runtime");
    let id = runtime.add(pathway(&source("1", "worse"), "door"), start()).await.expect("added");
    runtime.open(id, "a", &signal(1), start(), &mut Silent).await.expect("opened");
    let heir = Heir::Owner("worker");
    runtime.retire("kid", "1", heir, start(), &mut Silent, |_| {}).await.expect("retired");
    runtime
}

async fn incidents(runtime: &Runtime) -> Vec<Incident> {
    runtime.incidents().await.expect("read")
}

#[tokio::test]
async fn what_a_case_starts_runs_on_a_version_that_is_not_retired() {
    let mut runtime = household().await;
    // Another program has published it.
    let mut other = Runtime::new(runtime.store().clone(), None).await.expect("a runtime");
    other.add(pathway(&source("2", "worse"), "kid"), start()).await.expect("added");
    runtime.work(start(), "worker", &mut Silent).await.expect("worked");
    assert_eq!(incidents(&runtime).await, []);
    assert_eq!(ran_on(&other, "a-talks-1").await, "2");
    assert_eq!(case(&other, "a-talks-1").await.parent.expect("a parent").label.as_ref(), "a");
    let done = pathway(&source("2", "worse"), "kid").occurrence_named("speak done").expect("an event");
    let event = voordeur_engine::Event::Occurred { what: done, data: voordeur_engine::Data::new(), by: None };
    other.occur("a-talks-1", &event, later(), &mut Silent).await.expect("done");
    other.advance(later(), &mut Silent).await.expect("it goes on");
    assert_eq!(other.row("a").await.expect("there").place, "good");
    assert_eq!(other.verify(|_, _| {}).await.expect("read").faults, []);
}

#[tokio::test]
async fn what_a_case_starts_waits_for_an_operator_where_no_version_can_take_it() {
    let mut runtime = household().await;
    // It ends in a way that the household does not know.
    runtime.add(pathway(&source("2", "elsewhere"), "kid"), start()).await.expect("added");
    runtime.work(start(), "worker", &mut Silent).await.expect("worked");
    assert_eq!(runtime.store().case_labelled("a-talks-1").await.expect("read"), None);
    let found = incidents(&runtime).await;
    let [only] = &found[..] else { panic!("one incident: {found:?}") };
    assert!(only.label == "a" && only.why.contains("version 1 of `kid` is retired"), "{only:?}");
    runtime.add(pathway(&source("3", "worse"), "kid"), start()).await.expect("added");
    let again = voordeur_runtime::Remedy::Retry;
    runtime.mend("a", &only.key, &again, None, start(), &mut Silent).await.expect("freed");
    runtime.work(later(), "worker", &mut Silent).await.expect("worked");
    assert_eq!(ran_on(&runtime, "a-talks-1").await, "3");
}

async fn two_versions() -> (Runtime, CheckedProtocol, CheckedProtocol) {
    let (old, new) = (one("1", "3 weeks"), one("2", "2 weeks"));
    let mut runtime = Runtime::new(Store::in_memory(), None).await.expect("a runtime");
    let id = runtime.add(old.clone(), start()).await.expect("added");
    runtime.add(new.clone(), start()).await.expect("added");
    for label in ["a", "b"] {
        runtime.open(id, label, &knock(), start(), &mut Silent).await.expect("opened");
    }
    (runtime, old, new)
}

#[tokio::test]
async fn no_case_comes_over_to_a_version_that_is_retired() {
    let (mut runtime, old, new) = two_versions().await;
    let journey = runtime.journey(&old, &new).expect("a way");
    runtime.retire("one", "2", Heir::Owner("house"), start(), &mut Silent, |_| {}).await.expect("retired");
    let planned = runtime.plan(&journey, later(), &mut Silent, |_| {}, |_| {}).await;
    assert!(matches!(planned, Err(RuntimeError::Retired { .. })), "{planned:?}");
    let came = runtime.migrate(&journey, later(), &mut Silent, |_| {}).await;
    assert!(matches!(came, Err(RuntimeError::Retired { .. })), "{came:?}");
    assert_eq!(ran_on(&runtime, "a").await, "1");
}

/// Whoever goes over to a version has to be able to go there.
#[tokio::test]
async fn a_version_to_which_open_cases_go_over_is_not_retired_before_they_have_another_heir() {
    let (mut runtime, ..) = two_versions().await;
    let successor = Heir::Version("2");
    runtime.retire("one", "1", successor, start(), &mut Silent, |_| {}).await.expect("retired");
    let owner = Heir::Owner("house");
    let refused = runtime.retire("one", "2", owner, start(), &mut Silent, |_| {}).await;
    assert!(matches!(&refused, Err(RuntimeError::Inherits { older, .. }) if older == "1"), "{refused:?}");
    let heard = runtime.retire("one", "1", owner, start(), &mut Silent, |_| {}).await.expect("retired");
    assert_eq!(heard, 2, "both cases hear who answers for them now");
    runtime.retire("one", "2", owner, start(), &mut Silent, |_| {}).await.expect("retired");
    assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
}

/// Somebody retires the new version right before the cases are written that come over to it.
fn new_one_retired(store: &Store) {
    static COMMITS: AtomicU32 = AtomicU32::new(0);
    if COMMITS.fetch_add(1, Ordering::Relaxed) == 0 {
        let retirement = Retirement { at: 1, successor: None, owner: Some("house".to_owned()) };
        at_once(store.retire(&[2], &retirement)).expect("retired");
    }
}

#[tokio::test]
async fn no_case_comes_over_to_a_version_that_is_retired_at_that_moment() {
    let (runtime, old, new) = two_versions().await;
    let faulty = Faulty::new(runtime.store().clone(), Dice(1)).calling(new_one_retired);
    faulty.fails.store(0, Ordering::Relaxed);
    let mut other = Runtime::new(Store::new(faulty), None).await.expect("a runtime");
    let journey = other.journey(&old, &new).expect("a way");
    let came = other.migrate(&journey, later(), &mut Silent, |_| {}).await;
    assert!(matches!(came, Err(RuntimeError::Retired { .. })), "{came:?}");
    assert_eq!((ran_on(&runtime, "a").await, ran_on(&runtime, "b").await), ("1".into(), "1".into()));
}

#[tokio::test]
async fn who_goes_back_to_a_version_that_is_retired_meanwhile_is_told_who_goes_on() {
    let (mut runtime, old, new) = two_versions().await;
    let journey = runtime.journey(&old, &new).expect("a way");
    assert_eq!(runtime.migrate(&journey, later(), &mut Silent, |_| {}).await.expect("migrated"), 2);
    let heir = Heir::Owner("house");
    let told = runtime.retire("one", "1", heir, later(), &mut Silent, |_| {}).await;
    assert_eq!(told.expect("retired"), 0, "none of them runs on it");
    let day_after: Timestamp = "2024-03-06T09:00:00Z".parse().expect("a moment");
    let undone = runtime.undo(&journey, day_after, &mut Silent, |_| {}).await.expect("undone");
    assert_eq!((undone.back, undone.stay), (2, 0));
    let owner = old.party_named("house").expect("a party");
    for label in ["a", "b"] {
        assert_eq!(ran_on(&runtime, label).await, "1");
        assert_eq!(case(&runtime, label).await.ties.retired, Some(Succession::Owner(owner)), "{label}");
    }
    let again = runtime.retire("one", "1", heir, day_after, &mut Silent, |_| {}).await;
    assert_eq!(again.expect("again"), 0, "all of them know");
    assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
}
