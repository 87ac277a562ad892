//! The formats for programs are what they say they are: for everything that is found in the wrong examples of all
//! rule pages, and for findings with odd characters in them.

#![expect(clippy::expect_used, reason = "a panic in a test is a failing test")]

use std::fs;
use std::path::Path;

use serde_json::Value;
use voordeur_diagnostics::{
    Applicability, Diagnostic, Excuse, Fix, Report, Rule, Severity, Sources, Span, github, json, junit, sarif,
};
use voordeur_syntax::{names_around, translate};
use voordeur_verify::compile;

const OUR_SCHEMA: &str = include_str!("../../../docs/schemas/diagnostics.schema.json");
const OASIS_SCHEMA: &str = include_str!("schemas/sarif-2.1.0.schema.json");

/// The wrong examples of the pages, with what is found in each.
fn examples() -> Vec<(Sources, Vec<Diagnostic>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules");
    let page = |rule: &Rule| fs::read_to_string(folder.join(format!("{rule}.md"))).expect("the page");
    let source = |page: String| Some(page.split_once("```pathway\n")?.1.split_once("```")?.0.to_owned());
    let checked = Rule::ALL.iter().filter_map(|rule| source(page(rule))).map(|source| {
        let compiled = compile(&source);
        (Sources::one("wrong examples/één,:%.pathway", &source), compiled.problems)
    });
    checked.chain([odd()]).collect()
}

fn odd() -> (Sources, Vec<Diagnostic>) {
    let text = "pathway a {\r\n\tlead \"é\u{1}<&>\"\n}";
    let whole = Span::new(0, text.len());
    let odd = "a\r\nb %0A ::error:: \u{0} \u{1b}[1m ]]> <x a=\"'\"> \u{ffff} 😀";
    let finding = Diagnostic::error(Rule::SyntaxError, whole, odd)
        .label(Span::new(14, 18), odd)
        .help(odd)
        .fix(Fix::new(Applicability::Unsafe, Span::new(3, 3), odd).and(Span::new(0, 1), ""));
    let beyond = Diagnostic::warning(Rule::UnusedAllow, Span::new(90, 80), odd);
    let shown = beyond.clone().fix(Fix::new(Applicability::ShowOnly, Span::new(0, 0), odd));
    (Sources::one("a\n\"b\".pathway", text), vec![finding, beyond, shown])
}

fn report(examples: &[(Sources, Vec<Diagnostic>)]) -> Report<'_> {
    let mut report = Report::default();
    report.file("clean.pathway");
    for (sources, findings) in examples {
        report.file(sources.files().next().expect("a file").name);
        for finding in findings {
            let excuse = Excuse { because: "<because>\n\u{0}".to_owned(), until: "2027-01-01".to_owned() };
            let excuse = (finding.severity == Severity::Warning).then_some(excuse);
            report.finding(sources, finding, excuse, names_around);
        }
    }
    report
}

fn mistakes(schema: &Value, instance: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).expect("a schema");
    validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The schema, but nothing may be there that it does not describe.
fn closed(schema: &Value) -> Value {
    match schema {
        Value::Object(object) => {
            let mut object: serde_json::Map<String, Value> =
                object.iter().map(|(key, value)| (key.clone(), closed(value))).collect();
            if object.contains_key("required") {
                object.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            Value::Object(object)
        }
        Value::Array(array) => array.iter().map(closed).collect(),
        other => other.clone(),
    }
}

#[test]
fn the_json_is_what_its_schema_says() {
    let examples = examples();
    let written = json(&report(&examples));
    let schema: Value = serde_json::from_str(OUR_SCHEMA).expect("JSON");
    assert!(jsonschema::meta::is_valid(&schema));
    assert_eq!(mistakes(&closed(&schema), &written), Vec::<String>::new());
    assert!(written["findings"].as_array().is_some_and(|found| found.len() > 20), "there is something in it");
    assert!(written["allowed"].as_array().is_some_and(|found| !found.is_empty()));
    let mut wrong = written;
    wrong["findings"][0]["severity"] = "bad".into();
    assert_eq!(mistakes(&schema, &wrong).len(), 1, "the schema can refuse");
}

#[test]
fn the_sarif_is_what_oasis_says() {
    let examples = examples();
    let written = sarif(&report(&examples), "0.1.0");
    // The published pattern for the name of a language has a bracket too many.
    let schema = OASIS_SCHEMA.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}?$");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    assert_eq!(mistakes(&schema, &written), Vec::<String>::new());
    let mut wrong = written;
    wrong["runs"][0]["results"][0]["level"] = "bad".into();
    assert!(!mistakes(&schema, &wrong).is_empty(), "the schema can refuse");
}

#[test]
fn every_fingerprint_is_there_once() {
    let examples = examples();
    let written = sarif(&report(&examples), "0.1.0");
    let results = written["runs"][0]["results"].as_array().expect("results");
    let mut prints: Vec<&str> = results
        .iter()
        .filter_map(|result| result["partialFingerprints"]["voordeurFinding/v1"].as_str())
        .collect();
    let all = prints.len();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!((prints.len(), results.len()), (all, all));
}

/// The page about gaps, in both spellings and spoken of in both languages, has one fingerprint.
#[test]
fn a_fingerprint_is_the_same_in_both_spellings_and_both_languages() {
    use voordeur_messages::{Lang, speaking};
    let page = Rule::GapInGuards.page_text();
    let source = page.split_once("```pathway\n").expect("a block").1.split_once("```").expect("its end").0;
    let dutch = translate(source, Lang::Nl).expect("Dutch");
    let prints = |source: &str, lang: Lang| {
        let (sources, problems) = speaking(lang, || (Sources::one("a", source), compile(source).problems));
        let examples = [(sources, problems)];
        let log = sarif(&report(&examples), "0.1.0");
        let result = &log["runs"][0]["results"][0];
        (result["partialFingerprints"].clone(), result["message"]["text"].clone())
    };
    let (english_print, english) = prints(source, Lang::En);
    let (dutch_print, said) = prints(&dutch, Lang::Nl);
    assert_ne!(english, said);
    assert_eq!(english_print, dutch_print);
    let moved = source.replacen("  data", "  # a comment\n  goal \"more\"\n  data", 1);
    assert_eq!(prints(&moved, Lang::En).0, english_print);
}

#[test]
fn the_junit_is_xml_that_says_the_same() {
    let examples = examples();
    let report = report(&examples);
    let written = junit(&report);
    let document = roxmltree::Document::parse(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
    let count = |name: &str| document.descendants().filter(|node| node.has_tag_name(name)).count();
    assert_eq!(count("failure"), report.told().count());
    assert_eq!(count("skipped"), report.all().len() - report.told().count());
    let root = document.root_element();
    assert_eq!(root.attribute("tests"), Some(count("testcase").to_string().as_str()));
    assert_eq!(root.attribute("failures"), Some(count("failure").to_string().as_str()));
}

#[test]
fn a_workflow_command_is_one_line_and_cannot_begin_another() {
    let examples = [odd()];
    let mut report = Report::default();
    for finding in &examples[0].1 {
        report.finding(&examples[0].0, finding, None, names_around);
    }
    let written = github(&report);
    assert_eq!(written.lines().count(), 4, "{written}");
    for line in written.lines().take(3) {
        let (head, data) = line.get(2..).and_then(|line| line.split_once("::")).expect("a command");
        assert!(
            head.starts_with("error file=a%0A\"b\".pathway,line=") || head.starts_with("warning file="),
            "{head}"
        );
        assert!(data.contains("%250A") && !data.contains('\r'), "{data}");
    }
}
