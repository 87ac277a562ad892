//! Cases that come over to another version: what stays, what moves, what keeps them.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use voordeur_engine::{
    CarriedOver, Case, Clocks, Edition, Entry, HistoryStep, Obstacle, Passage, Replayed, Weight, apply,
    describe,
};
use voordeur_protocol::{CheckedProtocol, Happening, Mode, Protocol};

use crate::laws::{SOURCES, draws, event};
use crate::play::{Play, protocol};

const DOOR: &str = r#"pathway door "At the door" {
  version "1"
  lead house
  agency house "House"
  agency helper "Helper"
  role worker "Worker" of house
  data { months count 0..9 shared with helper  mood one of { calm, upset } kept because "a test" }
  event seen from worker { asks mood }
  trigger report_in from anyone { asks months -> talk }
  stage talk "Talk" {
    must visit first_visit "Home visit" by worker within 2 working days attempts 3, 1 to 3 days apart
    remind worker 1 working day before first_visit is due
    on first_visit done      -> helping
    on first_visit refused   -> bad
    on first_visit exhausted -> bad
    on first_visit overdue   escalate late
    after 2 weeks notify worker "still there"
  }
  stage helping {
    must refer to_helper
    on to_helper taken_up  -> good
    on to_helper exhausted -> bad
  }
  referral to_helper {
    to helper  hands over months  warm
    accept within 5 working days  contact within 3 weeks
    remind worker 2 working days before each
    declined or overdue: ask again once, then exhausted
  }
  escalation late "Late" { at once notify worker  after 1 day notify house }
  always { on seen notify worker }
  end good "Good" success no aftercare because "a test"
  end bad "Bad" failure
}
"#;

/// The new version of [`DOOR`]: each first text becomes the second.
fn door(changes: &[(&str, &str)]) -> CheckedProtocol {
    let changed = changes.iter().fold(DOOR.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    protocol(&changed.replace("version \"1\"", "version \"2\""))
}

fn says(block: &str) -> (&'static str, String) {
    ("  lead house\n", format!("  lead house\n  open cases {{ {block} }}\n"))
}

pub(crate) fn edition(protocol: &Protocol) -> Edition {
    Edition {
        version: protocol.version.as_str().into(),
        digest: format!("digest-{}", protocol.version).into(),
    }
}

pub(crate) fn carried(play: &Play, new: &Protocol, now: Timestamp) -> Result<CarriedOver, Vec<Obstacle>> {
    let old: &Protocol = &play.protocol;
    Passage::new((old, edition(old)), (new, edition(new))).carry(&play.case, now)
}

fn played(lines: &[&str]) -> Play {
    let mut play = Play::new(protocol(DOOR));
    lines.iter().for_each(|line| play.line(line));
    play
}

/// What is due when, the case and what was done, as one reads it.
pub(crate) fn told(new: &CheckedProtocol, carried: &CarriedOver) -> String {
    let local = |at: Timestamp| new.calendar.local(at).strftime("%a %Y-%m-%d %H:%M").to_string();
    let mut lines =
        vec![format!("in {}", new.stages.row(carried.case.stay.as_ref().expect("a stay").stage).name)];
    for timer in &carried.case.timers {
        lines.push(format!(
            "{}: {}",
            voordeur_engine::describe_timer(new, &carried.case, timer),
            local(timer.due.at)
        ));
    }
    let told =
        carried.entries.iter().map(|entry| describe(new, entry)).filter(|line| line.weight < Weight::Detail);
    lines.extend(told.map(|line| format!("> {}", line.text)));
    let is = [
        (carried.other_stage, "other stage"),
        (carried.is_overdue(), "overdue"),
        (carried.is_later(), "later"),
        (carried.is_earlier(), "earlier"),
    ];
    lines.extend(is.iter().filter(|(is, _)| *is).map(|(_, word)| format!("= {word}")));
    lines.join("\n")
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

const REPORTED: &[&str] = &["2026-03-16 10:00 report_in months=2"];

#[test]
fn deadlines_stay_where_the_new_version_says_so() {
    let play = played(REPORTED);
    let keep = says("keep deadlines");
    let new = door(&[("within 2 working days", "within 4 working days"), (keep.0, &keep.1)]);
    let over = carried(&play, &new, at("2026-03-17T09:00:00Z")).expect("it comes over");
    insta::assert_snapshot!(told(&new, &over));
}

#[test]
fn deadlines_are_counted_anew_from_the_start() {
    let play = played(REPORTED);
    let start = says("recompute from start");
    let longer = door(&[("within 2 working days", "within 4 working days"), (start.0, &start.1)]);
    let over = carried(&play, &longer, at("2026-03-17T09:00:00Z")).expect("it comes over");
    insta::assert_snapshot!(told(&longer, &over));
    let shorter = door(&[("within 2 working days", "same day"), (start.0, &start.1)]);
    let over = carried(&play, &shorter, at("2026-03-17T09:00:00Z")).expect("it comes over");
    insta::assert_snapshot!(told(&shorter, &over));
}

#[test]
fn deadlines_are_counted_anew_from_today() {
    let play = played(REPORTED);
    let today = says("keep deadlines  recompute from today for first_visit");
    let new = door(&[
        ("within 2 working days", "within 4 working days"),
        ("after 2 weeks", "after 3 weeks"),
        (today.0, &today.1),
    ]);
    let over = carried(&play, &new, at("2026-03-17T09:00:00Z")).expect("it comes over");
    insta::assert_snapshot!(told(&new, &over));
}

/// Weeks of school are counted by the holidays of the new version, and that is a change of a term like any other.
#[test]
fn other_school_holidays_are_another_term() {
    let with = |closed: &str, said: &str| {
        let school = format!(
            "  lead house\n  school calendar \"2026\" from 2026-01-01 to 2026-12-31 {{ closed {closed} }}\n{said}"
        );
        door(&[("  lead house\n", &school), ("within 2 working days", "within 2 teaching weeks")])
    };
    let mut play = Play::new(with("2026-10-17 to 2026-10-25 \"Autumn\"", ""));
    REPORTED.iter().for_each(|line| play.line(line));
    let passage = |new: &CheckedProtocol| {
        let old: &Protocol = &play.protocol;
        Passage::new((old, edition(old)), (new, edition(new))).changed_terms().to_vec()
    };
    let renamed = with("2026-10-17 to 2026-10-25 \"Half term\"", "");
    assert_eq!(passage(&renamed), [], "what it is called makes no difference");
    let new = with("2026-03-21 to 2026-03-29 \"Spring\"", "  open cases { recompute from start }\n");
    let terms: Vec<_> = passage(&new).into_iter().map(|term| (term.before, term.now)).collect();
    let weeks = |text: &str| Some(text.to_owned());
    assert_eq!(terms, [(weeks("2 teaching weeks"), weeks("2 teaching weeks, by another school calendar"))]);
    let over = carried(&play, &new, at("2026-03-17T09:00:00Z")).expect("it comes over");
    assert!(over.is_later() && !over.is_earlier());
}

#[test]
fn what_the_new_version_does_not_say_is_told() {
    let (old, new) = (
        protocol(DOOR),
        door(&[
            ("within 2 working days", "within 4 working days"),
            ("after 1 day notify", "after 2 days notify"),
        ]),
    );
    let passage = Passage::new((&old, edition(&old)), (&new, edition(&new)));
    let unsaid =
        passage.unsaid().map(|term| format!("{} {:?} {:?} {}", term.name, term.before, term.now, term.line));
    insta::assert_snapshot!(unsaid.collect::<Vec<_>>().join("\n"));
    let part = says("keep deadlines for late");
    let new = door(&[
        ("within 2 working days", "within 4 working days"),
        ("after 1 day notify", "after 2 days notify"),
        (part.0, &part.1),
    ]);
    let passage = Passage::new((&old, edition(&old)), (&new, edition(&new)));
    assert_eq!(passage.unsaid().map(|term| term.name.as_str()).collect::<Vec<_>>(), ["first_visit"]);
}

#[test]
fn a_stage_that_is_gone_needs_a_decision() {
    let play = played(REPORTED);
    let rename = [("stage talk \"Talk\"", "stage contact \"Contact\""), ("-> talk", "-> contact")];
    let gone = door(&rename);
    let obstacles = carried(&play, &gone, at("2026-03-17T09:00:00Z")).expect_err("the stage is gone");
    assert!(matches!(&obstacles[..], [Obstacle::NoStage { stage }] if stage == "talk"), "{obstacles:?}");
    let said = says("stage talk -> contact");
    let new = door(&[rename[0], rename[1], (said.0, &said.1)]);
    let over = carried(&play, &new, at("2026-03-17T09:00:00Z")).expect("it comes over");
    assert!(over.other_stage);
    insta::assert_snapshot!(told(&new, &over));
    let was =
        door(&[("stage talk \"Talk\"", "stage contact was talk \"Contact\""), ("-> talk", "-> contact")]);
    let over = carried(&play, &was, at("2026-03-17T09:00:00Z")).expect("it has another name only");
    assert!(!over.other_stage && over.shifts.is_empty() && over.opened.is_empty());
}

#[test]
fn nothing_is_left_waiting_without_a_counterpart() {
    let play = played(REPORTED);
    let instead = [
        (
            "must visit first_visit \"Home visit\" by worker within 2 working days attempts 3, 1 to 3 days apart",
            "must task phone_call by worker within 1 week",
        ),
        ("remind worker 1 working day before first_visit is due\n", ""),
        ("on first_visit done      -> helping", "on phone_call done -> helping"),
        ("on first_visit refused   -> bad\n", ""),
        ("on first_visit exhausted -> bad\n", ""),
        ("on first_visit overdue   escalate late", "on phone_call overdue escalate late"),
    ];
    let obstacles =
        carried(&play, &door(&instead), at("2026-03-17T09:00:00Z")).expect_err("the visit is gone");
    assert!(
        matches!(&obstacles[..], [Obstacle::NoCounterpart { obligation, .. }] if obligation == "first_visit"),
        "{obstacles:?}"
    );
    let said = says("stage talk -> talk");
    let new = door(&[&instead[..], &[(said.0, &said.1)]].concat());
    let over = carried(&play, &new, at("2026-03-17T09:00:00Z")).expect("the designer says so");
    assert_eq!(over.dropped.len(), 1);
    insta::assert_snapshot!(told(&new, &over));
}

/// Whoever was asked to help would go on believing that it is asked.
#[test]
fn a_referral_that_somebody_has_keeps_the_case_on_its_version() {
    let play = played(&[REPORTED, &["2026-03-17 10:00 first_visit done by worker"]].concat());
    let instead = [
        ("must refer to_helper\n", "must task advise by worker within 1 week\n"),
        ("on to_helper taken_up  -> good", "on advise done -> good"),
        ("on to_helper exhausted -> bad", "on advise overdue -> bad"),
        ("months count 0..9 shared with helper", "months count 0..9 kept because \"a test\""),
    ];
    let referral =
        &DOOR[DOOR.find("  referral to_helper").expect("there")..DOOR.find("  escalation").expect("there")];
    let said = says("stage helping -> helping");
    let new = door(&[&instead[..], &[(referral, ""), (said.0, &said.1)]].concat());
    let obstacles = carried(&play, &new, at("2026-03-18T09:00:00Z")).expect_err("the helper was asked");
    assert!(
        matches!(&obstacles[..], [Obstacle::NoCounterpart { obligation, .. }] if obligation == "to_helper"),
        "{obstacles:?}"
    );
}

/// Whoever waived the offer would leave a stage in which nothing waits.
#[test]
fn what_was_offered_and_must_be_done_now_is_set_in_motion() {
    let look = "must task look by worker within 3 weeks
    on look done    -> good
    on look overdue -> bad";
    let text =
        |mode: &str| DOOR.replace("must refer to_helper", &format!("{mode} refer to_helper\n    {look}"));
    let mut play = Play::new(protocol(&text("may")));
    REPORTED.iter().for_each(|line| play.line(line));
    play.line("2026-03-17 10:00 first_visit done");
    let keep = says("keep deadlines");
    let new = text("must").replace("version \"1\"", "version \"2\"").replace(keep.0, &keep.1);
    let new = protocol(&new);
    let over = carried(&play, &new, at("2026-03-18T09:00:00Z")).expect("it comes over");
    let named = |id: &voordeur_protocol::ObligationId| new.obligations.row(*id).name.clone();
    assert_eq!(over.opened.iter().map(named).collect::<Vec<_>>(), ["to_helper"]);
    let modes: Vec<_> = over.case.open.iter().map(|one| one.opening(&new).mode).collect();
    assert_eq!((modes.len(), modes.contains(&Mode::May)), (2, false));
}

#[test]
fn what_was_recorded_and_has_no_place_keeps_a_case_on_its_version() {
    let play = played(&["2026-03-16 10:00 report_in months=7"]);
    let new = door(&[("count 0..9", "count 0..5")]);
    let obstacles = carried(&play, &new, at("2026-03-17T09:00:00Z")).expect_err("7 is too much");
    assert!(
        matches!(&obstacles[..], [one @ Obstacle::Value { field }] if field == "months" && !one.is_decision())
    );
    assert!(!obstacles[0].text().contains('7'), "a value is personal");
}

#[test]
fn terms_of_a_referral_that_was_asked_again_count_from_then() {
    let play = played(&[
        "2026-03-16 10:00 report_in months=2",
        "2026-03-17 10:00 first_visit done by worker",
        "2026-03-18 10:00 to_helper declined by helper",
    ]);
    let start = says("recompute from start");
    let new = door(&[("accept within 5 working days", "accept within 2 working days"), (start.0, &start.1)]);
    let over = carried(&play, &new, at("2026-03-18T12:00:00Z")).expect("it comes over");
    insta::assert_snapshot!(told(&new, &over));
}

/// The journal, read by the version of each step, gives the case.
pub(crate) fn folds(old: &Protocol, new: &Protocol, journal: &[(Timestamp, Entry)], over: &CarriedOver) {
    let mut folded = Case::default();
    for (at, entry) in journal {
        apply(old, &mut folded, *at, entry);
    }
    for entry in &over.entries {
        assert!(entry.fits(new));
        apply(new, &mut folded, over.case.touched_at, entry);
    }
    assert_eq!(folded, over.case);
}

/// The same pathway with other terms, of which it says so much.
fn other_terms(which: usize, says: &str) -> CheckedProtocol {
    let mut text = SOURCES[which].to_owned();
    for (from, to) in [
        ("1 week", "8 days"),
        ("2 weeks", "9 days"),
        ("2 working days", "5 working days"),
        ("3 weeks", "2 months"),
    ] {
        text = text.replace(&format!("within {from}"), &format!("within {to}"));
        text = text.replace(&format!("after {from}"), &format!("after {to}"));
    }
    let lead = text.find("\n  lead").expect("a lead") + 1;
    text.insert_str(lead, &format!("  open cases {{ {says} }}\n"));
    let compiled = voordeur_protocol::compile(&text);
    compiled.protocols.into_iter().next().unwrap_or_else(|| panic!("{:#?}", compiled.problems))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// To a version that says the same a case comes over as it is, wherever it stands; and its journal gives it.
    #[test]
    fn a_case_comes_over_to_the_same_version_as_it_is(which in 0..5_usize, draws in draws()) {
        let mut play = Play::new(protocol(SOURCES[which]));
        let mut now = at("2008-03-03T09:00:00Z");
        for draw in &draws {
            now += SignedDuration::from_hours(draw.hours());
            play.let_pass(now);
            let Some(event) = event(&play.protocol, &play.case, draw) else { break };
            play.step(&event, now);
        }
        // What is due at once, for a day that is over, has its turn in a replay too.
        play.let_pass(now);
        if play.case.is_running() {
            let new = protocol(SOURCES[which]);
            let over = carried(&play, &new, now).expect("it comes over");
            let mut expected = play.case.clone();
            expected.touched_at = over.case.touched_at;
            expected.ran_on.clone_from(&over.case.ran_on);
            expected.timers.sort_by_key(|timer| timer.id);
            let mut came = over.case.clone();
            came.timers.sort_by_key(|timer| timer.id);
            prop_assert_eq!(came, expected);
            prop_assert!(over.shifts.is_empty() && over.opened.is_empty() && over.dropped.is_empty());
            folds(&play.protocol, &new, &play.journal, &over);
            // And its history could have happened there, and comes to the same.
            for clocks in [Clocks::OfTheNew, Clocks::AsTheyWere] {
                let again = replayed(&play, &new, clocks, play.case.touched_at);
                prop_assert_eq!(&again.refused, &vec![]);
                prop_assert_eq!(&again.case, &play.case);
            }
        }
    }

    /// To a version with other terms it comes over by what that version says, and goes on there: nothing is left waiting for
    /// nothing, and the journal gives the case.
    #[test]
    fn a_case_goes_on_under_other_terms(which in 0..5_usize, says in 0..3_usize, first in draws(), then in draws()) {
        let mut play = Play::new(protocol(SOURCES[which]));
        let mut now = at("2008-03-03T09:00:00Z");
        for draw in &first {
            now += SignedDuration::from_hours(draw.hours());
            play.let_pass(now);
            let Some(event) = event(&play.protocol, &play.case, draw) else { break };
            play.step(&event, now);
        }
        let says = ["keep deadlines", "recompute from start", "recompute from today"][says];
        let new = other_terms(which, says);
        if play.case.is_running()
            && let Ok(over) = carried(&play, &new, now)
        {
            folds(&play.protocol, &new, &play.journal, &over);
            if says == "keep deadlines" {
                prop_assert!(over.shifts.iter().all(|shift| shift.before.is_none()), "{:?}", over.shifts);
            }
            let mut on = Play::new(new);
            on.case = over.case;
            for draw in &then {
                now = on.case.touched_at.max(now) + SignedDuration::from_hours(draw.hours());
                on.let_pass(now);
                prop_assert!(!on.case.is_running() || !voordeur_engine::waiting(&on.protocol, &on.case).is_empty());
                let Some(event) = event(&on.protocol, &on.case, draw) else { break };
                on.step(&event, now);
            }
            let late = on.case.next_timer().is_none_or(|timer| timer.due.at > now);
            prop_assert!(late || !on.case.is_running());
        }
    }
}

/// The history of a play, step by step.
fn history(play: &Play) -> Vec<HistoryStep> {
    let steps = play.steps.iter().cloned();
    (1..).zip(steps).map(|(number, (at, entries))| (number, at, entries)).collect()
}

fn replayed(play: &Play, new: &Protocol, clocks: Clocks, until: Timestamp) -> Replayed {
    let old: &Protocol = &play.protocol;
    Passage::new((old, edition(old)), (new, edition(new))).replay(&history(play), clocks, until)
}

#[test]
fn a_history_is_played_on_other_terms() {
    let mut play = played(REPORTED);
    play.line("2026-03-18 09:00 first_visit done by worker");
    let shorter = door(&[("within 2 working days", "within 1 working day")]);
    let until = at("2026-03-19T12:00:00Z");
    let other = replayed(&play, &shorter, Clocks::OfTheNew, until);
    let overdue = |replayed: &Replayed| {
        let all = replayed.steps.iter().flat_map(|(_, entries)| entries);
        all.filter(|entry| matches!(entry, Entry::Moved { on: Happening::Overdue, .. })).count()
    };
    assert_eq!((overdue(&other), other.refused.len()), (1, 0));
    // In time for the old version, so nothing was overdue then.
    let as_it_was = replayed(&play, &shorter, Clocks::AsTheyWere, until);
    assert_eq!((overdue(&as_it_was), as_it_was.refused.len()), (0, 0));
}

#[test]
fn what_a_history_has_and_the_new_version_does_not_is_told() {
    let mut play = played(REPORTED);
    play.line("2026-03-17 09:00 first_visit not_home by worker");
    let once = door(&[("attempts 3, 1 to 3 days apart", "attempts 1")]);
    play.line("2026-03-18 14:00 first_visit done by worker");
    let other = replayed(&play, &once, Clocks::OfTheNew, at("2026-03-19T12:00:00Z"));
    assert!(matches!(&other.refused[..], [Obstacle::History { step: 4, .. }]), "{:?}", other.refused);
}
