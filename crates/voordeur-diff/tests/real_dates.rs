//! Differences that only a history shows whose dates are not the first that come to mind: nothing stays undecided for want of one.

mod door;

use voordeur_diff::{Level, text};

use crate::door::{both_ways, pathway};

/// What is found in both directions, and that all of it is shown.
fn shown_of(old: &str, edit: (&str, &str)) -> [String; 2] {
    both_ways(old, edit).map(|one| {
        assert!(!one.levels().contains(&Level::Undecided), "{}", text(&one));
        text(&one)
    })
}

/// On the way that is come across first the referral would have to wait for longer than its term; on another one it is accepted first.
#[test]
fn another_way_is_tried_where_the_first_has_no_dates() {
    let file =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../dsl-examples/families-first/families-first.pathway");
    let old = std::fs::read_to_string(file).expect("the example");
    let kept = "    when follow_up taken_up -> outcome\n";
    let gone = format!("    on arrange_help done refer follow_up keeps running\n{kept}");
    let [there, back] = shown_of(&old, (&gone, kept));
    assert!(there.contains("  weakens: no more: follow_up begins, follow_up goes to regular ["), "{there}");
    assert!(back.contains("  strengthens: new: follow_up begins, follow_up goes to regular ["), "{back}");
}

/// Of five tasks that are late on one day one is looked at; that each of the others starts the same escalation then is no other history.
#[test]
fn what_is_not_looked_at_may_bring_the_same_at_once() {
    let escalation = "    after 1 working day task take_over by worker within 1 working day\n";
    let late = "  always { on take_over overdue notify house }";
    let body = format!(
        "  trigger report_in from anyone {{ -> help }}
  stage help {{
    must task open_up by worker within 1 week
    on open_up overdue escalate late
    on open_up done -> second
    after 3 months -> bad
  }}
  stage second {{
    must task a by worker within 2 weeks
    must task b by worker within 2 weeks
    must task c by worker within 2 weeks
    must task d by worker within 2 weeks
    must task e by worker within 2 weeks
    on a overdue escalate late
    on b overdue escalate late
    on c overdue escalate late
    on d overdue escalate late
    on e overdue escalate late
    when all of (a, b, c, d, e) done -> good
  }}
  escalation late {{
    at once notify house
{escalation}    after 1 week notify house
  }}
{late}"
    );
    let whole = format!("{escalation}    after 1 week notify house\n  }}\n{late}");
    let [there, back] = shown_of(&pathway(&body), (&whole, "    after 1 week notify house\n  }"));
    for told in [there, back] {
        assert!(told.contains("take_over begins [") && told.contains("    where: help; second\n"), "{told}");
    }
}
