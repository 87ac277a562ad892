//! Steps of escalations whose time never comes: what they are about is always over before.

use std::collections::{BTreeMap, BTreeSet};

use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_engine::{Entry, Serial};
use voordeur_messages::say;
use voordeur_protocol::model::Escalation;
use voordeur_protocol::{Effect, Happening, ObligationId, Protocol, RuleId, Spec};

use super::Found;
use crate::collect::Collected;
use crate::explore::{Budget, Search};
use crate::inert::Watched;
use crate::replay::{History, wait_after, way_with};
use crate::waiting::waited_for;

impl Found<'_, '_> {
    pub(super) fn steps(&mut self, seen: &Collected, budget: Budget) {
        let protocol = self.protocol;
        for (id, row) in protocol.obligations.iter() {
            let Spec::Escalation(escalation) = &row.spec else { continue };
            let mut missing = timed(escalation);
            missing.retain(|step| !seen.steps.contains(&(id, *step)));
            if missing.is_empty() || self.most_steps(seen, id) >= timed(escalation).len() {
                continue;
            }
            let wanted = missing.iter().map(|step| (id, *step)).collect();
            if let Some(again) = self.searched_again(id, wanted, budget) {
                missing.retain(|step| !again.steps.contains(&(id, *step)));
                missing.into_iter().for_each(|step| self.never_reached(id, escalation, step));
            }
        }
    }

    /// So many of its steps come when somebody only waits, in the histories that are tried.
    fn most_steps(&self, seen: &Collected, id: ObligationId) -> usize {
        let rules = rules_that_open(self.protocol, id);
        let known = rules.iter().filter_map(|rule| seen.rules.get(rule));
        let after =
            known.filter_map(|(from, edge)| wait_after(self.search, &way_with(self.search, *from, edge)));
        let all = after.chain(rules.iter().flat_map(|rule| waited_for(self.search, *rule)));
        all.map(|history| steps_in(self.protocol, &history, id)).max().unwrap_or(0)
    }

    /// Every case, with all that becomes of the escalation, until these steps were seen; `None` when that was too much, or when
    /// nothing starts it.
    fn searched_again(
        &self,
        id: ObligationId,
        until_steps: BTreeSet<(ObligationId, u8)>,
        budget: Budget,
    ) -> Option<Collected> {
        let plain: &Protocol = self.protocol;
        let watched = Watched { obligations: [id].into(), ..Watched::default() };
        let mut search = Search::new(plain, budget, &watched);
        let mut again = Collected { until_steps, ..Collected::default() };
        search.run(&mut (plain, &mut again));
        let starts = again.opened.contains(&id);
        (search.incomplete.is_none() && starts).then_some(again)
    }

    fn never_reached(&mut self, id: ObligationId, escalation: &Escalation, step: u8) {
        let name = &self.protocol.obligations.row(id).name;
        let Some(after) = escalation.steps.get(usize::from(step)).and_then(|step| step.after) else { return };
        let message = say!(
            "what `{name}` does after {after} is never done: what it is about is always over before",
            name,
            after
        );
        let help = say!("let the step come sooner, or what it is about last longer");
        let span = *self.protocol.spans().obligations.row(id);
        self.findings.push(Diagnostic::warning(Finding::AlwaysOvertaken, span, message).help(help));
    }
}

/// The steps that wait for their time.
fn timed(escalation: &Escalation) -> Vec<u8> {
    let steps = escalation.steps.iter().zip(0..);
    steps.filter(|(step, _)| step.after.is_some()).map(|(_, number)| number).collect()
}

fn rules_that_open(protocol: &Protocol, id: ObligationId) -> Vec<RuleId> {
    let opens = |effect: &Effect| matches!(effect, Effect::Open(opening) if protocol.openings.row(*opening).obligation == id);
    protocol.rules.iter().filter(|(_, rule)| rule.effects.iter().any(opens)).map(|(rule, _)| rule).collect()
}

/// How many steps of one start of an escalation there are in a history.
fn steps_in(protocol: &Protocol, history: &History, id: ObligationId) -> usize {
    let mut counts: BTreeMap<Serial, usize> = BTreeMap::new();
    for entry in history.moments.iter().flat_map(|moment| &moment.entries) {
        let Entry::Moved { serial, opening, on: Happening::Step, .. } = entry else { continue };
        if protocol.openings.row(*opening).obligation == id {
            *counts.entry(*serial).or_default() += 1;
        }
    }
    counts.into_values().max().unwrap_or(0)
}
