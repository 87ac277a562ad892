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

const PARENT: &str = r#"pathway door "Door" {
  version "1"
  lead house
  agency house
  role worker of house
  data { kids count 0..3 }
  trigger signal from anyone { asks kids -> first }
  stage first at most 2 times, else -> bad {
    must start talks { pathway kid through kid_found for each kids }
    on talks all_ended -> second
  }
  stage second {
    must task x by worker within 2 weeks
    on x done -> good
    on x overdue -> first
  }
  end good success no aftercare because "short"
  end bad failure
}
pathway kid {
  version "1"
  lead house
  agency house
  role worker of house
  trigger kid_found from house { -> talk }
  stage talk {
    must task speak by worker within 2 weeks
    on speak done -> fine
    on speak overdue -> worse
  }
  end fine success no aftercare because "short"
  end worse failure
}
"#;

/// One case, with one child, and nobody does anything.
const KNOCK: &str =
    r#"{"at": "2026-03-16T10:00", "case": "a", "trigger": "signal", "by": "anyone", "data": {"kids": 1}}"#;

#[test]
fn what_is_started_a_second_time_is_a_case_of_its_own() {
    let place = Place::new();
    place.write("door.pathway", PARENT);
    place.write("knock.jsonl", KNOCK);
    let ran = place.run(&["run", "door.pathway", "--events", "knock.jsonl", "--until", "2026-12-31"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let heads: Vec<&str> = ran.out.lines().filter(|line| line.contains(": ended in")).collect();
    let each = [
        "a: ended in `bad` (failure)",
        "a-talks-1: ended in `worse` (failure)",
        "a-talks-2: ended in `worse` (failure)",
    ];
    assert_eq!(heads, each, "{}", ran.out);
}

#[test]
fn a_label_that_somebody_else_has_is_passed_over() {
    let place = Place::new();
    place.write("door.pathway", PARENT);
    let other = KNOCK.replace("\"a\"", "\"a-talks-1\"").replace("1}", "0}");
    place.write("knock.jsonl", format!("{other}\n{}", KNOCK.replace("10:00", "11:00")));
    let ran = place.run(&["run", "door.pathway", "--events", "knock.jsonl", "--until", "2026-03-20"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("\na-talks-2: in `talk`\n"), "{}", ran.out);
}

#[test]
fn pathways_that_start_cases_of_each_other_are_refused() {
    let place = Place::new();
    let plain = PARENT
        .replace("anyone { asks kids -> first }", "anyone, house { -> first }")
        .replace(" for each kids", "");
    let back = plain
        .replace(
            "must task speak by worker within 2 weeks",
            "must start back { pathway door through signal }",
        )
        .replace("on speak done -> fine\n    on speak overdue -> worse", "on back all_ended -> fine")
        .replace("  end worse failure\n", "");
    place.write("door.pathway", back);
    place
        .write("self.pathway", plain.replace("pathway kid through kid_found", "pathway door through signal"));
    for (file, told) in [
        ("door.pathway", "`kid` starts cases of `door`, and those start cases of `kid` again"),
        ("self.pathway", "`door` starts cases of itself"),
    ] {
        let ran = place.run(&["check", "--format", "concise", file]);
        assert_eq!(ran.status, 1);
        assert!(ran.out.contains("error[endless-loop]") && ran.out.contains(told), "{}", ran.out);
    }
}
