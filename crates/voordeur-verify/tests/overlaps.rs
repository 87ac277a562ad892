//! Two rules that apply at once, where that hangs on the day: on an age that a household has by then, on a holiday in a weekend. The
//! household and the day are found, and the history is told.

mod small;

use voordeur_diagnostics::Scene;
use voordeur_verify::compile;

use small::{KNOCK, pathway};

/// The rule that is broken, and the last line of its history.
fn told(data: &str, knock: &str, rules: &str) -> (Vec<&'static str>, Vec<String>) {
    let knock = KNOCK.replace("{ ->", &format!("{{ {knock} ->"));
    let head = format!(
        "  calendar nl\n{knock}\n  stage first {{ must task plan by worker within 2 weeks  {rules}  on plan overdue -> bad }}"
    );
    let problems = compile(&pathway(data, &head)).problems;
    let history = problems.first().map(|one| one.history.iter().flat_map(Scene::told).collect());
    (problems.iter().map(|one| one.rule.name()).collect(), history.unwrap_or_default())
}

#[track_caller]
fn overlaps(data: &str, knock: &str, rules: &str) -> String {
    let (found, history) = told(data, knock, rules);
    assert_eq!(found, ["overlapping-guards"], "{rules}");
    let told = history.join("\n");
    assert!(told.contains("both match"), "{told}");
    told
}

#[test]
fn by_an_age_that_comes_while_the_case_waits() {
    let ages = |one: &str, other: &str| {
        format!("on plan done when age of born {one} -> good  on plan done when age of born {other} -> bad")
    };
    let told = overlaps("born birthdate", "asks born", &ages("<= 18", ">= 18"));
    assert!(told.contains("born = 2008"), "{told}");
    overlaps("born birthdate", "asks born", &ages("< 60", ">= 20"));
    let apart = ages("< 18", ">= 18");
    assert_eq!(self::told("born birthdate", "asks born", &apart).0, [""; 0]);
}

#[test]
fn on_a_holiday_in_a_weekend() {
    let rules = |one: &str| format!("on plan done when {one} -> good  on plan done when holiday -> bad");
    let with = |one: &str| format!("{}  on plan done otherwise -> bad", rules(one));
    overlaps("urgent yes_no", "asks urgent", &with("weekend"));
    assert_eq!(told("urgent yes_no", "asks urgent", &with("weekend and not holiday")).0, [""; 0]);
}
