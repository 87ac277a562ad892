//! What goes on while the case is somewhere else, and what is let go of; and terms that end on one day.

mod small;

use voordeur_verify::{Budget, compile, verify};

use small::{KNOCK, pathway};

fn file(stages: &str) -> String {
    pathway(
        "state one of { pending, agreed }",
        &format!("{KNOCK}\n  event stops from worker\n{stages}\n{HANDOVER}"),
    )
}

const HANDOVER: &str = "  referral r { to helper  warm  accept within 1 week  contact within 2 weeks  declined or overdue: ask again once, then exhausted }
  referral cold { to helper  accept within 1 week  contact within 2 weeks  declined or overdue: ask again once, then exhausted }";

/// The rules of what is found with what is said, by the checks and in the state space; each with a case history.
fn found(stages: &str) -> Vec<(&'static str, String)> {
    found_in(&file(stages))
}

fn rules_of(file: &str) -> Vec<&'static str> {
    found_in(file).into_iter().map(|(rule, _)| rule).collect()
}

fn found_in(file: &str) -> Vec<(&'static str, String)> {
    let compiled = compile(file);
    let mut all = compiled.problems.clone();
    for protocol in &compiled.protocols {
        let report = verify(protocol, Budget::default());
        assert_eq!((report.incomplete, report.unconfirmed), (None, 0), "{file}");
        all.extend(report.findings);
    }
    let unused = |one: &voordeur_diagnostics::Diagnostic| one.rule.name() == "never-used";
    all.into_iter().filter(|one| !unused(one)).map(|one| (one.rule.name(), one.message)).collect()
}

#[track_caller]
fn only(rule: &'static str, about: &str, stages: &str) {
    let all = found(stages);
    assert!(
        !all.is_empty() && all.iter().all(|(own, said)| *own == rule && said.contains(about)),
        "{all:?}\n{stages}"
    );
}

#[track_caller]
fn clean(stages: &str) {
    assert_eq!(found(stages), [], "{stages}");
}

const SECOND: &str = "  stage second { must task plan by worker within 3 weeks  on plan done -> good  on plan overdue -> bad }";

#[test]
fn a_referral_is_not_let_go_of_in_silence() {
    let first = |refer: &str, rules: &str| {
        let rules = format!("on {refer} exhausted -> bad\n{rules}");
        format!(
            "  stage first {{\n    must refer {refer}\n    must task talk by worker within 1 week\n{rules}\n  }}\n{SECOND}"
        )
    };
    let on = "on talk done -> second\n on talk overdue -> second";
    only("cold-handover", "`r`", &first("r", &format!("{on}\n on r taken_up notify house")));
    // A cold one is let go of when it is accepted.
    only("cold-handover", "`cold`", &first("cold", &format!("{on}\n on cold taken_up notify house")));
    clean(&first(
        "cold",
        "on talk overdue notify house\n when cold accepted and talk done -> second\n on cold taken_up -> second",
    ));
    clean(&first("r", "on talk overdue notify house\n when all of (r taken_up, talk done) -> second"));
    // Whoever reports an event knows what they do.
    clean(&first("r", "on talk overdue notify house\n on r taken_up -> second\n on stops -> second"));
}

/// That a condition names a referral does not say that anybody has taken it up.
#[test]
fn a_condition_that_names_a_referral_does_not_let_go_of_it() {
    let stage = |rules: &str| {
        format!(
            "  stage first {{\n    must refer r\n    must refer s\n    must task talk by worker within 1 week
 on r exhausted -> bad\n on s exhausted -> bad\n on talk done notify house\n on talk overdue notify house
 on r taken_up notify house\n on s taken_up notify house\n every 1 week notify house\n{rules}\n  }}\n{SECOND}
  referral s {{ to helper  warm  accept within 1 week  contact within 2 weeks  declined or overdue: ask again once, then exhausted }}\n"
        )
    };
    let lets_go =
        |rules: &str| found(&stage(rules)).iter().filter(|(rule, _)| *rule == "cold-handover").count();
    // Neither of them: a yes of the receiver is no contact.
    assert_eq!(lets_go("when talk done and not r taken_up -> second"), 2);
    assert_eq!(lets_go("when any of (r, s) accepted -> second"), 2);
    // One of them in the place of the other; not because of a visit.
    assert_eq!(lets_go("when any of (r, s) taken_up -> second"), 0);
    assert_eq!(lets_go("when all of (r, s) taken_up -> second"), 0);
}

/// What a stage that is left lets go of falls away with that stage, also when the end comes with the same step.
#[test]
fn what_a_stage_lets_go_of_does_not_fall_away_with_the_end_that_follows() {
    let stages = "  event crisis from worker
  stage first { must task talk by worker within 1 week  on talk done -> good  on talk overdue -> bad }
  stage acute at most 2 times, else -> bad {
    must task calm by worker within 1 day  on calm done -> back
    on calm overdue escalate late  on calm_it done -> back  on calm_it overdue -> back
  }
  escalation late { after 4 hours task calm_it by house within 12 hours }
  always { on crisis -> acute }";
    let all = found(stages);
    assert!(all.iter().all(|(rule, _)| *rule != "open-at-closure"), "{all:?}");
}

/// A stage that is over as soon as it is entered has begun nothing for anybody.
#[test]
fn a_stage_that_leads_to_a_bad_end_at_once_is_no_fault() {
    let again = "  event quarrel from worker
  stage first { must task talk by worker within 1 week  on talk done -> next  on talk overdue -> next  on quarrel -> next }
  stage next { must task go by worker within 1 week  when talk overdue -> bad  on go done -> good  on go overdue -> bad }";
    let all = found(again);
    assert!(all.iter().all(|(rule, _)| *rule != "open-at-closure"), "{all:?}");
}

/// Nobody has to make it; whoever does has promised the household as much.
#[test]
fn nor_is_a_referral_that_was_made_although_it_only_may_be() {
    let first = |refer: &str, rules: &str| {
        format!(
            "  stage first {{\n    may refer {refer}\n    must task talk by worker within 1 week
 on talk done -> second\n on talk overdue -> second\n{rules}\n  }}\n{SECOND}"
        )
    };
    only("cold-handover", "`r`", &first("r repeatable", "on r exhausted notify house"));
    only("cold-handover", "`cold`", &first("cold", "on cold exhausted notify house"));
    clean(&(first("r keeps running", "") + "  always { on r exhausted notify house }\n"));
}

#[test]
fn what_keeps_running_is_answered_where_the_case_is() {
    let two = |first: &str, second: &str, always: &str| {
        let stage = |name: &str, rules: &str| format!("  stage {name} {{\n{rules}\n  }}\n");
        stage(
            "first",
            &format!(
                "must refer r keeps running\n on r accepted -> second\n on r taken_up -> good\n on r exhausted -> bad\n{first}"
            ),
        ) + &stage(
            "second",
            &format!(
                "must task plan by worker within 3 weeks\n on plan done -> good\n on plan overdue -> bad\n{second}"
            ),
        ) + always
    };
    only("referral-without-fallback", "`second`", &two("", "", ""));
    clean(&two("", "on r exhausted notify house", ""));
    let always = two("", "", "  always { on r exhausted -> bad }").replace(" on r exhausted -> bad\n", "");
    clean(&always);
    // The stage that opened it is left before the term is over: there it needs no answer.
    let term = |first: &str, second: &str| {
        format!(
            "  stage first {{ must task report_it by house within 5 days keeps running  must task talk by worker within 2 days  on talk done -> second  on talk overdue -> second {first} }}
  stage second {{ must task plan by worker within 3 weeks  when all of (plan, report_it) done -> good  on plan overdue -> bad {second} }}"
        )
    };
    only("deadline-without-answer", "`second`", &term("", ""));
    only(
        "always-overtaken",
        "report_it",
        &term("on report_it overdue notify house", "on report_it overdue notify house"),
    );
    clean(&term("", "on report_it overdue notify house"));
}

#[test]
fn what_an_escalation_opens_is_answered_where_the_case_is() {
    let stage = |more: &str| {
        format!(
            "  stage first {{ must task talk by worker within 1 week  on talk done -> good  on talk overdue escalate late  on r taken_up -> bad {more} }}
  escalation late {{ at once notify house  after 3 days refer r }}"
        )
    };
    only("referral-without-fallback", "`first`", &stage(""));
    clean(&stage("on r exhausted -> bad"));
}

#[test]
fn an_outcome_that_waits_for_the_way_back_is_answered_there() {
    let stages = "  stage first { must refer r keeps running  on r taken_up -> good  on r exhausted -> bad }
  stage look { must task look_in by worker within 3 weeks  on look_in done -> back  on look_in overdue -> back }
  always { on stops -> look }";
    clean(stages);
}

#[test]
fn a_round_of_rules_is_one_when_a_household_goes_round() {
    let stages = |f: &str, g: &str| {
        format!(
            "  stage first {{ must task t by worker within 1 week  on t done -> good  on t overdue -> bad  when {f} -> second }}
  stage second {{ must task u by worker within 1 week  on u done -> good  on u overdue -> bad  when {g} -> first }}"
        )
    };
    let asked = |stages: &str| {
        let knock = KNOCK.replace("{ ->", "{ asks state ->");
        rules_of(&pathway("state one of { pending, agreed }", &format!("{knock}\n{stages}")))
    };
    assert_eq!(asked(&stages("state = pending", "state = pending")), ["endless-loop"]);
    // Whoever goes the one way does not go the other.
    assert_eq!(asked(&stages("state = pending", "state = agreed")), ["dead-rule"]);
}

#[test]
fn who_falls_through_a_gap_for_want_of_an_answer_is_told_so() {
    let stage = "  stage first { must task t by worker within 1 week asks seen  on t done when known seen and seen -> good  on t done when known seen and not seen -> bad  on t overdue -> bad }";
    let text = pathway(
        "state one of { pending, agreed }  seen yes_no ? kept because \"x\"",
        &format!("{KNOCK}\n{stage}"),
    );
    let told: Vec<String> = compile(&text).problems.into_iter().map(|one| one.message).collect();
    assert!(
        told.iter().any(|message| message.contains("`t` is done") && message.contains("seen unknown")),
        "{told:?}"
    );
}

#[test]
fn of_terms_that_end_on_one_day_the_shorter_one_ends_first() {
    let two = |now: &str, later: &str| {
        format!(
            "  stage first {{
    must task now by worker within {now}
    on now done    -> good
    on now overdue -> bad
    after {later} -> second
  }}
{SECOND}"
        )
    };
    let rules = |stages: &str| rules_of(&file(stages));
    assert_eq!(rules(&two("4 hours", "6 hours")), ["unreachable-stage", "always-overtaken"]);
    assert_eq!(rules(&two("240 minutes", "4 hours")), rules(&two("4 hours", "240 minutes")));
    // Two hours and three hours are less than six since the report, and more than four.
    let three = |since: &str| {
        format!(
            "  stage first {{ must task now by worker within 2 hours  on now done -> good  on now overdue -> second }}
  stage second {{ must task soon by worker within 3 hours  on soon done -> good  on soon overdue -> bad  after {since} of report -> third }}
  stage third {{ must task plan by worker within 3 weeks  on plan done -> good  on plan overdue -> bad }}"
        )
    };
    assert_eq!(rules(&three("6 hours")), ["unreachable-stage", "always-overtaken"]);
    assert_eq!(rules(&three("4 hours")), ["always-overtaken"], "now three hours after two are never over");
}

#[test]
fn a_clock_that_counts_from_what_was_left_behind_says_so() {
    let second = SECOND.replace("on plan done", "after 2 weeks of talk overdue -> bad  on plan done");
    let stages = format!(
        "  stage first {{ must task talk by worker within 1 week  on talk done -> good  on talk overdue -> second }}\n{second}"
    );
    only("always-overtaken", "never starts: `talk` ends with its stage", &stages);
}

/// No contact in ten days, asked again, and ten more days: that is the first day of the look afterwards, when the month is short.
#[test]
fn what_only_some_weeks_of_the_year_show_has_a_history() {
    let stages = |contact: &str| {
        format!(
            "  stage first {{ must task talk by worker within 1 week  on talk done -> second  on talk overdue -> bad }}
  stage second {{ must refer late keeps running  must task plan by worker within 4 weeks  on plan done -> care  on plan overdue notify house }}
  referral late {{ to helper  accept within 1 week  contact within {contact}  declined or overdue: ask again once, then exhausted }}
  aftercare care {{ call look after 1 month window 1 week before to 1 week after  by worker  on look missed notify house  then -> good }}
  always {{ on late exhausted notify house }}"
        )
    };
    let told = |contact: &str| {
        found(&stages(contact)).into_iter().filter(|(rule, _)| *rule == "open-at-closure").count()
    };
    assert_eq!((told("10 days"), told("9 days")), (1, 0));
}

/// The signal that ends up on the shelf: referred, and closed with the same step.
#[test]
fn a_referral_is_not_made_with_the_end_of_a_case() {
    let stages = |way: &str, limit: &str, overdue: &str| {
        format!(
            "  stage first {limit} {{
    must task talk by worker within 1 week
    on talk done    {way}
    on talk overdue -> {overdue}
  }}
  referral x {{ to helper  accept within 1 week  contact within 2 weeks  declined or overdue: ask again once, then exhausted }}
  always {{ on x exhausted notify house }}"
        )
    };
    let falls = |stages: &str| {
        let closure = "a case can end in `good` while `x` is still open";
        found(stages).iter().any(|(rule, said)| *rule == "open-at-closure" && said == closure)
    };
    assert!(falls(&stages("refer x -> good", "", "bad")));
    assert!(falls(&stages("refer x -> first", "at most 1 times, else -> good", "bad")));
    assert!(!falls(&stages("refer x -> bad", "", "good")));
}

/// Work that a rule makes as it ends the case falls away at once, whatever the end is called.
#[test]
fn work_is_not_made_with_the_end_of_a_case() {
    let stages = |effect: &str, more: &str| {
        format!(
            "  stage first {{ must task talk by worker within 1 week  on talk done {effect} -> good  on talk overdue -> bad }}
  escalation late {{ {more} }}"
        )
    };
    let falls = |stages: &str| found(stages).iter().any(|(rule, _)| *rule == "open-at-closure");
    assert!(falls(&stages("task last_try by worker within 1 day", "at once notify worker")));
    assert!(falls(&stages("escalate late", "at once task last_try by worker within 1 day")));
    assert!(!falls(&stages("escalate late", "at once notify worker")));
}

/// A good end waits for a referral that comes with the step that would have ended the case, and comes when that is closed.
#[test]
fn an_end_that_waits_for_what_was_just_made_comes() {
    clean(
        "  stage first { must task talk by worker within 1 week  on talk done refer r  when talk done -> good  on talk overdue -> bad
    on r exhausted notify worker }",
    );
    clean(
        "  stage first { must task talk by worker within 1 week  on talk done -> later  on talk overdue -> bad }
  aftercare later { call ring after 4 weeks window 1 week before to 1 week after by worker
    on ring missed refer r  on r exhausted notify worker  then -> good }",
    );
}
