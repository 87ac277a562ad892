//! Calls of plugins that somebody else takes meanwhile.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use voordeur_engine::Event;
use voordeur_plugin_host::contract::Operator;
use voordeur_plugin_host::http::{Bounds, Failure, Request, Response, Transport};
use voordeur_plugin_host::{PluginDirectory, PluginHost, Setup};
use voordeur_protocol::compile;
use voordeur_runtime::{Clock, Runtime, Silent, Trouble, Watch, micros};
use voordeur_store::{Claim, Kind, Store};

use crate::draw::Dice;
use crate::world::{Faulty, at_once};

const EROPAF: &str = include_str!("../../../../dsl-examples/eropaf/eropaf.pathway");

/// A clock that stands still.
struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

static COMMITS: AtomicU32 = AtomicU32::new(0);

/// Another worker takes every call just before an answer is written.
fn taken(store: &Store) {
    assert!(COMMITS.fetch_add(1, Ordering::Relaxed) < 20, "it tries without end");
    let claim = Claim { holder: "other".to_owned(), now: i64::MAX - 1, until: i64::MAX, limit: 9 };
    at_once(store.claim_outbox(Kind::Call, &claim)).expect("taken");
}

#[test]
fn an_answer_that_comes_after_another_worker_has_taken_the_call_is_dropped() {
    let real = Store::in_memory();
    let faulty = Faulty::new(real.clone(), Dice(1));
    faulty.fails.store(0, Ordering::Relaxed);
    let start: Timestamp = "2008-03-03T09:00:00Z".parse().expect("a moment");
    let protocol = compile(EROPAF).protocols.into_iter().next().expect("a pathway");
    let mut runtime = at_once(Runtime::new(real.clone(), None)).expect("a runtime");
    let id = at_once(runtime.add(protocol.clone(), start)).expect("added");
    let trigger = protocol.trigger_named("other_report").expect("a trigger");
    let report = Event::Reported { trigger, data: Vec::new(), by: None };
    at_once(runtime.open(id, "a", &report, start, &mut Silent)).expect("opened");
    let data = json!({ "visit_needed": "no", "bailiff_involved": "yes", "months_in_arrears": 4, "arrears": "€900.00" });
    let data = protocol.data_from_json(data.as_object().expect("fields")).expect("data");
    let what = protocol.occurrence_named("take_in done").expect("an event");
    at_once(runtime.occur("a", &Event::Occurred { what, data, by: None }, start, &mut Silent)).expect("done");
    let call = at_once(real.outbox(Kind::Call, 0, 9)).expect("read").remove(0);
    let steps = at_once(real.journal(call.case_id)).expect("read").len();
    let late = Store::new(faulty.calling(taken));
    let late = at_once(Runtime::new(late, None)).expect("a runtime").recorded_by(Still(start));
    at_once(late.advance_case("a", start, &mut Silent)).expect("it goes on");
    assert_eq!(at_once(real.journal(call.case_id)).expect("read").len(), steps, "nothing was written");
    assert!(
        at_once(real.claim_outbox(
            Kind::Call,
            &Claim { holder: "third".to_owned(), now: micros(start), until: i64::MAX, limit: 9 }
        ))
        .expect("looked")
        .is_empty(),
        "the other worker still holds it"
    );
}

/// What these runtimes may do: a plugin may take an hour.
const LONG: &str = "[plugins]\nlimits = { fuel = 9_000_000_000_000, seconds = 3600 }\n";

fn plugins(folder: &str, setup: Setup) -> PluginDirectory {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(folder);
    PluginDirectory::new(PluginHost::with(setup).expect("a host"), vec![folder])
}

fn pathway(action: &str) -> String {
    format!(
        r#"pathway visits "Visits" {{
  version "1"
  lead   house
  agency house
  role   worker of house
  data {{ months count 0..9 shared with house  reference text }}
  trigger knock from anyone {{ asks months -> first }}
  stage first {{
    must action act {{ {action}  to house  within 20 working days }}
    on act returned -> good
    on act gave_up  -> bad
    on act overdue  -> bad
  }}
  end good success
  end bad  failure
}}
"#
    )
}

/// A runtime with these plugins, on a database with so many cases whose action waits.
async fn with_cases(
    store: &Store,
    text: &str,
    plugins: PluginDirectory,
    cases: u32,
    now: Timestamp,
) -> Runtime {
    let compiled = compile(text);
    assert!(!compiled.protocols.is_empty(), "{:?}", compiled.problems);
    let protocol = compiled.protocols.into_iter().next().expect("a pathway");
    let mut runtime = Runtime::new(store.clone(), Some(plugins)).await.expect("a runtime");
    let id = runtime.add(protocol.clone(), now).await.expect("added");
    let trigger = protocol.trigger_named("knock").expect("a trigger");
    let data = protocol.data_from_json(json!({ "months": 3 }).as_object().expect("fields")).expect("data");
    for number in 0..cases {
        let report = Event::Reported { trigger, data: data.clone(), by: None };
        runtime.open(id, &format!("case-{number}"), &report, now, &mut Silent).await.expect("opened");
    }
    runtime
}

#[derive(Default)]
struct Told(Vec<String>);

impl Watch for Told {
    fn trouble(&mut self, trouble: &Trouble) {
        self.0.push(trouble.text.clone());
    }
}

/// The plugin `endless` does something that may happen once only, and is never done with it.
const ENDLESS: &str = r#"by plugin "endless"  does fill  sees months"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_under_way_is_not_taken_for_crashed_by_another_worker() {
    let start: Timestamp = "2026-03-02T09:00:00Z".parse().expect("a moment");
    let later = |seconds: i64| start + SignedDuration::from_secs(seconds);
    let store = Store::in_memory();
    let setup =
        || Setup { operator: Operator::read("voordeur.toml", LONG).expect("a file"), ..Setup::default() };
    let endless = || plugins("tests/plugins", setup());
    let mut first = with_cases(&store, &pathway(ENDLESS), endless(), 1, start).await;
    let mut second = Runtime::new(store.clone(), Some(endless())).await.expect("a runtime");
    let mut told = Told::default();
    {
        let begun = async {
            while store.journal(1).await.expect("read").len() < 2 {
                tokio::task::yield_now().await;
            }
        };
        let mut silent = Silent;
        let working = first.work(start, "first", &mut silent);
        tokio::pin!(working);
        tokio::select! {
            _ = &mut working => panic!("it is never done"),
            () = begun => {}
        }
        for seconds in [1, 61, 3599] {
            let done = second.work(later(seconds), "second", &mut told).await.expect("it works");
            assert_eq!((done.calls, told.0.len()), (0, 0), "{seconds} s: the first one is still at it");
        }
        // Here the first one dies.
    }
    let done = second.work(later(3700), "second", &mut told).await.expect("it works");
    assert_eq!(done.calls, 1);
    assert!(told.0[0].contains("nobody knows whether this was carried out"), "{:?}", told.0);
}

/// Answers only when as many requests are under way at once.
struct Together(Barrier);

impl Transport for Together {
    fn send(&self, _: &Request, _: Bounds) -> Result<Response, Failure> {
        self.0.wait();
        let body = br#"{"resourceType": "Task", "id": "9"}"#.to_vec();
        Ok(Response { status: 201, headers: Vec::new(), body })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_of_one_sweep_are_made_side_by_side() {
    let start: Timestamp = "2026-03-02T09:00:00Z".parse().expect("a moment");
    let operator = "[plugin.referral-http]\nhttp = [\"https://fhir.example.nl\"]\n\
        config = { base = \"https://fhir.example.nl\", api = \"fhir\" }\n";
    let setup = Setup {
        operator: Operator::read("voordeur.toml", operator).expect("a file"),
        transport: Arc::new(Together(Barrier::new(4))),
        ..Setup::default()
    };
    let store = Store::in_memory();
    let refer =
        r#"by plugin "referral-http"  does refer  sees months  returns reference  with title = "Hulp""#;
    let mut runtime = with_cases(&store, &pathway(refer), plugins("wasm-plugins", setup), 4, start).await;
    let mut told = Told::default();
    let done = runtime.work(start, "only", &mut told).await.expect("it works");
    assert_eq!((done.calls, told.0.len()), (4, 0), "{:?}", told.0);
    let places: Vec<String> =
        store.cases("", 9).await.expect("read").into_iter().map(|row| row.place).collect();
    assert_eq!(places, ["good"; 4]);
}
