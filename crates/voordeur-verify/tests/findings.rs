//! What the state space shows, with the histories that show it. The pages in `docs/rules` hold the rest.

#![expect(clippy::panic, reason = "a panic in a test is a failing test")]

mod large;

use voordeur_protocol::{compile, unchecked};
use voordeur_verify::{Budget, Incomplete, verify};

fn pathway(stages: &str) -> String {
    format!(
        "pathway p {{
  version \"1\"
  lead house
  agency house
  agency helper
  role worker of house
  data {{ urgent yes_no }}
  trigger knock from anyone {{ -> first }}
{stages}
  end good success
  end bad failure
}}
"
    )
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
        let text =
            pathway(stages).replace("urgent yes_no", data).replace("anyone {", &format!("anyone {{ {asked}"));
        let compiled = compile(&text);
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
