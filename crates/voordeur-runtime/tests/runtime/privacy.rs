//! Personal values are nowhere to be read in the database, and nowhere at all once their key is destroyed.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use voordeur_engine::{Entry, Erasure, Event, describe};
use voordeur_protocol::model::Deviation;
use voordeur_protocol::{CheckedProtocol, compile};
use voordeur_runtime::{Runtime, RuntimeError, Silent, Vault, stored_case};
use voordeur_store::{ItemQuery, Kind, Store, Whose};
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

/// Terms that count from a day of the household, and a birthday.
const DAYS: &str = r#"pathway days {
  version "1"
  keep    case for 5 years after closing
  basis   public_task "Wgs art. 3"
  lead    house
  agency  house
  role    worker of house
  data {
    born     birthdate
    eviction date
  }
  trigger knock from anyone { asks born, eviction -> first }
  always {
    on birthday 18 of born notify house "of age"
    after 3 days of eviction notify house "three days"
  }
  stage first {
    must task warn by worker 5 days before eviction
    remind worker 2 days before warn is due
    on warn done    -> rest
    on warn overdue notify house
    deviation worker may move to rest
    after 6 months  -> bad
  }
  stage rest { after 6 months -> bad }
  end bad  failure
}
"#;

/// What leads back to the days: these, the moments at which they begin, and when the task is due.
const DAYS_TOLD: [&str; 5] = ["2024-05-27", "2024-05-26T", "2006-05-06", "2006-05-05T", "2024-05-22T"];

const REASON: &str = "the eviction was called off";

/// The text of all steps of the journal, the state and the messages, as they are stored.
async fn stored(store: &Store) -> String {
    let row = store.case_labelled("a").await.expect("read").expect("there");
    let steps = store.journal(row.id).await.expect("read").into_iter().map(|step| step.entries);
    let items = store.post().items_of(row.id).await.expect("read").into_iter().map(|item| item.message);
    let messages = store.messages(row.id).await.expect("read").into_iter().filter_map(|row| row.payload);
    steps.chain([row.state]).chain(items).chain(messages).collect()
}

async fn days_of_a_household(store: Store) -> Runtime {
    household_with(store, "2024-05-27").await
}

async fn household_with(store: Store, eviction: &str) -> Runtime {
    let compiled = compile(DAYS);
    let protocol =
        compiled.protocols.into_iter().next().unwrap_or_else(|| panic!("{:#?}", compiled.problems));
    let mut runtime = runtime(store).await;
    let id = runtime.add(protocol.clone(), start()).await.expect("added");
    let trigger = protocol.trigger_named("knock").expect("there");
    let asked = data(&protocol, &json!({ "born": "2006-05-06", "eviction": eviction }));
    let knock = Event::Reported { trigger, data: asked, by: None };
    runtime.open(id, "a", &knock, start(), &mut Silent).await.expect("opened");
    runtime
}

/// A term may be over when it begins: when it was due would tell the day for ever.
#[tokio::test]
async fn no_column_of_the_journal_says_when_a_personal_term_was_due() {
    let runtime = household_with(Store::in_memory(), "2024-03-06").await;
    runtime.advance(start(), &mut Silent).await.expect("overdue");
    let row = runtime.row("a").await.expect("there");
    let fired = |entries: &[Entry]| entries.iter().any(|entry| matches!(entry, Entry::TimerFired(_)));
    let steps = runtime.history(&row).await.expect("read");
    let fired: Vec<_> = steps.iter().filter(|(_, entries)| fired(entries)).collect();
    assert!(!fired.is_empty() && fired.iter().all(|(step, _)| step.due_at.is_none()), "{fired:#?}");
    assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
}

/// When something is due stands in the clear, and is held against the journal like all else.
#[tokio::test]
async fn damage_to_what_stands_in_the_clear_of_a_personal_term_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    let runtime = days_of_a_household(Store::create(&file).await.expect("made")).await;
    runtime.store().close().await;
    let options = SqliteConnectOptions::new().filename(&file);
    let pool = SqlitePool::connect_with(options).await.expect("opened");
    let planted = "UPDATE cases SET state = replace(state, '2024-05-22T22', '2024-09-22T22')";
    assert_eq!(sqlx::query(planted).execute(&pool).await.expect("planted").rows_affected(), 1);
    pool.close().await;
    let again = self::runtime(Store::open(&file).await.expect("opened")).await;
    let faults = again.verify(|_, _| {}).await.expect("read").faults;
    assert!(faults.iter().any(|fault| fault.what == "its journal does not give its state"), "{faults:?}");
}

fn moved(runtime: &Runtime) -> Event {
    let protocol = runtime.protocols().iter().next().expect("one").1;
    let stage = protocol.stages.iter().find(|(_, stage)| stage.name == "rest").expect("there").0;
    let what = Deviation::MoveTo(stage);
    let by = protocol.parties.iter().find(|(_, party)| party.name == "worker").map(|(id, _)| id);
    Event::Deviated { what, because: REASON.into(), by }
}

/// What is due stands in the clear as long as it waits, since something has to happen then; from what it was counted does not.
#[tokio::test]
async fn what_is_counted_from_a_day_of_the_household_does_not_lead_back_to_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    let mut runtime = days_of_a_household(Store::create(&file).await.expect("made")).await;
    runtime.work(start(), "one", &mut Silent).await.expect("told");
    let row = runtime.row("a").await.expect("there");
    let whole = runtime.case(&row).expect("a case");
    let due =
        whole.timers.iter().map(|timer| timer.due).find(voordeur_calendar::Due::is_personal).expect("a term");
    let calendar = &runtime.protocols().iter().next().expect("one").1.calendar;
    assert_eq!(due.explain(calendar), "counted from Sat 2006-05-06: Mon 2024-05-06 00:00");
    // Without the key it is told when something is due, and no more.
    let bare = stored_case(&row).expect("a case");
    assert_eq!(
        bare.timers.iter().map(|timer| timer.due.at).collect::<Vec<_>>(),
        whole.timers.iter().map(|timer| timer.due.at).collect::<Vec<_>>()
    );
    assert!(bare.turns.is_empty() && !whole.turns.is_empty());
    let text = stored(runtime.store()).await;
    assert!(text.contains("withheld"), "{text}");
    for told in DAYS_TOLD.iter().take(4) {
        assert!(!text.contains(told), "{told}: {text}");
    }
    let mut agenda = runtime.agenda();
    let appointed = agenda.of("worker").await.expect("read");
    let only = &appointed.appointments[0];
    assert!(only.text.contains("counted from a date of the household, which is not shown"), "{}", only.text);
    let whose = Whose::Parties(vec!["worker".to_owned()]);
    let inbox = ItemQuery { whose, all: true, now: i64::MAX, after: 0, limit: 9 };
    let told = runtime.inbox(&inbox, &mut Silent).await.expect("read");
    assert_eq!(told[0].notice.message.due().expect("a term").0.to_string(), "2024-05-22T22:00:00Z");
}

/// Nor does what is left when it was erased, but for the days on which something was done.
#[tokio::test]
async fn no_day_of_the_household_is_left_when_it_was_erased() {
    for store in [Store::in_memory()].into_iter().chain(server_store().await) {
        let runtime = days_of_a_household(store).await;
        let before = start() + SignedDuration::from_hours(24 * 70);
        runtime.advance(before, &mut Silent).await.expect("of age");
        runtime.occur("a", &moved(&runtime), before, &mut Silent).await.expect("moved");
        assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
        runtime.advance(start() + SignedDuration::from_hours(24 * 400), &mut Silent).await.expect("ended");
        let row = runtime.row("a").await.expect("there");
        let steps = runtime.history(&row).await.expect("read");
        let because =
            |entry: &Entry| matches!(entry, Entry::Deviated { because, .. } if &**because == REASON);
        assert!(steps.iter().flat_map(|(_, entries)| entries).any(because), "whoever has the key reads why");
        assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
        runtime.erase("a", Erasure::Request, row_time(), &mut Silent).await.expect("erased");
        let text = stored(runtime.store()).await;
        for told in DAYS_TOLD.into_iter().chain([REASON]) {
            assert!(!text.contains(told), "{told}: {text}");
        }
        assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
        let protocol = runtime.protocols().iter().next().expect("one").1.clone();
        let steps = runtime.history(&runtime.row("a").await.expect("there")).await.expect("read");
        let entries = steps.iter().flat_map(|(_, entries)| entries);
        let words: Vec<String> = entries.map(|entry| describe(&protocol, entry).text).collect();
        for told in ["a day that was erased", "because (the reason was erased)"] {
            assert!(words.iter().any(|text| text.contains(told)), "{words:#?}");
        }
        runtime.store().close().await;
    }
}

fn row_time() -> Timestamp {
    start() + SignedDuration::from_hours(24 * 500)
}

async fn server_store() -> Option<Store> {
    let address = SERVER.as_ref().map(Postgres::database)?;
    Some(Store::create(Path::new(&address)).await.expect("made"))
}
