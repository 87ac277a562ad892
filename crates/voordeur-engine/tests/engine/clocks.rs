//! Clocks that come over: those that stood still, series of visits, contacts of an aftercare, escalations, and terms that count
//! from what has not happened.

use jiff::Timestamp;
use voordeur_engine::{CarriedOver, Obstacle, TimerKind, stranded};
use voordeur_protocol::CheckedProtocol;

use crate::migrate::{at, carried, told};
use crate::play::{Play, newer, protocol};

const OLD: &str = r#"pathway door "At the door" {
  version "1"
  lead house
  agency house "House"
  role worker "Worker" of house
  data { waits yes_no? }
  event stop from worker
  event go from worker
  event ready from worker
  trigger report_in from anyone { -> first }
  stage first "First" {
    must task decide "Decide" by worker within 10 days paused while known waits and waits
    must task later "Later" by worker within 5 days of ready
    must series coaching "Coaching" by worker { 4 visits in 40 days }
    on stop record waits = yes
    on go   record waits = no
    on decide done    -> cared
    on decide overdue escalate late
    on later overdue  notify house
    on coaching all_done notify house
    on coaching over     notify house
    on coaching missed   notify house
    on coaching refused  -> bad
  }
  escalation late "Late" { at once notify worker  after 2 days notify house }
  aftercare cared "Aftercare" {
    by worker
    visit revisit after 1 month, 3 months window 1 week before to 1 week after
    on revisit missed notify house
    then -> good
  }
  end good "Good" success
  end bad "Bad" failure
}
"#;

fn new(says: &str, changes: &[(&str, &str)]) -> CheckedProtocol {
    newer(OLD, says, changes)
}

fn played(lines: &[&str]) -> Play {
    let mut play = Play::new(protocol(OLD));
    lines.iter().for_each(|line| play.line(line));
    play
}

fn comes(play: &Play, new: &CheckedProtocol, now: &str) -> CarriedOver {
    let over = carried(play, new, at(now)).expect("it comes over");
    assert_eq!(stranded(new, &over.case), []);
    over
}

fn due(over: &CarriedOver, new: &CheckedProtocol, is: fn(TimerKind) -> bool) -> Vec<String> {
    let timers = over.case.timers.iter().filter(|timer| is(timer.kind));
    timers.map(|timer| new.calendar.local(timer.due.at).strftime("%Y-%m-%d").to_string()).collect()
}

const REPORTED: &str = "2026-03-16 10:00 report_in";
/// It stood still from Tuesday to Friday: three days.
const STOOD_STILL: [&str; 3] = [REPORTED, "2026-03-17 10:00 stop by worker", "2026-03-20 10:00 go by worker"];

fn overdue(kind: TimerKind) -> bool {
    matches!(kind, TimerKind::Overdue(_))
}

#[test]
fn a_clock_that_stood_still_is_counted_anew_with_what_it_lost() {
    let longer = [("within 10 days", "within 20 days")];
    // Ten days and three that were lost, and twenty with the same three.
    let play = played(&STOOD_STILL);
    let kept = new("keep deadlines", &longer);
    assert_eq!(due(&comes(&play, &kept, "2026-03-23T09:00:00Z"), &kept, overdue), ["2026-03-30"]);
    let start = new("recompute from start", &longer);
    assert_eq!(due(&comes(&play, &start, "2026-03-23T09:00:00Z"), &start, overdue), ["2026-04-09"]);
    let today = new("recompute from today", &longer);
    assert_eq!(due(&comes(&play, &today, "2026-03-23T09:00:00Z"), &today, overdue), ["2026-04-13"]);
}

#[test]
fn a_clock_that_stands_still_is_counted_anew_and_stands_still_on() {
    let longer = [("within 10 days", "within 20 days")];
    for (says, ends) in [
        ("recompute from start", "2026-04-09"),
        ("recompute from today", "2026-04-10"),
        ("keep deadlines", "2026-03-30"),
    ] {
        let new = new(says, &longer);
        // It stands still from Tuesday; it comes over on Thursday, and runs on from Friday.
        let over = comes(&played(&STOOD_STILL[..2]), &new, "2026-03-19T09:00:00Z");
        let mut play = Play::new(new);
        play.case = over.case.clone();
        play.line(STOOD_STILL[2]);
        let timer = play.case.timers.iter().find(|timer| overdue(timer.kind)).expect("it runs");
        assert!(!timer.paused);
        let local = play.protocol.calendar.local(timer.due.at).strftime("%Y-%m-%d").to_string();
        assert_eq!(local, ends, "{says}");
    }
}

#[test]
fn where_no_standstill_is_known_any_more_the_clock_runs_on() {
    let new = new("keep deadlines", &[(" paused while known waits and waits", "")]);
    let over = comes(&played(&STOOD_STILL[..2]), &new, "2026-03-19T09:00:00Z");
    insta::assert_snapshot!(told(&new, &over));
    assert!(over.case.timers.iter().all(|timer| !timer.paused));
    assert_eq!(due(&over, &new, overdue), ["2026-03-29"], "ten days and the two that it lost");
    assert!(over.shifts.iter().any(|shift| shift.runs_on));
    assert!(!over.is_later(), "as long as it stood still it would not have come due at all");
    assert!(over.is_earlier());
}

/// The clock stands still no more, and its term is longer as well: the old version would not have ended it at all.
#[test]
fn a_clock_that_runs_on_with_a_longer_term_is_earlier() {
    let longer = [("within 10 days", "within 20 days"), (" paused while known waits and waits", "")];
    let new = new("recompute from start", &longer);
    let over = comes(&played(&STOOD_STILL[..2]), &new, "2026-03-19T09:00:00Z");
    assert_eq!(due(&over, &new, overdue), ["2026-04-08"], "twenty days and the two that it lost");
    assert!(over.is_earlier() && !over.is_later(), "{:?}", over.shifts);
}

fn period(kind: TimerKind) -> bool {
    matches!(kind, TimerKind::Period { .. })
}

#[test]
fn the_periods_of_a_series_are_counted_anew() {
    // A visit each ten days; the second period runs.
    let play = played(&[REPORTED, "2026-03-18 10:00 coaching done by worker", "until 2026-03-30"]);
    let plan = [("4 visits in 40 days", "4 visits in 60 days")];
    let told = |says: &str| {
        let new = new(says, &plan);
        let over = comes(&play, &new, "2026-03-30T09:00:00Z");
        let number = over.case.timers.iter().find_map(|timer| match timer.kind {
            TimerKind::Period { number, .. } => Some(number),
            _ => None,
        });
        (due(&over, &new, period), number)
    };
    assert_eq!(told("keep deadlines"), (vec!["2026-04-06".to_owned()], Some(2)));
    // Every fifteen days from the sixteenth on: the first ends on the day after the last of March.
    assert_eq!(told("recompute from start"), (vec!["2026-04-01".to_owned()], Some(1)));
    assert_eq!(told("recompute from today"), (vec!["2026-04-15".to_owned()], Some(1)));
}

#[test]
fn a_series_that_has_had_enough_visits_is_over_when_its_period_is() {
    let lines = [
        REPORTED,
        "2026-03-17 10:00 coaching done by worker",
        "2026-03-18 10:00 coaching done by worker",
        "2026-03-19 10:00 coaching done by worker",
    ];
    let new = new("keep deadlines", &[("4 visits in 40 days", "2 visits in 40 days")]);
    let over = comes(&played(&lines), &new, "2026-03-19T12:00:00Z");
    let mut play = Play::new(new);
    play.case = over.case;
    play.line("until 2026-05-20");
    let series = play.case.open.iter().any(|one| one.obligation(&play.protocol).name == "coaching");
    assert!(!series, "{:#?}", play.shown);
    let shown = play.shown.join("\n");
    assert!(shown.contains("`coaching` all_done") && !shown.contains("`coaching` over"), "{shown}");
}

#[test]
fn an_escalation_has_the_steps_that_it_has_not_had() {
    let play = played(&[REPORTED, "until 2026-03-28"]);
    let steps = |what: &str, says: &str| new(says, &[("after 2 days notify house", what)]);
    // One step less: it is at its end, and not open for ever.
    let fewer = steps("", "keep deadlines");
    let over = comes(&play, &fewer, "2026-03-28T09:00:00Z");
    assert!(over.case.timers.iter().all(|timer| !matches!(timer.kind, TimerKind::Step { .. })));
    // One step more comes in its time, one that comes at once on arrival.
    let more = steps("after 2 days notify house  after 4 days notify worker", "recompute from start");
    let over = comes(&play, &more, "2026-03-28T09:00:00Z");
    assert_eq!(
        due(&over, &more, |kind| matches!(kind, TimerKind::Step { .. })),
        ["2026-03-29", "2026-03-31"]
    );
    let once = steps("at once notify house", "recompute from start");
    let over = comes(&play, &once, "2026-03-28T09:00:00Z");
    assert!(over.is_overdue(), "the second step comes on arrival: {:?}", over.shifts);
}

/// A window that has opened by the time a case comes is earlier, and not late; one that is over by then is.
#[test]
fn a_window_that_has_opened_is_not_overdue() {
    // The window is from 10 to 24 April.
    let play = played(&[REPORTED, "2026-03-17 10:00 decide done by worker"]);
    let sooner = |says: &str| new("recompute from start", &[("after 1 month, 3 months", says)]);
    let open = sooner("after 2 weeks, 3 months");
    let over = comes(&play, &open, "2026-03-27T09:00:00Z");
    let opened = |kind: TimerKind| matches!(kind, TimerKind::WindowOpens(_));
    let is_over = |at: Option<Timestamp>| at.is_some_and(|at| at <= over.case.touched_at);
    assert!(over.shifts.iter().any(|shift| opened(shift.kind) && is_over(shift.now)), "{:?}", over.shifts);
    assert!(over.is_earlier() && !over.is_overdue(), "{:?}", over.shifts);
    let closed = sooner("after 1 day, 3 months");
    let over = comes(&play, &closed, "2026-04-09T09:00:00Z");
    assert!(over.is_overdue(), "{:?}", over.shifts);
}

#[test]
fn a_term_whose_anchor_changes_gets_a_clock_when_it_happens() {
    let play = played(&[REPORTED]);
    let opening = new("recompute from start", &[("within 5 days of ready", "within 5 days")]);
    assert_eq!(
        due(&comes(&play, &opening, "2026-03-17T09:00:00Z"), &opening, overdue),
        ["2026-03-27", "2026-03-22"]
    );
    let anchor = new("recompute from start", &[("within 10 days paused", "within 10 days of ready paused")]);
    let over = comes(&play, &anchor, "2026-03-17T09:00:00Z");
    assert!(due(&over, &anchor, overdue).is_empty());
    let mut on = Play::new(anchor);
    on.case = over.case;
    on.line("2026-03-18 10:00 ready by worker");
    assert_eq!(on.case.timers.iter().filter(|timer| overdue(timer.kind)).count(), 2);
}

#[test]
fn each_contact_of_an_aftercare_has_its_own_counterpart() {
    let play = played(&[REPORTED, "2026-03-17 10:00 decide done by worker"]);
    let more = new("recompute from start", &[("1 month, 3 months", "1 month, 3 months, 6 months")]);
    let over = comes(&play, &more, "2026-03-18T09:00:00Z");
    assert_eq!(over.opened.len(), 1, "the third");
    let fewer = new("recompute from start", &[("1 month, 3 months", "1 month")]);
    let obstacles = carried(&play, &fewer, at("2026-03-18T09:00:00Z")).expect_err("the second is gone");
    assert!(
        matches!(&obstacles[..], [Obstacle::NoMoment { contact, .. }] if contact == "revisit"),
        "{obstacles:?}"
    );
    let said = new("recompute from start  stage cared -> cared", &[("1 month, 3 months", "1 month")]);
    let over = comes(&play, &said, "2026-03-18T09:00:00Z");
    assert_eq!((over.dropped.len(), over.case.open.len()), (1, 1));
}

/// What ran and stands still in the new version is due later, whenever that may be.
#[test]
fn a_clock_that_newly_stands_still_is_later() {
    let old = OLD.replace(" paused while known waits and waits", "");
    let mut play = Play::new(protocol(&old));
    play.line("2026-03-02 10:00 report_in");
    play.line("2026-03-02 11:00 stop");
    let paused = ("within 10 days", "within 10 days paused while known waits and waits");
    let over = comes(&play, &newer(&old, "keep deadlines", &[paused]), "2026-03-04T09:00:00Z");
    assert!(over.is_later() && !over.is_earlier() && !over.is_overdue());
    play.line("2026-03-03 11:00 go");
    let over = comes(&play, &newer(&old, "keep deadlines", &[paused]), "2026-03-04T09:00:00Z");
    assert!(!over.is_later() && !over.is_earlier());
}
