//! A stored pathway that this program cannot use holds up only its own cases.

use jiff::{SignedDuration, Timestamp};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use voordeur_engine::{Data, Event};
use voordeur_protocol::compile;
use voordeur_runtime::{Beat, Incident, Remedy, Runtime, RuntimeError, Silent, SystemClock, Trouble, Watch};
use voordeur_store::Store;

fn source(name: &str) -> String {
    format!(
        r#"pathway {name} {{
  version "1"
  lead    house
  agency  house
  role    worker of house
  trigger knock from anyone {{ -> first }}
  stage first {{
    must task talk by worker within 2 days
    on talk done    -> good
    on talk overdue notify house
    after 6 months  -> bad
  }}
  end good success no aftercare because "a test stops here"
  end bad  failure
}}
"#
    )
}

fn talk_done() -> Event {
    let protocol = compile(&source("broken")).protocols.into_iter().next().expect("a pathway");
    let what = protocol.occurrence_named("talk done").expect("an event");
    Event::Occurred { what, data: Data::new(), by: None }
}

fn start() -> Timestamp {
    "2024-03-04T09:00:00Z".parse().expect("a moment")
}

fn later() -> Timestamp {
    start() + SignedDuration::from_hours(24 * 4)
}

async fn sql(file: &std::path::Path, text: &'static str) {
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(file)).await.expect("opened");
    sqlx::raw_sql(text).execute(&pool).await.expect("done");
    pool.close().await;
}

async fn opened(file: &std::path::Path) -> Runtime {
    Runtime::new(Store::open(file).await.expect("opened"), None).await.expect("a runtime")
}

async fn named(runtime: &Runtime) -> Vec<String> {
    runtime.incidents().await.expect("read").iter().map(Incident::name).collect()
}

/// What `serve` tells.
#[derive(Default)]
struct Told {
    troubles: Vec<String>,
    unusable: Vec<usize>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
}

impl Watch for Told {
    fn trouble(&mut self, trouble: &Trouble) {
        self.troubles.push(trouble.text.clone());
    }

    fn beat(&mut self, beat: &Beat) {
        self.unusable.push(beat.unusable);
        drop(self.stop.take());
    }
}

#[tokio::test]
async fn its_cases_are_put_aside_and_the_others_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    let mut runtime = Runtime::new(Store::create(&file).await.expect("made"), None).await.expect("a runtime");
    for name in ["whole", "broken"] {
        let protocol = compile(&source(name)).protocols.into_iter().next().expect("a pathway");
        let trigger = protocol.trigger_named("knock").expect("a trigger");
        let id = runtime.add(protocol, start()).await.expect("added");
        let event = Event::Reported { trigger, data: Data::new(), by: None };
        runtime.open(id, name, &event, start(), &mut Silent).await.expect("opened");
    }
    runtime.store().close().await;
    sql(&file, "UPDATE protocol SET source = replace(source, 'stage', 'stadium') WHERE name = 'broken'")
        .await;

    let mut runtime = opened(&file).await;
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let mut told = Told { stop: Some(stop), ..Told::default() };
    runtime.serve(&SystemClock, async { drop(stopped.await) }, &mut told).await.expect("it serves");
    assert_eq!(told.unusable, [1]);
    assert!(told.troubles.iter().all(|text| text.contains("the stored pathway `broken` (version 1) cannot be used by this program: it does not compile any more")), "{:?}", told.troubles);
    // Of its case its timers are put aside, and the message that goes to an inbox.
    assert_eq!(told.troubles.len(), 1 + 2, "at the start, and of its case: {:?}", told.troubles);
    assert_eq!(named(&runtime).await, ["broken/message-2", "broken/timers"]);
    assert!(runtime.row("whole").await.expect("there").version > 1, "the other has gone on");
    assert_eq!(runtime.row("broken").await.expect("there").version, 1);
    let refused = runtime.occur("broken", &talk_done(), later(), &mut Silent).await;
    assert!(matches!(&refused, Err(RuntimeError::Protocol { name, .. }) if name == "broken"), "{refused:?}");
    let faults = runtime.verify(|_, _| {}).await.expect("read").faults;
    assert!(faults.iter().any(|fault| fault.case.as_deref() == Some("broken")), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.case.is_none()), "{faults:?}");
    runtime.store().close().await;

    sql(&file, "UPDATE protocol SET source = replace(source, 'stadium', 'stage') WHERE name = 'broken'")
        .await;
    let mut runtime = opened(&file).await.recorded_by(SystemClock);
    for key in ["timers", "message-2"] {
        runtime.mend("broken", key, &Remedy::Retry, None, later(), &mut Silent).await.expect("freed");
    }
    runtime.work(later(), "two", &mut Silent).await.expect("worked");
    assert!(runtime.row("broken").await.expect("there").version > 1, "it goes on");
    assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
}
