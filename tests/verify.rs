//! `voordeur verify`, and what `voordeur check` has from it.

use crate::program::Place;

const WAITS: &str = r#"pathway door "Door" {
  version "1"
  lead   house
  agency house
  agency helper
  role   worker of house
  trigger knock from anyone { -> first }
  stage first {
    must task talk by worker within 2 working days
    on talk done    -> helping
    on talk overdue -> missed
  }
  stage helping {
    must refer handover
    on handover taken_up  -> helped
    on handover exhausted -> missed
  }
  referral handover { to helper  accept within 1 week  declined or overdue: ask again once, then exhausted }
  end helped success
  end missed failure
}
"#;

#[test]
fn a_wait_without_end_is_shown_with_its_history() {
    let place = Place::new();
    place.write("door.pathway", WAITS);
    let ran = place.run(&["check", "door.pathway"]);
    assert_eq!(ran.status, 1);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn every_stage_and_end_has_its_bounds() {
    let place = Place::new();
    place.write(
        "door.pathway",
        WAITS.replace("accept within 1 week", "accept within 1 week  contact within 2 weeks"),
    );
    let ran = place.run(&["verify", "door.pathway"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    insta::assert_snapshot!(ran.out);
    let json = place.run(&["verify", "--format", "json", "door.pathway"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(json[0]["pathways"][0]["bounds"][0]["earliest_days"], 0);
}

#[test]
fn what_was_not_looked_at_is_undecided_and_never_clean() {
    let place = Place::new();
    place.write(
        "door.pathway",
        WAITS.replace("accept within 1 week", "accept within 1 week  contact within 2 weeks"),
    );
    for command in ["check", "verify"] {
        let ran = place.run(&[command, "--budget", "3", "door.pathway"]);
        assert_eq!(ran.status, 4, "{}", ran.out);
        assert!(ran.out.contains("undecided") || ran.err.contains("undecided"), "{}{}", ran.out, ran.err);
        assert!(!ran.out.contains("clean"), "{}", ran.out);
    }
}

/// Every example is decided, and clean.
#[test]
fn every_example_is_clean_whatever_happens() {
    let place = Place::new();
    let ran = place.run(&["check", "dsl-examples"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert!(ran.out.lines().all(|line| line.contains(": clean (")), "{}", ran.out);
}
