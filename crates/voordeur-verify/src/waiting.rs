//! Rules that only tell somebody something: they are left out of the search, and shown by letting time go by.
//!
//! What is shown here is shown by the engine itself, with real dates. What is not shown is not thereby impossible.

use std::collections::{BTreeMap, BTreeSet};

use voordeur_engine::Entry;
use voordeur_protocol::{Cause, RuleId, Scope};

use crate::explore::Search;
use crate::replay::{History, wait_after, way_to};

/// From so many situations is waited for one rule.
const MOST_TRIES: usize = 4;

/// Those of the rules that apply when nobody does anything, from a situation in which that may be.
pub(crate) fn shown_by_waiting(search: &Search<'_>, rules: &[RuleId]) -> BTreeSet<RuleId> {
    let mut waited: BTreeMap<usize, BTreeSet<RuleId>> = BTreeMap::new();
    let mut shown = BTreeSet::new();
    for rule in rules.iter().filter(|rule| is_about_time(search, **rule)) {
        for at in states(search, *rule) {
            if shown.contains(rule) {
                break;
            }
            let fired = waited.entry(at).or_insert_with(|| fired_after(search, at));
            shown.extend(fired.iter().copied());
        }
    }
    shown
}

/// What happens when nobody does anything, from situations in which a rule may apply.
pub(crate) fn waited_for(search: &Search<'_>, rule: RuleId) -> impl Iterator<Item = History> {
    states(search, rule).filter_map(|at| wait_after(search, &way_to(search, at)))
}

fn states(search: &Search<'_>, rule: RuleId) -> impl Iterator<Item = usize> {
    (0..search.states.len()).filter(move |at| may_apply(search, *at, rule)).take(MOST_TRIES)
}

fn is_about_time(search: &Search<'_>, rule: RuleId) -> bool {
    !matches!(search.protocol.rules.row(rule).cause, Cause::Entry | Cause::Event(_))
}

/// Whether a case is where the rule applies, and what it is about is open.
fn may_apply(search: &Search<'_>, at: usize, rule: RuleId) -> bool {
    let rule = search.protocol.rules.row(rule);
    let Some(case) = search.case(at).filter(|case| case.is_running()) else { return false };
    let here = match rule.scope {
        Scope::Always => true,
        Scope::Stage(stage) => search.stage(at) == Some(stage),
    };
    here && match rule.cause {
        Cause::Obligation(of, _) if !search.looks.inert.obligation(of) => {
            case.open.iter().any(|one| one.opening(search.protocol).obligation == of)
        }
        _ => true,
    }
}

fn fired_after(search: &Search<'_>, at: usize) -> BTreeSet<RuleId> {
    let history = wait_after(search, &way_to(search, at)).unwrap_or_default();
    let entries = history.moments.iter().flat_map(|moment| &moment.entries);
    entries
        .filter_map(|entry| if let Entry::RuleFired { rule } = entry { Some(*rule) } else { None })
        .collect()
}
