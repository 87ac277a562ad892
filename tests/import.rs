//! Deliveries of early signals in the exchange format.

use std::fs;

use serde_json::{Value, json};

use crate::program::{Place, Ran};

const PATHWAY: &str = "dsl-examples/early-signals/early-signals.pathway";

fn import(place: &Place, file: &str) -> Ran {
    place.run(&["import", "ddas", file, "--pathway", PATHWAY, "--db", "signals.db", "--format", "json"])
}

fn delivery() -> Value {
    let text = fs::read_to_string(Place::new().path().join("dsl-examples/early-signals/delivery.json"));
    serde_json::from_str(&text.expect("the example")).expect("JSON")
}

#[test]
fn every_record_is_imported_or_reported() {
    let place = Place::new();
    let ran = import(&place, "dsl-examples/early-signals/delivery.json");
    assert_eq!(ran.status, 1, "two records are refused: {ran:?}");
    insta::assert_snapshot!(ran.out);
    let shown = place.run(&["case", "show", "--db", "signals.db", "0999-vs-2025-0003"]).out;
    assert!(
        shown.contains("visit `home_visit` not_home") && shown.contains("ended in `not_reached`"),
        "{shown}"
    );
    // The client is nowhere in the database.
    let bytes = fs::read(place.path().join("signals.db")).expect("the database");
    for personal in ["999999990", "Voorbeeld", "9999XX"] {
        assert!(!bytes.windows(personal.len()).any(|window| window == personal.as_bytes()), "{personal}");
    }
    let again = import(&place, "dsl-examples/early-signals/delivery.json");
    assert!(
        again.out.contains("\"imported\": 0") && again.out.contains("\"imported before\": 4"),
        "{}",
        again.out
    );
}

#[test]
fn a_damaged_record_does_not_stop_the_others() {
    let place = Place::new();
    let mut delivery = delivery();
    let signals = &mut delivery["leveringen"][0]["vroegsignalen"];
    signals[0]["bedrag"] = json!("veel");
    signals[2]["signaaldatum"] = json!("2025-02-30");
    signals[3]["ID"] = json!(999_999_990);
    signals[4]["ID"] = json!("999999990");
    delivery["leveringen"][0]["vroegsignaalzaken"][1]["contactpogingen"][0]["dagdeel"] = json!("Nacht");
    place.write("damaged.json", delivery.to_string());
    let ran = import(&place, "damaged.json");
    assert_eq!(ran.status, 1);
    insta::assert_snapshot!(ran.out);
    assert!(!ran.out.contains("999999990"), "{}", ran.out);
}

#[test]
fn files_that_are_no_delivery() {
    let place = Place::new();
    for (content, part) in [
        ("", "this is no JSON"),
        ("{\"leveringen\": 3}", "no list `leveringen`"),
        ("[]", "no list `leveringen`"),
        ("{\"leveringen\": [{\"vroegsignalen\": [{}]}]}", "`ID` is missing"),
        ("{\"leveringen\": [", "this is no JSON"),
    ] {
        place.write("bad.json", content);
        let ran = import(&place, "bad.json");
        assert_eq!(ran.status, 1, "{content}: {ran:?}");
        assert!(format!("{}{}", ran.out, ran.err).contains(part), "{content}: {ran:?}");
    }
    place.write("bad.json", b"\xff\xfe\x00");
    assert_eq!(import(&place, "bad.json").status, 1);
    assert_eq!(import(&place, "missing.json").status, 2);
    let other = place.run(&[
        "import",
        "ddas",
        "dsl-examples/early-signals/delivery.json",
        "--pathway",
        "dsl-examples/eropaf/eropaf.pathway",
        "--db",
        "x.db",
    ]);
    assert!(other.out.contains("the pathway has no"), "{other:?}");
}
