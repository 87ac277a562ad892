//! Help in the place of other help, and what lets go of it: what that means for the household.

mod door;
mod lines;

use voordeur_diff::{Level, text};

use crate::door::{pathway, told};
use crate::lines::{lines, tells};

const MIXED: &str = "(mixed: better in one thing, worse in another)";

/// A visit within days, one within weeks by the same people, one by somebody else, and work that leads to a visit or to none.
fn visits() -> String {
    pathway(
        r#"  agency debt "Debt help" contact desk
  role desk "Desk" of debt
  role nurse "Nurse" of house
  data { urgent yes_no "Urgent"  months count 0..9 "Months" shared with debt }
  trigger signal from anyone { asks urgent, months  when urgent -> soon  otherwise -> later }
  event news from anyone
  stage soon "Soon" {
    must visit now by worker within 2 days attempts 2
    on now done -> good
    on now refused -> bad
    on now exhausted -> bad
    on now overdue notify nurse
  }
  stage later "Later" {
    must visit talk by worker within 3 weeks attempts 2
    on talk done -> good
    on talk refused -> bad
    on talk exhausted -> bad
    on talk overdue notify nurse
  }
  stage other "Other" {
    must visit care by nurse within 3 weeks attempts 2
    on care done -> good
    on care refused -> bad
    on care exhausted -> bad
    on care overdue notify worker
  }
  stage advising "Advising" {
    must task advise by worker within 1 week
    on advise done -> other
    on advise overdue notify nurse
  }
  stage noting "Noting" {
    must task note by worker within 1 week
    may refer to_debt
    on note done -> good
    on note overdue notify nurse
  }
  stage calm "Calm" {
    must task look by nurse within 2 days
    on look done -> back
    on look overdue -> back
  }
  referral to_debt "Debt help" {
    to debt  hands over months  accept within 5 working days
    declined or overdue: ask again once, then exhausted
  }
  always { on news -> calm  on to_debt exhausted notify worker }"#,
    )
}

/// With `rule` in the place of the one for who is in a hurry: what is told there, and the other way round.
fn urgent_becomes(target: &str, [there, back]: [String; 2]) {
    let edit = format!("when urgent -> {target}");
    let expected = [[there.as_str(), "where: the report"], [back.as_str(), "where: the report"]];
    tells(&visits(), ("when urgent -> soon", &edit), [&expected[0], &expected[1]]);
}

#[test]
fn a_visit_by_the_same_people_is_the_same_help_sooner_or_later() {
    urgent_becomes(
        "later",
        [
            "weakens: now begins becomes talk begins".into(),
            "strengthens: talk begins becomes now begins".into(),
        ],
    );
}

#[test]
fn a_visit_by_somebody_else_is_something_else() {
    urgent_becomes(
        "other",
        ["shifts: now begins becomes care begins".into(), "shifts: care begins becomes now begins".into()],
    );
}

#[test]
fn work_in_the_place_of_a_visit_is_less_and_help_that_may_be_given_makes_up_for_nothing() {
    urgent_becomes(
        "noting",
        [
            "weakens: now begins becomes to_debt begins, note begins".into(),
            "strengthens: to_debt begins, note begins becomes now begins".into(),
        ],
    );
}

#[test]
fn work_that_leads_to_another_visit_is_both() {
    urgent_becomes(
        "advising",
        [
            format!("weakens: now begins becomes advise begins {MIXED}"),
            format!("weakens: advise begins becomes now begins {MIXED}"),
        ],
    );
}

/// What is promised sooner is let go of sooner as well, where the case goes back when it is late.
#[test]
fn a_term_after_which_the_case_goes_back_is_mixed() {
    let mixed = "(mixed: one household is worse off, another one better)";
    let (days, of_report) = ("2 days", "2 days of the report");
    let title = |old: &str, new: &str| format!("weakens: look, term: {old} becomes {new} {mixed}");
    tells(
        &visits(),
        ("look by nurse within 2 days", "look by nurse within 2 days of report"),
        [&[&title(days, of_report), "where: calm"], &[&title(of_report, days), "where: calm"]],
    );
}

/// A visit before a course: who would have had it loses it, and comes to the course sooner. Both conditions change together, and no household
/// meets what lies between them.
#[test]
fn a_visit_that_is_gone_before_the_same_help_is_mixed_and_told_once() {
    let before = pathway(
        r#"  role nurse "Nurse" of house
  data { rooms count 0..9 "Rooms"  dog yes_no "Dog"  wants one of { help, nothing } "Wants" }
  trigger signal from anyone { asks rooms, dog -> looking }
  stage looking "Looking" {
    must visit look by nurse within 2 weeks attempts 2
      asks wants
    on look done when wants = help and rooms >= 4 -> clearing
    on look done when wants = help and rooms < 4  -> coaching
    on look done otherwise -> declined
    on look refused -> declined
    on look exhausted -> bad
    on look overdue notify nurse
  }
  stage clearing "Clearing" {
    must visit clear by worker within 2 weeks attempts 2
    when dog task leash by nurse within 2 days
    on leash overdue notify worker
    on clear done -> coaching
    on clear refused -> bad
    on clear exhausted -> bad
    on clear overdue notify nurse
  }
  stage coaching "Coaching" {
    must series coach by worker { 4 visits in 8 weeks }
    on coach missed notify nurse
    on coach refused -> bad
    on coach over -> bad
    on coach all_done -> good
  }
  end declined "Declined" withdrawn"#,
    );
    let after = before.replace("rooms >= 4", "rooms >= 6").replace("rooms < 4 ", "rooms < 6 ");
    for (old, new, line) in [
        (&before, &after, "the case goes to clearing becomes the case goes to coaching"),
        (&after, &before, "the case goes to coaching becomes the case goes to clearing"),
    ] {
        let found = told(old, new);
        assert_eq!(
            lines(&found),
            [&format!("weakens: {line} {MIXED}"), "where: looking"],
            "{}",
            text(&found)
        );
    }
}

/// How often it is tried shows where it was tried so often, whatever else differs of it.
#[test]
fn the_example_of_attempts_shows_attempts_beside_a_term() {
    let new =
        visits().replace("now by worker within 2 days attempts 2", "now by worker within 5 days attempts 1");
    let found = told(&visits(), &new);
    let told = text(&found);
    let from = told.find("now, attempts: 2 becomes 1").expect("it is told");
    assert!(told.get(from..).is_some_and(|rest| rest.contains("visit `now` exhausted")), "{told}");
}

/// Work that leads to help comes later behind other work, as the help itself would.
#[test]
fn work_before_work_that_leads_to_help_is_mixed() {
    let file = |done: &str, more: &str| {
        pathway(&format!(
            r#"  agency budget "Budget"
  trigger signal from anyone {{ -> single }}
  stage single "Single" {{
    must visit see by worker within 1 week attempts 3, 2 to 5 days apart
    on see done -> {done}
    on see refused -> bad
    on see exhausted -> bad
    on see overdue notify house
  }}
  {more}
  stage plan "Plan" {{
    must task agree by worker within 4 weeks
    on agree done -> budgeting
    on agree overdue notify house
  }}
  stage budgeting "Budgeting" {{
    must refer to_budget
    on to_budget taken_up -> good
    on to_budget exhausted notify house -> bad
  }}
  referral to_budget "Budget" {{
    to budget  accept within 5 working days  contact within 4 weeks
    declined or overdue: ask again once, then exhausted
  }}"#
        ))
    };
    let task = r#"stage pre "Pre" {
    must task papers by worker within 2 weeks
    on papers done -> plan
    on papers overdue -> bad
  }"#;
    let question = r#"stage pre "Pre" {
    must question offer { answers help_me, leave_me  silent after 2 weeks }
    on offer help_me -> plan
    on offer leave_me -> bad
    on offer silent -> bad
  }"#;
    for first in [task, question] {
        let (old, new) = (file("plan", ""), file("pre", first));
        for (old, new) in [(&old, &new), (&new, &old)] {
            let found = told(old, new);
            assert!(found.levels().contains(&Level::Weakens), "{}", text(&found));
            assert!(text(&found).contains(MIXED), "{}", text(&found));
        }
    }
}

/// What is of another kind under the same name is something else, and called so.
#[test]
fn a_question_in_the_place_of_a_task_of_that_name_is_named_with_its_kind() {
    let old = pathway(
        r#"  trigger signal from anyone { -> talk }
  stage talk "Talk" {
    must task agree by worker within 2 weeks
    on agree done -> good
    on agree overdue -> bad
  }"#,
    );
    let question = "must question agree { answers yes_please, no_thanks  silent after 2 weeks }\n    on agree yes_please -> good\n    on agree no_thanks -> bad\n    on agree silent -> bad";
    let task =
        "must task agree by worker within 2 weeks\n    on agree done -> good\n    on agree overdue -> bad";
    let new = old.replace(task, question);
    assert_ne!(old, new);
    let found = told(&old, &new);
    let line = "task agree begins becomes question agree begins, question agree is asked";
    assert!(text(&found).contains(line), "{}", text(&found));
}

/// A task is gone with the rule on its term: there is no version between them in which nothing answers that, and nothing to look at.
#[test]
fn what_is_gone_with_its_rule_is_one_change() {
    let with = |more: &str| {
        pathway(&format!(
            r#"  data {{ state one of {{ agreed, pending }} "State"  waits yes_no? }}
  event papers_asked from worker
  event papers_came from worker
  trigger signal from anyone {{ -> talk }}
  stage talk "Talk" at most 3 times, else -> bad {{
    must task agree by worker within 4 weeks paused while known waits and waits asks state
    on papers_asked record waits = yes
    on papers_came record waits = no
{more}    every 2 weeks notify worker "papers?"
    on agree done when state = agreed -> rest
    on agree done when state = pending -> talk
    on agree overdue escalate alarm
  }}
  stage rest "Rest" {{ after 4 weeks -> good }}
  escalation alarm "Alarm" {{ at once notify worker  after 1 week notify house }}"#
        ))
    };
    let buddy =
        with("    may task buddy by worker repeatable within 2 weeks\n    on buddy overdue notify house\n");
    let (found, back) = (told(&buddy, &with("")), told(&with(""), &buddy));
    assert_eq!(found.levels(), [Level::Breaks, Level::Weakens], "{}", text(&found));
    assert_eq!(back.levels(), [Level::Strengthens], "{}", text(&back));
    assert!(found.situations() < 50 && back.situations() < 50, "{}", text(&found));
}
