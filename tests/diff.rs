//! `voordeur diff`: exit status, formats, revisions of git.

use crate::program::Place;

pub(crate) const OLD: &str = r#"pathway door "At the door" {
  version "1"
  lead house
  agency house "House"
  role worker "Worker" of house
  trigger report_in from anyone { -> talk }
  stage talk "Talk" {
    must task call "Call" by worker within 2 working days
    on call done    -> good
    on call overdue notify house
  }
  end good "Good" success no aftercare because "a test"
}
"#;

#[test]
fn the_exit_status_says_how_much_has_changed() {
    let place = Place::new();
    place.write("old.pathway", OLD);
    place.write("new.pathway", OLD.replace("2 working days", "4 working days"));
    place.write("said.pathway", OLD.replace("\"Good\"", "\"Well\""));
    place.write("broken.pathway", OLD.replace("-> talk", "-> nowhere"));
    let status =
        |command: &str| place.shell(&format!("{command} >/dev/null 2>&1; echo $?")).out.trim().to_owned();
    assert_eq!(status("voordeur diff old.pathway old.pathway"), "0");
    assert_eq!(status("voordeur diff old.pathway said.pathway"), "0");
    assert_eq!(status("voordeur diff old.pathway said.pathway --fail-on editorial"), "1");
    assert_eq!(status("voordeur diff old.pathway new.pathway --fail-on weakens"), "1");
    assert_eq!(status("voordeur diff new.pathway old.pathway --fail-on weakens"), "0");
    assert_eq!(status("voordeur diff old.pathway broken.pathway"), "3");
    assert_eq!(status("voordeur diff old.pathway missing.pathway"), "2");
}

/// The same bytes each time, and JSON that says what the text says.
#[test]
fn the_answer_is_always_the_same() {
    let place = Place::new();
    place.write("old.pathway", OLD);
    place.write("new.pathway", OLD.replace("2 working days", "4 working days"));
    let ran =
        |format: &str| place.shell(&format!("voordeur diff old.pathway new.pathway --format {format}")).out;
    assert_eq!(ran("text"), ran("text"));
    let json: serde_json::Value = serde_json::from_str(&ran("json")).expect("JSON");
    assert_eq!(json["pathways"][0]["differences"][0]["level"], "weakens");
    assert_eq!(json["proven_same"], false);
}

/// Every format is written for the same difference, in both languages, with the same exit status.
#[test]
fn every_report_is_written() {
    let place = Place::new();
    place.write("old.pathway", OLD);
    place.write("new.pathway", OLD.replace("2 working days", "4 working days"));
    let ran = |format: &str, lang: &str| {
        let ran = place.run(&["diff", "old.pathway", "new.pathway", "--format", format, "--lang", lang]);
        assert_eq!((ran.status, ran.err.as_str()), (1, ""), "{format}");
        ran.out
    };
    assert!(ran("markdown", "en").starts_with("### Some households are worse off.\n"));
    assert!(ran("markdown", "nl").starts_with("### Sommige huishoudens zijn slechter af.\n"));
    assert!(ran("html", "nl").contains("<html lang=\"nl\">"));
    let sarif: serde_json::Value = serde_json::from_str(&ran("sarif", "en")).expect("JSON");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "diff-weakens");
    assert!(ran("github", "en").starts_with("::error file=new.pathway,line=8,"), "{}", ran("github", "en"));
    let junit = ran("junit", "en");
    let document = roxmltree::Document::parse(&junit).expect("XML");
    assert_eq!(document.root_element().attribute("failures"), Some("1"));
}

/// Whatever the format: nobody takes a comparison that failed for one that found nothing.
#[test]
fn what_could_not_be_compared_says_so_in_every_format() {
    let place = Place::new();
    place.write("old.pathway", OLD);
    place.write("broken.pathway", OLD.replace("-> talk", "-> nowhere"));
    for format in ["text", "markdown", "html", "sarif", "github", "junit"] {
        let ran = place.run(&["diff", "old.pathway", "broken.pathway", "--format", format]);
        assert_eq!(ran.status, 3, "{format}");
        assert!(
            ran.out.contains("could not compare old.pathway and broken.pathway"),
            "{format}: {}",
            ran.out
        );
    }
    let ran = place.run(&["diff", "old.pathway", "broken.pathway", "--format", "json"]);
    assert_eq!((ran.status, ran.out.contains("could_not_compare")), (3, true));
    let told: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(
        (&told["errors"][0]["file"], &told["errors"][0]["line"]),
        (&"broken.pathway".into(), &6.into())
    );
    let ran = place.run(&["diff", "old.pathway", "broken.pathway", "--format", "github"]);
    assert!(ran.out.contains("::error file=broken.pathway,line=6"), "{}", ran.out);
}

#[test]
fn what_is_accepted_does_not_fail_the_run() {
    let place = Place::new();
    place.write("old.pathway", OLD);
    place.write("new.pathway", OLD.replace("2 working days", "4 working days"));
    let words = ["diff", "old.pathway", "new.pathway", "--format", "json"];
    let json: serde_json::Value = serde_json::from_str(&place.run(&words).out).expect("JSON");
    let mark = json["findings"][0]["fingerprint"].as_str().expect("a fingerprint").to_owned();
    let on = |day: &str, words: &[&str]| {
        let mut command = place.command(words);
        crate::program::Ran::from(command.env("VOORDEUR_TODAY", day).output().expect("it runs"))
    };
    let line =
        format!("accept {mark} by \"lead\" on 2026-03-16 until 2026-12-31 because \"it takes time\"\n");
    place.write("new.accepted", &line);
    let accepted = on("2026-12-31", &words[..3]);
    assert_eq!(accepted.status, 0, "{accepted:?}");
    assert!(accepted.out.contains("accepted by lead on 2026-03-16: it takes time"), "{}", accepted.out);
    assert!(accepted.out.contains("1 accepted"), "{}", accepted.out);
    let over = on("2027-01-01", &words[..3]);
    assert_eq!(
        (over.status, over.out.contains("accepted until 2026-12-31, and no more")),
        (1, true),
        "{over:?}"
    );
    // The same acceptance does not hold for another difference.
    place.write("new.pathway", OLD.replace("2 working days", "40 working days"));
    let other = on("2026-12-31", &words[..3]);
    assert_eq!((other.status, other.out.contains(&format!("accepted, and not there: {mark}"))), (1, true));
    place.write("new.accepted", "# why\naccept everything\n");
    let wrong = on("2026-12-31", &words[..3]);
    assert_eq!((wrong.status, wrong.out.as_str()), (2, ""));
    assert!(wrong.err.contains("new.accepted") && wrong.err.contains("line 2"), "{}", wrong.err);
    let missing = on("2026-12-31", &["diff", "old.pathway", "new.pathway", "--accepted", "nowhere"]);
    assert_eq!(missing.status, 2);
}

/// A real repository: versions by revision, from the top and from a folder, with what they import and what was accepted.
#[test]
fn revisions_of_git_are_compared() {
    let place = Place::new();
    let git = "git -c user.name=t -c user.email=t@example.org -c init.defaultBranch=main";
    let shared = OLD.replace("  agency house \"House\"\n  role worker \"Worker\" of house\n", "");
    place.shell("mkdir -p repo/towns");
    place.write("repo/towns/door.pathway", format!("import \"shared.pathway\"\n{shared}"));
    let module = "module shared {\n  agency house \"House\"\n  role worker \"Worker\" of house\n}\n";
    place.write("repo/towns/shared.pathway", module);
    let made = place.shell(&format!("cd repo && {git} init -q && {git} add -A && {git} commit -qm one"));
    assert_eq!(made.status, 0, "{made:?}");
    let new = format!("import \"shared.pathway\"\n{}", shared.replace("2 working days", "4 working days"));
    place.write("repo/towns/door.pathway", new);
    place.shell(&format!("cd repo && {git} commit -qam two"));
    for command in [
        "cd repo && voordeur diff HEAD~1:towns/door.pathway towns/door.pathway",
        "cd repo && voordeur diff HEAD~1:towns/door.pathway HEAD:towns/door.pathway",
        "cd repo/towns && voordeur diff HEAD~1:./door.pathway door.pathway",
    ] {
        let ran = place.shell(command);
        assert_eq!(ran.status, 1, "{command}: {ran:?}");
        assert!(ran.out.contains("2 working days becomes 4 working days"), "{command}: {}", ran.out);
    }
    // Whole folders too: of two revisions, and of one with what lies here.
    for command in [
        "cd repo && voordeur diff HEAD~1: HEAD:",
        "cd repo && voordeur diff HEAD~1:towns HEAD:towns",
        "cd repo && voordeur diff HEAD~1:towns towns",
        "cd repo/towns && voordeur diff HEAD~1:./ .",
    ] {
        let ran = place.shell(command);
        assert_eq!(ran.status, 1, "{command}: {ran:?}");
        assert!(ran.out.contains("2 working days becomes 4 working days"), "{command}: {}", ran.out);
        assert!(ran.out.ends_with("of which without any difference: 1\n"), "{command}: {}", ran.out);
    }
    for command in ["HEAD~9: .", "HEAD:towns HEAD:towns/door.pathway", "HEAD:nowhere towns"] {
        let ran = place.shell(&format!("cd repo && voordeur diff {command}"));
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{command}: {ran:?}");
    }
    for (old, why) in [
        ("HEAD~9:towns/door.pathway", "git knows no revision `HEAD~9` here"),
        ("HEAD:door.pathway", "there is no file `door.pathway` in revision `HEAD`; from the folder"),
        ("HEAD~1", "it is a revision of git; a file of it is `HEAD~1:path/to/file.pathway`"),
        ("nothing.pathway", "there is no such file or folder"),
    ] {
        let ran = place.shell(&format!("cd repo && voordeur diff {old} towns/door.pathway"));
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(ran.err.starts_with(&format!("error: {old}: cannot be read: {why}")), "{}", ran.err);
    }
    let outside = place.shell("voordeur diff HEAD:door.pathway repo/towns/door.pathway");
    assert!(outside.err.ends_with("cannot be read: there is no such file or folder\n"), "{}", outside.err);
    let ran = place.shell("cd repo && voordeur diff -- --output=x:y towns/door.pathway; ls");
    assert!(!ran.out.contains("x:y"), "{ran:?}");
}

/// Each file with the one of the same path; what is gone, what is new, and what is no pathway.
#[test]
fn folders_are_compared_file_by_file() {
    let place = Place::new();
    place.shell("mkdir -p old/towns new/towns nothing");
    for (file, before, after) in [
        ("same", Some(OLD.to_owned()), Some(OLD.to_owned())),
        ("towns/later", Some(OLD.to_owned()), Some(OLD.replace("2 working days", "4 working days"))),
        ("towns/added", None, Some(OLD.replace("pathway door", "pathway gate"))),
    ] {
        for (folder, text) in [("old", before), ("new", after)] {
            if let Some(text) = text {
                place.write(&format!("{folder}/{file}.pathway"), text);
            }
        }
    }
    let ran = place.run(&["diff", "old", "new"]);
    assert_eq!((ran.status, ran.err.as_str()), (1, ""), "{}", ran.out);
    let heads: Vec<&str> = ran.out.lines().filter(|line| line.ends_with(".pathway")).collect();
    assert_eq!(heads, ["new/towns/added.pathway", "new/towns/later.pathway"], "{}", ran.out);
    assert!(ran.out.contains("weakens: call, term: 2 working days becomes 4 working days"), "{}", ran.out);
    assert!(ran.out.ends_with("\nfiles: 3, of which without any difference: 1\n"), "{}", ran.out);
    let github = place.run(&["diff", "old", "new", "--format", "github"]).out;
    assert!(github.contains("::error file=new/towns/later.pathway,line=8,"), "{github}");
    let junit = place.run(&["diff", "old", "new", "--format", "junit"]).out;
    assert_eq!(junit.matches("<?xml").count(), 1, "{junit}");
    let gone = place.run(&["diff", "new", "old", "--fail-on", "breaks"]);
    assert_eq!(gone.status, 1, "a pathway that is gone breaks: {}", gone.out);
    assert_eq!(place.run(&["diff", "old", "old"]).out, "files: 2, of which without any difference: 2\n");
    for words in [["diff", "old", "nowhere"], ["diff", "nowhere", "old"]] {
        let ran = place.run(&words);
        let why = "error: nowhere: cannot be read: there is no such file or folder";
        assert!(ran.status == 2 && ran.err.starts_with(why), "{}", ran.err);
    }
    for words in [
        &["diff", "old", "new", "--format", "html"][..],
        &["diff", "old", "nothing"],
        &["diff", "old", "new/same.pathway"],
    ] {
        let refused = place.run(words);
        assert_eq!((refused.status, refused.out.as_str()), (2, ""), "{words:?}: {}", refused.err);
    }
    place.write("new/same.pathway", "pathway {");
    let broken = place.run(&["diff", "old", "new"]);
    assert_eq!(broken.status, 3, "{}", broken.out);
    assert!(broken.out.starts_with("new/same.pathway: could not be compared"), "{}", broken.out);
}
