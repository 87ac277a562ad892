//! The two spellings: every example goes there and back without the loss of a byte.
#![expect(clippy::unwrap_used, reason = "a failing test may panic anywhere")]

use std::fs;
use std::path::PathBuf;

use voordeur_messages::Lang;
use voordeur_syntax::{Untranslatable, parse, translate};

fn examples() -> Vec<(PathBuf, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dsl-examples");
    let mut found = Vec::new();
    for project in fs::read_dir(folder).unwrap() {
        for file in fs::read_dir(project.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "pathway") {
                found.push((path.clone(), fs::read_to_string(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_example_goes_to_the_other_spelling_and_back() {
    for (path, text) in examples() {
        let own = parse(&text).spelling;
        let other = translate(&text, own.other()).unwrap();
        assert_ne!(text, other, "{}", path.display());
        let read = parse(&other);
        assert_eq!((read.problems, read.spelling), (vec![], own.other()), "{}", path.display());
        assert_eq!(translate(&other, own).unwrap(), text, "{}", path.display());
    }
}

#[test]
fn dutch_reads_as_dutch() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dsl-examples/eropaf/eropaf.pathway");
    let text = fs::read_to_string(path).unwrap();
    insta::assert_snapshot!(translate(&text, Lang::Nl).unwrap());
}

#[test]
fn a_name_that_would_become_a_word_is_refused() {
    let text = "pathway p {\n  lead a  agency a\n  trigger melding from anyone { -> s }\n  stage s {\n    must task t within 1 day of report\n    must task u within 1 day of melding\n  }\n}\n";
    let refused = translate(text, Lang::Nl).unwrap_err();
    assert_eq!(refused, Untranslatable::NameIsWord { name: "melding".to_owned(), line: 6 });
}

#[test]
fn a_file_with_mistakes_is_not_translated() {
    assert!(matches!(translate("pathway p { stag x { } }", Lang::Nl), Err(Untranslatable::HasMistakes(_))));
}

#[test]
fn a_file_in_the_wanted_spelling_stays_as_it_is() {
    let text = "traject p { regie a  instantie a }";
    assert_eq!(translate(text, Lang::Nl).unwrap(), text);
}

#[test]
fn every_form_of_a_promise_reads_aloud_in_both_spellings() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kitchen-sink.pathway");
    let text = fs::read_to_string(path).unwrap();
    let (_, promise) = text.split_once("promise ").unwrap();
    let english = format!("promise {promise}");
    let dutch = translate(&english, Lang::Nl).unwrap();
    assert_eq!(parse(&dutch).spelling, Lang::Nl);
    assert_eq!(translate(&dutch, Lang::En).unwrap(), english);
    insta::assert_snapshot!(dutch);
}
