//! Scenarios and the two spellings, as the program shows them.

use std::fs;

use crate::program::Place;

#[test]
fn every_scenario_of_the_examples_goes_as_it_says() {
    let ran = Place::new().run(&["test", "dsl-examples"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
}

const SMALL: &str = r#"pathway visits "Visits" {
  version "1"
  lead   house
  agency house
  role   worker of house
  trigger knock from anyone { -> first }
  stage first {
    must task talk by worker within 1 week
    on talk done    -> good
    on talk overdue -> bad
  }
  end good success
  end bad  failure
}
scenario "talked" for visits {
  on 2024-01-08 knock
  on 2024-01-09 talk done
  expect ended good
}
scenario "nobody talks" for visits {
  on 2024-01-08 knock
  when nothing happens until 2024-01-16 00:00
  expect ended good
}
"#;

#[test]
fn a_failing_scenario_shows_the_timeline_and_the_first_wrong_day() {
    let place = Place::new();
    place.write("visits.pathway", SMALL);
    let ran = place.run(&["test", "visits.pathway", "--coverage"]);
    insta::assert_snapshot!(format!("{}exit {}", ran.out, ran.status));
    let json = place.run(&["test", "visits.pathway", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(json[0]["scenarios"][1]["failure"]["day"], "2024-01-16");
}

#[test]
fn coverage_can_be_asked_for() {
    let place = Place::new();
    let text = SMALL.replacen(
        "until 2024-01-16 00:00\n  expect ended good",
        "until 2024-01-16 00:00\n  expect ended bad",
        1,
    );
    place.write("visits.pathway", text);
    assert_eq!(place.run(&["test", "visits.pathway", "--min-coverage", "100"]).status, 0);
    let text = SMALL.split("scenario \"nobody").next().unwrap_or_default();
    place.write("visits.pathway", text);
    let ran = place.run(&["test", "visits.pathway", "--min-coverage", "100"]);
    assert_eq!(ran.status, 1);
    assert_eq!(ran.err, "visits: coverage is 62%, and 100% is asked for\n");
    let json = place.run(&["test", "visits.pathway", "--coverage", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(json[0]["pathways"][0]["total"]["percent"], 62);
    let page = place.run(&["test", "visits.pathway", "--coverage", "html"]).out;
    let picture =
        page.split("<figure>\n").nth(1).and_then(|rest| rest.split("</figure>").next()).expect("a picture");
    roxmltree::Document::parse(picture).expect("well-formed SVG");
    assert!(
        page.contains("<g class=\"vertex failure missed\">")
            && page.contains("<g class=\"vertex success shown\">")
    );
}

#[test]
fn a_file_goes_to_dutch_and_back() {
    let place = Place::new();
    place.write("visits.pathway", SMALL);
    let dutch = place.run(&["fmt", "--lang", "nl", "visits.pathway"]);
    assert_eq!(dutch.status, 0, "{}", dutch.err);
    insta::assert_snapshot!(dutch.out);
    assert_eq!(place.run(&["fmt", "--lang", "nl", "--write", "visits.pathway"]).status, 0);
    assert_eq!(fs::read_to_string(place.path().join("visits.pathway")).expect("there"), dutch.out);
    assert_eq!(place.run(&["fmt", "--lang", "en", "visits.pathway"]).out, SMALL);
}

#[test]
fn what_cannot_be_translated_stays_as_it_is() {
    let place = Place::new();
    let text = SMALL.replace("within 1 week", "within 1 week of reprt");
    place.write("visits.pathway", text.replace("knock", "melding").replace("reprt", "melding"));
    let ran = place.run(&["fmt", "--lang", "nl", "--write", "visits.pathway"]);
    let said = "fout: visits.pathway:8: `melding` is een woord van de taal in de andere spelling; geef het eerst een andere naam\n";
    assert_eq!((ran.status, ran.err.as_str()), (1, said));
    place.write("visits.pathway", "pathway p {");
    let ran = place.run(&["fmt", "--lang", "nl", "--write", "visits.pathway"]);
    assert_eq!(ran.status, 1);
    assert!(
        ran.err.ends_with("fout: visits.pathway: er staan fouten in, dus het blijft zoals het is\n"),
        "{}",
        ran.err
    );
    assert_eq!(fs::read_to_string(place.path().join("visits.pathway")).expect("there"), "pathway p {");
}

#[test]
fn json_of_tests_holds_the_findings() {
    let place = Place::new();
    place.write("visits.pathway", SMALL.replacen("on talk done    -> good", "on talk don    -> good", 1));
    let ran = place.run(&["test", "visits.pathway", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(json[0]["findings"][0]["rule"], "unknown-name", "{}", ran.out);
}

/// A contact with several moments has a window for each: the lines tell them apart.
#[test]
fn coverage_tells_the_moments_of_a_contact_apart() {
    let place = Place::new();
    let contacts = r#"
    must call check_in by worker after 2 weeks, 4 weeks window 0 days before to 1 week after
    on check_in missed notify house
    on check_in done   notify house"#;
    let text = SMALL.replacen("    on talk done", &format!("{contacts}\n    on talk done"), 1);
    place.write("visits.pathway", text.replace("expect ended good\n}\n", "}\n"));
    let ran = place.run(&["test", "visits.pathway", "--coverage"]);
    for moment in ["after 2 weeks", "after 4 weeks"] {
        let line = format!("the window of `check_in` {moment} passes");
        assert!(ran.out.contains(&line), "{line}: {}{}", ran.out, ran.err);
    }
}
