//! What lies where nobody notices it, and what falls away: each story with its twin, of which one is clean.

#![expect(clippy::panic, reason = "a panic in a test is a failing test")]

mod small;

use voordeur_verify::{Budget, Verdict, compile, keep, promises, verify};

use small::{KNOCK, pathway};

fn file(stages: &str) -> String {
    pathway("state one of { pending, agreed }", &format!("{KNOCK}\n{stages}"))
}

/// The rules of what is found, by the checks and in the state space; each finding of an error has a case history.
fn rules(stages: &str) -> Vec<&'static str> {
    let file = file(stages);
    let compiled = compile(&file);
    let mut rules: Vec<&'static str> = compiled.problems.iter().map(|one| one.rule.name()).collect();
    for protocol in &compiled.protocols {
        let report = verify(protocol, Budget::default());
        assert_eq!((report.incomplete, report.unconfirmed), (None, 0), "{file}");
        let unshown = report.findings.iter().find(|one| one.is_error() && one.history.is_empty());
        let reached = |one: &voordeur_diagnostics::Diagnostic| one.rule.name() == "unreachable-stage";
        assert!(unshown.is_none_or(reached), "{unshown:?}");
        rules.extend(report.findings.iter().map(|one| one.rule.name()));
    }
    rules
}

#[track_caller]
fn only(rule: &'static str, stages: &str) {
    assert_eq!(rules(stages), [rule], "{stages}");
}

#[track_caller]
fn clean(stages: &str) {
    assert_eq!(rules(stages), [""; 0], "{stages}");
}

#[test]
fn after_one_attempt_the_term_of_the_visit_goes_on() {
    let visit = |missed: &str| {
        format!(
            "  stage first {{
    must visit talk by worker within 1 week attempts 3
    on talk done      -> good
    on talk refused   -> bad
    on talk exhausted -> bad
    on talk overdue   {missed}
  }}"
        )
    };
    clean(&visit("notify house"));
    only("waits-for-ever", &visit("notify client"));
}

/// A stage that only interrupts, and in which nobody has anything to do, brings a case back as it was.
#[test]
fn an_interruption_of_which_nobody_hears_answers_nothing() {
    let interrupted = |rest: &str| {
        format!(
            "  stage first {{
    must task a by worker within 1 week
    on a done -> good
  }}
  stage rest {{ {rest} }}
  always {{ on a overdue -> rest  on deceased -> bad }}"
        )
    };
    only("waits-for-ever", &interrupted("after 1 week -> back"));
    clean(&interrupted("after 1 week notify house -> back"));
    clean(&interrupted(
        "must task ask by worker within 1 week  on ask done -> back  on ask overdue notify house",
    ));
}

#[test]
fn what_opens_itself_again_and_again_needs_a_limit() {
    let referral = |exhausted: &str| {
        format!(
            "  stage first {{
    must refer r
    on r taken_up  -> good
    on r exhausted {exhausted}
    on deceased    -> bad
  }}
  referral r {{ to helper  accept within 1 week  contact within 2 weeks  declined or overdue: ask again once, then exhausted }}
  escalation late {{ at once notify house }}"
        )
    };
    only("loop-without-limit", &referral("refer r"));
    // Somebody is called in each time.
    clean(&referral("escalate late refer r"));
    let card = |silent: &str| {
        format!(
            "  question card {{ answers welcome, no_thanks  silent after 2 weeks }}
  stage first {{
    must question card
    on card welcome   -> good
    on card no_thanks -> bad
    on card silent    {silent}
  }}"
        )
    };
    only("loop-without-limit", &card("question card"));
    clean(&card("-> bad"));
}

#[test]
fn two_tasks_that_open_each_other_need_a_limit() {
    let tasks = |back: &str| {
        format!(
            "  task x {{ by worker within 1 week }}
  task y {{ by worker within 1 week }}
  stage first {{
    must task x
    on x done    task y
    on y done    {back}
    on x overdue -> bad
    on y overdue -> bad
    on deceased  -> good
  }}"
        )
    };
    only("loop-without-limit", &tasks("task x"));
    clean(&tasks("-> good"));
}

#[test]
fn what_is_done_after_each_visit_of_a_series_is_no_round() {
    clean(
        "  task write_up { by worker within 1 week }
  stage first {
    must series talks by worker { 1 to 2 visits per week for 3 months }
    on talks done     task write_up
    on talks missed   notify house
    on talks all_done -> good
    on talks over     -> bad
    on talks refused  -> bad
    on write_up overdue notify house
  }",
    );
}

#[test]
fn what_follows_on_a_missed_term_has_a_term_that_somebody_hears_of() {
    let late = |what: &str, rest: &str| {
        format!(
            "  stage first {{
    must task z by worker within 1 week
    on z done    -> good
    on z overdue {what}
    {rest}
  }}"
        )
    };
    let on_u = |overdue: &str| format!("on u done -> bad\n    on u overdue {overdue}");
    only("waits-for-ever", &late("task u by worker", "on u done -> bad"));
    only("waits-for-ever", &late("task u by worker within 1 week", &on_u("notify client")));
    clean(&late("task u by worker within 1 week", &on_u("notify house")));
    // The same through an escalation, and a referral of which only the household hears that it came to nothing.
    let escalated = |step: &str, rest: &str| {
        format!("{}\n  escalation e {{ after 1 week {step} }}", late("escalate e", rest))
    };
    only("waits-for-ever", &escalated("task u by worker within 1 week", &on_u("notify client")));
    clean(&escalated("task u by worker within 1 week", &on_u("notify house")));
    let referred = |exhausted: &str| {
        let rest = format!("on r taken_up -> bad\n    on r exhausted {exhausted}");
        format!(
            "{}\n  referral r {{ to helper accept within 1 week contact within 2 weeks declined or overdue: ask again once, then exhausted }}",
            escalated("refer r", &rest)
        )
    };
    only("waits-for-ever", &referred("notify client"));
    clean(&referred("notify house"));
}

#[test]
fn a_question_and_an_escalation_that_bring_each_other_need_a_limit() {
    let asked = |step: &str| {
        format!(
            "  stage first {{
    must task z by worker within 1 week
    on z done    -> good
    on z overdue escalate e
    on q y -> bad
    on q n -> bad
    on q silent escalate e
  }}
  escalation e {{ after 1 week {step} question q {{ answers y, n silent after 1 week }} }}"
        )
    };
    only("loop-without-limit", &asked(""));
    clean(&asked("notify house"));
}

#[test]
fn two_terms_that_go_by_unheard_beside_a_round_are_shown_on_real_dates() {
    only(
        "waits-for-ever",
        "  stage first {
    every 1 week task u by worker within 2 days
    must task v by worker within 3 weeks
    on v done    -> good
    on deceased  -> bad
    on v overdue notify client
    on u done    notify client
    on u overdue notify client
  }",
    );
}

#[test]
fn a_round_of_time_that_tells_nobody_brings_nothing_back() {
    let stage = |every: &str| {
        format!(
            "  event ready from worker
  event given_up from worker
  stage first {{
    every 1 week {every}
    on ready    -> good
    on given_up -> bad
  }}"
        )
    };
    clean(&stage("notify house"));
    assert!(!rules(&stage("record state = pending")).is_empty());
    assert!(!rules(&stage("notify client")).is_empty());
}

#[test]
fn an_escalation_of_which_nobody_hears_holds_nobody_to_anything() {
    let stage = |step: &str| {
        format!(
            "  event given_up from worker
  stage first {{
    must task talk by worker within 1 week
    on talk done    -> good
    on talk overdue escalate late
    on given_up     -> bad
  }}
  escalation late {{ at once {step} }}"
        )
    };
    clean(&stage("notify house"));
    only("waits-for-ever", &stage("record state = pending"));
}

#[test]
fn a_preferred_term_that_may_never_start_holds_nobody_to_anything() {
    let stage = |of: &str| {
        format!(
            "  event papers from client
  stage first {{
    prefer task talk by worker within 1 week{of} else within 2 weeks{of}
    on talk slipped notify worker
    on talk done    -> good
    on talk overdue -> bad
    on papers       notify house
  }}"
        )
    };
    clean(&stage(""));
    only("waits-for-ever", &stage(" of papers"));
}

#[test]
fn what_is_not_followed_may_still_hold_somebody_to_something() {
    // Nothing depends on the letter but that its term is told.
    clean(
        "  event goals_met from worker
  event given_up from worker
  task letter { by worker within 1 week }
  stage first {
    must task letter
    on letter overdue notify house
    every 4 weeks notify worker
    on goals_met -> good
    on given_up  -> bad
  }",
    );
}

#[test]
fn what_must_be_done_is_done_before_a_good_end() {
    let stage = |mode: &str, end: &str| {
        format!(
            "  stage first {{
    must task plan by worker within 2 weeks
    {mode} task landlord by worker within 3 weeks
    on plan done        -> {end}
    on plan overdue     -> bad
    on landlord overdue -> bad
    on landlord done    notify worker
    after 5 weeks       -> good
  }}"
        )
    };
    assert!(rules(&stage("must", "good")).contains(&"open-at-closure"));
    assert!(!rules(&stage("may", "good")).contains(&"open-at-closure"));
    assert!(!rules(&stage("must", "bad")).contains(&"open-at-closure"));
}

#[test]
fn an_escalation_that_is_over_before_it_begins_is_overtaken() {
    let stage = |target: &str, step: &str| {
        format!(
            "  stage first {{
    must task talk by worker within 1 week
    on talk done    -> good
    on talk overdue escalate late{target}
    after 6 weeks   -> bad
  }}
  escalation late {{ {step} notify house }}"
        )
    };
    assert!(rules(&stage(" -> bad", "after 1 week")).contains(&"always-overtaken"));
    clean(&stage("", "after 1 week"));
}

/// What is said of a promise.
fn promised(stages: &str, statement: &str) -> Verdict {
    let file = format!("{}promise \"it\" for p {{ {statement} }}\n", file(stages));
    let compiled = compile(&file);
    let (made, problems) = promises(&compiled.promises, &compiled.protocols, &compiled.sources);
    assert!(problems.is_empty() && !compiled.has_errors(), "{problems:?} {:?}", compiled.problems);
    let promise = made.first().unwrap_or_else(|| panic!("{file}"));
    let kept = keep(promise, Budget::default(), true);
    kept.statements.first().map_or_else(|| panic!("{file}"), |told| told.verdict.clone())
}

#[test]
fn a_break_behind_moments_that_are_taken_together_is_found() {
    let stages = "  stage first { must task intake by worker within 5 working days  on intake done -> second  on intake overdue -> second }
  stage second {
    must task plan by worker within 8 weeks of report
    must refer r
    on r taken_up  notify worker
    on r exhausted notify worker
    on plan done    -> good
    on plan overdue -> bad
  }
  referral r { to helper warm accept within 5 working days contact within 4 weeks declined or overdue: ask again once, then exhausted }";
    let verdict = promised(stages, "no case is closed while a referral is open");
    assert!(matches!(verdict, Verdict::Broken(..)), "{verdict:?}");
}

#[test]
fn a_referral_that_falls_away_when_the_pathway_closes_the_case_is_not_taken_up() {
    let stages = "  stage first {
    must refer r
    must task talk by worker within 1 week
    on talk done    -> bad
    on talk overdue -> bad
    on r taken_up   -> good
    on r exhausted  -> bad
  }
  referral r { to helper warm accept within 1 week contact within 2 weeks declined or overdue: ask again once, then exhausted }";
    for statement in [
        "every referral is taken_up or exhausted within 8 weeks",
        "r is taken_up or exhausted within 8 weeks of report",
    ] {
        let verdict = promised(stages, statement);
        assert!(matches!(verdict, Verdict::Broken(..)), "{statement}: {verdict:?}");
    }
}

#[test]
fn a_term_of_law_is_as_long_as_the_days_make_it() {
    let stages = "  stage first {
    must task plan by worker within 8 weeks statutory
    on plan done    -> good
    on plan overdue -> bad
  }";
    let verdict = |days: u32| promised(stages, &format!("every plan is done or overdue within {days} days"));
    assert!(matches!(verdict(60), Verdict::Broken(..)));
    assert!(matches!(verdict(61), Verdict::Kept(_)), "{:?}", verdict(61));
}

#[test]
fn one_of_a_kind_is_never_open_twice() {
    let stages = "  stage first { must task talk by worker within 1 week  on talk done -> good  on talk overdue -> bad }";
    assert!(matches!(promised(stages, "never two tasks open at once"), Verdict::Kept(_)));
}

/// Nobody of the project hears of it: what is open already is not opened anew, a question goes to the household, and what an
/// escalation opens needs a term of its own.
#[test]
fn what_reaches_nobody_of_the_project_holds_nobody_to_anything() {
    let stage = |lines: &str| format!("  stage first {{\n{lines}\n    on deceased -> good\n  }}\n");
    let every = "    every 1 week task u by worker within 2 days\n    on u done -> bad\n    on u overdue notify client";
    only("waits-for-ever", &stage(every));
    let asked = "    must task z by worker within 1 week
    on z done -> bad
    on z overdue question q { answers y, n silent after 1 week }
    on q y -> bad\n    on q n -> bad\n    on q silent notify client";
    only("waits-for-ever", &stage(asked));
    clean(&stage(&asked.replace("silent notify client", "silent notify house")));
    let called = "    must task z by worker within 1 week
    on z done escalate e\n    on z overdue -> bad\n    on u done -> bad\n    on u overdue notify client";
    let escalation = |task: &str| format!("  escalation e {{ after 1 week task u by worker {task} }}\n");
    only("waits-for-ever", &(stage(called) + &escalation("within 1 week")));
    let told = called.replace("notify client", "notify house");
    clean(&(stage(&told) + &escalation("within 1 week")));
}

#[test]
fn terms_in_hours_from_one_moment_end_in_the_order_of_their_lengths() {
    let stage = |term: &str| {
        format!(
            "  stage first {{
    must task now by worker within {term}
    on now done    -> good
    on now overdue -> bad
  }}"
        )
    };
    let kept = |term: &str, statement: &str| match promised(&stage(term), statement) {
        Verdict::Kept(_) => true,
        Verdict::Broken(..) => false,
        other => panic!("{term}, {statement}: {other:?}"),
    };
    assert!(kept("4 hours", "now is done or overdue within 4 hours of report"));
    assert!(kept("4 hours", "every now is done or overdue within 240 minutes"));
    assert!(kept("4 hours of report", "now is done or overdue within 25 hours of report"));
    assert!(kept("24 hours", "every now is done or overdue within 24 hours"));
    assert!(!kept("4 hours", "now is done or overdue within 3 hours of report"));
    assert!(!kept("4 hours", "now is done within 4 hours of report"));
}

/// A clock that stands still while something is so runs on when a round records that it is so no more.
#[test]
fn what_sets_a_clock_going_again_leads_on() {
    let stages = |round: &str| {
        format!(
            "  stage first {{
    must task ask by worker within 2 weeks asks state
    on ask done    -> second
    on ask overdue -> bad
  }}
  stage second {{
    must task plan by worker within 2 weeks paused while state = pending because \"they wait\"
    on plan done    -> good
    on plan overdue -> bad
    {round}
  }}"
        )
    };
    clean(&stages("every 1 week record state = agreed"));
    clean(&stages("after 1 week record state = agreed"));
    assert!(rules(&stages("every 1 week record state = pending")).contains(&"waits-for-ever"));
    assert!(rules(&stages("")).contains(&"waits-for-ever"));
}
