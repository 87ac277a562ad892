//! One rule of the language a story, on pathways that hold little else.

use crate::play::{Play, play, protocol};
use voordeur_engine::Teller;

/// A pathway around the statements of a first stage.
pub(crate) fn pathway(declared: &str, stage: &str) -> String {
    let ends: String = [("good", "success no aftercare because \"a test stops here\""), ("bad", "failure")]
        .iter()
        .filter(|(name, _)| stage.contains(&format!("-> {name}")))
        .map(|(name, kind)| format!("  end {name} {kind}\n"))
        .collect();
    format!(
        r#"pathway small {{
  version "1"
  lead    house
  agency  house
  agency  helper
  role    worker of house
  data {{ ready yes_no  start_date date }}
  trigger knock from anyone {{ -> first }}
{declared}
  stage first {{
{stage}
  }}
{ends}}}
"#
    )
}

#[test]
fn a_warm_referral_keeps_the_case_open_and_the_report_is_not_lost() {
    let source = pathway(
        "  referral handover { to helper  warm  accept within 5 working days  contact within 4 weeks }",
        "    must refer handover keeps running
    must task talk by worker within 3 weeks
    on talk done         -> good
    on talk overdue      notify house
    on handover exhausted -> bad",
    );
    insta::assert_snapshot!(play(
        &source,
        "
        2024-03-04 10:00 knock
        2024-03-05 10:00 talk done by worker
        2024-03-06 10:00 handover accepted by helper
        2024-03-07 10:00 handover taken_up by helper
        "
    ));
}

#[test]
fn a_question_without_an_answer_is_an_answer_too() {
    let source = pathway(
        "  question letter { answers yes_please, no_thanks  silent after 3 weeks }",
        "    must question letter
    on letter yes_please -> good
    on letter no_thanks  -> bad
    on letter silent     -> bad",
    );
    insta::assert_snapshot!(play(&source, "2024-03-04 10:00 knock\nuntil 2024-04-01"));
}

#[test]
fn a_plugin_that_fails_is_called_again_ever_later_and_then_given_up() {
    let source = pathway(
        "  action fill_in by plugin \"letter\" { does fill  within 1 working day  retries 2 }",
        "    must action fill_in
    on fill_in returned -> good
    on fill_in overdue  notify house
    on fill_in gave_up  -> bad",
    );
    insta::assert_snapshot!(play(
        &source,
        "
        2024-03-04 10:00 knock
        2024-03-04 10:01 plugin 1 failed
        2024-03-04 10:03 plugin 1 failed
        2024-03-04 11:00 plugin 1 failed
        "
    ));
}

/// An action that says what follows when it fails; a rule of its own on `gave_up` only where it brings no task.
fn failing(clause: &str) -> String {
    let rule =
        if clause.contains("task") { "" } else { "    on fill_in gave_up notify house \"given up\"\n" };
    pathway(
        &format!("  action fill_in by plugin \"letter\" {{ does fill  within 1 working day  {clause} }}"),
        &format!(
            "    must action fill_in
    on fill_in returned -> good
{rule}    on fill_in overdue  notify house \"look at the letter\"
    after 2 months      -> bad"
        ),
    )
}

#[test]
fn an_action_that_fails_is_tried_again_and_then_a_task() {
    let clause = "on failure retry 2 times, else task write_it by worker within 1 working day";
    let events = "
        2024-03-04 10:00 knock
        2024-03-04 10:00 plugin 1 failed
        2024-03-04 10:01 plugin 1 failed
        2024-03-04 10:30 plugin 1 failed
        2024-03-04 11:00 write_it done by worker
        ";
    insta::assert_snapshot!(play(&failing(clause), events));
}

#[test]
fn an_action_that_fails_is_a_task_at_once() {
    let clause = "on failure task write_it by worker within 1 working day";
    for answer in ["failed", "gave_up"] {
        let events = format!("2024-03-04 10:00 knock\n2024-03-04 10:00 plugin 1 {answer}");
        let told = play(&failing(clause), &events);
        assert!(told.contains("task `write_it`") && !told.contains("another call"), "{answer}: {told}");
    }
}

#[test]
fn an_action_that_stops_waits_until_somebody_has_looked_at_it() {
    let events = "
        2024-03-04 10:00 knock
        2024-03-04 10:00 plugin 1 gave_up
        until 2024-03-06
        2024-03-06 10:00 fill_in retried
        2024-03-06 10:00 plugin 1 failed
        2024-03-07 10:00 fill_in gave_up
        until 2024-05-05
        ";
    insta::assert_snapshot!(play(&failing("on failure stop"), events));
}

#[test]
fn whoever_does_not_wait_for_the_next_try_has_it_made_now() {
    let events = "
        2024-03-04 10:00 knock
        2024-03-04 10:00 plugin 1 failed
        2024-03-04 10:00 fill_in retried
        2024-03-04 10:00 plugin 1 returned
        ";
    insta::assert_snapshot!(play(&failing("on failure retry, else stop"), events));
}

#[test]
fn a_term_may_count_from_a_date_that_comes_later() {
    let source = pathway(
        "",
        "    must task ask_date by worker within 1 week asks start_date
    must task first_call by worker within 2 working days of start_date
    on ask_date overdue   notify house
    on first_call overdue notify house \"nobody has called\"
    on first_call done    -> good",
    );
    insta::assert_snapshot!(play(
        &source,
        "
        2024-03-04 10:00 knock
        2024-03-05 10:00 ask_date done by worker start_date=2024-03-28
        until 2024-04-10
        2024-04-10 10:00 first_call done by worker
        "
    ));
}

/// Somebody types `2926` for `2026`.
#[test]
fn a_day_that_is_centuries_away_is_refused_and_a_birth_that_is_to_come_is_not() {
    let source = pathway(
        "",
        "    must task plan by worker within 3 weeks asks start_date
    may task look by worker asks born
    on plan done    -> good
    on plan overdue -> bad
    on look done notify house",
    )
    .replace(
        "start_date date }",
        "start_date date kept because \"a test\"  born birthdate kept because \"a test\" }",
    );
    insta::assert_snapshot!(play(
        &source,
        "
        2024-03-04 10:00 knock
        2024-03-05 10:00 look done by worker born=2025-03-06
        2024-03-05 10:00 look done by worker born=1874-03-04
        2024-03-05 10:00 plan done by worker start_date=2124-03-06
        2024-03-05 10:00 plan done by worker start_date=1924-03-04
        2024-03-05 11:00 look done by worker born=2025-03-05
        2024-03-05 12:00 plan done by worker start_date=2124-03-05
        "
    ));
}

#[test]
fn a_term_may_count_from_an_event_and_from_consent() {
    let source = pathway(
        "  event applied from client",
        "    must task decide by worker within 2 weeks of applied
    must task plan by worker within 1 week of consent given
    after 3 days of moved_away notify house \"gone\"
    on decide overdue -> bad
    on plan overdue   notify house
    on moved_away     notify worker
    on decide done    -> good",
    );
    insta::assert_snapshot!(play(
        &source,
        "
        2024-03-04 10:00 knock
        2024-03-05 10:00 applied
        2024-03-06 10:00 consent given
        2024-03-07 10:00 moved_away
        2024-03-08 10:00 applied
        until 2024-03-15
        "
    ));
}

#[test]
fn a_second_report_waits_for_the_first() {
    let source = pathway(
        "  event new_report from anyone
  stage looking {
    must task look by worker within 1 day
    on look done    -> back
    on look overdue -> back
  }
  always {
    on new_report -> looking
    after 1 week of report notify house \"a week\"
    when ready notify house \"ready\"
  }",
        "    must task intake by worker within 2 weeks asks ready
    on intake done    -> good
    on intake overdue -> bad",
    );
    insta::assert_snapshot!(play(
        &source,
        "
        2024-03-04 10:00 knock
        2024-03-05 10:00 new_report
        2024-03-05 11:00 new_report
        2024-03-05 12:00 look done by worker
        2024-03-05 12:30 new_report
        until 2024-03-12
        "
    ));
}

#[test]
fn a_date_that_may_still_change_says_so() {
    let source = pathway(
        "",
        "    must task talk by worker within 3 working days
    remind worker 1 working day before talk is due
    on talk overdue notify house
    on talk done    -> good",
    );
    insta::assert_snapshot!(play(&source, "2099-04-28 10:00 knock\nuntil 2099-05-01"));
}

#[test]
fn a_preferred_term_slips_before_the_last_one_is_overdue() {
    let source = pathway(
        "",
        "    prefer task call_back by worker same day else within 2 working days
    on call_back slipped notify house \"not on the day itself\"
    on call_back overdue -> bad
    on call_back done    -> good",
    );
    insta::assert_snapshot!(play(&source, "2024-03-04 10:00 knock\nuntil 2024-03-10"));
}

#[test]
fn what_every_week_brings_stops_with_the_stage() {
    let source = pathway(
        "",
        "    must task work by worker
    every 1 week notify house \"still busy\"
    after 4 weeks -> bad",
    );
    insta::assert_snapshot!(play(&source, "2024-03-04 10:00 knock\nuntil 2024-05-01"));
}

#[test]
fn what_the_pathway_does_not_foresee_is_refused() {
    let source = pathway(
        "  referral handover { to helper  accept within 5 working days  declined or overdue: ask again once, then exhausted }",
        "    must refer handover
    must visit talk by worker within 3 weeks
    on talk done          -> good
    on talk refused       -> bad
    on talk overdue       notify house
    on handover exhausted notify house",
    );
    insta::assert_snapshot!(play(
        &source,
        "
        2024-03-04 10:00 knock
        2024-03-05 10:00 handover passed_on by helper
        2024-03-05 11:00 talk prepared by worker
        "
    ));
}

/// What a series, a prepared visit and a clock that stands still are told as.
const SERIES: &str = r#"traject t "T" {
  versie "1"
  regie huis
  kalender nl
  instantie huis
  rol mw van huis
  gegevens { wacht ja_nee }
  gebeurtenis stop van mw
  gebeurtenis go   van mw
  aanleiding r van iedereen { -> s }
  fase s {
    moet bezoekreeks programma door mw { 1 tot 2 bezoeken per week voor 6 weken  voorbereid per telefoon minstens 1 dag voor }
    moet taak besluit door mw binnen 8 weken stil zolang wacht
    bij stop noteer wacht = ja
    bij go   noteer wacht = nee
    bij programma gedaan    waarschuw huis
    bij programma gemist    waarschuw huis
    bij programma geweigerd -> slecht
    bij programma alle_gedaan waarschuw huis
    bij besluit gedaan  -> slecht
    bij besluit te_laat -> slecht
  }
  einde slecht mislukt
}
"#;

#[test]
fn a_timeline_gives_names_and_no_numbers() {
    let mut told = Play::new(protocol(SERIES));
    let script = "2026-03-02 10:00 r
        2026-03-03 10:00 programma gedaan
        2026-03-03 11:00 programma voorbereid
        2026-03-05 10:00 programma gedaan
        2026-03-05 11:00 stop
        2026-03-07 11:00 go
        until 2026-03-10";
    script.lines().for_each(|line| told.line(line.trim()));
    let mut teller = Teller::default();
    let lines: Vec<String> =
        told.journal.iter().map(|(_, entry)| teller.describe(&told.protocol, entry).text).collect();
    assert!(lines.iter().all(|line| !line.contains('#')), "{lines:#?}");
    let expected = [
        "the time came for the end of a period of series `programma`",
        "a period of series `programma` is over",
        "the clocks of task `besluit` go on after 2 days",
    ];
    for line in expected {
        assert!(lines.iter().any(|told| told == line), "{line}: {lines:#?}");
    }
    let refused = told.shown.iter().find(|line| line.contains("refused")).map(String::as_str);
    assert!(refused.is_some_and(|why| why.contains("report `programma voorbereid` first")), "{refused:?}");
}
