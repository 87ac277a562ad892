//! Open cases whose stage is interrupted, under a new version.

use crate::migration::{is_whole, ran};
use crate::program::Place;

/// A stage that interrupts another one.
const PAUSE: &str = r#"pathway door "At the door" {
  version "1"
  lead house
  agency house "House"
  role worker "Worker" of house
  event ill "Ill" from worker
  trigger report_in from anyone { -> talk }
  stage talk "Talk" {
    must task call "Call" by worker within 10 days
    on call done -> good
    on call overdue -> bad
  }
  stage rest "Rest" {
    must task look "Look" by worker within 5 days
    on look done -> back
    on look overdue notify worker -> back
  }
  always { on ill -> rest }
  end good "Good" success no aftercare because "a test"
  end bad "Bad" failure
}
"#;

/// A case that was reported in the morning, and whose stage is interrupted since the afternoon.
fn ill_since_the_afternoon(place: &Place) {
    let on_day = |words: &[&str], at: &str| {
        let ran = place.run(&[words, &["--by", "worker", "--at", at]].concat());
        assert_eq!(ran.status, 0, "{ran:?}");
    };
    on_day(
        &["case", "open", "--db", "a.db", "--pathway", "old.pathway", "a", "report_in"],
        "2026-03-16T10:00",
    );
    on_day(&["case", "event", "--db", "a.db", "a", "ill"], "2026-03-16T15:00");
}

/// What is held does not come: also what is over by the new version waits until the case goes back. And what was interrupted may be
/// another stage from there on.
#[test]
fn a_plan_says_what_is_held_and_where_a_case_comes() {
    let place = Place::new();
    place.write("old.pathway", PAUSE);
    ill_since_the_afternoon(&place);
    let shorter = PAUSE
        .replace("version \"1\"", "version \"2\"")
        .replace("  lead house\n", "  lead house\n  open cases { recompute from start }\n")
        .replace("within 10 days", "within 1 day");
    place.write("new.pathway", &shorter);
    let plan = |name: &str| {
        let plan = place.run(&["plan", "old.pathway", name, "--db", "a.db", "--at", "2026-03-20T09:00"]);
        assert_eq!(plan.status, 0, "{plan:?}");
        plan.out
    };
    insta::assert_snapshot!("held", plan("new.pathway"));
    let exchanged = shorter
        .replace("recompute from start", "keep deadlines  stage talk -> write")
        .replace("within 1 day", "within 10 days")
        .replace("on call done -> good", "on call done -> write")
        .replace(
            "  stage rest",
            "  stage write \"Write\" {\n    must task letter \"Letter\" by worker within 10 days\n    on letter done -> good\n    on letter overdue -> bad\n  }\n  stage rest",
        );
    place.write("other.pathway", exchanged);
    insta::assert_snapshot!("exchanged", plan("other.pathway"));
    let over = [
        "migrate",
        "old.pathway",
        "other.pathway",
        "--db",
        "a.db",
        "--at",
        "2026-03-20T09:00",
        "--apply",
        "--by",
        "m-17",
    ];
    assert_eq!(place.run(&over).status, 0);
    let back =
        ["case", "event", "--db", "a.db", "a", "look done", "--by", "worker", "--at", "2026-03-20T10:00"];
    assert_eq!(place.run(&back).status, 0);
    let why = place.run(&["case", "why", "--db", "a.db", "a"]).out;
    assert!(why.contains("in `write` since Fri 2026-03-20 09:00"), "{why}");
    is_whole(&place);
}

/// A stage that interrupts another one, and is gone in the new version.
#[test]
fn who_was_interrupted_goes_on_with_the_clocks_as_they_were() {
    let place = Place::new();
    place.write("old.pathway", PAUSE);
    let (before, after) = PAUSE.split_at(PAUSE.find("  stage rest").expect("it is there"));
    let gone = format!("{before}{}", &after[after.find("  always").expect("it is there")..]);
    let gone =
        gone.replace("version \"1\"", "version \"2\"").replace("on ill -> rest", "on ill notify worker");
    place.write("new.pathway", &gone);
    ill_since_the_afternoon(&place);
    let told = ran(&place, "migrate", &["--apply", "--by", "m-17"]);
    assert_eq!(told.status, 1, "{told:?}");
    assert!(told.out.contains("needs a decision:\n  a (rest)\n    the stage `rest` is gone, and this case was to go back from it to `talk`: say `stage rest -> back`"), "{told:?}");
    place.write(
        "new.pathway",
        gone.replace("  lead house\n", "  lead house\n  open cases { stage rest -> talk }\n"),
    );
    let told = ran(&place, "migrate", &["--apply", "--by", "m-17"]);
    assert_eq!(told.status, 0, "{told:?}");
    insta::assert_snapshot!("interrupted", told.out);
    is_whole(&place);
    let why = place.run(&["case", "why", "--db", "a.db", "a"]).out;
    assert!(!why.contains("held") && why.contains("2026-03-26"), "{why}");
    let on = place.run(&["case", "advance", "--db", "a.db", "--until", "2026-03-28"]);
    assert_eq!(on.status, 0, "{on:?}");
    assert!(place.run(&["case", "list", "--db", "a.db"]).out.contains("bad"), "the term has gone by");
    is_whole(&place);
}
