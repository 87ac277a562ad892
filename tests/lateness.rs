//! What was due before somebody came: a decree moves when a visit may come, and a case that is over by then has ended.

use voordeur_runtime::{Clock as _, SystemClock, micros};
use voordeur_store::{JournalRow, Store};

use crate::program::{Place, Ran};

const STREET: &str = r#"pathway street "Street" {
  version "1"
  lead house
  agency house "House"
  role worker "Worker" of house
  trigger report_in from worker { -> talk }
  stage talk "Talk" {
    must visit home "Home" by worker within 3 weeks announced by letter at least 3 working days before
    on home done    -> good
    on home refused -> bad
    on home overdue -> bad
  }
  end good "Good" success no aftercare because "a test"
  end bad "Bad" failure
}
"#;

fn street() -> Place {
    let place = Place::new();
    place.write("street.pathway", STREET);
    place
}

fn open(place: &Place, label: &str, at: &str, more: &[&str]) -> Ran {
    let words =
        ["case", "open", "--db", "a.db", "--pathway", "street.pathway", label, "report_in", "--by", "worker"];
    place.run(&[&words[..], &["--at", at], more].concat())
}

/// Who was announced before a holiday was decreed comes no sooner than who is announced after it.
#[test]
fn a_decree_moves_when_an_announced_visit_may_come() {
    let place = street();
    assert_eq!(open(&place, "a", "2026-04-28T10:00", &[]).status, 0);
    let decree =
        ["decree", "--db", "a.db", "2026-04-30", "--because", "Stcrt. 2026, 1", "--at", "2026-04-28T12:00"];
    let preview = place.run(&decree);
    let moves = "`home` at the earliest: Fri 2026-05-01 00:00 becomes Mon 2026-05-04 00:00";
    assert!(preview.out.contains(moves), "{preview:?}");
    let applied = place.run(&[&decree[..], &["--apply", "--by", "m-1"]].concat());
    assert!(applied.status == 0 && applied.out.contains(moves), "{applied:?}");
    assert_eq!(open(&place, "b", "2026-04-28T13:00", &[]).status, 0);
    for label in ["a", "b"] {
        let why = place.run(&["case", "why", "--db", "a.db", label]).out;
        assert!(why.contains("not before Mon 2026-05-04"), "{why}");
        let done = ["case", "event", "--db", "a.db", label, "home done", "--by", "worker"];
        let early = place.run(&[&done[..], &["--at", "2026-05-01T09:00"]].concat());
        assert_eq!(early.status, 1, "{early:?}");
    }
    assert_eq!(place.run(&["db", "verify", "--db", "a.db"]).status, 0);
    let back = [&decree[..], &["--take-back", "--apply", "--by", "m-1"]].concat();
    let back = place.run(
        &back
            .iter()
            .map(|word| word.replace("28T12", "28T14"))
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
    );
    assert!(back.out.contains("Mon 2026-05-04 00:00 becomes Fri 2026-05-01 00:00"), "{back:?}");
}

/// A report comes after a term that ended the case, and nobody followed the clock: the case has ended for everybody.
#[test]
fn a_case_that_is_over_when_somebody_reports_can_be_reported_anew() {
    let place = street();
    let household = ["--household", "h-1"];
    assert_eq!(open(&place, "a", "2026-04-01T10:00", &household).status, 0);
    let late =
        ["case", "event", "--db", "a.db", "a", "home done", "--by", "worker", "--at", "2026-06-01T10:00"];
    let refused = place.run(&late);
    assert!(refused.status == 1 && refused.err.contains("report it anew"), "{refused:?}");
    let listed = place.run(&["case", "show", "--db", "a.db", "a"]).out;
    assert!(listed.contains("ended in `bad`"), "{listed}");
    let anew = open(&place, "b", "2026-06-01T10:00", &[&household[..], &["--follows", "a"]].concat());
    assert_eq!(anew.status, 0, "{anew:?}");
    assert_eq!(place.run(&["db", "verify", "--db", "a.db"]).status, 0);
}

/// The steps of a case as they are stored.
fn journal(place: &Place, db: &str, label: &str) -> Vec<JournalRow> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&place.path().join(db)).await.expect("it opens");
        let row = store.case_labelled(label).await.expect("read").expect("there");
        let steps = store.journal(row.id).await.expect("read");
        store.close().await;
        steps
    })
}

/// Nobody followed the clock for years: who lets time go by in a database does it as late as it is, and only a virtual clock plays
/// the past as if somebody had been there.
#[test]
fn time_that_goes_by_afterwards_goes_by_late_and_on_a_virtual_clock_in_time() {
    let place = Place::new();
    let reminds = "    remind worker 3 working days before home is due\n    on home done";
    place.write("street.pathway", STREET.replace("    on home done", reminds));
    let begun = micros(SystemClock.now());
    let (late, in_time) = ("skipped, because it came too late", "reminded");
    let clocks = [("a.db", &[][..]), ("b.db", &["--virtual-clock"])];
    for (db, clock) in clocks {
        for label in ["one", "all"] {
            let open = ["case", "open", "--db", db, "--pathway", "street.pathway", label, "report_in"];
            let opened = [clock, &open[..], &["--by", "worker", "--at", "2024-04-01T10:00"]].concat();
            assert_eq!(place.run(&opened).status, 0);
        }
        for which in [&["one"][..], &[]] {
            let advance =
                [clock, &["case", "advance", "--db", db], which, &["--until", "2024-06-01"]].concat();
            let advanced = place.run(&advance);
            assert_eq!(advanced.status, 0, "{advanced:?}");
            let (told, other) = if clock.is_empty() { (late, in_time) } else { (in_time, late) };
            assert!(advanced.out.contains(told) && !advanced.out.contains(other), "{advanced:?}");
            assert!(advanced.out.contains("2024-04-23 00:00  visit `home` overdue"), "{advanced:?}");
        }
        for label in ["one", "all"] {
            let steps = journal(&place, db, label);
            let fired: Vec<&JournalRow> = steps.iter().filter(|step| step.due_at.is_some()).collect();
            assert!(fired.len() >= 2, "{fired:?}");
            for step in fired {
                assert_eq!(Some(step.at), step.due_at, "it counts when it was due");
                let recorded = step.recorded_at.expect("known");
                let agrees = if clock.is_empty() { recorded >= begun } else { recorded == step.at };
                assert!(agrees, "{db} {label}: {step:?}");
            }
        }
        assert_eq!(place.run(&["db", "verify", "--db", db]).status, 0);
    }
}
