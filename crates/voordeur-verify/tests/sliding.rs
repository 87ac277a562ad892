//! Sums and counts over a window: on which day something is counted for the last time, and what is left when part of it is over.

#![expect(clippy::panic, reason = "a panic in a test is a failing test")]

use voordeur_protocol::unchecked;
use voordeur_verify::{Budget, Mistake, compile, facts, facts_day_by_day, verify};

/// A pathway that counts what becomes of tasks, and its stages.
fn counted(field: &str, stages: &str) -> String {
    format!(
        r#"pathway door "Door" {{
  version "1"
  lead house
  agency house
  role worker of house
  data {{ calm yes_no kept because "x"  blows count 0..20 kept because "x"  {field} }}
  event struck from anyone
  trigger knock from anyone {{ asks calm -> first }}
{stages}
  end good other
  end bad failure
}}
"#
    )
}

/// The ends that a case can come to; both engines agree where the naive one comes to an end.
fn ends(text: &str) -> Vec<String> {
    let all = unchecked(text);
    let protocol = all.first().unwrap_or_else(|| panic!("{:?}", compile(text).problems));
    let (fast, _, incomplete) = facts(protocol, Budget::default(), Mistake::None);
    assert_eq!(incomplete, None, "{text}");
    if let Some((naive, _)) = facts_day_by_day(protocol, 3_000) {
        assert_eq!(fast.ends, naive.ends, "{text}");
    }
    fast.ends.iter().map(|end| protocol.ends.row(*end).name.clone()).collect()
}

const TWO_NIGHTS: &str = "  stage first { must task hit by worker  on hit done -> second }
  stage second {
    must task wait by worker within 1 day
    on wait done    -> good
    on wait overdue when much >= 1 -> bad
    on wait overdue otherwise      -> good
  }";

#[test]
fn it_is_counted_up_to_the_last_day_of_the_window_and_no_longer() {
    // Struck on the first of a month the task is overdue as the third begins.
    for (over, may_be_bad) in [("2 days", false), ("3 days", true), ("1 week", true), ("1 month", true)] {
        let ends = ends(&counted(&format!("much counts hit done over {over}"), TWO_NIGHTS));
        assert_eq!(ends.contains(&"bad".to_owned()), may_be_bad, "over {over}: {ends:?}");
    }
}

#[test]
fn a_window_of_hours_is_over_by_the_day_after_the_next() {
    let hours = |over| {
        let stages = "  stage first { must task hit by worker  on hit done -> second }
  stage second {
    after 100 hours task look
    on look done when much >= 1 -> bad
    on look done otherwise      -> good
  }";
        let task = "  task look { by worker }\n";
        ends(&counted(&format!("much counts hit done over {over} hours"), &format!("{task}{stages}")))
    };
    assert_eq!(hours(20), ["good"]);
    assert_eq!(hours(200), ["good", "bad"]);
}

#[test]
fn a_window_of_working_days_ends_as_the_calendar_says() {
    // Between two and five days later, as a weekend and holidays lie.
    let over = |n: u32| ends(&counted(&format!("much counts hit done over {n} working days"), TWO_NIGHTS));
    assert_eq!(over(1), ["good", "bad"], "over a weekend it is still the same working day");
    assert_eq!(over(3), ["good", "bad"]);
}

/// Ten now, ten some days later; the first ten are over before the rest.
#[test]
fn what_came_first_is_over_first() {
    let stages = "  stage first {
    must task hit by worker asks blows
    on hit done when blows = 10 -> second
    on hit done otherwise       -> good
  }
  stage second {
    must task wait by worker within 1 day
    on wait done    -> good
    on wait overdue -> third
  }
  stage third {
    must task again by worker within 1 day asks blows
    on again done when blows = 10 -> fourth
    on again done otherwise       -> good
    on again overdue              -> good
  }
  stage fourth {
    must task last by worker within 1 day
    on last done    -> good
    on last overdue when much = 10 -> bad
    on last overdue otherwise      -> good
  }";
    let over = |n: u32| ends(&counted(&format!("much sums blows over {n} days"), stages));
    // The first is 4 days ago at least and 5 at most, the second 2.
    assert_eq!(over(2), ["good"], "both are over");
    assert_eq!(over(3), ["good", "bad"], "the second is left");
    assert_eq!(over(4), ["good", "bad"]);
    assert_eq!(over(5), ["good", "bad"], "the first may be over");
    assert_eq!(over(6), ["good"], "neither is over");
}

/// More than is told apart one by one: of the oldest any part may be left, and no more than was there.
#[test]
fn many_things_count_together() {
    let stages = |most: u32| {
        format!(
            "  stage first {{
    on struck notify house
    when much >= {most} -> bad
    after 30 days -> good
  }}"
        )
    };
    let small = |most| counted("much counts struck over 2 weeks", &stages(most));
    assert_eq!(ends(&small(6)), ["good", "bad"]);
    let compiled = compile(&small(6));
    let protocol = compiled.protocols.first().unwrap_or_else(|| panic!("{:?}", compiled.problems));
    let report = verify(protocol, Budget::default());
    assert!(report.findings.is_empty() && report.incomplete.is_none(), "{:?}", report.findings);
}
