//! What lies behind a term, a number of attempts, or a notice to somebody, that is not the same in both versions: where only that
//! parts them a way is followed no further, and a second change behind it would be told by nobody. So both are compared once more,
//! the first of them with the terms, numbers and notices of the second; what that finds is told as such, with its history played
//! on these two.

use std::collections::BTreeSet;

use voordeur_protocol::Protocol;

use super::answer::Reader;
use super::clock::Openings;
use super::days::Days;
use super::each::{AllButOne, all_but_one};
use super::evening::{evened_by, is_evened_alike};
use super::exploring::{Exploring, Teller};
use super::moment::{in_every_stage, in_order, one_moment};
use super::names::Names;
use super::notice::{in_its_stage, one_notice};
use super::onward::once;
use super::reach::Reach;
use super::really::{Between, Ends, Lying};
use super::report::{Compared, Difference, Unconfirmed, What, keys};
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
        let (moment, notice) = (one_moment(old, new), one_notice(old, new));
        let first_is_enough = moment.is_some() || notice.is_some();
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
        if let Some(stages) = notice {
            in_its_stage(&mut all.differences, stages, [old, new]);
        }
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

/// Whether something comes of the same lines in the same stages.
#[must_use]
pub fn is_of_one_place(one: &Difference, known: &Difference) -> bool {
    let is_done = |one: &Difference| matches!(one.what, What::Answers { .. });
    is_done(one)
        && is_done(known)
        && one.causes == known.causes
        && one.stages == known.stages
        && one.causes.iter().all(Option::is_some)
}

/// Whether a difference is told by another one already: the same, a part of it, or what comes of the same lines in the same stages.
#[must_use]
pub fn is_told_by(one: &Difference, known: &Difference) -> bool {
    match (&one.what, &known.what) {
        (What::Aspect { of, aspect }, What::Aspect { of: known_of, aspect: known_aspect }) => {
            // A step on the way to what is known says nothing more.
            let is_on_the_way = one.is_between && (of, aspect.key) == (known_of, known_aspect.key);
            // Whatever it means on the way: what else has changed may turn that round.
            is_on_the_way || one.what.key() == known.what.key()
        }
        (What::Answers { old, new }, What::Answers { old: before, new: after }) => {
            let is_one_place = is_of_one_place(one, known);
            let [gone, come] = &one.apart;
            let sides = [(old, before, gone), (new, after, come)];
            // What both versions themselves do there, where the one was found on two that lie between them.
            let is_really_known = !(gone.is_empty() && come.is_empty())
                && sides.iter().all(|(_, known, apart)| is_same_set(&keys(known), apart))
                && one.stages == known.stages;
            // Or that both versions themselves go on there as is known, whatever those between them do.
            let goes_as_known = one.really_onward.is_apart()
                && one.really_onward.keys() == known.onward.keys()
                && known.places().any(|stages| *stages == one.stages);
            is_really_known
                || goes_as_known
                || is_one_place
                || (keys(old), keys(new)) == (keys(before), keys(after))
                || sides.iter().all(|(own, known, apart)| is_part_of(&keys(own), &keys(known), apart))
        }
        _ => false,
    }
}
