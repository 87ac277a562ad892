//! What a search shows of a pathway, as plain sets: for comparing the two engines.

use std::collections::BTreeSet;

use voordeur_protocol::{EndId, Id as _, Protocol, RuleId, StageId};

use crate::collect::{Collected, waits_for_ever, without_end};
use crate::explore::{Budget, Incomplete, Mistake, Search};
use crate::inert::Watched;

/// What cases of a pathway can come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The stages that a case can get to.
    pub stages: BTreeSet<StageId>,
    /// The ends that a case can get to.
    pub ends: BTreeSet<EndId>,
    /// The rules that can apply.
    pub rules: BTreeSet<RuleId>,
    /// The stages in which a case can wait for ever.
    pub waits: BTreeSet<StageId>,
    /// The stages in which a case can be from which it gets to no end.
    pub lost: BTreeSet<StageId>,
}

/// What the fast engine shows, how many states it took, and whether it looked at all of them. Everything is
/// watched, so that nothing is left out as inert.
#[must_use]
pub fn facts(protocol: &Protocol, budget: Budget, mistake: Mistake) -> (Facts, usize, Option<Incomplete>) {
    let watched = Watched {
        obligations: protocol.obligations.iter().map(|(id, _)| id).collect(),
        rules: protocol.rules.iter().map(|(id, _)| id).collect(),
        ..Watched::default()
    };
    let mut search = Search::new(protocol, budget, &watched).with_mistake(mistake);
    let mut seen = Collected::default();
    search.run(&mut (protocol, &mut seen));
    let all = 0..search.states.len();
    let waiting = all.filter(|at| search.case(*at).is_some_and(|case| waits_for_ever(protocol, case)));
    let facts = Facts {
        stages: seen.stages.keys().copied().collect(),
        ends: seen.ends.keys().copied().collect(),
        rules: seen.rules.keys().copied().collect(),
        waits: waiting.filter_map(|at| search.stage(at)).collect(),
        lost: without_end(&search).into_iter().filter_map(|at| search.stage(at)).collect(),
    };
    (facts, search.states.len(), search.incomplete)
}

impl Facts {
    /// What is in this one and not in the other, in words.
    #[must_use]
    pub fn beyond(&self, other: &Self, protocol: &Protocol) -> Vec<String> {
        let mut more = Vec::new();
        let stages = |what: &str,
                      own: &BTreeSet<StageId>,
                      its: &BTreeSet<StageId>,
                      more: &mut Vec<String>| {
            more.extend(own.difference(its).map(|id| format!("{what} {}", protocol.stages.row(*id).name)));
        };
        stages("stage", &self.stages, &other.stages, &mut more);
        stages("waits in", &self.waits, &other.waits, &mut more);
        stages("lost in", &self.lost, &other.lost, &mut more);
        more.extend(
            self.ends.difference(&other.ends).map(|id| format!("end {}", protocol.ends.row(*id).name)),
        );
        more.extend(
            self.rules
                .difference(&other.rules)
                .map(|id| format!("rule {} ({})", protocol.rules.row(*id).text, id.index())),
        );
        more
    }
}
