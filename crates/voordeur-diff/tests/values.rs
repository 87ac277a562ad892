//! Who approves a value has not approved another one: what a fingerprint holds of what has changed.

use std::collections::BTreeSet;

use voordeur_diff::{Comparison, Finding, Subject, Version, compared, text};
use voordeur_messages::{Lang, speaking};
use voordeur_protocol::{Compiled, compile_with};
use voordeur_syntax::{format, translate};
use voordeur_verify::Budget;

const DOOR: &str = r#"pathway door "At the door" {
  version "1"
  lead house
  calendar nl
  school calendar "2026" from 2026-01-01 to 2028-12-31 {
    closed 2026-10-17 to 2026-10-25 "Autumn"
  }
  agency house "House"
  role worker "Worker" of house
  role chief "Chief" of house
  data {
    months count 0..9 "Months of arrears"
    urgent yes_no "Urgent"
    born birthdate
    waits yes_no
  }
  event paid "Paid" from worker
  event letter from worker
  eligible when age of born >= 18, else -> elsewhere
  trigger report_in "Report" from anyone { asks months, urgent, born  when months >= 2 -> talk  otherwise -> advice }
  stage advice "Advice" {
    must task advise "Advise" by worker within 2 weeks
    on advise done when urgent -> bad
    on advise done otherwise -> good
    on advise overdue notify chief -> bad
  }
  stage talk "Talk" {
    must visit home "Home visit" by worker within 2 teaching weeks attempts 3, 1 to 3 days apart only on working days 09:00 to 20:00
    on home done when months >= 5 -> bad
    on home done otherwise -> good
    on home refused -> bad
    on home exhausted -> bad
    on home overdue notify chief
    on letter record waits = yes
    when waits notify house "waits"
    every 2 weeks notify worker "papers?"
    after 3 months -> bad
  }
  always { on paid -> good }
  end good "Good" success no aftercare because "the visit is all there is"
  end bad "Bad" failure
  end elsewhere "Elsewhere" other
}
"#;

fn compiled(text: &str) -> Compiled {
    let mut load = |_: &str, path: &str| Err(path.to_owned().into());
    let compiled = compile_with("p.pathway", text, &mut load);
    assert!(!compiled.has_errors(), "{:#?}", compiled.problems);
    compiled
}

fn version<'a>(one: &'a Compiled, texts: &'a [(String, String)]) -> Version<'a> {
    Version { texts, pathways: one.own(), promises: &one.promises, sources: &one.sources }
}

fn of(old: &str, new: &str) -> Comparison {
    let texts = [old, new].map(|text| [("p.pathway".to_owned(), text.to_owned())]);
    let (old, new) = (compiled(old), compiled(new));
    compared(version(&old, &texts[0]), version(&new, &texts[1]), Budget { states: 20_000 })
}

fn changed(from: &str, to: &str) -> String {
    assert!(DOOR.contains(from), "{from}");
    DOOR.replacen(from, to, 1)
}

/// The fingerprints of what households meet, and of what was not decided of it.
fn marks(old: &str, new: &str) -> Vec<String> {
    let comparison = of(old, new);
    let is_meant = |one: &Finding| matches!(one.subject, Subject::Household | Subject::Unconfirmed);
    let all = comparison.findings();
    let marks: Vec<String> = all.into_iter().filter(is_meant).map(|one| one.fingerprint).collect();
    assert!(!marks.is_empty(), "{}", text(&comparison));
    marks
}

/// Each of these makes the same difference with another value: no approval of one holds for another.
#[test]
fn another_value_needs_another_approval() {
    let all: [(&str, &[&str]); 9] = [
        ("age of born >= 18", &["age of born >= 19", "age of born >= 65", "age of born >= 90"]),
        ("when months >= 2", &["when months >= 3", "when months >= 4", "when months >= 9"]),
        ("done when months >= 5", &["done when months >= 6", "done when months >= 8"]),
        ("after 3 months", &["after 12 weeks", "after 4 months", "after 9 months", "after 20 years"]),
        ("every 2 weeks", &["every 3 weeks", "every 6 weeks"]),
        ("when waits notify", &["when waits and urgent notify", "when waits and months > 7 notify"]),
        ("09:00 to 20:00", &["20:00 to 22:00", "09:00 to 17:00", "10:00 to 20:00"]),
        ("2026-10-17 to 2026-10-25", &["2026-10-24 to 2026-11-01", "2026-10-17 to 2026-11-25"]),
        (
            "on paid -> good",
            &[
                "on paid when months > 1 -> good  on paid otherwise -> bad",
                "on paid when months > 8 -> good  on paid otherwise -> bad",
            ],
        ),
    ];
    for (from, values) in all {
        let mut seen = BTreeSet::new();
        for to in values {
            let new = changed(from, to);
            for (old, new) in [(DOOR, new.as_str()), (new.as_str(), DOOR)] {
                let own: BTreeSet<String> = marks(old, new).into_iter().collect();
                assert!(own.is_disjoint(&seen), "{from} → {to}\n{}", text(&of(old, new)));
                seen.extend(own);
            }
        }
    }
}

/// A condition that looks at the office hours means something else when those are others: that was called proven alike.
#[test]
fn other_office_hours_are_met_by_who_asks_for_them() {
    let old = DOOR
        .replace("  calendar nl\n", "  calendar nl\n  office hours 09:00 to 17:00\n")
        .replace("when months >= 2 -> talk", "when months >= 2 and office_time -> talk");
    let until = |hour: &str| old.replace("to 17:00", &format!("to {hour}"));
    let comparison = of(&old, &until("12:00"));
    assert!(!comparison.is_proven_same(), "{}", text(&comparison));
    let (noon, later): (BTreeSet<_>, BTreeSet<_>) = (
        marks(&old, &until("12:00")).into_iter().collect(),
        marks(&old, &until("19:00")).into_iter().collect(),
    );
    assert!(noon.is_disjoint(&later));
}

/// The hours, and the days of a calendar, are told with their values.
#[test]
fn hours_and_days_are_told() {
    let told = |from: &str, to: &str| text(&of(DOOR, &changed(from, to)));
    let hours = told("09:00 to 20:00", "10:00 to 17:00");
    assert!(
        hours.contains("on working days, 09:00 until 20:00 becomes on working days, 10:00 until 17:00"),
        "{hours}"
    );
    let days = told("2026-10-17 to 2026-10-25", "2026-10-24 to 2026-11-01");
    let expected = "2 teaching weeks, not counting 2026-10-17 through 2026-10-23 becomes 2 teaching weeks, not counting 2026-10-26 through 2026-11-01";
    assert!(days.contains(expected), "{days}");
}

/// In another layout, spelling and language, with other lines and titles, the same value is the same approval.
#[test]
fn the_same_value_is_the_same_approval() {
    let all = [
        ("age of born >= 18", "age of born >= 19"),
        ("when months >= 2", "when months >= 3"),
        ("after 3 months", "after 4 months"),
        ("every 2 weeks", "every 3 weeks"),
        ("09:00 to 20:00", "09:00 to 17:00"),
        ("2026-10-17 to 2026-10-25", "2026-10-17 to 2026-10-23"),
        ("when waits notify", "when waits and urgent notify"),
    ];
    for (from, to) in all {
        let (old, new) = (DOOR.to_owned(), changed(from, to));
        let before = marks(&old, &new);
        let laid_out = |text: &str| format(text).expect("it can be read").text;
        assert_eq!(before, marks(&laid_out(&old), &laid_out(&new)), "{to}");
        let dutch = |text: &str| translate(text, Lang::Nl).expect("it can be translated");
        assert_eq!(before, marks(&old, &dutch(&new)), "{to}");
        assert_eq!(before, speaking(Lang::Nl, || marks(&dutch(&old), &dutch(&new))), "{to}");
        let moved = format!("# first\n\n{}", new.replace("  stage talk", "\n\n  # why\n  stage talk"));
        assert_eq!(before, marks(&old, &moved), "{to}");
        let reworded = new
            .replace("\"Home visit\"", "\"A visit at home\"")
            .replace("\"papers?\"", "\"are the papers there?\"");
        assert_eq!(before, marks(&old, &reworded), "{to}");
    }
}

/// What has changed elsewhere, and is not met on the way, makes no new approval necessary.
#[test]
fn what_is_not_met_is_no_part_of_it() {
    let new = changed("after 3 months", "after 4 months");
    // What was not decided has all that differs in its mark.
    let met = of(DOOR, &new).findings().into_iter().filter(|one| one.subject == Subject::Household);
    let before: Vec<String> = met.map(|one| one.fingerprint).collect();
    assert!(!before.is_empty());
    let other = new.replace("on advise overdue notify chief", "on advise overdue notify house");
    let all = marks(DOOR, &other);
    let told = || format!("{}\n{}", text(&of(DOOR, &new)), text(&of(DOOR, &other)));
    assert!(before.iter().all(|mark| all.contains(mark)), "{}", told());
}

/// What breaks a promise may be anything: another value is another approval.
#[test]
fn a_broken_promise_is_broken_by_a_value() {
    let promised = |text: &str| {
        format!(
            "{}\npromise \"in time\" for door {{\n  every advise is done or overdue within 3 weeks\n}}\n",
            // Who pays ends the case, and keeps no promise.
            text.replace("  always { on paid -> good }\n", "")
        )
    };
    let mark = |to: &str| {
        let new = promised(&changed("within 2 weeks", to));
        let all = of(&promised(DOOR), &new).findings();
        let one = all.into_iter().find(|one| one.subject == Subject::Promise).expect("it is broken");
        one.fingerprint
    };
    assert_ne!(mark("within 5 weeks"), mark("within 50 weeks"));
}
