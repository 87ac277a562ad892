//! A pathway means the same in both spellings.
#![expect(clippy::expect_used, reason = "a panic in a test is a failing test")]

use std::path::{Path, PathBuf};

use voordeur_messages::Lang;
use voordeur_protocol::{CheckedProtocol, Compiled, beside, compile, compile_judged};
use voordeur_syntax::translate;

const EROPAF: &str = include_str!("../../../dsl-examples/eropaf/eropaf.pathway");

/// Every pathway file of the examples.
fn examples() -> Vec<PathBuf> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dsl-examples");
    let below = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).expect("it is there");
        entries.map(|entry| entry.expect("it can be read").path()).collect()
    };
    let folders = below(&top).into_iter().filter(|path| path.is_dir());
    let mut files: Vec<PathBuf> = folders.flat_map(|folder| below(&folder)).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "pathway"));
    files.sort();
    files
}

fn clean(compiled: Compiled) -> Vec<CheckedProtocol> {
    assert_eq!(compiled.problems, []);
    compiled.protocols
}

fn one(text: &str) -> CheckedProtocol {
    clean(compile(text)).into_iter().next().expect("a pathway")
}

/// The pathways of a file in its own spelling, or in the other; what it imports is in that spelling too.
fn read(path: &Path, spelling: Option<Lang>) -> Vec<CheckedProtocol> {
    let text = |path: &str| {
        let text = std::fs::read_to_string(path).expect("it can be read");
        spelling.map_or(text.clone(), |lang| translate(&text, lang).expect("it has both spellings"))
    };
    let name = path.display().to_string();
    let mut load = |from: &str, wanted: &str| {
        let name = beside(from, wanted);
        Ok((name.clone(), text(&name)))
    };
    // What only all cases can show is judged where the state space is looked at.
    clean(compile_judged(&name, &text(&name), &mut load, &mut |_| Vec::new()))
}

/// The parts that do not hold words of the file itself.
fn meaning(protocol: &CheckedProtocol) -> String {
    let rules = protocol.rules.rows().map(|rule| (&rule.cause, &rule.guard, &rule.effects, &rule.target));
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}",
        protocol.bases,
        protocol.openings.rows().collect::<Vec<_>>(),
        protocol.ends.rows().map(|end| (&end.name, end.kind)).collect::<Vec<_>>(),
        rules.collect::<Vec<_>>()
    )
}

#[test]
fn the_examples_mean_the_same_in_the_other_spelling() {
    let files = examples();
    assert!(files.len() > 17, "the examples are found");
    for file in files {
        let own = read(&file, None);
        let other = own.first().expect("a pathway").spelling.other();
        let turned = read(&file, Some(other));
        assert_eq!(own.len(), turned.len());
        for (own, turned) in own.iter().zip(&turned) {
            assert_ne!(own.spelling, turned.spelling);
            assert_eq!(meaning(own), meaning(turned), "{}", file.display());
        }
    }
}

#[test]
fn events_may_be_reported_in_either_spelling() {
    let dutch = one(&translate(EROPAF, Lang::Nl).expect("it has both spellings"));
    let known = |text: &str| dutch.occurrence_named(text).expect("it is known");
    assert_eq!(known("take_in gedaan"), known("take_in done"));
    assert_eq!(known("toestemming ingetrokken"), known("consent withdrawn"));
    assert_eq!(known("verhuisd"), known("moved_away"));
}

/// What a rule is called in a report of coverage has the spelling of its file.
#[test]
fn the_end_of_an_aftercare_has_the_spelling_of_its_file() {
    let text = |protocol: &CheckedProtocol| -> Vec<String> {
        let over = |rule: &&voordeur_protocol::Rule| rule.cause == voordeur_protocol::Cause::ContactsOver;
        protocol.rules.rows().filter(over).map(|rule| rule.text.clone()).collect()
    };
    let english = include_str!("../../../crates/cli/src/init/start.pathway").replace("PATHWAY_NAME", "start");
    let dutch = one(&translate(&english, Lang::Nl).expect("it has both spellings"));
    assert_eq!(text(&one(&english)), ["then -> settled"]);
    assert_eq!(text(&dutch), ["daarna -> settled"]);
}
