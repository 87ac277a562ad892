//! The other way round all that is told of two versions is turned around: what was worse is better, in the same stages and for the
//! same lines, also where several changes lie behind each other.

mod door;

use voordeur_diff::{Comparison, Level, text};
use voordeur_verify::{Difference, Done, What};

use crate::door::{both_ways, pathway, told};

/// A stage that interrupts, with what may happen in it and after it.
fn quarrel() -> String {
    pathway(
        r#"  data { willing yes_no "Willing" }
  trigger report_in from anyone { -> talking }
  event threatened "A threat" from worker
  event moved_back "Back" from worker
  event alarm "Alarm" from worker
  stage talking "Talking" at most 3 times, else -> bad {
    must visit talk "Talk" by worker within 2 weeks attempts 2 records willing
    on talk done when willing -> deal
    on talk done otherwise -> bad
    on talk refused -> bad
    on talk exhausted notify house -> bad
    on talk overdue escalate nobody
  }
  stage deal "Deal" at most 3 times, else -> bad {
    must task write "Write" by worker within 10 days
    on write done -> good
    on write overdue notify house
    after 8 weeks -> bad
  }
  stage danger "Danger" {
    must visit safe "Safe?" by worker within 24 hours attempts 2
    on safe done -> back
    on safe refused -> bad
    on safe exhausted -> bad
    on safe overdue notify worker escalate nobody
  }
  escalation nobody "Nobody" { at once notify house  after 1 week task take_over "Take over" by worker within 2 days }
  always {
    on alarm -> danger
    on threatened -> danger
    on moved_back notify worker
    on take_over done notify house
    on take_over overdue notify house
  }"#,
    )
}

const CHANGES: [(&str, &str); 10] = [
    ("on threatened -> danger", "on threatened notify worker"),
    ("on moved_back notify worker", "on moved_back -> danger"),
    ("on safe done -> back", "on safe done -> bad"),
    ("on safe refused -> bad", "on safe refused -> back"),
    ("within 24 hours", "within 48 hours"),
    ("on talk exhausted notify house -> bad", "on talk exhausted -> deal"),
    ("on write overdue notify house\n", "on write overdue notify worker\n"),
    ("after 8 weeks -> bad", "after 8 weeks -> talking"),
    ("after 1 week task", "after 2 weeks task"),
    ("on talk done otherwise -> bad", "on talk done otherwise -> deal"),
];

fn changed(text: &str, (from, to): (&str, &str)) -> String {
    let new = text.replacen(from, to, 1);
    assert_ne!(text, new, "{from} is there");
    new
}

/// All that is told, each in one line, as it is or turned around.
fn lines(comparison: &Comparison, is_turned: bool) -> Vec<String> {
    let all = comparison.pathways.iter().flat_map(|one| &one.compared.differences);
    let mut all: Vec<String> = all.filter(|one| !one.follows).map(|one| line(one, is_turned)).collect();
    all.sort();
    all
}

fn line(one: &Difference, is_turned: bool) -> String {
    let keys = |all: &[Done]| all.iter().map(|one| one.key.clone()).collect::<Vec<_>>().join(", ");
    let what = match &one.what {
        What::Aspect { of, aspect } => {
            format!("{of} {} {:?}", aspect.key, turned(aspect.plain.clone(), is_turned))
        }
        What::Answers { old, new } => format!("{:?}", turned([keys(old), keys(new)], is_turned)),
    };
    let mut places: Vec<_> = one.places().map(|place| turned(place.clone(), is_turned)).collect();
    places.sort();
    let causes = turned(one.causes.each_ref().map(|cause| cause.as_ref().map(|(line, _)| *line)), is_turned);
    let effect = if is_turned { one.verdict.mirrored() } else { one.verdict };
    format!("{effect:?} {what} {places:?} {causes:?} {}", one.examples.len())
}

fn turned<T>(mut both: [T; 2], is_turned: bool) -> [T; 2] {
    if is_turned {
        both.reverse();
    }
    both
}

fn assert_mirrored([there, back]: &[Comparison; 2]) {
    assert_eq!(lines(there, false), lines(back, true), "{}\n{}", text(there), text(back));
}

#[test]
fn one_change_is_told_alike_both_ways() {
    for change in CHANGES {
        let both = both_ways(&quarrel(), change);
        assert!(!lines(&both[0], false).is_empty(), "{}", text(&both[0]));
        assert!(!both[0].levels().contains(&Level::Undecided), "{}", text(&both[0]));
        assert_mirrored(&both);
    }
}

/// Where the first one leads away from what the other one is about, and where both are about one stage that interrupts.
#[test]
fn two_changes_are_told_alike_both_ways() {
    let old = quarrel();
    for (number, first) in CHANGES.into_iter().enumerate() {
        for second in CHANGES.into_iter().skip(number + 1) {
            assert_mirrored(&both_ways(&changed(&old, first), second));
            let new = changed(&changed(&old, first), second);
            assert_mirrored(&[told(&old, &new), told(&new, &old)]);
        }
    }
}

/// Either version may have what the other one has not.
#[test]
fn each_version_has_a_change_of_its_own() {
    let old = quarrel();
    for (one, other) in CHANGES.into_iter().zip(CHANGES.into_iter().skip(3)) {
        let (old, new) = (changed(&old, one), changed(&old, other));
        assert_mirrored(&[told(&old, &new), told(&new, &old)]);
    }
}

/// What is deferred in a stage that interrupts leads to something else each time.
fn deferred() -> String {
    pathway(
        r#"  role officer "Officer" of house
  data { noise count 0..30 "Noise"  threat yes_no "Threat"  willing yes_no "Willing"  settled yes_no "Settled" }
  trigger complaint from anyone { asks noise, threat  when threat or noise >= 5 -> talking  otherwise -> advising }
  event threatened "A threat" from worker
  stage advising "Advising" {
    must task advice "Advice" by worker within 3 working days
    on advice done -> good
    on advice overdue notify worker
    after 4 weeks -> talking
  }
  stage talking "Talking" at most 3 times, else -> bad {
    must visit talk "Talk" by worker within 2 weeks attempts 2, 3 to 10 days apart records willing
    on talk done when willing -> deal
    on talk done otherwise -> bad
    on talk refused -> bad
    on talk exhausted -> bad
    on talk overdue escalate nobody
  }
  stage deal "Deal" {
    must task write "Write" by worker within 10 days asks settled
    on write done when settled -> good
    on write done otherwise -> talking
    on write overdue notify house
    after 8 weeks -> bad
  }
  stage danger "Danger" {
    must visit safe "Safe?" by officer within 24 hours attempts 2 records settled
    on safe done -> back
    on safe refused -> bad
    on safe exhausted -> bad
    on safe overdue notify officer escalate nobody
  }
  escalation nobody "Nobody" { at once notify house  after 2 working days notify worker }
  always {
    on threatened -> danger
  }"#,
    )
}

/// What lies behind is told once for its lines and its stage, with what it means for all: better for some, worse for others.
#[test]
fn what_lies_behind_another_interruption_is_told_alike() {
    let event = "  event threatened \"A threat\" from worker\n";
    let more = format!("{event}  event moved_back \"Back\" from worker\n");
    let rules = ("on threatened -> danger", "on threatened notify worker\n    on moved_back -> danger");
    let new = changed(&changed(&deferred(), (event, &more)), rules);
    let both = [told(&deferred(), &new), told(&new, &deferred())];
    assert_mirrored(&both);
    let is_mixed = |line: &String| line.starts_with("Mixed") && line.contains("danger");
    assert!(lines(&both[0], false).iter().any(is_mixed), "{}", text(&both[0]));
}
