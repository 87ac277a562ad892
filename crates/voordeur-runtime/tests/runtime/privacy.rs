//! Personal values are nowhere to be read in the database, and nowhere at all once their key is destroyed.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use voordeur_engine::{Entry, Erasure, Event};
use voordeur_protocol::{CheckedProtocol, compile};
use voordeur_runtime::{Runtime, RuntimeError, Silent, Vault, stored_case};
use voordeur_store::{Kind, Store};
use voordeur_testing::Postgres;

static SERVER: std::sync::LazyLock<Option<Postgres>> = std::sync::LazyLock::new(Postgres::start);

/// What nobody may find: an amount, a text.
const SECRETS: [&str; 2] = ["7654321", "a very personal remark"];

const SOURCE: &str = r#"pathway sealing {
  version "1"
  keep    case for 5 years after closing
  basis   public_task "Wgs art. 3"
  lead    house
  agency  house
  agency  helper
  role    worker of house
  data {
    arrears money shared with helper
    remark  text  shared with helper
  }
  trigger knock from anyone { asks arrears -> first }
  referral handover { to helper  hands over arrears, remark  accept within 5 working days  declined or overdue: ask again once, then exhausted }
  stage first {
    must task talk by worker within 3 weeks asks remark
    on talk done    -> handing
    on talk overdue notify house
    after 6 months  -> bad
  }
  stage handing {
    must refer handover
    on handover accepted  -> good
    on handover exhausted -> bad
    after 6 months        -> bad
  }
  end good success no aftercare because "a test stops here"
  end bad  failure
}
"#;

const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

fn protocol() -> CheckedProtocol {
    let compiled = compile(SOURCE);
    let errors: Vec<_> = compiled.problems.iter().map(|problem| format!("{problem:?}")).collect();
    compiled.protocols.into_iter().next().unwrap_or_else(|| panic!("{errors:#?}"))
}

fn start() -> Timestamp {
    "2024-03-04T09:00:00Z".parse().expect("a moment")
}

async fn runtime(store: Store) -> Runtime {
    Runtime::new(store, None).await.expect("a runtime").sealed_by(Vault::new(KEY).expect("a key"))
}

fn data(protocol: &CheckedProtocol, values: &serde_json::Value) -> voordeur_engine::Data {
    protocol.data_from_json(values.as_object().expect("fields")).expect("data")
}

/// A case that has recorded both values and is handing them over.
async fn handing(runtime: &mut Runtime) -> CheckedProtocol {
    let protocol = protocol();
    let id = runtime.add(protocol.clone(), start()).await.expect("added");
    let trigger = protocol.trigger_named("knock").expect("a trigger");
    let report =
        Event::Reported { trigger, data: data(&protocol, &json!({ "arrears": "€76543.21" })), by: None };
    runtime.open(id, "a", &report, start(), &mut Silent).await.expect("opened");
    occur(runtime, &protocol, "talk done", &json!({ "remark": SECRETS[1] })).await;
    protocol
}

async fn occur(runtime: &Runtime, protocol: &CheckedProtocol, what: &str, values: &serde_json::Value) {
    let what = protocol.occurrence_named(what).expect("an event");
    let event = Event::Occurred { what, data: data(protocol, values), by: None };
    runtime.occur("a", &event, start(), &mut Silent).await.expect("done");
}

/// The values that the journal has, by name of the field.
async fn told(runtime: &Runtime) -> Vec<String> {
    let row = runtime.row("a").await.expect("there");
    let steps = runtime.history(&row).await.expect("read");
    let entries = steps.into_iter().flat_map(|(_, entries)| entries);
    entries
        .filter_map(|entry| match entry {
            Entry::Recorded { value, .. } => Some(value.to_string()),
            _ => None,
        })
        .collect()
}

fn found_in(bytes: &[u8], what: &str) -> bool {
    bytes.windows(what.len()).any(|window| window == what.as_bytes())
}

#[tokio::test]
async fn no_personal_value_is_to_be_read_in_the_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    let mut runtime = runtime(Store::create(&file).await.expect("made")).await;
    handing(&mut runtime).await;
    assert_eq!(
        told(&runtime).await,
        ["€76543.21".to_owned(), format!("“{}”", SECRETS[1])],
        "who has the key reads it"
    );
    let waiting = runtime.store().outbox(Kind::Notice, 0, 99).await.expect("read");
    assert!(waiting.iter().any(|message| message.payload.starts_with("sealed:")), "the referral waits");
    runtime.store().close().await;
    let bytes = std::fs::read(&file).expect("the file");
    assert!(found_in(&bytes, "handing"), "it is not the values that are looked for otherwise");
    for secret in SECRETS {
        assert!(!found_in(&bytes, secret), "{secret}");
    }
    // The journal has references in their place.
    let store = Store::open(&file).await.expect("opened");
    let id = store.case_labelled("a").await.expect("read").expect("there").id;
    let entries: String =
        store.journal(id).await.expect("read").into_iter().map(|step| step.entries).collect();
    assert!(entries.contains("\"#0\""), "{entries}");
}

#[tokio::test]
async fn the_right_key_opens_and_no_other() {
    let store = Store::in_memory();
    handing(&mut runtime(store.clone()).await).await;
    let right = runtime(store.clone()).await;
    assert_eq!(right.verify(|_, _| {}).await.expect("read").faults, []);
    let other = Vault::new("enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6eno=").expect("a key");
    for wrong in [Vault::default(), other] {
        let wrong = Runtime::new(store.clone(), None).await.expect("a runtime").sealed_by(wrong);
        let row = wrong.row("a").await.expect("there");
        assert!(matches!(wrong.case(&row), Err(RuntimeError::WrongKey { .. })));
        let proof = wrong.verify(|_, _| {}).await;
        assert!(matches!(proof, Err(RuntimeError::WrongKey { .. })), "another key is no damage: {proof:?}");
        stored_case(&row).expect("where the case stands can be read");
    }
    for none in ["", "short", "MDEyMw==", "not base64 at all, but long enough"] {
        assert!(matches!(Vault::new(none), Err(RuntimeError::BadKey)), "{none}");
    }
}

/// Whether something stands in any file of a folder.
fn is_kept(folder: &Path, what: &str) -> bool {
    let files = std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
    files.into_iter().any(|file| found_in(&std::fs::read(file).expect("read"), what))
}

/// On each store: what is erased is gone, the journal says so, and everything else goes on.
#[tokio::test]
async fn erasing_destroys_the_key_and_says_so_in_the_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut places = vec![folder.path().join("a.db").display().to_string()];
    places.extend(SERVER.as_ref().map(Postgres::database));
    let mut stores = vec![Store::in_memory()];
    for place in places {
        stores.push(Store::create(Path::new(&place)).await.expect("made"));
    }
    for store in stores {
        let mut runtime = runtime(store).await;
        let protocol = handing(&mut runtime).await;
        let early = runtime.erase("a", Erasure::Request, start(), &mut Silent).await;
        assert!(matches!(early, Err(RuntimeError::Refused(_))), "it runs: {early:?}");
        occur(&runtime, &protocol, "handover accepted", &json!({})).await;
        assert_eq!(told(&runtime).await.len(), 2);
        let before = runtime.row("a").await.expect("there");
        let (sealed, secret) = (before.sealed, before.secret.expect("a key"));
        let is_file = Path::new(runtime.store().path()).is_file();
        assert_eq!(is_kept(folder.path(), &secret), is_file);
        runtime.erase("a", Erasure::Request, start(), &mut Silent).await.expect("erased");
        assert!(!is_kept(folder.path(), &secret), "neither in the file nor in its log, while it is open");
        runtime.erase("a", Erasure::Request, start(), &mut Silent).await.expect("once more is nothing");
        let row = runtime.row("a").await.expect("there");
        assert!(sealed.is_some() && row.secret.is_none() && row.sealed.is_none(), "{row:?}");
        assert_eq!(told(&runtime).await, ["“#0”", "“#0”"], "references to nothing");
        assert_eq!(runtime.case(&row).expect("a case").data, []);
        let last = runtime.history(&row).await.expect("read").pop().expect("a step").1;
        assert!(last.contains(&Entry::Erased { why: Erasure::Request }), "{last:?}");
        // The referral had not gone out: nobody can read it any more, and nothing is stuck.
        runtime.work(start(), "one", &mut Silent).await.expect("it goes on");
        assert_eq!(runtime.store().outbox(Kind::Notice, 0, 9).await.expect("read"), []);
        assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
        runtime.store().close().await;
    }
}

#[tokio::test]
async fn values_are_kept_for_as_long_as_the_pathway_says_and_no_longer() {
    let mut runtime = runtime(Store::in_memory()).await;
    let protocol = handing(&mut runtime).await;
    let later = start() + SignedDuration::from_hours(24 * 365 * 20);
    assert_eq!(runtime.expired(later, &mut Silent, |_| {}).await.expect("read"), [], "it runs");
    occur(&runtime, &protocol, "handover accepted", &json!({})).await;
    let term = runtime.expired(later, &mut Silent, |_| {}).await.expect("read").remove(0);
    assert_eq!((term.label.as_str(), term.ended_at), ("a", start()));
    assert_eq!(term.kept_until.to_string(), "2029-03-04T09:00:00Z", "five years, by the calendar");
    let before = term.kept_until - SignedDuration::from_secs(1);
    assert_eq!(runtime.expired(before, &mut Silent, |_| {}).await.expect("read"), []);
    assert_eq!(runtime.expired(term.kept_until, &mut Silent, |_| {}).await.expect("read"), [term]);
    runtime.erase("a", Erasure::Term, later, &mut Silent).await.expect("erased");
    assert_eq!(
        runtime.expired(later, &mut Silent, |_| {}).await.expect("read"),
        [],
        "there is nothing left to erase"
    );
}

/// A case may have no personal values at all, and still say which household it was.
#[tokio::test]
async fn a_household_is_taken_off_when_its_term_is_over() {
    let source = r#"pathway door {
  version "1"
  lead    house
  keep case for 6 months after closing
  agency  house
  role    worker of house
  trigger knock from anyone { -> first }
  stage first { must task look by worker within 1 week  on look done -> good  on look overdue -> good }
  end good success no aftercare because "a test stops here"
}
"#;
    let compiled = compile(source);
    let protocol = compiled.protocols.into_iter().next().unwrap_or_else(|| panic!("{:?}", compiled.problems));
    let mut runtime = runtime(Store::in_memory()).await;
    let id = runtime.add(protocol.clone(), start()).await.expect("added");
    let trigger = protocol.trigger_named("knock").expect("there");
    let knock = Event::Reported { trigger, data: voordeur_engine::Data::new(), by: None };
    let of_household = voordeur_runtime::Opened { household: Some("h-1"), ..Default::default() };
    runtime.open_tied(id, "a", &knock, start(), of_household, &mut Silent).await.expect("opened");
    runtime.advance(start() + SignedDuration::from_hours(24 * 10), &mut Silent).await.expect("ended");
    let later = start() + SignedDuration::from_hours(24 * 365);
    let expired = runtime.expired(later, &mut Silent, |_| {}).await.expect("read");
    assert_eq!(expired.iter().map(|term| term.label.as_str()).collect::<Vec<_>>(), ["a"]);
    runtime.erase("a", Erasure::Term, later, &mut Silent).await.expect("erased");
    assert_eq!(runtime.row("a").await.expect("there").household, None);
    assert_eq!(runtime.expired(later, &mut Silent, |_| {}).await.expect("read"), []);
}
