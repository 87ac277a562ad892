//! Contradictions and slips that are found while compiling: a story each, with the finding.
#![expect(clippy::unwrap_used, reason = "a failing test may panic anywhere")]

use std::fmt::Write as _;

use voordeur_diagnostics::{SourceFile, text};
use voordeur_protocol::{compile, compile_bundle};

/// A pathway around what is declared and the statements of a first stage. What it leads to is there.
fn pathway(declared: &str, stage: &str) -> String {
    let has = |word: &str| declared.contains(word) || stage.contains(word);
    let mut out = String::from(
        "pathway small {\n  version \"1\"\n  lead house\n  agency house\n  agency helper\n  role worker of house\n  role chief of house\n",
    );
    if !has("data {") {
        out.push_str("  data { day date kept because \"short\"  born birthdate kept because \"short\"  hours count 0..40 kept because \"short\"  ready yes_no kept because \"short\" }\n");
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

/// Statements around a task that leads on.
fn with_task(more: &str) -> String {
    format!(
        "    must task q by worker within 3 weeks\n    on q done    -> good\n    on q overdue -> bad\n{more}"
    )
}

#[test]
fn rules_on_time_lead_on_one_at_a_time() {
    insta::assert_snapshot!(found(
        "",
        &with_task(
            "    after 2 days -> good
    after 14 days -> bad
    after 2 weeks -> good
    after 2 weeks of report -> good
    after 2 weeks notify house
    on birthday 18 of born -> good
    on birthday 12, then every 3 years of born -> bad
    on birthday 19 of born -> bad"
        )
    ));
}

#[test]
fn what_follows_from_the_record_is_not_recorded() {
    insta::assert_snapshot!(found(
        "  event absent from worker { asks hours }
  data { day date  born birthdate  hours count 0..40  ready yes_no  missed sums hours over 4 weeks }",
        &with_task("    on absent record missed = 3")
    ));
}

#[test]
fn a_sum_of_what_nobody_records() {
    insta::assert_snapshot!(found(
        "  data { day date  born birthdate  hours count 0..40  ready yes_no  fights count 0..9  fought sums fights over 4 weeks }",
        &with_task("    when fought > 3 notify house")
    ));
}

#[test]
fn no_rule_waits_for_a_measure() {
    insta::assert_snapshot!(found(
        "  measure m { at closing  by worker }",
        &with_task("    on m done -> bad")
    ));
}

#[test]
fn schools_and_offices_have_a_calendar() {
    insta::assert_snapshot!(found(
        "  data { day date  born birthdate  hours count 0..40  ready yes_no  missed sums hours over 4 teaching weeks }",
        "    must task q by worker within 2 teaching weeks
    must visit v by worker within 2 weeks not in school holidays
    on q done when office_time -> good
    on q done when school_holiday -> bad
    on q overdue -> bad"
    ));
}

#[test]
fn what_cannot_be_meant_is_told() {
    insta::assert_snapshot!(found(
        "  agency late_house capacity 0 open at once
  data { day date  born birthdate  hours count 0..40  ready yes_no shared with anyone }",
        "    must visit x by worker announced unannounced
    must task q by worker within 1 day
    offers 4 hours per week
    offers 6 hours per week
    on q done -> good"
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

#[test]
fn numbers_and_states_fit_what_they_are_about() {
    insta::assert_snapshot!(found(
        "  escalation late { at once notify house  after 1 day notify chief }",
        &with_task(
            "    on q done 2 notify house
    must series s by worker { 4 visits in 12 months }
    on s done 0 notify house
    on s done 2 otherwise notify house
    on s done 3 -> good
    must task r by worker and worker
    when q attempted -> bad
    when 3 of (q done, r open) -> good
    must task t by worker within 2 weeks rounded up"
        )
    ));
    insta::assert_snapshot!(found(
        "  escalation late { at once notify house  after 1 day notify chief }",
        &with_task(
            "    must series s by worker { 4 visits in 12 months }
    on s missed escalate late
    on s refused -> bad
    on s done 5 notify house
    on late step 1 notify house
    on late step 2 notify house
    on late step 3 notify house
    on s done 2 when ready notify worker
    on s done 2 notify house"
        )
    ));
}

#[test]
fn a_state_and_what_happened_go_together() {
    // What is done is not open: these two never hold at once.
    assert_eq!(
        found(
            "  event asked from worker",
            "    must task q by worker within 3 weeks
    on q overdue notify house
    on asked when q open     notify worker
    on asked when q done     notify house
    on asked when not q open and not q done notify chief
    when q done -> good
    after 4 weeks -> bad"
        ),
        ""
    );
    insta::assert_snapshot!(found(
        "  event asked from worker",
        "    must task q by worker within 3 weeks
    on q overdue -> bad
    on asked when q open    notify worker
    on asked when q overdue notify house
    when q done -> good"
    ));
}

#[test]
fn a_stored_pathway_is_not_given_up_for_what_a_later_program_finds() {
    let stage = with_task(
        "    remind worker 5 weeks before q is due\n    after 2 weeks -> good\n    after 14 days -> bad",
    );
    let source = pathway("", &stage);
    assert_eq!(compile(&source).protocols.len(), 0);
    assert_eq!(compile_bundle(&source).protocols.len(), 1);
    // What has no meaning is refused then too.
    let unknown = source.replace("-> good", "-> nowhere");
    assert_eq!(compile_bundle(&unknown).protocols.len(), 0);
}

/// Nothing happens to the report: the word after it begins the next clause, also where it could be what happened to something.
#[test]
fn a_clause_may_follow_a_term_that_counts_from_the_report() {
    let visit = "    must visit v by worker within 4 weeks of report announced by letter at least 5 working days before attempts 2
    on v done -> good  on v refused -> good  on v exhausted -> good  on v overdue -> good";
    let told = found("", visit);
    assert!(!told.contains("wrong-kind") && !told.contains("syntax-error"), "{told}");
}

/// What `anyone` is told nobody hears.
#[test]
fn anyone_is_nobody_to_tell() {
    insta::assert_snapshot!(found(
        "",
        "    must task talk by worker within 1 week
    remind anyone 1 working day before talk is due
    on talk done    -> good
    on talk overdue notify anyone",
    ));
}

/// Nobody reads thousands of errors of one kind, and no reader waits for them.
#[test]
fn more_errors_than_anybody_reads_are_counted() {
    let many = ["nobody done"; 5_000].join(" or ");
    let source = pathway("", &format!("    when {many} -> good"));
    let compiled = compile(&source);
    assert_eq!(compiled.problems.len(), 201);
    let last = compiled.problems.last().unwrap();
    assert_eq!(last.rule.name(), "too-many-problems");
    assert_eq!(last.message, "there are 4800 more problems; mend these first");
}
