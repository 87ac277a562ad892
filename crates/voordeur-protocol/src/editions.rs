//! What is found in the editions of a pathway, whose settings have other values from some day on. That something never
//! comes is so when it never comes in any of them.

use std::collections::BTreeSet;

use jiff::civil::Date;
use voordeur_diagnostics::{Diagnostic, Rule, Span};

/// The findings of all editions together, each once. What is said of every case counts when it is found in each edition.
#[must_use]
pub fn of_editions(each: &[Vec<Diagnostic>]) -> Vec<Diagnostic> {
    let mut seen: BTreeSet<(Span, Rule, String)> = BTreeSet::new();
    let all = each.iter().flatten().filter(|one| is_in_each(one, each));
    all.filter(|one| seen.insert((one.span, one.rule, one.message.clone()))).cloned().collect()
}

/// Under which editions, by their first days in order, a case can be reported while a version is in force; all of them where that would be
/// none.
pub(crate) fn in_force(editions: &[Option<Date>], [first, last]: [Option<Date>; 2]) -> Vec<bool> {
    let next = editions.iter().skip(1).copied().chain([None]);
    let is_in_force = |(from, next): (Option<Date>, Option<Date>)| {
        let begins = last.is_none_or(|last| from.is_none_or(|from| from <= last));
        begins && first.is_none_or(|first| next.is_none_or(|next| next > first))
    };
    let found: Vec<bool> = editions.iter().copied().zip(next).map(is_in_force).collect();
    if found.contains(&true) { found } else { vec![true; editions.len()] }
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
