//! Cases that start cases of another pathway, through the program and its database.

use crate::program::Place;

const PATHWAY: &str = include_str!("../crates/voordeur-scenario/tests/constructs/children.pathway");

#[test]
fn a_household_waits_for_the_talk_with_each_child() {
    let place = Place::new();
    place.write("household.pathway", PATHWAY);
    let steps: [&[&str]; 4] = [
        &[
            "case",
            "open",
            "--db",
            "a.db",
            "--pathway",
            "household.pathway",
            "house-a",
            "found",
            "--by",
            "worker",
            "children=2",
            "urgent=no",
            "--at",
            "2024-01-08T10:00",
        ],
        &[
            "case",
            "event",
            "--db",
            "a.db",
            "house-a-talks-1",
            "speak done",
            "--by",
            "worker",
            "worried=no",
            "--at",
            "2024-01-09T10:00",
        ],
        &["case", "advance", "--db", "a.db", "--until", "2024-01-23"],
        &["case", "list", "--db", "a.db"],
    ];
    let mut shown = String::new();
    for words in steps {
        let ran = place.run(words);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{words:?}");
        shown.push_str(&format!("$ voordeur {}\n{}", words.join(" "), ran.out));
    }
    insta::assert_snapshot!(shown);
}
