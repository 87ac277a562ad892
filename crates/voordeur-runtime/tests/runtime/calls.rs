//! Calls of plugins that somebody else takes meanwhile.

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use serde_json::json;
use voordeur_engine::Event;
use voordeur_protocol::compile;
use voordeur_runtime::{Clock, Runtime, Silent, micros};
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
