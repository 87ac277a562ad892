//! Versions at the limits: nothing in common, nothing different, very many stages, only comments, only a table of days.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

#[path = "../../voordeur-verify/tests/large/mod.rs"]
mod large;

use std::collections::BTreeMap;

use voordeur_diff::{Comparison, Fate, Level, Publication, Version, annotations, compared, text};
use voordeur_protocol::{Compiled, compile_with};
use voordeur_verify::Budget;

const SMALL: &str = r#"pathway p "P" {
  version "1"
  lead house
  agency house "House"
  role worker "Worker" of house
  trigger t from anyone { -> talk }
  stage talk "Talk" {
    must task call "Call" by worker within 2 working days
    on call done    -> good
    on call overdue -> bad
  }
  end good "Good" success no aftercare because "a test"
  end bad "Bad" failure
}
"#;

/// Files by their names; the first one is compared, the others are imported.
type Files<'a> = &'a [(&'a str, &'a str)];

fn compiled(files: Files<'_>) -> Compiled {
    let all: BTreeMap<&str, &str> = files.iter().copied().collect();
    let mut load = |_: &str, path: &str| {
        all.get(path).map(|text| (path.to_owned(), (*text).to_owned())).ok_or_else(|| path.to_owned().into())
    };
    let (name, text) = files.first().expect("a file");
    let compiled = compile_with(name, text, &mut load);
    assert!(!compiled.has_errors(), "{:#?}", compiled.problems);
    compiled
}

fn version<'a>(one: &'a Compiled, texts: &'a [(String, String)]) -> Version<'a> {
    Version { texts, pathways: one.own(), promises: &one.promises, sources: &one.sources }
}

fn with<T>(old: Files<'_>, new: Files<'_>, then: impl FnOnce(&Comparison, &Compiled, &Compiled) -> T) -> T {
    let (old, new) = (compiled(old), compiled(new));
    let texts = |one: &Compiled| -> Vec<(String, String)> {
        one.sources.files().map(|file| (file.name.to_owned(), file.text.to_owned())).collect()
    };
    let (before, after) = (texts(&old), texts(&new));
    then(&compared(version(&old, &before), version(&new, &after), Budget { states: 20_000 }), &old, &new)
}

fn of(old: &str, new: &str) -> Comparison {
    with(&[("p.pathway", old)], &[("p.pathway", new)], |comparison, _, _| comparison.clone())
}

#[test]
fn a_pathway_against_itself_has_not_changed() {
    let same = of(SMALL, SMALL);
    assert!(same.is_empty() && same.findings().is_empty());
    assert_eq!(text(&same).lines().last(), Some("Nothing has changed."));
}

/// Neither the names nor what they are about: everything is gone, and everything is new. It is not compared as one that changed
/// in every line.
#[test]
fn pathways_with_nothing_in_common_are_gone_and_new() {
    let other = |name: &str| {
        let words = ["talk", "call", "worker", "house", "good", "bad", "t from"];
        let text = SMALL.replace("pathway p", &format!("pathway {name}"));
        words.iter().fold(text, |text, word| text.replace(word, &format!("{name}x{word}")))
    };
    let both = |second: &str| format!("{}{}", other("q"), other(second));
    let comparison = of(&both("r"), &[other("u"), other("v")].concat());
    assert_eq!((comparison.gone.len(), comparison.added.len()), (2, 2));
    assert_eq!(comparison.levels().first(), Some(&Level::Breaks));
    // Of files with one pathway each that is the one: what it did is gone, what it does is new, and open cases cannot follow.
    let one = of(SMALL, &other("q"));
    assert!(one.levels().contains(&Level::Breaks) && !one.is_proven_same());
    assert_eq!(one.pathways.len(), 1);
    assert!(matches!(Publication::of(&one), Publication::NewVersion { .. }));
}

/// As large as no project is: one term of many is longer, and that is what is told.
#[test]
fn two_hundred_stages_each_are_compared() {
    let old = large::pathway();
    let new = old.replacen("task a100 by worker within 3", "task a100 by worker within 4", 1);
    let comparison = of(&old, &new);
    let told = text(&comparison);
    assert!(told.contains("weakens: a100, term: 3 working days becomes 4 working days"), "{told}");
    assert_eq!(comparison.changes.len(), 1);
    assert!(of(&old, &old).is_empty());
}

#[test]
fn comments_and_blank_lines_are_no_change() {
    let new = SMALL
        .replace("  stage talk", "\n  # who goes, and when\n  stage talk")
        .replace("-> good", "-> good # done");
    let comparison = of(SMALL, &new);
    assert!(comparison.is_empty(), "{}", text(&comparison));
}

/// A pathway with a task for so long, and with days without school.
fn closed(days: &str, within: &str) -> String {
    let school = format!(
        "  lead house\n  school calendar \"2026\" from 2026-01-01 to 2026-12-31 {{ closed {days} \"Holiday\" }}"
    );
    SMALL.replace("  lead house", &school).replace("2 working days", within)
}

/// The holidays of the schools are others, and no term counts days of school: nobody is treated differently.
#[test]
fn days_that_nothing_counts_change_nothing() {
    for within in ["2 working days", "8 weeks", "8 weeks statutory"] {
        let [old, new] =
            ["2026-10-25", "2026-10-26"].map(|to| closed(&format!("2026-10-17 to {to}"), within));
        let comparison = of(&old, &new);
        assert!(comparison.is_proven_same(), "{}", text(&comparison));
    }
}

/// A day without school more: what counts weeks of school comes later for somebody, and never sooner.
#[test]
fn with_a_day_less_nothing_comes_sooner() {
    let rule = "\n    after 3 teaching weeks notify worker\n    on call done ";
    let [old, new] = ["2026-10-25", "2026-10-26"]
        .map(|to| closed(&format!("2026-10-17 to {to}"), "8 weeks").replace("\n    on call done ", rule));
    for (old, new) in [(&old, &new), (&new, &old)] {
        let comparison = of(old, new);
        assert_eq!(comparison.levels().len(), 1, "{}", text(&comparison));
        assert_ne!(comparison.levels(), [Level::Undecided], "{}", text(&comparison));
    }
}

/// The holidays of the schools are others: nothing but that has changed, and it is told for whom a term ends on another day.
#[test]
fn a_table_of_days_is_a_change() {
    let closed = |days| closed(days, "2 teaching weeks");
    let comparison = of(&closed("2026-10-17 to 2026-10-25"), &closed("2026-10-24 to 2026-11-01"));
    assert!(!comparison.is_empty() && !comparison.is_proven_same(), "{}", text(&comparison));
    insta::assert_snapshot!(text(&comparison));
}

/// They may have been over before the day from which households are looked for.
#[test]
fn days_that_have_been_are_told() {
    let closed = |days| closed(days, "2 teaching weeks");
    let none = SMALL.replace(
        "  lead house",
        "  lead house\n  school calendar \"2026\" from 2026-01-01 to 2026-12-31 { }",
    );
    let none = none.replace("2 working days", "2 teaching weeks");
    let [was, is] = [closed("2026-02-14 to 2026-02-22"), closed("2026-03-14 to 2026-03-22")];
    let levels = |old: &str, new: &str| of(old, new).levels();
    assert_eq!(levels(&was, &is), [Level::Weakens], "{}", text(&of(&was, &is)));
    assert!(text(&of(&was, &is)).contains("mixed"), "{}", text(&of(&was, &is)));
    // Who is late falls out of it sooner as well.
    for (old, new) in [(&was, &none), (&none, &was)] {
        assert_eq!(levels(old, new), [Level::Weakens], "{}", text(&of(old, new)));
    }
}

const MODULE: &str = r#"module shared {
  agency house "House"
  role worker "Worker" of house
  task call "Call" { by worker within 2 working days }
}
"#;

fn importing() -> String {
    let declared = "  agency house \"House\"\n  role worker \"Worker\" of house\n";
    let own = SMALL.replace(declared, "").replace(" \"Call\" by worker within 2 working days", "");
    format!("import \"shared.pathway\"\n{own}")
}

/// What a fragment means for households is not known without a pathway: that is said, and it is not called editorial.
#[test]
fn a_module_by_itself_is_undecided() {
    let new = MODULE.replace("2 working days", "4 working days");
    let comparison = with(&[("m.pathway", MODULE)], &[("m.pathway", &new)], |one, _, _| one.clone());
    assert_eq!(comparison.levels(), [Level::Undecided]);
    assert!(!comparison.is_proven_same());
    insta::assert_snapshot!(text(&comparison));
    let titled = MODULE.replace("\"Call\"", "\"Ring\"");
    let comparison = with(&[("m.pathway", MODULE)], &[("m.pathway", &titled)], |one, _, _| one.clone());
    assert_eq!(comparison.levels(), [Level::Editorial]);
}

/// The line of a cause is one of the file in which it stands.
#[test]
fn a_cause_in_what_is_imported_names_its_file() {
    let (main, new) = (importing(), MODULE.replace("2 working days", "4 working days"));
    let old = [("p.pathway", main.as_str()), ("shared.pathway", MODULE)];
    let new = [("p.pathway", main.as_str()), ("shared.pathway", new.as_str())];
    with(&old, &new, |comparison, before, after| {
        let one =
            comparison.findings().into_iter().find(|one| one.level == Level::Weakens).expect("it weakens");
        let shared = || Some("shared.pathway".to_owned());
        assert_eq!(one.files, [shared(), shared()], "{}", text(comparison));
        let told = text(comparison);
        assert!(told.contains("new line 4 of shared.pathway"), "{told}");
        let report = annotations(comparison, &before.sources, &after.sources);
        let github = voordeur_diagnostics::github(&report);
        assert!(github.contains("file=shared.pathway,line=4,"), "{github}");
    });
}

/// What a promise is about has another name: it is the same promise.
#[test]
fn a_promise_follows_a_name() {
    let promise =
        "\npromise \"somebody calls\" for p {\n  every call is done or overdue within 3 working days\n}\n";
    let old = format!("{SMALL}{promise}");
    let new = old
        .replace("task call", "task phone was call")
        .replace("on call", "on phone")
        .replace("every call", "every phone");
    let comparison = of(&old, &new);
    assert!(comparison.promises.is_empty(), "{}", text(&comparison));
    let later = new.replace("within 2 working days", "within 9 working days");
    let fates: Vec<Fate> = of(&old, &later).promises.iter().map(|one| one.fate).collect();
    assert_eq!(fates, [Fate::Broken]);
}

/// A title promises nothing: under another one it is the same promise.
#[test]
fn a_promise_with_another_title_is_the_same_promise() {
    let promise =
        "\npromise \"somebody calls\" for p {\n  every call is done or overdue within 3 working days\n}\n";
    let old = format!("{SMALL}{promise}");
    let new = old.replace("somebody calls", "a call, or somebody hears of it");
    let comparison = of(&old, &new);
    assert!(comparison.promises.is_empty(), "{}", text(&comparison));
    let later = new.replace("within 2 working days", "within 9 working days");
    let promises = of(&old, &later).promises;
    let told: Vec<_> = promises.iter().map(|one| (one.fate, one.title.as_str())).collect();
    assert_eq!(told, [(Fate::Broken, "a call, or somebody hears of it")]);
    // Each title stands for one promise only.
    let twice = format!("{new}{promise}");
    let fates: Vec<Fate> = of(&old, &twice).promises.iter().map(|one| one.fate).collect();
    assert_eq!(fates, [Fate::Added]);
}

/// Whom one rule tells, alone: wherever that rule applies the case goes on alike, and nothing else has to be looked for.
#[test]
fn whom_one_rule_tells_is_compared_until_it_is_seen() {
    let old = include_str!("../../../dsl-examples/families-first/families-first.pathway");
    let line = "on safety_check overdue notify youth_care";
    let told = |new: &str, level: Level| {
        let comparison = of(old, &old.replace(line, new));
        assert!(comparison.situations() < 2_000, "{}", comparison.situations());
        let levels: Vec<Level> = comparison.findings().iter().map(|one| one.level).collect();
        assert_eq!(levels, [level], "{new}: {}", text(&comparison));
    };
    assert!(old.contains(line));
    told("on safety_check overdue", Level::Weakens);
    told(&format!("{line} notify teamlead"), Level::Strengthens);
}
