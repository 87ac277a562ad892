//! `voordeur diff`: exit status, formats, revisions of git.

use crate::program::Place;

const OLD: &str = r#"pathway door "At the door" {
  version "1"
  lead house
  agency house "House"
  role worker "Worker" of house
  trigger report_in from anyone { -> talk }
  stage talk "Talk" {
    must task call "Call" by worker within 2 working days
    on call done    -> good
    on call overdue notify house -> bad
  }
  end good "Good" success no aftercare because "a test"
  end bad "Bad" failure
}
"#;

#[test]
fn the_exit_status_says_how_much_has_changed() {
    let place = Place::new();
    place.write("old.pathway", OLD);
    place.write("new.pathway", OLD.replace("2 working days", "4 working days"));
    place.write("said.pathway", OLD.replace("\"Good\"", "\"Well\""));
    place.write("broken.pathway", OLD.replace("-> talk", "-> nowhere"));
    let status =
        |command: &str| place.shell(&format!("{command} >/dev/null 2>&1; echo $?")).out.trim().to_owned();
    assert_eq!(status("voordeur diff old.pathway old.pathway"), "0");
    assert_eq!(status("voordeur diff old.pathway said.pathway"), "0");
    assert_eq!(status("voordeur diff old.pathway said.pathway --fail-on editorial"), "1");
    assert_eq!(status("voordeur diff old.pathway new.pathway --fail-on weakens"), "1");
    assert_eq!(status("voordeur diff new.pathway old.pathway --fail-on weakens"), "0");
    assert_eq!(status("voordeur diff old.pathway broken.pathway"), "3");
    assert_eq!(status("voordeur diff old.pathway missing.pathway"), "2");
}

/// The same bytes each time, and JSON that says what the text says.
#[test]
fn the_answer_is_always_the_same() {
    let place = Place::new();
    place.write("old.pathway", OLD);
    place.write("new.pathway", OLD.replace("2 working days", "4 working days"));
    let ran =
        |format: &str| place.shell(&format!("voordeur diff old.pathway new.pathway --format {format}")).out;
    assert_eq!(ran("text"), ran("text"));
    let json: serde_json::Value = serde_json::from_str(&ran("json")).expect("JSON");
    assert_eq!(json["pathways"][0]["differences"][0]["level"], "weakens");
    assert_eq!(json["proven_same"], false);
}
