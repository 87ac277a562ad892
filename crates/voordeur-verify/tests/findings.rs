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

/// What a step of an escalation hands over has to be there as well.
#[test]
fn what_an_escalation_hands_over_is_recorded() {
    let stages = |asks: &str| {
        format!(
            "  referral r {{ to helper  hands over debts  accept within 1 week  declined or overdue: ask again once, then exhausted }}
  escalation asking {{ at once refer r }}
  stage first {{
    must task talk by worker within 1 week {asks}
    on talk done    escalate asking
    on talk overdue -> bad
    on r exhausted  -> bad
    on r taken_up   -> good
  }}"
        )
    };
    let rules = |asks: &str| {
        let compiled = compile(&small::pathway(
            "debts yes_no shared with helper",
            &format!("{KNOCK}\n{}", stages(asks)),
        ));
        compiled.problems.iter().map(|one| one.rule.name()).collect::<Vec<_>>()
    };
    assert!(rules("").contains(&"may-be-unrecorded"), "{:?}", rules(""));
    assert!(!rules("asks debts").contains(&"may-be-unrecorded"), "{:?}", rules("asks debts"));
}

/// Whatever the end is called: what is begun in the step that ends the case is begun for nobody.
#[test]
fn what_is_opened_with_the_end_itself_falls_away_with_any_end() {
    let told = found(
        "  stage first {
    must task talk by worker within 1 week
    on talk done    -> good
    on talk overdue task last_try by worker within 1 week -> bad
  }",
    );
    assert_eq!(told, ["open-at-closure: a case can end in `bad` while `last_try` is still open"]);
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

/// What is told by one rule of it, in order.
fn told_by(rule: &str, stages: &str) -> Vec<String> {
    found(stages)
        .into_iter()
        .filter_map(|one| Some(one.strip_prefix(rule)?.trim_start_matches(": ").to_owned()))
        .collect()
}

#[test]
fn what_no_case_does_in_time_is_a_contradiction() {
    let visit = |term: &str, lead: &str| {
        format!(
            "  stage first {{
    must visit look by worker within {term} announced by letter at least {lead} before attempts 2, 1 to 3 days apart
    on look done      -> good
    on look refused   -> bad
    on look exhausted -> bad
    on look overdue   notify house
  }}"
        )
    };
    let told = |term, lead| told_by("contradictory-terms", &visit(term, lead));
    let late = "`look` can be made in time in no case: it may come only 5 working days after it was announced or prepared";
    assert_eq!(told("2 days", "5 working days"), [late]);
    // Working days are counted alike, wherever the weekend falls; `same day` is a term too.
    assert_eq!(told("3 working days", "5 working days"), [late]);
    assert_eq!(told("5 working days", "5 working days"), Vec::<String>::new());
    // From Monday to Friday there is an evening left.
    assert_eq!(told("6 days", "5 working days"), Vec::<String>::new());
    assert_eq!(told("2 weeks", "5 working days"), Vec::<String>::new());
}

#[test]
fn a_term_that_is_over_before_it_can_begin_is_a_contradiction() {
    let stages = |term: &str| {
        format!(
            "  stage first {{ after 3 weeks -> second  on deceased -> bad }}
  stage second {{
    must task look by worker within {term} of report
    on look done    -> good
    on look overdue notify house
    after 2 months -> bad
  }}"
        )
    };
    let late = "`look` can be done in time in no case: when it is opened its term of 2 weeks is over";
    assert_eq!(told_by("contradictory-terms", &stages("2 weeks")), [late]);
    assert_eq!(told_by("contradictory-terms", &stages("4 weeks")), Vec::<String>::new());
}

#[test]
fn visits_that_do_not_fit_in_their_series_are_a_contradiction() {
    let series = |plan: &str| {
        format!(
            "  stage first {{
    must series visits by worker {{ {plan} }}
    on visits done     notify house
    on visits all_done -> bad
    on visits over     -> bad
    on moved_away      -> good
    on visits missed   notify house
    on visits refused  -> bad
  }}"
        )
    };
    let told = |plan: &str| told_by("contradictory-terms", &series(plan));
    assert_eq!(
        told("3 visits in 3 weeks  at least 2 weeks apart"),
        ["3 visits that are 2 weeks apart fit in 3 weeks in no case"]
    );
    assert_eq!(told("3 visits in 4 weeks  at least 2 weeks apart"), Vec::<String>::new());
}

#[test]
fn a_reminder_that_never_goes_out_is_a_contradiction() {
    let stage = |before: &str, term: &str| {
        format!(
            "  stage first {{
    must task look by worker within {term}
    remind worker {before} before look is due
    on look done    -> good
    on look overdue -> bad
  }}"
        )
    };
    let told = |before, term| told_by("contradictory-terms", &stage(before, term));
    assert_eq!(
        told("3 days", "1 day"),
        ["the reminder 3 days before `look` is due is never sent: its term is 1 day"]
    );
    // Over a weekend one working day is three days.
    assert_eq!(told("2 days", "1 working day"), Vec::<String>::new());
    assert_eq!(told("1 working day", "1 week"), Vec::<String>::new());
}

#[test]
fn a_last_term_that_is_not_the_last_is_a_contradiction() {
    let stage = |terms: &str| {
        format!(
            "  stage first {{
    prefer task look by worker {terms}
    on look done    -> good
    on look slipped notify house
    on look overdue -> bad
  }}"
        )
    };
    let told = |terms: &str| told_by("contradictory-terms", &stage(terms));
    let never = ["the last term is not later than the preferred one"];
    assert_eq!(told("within 2 days else within 1 day"), never);
    assert_eq!(told("within 2 weeks else same day"), never);
    assert_eq!(told("same day else within 2 days"), Vec::<String>::new());
    assert_eq!(told("within 5 working days else within 1 week"), Vec::<String>::new());
}

#[test]
fn a_term_for_accepting_that_is_never_over_first_is_a_contradiction() {
    let told = |terms: &str| {
        let stage = format!(
            "  referral r {{ to helper {terms} declined or overdue: ask again once, then exhausted }}
  stage first {{
    must refer r
    on r taken_up  -> good
    on r exhausted -> bad
  }}"
        );
        told_by("contradictory-terms", &stage)
    };
    let never =
        "nobody is ever late in accepting `r`: contact is due within 3 days, and that is over before 2 weeks";
    assert_eq!(told("accept within 2 weeks contact within 3 days"), [never]);
    assert_eq!(told("accept within 3 days contact within 2 weeks"), Vec::<String>::new());
    // In most weeks five working days are a week, and then nobody is late; in others they are longer.
    assert_eq!(told("accept within 1 week contact within 5 working days"), Vec::<String>::new());
}

/// Four referrals side by side: their moments are so many that the search takes some together.
#[test]
fn what_only_seems_to_be_reached_is_looked_for_once_more() {
    let referral = |n: usize| {
        format!(
            "  referral r{n} {{ to helper warm accept within {} working days contact within {} weeks declined or overdue: ask again once, then exhausted }}\n",
            n + 2,
            n + 1
        )
    };
    let part = |n: usize| format!("    must refer r{n}\n    on r{n} exhausted notify worker\n");
    let all = |each: &dyn Fn(usize) -> String| (1..=4).map(each).collect::<String>();
    let closed = (1..=4).map(|n| format!("not r{n} open")).collect::<Vec<_>>().join(" and ");
    let stage = |months: u32| {
        let (referrals, parts) = (all(&referral), all(&part));
        let stage = format!(
            "{referrals}  stage first {{\n{parts}    when {closed} -> good\n    after {months} months -> bad\n  }}"
        );
        stage
    };
    assert_eq!(found(&stage(1)), Vec::<String>::new());
    let overtaken = "always-overtaken: the time for this never comes: something else is always earlier: `after 6 months -> bad`";
    let never = "unreachable-stage: no case ever ends in `bad`, whatever happens";
    assert_eq!(found(&stage(6)), [never, overtaken]);
}

/// An event can come without end, and each time it sets the clock of the rule that counts from it.
#[test]
fn clocks_without_number_end_the_search() {
    let stages = |target: &str| {
        format!(
            "  event danger from anyone
  stage first {{
    must task talk by worker within 2 months
    on talk done    -> good
    on talk overdue -> bad
  }}
  stage second {{
    must task look by worker within 1 week
    on look done    -> good
    on look overdue -> bad
  }}
  always {{
    on danger notify house
    on deceased -> second
    after 2 weeks of danger -> {target}
  }}"
        )
    };
    assert_eq!(found(&stages("bad")), Vec::<String>::new());
    let compiled = compile(&pathway(&stages("second")));
    let protocol = compiled.protocols.first().unwrap_or_else(|| panic!("{:#?}", compiled.problems));
    assert_eq!(verify(protocol, Budget::default()).incomplete, Some(Incomplete::Clocks));
}

#[test]
fn a_rule_whose_time_comes_and_that_never_applies_is_dead_and_not_overtaken() {
    let rules = |told: Vec<String>| {
        told.iter().map(|one| one.split(':').next().expect("a rule").to_owned()).collect::<Vec<_>>()
    };
    let stage = |after: &str, answer: &str, always: &str| {
        format!(
            "  stage first {{
    must task talk by worker within 1 week asks urgent
    on talk done -> good
    after {after} -> bad
    on talk overdue {answer}
  }}
  {always}"
        )
    };
    let shadowed = stage("2 weeks", "when known urgent -> bad", "always { on talk overdue notify house }");
    assert_eq!(rules(found(&shadowed)), ["dead-rule"]);
    assert_eq!(rules(found(&stage("2 days", "-> bad", ""))), ["always-overtaken"]);
}

#[test]
fn a_step_of_an_escalation_that_is_always_too_late_is_overtaken() {
    let stages = |after: &str| {
        format!(
            "  stage first {{
    must task talk by worker within 1 week
    on talk done -> good
    on talk overdue escalate late
    after 2 weeks -> bad
  }}
  escalation late {{ at once notify house  after {after} notify worker }}"
        )
    };
    let never = "always-overtaken: what `late` does after 10 days is never done: what it is about is always over before";
    assert_eq!(found(&stages("10 days")), [never]);
    assert_eq!(found(&stages("3 days")), Vec::<String>::new());
}

#[test]
fn a_good_end_waits_for_a_cold_referral_until_it_is_accepted() {
    let stages = "  stage first {
    must task talk by worker within 1 week
    must refer to_helper
    on talk done           -> good
    on talk overdue        -> bad
    on to_helper exhausted -> bad
  }
  referral to_helper { to helper accept within 2 days  declined or overdue: ask again once, then exhausted }";
    assert_eq!(found(stages), Vec::<String>::new());
}

/// How long ago something was is tied to the terms of the stages before: what cannot be so long ago by then never applies.
#[test]
fn what_cannot_be_so_long_ago_never_applies() {
    let stages = |since: &str| {
        format!(
            "  stage first {{
    must task talk by worker within 1 week
    on talk done    -> second
    on talk overdue -> bad
  }}
  stage second {{
    must task plan by worker within 1 week
    on plan done when {since} -> good
    on plan done otherwise -> bad
    on plan overdue -> bad
  }}"
        )
    };
    let dead = |since: &str| -> Vec<String> {
        found(&stages(since)).into_iter().filter(|one| one.starts_with("dead-rule")).collect()
    };
    for never in [
        "since report > 2 weeks",
        "since report >= 10 days and since entry < 2 days",
        "since entry > 7 days",
        "since talk done < 2 days and since entry > 3 days",
        "since report < 3 days and since talk done > 3 days",
    ] {
        assert_eq!(
            dead(never),
            [format!("dead-rule: this can never apply: `on plan done when {never} -> good`")]
        );
    }
    for sometimes in [
        "since report >= 14 days",
        "since report >= 8 days and since entry < 2 days",
        "since entry > 6 days",
        "since talk done < 2 days and since report > 7 days",
        "since report < 3 days",
    ] {
        assert_eq!(dead(sometimes), Vec::<String>::new(), "{sometimes}");
    }
}
