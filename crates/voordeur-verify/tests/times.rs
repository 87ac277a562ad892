//! What counts at some hours and on some days only: each stretch of a day and each kind of day is tried.

use voordeur_verify::compile;

fn pathway(calendar: &str, stage: &str) -> String {
    format!(
        r#"pathway times {{
  version "1"
  lead house
  {calendar}
  agency house
  role worker of house
  trigger signal from anyone {{ -> first }}
  stage first {{
{stage}
  }}
  end good success no aftercare because "a test stops here"
  end bad failure
}}
"#
    )
}

/// The rules of all that is found, each once.
fn found(calendar: &str, stage: &str) -> Vec<String> {
    let compiled = compile(&pathway(calendar, stage));
    let mut rules: Vec<String> = compiled.problems.iter().map(|one| one.rule.to_string()).collect();
    rules.sort();
    rules.dedup();
    rules
}

fn visit(when: &str, more: &str) -> String {
    format!(
        "    must visit v by worker within 2 weeks attempts 2, 1 to 5 days apart {when}
    on v done    -> good
    on v refused -> bad
    on v overdue -> bad
{more}"
    )
}

#[test]
fn attempts_at_the_hours_of_a_visit_count_whatever_these_are() {
    for when in [
        "only 09:00 to 20:00",
        "only 18:00 to 20:00",
        "only 12:00 to 20:00",
        "only on working days 09:00 to 10:00",
        "only 20:00 to 22:00",
    ] {
        assert_eq!(found("calendar nl", &visit(when, "")), ["unhandled-outcome"], "{when}");
        let answered = visit(when, "    on v exhausted -> bad");
        assert_eq!(found("calendar nl", &answered), Vec::<String>::new(), "{when}");
    }
}

#[test]
fn conditions_on_the_day_hold_on_the_days_and_at_the_hours_on_which_they_do() {
    let rules = |calendar: &str, on: &str| {
        let stage = format!("    must task a by worker within 4 weeks\n    on a overdue -> bad\n{on}");
        found(calendar, &stage)
    };
    let both = |one: &str, other: &str| {
        format!("    on a done when {one} -> good\n    on a done when {other} -> bad")
    };
    // The offices are open in the afternoon only: both come about, and neither alone is enough.
    let offices = "calendar nl\n  office hours 13:00 to 17:00";
    assert_eq!(rules(offices, &both("office_time", "not office_time")), Vec::<String>::new());
    let gap = |found: Vec<String>| found.contains(&"gap-in-guards".to_owned());
    assert!(gap(rules(offices, "    on a done when not office_time -> bad")));
    // Easter Sunday is both.
    assert!(gap(rules("calendar nl", &both("weekend and not holiday", "not weekend"))));
    assert_eq!(
        rules("calendar nl", &both("weekend and holiday", "not (weekend and holiday)")),
        Vec::<String>::new()
    );
}
