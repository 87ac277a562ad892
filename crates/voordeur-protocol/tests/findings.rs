//! Contradictions and slips that are found while compiling: a story each, with the finding.
#![expect(clippy::unwrap_used, reason = "a failing test may panic anywhere")]

use std::fmt::Write as _;

use voordeur_diagnostics::{SourceFile, text};
use voordeur_protocol::compile;

/// A pathway around what is declared and the statements of a first stage. What it leads to is there.
fn pathway(declared: &str, stage: &str) -> String {
    let has = |word: &str| declared.contains(word) || stage.contains(word);
    let mut out = String::from(
        "pathway small {\n  version \"1\"\n  lead house\n  agency house\n  agency helper\n  role worker of house\n  role chief of house\n",
    );
    if !has("data {") {
        out.push_str("  data { day date  born birthdate  hours count 0..40  ready yes_no }\n");
    }
    write!(out, "  trigger knock from anyone {{ asks day, born, hours, ready -> first }}\n{declared}")
        .unwrap();
    write!(out, "\n  stage first {{\n{stage}\n  }}\n").unwrap();
    for (name, kind) in [("good", "success"), ("bad", "failure")] {
        if has(&format!("-> {name}")) {
            writeln!(out, "  end {name} {kind}").unwrap();
        }
    }
    out.push_str("}\n");
    out
}

/// What is found, with the place.
fn found(declared: &str, stage: &str) -> String {
    let source = pathway(declared, stage);
    let compiled = compile(&source);
    text(SourceFile { name: "small.pathway", text: &source }, &compiled.problems, false)
}

#[test]
fn hours_are_not_counted_back_from_a_day() {
    insta::assert_snapshot!(found(
        "",
        "    must task q by worker 3 hours before day
    on q done    -> good
    on q overdue -> bad"
    ));
    assert_eq!(
        found(
            "",
            "    must task q by worker 1 day before day
    on q done    -> good
    on q overdue -> bad"
        ),
        ""
    );
}

#[test]
fn what_a_term_counts_from_must_be_able_to_happen() {
    insta::assert_snapshot!(found(
        "  event applied from client",
        "    must task a by worker within 1 week of consent
    must task b by worker within 1 week of applied done
    must task c by worker within 1 week of knock done
    must task d by worker within 1 week of worker
    on a done -> good
    on b done -> bad"
    ));
}

#[test]
fn always_has_no_beginning() {
    insta::assert_snapshot!(found(
        "  always {
    after 2 weeks notify house
    every 1 week notify house
    at once notify house
    must task r by worker
    when since report > 2 weeks -> bad
  }",
        "    must task q by worker within 3 weeks
    on q done    -> good
    on q overdue -> bad"
    ));
}

#[test]
fn conditions_of_always_exclude_each_other() {
    insta::assert_snapshot!(found(
        "  always { when hours > 3 -> good   when hours > 5 -> bad   when hours > 40 notify house -> bad }",
        "    must task q by worker within 3 weeks
    on q done    -> good
    on q overdue -> bad"
    ));
}
