//! The table of recommendations names each of them once, and every rule in it exists.

#![expect(clippy::expect_used, clippy::panic, reason = "a panic in a test is a failing test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use voordeur_diagnostics::{Rule, Severity};

/// The rows: number, what is asked, kind, what answers it.
fn rows() -> Vec<[String; 4]> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/recommendations.md"));
    let page = fs::read_to_string(path).expect("the table");
    let lines = page.lines().filter(|line| line.starts_with("| VD"));
    lines.map(|line| <[String; 4]>::try_from(cells(line)).expect("four cells")).collect()
}

fn cells(line: &str) -> Vec<String> {
    line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
}

/// The rules to which a cell links.
fn linked(cell: &str) -> Vec<Rule> {
    let links = cell.split("](rules/").skip(1).filter_map(|rest| rest.split_once(".md)"));
    links
        .map(|(name, _)| Rule::from_name(name).unwrap_or_else(|| panic!("there is no rule {name}")))
        .collect()
}

#[test]
fn every_recommendation_has_its_row() {
    let told: Vec<String> = rows().into_iter().map(|[number, ..]| number).collect();
    let all: Vec<String> = (1..=50).map(|number| format!("VD{number:02}")).collect();
    assert_eq!(told, all);
}

#[test]
fn what_refuses_or_warns_is_a_rule() {
    for [number, _, kind, answer] in rows() {
        let rules = linked(&answer);
        match kind.as_str() {
            "E" => assert!(rules.iter().any(|rule| rule.level() == Severity::Error), "{number}"),
            "W" => assert!(!rules.is_empty(), "{number}"),
            "R" | "M" | "X" => assert!(!answer.is_empty(), "{number}"),
            other => panic!("{number} is of no kind: {other}"),
        }
    }
}

#[test]
fn every_page_that_names_a_recommendation_is_in_the_table() {
    let named: BTreeSet<Rule> = rows().iter().flat_map(|[.., answer]| linked(answer)).collect();
    for rule in Rule::ALL {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(rule.page());
        let page = fs::read_to_string(path).expect("every rule has a page");
        assert!(!page.contains("recommendations.md") || named.contains(rule), "{rule}");
    }
}

/// Of every rule that answers what is asked the page says so.
#[test]
fn every_rule_in_the_table_names_the_recommendation_on_its_page() {
    for [number, .., answer] in rows() {
        for rule in linked(&answer) {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(rule.page());
            let page = fs::read_to_string(path).expect("every rule has a page");
            assert!(page.contains(&number), "{rule} does not name {number}");
        }
    }
}
