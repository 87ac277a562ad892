//! One difference is told with every stage in which it is so.

mod door;

use voordeur_diff::{Comparison, Level, text};

use crate::door::{both_ways, pathway};

/// Two stages in which somebody is called in when it is late; and a referral that keeps a case from ending.
fn file() -> String {
    pathway(
        r#"  calendar nl
  agency helper "Helper" contact desk
  role desk "Desk" of helper
  role chief "Chief" of house
  data { urgent yes_no "Urgent" shared with helper }
  trigger report_in from anyone { asks urgent  when urgent -> fast  otherwise -> talk }
  event paid from worker
  stage fast "Fast" {
    must task intake by worker within 1 day
    on intake done    -> talk
    on intake overdue escalate late
    after 1 week      -> bad
  }
  stage talk "Talk" {
    must task visit_them by worker within 2 weeks
    on visit_them done    -> helping
    on visit_them overdue escalate late
    after 6 weeks         -> bad
  }
  stage helping "Helping" {
    must refer to_help
    on to_help taken_up  -> good
    on to_help exhausted -> bad
  }
  escalation late "Late" {
    at once      notify chief
    after 2 days notify house
  }
  referral to_help "Help" {
    to helper
    hands over urgent
    warm
    accept within 5 working days
    contact within 3 weeks
    declined or overdue: ask again once, then exhausted
  }
  always { on paid -> good }"#,
    )
}

/// The findings with where they are so.
fn told(comparison: &Comparison) -> Vec<String> {
    let text = text(comparison);
    let lines = text.lines().filter(|line| line.starts_with("    where:") || is_finding(line));
    lines.map(|line| line.split(" [").next().unwrap_or(line).trim().to_owned()).collect()
}

fn is_finding(line: &str) -> bool {
    ["weakens", "strengthens", "shifts", "undecided"]
        .iter()
        .any(|word| line.starts_with(&format!("  {word}:")))
}

#[test]
fn what_an_escalation_does_differs_wherever_it_begins() {
    let [later, sooner] = both_ways(&file(), ("after 2 days notify house", "after 3 days notify house"));
    assert_eq!(
        told(&later),
        ["weakens: late, when a step comes: 2 days (step 2) becomes 3 days (step 2)", "where: fast; talk"]
    );
    assert_eq!(told(&sooner).last().map(String::as_str), Some("where: fast; talk"));
    assert_eq!(sooner.levels(), [Level::Strengthens]);
    let [other, _] = both_ways(&file(), ("at once      notify chief", "at once      notify worker"));
    assert_eq!(told(&other), ["shifts: chief is told becomes worker is told", "where: fast; talk"]);
}

/// That somebody hears that a case waits for a referral before it ends is that end, in one stage more.
#[test]
fn a_wait_for_an_end_is_told_with_the_end() {
    let [stays, ends] = both_ways(&file(), ("on paid -> good", "on paid notify worker"));
    assert_eq!(
        told(&stays),
        ["strengthens: the case ends: good becomes worker is told", "where: fast; helping; talk"]
    );
    assert_eq!(
        told(&ends),
        ["weakens: worker is told becomes the case ends: good", "where: fast; helping; talk"]
    );
}

/// Each step of an escalation counts from the same, whatever its number: one less leaves the others when they were.
#[test]
fn a_step_less_of_an_escalation_is_told_by_itself() {
    let old = file().replace(
        "    after 2 days notify house",
        "    after 1 working day task call_them by chief within 1 working day\n    after 3 working days notify house",
    );
    let [there, back] =
        both_ways(&old, ("    after 1 working day task call_them by chief within 1 working day\n", ""));
    assert_eq!(told(&there), ["weakens: no more: call_them begins", "where: fast; talk"]);
    assert_eq!(told(&back), ["strengthens: new: call_them begins", "where: fast; talk"]);
}

/// A referral to which rules of two stages lead: what is changed where it is declared or made is told once, with that line.
#[test]
fn what_two_stages_lead_to_is_told_once_with_the_line_that_has_changed() {
    let old = pathway(
        r#"  agency bank
  agency energy
  data { urgent yes_no }
  trigger report_in from anyone { asks urgent  when urgent -> fast  otherwise -> calm }
  stage fast { must task see by worker within 2 days  on see done -> helping  on see overdue -> bad }
  stage calm { must task call by worker within 1 week  on call done -> helping  on call overdue -> bad }
  stage helping {
    must refer to_help
    on to_help taken_up -> good
    on to_help exhausted -> bad
    on to_help waived -> good
  }
  referral to_help {
    to bank  warm
    accept within 1 week  contact within 2 weeks
    declined or overdue: ask again once, then exhausted
  }"#,
    );
    for (edit, line) in
        [(("to bank", "to energy"), "to bank"), (("must refer", "may refer"), "must refer to_help")]
    {
        for comparison in both_ways(&old, edit) {
            let told = text(&comparison);
            assert_eq!(comparison.levels().len(), 1, "{told}");
            assert!(told.contains("where: fast; calm"), "{told}");
            assert!(told.contains(&format!(": {line}\n")), "{told}");
        }
    }
}

/// Two lines of one referral have changed: each is the cause of what it says.
#[test]
fn each_of_two_lines_of_one_declaration_is_a_cause() {
    let old = pathway(
        r#"  agency bank
  trigger report_in from anyone { -> helping }
  stage helping {
    must refer to_help
    on to_help taken_up -> good
    on to_help exhausted -> bad
  }
  referral to_help {
    to bank  warm
    accept within 1 week
    contact within 2 weeks
    declined or overdue: ask again once, then exhausted
  }"#,
    );
    let [there, _] = both_ways(
        &old,
        ("within 1 week\n    contact within 2 weeks", "within 2 weeks\n    contact within 3 weeks"),
    );
    let told = text(&there);
    let line =
        |of: &str| old.lines().position(|line| line.contains(of)).map(|at| format!("old line {}\n", at + 1));
    let at = |title: &str, of: &str| {
        let after = told.split(title).nth(1).unwrap_or_default();
        let first = after.lines().find(|line| line.contains("old line")).unwrap_or_default();
        assert_eq!(Some(format!("{}\n", first.trim())), line(of), "{told}");
    };
    at("term for acceptance", "accept within");
    at("term for contact", "contact within");
}
