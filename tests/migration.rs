//! Open cases under a new version: what a plan tells is what a migration does, and it is taken back.

use std::process::Stdio;

use serde_json::Value;

use crate::program::Place;

const OLD: &str = r#"pathway door "At the door" {
  version "1"
  lead house
  agency house "House"
  role worker "Worker" of house
  data { months count 0..9 "Months" }
  trigger report_in from anyone { asks months -> talk }
  stage talk "Talk" {
    must task call "Call" by worker within 2 working days
    on call done when months >= 2 -> plan
    on call done otherwise        -> good
    on call overdue notify house
  }
  stage plan "Plan" {
    must task write "Write" by worker within 2 weeks
    on write done    -> good
    on write overdue -> bad
  }
  end good "Good" success no aftercare because "a test"
  end bad "Bad" failure
}
"#;

fn new(says: &str) -> String {
    let text = OLD
        .replace("version \"1\"", "version \"2\"")
        .replace("within 2 working days", "within 4 working days");
    text.replace("  lead house\n", &format!("  lead house\n  {says}\n"))
}

/// Somebody calls.
fn called(place: &Place, label: &str, at: &str) {
    let ran = place.run(&["case", "event", "--db", "a.db", label, "call done", "--by", "worker", "--at", at]);
    assert_eq!(ran.status, 0, "{ran:?}");
}

/// A place with both versions, and so many cases that were reported on Monday 16 March 2026.
fn place(says: &str, cases: usize) -> Place {
    let place = Place::new();
    place.write("old.pathway", OLD);
    place.write("new.pathway", new(says));
    for number in 0..cases {
        let label = format!("house-{number}");
        let ran = place.run(&[
            "case",
            "open",
            "--db",
            "a.db",
            "--pathway",
            "old.pathway",
            &label,
            "report_in",
            "months=3",
            "--by",
            "worker",
            "--at",
            "2026-03-16T10:00",
        ]);
        assert_eq!(ran.status, 0, "{ran:?}");
    }
    place
}

const BOTH: [&str; 6] = ["old.pathway", "new.pathway", "--db", "a.db", "--at", "2026-03-17T09:00"];

pub(crate) fn ran(place: &Place, command: &str, more: &[&str]) -> crate::program::Ran {
    place.run(&[&[command][..], &BOTH, more].concat())
}

pub(crate) fn is_whole(place: &Place) {
    let verified = place.run(&["db", "verify", "--db", "a.db"]);
    assert_eq!(verified.status, 0, "{verified:?}");
}

#[test]
fn a_changed_term_of_which_nothing_is_said_is_an_error() {
    let place = place("", 1);
    let told = ran(&place, "plan", &[]);
    assert_eq!(told.status, 1, "{told:?}");
    assert!(
        told.out
            .contains("new.pathway:10: the term of `call` changes (2 working days becomes 4 working days)"),
        "{told:?}"
    );
    assert_eq!(ran(&place, "migrate", &["--apply", "--by", "m-17"]).status, 1);
    let json: Value = serde_json::from_str(&ran(&place, "plan", &["--format", "json"]).out).expect("JSON");
    assert_eq!(json["unsaid"][0]["name"], "call");
}

#[test]
fn what_a_plan_tells_a_migration_does_and_undo_takes_back() {
    let place = place("open cases { recompute from start }", 3);
    let moved = place.run(&[
        "case",
        "event",
        "--db",
        "a.db",
        "house-1",
        "call done",
        "--by",
        "worker",
        "--at",
        "2026-03-16T15:00",
    ]);
    assert_eq!(moved.status, 0, "{moved:?}");
    let before = place.run(&["case", "show", "--db", "a.db", "house-0"]).out;
    let plan = ran(&place, "plan", &[]);
    assert_eq!(plan.status, 0, "{plan:?}");
    insta::assert_snapshot!("plan", plan.out);
    insta::assert_snapshot!("plan_in_dutch", ran(&place, "plan", &["--lang", "nl"]).out);
    assert_eq!(place.run(&["case", "show", "--db", "a.db", "house-0"]).out, before, "a plan changes nothing");
    for change in ["--apply", "--undo"] {
        let nobody = ran(&place, "migrate", &[change]);
        assert!(nobody.status == 1 && nobody.err.contains("say who decides this"), "{nobody:?}");
    }
    assert_eq!(place.run(&["case", "show", "--db", "a.db", "house-0"]).out, before, "nobody changes nothing");
    let came = ran(&place, "migrate", &["--apply", "--by", "m-17"]);
    assert_eq!(came.status, 0, "{came:?}");
    assert!(
        came.out.ends_with("3 cases came over; each journal says so, and `--undo` takes it back\n"),
        "{came:?}"
    );
    is_whole(&place);
    let json: Value =
        serde_json::from_str(&place.run(&["case", "why", "--db", "a.db", "house-0", "--format", "json"]).out)
            .expect("JSON");
    assert_eq!(json["next_due"], "2026-03-20T23:00:00Z");
    insta::assert_snapshot!("after_coming_over", place.run(&["case", "show", "--db", "a.db", "house-0"]).out);
    // Doing it again finds nobody left.
    assert!(ran(&place, "migrate", &["--apply", "--by", "m-17"]).out.contains("0 cases came over"));
    // One of them moves on; the others go back.
    let done = place.run(&[
        "case",
        "event",
        "--db",
        "a.db",
        "house-2",
        "call done",
        "--by",
        "worker",
        "--at",
        "2026-03-18T10:00",
    ]);
    assert_eq!(done.status, 0, "{done:?}");
    let back = ran(&place, "migrate", &["--undo", "--by", "m-17"]);
    assert_eq!(
        (back.status, back.out.as_str()),
        (1, "2 cases are on the old version again; 1 have moved on and stay\n")
    );
    is_whole(&place);
    let json: Value =
        serde_json::from_str(&place.run(&["case", "why", "--db", "a.db", "house-0", "--format", "json"]).out)
            .expect("JSON");
    assert_eq!(json["next_due"], "2026-03-18T23:00:00Z");
    let list = place.run(&["case", "list", "--db", "a.db"]).out;
    assert!(list.contains("house-0  door 1") && list.contains("house-2  door 2"), "{list}");
    insta::assert_snapshot!("after_going_back", place.run(&["case", "show", "--db", "a.db", "house-0"]).out);
    // And they may come over once more, go on there, and end.
    assert_eq!(ran(&place, "migrate", &["--apply", "--by", "m-17"]).status, 0);
    for (label, months) in [("house-0", "call done"), ("house-0", "write done")] {
        let on = place.run(&[
            "case",
            "event",
            "--db",
            "a.db",
            label,
            months,
            "--by",
            "worker",
            "--at",
            "2026-03-19T10:00",
        ]);
        assert_eq!(on.status, 0, "{on:?}");
    }
    is_whole(&place);
}

#[test]
fn a_case_that_cannot_come_over_stays_and_is_told() {
    let place = place("open cases { keep deadlines }", 1);
    let text = new("open cases { keep deadlines }").replace("count 0..9", "count 0..2");
    place.write("new.pathway", &text);
    let plan = ran(&place, "plan", &[]);
    assert_eq!(plan.status, 1, "{plan:?}");
    assert!(plan.out.contains("impossible:\n  house-0 (talk)\n    what was recorded in `months` has no place in the new version\n"), "{plan:?}");
    assert_eq!(ran(&place, "migrate", &["--apply", "--by", "m-17"]).status, 1);
    assert!(place.run(&["case", "list", "--db", "a.db"]).out.contains("house-0  door 1"));
    place.write(
        "new.pathway",
        text.replace("count 0..2", "count 0..9")
            .replace("stage talk", "stage contact")
            .replace("-> talk", "-> contact"),
    );
    let plan = ran(&place, "plan", &[]);
    assert!(
        plan.out.contains("needs a decision:\n  house-0 (talk)\n    the stage `talk` is gone"),
        "{plan:?}"
    );
}

#[test]
fn a_report_that_leaves_the_house_has_no_cases_and_no_small_numbers() {
    let place = place("open cases { recompute from start }", 7);
    for label in ["house-1", "house-3"] {
        let moved = place.run(&[
            "case",
            "event",
            "--db",
            "a.db",
            label,
            "call done",
            "--by",
            "worker",
            "--at",
            "2026-03-16T15:00",
        ]);
        assert_eq!(moved.status, 0, "{moved:?}");
    }
    let told = ran(&place, "plan", &["--for-publication"]);
    assert_eq!(told.status, 0, "{told:?}");
    insta::assert_snapshot!("for_publication", told.out);
    let json = ran(&place, "plan", &["--for-publication", "--format", "json"]).out;
    assert!(!told.out.contains("house-") && !json.contains("house-") && !json.contains(": 2"), "{json}");
}

/// Killed at any moment: every case is on one version, whole, and doing it again goes on with those that are left.
#[test]
fn a_migration_that_is_killed_goes_on_where_it_was() {
    let place = Place::new();
    place.write("old.pathway", OLD);
    place.write("new.pathway", new("open cases { recompute from start }"));
    let events: String = (0..600)
        .map(|number| format!("{{\"at\": \"2026-03-16T10:00\", \"case\": \"house-{number:03}\", \"trigger\": \"report_in\", \"by\": \"worker\", \"data\": {{\"months\": 3}}}}\n"))
        .collect();
    place.write("events.jsonl", events);
    let opened = place.run(&[
        "run",
        "old.pathway",
        "--events",
        "events.jsonl",
        "--until",
        "2026-03-17",
        "--db",
        "a.db",
    ]);
    assert_eq!(opened.status, 0, "{}", opened.err);
    let on_new = || place.run(&["case", "list", "--db", "a.db"]).out.matches("door 2").count();
    let mut kills = 0;
    for wait in [1_u64, 2, 4, 8, 16, 32, 64, 128, 256, 512] {
        let words = [&["migrate"][..], &BOTH, &["--apply", "--by", "m-17"]].concat();
        let mut child =
            place.command(&words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
        let until = std::time::Instant::now() + std::time::Duration::from_millis(wait);
        while std::time::Instant::now() < until && child.try_wait().expect("asked").is_none() {}
        if child.try_wait().expect("asked").is_none() {
            child.kill().expect("killed");
            kills += 1;
        }
        child.wait().expect("it is over");
        is_whole(&place);
    }
    assert!(kills > 0, "no program was killed");
    assert_eq!(ran(&place, "migrate", &["--apply", "--by", "m-17"]).status, 0);
    assert_eq!(on_new(), 600);
    is_whole(&place);
}

/// The plan plays histories too: one that leads elsewhere is told, and one that could not have happened stays.
#[test]
fn a_history_that_would_have_led_elsewhere_is_told() {
    let place = place("open cases { keep deadlines }", 2);
    let report = |label: &str, event: &str, at: &str| {
        let ran = place.run(&["case", "event", "--db", "a.db", label, event, "--by", "worker", "--at", at]);
        assert_eq!(ran.status, 0, "{ran:?}");
    };
    report("house-0", "call done", "2026-03-16T15:00");
    // Help begins at four months now: the household would have been done.
    place.write("new.pathway", new("open cases { keep deadlines }").replace("months >= 2", "months >= 4"));
    let plan = ran(&place, "plan", &[]);
    assert_eq!(plan.status, 0, "{plan:?}");
    let told = "another stage:\n  house-0 (plan)\n    on the new version it would be in `good` by now; it stays in `plan`\n";
    assert!(plan.out.starts_with(told), "{plan:?}");
    assert_eq!(ran(&place, "migrate", &["--apply", "--by", "m-17"]).status, 0);
    let list = place.run(&["case", "list", "--db", "a.db"]).out;
    assert!(list.contains("house-0  door 2   plan"), "{list}");
    is_whole(&place);
    // Whoever says so decides for the cases in that stage: that may be said of a version that is published.
    assert_eq!(ran(&place, "migrate", &["--undo", "--by", "m-17"]).status, 0);
    place.write(
        "new.pathway",
        new("open cases { keep deadlines  stage plan -> plan }").replace("months >= 2", "months >= 4"),
    );
    assert!(ran(&place, "plan", &[]).out.starts_with("Plan: 0 to change"));
    // A call that nobody could have made: the new version has another task.
    let gone = new("open cases { keep deadlines }").replace("call", "letter");
    place.write("new.pathway", gone.replace("version \"2\"", "version \"3\""));
    let plan = ran(&place, "plan", &[]);
    assert_eq!(plan.status, 1, "{plan:?}");
    assert!(
        plan.out.contains("impossible:\n  house-0 (plan)\n    step 2 of its history could not have happened"),
        "{plan:?}"
    );
    assert!(plan.out.contains("needs a decision:\n  house-1 (talk)\n    `call` is open"), "{plan:?}");
}

/// What only the new version opens runs on its own clocks until now, whatever is said of deadlines: a case that has come back by then is
/// where it is.
#[test]
fn where_a_case_would_be_by_now_counts_what_only_the_new_version_opens() {
    let place = place("open cases { keep deadlines }", 1);
    called(&place, "house-0", "2026-03-17T15:00");
    let ring = "  stage ring \"Ring\" {\n    must task phone \"Phone\" by worker within 2 days\n    on phone done -> plan\n    on phone overdue -> plan\n  }\n  stage plan";
    place.write(
        "new.pathway",
        new("open cases { keep deadlines }")
            .replace("within 2 weeks", "within 3 weeks")
            .replace("months >= 2 -> plan", "months >= 2 -> ring")
            .replace("  stage plan", ring),
    );
    let sorted = |at: &str| {
        let told = place.run(&["plan", "old.pathway", "new.pathway", "--db", "a.db", "--at", at]).out;
        told.lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(sorted("2026-03-18T10:00"), "another stage:");
    assert!(sorted("2026-03-21T10:00").starts_with("Plan: 0 to change"), "{}", sorted("2026-03-21T10:00"));
}

/// A file with the label of the version on which the cases run takes nothing over.
#[test]
fn a_version_is_not_taken_over_to_itself() {
    let place = place("open cases { keep deadlines }", 1);
    place.write("same.pathway", OLD.replace("  lead house", "  # the same\n  lead house"));
    let told =
        place.run(&["migrate", "old.pathway", "same.pathway", "--db", "a.db", "--apply", "--by", "m-17"]);
    assert_ne!(told.status, 0, "{told:?}");
    assert!(
        told.err.contains("both files are version 1 of `door`: there is nothing to take over"),
        "{told:?}"
    );
}

#[test]
fn a_backtest_tells_what_a_version_would_have_meant() {
    let place = place("open cases { keep deadlines }", 6);
    called(&place, "house-0", "2026-03-20T15:00");
    called(&place, "house-1", "2026-03-17T15:00");
    place.write(
        "new.pathway",
        OLD.replace("version \"1\"", "version \"2\"")
            .replace("on call overdue notify house", "on call overdue escalate late")
            .replace("  end good", "  escalation late { at once notify house }\n  end good"),
    );
    let tested = place.run(&["backtest", "new.pathway", "--db", "a.db"]);
    assert_eq!(tested.status, 0, "{tested:?}");
    insta::assert_snapshot!("backtest", tested.out);
    let json: Value = serde_json::from_str(
        &place.run(&["backtest", "new.pathway", "--db", "a.db", "--format", "json"]).out,
    )
    .expect("JSON");
    // All that are open are played until the last report, on both versions: what was due by then is missed in each.
    assert_eq!(
        (&json["until"], &json["all"]["cases"], &json["all"]["escalations_then"]),
        (&Value::from("2026-03-20T15:00"), &Value::from(6), &Value::from(5))
    );
    let outside = place.run(&["backtest", "new.pathway", "--db", "a.db", "--for-publication"]).out;
    assert!(outside.contains("2026-03      5") && !outside.contains("6 cases played"), "{outside}");
    // At what time something happened to one of them is nobody's business.
    assert!(outside.contains("until 2026-03-20 on both versions"), "{outside}");
}

/// A published version stays what it was: whoever comes with another text under its label hears what differs.
#[test]
fn another_text_under_the_same_label_is_refused() {
    let place = place("open cases { keep deadlines }", 1);
    place.write("other.pathway", OLD.replace("months >= 2", "months >= 5"));
    let open = |file: &str, label: &str| {
        place.run(&[
            "case",
            "open",
            "--db",
            "a.db",
            "--pathway",
            file,
            label,
            "report_in",
            "months=3",
            "--by",
            "worker",
        ])
    };
    let refused = |ran: &crate::program::Ran| {
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{ran:?}");
        let told = "version 1 of `door` is in the database with another text (`talk` differs), and a version stays what it was when it came there: give this text a label of its own (`version \"…\"`), or use the text that was published";
        assert!(ran.err.contains(told), "{ran:?}");
    };
    refused(&open("other.pathway", "house-7"));
    for files in [["other.pathway", "new.pathway"], ["old.pathway", "other.pathway"]] {
        for command in
            [&["plan"][..], &["migrate", "--apply", "--by", "m-17"], &["migrate", "--undo", "--by", "m-17"]]
        {
            refused(&place.run(&[command, &files, &["--db", "a.db"]].concat()));
        }
    }
    refused(&place.run(&["serve", "other.pathway", "--db", "a.db"]));
    assert!(!place.run(&["case", "list", "--db", "a.db"]).out.contains("house-7"));
    // The same in Dutch, laid out otherwise and with remarks is the same version; so is another word in a title.
    let dutch = place.run(&["fmt", "--lang", "nl", "old.pathway"]);
    assert_eq!(dutch.status, 0, "{dutch:?}");
    place.write("dutch.pathway", format!("# the same\n\n{}", dutch.out.replace("\"Call\"", "\"Ring\"")));
    assert_eq!(open("dutch.pathway", "house-8").status, 0);
    let plan =
        place.run(&["plan", "dutch.pathway", "new.pathway", "--db", "a.db", "--at", "2026-03-17T09:00"]);
    assert!(plan.out.contains("2 unchanged, 0 need a decision, 0 impossible\n"), "{plan:?}");
    // One was opened now, which is after the moment that is named.
    assert!(plan.out.contains("each comes over no sooner than that"), "{plan:?}");
    is_whole(&place);
    // What is only tried out is said, and tried out.
    let tried = place.run(&["backtest", "other.pathway", "--db", "a.db"]);
    assert_eq!(tried.status, 0, "{tried:?}");
    assert!(
        tried.err.contains("version 1 of `door` is in the database with another text (`talk` differs)"),
        "{tried:?}"
    );
}

#[test]
fn only_another_regime_is_told_by_its_name() {
    let place = place("", 1);
    place.write(
        "new.pathway",
        OLD.replace("version \"1\"", "version \"2\"").replace("within 2 weeks", "within 2 weeks statutory"),
    );
    let told = ran(&place, "plan", &[]);
    assert!(told.out.contains("the term of `write` changes (2 weeks becomes 2 weeks statutory)"), "{told:?}");
    let told = ran(&place, "plan", &["--lang", "nl"]);
    assert!(told.out.contains("2 weken wordt 2 weken wettelijk"), "{told:?}");
}

/// What goes out of the house has plots, the same numbers as a table, and no small numbers, not as a bar either.
#[test]
fn a_backtest_is_a_page_and_a_comment() {
    let place = place("open cases { keep deadlines }", 7);
    called(&place, "house-0", "2026-03-17T15:00");
    let advanced = place.run(&["case", "advance", "--db", "a.db", "--until", "2026-03-25"]);
    assert_eq!(advanced.status, 0, "{advanced:?}");
    place.write(
        "new.pathway",
        OLD.replace("version \"1\"", "version \"2\"")
            .replace("on call overdue notify house", "on call overdue escalate late")
            .replace("within 2 weeks", "within 2 weeks\n    must visit look \"Look\" by worker within 1 week")
            .replace("on write done ", "on look done notify house\n    on look refused notify house\n    on look not_home notify house\n    on look overdue notify house\n    on write done ")
            .replace("  end good", "  escalation late { at once notify house }\n  end good"),
    );
    let told = |more: &[&str]| {
        let ran = place.run(&[&["backtest", "new.pathway", "--db", "a.db"], more].concat());
        assert_eq!(ran.status, 0, "{ran:?}");
        ran.out
    };
    insta::assert_snapshot!("backtest_plots", told(&[]));
    insta::assert_snapshot!("backtest_comment", told(&["--format", "markdown"]));
    let page = told(&["--format", "html"]);
    insta::assert_snapshot!("backtest_page", page);
    assert!(page.contains("&lt;5") && page.contains("aria-label") && page.contains("<caption>"), "{page}");
    assert!(!page.contains("<script") && !page.contains("href"), "{page}");
    // One household is visited in the new version only: no bar has its height.
    assert_eq!(page.matches("<rect").count(), 1, "{page}");
    let dutch = told(&["--format", "html", "--lang", "nl"]);
    assert!(dutch.contains("<html lang=\"nl\">") && dutch.contains("opschalingen per maand"), "{dutch}");
}

/// A deadline that is over is told before anything is put off: where the runtime lags behind, the case waits for that.
#[test]
fn a_deadline_that_is_over_is_told_before_it_is_put_off() {
    let place = place("open cases { recompute from today }", 1);
    let late = ["old.pathway", "new.pathway", "--db", "a.db", "--at", "2026-03-20T09:00"];
    let plan = |place: &Place| place.run(&[&["plan"][..], &late].concat()).out;
    let told = plan(&place);
    assert!(
        told.contains("needs a decision")
            && told.contains("due at Thu 2026-03-19 00:00 has not been told yet"),
        "{told}"
    );
    let stays = place.run(&[&["migrate"][..], &late, &["--apply", "--by", "m-17"]].concat());
    assert_eq!(stays.status, 1, "{stays:?}");
    let caught_up = place.run(&["case", "advance", "--db", "a.db", "--until", "2026-03-20"]);
    assert_eq!(caught_up.status, 0, "{caught_up:?}");
    assert!(place.run(&["case", "show", "--db", "a.db", "house-0"]).out.contains("overdue"));
    let told = plan(&place);
    assert!(!told.contains("needs a decision"), "{told}");
    is_whole(&place);
}
