//! What is decided, and not left open: a series beside an interruption, two changes of which one is nothing, and what shows at a line that
//! has not changed.

mod door;
mod lines;

use voordeur_diff::text;

use crate::door::{both_ways, pathway, told};
use crate::lines::{lines, tells};

/// A series that is held while a stage interrupts it.
fn series() -> String {
    pathway(
        r#"  role nurse "Nurse" of house trained in "n" may help directly
  role chief "Chief" of house
  trigger signal from anyone { otherwise -> course }
  event news from anyone
  stage course "Course" {
    must series visits by nurse { 1 to 3 visits per week for 4 weeks }
    on visits missed notify chief
    on visits refused -> bad
    on visits all_done -> good
    on visits over -> bad
  }
  stage calm "Calm" {
    must task look by nurse within 2 days
    on look done -> back
    on look overdue -> back
  }
  always { on news -> calm }"#,
    )
}

#[test]
fn a_series_that_takes_longer_is_told_beside_an_interruption() {
    let (four, five) = ("1 to 3 visits per week for 4 weeks", "1 to 3 visits per week for 5 weeks");
    tells(
        &series(),
        ("for 4 weeks", "for 5 weeks"),
        [
            &[&format!("strengthens: visits, how many: {four} becomes {five}"), "where: course"],
            &[&format!("weakens: visits, how many: {five} becomes {four}"), "where: course"],
        ],
    );
    // How long the periods and the whole have left while they are held is known in both: else more has to be told apart.
    let [there, back] = both_ways(&series(), ("for 4 weeks", "for 5 weeks")).map(|one| one.situations());
    assert!(there < 600 && back < 600, "{there} {back}");
}

/// How often a period came due while it was held need not be known for what comes of the first one.
#[test]
fn a_missed_period_that_ends_the_case_is_told_beside_an_interruption() {
    let both = both_ways(&series(), ("on visits missed notify chief", "on visits missed -> bad"));
    let [there, back] = both.each_ref().map(lines);
    assert!(there[0].starts_with("weakens: chief is told becomes the case ends: bad"), "{there:#?}");
    assert!(back[0].starts_with("strengthens: the case ends: bad becomes chief is told"), "{back:#?}");
    let open = |all: &[String]| all.iter().any(|line| line.starts_with("undecided"));
    assert!(!open(&there) && !open(&back), "{there:#?} {back:#?}");
}

/// Two stages, of which one is opened by the report alone.
fn stages() -> String {
    pathway(
        r#"  agency debt "Debt help" contact desk
  role desk "Desk" of debt
  role chief "Chief" of house
  data { urgent yes_no "Urgent"  months count 0..9 "Months" shared with debt }
  trigger signal from anyone { asks urgent, months  when urgent -> crisis  otherwise -> inviting }
  event news from anyone
  stage crisis "Crisis" {
    must visit now by worker within 2 days attempts 2
    on now done -> handing
    on now refused -> bad
    on now exhausted -> bad
    on now overdue notify chief
  }
  stage inviting "Inviting" {
    must visit talk by worker within 3 weeks attempts 2
    on talk done -> handing
    on talk refused -> bad
    on talk exhausted -> bad
    on talk overdue notify chief
  }
  stage handing "Handing" {
    must refer to_debt
    may task note by worker within 3 days
    on to_debt taken_up -> good
    on note overdue notify chief
    on to_debt exhausted -> bad
  }
  stage calm "Calm" {
    must task look by worker within 2 days
    on look done -> back
    on look overdue -> back
  }
  referral to_debt "Debt help" {
    to debt  hands over months  accept within 5 working days  contact within 4 weeks
    declined or overdue: ask again once, then exhausted
  }
  always { on news -> calm }"#,
    )
}

/// A term that counts from the report and is the same for all is so beside another change as well.
#[test]
fn a_term_that_is_the_same_for_all_stays_so_beside_another_change() {
    let new = stages()
        .replace("now by worker within 2 days", "now by worker within 2 days of report")
        .replace("on now exhausted -> bad", "on now exhausted -> inviting");
    let found = told(&stages(), &new);
    assert_eq!(
        lines(&found),
        ["strengthens: the case ends: bad becomes talk begins", "where: crisis; calm"],
        "{}",
        text(&found)
    );
}

/// In the stage that interrupts it shows at a line that stands as it did: told with the line that has changed.
#[test]
fn what_shows_at_an_unchanged_line_as_well_is_told_once() {
    let new = stages()
        .replace("    must refer to_debt\n    may task note", "    must task note")
        .replace("    on to_debt taken_up", "    on note done refer to_debt\n    on to_debt taken_up");
    let found = told(&stages(), &new);
    let gone = "no more: to_debt begins, to_debt goes to desk";
    assert_eq!(text(&found).matches(gone).count(), 1, "{}", text(&found));
}

/// What shows only where somebody is referred in the last weeks of a long series has a history in which that is reported then.
#[test]
fn what_is_reported_just_before_a_long_series_is_over_is_shown() {
    tells(
        include_str!("../../../dsl-examples/op-de-rails/op-de-rails.pathway"),
        ("on visits_to_family over     -> no_contract", "on visits_to_family over     -> handing_over"),
        [
            &[
                "strengthens: the case ends: no_contract becomes the case goes to handing_over",
                "where: coaching",
                "strengthens: the case ends: no_contract becomes phone after 1 month begins, look_in after 3 months begins",
                "where: coaching",
            ],
            &[
                "weakens: the case goes to handing_over becomes the case ends: no_contract",
                "where: coaching",
                "weakens: phone after 1 month begins, look_in after 3 months begins becomes the case ends: no_contract",
                "where: coaching",
            ],
        ],
    );
}
