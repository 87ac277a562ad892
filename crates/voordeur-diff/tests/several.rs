//! Several changes at once: each is told by itself, with a history of the versions as they are where there is one.

mod door;

use voordeur_diff::{Comparison, Level, text};

use crate::door::{both_ways, pathway, told};

/// A call, a visit after it, and somebody who looks in meanwhile.
fn file(call: &str, visit: &str, look: &str) -> String {
    pathway(&format!(
        r#"  trigger report_in from anyone {{ -> talk }}
  stage talk "Talk" {{
    must task call "Call" by worker within {call}
    on call done    -> home
    on call overdue -> home
    every {look} notify worker "look"
  }}
  stage home "Home" {{
    must visit see "See" by worker within {visit} attempts 3
    on see done      -> good
    on see refused   -> bad
    on see exhausted -> bad
    on see overdue   -> bad
  }}"#
    ))
}

fn lines(one: &Comparison) -> Vec<String> {
    text(one).lines().map(str::to_owned).collect()
}

#[test]
fn each_change_is_told_with_a_history_of_the_versions_themselves() {
    let (old, new) = (file("2 weeks", "1 week", "3 days"), file("3 weeks", "5 days", "3 days"));
    let [there, back] = both_ways(&old, (&old, &new));
    assert_eq!(there.levels(), [Level::Weakens, Level::Weakens], "{}", text(&there));
    // The call is done in time in the second history: nothing parts the versions before the visit.
    assert!(
        !text(&there).contains("As if what else has changed in call said the same in both versions"),
        "{}",
        text(&there)
    );
    assert_eq!(back.levels().len(), 2, "{}", text(&back));
    assert!(!there.levels().contains(&Level::Undecided) && !back.levels().contains(&Level::Undecided));
}

/// Whoever is visited has been called too late: what differs at the visit lies behind what differs at the call.
#[test]
fn what_lies_behind_another_change_is_told_with_that_made_the_same() {
    let late = |call: &str, visit: &str| {
        file(call, visit, "3 days").replace("    on call done    -> home\n", "    on call done    -> good\n")
    };
    let there = told(&late("2 weeks", "1 week"), &late("3 weeks", "2 weeks"));
    let said = lines(&there).iter().any(|line| line.contains("see, term: 1 week becomes 2 weeks"));
    assert!(said && text(&there).contains("call"), "{}", text(&there));
    assert!(
        text(&there).contains("As if what else has changed in call said the same in both versions"),
        "{}",
        text(&there)
    );
    assert!(!there.levels().contains(&Level::Undecided), "{}", text(&there));
}

/// Escalation, reminder and notices in one file.
fn escalated(step: &str, reminder: &str, talk: &str, home: &str) -> String {
    pathway(&format!(
        r#"  role chief "Chief" of house
  trigger report_in from anyone {{ -> talk }}
  stage talk "Talk" {{
    must task call "Call" by worker within 2 weeks
    remind worker {reminder} before call is due
    on call done    -> home
    on call overdue escalate late
    every 1 week notify {talk} "look"
    after 3 months  -> bad
  }}
  stage home "Home" {{
    must task plan "Plan" by worker within 1 week
    on plan done    -> good
    on plan overdue notify {home}
    after 3 months  -> bad
  }}
  escalation late "Late" {{ at once notify chief  after {step} notify house  after 1 week notify chief }}"#
    ))
}

#[test]
fn who_is_reminded_beside_a_step_makes_neither_another_change() {
    let old = escalated("2 days", "1 day", "chief", "chief");
    let there = told(&old, &escalated("1 day", "2 days", "chief", "chief"));
    assert_eq!(there.levels(), [Level::Shifts, Level::Strengthens], "{}", text(&there));
}

#[test]
fn the_same_in_two_places_is_told_of_both() {
    let old = escalated("2 days", "1 day", "chief", "chief");
    let there = told(&old, &escalated("2 days", "1 day", "house", "house"));
    let places: Vec<String> = lines(&there).into_iter().filter(|line| line.contains("where:")).collect();
    assert_eq!(places, ["    where: talk", "    where: home"], "{}", text(&there));
}
