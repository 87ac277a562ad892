//! What is found in the editions of a pathway, whose settings have other values from some day on. That something never
//! comes is so when it never comes in any of them.

use std::collections::BTreeSet;

use voordeur_diagnostics::{Diagnostic, Rule, Span};

/// The findings of all editions together, each once. What is said of every case counts when it is found in each edition.
#[must_use]
pub fn of_editions(each: &[Vec<Diagnostic>]) -> Vec<Diagnostic> {
    let mut seen: BTreeSet<(Span, Rule, String)> = BTreeSet::new();
    let all = each.iter().flatten().filter(|one| is_in_each(one, each));
    all.filter(|one| seen.insert((one.span, one.rule, one.message.clone()))).cloned().collect()
}

/// Whether a finding stands in each edition, when it is one that has to.
pub(crate) fn is_in_each(finding: &Diagnostic, each: &[Vec<Diagnostic>]) -> bool {
    let same = |one: &Diagnostic| one.rule == finding.rule && one.span == finding.span;
    !says_never(finding.rule) || each.iter().all(|edition| edition.iter().any(same))
}

/// Whether a rule finds what no case ever comes to.
const fn says_never(rule: Rule) -> bool {
    matches!(rule, Rule::DeadRule | Rule::UnreachableStage | Rule::AlwaysOvertaken | Rule::VacuousPromise)
}
