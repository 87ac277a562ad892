//! What lies behind a term, a number of attempts, or a notice to somebody, that is not the same in both versions: where only that
//! parts them a way is followed no further, and a second change behind it would be told by nobody. So both are compared once more,
//! the first of them with the terms, numbers and notices of the second; what that finds is told as such, with its history played
//! on these two.

use std::collections::{BTreeMap, BTreeSet};

use voordeur_protocol::model::Visit;
use voordeur_protocol::{
    Anchor, Cause, Effect, Opening, OpeningId, PartyId, Protocol, Rule, RuleId, Scope, Spec, StageId, Term,
};

use super::answer::Reader;
use super::clock::Openings;
use super::days::Days;
use super::each::{AllButOne, all_but_one};
use super::exploring::{Exploring, Teller};
use super::moment::{in_every_stage, in_order, one_moment};
use super::names::Names;
use super::notice::is_one_notice;
use super::onward::once;
use super::reach::Reach;
use super::really::{Between, Ends, Lying};
use super::report::{Compared, Difference, Done, Unconfirmed, What};
use super::search::Beside;
use super::telling::told;
use crate::explore::Budget;
use crate::side_by_side::{both, each};

/// So many times what was found leads to something that both open, again with another term.
const MOST_ROUNDS: usize = 6;

/// Compares two versions, and what lies behind what differs in when it comes, or in who is told.
pub(super) fn compared(
    (old, new): (&Protocol, &Protocol),
    days: Days,
    budget: Budget,
    (flipped, ends): (bool, Option<&Ends<'_>>),
) -> Compared {
    let comparing = Comparing { new, days, budget, flipped };
    let each = if ends.is_none() { comparing.each_change(old) } else { None };
    let mut all = each.unwrap_or_else(|| comparing.together(old, ends));
    once(&mut all.differences);
    all
}

/// The same with all changes at once.
pub(super) fn compared_together(
    (old, new): (&Protocol, &Protocol),
    budget: Budget,
    flipped: bool,
) -> Compared {
    let mut all = Comparing { new, days: Days::default(), budget, flipped }.together(old, None);
    once(&mut all.differences);
    all
}

/// What is told of one comparison, and what both open.
type Told = (Compared, Vec<Openings>);

/// What is compared with a version, and how.
struct Comparing<'a> {
    new: &'a Protocol,
    days: Days,
    budget: Budget,
    flipped: bool,
}

impl Comparing<'_> {
    /// Each change by itself, where there are several (`each.rs`); `None` where that shows nothing on these
    /// versions.
    fn each_change(&self, old: &Protocol) -> Option<Compared> {
        let mut all = None;
        for one in each(&all_but_one(old, self.new), |one| self.one_change(old, one)) {
            match &mut all {
                None => all = Some(one),
                Some(all) => add_change(all, one),
            }
        }
        // What only shows with all else made the same may be no difference of these two.
        let is_real = |one: &Difference| one.examples.iter().any(|example| example.evened.is_empty());
        let all = all.filter(|all| all.differences.iter().any(is_real))?;
        Some(Compared { is_whole: all.incomplete.is_none(), ..all })
    }

    /// The one change that is left between the new version and the old one with all others made.
    fn one_change(&self, old: &Protocol, AllButOne { variant, evened, left }: &AllButOne) -> Compared {
        let between = Between::of(old, variant, evened.clone());
        let (mut one, _) = self.once(variant, Lying { ends: None, between: Some(&between) });
        one.differences.iter_mut().for_each(|one| one.comes_of.clone_from(left));
        one
    }

    /// All changes at once, and then what lies behind what was found.
    fn together(&self, old: &Protocol, ends: Option<&Ends<'_>>) -> Compared {
        let new = self.new;
        let once = |old: &Protocol| self.once(old, Lying { ends, between: None });
        let ((mut all, mut opened), mut ahead) = self.with_next(old, &once);
        let mut variant = old.clone();
        let mut evened = BTreeSet::new();
        for _ in 0..MOST_ROUNDS {
            let found = evened_by(&mut variant, new, &opened);
            if found.is_empty()
                || all.incomplete.is_some()
                || all.is_proven_same()
                || says_the_same(&variant, new)
            {
                break;
            }
            evened.extend(found);
            let foreseen = ahead.take().filter(|(foreseen, _)| is_evened_alike(foreseen, &variant));
            let (more, pairs) = foreseen.map_or_else(|| once(&variant), |(_, told)| told);
            join(&mut all, more, &evened);
            opened = pairs;
        }
        all.is_whole = all.is_proven_same() || says_the_same(&variant, new);
        all
    }

    /// What is told of the first comparison, and, where it can be foreseen what comes next, of that as well: the one does not wait for the
    /// other where a core has nothing to do.
    fn with_next(
        &self,
        old: &Protocol,
        once: &(impl Fn(&Protocol) -> Told + Sync),
    ) -> (Told, Option<(Protocol, Told)>) {
        let mut variant = old.clone();
        let pairs = in_order(&Names::of(old, self.new), old, self.new).unwrap_or_default();
        let is_next =
            !evened_by(&mut variant, self.new, &pairs).is_empty() && !says_the_same(&variant, self.new);
        let (first, next) = both(|| once(old), || is_next.then(|| once(&variant)));
        (first, next.map(|told| (variant, told)))
    }

    /// What is told of one comparison, and what both open.
    fn once(&self, old: &Protocol, lying: Lying<'_>) -> Told {
        let new = self.new;
        let moment = one_moment(old, new);
        let first_is_enough = moment.is_some() || is_one_notice(old, new);
        let told = |beside: &Beside<'_>| {
            let opened = beside.opened.keys().copied().collect::<Vec<Openings>>();
            (told(beside, self.flipped, lying), opened)
        };
        let settled = |(one, _): &Told, _| one.unconfirmed.is_empty();
        let (days, budget) = (self.days, self.budget);
        let exploring = Exploring { old, new, days, budget, names_all: false, first_is_enough };
        let with = |all, more: &_| with_what_shows(all, more, self.flipped);
        let mut all =
            exploring.explored(Teller { tells: &told, is_settled: &settled, with: &with }).into_iter();
        let first = all.next().unwrap_or_else(|| (Compared::same(), Vec::new()));
        let (mut all, opened) = all.fold(first, |(mut whole, mut opened), (part, more)| {
            add(&mut whole, part);
            opened.extend(more.into_iter().filter(|pair| !opened.contains(pair)).collect::<Vec<_>>());
            (whole, opened)
        });
        in_every_stage(&mut all.differences, &moment.unwrap_or_default(), [old, new]);
        (all, opened)
    }
}

/// What was found, with what a look that did not come to its end shows of what is undecided of it.
fn with_what_shows((mut all, opened): Told, (more, _): &Told, flipped: bool) -> Told {
    let mut shown: Vec<Difference> =
        more.differences.iter().filter(|known| !known.follows).cloned().collect();
    shown.retain_mut(|known| {
        let is_named = all.unconfirmed.iter().any(|one| one.is_named(known, flipped));
        if !is_named {
            known.onward.stands_for_more();
        }
        is_named || all.unconfirmed.iter().any(|one| one.is_meant_by(known))
    });
    let is_shown =
        |one: &Unconfirmed, known: &Difference| one.is_named(known, flipped) || one.is_meant_by(known);
    all.unconfirmed.retain(|one| !shown.iter().any(|known| is_shown(one, known)));
    all.differences.extend(shown);
    all.differences.sort_by_key(|one| (one.follows, one.verdict));
    (all, opened)
}

/// Whether nothing is left that a case could meet.
pub(super) fn says_the_same(old: &Protocol, new: &Protocol) -> bool {
    let names = Names::of(old, new);
    Reach::of(Reader { names: &names, old, new }).is_nothing()
}

/// What another part of what has changed comes to, as far as it is not told yet.
fn add(all: &mut Compared, more: Compared) {
    let known = all.differences.len();
    for one in more.differences {
        let mut before = all.differences.iter_mut().take(known);
        match before.find(|known| is_told_by(&one, known)) {
            Some(known) => in_its_stage_too(known, &one),
            None => all.differences.push(one),
        }
    }
    add_unconfirmed(all, more.unconfirmed);
    all.situations += more.situations;
    all.incomplete = all.incomplete.or(more.incomplete);
    all.differences.sort_by_key(|one| (one.follows, one.verdict));
}

/// What is the same in another stage, and told already, is told with that stage.
pub fn in_its_stage_too(known: &mut Difference, one: &Difference) {
    let is_same =
        (known.what.key(), known.verdict, known.follows) == (one.what.key(), one.verdict, one.follows);
    one.places().filter(|_| is_same).for_each(|stages| known.is_also_in(stages.clone()));
}

/// What another change comes to: only what is the same in all is told once.
fn add_change(all: &mut Compared, more: Compared) {
    let key = |one: &Difference| (one.what.key(), one.verdict, one.stages.clone(), one.causes.clone());
    let known: Vec<_> = all.differences.iter().map(key).collect();
    all.differences.extend(more.differences.into_iter().filter(|one| !known.contains(&key(one))));
    add_unconfirmed(all, more.unconfirmed);
    all.situations += more.situations;
    all.incomplete = all.incomplete.or(more.incomplete);
    all.differences.sort_by_key(|one| (one.follows, one.verdict));
}

fn add_unconfirmed(all: &mut Compared, more: Vec<Unconfirmed>) {
    for one in more {
        if !all.unconfirmed.iter().any(|known| known.key == one.key) {
            all.unconfirmed.push(one);
        }
    }
}

/// What is not told yet.
fn join(all: &mut Compared, more: Compared, evened: &BTreeSet<String>) {
    let mut found: Vec<Difference> = Vec::new();
    for one in more.differences.into_iter().filter(|one| !one.follows) {
        let mut known = all.differences.iter_mut().filter(|known| !known.follows);
        match known.find(|known| is_told_by(&one, known)) {
            Some(known) => in_its_stage_too(known, &one),
            None => found.push(one),
        }
    }
    let names: Vec<String> = evened.iter().cloned().collect();
    for mut one in found {
        one.examples.iter_mut().for_each(|example| example.evened.clone_from(&names));
        all.differences.push(one);
    }
    add_unconfirmed(all, more.unconfirmed);
    all.situations += more.situations;
    all.incomplete = more.incomplete;
    all.differences.sort_by_key(|one| (one.follows, one.verdict));
}

fn is_same_set(one: &[String], other: &[String]) -> bool {
    one.iter().all(|key| other.contains(key)) && other.iter().all(|key| one.contains(key))
}

/// Whether what one version does alone is a part of what is known, and its history shows all of that at the same moment.
fn is_part_of(own: &[String], known: &[String], apart: &[String]) -> bool {
    own.iter().all(|one| known.contains(one)) && known.iter().all(|one| apart.contains(one))
}

/// Whether a difference is told by another one already: the same, a part of it, or what comes of the same lines in the same stages.
#[must_use]
pub fn is_told_by(one: &Difference, known: &Difference) -> bool {
    let keys = |all: &[Done]| all.iter().map(|done| done.key.clone()).collect::<Vec<_>>();
    match (&one.what, &known.what) {
        (What::Aspect { of, aspect }, What::Aspect { of: known_of, aspect: known_aspect }) => {
            // A step on the way to what is known says nothing more.
            let is_on_the_way = one.is_between && (of, aspect.key) == (known_of, known_aspect.key);
            // Whatever it means on the way: what else has changed may turn that round.
            is_on_the_way || one.what.key() == known.what.key()
        }
        (What::Answers { old, new }, What::Answers { old: before, new: after }) => {
            let is_one_place = one.causes == known.causes && one.stages == known.stages;
            let [gone, come] = &one.apart;
            let sides = [(old, before, gone), (new, after, come)];
            // What both versions themselves do there, where the one was found on two that lie between them.
            let is_really_known = !(gone.is_empty() && come.is_empty())
                && sides.iter().all(|(_, known, apart)| is_same_set(&keys(known), apart))
                && one.stages == known.stages;
            is_really_known
                || is_one_place && one.causes.iter().all(Option::is_some)
                || (keys(old), keys(new)) == (keys(before), keys(after))
                || sides.iter().all(|(own, known, apart)| is_part_of(&keys(own), &keys(known), apart))
        }
        _ => false,
    }
}

/// Gives a version the terms, numbers and notices of another one; the names of what had others.
fn evened_by(variant: &mut Protocol, new: &Protocol, opened: &[Openings]) -> BTreeSet<String> {
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
fn is_evened_alike(one: &Protocol, other: &Protocol) -> bool {
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
