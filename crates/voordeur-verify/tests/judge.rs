//! What the checks suspect is told only when a household can get there: each story with its twin, of which one is so.

#![expect(clippy::expect_used, reason = "a panic in a test is a failing test")]

mod small;

use voordeur_verify::{Budget, compile, compile_with, verify};

use small::KNOCK;

/// A pathway of these stages, with what comes before them.
fn pathway(head: &str, stages: &str) -> String {
    let data = "urgent yes_no  months count 0..12  debts yes_no shared with helper";
    small::pathway(data, &format!("{head}\n{stages}"))
}

/// Whoever reports is asked whether it is urgent.
const ASKED: &str = "  trigger knock from anyone { asks urgent -> first }";

/// The errors, by rule, with whether each has a case history.
fn told(head: &str, stages: &str) -> Vec<(&'static str, bool)> {
    let compiled = compile(&pathway(head, stages));
    let told = compiled.problems.iter().map(|one| (one.rule.name(), !one.history.is_empty())).collect();
    assert_eq!(compiled.protocols.is_empty(), compiled.has_errors());
    told
}

#[track_caller]
fn clean(head: &str, stages: &str) {
    let compiled = compile(&pathway(head, stages));
    assert_eq!(compiled.problems, [], "{}", pathway(head, stages));
    let protocol = compiled.protocols.first().expect("a pathway");
    let report = verify(protocol, Budget::default());
    let found: Vec<_> = report.findings.iter().map(|one| (one.rule.name(), &one.message)).collect();
    assert_eq!((found, report.incomplete, report.unconfirmed), (Vec::new(), None, 0));
}

/// One error of this rule, with a case history.
#[track_caller]
fn shown(rule: &'static str, head: &str, stages: &str) {
    assert_eq!(told(head, stages), [(rule, true)], "{}", pathway(head, stages));
}

#[test]
fn a_gap_of_always_is_no_gap_where_the_stage_answers() {
    let stages = |own: &str| {
        format!(
            "  stage first {{
    must task talk by worker within 1 week
{own}    on talk overdue -> bad
  }}
  always {{ on talk done when not urgent -> good }}"
        )
    };
    clean(ASKED, &stages("    on talk done when urgent -> bad\n"));
    shown("gap-in-guards", ASKED, &stages(""));
}

#[test]
fn a_gap_needs_a_household_that_the_trigger_lets_through() {
    let first = "  stage first {
    must task talk by worker within 1 week
    on talk done when months > 3 -> good
    on talk overdue -> bad
  }";
    let knock = |least: u32| {
        format!(
            "  trigger knock from anyone {{ asks months  when months >= {least} -> first  otherwise -> bad }}"
        )
    };
    clean(&knock(4), first);
    shown("gap-in-guards", &knock(3), first);
}

#[test]
fn whoever_is_not_eligible_needs_no_answer() {
    let first = "  trigger knock from anyone { asks months -> first }
  stage first {
    must task talk by worker within 1 week
    on talk done when months > 3 -> good
    on talk overdue -> bad
  }";
    clean("  eligible when months > 3, else -> bad", first);
    shown("gap-in-guards", "  eligible when months > 2, else -> bad", first);
}

/// In an interrupted stage time goes on: what falls due there while nobody answers is a fault all the same.
#[test]
fn what_falls_due_in_an_interrupted_stage_counts() {
    let stages = |days: u32| {
        format!(
            "  event rang from anyone
  stage first {{
    must task talk by worker within 3 days
    on talk done -> good
    after {days} days -> bad
  }}
  stage look {{
    must task see by worker within 1 week
    on see done    -> back
    on see overdue -> bad
  }}
  always {{ on rang -> look }}"
        )
    };
    shown("deadline-without-answer", ASKED, &stages(4));
}

#[test]
fn a_value_that_the_file_records_is_the_only_one() {
    let stages = |others: &str| {
        format!(
            "  stage first {{
    must task talk by worker within 1 week{others}
    on talk done    record urgent = yes -> second
    on talk overdue -> bad
  }}
  stage second {{
    must task plan by worker within 1 week
    on plan done when urgent -> good
    on plan overdue -> bad
  }}"
        )
    };
    clean(KNOCK, &stages(""));
    shown(
        "gap-in-guards",
        "  trigger knock from anyone { asks urgent when urgent -> first otherwise -> second }",
        &stages(""),
    );
}

#[test]
fn a_term_that_is_never_missed_needs_no_answer() {
    let stages = |days: u32| {
        format!(
            "  stage first {{
    must task talk by worker within 1 week
    on talk done -> good
    after {days} days -> bad
  }}"
        )
    };
    clean(ASKED, &stages(6));
    shown("deadline-without-answer", ASKED, &stages(9));
}

#[test]
fn conditions_that_come_true_one_after_the_other_do_not_overlap() {
    let stages = |more: &str| {
        format!(
            "  stage first {{
    must task talk by worker within 1 week
    may task plan by worker within 3 days
    when any of (talk) done{more} -> good
    when any of (plan) done -> bad
    on talk overdue -> bad
    on plan overdue notify house
  }}"
        )
    };
    clean(ASKED, &stages(""));
    shown("overlapping-guards", ASKED, &stages(" and any of (plan) done"));
}

#[test]
fn conditions_on_what_is_recorded_overlap_where_one_answer_makes_both_true() {
    let stages = |least: u32| {
        format!(
            "  stage first {{
    must task talk by worker within 1 week asks months
    when months >= {least} -> good
    when months <= 4 -> bad
    on talk overdue -> bad
  }}"
        )
    };
    clean(KNOCK, &stages(5));
    shown("overlapping-guards", KNOCK, &stages(4));
}

#[test]
fn branches_and_events_are_decided_too() {
    let stage = "  event rang from anyone
  stage first {
    must task talk by worker within 1 week
    on rang when urgent -> good
    on talk done -> good
    on talk overdue -> bad
  }";
    clean("  trigger knock from anyone { asks urgent when urgent -> first otherwise -> bad }", stage);
    shown("gap-in-guards", ASKED, stage);
    let knock = "  trigger knock from anyone { asks urgent, months  when urgent -> first  when months > 3 -> bad  when not urgent and months <= 3 -> bad }";
    shown(
        "overlapping-guards",
        knock,
        "  stage first { must task talk by worker within 1 week on talk done -> good on talk overdue -> bad }",
    );
}

#[test]
fn what_nobody_has_recorded_is_asked_of_whoever_gets_there() {
    let stages = |way: &str| {
        format!(
            "  referral help {{ to helper accept within 3 days contact within 5 days hands over debts declined or overdue: ask again once, then exhausted }}
  stage first {{
    must task talk by worker within 1 week asks urgent
    must task money by worker within 1 week asks debts
    on talk done {way}
    when all of (money) done -> second
    on talk overdue -> bad
    on money overdue -> bad
  }}
  stage second {{
    must refer help
    on help taken_up -> good
    on help exhausted -> bad
  }}"
        )
    };
    clean(KNOCK, &stages("notify house"));
    shown(
        "may-be-unrecorded",
        KNOCK,
        &stages("when urgent -> second    on talk done otherwise notify house"),
    );
}

#[test]
fn a_rule_on_time_that_nobody_can_refuse_is_shown_too() {
    let stages = |asked: &str| {
        format!(
            "  stage first {{
    must task talk by worker within 1 week{asked}
    on talk done    -> good
    on talk overdue when urgent -> bad
    on talk overdue when not urgent -> good
  }}"
        )
    };
    clean(ASKED, &stages(""));
    let found = told(KNOCK, &stages(" asks urgent"));
    assert_eq!(found, [("may-be-unrecorded", true), ("may-be-unrecorded", true)]);
}

#[test]
fn what_was_not_looked_at_is_told_and_said_so() {
    let first = "  stage first {
    must task talk by worker within 1 week
    on talk done when months > 3 -> good
    on talk overdue -> bad
  }";
    let knock = "  trigger knock from anyone { asks months  when months > 3 -> first  otherwise -> bad }";
    let mut none = |_: &str, _: &str| Err("there is none".to_owned().into());
    let compiled = compile_with("", &pathway(knock, first), &mut none, Budget { states: 0 });
    let doubts: Vec<_> = compiled.problems.iter().filter_map(|one| one.doubt.as_deref()).collect();
    assert_eq!(doubts, ["not everything that can happen to a case was looked at"]);
    assert!(compiled.protocols.is_empty());
}

#[test]
fn what_keeps_running_leads_out_of_the_next_stage() {
    let stages = |running: &str, way: &str| {
        format!(
            "  stage first {{
    must task letter by worker within 2 weeks{running}
    must task talk by worker within 1 week
    on talk done    -> second
    on talk overdue -> bad
    on letter overdue notify house
  }}
  stage second {{
{way}  }}
  always {{ on deceased -> bad }}"
        )
    };
    let way = "    on letter done    -> good\n    on letter overdue -> bad\n";
    // When `talk` and `letter` were both done, nothing is left in `second`.
    shown("no-way-out", ASKED, &stages(" keeps running", way));
    let first = |running: &str| {
        format!(
            "  stage first {{
    must task letter by worker within 2 weeks{running}
    after 1 week -> second
    on letter done -> good
  }}
  stage second {{
{way}  }}"
        )
    };
    clean(ASKED, &first(" keeps running"));
}

#[test]
fn what_keeps_running_answers_for_an_outcome_of_the_next_stage() {
    let stages = |way: &str| {
        format!(
            "  stage first {{
    must task letter by worker within 4 weeks keeps running
    after 1 week -> second
    on letter done -> good
  }}
  stage second {{
    must visit talk by worker within 1 week attempts 2
    on talk done -> bad
    on talk refused notify house
    on talk exhausted -> bad
    on talk overdue -> bad
    on letter done {way}
    on letter overdue -> bad
  }}"
        )
    };
    clean(ASKED, &stages("-> bad"));
    // When the letter is written and the door stays shut, nobody has to act any more.
    shown("unhandled-outcome", ASKED, &stages("notify house"));
}

#[test]
fn two_rules_of_always_overlap_only_for_households_that_get_there() {
    let stages = |first: &str| {
        format!(
            "  stage first {{
    must task talk by worker within 1 week asks months
    on talk overdue -> bad
  }}
  always {{
    on talk done when {first} -> good
    on talk done when months >= 3 -> bad
    on talk done when not urgent and months < 3 -> good
  }}"
        )
    };
    shown("overlapping-guards", ASKED, &stages("urgent"));
    clean(ASKED, &stages("urgent and months < 3"));
    let calm = "  trigger knock from anyone { asks urgent  when not urgent -> first  otherwise -> bad }";
    assert_eq!(told(calm, &stages("urgent")), []);
}

#[test]
fn two_rules_on_one_moment_overlap_only_where_a_case_gets_to_it() {
    let stages = |first: &str| {
        format!(
            "  stage first {{
{first}    after 14 days -> good
    after 2 weeks -> bad
  }}"
        )
    };
    shown("overlapping-guards", ASKED, &stages(""));
    assert_eq!(told(ASKED, &stages("    after 1 week -> bad\n")), []);
}

#[test]
fn two_rules_on_one_birthday_overlap_only_where_a_case_gets_to_it() {
    let told = |ways: &str| {
        let stages = "  stage first {
    on birthday 18 of born -> good
    on birthday 18 of born -> bad
    after 5 years -> bad
  }
  stage second { after 1 week -> good }";
        let head = format!("  trigger knock from anyone {{ asks born, urgent  {ways} }}\n{stages}");
        let compiled = compile(&small::pathway("born birthdate  urgent yes_no", &head));
        compiled.problems.iter().map(|one| (one.rule.name(), !one.history.is_empty())).collect::<Vec<_>>()
    };
    assert_eq!(told("when urgent -> first  otherwise -> second"), [("overlapping-guards", true)]);
}

#[test]
fn a_gap_on_an_event_that_is_counted_is_one_where_nothing_is_refused() {
    let data = "urgent yes_no  quarrels counts quarrel over 2 weeks";
    let told = |head: &str, rules: &str| {
        let stages = format!(
            "  event quarrel from worker
  stage first {{
    must task talk by worker within 2 weeks
    on talk done    -> good
    on talk overdue -> bad
    when quarrels >= 3 -> bad
{rules}  }}"
        );
        let compiled = compile(&small::pathway(data, &format!("{head}\n{stages}")));
        compiled.problems.iter().map(|one| (one.rule.name(), !one.history.is_empty())).collect::<Vec<_>>()
    };
    assert_eq!(told(ASKED, "    on quarrel when urgent notify house\n"), [("gap-in-guards", true)]);
    let urgent = "  trigger knock from anyone { asks urgent  when urgent -> first  otherwise -> bad }";
    assert_eq!(told(urgent, "    on quarrel when urgent notify house\n"), []);
}

#[test]
fn consent_is_missing_only_where_a_household_gets_without_it() {
    let stages = |knock: &str| {
        format!(
            "  stage first {{
    must task talk by worker within 1 week
    on talk done    {knock} -> second
    on talk overdue -> bad
  }}
  stage second {{
    must task plan by worker within 1 week needs consent
    on plan done    -> good
    on plan overdue -> bad
    after 4 weeks   -> bad
  }}
  always {{ on consent withdrawn -> bad }}"
        )
    };
    let missing = told(ASKED, &stages(""));
    assert!(missing.contains(&("may-be-unrecorded", true)), "{missing:?}");
    let given = told(ASKED, &stages("record consent = yes"));
    assert!(!given.iter().any(|(rule, _)| *rule == "may-be-unrecorded"), "{given:?}");
}

/// What nobody has confirmed on real dates has no history.
#[test]
fn a_gap_in_time_is_shown_at_that_time() {
    let stages = |term: &str| {
        format!(
            "  stage first {{
    must task talk by worker within {term}
    on talk done when since report < 2 weeks -> good
    on talk done when since report > 2 weeks -> bad
    on talk overdue -> bad
  }}"
        )
    };
    let found = |term: &str| compile(&pathway(KNOCK, &stages(term))).problems;
    let gap = found("6 weeks").into_iter().find(|one| one.rule.name() == "gap-in-guards").expect("a gap");
    let told: Vec<String> = gap.history.iter().flat_map(voordeur_diagnostics::Scene::told).collect();
    assert!(told.iter().any(|line| line.starts_with("Mon 2026-03-30")), "{told:#?}");
    // Within a week the fourteenth day never comes.
    assert!(found("1 week").iter().all(|one| one.rule.name() != "gap-in-guards"));
}

/// From a day that somebody records every length can come: which one is not known.
#[test]
fn a_recorded_day_can_be_any_time_ago() {
    let first = |other: &str| {
        format!(
            "  stage first {{
    must task talk by worker within 2 weeks asks months_since
    on talk done when since months_since < 6 months -> good
    on talk done when since months_since {other} 6 months -> bad
    on talk overdue -> bad
  }}"
        )
    };
    let file = |other: &str| pathway(KNOCK, &first(other)).replace("data {", "data { months_since date ");
    assert!(compile(&file(">=")).problems.is_empty());
    let gap = compile(&file(">")).problems;
    assert_eq!(gap.iter().map(|one| one.rule.name()).collect::<Vec<_>>(), ["gap-in-guards"]);
    assert!(!gap.iter().flat_map(|one| &one.history).collect::<Vec<_>>().is_empty(), "{gap:#?}");
}

/// Whoever is younger goes to `first`, all others to `second`.
fn by_age(first: &str, second: &str) -> String {
    let stages = format!(
        "  trigger knock from anyone {{ asks born  when age of born < 18 -> first  otherwise -> second }}
  stage first {{
    must task talk by worker within 4 weeks
    on talk overdue -> bad
{first}  }}
  stage second {{
    must task home by worker within 2 weeks
    on home overdue -> bad
{second}  }}"
    );
    pathway("", &stages).replace("data {", "data { born birthdate ")
}

/// The errors, by rule, and the last case history.
fn told_of(file: &str) -> (Vec<&'static str>, Vec<String>) {
    let problems = compile(file).problems;
    let history =
        problems.last().map(|one| one.history.iter().flat_map(voordeur_diagnostics::Scene::told).collect());
    (problems.iter().map(|one| one.rule.name()).collect(), history.unwrap_or_default())
}

#[test]
fn whoever_gets_to_an_age_by_a_birthday_has_it_from_then_on() {
    let grown = "    on home done when age of born >= 18 -> good\n";
    let talk = "    on talk done when age of born < 18 -> good\n";
    let birthday = "    on birthday 18 of born -> second\n";
    assert_eq!(told_of(&by_age(&format!("{talk}{birthday}"), grown)).0, [""; 0]);
    // Without the rule somebody has a birthday before the talk.
    let (rules, history) = told_of(&by_age(talk, grown));
    assert_eq!(rules, ["gap-in-guards"]);
    let born =
        history.iter().find_map(|line| line.split_once("born = ")?.1.get(..10)).expect("a day of birth");
    assert!(born.starts_with("2008-0"), "eighteen in the spring of 2026: {history:#?}");
}

#[test]
fn nobody_gets_years_older_in_a_few_weeks() {
    let old = |age: u32| {
        format!("    on home done when age of born < {age} -> good\n    on home done otherwise -> bad\n")
    };
    let first = "    on talk done -> second\n    on birthday 18 of born -> second\n";
    let protocol = |file: &str| compile(file).protocols.into_iter().next().expect("a pathway");
    let file = by_age(first, &old(65)).replace(
        "otherwise -> second }",
        "when age of born >= 18 and age of born < 30 -> second  otherwise -> good }",
    );
    let report = verify(&protocol(&file), Budget::default());
    let found: Vec<_> = report.findings.iter().map(|one| (one.rule.name(), one.message.clone())).collect();
    assert_eq!(found.iter().map(|(rule, _)| *rule).collect::<Vec<_>>(), ["dead-rule"], "{found:?}");
    // A year older one can be.
    let file = file.replace("< 30", "< 65");
    let report = verify(&protocol(&file), Budget::default());
    assert!(report.findings.is_empty() && report.incomplete.is_none(), "{:?}", report.findings);
}

#[test]
fn whoever_is_reported_on_a_birthday_has_it() {
    let grown = "    on home done -> good\n    on birthday 18 of born -> good\n";
    let file = by_age("    on talk done -> good\n", grown);
    let protocol = compile(&file).protocols.into_iter().next().expect("a pathway");
    let report = verify(&protocol, Budget::default());
    assert!(report.findings.is_empty() && report.incomplete.is_none(), "{:?}", report.findings);
}

/// Who leaves on a birthday waits for ever only when it came before: then the history shows it come.
#[test]
fn a_birthday_that_is_still_to_come_leads_on() {
    let file = by_age("    on talk done -> second\n", "    on birthday 18 of born -> good\n");
    let second = "must task home by worker within 2 weeks\n    on home overdue -> bad\n";
    assert!(file.contains(second));
    let file = file.replace(second, "").replace("otherwise -> second }", "otherwise -> good }");
    let (rules, history) = told_of(&file);
    assert_eq!(rules, ["no-way-out"], "{history:#?}");
    let day = |part: &str, from: usize| {
        let line = history.iter().find(|line| line.contains(part)).expect("a line");
        line.get(from..from + 10).map(ToOwned::to_owned)
    };
    let born =
        history.iter().find_map(|line| line.split_once("born = ")?.1.get(..10)).expect("a day of birth");
    let grown = born.replacen("2008", "2026", 1);
    let entered = day("task `talk` done", 4).expect("a day");
    assert!(born.starts_with("2008") && grown <= entered, "{history:#?}");
}
