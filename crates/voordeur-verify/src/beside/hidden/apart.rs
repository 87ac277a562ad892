//! What only opens something that has changed never changes the way of a case: it is looked at in parts, each opener by itself with all that
//! comes of it.

use std::collections::BTreeSet;

use voordeur_protocol::{Cause, Happening, ObligationId, Protocol, Rule, Spec};

use super::super::answer::Reader;
use super::super::reach::Reach;
use super::{Hidden, opens};
use crate::inert::{Inert, Watched};

/// What opens something: an obligation with all that becomes of it, or the end of a term of one.
pub(in super::super) type Opener = (ObligationId, Option<Happening>);

/// What is looked at for nothing but what it opens.
struct Openers<'w> {
    bare: Inert,
    inert: Inert,
    watched: &'w Watched,
}

impl<'w> Openers<'w> {
    fn of(protocol: &Protocol, watched: &'w Watched) -> Self {
        let bare = Inert::of(protocol, &Watched::default());
        Self { bare, inert: Inert::of(protocol, watched), watched }
    }

    fn has(&self, (of, on): Opener) -> bool {
        let Self { bare, inert, watched } = self;
        let is_itself = !watched.obligations.contains(&of);
        is_itself
            && match on {
                None => bare.obligation(of) && !inert.obligation(of),
                Some(on) => {
                    !bare.obligation(of)
                        && bare.is_quiet(of, on)
                        && !inert.is_quiet(of, on)
                        && !watched.happenings.contains(&(of, on))
                }
            }
    }
}

impl Hidden {
    /// The same in parts: what only opens something that has changed is looked at one by one, with all that comes of it, since what it
    /// opens never changes the way of a case.
    pub(in super::super) fn apart(self, reader: Reader<'_>, reach: &Reach) -> Vec<Self> {
        let all = self.openers(reader);
        if all.len() < 2 {
            return vec![self];
        }
        let parts = (0..all.len()).map(|at| {
            let mut part = self.clone();
            let comes_of_it = all.get(at).map(|both| coming_of(reader, *both)).unwrap_or_default();
            let others = all.iter().enumerate().filter(|(number, _)| *number != at);
            let others = others.filter(|(_, [old, _])| !comes_of_it.contains(&old.0));
            for [old, new] in others.map(|(_, both)| *both) {
                let [before, after] = &mut part.watched;
                before.aside.insert(old);
                after.aside.insert(new);
            }
            part.settled(reader, reach)
        });
        parts.collect()
    }

    /// What is looked at for nothing but what it opens, in both versions.
    fn openers(&self, reader: Reader<'_>) -> Vec<[Opener; 2]> {
        let [old, new] = &self.watched;
        let (first, second) = (Openers::of(reader.old, old), Openers::of(reader.new, new));
        let ons = [None, Some(Happening::Slipped), Some(Happening::Overdue)];
        let all = reader.old.obligations.iter().flat_map(|(of, _)| ons.map(|on| (of, on)));
        let both = all.filter(|opener| first.has(*opener)).filter_map(|(of, on)| {
            let now = (reader.names.obligations.now(of.0).map(ObligationId)?, on);
            second.has(now).then_some([(of, on), now])
        });
        both.collect()
    }
}

/// What an opener of both versions opens in one of them, and what is opened through that; of the old version.
fn coming_of(reader: Reader<'_>, [old, new]: [Opener; 2]) -> BTreeSet<ObligationId> {
    let then = |now: ObligationId| reader.names.obligations.then(now.0).map(ObligationId);
    let mut all = opened_through(reader.old, old);
    all.extend(opened_through(reader.new, new).into_iter().filter_map(then));
    all
}

/// What an opener opens, and what is opened through that.
fn opened_through(protocol: &Protocol, opener: Opener) -> BTreeSet<ObligationId> {
    let (mut all, mut open) = (BTreeSet::new(), vec![opener]);
    while let Some((of, on)) = open.pop() {
        let is_cause = |rule: &&Rule| matches!(rule.cause, Cause::Obligation(own, at) if own == of && on.is_none_or(|on| on == at));
        let rules = protocol.rules.rows().filter(is_cause).map(|rule| rule.effects.as_slice());
        let steps = match &protocol.obligations.row(of).spec {
            Spec::Escalation(escalation) => escalation.steps.as_slice(),
            _ => &[],
        };
        let effects = rules.chain(steps.iter().map(|step| step.effects.as_slice()));
        for opened in effects.flat_map(|effects| opens(protocol, effects)) {
            if all.insert(opened) {
                open.push((opened, None));
            }
        }
    }
    all
}
