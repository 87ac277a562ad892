//! A pathway whose settings have other values from some day on: what is found of its editions together.

mod small;

use voordeur_protocol::{CheckedProtocol, of_editions};
use voordeur_verify::{Budget, compile, verify};

use small::{KNOCK, pathway};

/// What is found of all editions, with the year in which the history of each begins.
fn found(setting: &str, stages: &str) -> Vec<String> {
    let file = pathway(
        "state one of { pending, agreed }",
        &format!("  setting some = {setting}\n{KNOCK}\n{stages}"),
    );
    let compiled = compile(&file);
    assert!(compiled.problems.is_empty(), "{file}\n{:#?}", compiled.problems);
    let editions = compiled.protocols.iter().flat_map(CheckedProtocol::editions);
    let each: Vec<_> = editions.map(|one| verify(one, Budget::default()).findings).collect();
    assert!(each.len() > 1, "{file}");
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
