//! How soon and how late cases get to each stage and end.

#![expect(clippy::panic, reason = "a panic in a test is a failing test")]

use voordeur_protocol::unchecked;
use voordeur_verify::{Budget, Milestone, bounds};

/// A pathway with these stages.
fn file(stages: &str) -> String {
    format!(
        r#"pathway door "Door" {{
  version "1"
  lead house
  agency house
  role worker of house
  event quarrel from worker
  trigger signal from anyone {{ -> first }}
{stages}
  end good success no aftercare because "x"
  end bad failure
  end gone withdrawn
}}
"#
    )
}

/// Each stage and end that a case can get to, with the first day and the last.
fn table(stages: &str) -> Vec<(String, Option<i32>, Option<i32>)> {
    let all = unchecked(&file(stages));
    let protocol = all.first().unwrap_or_else(|| panic!("{stages}"));
    let (rows, incomplete) = bounds(protocol, Budget::default());
    assert_eq!(incomplete, None, "{rows:?}");
    let name = |milestone| match milestone {
        Milestone::Stage(id) => protocol.stages.row(id).name.to_string(),
        Milestone::End(id) => protocol.ends.row(id).name.to_string(),
    };
    let reached = rows.iter().filter(|row| row.earliest.is_some());
    reached.map(|row| (name(row.milestone), row.earliest, row.latest)).collect()
}

fn row(name: &str, first: i32, last: Option<i32>) -> (String, Option<i32>, Option<i32>) {
    (name.to_owned(), Some(first), last)
}

#[test]
fn the_end_of_a_term_is_the_midnight_after_its_last_day() {
    let stage =
        "  stage first { must task now by worker within 2 days  on now done -> good  on now overdue -> bad }";
    assert_eq!(table(stage), [row("first", 0, Some(0)), row("good", 0, Some(2)), row("bad", 3, Some(3))]);
}

#[test]
fn the_order_of_hours_is_known() {
    let stage = "  stage first { must task now by worker within 4 hours  on now done -> good  on now overdue -> good  after 6 hours -> bad }";
    assert!(table(stage).iter().all(|(name, ..)| name != "bad"), "{:?}", table(stage));
}

#[test]
fn who_can_go_round_again_and_again_has_no_last_day() {
    let stages = "  stage first { must task now by worker within 10 working days  on now done -> later  on now overdue -> later }
  stage later { must task plan by worker within 1 month  on plan done -> good  on plan overdue -> gone }
  stage look { must task talk by worker within 3 days  on talk done -> back  on talk overdue -> back }
  always { on quarrel -> look }";
    let endless = [row("later", 0, None), row("look", 0, None), row("good", 0, None), row("gone", 29, None)];
    assert_eq!(table(stages).split_first(), Some((&row("first", 0, Some(0)), endless.as_slice())));
}

/// Also where a term counts from the report, as long as no round starts it anew.
#[test]
fn who_can_go_round_beside_a_term_of_the_report_has_no_last_day() {
    let stages = "  stage first { must task now by worker within 10 working days  on now done -> later  on now overdue -> later }
  stage later { must task knock by worker within 1 month  on knock done -> good  on knock overdue -> gone  after 6 weeks of report -> bad }
  stage look { must task talk by worker within 3 days  on talk done -> back  on talk overdue -> back }
  always { on quarrel -> look }";
    let endless = ["later", "look", "bad"].map(|name| row(name, if name == "bad" { 42 } else { 0 }, None));
    let all = table(stages);
    assert!(endless.iter().all(|row| all.contains(row)), "{all:?}");
}

/// A round that starts a term of the report anew goes on only as long as that lets it.
#[test]
fn a_round_that_starts_a_term_of_the_report_comes_to_an_end() {
    let stages = "  stage first { must task now by worker within 2 days  on now done -> first  on now overdue -> good  after 2 weeks of report -> bad }";
    assert_eq!(
        table(stages),
        [row("first", 0, Some(14)), row("good", 3, Some(14)), row("bad", 14, Some(14))]
    );
}

#[test]
fn who_can_go_round_three_times_has_a_last_day() {
    let stages = "  stage first at most 3 times, else -> bad { must task now by worker within 2 days  on now done -> good  on now overdue -> first }";
    assert_eq!(table(stages), [row("first", 0, Some(6)), row("good", 0, Some(8)), row("bad", 9, Some(9))]);
}

/// A series that goes on to its end, whatever happens in it.
fn series(plan: &str) -> String {
    format!(
        "  stage first {{
    must series talks by worker {{ {plan} }}
    on talks missed   notify house
    on talks all_done -> good
    on talks over     -> bad
    on talks refused  -> gone
  }}"
    )
}

#[test]
fn so_many_visits_per_week_go_on_for_as_long_as_they_are_planned() {
    let ends = |plan: &str| table(&series(plan)).into_iter().find(|(name, ..)| name == "good");
    assert_eq!(ends("1 visit per week for 6 months"), Some(row("good", 182, Some(185))));
    assert_eq!(ends("1 to 2 visits per week for 10 days"), Some(row("good", 11, Some(11))));
    assert_eq!(ends("1 visit per month for 6 months"), Some(row("good", 182, Some(185))));
    assert_eq!(ends("1 visit per month for 1 year"), Some(row("good", 366, Some(367))));
}

#[test]
fn a_number_of_visits_is_over_when_its_time_has_gone_by() {
    let stages = table(&series("6 visits in 18 months"));
    assert!(stages.contains(&row("bad", 547, Some(551))), "{stages:?}");
    assert!(stages.contains(&row("good", 0, Some(550))), "{stages:?}");
}

#[test]
fn what_waits_for_more_weeks_than_there_are_never_comes() {
    let stages = "  stage first {
    must series talks by worker { 1 visit per week for 3 weeks }
    on talks missed   notify house
    on talks all_done -> good
    on talks over     -> gone
    on talks refused  -> gone
    after 22 days -> bad
  }";
    assert!(table(stages).iter().all(|(name, ..)| name != "bad"), "{:?}", table(stages));
}

#[test]
fn teaching_weeks_are_counted_by_the_school_calendar() {
    let stage = "  stage first { must task now by worker within 4 teaching weeks  on now done -> good  on now overdue -> bad }";
    let school = "  school calendar \"2026\" from 2025-08-18 to 2026-08-16 {
    closed 2026-02-14 to 2026-02-22 \"Voorjaarsvakantie\"
    closed 2026-04-25 to 2026-05-03 \"Meivakantie\"
  }
";
    let last =
        |days: i32| [row("first", 0, Some(0)), row("good", 0, Some(days)), row("bad", 29, Some(days + 1))];
    let table = |school: &str| table(&format!("{school}{stage}"));
    assert_eq!(table(school), last(28 + 9));
    // In eleven weeks both holidays fall.
    let eleven = format!("{school}{}", stage.replace("4 teaching", "10 teaching"));
    assert!(self::table(&eleven).contains(&row("good", 0, Some(70 + 18))), "{:?}", self::table(&eleven));
}

/// Hours one after the other pass a midnight once, as long as they are no day together.
#[test]
fn terms_in_hours_are_counted_on_the_clock() {
    let hours = |more: &str| {
        format!("  stage first {{ must task now by worker within 4 hours  on now done -> later  on now overdue -> later }}
  stage later {{ must task plan by worker within {more}  on plan done -> good  on plan overdue -> bad }}")
    };
    let rows = |last| {
        [
            row("first", 0, Some(0)),
            row("later", 0, Some(1)),
            row("good", 0, Some(last)),
            row("bad", 0, Some(last)),
        ]
    };
    assert_eq!(table(&hours("4 hours")), rows(1));
    assert_eq!(table(&hours("20 hours")), rows(1));
    assert_eq!(table(&hours("21 hours")), rows(2));
    assert_eq!(table(&hours("2 days")).last(), Some(&row("bad", 3, Some(4))));
}

/// Beside several clocks that are held together each moment by itself is too much to look at: real dates show that a case can be
/// interrupted as often as it likes, and how soon it is over all the same.
#[test]
fn who_is_interrupted_again_and_again_has_no_last_day() {
    let stages = "  event alarm from anyone
  stage first { must task now by worker within 48 hours  on now done -> slow  on now overdue -> slow }
  stage slow {
    must task plan by worker within 1 month
    must task look by worker within 2 weeks
    on look done notify house  on look overdue notify house
    when all of (plan, look) done -> good
    on plan overdue -> bad
    after 3 months -> bad
  }
  stage looking { must task peek by worker within 3 days  on peek done -> back  on peek overdue -> back }
  always { on alarm -> looking }";
    let rows = table(stages);
    assert_eq!(
        rows,
        [
            row("first", 0, Some(0)),
            row("slow", 0, None),
            row("looking", 0, None),
            row("good", 0, None),
            row("bad", 29, None)
        ]
    );
}

/// A term that counts from the report goes on whatever interrupts the case: there is a last day.
#[test]
fn who_is_interrupted_until_a_term_of_the_report_is_over_has_a_last_day() {
    let stages = "  event alarm from anyone
  stage first { must task now by worker within 48 hours  on now done -> good  on now overdue -> good }
  stage looking { must task peek by worker within 3 days  on peek done -> back  on peek overdue -> back }
  always { on alarm -> looking  after 3 weeks of report -> bad }";
    let rows = table(stages);
    assert!(rows.contains(&row("bad", 21, Some(21))), "{rows:?}");
    assert!(rows.iter().all(|(_, _, last)| last.is_some_and(|last| last <= 21)), "{rows:?}");
}

/// A version that is for few days takes no reports on others: what those take is no bound of it.
#[test]
fn a_version_for_two_days_has_the_terms_of_those() {
    let text = file(
        "  calendar nl
  stage first { must task intake by worker within 1 working day  on intake done -> good  on intake overdue -> second }
  stage second { must task ring by worker within 1 working day  on ring done -> good  on ring overdue -> bad }",
    );
    let text = text.replace("version \"1\"", "version \"1\" from 2026-12-21 until 2026-12-22");
    let all = unchecked(&text);
    let protocol = all.first().unwrap_or_else(|| panic!("{text}"));
    let (rows, incomplete) = bounds(protocol, Budget::default());
    let days: Vec<_> = rows.iter().map(|row| (row.earliest, row.latest)).collect();
    // Reported on Monday or Tuesday: the second term of the latter begins on Thursday the 24th and ends on Monday the 28th.
    assert_eq!(incomplete, None);
    assert_eq!(
        days.get(..4),
        Some([(Some(0), Some(0)), (Some(2), Some(2)), (Some(0), Some(6)), (Some(4), Some(7))].as_slice()),
        "{rows:?}"
    );
}
