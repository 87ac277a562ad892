//! A case that goes to one stage or to another: what begins there is something else for each household, and it is one difference.

mod door;

use voordeur_diff::{Comparison, Level, Subject};
use voordeur_verify::Effect;

use crate::door::{both_ways, pathway, told as compared};

/// A stage that opens something else for each household, and that may be entered only so often.
fn file() -> String {
    pathway(
        r#"  role chief "Chief" of house
  data {
    debts   yes_no shared with house
    ill     yes_no shared with house
    agrees  yes_no shared with house
  }
  trigger report_in from anyone { -> talk }
  stage talk "Talk" {
    must visit first "First visit" by worker within 4 working days attempts 2
      records debts, ill
    on first done      -> plan
    on first refused   -> bad
    on first exhausted -> bad
    on first overdue   notify chief
  }
  stage plan "Plan" at most 3 times, else -> moving {
    must task write "Write" by worker within 2 weeks
    when debts task money "Money" by worker within 3 weeks
    when ill   task care "Care" by worker within 1 week
    on write done    -> check
    on write overdue notify chief
    on money overdue notify chief
    on care overdue  notify chief
  }
  stage check "Check" {
    must visit second "Second visit" by worker within 3 weeks attempts 2 records agrees
    on second done when agrees -> moving
    on second done otherwise   -> plan
    on second refused          -> moving
    on second exhausted        -> moving
    on second overdue          notify chief
  }
  stage moving "Moving" {
    must task guide "Guide" by worker within 3 months
    on guide done    -> good
    on guide overdue notify chief
  }"#,
    )
}

/// A stage from which a case goes back, and one that interrupts from everywhere.
fn interrupting() -> String {
    pathway(
        r#"  role chief "Chief" of house
  trigger report_in from anyone { -> talk }
  event nuisance from worker
  stage talk "Talk" {
    must task first "First" by worker within 4 working days
    on first done    -> helping
    on first overdue notify chief
  }
  stage helping "Helping" {
    must task help "Help" by worker within 2 weeks
    on help done    -> watching
    on help overdue notify chief
  }
  stage watching "Watching" {
    must task look "Look" by worker within 6 weeks
    on look done    -> good
    on look overdue notify chief
  }
  stage rest "Rest" {
    must task quiet "Quiet" by worker within 1 week
    on quiet done    -> back
    on quiet overdue notify chief
  }
  event leaves from worker
  always {
    on nuisance -> rest
    on leaves   -> bad
  }"#,
    )
}

fn lines(comparison: &Comparison) -> Vec<String> {
    let all = comparison.findings().into_iter();
    let all = all.filter(|one| !matches!(one.subject, Subject::Change(_)));
    let line = |one: voordeur_diff::Finding| {
        let places = std::iter::once(&one.stages).chain(&one.also);
        let place = |[old, new]: &[Option<String>; 2]| match (old, new) {
            (Some(old), Some(new)) if old != new => format!("{old} (old), {new} (new)"),
            _ => new.clone().unwrap_or_default(),
        };
        let places: Vec<String> = places.map(place).collect();
        let whom: Vec<&str> =
            one.examples.iter().take(1).flat_map(|one| &one.whom).map(String::as_str).collect();
        format!("{}: {}\n  in {}\n  for {}", one.level.word(), one.title, places.join(", "), whom.join("; "))
    };
    all.map(line).collect()
}

fn told(old: &str, edit: (&str, &str)) -> String {
    let [there, back] = both_ways(old, edit).map(|one| lines(&one).join("\n"));
    format!("{} => {}\n{there}\n\nthe other way round\n{back}", edit.0, edit.1)
}

#[test]
fn a_stage_that_may_be_entered_once_more_is_one_difference() {
    insta::assert_snapshot!(told(&file(), ("at most 3 times", "at most 4 times")));
}

#[test]
fn another_stage_is_one_difference_however_much_begins_in_it() {
    insta::assert_snapshot!(
        [
            told(
                &file(),
                (
                    "on first done      -> plan",
                    "on first done when not ill -> plan\n    on first done otherwise -> moving"
                )
            ),
            told(&file(), ("on second done otherwise   -> plan", "on second done otherwise   -> bad")),
            told(&file(), ("on second done when agrees", "on second done when not agrees")),
        ]
        .join("\n\n---\n\n")
    );
}

/// Without a way back nothing is interrupted any more, from wherever a case comes.
#[test]
fn a_stage_that_interrupts_no_more_is_one_difference() {
    insta::assert_snapshot!(told(
        &interrupting(),
        ("on quiet done    -> back", "on quiet done    -> helping")
    ));
}

/// Who is better off and who is worse off by it has an example each, and what is only something else is told by itself.
#[test]
fn what_it_means_to_each_is_kept_apart() {
    let [there, _] =
        both_ways(&file(), ("on second refused          -> moving", "on second refused          -> plan"));
    let all = there.pathways.iter().flat_map(|one| &one.compared.differences).filter(|one| !one.follows);
    for one in all {
        let effects: Vec<Option<Effect>> = one.examples.iter().map(|example| example.effect).collect();
        match one.verdict {
            Effect::Mixed => assert!(effects.iter().all(Option::is_some), "{one:#?}"),
            _ => assert_eq!(effects, [None], "{one:#?}"),
        }
    }
    assert_eq!(there.levels().len(), 1, "{}", lines(&there).join("\n"));
}

/// Between two versions in which two rules have traded places lies one in which both apply at once: it is neither of them.
#[test]
fn two_rules_that_trade_places_are_told_once_each() {
    let old = file()
        .replace(
            "agrees  yes_no shared with house",
            "agrees  yes_no shared with house\n    way one of { north, south } shared with house",
        )
        .replace("records debts, ill", "records debts, ill, way")
        .replace(
            "on first done      -> plan",
            "on first done when way = north -> plan\n    on first done when way = south -> moving",
        );
    let new = old
        .replace("when way = north -> plan", "when way = south -> plan#")
        .replace("when way = south -> moving", "when way = north -> moving")
        .replace('#', "");
    let [there, back] = [compared(&old, &new), compared(&new, &old)];
    insta::assert_snapshot!(format!(
        "{}\n\nthe other way round\n{}",
        lines(&there).join("\n"),
        lines(&back).join("\n")
    ));
}

/// What must be done and is still in time is let go of by an end: that is a loss, also where nobody would have heard of it.
#[test]
fn an_end_that_lets_go_of_what_is_in_time_weakens() {
    let old = interrupting().replace("on quiet overdue notify chief", "on quiet overdue -> bad");
    let [there, back] =
        both_ways(&old, ("on quiet done    -> back", "on quiet done    -> back\n    on nuisance -> bad"));
    assert_eq!(
        (there.levels(), back.levels()),
        (vec![Level::Weakens], vec![Level::Strengthens]),
        "{}",
        lines(&there).join("\n")
    );
}

/// Referrals that keep a case from ending, and an event that leads on to a stage or to the end.
fn held_back() -> String {
    pathway(
        r#"  agency desk contact doctor
  agency clinic contact doctor
  role doctor "Doctor" of clinic
  role chief "Chief" of house
  data {
    debts yes_no shared with desk
    ill   yes_no shared with clinic
  }
  event trouble from worker
  event leaves from worker
  trigger report_in from anyone { asks debts, ill -> talk }
  stage talk "Talk" {
    must task first "First" by worker within 4 working days
    when debts refer to_desk
    when ill   refer to_clinic
    on first done    -> watching
    on first overdue notify chief
  }
  stage watching "Watching" {
    must task look "Look" by worker within 6 weeks
    on look done    -> good
    on look overdue -> helping
  }
  stage helping "Helping" {
    must task help "Help" by worker within 2 weeks
    when debts task money "Money" by worker within 3 weeks
    on help done     -> good
    on help overdue  notify chief
    on money overdue notify chief
  }
  referral to_desk "Desk" {
    to desk hands over debts
    accept within 5 working days
    contact within 4 weeks
    declined or overdue: ask again once, then exhausted
    keeps running
  }
  referral to_clinic "Clinic" {
    to clinic hands over ill
    accept within 5 working days
    contact within 4 weeks
    declined or overdue: ask again once, then exhausted
    keeps running
  }
  always {
    on trouble             -> helping
    on leaves              -> bad
    on to_desk exhausted   notify chief
    on to_clinic exhausted notify chief
  }"#,
    )
}

/// Whichever referral it is that an end waits for, and from whichever stage it comes.
#[test]
fn an_end_that_waits_for_referrals_is_one_difference() {
    insta::assert_snapshot!(told(&held_back(), ("on trouble             -> helping", "on trouble -> good")));
}

/// Between two versions lies none in which a rule reads what nobody records any more: there the visit could not even be reported.
#[test]
fn a_field_that_is_gone_with_its_conditions_is_no_visit_less() {
    let old = pathway(
        r#"  role chief "Chief" of house
  data {
    debt yes_no shared with house
    seen yes_no shared with house
  }
  trigger report_in from anyone { asks debt -> first }
  stage first "First" {
    must visit v1 "Visit" by worker within 1 week records seen
    on v1 done when seen and debt     -> second
    on v1 done when seen and not debt -> third
    on v1 done otherwise              -> third
    on v1 refused -> bad
    on v1 overdue notify chief
  }
  stage second "Second" {
    must task plan "Plan" by worker within 3 weeks
    on plan done    -> third
    on plan overdue notify chief
  }
  stage third "Third" {
    must task ask "Ask" by worker within 1 week
    on ask done    -> good
    on ask overdue notify chief
  }"#,
    );
    let new = old
        .replace("    seen yes_no shared with house\n", "")
        .replace(" records seen", "")
        .replace("    on v1 done when seen and debt     -> second\n", "    on v1 done when debt -> second\n")
        .replace("    on v1 done when seen and not debt -> third\n", "");
    for (before, after) in [(&old, &new), (&new, &old)] {
        let comparison = compared(before, after);
        let titles: Vec<String> = comparison.findings().into_iter().map(|one| one.title).collect();
        assert!(!titles.iter().any(|title| title.contains("v1 done")), "{titles:?}");
        assert!(
            titles.iter().any(|title| title.contains("the case goes to") || title.contains("plan begins")),
            "{titles:?}"
        );
    }
}

/// What is opened in a stage that is left for an end at once nobody has to do: it is no difference.
#[test]
fn what_is_opened_and_called_off_at_once_is_nothing() {
    let old = pathway(
        r#"  role chief "Chief" of house
  data { ill yes_no shared with house }
  trigger report_in from anyone { asks ill -> talk }
  stage talk "Talk" {
    must task first "First" by worker within 4 working days
    on first done    -> plan
    on first overdue -> bad
  }
  stage plan "Plan" {
    must task write "Write" by worker within 2 weeks
    when ill         -> bad
    on write done    -> good
    on write overdue notify chief
  }"#,
    );
    let [there, back] = both_ways(&old, ("on first overdue -> bad", "on first overdue -> plan"));
    assert_eq!(
        (lines(&there), lines(&back)),
        (
            vec![
                "strengthens: the case ends: bad becomes write begins\n  in talk\n  for ill is no".to_owned()
            ],
            vec!["weakens: write begins becomes the case ends: bad\n  in talk\n  for ill is no".to_owned()]
        )
    );
}
