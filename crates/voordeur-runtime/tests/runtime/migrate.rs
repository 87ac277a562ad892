//! Cases that come over to another version, on each store: what is personal stays sealed, what people were told stays readable,
//! and going back brings everything back.

use std::path::Path;
use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::json;
use voordeur_engine::{Entry, Event, Message, Obstacle};
use voordeur_protocol::{CheckedProtocol, Value, compile};
use voordeur_runtime::{Mark, Planned, Runtime, RuntimeError, Silent, Sort, Told, Undone};
use voordeur_store::{ItemQuery, Store, Upkeep, Whose};
use voordeur_testing::Postgres;

static SERVER: LazyLock<Option<Postgres>> = LazyLock::new(Postgres::start);

const OLD: &str = r#"pathway moving {
  version "1"
  lead    house
  agency  house
  agency  spare
  role    worker of house
  data {
    remark  text           kept because "a test"
    arrears count 0..9999  kept because "a test"
    lost    sums arrears over 4 weeks
  }
  event more from worker { asks arrears }
  trigger knock from anyone { asks remark, arrears -> first }
  stage first {
    must task talk by worker within 3 weeks
    on talk done    -> good
    on talk overdue notify house
    when lost >= 9000 -> bad
  }
  always { on more notify worker }
  end good success no aftercare because "a test stops here"
  end bad  failure
}
"#;

const REMARK: &str = "a very personal remark";

/// Fewer parts, other numbers, another term; the remark is not kept any more.
fn new() -> String {
    OLD.replace("version \"1\"", "version \"2\"")
        .replace("  agency  spare\n", "")
        .replace("    remark  text           kept because \"a test\"\n", "")
        .replace("asks remark, arrears", "asks arrears")
        .replace("within 3 weeks", "within 1 week")
        .replace("  lead    house\n", "  lead    house\n  open cases { recompute from start }\n")
}

pub(crate) fn protocol(text: &str) -> CheckedProtocol {
    let compiled = compile(text);
    let errors: Vec<_> = compiled.problems.iter().map(|problem| format!("{problem:?}")).collect();
    compiled.protocols.into_iter().next().unwrap_or_else(|| panic!("{errors:#?}"))
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

async fn stores() -> Vec<(Store, tempfile::TempDir)> {
    let folder = || tempfile::tempdir().expect("a folder");
    let first = folder();
    let mut places = vec![first.path().join("a.db").display().to_string()];
    places.extend(SERVER.as_ref().map(Postgres::database));
    let mut stores = vec![(Store::in_memory(), folder())];
    let mut folders = vec![first];
    for place in places {
        let store = Store::create(Path::new(&place)).await.expect("made");
        stores.push((store, folders.pop().unwrap_or_else(folder)));
    }
    stores
}

async fn opened(runtime: &mut Runtime) -> CheckedProtocol {
    let old = protocol(OLD);
    let id = runtime.add(old.clone(), at("2026-03-02T09:00:00Z")).await.expect("added");
    let data = json!({ "remark": REMARK, "arrears": 4321 });
    let data = old.data_from_json(data.as_object().expect("fields")).expect("data");
    let trigger = old.trigger_named("knock").expect("a trigger");
    for label in ["a", "b"] {
        let report = Event::Reported { trigger, data: data.clone(), by: None };
        runtime.open(id, label, &report, at("2026-03-02T09:00:00Z"), &mut Silent).await.expect("opened");
    }
    runtime.deliver(at("2026-03-02T09:00:00Z"), &mut Silent).await.expect("told");
    old
}

async fn whole(runtime: &Runtime) {
    let audit = runtime.verify(|_, _| {}).await.expect("read");
    assert_eq!(audit.faults, [], "the journal gives every row");
}

#[tokio::test]
async fn cases_come_over_and_go_back_on_every_store() {
    for (store, _folder) in stores().await {
        let mut runtime = Runtime::new(store, None).await.expect("a runtime");
        let old = opened(&mut runtime).await;
        let before = runtime.case(&runtime.row("a").await.expect("there")).expect("a case");
        let journey = runtime.journey(&old, &protocol(&new())).expect("a way");
        let mut planned: Vec<Planned> = Vec::new();
        let now = at("2026-03-04T09:00:00Z");
        runtime.plan(&journey, now, &mut Silent, |case| planned.push(case), |_| {}).await.expect("planned");
        assert!(planned.iter().all(|case| case.sort == Sort::Earlier), "{planned:?}");
        assert_eq!(runtime.migrate(&journey, now, &mut Silent, |_| {}).await.expect("migrated"), 2);
        whole(&runtime).await;
        let row = runtime.row("a").await.expect("there");
        let case = runtime.case(&row).expect("a case");
        assert_eq!(
            case.data.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>(),
            [Value::Count(4321)]
        );
        assert_eq!(case.windows.len(), 1, "what was summed is summed on");
        // What is personal stands in no row.
        let state = format!("{row:?}");
        let journal = format!("{:?}", runtime.store().journal(row.id).await.expect("read"));
        for secret in [REMARK, "4321"] {
            assert!(!state.contains(secret) && !journal.contains(secret), "{secret}");
        }
        // What the worker was told before is told by the version of then, and the new date by that of now.
        let told = runtime.inbox(&query(), &mut Silent).await.expect("read");
        let versions: Vec<_> = told
            .iter()
            .filter(|told| told.notice.label == "a")
            .map(|told| told.notice.protocol.version.clone())
            .collect();
        assert_eq!(versions, ["1", "2"]);
        let over = |told: &[Told]| -> Vec<bool> {
            told.iter().filter(|told| told.notice.label == "a").map(|told| told.over).collect()
        };
        assert_eq!(over(&told), [true, false], "of the two days one is left to keep");
        // One of them moves on.
        let new = protocol(&new());
        let done = Event::Occurred {
            what: new.occurrence_named("talk done").expect("known"),
            data: Vec::new(),
            by: None,
        };
        runtime.occur("b", &done, at("2026-03-05T09:00:00Z"), &mut Silent).await.expect("done");
        let undone =
            runtime.undo(&journey, at("2026-03-05T10:00:00Z"), &mut Silent, |_| {}).await.expect("undone");
        assert_eq!(undone, Undone { back: 1, stay: 1 });
        whole(&runtime).await;
        let mut back = runtime.case(&runtime.row("a").await.expect("there")).expect("a case");
        assert_eq!(back.ran_on.len(), 2);
        back.ran_on.clear();
        (back.touched_at, back.serials, back.timer_ids, back.stays) =
            (before.touched_at, before.serials, before.timer_ids, before.stays);
        assert_eq!(back, before, "with the remark, and due when it was");
        // The worker was told of another day in between, and hears of the old one again.
        let told = runtime.inbox(&query(), &mut Silent).await.expect("read");
        assert_eq!(over(&told), [true, true, false], "and that one once");
        let told: Vec<_> = told.iter().filter(|told| told.notice.label == "a").collect();
        let due = |message: &Message| match message {
            Message::Assign { due, .. } => due.map(|due| due.to_string()),
            _ => None,
        };
        let days: Vec<_> = told.iter().filter_map(|told| due(&told.notice.message)).collect();
        assert_eq!(days, ["2026-03-23T23:00:00Z", "2026-03-09T23:00:00Z", "2026-03-23T23:00:00Z"]);
        // It goes on there, and its timers fire.
        runtime.advance(at("2026-06-01T00:00:00Z"), &mut Silent).await.expect("time goes by");
        whole(&runtime).await;
        let overdue = |entry: &Entry| matches!(entry, Entry::TimerFired(_));
        let history = runtime.history(&runtime.row("a").await.expect("there")).await.expect("read");
        assert_eq!(history.iter().flat_map(|(_, entries)| entries).filter(|entry| overdue(entry)).count(), 1);
    }
}

/// A published version stays what it was, whoever comes with another text.
#[tokio::test]
async fn another_text_under_a_label_that_is_there_is_refused() {
    let mut runtime = Runtime::new(Store::in_memory(), None).await.expect("a runtime");
    let old = opened(&mut runtime).await;
    let now = at("2026-03-04T09:00:00Z");
    let other = protocol(&OLD.replace("lost >= 9000", "lost >= 5000"));
    let refused = runtime.add(other.clone(), now).await.expect_err("another text");
    assert!(matches!(&refused, RuntimeError::Published { what, .. } if what == &["first"]), "{refused}");
    assert!(refused.to_string().contains("`first`"), "{refused}");
    // As what cases come from, and as what they come to.
    for (from, to) in [(&other, &protocol(&new())), (&old, &other)] {
        let refused = runtime.journey(from, to).expect_err("another text");
        assert!(matches!(refused, RuntimeError::Published { .. }), "{refused}");
    }
    // What only looks otherwise is the same version: cases of both texts are looked at.
    let same = protocol(&OLD.replace("  agency  spare\n", "  agency  spare # nobody yet\n"));
    assert_ne!(same.digest(), old.digest());
    let id = runtime.add(same.clone(), now).await.expect("the same");
    let data = json!({ "remark": REMARK, "arrears": 17 });
    let data = same.data_from_json(data.as_object().expect("fields")).expect("data");
    let report = Event::Reported { trigger: same.trigger_named("knock").expect("a trigger"), data, by: None };
    runtime.open(id, "c", &report, now, &mut Silent).await.expect("opened");
    let journey = runtime.journey(&same, &protocol(&new())).expect("a way");
    let mut planned: Vec<Planned> = Vec::new();
    runtime.plan(&journey, now, &mut Silent, |case| planned.push(case), |_| {}).await.expect("planned");
    assert_eq!(planned.len(), 3);
    // A version to which nobody came is not published yet.
    let nobody = new().replace("count 0..9999", "count 0..3");
    let journey = runtime.journey(&old, &protocol(&nobody)).expect("a way");
    assert_eq!(runtime.migrate(&journey, now, &mut Silent, |_| {}).await.expect("nobody comes"), 0);
    let journey = runtime.journey(&old, &protocol(&new())).expect("the label is free");
    assert_eq!(runtime.migrate(&journey, now, &mut Silent, |_| {}).await.expect("migrated"), 3);
    assert!(runtime.journey(&old, &protocol(&nobody)).is_err());
}

/// A program that cannot read the journal of a case that came over does not open the database any more.
#[tokio::test]
async fn programs_that_do_not_know_who_came_over_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("a.db");
    let mut runtime =
        Runtime::new(Store::create(&place).await.expect("made"), None).await.expect("a runtime");
    let old = opened(&mut runtime).await;
    let journey = runtime.journey(&old, &protocol(&new())).expect("a way");
    let told = runtime.store().upkeep(Upkeep::Oldest(4)).await.expect("asked");
    assert_eq!(told, 0, "a program for version 4 may still use it");
    runtime.migrate(&journey, at("2026-03-04T09:00:00Z"), &mut Silent, |_| {}).await.expect("migrated");
    let told = runtime.store().upkeep(Upkeep::Oldest(5)).await.expect("asked");
    assert_eq!(told, 0, "it is said already");
}

#[tokio::test]
async fn what_nobody_says_or_nobody_stored_is_refused() {
    let mut runtime = Runtime::new(Store::in_memory(), None).await.expect("a runtime");
    let old = opened(&mut runtime).await;
    let silent = new().replace("  open cases { recompute from start }\n", "");
    let journey = runtime.journey(&old, &protocol(&silent)).expect("a way");
    let now = at("2026-03-04T09:00:00Z");
    let refused = runtime.migrate(&journey, now, &mut Silent, |_| {}).await.expect_err("nothing is said");
    assert!(matches!(refused, RuntimeError::Unsaid { terms } if terms == ["`talk`"]));
    assert_eq!(runtime.row("a").await.expect("there").protocol, 1);
    let other = runtime.journey(&protocol(&new()), &old).expect_err("no case runs on it");
    assert!(matches!(other, RuntimeError::NoSuchVersion { known, .. } if known == ["1"]));
}

fn query() -> ItemQuery {
    ItemQuery { whose: Whose::Everybody, all: true, now: 0, after: 0, limit: 100 }
}

/// A field that only the report asks, and that a rule reads: who was reported before is not asked any more.
#[tokio::test]
async fn what_was_never_asked_needs_a_decision() {
    let mut runtime = Runtime::new(Store::in_memory(), None).await.expect("a runtime");
    let old = opened(&mut runtime).await;
    let asking = |new: String| {
        new.replace("  data {", "  data {\n    depth count 0..9 kept because \"a test\"").replace(
            "    on talk done    -> good",
            "    on talk done when depth >= 5 -> bad\n    on talk done otherwise -> good",
        )
    };
    let sorted = async |runtime: &Runtime, new: &str| {
        let journey = runtime.journey(&old, &protocol(new)).expect("a way");
        let mut planned: Vec<Planned> = Vec::new();
        runtime
            .plan(&journey, at("2026-03-04T09:00:00Z"), &mut Silent, |case| planned.push(case), |_| {})
            .await
            .expect("planned");
        planned
    };
    let by_report = asking(new()).replace("asks arrears ->", "asks arrears, depth ->");
    let planned = sorted(&runtime, &by_report).await;
    assert_eq!(planned.iter().map(|case| case.sort).collect::<Vec<_>>(), [Sort::NeedsDecision; 2]);
    let never = Obstacle::NeverAsked { field: "depth".to_owned() };
    assert!(planned.iter().all(|case| case.why == [never.clone()]), "{planned:?}");
    let journey = runtime.journey(&old, &protocol(&by_report)).expect("a way");
    let came = runtime.migrate(&journey, at("2026-03-04T09:00:00Z"), &mut Silent, |_| {}).await;
    assert_eq!(came.expect("nothing to write"), 0);
    // What the stage asks itself comes in time.
    let by_talk = asking(new()).replace(
        "must task talk by worker within 1 week",
        "must task talk by worker within 1 week asks depth",
    );
    assert!(sorted(&runtime, &by_talk).await.iter().all(|case| case.sort == Sort::Earlier));
}

/// A case that came over is planned again: what has happened since it came is played on the next version.
#[tokio::test]
async fn who_came_over_comes_over_again() {
    let mut runtime = Runtime::new(Store::in_memory(), None).await.expect("a runtime");
    let old = opened(&mut runtime).await;
    let second = protocol(&new());
    let first = runtime.journey(&old, &second).expect("a way");
    let now = at("2026-03-04T09:00:00Z");
    assert_eq!(runtime.migrate(&first, now, &mut Silent, |_| {}).await.expect("migrated"), 2);
    // The third version lets what is reported lead on: for one of the two it has been reported since.
    let more = Event::Occurred {
        what: second.occurrence_named("more").expect("an event"),
        data: second.data_from_json(json!({ "arrears": 17 }).as_object().expect("fields")).expect("data"),
        by: None,
    };
    runtime.occur("a", &more, at("2026-03-05T09:00:00Z"), &mut Silent).await.expect("reported");
    let third = new()
        .replace("version \"2\"", "version \"3\"")
        .replace("always { on more notify worker }", "always { on more -> second }")
        .replace("  always", "  stage second { must task rest by worker within 1 week  on rest done -> good  on rest overdue -> bad }\n  always");
    let journey = runtime.journey(&second, &protocol(&third)).expect("a way");
    let mut planned: Vec<Planned> = Vec::new();
    let later = at("2026-03-06T09:00:00Z");
    runtime.plan(&journey, later, &mut Silent, |case| planned.push(case), |_| {}).await.expect("planned");
    let told: Vec<_> =
        planned.iter().map(|case| (case.label.as_str(), case.sort, case.elsewhere.as_deref())).collect();
    assert_eq!(told, [("a", Sort::OtherStage, Some("second")), ("b", Sort::Unchanged, None)]);
    assert_eq!(runtime.migrate(&journey, later, &mut Silent, |_| {}).await.expect("migrated"), 2);
    whole(&runtime).await;
    let undone = runtime.undo(&first, later, &mut Silent, |_| {}).await.expect("undone");
    assert_eq!(undone, Undone { back: 0, stay: 2 }, "both have moved on");
    let undone =
        runtime.undo(&journey, at("2026-03-06T10:00:00Z"), &mut Silent, |_| {}).await.expect("undone");
    assert_eq!(undone, Undone { back: 2, stay: 0 });
    whole(&runtime).await;
    // Whoever came over and went back at once is as if nothing had happened.
    let undone = runtime.undo(&first, at("2026-03-06T11:00:00Z"), &mut Silent, |_| {}).await.expect("undone");
    assert_eq!(undone, Undone { back: 1, stay: 1 });
    whole(&runtime).await;
}

/// Who has it to do now hears of it, and it is nothing to do any more for who had it.
#[tokio::test]
async fn what_is_for_others_in_the_new_version_is_told_to_them() {
    let mut runtime = Runtime::new(Store::in_memory(), None).await.expect("a runtime");
    let old = opened(&mut runtime).await;
    let chief = OLD
        .replace("version \"1\"", "version \"2\"")
        .replace("  role    worker of house\n", "  role    worker of house\n  role    chief of house\n")
        .replace("must task talk by worker", "must task talk by chief");
    let new = protocol(&chief);
    runtime.add(new.clone(), at("2026-03-02T09:00:00Z")).await.expect("added");
    let journey = runtime.journey(&old, &new).expect("a way");
    runtime.migrate(&journey, at("2026-03-05T09:00:00Z"), &mut Silent, |_| {}).await.expect("they came");
    runtime.deliver(at("2026-03-05T09:00:00Z"), &mut Silent).await.expect("told");
    let told = runtime.inbox(&query(), &mut Silent).await.expect("read");
    let tasks = told.iter().filter(|one| one.topic == voordeur_runtime::Topic::Task);
    let tasks: Vec<(&str, bool)> = tasks.map(|one| (one.item.party.as_str(), one.over)).collect();
    assert_eq!(tasks, [("worker", true), ("worker", true), ("chief", false), ("chief", false)]);
}

/// What is planned for the cases of the old version under another text.
async fn plan_of(old: &str, new: &str) -> Vec<Planned> {
    let mut runtime = Runtime::new(Store::in_memory(), None).await.expect("a runtime");
    let before = protocol(old);
    let id = runtime.add(before.clone(), at("2026-03-02T09:00:00Z")).await.expect("added");
    let data = json!({ "remark": REMARK, "arrears": 4321 });
    let data = before.data_from_json(data.as_object().expect("fields")).expect("data");
    let report =
        Event::Reported { trigger: before.trigger_named("knock").expect("a trigger"), data, by: None };
    runtime.open(id, "a", &report, at("2026-03-02T09:00:00Z"), &mut Silent).await.expect("opened");
    let journey = runtime.journey(&before, &protocol(new)).expect("a way");
    let (mut planned, now) = (Vec::new(), at("2026-03-04T09:00:00Z"));
    runtime.plan(&journey, now, &mut Silent, |case| planned.push(case), |_| {}).await.expect("planned");
    planned
}

/// A household that is let go of as soon as it comes over, or for which something is opened or told then, is not planned in silence.
#[tokio::test]
async fn a_plan_tells_what_happens_as_soon_as_a_case_comes_over() {
    let plain = OLD
        .replace("    when lost >= 9000 -> bad\n", "")
        .replace("    on talk overdue notify house\n", "    on talk overdue -> bad\n");
    let second = plain.replace("version \"1\"", "version \"2\"");
    let more = |rule: &str| {
        let before = "    on talk done    -> good\n";
        second.replace(before, &format!("{before}    {rule}\n"))
    };
    let told = |planned: &[Planned]| {
        planned.iter().map(|case| (case.sort, case.on_arrival.clone())).collect::<Vec<_>>()
    };
    let ends = plan_of(&plain, &more("when arrears >= 4000 -> bad")).await;
    assert_eq!(told(&ends), [(Sort::OtherStage, vec!["ended in `bad` (failure)".to_owned()])]);
    let hears = plan_of(&plain, &more("when arrears >= 4000 notify house \"much\"")).await;
    assert_eq!(told(&hears), [(Sort::Earlier, vec!["told house: much".to_owned()])]);
    let opens =
        plan_of(&plain, &more("must task call by worker within 1 week  on call overdue notify house")).await;
    assert_eq!(told(&opens), [(Sort::Earlier, vec!["`call` is opened".to_owned()])]);
    assert_eq!(told(&plan_of(&plain, &second).await), [(Sort::Unchanged, Vec::new())]);
    let other = second
        .replace("  role    worker of house\n", "  role    worker of house\n  role    chief of house\n")
        .replace("must task talk by worker", "must task talk by chief");
    let handed = "`talk` is for chief from there on".to_owned();
    assert_eq!(told(&plan_of(&plain, &other).await), [(Sort::Unchanged, vec![handed])]);
    let asks = "    must question card { answers often, never silent after 3 weeks }
    on card often notify house\n    on card never notify house\n    on card silent notify house\n";
    let at = "    on talk done    -> good\n";
    let [asked, less] = [&plain, &second].map(|text| text.replace(at, &format!("{asks}{at}")));
    let less =
        less.replace("answers often, never", "answers often").replace("    on card never notify house\n", "");
    let gone = "`card` does not take the answer `never` any more".to_owned();
    assert_eq!(told(&plan_of(&asked, &less).await), [(Sort::Unchanged, vec![gone])]);
}

/// A case keeps the values of the day of its report, so that what a setting is on other days has changed nothing for it.
#[tokio::test]
async fn values_of_different_days_are_not_held_against_each_other() {
    let dated = OLD
        .replace(
            "  lead    house\n",
            "  lead    house\n  setting patience = 3 weeks from 2027-01-01 = 2 weeks\n",
        )
        .replace("within 3 weeks", "within patience");
    let planned = plan_of(&dated, &dated.replace("version \"1\"", "version \"2\"")).await;
    assert!(planned.iter().all(|case| case.sort == Sort::Unchanged), "{planned:?}");
    assert_eq!(planned.len(), 1);
}

/// What is late already is let go of no more silently than what is still to come; and when the case goes back it is there with its day.
#[tokio::test]
async fn what_is_late_and_no_longer_asked_is_told_and_comes_back_with_its_day() {
    let budget = "    must task budget by worker within 1 day\n    on budget overdue notify house\n    on talk done    -> good\n";
    let with = OLD.replace("    on talk done    -> good\n", budget);
    let without = OLD.replace("version \"1\"", "version \"2\"").replace(
        "  lead    house\n",
        "  lead    house\n  open cases { keep deadlines  stage first -> first }\n",
    );
    let mut runtime = Runtime::new(Store::in_memory(), None).await.expect("a runtime");
    let old = protocol(&with);
    let id = runtime.add(old.clone(), at("2026-03-02T09:00:00Z")).await.expect("added");
    let data = json!({ "remark": REMARK, "arrears": 4321 });
    let data = old.data_from_json(data.as_object().expect("fields")).expect("data");
    let report = Event::Reported { trigger: old.trigger_named("knock").expect("a trigger"), data, by: None };
    runtime.open(id, "a", &report, at("2026-03-02T09:00:00Z"), &mut Silent).await.expect("opened");
    runtime.advance(at("2026-03-06T09:00:00Z"), &mut Silent).await.expect("time goes by");
    let journey = runtime.journey(&old, &protocol(&without)).expect("a way");
    let (mut planned, now) = (Vec::new(), at("2026-03-06T09:00:00Z"));
    runtime.plan(&journey, now, &mut Silent, |case| planned.push(case), |_| {}).await.expect("planned");
    let told: Vec<_> = planned.iter().map(|case| (case.sort, case.on_arrival.clone())).collect();
    assert_eq!(told, [(Sort::Later, vec!["`budget` is no longer asked".to_owned()])]);
    assert_eq!(runtime.migrate(&journey, now, &mut Silent, |_| {}).await.expect("migrated"), 1);
    runtime.undo(&journey, at("2026-03-06T10:00:00Z"), &mut Silent, |_| {}).await.expect("undone");
    whole(&runtime).await;
    let told = runtime.inbox(&query(), &mut Silent).await.expect("read");
    let left = told.iter().filter(|told| !told.over).filter_map(|told| match &told.notice.message {
        Message::Assign { due, .. } => Some(due.map(|due| due.to_string())),
        _ => None,
    });
    let days = ["2026-03-23T23:00:00Z", "2026-03-03T23:00:00Z"].map(|day| Some(day.to_owned()));
    assert_eq!(left.collect::<Vec<_>>(), days);
}

/// What somebody has taken stays with them, whatever the new version says of its day.
#[tokio::test]
async fn what_somebody_has_taken_stays_with_them() {
    let mut runtime = Runtime::new(Store::in_memory(), None).await.expect("a runtime");
    let old = opened(&mut runtime).await;
    let told = runtime.inbox(&query(), &mut Silent).await.expect("read");
    let key = told.iter().find(|told| told.notice.label == "a").expect("told").item.key.clone();
    runtime.mark(&key, &Mark::Take { person: "m-5".to_owned() }).await.expect("taken");
    let journey = runtime.journey(&old, &protocol(&new())).expect("a way");
    runtime.migrate(&journey, at("2026-03-04T09:00:00Z"), &mut Silent, |_| {}).await.expect("migrated");
    let told = runtime.inbox(&query(), &mut Silent).await.expect("read");
    let open: Vec<_> = told.iter().filter(|told| !told.over).map(|told| &told.item).collect();
    let taken: Vec<_> = open.iter().filter(|item| item.person.as_deref() == Some("m-5")).collect();
    assert_eq!((open.len(), taken.len()), (3, 1), "it is with them, and the new day with all of the role");
}
