//! A second change behind one that only says when something comes: the search follows a way no further there, and it is told.

use voordeur_diff::{Comparison, Finding, Level, Subject, Version, compared, json, text};
use voordeur_protocol::{Compiled, compile_with};
use voordeur_verify::Budget;

const DOOR: &str = r#"pathway door "At the door" {
  version "1"
  lead house
  agency house "House"
  agency helper "Helper" contact desk
  role worker "Worker" of house
  role chief "Chief" of house
  role desk "Desk" of helper
  trigger report_in from anyone { -> talk }
  stage talk "Talk" {
    must task give "Give" by worker within 2 weeks
    on give done -> visiting
    on give overdue notify chief -> look
  }
  stage visiting "Visiting" {
    must visit home "Home" by worker within 2 weeks attempts 2
    on home done -> handing
    on home refused -> bad
    on home exhausted -> look
    on home overdue notify chief -> look
  }
  stage handing "Handing" {
    must refer to_helper
    on to_helper taken_up -> good
    on to_helper exhausted notify worker -> resting
  }
  stage resting "Resting" {
    may task rest "Rest" by worker
    on rest done -> look
    on rest waived -> look
    after 3 weeks -> later
  }
  stage later "Later" {
    must task ring "Ring" by worker within 1 week
    on ring done -> good
    on ring overdue notify chief -> bad
  }
  stage look "Look" {
    must task peep "Peep" by worker within 1 week
    on peep done -> good
    on peep overdue notify chief -> bad
  }
  referral to_helper "Warm" {
    to helper
    warm
    accept within 5 working days
    contact within 10 working days
    declined or overdue: ask again once, then exhausted
  }
  end good "Good" success no aftercare because "a test"
  end bad "Bad" failure
}
"#;

fn compiled(text: &str) -> Compiled {
    let compiled = compile_with("door.pathway", text, &mut |_, path| Err(path.to_owned().into()));
    assert!(!compiled.has_errors(), "{:#?}", compiled.problems);
    compiled
}

fn of(old: &str, new: &str) -> Comparison {
    let one = |text: &str| vec![("door.pathway".to_owned(), text.to_owned())];
    let version = |one, texts| {
        let one: &'static Compiled = Box::leak(Box::new(one));
        let texts: &'static Vec<(String, String)> = Box::leak(Box::new(texts));
        Version { texts, pathways: one.own(), promises: &one.promises, sources: &one.sources }
    };
    compared(version(compiled(old), one(old)), version(compiled(new), one(new)), Budget { states: 20_000 })
}

fn changed(all: &[(&str, &str)]) -> String {
    all.iter().fold(DOOR.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

fn found(comparison: &Comparison) -> Vec<Finding> {
    let all = comparison.findings().into_iter();
    all.filter(|one| !matches!(one.subject, Subject::Change(_))).collect()
}

/// What is told, and whether it is of versions whose terms were made the same.
fn told(comparison: &Comparison) -> Vec<String> {
    let line = |one: &Finding| {
        let behind = one.examples.first().map(|one| one.evened.join(", ")).unwrap_or_default();
        format!("{}: {} | {behind}", one.level.word(), one.title)
    };
    found(comparison).iter().map(line).collect()
}

/// With each of these pairs a term or a number is better, and behind it somebody is no longer told.
#[test]
fn what_lies_behind_a_better_term_is_told() {
    let pairs = [
        [
            ("within 2 weeks\n    on give done", "within 1 week\n    on give done"),
            ("on give overdue notify chief", "on give overdue"),
        ],
        [("attempts 2", "attempts 3"), ("on home exhausted -> look", "on home exhausted -> bad")],
        [("ask again once", "ask again 2 times"), ("exhausted notify worker", "exhausted")],
        [
            ("accept within 5 working days", "accept within 4 working days"),
            ("exhausted notify worker", "exhausted"),
        ],
        [("after 3 weeks", "after 2 weeks"), ("on ring overdue notify chief", "on ring overdue")],
    ];
    let mut all = Vec::new();
    for pair in pairs {
        let new = changed(&pair);
        let comparison = of(DOOR, &new);
        all.push(told(&comparison).join("\n"));
        assert!(comparison.levels().contains(&Level::Weakens), "{}", text(&comparison));
        // The other way round it is better, and found as well.
        let back = of(&new, DOOR);
        assert_eq!(found(&back).len(), found(&comparison).len(), "{}", text(&back));
        assert!(back.levels().contains(&Level::Strengthens), "{}", text(&back));
        // By itself the term is better for everybody.
        let alone = of(DOOR, &changed(&pair[..1]));
        assert!(!alone.levels().contains(&Level::Weakens), "{}", text(&alone));
    }
    insta::assert_snapshot!(all.join("\n\n"));
}

/// Behind what is behind: a stage is met with another term, and what comes after that term has changed too.
#[test]
fn what_lies_behind_two_terms_is_told() {
    let new = changed(&[
        ("within 2 weeks\n    on give done", "within 1 week\n    on give done"),
        ("by worker within 1 week\n    on peep", "by worker within 2 days\n    on peep"),
        ("on peep overdue notify chief", "on peep overdue"),
    ]);
    let all = told(&of(DOOR, &new));
    assert!(all.iter().any(|one| one == "weakens: no more: chief is told | give, peep"), "{all:#?}");
}

/// Behind who is told: the stage after it is met by no other way.
#[test]
fn what_lies_behind_another_notice_is_told() {
    let whom = ("exhausted notify worker -> resting", "exhausted notify chief -> resting");
    let new = changed(&[whom, ("on ring overdue notify chief", "on ring overdue")]);
    let all = told(&of(DOOR, &new));
    assert!(all.iter().any(|one| one == "weakens: no more: chief is told | handing"), "{all:#?}");
    // By itself it is told once, and nothing else with it.
    let alone = told(&of(DOOR, &changed(&[whom])));
    assert_eq!(alone.len(), 1, "{alone:#?}");
}

/// Its history says what it is one of, in every report.
#[test]
fn a_history_behind_a_term_says_so() {
    let new = changed(&[
        ("within 2 weeks\n    on give done", "within 1 week\n    on give done"),
        ("on give overdue notify chief", "on give overdue"),
    ]);
    let comparison = of(DOOR, &new);
    let said =
        "As if what else has changed in give said the same in both versions. An example, played in both";
    assert!(text(&comparison).contains(said), "{}", text(&comparison));
    let written = json(&comparison);
    assert!(written.to_string().replace([' ', '\n'], "").contains(r#""evened":["give"]"#), "{written}");
    // What has changed by itself is no such history.
    let alone = of(DOOR, &changed(&[("on give overdue notify chief", "on give overdue")]));
    assert!(!text(&alone).contains("As if"), "{}", text(&alone));
}

/// Whatever it is that is better, it does not hide what is worse behind it.
#[test]
fn what_is_new_hides_nothing() {
    let new = changed(&[
        (
            "on give done -> visiting",
            "may task leaflet \"Leaflet\" by worker\n    on leaflet done notify worker\n    on give done -> visiting",
        ),
        ("on home overdue notify chief -> look", "on home overdue notify chief -> bad"),
        ("on ring overdue notify chief -> bad", "on ring overdue -> bad"),
    ]);
    let comparison = of(DOOR, &new);
    let told = text(&comparison);
    let levels: Vec<Level> = comparison.findings().iter().map(|one| one.level).collect();
    assert!(levels.contains(&Level::Weakens) && !levels.contains(&Level::Undecided), "{told}");
    assert!(told.contains("leaflet begins") && told.contains("the case ends: bad"), "{told}");
    assert!(told.contains("no more: chief is told"), "{told}");
    // Played on both versions themselves, and told as such.
    assert!(!told.contains("As if"), "{told}");
    let levels_of = |one: &Comparison| {
        let mut levels: Vec<Level> = one.findings().iter().map(|one| one.level).collect();
        levels.sort();
        levels
    };
    let turned = levels_of(&of(&new, DOOR));
    assert_eq!(turned.iter().filter(|level| **level == Level::Strengthens).count(), 2, "{turned:?}");
}

/// What is said the other way round is no difference, also where something else is: not between two steps either.
#[test]
fn what_is_said_the_other_way_round_is_no_difference() {
    let base = changed(&[
        (
            "trigger report_in from anyone { -> talk }",
            "data { urgent yes_no kept because \"a test\" }\n  trigger report_in from anyone { asks urgent  -> talk }",
        ),
        (
            "on give done -> visiting",
            "on give done when urgent -> look\n    on give done otherwise -> visiting",
        ),
    ]);
    let round = base
        .replace("on give done when urgent -> look", "on give done when not urgent -> visiting")
        .replace("on give done otherwise -> visiting", "on give done otherwise -> look");
    let alone = of(&base, &round);
    assert!(alone.is_proven_same(), "{}", text(&alone));
    let leaflet = "may task leaflet \"Leaflet\" by worker\n    on give done when";
    let told = text(&of(&base, &round.replace("on give done when", leaflet)));
    assert!(told.contains("leaflet begins") && told.contains("\n1 strengthens;"), "{told}");
}

/// What comes of something new is worse: that is not told with that it is there.
#[test]
fn what_comes_of_what_is_new_is_told() {
    let leaflet =
        "may task leaflet \"Leaflet\" by worker\n    on leaflet done -> bad\n    on give done -> visiting";
    let told = text(&of(DOOR, &changed(&[("on give done -> visiting", leaflet)])));
    assert!(told.contains("strengthens: new: leaflet begins"), "{told}");
    assert!(told.contains("weakens: sooner: the case ends: bad"), "{told}");
}

/// The example of a term beside a rule that is gone is one of the versions themselves: the new one tells nobody every week.
#[test]
fn the_example_of_a_term_is_of_both_versions_where_other_things_have_changed() {
    let weekly = "    every 1 week notify chief \"still talking\"\n";
    let old = changed(&[("    on ring done", &format!("{weekly}    on ring done"))]);
    let new = old.replacen(weekly, "", 1).replacen(
        "ring \"Ring\" by worker within 1 week",
        "ring \"Ring\" by worker within 2 weeks",
        1,
    );
    let all = found(&of(&old, &new));
    let term = all.iter().find(|one| one.title.contains("ring")).expect("the term is told");
    let example = term.examples.first().expect("an example");
    assert_eq!(example.evened, Vec::<String>::new());
    let told = example.scenes.each_ref().map(|scenes| {
        scenes.iter().flat_map(|scene| &scene.lines).any(|line| line.contains("still talking"))
    });
    assert_eq!(told, [true, false], "{example:#?}");
}

/// What becomes of a report, and two other things: none of them is hidden by where the report leads.
#[test]
fn another_condition_of_a_trigger_hides_nothing() {
    let asked = |least: u32| {
        let trigger = format!(
            "  data {{ months count 0..9 }}\n  trigger report_in from anyone {{ asks months  when months >= {least} -> talk  otherwise -> bad }}"
        );
        changed(&[("  trigger report_in from anyone { -> talk }", &trigger)])
    };
    let longer = [
        ("give \"Give\" by worker within 2 weeks", "give \"Give\" by worker within 9 months"),
        ("home \"Home\" by worker within 2 weeks", "home \"Home\" by worker within 9 weeks"),
    ];
    let all = longer.iter().fold(asked(1), |text, (from, to)| text.replacen(from, to, 1));
    let expected = ["give, term: 2 weeks becomes 9 months", "home, term: 2 weeks becomes 9 weeks"];
    for (old, new, level) in [(asked(2), all.clone(), Level::Weakens), (all, asked(2), Level::Strengthens)] {
        let found = found(&of(&old, &new));
        let terms = found.iter().filter(|one| one.level == level && one.title.contains("term"));
        let titles: Vec<&str> = terms.map(|one| one.title.as_str()).collect();
        assert_eq!(titles.len(), 2, "{found:#?}");
        if level == Level::Weakens {
            assert!(expected.iter().all(|one| titles.contains(one)), "{titles:?}");
        }
    }
    let notice = asked(3).replacen("on ring overdue notify chief", "on ring overdue notify house", 1);
    let told = told(&of(&asked(2), &notice));
    assert!(told.iter().any(|one| one.contains("chief is told becomes house is told")), "{told:#?}");
}

/// A term beside a new task is shown, and what is new is told once, with all that is said of it.
#[test]
fn what_is_new_is_told_once_and_hides_no_term() {
    let task = (
        "    must task give",
        "    must task tell by chief within 3 days\n    on tell overdue notify house\n    must task give",
    );
    let new = changed(&[task]);
    assert_eq!(told(&of(DOOR, &new)), ["strengthens: new: tell begins | "]);
    assert_eq!(told(&of(&new, DOOR)), ["breaks: task tell is gone | ", "weakens: no more: tell begins | "]);
    let both =
        new.replacen("give \"Give\" by worker within 2 weeks", "give \"Give\" by worker within 3 weeks", 1);
    let told = told(&of(DOOR, &both));
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(
        told.iter().any(|one| one.starts_with("weakens: give, term: 2 weeks becomes 3 weeks")),
        "{told:#?}"
    );
}

#[test]
fn to_whom_a_referral_goes_is_told_once() {
    let agencies = (
        "  agency helper \"Helper\" contact desk\n",
        "  agency helper \"Helper\" contact desk\n  agency other \"Other\" contact counter\n  role counter \"Counter\" of other\n",
    );
    let old = changed(&[agencies]);
    let new = old.replacen("    to helper\n", "    to other\n", 1);
    assert_eq!(
        told(&of(&old, &new)),
        ["shifts: to_helper goes to desk becomes to_helper goes to counter | "]
    );
}

/// A step that is gone from the middle is that step: the next one comes when it came before.
#[test]
fn a_step_that_is_gone_is_not_a_later_one() {
    let escalation = "  escalation late { at once notify chief  after 2 days notify house  after 1 week task take by chief within 2 days }\n  end good";
    let old = changed(&[
        ("  end good", escalation),
        ("on ring overdue notify chief -> bad", "on ring overdue escalate late\n    after 2 months -> bad"),
    ]);
    let new = old.replacen("  after 2 days notify house", "", 1);
    assert_eq!(told(&of(&old, &new)), ["weakens: no more: house is told | "]);
    assert_eq!(told(&of(&new, &old)), ["strengthens: new: house is told | "]);
}
