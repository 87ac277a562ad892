//! One case that cannot be read, or whose pathway cannot be used, keeps nothing from being done for the others, and is named.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use voordeur_engine::{Entry, Erasure, Event};
use voordeur_protocol::{CheckedProtocol, compile};
use voordeur_runtime::{Heir, Opened, Runtime, RuntimeError, Silent, Trouble, Watch, journal};
use voordeur_store::{DecreeRow, ItemQuery, Status, Store, Whose};

use crate::children::sql;

fn pathway(name: &str, version: &str, within: &str) -> CheckedProtocol {
    let source = format!(
        r#"pathway {name} {{
  version "{version}"
  keep    case for 5 years after closing
  basis   public_task "Wgs art. 3"
  lead    house
  open cases {{ recompute from start }}
  agency  house
  role    worker of house
  data {{ remark text kept because "a test" }}
  trigger knock from anyone {{ asks remark -> first }}
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

fn start() -> Timestamp {
    "2024-03-04T09:00:00Z".parse().expect("a moment")
}

/// Who looks on.
#[derive(Default)]
struct Told {
    left_out: Vec<String>,
    troubles: Vec<String>,
}

impl Watch for Told {
    fn trouble(&mut self, trouble: &Trouble) {
        self.troubles.push(format!("{}: {}", trouble.label, trouble.text));
    }

    fn left_out(&mut self, trouble: &Trouble) {
        self.left_out.push(trouble.label.clone());
    }
}

/// Cases `a`, `b` and `c` of one household and pathway, of which `b` cannot be read, and `d`, whose pathway cannot be used. Those
/// of `ended` have ended before.
async fn damaged(file: &Path, ended: &[&str]) -> Runtime {
    let mut runtime = Runtime::new(Store::create(file).await.expect("made"), None).await.expect("a runtime");
    for (label, name) in [("a", "whole"), ("b", "whole"), ("c", "whole"), ("d", "broken")] {
        let protocol = pathway(name, "1", "2 weeks");
        let id = runtime.add(protocol.clone(), start()).await.expect("added");
        let data = json!({ "remark": "said in confidence" });
        let event = Event::Reported {
            trigger: protocol.trigger_named("knock").expect("a trigger"),
            data: protocol.data_from_json(data.as_object().expect("fields")).expect("data"),
            by: None,
        };
        let household = format!("h-{label}");
        let tied = Opened { household: Some(&household), follows: None };
        runtime.open_tied(id, label, &event, start(), tied, &mut Silent).await.expect("opened");
        if ended.contains(&label) {
            let what = protocol.occurrence_named("talk done").expect("an event");
            let event = Event::Occurred { what, data: voordeur_engine::Data::new(), by: None };
            runtime.occur(label, &event, start(), &mut Silent).await.expect("done");
        }
    }
    runtime.advance(start(), &mut Silent).await.expect("settled");
    runtime.work(start(), "worker", &mut Silent).await.expect("told");
    runtime.store().close().await;
    sql(file, "UPDATE cases SET state = '{' WHERE label = 'b'").await;
    sql(file, "UPDATE cases SET household = 'h-a' WHERE label IN ('a', 'b', 'c')").await;
    sql(file, "UPDATE protocol SET layout = 'x' WHERE name = 'broken'").await;
    Runtime::new(Store::open(file).await.expect("opened"), None).await.expect("a runtime")
}

fn place() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    (folder, file)
}

#[tokio::test]
async fn lists_figures_and_calendars_have_the_others_and_name_the_one() {
    let (_folder, file) = place();
    let runtime = damaged(&file, &[]).await;
    let mut told = Told::default();
    // One item at a time: nothing ends where all of a page is left out.
    let (mut labels, mut after) = (Vec::new(), 0);
    loop {
        let which = ItemQuery { whose: Whose::Everybody, all: true, now: i64::MAX, after, limit: 1 };
        let page = runtime.inbox(&which, &mut told).await.expect("read");
        let Some(last) = page.last() else { break };
        after = last.item.id;
        labels.extend(page.iter().map(|one| one.notice.label.clone()));
    }
    labels.dedup();
    assert_eq!(labels, ["a", "c"]);
    assert!(
        told.left_out.contains(&"b".to_owned()) && told.left_out.contains(&"d".to_owned()),
        "{:?}",
        told.left_out
    );
    let appointed = runtime.agenda().of("worker").await.expect("read");
    let named: Vec<&str> = appointed.appointments.iter().map(|one| one.label.as_str()).collect();
    assert_eq!(named, ["a", "c"]);
    let named: Vec<&str> = appointed.left_out.iter().map(|one| one.label.as_str()).collect();
    assert_eq!(named, ["b", "d"]);
    assert!(appointed.left_out[0].text.contains("cannot be read"), "{:?}", appointed.left_out);
    let mut told = Told::default();
    let figures = runtime.figures(&mut told, |_| {}).await.expect("counted");
    assert_eq!((figures["whole"].cases, figures.len()), (2, 1));
    assert_eq!(told.left_out, ["b", "d"]);
    let found = runtime.household("h-a").await.expect("read");
    assert_eq!((found.cases.len(), found.lead.as_deref()), (3, Some("a")));
    let mut told = Told::default();
    let rows =
        vec![DecreeRow { what: "2024-03-11".to_owned(), because: "Stcrt. 2024, 1".to_owned(), added_at: 1 }];
    let mut moved = Vec::new();
    let preview = runtime.recount_preview(&rows, &mut told, |case| moved.push(case.label), |_| {}).await;
    preview.expect("looked at");
    assert_eq!(told.left_out, ["b", "d"]);
    let mut runtime = runtime;
    let mut told = Told::default();
    runtime.decree(rows, start(), &mut told, |_| {}).await.expect("decreed");
    assert_eq!(told.left_out, ["b", "d"], "they are put aside");
}

#[tokio::test]
async fn the_others_come_over_go_back_and_hear_who_goes_on() {
    let (_folder, file) = place();
    let mut runtime = damaged(&file, &[]).await;
    let (old, new) = (pathway("whole", "1", "2 weeks"), pathway("whole", "2", "3 weeks"));
    let journey = runtime.journey(&old, &new).expect("a way");
    let now = start() + SignedDuration::from_hours(24);
    let (mut told, mut planned) = (Told::default(), Vec::new());
    runtime.plan(&journey, now, &mut told, |one| planned.push(one.label), |_| {}).await.expect("planned");
    assert_eq!((planned, told.left_out), (vec!["a".to_owned(), "c".to_owned()], vec!["b".to_owned()]));
    let mut told = Told::default();
    assert_eq!(runtime.migrate(&journey, now, &mut told, |_| {}).await.expect("migrated"), 2);
    assert_eq!(told.left_out, ["b"]);
    let later = now + SignedDuration::from_hours(24);
    let undone = runtime.undo(&journey, later, &mut Told::default(), |_| {}).await.expect("undone");
    assert_eq!(undone.back, 2);
    let mut told = Told::default();
    let retired = runtime.retire("whole", "1", Heir::Owner("house"), later, &mut told, |_| {}).await;
    assert_eq!((retired.expect("retired"), told.left_out), (2, vec!["b".to_owned()]));
    let again = runtime.retire("whole", "1", Heir::Owner("house"), later, &mut Told::default(), |_| {}).await;
    assert_eq!(again.expect("again"), 0, "done again it tells those that did not know");
    let mut told = Told::default();
    let mut tested = 0;
    runtime.backtest(&new, None, &mut told, |_| tested += 1, |_| {}).await.expect("played");
    assert_eq!(told.left_out, ["b"]);
}

async fn key_of(runtime: &Runtime, label: &str) -> Option<String> {
    runtime.row(label).await.expect("there").secret
}

#[tokio::test]
async fn what_cannot_be_read_is_erased_all_the_same() {
    let (_folder, file) = place();
    let runtime = damaged(&file, &["a", "b", "d"]).await;
    let now = start() + SignedDuration::from_hours(24 * 366 * 6);
    let mut told = Told::default();
    let expired = runtime.expired(now, &mut told, |_| {}).await.expect("looked at");
    let named: Vec<&str> = expired.iter().map(|one| one.label.as_str()).collect();
    assert_eq!(named, ["a", "b"], "of the second its row says when it ended");
    assert_eq!(told.left_out, ["d"], "for how long its values are kept nobody knows");
    let runtime = runtime.acting_for("m-17").expect("a reference");
    for label in ["a", "b", "d"] {
        assert!(key_of(&runtime, label).await.is_some(), "{label}");
        let mut told = Told::default();
        runtime.erase(label, Erasure::Request, now, &mut told).await.expect("erased");
        assert_eq!(key_of(&runtime, label).await, None, "{label}");
        let said = told.troubles.iter().any(|text| text.contains("its key is destroyed all the same"));
        assert_eq!(said, label != "a", "{:?}", told.troubles);
        let row = runtime.row(label).await.expect("there");
        assert_eq!((row.household, row.sealed, row.status), (None, None, Status::Ended));
        let steps = runtime.store().journal(row.id).await.expect("read");
        let last = journal(steps.last().expect("a step")).expect("entries");
        assert!(last.contains(&Entry::Erased { why: Erasure::Request }), "{last:?}");
        assert!(last.iter().any(|entry| matches!(entry, Entry::ByPerson { .. })), "{last:?}");
        runtime.erase(label, Erasure::Request, now, &mut Silent).await.expect("once more is nothing");
        assert_eq!(runtime.store().journal(row.id).await.expect("read").len(), steps.len(), "{label}");
    }
}

#[tokio::test]
async fn what_runs_under_another_program_is_not_erased_and_what_nobody_can_read_is() {
    let (_folder, file) = place();
    let runtime = damaged(&file, &[]).await;
    let refused = runtime.erase("d", Erasure::Request, start(), &mut Silent).await;
    assert!(matches!(refused, Err(RuntimeError::Refused(_))), "{refused:?}");
    assert!(key_of(&runtime, "d").await.is_some());
    runtime.erase("b", Erasure::Request, start(), &mut Silent).await.expect("erased");
    assert_eq!(key_of(&runtime, "b").await, None);
    let version = runtime.row("b").await.expect("there").version;
    runtime.erase("b", Erasure::Request, start(), &mut Silent).await.expect("once more is nothing");
    assert_eq!(runtime.row("b").await.expect("there").version, version);
}
