//! A pathway whose settings have other values from some day on: what is found of its editions together.

mod small;

use voordeur_protocol::{CheckedProtocol, of_editions};
use voordeur_verify::{Budget, compile, verify};

use small::{KNOCK, pathway};

/// What is found of all editions in force, with the year in which the history of each begins.
fn found(setting: &str, stages: &str) -> Vec<String> {
    found_of(&file(setting, stages))
}

fn file(setting: &str, stages: &str) -> String {
    let setting = format!("  setting some = {setting}");
    pathway("state one of { pending, agreed }", &format!("{setting}\n{KNOCK}\n{stages}"))
}

fn found_of(file: &str) -> Vec<String> {
    let compiled = compile(file);
    assert!(!compiled.has_errors(), "{file}\n{:#?}", compiled.problems);
    let editions = compiled.protocols.iter().flat_map(CheckedProtocol::editions_in_force);
    let each: Vec<_> = editions.map(|one| verify(one, Budget::default()).findings).collect();
    let begins = |one: &voordeur_diagnostics::Diagnostic| {
        let year = one.history.first().and_then(|scene| scene.at.split('-').next());
        year.map_or_else(String::new, |year| format!(" {year}"))
    };
    of_editions(&each).iter().map(|one| format!("{}{}", one.rule.name(), begins(one))).collect()
}

#[test]
fn a_term_that_cannot_be_kept_from_some_day_on_is_told() {
    let stages = "  stage first {
    after 1 week -> second
    must task talk by worker within 3 days
    on talk done    notify worker
    on talk overdue notify worker
  }
  stage second {
    must task plan by worker within some of report
    on plan done    -> good
    on plan overdue -> bad
  }";
    assert_eq!(found("3 weeks from 2027-01-01 = 5 days", stages), ["contradictory-terms 2027"]);
    assert_eq!(found("3 weeks from 2027-01-01 = 2 weeks", stages), [""; 0]);
    // Nobody is reported under what was so before the version.
    assert_eq!(found("5 days from 2027-01-01 = 3 weeks", stages), ["contradictory-terms 2026"]);
    let head = "version \"1\" from 2027-01-01  goal \"g\"  for whom \"w\"  mandate \"m\"";
    let later = |setting: &str| found_of(&file(setting, stages).replace("version \"1\"", head));
    assert_eq!(later("5 days from 2027-01-01 = 3 weeks"), [""; 0]);
    assert_eq!(later("5 days from 2027-06-01 = 3 weeks"), ["contradictory-terms 2027"]);
}

#[test]
fn a_rule_that_comes_too_late_in_one_edition_only_is_not_told() {
    let stages = "  stage first {
    must task talk by worker within 2 weeks
    on talk done    -> good
    on talk overdue -> bad
    after some      notify worker
  }";
    assert_eq!(found("3 weeks from 2027-01-01 = 1 week", stages), [""; 0]);
    assert_eq!(found("3 weeks from 2027-01-01 = 4 weeks", stages), ["always-overtaken"]);
}
