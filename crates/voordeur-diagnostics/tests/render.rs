//! What findings look like in each format.

use voordeur_diagnostics::{
    Applicability, Diagnostic, Excuse, Fix, LineIndex, Report, Rule, SourceFile, Sources, Span, closest,
    concise, github, json, junit, sarif, text,
};

const SOURCE: &str = "pathway a {\r\n  lead müller\r\n\tagency b \"é\"\n}\n";

fn at(word: &str) -> Span {
    let start = SOURCE.find(word).unwrap_or_default();
    Span::new(start, start + word.len())
}

fn findings() -> Vec<Diagnostic> {
    vec![
        Diagnostic::error(Rule::UnknownName, at("müller"), "`müller` is not declared")
            .did_you_mean(closest("müller", ["muller"])),
        Diagnostic::warning(
            Rule::DeadRule,
            at("b \"é\""),
            "two lines\n100% of <these>, \"quoted\": \u{1b}[1m",
        )
        .label(at("lead"), "the first is here")
        .help("write it once")
        .fix(Fix::new(Applicability::Unsafe, at("b \"é\""), "").and(at("\tagency "), "")),
        Diagnostic::error(
            Rule::SyntaxError,
            Span::new(SOURCE.len(), SOURCE.len()),
            "the file ends too early",
        )
        .fix(Fix::new(Applicability::ShowOnly, Span::new(SOURCE.len(), SOURCE.len()), "… }")),
        Diagnostic::error(Rule::SyntaxError, Span::new(0, SOURCE.len() + 100), "a span beyond the end")
            .doubt("no history\nshows it"),
    ]
}

fn sources() -> Sources {
    let mut sources = Sources::one("a b,c:%.pathway", SOURCE);
    sources.add("shared/other.pathway", "module m {\n  agency c\n}\n");
    sources
}

/// What a check found: the findings, one in another file, and one that is allowed.
fn report(sources: &Sources) -> Report<'_> {
    let mut report = Report::default();
    report.file("a b,c:%.pathway");
    report.file("clean.pathway");
    let about = |_: &str, span: Span| vec!["a".to_owned(), span.start.to_string()];
    findings().iter().for_each(|finding| report.finding(sources, finding, None, about));
    let there = sources.text().find("agency c").unwrap_or_default();
    let other = Diagnostic::error(Rule::UnknownName, Span::new(there, there + 6), "elsewhere");
    report.finding(sources, &other, None, about);
    let excuse = Excuse { because: "the trial <runs>".to_owned(), until: "2027-01-01".to_owned() };
    let warning = Diagnostic::warning(Rule::UnusedAllow, at("lead"), "not told");
    report.finding(sources, &warning, Some(excuse), about);
    report
}

#[test]
fn as_text_for_people() {
    let source = SourceFile { name: "a.pathway", text: SOURCE };
    insta::assert_snapshot!(text(source, &findings(), false));
}

#[test]
fn one_line_each() {
    insta::assert_snapshot!(concise(&report(&sources())));
}

#[test]
fn as_json_for_programs() {
    insta::assert_json_snapshot!(json(&report(&sources())));
}

#[test]
fn as_sarif_for_platforms() {
    let mut log = sarif(&report(&sources()), "0.1.0");
    // The pages are long, and are tested elsewhere.
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap();
    for rule in rules {
        rule["help"]["markdown"] = "…".into();
    }
    insta::assert_json_snapshot!(log);
}

#[test]
fn as_workflow_commands() {
    insta::assert_snapshot!(github(&report(&sources())));
}

#[test]
fn of_many_findings_the_worst_ten_of_each_are_shown() {
    let sources = sources();
    let mut report = Report::default();
    for number in 0..30 {
        let warning = Diagnostic::warning(Rule::UnusedAllow, at("lead"), format!("w{number}"));
        report.finding(&sources, &warning, None, |_, _| Vec::new());
    }
    for number in 0..11 {
        let error = Diagnostic::error(Rule::DeadRule, at("lead"), format!("e{number}"));
        report.finding(&sources, &error, None, |_, _| Vec::new());
    }
    let shown = github(&report);
    let starts = |word: &str| shown.lines().filter(|line| line.starts_with(word)).count();
    assert_eq!((starts("::error "), starts("::warning "), shown.lines().count()), (10, 10, 21));
    assert!(shown.starts_with("::error "));
    assert!(shown.ends_with("11 errors, 30 warnings (the first 10 of each are shown)\n"));
}

#[test]
fn as_junit_for_servers() {
    insta::assert_snapshot!(junit(&report(&sources())));
}

#[test]
fn a_fingerprint_follows_the_names_and_not_the_words_or_the_line() {
    let print = |text: &str, message: &str, names: &[&str]| {
        let sources = Sources::one("a.pathway", text);
        let start = text.find("lead").unwrap_or_default();
        let found = Diagnostic::error(Rule::UnknownName, Span::new(start, start + 4), message);
        let mut report = Report::default();
        let about = |_: &str, _: Span| names.iter().map(|name| (*name).to_owned()).collect();
        report.finding(&sources, &found, None, about);
        report.finding(&sources, &found, None, about);
        let log = sarif(&report, "0.1.0");
        let of = |number: usize| {
            log["runs"][0]["results"][number]["partialFingerprints"]["voordeurFinding/v1"].clone()
        };
        (of(0), of(1))
    };
    let first = print("lead x", "is not declared", &["p", "x"]);
    assert_eq!(first, print("# more\n\n  lead x", "is niet bekend", &["p", "x"]));
    assert_ne!(first, print("lead x", "is not declared", &["p", "y"]));
    assert_ne!(first.0, first.1, "findings that are alike are counted");
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

#[test]
fn how_much_is_undecided_is_said_and_the_first_ten_are_shown() {
    let mut report = Report::default();
    (0..12).for_each(|number| report.undecided("a.pathway", format!("question {number}")));
    let out = github(&report);
    assert_eq!(out.lines().count(), 11);
    assert!(out.ends_with("0 errors, 0 warnings, 12 undecided (the first 10 are shown)\n"), "{out}");
}
