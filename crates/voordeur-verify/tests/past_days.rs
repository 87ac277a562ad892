//! What counts from a day that somebody answered: it may have gone by when it is opened, and is due at once then.

use voordeur_protocol::unchecked;
use voordeur_verify::{Budget, Milestone, bounds, compile, keep, promises, verify};

/// With what is promised of it: a task that is due five days before an eviction, beside one for the same day.
const WARN: &str = r#"pathway door "Door" {
  version "1"
  lead house
  agency house
  role worker of house
  data { eviction date kept because "x" }
  trigger knock from anyone { asks eviction -> first }
  stage first {
    must task call_them by worker same day
    must task warn by worker 5 days before eviction or earlier
    on call_them done    -> fine
    on call_them overdue -> fine
    on warn done         -> fine
    on warn overdue      -> late
  }
  end fine other
  end late failure
}
"#;

#[test]
fn a_term_that_has_gone_by_is_due_at_once() {
    let compiled = compile(WARN);
    let protocol = compiled.protocols.first().unwrap_or_else(|| panic!("{:?}", compiled.problems));
    let report = verify(protocol, Budget::default());
    assert!(report.findings.is_empty() && report.incomplete.is_none(), "{:?}", report.findings);
}

#[test]
fn the_first_day_of_what_was_due_before_is_that_of_the_report() {
    let all = unchecked(WARN);
    let protocol = all.first().unwrap_or_else(|| panic!("one pathway"));
    let (rows, _) = bounds(protocol, Budget::default());
    let late = rows
        .iter()
        .find(|row| matches!(row.milestone, Milestone::End(end) if protocol.ends.row(end).name == "late"));
    assert_eq!(late.and_then(|row| row.earliest), Some(0), "{rows:?}");
}

#[test]
fn a_promise_that_a_day_in_the_past_breaks_is_broken() {
    let file = format!("{WARN}promise \"p\" for door {{ no case ends late before call_them is done }}\n");
    let said = said(&file);
    assert!(said.contains("Broken"), "{said}");
}

fn said(file: &str) -> String {
    let compiled = compile(file);
    let (all, problems) = promises(&compiled.promises, &compiled.protocols, &compiled.sources);
    assert!(problems.is_empty(), "{problems:?}");
    let told = all.iter().flat_map(|promise| keep(promise, Budget::default(), false).statements);
    told.map(|told| format!("{:?}", told.verdict)).collect()
}
