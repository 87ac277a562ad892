//! What is declared around the machine, names that are gone, and settings that have another value from a day on.

use voordeur_diff::{Comparison, Finding, Kind, Level, Publication, Subject, Version, compared, json, text};
use voordeur_messages::{Lang, speaking};
use voordeur_protocol::{Compiled, compile_with};
use voordeur_verify::Budget;

const DOOR: &str = r#"pathway door "At the door" {
  version "1"
  lead house
  basis public_task "A test"
  keep case for 15 years after closing
  agency house "House"
  agency gp "GP"
  role worker "Worker" of house trained in "talking"
  role chief "Chief" of house
  data { months count 0..9 "Months of arrears" shared with gp sensitive
         kids yes_no "Kids"
         age count 0..120 "Age" kept because "a test" }
  trigger report_in from anyone { asks months, kids  when months >= 2 -> talk  otherwise -> good }
  event alarm "Alarm" from gp
  stage talk "Talk" {
    must visit first_visit "Home visit" by worker within 5 days attempts 3, 1 to 3 days apart
    on first_visit done when kids -> helping
    on first_visit done otherwise -> good
    on first_visit refused   -> bad
    on first_visit exhausted -> bad
    on first_visit overdue   escalate late
  }
  stage helping "Help" {
    must refer to_gp
    on to_gp taken_up -> good
    on to_gp exhausted notify chief -> bad
  }
  always { on alarm notify chief }
  referral to_gp "To the GP" { to gp  hands over months warm accept within 5 working days contact within 10 working days declined or overdue: ask again once, then exhausted }
  escalation late "Late" { at once notify chief  after 2 working days task take_over "Take over" by chief within 1 working day }
  end good "Good" success no aftercare because "the visit is all there is"
  end bad "Bad" failure
}
"#;

fn compiled(text: &str) -> Compiled {
    let compiled = compile_with("door.pathway", text, &mut |_, path| Err(path.to_owned().into()));
    assert!(!compiled.has_errors(), "{:#?}", compiled.problems);
    compiled
}

fn version<'a>(one: &'a Compiled, texts: &'a [(String, String)]) -> Version<'a> {
    Version { texts, pathways: one.own(), promises: &one.promises, sources: &one.sources }
}

fn of(old: &str, new: &str) -> Comparison {
    let one = |text: &str| vec![("door.pathway".to_owned(), text.to_owned())];
    let (before, after, old, new) = (one(old), one(new), compiled(old), compiled(new));
    compared(version(&old, &before), version(&new, &after), Budget { states: 20_000 })
}

fn changed(from: &str, to: &str) -> String {
    assert!(DOOR.contains(from), "{from}");
    DOOR.replace(from, to)
}

/// What is told, without fingerprints.
fn told(comparison: &Comparison) -> Vec<String> {
    let line = |one: &Finding| format!("{}: {}", one.level.word(), one.title);
    comparison.findings().iter().map(line).collect()
}

/// An agency is each of its roles, and one role is not another one.
#[test]
fn which_role_of_an_agency_may_report_is_told() {
    let door = |from: &str| {
        let roles = "worker \"Worker\" of house";
        assert!(DOOR.contains(roles));
        let two = DOOR.replace(roles, &format!("desk of house\n  role {roles}"));
        two.replace("Alarm\" from gp", &format!("Alarm\" from {from}"))
    };
    let level = |old: &str, new: &str| told(&of(&door(old), &door(new)));
    assert_eq!(
        level("worker", "house"),
        ["strengthens: alarm, who may report it: worker of house becomes house"]
    );
    assert_eq!(level("house", "worker"), ["breaks: alarm, who may report it: house becomes worker of house"]);
    assert_eq!(
        level("worker", "desk"),
        ["breaks: alarm, who may report it: worker of house becomes desk of house"]
    );
    assert_eq!(level("house", "house, desk"), ["editorial: event alarm has changed"]);
}

/// What is only declared is told with its level; that no household is treated differently, and that a correction will do, is
/// not said beside it.
#[test]
fn what_is_declared_is_told() {
    let table = [
        ("in from anyone", "in from gp", "breaks: report_in, who may report it: anyone becomes gp"),
        (
            "Alarm\" from gp",
            "Alarm\" from worker",
            "breaks: alarm, who may report it: gp becomes worker of house",
        ),
        (
            "Alarm\" from gp",
            "Alarm\" from anyone",
            "strengthens: alarm, who may report it: gp becomes anyone",
        ),
        ("0..9", "0..8", "breaks: months, which answers it takes: count 0..9 becomes count 0..8"),
        ("0..9", "0..20", "shifts: months, which answers it takes: count 0..9 becomes count 0..20"),
        (
            "asks months, kids",
            "asks months, kids, age",
            "breaks: report_in, what is asked: months, kids becomes months, kids, age",
        ),
        ("yes_no \"Kids\"", "yes_no? \"Kids\"", "shifts: kids, must be answered: yes becomes no"),
        (
            "\"Bad\" failure",
            "\"Bad\" success no aftercare because \"a test\"",
            "shifts: bad, what the end means: failure becomes success",
        ),
        (
            "version \"1\"",
            "version \"1\" until 2026-12-31",
            "weakens: version, for reports until: nothing becomes 2026-12-31",
        ),
        (
            "worker \"Worker\" of house",
            "worker \"Worker\" of gp",
            "shifts: worker, of which agency: house becomes gp",
        ),
        (
            "\"Kids\"",
            "\"Kids\" shared with gp",
            "shifts: kids, with whom it may be shared: nothing becomes gp",
        ),
        ("shared with gp sensitive", "shared with gp", "shifts: months, sensitive: yes becomes no"),
        ("15 years", "10 years", "shifts: keep, how long a closed case is kept: 15 years becomes 10 years"),
        (" trained in \"talking\"", "", "shifts: worker, trained in: talking becomes nothing"),
    ];
    for (from, to, line) in table {
        let new = changed(from, to);
        // Without its question the condition would not be decided.
        let new = if to.contains('?') { new.replace("when kids", "when known kids and kids") } else { new };
        let comparison = of(DOOR, &new);
        assert!(told(&comparison).contains(&line.to_owned()), "{to}: {:#?}", told(&comparison));
        assert!(!comparison.is_proven_same() && !comparison.is_empty(), "{to}");
        let text = text(&comparison);
        assert!(!text.contains("No household"), "{to}: {text}");
        assert!(
            !text.contains("a correction of the published version will do")
                || line.starts_with("strengthens"),
            "{text}"
        );
        let (there, back) = (comparison.findings(), of(&new, DOOR).findings());
        let own = |all: &[Finding]| all.iter().filter(|one| one.subject == Subject::Declared).count();
        assert_eq!(own(&there), own(&back), "the way back is told as well: {to}");
    }
}

/// Of what is declared around the machine the machine itself is still proven to be the same, and that is said.
#[test]
fn what_both_take_is_answered_alike() {
    let comparison = of(DOOR, &changed("0..9", "0..8"));
    insta::assert_snapshot!(text(&comparison));
    let schema = include_str!("../../../docs/schemas/diff.schema.json");
    let schema = serde_json::from_str(schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let told = json(&comparison);
    assert!(validator.is_valid(&told), "{:#?}", validator.iter_errors(&told).collect::<Vec<_>>());
    assert!(matches!(Publication::of(&comparison), Publication::NewVersion { .. }));
    let wording = of(DOOR, &changed("\"Months of arrears\"", "\"Months behind\""));
    assert!(wording.is_proven_same() && wording.levels() == [Level::Editorial]);
}

/// A new version that begins on a day of its own refuses nobody: the one before it goes on until then.
#[test]
fn a_version_of_its_own_begins_on_its_day() {
    // Of what is new more is asked.
    let old = changed("1 to 3 days apart", "1 to 3 days apart records kids");
    let next = of(&old, &old.replace("version \"1\"", "version \"2\" from 2027-01-01"));
    assert!(next.is_proven_same(), "{:?}", told(&next));
    let later = of(&old, &old.replace("version \"1\"", "version \"1\" from 2027-01-01"));
    assert_eq!(later.levels().first(), Some(&Level::Weakens));
}

/// Whoever reports that a visit was made must answer one question more: the example says where, the level that programs cannot
/// follow; once.
#[test]
fn one_question_more_of_what_is_done_breaks() {
    let asked = |fields: &str| changed("1 to 3 days apart", &format!("1 to 3 days apart records {fields}"));
    let one = |new: &str| {
        let findings = of(&asked("kids"), new).findings();
        let asks: Vec<_> = findings.into_iter().filter(|one| one.title.contains("what is asked")).collect();
        assert_eq!(asks.len(), 1, "{asks:#?}");
        (asks[0].level, asks[0].examples.len())
    };
    assert_eq!(one(&asked("kids, age")), (Level::Breaks, 1));
    assert_eq!(one(&asked("kids, age").replace("120 \"Age\"", "120? \"Age\"")), (Level::Shifts, 1));
}

/// What open cases are in, and what is reported, cannot be followed under another name.
#[test]
fn a_name_that_is_gone_breaks() {
    let visit = of(DOOR, &DOOR.replace("first_visit", "home_visit"));
    assert!(told(&visit).contains(&"breaks: visit first_visit is gone".to_owned()), "{:#?}", told(&visit));
    let path = of(DOOR, &DOOR.replace("pathway door", "pathway deur"));
    let expected =
        "breaks: pathway door is gone, and deur stands in its place; no `was` says that it is the same";
    assert_eq!(told(&path).first().map(String::as_str), Some(expected));
    assert!(!text(&path).contains("No household") && !path.is_proven_same());
    // A stage says it by itself, and once.
    let stage = of(DOOR, &DOOR.replace("take_over", "step_in"));
    let gone = told(&stage).iter().filter(|line| line.contains("is gone")).count();
    assert_eq!(gone, 1, "{:#?}", told(&stage));
}

/// With `was` it is a rename, told once; and a rename is no correction.
#[test]
fn an_obligation_with_another_name_is_a_rename() {
    let new = DOOR
        .replace("first_visit", "home_visit")
        .replace("visit home_visit \"", "visit home_visit was first_visit \"");
    let comparison = of(DOOR, &new);
    let kinds: Vec<&Kind> = comparison.changes.iter().map(|one| &one.kind).collect();
    assert_eq!(kinds, [&Kind::Renamed { from: "first_visit".to_owned() }], "{:#?}", comparison.changes);
    let one = comparison.changes.first().expect("a change");
    assert_eq!((one.what.as_str(), one.name.as_str(), one.new_line), ("visit", "home_visit", one.old_line));
    assert!(matches!(Publication::of(&comparison), Publication::NewVersion { .. }));
    assert!(comparison.is_proven_same());
}

/// Under which rule a term ends is part of it: who accepts one has not accepted the other.
#[test]
fn the_regime_of_a_term_is_told() {
    let under =
        |regime: &str| of(DOOR, &changed("5 days attempts", &format!("5 days {regime} attempts"))).findings();
    let (act, eu) = (under("statutory"), under("eu"));
    let term = |all: &[Finding]| all.iter().find(|one| one.title.contains("term")).cloned().expect("a term");
    let (act, eu) = (term(&act), term(&eu));
    assert_eq!(act.title, "first_visit, term: 5 days becomes 5 days by the act on terms");
    assert_eq!(eu.title, "first_visit, term: 5 days becomes 5 days by the regulation of the EU");
    assert_ne!(act.fingerprint, eu.fingerprint);
}

/// What was accepted in one language is accepted in the other one.
#[test]
fn fingerprints_are_those_of_both_languages() {
    let alarmed = changed(
        "always { on alarm notify chief }",
        "always { on alarm notify chief  on consent withdrawn -> bad }",
    );
    let declared = changed("15 years", "10 years").replace("from anyone", "from gp, worker");
    for new in [alarmed, declared] {
        assert!(!of(DOOR, &new).findings().is_empty());
        let all = || of(DOOR, &new).findings().into_iter().map(|one| one.fingerprint).collect::<Vec<_>>();
        let (english, dutch) = (speaking(Lang::En, all), speaking(Lang::Nl, all));
        assert_eq!(english, dutch);
    }
}

fn with_setting(values: &str) -> String {
    changed("within 5 days", "within term")
        .replace("  lead house", &format!("  lead house\n  setting term = {values}"))
}

/// A setting that has another value from a day on is shown by a report of such a day, told once, and with the day.
#[test]
fn a_value_from_a_day_on_is_for_reports_from_that_day() {
    let (old, new) = (with_setting("5 days"), with_setting("5 days from 2027-06-01 = 9 days"));
    let comparison = of(&old, &new);
    assert_eq!(comparison.pathways.len(), 1);
    let weaker: Vec<Finding> =
        comparison.findings().into_iter().filter(|one| one.level == Level::Weakens).collect();
    assert_eq!(weaker.len(), 1, "{}", text(&comparison));
    let one = weaker.first().expect("one");
    assert_eq!(one.title, "first_visit, term: 5 days becomes 9 days (reported from 2027-06-01)");
    let told = text(&comparison);
    assert!(!told.contains("No household") && told.contains("they part Mon 2027-06-07 10:00"), "{told}");
    assert_eq!(json(&comparison)["findings"][0]["reported_from"], "2027-06-01");
    // The other way round it is better from that day on.
    let back = of(&new, &old).findings();
    assert_eq!(back.first().map(|one| one.level), Some(Level::Strengthens));
}

/// What differs on all days is told once, without a day; what differs until a day is told with that.
#[test]
fn what_is_so_on_all_days_has_no_day() {
    let values = "5 days from 2027-06-01 = 9 days";
    let (old, new) = (with_setting(values), with_setting(values).replace("months >= 2", "months >= 4"));
    let findings = of(&old, &new).findings();
    let own: Vec<&Finding> = findings.iter().filter(|one| one.subject == Subject::Household).collect();
    assert!(own.iter().all(|one| !one.title.contains("(reported")), "{own:#?}");
    let first = with_setting("6 days from 2027-06-01 = 9 days");
    let findings = of(&old, &first).findings();
    assert_eq!(
        findings.first().map(|one| one.title.as_str()),
        Some("first_visit, term: 5 days becomes 6 days (reported until 2027-05-31)")
    );
}

const SERIES: &str = r#"pathway door "At the door" {
  version "1"
  lead house
  agency house "House"
  agency gp "GP"
  role worker "Worker" of house
  trigger report_in from anyone { -> talk }
  stage talk "Talk" {
    must series vis "Visits" by worker { 2 visits in 2 months }
    on vis missed notify worker
    on vis refused -> bad
    on vis all_done -> helping
    on vis over -> bad
  }
  stage helping "Help" {
    must refer to_gp
    on to_gp taken_up -> good
    on to_gp exhausted notify worker -> bad
  }
  referral to_gp "To the GP" { to gp accept within 5 working days contact within 10 working days declined or overdue: ask again once, then exhausted }
  end good "Good" success no aftercare because "x"
  end bad "Bad" failure
}
"#;

/// When the visits are over is a consequence of how many there are.
#[test]
fn one_more_visit_is_no_weakening() {
    let more = of(SERIES, &SERIES.replace("2 visits", "3 visits"));
    assert!(!more.levels().contains(&Level::Weakens), "{:#?}", told(&more));
    assert!(more.levels().contains(&Level::Strengthens), "{:#?}", told(&more));
    let fewer = of(&SERIES.replace("2 visits", "3 visits"), SERIES);
    assert!(fewer.levels().contains(&Level::Weakens), "{:#?}", told(&fewer));
}
