//! For whom two versions differ.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod examples;

use voordeur_diff::{Comparison, Level, Version, compared, text};
use voordeur_protocol::{Compiled, NotLoaded, beside};
use voordeur_verify::{Budget, compile_with};

use examples::examples;

fn compiled(name: &str, text: &str) -> Compiled {
    let mut load = |from: &str, path: &str| -> Result<(String, String), NotLoaded> {
        let name = beside(from, path);
        let text = std::fs::read_to_string(&name).map_err(|error| NotLoaded::from(error.to_string()))?;
        Ok((name, text))
    };
    compile_with(name, text, &mut load, Budget::default())
}

fn version<'a>(texts: &'a [(String, String)], one: &'a Compiled) -> Version<'a> {
    Version { texts, pathways: one.own(), promises: &one.promises, sources: &one.sources }
}

fn differences(old: &Compiled, new: &Compiled, budget: usize) -> Comparison {
    let texts = |one: &Compiled| -> Vec<(String, String)> {
        one.sources.files().map(|file| (file.name.to_owned(), file.text.to_owned())).collect()
    };
    let (before, after) = (texts(old), texts(new));
    compared(version(&before, old), version(&after, new), Budget { states: budget })
}

/// An example against itself: nothing has changed. Its machine beside itself is proven to be the same; the largest have more
/// situations than are looked at here.
#[test]
fn an_example_is_like_itself() {
    let (mut proven, mut all) = (0, 0);
    for path in examples() {
        let text_of = std::fs::read_to_string(&path).expect("an example");
        let example = compiled(&path.display().to_string(), &text_of);
        assert!(differences(&example, &example, 20_000).is_empty(), "{}", path.display());
        for pathway in example.own() {
            let same = voordeur_verify::compare(pathway, pathway, Budget { states: 2_000 });
            assert!(
                same.differences.is_empty() && same.unconfirmed.is_empty(),
                "{}: {same:#?}",
                pathway.name
            );
            all += 1;
            proven += usize::from(same.is_proven_same());
        }
    }
    assert!(proven >= 8 && all >= 18, "{proven} of {all}");
}

const SMALL: &str = r#"pathway p "P" {
  version "1"
  lead house
  agency house "House"
  role worker "Worker" of house
  role chief "Chief" of house
  data { months count 0..9 "Months" }
  trigger t from anyone { asks months  when months >= 2 -> talk  otherwise -> good }
  stage talk "Talk" {
    must task call "Call" by worker within 2 working days
    on call done    -> good
    on call overdue escalate late -> bad
  }
  escalation late "Late" { at once notify chief }
  end good "Good" success no aftercare because "a test"
  end bad "Bad" failure
}
"#;

fn small(old: &str, new: &str) -> Comparison {
    let (old, new) = (compiled("old", old), compiled("new", new));
    assert!(!old.has_errors() && !new.has_errors(), "{:#?} {:#?}", old.problems, new.problems);
    differences(&old, &new, 20_000)
}

#[test]
fn a_longer_term_weakens() {
    let comparison = small(SMALL, &SMALL.replace("within 2 working days", "within 4 working days"));
    assert!(comparison.levels().contains(&Level::Weakens));
    insta::assert_snapshot!(text(&comparison));
}

#[test]
fn a_shorter_term_strengthens() {
    let comparison = small(&SMALL.replace("within 2 working days", "within 4 working days"), SMALL);
    assert!(!comparison.levels().contains(&Level::Weakens));
    insta::assert_snapshot!(text(&comparison));
}

#[test]
fn working_days_against_days_are_mixed() {
    let comparison =
        small(&SMALL.replace("2 working days", "5 working days"), &SMALL.replace("2 working days", "7 days"));
    insta::assert_snapshot!(text(&comparison));
}

#[test]
fn a_threshold_is_for_some_households() {
    insta::assert_snapshot!(text(&small(SMALL, &SMALL.replace("months >= 2", "months >= 3"))));
}

/// A stage with another name, and a condition that says the same in other words, change nothing for anybody.
#[test]
fn what_says_the_same_is_proven() {
    let new = SMALL
        .replace("stage talk \"Talk\"", "stage contact was talk \"Talk\"")
        .replace("-> talk", "-> contact")
        .replace("months >= 2", "not months < 2");
    let comparison = small(SMALL, &new);
    assert!(comparison.is_proven_same());
    insta::assert_snapshot!(text(&comparison));
}
