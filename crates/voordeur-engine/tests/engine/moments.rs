//! Moments of an aftercare in another version: the same length is the same moment, wherever it stands.

use jiff::Timestamp;
use voordeur_engine::{CarriedOver, Clocks, HistoryStep, Obstacle, Passage};
use voordeur_protocol::CheckedProtocol;

use crate::migrate::{at, carried, edition, told};
use crate::play::{Play, protocol};

const AFTERCARE: &str = r#"pathway door "At the door" {
  version "1"
  lead house
  agency house "House"
  role worker "Worker" of house
  trigger report_in from anyone { -> talk }
  stage talk "Talk" {
    must task visit_them "Home visit" by worker within 2 working days
    on visit_them done    -> afterwards
    on visit_them overdue notify house
  }
  aftercare afterwards "Aftercare" {
    visit look_in "Look in" after 3 months, 6 months window 2 weeks before to 2 weeks after
    by worker
    on look_in missed notify house
    then -> good
  }
  end good "Good" success
}
"#;

/// The new version, with these moments and what it says of open cases.
fn with(moments: &str, says: &str) -> CheckedProtocol {
    let text = AFTERCARE.replace("after 3 months, 6 months", &format!("after {moments}"));
    let text = text.replace("  lead house\n", &format!("  lead house\n  {says}\n"));
    protocol(&text.replace("version \"1\"", "version \"2\""))
}

/// A household that is in aftercare since 17 March 2026.
fn afterwards() -> Play {
    let mut play = Play::new(protocol(AFTERCARE));
    play.line("2026-03-16 10:00 report_in");
    play.line("2026-03-17 10:00 visit_them done by worker");
    play
}

fn over(new: &CheckedProtocol, now: &str) -> CarriedOver {
    carried(&afterwards(), new, at(now)).expect("it comes over")
}

fn obstacles(new: &CheckedProtocol, now: &str) -> Vec<String> {
    let why = carried(&afterwards(), new, at(now)).expect_err("something keeps it");
    why.iter().map(Obstacle::text).collect()
}

#[test]
fn a_moment_put_before_the_others_leaves_them_on_their_days() {
    let all = ["", "open cases { keep deadlines }", "open cases { recompute from start }"].map(|says| {
        let new = with("1 month, 3 months, 6 months", says);
        let over = over(&new, "2026-03-20T09:00:00Z");
        assert!(over.shifts.iter().all(|shift| shift.before.is_none()), "{says}: {:?}", over.shifts);
        told(&new, &over)
    });
    insta::assert_snapshot!(all[0]);
    assert!(all.iter().all(|one| *one == all[0]), "{all:?}");
}

#[test]
fn a_moment_that_is_over_is_not_made_up_for_unless_the_file_says_so() {
    let now = "2026-05-20T09:00:00Z";
    let kept = with("1 month, 3 months, 6 months", "");
    let kept = over(&kept, now);
    assert!(kept.opened.is_empty() && kept.shifts.is_empty(), "{:?}", kept.shifts);
    let start = with("1 month, 3 months, 6 months", "open cases { recompute from start }");
    let late = over(&start, now);
    assert!(late.is_overdue(), "{}", told(&start, &late));
    let today = with("1 month, 3 months, 6 months", "open cases { recompute from today }");
    let today_over = over(&today, now);
    insta::assert_snapshot!(told(&today, &today_over));
}

#[test]
fn a_moment_that_is_gone_is_dropped_where_the_file_says_so() {
    let now = "2026-03-20T09:00:00Z";
    insta::assert_snapshot!(obstacles(&with("6 months", ""), now).join("\n"));
    let said = with("6 months", "open cases { stage afterwards -> afterwards }");
    insta::assert_snapshot!(told(&said, &over(&said, now)));
}

#[test]
fn a_moment_that_changes_is_the_nearest_and_counts_from_the_start_of_the_aftercare() {
    let now = "2026-03-20T09:00:00Z";
    let new = with("1 month, 4 months, 6 months", "open cases { recompute from start }");
    let first = over(&new, now);
    insta::assert_snapshot!(told(&new, &first));
    // And once more, for a moment that was itself new.
    let again = with("2 months, 4 months, 6 months", "open cases { recompute from start }");
    let mut play = Play::new(new);
    play.case = first.case;
    let then = carried(&play, &again, at("2026-03-21T09:00:00Z")).expect("it comes over");
    insta::assert_snapshot!(told(&again, &then));
}

#[test]
fn a_history_is_played_by_the_same_moments() {
    let mut play = afterwards();
    let until: Timestamp = at("2026-08-01T09:00:00Z");
    play.let_pass(until);
    let new = with("1 month, 3 months, 6 months", "");
    let steps = play.steps.iter().cloned();
    let history: Vec<HistoryStep> = (1..).zip(steps).map(|(n, (at, entries))| (n, at, entries)).collect();
    let old = &play.protocol;
    let passage = Passage::new((old, edition(old)), (&new, edition(&new)));
    let replayed = passage.replay(&history, Clocks::AsTheyWere, until);
    // What was missed was the moment after three months: that after one, and that after six, are still open.
    let open: Vec<_> = replayed.case.open.iter().map(|one| one.opening(&new).planned_after).collect();
    let left: Vec<_> = open.iter().flatten().map(ToString::to_string).collect();
    assert_eq!(left, ["1 month", "6 months"]);
}

/// An aftercare that begins when a term has passed begins at a midnight: the window is as wide as it is written.
#[test]
fn a_window_opens_on_its_day_in_an_aftercare_that_begins_at_midnight() {
    let text = AFTERCARE
        .replace("    on visit_them overdue notify house\n", "    on visit_them overdue -> afterwards\n");
    let window = |before: &str| {
        let before = format!("window {before} before to 2 weeks after");
        let mut play = Play::new(protocol(&text.replace("window 2 weeks before to 2 weeks after", &before)));
        play.line("2026-03-16 10:00 report_in");
        play.let_pass(at("2026-03-19T09:00:00Z"));
        let calendar = &play.protocol.calendar;
        let mut due: Vec<_> = play.case.timers.iter().map(|timer| timer.due.at).collect();
        due.sort();
        due.iter()
            .take(2)
            .map(|at| calendar.local(*at).strftime("%Y-%m-%d %H:%M").to_string())
            .collect::<Vec<_>>()
    };
    // It begins on 19 March at midnight: 19 June, and until the end of 3 July.
    assert_eq!(window("0 days"), ["2026-06-19 00:00", "2026-07-04 00:00"]);
    assert_eq!(window("1 week"), ["2026-06-12 00:00", "2026-07-04 00:00"]);
}
