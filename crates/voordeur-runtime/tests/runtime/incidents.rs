//! What cannot go on is put aside: the others go on, and an operator tries again, skips, or carries out by hand.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use voordeur_engine::{Data, Entry, Event, Mended, Message, Rejection};
use voordeur_messages::{Lang, speaking};
use voordeur_protocol::{CheckedProtocol, compile};
use voordeur_runtime::{
    Beat, Clock, Happened, Notice, Remedy, Runtime, RuntimeError, Silent, Watch, journal, micros,
};
use voordeur_store::{
    CaseRow, CaseWrite, Key, Kind, Lane, Lead, Outgoing, StepWrite, Store, StoreError, Upkeep,
};

use crate::draw::Dice;
use crate::world::{Faulty, at_once};

const PATHWAY: &str = r#"pathway stuck {
  version "1"
  lead    house
  agency  house
  role    worker of house
  data { sent yes_no }
  trigger knock from anyone { -> first }
  action write by plugin "letter" { does fill  returns sent  within 1 week  on failure stop }
  stage first {
    must task talk by worker within 2 days
    must action write
    on talk overdue   notify house
    on write overdue  notify house
    on write returned -> good
    on write gave_up  -> bad
    after 6 months    -> bad
  }
  end good success no aftercare because "a test stops here"
  end bad  failure
}
"#;

fn pathway() -> CheckedProtocol {
    let compiled = compile(PATHWAY);
    assert!(!compiled.has_errors(), "{:?}", compiled.problems);
    compiled.protocols.into_iter().next().expect("a pathway")
}

fn start() -> Timestamp {
    "2024-03-04T09:00:00Z".parse().expect("a moment")
}

async fn opened(labels: &[&str]) -> Runtime {
    let mut runtime = Runtime::new(Store::in_memory(), None).await.expect("a runtime");
    let id = runtime.add(pathway(), start()).await.expect("added");
    let trigger = pathway().trigger_named("knock").expect("a trigger");
    for label in labels {
        let event = Event::Reported { trigger, data: Data::new(), by: None };
        runtime.open(id, label, &event, start(), &mut Silent).await.expect("opened");
    }
    runtime
}

/// Somebody writes another state into the row of a case.
async fn damage(runtime: &Runtime, row: CaseRow, state: &str) {
    let write = CaseWrite { state: state.to_owned(), ..unchanged(row) };
    runtime.store().commit(vec![write], Lane::Command).await.expect("written");
}

pub(crate) fn unchanged(row: CaseRow) -> CaseWrite {
    CaseWrite {
        key: Key::Stored { id: row.id, version: row.version },
        protocol: row.protocol,
        arrives: false,
        status: row.status,
        place: row.place,
        opened_at: row.opened_at,
        touched_at: row.touched_at,
        next_due: row.next_due,
        household: row.household,
        household_cases: None,
        state: row.state,
        secret: row.secret,
        sealed: row.sealed,
        steps: Vec::new(),
        timers: Vec::new(),
        cleared: Vec::new(),
        claims: Vec::new(),
        done: Vec::new(),
        incidents: Vec::new(),
        resolved: Vec::new(),
    }
}

/// Keeps the labels of the cases whose messages went out.
#[derive(Default)]
struct Told(Vec<String>);

impl Watch for Told {
    fn notice(&mut self, notice: &Notice) {
        self.0.push(notice.label.clone());
    }
}

async fn fired(runtime: &Runtime, label: &str) -> usize {
    let row = runtime.row(label).await.expect("there");
    let steps = runtime.store().journal(row.id).await.expect("read");
    let entries = steps.iter().flat_map(|step| journal(step).expect("entries"));
    entries.filter(|entry| matches!(entry, Entry::TimerFired(_))).count()
}

#[tokio::test]
async fn a_case_that_cannot_go_on_holds_up_nobody_and_goes_on_when_it_is_mended() {
    let mut runtime = opened(&["a", "b", "c"]).await;
    let row = runtime.row("b").await.expect("there");
    damage(&runtime, row.clone(), "[]").await;
    let later = start() + SignedDuration::from_hours(24 * 4);
    runtime.work(later, "worker", &mut Silent).await.expect("the others go on");
    assert_eq!(
        (fired(&runtime, "a").await, fired(&runtime, "b").await, fired(&runtime, "c").await),
        (1, 0, 1)
    );
    let named = |found: Vec<voordeur_runtime::Incident>| {
        found.iter().filter(|one| one.key == "timers").map(|one| (one.name(), one.again)).collect::<Vec<_>>()
    };
    let found = runtime.incidents().await.expect("read");
    assert_eq!(named(found), [("b/timers".to_owned(), 0)]);
    // Nobody takes it again by itself.
    let after = later + SignedDuration::from_hours(24);
    runtime.work(after, "worker", &mut Silent).await.expect("worked");
    assert_eq!(named(runtime.incidents().await.expect("read")), [("b/timers".to_owned(), 0)]);
    // Tried again while nothing was mended, it is there again.
    runtime.mend("b", "timers", &Remedy::Retry, None, after, &mut Silent).await.expect("freed");
    assert_eq!(named(runtime.incidents().await.expect("read")), []);
    runtime.work(after, "worker", &mut Silent).await.expect("worked");
    assert_eq!(named(runtime.incidents().await.expect("read")).len(), 1);
    let damaged = runtime.row("b").await.expect("there");
    damage(&runtime, damaged, &row.state).await;
    runtime.mend("b", "timers", &Remedy::Retry, None, after, &mut Silent).await.expect("freed");
    runtime.work(after, "worker", &mut Silent).await.expect("worked");
    assert_eq!(fired(&runtime, "b").await, 1);
    assert_eq!(named(runtime.incidents().await.expect("read")), []);
    assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
}

#[tokio::test]
async fn timers_that_were_put_aside_can_be_skipped_and_the_journal_says_so() {
    let mut runtime = opened(&["a"]).await;
    let row = runtime.row("a").await.expect("there");
    damage(&runtime, row.clone(), "[]").await;
    let later = start() + SignedDuration::from_hours(24 * 4);
    runtime.work(later, "worker", &mut Silent).await.expect("worked");
    damage(&runtime, runtime.row("a").await.expect("there"), &row.state).await;
    let by_hand = Remedy::ByHand { data: Data::new() };
    let refused = runtime.mend("a", "timers", &by_hand, None, later, &mut Silent).await;
    assert!(matches!(refused, Err(RuntimeError::NoRemedy { .. })), "{refused:?}");
    let refused = runtime.mend("a", "action-9", &Remedy::Retry, None, later, &mut Silent).await;
    assert!(matches!(refused, Err(RuntimeError::NoSuchIncident { .. })), "{refused:?}");
    let skip = Remedy::Skip { because: "the register was down".into() };
    // It takes a term away from the household: whoever decides works with it, and says why.
    let by = |name: &str| Some(pathway().party_named(name).expect("a party"));
    for other in ["anyone", "client"] {
        let refused = runtime.mend("a", "timers", &skip, by(other), later, &mut Silent).await;
        assert!(matches!(refused, Err(RuntimeError::Refused(Rejection::NotToDecide { .. }))), "{refused:?}");
    }
    let blank = Remedy::Skip { because: " ".into() };
    let refused = runtime.mend("a", "timers", &blank, by("worker"), later, &mut Silent).await;
    assert!(matches!(refused, Err(RuntimeError::Refused(Rejection::NoReason))), "{refused:?}");
    assert_eq!(runtime.incidents().await.expect("read").iter().filter(|one| one.key == "timers").count(), 1);
    runtime.mend("a", "timers", &skip, by("worker"), later, &mut Silent).await.expect("skipped");
    assert_eq!(fired(&runtime, "a").await, 0);
    let last = last_step(&runtime, "a").await;
    assert!(matches!(&last[0], Entry::TimerDropped { because, .. } if &**because == "the register was down"));
    runtime
        .work(later + SignedDuration::from_hours(24 * 9), "worker", &mut Silent)
        .await
        .expect("it goes on");
    assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
}

#[tokio::test]
async fn a_message_that_cannot_be_read_holds_up_no_other_until_it_is_skipped() {
    for serving in [true, false] {
        let mut runtime = opened(&["a"]).await;
        let row = runtime.row("a").await.expect("there");
        let payload = "{\"unheard of\":1}".to_owned();
        let step = StepWrite {
            at: micros(start()),
            recorded_at: micros(start()),
            due_at: None,
            entries: "[]".to_owned(),
            sealed: None,
            outgoing: vec![Outgoing { kind: Kind::Notice, payload, item: None, gone: None }],
        };
        let protocol = row.protocol;
        let write = CaseWrite { steps: vec![step], ..unchanged(row) };
        runtime.store().commit(vec![write], Lane::Command).await.expect("written");
        // What this case tells waits behind the one that cannot be read.
        let trigger = pathway().trigger_named("knock").expect("a trigger");
        let event = Event::Reported { trigger, data: Data::new(), by: None };
        runtime.open(protocol, "b", &event, start(), &mut Silent).await.expect("opened");
        let (mut told, labels) = (Told::default(), BTreeSet::from(["a".to_owned(), "b".to_owned()]));
        for again in 0..2 {
            if serving {
                runtime.work(start(), "worker", &mut told).await.expect("the others go out");
            } else {
                runtime.deliver(start(), &mut told).await.expect("the others go out");
            }
            assert_eq!(BTreeSet::from_iter(told.0.clone()), labels, "round {again}");
        }
        let found = runtime.incidents().await.expect("read");
        let found: Vec<_> = found.iter().filter(|one| one.key.starts_with("message-")).collect();
        let [one] = found[..] else { panic!("one incident: {found:?}") };
        assert_eq!((one.label.as_str(), one.again), ("a", 0));
        let skip = Remedy::Skip { because: "nobody can read it".into() };
        runtime.mend("a", &one.key, &skip, None, start(), &mut Silent).await.expect("skipped");
        assert_eq!(runtime.store().outbox(Kind::Notice, 0, 9).await.expect("read"), []);
        let left = runtime.incidents().await.expect("read");
        assert!(!left.iter().any(|one| one.key.starts_with("message-")), "{left:?}");
    }
}

/// What an operator reads was written down by a program that spoke another language.
#[tokio::test]
async fn why_something_stands_still_is_told_in_the_language_of_the_reader() {
    let mut runtime = opened(&["a", "b"]).await;
    damage(&runtime, runtime.row("b").await.expect("there"), "{\"serials\": 1}").await;
    let later = start() + SignedDuration::from_hours(24 * 4);
    let worked = speaking(Lang::Nl, || at_once(runtime.work(later, "worker", &mut Silent)));
    worked.expect("worked");
    let why = |lang| {
        let found = speaking(lang, || at_once(runtime.incidents()).expect("read"));
        found.into_iter().map(|one| one.why).collect::<Vec<_>>()
    };
    let english = why(Lang::En);
    assert_eq!(
        english,
        [
            "the action has failed, and stays so until somebody has looked at it",
            // Its timers, its call and what it has told somebody: the version that told it stands in the case.
            "the database holds a case that cannot be read: it goes wrong at character 14",
            "the database holds a case that cannot be read: it goes wrong at character 14",
            "the database holds a case that cannot be read: it goes wrong at character 14",
        ]
    );
    let dutch = why(Lang::Nl);
    assert_eq!(dutch.len(), english.len());
    for (dutch, english) in dutch.iter().zip(&english) {
        assert_ne!(dutch, english);
        assert!(!dutch.contains(" the ") && !dutch.contains(char::is_control), "{dutch}");
    }
}

/// What the last step of a case says.
async fn last_step(runtime: &Runtime, label: &str) -> Vec<Entry> {
    let row = runtime.row(label).await.expect("there");
    runtime.history(&row).await.expect("read").pop().expect("a step").1
}

/// There are no plugins here, so the action fails at once and stays so.
#[tokio::test]
async fn an_action_that_stands_still_is_an_incident_until_it_is_mended() {
    let mut runtime = opened(&["retried", "skipped", "by-hand"]).await;
    runtime.work(start(), "worker", &mut Silent).await.expect("worked");
    let found = runtime.incidents().await.expect("read");
    let named: Vec<_> = found.iter().map(|one| (one.label.as_str(), one.action.as_deref())).collect();
    assert_eq!(named, [("retried", Some("write")), ("skipped", Some("write")), ("by-hand", Some("write"))]);
    let key = found[0].key.clone();
    let later = start() + SignedDuration::from_hours(1);
    runtime.mend("retried", &key, &Remedy::Retry, None, later, &mut Silent).await.expect("retried");
    let skip = Remedy::Skip { because: "nobody reads it".into() };
    let by = |name: &str| Some(pathway().party_named(name).expect("a party"));
    let refused = runtime.mend("skipped", &key, &skip, by("client"), later, &mut Silent).await;
    assert!(matches!(refused, Err(RuntimeError::Refused(Rejection::NotTheirs { .. }))), "{refused:?}");
    runtime.mend("skipped", &key, &skip, by("worker"), later, &mut Silent).await.expect("skipped");
    let answer = serde_json::json!({ "sent": "yes" });
    let data = pathway().data_from_json(answer.as_object().expect("fields")).expect("data");
    let by_hand = Remedy::ByHand { data };
    let refused = runtime.mend("by-hand", &key, &by_hand, by("client"), later, &mut Silent).await;
    assert!(matches!(refused, Err(RuntimeError::Refused(Rejection::NotTheirs { .. }))), "{refused:?}");
    let mut runtime = runtime.acting_for("m-17").expect("a reference");
    runtime.mend("by-hand", &key, &by_hand, by("worker"), later, &mut Silent).await.expect("done by hand");
    // The journal says who decided what, and why; nothing in it looks as if a plugin had done it.
    let skipped = last_step(&runtime, "skipped").await;
    assert!(skipped.iter().any(|entry| matches!(entry,
        Entry::ActionMended { how: Mended::GivenUp, because: Some(why), by: own, .. } if &**why == "nobody reads it" && *own == by("worker"))), "{skipped:#?}");
    let by_hand = last_step(&runtime, "by-hand").await;
    assert!(by_hand.iter().any(|entry| matches!(entry, Entry::ActionMended { how: Mended::ByHand, by: own, .. } if *own == by("worker"))), "{by_hand:#?}");
    assert!(
        by_hand.iter().any(|entry| matches!(entry, Entry::ByPerson { person } if &**person == "m-17")),
        "{by_hand:#?}"
    );
    assert!(!by_hand.iter().any(|entry| matches!(entry, Entry::Sent(Message::Call { .. }))), "{by_hand:#?}");
    let labels =
        |found: Vec<voordeur_runtime::Incident>| found.into_iter().map(|one| one.label).collect::<Vec<_>>();
    assert_eq!(labels(runtime.incidents().await.expect("read")), [""; 0], "none of them stands still");
    for (label, place) in [("skipped", "bad"), ("by-hand", "good")] {
        assert_eq!(runtime.row(label).await.expect("there").place, place);
    }
    // It is called again, and fails again; what was done by hand is not called any more.
    runtime.work(later, "worker", &mut Silent).await.expect("worked");
    assert_eq!(labels(runtime.incidents().await.expect("read")), ["retried"]);
    assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
}

#[tokio::test]
async fn one_leads_in_upkeep_until_it_says_nothing_more_and_what_was_taken_is_given_back() {
    let runtime = opened(&["a"]).await;
    let store = runtime.store();
    let lead_in =
        |what, holder: &str, now| Upkeep::Lead { what, holder: holder.to_owned(), now, until: now + 30 };
    let lead = |holder: &str, now| lead_in(Lead::Upkeep, holder, now);
    let mut took = Vec::new();
    for (holder, now) in [("one", 100), ("two", 110), ("one", 120), ("two", 149), ("two", 150), ("one", 160)]
    {
        took.push(store.upkeep(lead(holder, now)).await.expect("asked"));
    }
    assert_eq!(took, [1, 0, 1, 0, 1, 0]);
    assert_eq!(store.upkeep(lead_in(Lead::Chores, "one", 160)).await.expect("asked"), 1, "another lead");
    let now = micros(start() + SignedDuration::from_hours(24 * 4));
    let claim =
        |holder: &str| voordeur_store::Claim { holder: holder.to_owned(), now, until: now + 9, limit: 9 };
    assert_eq!(store.claim_timers(&claim("two")).await.expect("taken").len(), 1);
    assert_eq!(store.claim_timers(&claim("one")).await.expect("none is free"), []);
    store.upkeep(Upkeep::Release { holder: "two".to_owned(), now }).await.expect("given back");
    assert_eq!(store.claim_timers(&claim("one")).await.expect("taken").len(), 1);
    assert_eq!(store.upkeep(lead("one", 151)).await.expect("asked"), 1, "the lead was given back as well");
}

/// A second goes by each time somebody looks.
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        let seconds = self.0.fetch_add(1, Ordering::Relaxed);
        start() + SignedDuration::from_hours(24 * 4) + SignedDuration::from_secs(seconds)
    }
}

/// Makes room as soon as it is told that there is none, and stops when something has happened and that is over.
struct Operator {
    full: Arc<AtomicBool>,
    told: Vec<Option<String>>,
    happened: usize,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
}

impl Watch for Operator {
    fn happened(&mut self, _happened: &Happened) {
        assert!(!self.full.load(Ordering::Relaxed), "nothing is written to a full disk");
        self.happened += 1;
    }

    fn beat(&mut self, beat: &Beat) {
        assert!(beat.pulse.is_some(), "it can be read all the while");
        self.told.push(beat.away.clone());
        self.full.store(false, Ordering::Relaxed);
        if self.happened > 0 && beat.away.is_none() {
            drop(self.stop.take());
        }
    }
}

#[tokio::test]
async fn a_disk_that_is_full_is_told_and_waited_for() {
    let path = || "sim".to_owned();
    waited_for(StoreError::Full { path: path() }, "the disk is full").await;
    // A disk that fails, or is read only for a while, is no other matter.
    let fails = StoreError::Unwritable { path: path(), why: "disk I/O error".to_owned() };
    waited_for(fails, "disk I/O error").await;
}

async fn waited_for(trouble: StoreError, said: &str) {
    let runtime = opened(&["a"]).await;
    let mut faulty = Faulty::new(runtime.store().clone(), Dice(1));
    faulty.trouble = trouble;
    faulty.fails.store(0, Ordering::Relaxed);
    faulty.full.store(true, Ordering::Relaxed);
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let full = Arc::clone(&faulty.full);
    let mut operator = Operator { full, told: Vec::new(), happened: 0, stop: Some(stop) };
    let mut worker = Runtime::new(Store::new(faulty), None).await.expect("a runtime");
    let clock = Ticking(AtomicI64::new(0));
    worker.serve(&clock, async { drop(stopped.await) }, &mut operator).await.expect("it goes on");
    let first = operator.told.first().expect("told").clone().expect("why");
    assert!(first.contains(said), "{first}");
    assert_eq!(operator.told.last(), Some(&None));
    assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
}
