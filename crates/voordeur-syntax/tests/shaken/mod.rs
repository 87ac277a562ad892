//! Pathways of every layout: the examples and made up ones, with other things between their tokens.

#![expect(
    clippy::string_slice,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a failing test may panic anywhere"
)]

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;

pub(crate) fn examples() -> Vec<(PathBuf, String)> {
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

/// A word, a text, a sign or a row of a table, and the blanks and comments before it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece<'a> {
    /// The blanks at the start of its line.
    pub(crate) indent: &'a str,
    pub(crate) before: &'a str,
    pub(crate) text: &'a str,
}

/// The pieces of a text. This reader knows nothing of the grammar: it is the other opinion in these tests.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
        } else if first == '#' {
            at += text[at..].find('\n').unwrap_or(text.len() - at);
        } else {
            let length = length(&text[at..], first);
            found.push(Piece {
                indent: indent(text, at),
                before: &text[start..at],
                text: &text[at..at + length],
            });
            at += length;
            start = at;
        }
    }
    found.push(Piece { indent: "", before: &text[start..], text: "" });
    found
}

fn indent(text: &str, at: usize) -> &str {
    let line = &text[text[..at].rfind('\n').map_or(0, |end| end + 1)..];
    &line[..line.find(|c| c != ' ').unwrap_or(0)]
}

fn length(rest: &str, first: char) -> usize {
    let word = |c: char| c.is_alphanumeric() || "_-.:€<>=!".contains(c);
    match first {
        '"' => {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let closes = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                closes
            });
            end.map_or(1, |end| end + 2)
        }
        '|' => rest.find('\n').unwrap_or(rest.len()),
        ':' => 1,
        c if word(c) => {
            let run = &rest[..rest.find(|c| !word(c)).unwrap_or(rest.len())];
            run.strip_suffix(':').filter(|run| !run.is_empty()).unwrap_or(run).len()
        }
        c => c.len_utf8(),
    }
}

/// What may stand between two tokens.
const BETWEEN: [&str; 12] = [
    " ",
    " ",
    " ",
    "  ",
    "\t",
    "\n",
    "\n  ",
    "\n\n\n",
    " # here\n",
    "\n# there\n",
    "\n\n# apart\n\n",
    " \t \n",
];

/// The text with other things between some of its pieces, as the seeds say.
pub(crate) fn shake(text: &str, from: usize, length: usize, seeds: &[u8]) -> String {
    let mut out = String::new();
    for (at, piece) in pieces(text).iter().enumerate() {
        let inside = at >= from && at - from < length;
        let seed = usize::from(seeds[at % seeds.len()]) + at / seeds.len();
        let before = if inside { BETWEEN[seed % BETWEEN.len()] } else { piece.before };
        out.push_str(before);
        out.push_str(piece.text);
        // Seldom something that cannot be read.
        if inside && seed % 241 == 7 {
            out.push_str(" ?? nonsense");
        }
    }
    out
}

/// A line of a stage, right or wrong.
pub(crate) fn line() -> impl Strategy<Value = String> {
    let name = "[a-e]{1,12}";
    let clause = prop_oneof![
        Just("within 2 weeks".to_owned()),
        name.prop_map(|name| format!("by {name}")),
        prop::collection::vec(name, 1..12).prop_map(|names| format!("asks {}", names.join(", "))),
        Just("attempts 3, 2 to 7 days apart, at different parts of the day".to_owned()),
    ];
    let effect = prop_oneof![
        name.prop_map(|name| format!("notify {name} \"tell # them\"")),
        name.prop_map(|name| format!("refer {name}")),
        name.prop_map(|name| format!("escalate {name}")),
    ];
    let condition = prop::collection::vec(name, 1..9).prop_map(|names| names.join(" and not "));
    prop_oneof![
        (name, prop::collection::vec(clause, 0..5))
            .prop_map(|(name, clauses)| format!("must task {name} \"T\" {}", clauses.join(" "))),
        (name, condition.clone(), prop::collection::vec(effect.clone(), 0..4), name).prop_map(
            |(name, condition, effects, to)| format!(
                "on {name} done when {condition} {} -> {to}",
                effects.join(" ")
            )
        ),
        (condition, effect).prop_map(|(condition, effect)| format!("when {condition} {effect}")),
        (1_u8..40, name).prop_map(|(weeks, name)| format!("after {weeks} weeks notify {name}")),
        Just("# a remark".to_owned()),
        Just(String::new()),
        "[a-z ?!]{1,20}",
    ]
}

/// A pathway with these lines in stages, a few in each.
pub(crate) fn pathway(lines: &[String]) -> String {
    let stages = lines
        .chunks(5)
        .enumerate()
        .map(|(at, lines)| format!("stage s{at} \"Stage\" {{\n{}\n}}\n", lines.join("\n")));
    format!("pathway p \"P\" {{\nlead a\nagency a \"A\"\n{}}}\n", stages.collect::<String>())
}
