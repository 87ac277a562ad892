//! What people report: all of it counts, also at the same moment, and what is refused changes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use tokio::task::{JoinSet, LocalSet};
use voordeur_engine::{Data, Event, Rejection};
use voordeur_protocol::{CheckedProtocol, compile};
use voordeur_runtime::{Clock, Runtime, RuntimeError, Silent, journal, timestamp};
use voordeur_store::{Status, Store};

const PATHWAY: &str = r#"pathway reports {
  version "1"
  lead    house
  agency  house
  role    worker of house
  role    volunteer of house
  trigger knock from anyone { -> first }
  event papers from worker
  stage first {
    must task decide by worker within 4 working days
    on papers         notify worker
    on decide done    -> good
    on decide overdue notify house
    after 6 months    -> bad
  }
  end good success no aftercare because "a test stops here"
  end bad  failure
}
"#;

fn moment(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn pathway() -> CheckedProtocol {
    let compiled = compile(PATHWAY);
    assert!(!compiled.has_errors(), "{:?}", compiled.problems);
    compiled.protocols.into_iter().next().expect("a pathway")
}

async fn opened(store: Store) -> Runtime {
    let start = moment("2024-03-04T09:00:00Z");
    let mut runtime = Runtime::new(store, None).await.expect("a runtime");
    let protocol = pathway();
    let id = runtime.add(protocol.clone(), start).await.expect("added");
    let trigger = protocol.trigger_named("knock").expect("a trigger");
    let event = Event::Reported { trigger, data: Data::new(), by: None };
    runtime.open(id, "a", &event, start, &mut Silent).await.expect("opened");
    runtime
}

fn event(name: &str, by: Option<&str>) -> Event {
    let protocol = pathway();
    let by = by.map(|by| protocol.party_named(by).expect("a party"));
    Event::Occurred { what: protocol.occurrence_named(name).expect("an event"), data: Data::new(), by }
}

#[tokio::test]
async fn a_report_that_is_refused_fires_nothing_that_was_due_before_it() {
    let runtime = opened(Store::in_memory()).await;
    let before = runtime.row("a").await.expect("a case");
    let later = moment("2024-04-02T09:00:00Z");
    for event in [event("decide done", Some("volunteer")), event("papers", Some("volunteer"))] {
        let refused = runtime.occur("a", &event, later, &mut Silent).await;
        assert!(matches!(refused, Err(RuntimeError::Refused(_))), "{refused:?}");
        assert_eq!(runtime.row("a").await.expect("a case"), before);
    }
    // What is taken comes after what was due, in one transaction with it.
    let after = moment("2024-04-03T09:00:00Z");
    runtime.occur("a", &event("papers", Some("worker")), after, &mut Silent).await.expect("taken");
    let steps = runtime.store().journal(before.id).await.expect("read");
    let moments: Vec<Timestamp> = steps.iter().map(|step| timestamp(step.at)).collect();
    assert_eq!(moments, [timestamp(before.touched_at), moment("2024-03-08T23:00:00Z"), after]);
    // In 2028 the case has ended long since: that is the reason then, and it has ended for everybody.
    let late = event("decide done", Some("worker"));
    let refused = runtime.occur("a", &late, moment("2028-01-03T09:00:00Z"), &mut Silent).await;
    assert!(matches!(refused, Err(RuntimeError::Refused(Rejection::Ended { .. }))), "{refused:?}");
    let ended = runtime.row("a").await.expect("a case");
    assert_eq!((ended.status, timestamp(ended.touched_at)), (Status::Ended, moment("2024-09-04T08:00:00Z")));
}

/// A clock that runs a little each time it is looked at.
#[derive(Debug, Clone, Default)]
struct Ticking(Arc<AtomicI64>);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        let ticks = self.0.fetch_add(1, Ordering::Relaxed);
        timestamp(1_709_550_000_000_000 + ticks)
    }
}

#[tokio::test]
async fn whoever_reports_at_the_same_moment_as_others_is_heard() {
    const ALL: usize = 24;
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::create(&folder.path().join("a.db")).await.expect("made");
    let runtime = Arc::new(opened(store).await);
    let clock = Ticking::default();
    let all = async {
        let mut together = JoinSet::new();
        for _ in 0..ALL {
            let (runtime, clock) = (Arc::clone(&runtime), clock.clone());
            let event = event("papers", Some("worker"));
            together.spawn_local(async move { runtime.occur_now("a", &event, &clock, &mut Silent).await });
        }
        while let Some(done) = together.join_next().await {
            done.expect("it runs").expect("heard");
        }
    };
    LocalSet::new().run_until(all).await;
    let row = runtime.row("a").await.expect("a case");
    let steps = runtime.store().journal(row.id).await.expect("read");
    assert_eq!(steps.len(), ALL + 1);
    assert!(steps.iter().all(|step| !journal(step).expect("read").is_empty()));
    runtime.store().close().await;
}
