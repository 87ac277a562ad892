//! What a condition waits for: `when … overdue and …` leaves open what `on … overdue when …` does.

mod small;

use voordeur_verify::{Budget, compile, verify};

use small::{KNOCK, pathway};

/// The rules of what is found, by the checks and in the state space; each finding of the checks has a case history.
fn rules(stages: &str) -> Vec<String> {
    let data = "urgent yes_no  n count 0..9?  m count 0..9";
    let knock = KNOCK.replace("{ ->", "{ asks urgent ->");
    let file = pathway(data, &format!("{knock}\n{stages}"));
    let compiled = compile(&file);
    let shown = compiled.problems.iter().filter(|one| one.is_error()).all(|one| !one.history.is_empty());
    assert!(shown, "{file}\n{:#?}", compiled.problems);
    let verified = compiled.protocols.iter().flat_map(|one| verify(one, Budget::default()).findings);
    compiled
        .problems
        .iter()
        .cloned()
        .chain(verified)
        .map(|one| format!("{}: {}", one.rule.name(), one.message))
        .collect()
}

fn first(rules: &str) -> String {
    format!(
        "stage first {{ must task t by worker within 1 week asks n outcomes odd  on t done -> good  on t odd -> bad  {rules} }}"
    )
}

/// Two tasks, of which the second one asks for an answer.
fn two(rules: &str) -> String {
    format!(
        "stage first {{
    must task t by worker within 1 week
    must task u by worker within 2 weeks asks n
    {rules}
    on u overdue -> bad
  }}"
    )
}

#[track_caller]
fn found(expected: &[&str], stages: &str) {
    assert_eq!(rules(stages), expected, "{stages}");
}

#[test]
fn a_term_is_answered_for_every_household_whether_a_rule_is_on_it_or_waits_for_it() {
    let gap = ["gap-in-guards: no rule applies when `t` is overdue with urgent = no"];
    found(&gap, &first("on t overdue when urgent -> bad"));
    found(&gap, &first("when t overdue and urgent -> bad"));
    found(&[], &first("on t overdue when urgent -> bad  on t overdue otherwise notify house"));
    found(&[], &first("when t overdue and urgent -> bad  when t overdue and not urgent notify house"));
    // What a rule leaves open, a condition may answer.
    found(&[], &first("on t overdue when urgent -> bad  when t overdue and not urgent notify house"));
}

#[test]
fn what_nobody_has_recorded_by_then_is_left_open() {
    // By the time that the task is overdue nobody has answered it.
    let gap = ["gap-in-guards: no rule applies when `t` is overdue with n unknown"];
    found(&gap, &first("when t overdue and known n -> bad"));
    found(&[], &first("when t overdue and not known n -> bad"));
}

#[test]
fn only_a_condition_that_waits_for_it_answers_it() {
    let none =
        ["deadline-without-answer: `t overdue` can come in `first`, and nothing says what happens then"];
    found(&none, &first("when urgent and not t overdue notify house"));
}

#[test]
fn what_the_client_alone_hears_of_lies_where_it_is() {
    let waits = ["waits-for-ever: a case can wait in `first` for ever: `t` has no term that runs"];
    found(&waits, &first("on t overdue notify client"));
    found(&waits, &first("when t overdue notify client"));
    found(&[], &first("when t overdue notify client  when t overdue notify house"));
}

#[test]
fn what_else_a_condition_waits_for_may_still_come_with_any_answer() {
    found(&[], &two("when all of (t, u) done -> good  when t overdue and u done notify house"));
    found(
        &[],
        &two(
            "when all of (t, u) done -> good  when t overdue and u done and known n -> bad  when t overdue and u done and not known n -> bad",
        ),
    );
}

#[test]
fn what_comes_again_is_answered_each_time() {
    let again = |of: &str| {
        [format!(
            "deadline-without-answer: `{of} missed` can come in `first` when no `when` that waits for it can apply any more"
        )]
    };
    let series = |rule: &str| {
        format!(
            "stage first {{
    must series s by worker {{ 4 visits in 12 months }}
    {rule}
    on s refused -> bad  on s all_done -> good  on s over -> bad
  }}"
        )
    };
    let found = |expected: &[String], stages: &str| assert_eq!(rules(stages), expected, "{stages}");
    found(&again("s"), &series("when s missed notify house"));
    found(
        &again("s"),
        &series("when s missed and urgent notify house  when s missed and not urgent notify worker"),
    );
    found(&[], &series("on s missed notify house"));
    let care = |rule: &str| {
        format!(
            "stage first {{ must task t by worker within 1 week  on t done -> care  on t overdue -> bad }}
  aftercare care {{
    call c after 4 weeks, 8 weeks window 0 days before to 1 week after by worker
    {rule}
    on relapse -> bad
    then -> good
  }}"
        )
    };
    let again = [again("c").concat().replace("`first`", "`care`")];
    found(&again, &care("when c missed notify house"));
    found(&[], &care("when c missed -> bad"));
    found(&[], &care("on c missed notify house"));
}

#[test]
fn what_a_condition_waits_for_can_still_come() {
    let both = |rule: &str| two(&format!("when all of (t, u) done -> good  {rule}"));
    let late = [
        "deadline-without-answer: `t overdue` can come in `first` when no `when` that waits for it can apply any more",
    ];
    found(&late, &both("when t overdue and not u done notify house"));
    found(&late, &both("when t overdue and u done and n > 3 notify house"));
    found(&[], &both("when t overdue and not u done notify house  when t overdue and u done notify worker"));
    // Whoever is done later gives the answer that the condition reads.
    let known =
        "when t overdue and known m and m > 3 notify house  when t overdue and known m and m <= 3 -> bad";
    found(&[], &both(known).replace("asks n", "asks m"));
    let any = [
        "deadline-without-answer: `u overdue` can come in `first` when no `when` that waits for it can apply any more",
    ];
    found(
        &any,
        "stage first {
    must task t by worker within 1 week
    must task u by worker within 2 weeks
    when all of (t, u) done -> good
    when any of (t, u) overdue notify house
    after 1 year -> bad
  }",
    );
}

#[test]
fn a_condition_that_holds_for_another_reason_is_no_answer() {
    let gap = ["gap-in-guards: no rule applies when `t` is overdue with urgent = no"];
    let first = |rule: &str| {
        format!(
            "stage first {{ must task t by worker within 1 week  {rule}  on t overdue when urgent notify worker  after 8 weeks -> bad }}"
        )
    };
    let plain = |rule: &str| first(rule).replace("on t overdue when urgent notify worker", "");
    found(&gap, &plain("when t done or t overdue and urgent -> good"));
    found(&[], &first("on t done -> good  when t done or t overdue and not urgent notify house"));
    found(&gap, &first("on t done -> good"));
}

#[test]
fn a_refusal_that_a_condition_waits_for_is_answered_for_every_household() {
    let visit = |rule: &str| {
        format!(
            "stage first {{
    must visit v by worker within 1 week attempts 3
    on v done      -> good
    on v exhausted -> bad
    on v overdue   -> bad
    {rule}
  }}"
        )
    };
    let gap = ["gap-in-guards: no rule applies when `v` is refused with urgent = no"];
    found(&gap, &visit("when v refused and urgent -> bad"));
    found(&[], &visit("when v refused -> bad"));
}
