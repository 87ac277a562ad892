//! Every construct of the language at work: the files in `constructs` are clean, in both spellings, and
//! their scenarios go as they say.

use std::fs;
use std::path::Path;

use voordeur_diagnostics::{Diagnostic, Rule, SourceFile, text};
use voordeur_messages::Lang;
use voordeur_protocol::compile;
use voordeur_scenario::play;
use voordeur_syntax::translate;

/// What is wrong with a file, and what goes wrong in its scenarios.
fn wrong(name: &str, source: &str) -> String {
    let compiled = compile(source);
    let (scenarios, problems) = voordeur_scenario::compile(&compiled.scenarios, &compiled.protocols);
    let mut found: Vec<Diagnostic> = compiled.problems;
    if found.is_empty() {
        found = problems;
    }
    assert!(!found.is_empty() || !scenarios.is_empty(), "{name} shows nothing");
    for scenario in &scenarios {
        let failures = scenario.examples.iter().filter_map(|example| {
            let failure = play(&scenario.protocol, example).failure?;
            let row = example.row.as_deref().unwrap_or_default();
            let message = format!("{} {row}: {}", scenario.title, failure.message);
            Some(Diagnostic::error(Rule::ScenarioFailed, failure.span, message))
        });
        found.extend(failures);
    }
    text(SourceFile { name, text: source }, &found, false)
}

#[test]
fn every_construct_works_in_both_spellings() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/constructs"));
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let source = fs::read_to_string(&path).unwrap();
        assert_eq!(wrong(&name, &source), "", "{name}");
        let dutch = translate(&source, Lang::Nl).unwrap();
        assert_eq!(wrong(&name, &dutch), "", "{name} in Dutch");
        assert_eq!(translate(&dutch, Lang::En).unwrap(), source, "{name} there and back");
    }
}
