//! Promises that are decided beside rounds without end, long waits, and terms in hours and in days.

#![expect(clippy::expect_used, reason = "a panic in a test is a failing test")]

mod promised;

use crate::promised::told_of;

/// What is said of each statement about a pathway with this in it, without histories; and all that is told.
fn said(body: &str, statements: &str) -> (String, String) {
    let told = told_of(&format!(
        "pathway door \"Door\" {{
  version \"1\"
  lead house
  calendar nl
  agency house
  agency helper
  role worker of house
{body}
}}
promise \"it\" for door {{
{statements}
}}
"
    ));
    let words = told.lines().filter_map(|line| line.split_whitespace().next()).filter(|word| *word != "|");
    (words.collect::<Vec<_>>().join(" "), told)
}

/// A stage that interrupts again and again, a series with spaced visits, a term of the report and a referral behind them.
const INTERRUPTED: &str = r#"  data { urgent yes_no shared with helper }
  event crisis from worker
  trigger signal from anyone { asks urgent -> first }
  stage first {
    must series visits by worker { 4 visits in 8 months  at least 2 weeks apart }
    on visits done     notify house
    on visits missed   notify house
    on visits refused  -> bad
    on visits all_done -> second
    on visits over     -> bad
    after 26 weeks of report -> bad
  }
  stage second { must refer handover  on handover taken_up -> good  on handover exhausted -> bad }
  referral handover {
    to helper
    hands over urgent
    accept within 5 working days
    contact within 10 working days
    declined or overdue: ask again once, then exhausted
  }
  stage emergency { must task calm by worker within 2 days  on calm done -> back  on calm overdue -> back }
  always { on crisis -> emergency  on moved_away -> gone }
  end good success no aftercare because "x"
  end bad failure
  end gone withdrawn"#;

#[test]
fn promises_beside_a_stage_that_interrupts_again_and_again_are_decided() {
    let statements = "  every calm is done or overdue within 3 days
  visits is all_done or over within 9 months
  no case ends good before handover is taken_up
  at most 8 times visits is done
  never two of (visits, handover) open at once
  possible case ends good
  no case ends good while a task is open";
    let (words, told) = said(INTERRUPTED, statements);
    assert_eq!(words, "kept broken kept kept kept kept kept", "{told}");
}

/// A referral that waits while its stage is interrupted is never answered, as long as somebody interrupts it anew each time: the history
/// goes round as often as the term takes.
#[test]
fn a_promise_that_only_many_rounds_break_is_shown_broken() {
    let statement = "every referral is taken_up or exhausted within 12 weeks";
    let (words, told) = said(INTERRUPTED, statement);
    assert_eq!(words, "broken", "{told}");
    assert!(told.matches("`second` is interrupted").count() > 10, "{told}");
}

/// What is said of one statement where a rule, or a step of an escalation, opens a task of which somebody is only told.
fn opened_by((rule, step): (&str, &str), statement: &str) -> String {
    let body = format!(
        r#"  role boss of house
  trigger knock from anyone {{ -> one }}
  stage one {{
    must task talk by worker within 1 week
    on talk done    notify worker
    on talk overdue escalate late
    on look done    notify worker
    on look overdue notify worker
    {rule}
    after 4 weeks -> good
  }}
  escalation late {{ at once notify boss  {step} }}
  always {{ on consent withdrawn notify boss }}
  end good failure"#
    );
    said(&body, statement).0
}

/// What a rule or an escalation opens is opened, whatever becomes of it.
#[test]
fn what_is_opened_on_the_way_is_seen() {
    let look = "task look by boss within 3 days";
    let (after, every) = (format!("after 5 days {look}"), format!("every 1 week {look}"));
    let step = format!("after 3 days {look}");
    for opens in [(after.as_str(), ""), (every.as_str(), ""), ("", step.as_str())] {
        assert_eq!(opened_by(opens, "no look is opened after consent is withdrawn"), "broken", "{opens:?}");
        assert_eq!(opened_by(opens, "possible that look is opened"), "kept", "{opens:?}");
        assert_eq!(opened_by(opens, "at most 5 times look is opened"), "kept", "{opens:?}");
    }
    let opens = (after.as_str(), "");
    assert_eq!(opened_by(opens, "look is opened within 6 days of report"), "kept");
    assert_eq!(opened_by(opens, "no case is closed before look is opened"), "kept");
    assert_eq!(opened_by((&every, ""), "at most 1 time look is opened"), "broken");
    assert_eq!(opened_by(("", &step), "no look is opened after talk is overdue"), "broken");
}

/// Where hours are counted a case may be reported late in the evening.
#[test]
fn a_promise_that_only_an_evening_breaks_is_shown_broken() {
    let body = r#"  trigger knock from anyone { -> one }
  stage one { must task a by worker within 4 hours  on a done -> two  on a overdue -> two }
  stage two { must task b by worker within 3 days  on b done -> good  on b overdue -> bad }
  end good failure
  end bad failure"#;
    let (words, told) = said(body, "b is done or overdue within 3 days of report");
    assert_eq!(words, "broken", "{told}");
    assert!(told.contains("22:30  reported"), "{told}");
}

/// A stage that interrupts for some hours only: many rounds of it are some days.
#[test]
fn a_promise_that_many_short_rounds_break_is_shown_broken() {
    let body = r#"  event alarm from worker
  trigger knock from anyone { -> one }
  stage one { must task talk by worker within 1 day  on talk done -> good  on talk overdue -> bad }
  stage looking { must task look by worker within 4 hours  on look done -> back  on look overdue -> back }
  always { on alarm -> looking }
  end good failure
  end bad failure"#;
    let (words, told) = said(body, "talk is done or overdue within 10 days of report");
    assert_eq!(words, "broken", "{told}");
}

/// What is known in hours and what is known in days, together.
#[test]
fn hours_and_days_in_a_row_are_held_against_each_other() {
    let body = "  trigger knock from anyone { -> one }
  stage one { must task a by worker within 4 hours  on a done -> two  on a overdue -> two }
  stage two { must task b by worker within 4 hours  on b done -> three  on b overdue -> three }
  stage three { must task c by worker within 1 day  on c done -> four  on c overdue -> four }
  stage four { must task d by worker within 4 hours  on d done -> good  on d overdue -> bad }
  end good failure
  end bad failure";
    let said = |statements: &str| said(body, statements).0;
    assert_eq!(said("b is done or overdue within 8 hours of report"), "kept");
    assert_eq!(said("b is done or overdue within 7 hours of report"), "broken");
    assert_eq!(said("b is done or overdue within 1 day of report"), "kept");
    assert_eq!(said("c is opened within 1 working day of report"), "kept");
    assert_eq!(said("d is opened within 56 hours of report"), "kept");
    assert_eq!(said("d is opened within 55 hours of report"), "broken");
    assert_eq!(said("d is done or overdue within 3 days of report"), "kept");
    assert_eq!(said("d is opened within 1 day of report"), "broken");
}

/// Who grows up only years later waits for years before.
#[test]
fn a_long_wait_beside_a_birthday_is_shown() {
    let body = r#"  data { born birthdate }
  trigger knock from anyone { asks born  when age of born >= 18 -> one  otherwise -> kid }
  stage kid { on birthday 18 of born -> one  after 2 years -> lost }
  stage one { must task a by worker within 1 week  on a done -> good  on a overdue -> bad }
  end good failure
  end bad failure
  end lost failure"#;
    let (words, told) = said(
        body,
        "possible case ends lost\nno case ends lost before a is overdue\na is done or overdue within 700 days of report",
    );
    assert_eq!(words, "kept broken broken", "{told}");
}

/// What is said of a statement where an action fails so, and this follows.
fn acting((failing, rules): (&str, &str), statement: &str) -> String {
    let body = format!(
        r#"  trigger knock from anyone {{ -> one }}
  stage one {{
    must action letter "Letter" by plugin "letter" {{
      does    fill
      within  1 working day
      {failing}
    }}
    on letter returned -> good
    on letter gave_up  -> bad
    on letter overdue  notify house
    {rules}
  }}
  stage two {{ must task look by worker within 2 days  on look done -> good  on look overdue -> bad }}
  stage three {{ must task call by worker within 2 days  on call done -> two  on call overdue -> bad }}
  end good success no aftercare because "x"
  end bad failure"#
    );
    said(&body, statement).0
}

/// People have an action called again as often as they like, and a plugin says that it has begun.
#[test]
fn what_people_and_plugins_report_of_actions_is_tried() {
    let (stop, again) =
        (("on failure stop", "on letter begun -> three"), ("on failure stop", "on letter retried -> three"));
    assert_eq!(acting(again, "possible that call is opened"), "kept");
    assert_eq!(acting(again, "at most 1 time letter is failed"), "kept");
    assert_eq!(acting(stop, "possible that call is opened"), "kept");
    assert_eq!(acting(stop, "at most 3 times letter is failed"), "broken");
    assert_eq!(acting(stop, "no letter is begun after letter is failed"), "broken");
}

/// Nobody need wait for the next try, and nobody can have more of them than there are.
#[test]
fn the_tries_of_an_action_are_counted() {
    let tries = ("on failure retry 5 times", "on letter begun -> three");
    for (statement, verdict) in [
        ("at most 2 times letter is failed", "broken"),
        ("at most 5 times letter is retried", "kept"),
        ("at most 6 times letter is failed", "kept"),
        ("at most 5 times letter is failed", "broken"),
    ] {
        assert_eq!(acting(tries, statement), verdict, "{statement}");
    }
}

/// What is to be possible is shown on another way where the first one has no dates.
#[test]
fn what_is_possible_is_looked_for_on_other_ways() {
    let body = r#"  trigger signal from anyone { -> work }
  stage work {
    must refer handover
    must task plan by worker within 3 weeks
    every 1 week notify worker
    when plan done and handover taken_up -> good
    on handover exhausted -> bad
    on plan overdue -> late
  }
  referral handover {
    to helper
    warm
    accept within 5 working days
    contact within 10 working days
    declined or overdue: ask again 2 times, then exhausted
  }
  end good success no aftercare because "x"
  end bad failure
  end late failure"#;
    let (words, told) = said(body, "  possible case ends late\n  possible that plan is overdue");
    assert_eq!(words, "kept kept", "{told}");
}

/// Both come at the hour of the report: what ends it goes first, whoever counts from what.
#[test]
fn of_two_delays_that_come_at_one_moment_it_is_known_which_goes_first() {
    let body = "  trigger knock from anyone { -> first }
  stage first {
    every 1 week task t by worker within 1 day
    on t done    notify house
    on t overdue notify house
    after 14 days -> good
  }
  end good success no aftercare because \"a test\"";
    let (words, told) = said(body, "at most 1 times t is opened\nat most 0 times t is opened");
    assert_eq!(words, "kept broken", "{told}");
}

/// Of many interruptions that the search takes together one is enough: what is done in the others is left out with them.
#[test]
fn a_history_that_breaks_a_promise_goes_no_round_for_nothing() {
    let body = "  trigger knock from anyone { -> first }
  event alarm from anyone
  stage first {
    must series s by worker { 1 to 2 visits per week for 12 weeks }
    on s missed   notify house
    on s refused  -> bad
    on s all_done -> good
    on s over     -> bad
  }
  stage look { must task l by worker within 2 weeks  on l done -> back  on l overdue -> back }
  always { on alarm -> look }
  end good success no aftercare because \"a test\"
  end bad failure";
    let (words, told) = said(body, "s is all_done or over or refused within 13 weeks of report");
    assert_eq!(words.split_whitespace().next(), Some("broken"), "{told}");
    assert_eq!(told.matches("`alarm`").count(), 1, "{told}");
}

/// A delay of months goes by before a promise of as many months is broken, also where that begins later.
#[test]
fn a_delay_of_months_goes_by_within_a_promise_of_as_many() {
    let body = |rule: &str| {
        format!(
            r#"  trigger signal from anyone {{ -> first }}
  stage first {{ must task a by worker within 2 weeks  on a done -> second  on a overdue -> second }}
  stage second {{
    must task b by worker within 3 weeks
    on b done    -> good
    on b overdue notify house
    {rule} -> bad
  }}
  end good success no aftercare because "a test"
  end bad failure"#
        )
    };
    for (rule, promised) in [
        ("after 6 months", "in second, b is done at least every 6 months"),
        ("after 3 months of report", "in second, b is done at least every 3 months"),
        ("after 1 year", "in second, b is done at least every 1 year"),
    ] {
        let (words, told) = said(&body(rule), promised);
        assert_eq!(words, "kept", "{told}");
    }
    let (words, told) = said(&body("after 6 months"), "in second, b is done at least every 5 months");
    assert!(words.starts_with("broken"), "{told}");
}

/// What is accepted before its term is over is so on the day before at the latest: for each number of days it is decided whether a
/// referral is over by then.
#[test]
fn how_long_a_referral_takes_at_most_after_another_term_is_decided() {
    let body = r#"  data { urgent yes_no shared with helper }
  trigger signal from anyone { asks urgent -> zero }
  stage zero { must task z by worker within 30 days  on z done -> referring  on z overdue -> referring }
  stage referring { must refer to_helper  on to_helper taken_up -> good  on to_helper exhausted -> bad }
  referral to_helper {
    to helper hands over urgent warm accept within 5 working days contact within 10 working days
    declined or overdue: ask again 2 times, then exhausted
  }
  end good success no aftercare because "a test"
  end bad failure"#;
    let promised =
        (86..=87).map(|days| format!("to_helper is taken_up or exhausted within {days} days of report"));
    let (words, told) = said(body, &promised.collect::<Vec<_>>().join("\n"));
    assert_eq!(words, "broken kept", "{told}");
}
