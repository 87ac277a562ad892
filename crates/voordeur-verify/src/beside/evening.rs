//! Gives one version the moments, numbers and notices of another one.

use std::collections::{BTreeMap, BTreeSet};

use voordeur_protocol::model::Visit;
use voordeur_protocol::{
    Anchor, Cause, Effect, Opening, OpeningId, PartyId, Protocol, Rule, RuleId, Scope, Spec, StageId, Term,
};

use super::answer::Reader;
use super::clock::Openings;
use super::names::Names;

/// Gives a version the terms, numbers and notices of another one; the names of what had others.
pub(super) fn evened_by(variant: &mut Protocol, new: &Protocol, opened: &[Openings]) -> BTreeSet<String> {
    let names = Names::of(variant, new);
    let before = variant.clone();
    let evening = Evening { names: &names, old: &before, new };
    let pairs: BTreeMap<u16, OpeningId> =
        opened.iter().rev().map(|(first, second)| (first.0, *second)).collect();
    let pairs = pairs.into_iter().map(|(first, second)| (OpeningId(first), second));
    let all = pairs.filter(|pair| evening.pair(*pair, variant));
    let mut found: BTreeSet<String> = all.map(|pair| evening.name(pair)).collect();
    for (stage, there) in evening.stages() {
        if evening.limit(variant, (stage, there))
            | evening.rules(variant, (Scope::Stage(stage), Scope::Stage(there)))
            | evening.notices(variant, (Scope::Stage(stage), Scope::Stage(there)))
        {
            found.insert(new.stages.row(there).name.clone());
        }
    }
    evening.rules(variant, (Scope::Always, Scope::Always));
    evening.notices(variant, (Scope::Always, Scope::Always));
    found
}

/// Whether a version was given the same terms, numbers and notices twice.
pub(super) fn is_evened_alike(one: &Protocol, other: &Protocol) -> bool {
    one.openings.rows().eq(other.openings.rows())
        && one.obligations.rows().eq(other.obligations.rows())
        && one.rules.rows().eq(other.rules.rows())
        && one.stages.rows().eq(other.stages.rows())
}

/// Puts what the second version says of moments and numbers in the place of what the first one says.
pub(super) struct Evening<'a> {
    pub(super) names: &'a Names,
    pub(super) old: &'a Protocol,
    pub(super) new: &'a Protocol,
}

impl Evening<'_> {
    /// Gives a version what the second one says of an opening; whether that was something else.
    pub(super) fn pair(&self, (first, second): Openings, variant: &mut Protocol) -> bool {
        let (row, now) = (self.old.openings.row(first), self.new.openings.row(second));
        let opening = self.opening(row, now);
        let own = &self.old.obligations.row(row.obligation).spec;
        let spec = self.spec(own, &self.new.obligations.row(now.obligation).spec);
        if opening == *row && spec == *own {
            return false;
        }
        self.counts_from(&opening, &spec, variant);
        *variant.openings.row_mut(first) = opening;
        variant.obligations.row_mut(row.obligation).spec = spec;
        true
    }

    pub(super) fn name(&self, (_, second): Openings) -> String {
        let row = self.new.openings.row(second);
        self.new.obligations.row(row.obligation).name.clone()
    }

    /// Of the openings of one obligation, the first one as the second one has it.
    pub(super) fn opening(&self, own: &Opening, now: &Opening) -> Opening {
        let types = (self.old, self.new);
        let paused = match &now.paused {
            None => None,
            Some((condition, why)) => match self.names.condition(condition, types) {
                Some(condition) => Some((condition, why.clone())),
                None => own.paused.clone(),
            },
        };
        // Why a clock stands still is said to people.
        let is_same = own.paused.as_ref().map(|(one, _)| one) == paused.as_ref().map(|(one, _)| one);
        Opening {
            mode: now.mode,
            term: self.term(own.term, now.term),
            preferred: self.term(own.preferred, now.preferred),
            planned_after: now.planned_after,
            paused: if is_same { own.paused.clone() } else { paused },
            ..own.clone()
        }
    }

    /// A term of the second version as the first one writes it; its own where it does not know what that counts from.
    fn term(&self, own: Option<Term>, now: Option<Term>) -> Option<Term> {
        let now = now?;
        match self.names.anchor((self.old, self.new), now.anchor) {
            Some(anchor) => Some(Term { anchor, ..now }),
            None => own,
        }
    }

    pub(super) fn spec(&self, own: &Spec, now: &Spec) -> Spec {
        let mut evened = own.clone();
        match (&mut evened, now) {
            (Spec::Visit(own), Spec::Visit(now)) => even_visit(own, now),
            (Spec::Series(own), Spec::Series(now)) => {
                (own.plan, own.spaced) = (now.plan, now.spaced);
                even_visit(&mut own.visit, &now.visit);
            }
            (Spec::Referral(own), Spec::Referral(now)) => {
                own.accept = self.term(own.accept, now.accept);
                own.contact = self.term(own.contact, now.contact);
                (own.ask_again, own.warm) = (now.ask_again, now.warm);
            }
            (Spec::Question(own), Spec::Question(now)) => own.silent_after = now.silent_after,
            (Spec::Action(own), Spec::Action(now)) => own.retries = now.retries,
            (Spec::Escalation(own), Spec::Escalation(now)) if own.steps.len() == now.steps.len() => {
                own.steps.iter_mut().zip(&now.steps).for_each(|(own, now)| own.after = now.after);
            }
            (Spec::Contact(own), Spec::Contact(now)) => (own.before, own.after) = (now.before, now.after),
            _ => {}
        }
        evened
    }

    /// Events from which something counts now are counted.
    pub(super) fn counts_from(&self, opening: &Opening, spec: &Spec, variant: &mut Protocol) {
        let referral = match spec {
            Spec::Referral(referral) => [referral.accept, referral.contact],
            _ => [None, None],
        };
        for term in [opening.term, opening.preferred].into_iter().chain(referral).flatten() {
            count(term.anchor, variant);
        }
    }

    /// The stages of both.
    pub(super) fn stages(&self) -> Vec<(StageId, StageId)> {
        let all = self.old.stages.iter().map(|(id, _)| id);
        all.filter_map(|id| Some((id, StageId(self.names.stages.now(id.0)?)))).collect()
    }

    /// How often a stage may be entered.
    pub(super) fn limit(&self, variant: &mut Protocol, (stage, there): (StageId, StageId)) -> bool {
        let times = self.new.stages.row(there).limit.map(|limit| limit.times);
        match (variant.stages.row_mut(stage).limit.as_mut(), times) {
            (Some(limit), Some(times)) if limit.times != times => {
                limit.times = times;
                true
            }
            _ => false,
        }
    }

    /// Rules of a stage that do the same after another time.
    pub(super) fn rules(&self, variant: &mut Protocol, (scope, there): (Scope, Scope)) -> bool {
        let timed = |protocol: &Protocol, scope: Scope| -> Vec<RuleId> {
            let is_timed = |cause: &Cause| matches!(cause, Cause::After(..) | Cause::Every(_));
            let all = protocol.rules.iter().filter(|(_, rule)| rule.scope == scope && is_timed(&rule.cause));
            all.map(|(id, _)| id).collect()
        };
        let mut others = timed(self.new, there);
        let mut is_found = false;
        for own in timed(self.old, scope) {
            let Some(at) = others.iter().position(|other| self.does_the_same(own, *other)) else { continue };
            let now = &self.new.rules.row(others.remove(at)).cause;
            let cause = match now {
                Cause::After(length, anchor) => match self.names.anchor((self.old, self.new), *anchor) {
                    Some(anchor) => Cause::After(*length, anchor),
                    None => continue,
                },
                other => other.clone(),
            };
            if variant.rules.row(own).cause != cause {
                if let Cause::After(_, anchor) = cause {
                    count(anchor, variant);
                }
                variant.rules.row_mut(own).cause = cause;
                is_found = true;
            }
        }
        is_found
    }

    /// Rules that differ in nothing but whom they tell.
    pub(super) fn notices(&self, variant: &mut Protocol, (scope, there): (Scope, Scope)) -> bool {
        let of = |protocol: &Protocol, scope: Scope| -> Vec<RuleId> {
            protocol.rules.iter().filter(|(_, rule)| rule.scope == scope).map(|(id, _)| id).collect()
        };
        let reader = Reader { names: self.names, old: self.old, new: self.new };
        let mut others = of(self.new, there);
        let mut is_found = false;
        for own in of(self.old, scope) {
            let row = self.old.rules.row(own);
            let is_same =
                |other: &RuleId| reader.do_the_same_but_for_notices(row, self.new.rules.row(*other));
            let Some(at) = others.iter().position(is_same) else { continue };
            let now = self.new.rules.row(others.remove(at));
            let Some(effects) = self.effects(row, now) else { continue };
            if reader.do_the_same(row, now) {
                continue;
            }
            variant.rules.row_mut(own).effects = effects;
            is_found = true;
        }
        is_found
    }

    /// What the first rule does, with the notices of the second one; nothing where the first version does not know whom to tell.
    fn effects(&self, own: &Rule, now: &Rule) -> Option<Vec<Effect>> {
        let mut others = own.effects.iter().filter(|effect| !matches!(effect, Effect::Notify { .. }));
        let all = now.effects.iter().map(|effect| match effect {
            Effect::Notify { who, text } => {
                let who = PartyId(self.names.parties.then(who.0)?);
                Some(Effect::Notify { who, text: text.clone() })
            }
            _ => others.next().cloned(),
        });
        all.collect()
    }

    /// Whether two rules differ in nothing but when they come.
    fn does_the_same(&self, own: RuleId, other: RuleId) -> bool {
        let reader = Reader { names: self.names, old: self.old, new: self.new };
        let (one, two) = (self.old.rules.row(own), self.new.rules.row(other));
        std::mem::discriminant(&one.cause) == std::mem::discriminant(&two.cause)
            && reader.do_the_same(one, two)
    }
}

fn even_visit(own: &mut Visit, now: &Visit) {
    (own.attempts, own.apart) = (now.attempts, now.apart);
    own.different_parts_of_day = now.different_parts_of_day;
    own.announce.clone_from(&now.announce);
    own.announced.clone_from(&now.announced);
}

fn count(anchor: Anchor, variant: &mut Protocol) {
    if let Anchor::Event(event) = anchor {
        variant.events.row_mut(event).is_counted = true;
    }
}
