//! What is reported about a case reaches somebody who can act.

use std::collections::{BTreeMap, BTreeSet};

use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_messages::say;

use super::Context;
use crate::checks::Shows;
use crate::checks::play::opened_by;
use crate::guard::Expr;
use crate::model::{Cause, Effect, PartyKind, Rule, Scope, Spec};
use crate::table::{EventId, FieldId, PartyId, RuleId, StageId};

impl Context<'_> {
    /// What comes from outside the project, and of which the household alone hears.
    pub(super) fn reports(&mut self) {
        let events = self.protocol.events.iter().map(|(id, _)| id);
        let outside: Vec<EventId> = events.filter(|id| self.comes_from_outside(*id)).collect();
        for event in outside {
            let unheard = self.answering(event).into_values().filter(|rules| self.is_heard_by_nobody(rules));
            let first: Vec<RuleId> = unheard.filter_map(|rules| rules.first().copied()).collect();
            first.into_iter().for_each(|rule| self.heard_by_nobody(event, rule));
        }
    }

    /// Whether others than the workers of the project may report it. What is counted, and what is asked with it and something else
    /// reads, is looked at elsewhere.
    fn comes_from_outside(&self, id: EventId) -> bool {
        let row = self.protocol.events.row(id);
        let outside = |party: &PartyId| {
            let kind = &self.protocol.parties.row(*party).kind;
            let ours = self.agency(*party) == self.agency(self.protocol.lead);
            matches!(kind, PartyKind::Client | PartyKind::Anyone) || !ours
        };
        let reported = id == EventId::RELAPSE || row.line > 0 && row.from.iter().any(outside);
        reported && !row.is_counted && !self.is_read_elsewhere(id)
    }

    /// Whether something that is asked with an event is read by anything but the rules on it, or kept for a reason.
    fn is_read_elsewhere(&self, id: EventId) -> bool {
        let asks = &self.protocol.events.row(id).asks;
        let rules: Vec<RuleId> = self.answering(id).into_values().flatten().collect();
        if asks.is_empty() {
            return false;
        }
        let looked_at = self.looked_at_beside(&rules);
        asks.iter().any(|field| looked_at.contains(field))
    }

    /// What anything but these rules looks at, or is kept for a reason.
    fn looked_at_beside(&self, rules: &[RuleId]) -> BTreeSet<FieldId> {
        let mut others = self.protocol.clone();
        rules.iter().for_each(|rule| others.rules.row_mut(*rule).guard = Expr::True);
        others.fields_looked_at()
    }

    /// The rules on an event, for each place in which they stand.
    fn answering(&self, event: EventId) -> BTreeMap<Option<StageId>, Vec<RuleId>> {
        let mut places: BTreeMap<Option<StageId>, Vec<RuleId>> = BTreeMap::new();
        for (id, rule) in self.protocol.rules.iter().filter(|(_, rule)| rule.cause == Cause::Event(event)) {
            let place = match rule.scope {
                Scope::Stage(stage) => Some(stage),
                Scope::Always => None,
            };
            places.entry(place).or_default().push(id);
        }
        places
    }

    fn is_heard_by_nobody(&self, rules: &[RuleId]) -> bool {
        let read = self.looked_at_beside(rules);
        let silent = |rule: &Rule| {
            rule.target.is_none() && !rule.effects.iter().any(|effect| self.is_heard(effect, &read))
        };
        rules.iter().all(|id| silent(self.protocol.rules.row(*id)))
    }

    /// Whether an effect reaches anybody but the household: what is recorded does when something reads it, or the file says why
    /// it is kept.
    fn is_heard(&self, effect: &Effect, read: &BTreeSet<FieldId>) -> bool {
        match effect {
            Effect::Notify { who, .. } => *who != PartyId::CLIENT,
            Effect::Record { field, .. } => read.contains(field),
            Effect::Consent(_) => true,
            Effect::Open(opening) => match &self.obligation(*opening).1.spec {
                Spec::Escalation(escalation) => {
                    self.protocol.is_told_by(escalation)
                        || escalation.steps.iter().any(|step| opened_by(&step.effects).next().is_some())
                }
                _ => true,
            },
        }
    }

    fn heard_by_nobody(&mut self, event: EventId, rule: RuleId) {
        let name = &self.protocol.events.row(event).name;
        let message =
            say!("`{name}` is reported and then left on the shelf: nobody who can act hears of it", name);
        let lead = &self.protocol.parties.row(self.protocol.lead).name;
        let help = say!(
            "tell somebody of the project as well (`notify {lead}`), or let something follow from it",
            lead
        );
        let problem = Diagnostic::new(Finding::SignalOnTheShelf, *self.spans.rules.row(rule), message);
        self.suspect(problem.help(help), Shows::Applies(rule));
    }
}
