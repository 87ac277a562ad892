//! Whatever a message proposes can be written: its pathway text is parsed, in both languages.

#![expect(clippy::expect_used, reason = "a panic in a test is a failing test")]

mod bad;

use std::collections::BTreeMap;
use std::path::Path;

use voordeur_diagnostics::{Applicability, Diagnostic, mend};
use voordeur_messages::{DUTCH, Lang, entries, speaking};
use voordeur_protocol::compile;
use voordeur_syntax::fits;

/// The crates whose messages are about pathways.
const ABOUT_PATHWAYS: [&str; 4] =
    ["voordeur-syntax", "voordeur-protocol", "voordeur-scenario", "voordeur-diagnostics"];

/// Where the texts of the catalogue are said, by the English text.
fn places() -> BTreeMap<String, String> {
    let mut places = BTreeMap::new();
    for entry in DUTCH.split("\n\n").filter(|entry| entry.starts_with("#: ")) {
        let place = entry.lines().next().and_then(|line| line.strip_prefix("#: ")).expect("a place");
        for (english, _) in entries(entry) {
            places.insert(english, place.to_owned());
        }
    }
    places
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The text with something in the place of each `{name}`, in every way.
fn filled(text: &str) -> Vec<String> {
    let name = text.match_indices('{').find_map(|(at, _)| {
        let rest = text.get(at + 1..)?;
        let (name, _) = rest.split_once('}')?;
        let is_name = !name.is_empty()
            && name.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit());
        is_name.then(|| format!("{{{name}}}"))
    });
    let Some(name) = name else { return vec![text.to_owned()] };
    let fillings =
        ["x", "task", "done", "2 weeks", "2", "on x done", "\"x\"", "count 0..9", "by", "weeks", "else"];
    fillings.iter().flat_map(|filling| filled(&text.replace(&name, filling))).collect()
}

fn can_be_written(text: &str) -> bool {
    // Commands of the program, and names of rules.
    if text.starts_with("voordeur ") || voordeur_diagnostics::Rule::from_name(text).is_some() {
        return true;
    }
    // Events and answers come as JSON as well.
    serde_json::from_str::<serde_json::Value>(text).is_ok()
        || filled(text).iter().any(|text| fits(text).is_some())
}

#[test]
fn what_a_message_quotes_can_be_written() {
    let places = places();
    let mut wrong = Vec::new();
    for (english, dutch) in entries(DUTCH) {
        let place = places.get(&english).map(String::as_str).unwrap_or_default();
        if !ABOUT_PATHWAYS.iter().any(|name| place.starts_with(name)) {
            continue;
        }
        for text in [&english, &dutch] {
            let found = quoted(text).filter(|quoted| !can_be_written(quoted));
            wrong.extend(found.map(|quoted| format!("{place}: `{quoted}` in {text}")));
        }
    }
    assert!(wrong.is_empty(), "this cannot be written in a pathway:\n{}", wrong.join("\n"));
}

/// The wrong examples of the pages of the rules.
fn pages() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules");
    let mut pages: Vec<_> =
        std::fs::read_dir(folder).expect("the pages").map(|page| page.expect("a page").path()).collect();
    pages.sort();
    let texts = pages.iter().map(|page| std::fs::read_to_string(page).expect("it can be read"));
    texts
        .filter_map(|page| Some(page.split_once("```pathway\n")?.1.split_once("```")?.0.to_owned()))
        .collect()
}

/// What was found in a file, and in its scenarios.
fn found(source: &str) -> Vec<Diagnostic> {
    let compiled = compile(source);
    let (_, problems) = voordeur_scenario::compile(&compiled.scenarios, &compiled.protocols);
    let (_, promised) = voordeur_verify::promises(&compiled.promises, &compiled.protocols, &compiled.sources);
    compiled.problems.into_iter().chain(problems).chain(promised).collect()
}

#[test]
fn what_a_finding_proposes_can_be_written_and_mends_it() {
    let slips = bad::slips().into_iter().map(|(_, source)| source);
    let sources: Vec<String> = slips.chain(pages()).collect();
    let (mut proposed, mut mended) = (0, 0);
    for (lang, source) in Lang::ALL.iter().flat_map(|lang| sources.iter().map(move |source| (lang, source))) {
        for problem in speaking(*lang, || found(source)) {
            for text in problem.help.iter().flat_map(|help| quoted(help)) {
                proposed += 1;
                assert!(fits(text).is_some(), "`{text}` cannot be written: {problem:#?}\n{source}");
            }
            if problem.fix.is_some() {
                mended += 1;
                let after = applied(source, &problem);
                let same = |source: &str| {
                    let all = speaking(*lang, || found(source));
                    all.iter()
                        .filter(|one| (one.rule, &one.message) == (problem.rule, &problem.message))
                        .count()
                };
                assert!(same(&after) < same(source), "the fix mends nothing: {problem:#?}\n{after}");
            }
        }
    }
    assert!(
        proposed > 100 && mended > 20,
        "{proposed} proposed and {mended} mended: the test tries too little"
    );
}

fn applied(source: &str, problem: &Diagnostic) -> String {
    let mended = mend(source, std::slice::from_ref(problem), Applicability::ShowOnly);
    mended.expect("the fix fits").text
}
