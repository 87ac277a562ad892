//! What findings look like.

use voordeur_diagnostics::{Diagnostic, LineIndex, Rule, SourceFile, Span, concise, json, text};

const SOURCE: &str = "pathway a {\r\n  lead müller\r\n\tagency b \"é\"\n}\n";

fn findings() -> Vec<Diagnostic> {
    let at = |word: &str| {
        let start = SOURCE.find(word).unwrap_or_default();
        Span::new(start, start + word.len())
    };
    vec![
        Diagnostic::error(Rule::UnknownName, at("müller"), "`müller` is not declared")
            .did_you_mean(Some("muller")),
        Diagnostic::warning(Rule::DeadRule, at("b \"é\""), "two lines")
            .label(at("lead"), "the first is here")
            .help("write it once"),
        Diagnostic::error(
            Rule::SyntaxError,
            Span::new(SOURCE.len(), SOURCE.len()),
            "the file ends too early",
        ),
        Diagnostic::error(Rule::SyntaxError, Span::new(0, SOURCE.len() + 100), "a span beyond the end"),
    ]
}

#[test]
fn as_text_for_people() {
    let source = SourceFile { name: "a.pathway", text: SOURCE };
    insta::assert_snapshot!(text(source, &findings(), false));
}

#[test]
fn one_line_each() {
    let source = SourceFile { name: "a.pathway", text: SOURCE };
    insta::assert_snapshot!(concise(source, &findings()));
}

#[test]
fn as_json_for_programs() {
    let source = SourceFile { name: "a.pathway", text: SOURCE };
    insta::assert_json_snapshot!(json(source, &findings()));
}

#[test]
fn places_count_lines_and_characters_from_one() {
    let index = LineIndex::new(SOURCE);
    let offset = u32::try_from(SOURCE.find("ller").unwrap_or_default()).unwrap_or_default();
    let place = index.place(SOURCE, offset);
    assert_eq!((place.line, place.column), (2, 10));
    assert_eq!(index.line(0), 1);
    assert_eq!(index.line(u32::MAX), 5);
}

#[test]
fn every_rule_is_found_by_its_name() {
    for rule in Rule::ALL {
        assert_eq!(Rule::from_name(rule.name()), Some(*rule));
        assert!(rule.summary().ends_with('.'), "{rule}");
    }
    assert_eq!(Rule::from_name("no-such-rule"), None);
}
