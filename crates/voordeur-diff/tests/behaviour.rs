//! For whom two versions differ.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod examples;

use voordeur_diff::{Comparison, Fate, Level, Version, compared, text};
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

/// An example against itself: nothing has changed, and no budget is too large for that to be seen.
#[test]
fn an_example_is_like_itself() {
    let mut all = 0;
    for path in examples() {
        let text_of = std::fs::read_to_string(&path).expect("an example");
        let example = compiled(&path.display().to_string(), &text_of);
        assert!(differences(&example, &example, 20_000).is_empty(), "{}", path.display());
        for pathway in example.own() {
            let same = voordeur_verify::compare(pathway, pathway, Budget { states: 1_000_000 });
            assert!(same.is_proven_same(), "{}: {same:#?}", pathway.name);
            all += 1;
        }
    }
    assert!(all >= 18, "{all}");
}

/// What comes after a series of visits is decided: a history waits for it as long as it takes.
#[test]
fn what_comes_after_a_series_is_decided() {
    let sittard = examples().into_iter().find(|path| path.ends_with("sittard.pathway")).expect("sittard");
    let old = std::fs::read_to_string(&sittard).expect("an example");
    for (from, to) in [("accept within 4 weeks", "accept within 2 weeks"), ("by   nurse", "by   supervisor")]
    {
        let new = old.replacen(from, to, 1);
        assert_ne!(old, new);
        let comparison = small(&old, &new);
        let levels = comparison.levels();
        assert!(!levels.contains(&Level::Undecided) && !levels.is_empty(), "{}", text(&comparison));
    }
}

const SMALL: &str = r#"pathway p "P" {
  version "1"
  lead house
  agency house "House"
  role worker "Worker" of house
  role chief "Chief" of house
  data { months count 0..9 "Months" kept because "a test" }
  trigger t from anyone { asks months  when months >= 2 -> talk  otherwise -> good }
  stage talk "Talk" {
    must task call "Call" by worker within 2 working days
    on call done    -> good
    on call overdue escalate late
  }
  escalation late "Late" { at once notify chief }
  end good "Good" success no aftercare because "a test"
}
"#;

fn with_a_bad_end(text: &str) -> String {
    text.replace("  end good", "  end bad \"Bad\" failure\n  end good")
}

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

const ALARM: &str = r#"pathway p "P" {
  version "1"
  lead house
  agency house "House"
  role worker "Worker" of house
  role chief "Chief" of house
  event alarm from worker
  trigger t from anyone { -> first }
  stage first "First" {
    must task call "Call" by worker within 2 working days
    on call done    -> second
    on call overdue -> bad
  }
  stage second "Second" {
    must task meet "Meet" by worker within 2 working days
    must task write "Write" by worker within 9 working days
    on meet done    -> good
    on meet overdue -> bad
    on write overdue -> bad
  }
  always { on alarm notify chief }
  end good "Good" success no aftercare because "a test"
  end bad "Bad" failure
}
"#;

/// One line of `always` changes what is done in each stage: that is one thing to decide on, with the stages in which it is so.
#[test]
fn one_change_is_told_once() {
    let comparison = small(ALARM, &ALARM.replace("on alarm notify chief", "on alarm -> bad"));
    let findings = comparison.findings();
    assert_eq!(findings.len(), 1, "{}", text(&comparison));
    insta::assert_snapshot!(text(&comparison));
}

/// What differs is shown, where the timelines of both versions say the same.
#[test]
fn an_example_shows_what_differs() {
    let visit = SMALL.replace(
        "must task call \"Call\" by worker within 2 working days",
        "must visit call \"Call\" by worker within 2 working days attempts 3, 1 to 3 days apart",
    );
    let visit =
        visit.replace("on call overdue", "on call refused -> bad on call exhausted -> bad on call overdue");
    let visit = with_a_bad_end(&visit);
    let comparison = small(&visit, &visit.replace("1 to 3 days", "1 to 5 days"));
    let findings = comparison.findings();
    for example in findings.iter().flat_map(|one| &one.examples) {
        let [old, new] = &example.scenes;
        assert_ne!(old, new);
    }
    insta::assert_snapshot!(text(&comparison));
}

/// A rule that is gone where several wait for one birthday: in which order they have their turn is not looked into.
#[test]
fn several_rules_for_one_birthday_are_undecided() {
    let old = SMALL
        .replace(
            "data { months count 0..9 \"Months\" kept because \"a test\" }",
            "data { months count 0..9 \"Months\" kept because \"a test\"  born birthdate }",
        )
        .replace("asks months", "asks months, born")
        .replace(
            "    on call done    -> good",
            "    on call done    -> good\n    on birthday 18 of born -> bad",
        )
        .replace("  end good", "  always { on birthday 18 of born -> good }\n  end good");
    let old = with_a_bad_end(&old);
    let comparison = small(&old, &old.replace("within 2 working days", "within 3 working days"));
    assert!(comparison.levels().contains(&Level::Undecided), "{}", text(&comparison));
    assert!(small(&old, &old).is_empty());
}

/// What a difference asks is the same wherever it is told.
#[test]
fn a_level_is_the_same_wherever_it_is_told() {
    let new = SMALL.replace(
        "Call\" by worker within 2 working days",
        "Call\" by worker within 2 working days asks months",
    );
    let comparison = small(SMALL, &new);
    let json = voordeur_diff::json(&comparison);
    let told = json["pathways"][0]["differences"][0]["level"].as_str().expect("a level");
    assert_eq!(told, "breaks");
    assert_eq!(json["findings"][0]["level"], told);
}

/// A promise that may be broken is not passed over because nobody could decide it: neither where it stays, nor where it is gone.
#[test]
fn a_promise_that_was_not_decided_is_told() {
    let promise = "promise \"seen\" for p {\n  no case ends good before see is done\n}\n";
    let old = format!(
        "pathway p {{\n  version \"1\"\n  lead house\n  agency house\n  role worker of house\n  trigger t from anyone {{ -> first }}\n  \
         stage first {{\n    must visit see by worker within 2 days attempts 2\n    on see done -> later\n    on see refused -> bad\n    on see exhausted -> bad\n    \
         on see overdue notify worker\n  }}\n  stage later {{\n    must task plan by worker within 2 days\n    on plan done -> good\n    on plan overdue notify worker\n  }}\n  \
         end good success no aftercare because \"a test\"\n  end bad failure\n}}\n{promise}"
    );
    let new = old.replace("on see refused -> bad", "on see refused -> later");
    let gone = new.replace(promise, "");
    let at = |new: &str, budget: usize| {
        let one = differences(&compiled("p.pathway", &old), &compiled("p.pathway", new), budget);
        one.promises.iter().map(|one| (one.fate, one.level)).collect::<Vec<_>>()
    };
    assert_eq!(at(&new, 20_000), [(Fate::Broken, Level::Weakens)]);
    assert_eq!(at(&new, 2), [(Fate::Open, Level::Undecided)]);
    assert_eq!(at(&gone, 20_000), [(Fate::Dropped, Level::Weakens)]);
    assert_eq!(at(&gone, 2), [(Fate::Dropped, Level::Undecided)]);
}
