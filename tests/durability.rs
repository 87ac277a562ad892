//! Killed at any moment, the database is whole: what was written is there, what was pending is pending, and the
//! end is the same as without the kill.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use voordeur_engine::{Case, apply};
use voordeur_runtime::{Runtime, timestamp};
use voordeur_store::Store;

use crate::program::Place;

const EROPAF: &str = "dsl-examples/eropaf/eropaf.pathway";

fn events(cases: usize, rest: &str) -> String {
    let mut events = String::new();
    for n in 0..cases {
        let start = format!(r#"{{"at": "2008-03-03T10:00", "case": "c{n}", "trigger": "other_report"}}"#);
        writeln!(events, "{start}\n{}", rest.replace("CASE", &format!("c{n}"))).expect("written");
    }
    events
}

/// Every case with its state, after folding its journal and comparing the two.
fn states(db: &Path) -> BTreeMap<String, Case> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(db).await.expect("it opens");
        let runtime = Runtime::new(store.clone(), None).await.expect("its pathways");
        let library = runtime.protocols();
        let mut states = BTreeMap::new();
        for row in store.cases("", 100_000).await.expect("its cases") {
            let protocol = library.get(row.protocol).expect("its pathway");
            let mut folded = Case::default();
            for (step, entries) in runtime.history(&row).await.expect("its journal") {
                for entry in entries {
                    apply(protocol, &mut folded, timestamp(step.at), &entry);
                }
            }
            let stored = runtime.case(&row).expect("a case");
            assert_eq!(folded, stored, "{}: the journal gives the case", row.label);
            states.insert(row.label, stored);
        }
        store.close().await;
        states
    })
}

#[test]
fn timers_survive_kill_9() {
    let place = Place::new();
    place.write("events.jsonl", events(1500, ""));
    let ran =
        place.run(&["run", EROPAF, "--events", "events.jsonl", "--db", "a.db", "--until", "2008-03-03"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    std::fs::copy(place.path().join("a.db"), place.path().join("undisturbed.db")).expect("a copy");
    let advance = |db: &str| place.command(&["case", "advance", "--db", db, "--until", "2008-06-30"]);
    assert!(advance("undisturbed.db").output().expect("it runs").status.success());
    let mut killed = 0;
    for lines in (1_usize..).map(|round| round * 400) {
        let mut child = advance("a.db").stdout(Stdio::piped()).spawn().expect("it runs");
        let mut out = BufReader::new(child.stdout.take().expect("its output")).lines();
        let cut_off = out.by_ref().take(lines).count() == lines;
        child.kill().expect("killed");
        child.wait().expect("gone");
        if !cut_off {
            break;
        }
        killed += 1;
        states(&place.path().join("a.db"));
    }
    assert!(killed > 2, "it was killed {killed} times");
    let status = advance("a.db").output().expect("it runs").status;
    assert!(status.success());
    assert_eq!(states(&place.path().join("a.db")), states(&place.path().join("undisturbed.db")));
}

#[test]
fn plugin_calls_survive_kill_9() {
    let place = Place::new();
    let taken_in = r#"{"at": "2008-03-04T10:00", "case": "CASE", "event": "take_in done", "data": {"visit_needed": "no", "bailiff_involved": "yes", "months_in_arrears": 4, "arrears": "€900.00"}}"#;
    place.write("events.jsonl", events(400, taken_in));
    let wal = place.path().join("a.db-wal");
    for size in [400_000, 1_200_000, 2_500_000] {
        std::fs::remove_file(place.path().join("a.db")).unwrap_or_default();
        let mut child = place.command(&["run", EROPAF, "--events", "events.jsonl", "--db", "a.db"]);
        let mut child = child.stdout(Stdio::null()).spawn().expect("it runs");
        while child.try_wait().expect("asked").is_none()
            && std::fs::metadata(&wal).map_or(0, |file| file.len()) < size
        {
            std::thread::yield_now();
        }
        child.kill().unwrap_or_default();
        child.wait().expect("gone");
        let before = states(&place.path().join("a.db"));
        assert!(!before.is_empty());
        let ran =
            place.run(&["case", "advance", "--db", "a.db", "--until", "2008-03-04", "--format", "json"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        for label in before.keys().step_by(40) {
            let shown = place.run(&["case", "show", "--db", "a.db", label]).out;
            let (asked, made) =
                (shown.matches("called the plugin").count(), shown.matches("  document ").count());
            assert_eq!(asked, made, "every call has its letter, once: {shown}");
        }
    }
}
