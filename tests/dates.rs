//! `voordeur date`: the golden dates, with their reasoning.

use crate::program::Place;

#[test]
fn every_step_of_the_reasoning_is_told() {
    let place = Place::new();
    let terms: [&[&str]; 21] = [
        &["6 weeks after 2026-04-02", "--regime", "statutory"],
        &["6 weeks after 2026-11-13"],
        &["3 days after 2026-12-24", "--regime", "statutory"],
        &["2 days after 2026-12-24", "--regime", "eu"],
        &["3 working days after 2027-04-30"],
        &["24 hours after 2026-03-28 14:00"],
        &["18 months after 2026-08-31"],
        &["1 month after 2027-01-31"],
        &["4 days before 2026-05-18"],
        &["4 days before 2026-05-18", "--or-earlier"],
        &["5 werkdagen na 2031-04-25"],
        &["90 minutes after 2026-10-25 01:30"],
        &["13 weeks after 2026-02-12", "--regime", "statutory"],
        &["91 days after 2026-02-12", "--regime", "statutory"],
        &["24 hours after 2026-05-13 10:20", "--regime", "eu"],
        &["5 working days before 2026-05-18"],
        &["15 years after 2011-02-26", "--regime", "statutory"],
        &["1 hour after 2026-10-25T02:30:00+02:00"],
        &["1 hour after 2026-10-25 02:30 +01:00"],
        &["1 month rounded up before 2026-03-31"],
        &["3 days after 2026-12-24T09:15"],
    ];
    let mut shown = String::new();
    for words in terms {
        let ran = place.run(&[&["date"], words].concat());
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{words:?}");
        shown.push_str(&format!("$ voordeur date {}\n{}\n", words.join(" "), ran.out));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn what_is_no_term_is_told() {
    let place = Place::new();
    let wrong: [&[&str]; 17] = [
        &["6 wekes after 2026-04-02"],
        &["6 weeks after 2026-02-30"],
        &["6 weeks"],
        &["99999999 years after 2026-05-13"],
        &["6 weken", "--lang", "nl"],
        &["zes weken na 2026-05-13", "--lang", "nl"],
        &["6 weken na 2026-05-13", "--regime", "foo", "--lang", "nl"],
        &["6 weken na 2026-05-13", "--or-earlier", "--lang", "nl"],
        &["5 hours before 2026-04-02"],
        &["5 days before 2026-04-02", "--regime", "statutory"],
        &["5 days after 2026-04-02", "--or-earlier"],
        &["2 teaching weeks after 2026-04-02"],
        &["1 hour after 2026-10-25 02:30"],
        &["1 hour after 2026-10-25T02:30+25:00"],
        &["1 month before 2026-03-31 rounded up"],
        &["1 maand voor 2026-03-31 naar boven afgerond", "--lang", "nl"],
        &["3 working days after 2150-12-30"],
    ];
    let mut shown = String::new();
    for words in wrong {
        let ran = place.run(&[&["date"], words].concat());
        assert_ne!(ran.status, 0, "{words:?}");
        assert_eq!(ran.out, "");
        shown.push_str(&format!("$ voordeur date {}\n{}exit {}\n\n", words.join(" "), ran.err, ran.status));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn a_regime_goes_by_its_dutch_name_too() {
    let place = Place::new();
    let said = |regime: &str| place.run(&["date", "6 weeks after 2026-04-02", "--regime", regime]).out;
    assert_eq!(said("wettelijk"), said("statutory"));
    assert_eq!(said("eigen"), said("own"));
}

#[test]
fn as_json_the_date_is_a_date() {
    let place = Place::new();
    let date = |term: &str| {
        let ran = place.run(&["date", term, "--format", "json"]);
        let json: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
        json["date"].as_str().expect("a date").to_owned()
    };
    assert_eq!(date("6 weeks after 2026-04-02"), "2026-05-14");
    assert_eq!(date("24 hours after 2026-03-28 14:00"), "2026-03-29");
}
