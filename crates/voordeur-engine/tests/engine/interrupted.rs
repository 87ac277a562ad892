//! Cases that come over while one stage interrupts another: nothing keeps a clock that nobody would set going again.

use jiff::Timestamp;
use voordeur_engine::{CarriedOver, Obstacle, stranded};
use voordeur_protocol::{CheckedProtocol, Happening};

use crate::migrate::{at, carried, told};
use crate::play::{Play, newer, protocol};

const OLD: &str = r#"pathway door "At the door" {
  version "1"
  lead house
  agency house "House"
  role worker "Worker" of house
  event ill "Ill" from worker
  trigger report_in from anyone { -> talk }
  stage talk "Talk" {
    must task call "Call" by worker within 10 days
    on call done -> good
    on call overdue -> bad
    after 3 weeks notify house
  }
  stage rest "Rest" {
    must task look "Look" by worker within 5 days
    on look done -> back
    on look overdue notify worker -> back
  }
  always { on ill -> rest }
  end good "Good" success no aftercare because "a test"
  end bad "Bad" failure
}
"#;

const NO_REST: (&str, &str) = (
    "  stage rest \"Rest\" {\n    must task look \"Look\" by worker within 5 days\n    on look done -> back\n    on look overdue notify worker -> back\n  }\n  always { on ill -> rest }",
    "  always { on ill notify worker }",
);

/// The new version: each first text becomes the second, and `open cases` says so much.
fn new(says: &str, changes: &[(&str, &str)]) -> CheckedProtocol {
    newer(OLD, says, changes)
}

/// Reported on a Monday, interrupted on Wednesday.
fn interrupted(more: &[&str]) -> Play {
    let mut play = Play::new(protocol(OLD));
    ["2026-03-16 10:00 report_in", "2026-03-18 10:00 ill by worker"]
        .iter()
        .chain(more)
        .for_each(|line| play.line(line));
    assert!(play.case.suspended.is_some());
    play
}

const THURSDAY: &str = "2026-03-19T11:00:00Z";

fn comes(play: &Play, new: &CheckedProtocol, now: &str) -> Result<CarriedOver, Vec<Obstacle>> {
    let over = carried(play, new, at(now))?;
    assert_eq!(stranded(new, &over.case), []);
    Ok(over)
}

fn goes_on(over: CarriedOver, new: CheckedProtocol) -> Play {
    let mut play = Play::new(new);
    play.case = over.case;
    play
}

/// What the reviewer found: the clock was held for ever.
#[test]
fn who_comes_from_the_interrupting_stage_to_the_interrupted_one_goes_on_there() {
    let new = new("keep deadlines  stage rest -> talk", &[NO_REST, ("within 10 days", "within 4 days")]);
    let over = comes(&interrupted(&[]), &new, THURSDAY).expect("it comes over");
    insta::assert_snapshot!(told(&new, &over));
    assert!(over.other_stage && over.case.suspended.is_none());
    let resumed: Vec<Timestamp> =
        over.shifts.iter().filter(|shift| shift.runs_on).filter_map(|shift| shift.now).collect();
    assert_eq!(resumed.len(), 2, "the term of the call and the rule on time run on: {:?}", over.shifts);
    // And its clock runs: nobody calls.
    let mut play = goes_on(over, new);
    play.line("until 2026-03-28");
    assert!(!play.case.is_running(), "{:#?}", play.shown);
}

/// One line for all stages that were interrupted: each case goes back to its own.
#[test]
fn back_is_the_stage_that_each_case_had_interrupted() {
    let named = new("stage rest -> talk", &[NO_REST]);
    let back = new("stage rest -> back", &[NO_REST]);
    let play = interrupted(&["2026-03-18 15:00 call done by worker"]);
    for play in [interrupted(&[]), play] {
        let [one, other] = [&named, &back].map(|new| comes(&play, new, THURSDAY).expect("it comes over"));
        assert_eq!(told(&named, &one), told(&back, &other));
    }
    // Of a stage that is interrupted itself it says nothing: who is in the other one stays there.
    let stays = comes(&interrupted(&[]), &new("stage talk -> back", &[]), THURSDAY).expect("it comes over");
    assert!(stays.case.suspended.is_some() && !stays.other_stage);
    // Who is in a stage that had interrupted none has nothing to go back to.
    let mut talks = Play::new(protocol(OLD));
    talks.line("2026-03-16 10:00 report_in");
    let nothing =
        comes(&talks, &new("stage talk -> back", &[]), THURSDAY).expect_err("nothing is interrupted");
    assert!(matches!(&nothing[..], [Obstacle::NowhereBack { stage }] if stage == "talk"), "{nothing:?}");
}

#[test]
fn what_waited_for_the_return_happens_on_it() {
    let play = interrupted(&["2026-03-18 15:00 call done by worker"]);
    let new = new("stage rest -> talk", &[NO_REST]);
    let over = comes(&play, &new, THURSDAY).expect("it comes over");
    assert!(!over.case.is_running(), "the call was made, and that ends it");
    assert!(over.other_stage);
    // In a version that makes nothing of it that is a decision.
    let other = new_call();
    let obstacles = comes(&play, &other, THURSDAY).expect_err("nothing follows from the call");
    assert!(
        matches!(&obstacles[..], [Obstacle::WaitsForReturn { obligation }] if obligation == "call"),
        "{obstacles:?}"
    );
}

/// The call is a letter now.
fn new_call() -> CheckedProtocol {
    new(
        "keep deadlines",
        &[
            ("must task call \"Call\"", "must task letter \"Letter\""),
            ("on call done", "on letter done"),
            ("on call overdue", "on letter overdue"),
        ],
    )
}

#[test]
fn a_stage_that_is_gone_or_does_not_lead_back_needs_a_decision() {
    let gone =
        comes(&interrupted(&[]), &new("keep deadlines", &[NO_REST]), THURSDAY).expect_err("it is gone");
    let is = |one: &Obstacle| matches!(one, Obstacle::NoInterrupting { stage, interrupted } if stage == "rest" && interrupted == "talk");
    assert!(gone.iter().all(|one| is(one) && one.is_decision()), "{gone:?}");
    let on =
        [("on look done -> back", "on look done -> bad"), ("notify worker -> back", "notify worker -> bad")];
    let stays = comes(&interrupted(&[]), &new("keep deadlines", &on), THURSDAY).expect_err("no way back");
    assert!(
        matches!(&stays[..], [Obstacle::NotBack { stage, interrupted }] if stage == "rest" && interrupted == "talk"),
        "{stays:?}"
    );
    // Whoever says so gives the interrupted stage up, as a rule that leads there would.
    let new = new("keep deadlines  stage rest -> rest", &on);
    let over = comes(&interrupted(&[]), &new, THURSDAY).expect("it comes over");
    insta::assert_snapshot!(told(&new, &over));
    assert!(over.case.suspended.is_none() && over.dropped.len() == 1);
}

#[test]
fn who_would_come_where_it_leads_back_to_nothing_needs_a_decision() {
    let mut play = Play::new(protocol(OLD));
    play.line("2026-03-16 10:00 report_in");
    let obstacles =
        comes(&play, &new("keep deadlines  stage talk -> rest", &[]), THURSDAY).expect_err("nowhere back");
    assert!(matches!(&obstacles[..], [Obstacle::NowhereBack { stage }] if stage == "rest"), "{obstacles:?}");
}

/// What the interrupted stage has only in the new version is there when the case goes back.
#[test]
fn what_is_new_in_the_interrupted_stage_is_opened_and_held() {
    let more = [(
        "    after 3 weeks notify house\n",
        "    must task write \"Write\" by worker within 1 week\n    on write done notify house\n    on write overdue notify house\n    after 3 weeks notify house\n    every 1 week notify house\n",
    )];
    let new = new("keep deadlines", &more);
    let over = comes(&interrupted(&[]), &new, THURSDAY).expect("it comes over");
    insta::assert_snapshot!(told(&new, &over));
    let held = over.case.timers.iter().filter(|timer| timer.held).count();
    assert_eq!(held, 4, "the call, what comes after three weeks, and the two that are new");
    let mut play = goes_on(over, new);
    play.line("2026-03-20 10:00 look done by worker");
    let overdue = |play: &Play| {
        play.journal
            .iter()
            .any(|(_, entry)| matches!(entry, voordeur_engine::Entry::Moved { on: Happening::Overdue, .. }))
    };
    assert!(!overdue(&play));
    play.line("until 2026-03-27");
    assert!(overdue(&play), "nobody wrote: {:#?}", play.shown);
}

/// A second report that waits for its turn is not lost in silence.
#[test]
fn a_report_that_waits_for_its_turn_has_it_or_needs_a_decision() {
    let play = interrupted(&["2026-03-18 16:00 ill by worker"]);
    assert_eq!(play.case.postponed.len(), 1);
    let told_worker = new("stage rest -> talk", &[NO_REST]);
    let over = comes(&play, &told_worker, THURSDAY).expect("it comes over");
    assert!(over.case.postponed.is_empty(), "it has had its turn");
    let kept = comes(&play, &new("keep deadlines", &[("within 5 days", "within 6 days")]), THURSDAY)
        .expect("it comes over");
    assert_eq!(kept.case.postponed.len(), 1, "it waits on");
    let gone = [("always { on ill -> rest }", "always { on deceased -> rest }")];
    let obstacles = comes(&play, &new("keep deadlines", &gone), THURSDAY).expect_err("its rule is gone");
    assert!(matches!(&obstacles[..], [Obstacle::Postponed { .. }]), "{obstacles:?}");
}

/// What the interrupting stage has asked of somebody is not dropped with it in silence.
#[test]
fn a_referral_of_the_interrupting_stage_keeps_the_case() {
    let with_referral = OLD
        .replace("  agency house \"House\"\n", "  agency house \"House\"\n  agency helper \"Helper\"\n")
        .replace(
            "  always { on ill",
            "  referral advice { to helper  accept within 1 week  declined or overdue: ask again once, then exhausted }\n  always { on ill",
        )
        .replace(
            "    on look done -> back\n",
            "    must refer advice\n    on advice taken_up notify worker\n    on advice exhausted notify worker\n    on look done -> back\n",
        );
    let mut play = Play::new(protocol(&with_referral));
    ["2026-03-16 10:00 report_in", "2026-03-18 10:00 ill by worker"].iter().for_each(|line| play.line(line));
    // The case goes back on arrival: the stage that interrupted is over.
    let new = newer(&with_referral, "stage rest -> talk", &[]);
    let obstacles = carried(&play, &new, at("2026-03-19T09:00:00Z")).expect_err("the helper was asked");
    assert!(
        matches!(&obstacles[..], [Obstacle::NoCounterpart { obligation, .. }] if obligation == "advice"),
        "{obstacles:?}"
    );
}
