//! Scenarios: what is right passes, what is wrong says what happened instead.
#![expect(clippy::unwrap_used, reason = "a failing test may panic anywhere")]

use std::fmt::Write as _;

use voordeur_diagnostics::{SourceFile, text};
use voordeur_protocol::compile;
use voordeur_scenario::{Coverage, play};

const PATHWAY: &str = r#"pathway door "Door" {
  version "1"
  lead   house
  agency house
  agency helper
  role   worker of house
  data { months count 0..12 shared with helper  agreed yes_no }
  trigger landlord from house { asks months  when months <= 2 -> short  otherwise -> long }
  event paid from worker
  stage short {
    must refer to_helper
    on to_helper taken_up  -> good
    on to_helper exhausted notify house -> long
  }
  stage long {
    must task talk by worker within 2 weeks asks agreed
    remind worker 1 day before talk is due
    on talk done when agreed -> good
    on talk done otherwise   -> bad
    on talk overdue escalate late
  }
  referral to_helper { to helper  hands over months  warm  accept within 5 working days  contact within 4 weeks  declined or overdue: ask again once, then exhausted }
  escalation late { after 1 week task take_over by house within 1 day }
  always { on paid -> good }
  end good success no aftercare because "a scenario stops here"
  end bad  failure
}
"#;

/// The scenarios of a file with what became of each.
fn played(scenarios: &str) -> String {
    let source = format!("{PATHWAY}{scenarios}");
    let compiled = compile(&source);
    assert_eq!(compiled.problems.iter().map(|p| p.message.clone()).collect::<Vec<_>>(), Vec::<String>::new());
    let (found, problems) = voordeur_scenario::compile(&compiled.scenarios, &compiled.protocols);
    let mut out = format!("{scenarios}----\n");
    let file = SourceFile { name: "door.pathway", text: &source };
    out.push_str(&text(file, &problems, false));
    for scenario in &found {
        for example in &scenario.examples {
            let row = example.row.as_deref().unwrap_or_default();
            match play(&scenario.protocol, example).failure {
                None => writeln!(out, "ok: {} {row}", scenario.title).unwrap(),
                Some(failure) => {
                    writeln!(out, "{}: {} {row}: {}", failure.at, scenario.title, failure.message).unwrap();
                }
            }
        }
    }
    out
}

#[test]
fn what_is_expected_is_met() {
    insta::assert_snapshot!(played(
        r#"scenario "asked again, then nobody" for door {
  on 2024-03-04 09:30 landlord by house { months: 2 }
  expect stage short, to_helper open, due 2024-03-11, months = 2, and nothing else
  when nothing happens until 2024-03-12 00:00
  expect to_helper asked_again, due 2024-03-19, and nothing else
  when nothing happens until 2024-03-20 00:00
  expect stage long, to_helper exhausted, told helper, told house, talk open, due 2024-04-03, and nothing else
}
scenario "a reminder, an escalation, and a late answer" for door {
  on 2024-03-04 landlord { months: 3 }
  when nothing happens until 2024-03-19
  expect reminded worker, talk overdue, late open, and nothing else
  when nothing happens until 2024-04-01
  expect take_over open, late step
  on 2024-04-02 talk done by worker { agreed: yes }
  expect ended good, and nothing else
}
scenario "who may report" for door {
  on 2024-03-04 landlord by helper { months: 2 }
  expect refused, and nothing else
}
scenario "months decide" for door {
  examples {
    | months | place | day        |
    | 2      | short | 2024-03-04 |
    | 3      | long  | 2024-03-05 |
  }
  on <day> landlord { months: <months> }
  expect stage <place>
}
"#
    ));
}

#[test]
fn what_is_not_met_says_what_happened_instead() {
    insta::assert_snapshot!(played(
        r#"scenario "stage" for door { on 2024-03-04 landlord { months: 2 }  expect stage long }
scenario "end" for door { on 2024-03-04 landlord { months: 2 }  expect ended good }
scenario "ended already" for door { on 2024-03-04 landlord { months: 2 }  on 2024-03-05 paid  expect stage short }
scenario "not open" for door { on 2024-03-04 landlord { months: 2 }  expect talk open }
scenario "due" for door { on 2024-03-04 landlord { months: 2 }  expect to_helper due 2024-03-12 }
scenario "no due date without being open" for door { on 2024-03-04 landlord { months: 2 }  expect talk due 2024-03-12 }
scenario "did not happen" for door { on 2024-03-04 landlord { months: 2 }  when nothing happens until 2024-03-13  expect to_helper exhausted }
scenario "nothing happened" for door { on 2024-03-04 landlord { months: 2 }  expect to_helper accepted }
scenario "not told" for door { on 2024-03-04 landlord { months: 2 }  expect told house }
scenario "not reminded" for door { on 2024-03-04 landlord { months: 2 }  expect reminded worker }
scenario "not refused" for door { on 2024-03-04 landlord { months: 2 }  expect refused }
scenario "refused" for door { on 2024-03-04 landlord { months: 2 }  on 2024-03-05 talk done  expect stage short }
scenario "value" for door { on 2024-03-04 landlord { months: 2 }  expect months = 3 }
scenario "not recorded" for door { on 2024-03-04 landlord { months: 2 }  expect agreed = yes }
scenario "something else" for door { on 2024-03-04 landlord { months: 2 }  expect to_helper open, and nothing else }
scenario "nobody reported" for door { expect stage short }
"#
    ));
}

#[test]
fn mistakes_in_scenarios_are_found_before_they_are_played() {
    insta::assert_snapshot!(played(
        r#"scenario "pathway" for dor { on 2024-03-04 landlord { months: 2 } }
scenario "event" for door { on 2024-03-04 landlrd { months: 2 } }
scenario "field" for door { on 2024-03-04 landlord { month: 2 } }
scenario "value" for door { on 2024-03-04 landlord { months: 13 } }
scenario "party" for door { on 2024-03-04 landlord by landlady { months: 2 } }
scenario "order" for door { on 2024-03-04 landlord { months: 2 }  when nothing happens until 2024-03-03  }
scenario "twice" for door { on 2024-10-27 02:30 landlord { months: 2 } }
scenario "by itself" for door { on 2024-03-04 landlord { months: 2 }  on 2024-03-05 to_helper exhausted }
scenario "word" for door { on 2024-03-04 landlord { months: 2 }  expect to_helper taken }
scenario "an end is no stage" for door { on 2024-03-04 landlord { months: 2 }  expect stage good }
scenario "a stage is no end" for door { on 2024-03-04 landlord { months: 2 }  expect ended short }
scenario "how it stands" for door { on 2024-03-04 landlord { months: 2 }  expect to_helper requested }
scenario "due of what" for door { on 2024-03-04 landlord { months: 2 }  expect due 2024-03-05 }
scenario "column" for door { examples { | a |
 | 2 | }
 on 2024-03-04 landlord { months: <b> } }
scenario "no name" for door { examples { | a |
 | 2 | }
 on 2024-03-04 landlord { months: 2 } expect stage <a> }
"#
    ));
}

/// Each thing that can be covered, with whether the scenarios have shown it.
fn covered(pathway: &str, scenarios: &str) -> String {
    let compiled = compile(&format!("{pathway}{scenarios}"));
    let (found, _) = voordeur_scenario::compile(&compiled.scenarios, &compiled.protocols);
    let mut coverage = Coverage::of(compiled.protocols.first().unwrap());
    for scenario in &found {
        for example in &scenario.examples {
            let played = play(&scenario.protocol, example);
            assert_eq!(played.failure, None);
            coverage.add(&scenario.protocol, &played);
        }
    }
    let lines: Vec<String> =
        coverage.items().map(|(item, covered)| format!("{covered:<5} {item:?}")).collect();
    format!("{scenarios}----\n{}", lines.join("\n"))
}

#[test]
fn coverage_counts_both_sides() {
    insta::assert_snapshot!(covered(
        PATHWAY,
        r#"scenario "one side" for door {
  on 2024-03-04 landlord { months: 2 }
  on 2024-03-05 to_helper taken_up
}
"#
    ));
}

/// A dated setting gives a condition other boundaries: a case shows those of the day on which it was reported.
#[test]
fn coverage_counts_the_boundaries_of_each_dated_value() {
    let pathway = PATHWAY
        .replace("months <= 2", "months <= most")
        .replace("version \"1\"", "version \"1\"\n  setting most = 2 from 2025-01-01 = 5");
    insta::assert_snapshot!(covered(
        &pathway,
        r#"scenario "the later value" for door {
  examples { | months |
    | 2 |
    | 6 | }
  on 2025-01-01 landlord { months: <months> }
}
"#
    ));
}

const LOOP: &str = r#"pathway again "Again" {
  version "1"
  lead   house
  agency house
  role   worker of house
  data { born birthdate  well yes_no  place one of { here, there } }
  trigger found from anyone { asks born  when age of born < 18 -> nothing  otherwise -> trying }
  event seen from worker { asks place }
  stage trying at most 2 times, else -> bad {
    must task try by worker within 1 week asks well
    on try done when well -> good
    on try done otherwise -> trying
    on try overdue        -> bad
  }
  always { on seen when place = here notify worker  on seen otherwise -> bad }
  end good    success
  end bad     failure
  end nothing other
}
"#;

/// The limit of a loop has two sides, the age is what it was then, and an answer counts for the rule that it sets off.
#[test]
fn coverage_counts_limits_ages_and_answers() {
    let seventeen = "scenario \"seventeen\" for again { on 2024-03-04 found { born: 2006-03-05 } }\n";
    let once = r#"scenario "once" for again {
  on 2024-03-04 found { born: 2006-03-04 }
  on 2024-03-05 seen { place: here }
  on 2024-03-06 try done { well: no }
  expect stage trying
}
"#;
    let twice = r#"scenario "once too often" for again {
  on 2024-03-04 found { born: 2000-01-01 }
  on 2024-03-05 try done { well: no }
  on 2024-03-06 try done { well: no }
  expect ended bad
}
"#;
    let marks = |text: String| -> Vec<String> {
        let wanted = ["Limit", "FieldId", "Among"];
        let lines = text.lines().filter(|line| wanted.iter().any(|word| line.contains(word)));
        lines.map(str::to_owned).collect()
    };
    insta::assert_snapshot!(format!(
        "{LOOP}{seventeen}{once}----\n{}",
        marks(covered(LOOP, &format!("{seventeen}{once}"))).join("\n")
    ));
    let all = marks(covered(LOOP, twice));
    assert_eq!(
        all.iter().filter(|line| line.contains("Limit")).filter(|line| line.starts_with("true")).count(),
        2
    );
}

const COUNTS: &str = r#"pathway counts "Counts" {
  version "1"
  lead   house
  calendar nl
  agency house
  role   worker of house
  data { hours count 0..9  fights counts fight over 2 weeks  missed sums hours over 2 weeks }
  event fight  from worker
  event absent from worker { asks hours }
  trigger found from anyone { -> first }
  stage first {
    must series talks by worker { 1 to 2 visits per week for 6 weeks }
    on talks done     notify house
    on talks missed   notify house
    on talks refused  -> bad
    on talks all_done -> bad
    on talks over     -> bad
    on fight          notify worker
    on absent         notify worker
    when fights >= 3          notify house "three fights"
    when missed >= 16         notify house "sixteen hours"
    when number of talks >= 2 notify house "two talks"
  }
  end bad failure
}
"#;

/// A condition on what is counted is looked at whenever something is counted.
#[test]
fn coverage_counts_conditions_on_what_is_counted() {
    let scenarios = r#"scenario "fights" for counts {
  on 2026-03-02 found
  on 2026-03-03 fight
  on 2026-03-04 fight
  on 2026-03-05 fight
  expect told house
}
scenario "hours" for counts {
  on 2026-03-02 found
  on 2026-03-03 absent { hours: 8 }
  on 2026-03-04 absent { hours: 7 }
  on 2026-03-05 absent { hours: 1 }
  expect told house
}
scenario "talks" for counts {
  on 2026-03-02 found
  on 2026-03-03 talks done
  on 2026-03-04 talks done
  expect told house
}
"#;
    let all = covered(COUNTS, scenarios);
    let sides: Vec<&str> = all.lines().filter(|line| line.contains(" Side(")).collect();
    assert_eq!(sides.len(), 6, "{all}");
    assert!(sides.iter().all(|line| line.starts_with("true")), "{}", sides.join("\n"));
}

/// An event that something counts needs no rule of its own; one that nobody answers is refused.
#[test]
fn an_event_that_is_only_counted_is_accepted() {
    let scenario = r#"scenario "fights" for counts {
  on 2026-03-02 found
  on 2026-03-03 fight
  on 2026-03-04 fight
  on 2026-03-05 fight
  expect told house
}
"#;
    let silent = COUNTS.replace("    on fight          notify worker\n", "");
    let first_failure = |pathway: &str| {
        let compiled = compile(&format!("{pathway}{scenario}"));
        let (found, _) = voordeur_scenario::compile(&compiled.scenarios, &compiled.protocols);
        assert_eq!(found.len(), 1, "{:?}", compiled.problems);
        let played =
            found.iter().flat_map(|one| one.examples.iter().map(|example| play(&one.protocol, example)));
        let failed: Vec<String> =
            played.map(|one| one.failure.map_or_else(String::new, |why| why.message)).collect();
        failed.join("; ")
    };
    assert_ne!(silent, COUNTS);
    assert_eq!(first_failure(&silent), "");
    // Nothing counts it any more: there is nothing that it could set off.
    let uncounted = silent.replace("fights counts fight over 2 weeks", "fights count 0..9");
    assert!(first_failure(&uncounted).contains("fight"), "{}", first_failure(&uncounted));
}
