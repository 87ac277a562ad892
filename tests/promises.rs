//! The examples that the three protocols must come out with, through the program.

use crate::program::Place;

const EROPAF: &str = "dsl-examples/eropaf/eropaf.pathway";
const FAMILIES_FIRST: &str = "dsl-examples/families-first/families-first.pathway";
const SCHOOL: &str = "dsl-examples/school-absence/school-absence.pathway";

/// Plays events and gives the timelines.
fn played(pathway: &str, events: &[&str], until: &str) -> String {
    let place = Place::new();
    place.write("events.jsonl", events.join("\n"));
    let ran = place.run(&["run", pathway, "--events", "events.jsonl", "--until", until]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    ran.out
}

fn report(months: u32, bailiff: &str) -> String {
    format!(
        r#"{{"at": "2008-03-03T10:00", "case": "a", "trigger": "corporation_report", "by": "corporation",
           "data": {{"months_in_arrears": {months}, "arrears": "€900.00", "bailiff_involved": "{bailiff}"}}}}"#
    )
    .replace('\n', " ")
}

fn has(timeline: &str, parts: &[&str]) {
    for part in parts {
        assert!(timeline.contains(part), "{part} is missing:\n{timeline}");
    }
}

#[test]
fn eropaf_two_months_go_to_the_madi_and_three_to_the_intake() {
    for (months, bailiff, stage) in [
        (0, "no", "early_route"),
        (2, "no", "early_route"),
        (3, "no", "intake"),
        (2, "yes", "intake"),
        (120, "yes", "intake"),
    ] {
        let timeline = played(EROPAF, &[&report(months, bailiff)], "2008-03-03");
        has(&timeline, &[&format!("entered `{stage}`")]);
    }
}

#[test]
fn families_first_is_there_within_24_hours_also_when_the_clocks_change() {
    let crisis = |at: &str| {
        format!(
            r#"{{"at": "{at}", "case": "f", "trigger": "crisis_report", "by": "youth_care", "data": {{"placement_threatens": "yes", "parents": 1, "children_under_18": 2, "parents_willing": 1}}}}"#
        )
    };
    // Friday 17:00 gives Saturday 17:00; the nights of 27 March and 30 October 2010 have 23 and 25 hours.
    for (at, due) in [
        ("2010-03-05T17:00", "due Sat 2010-03-06 17:00"),
        ("2010-03-27T17:00", "due Sun 2010-03-28 18:00"),
        ("2010-10-30T17:00", "due Sun 2010-10-31 16:00"),
    ] {
        has(&played(FAMILIES_FIRST, &[&crisis(at)], &at[..10]), &[due]);
    }
    let late = played(FAMILIES_FIRST, &[&crisis("2010-03-05T17:00")], "2010-03-07");
    has(
        &late,
        &[
            "visit `arrival` overdue",
            "24 hours from Fri 2010-03-05 17:00: Sat 2010-03-06 17:00",
            "told youth_care",
        ],
    );
}

/// The events of a family up to the last talk of the second half.
fn family(rest: &[&str]) -> Vec<String> {
    let start = [
        r#"{"at": "2010-03-01T09:00", "case": "f", "trigger": "crisis_report", "data": {"placement_threatens": "yes", "parents": 1, "children_under_18": 2, "parents_willing": 1}}"#,
        r#"{"at": "2010-03-01T20:00", "case": "f", "event": "arrival done"}"#,
        r#"{"at": "2010-03-03T12:00", "case": "f", "event": "talks done"}"#,
        r#"{"at": "2010-03-05T12:00", "case": "f", "event": "goals done"}"#,
        r#"{"at": "2010-03-16T12:00", "case": "f", "event": "evaluation done", "data": {"goals_met": "some"}}"#,
        r#"{"at": "2010-03-24T12:00", "case": "f", "event": "network done"}"#,
        r#"{"at": "2010-03-25T12:00", "case": "f", "event": "relapse_plan done"}"#,
    ];
    start.iter().chain(rest).map(|line| (*line).to_owned()).collect()
}

fn played_family(rest: &[&str], until: &str) -> String {
    let events = family(rest);
    played(FAMILIES_FIRST, &events.iter().map(String::as_str).collect::<Vec<_>>(), until)
}

#[test]
fn families_first_evaluates_after_two_weeks() {
    let timeline = played_family(&[], "2010-03-26");
    has(
        &timeline,
        &["Mon 2010-03-15 20:00  for worker: task `evaluation`", "2 weeks from Mon 2010-03-01 20:00"],
    );
}

#[test]
fn families_first_extends_once_and_at_most_two_weeks() {
    let extended = played_family(
        &[
            r#"{"at": "2010-03-29T12:00", "case": "f", "event": "closing_talk done", "data": {"goals_met": "some", "extension_needed": "yes"}}"#,
        ],
        "2010-05-10",
    );
    has(
        &extended,
        &[
            "Mon 2010-03-29 12:00",
            "entered `extension`",
            "Tue 2010-04-13 00:00",
            "entered `handing_over`",
            "2 weeks from Mon 2010-03-29",
        ],
    );
    assert_eq!(extended.matches("entered `extension`").count(), 1, "{extended}");
}

#[test]
fn families_first_abuse_leads_to_the_safety_stage_and_back() {
    let timeline = played_family(
        &[
            r#"{"at": "2010-03-25T13:00", "case": "f", "event": "abuse", "by": "worker"}"#,
            r#"{"at": "2010-03-26T11:00", "case": "f", "event": "safety_check done", "data": {"abuser_measure": "placed_out", "child_protected": "yes", "other_parent_view": "knows"}}"#,
        ],
        "2010-03-26",
    );
    has(&timeline, &["entered `safety`", "back in `second_half`, with its clocks as they were"]);
    let placed_out = played_family(
        &[
            r#"{"at": "2010-03-25T13:00", "case": "f", "event": "abuse", "by": "worker"}"#,
            r#"{"at": "2010-03-26T11:00", "case": "f", "event": "safety_check done", "data": {"abuser_measure": "neither", "child_protected": "yes", "other_parent_view": "knows"}}"#,
        ],
        "2010-03-26",
    );
    has(&placed_out, &["ended in `placed_out_of_home` (failure)"]);
}

#[test]
fn families_first_does_not_close_before_follow_up_help_has_started() {
    let closing = r#"{"at": "2010-03-29T12:00", "case": "f", "event": "closing_talk done", "data": {"goals_met": "all", "extension_needed": "no"}}"#;
    let open = played_family(&[closing], "2010-04-06");
    has(&open, &["f: in `handing_over`", "follow-up help has not started", "waits for referral `follow_up`"]);
    let taken_up =
        r#"{"at": "2010-04-01T12:00", "case": "f", "event": "follow_up taken_up", "by": "regular"}"#;
    has(&played_family(&[closing, taken_up], "2010-04-20"), &["f: in `outcome`"]);
}

#[test]
fn school_calls_the_same_day_and_offers_a_visit() {
    let absence =
        r#"{"at": "2009-03-02T09:10", "case": "p", "trigger": "unreported_absence", "by": "teacher"}"#;
    let unreachable =
        r#"{"at": "2009-03-02T15:00", "case": "p", "event": "phone_call unreachable", "by": "mentor"}"#;
    let not_called = played(SCHOOL, &[absence], "2009-03-03");
    has(
        &not_called,
        &[
            "Mon 2009-03-02 22:00  reminded mentor",
            "task `phone_call` slipped",
            "not phoned on the day itself",
        ],
    );
    let visit = played(SCHOOL, &[absence, unreachable], "2009-03-02");
    has(
        &visit,
        &[
            "entered `visiting`",
            "visit `home_visit` (Huisbezoek aan leerling en/of ouders), by mentor: offered",
        ],
    );
}

#[test]
fn school_notices_a_list_that_is_not_handed_in() {
    let lesson = r#"{"at": "2009-03-02T10:00", "case": "l", "trigger": "lesson_held", "by": "school"}"#;
    let timeline = played(SCHOOL, &[lesson], "2009-03-04");
    has(
        &timeline,
        &["reminded teacher", "task `attendance_list` overdue", "for coordinator: task `get_list`"],
    );
}

/// Every fact of a protocol names parts that carry it out, and they are all there: an unknown name is refused.
#[test]
fn every_fact_is_carried_out() {
    let place = Place::new();
    for (pathway, count) in [(EROPAF, 20), (FAMILIES_FIRST, 18), (SCHOOL, 11)] {
        let source = std::fs::read_to_string(place.path().join(pathway)).expect("the example");
        let facts: Vec<&str> = source.lines().filter(|line| line.trim_start().starts_with("\"P")).collect();
        assert_eq!(facts.len(), count, "{pathway}");
        let fact = facts.first().expect("a fact");
        let (before, from) = source.split_at(source.find(fact).expect("there"));
        let broken = from.replacen(" in ", " in nothing_such, ", 1);
        place.write("broken.pathway", format!("{before}{broken}"));
        let found = place.run(&["check", "broken.pathway"]).out;
        assert!(found.contains("`nothing_such` is not declared") && found.contains("1 error,"), "{found}");
    }
}

/// A case stays on the version that it was opened under.
#[test]
fn a_new_version_is_for_new_cases() {
    let place = Place::new();
    let source = std::fs::read_to_string(place.path().join(EROPAF)).expect("the example");
    let open = |label: &str| {
        let words = [
            "case",
            "open",
            "--db",
            "a.db",
            "--pathway",
            "now.pathway",
            label,
            "other_report",
            "--by",
            "worker",
            "--at",
            "2008-03-03T10:00",
        ];
        place.run(&words).out
    };
    place.write("now.pathway", &source);
    assert!(open("old").contains("due at the end of Wed 2008-03-05"));
    let newer = source.replacen("2008.1", "2008.2", 1).replacen(
        "by worker within 2 working days",
        "by worker within 4 working days",
        1,
    );
    place.write("now.pathway", newer);
    assert!(open("new").contains("due at the end of Fri 2008-03-07"));
    let listed = place.run(&["case", "list", "--db", "a.db"]).out;
    has(&listed, &["eropaf 2008.1", "eropaf 2008.2"]);
    has(&place.run(&["case", "why", "--db", "a.db", "old"]).out, &["2 working days from"]);
    has(&place.run(&["case", "why", "--db", "a.db", "new"]).out, &["4 working days from"]);
}
