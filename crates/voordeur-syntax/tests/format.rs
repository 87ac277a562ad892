//! The layout: it is one, it loses no comment, and it changes no meaning.
#![expect(clippy::panic, reason = "a failing test may panic anywhere")]

mod shaken;

use std::fs;

use proptest::prelude::*;
use voordeur_syntax::{LINE_LENGTH, Unformattable, decode, format, parse};

use shaken::{examples, pieces, shake};

fn formatted(text: &str) -> String {
    match format(text) {
        Ok(formatted) => formatted.text,
        Err(why) => panic!("{why:?}: {}", text.get(..4_000).unwrap_or(text)),
    }
}

/// The tree without the places in it.
fn tree(text: &str) -> String {
    let tree = format!("{:?}", parse(text).file);
    let parts = tree.split("Span { ").map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
    parts.collect()
}

fn comments(text: &str) -> Vec<String> {
    parse(text).comments.iter().map(|comment| comment.text.trim_end().to_owned()).collect()
}

/// What has to hold for every text that is not left alone, because its braces do not match. Says whether it
/// was laid out.
fn holds(text: &str) -> bool {
    if matches!(format(text), Err(Unformattable::NoStructure(found)) if !found.is_empty()) {
        return false;
    }
    let once = formatted(text);
    let twice = formatted(&once);
    assert!(twice == once, "twice is not once: {}", difference(&once, &twice));
    assert_eq!(comments(&once), comments(text));
    assert!(tree(&once) == tree(text), "the meaning has changed: {text}\n---- became\n{once}");
    true
}

/// The first line that differs, with two lines before it.
fn difference(one: &str, other: &str) -> String {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (one, other) = (lines(one), lines(other));
    let at = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let shown = |lines: &[String]| {
        lines.iter().skip(at.saturating_sub(2)).take(4).cloned().collect::<Vec<_>>().join("\n")
    };
    format!("line {}\n{}\n---- and\n{}", at + 1, shown(&one), shown(&other))
}

#[test]
fn every_example_has_the_one_layout() {
    for (path, text) in examples() {
        assert_eq!(formatted(&text), text, "{}", path.display());
    }
}

#[test]
fn a_comment_at_any_token_of_any_example_survives() {
    const APART: usize = 24;
    for (_, text) in examples() {
        let pieces = pieces(&text);
        for first in 0..APART {
            let mut with = String::new();
            for (at, piece) in pieces.iter().enumerate() {
                with.push_str(piece.before);
                if at % APART == first {
                    with.push_str(&format!(" # c{at}\n{}", piece.indent));
                }
                with.push_str(piece.text);
            }
            assert!(holds(&with), "left alone: {with}");
        }
    }
}

#[test]
fn a_comment_at_every_token_at_once_survives() {
    for (_, text) in examples() {
        for line_end in ["", "\n"] {
            let with = pieces(&text).iter().enumerate().fold(String::new(), |with, (at, piece)| {
                format!("{with}{line_end} # c{at}\n{}{}", piece.indent, piece.text)
            });
            assert!(holds(&with), "left alone: {with}");
        }
    }
}

#[test]
fn lines_that_cannot_be_read_stay_to_the_byte() {
    let text = "pathway  p \"P\" {\n lead a\n   agency   a \"A\" and \t more  # why\n\tstagge s  {\n    on x   -> y  }\n\n  stage s {\nmust task t\n  on  t dun  {  -> s }\n  on t done   -> s }\n}\n";
    insta::assert_snapshot!(format!("{text}----\n{}", formatted(text)));
    holds(text);
    for line in ["   agency   a \"A\" and \t more  # why\n", "\tstagge s  {\n    on x   -> y  }\n"] {
        assert!(formatted(text).contains(line), "{line}");
    }
    assert!(format(text).unwrap().has_unread);
}

#[test]
fn without_matching_braces_nothing_is_done() {
    for text in ["pathway p {", "pathway p { } }", "pathway p { stage s {\n}\n"] {
        assert!(
            matches!(format(text), Err(Unformattable::NoStructure(found)) if !found.is_empty()),
            "{text}"
        );
    }
}

#[test]
fn line_ends_are_those_of_the_first_line() {
    let text = "pathway p {\r\n  lead a   # one\r\n  agency a\n}";
    assert_eq!(formatted(text), "pathway p {\r\n  lead a  # one\r\n  agency a\r\n}\r\n");
    assert_eq!(formatted("pathway p {\n  lead a\r\n}\r\n"), "pathway p {\n  lead a\n}\n");
}

#[test]
fn a_byte_order_mark_is_left_out() {
    let text = decode(b"\xEF\xBB\xBFpathway p { lead a }").unwrap();
    assert_eq!(formatted(text), "pathway p { lead a }\n");
}

#[test]
fn nothing_stays_nothing() {
    assert_eq!(formatted(""), "");
    assert_eq!(formatted(" \n\n\t\n"), "");
    assert_eq!(formatted("\n\n # only this \n\n\n# and this"), "# only this\n\n# and this\n");
}

/// The page that describes the layout shows one text before and after.
#[test]
fn the_example_of_the_page_is_true() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formatting.md")).unwrap();
    let block = |kind: &str| {
        page.split_once(&format!("```{kind}\n")).unwrap().1.split_once("```").unwrap().0.to_owned()
    };
    assert_eq!(formatted(&block("text")), block("pathway"));
}

/// The layout that is promised in `docs/formatting.md`: a change here is a change for everybody.
#[test]
fn the_layout_of_everything() {
    let text =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kitchen-sink.pathway")).unwrap();
    assert_eq!(parse(&text).problems, vec![]);
    let done = formatted(&text);
    insta::assert_snapshot!(done);
    assert!(done.lines().all(|line| line.chars().count() <= LINE_LENGTH + 12));
    holds(&text);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever is between the tokens of a part of an example, and whatever a part of it is replaced by.
    #[test]
    fn any_layout_of_an_example(which in 0_usize..64, from in 0_usize..4_000, length in 1_usize..600, seeds in prop::collection::vec(any::<u8>(), 1..64)) {
        let all = examples();
        let (_, text) = &all[which % all.len()];
        holds(&shake(text, from, length, &seeds));
    }

    #[test]
    fn any_pathway(lines in prop::collection::vec(shaken::line(), 0..24), seeds in prop::collection::vec(any::<u8>(), 1..32)) {
        let text = shaken::pathway(&lines);
        holds(&text);
        holds(&shake(&text, 0, usize::MAX, &seeds));
    }

    #[test]
    fn any_text_is_laid_out_or_left_alone(text in "[a-z0-9 {}()#\"|,:=<>\n\t-]{0,80}") {
        if let Ok(once) = format(&text) {
            prop_assert_eq!(format(&once.text).unwrap().text, once.text);
        }
    }
}
