//! Rounds that a case can go without a limit, and a case history that goes one of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_messages::say;
use voordeur_protocol::{ObligationId, StageId};

use super::Found;
use crate::comes::Comes;
use crate::explore::Search;
use crate::replay::{Way, between, replay, way_to};
use crate::states::State;
use crate::ways::Ways;

/// So many rounds are tried on real dates: where moments are taken together, the shortest may have none.
const MOST_WAYS: usize = 64;

/// States between which a case can go round by itself, and the ways between them that bring what must not come for ever.
type Round = (BTreeSet<usize>, Vec<Brings>);

/// A way from a state to another one, and what it brings.
type Brings = (usize, usize, Comes);

/// All rounds that a case can go by itself.
pub(crate) fn rounds(search: &Search<'_>) -> Vec<Round> {
    let ways = ways_by_themselves(search);
    let round = |states: BTreeSet<usize>| {
        let ways = states.iter().filter_map(|from| Some((*from, &search.states.get(*from)?.next)));
        let ways = ways.flat_map(|(from, next)| next.iter().map(move |(to, _)| (from, *to)));
        let within = ways.filter(|(_, to)| states.contains(to));
        let brings = within.flat_map(|(from, to)| {
            search.comes_between(from, to).into_iter().map(move |what| (from, to, what))
        });
        let mut brings: Vec<Brings> = brings.collect();
        if !brings.is_empty() {
            match search.comes_for_ever(&states) {
                Some(all) => brings.retain(|(.., what)| all.contains(what)),
                // Too much to say which of them comes without anybody being called in.
                None if brings.iter().any(|(.., what)| *what == Comes::Escalated) => {
                    brings.retain(|(.., what)| matches!(what, Comes::Stage(_)));
                }
                None => {}
            }
        }
        brings.retain(|(.., what)| *what != Comes::Escalated);
        (states, brings)
    };
    // Most states are never come to again.
    let comes_again = |states: &Vec<usize>| match states.as_slice() {
        [one] => ways.from(*one).any(|to| to == *one),
        all => !all.is_empty(),
    };
    ways.parts().filter(comes_again).map(|states| round(states.into_iter().collect())).collect()
}

/// From which state to which others a case goes by itself.
fn ways_by_themselves(search: &Search<'_>) -> Ways {
    // States at other moments have the same situation.
    let led: Vec<Vec<usize>> =
        (0..search.situations.count()).map(|situation| search.led_to_by_itself(situation)).collect();
    let goes = |from: &State, to: usize| {
        let to = search.states.get(to).map(|state| state.situation);
        led.get(from.situation).zip(to).is_some_and(|(led, to)| led.binary_search(&to).is_ok())
    };
    Ways::of(search.states.len(), || {
        search.states.iter().enumerate().flat_map(|(from, state)| {
            let next = state.next.iter().map(|(to, _)| *to);
            next.filter(|to| goes(state, *to)).map(move |to| (from, to))
        })
    })
}

impl Found<'_, '_> {
    /// Rounds that a case can go again and again by what becomes of its obligations and by time, without a limit. What
    /// people report from outside, such as a relapse, begins something new.
    pub(super) fn loops(&mut self) {
        let mut told: BTreeSet<Comes> = BTreeSet::new();
        let mut rounds = rounds(self.search);
        // Those that are come to first have the shortest histories.
        rounds.sort_by_key(|(states, _)| states.first().copied());
        for (states, brings) in rounds {
            let all: BTreeSet<Comes> = brings.iter().map(|(.., what)| *what).collect();
            // What is opened on a round through stages has the limit of the stages.
            let stages: BTreeSet<Comes> =
                all.iter().filter(|what| matches!(what, Comes::Stage(_))).copied().collect();
            let about = if stages.is_empty() { all } else { stages };
            let Some(first) = about.first().copied() else { continue };
            let known = told.len();
            told.extend(&about);
            if told.len() > known
                && let Some(problem) = self.unlimited(&about, first)
            {
                self.tell_round(problem, first, &states, &brings);
            }
        }
    }

    fn unlimited(&self, about: &BTreeSet<Comes>, first: Comes) -> Option<Diagnostic> {
        let names: Vec<String> = about.iter().map(|what| format!("`{}`", self.name(*what))).collect();
        Some(match first {
            Comes::Stage(stage) => self.stages_without_limit(stage, &names),
            Comes::Opened(obligation) => self.opened_without_limit(obligation, &names),
            Comes::Escalated => return None,
        })
    }

    fn name(&self, what: Comes) -> &str {
        match what {
            Comes::Stage(stage) => &self.protocol.stages.row(stage).name,
            Comes::Opened(obligation) => &self.protocol.obligations.row(obligation).name,
            Comes::Escalated => "",
        }
    }

    fn stages_without_limit(&self, first: StageId, names: &[String]) -> Diagnostic {
        let message = match names {
            [one] => say!("a case can come back to {one} again and again, without a limit", one),
            names => say!(
                "a case can go round through {names} again and again, without a limit",
                names = names.join(", ")
            ),
        };
        let name = &self.protocol.stages.row(first).name;
        Diagnostic::error(Finding::LoopWithoutLimit, *self.protocol.spans().stages.row(first), message)
            .help(say!("say how often: `stage {name} at most 3 times, else -> …`", name))
    }

    fn opened_without_limit(&self, first: ObligationId, names: &[String]) -> Diagnostic {
        let message = match names {
            [one] => say!("{one} can be opened again and again, without a limit", one),
            names => {
                say!("{names} can open each other again and again, without a limit", names = names.join(", "))
            }
        };
        let protocol = self.protocol;
        let opening = protocol.openings.iter().find(|(_, row)| row.obligation == first).map(|(id, _)| id);
        let span = opening.map_or_else(Default::default, |id| *protocol.spans().openings.row(id));
        Diagnostic::error(Finding::LoopWithoutLimit, span, message).help(say!(
            "lead to a stage that says how often (`stage again at most 3 times, else -> …`), or open it `every` so long"
        ))
    }

    fn tell_round(&mut self, problem: Diagnostic, what: Comes, states: &BTreeSet<usize>, brings: &[Brings]) {
        let ways = brings.iter().filter(|(.., own)| *own == what).take(MOST_WAYS);
        let mut ways: Vec<Way> =
            ways.filter_map(|(from, to, _)| self.round((*from, *to), what, states)).collect();
        ways.sort_by_key(Vec::len);
        match ways.iter().find_map(|way| replay(self.search, way)) {
            Some(history) => self.tell_history(problem, Some(history)),
            None => self.suspect(problem),
        }
    }

    /// The way to a state to which something has just come, and on until it comes once more.
    fn round(&self, (from, to): (usize, usize), what: Comes, states: &BTreeSet<usize>) -> Option<Way> {
        let mut before: BTreeMap<usize, usize> = BTreeMap::new();
        let mut queue = VecDeque::from([to]);
        while let Some(at) = queue.pop_front().filter(|at| *at != from) {
            for (next, _) in &self.search.states.get(at)?.next {
                let known = *next == to || before.contains_key(next) || !states.contains(next);
                if !known && self.search.leads_by_itself(at, *next) {
                    before.insert(*next, at);
                    queue.push_back(*next);
                }
            }
        }
        let mut way = way_to(self.search, to);
        way.extend(between(self.search, &before, (to, from))?);
        way.push((self.search.bringing(from, to, what)?, self.search.key(to).cloned()));
        Some(way)
    }
}
