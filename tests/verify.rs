//! `voordeur verify`, and what `voordeur check` has from it.

use crate::program::Place;

const WAITS: &str = r#"pathway door "Door" {
  version "1"
  lead   house
  agency house
  agency helper
  role   worker of house
  trigger knock from anyone { -> first }
  stage first {
    must task talk by worker within 2 working days
    on talk done    -> helping
    on talk overdue -> missed
  }
  stage helping {
    must refer handover
    on handover taken_up  -> helped
    on handover exhausted -> missed
  }
  referral handover { to helper  accept within 1 week  declined or overdue: ask again once, then exhausted }
  end helped success no aftercare because "short"
  end missed failure
}
"#;

#[test]
fn a_wait_without_end_is_shown_with_its_history() {
    let place = Place::new();
    place.write("door.pathway", WAITS);
    let ran = place.run(&["check", "door.pathway"]);
    assert_eq!(ran.status, 1);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn every_stage_and_end_has_its_bounds() {
    let place = Place::new();
    place.write(
        "door.pathway",
        WAITS.replace("accept within 1 week", "accept within 1 week  contact within 2 weeks"),
    );
    let ran = place.run(&["verify", "door.pathway"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    insta::assert_snapshot!(ran.out);
    let json = place.run(&["verify", "--format", "json", "door.pathway"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    let first = &json[0]["pathways"][0]["bounds"][0];
    assert_eq!(first["earliest_days"], 0);
    assert_eq!((first["reached"].as_bool(), first["is_bounded"].as_bool()), (Some(true), Some(true)));
}

#[test]
fn what_was_not_looked_at_is_undecided_and_never_clean() {
    let place = Place::new();
    place.write(
        "door.pathway",
        WAITS.replace("accept within 1 week", "accept within 1 week  contact within 2 weeks"),
    );
    for command in ["check", "verify"] {
        let ran = place.run(&[command, "--budget", "1", "door.pathway"]);
        assert_eq!(ran.status, 4, "{}", ran.out);
        assert!(ran.out.contains("undecided") || ran.err.contains("undecided"), "{}{}", ran.out, ran.err);
        assert!(!ran.out.contains("clean"), "{}", ran.out);
    }
    // Nothing is said to come never, or no later, of which not everything was looked at.
    let ran = place.run(&["verify", "--budget", "1", "door.pathway"]);
    let bounds: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("  ")).collect();
    insta::assert_snapshot!(bounds.join("\n"));
    let json = place.run(&["verify", "--budget", "1", "--format", "json", "door.pathway"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    let rows = json[0]["pathways"][0]["bounds"].as_array().expect("rows");
    assert!(rows.iter().all(|row| row["is_bounded"].is_null()), "{rows:#?}");
    assert!(rows.iter().any(|row| row["reached"].is_null()), "{rows:#?}");
    // Every format for programs says so too.
    for (format, word) in [
        ("concise", "undecided"),
        ("json", "\"undecided\": [\n    {"),
        ("sarif", "\"executionSuccessful\": false"),
        ("github", "::warning file=door.pathway::"),
        ("junit", "<error message="),
    ] {
        let ran = place.run(&["check", "--budget", "3", "--format", format, "door.pathway"]);
        assert_eq!(ran.status, 4, "{}", ran.out);
        assert!(ran.out.contains(word), "{format}: {}", ran.out);
    }
}

/// Advice is less than not knowing: beside warnings a spent budget is exit status 4, and an error is exit status 1 all the same.
#[test]
fn beside_warnings_it_is_undecided_and_beside_an_error_it_is_wrong() {
    let place = Place::new();
    let status = |place: &Place, budget: &str| {
        let ran = place.run(&["check", "--budget", budget, "--format", "concise", "door.pathway"]);
        (ran.status, ran.out.contains("warning[visit-without-report]"), ran.out.contains(": error["))
    };
    let advised = r#"pathway door "Door" {
  version "1" from 2026-01-01
  goal "g"  for whom "w"  mandate "m"
  lead house
  agency house
  role worker of house trained in "talking"
  data { seen text kept because "k" }
  trigger knock from anyone { -> first }
  stage first { must visit t by worker within 1 week records seen  on t done -> good  on t refused -> bad  on t overdue -> bad }
  end good success no aftercare because "test"
  end bad failure
}
"#;
    place.write("door.pathway", advised);
    assert_eq!(status(&place, "100"), (1, true, false));
    assert_eq!(status(&place, "1"), (4, true, false));
    place.write("door.pathway", advised.replace("by worker within", "by nobody within"));
    assert_eq!(status(&place, "1"), (1, false, true));
}

/// Rounds that interrupt without end: a case can be in the aftercare for any time, and how soon it gets to its end takes more than a small
/// budget to decide.
#[test]
fn how_soon_a_case_gets_to_its_end_is_said_not_to_be_decided() {
    let place = Place::new();
    place.write(
        "p.pathway",
        r#"pathway p "P" {
  version "1"
  lead house
  calendar nl
  agency house
  role worker of house
  role boss of house
  trigger knock from anyone { -> first }
  event alarm from anyone
  stage first { must task t by worker within 1 week on t done -> ac on t overdue -> bad }
  aftercare ac {
    call c after 4 weeks, 8 weeks window 1 week before to 1 week after by worker
    on c missed notify boss
    on relapse -> first
    then -> good
  }
  stage look { must task l by worker within 6 weeks on l done -> back on l overdue -> back }
  always { on alarm -> look }
  end good success no aftercare because "test"
  end bad failure
}
"#,
    );
    let decided = place.run(&["verify", "p.pathway"]);
    assert_eq!(decided.status, 0, "{}{}", decided.out, decided.err);
    let ran = place.run(&["verify", "--budget", "200", "p.pathway"]);
    assert_eq!(ran.status, 4, "{}{}", ran.out, ran.err);
    insta::assert_snapshot!(format!("{}--budget 200\n{}", decided.out, ran.out));
    let json = place.run(&["verify", "--budget", "200", "--format", "json", "p.pathway"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    let pathway = &json[0]["pathways"][0];
    let rows = pathway["bounds"].as_array().expect("rows");
    let good = rows.iter().find(|row| row["name"] == "good").expect("the end");
    assert_eq!((pathway["undecided"].as_bool(), good["is_earliest"].as_bool()), (Some(true), Some(false)));
}

/// An error that is only suspected is told, and says so; it is no reason to call the file wrong.
#[test]
fn what_is_suspected_and_not_decided_is_undecided() {
    let place = Place::new();
    let gap = WAITS.replace("done    -> helping", "done when children > 3 -> helping");
    let gap = gap.replace("within 2 working days", "within 2 working days asks children");
    place
        .write("door.pathway", gap.replace("agency helper", "agency helper\n  data { children count 0..9 }"));
    let ran = place.run(&["check", "--budget", "0", "door.pathway"]);
    assert_eq!(ran.status, 4, "{}", ran.out);
    insta::assert_snapshot!(format!("{}{}", ran.out, ran.err));
    let json = place.run(&["check", "--budget", "0", "--format", "json", "door.pathway"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    let all = json["findings"].as_array().expect("findings");
    assert!(all.iter().all(|one| one["doubt"].is_string()), "{json:#}");
    assert_eq!(place.run(&["check", "door.pathway"]).status, 1);
}

/// Every example is decided, and clean, its promises too.
#[test]
fn every_example_is_clean_whatever_happens() {
    let place = Place::new();
    let ran = place.run(&["check", "dsl-examples"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert!(ran.out.lines().all(|line| line.contains(": clean (")), "{}", ran.out);
}

const PROMISES: &str = r#"
promise "nobody waits for long" for door {
  every handover is taken_up or exhausted within 2 weeks
  every handover is taken_up or exhausted within 8 weeks
  no handover is opened after relapse
  possible case ends helped
}
"#;

fn whole() -> String {
    WAITS.replace("accept within 1 week", "accept within 1 week  contact within 2 weeks")
}

#[test]
fn what_can_fail_a_household_is_not_run() {
    let place = Place::new();
    place.write("door.pathway", WAITS);
    place.write("knock.jsonl", "");
    let refused = "door.pathway: the pathway has errors, so it cannot run";
    let commands: [&[&str]; 2] = [
        &["run", "door.pathway", "--events", "knock.jsonl"],
        &["case", "open", "--db", "a.db", "--pathway", "door.pathway", "a", "knock", "--by", "worker"],
    ];
    for command in commands {
        let ran = place.run(command);
        assert_eq!((ran.status, ran.out.as_str()), (1, ""), "{command:?}");
        assert!(ran.err.contains("error[waits-for-ever]") && ran.err.contains(refused), "{}", ran.err);
    }
}

#[test]
fn each_promise_has_its_verdict() {
    let place = Place::new();
    place.write("door.pathway", whole() + PROMISES);
    let ran = place.run(&["verify", "--witness", "door.pathway"]);
    assert_eq!((ran.status, ran.err.as_str()), (1, ""));
    insta::assert_snapshot!(ran.out);
    let json = place.run(&["verify", "--format", "json", "door.pathway"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    let statements = json[0]["promises"][0]["statements"].as_array().expect("statements");
    let verdicts: Vec<&str> = statements.iter().filter_map(|one| one["verdict"].as_str()).collect();
    assert_eq!(verdicts, ["broken", "kept", "vacuous", "kept"]);
    assert!(statements[0]["history"].is_array() && statements[1]["history"].is_null());
    let check = place.run(&["check", "--format", "concise", "door.pathway"]);
    assert_eq!(check.status, 1);
    assert!(check.out.contains("broken-promise") && check.out.contains("vacuous-promise"), "{}", check.out);
}

#[test]
fn promises_that_wait_for_errors_to_be_mended_are_said_to_wait() {
    let place = Place::new();
    place.write("door.pathway", whole().replace("    on talk overdue -> missed\n", "") + PROMISES);
    for command in ["check", "verify"] {
        let ran = place.run(&[command, "door.pathway"]);
        assert_eq!(ran.status, 1);
        let last = ran.out.lines().last().unwrap_or_default();
        assert_eq!(
            last, "door.pathway: what is promised is looked at when these errors are mended",
            "{}",
            ran.out
        );
    }
}

/// A promise may be about a pathway of another file, or one that extends it; what is wrong is told where it stands.
#[test]
fn a_promise_about_an_imported_pathway_points_into_its_own_file() {
    let place = Place::new();
    place.write("door.pathway", whole());
    let promised = |term: &str, name: &str| {
        format!(
            "import \"door.pathway\"\npathway town \"Town\" extends door {{\n  stage first {{\n    must task talk by worker within 3 working days\n    on talk done    -> helping\n    on talk overdue -> missed\n  }}\n}}\n\npromise \"theirs\" for door {{\n  every {name} is taken_up or exhausted within {term}\n}}\npromise \"ours\" for town {{\n  talk is done or overdue within 2 weeks\n  every {name} is taken_up or exhausted within {term}\n}}\n"
        )
    };
    place.write("town.pathway", promised("8 weeks", "handover"));
    let kept = place.run(&["verify", "town.pathway"]);
    assert_eq!((kept.status, kept.err.as_str()), (0, ""), "{}", kept.out);
    place.write("town.pathway", promised("2 weeks", "handover"));
    let broken = place.run(&["check", "--format", "concise", "town.pathway"]);
    assert_eq!(broken.status, 1);
    let places: Vec<&str> = broken.out.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(places, ["town.pathway:11:3:", "town.pathway:15:3:"], "{}", broken.out);
    place.write("town.pathway", promised("2 weeks", "handovr"));
    let unknown = place.run(&["check", "town.pathway"]);
    assert_eq!(unknown.status, 1);
    insta::assert_snapshot!(unknown.out);
}

/// Until 2028 the stage is left after two weeks; from then on the term of its task comes first.
const EDITIONS: &str = r#"pathway door "Door" {
  version "1"
  lead house
  agency house
  role worker of house
  setting patience = 2 weeks from 2028-01-01 = 4 weeks
  data { n count 0..5 }
  setting limit = 2 from 2028-01-01 = 5
  trigger signal from anyone { asks n when n > limit -> first otherwise -> second }
  stage first {
    must task t1 by worker within 3 weeks
    on t1 done -> good
    on t1 overdue -> bad
    after patience -> second
  }
  stage second { must task t2 by worker within 1 week  on t2 done -> good  on t2 overdue -> bad }
  end good success no aftercare because "short"
  end bad failure
}
promise "p" for door { possible case ends bad }
"#;

#[test]
fn what_comes_in_one_edition_is_not_said_never_to_come() {
    let place = Place::new();
    place.write("door.pathway", EDITIONS);
    let ran = place.run(&["check", "--format", "concise", "door.pathway"]);
    assert_eq!((ran.status, ran.out.as_str()), (0, ""));
    let ran = place.run(&["verify", "door.pathway"]);
    assert_eq!(ran.status, 0);
    for title in
        ["door: promise “p”", "door (from 2028-01-01): promise “p”", "door (from 2028-01-01): 3 situations"]
    {
        assert!(ran.out.contains(title), "{}", ran.out);
    }
    // What never comes in any of them is told, once.
    let never = EDITIONS
        .replace("= 2 weeks from 2028-01-01 = 4 weeks", "= 4 weeks from 2028-01-01 = 5 weeks")
        .replace("= 2 from 2028-01-01 = 5", "= 2");
    place.write("door.pathway", never);
    let ran = place.run(&["check", "--format", "concise", "door.pathway"]);
    assert_eq!(ran.out.matches("always-overtaken").count(), 1, "{}", ran.out);
}
