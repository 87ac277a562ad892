//! What the state space shows, with the histories that show it. The pages in `docs/rules` hold the rest.

#![expect(clippy::panic, reason = "a panic in a test is a failing test")]

mod large;
mod small;

use voordeur_protocol::{compile, unchecked};
use voordeur_verify::{Budget, Incomplete, verify};

use small::KNOCK;

fn pathway(stages: &str) -> String {
    small::pathway("urgent yes_no", &format!("{KNOCK}\n{stages}"))
}

/// The rules of what is found, in order.
fn found(stages: &str) -> Vec<String> {
    let compiled = compile(&pathway(stages));
    let protocol = compiled.protocols.first().unwrap_or_else(|| panic!("{:#?}", compiled.problems));
    let report = verify(protocol, Budget::default());
    assert_eq!((report.incomplete, report.unconfirmed), (None, 0));
    report.findings.iter().map(|finding| format!("{}: {}", finding.rule, finding.message)).collect()
}

#[test]
fn what_keeps_running_may_not_fall_away_at_the_end() {
    let told = found(
        "  stage first {
    must task report_it by worker within 3 days keeps running
    must task talk by worker within 1 week
    on talk done         -> good
    on talk overdue      -> bad
    on report_it overdue notify house
  }",
    );
    assert_eq!(told, ["open-at-closure: a case can end in `good` while `report_it` is still open"]);
}

#[test]
fn a_term_of_working_days_is_compared_with_calendar_days_for_every_start() {
    // From Friday evening on, two working days take four days.
    let stage = |days: u32| {
        format!(
            "  stage first {{
    must task talk by worker within 2 working days
    on talk done    -> good
    on talk overdue -> bad
    after {days} days -> bad
  }}"
        )
    };
    let rule = |told: Vec<String>| {
        told.iter().map(|one| one.split(':').next().expect("a rule").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(rule(found(&stage(1))), ["always-overtaken"]);
    assert_eq!(rule(found(&stage(4))), Vec::<String>::new());
}

#[test]
fn a_spent_budget_is_told_and_is_never_clean() {
    let text = pathway(
        "  stage first {
    must task one by worker within 1 week
    must task two by worker within 1 week
    when all of (one, two) done -> good
    on one overdue -> bad
    on two overdue -> bad
  }",
    );
    let compiled = compile(&text);
    let report = verify(compiled.protocols.first().expect("a pathway"), Budget { states: 2 });
    assert_eq!(report.incomplete, Some(Incomplete::Budget));
}

/// Nothing but the sum, or the birthday, tells the answers apart.
#[test]
fn answers_that_only_a_sum_or_a_birthday_reads_are_told_apart() {
    let told = |data: &str, asked: &str, stages: &str| {
        let knock = format!("  trigger knock from anyone {{ {asked} -> first }}\n");
        let compiled = compile(&small::pathway(data, &(knock + stages)));
        let protocol = compiled.protocols.first().unwrap_or_else(|| panic!("{:#?}", compiled.problems));
        let report = verify(protocol, Budget::default());
        report.findings.iter().map(|finding| finding.message.clone()).collect::<Vec<_>>()
    };
    let sum = "  event absent from worker { asks hours }
  stage first {
    must task watch by worker within 6 weeks
    when missed >= 16 -> bad
    on absent notify worker
    on watch done -> good
    on watch overdue -> good
  }";
    assert_eq!(told("hours count 0..40  missed sums hours over 4 weeks", "", sum), Vec::<String>::new());
    let birthday = "  stage first {
    on birthday 18 of born -> good
    after 5 years -> bad
  }";
    assert_eq!(told("born birthdate", "asks born", birthday), Vec::<String>::new());
}

#[test]
fn a_large_pathway_is_decided() {
    let protocol = unchecked(&large::pathway()).into_iter().next().expect("a pathway");
    let terms = protocol.openings.rows().filter(|row| row.term.is_some()).count();
    assert_eq!((protocol.stages.len(), terms), (large::STAGES, 60));
    assert!(protocol.rules.len() >= 400, "{} rules", protocol.rules.len());
    let compiled = compile(&large::pathway());
    let report = verify(
        compiled.protocols.first().unwrap_or_else(|| panic!("{:#?}", compiled.problems)),
        Budget::default(),
    );
    assert_eq!(
        (report.incomplete, report.unconfirmed, report.findings.len()),
        (None, 0, 0),
        "{:#?}",
        report.findings
    );
}

#[test]
fn a_term_that_may_never_start_holds_nobody_to_anything() {
    let told = found(
        "  event papers from helper
  stage first {
    must task look by worker within 1 week of papers
    on look done    -> good
    on look overdue -> bad
  }",
    );
    assert_eq!(told, ["waits-for-ever: a case can wait in `first` for ever: `look` has no term that runs"]);
}

#[test]
fn a_missed_term_of_which_nobody_hears_holds_nobody_to_anything() {
    let stage = |answer: &str| {
        format!(
            "  stage first {{
    must task talk by worker within 1 week
    on talk done    -> good
    on talk overdue {answer}
  }}
  always {{ on deceased -> bad }}"
        )
    };
    let waits = "waits-for-ever: a case can wait in `first` for ever: `talk` has no term that runs";
    let only_that =
        |told: Vec<String>| told.into_iter().filter(|one| one.starts_with("waits")).collect::<Vec<_>>();
    // Writing it down tells nobody, and what is open already is not opened once more.
    assert_eq!(only_that(found(&stage("record urgent = yes"))), [waits]);
    assert_eq!(only_that(found(&stage("task talk"))), [waits]);
    assert_eq!(only_that(found(&stage("notify house"))), Vec::<String>::new());
}

#[test]
fn what_the_last_step_opens_is_dropped_with_the_case() {
    let told = found(
        "  stage first {
    must task talk by worker within 1 week
    on talk done    task report_it by worker within 3 days keeps running -> good
    on talk overdue -> bad
  }
  always { on report_it overdue notify house }",
    );
    let closure = "open-at-closure: a case can end in `good` while `report_it` is still open";
    assert!(told.iter().any(|one| one == closure), "{told:#?}");
}

#[test]
fn a_round_through_always_needs_a_limit_and_one_that_ends_by_itself_does_not() {
    let stages = |limit: &str| {
        format!(
            "  stage first {{
    must task talk by worker within 1 week
    on talk done -> good
  }}
  stage second {limit}{{
    must task plan by worker within 1 week
    on plan done    -> good
    on plan overdue -> first
  }}
  always {{
    on talk overdue -> second
    on deceased     -> bad
  }}"
        )
    };
    let rounds =
        "loop-without-limit: a case can go round through `first`, `second` again and again, without a limit";
    assert_eq!(found(&stages("")), [rounds]);
    assert_eq!(found(&stages("at most 2 times, else -> bad ")), Vec::<String>::new());
    // The answer that is recorded lets it go round once only.
    let once = found(
        "  stage first {
    must task talk by worker within 1 week
    on talk done -> good
    on talk overdue when known urgent -> bad
    on talk overdue otherwise record urgent = yes -> second
  }
  stage second { after 1 week -> first }",
    );
    assert_eq!(once, Vec::<String>::new());
}
