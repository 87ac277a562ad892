//! From where a case can still meet something that has changed. Where it cannot, and is the same case in both versions, whatever
//! happens to it happens in both: nothing has to be looked at there.
//!
//! ```text
//!   changed row ◀── rule that opens it ◀── stage ◀── rule that leads to the stage ◀── …
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use voordeur_engine::Case;
use voordeur_protocol::model::Deviation;
use voordeur_protocol::{
    Cause, Effect, EndId, EventId, FieldId, Id, ObligationId, OpeningId, Protocol, Rule, RuleId, Scope, Spec,
    StageId, Target,
};

use super::answer::{Reader, Side};
use super::hidden::Opener;
use super::meaning::{Meaning, Meanings, Said};
use super::names::Both;
use crate::inert::Watched;

/// What has changed, and from where a case can meet it.
#[derive(Debug)]
pub(crate) struct Reach {
    pub(super) said: Arc<[Said; 2]>,
    sides: [Open; 2],
    /// The same before it has spread.
    changed: [Open; 2],
    is_anywhere: bool,
}

/// From where a case of one version can meet something that has changed.
#[derive(Debug, Clone)]
struct Open {
    /// Wherever it is.
    everywhere: bool,
    stages: Vec<bool>,
    obligations: Vec<bool>,
    ends: Vec<bool>,
    /// What opens something that has changed, and is looked at by itself.
    aside: BTreeSet<Opener>,
}

impl Reach {
    pub(crate) fn of(reader: Reader<'_>) -> Self {
        let mut meanings = Meanings::default();
        let said = [Side::Old, Side::New].map(|side| Said::of(reader, side, &mut meanings));
        let names = reader.names;
        let [old, new] = &said;
        let now = |both: &Both, id: usize| Some(usize::from(both.now(u16::try_from(id).ok()?)?));
        let then = |both: &Both, id: usize| Some(usize::from(both.then(u16::try_from(id).ok()?)?));
        let is_anywhere = old.whole != new.whole;
        let mut first = Open {
            everywhere: false,
            stages: changed(&old.stages, &new.stages, |id| now(&names.stages, id)),
            obligations: changed(&old.obligations, &new.obligations, |id| now(&names.obligations, id)),
            ends: changed(&old.ends, &new.ends, |id| now(&names.ends, id)),
            aside: BTreeSet::new(),
        };
        let mut second = Open {
            everywhere: false,
            stages: changed(&new.stages, &old.stages, |id| then(&names.stages, id)),
            obligations: changed(&new.obligations, &old.obligations, |id| then(&names.obligations, id)),
            ends: changed(&new.ends, &old.ends, |id| then(&names.ends, id)),
            aside: BTreeSet::new(),
        };
        let events = changed(&old.events, &new.events, |id| now(&names.events, id));
        let others = changed(&new.events, &old.events, |id| then(&names.events, id));
        let heard =
            |events: &[bool], heard: &[bool]| events.iter().zip(heard).any(|(one, heard)| *one && *heard);
        let everywhere = is_anywhere || heard(&events, &old.heard) || heard(&others, &new.heard);
        (first.everywhere, second.everywhere) = (everywhere, everywhere);
        let changed = [first, second];
        Self { said: Arc::new(said), sides: changed.clone(), changed, is_anywhere }.spread(reader)
    }

    /// The same where what these would open is not met through them.
    pub(super) fn beside(&self, reader: Reader<'_>, watched: &[Watched; 2]) -> Self {
        let mut sides = self.changed.clone();
        for (side, watched) in sides.iter_mut().zip(watched) {
            side.aside.clone_from(&watched.aside);
        }
        let changed = self.changed.clone();
        Self { said: Arc::clone(&self.said), sides, changed, is_anywhere: self.is_anywhere }.spread(reader)
    }

    fn spread(mut self, reader: Reader<'_>) -> Self {
        let [first, second] = &mut self.sides;
        first.spread(reader.old);
        second.spread(reader.new);
        self
    }

    /// Whether nothing has changed that a case could meet, nor what becomes of a report.
    pub(super) fn is_nothing(&self) -> bool {
        let [old, new] = &*self.said;
        let is_nothing = |one: &Open| {
            let mut all = one.stages.iter().chain(&one.obligations).chain(&one.ends);
            !one.everywhere && !all.any(|one| *one)
        };
        old.triggers == new.triggers && !self.is_anywhere && self.sides.iter().all(is_nothing)
    }

    /// Whether something that is looked at wherever a case is has changed.
    pub(super) const fn is_anywhere(&self) -> bool {
        self.is_anywhere
    }

    fn both(&self, side: Side) -> (&Said, &Said) {
        let [old, new] = &*self.said;
        match side {
            Side::Old => (old, new),
            Side::New => (new, old),
        }
    }

    /// Whether an obligation, or what is always said of it, is not the same in the other version.
    pub(super) fn has_changed(&self, side: Side, of: ObligationId) -> bool {
        let (own, other) = self.both(side);
        own.obligations.get(of.index()).is_none_or(|one| !other.obligations.contains(one))
    }

    /// Whether the other version opens the same in the same way somewhere.
    pub(super) fn is_opened_alike(&self, side: Side, opening: OpeningId) -> bool {
        let (own, other) = self.both(side);
        own.openings.get(opening.index()).is_some_and(|one| other.openings.contains(one))
    }

    /// Whether the other version has a rule that says the same.
    pub(super) fn is_rule_alike(&self, side: Side, of: RuleId) -> bool {
        let (own, other) = self.both(side);
        own.rules.get(of.index()).is_some_and(|one| other.rules.contains(one))
    }

    /// Whether the other version has a stage that says the same.
    pub(super) fn is_stage_alike(&self, side: Side, of: StageId) -> bool {
        let (own, other) = self.both(side);
        own.stages.get(of.index()).is_some_and(|one| other.stages.contains(one))
    }

    /// Whether two events, with what `always` says of them, are the same.
    pub(super) fn are_events_alike(&self, old: EventId, new: EventId) -> bool {
        let [first, second] = &*self.said;
        let own = first.events.get(old.index());
        own.is_some() && own == second.events.get(new.index())
    }

    /// Whether something that has changed is met at an end.
    pub(super) fn is_end_met(&self, side: Side, end: EndId) -> bool {
        let [old, new] = &self.sides;
        is(if side == Side::Old { &old.ends } else { &new.ends }, end)
    }

    /// Whether a field is the same in the other version.
    pub(super) fn is_field_alike(&self, side: Side, of: FieldId) -> bool {
        let (own, other) = self.both(side);
        own.fields.get(of.index()).is_some_and(|one| other.fields.contains(one))
    }

    /// Whether something that has changed can be met from a stage, or from one that it interrupts.
    pub(super) fn leads_on(&self, (side, protocol): (Side, &Protocol), stage: StageId) -> bool {
        let [old, new] = &self.sides;
        let own = if side == Side::Old { old } else { new };
        own.everywhere || is(&own.stages, stage) || protocol.stages.row(stage).interrupts
    }

    /// Whether an obligation, or what it leads to, has changed.
    pub(super) fn is_met_through(&self, side: Side, of: ObligationId) -> bool {
        let [old, new] = &self.sides;
        is(if side == Side::Old { &old.obligations } else { &new.obligations }, of)
    }

    /// Whether both open something in the same way.
    pub(super) fn open_alike(&self, old: OpeningId, new: OpeningId) -> bool {
        let [first, second] = &*self.said;
        first.openings.get(old.index()).is_some_and(|one| Some(one) == second.openings.get(new.index()))
    }

    pub(super) fn meaning_of_rule(&self, side: Side, rule: RuleId) -> Option<Meaning> {
        self.both(side).0.rules.get(rule.index()).copied()
    }

    /// Whether a case, which is the same in both versions, can meet nothing any more that has changed.
    pub(crate) fn is_over(
        &self,
        (old, before): (&Protocol, &Case),
        (new, after): (&Protocol, &Case),
    ) -> bool {
        let [first, second] = &self.sides;
        first.is_over(old, before) && second.is_over(new, after)
    }
}

/// Which rows have no counterpart that says the same.
fn changed(own: &[Meaning], others: &[Meaning], counterpart: impl Fn(usize) -> Option<usize>) -> Vec<bool> {
    let same = |id: usize, meaning: &Meaning| counterpart(id).and_then(|at| others.get(at)) == Some(meaning);
    own.iter().enumerate().map(|(id, meaning)| !same(id, meaning)).collect()
}

fn is(all: &[bool], at: impl Id) -> bool {
    all.get(at.index()).copied().unwrap_or(true)
}

/// Sets one of them; gives whether that is new.
fn set(all: &mut [bool], at: usize, to: bool) -> bool {
    match all.get_mut(at) {
        Some(slot) if to && !*slot => {
            *slot = true;
            true
        }
        _ => false,
    }
}

impl Open {
    /// From what leads to something that has changed as well.
    fn spread(&mut self, protocol: &Protocol) {
        let always =
            |rule: &&Rule| rule.scope == Scope::Always && !matches!(rule.cause, Cause::Obligation(..));
        loop {
            let mut more = false;
            for (id, row) in protocol.obligations.iter() {
                let own = protocol.rules.rows().filter(|rule| {
                    rule.scope == Scope::Always && matches!(rule.cause, Cause::Obligation(of, _) if of == id)
                });
                let steps = match &row.spec {
                    Spec::Escalation(escalation) => escalation.steps.as_slice(),
                    _ => &[],
                };
                let open = own.into_iter().any(|rule| self.rule(protocol, rule))
                    || steps.iter().any(|step| self.effects(protocol, &step.effects));
                more |= set(&mut self.obligations, id.index(), open);
            }
            for (id, _) in protocol.ends.iter() {
                let measures = protocol.measures.iter();
                let own = measures.filter(|(_, ends)| ends.is_empty() || ends.contains(&id));
                let open = own.into_iter().any(|(opening, _)| self.opening(protocol, *opening));
                more |= set(&mut self.ends, id.index(), open);
            }
            for (id, _) in protocol.stages.iter() {
                let open = self.stage(protocol, id);
                more |= set(&mut self.stages, id.index(), open);
            }
            let anywhere = protocol.rules.rows().filter(always).any(|rule| self.rule(protocol, rule))
                || self.departs(protocol, Scope::Always);
            more |= anywhere && !self.everywhere;
            self.everywhere |= anywhere;
            if !more {
                return;
            }
        }
    }

    fn stage(&self, protocol: &Protocol, id: StageId) -> bool {
        let row = protocol.stages.row(id);
        row.opens.iter().any(|opening| self.opening(protocol, *opening))
            || row.limit.is_some_and(|limit| self.target(limit.otherwise))
            || protocol.rules.rows().any(|rule| rule.scope == Scope::Stage(id) && self.rule(protocol, rule))
            || self.departs(protocol, Scope::Stage(id))
    }

    fn departs(&self, protocol: &Protocol, scope: Scope) -> bool {
        protocol.deviations.iter().filter(|row| row.scope == scope).any(|row| {
            let there = match row.what {
                Deviation::Skip(of) | Deviation::Repeat(of) => is(&self.obligations, of),
                Deviation::MoveTo(stage) => is(&self.stages, stage),
            };
            there || row.opening.is_some_and(|opening| self.opening(protocol, opening))
        })
    }

    fn rule(&self, protocol: &Protocol, rule: &Rule) -> bool {
        if let Cause::Obligation(of, on) = rule.cause
            && (self.aside.contains(&(of, None)) || self.aside.contains(&(of, Some(on))))
        {
            return false;
        }
        rule.target.is_some_and(|target| self.target(target)) || self.effects(protocol, &rule.effects)
    }

    fn effects(&self, protocol: &Protocol, effects: &[Effect]) -> bool {
        effects.iter().any(|effect| match effect {
            Effect::Open(opening) => self.opening(protocol, *opening),
            Effect::Notify { .. } | Effect::Consent(_) | Effect::Record { .. } => false,
        })
    }

    fn target(&self, target: Target) -> bool {
        match target {
            Target::Stage(stage) => is(&self.stages, stage),
            Target::End(end) => is(&self.ends, end),
            // The stage that was interrupted belongs to the case.
            Target::Back => false,
        }
    }

    fn opening(&self, protocol: &Protocol, opening: OpeningId) -> bool {
        is(&self.obligations, protocol.openings.row(opening).obligation)
    }

    fn is_over(&self, protocol: &Protocol, case: &Case) -> bool {
        let waits = |rule: RuleId| self.rule(protocol, protocol.rules.row(rule));
        let mut stays = case.stay.iter().chain(&case.suspended);
        let opened = |one: &voordeur_engine::Instance| self.opening(protocol, one.opening);
        !self.everywhere
            && !stays.any(|stay| {
                is(&self.stages, stay.stage)
                    || stay.withheld.iter().any(|rule| waits(*rule))
                    || stay.deferred.iter().any(|one| self.obligation(one.obligation))
            })
            && !case.open.iter().any(opened)
            && !case.postponed.iter().any(|one| waits(one.rule))
    }

    fn obligation(&self, of: ObligationId) -> bool {
        is(&self.obligations, of)
    }
}
