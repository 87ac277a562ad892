//! What rules record about a household, consent among it. Where nothing reads it no household is treated otherwise, and still what is
//! known of it is something else.

use std::collections::{BTreeMap, BTreeSet};

use voordeur_protocol::{Cause, Effect, EventId, Protocol, Rule, Scope, yes_or_no};
use voordeur_syntax::vocabulary::spelled;

use super::Found;
use crate::level::Level;

/// In which stage, or in all of them; and on what, as it is called now.
type Occasion = (Option<String>, String);

/// What rules record on one occasion, and the line of the first of them that does; of the first of all where none does.
#[derive(Debug, Default)]
struct Recorded {
    all: BTreeSet<String>,
    line: Option<u32>,
    first: Option<u32>,
}

impl Recorded {
    fn line(&self) -> u32 {
        self.line.or(self.first).unwrap_or_default()
    }
}

impl Found<'_> {
    /// Where an occasion is in one version only, what follows from that is told.
    pub(super) fn recorded(&mut self) {
        let (then, mut now) = (self.occasions(self.old), self.occasions(self.new));
        for (occasion, old) in then {
            let Some(new) = now.remove(&occasion).filter(|new| new.all != old.all) else { continue };
            let (stage, on) = occasion;
            let name = stage.map_or_else(|| on.clone(), |stage| format!("{on} ({stage})"));
            let words = |one: &Recorded| one.all.iter().cloned().collect::<Vec<_>>().join(", ");
            let both = [words(&old), words(&new)];
            self.add(("rule", &name, [old.line(), new.line()]), "recorded", both, Level::Shifts);
        }
    }

    fn occasions(&self, protocol: &Protocol) -> BTreeMap<Occasion, Recorded> {
        let mut all: BTreeMap<Occasion, Recorded> = BTreeMap::new();
        for rule in protocol.rules.rows() {
            let stage = match rule.scope {
                Scope::Stage(stage) => Some(self.named(protocol, &protocol.stages.row(stage).name)),
                Scope::Always => None,
            };
            let known = all.entry((stage, self.on(protocol, rule))).or_default();
            known.first.get_or_insert(rule.line);
            for effect in &rule.effects {
                if let Some(words) = self.record(protocol, effect) {
                    known.all.insert(words);
                    known.line.get_or_insert(rule.line);
                }
            }
        }
        all
    }

    /// What sets a rule off, by the names of today.
    fn on(&self, protocol: &Protocol, rule: &Rule) -> String {
        let word = |word| spelled(word, self.new.spelling);
        match &rule.cause {
            Cause::Obligation(of, on) => {
                let row = protocol.obligations.row(*of);
                format!("{} {}", self.named(protocol, &row.name), row.happening_name(*on, self.new.spelling))
            }
            Cause::Event(event) => self.event(protocol, *event),
            Cause::Entry => word("at once"),
            Cause::After(..) | Cause::ContactsOver => word("after"),
            Cause::Every(_) => word("every"),
            Cause::Birthday { .. } => word("birthday"),
            Cause::Condition => word("when"),
        }
    }

    /// An event of the language has the same number in every pathway, however that is spelled.
    fn event(&self, protocol: &Protocol, event: EventId) -> String {
        match self.new.events.get(event).filter(|row| row.line == 0) {
            Some(own) => own.name.clone(),
            None => self.named(protocol, &protocol.events.row(event).name),
        }
    }

    fn record(&self, protocol: &Protocol, effect: &Effect) -> Option<String> {
        match effect {
            Effect::Record { field, value } => {
                let row = protocol.fields.row(*field);
                Some(format!("{} = {}", self.named(protocol, &row.name), row.ty.show(value)))
            }
            Effect::Consent(given) => {
                Some(format!("{} = {}", spelled("consent", self.new.spelling), yes_or_no(*given)))
            }
            Effect::Notify { .. } | Effect::Open(_) => None,
        }
    }
}
