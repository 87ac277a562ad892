//! What two texts under one label are held against: what only looks otherwise means the same, and every change of what happens to
//! a household does not.

#![expect(clippy::expect_used, reason = "a panic in a test is a failing test")]

use voordeur_messages::Lang;
use voordeur_protocol::{CheckedProtocol, compile};
use voordeur_syntax::{format, translate};

const DOOR: &str = r#"pathway door "At the door" {
  version "1"
  lead house
  agency house "House"
  role worker "Worker" of house
  role chief "Chief" of house
  setting term = 2 working days from 2027-06-01 = 4 working days
  data { months count 0..9 "Months"  kids yes_no kept because "a test" }
  event alarm from worker
  trigger report_in from anyone { asks months, kids -> talk }
  stage talk "Talk" {
    must visit first_visit "Home visit" by worker within term attempts 3, 1 to 3 days apart
    remind worker 1 working day before first_visit is due
    on first_visit done when months >= 2 -> helping
    on first_visit done otherwise        -> good
    on first_visit refused   -> bad
    on first_visit exhausted -> bad
    on first_visit overdue   escalate late
  }
  stage helping {
    must task help by worker within 2 weeks statutory
    on help done    -> good
    on help overdue notify chief "nobody has helped yet"
  }
  escalation late { at once notify chief  after 2 days notify house }
  always { on alarm notify chief }
  end good success no aftercare because "the visit is all there is"
  end bad failure
}
"#;

fn compiled(text: &str) -> CheckedProtocol {
    let compiled = compile(text);
    assert!(!compiled.has_errors(), "{:#?}\n{text}", compiled.problems);
    compiled.protocols.into_iter().next().expect("a pathway")
}

fn examples() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dsl-examples");
    let folders = std::fs::read_dir(folder).expect("examples");
    let files = folders.filter_map(|folder| {
        let folder = folder.expect("a folder").path();
        let name = folder.file_name()?.to_str()?.to_owned();
        std::fs::read_to_string(folder.join(format!("{name}.pathway"))).ok()
    });
    let texts: Vec<String> =
        files.filter(|text| !text.contains("import \"") && !compile(text).has_errors()).collect();
    assert!(texts.len() > 8);
    texts
}

#[test]
fn layout_spelling_and_comments_do_not_count() {
    for text in examples().into_iter().chain([DOOR.to_owned()]) {
        let meaning = compiled(&text).meaning();
        let laid_out = format(&text).unwrap_or_else(|_| panic!("it is laid out")).text;
        let spaced = text.replace('\n', "\n\n").replace("  ", "    ");
        let commented = text.replacen('\n', " # a remark\n# and another one\n", 1);
        for other in [&laid_out, &spaced, &commented] {
            assert_eq!(compiled(other).meaning().differences(&meaning), Vec::<&str>::new());
        }
        for lang in [Lang::Nl, Lang::En] {
            let translated = translate(&text, lang).unwrap_or_else(|_| panic!("it is translated"));
            assert_eq!(compiled(&translated).meaning().differences(&meaning), Vec::<&str>::new(), "{lang:?}");
        }
    }
}

#[test]
fn order_wording_and_what_is_said_of_open_cases_do_not_count() {
    let meaning = compiled(DOOR).meaning();
    for (from, to) in [
        (
            "  role worker \"Worker\" of house\n  role chief \"Chief\" of house\n",
            "  role chief \"Chief\" of house\n  role worker \"Worker\" of house\n",
        ),
        (
            "    on first_visit refused   -> bad\n    on first_visit exhausted -> bad\n",
            "    on first_visit exhausted -> bad\n    on first_visit refused   -> bad\n",
        ),
        ("  lead house\n", "  lead house\n  open cases { keep deadlines }\n"),
        ("version \"1\"", "version \"1\" until 2030-12-31"),
        ("\"Home visit\"", "\"A visit at home\""),
        ("\"nobody has helped yet\"", "\"no help so far\""),
    ] {
        assert!(DOOR.contains(from), "{from}");
        assert_eq!(
            compiled(&DOOR.replace(from, to)).meaning().differences(&meaning),
            Vec::<&str>::new(),
            "{to}"
        );
    }
}

#[test]
fn what_happens_otherwise_is_told_by_name() {
    let meaning = compiled(DOOR).meaning();
    for (from, to, named) in [
        ("months >= 2", "months >= 5", "talk"),
        ("2 working days from", "3 working days from", "talk"),
        ("= 4 working days", "= 5 working days", "talk"),
        ("2 weeks statutory", "2 weeks eu", "helping"),
        ("attempts 3, 1 to 3", "attempts 4, 1 to 3", "first_visit"),
        ("remind worker 1", "remind worker 2", "talk"),
        ("from anyone {", "from house {", "report_in"),
        ("event alarm from worker", "event alarm from chief", "alarm"),
        ("count 0..9", "count 0..8", "months"),
        ("on alarm notify chief", "on alarm notify worker", "always"),
        ("after 2 days notify house", "after 3 days notify house", "late"),
        ("end bad failure", "end bad withdrawn", "bad"),
        ("asks months, kids", "asks kids, months", "report_in"),
        ("kids yes_no kept", "kids yes_no? kept", "kids"),
        ("  lead house\n", "  lead house\n  keep case for 5 years after closing\n", "keep"),
    ] {
        assert!(DOOR.contains(from), "{from}");
        let other = compiled(&DOOR.replace(from, to)).meaning();
        assert!(other.differences(&meaning).contains(&named), "{to}: {:?}", other.differences(&meaning));
        assert_eq!(other.differences(&meaning), meaning.differences(&other));
    }
}
