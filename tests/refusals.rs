//! What is refused changes nothing, and repeats nobody's name or number.

use crate::program::{Place, Ran};

const EROPAF: &str = "dsl-examples/eropaf/eropaf.pathway";

/// Opens a case of the other report, in 2008 unless it is said otherwise.
fn open(place: &Place, label: &str, more: &[&str]) -> Ran {
    let words = ["case", "open", "--db", "a.db", "--pathway", EROPAF, label, "other_report"];
    let by = if more.contains(&"--by") { &[][..] } else { &["--by", "worker"] };
    let at = if more.contains(&"--at") { &[][..] } else { &["--at", "2008-03-03T10:00"] };
    place.run(&[&words[..], by, at, more].concat())
}

#[test]
fn a_case_that_is_not_opened_leaves_no_file_and_is_not_repeated() {
    let place = Place::new();
    for (label, more) in [
        ("Jan de Vries", &[][..]),
        ("1234-56-782", &[]),
        ("06-1234-5678", &[]),
        ("a", &["--household", "Jan Jansen"]),
        ("a", &["--household", "1234-56-782"]),
        ("a", &["--by", "worker/Jan.Jansen"]),
        ("a", &["--by", "worker/06-1234-5678"]),
        ("a", &["--by", "nobody"]),
        ("a", &["--follows", "b"]),
        ("a", &["--at", "2962-01-01T10:00"]),
    ] {
        let ran = open(&place, label, more);
        assert_eq!(ran.status, 1, "{label} {more:?} {ran:?}");
        assert!(!ran.err.contains("Jan") && !ran.err.contains("1234"), "{ran:?}");
        let left = std::fs::read_dir(place.path()).expect("a folder").count();
        assert_eq!(left, 2, "only the links to the examples and the plugins: {label} {more:?}");
    }
    assert_eq!(open(&place, "2026-00123", &[]).status, 0, "offices number their cases so");
}

#[test]
fn what_has_not_come_yet_is_refused_unless_time_is_virtual() {
    let place = Place::new();
    assert_eq!(open(&place, "a", &[]).status, 0);
    let shown = || place.run(&["case", "show", "a", "--db", "a.db"]).out;
    let before = shown();
    let event =
        ["case", "event", "--db", "a.db", "a", "moved_away", "--by", "worker", "--at", "2962-01-01T10:00"];
    let refused = place.run(&event);
    assert_eq!(refused.status, 1);
    assert!(refused.err.contains("has not come yet"), "{refused:?}");
    // Who has no right changes nothing either, whatever time it is.
    let other =
        ["--virtual-clock", "case", "event", "--db", "a.db", "a", "moved_away", "--by", "corporation"];
    let refused = place.run(&[&other[..], &["--at", "2962-01-01T10:00"]].concat());
    assert_eq!(refused.status, 1, "{refused:?}");
    let retention = ["retention", "--db", "a.db", "--at", "2962-01-01T10:00"];
    assert_eq!(place.run(&retention).status, 1);
    assert_eq!(shown(), before);
    assert_eq!(place.run(&[&retention[..], &["--dry-run"]].concat()).status, 0, "it may be looked ahead");
    assert_eq!(place.run(&[&["--virtual-clock"], &event[..]].concat()).status, 0, "it may be played");
    assert!(shown().contains("Fri 2962-01-01 10:00  `moved_away`, by worker"), "{}", shown());
}

/// A year that was mistyped would fire every timer until then.
#[test]
fn time_does_not_go_by_in_a_database_until_a_date_that_has_not_come() {
    let place = Place::new();
    assert_eq!(open(&place, "a", &[]).status, 0);
    let shown = || place.run(&["case", "show", "a", "--db", "a.db"]).out;
    let before = shown();
    let until = ["--until", "2962-01-01"];
    for label in [&[][..], &["a"]] {
        let advance = [&["case", "advance", "--db", "a.db"], label, &until].concat();
        let refused = place.run(&advance);
        assert_eq!(refused.status, 1, "{refused:?}");
        assert!(refused.err.contains("has not come yet"), "{refused:?}");
    }
    assert_eq!(shown(), before);
    let advanced = place.run(&["case", "advance", "--db", "a.db", "--until", "2008-03-04"]);
    assert_eq!(advanced.status, 0, "{advanced:?}");
    let played = place.run(&[&["--virtual-clock", "case", "advance", "--db", "a.db"], &until[..]].concat());
    assert_eq!(played.status, 0, "{played:?}");
    assert_ne!(shown(), before);
}

#[test]
fn what_is_played_into_a_database_has_happened() {
    let place = Place::new();
    let line = |at: &str| format!("{{\"at\": \"{at}\", \"case\": \"a\", \"trigger\": \"other_report\"}}\n");
    place.write("past.jsonl", line("2008-03-03T10:00"));
    place.write("ahead.jsonl", line("2962-03-03T10:00"));
    let play =
        |events: &str, more: &[&str]| place.run(&[&["run", EROPAF, "--events", events], more].concat());
    let db = ["--db", "a.db"];
    for (events, more) in [("ahead.jsonl", &[][..]), ("past.jsonl", &["--until", "2962-04-01"])] {
        let refused = play(events, &[&db[..], more].concat());
        assert_eq!(refused.status, 1, "{refused:?}");
        assert!(refused.err.contains("has not come yet"), "{refused:?}");
        assert!(!place.path().join("a.db").exists(), "nothing was begun");
        assert_eq!(play(events, more).status, 0, "without a database nothing is kept");
    }
    assert_eq!(play("past.jsonl", &[&db[..], &["--until", "2008-03-04"]].concat()).status, 0);
    let virtually = play("ahead.jsonl", &["--db", "b.db", "--virtual-clock"]);
    assert_eq!(virtually.status, 0, "{virtually:?}");
}

/// The journal, and a decree, say why to whoever reads them later.
#[test]
fn a_reason_that_says_nothing_is_refused_wherever_one_is_given() {
    let place = Place::new();
    open(&place, "a", &[]);
    for blank in ["", "  ", "\u{a0}"] {
        for words in [
            &["decree", "2029-05-11"][..],
            &["decree", "2029-05-11", "--apply", "--by", "m-17"],
            &["decree", "--year", "2029", "--apply", "--by", "m-17"],
            &["incidents", "skip", "a/timers", "--by", "worker"],
            &["incidents", "skip", "a/delivery-1"],
        ] {
            let refused = place.run(&[words, &["--because", blank, "--db", "a.db"]].concat());
            assert_eq!(refused.status, 1, "{words:?} {refused:?}");
            assert!(refused.err.contains("a reason that says nothing is none"), "{words:?} {refused:?}");
        }
    }
    assert_eq!(place.run(&["db", "verify", "--db", "a.db"]).status, 0);
    assert_eq!(place.run(&["db", "backup", "--db", "a.db", "copy.db"]).status, 0);
}

#[test]
fn what_is_mistyped_is_not_repeated_when_it_may_be_a_name() {
    let place = Place::new();
    open(&place, "a", &[]);
    for words in [
        &["case", "event", "a", "Jan is ziek", "--by", "worker"][..],
        &["case", "event", "a", "moved_away", "--by", "Jan"],
        &["case", "show", "Jan"],
        &["household", "show", "Jan Jansen"],
        &["export", "--household", "Jan Jansen"],
        &["erase", "--household", "Jan Jansen", "--by", "m-17"],
        &["incidents", "retry", "Jan Jansen"],
        &["inbox", "--role", "Jan"],
    ] {
        let ran = place.run(&[words, &["--db", "a.db"]].concat());
        assert_eq!(ran.status, 1, "{words:?} {ran:?}");
        assert!(!ran.err.contains("Jan"), "{ran:?}");
    }
}

/// What somebody gives and nothing is done with would be lost without a word.
#[test]
fn what_is_not_asked_is_refused_and_not_dropped() {
    let place = Place::new();
    open(&place, "a", &[]);
    let event = |words: &[&str]| {
        place.run(&[&["case", "event", "--db", "a.db", "a"], words, &["--by", "worker"]].concat())
    };
    for (words, why) in [
        (&["skip take_in", "--because", "x", "arrears=5"][..], "`arrears` is not asked"),
        (
            &["take_in done", "--because", "x", "visit_needed=no"],
            "only a departure from the pathway has a reason",
        ),
        (&["take_in done", "arrears=5", "arrears=6"], "`arrears` is answered twice"),
    ] {
        let refused = event(words);
        assert_eq!(refused.status, 1, "{refused:?}");
        assert!(refused.err.contains(why), "{refused:?}");
    }
    let nobody = place.run(&["incidents", "skip", "a/timers", "--db", "a.db", "--because", "x"]);
    assert!(nobody.err.contains("say who reports this"), "{nobody:?}");
    for (words, options) in [
        (&["erase"][..], ["--household", "--case"]),
        (&["retire", "eropaf", "1"], ["--successor", "--owner"]),
        (&["decree", "--because", "x"], ["DAY", "--year"]),
    ] {
        let unclear = place.run(&[words, &["--db", "a.db"]].concat());
        assert!(options.iter().all(|option| unclear.err.contains(option)), "{unclear:?}");
    }
}

/// A household is in a pathway once at a time, also on the record: a case follows upon one that has ended by then.
#[test]
fn a_case_does_not_follow_upon_one_that_ended_later() {
    let place = Place::new();
    open(&place, "a", &["--household", "h-1"]);
    let ended =
        ["case", "event", "--db", "a.db", "a", "moved_away", "--by", "worker", "--at", "2008-03-14T10:00"];
    assert_eq!(place.run(&ended).status, 0);
    let earlier =
        ["case", "open", "--db", "a.db", "b", "other_report", "--by", "worker", "--household", "h-1"];
    let refused = place.run(&[&earlier[..], &["--at", "2008-03-10T10:00"]].concat());
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(refused.err.contains("the case `a` ended later than that"), "{refused:?}");
    assert_eq!(place.run(&[&earlier[..], &["--at", "2008-03-14T11:00"]].concat()).status, 0);
}

#[test]
fn what_has_ended_is_erased_also_when_another_case_of_the_household_runs() {
    let place = Place::new();
    open(&place, "a", &["--household", "h-1"]);
    let ended =
        ["case", "event", "--db", "a.db", "a", "moved_away", "--by", "worker", "--at", "2008-03-04T10:00"];
    assert_eq!(place.run(&ended).status, 0);
    open(&place, "b", &["--household", "h-1", "--at", "2008-03-05T10:00"]);
    let erase = ["erase", "--db", "a.db", "--household", "h-1"];
    assert!(place.run(&erase).err.contains("say who decides this"), "nothing is erased by nobody");
    let erased = place.run(&[&erase[..], &["--by", "m-17"]].concat());
    assert_eq!(
        (erased.status, erased.out.as_str()),
        (1, "a: the personal values are erased\n"),
        "{erased:?}"
    );
    assert!(erased.err.contains("b: the case has not ended"), "{erased:?}");
    assert!(!place.path().join("a.db-wal").exists(), "it is one file again");
}

#[test]
fn the_day_on_which_a_case_ended_stays_what_it_was() {
    let place = Place::new();
    open(&place, "a", &["--household", "h-1"]);
    let ended =
        ["case", "event", "--db", "a.db", "a", "moved_away", "--by", "worker", "--at", "2008-03-04T10:00"];
    assert_eq!(place.run(&ended).status, 0);
    // The next case of the household is a tie of this one.
    open(&place, "b", &["--household", "h-1", "--at", "2008-05-05T10:00"]);
    let why = place.run(&["case", "why", "--db", "a.db", "a"]);
    assert!(why.out.contains("on Tue 2008-03-04 10:00"), "{why:?}");
}

#[test]
fn a_reason_is_one_line_and_has_no_number_of_a_person() {
    let place = Place::new();
    open(&place, "a", &[]);
    for reason in [
        "ok\n  Wed 2008-03-05 10:00  visit `talk` done, by bank",
        "call (06) 12 34 56 78",
        "BE71 0961 2345 6769",
    ] {
        let skip = ["incidents", "skip", "--db", "a.db", "a/timers", "--by", "worker", "--because", reason];
        let ran = place.run(&skip);
        assert!(ran.status == 1 && !ran.err.contains("no incident"), "{ran:?}");
        assert!(
            !ran.err.contains("0961") && !ran.err.contains("12 34") && !ran.err.contains("bank"),
            "{ran:?}"
        );
    }
}

#[test]
fn a_log_in_json_tells_why_the_program_did_not_start() {
    let place = Place::new();
    let ran = place.run(&["serve", "--db", "gone.db", "--log", "json"]);
    let line: serde_json::Value = serde_json::from_str(&ran.err).expect("one line of JSON");
    assert_eq!((ran.status, &line["event"], &line["level"]), (2, &"failed".into(), &"error".into()));
    assert!(line["text"].as_str().is_some_and(|text| text.contains("gone.db")), "{line}");
}
