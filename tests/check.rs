//! `check` in its formats, `--fix`, `--watch` and `explain`, as a user meets them.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::program::{Place, top};

/// A pathway; the parts that tests change are given.
fn pathway(header: &str, stage: &str) -> String {
    format!(
        "pathway visits \"Visits\" {{\n  version \"1\"\n  lead   house\n  agency house\n  role   worker of house\n{header}\
         \x20 trigger knock from anyone {{ -> first }}\n  stage first {{\n{stage}  }}\n  end good success\n  end bad  failure\n}}\n"
    )
}

const STAGE: &str =
    "    must task talk by worker within 1 week\n    on talk done    -> good\n    on talk overdue -> bad\n";
const IDLE: &str = "  allow unused-allow until 2027-01-01 because \"it came from the other town\"\n";

fn clean() -> String {
    pathway("", STAGE)
}

#[test]
fn a_folder_without_pathways_does_not_keep_the_others_from_being_checked() {
    let place = Place::new();
    fs::create_dir(place.path().join("none")).expect("made");
    place.write("a.pathway", "pathway p {\n  lead nobody\n}\n");
    let ran = place.run(&["check", "--format", "concise", "none", "a.pathway"]);
    assert_eq!(ran.status, 2);
    assert!(ran.out.contains("a.pathway:2:8: error[unknown-name]"), "{}", ran.out);
    assert!(ran.err.contains("none: there is no pathway in this folder"), "{}", ran.err);
}

#[test]
fn what_comes_in_is_checked_and_nothing_is_written_to_it() {
    let place = Place::new();
    let text = "pathway p {\n  lead nobody\n}\n";
    let ran = place.run_with(&["check", "--format", "concise", "-"], text);
    assert_eq!(ran.status, 1);
    assert!(ran.out.starts_with("<stdin>:"), "{}", ran.out);
    assert!(ran.out.contains("error[unknown-name]"), "{}", ran.out);
    for changing in ["--fix", "--unsafe-fixes", "--watch"] {
        let ran = place.run_with(&["check", changing, "-"], text);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{changing}");
        assert!(ran.err.contains("`-` is no file"), "{}", ran.err);
    }
}

#[test]
fn every_format_is_written_for_the_same_findings() {
    let place = Place::new();
    place.write("a.pathway", clean().replace("lead   house", "lead   huose") + "# the end\n");
    place.write("b.pathway", pathway(IDLE, STAGE));
    let of = |format: &str| {
        let ran = place.run(&["check", "--format", format, "a.pathway", "b.pathway"]);
        assert_eq!((ran.status, ran.err.as_str()), (1, ""), "{format}");
        ran.out
    };
    insta::assert_snapshot!(of("concise"), @r"
    a.pathway:3:10: error[unknown-name]: `huose` is not declared; an agency or a role is needed here
    b.pathway:6:3: warning[unused-allow]: there is no warning `unused-allow` here that is allowed by this
    ");
    insta::assert_snapshot!(of("github"), @r"
    ::error file=a.pathway,line=3,endLine=3,col=10,endColumn=15,title=unknown-name::`huose` is not declared; an agency or a role is needed here%0Adid you mean `house`?
    ::warning file=b.pathway,line=6,endLine=6,col=3,endColumn=76,title=unused-allow::there is no warning `unused-allow` here that is allowed by this%0Atake the line out
    1 error, 1 warning
    ");
    let json: Value = serde_json::from_str(&of("json")).expect("JSON");
    assert_eq!((&json["version"], &json["errors"], &json["warnings"]), (&1.into(), &1.into(), &1.into()));
    let sarif: Value = serde_json::from_str(&of("sarif")).expect("JSON");
    assert_eq!(sarif["runs"][0]["results"].as_array().map(Vec::len), Some(2));
    let junit = of("junit");
    let document = roxmltree::Document::parse(&junit).expect("XML");
    assert_eq!(document.root_element().attribute("failures"), Some("2"));
    assert!(of("text").contains("b.pathway: 0 errors, 1 warning\n"));
}

#[test]
fn a_warning_is_a_finding_and_one_that_is_allowed_is_none() {
    let place = Place::new();
    let ran = |header: &str, today: &str| {
        place.write("a.pathway", pathway(header, STAGE));
        let mut command = place.command(&["check", "--format", "concise", "a.pathway"]);
        crate::program::Ran::from(command.env("VOORDEUR_TODAY", today).output().expect("it runs"))
    };
    assert_eq!(ran("", "2026-01-01").status, 0);
    assert_eq!(ran(IDLE, "2027-01-01").status, 1);
    let expired = ran(IDLE, "2027-01-02");
    assert_eq!(expired.status, 1);
    assert!(expired.out.contains("error[expired-allow]"), "{}", expired.out);
    assert_eq!(ran("", "tomorrow").status, 2);
}

#[test]
fn a_pathway_runs_on_when_what_it_allows_has_expired() {
    let place = Place::new();
    place.write("a.pathway", pathway(IDLE, STAGE));
    place.write("events.jsonl", "");
    let words = ["run", "a.pathway", "--events", "events.jsonl", "--until", "2030-01-01"];
    let ran = place.command(&words).env("VOORDEUR_TODAY", "2029-01-01").output().expect("it runs");
    assert_eq!(ran.status.code(), Some(0), "{ran:?}");
}

#[test]
fn fix_mends_what_is_sure_and_says_so() {
    let place = Place::new();
    let wrong = clean().replace("lead   house", "lead   huose # kept").replace("  end good", "  einde good");
    place.write("a.pathway", format!("\u{feff}{wrong}"));
    let ran = place.run(&["check", "--fix", "a.pathway"]);
    assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
    insta::assert_snapshot!(ran.err, @r"
    a.pathway:3: mended [unknown-name]
    a.pathway:12: mended [mixed-spelling]
    ");
    let mended = fs::read_to_string(place.path().join("a.pathway")).expect("the file");
    assert_eq!(mended, format!("\u{feff}{}", clean().replace("lead   house", "lead   house # kept")));
    let again = place.run(&["check", "--fix", "a.pathway"]);
    assert_eq!((again.status, again.err.as_str()), (0, "a.pathway: nothing to mend\n"));
    let names: Vec<_> = fs::read_dir(place.path())
        .expect("the folder")
        .map(|entry| entry.expect("one").file_name())
        .collect();
    assert_eq!(names.len(), 3, "nothing is left beside the file: {names:?}");
}

#[test]
fn what_may_be_meant_otherwise_is_mended_only_when_asked() {
    let place = Place::new();
    let wrong = clean().replace("on talk overdue", "on tlk overdue");
    place.write("a.pathway", &wrong);
    assert_eq!(place.run(&["check", "--fix", "a.pathway"]).status, 1);
    assert_eq!(fs::read_to_string(place.path().join("a.pathway")).expect("the file"), wrong);
    assert_eq!(place.run(&["check", "--unsafe-fixes", "a.pathway"]).status, 0);
    assert_eq!(fs::read_to_string(place.path().join("a.pathway")).expect("the file"), clean());
}

/// The slip hides that there would be two rules on the same term: mending it gives another error and the same
/// number of them.
#[test]
fn a_fix_that_makes_a_file_worse_is_left_alone() {
    let place = Place::new();
    let hidden =
        STAGE.replace("on talk overdue -> bad", "on tallk overdue -> bad\n    on talk overdue -> good");
    let wrong = pathway("", &hidden);
    place.write("a.pathway", &wrong);
    let before = place.run(&["check", "a.pathway"]);
    let ran = place.run(&["check", "--fix", "a.pathway"]);
    assert_eq!((before.status, ran.status), (1, 1));
    let kept = fs::read_to_string(place.path().join("a.pathway")).expect("the file");
    assert_eq!(kept, wrong, "{}", ran.err);
    assert!(ran.err.contains("left alone"), "{}", ran.err);
}

/// The declaration has the slip, and not each of its uses; and a comment is not taken out with an `allow`.
#[test]
fn what_can_be_meant_otherwise_is_left_to_people() {
    let allow = "    allow visitor-alone until 2030-01-01  # agreed with the council\n      because \"x\"";
    for wrong in [
        clean().replace("agency house", "agency houase"),
        pathway("", &STAGE.replace("    on talk overdue", &format!("{allow}\n    on talk overdue"))),
    ] {
        let place = Place::new();
        place.write("a.pathway", &wrong);
        let ran = place.run(&["check", "--fix", "a.pathway"]);
        assert_eq!(ran.status, 1, "{}", ran.out);
        assert_eq!(fs::read_to_string(place.path().join("a.pathway")).expect("the file"), wrong);
    }
}

#[test]
fn a_link_stays_a_link() {
    let place = Place::new();
    fs::create_dir(place.path().join("there")).expect("a folder");
    place.write("there/a.pathway", clean().replace("lead   house", "lead   huose"));
    std::os::unix::fs::symlink("there/a.pathway", place.path().join("a.pathway")).expect("a link");
    assert_eq!(place.run(&["check", "--fix", "a.pathway"]).status, 0);
    assert!(place.path().join("a.pathway").is_symlink());
    assert_eq!(fs::read_to_string(place.path().join("there/a.pathway")).expect("the file"), clean());
}

/// A program that is ended with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap_or_default();
        self.0.wait().map(drop).unwrap_or_default();
    }
}

/// An editor writes beside a file and renames.
fn save(place: &Place, name: &str, text: &str) {
    place.write("beside", text);
    fs::rename(place.path().join("beside"), place.path().join(name)).expect("renamed");
}

#[test]
fn watch_checks_again_when_a_file_or_what_it_imports_changes() {
    let place = Place::new();
    fs::create_dir(place.path().join("shared")).expect("a folder");
    place.write("shared/houses.pathway", "module houses {\n  agency house\n}\n");
    let importing = format!("import \"shared/houses.pathway\"\n{}", clean().replace("  agency house\n", ""));
    place.write("a.pathway", &importing);
    let mut command = place.command(&["check", "--watch", "a.pathway"]);
    let mut child = Running(command.stdout(Stdio::piped()).spawn().expect("it runs"));
    let mut lines = BufReader::new(child.0.stdout.take().expect("its output")).lines();
    let mut next = |end: &str| loop {
        let line = lines.next().expect("it goes on").expect("a line");
        if line.contains(end) {
            return line;
        }
    };
    assert!(next("a.pathway: ").contains("clean"));
    save(&place, "a.pathway", &importing.replace("lead   house", "lead   huose"));
    assert_eq!(next("a.pathway: "), "a.pathway: 1 error, 0 warnings");
    save(&place, "a.pathway", &importing);
    assert!(next("a.pathway: ").contains("clean"));
    save(&place, "shared/houses.pathway", "module houses {\n  agency huose\n}\n");
    assert!(next("a.pathway: ").contains("error"));
}

/// The lines of a program that goes on, up to one with these words.
fn up_to(lines: &mut impl Iterator<Item = std::io::Result<String>>, words: &str) -> String {
    lines.map(|line| line.expect("a line")).find(|line| line.contains(words)).expect("it goes on")
}

fn watching(place: &Place, words: &[&str]) -> (Running, impl Iterator<Item = std::io::Result<String>>) {
    let mut child = Running(place.command(words).stdout(Stdio::piped()).spawn().expect("it runs"));
    let lines = BufReader::new(child.0.stdout.take().expect("its output")).lines();
    (child, lines)
}

#[test]
fn watch_takes_folders_and_what_comes_into_them() {
    let place = Place::new();
    fs::create_dir(place.path().join("all")).expect("a folder");
    place.write("all/a.pathway", clean());
    let (_child, mut lines) = watching(&place, &["check", "--watch", "all"]);
    assert!(up_to(&mut lines, "all/a.pathway: ").contains("clean"));
    save(&place, "all/b.pathway", &clean().replace("lead   house", "lead   huose"));
    assert_eq!(up_to(&mut lines, "all/b.pathway: "), "all/b.pathway: 1 error, 0 warnings");
    fs::remove_dir_all(place.path().join("all")).expect("removed");
    fs::create_dir(place.path().join("all")).expect("a folder");
    save(&place, "all/c.pathway", &clean());
    assert!(up_to(&mut lines, "all/c.pathway: ").contains("clean"));
    save(&place, "all/c.pathway", &clean().replace("lead   house", "lead   huose"));
    assert_eq!(up_to(&mut lines, "all/c.pathway: "), "all/c.pathway: 1 error, 0 warnings");
}

#[test]
fn watch_sees_what_comes_later_and_what_a_link_leads_to() {
    let place = Place::new();
    fs::create_dir(place.path().join("there")).expect("a folder");
    let importing = format!("import \"later/houses.pathway\"\n{}", clean().replace("  agency house\n", ""));
    place.write("there/real.pathway", importing.replace("later/", "../later/"));
    place.write("a.pathway", &importing);
    std::os::unix::fs::symlink("there/real.pathway", place.path().join("link.pathway")).expect("a link");
    let (_child, mut lines) = watching(&place, &["check", "--watch", "a.pathway"]);
    assert!(up_to(&mut lines, "a.pathway: ").contains("error"));
    fs::create_dir(place.path().join("later")).expect("a folder");
    save(&place, "later/houses.pathway", "module houses {\n  agency house\n}\n");
    assert!(up_to(&mut lines, "a.pathway: clean").contains("clean"));
    place.write("there/real.pathway", clean());
    let (_other, mut lines) = watching(&place, &["check", "--watch", "link.pathway"]);
    assert!(up_to(&mut lines, "link.pathway: ").contains("clean"));
    save(&place, "there/real.pathway", &clean().replace("lead   house", "lead   huose"));
    assert!(up_to(&mut lines, "link.pathway: ").contains("1 error"));
}

/// The two terms of the page of `always-overtaken`, which only a look at all cases finds.
fn overtaken() -> String {
    let stage = "    must task talk by worker within 4 weeks\n    on talk done    -> good\n    on talk overdue notify house\n    after 2 weeks   -> bad\n";
    pathway("  allow always-overtaken until 2099-12-31 because \"x\"\n", stage)
}

#[test]
fn what_only_all_cases_show_is_not_called_allowed_in_vain() {
    let place = Place::new();
    place.write("a.pathway", overtaken());
    let clean = place.run(&["check", "a.pathway"]);
    assert_eq!((clean.status, clean.out.contains("1 allowed")), (0, true), "{}", clean.out);
    let mended = place.run(&["check", "--fix", "a.pathway"]);
    assert_eq!((mended.status, mended.err.as_str()), (0, "a.pathway: nothing to mend\n"));
    assert_eq!(fs::read_to_string(place.path().join("a.pathway")).expect("the file"), overtaken());
    let undecided = place.run(&["check", "--budget", "1", "a.pathway"]);
    assert_eq!((undecided.status, undecided.out.contains("unused-allow")), (4, false), "{}", undecided.out);
    let tested = place.run(&["test", "a.pathway"]);
    assert_eq!((tested.status, tested.out.contains("unused-allow")), (0, false), "{}", tested.out);
    place.write("a.pathway", overtaken().replace("4 weeks", "1 week"));
    let unused = place.run(&["check", "--format", "concise", "a.pathway"]);
    assert!(unused.out.contains("warning[unused-allow]"), "{}", unused.out);
}

#[test]
fn no_decision_is_taken_out_of_a_pathway_that_was_not_judged_to_the_end() {
    let place = Place::new();
    let eropaf = fs::read_to_string(top().join("dsl-examples/eropaf/eropaf.pathway")).expect("the example");
    let lines: Vec<&str> = eropaf.lines().filter(|line| !line.contains("on agree overdue")).collect();
    let wrong = lines.join("\n") + "\n";
    place.write("a.pathway", &wrong);
    let ran = place.run(&["check", "--fix", "a.pathway"]);
    assert_eq!((ran.status, ran.err.as_str()), (1, "a.pathway: nothing to mend\n"));
    assert!(!ran.out.contains("unused-allow"), "{}", ran.out);
    assert_eq!(fs::read_to_string(place.path().join("a.pathway")).expect("the file"), wrong);
}

/// Mending the name shows two loops that only a look at all cases finds: two errors for one.
#[test]
fn fixes_are_held_against_all_that_check_finds() {
    let wrong = r#"pathway visits "Visits" {
  version "1"
  lead   house
  agency house
  role   worker of house
  data { urgent yes_no }
  trigger knock from anyone { -> first }
  stage first {
    must task talk by worker within 1 week asks urgent
    on talk done when urgent -> secnd
    on talk done when not urgent -> third
    on talk overdue -> bad
  }
  stage second {
    must task talk2 by worker within 1 week asks urgent
    on talk2 done when urgent -> second
    on talk2 done when not urgent -> good
    on talk2 overdue -> bad
  }
  stage third {
    must task talk3 by worker within 1 week asks urgent
    on talk3 done when urgent -> third
    on talk3 done when not urgent -> good
    on talk3 overdue -> bad
  }
  end good success
  end bad  failure
}
"#;
    let place = Place::new();
    place.write("a.pathway", wrong);
    let ran = place.run(&["check", "--fix", "a.pathway"]);
    assert_eq!(ran.err, "a.pathway: 1 fixes left alone: with them it would be no better\n");
    assert_eq!((ran.status, ran.out.contains("1 error, 0 warnings")), (1, true), "{}", ran.out);
    assert_eq!(fs::read_to_string(place.path().join("a.pathway")).expect("the file"), wrong);
}

#[test]
fn a_reader_that_stops_takes_nothing_away_from_what_was_found() {
    let place = Place::new();
    place.write("a.pathway", clean().replace("lead   house", "lead   huose"));
    let status = |words: &[&str]| {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let err = writer.try_clone().expect("a pipe");
        place.command(words).stdout(writer).stderr(err).status().expect("it runs").code()
    };
    for format in ["text", "json", "sarif"] {
        assert_eq!(status(&["check", "--format", format, "a.pathway"]), Some(1), "{format}");
    }
    place.write("b.pathway", clean());
    for format in ["text", "markdown", "html", "json", "sarif", "github", "junit"] {
        assert_eq!(status(&["diff", "--format", format, "b.pathway", "a.pathway"]), Some(3), "{format}");
    }
    for (command, format) in [("verify", "text"), ("verify", "json"), ("test", "text"), ("test", "json")] {
        assert_eq!(status(&[command, "--format", format, "a.pathway"]), Some(1), "{command} {format}");
    }
}

#[test]
fn a_folder_stands_for_each_of_its_pathways_once() {
    let place = Place::new();
    fs::create_dir_all(place.path().join("all/.git")).expect("folders");
    place.write("all/a.pathway", clean());
    place.write("all/.git/b.pathway", "nothing");
    let link = |to: &str, name: &str| {
        std::os::unix::fs::symlink(to, place.path().join(name)).expect("a link");
    };
    link("nobody@nowhere.1", "all/.#a.pathway");
    link(".", "all/loop");
    let ran = place.run(&["check", "all", "./all/a.pathway"]);
    assert_eq!((ran.status, ran.out.lines().count()), (0, 1), "{}{}", ran.out, ran.err);
    assert_eq!(place.run(&["check", "all/.git"]).status, 1, "what is named is looked at");
}

#[test]
fn a_file_that_cannot_be_read_does_not_keep_the_others_from_being_told() {
    let place = Place::new();
    place.write("a.pathway", clean().replace("lead   house", "lead   huose"));
    let ran = place.run(&["check", "--format", "sarif", "nowhere.pathway", "a.pathway"]);
    assert_eq!(ran.status, 2);
    assert_eq!(ran.err, "error: nowhere.pathway: cannot be read: there is no such file or folder\n");
    let sarif: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(sarif["runs"][0]["results"].as_array().map(Vec::len), Some(1));
    assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], Value::Bool(false));
}

#[test]
fn a_fix_ends_its_lines_as_the_file_does() {
    let place = Place::new();
    let text = clean().replace('\n', "\r\n");
    place.write("a.pathway", text.trim_end().trim_end_matches('}'));
    assert_eq!(place.run(&["check", "--fix", "a.pathway"]).status, 0);
    let mended = fs::read_to_string(place.path().join("a.pathway")).expect("the file");
    assert_eq!(mended.matches('\n').count(), mended.matches("\r\n").count(), "{mended:?}");
}

#[test]
fn explain_prints_the_page_of_a_rule() {
    let place = Place::new();
    let ran = place.run(&["explain", "gap-in-guards"]);
    let page = fs::read_to_string(top().join(Path::new("docs/rules/gap-in-guards.md"))).expect("the page");
    assert_eq!((ran.status, ran.out), (0, page));
    let wrong = place.run(&["explain", "gap-in-gards"]);
    assert_eq!((wrong.status, wrong.out.as_str()), (2, ""));
    assert_eq!(wrong.err, "error: there is no rule `gap-in-gards`; did you mean `gap-in-guards`?\n");
    let unknown = place.run(&["explain", "x"]);
    assert_eq!((unknown.status, unknown.err.contains("--list")), (2, true), "{}", unknown.err);
    assert_eq!(place.run(&["explain"]).status, 2);
}

#[test]
fn explain_lists_every_rule() {
    let ran = Place::new().run(&["explain", "--list"]);
    let rules = voordeur_diagnostics::Rule::ALL;
    assert_eq!((ran.status, ran.out.lines().count()), (0, rules.len()));
    for (rule, line) in rules.iter().zip(ran.out.lines()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words[0], rule.name());
        assert!(["error", "warning"].contains(&words[1]) && words[2] == rule.since(), "{line}");
        assert!(line.ends_with(rule.summary()), "{line}");
    }
}

#[test]
fn in_dutch_the_list_is_dutch_and_a_page_says_that_it_is_not() {
    let place = Place::new();
    let ran = place.run(&["--lang", "nl", "explain", "--list"]);
    for (rule, line) in voordeur_diagnostics::Rule::ALL.iter().zip(ran.out.lines()) {
        assert!(line.contains(" fout ") || line.contains(" waarschuwing "), "{line}");
        assert!(!line.contains(rule.summary()), "{line}");
    }
    assert!(ran.out.contains("Een regel kan nooit gelden."), "{}", ran.out);
    let page = place.run(&["--lang", "nl", "explain", "dead-rule"]);
    assert_eq!((page.status, page.err.as_str()), (0, "de bladzijden over de regels zijn in het Engels\n"));
}
