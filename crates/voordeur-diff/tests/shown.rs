//! What a difference means for a household, and the history that shows it.

mod door;

use voordeur_diff::{Comparison, Finding, Level, text};
use voordeur_verify::Effect;

use crate::door::{both_ways, pathway};

/// The moments at which something stands in a column of an example, in words.
fn moments<'f>(finding: &'f Finding, side: usize, line: &str) -> Vec<&'f str> {
    let scenes = finding.examples.iter().filter_map(|one| one.scenes.get(side)).flatten();
    let has_it = |lines: &[String]| lines.iter().any(|own| own.contains(line));
    scenes.filter(|scene| has_it(&scene.lines)).map(|scene| scene.at.as_str()).collect()
}

/// The same the other way round: what was worse is better, and of two examples the other one comes first.
fn assert_mirrored([there, back]: &[Comparison; 2]) {
    let effects = |comparison: &Comparison, is_mirrored: bool| {
        let all = comparison.pathways.iter().flat_map(|one| &one.compared.differences);
        let effect = |one: Effect| if is_mirrored { one.mirrored() } else { one };
        let mut all: Vec<(Effect, usize)> =
            all.map(|one| (effect(one.verdict), one.examples.len())).collect();
        all.sort();
        all
    };
    assert_eq!(effects(there, true), effects(back, false), "{}\n{}", text(there), text(back));
    for one in [there, back] {
        for finding in one.findings().iter().filter(|finding| finding.examples.len() == 2) {
            let effects: Vec<_> = finding.examples.iter().map(|example| example.effect).collect();
            assert_eq!(effects, [Some(Effect::Weaker), Some(Effect::Stronger)], "{}", text(one));
        }
    }
    let open =
        |comparison: &Comparison| comparison.levels().iter().filter(|one| **one == Level::Undecided).count();
    assert_eq!(open(there), open(back), "{}\n{}", text(there), text(back));
    assert_eq!(there.situations(), back.situations());
}

/// A case that is given up after long silence, in which an escalation runs.
fn given_up() -> String {
    pathway(
        r#"  trigger report_in from anyone { -> talk }
  stage talk "Talk" {
    must task call "Call" by worker within 5 working days
    on call done    -> good
    on call overdue escalate late
    after 3 months -> bad
  }
  escalation late "Late" { at once notify house  after 1 week notify house "x" }"#,
    )
}

#[test]
fn silence_shows_it_also_where_an_escalation_runs() {
    for to in ["after 4 months -> bad", "after 12 weeks -> bad", "after 6 months -> bad"] {
        let both = both_ways(&given_up(), ("after 3 months -> bad", to));
        assert_mirrored(&both);
        for one in &both {
            assert!(!one.levels().contains(&Level::Undecided), "{to}: {}", text(one));
            assert_eq!(one.levels().len(), 1, "{to}: {}", text(one));
        }
    }
}

/// The step of an escalation that comes later is shown, and what is told then follows from it.
#[test]
fn a_later_step_is_told_once() {
    let both = both_ways(&given_up(), ("after 1 week", "after 2 weeks"));
    assert_mirrored(&both);
    assert_eq!(both[0].levels(), [Level::Weakens], "{}", text(&both[0]));
}

/// A term that counts from the report, with a question before it that takes up to three weeks.
fn from_the_report() -> String {
    pathway(
        r#"  trigger report_in from anyone { -> ask }
  stage ask "Ask" {
    must question card "Card" { answers yes_please, no_thanks  silent after 3 weeks }
    on card yes_please -> talk
    on card no_thanks -> bad
    on card silent -> talk
  }
  stage talk "Talk" {
    must task call "Call" by worker within 8 weeks of report
    on call done    -> good
    on call overdue notify house
  }"#,
    )
}

#[test]
fn a_term_that_counts_from_something_else_is_weaker_where_a_history_shows_it_later() {
    let [there, back] = both_ways(&from_the_report(), ("within 8 weeks of report", "within 1 year"));
    assert_eq!(there.levels(), [Level::Weakens], "{}", text(&there));
    let findings = there.findings();
    let finding = findings.first().expect("a finding");
    assert_eq!(finding.examples.len(), 1);
    let (old, new) = (moments(finding, 0, "overdue"), moments(finding, 1, "overdue"));
    assert!(old < new, "{old:?} {new:?}");
    // Never later is proven: the other way round every household is better off.
    assert_eq!(back.levels(), [Level::Strengthens], "{}", text(&back));
}

#[test]
fn a_term_that_counts_from_something_else_may_be_both() {
    let both = both_ways(&from_the_report(), ("within 8 weeks of report", "within 7 weeks"));
    for one in &both {
        assert_eq!(one.levels(), [Level::Weakens], "{}", text(one));
        let findings = one.findings();
        let finding = findings.first().expect("a finding");
        assert_eq!(finding.examples.len(), 2, "one each way: {}", text(one));
    }
}

/// Visits that are spread, a last attempt after a letter, and a visit a while after help.
fn visits() -> String {
    pathway(
        r#"  trigger report_in from anyone { -> talk }
  stage talk "Talk" {
    must visit home "Visit" by worker within 3 weeks attempts 2, 1 to 3 days apart then announce by letter, and attempt once more after 2 working days
    on home done    -> after_it
    on home refused -> bad
    on home exhausted -> bad
    on home overdue notify house -> bad
  }
  aftercare after_it "After" {
    visit look_in "Look" after 3 months window 1 week before to 1 week after
    by worker
    on look_in missed notify house
    on relapse -> talk
    then -> good
  }"#,
    )
    .replace(" no aftercare because \"a test\"", "")
}

#[test]
fn visits_that_come_later_are_weaker() {
    for (from, to) in [
        ("after 2 working days", "after 20 working days"),
        ("1 to 3 days apart", "1 to 13 days apart"),
        ("1 to 3 days apart", "3 to 5 days apart"),
        ("1 week after", "3 weeks after"),
        ("1 week before", "3 days before"),
    ] {
        let both = both_ways(&visits(), (from, to));
        assert_mirrored(&both);
        assert_eq!(both[0].levels(), [Level::Weakens], "{to}: {}", text(&both[0]));
        assert_eq!(both[1].levels(), [Level::Strengthens], "{to}: {}", text(&both[1]));
    }
    let both = both_ways(&visits(), ("1 to 3 days apart", "2 to 2 days apart"));
    for one in &both {
        assert!(one.levels().contains(&Level::Weakens), "{}", text(one));
    }
}

#[test]
fn who_hears_later_of_a_visit_is_visited_sooner() {
    let announced = visits()
        .replace("within 3 weeks", "within 3 weeks announced by letter at least 5 working days before");
    for (from, to) in
        [("at least 5 working days", "at least 2 working days"), ("by letter at least", "by phone at least")]
    {
        let is_shorter = to.contains('2');
        for one in &both_ways(&announced, (from, to)) {
            let wanted = if is_shorter { Level::Weakens } else { Level::Shifts };
            assert_eq!(one.levels(), [wanted], "{to}: {}", text(one));
            assert_eq!(text(one).contains("mixed: better in one thing"), is_shorter, "{}", text(one));
        }
    }
}

/// Help by another agency that has to make contact.
fn helped() -> String {
    pathway(
        r#"  agency helper "Helper" contact desk
  role desk "Desk" of helper
  data { months count 0..9 "Months" shared with helper }
  trigger report_in from anyone { asks months -> referring }
  stage referring "Referring" {
    must refer to_helper
    on to_helper taken_up -> good
    on to_helper exhausted escalate late -> resting
  }
  stage resting "Resting" {
    must task rest "Rest" by worker within 1 week
    on rest done -> good
    on rest overdue notify house -> bad
  }
  referral to_helper "Debt help" {
    to helper
    hands over months
    warm
    accept within 5 working days
    contact within 4 weeks
    declined or overdue: ask again once, then exhausted
  }
  escalation late "Late" { at once notify house }"#,
    )
}

#[test]
fn an_example_shows_the_term_that_has_changed() {
    let new = ("contact within 4 weeks", "contact within 6 weeks");
    let both = both_ways(&helped(), new);
    assert_mirrored(&both);
    for one in &both {
        let findings = one.findings();
        for example in findings.iter().flat_map(|one| &one.examples) {
            let lines = |side: usize| {
                example.scenes.get(side).map(|scenes| {
                    scenes.iter().filter(|scene| scene.at > example.at).cloned().collect::<Vec<_>>()
                })
            };
            assert_ne!(lines(0), lines(1), "{}", text(one));
        }
    }
}

#[test]
fn it_is_the_same_the_other_way_round() {
    assert_mirrored(&both_ways(&helped(), ("contact within 4 weeks", "contact within 20 working days")));
    assert_mirrored(&both_ways(&helped(), ("ask again once", "ask again 2 times")));
    assert_mirrored(&both_ways(&helped(), ("    warm\n", "")));
}

/// A stage that is left at once for some households is still the one in which something is opened.
#[test]
fn a_stage_that_is_left_at_once_is_not_named() {
    let old = pathway(
        r#"  data { urgent yes_no "Urgent" }
  trigger report_in from anyone { asks urgent -> first }
  stage first "First" {
    must task call "Call" by worker within 5 working days
    on call done    -> good
    on call overdue -> second
  }
  stage second "Second" {
    must task again "Again" by worker within 1 week
    on again done -> good
    on again overdue -> bad
    when urgent -> third
  }
  stage third "Third" {
    must task other "Other" by worker within 2 days
    on other done -> good
    on other overdue -> bad
  }"#,
    );
    for one in both_ways(&old, ("Again\" by worker within 1 week", "Again\" by worker within 2 weeks")) {
        let findings = one.findings();
        let finding = findings.first().expect("a finding");
        assert_eq!(finding.stages, [Some("second".to_owned()), Some("second".to_owned())], "{}", text(&one));
        let (old, new) = (moments(finding, 0, "again"), moments(finding, 1, "again"));
        assert_ne!(old, new, "it is overdue at another moment: {}", text(&one));
    }
}

/// A term that ends on another day only around holidays, long after the report: a household is shown for each way.
#[test]
fn around_holidays_somebody_is_worse_off_and_somebody_better() {
    let examples = [
        (
            include_str!("../../../dsl-examples/families-first/families-first.pathway"),
            "Netwerk versterken\" by worker within 2 weeks",
            "Netwerk versterken\" by worker within 10 working days",
        ),
        (
            include_str!("../../../dsl-examples/school-absence/school-absence.pathway"),
            "after 5 working days notify municipality",
            "after 7 days notify municipality",
        ),
        (
            include_str!("../../../dsl-examples/tien-voor-toekomst/tien-voor-toekomst.pathway"),
            "door gezinscoach binnen 5 werkdagen",
            "door gezinscoach binnen 7 dagen",
        ),
    ];
    for (old, from, to) in examples {
        let both = both_ways(old, (from, to));
        assert_mirrored(&both);
        assert_eq!(both[0].levels(), [Level::Weakens], "{}", text(&both[0]));
        let shown: Vec<usize> = both[0].findings().iter().map(|one| one.examples.len()).collect();
        assert_eq!(shown, [2], "{}", text(&both[0]));
    }
}

/// A clock that may stand still ends later: that is seen where it does.
#[test]
fn a_clock_that_stands_still_is_weaker() {
    let old = pathway(
        r#"  data { waits yes_no }
  event asked from worker
  event came from worker
  trigger report_in from anyone { -> talk }
  stage talk "Talk" {
    must task call "Call" by worker within 5 working days
    on asked record waits = yes
    on came record waits = no
    on call done    -> good
    on call overdue -> bad
  }"#,
    );
    let pause = ("within 5 working days", "within 5 working days paused while waits because \"a test\"");
    let both = both_ways(&old, pause);
    assert_mirrored(&both);
    assert_eq!(both[0].levels(), [Level::Weakens], "{}", text(&both[0]));
    for one in &both {
        let findings = one.findings();
        let example = findings.iter().find_map(|one| one.examples.first()).expect("an example");
        assert_ne!(example.scenes[0], example.scenes[1], "{}", text(one));
    }
}
