//! The pages that say what the language is: every example is compiled and played, the grammar is that of the parser,
//! the pictures are drawn from the tables of the engine. `UPDATE_DOCS=1` writes grammar and pictures; read them.

use std::collections::BTreeMap;
use std::fs;

use crate::program::{Place, top};

const GRAMMAR: &str = include_str!("../crates/voordeur-syntax/src/pathway.pest");
const VOCABULARY: &str = include_str!("../crates/voordeur-syntax/src/vocabulary.rs");

/// The first pathway of a page is the frame: the others stand where it says `…`, unless they are whole.
fn examples(page: &str) -> Vec<String> {
    let blocks: Vec<&str> =
        page.split("```pathway\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0)).collect();
    let Some((frame, rest)) = blocks.split_first() else { return Vec::new() };
    rest.iter().map(|block| framed(frame, block)).collect()
}

fn framed(frame: &str, block: &str) -> String {
    let whole = ["pathway ", "traject ", "module ", "import "].iter().any(|word| {
        block.lines().find(|line| !line.starts_with('#')).is_some_and(|line| line.starts_with(word))
    });
    if whole {
        return block.to_owned();
    }
    let beside = ["\nscenario ", "\npromise "].iter().filter_map(|word| block.find(word)).min();
    let (inside, scenarios) = beside.map_or((block, ""), |at| block.split_at(at + 1));
    // A part that declares what the frame has takes its place.
    let declared: Vec<&str> = inside.lines().filter_map(head).collect();
    let (before, after) = frame.split_once("  data {").unwrap_or((frame, ""));
    let without_data = after.split_once("\n  }\n").map(|(_, after)| format!("{before}{after}"));
    let frame = without_data.filter(|_| inside.contains("  data {")).unwrap_or_else(|| frame.to_owned());
    let kept: Vec<&str> =
        frame.lines().filter(|line| head(line).is_none_or(|head| !declared.contains(&head))).collect();
    kept.join("\n").replace("  …", inside) + "\n" + scenarios
}

/// What a line of a pathway declares, when it does so on one line.
fn head(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let word = line.split(' ').next()?;
    match word {
        "trigger" | "agency" | "role" | "end" => line.split('"').next()?.split_whitespace().nth(1),
        "version" | "lead" | "calendar" | "keep" | "goal" | "source" => Some(word),
        _ => None,
    }
}

fn every_example_is_right(name: &str) -> usize {
    let page = fs::read_to_string(top().join(name)).expect("the page");
    let place = Place::new();
    place.write("agencies.pathway", "module agencies {\n  agency shared_house \"Wijkteam\"\n}\n");
    let examples = examples(&page);
    let mut wrong: Vec<String> = Vec::new();
    for (position, example) in examples.iter().enumerate() {
        place.write("example.pathway", example);
        for command in ["check", "test"] {
            let ran = place.run(&[command, "example.pathway"]);
            let clean = command == "test" || ran.out.starts_with("example.pathway: clean");
            if (ran.status, ran.err.as_str()) != (0, "") || !clean {
                wrong.push(format!("example {position}:\n{example}\n{}{}", ran.out, ran.err));
            }
        }
        if example.contains("\npromise ") && !keeps_its_promises(&place) {
            wrong.push(format!("example {position} breaks its promises:\n{example}"));
        }
    }
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    examples.len()
}

fn keeps_its_promises(place: &Place) -> bool {
    let ran = place.run(&["verify", "--format", "json", "example.pathway"]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let list = |value: &serde_json::Value, path: &str| {
        value.pointer(path).and_then(|found| found.as_array().cloned()).unwrap_or_default()
    };
    let statements = list(&json, "/0/promises").into_iter().flat_map(|one| list(&one, "/statements"));
    let verdicts: Vec<_> = statements.map(|one| one.pointer("/verdict").cloned()).collect();
    !verdicts.is_empty() && verdicts.iter().flatten().all(|verdict| verdict == "kept")
}

#[test]
fn every_example_of_the_reference_is_right() {
    assert!(every_example_is_right("docs/language.md") > 20);
}

/// The elements of CMMN 1.1, with the attributes and parts that a reader may look for.
const CMMN: [&str; 34] = [
    "Case",
    "CasePlanModel",
    "Stage",
    "AutoComplete",
    "PlanFragment",
    "HumanTask",
    "ProcessTask",
    "CaseTask",
    "DecisionTask",
    "Milestone",
    "EventListener",
    "TimerEventListener",
    "UserEventListener",
    "Sentry",
    "OnPart",
    "IfPart",
    "EntryCriterion",
    "ExitCriterion",
    "ManualActivationRule",
    "RequiredRule",
    "RepetitionRule",
    "PlanningTable",
    "DiscretionaryItem",
    "TableItem",
    "ApplicabilityRule",
    "CaseFile",
    "CaseFileItem",
    "Role",
    "Lifecycle",
    "Parameter",
    "FormKey",
    "TextAnnotation",
    "Association",
    "DI",
];

#[test]
fn every_pattern_has_an_example_or_a_reason() {
    assert!(every_example_is_right("docs/patterns.md") > 40);
    let page = fs::read_to_string(top().join("docs/patterns.md")).expect("the page");
    let sections: BTreeMap<&str, &str> = page
        .split("\n### ")
        .skip(1)
        .filter_map(|section| Some((section.split_whitespace().next()?, section)))
        .collect();
    let control = (1..=43).map(|number| format!("WCP-{number}"));
    let time = (1..=10).map(|number| format!("TP-{number}"));
    let cmmn = CMMN.iter().map(|element| format!("CMMN-{element}"));
    for pattern in control.chain(time).chain(cmmn) {
        let section = sections.get(pattern.as_str()).unwrap_or_else(|| panic!("{pattern} is missing"));
        let says = section.contains("```pathway")
            || section.contains("\nLeft out: ")
            || section.contains("\nAs in ");
        assert!(says, "{pattern} has neither an example nor a reason");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may be told to write its pages anew")]
fn the_grammar_and_the_pictures_of_the_reference_are_those_of_the_program() {
    let path = top().join("docs/language.md");
    let page = fs::read_to_string(&path).expect("the page");
    let written = with_generated(&page);
    if written != page {
        assert!(std::env::var_os("UPDATE_DOCS").is_some(), "docs/language.md is not up to date:\n{written}");
        fs::write(path, written).expect("the page can be written");
    }
}

/// Puts what is generated behind its marks: `<!-- grammar: field one_of -->`, `<!-- lifecycle: visit -->`.
fn with_generated(page: &str) -> String {
    let mut out = String::new();
    let mut rest = page;
    while let Some(at) = rest.find("<!-- ") {
        let (before, from) = rest.split_at(at);
        let (mark, after) = from.split_once("-->\n").expect("a mark is closed");
        out += &format!("{before}{mark}-->\n");
        let words: Vec<&str> = mark.trim_start_matches("<!-- ").split_whitespace().collect();
        let made = match words.split_first() {
            Some((&"grammar:", rules)) => format!("```text\n{}```\n", grammar(rules)),
            Some((&"lifecycle:", kinds)) => {
                let kind = voordeur_protocol::Kind::ALL.iter().find(|kind| kinds.contains(&kind.word()));
                let picture = voordeur_diagram::lifecycle_mermaid(*kind.expect("there is such a kind"));
                format!("```mermaid\n{picture}```\n")
            }
            _ => format!("this mark is not known: {mark}\n"),
        };
        out += &made;
        let old = after.strip_prefix("```").and_then(|block| Some(block.split_once("\n```\n")?.1));
        rest = old.unwrap_or(after);
    }
    out + rest
}

/// Rules of the grammar as people read them: words of the language in quotes.
fn grammar(wanted: &[&str]) -> String {
    let rules = rules();
    let width = wanted.iter().map(|name| name.len()).max().unwrap_or(0);
    let line = |name: &&str| {
        let body = rules.get(*name).map_or("there is no such rule", String::as_str);
        format!("{name:width$} = {}\n", readable(body))
    };
    wanted.iter().map(line).collect()
}

fn rules() -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut last = String::new();
    for line in GRAMMAR.lines().filter(|line| !line.starts_with("//") && !line.is_empty()) {
        if let Some((name, body)) = line.split_once('=').filter(|_| !line.starts_with(' ')) {
            last = name.trim().to_owned();
            found.insert(last.clone(), body.trim().to_owned());
        } else if let Some(body) = found.get_mut(&last) {
            *body += &format!(" {}", line.trim());
        }
    }
    found
}

fn readable(body: &str) -> String {
    let inner = body.trim_start_matches(['@', '$', '_', '!']).trim();
    let inner = inner.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')).unwrap_or(inner);
    let plain = inner
        .replace("(\" \" | \"\\t\")* ~ ", "")
        .replace(" | bad_line", "")
        .replace("!no_more ~ ", "")
        .replace("!by_one ~ ", "")
        .replace("ASCII_DIGIT+ ~ !word_char", "integer")
        .replace("!k_due ~ ", "")
        .replace("!k_and_nothing_else ~ ", "")
        .replace(" ~ !(effect | target | k_since)", "")
        .replace(" ~ ", " ");
    let words: Vec<String> = plain.split_whitespace().map(token).collect();
    words.join(" ")
}

/// One word of a rule, with what stands around it.
fn token(text: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start = text.find(is_name).filter(|at| !text[..*at].contains('"')).unwrap_or(text.len());
    let end = text[start..].find(|c| !is_name(c)).map_or(text.len(), |end| start + end);
    let (before, name, after) = (&text[..start], &text[start..end], &text[end..]);
    let spelled = match name {
        "open_brace" => "\"{\"".to_owned(),
        "close_brace" => "\"}\"".to_owned(),
        "open_paren" => "\"(\"".to_owned(),
        "close_paren" => "\")\"".to_owned(),
        "comma" => "\",\"".to_owned(),
        "colon" => "\":\"".to_owned(),
        "equals" => "\"=\"".to_owned(),
        "arrow" => "\"->\"".to_owned(),
        "dots" => "\"..\"".to_owned(),
        "question_mark" => "\"?\"".to_owned(),
        name if name.starts_with("k_") => word(name),
        name => name.to_owned(),
    };
    format!("{before}{spelled}{after}")
}

/// The English word of a keyword, from the vocabulary.
fn word(keyword: &str) -> String {
    let line = VOCABULARY.lines().find(|line| line.trim_start().starts_with(&format!("{keyword} [")));
    let forms = line.and_then(|line| line.split(['[', ']']).nth(1)).expect("a keyword has a word");
    if forms.contains("\" \"") {
        format!("({})", forms.replace("\" \"", "\" | \""))
    } else {
        forms.to_owned()
    }
}
