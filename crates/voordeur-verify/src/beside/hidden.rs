//! What runs beside a case without ever changing its way, and is the same in both versions, need not be looked at: it begins
//! at the same moments, it is let go of at the same moments, and what comes of it meanwhile comes in both.
//!
//! ```text
//!   hidden: X        enter S ──────────── leave S          both at the same moments: X is the same in both
//!                      │ X begins            │ X is cancelled
//!   told instead:  Entered(S's hidden)   Left(S's hidden)  at one moment in one version only: X is looked at from now on
//! ```
//!
//! A stage is entered and left without a sound; with something hidden in it, it is told like an answer. Where only that
//! differs, what is hidden there is looked at, and all begins anew.

mod apart;
mod one_by_one;

use std::collections::{BTreeMap, BTreeSet};

use voordeur_protocol::guard::Expr;
use voordeur_protocol::{
    Cause, Effect, Happening, Id as _, Kind, ObligationId, OpeningId, Protocol, Rule, RuleId, Scope, Spec,
    StageId,
};

use super::answer::{Reader, Side};
use super::meaning::Meaning;
use super::reach::Reach;
use crate::collect::may_end_well;
use crate::explore::Search;
use crate::facts::all_watched;
use crate::holder::Holders;
use crate::inert::{Inert, Watched};
use crate::referred::is_referral;

pub(super) use self::apart::Opener;

/// What is hidden in each stage, as a number that both versions have in common; 0 for nothing.
pub(crate) type Numbers = [Vec<u32>; 2];

/// What is looked at in both versions although it may be inert.
#[derive(Debug, Clone)]
pub(super) struct Hidden {
    pub(super) watched: [Watched; 2],
    pub(super) numbers: Numbers,
    /// What is not named when it is let go of: it is in another part.
    unnamed: [BTreeSet<ObligationId>; 2],
    /// What is hidden in the stages with a number, in each version.
    all: Vec<[Hiding; 2]>,
}

/// What is hidden in a stage.
#[derive(Debug, Clone, Default)]
struct Hiding {
    obligations: BTreeSet<ObligationId>,
    happenings: BTreeSet<(ObligationId, Happening)>,
    rules: BTreeSet<RuleId>,
}

/// The same in numbers of both versions.
type Key = (Vec<u32>, Vec<(u32, u8)>, Vec<Meaning>);

const SIDES: [Side; 2] = [Side::Old, Side::New];

/// The ends of terms that may only be told.
const TOLD: [Happening; 2] = [Happening::Slipped, Happening::Overdue];

impl Hidden {
    pub(super) fn of(reader: Reader<'_>, reach: &Reach) -> Self {
        let watched = if reach.is_anywhere() {
            [all_watched(reader.old), all_watched(reader.new)]
        } else {
            SIDES.map(|side| seen(reader, reach, side))
        };
        let (numbers, unnamed) = Default::default();
        Self { watched, numbers, unnamed, all: Vec::new() }.settled(reader, reach)
    }

    /// The same with what is hidden under these numbers looked at: all of it, or what is to be named.
    fn without(mut self, numbers: &BTreeMap<u32, bool>, reader: Reader<'_>, reach: &Reach) -> Self {
        for (number, all) in numbers {
            let both = usize::try_from(*number).ok().and_then(|at| self.all.get(at.checked_sub(1)?));
            let sides = self.watched.iter_mut().zip(both.into_iter().flatten()).zip(SIDES).zip(&self.unnamed);
            for (((watched, hiding), side), unnamed) in sides {
                if *all {
                    watched.obligations.extend(&hiding.obligations);
                    watched.happenings.extend(&hiding.happenings);
                    watched.rules.extend(&hiding.rules);
                } else {
                    watched.obligations.extend(hiding.named(reader.protocol(side), unnamed));
                }
            }
        }
        self.settled(reader, reach)
    }

    /// Under which numbers something is hidden that is to be named when it is let go of.
    pub(super) fn named(&self, reader: Reader<'_>) -> BTreeSet<u32> {
        let is_named = |both: &[Hiding; 2]| {
            let mut sides = SIDES.iter().zip(both).zip(&self.unnamed);
            sides.any(|((side, hiding), unnamed)| !hiding.named(reader.protocol(*side), unnamed).is_empty())
        };
        let all = (1..).zip(&self.all).filter(|(_, both)| is_named(both));
        all.map(|(number, _)| number).collect()
    }

    /// The same with the referrals looked at that keep running and may keep a case from ending well.
    pub(super) fn with_holders(mut self, reader: Reader<'_>, reach: &Reach) -> Self {
        for (watched, side) in self.watched.iter_mut().zip(SIDES) {
            let protocol = reader.protocol(side);
            watched.obligations.extend(carried(protocol).map(|(_, of)| of));
        }
        self.settled(reader, reach)
    }

    /// Lets both searches look at less of what is the same in both than there is: where more can happen so than really can, what is
    /// found has to be shown on real dates.
    pub(super) fn loosen(
        &self,
        reader: Reader<'_>,
        reach: &Reach,
        leaves_terms_out: bool,
        [before, after]: &mut [Search<'_>; 2],
    ) {
        let inert = [&before.looks.inert, &after.looks.inert];
        let [old, new] = Self::holders(reader, inert);
        let [first, second] =
            if leaves_terms_out { timeless(reader, reach, inert) } else { Default::default() };
        (before.looks.holders, after.looks.holders) = (old, new);
        (before.looks.timeless, after.looks.timeless) = (first, second);
    }

    /// Whether there are referrals of which the terms can be left out.
    pub(super) fn leaves_terms_out(&self, reader: Reader<'_>, reach: &Reach) -> bool {
        let [old, new] = &self.watched;
        let inert = [Inert::of(reader.old, old), Inert::of(reader.new, new)];
        let [old, new] = &inert;
        timeless(reader, reach, [old, new]).iter().any(|all| !all.is_empty())
    }

    /// What is not looked at, keeps running, and may keep a case from ending well: the same ones in both.
    fn holders(reader: Reader<'_>, [inert, others]: [&Inert; 2]) -> [Holders; 2] {
        let mut openings = [Vec::new(), Vec::new()];
        for (opening, of) in carried(reader.old).filter(|(_, of)| inert.obligation(*of)) {
            let now = reader.names.obligations.now(of.0).map(ObligationId);
            let now = now.filter(|now| others.obligation(*now));
            let there = carried(reader.new).find(|(_, own)| Some(*own) == now);
            let [before, after] = &mut openings;
            if let Some((there, _)) = there {
                before.push(opening);
                after.push(there);
            }
        }
        let [before, after] = openings;
        let of = |protocol: &Protocol, openings: &[OpeningId]| {
            Holders::of(protocol, openings, |stage, of| opened_in(protocol, stage).contains(&of))
        };
        [of(reader.old, &before), of(reader.new, &after)]
    }

    /// What is left out in one version is left out in the other.
    fn settled(mut self, reader: Reader<'_>, reach: &Reach) -> Self {
        let inert = loop {
            let [old, new] = &self.watched;
            let inert = [Inert::of(reader.old, old), Inert::of(reader.new, new)];
            if !self.even_out(reader, reach, &inert) {
                break inert;
            }
        };
        let mut known: BTreeMap<Key, u32> = BTreeMap::new();
        self.all.clear();
        for (number, side) in SIDES.into_iter().enumerate() {
            let Some(own) = inert.get(number) else { continue };
            let protocol = reader.protocol(side);
            let stages = protocol.stages.iter().map(|(stage, _)| {
                let hiding = Hiding::of(protocol, own, stage);
                let key = hiding.key(reader, reach, side, stage);
                if key == Key::default() {
                    return 0;
                }
                let next = u32::try_from(known.len() + 1).unwrap_or(u32::MAX);
                let at = *known.entry(key).or_insert(next);
                if at == next {
                    self.all.push(Default::default());
                }
                let both = usize::try_from(at - 1).ok().and_then(|at| self.all.get_mut(at));
                if let Some(slot) = both.and_then(|both| both.get_mut(number)) {
                    slot.join(&hiding);
                }
                at
            });
            let stages = stages.collect();
            if let Some(slot) = self.numbers.get_mut(number) {
                *slot = stages;
            }
        }
        self
    }

    /// Whether something is looked at from now on because it has to be in the other version.
    fn even_out(&mut self, reader: Reader<'_>, reach: &Reach, [old, new]: &[Inert; 2]) -> bool {
        let names = reader.names;
        let [before, after] = &mut self.watched;
        let mut more = false;
        for (id, _) in reader.old.obligations.iter() {
            let now = names.obligations.now(id.0).map(ObligationId);
            if old.obligation(id) && !now.is_some_and(|now| new.obligation(now)) {
                more |= before.obligations.insert(id);
            }
            for on in TOLD.into_iter().filter(|on| old.is_quiet(id, *on)) {
                if !now.is_some_and(|now| new.is_quiet(now, on)) {
                    more |= before.happenings.insert((id, on));
                }
            }
        }
        for (id, _) in reader.new.obligations.iter() {
            let then = names.obligations.then(id.0).map(ObligationId);
            if new.obligation(id) && !then.is_some_and(|then| old.obligation(then)) {
                more |= after.obligations.insert(id);
            }
            for on in TOLD.into_iter().filter(|on| new.is_quiet(id, *on)) {
                if !then.is_some_and(|then| old.is_quiet(then, on)) {
                    more |= after.happenings.insert((id, on));
                }
            }
        }
        let [first, second] = &*reach.said;
        let left_out = |protocol: &Protocol, inert: &Inert, said: &[Meaning]| -> BTreeSet<Meaning> {
            let all = protocol.rules.iter().filter(|(id, row)| is_timed(row) && inert.rule(*id));
            all.filter_map(|(id, _)| said.get(id.index()).copied()).collect()
        };
        let there = left_out(reader.old, old, &first.rules);
        let here = left_out(reader.new, new, &second.rules);
        let mut watch = |protocol: &Protocol,
                         inert: &Inert,
                         said: &[Meaning],
                         watched: &mut Watched,
                         other: &BTreeSet<Meaning>| {
            for (id, _) in protocol.rules.iter().filter(|(id, row)| is_timed(row) && inert.rule(*id)) {
                if said.get(id.index()).is_none_or(|own| !other.contains(own)) {
                    more |= watched.rules.insert(id);
                }
            }
        };
        watch(reader.old, old, &first.rules, before, &here);
        watch(reader.new, new, &second.rules, after, &there);
        more
    }
}

/// The referrals, the same in both versions, of which only what people do can change the way of a case.
fn timeless(reader: Reader<'_>, reach: &Reach, [old, new]: [&Inert; 2]) -> [Vec<ObligationId>; 2] {
    let is_timeless = |side: Side, inert: &Inert, of: ObligationId| {
        let rows = reader.protocol(side).openings.iter();
        let mut openings = rows.filter(|(_, row)| row.obligation == of);
        inert.is_by_people(of)
            && !inert.obligation(of)
            && !reach.has_changed(side, of)
            && openings.all(|(opening, _)| reach.is_opened_alike(side, opening))
    };
    let mut all = [Vec::new(), Vec::new()];
    for (of, _) in reader.old.obligations.iter().filter(|(of, _)| is_timeless(Side::Old, old, *of)) {
        let now = reader.names.obligations.now(of.0).map(ObligationId);
        let [before, after] = &mut all;
        if let Some(now) = now.filter(|now| is_timeless(Side::New, new, *now)) {
            before.push(of);
            after.push(now);
        }
    }
    all
}

/// The referrals that keep running after their stages, and that the sender answers for.
fn carried(protocol: &Protocol) -> impl Iterator<Item = (OpeningId, ObligationId)> + '_ {
    let all = protocol.openings.iter().filter(|(id, row)| row.keeps_running && is_referral(protocol, *id));
    all.map(|(id, row)| (id, row.obligation))
}

/// What is looked at from the start: what has changed, what may stand still, and what may hold back the end of a case. Of what
/// keeps running that is looked at later, where it has to be.
fn seen(reader: Reader<'_>, reach: &Reach, side: Side) -> Watched {
    let protocol = reader.protocol(side);
    let mut watched = Watched::default();
    for (id, _) in protocol.obligations.iter() {
        if reach.has_changed(side, id) {
            watched.obligations.insert(id);
        }
    }
    for (id, row) in protocol.openings.iter() {
        let holds = is_referral(protocol, id) && !row.keeps_running;
        let holds = holds && holds_on(reach, (side, protocol), row.obligation);
        if holds || row.paused.is_some() || !reach.is_opened_alike(side, id) {
            watched.obligations.insert(row.obligation);
        }
    }
    let differs = |row: &Rule| row.nth.is_some() || !reads_the_same(reader, reach, side, &row.guard);
    for (id, row) in protocol.rules.iter().filter(|(_, row)| differs(row)) {
        watched.rules.insert(id);
        if let Cause::Obligation(of, _) = row.cause {
            watched.obligations.insert(of);
        }
    }
    watched
}

/// Whether a referral may keep a case from ending well in a stage from which something that has changed can be met: what happens
/// there meanwhile has to be looked at.
fn holds_on(reach: &Reach, (side, protocol): (Side, &Protocol), of: ObligationId) -> bool {
    let ends_well = |rule: &Rule| rule.target.is_some_and(|target| may_end_well(protocol, target));
    let carried = protocol.openings.rows().filter(|one| one.keeps_running);
    let is_carried = carried.into_iter().any(|one| reach.is_met_through(side, one.obligation));
    let all_end_well = protocol.rules.rows().any(|rule| rule.scope == Scope::Always && ends_well(rule));
    let stages = protocol.stages.iter().filter(|(stage, _)| opened_in(protocol, *stage).contains(&of));
    stages.into_iter().any(|(stage, _)| {
        let own = protocol.rules.rows().any(|rule| rule.scope == Scope::Stage(stage) && ends_well(rule));
        (own || all_end_well) && (is_carried || reach.leads_on((side, protocol), stage))
    })
}

/// What effects open.
fn opens(protocol: &Protocol, effects: &[Effect]) -> Vec<ObligationId> {
    let all = effects.iter().filter_map(|effect| match effect {
        Effect::Open(opening) => Some(protocol.openings.row(*opening).obligation),
        _ => None,
    });
    all.collect()
}

/// What may be open in a stage, because it is opened there, or wherever a case is; or keeps running, where the stage has a rule
/// about it: all else that keeps running is the same whatever stage a case is in.
fn opened_in(protocol: &Protocol, stage: StageId) -> BTreeSet<ObligationId> {
    let of = |opening: &OpeningId| protocol.openings.row(*opening).obligation;
    let opens = |effects: &[Effect]| opens(protocol, effects);
    let mut opened: BTreeSet<ObligationId> = protocol.stages.row(stage).opens.iter().map(of).collect();
    let has_rule = |of: ObligationId| {
        let is_about = |rule: &Rule| matches!(rule.cause, Cause::Obligation(own, _) if own == of);
        let mut own = protocol.rules.rows().filter(|rule| rule.scope == Scope::Stage(stage));
        own.any(is_about)
    };
    let kept = protocol.openings.rows().filter(|one| one.keeps_running && has_rule(one.obligation));
    opened.extend(kept.map(|one| one.obligation));
    let scopes = [Scope::Always, Scope::Stage(stage)];
    for rule in protocol.rules.rows().filter(|rule| scopes.contains(&rule.scope)) {
        opened.extend(opens(&rule.effects));
    }
    for row in protocol.obligations.rows() {
        if let Spec::Escalation(escalation) = &row.spec {
            opened.extend(escalation.steps.iter().flat_map(|step| opens(&step.effects)));
        }
    }
    opened
}

/// Whether a condition is the same in both versions whenever what is seen of them has been the same: it reads what is reported
/// to both, and what has happened.
fn reads_the_same(reader: Reader<'_>, reach: &Reach, side: Side, guard: &Expr) -> bool {
    let protocol = reader.protocol(side);
    let mut all = true;
    guard.walk(&mut |part| {
        if let Expr::Known(field) | Expr::Range { field, .. } | Expr::In { field, .. } = part {
            let then = match side {
                Side::Old => Some(*field),
                Side::New => reader.names.field_in_old(*field),
            };
            let is_plain = protocol.fields.row(*field).derived.is_none();
            all &= is_plain && then.is_some_and(|field| reader.is_asked_alike(field));
            all &= reach.is_field_alike(side, *field);
        }
    });
    all
}

const fn is_timed(rule: &Rule) -> bool {
    matches!(rule.cause, Cause::After(..) | Cause::Every(_) | Cause::Birthday { .. })
}

impl Hiding {
    fn of(protocol: &Protocol, inert: &Inert, stage: StageId) -> Self {
        let row = protocol.stages.row(stage);
        let mut hiding = Self::default();
        for of in opened_in(protocol, stage) {
            if inert.obligation(of) {
                hiding.obligations.insert(of);
            }
            let quiet = TOLD.into_iter().filter(|on| inert.is_quiet(of, *on));
            hiding.happenings.extend(quiet.map(|on| (of, on)));
        }
        let timed = row.timed.iter().copied().filter(|rule| inert.rule(*rule));
        hiding.rules.extend(timed);
        hiding
    }

    /// What a household, or somebody who works for it, would miss: no escalation, nor what one opens.
    fn named(&self, protocol: &Protocol, unnamed: &BTreeSet<ObligationId>) -> Vec<ObligationId> {
        let mut opened = BTreeSet::new();
        for row in protocol.obligations.rows() {
            let Spec::Escalation(escalation) = &row.spec else { continue };
            opened.extend(escalation.steps.iter().flat_map(|step| opens(protocol, &step.effects)));
        }
        let is_escalation = |of: ObligationId| protocol.obligations.row(of).kind == Kind::Escalation;
        let all = self.obligations.iter().copied();
        all.filter(|of| !is_escalation(*of) && !opened.contains(of) && !unnamed.contains(of)).collect()
    }

    fn key(&self, reader: Reader<'_>, reach: &Reach, side: Side, stage: StageId) -> Key {
        let protocol = reader.protocol(side);
        let number = |of: ObligationId| reader.obligation(side, of);
        let mut obligations: Vec<u32> = self.obligations.iter().map(|of| number(*of)).collect();
        obligations.sort_unstable();
        let mut happenings: Vec<(u32, u8)> = Vec::new();
        for (of, on) in &self.happenings {
            happenings.push((number(*of), u8::from(*on == Happening::Overdue)));
        }
        happenings.sort_unstable();
        let about = |rule: &Rule| match &rule.cause {
            Cause::Obligation(of, on) => {
                self.obligations.contains(of) || self.happenings.contains(&(*of, *on))
            }
            _ => false,
        };
        let own = protocol.rules.iter().filter(|(_, rule)| rule.scope == Scope::Stage(stage) && about(rule));
        let rules = own.map(|(id, _)| id).chain(self.rules.iter().copied());
        let mut rules: Vec<Meaning> = rules.filter_map(|id| reach.meaning_of_rule(side, id)).collect();
        rules.sort_unstable();
        (obligations, happenings, rules)
    }

    fn join(&mut self, other: &Self) {
        self.obligations.extend(&other.obligations);
        self.happenings.extend(&other.happenings);
        self.rules.extend(&other.rules);
    }
}
