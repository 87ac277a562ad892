//! Whatever a message proposes can be written: its pathway text is parsed, in both languages.

#![expect(clippy::expect_used, reason = "a panic in a test is a failing test")]

use std::collections::BTreeMap;

use voordeur_messages::{DUTCH, entries};
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
    let fillings = ["x", "task", "done", "2 weeks", "2", "on x done", "\"x\"", "count 0..9", "by"];
    fillings.iter().flat_map(|filling| filled(&text.replace(&name, filling))).collect()
}

fn can_be_written(text: &str) -> bool {
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
