//! What a search shows of a pathway, as plain sets: for comparing the two engines.

use std::collections::BTreeSet;

use voordeur_protocol::{
    EndId, FieldId, Id as _, ObligationId, OpeningId, PartyId, Protocol, RuleId, StageId,
};

use crate::cells::Cells;
use crate::collect::{Collected, without_end};
use crate::comes::Comes;
use crate::explore::{Budget, Incomplete, Mistake, Search};
use crate::findings::rounds::rounds;
use crate::inert::Watched;
use crate::looks::Looks;
use crate::shelf::{Graph, Question, Shelf};
use voordeur_engine::waits_for_ever;

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
    /// The stages that a case can come back to by itself, again and again.
    pub rounds: BTreeSet<StageId>,
    /// What can be opened by itself, again and again.
    pub reopened: BTreeSet<ObligationId>,
    /// What must be done and can fall away with the end of the case.
    pub dropped: BTreeSet<(OpeningId, EndId)>,
    /// The fields that a rule of a line can need while nobody has recorded them.
    pub unrecorded: BTreeSet<(String, u32)>,
    /// What can be done before its term has passed.
    pub in_time: BTreeSet<OpeningId>,
    /// What can be open when its term has passed.
    pub late: BTreeSet<OpeningId>,
    /// The answers of which nothing comes, and those that are meant for a party to which nothing goes any more.
    pub lying: BTreeSet<(FieldId, Option<PartyId>)>,
}

impl Facts {
    /// What was seen step by step.
    pub(crate) fn of(looks: &Looks, seen: &Collected) -> Self {
        let same = |opening: &OpeningId| looks.same_opening(*opening);
        Self {
            stages: seen.stages.keys().copied().collect(),
            ends: seen.ends.keys().copied().collect(),
            rules: seen.rules.keys().copied().collect(),
            dropped: seen.dropped.keys().map(|(opening, end)| (same(opening), *end)).collect(),
            unrecorded: seen.unrecorded.keys().cloned().collect(),
            in_time: seen.in_time.keys().map(same).collect(),
            late: seen.late.keys().map(same).collect(),
            ..Self::default()
        }
    }
}

/// Everything, so that nothing is left out as inert.
pub(crate) fn all_watched(protocol: &Protocol) -> Watched {
    Watched {
        obligations: protocol.obligations.iter().map(|(id, _)| id).collect(),
        rules: protocol.rules.iter().map(|(id, _)| id).collect(),
        ..Watched::default()
    }
}

/// What the fast engine shows, how many states it took, and whether it looked at all of them. Everything is
/// watched, so that nothing is left out as inert.
#[must_use]
pub fn facts(protocol: &Protocol, budget: Budget, mistake: Mistake) -> (Facts, usize, Option<Incomplete>) {
    let mut search = Search::new(protocol, budget, &all_watched(protocol)).with_mistake(mistake);
    let mut seen = Collected::default();
    search.run(&mut (protocol, &mut seen));
    let all = 0..search.states.len();
    let waiting = all.filter(|at| search.case(*at).is_some_and(|case| waits_for_ever(protocol, case)));
    let again = rounds(&search).into_iter().flat_map(|(_, brings)| brings).map(|(.., what)| what);
    let lying = left_lying(protocol, &search.cells, &search.looks, &search);
    let facts = Facts {
        lying,
        waits: waiting.filter_map(|at| search.stage(at)).collect(),
        lost: without_end(&search).into_iter().filter_map(|at| search.stage(at)).collect(),
        ..Facts::of(&search.looks, &seen)
    }
    .with_rounds(again);
    (facts, search.states.len(), search.incomplete)
}

/// What is left lying of all that somebody is asked, at the door or elsewhere.
pub(crate) fn left_lying<G: Graph>(
    protocol: &Protocol,
    cells: &Cells,
    looks: &Looks,
    graph: &G,
) -> BTreeSet<(FieldId, Option<PartyId>)> {
    let shelf = Shelf::new(protocol, cells, looks, graph);
    let mut lying = BTreeSet::new();
    for (field, row) in protocol.fields.iter() {
        let question = Question::of(protocol, field);
        if shelf.left(&question).is_some() {
            lying.insert((field, None));
        }
        let without = row.shared_with.iter().filter(|to| shelf.without_way(&question, **to).is_some());
        lying.extend(without.map(|to| (field, Some(*to))));
    }
    lying
}

impl Facts {
    /// The same with what comes again and again.
    pub(crate) fn with_rounds(mut self, all: impl IntoIterator<Item = Comes>) -> Self {
        for what in all {
            match what {
                Comes::Stage(stage) => drop(self.rounds.insert(stage)),
                Comes::Opened(obligation) => drop(self.reopened.insert(obligation)),
                Comes::Escalated => {}
            }
        }
        self
    }

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
        stages("round through", &self.rounds, &other.rounds, &mut more);
        let name = |id: &OpeningId| &protocol.obligations.row(protocol.openings.row(*id).obligation).name;
        let again = self.reopened.difference(&other.reopened);
        more.extend(again.map(|id| format!("{} opened again and again", protocol.obligations.row(*id).name)));
        let dropped = self.dropped.difference(&other.dropped);
        more.extend(
            dropped.map(|(id, end)| format!("{} dropped at {}", name(id), protocol.ends.row(*end).name)),
        );
        more.extend(self.unrecorded.difference(&other.unrecorded).map(|one| format!("unrecorded {one:?}")));
        let lying = self.lying.difference(&other.lying);
        more.extend(lying.map(|(field, to)| {
            let to = to.map_or_else(String::new, |to| format!(" for {}", protocol.parties.row(to).name));
            format!("{} left lying{to}", protocol.fields.row(*field).name)
        }));
        more.extend(self.in_time.difference(&other.in_time).map(|id| format!("{} in time", name(id))));
        more.extend(self.late.difference(&other.late).map(|id| format!("{} late", name(id))));
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
