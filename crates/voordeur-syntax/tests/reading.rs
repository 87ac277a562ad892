//! Reading pathways: what is right gives a tree, what is wrong gives messages at the right place.
#![expect(clippy::unwrap_used, reason = "a failing test may panic anywhere")]

use std::fmt::Write as _;

use proptest::prelude::*;
use voordeur_diagnostics::{SourceFile, text};
use voordeur_syntax::ast::Item;
use voordeur_syntax::{decode, parse};

const EROPAF: &str = include_str!("../../../dsl-examples/eropaf/eropaf.pathway");
const FAMILIES: &str = include_str!("../../../dsl-examples/families-first/families-first.pathway");
const SCHOOL: &str = include_str!("../../../dsl-examples/school-absence/school-absence.pathway");

fn messages(source: &str) -> String {
    let parsed = parse(source);
    let shown = text(SourceFile { name: "p.pathway", text: source }, &parsed.problems, false);
    format!("{source}\n----\n{shown}")
}

/// The tree in a few words, so that a test shows what was kept.
fn outline(source: &str) -> String {
    let mut out = String::new();
    for pathway in parse(source).file.pathways {
        for item in pathway.items {
            let line = match item.node {
                Item::Stage(stage) => {
                    format!("stage {} with {} statements", stage.name.text, stage.statements.len())
                }
                Item::Agency { name, .. } => format!("agency {}", name.text),
                Item::End { name, .. } => format!("end {}", name.text),
                other => format!("{other:?}").chars().take_while(|c| c.is_alphabetic()).collect(),
            };
            writeln!(out, "{line}").unwrap();
        }
    }
    out
}

#[test]
fn the_examples_are_read_without_a_word() {
    for source in [EROPAF, FAMILIES, SCHOOL] {
        let parsed = parse(source);
        let shown = text(SourceFile { name: "example", text: source }, &parsed.problems, false);
        assert_eq!(shown, "");
        assert_eq!(parsed.file.pathways.len(), 1);
    }
    insta::assert_snapshot!(outline(EROPAF));
}

#[test]
fn every_construct_has_its_tree() {
    let source = r#"pathway p "P" {
  data { months count 0..12 ? "M" shared with a, b sensitive  kind one of { x, y } }
  trigger report from a { asks months when months between 1 and 3 or not (known months) -> s otherwise -> back }
  stage s at most 2 times, else -> e {
    must task t by w x 2 within 3 working days of report statutory asks months outcomes gone
    prefer visit v same day else within 2 weeks attempts 3, 2 to 7 days apart, at different parts of the day
    when all of (t, v) done and kind in { x } record kind = y notify w "now" -> e
    after 2 weeks of t done refer r keeps running
  }
}"#;
    insta::assert_snapshot!(format!(
        "{source}\n----\n{}",
        without_places(source).replace("Spanned { node: ", "(")
    ));
}

macro_rules! wrong {
    ($($name:ident: $source:expr;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(messages($source));
        }
    )*};
}

wrong! {
    a_slip_in_a_word: "pathway p {\n  stage s {\n    must task t by w witin 2 days\n  }\n}\n";
    a_slip_in_a_declaration: "pathway p {\n  agensy a \"A\"\n  lead a\n}\n";
    several_mistakes: "pathway p {\n  lead\n  stage s {\n    on t done => e\n    must tusk t\n    on t overdue escalate late\n  }\n  end e succes s\n  version 2008\n}\n";
    a_brace_missing_at_the_end: "pathway p {\n  stage s {\n    on t done -> e\n  }\n";
    a_brace_missing_inside: "pathway p {\n  stage s {\n    on t done -> e\n\n  stage u {\n    on t done -> e\n  }\n}\n";
    a_brace_too_many: "pathway p {\n  stage s {\n    on t done -> e\n  }\n  }\n}\n";
    a_text_that_is_not_closed: "pathway p {\n  agency a \"A\n  lead a\n}\n";
    a_day_that_does_not_exist: "pathway p {\n  version \"1\" from 2007-02-29\n}\n";
    numbers_out_of_range: "pathway p {\n  data {\n    m count 5..1\n    n count 0..99999999999999999999\n  }\n  stage s at most 99999999999 times, else -> e { }\n}\n";
    open_cases_that_say_something_else: "pathway p {\n  lead a\n  open cases { keep dedlines  stage a b }\n}\n";
    slips_in_promises: "promise \"y\" for p {\n  every a is b\n  every visit is done witin 2 weeks\n  no referal is opened after relapse\n  at most 4 attempt of v\n  never two visit open at once\n  v is done within two weeks\n}\n";
    words_after_the_end: "pathway p {\n  lead a\n}\nhello there\n";
    an_empty_file: "";
    a_line_in_the_wrong_place: "pathway p {\n  stage s {\n    lead a\n  }\n}\n";
    chinese_and_accents: "pathway p {\n  agency gemeente \"Gemeënte\" 你好\n  lead a\n}\n";
}

#[test]
fn what_is_right_is_kept_beside_what_is_wrong() {
    let source = "pathway p {\n  agency a\n  nonsense here { with a block }\n  stage s {\n    on t done -> e\n    rubbish\n    on t overdue escalate late\n  }\n  end e success\n}\n";
    insta::assert_snapshot!(outline(source), @r"
    agency a
    stage s with 2 statements
    end e
    ");
}

#[test]
fn more_than_twenty_problems_are_counted() {
    let source = format!("pathway p {{\n{}}}\n", "  rubbish\n  lead a\n".repeat(30));
    let parsed = parse(&source);
    assert_eq!(parsed.problems.len(), 21);
    assert_eq!(parsed.problems.last().unwrap().message, "there are 10 more problems; mend these first");
}

#[test]
fn nesting_is_limited() {
    for source in [
        format!("pathway p {}", "{".repeat(10_000)),
        format!("pathway p {{ stage s {{ when {}", "(".repeat(10_000)),
    ] {
        let parsed = parse(&source);
        assert_eq!(parsed.problems.last().unwrap().rule.name(), "nested-too-deep");
    }
}

#[test]
fn line_ends_and_byte_order_marks_do_not_matter() {
    let windows = EROPAF.replace('\n', "\r\n");
    assert!(without_places(&windows) == without_places(EROPAF));
    let marked = [b"\xEF\xBB\xBF".as_slice(), EROPAF.as_bytes()].concat();
    assert!(without_places(decode(&marked).unwrap()) == without_places(EROPAF));
}

fn without_places(source: &str) -> String {
    let tree = format!("{:?}", parse(source).file);
    let parts = tree.split("Span { ").map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
    parts.collect()
}

#[test]
fn bytes_that_are_not_text_are_refused() {
    let cases: [(&str, &[u8]); 4] = [
        ("windows-1252", b"pathway p {\n  agency a \"Gemeente 's-Gravenhage \xE9\"\n}"),
        ("utf-16", b"\xFF\xFEp\0a\0t\0h\0"),
        ("binary", b"\0asm\x01\0\0\0"),
        ("cut off", b"pathway \xE2\x82"),
    ];
    let mut out = String::new();
    for (name, bytes) in cases {
        let problem = decode(bytes).unwrap_err();
        writeln!(out, "{name}: {} | {}", problem.message, problem.help.unwrap()).unwrap();
    }
    insta::assert_snapshot!(out);
    assert_eq!(decode(&vec![b' '; voordeur_syntax::MAX_BYTES + 1]).unwrap_err().rule.name(), "too-large");
}

/// Indentation helps to find a brace that is missing; it is no reason to find one that is not.
#[test]
fn bad_indentation_is_no_mistake_when_all_braces_have_a_partner() {
    let text =
        "pathway p {\nlead a\n  stage s {\nmust task t\n}\n  stage u {\non t done -> s\n    }\nagency a\n}\n";
    assert_eq!(parse(text).problems, vec![]);
    assert_eq!(without_places(text), without_places(&text.replace('\n', " ")));
    let unbalanced = text.replacen("\n}\n  stage", "\n  stage", 1);
    assert!(parse(&unbalanced).problems.iter().any(|problem| problem.rule.name() == "missing-brace"));
}

#[test]
fn comments_are_kept_beside_the_tree() {
    let parsed = parse("pathway p { # one\n  agency a \"no # comment\" # two\r\n}");
    let comments: Vec<_> = parsed.comments.iter().map(|comment| comment.text.as_str()).collect();
    assert_eq!(comments, ["# one", "# two"]);
}

#[test]
fn a_large_file_is_read() {
    let source = EROPAF.repeat(50);
    let parsed = parse(&source);
    assert_eq!((parsed.problems.len(), parsed.file.pathways.len()), (0, 50));
}

fn spans_fit(source: &str) {
    for problem in parse(source).problems {
        let places = std::iter::once(problem.span).chain(problem.labels.iter().map(|label| label.span));
        for span in places {
            assert!(span.start <= span.end && span.range().end <= source.len(), "{problem:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_text_gives_a_tree(source in "\\PC{0,200}") {
        spans_fit(&source);
    }

    #[test]
    fn any_bytes_are_text_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(source) = decode(&bytes) {
            spans_fit(source);
        }
    }

    #[test]
    fn a_cut_file_gives_a_tree(at in 0..FAMILIES.len()) {
        if let Some(start) = FAMILIES.get(..at) {
            spans_fit(start);
            prop_assert!(at == FAMILIES.len() || start.trim().is_empty() || parse(start).file.pathways.len() <= 1);
        }
    }

    #[test]
    fn a_changed_word_gives_a_tree(word in 0..600usize, put in prop_oneof![Just("{"), Just("}"), Just(""), Just("\""), Just("when"), Just("->"), Just("("), Just("\n")]) {
        let mut words: Vec<&str> = SCHOOL.split(' ').collect();
        let index = word % words.len();
        words[index] = put;
        spans_fit(&words.join(" "));
    }

    #[test]
    fn soup_gives_a_tree(words in proptest::collection::vec(prop_oneof![
        Just("pathway"), Just("p"), Just("{"), Just("}"), Just("stage"), Just("on"), Just("done"), Just("->"), Just("must"),
        Just("task"), Just("within"), Just("2"), Just("weeks"), Just("\"t\""), Just("when"), Just("("), Just(")"), Just("\n"), Just("#"),
    ], 0..120)) {
        spans_fit(&words.join(" "));
    }
}

/// Which words a hint is given in depends on the words of the language, not on what stands in texts and comments.
#[test]
fn texts_and_comments_do_not_decide_the_spelling_of_a_hint() {
    for first in [
        "importeer \"pathway/stage.pathway\"",
        "# the trigger of a pathway",
        "importeer \"a \\\" stage.pathway\"",
    ] {
        let source = format!("{first}\ntraject p {{\n  fase eerst {{ moet frobnicate praten }}\n}}\n");
        let help = parse(&source).problems[0].help.clone().unwrap();
        assert!(help.contains("`bezoekreeks`") && !help.contains("`series`"), "{first}: {help}");
    }
}
