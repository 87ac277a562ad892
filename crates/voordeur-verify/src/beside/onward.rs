//! Versions that part because a case goes on in one stage or in another: what begins there is something else for each household, and is
//! told by where the case goes, once. In which stage a case is a household does not see: where what it meets is the same nothing is told.

use jiff::Timestamp;
use voordeur_engine::Entry;
use voordeur_messages::say;
use voordeur_protocol::StageId;

use super::answer::{Reader, Side};
use super::play::{Shows, Witness};
use super::report::{Difference, Done, Example, What};
use super::search::Beside;
use super::verdict::Verdict;
use super::whom::whom;
use crate::replay::Moment;

/// Where a case goes at the moment at which both part, in each version; nothing where it stays, goes back, or ends.
#[derive(Debug, Clone, Default)]
pub(crate) struct Onward {
    to: [Option<Done>; 2],
    /// For whom it is so.
    whom: Vec<String>,
}

impl Onward {
    pub(super) fn of(beside: &Beside<'_>, played: &Witness) -> Self {
        let [old, new] = &played.moments;
        let [old, new] = [old, new].map(|moments| goes(moments, played.at));
        let stages = [old, new].map(|to| to.map(|(stage, _)| stage));
        let done = |side: Side, to: Option<(StageId, bool)>| to.map(|to| beside.reader.goes_to(side, to));
        let to = [done(Side::Old, old), done(Side::New, new)];
        let is_apart = to != [None, None] && key(&to[0]) != key(&to[1]);
        let whom = if is_apart { whom(beside, &Shows::Onward(stages), played) } else { Vec::new() };
        Self { to, whom }
    }

    pub(super) fn turn_around(&mut self) {
        self.to.reverse();
    }

    fn keys(&self) -> [Option<&str>; 2] {
        self.to.each_ref().map(key)
    }
}

fn key(to: &Option<Done>) -> Option<&str> {
    to.as_ref().map(|to| to.key.as_str())
}

/// Which stage a case enters at a moment, and whether that interrupts another one.
fn goes(moments: &[Moment], at: Timestamp) -> Option<(StageId, bool)> {
    let (mut to, mut interrupts) = (None, false);
    for entry in moments.iter().filter(|moment| moment.at == at).flat_map(|moment| &moment.entries) {
        match entry {
            Entry::Suspended { .. } => interrupts = true,
            Entry::StageEntered { stage, .. } => to = Some(*stage),
            Entry::Resumed { .. } | Entry::Ended { .. } => return None,
            _ => {}
        }
    }
    to.map(|stage| (stage, interrupts))
}

impl Reader<'_> {
    fn goes_to(self, side: Side, (stage, interrupts): (StageId, bool)) -> Done {
        // What both have is called as it is called now.
        let now = if side == Side::Old { self.names.stages.now(stage.0).map(StageId) } else { Some(stage) };
        let stage = match now {
            Some(now) => &self.new.stages.row(now).name,
            None => &self.old.stages.row(stage).name,
        };
        let (text, key) = match interrupts {
            false => (say!("the case goes to {stage}", stage), format!("go {stage}")),
            true => (say!("{stage} interrupts the case", stage), format!("interrupt {stage}")),
        };
        Done { text, key, otherwise: None }
    }
}

/// What comes of the same lines in the same stages, and goes on in the same stages, each time to something else: once, for those who are
/// worse or better off by it and for those for whom it is only something else.
pub(super) fn once(differences: &mut Vec<Difference>) {
    let mut kept: Vec<(Difference, Vec<Difference>)> = Vec::with_capacity(differences.len());
    for one in differences.drain(..) {
        match kept.iter_mut().find(|(first, _)| is_one(first, &one)) {
            Some((_, more)) => more.push(one),
            None => kept.push((one, Vec::new())),
        }
    }
    differences.extend(kept.into_iter().map(|(one, more)| match more.is_empty() {
        true => interrupting(one),
        false => together(one, more),
    }));
    differences.sort_by_key(|one| (one.follows, one.verdict));
}

fn is_one(one: &Difference, other: &Difference) -> bool {
    let [old, new] = one.onward.keys();
    let is_something_else = |one: &Difference| one.verdict == Verdict::NotComparable;
    let is_plain = |one: &Difference| matches!(one.what, What::Answers { .. }) && !one.follows;
    is_plain(one)
        && is_plain(other)
        && old != new
        && other.onward.keys() == [old, new]
        && is_something_else(one) == is_something_else(other)
        && one.causes.iter().all(Option::is_some)
        && (&one.stages, &one.also, &one.causes, &one.comes_of, one.is_between)
            == (&other.stages, &other.also, &other.causes, &other.comes_of, other.is_between)
}

/// That one version goes to a stage which interrupts in the other one is told as such: what ends by it is something else in each stage
/// from which it goes there.
fn interrupting(one: Difference) -> Difference {
    let [old, new] = one.onward.keys().map(|to| to.map(|to| to.split_once(' ')));
    let is_one_stage = |(old, new)| matches!((old, new), (Some(Some((how, to))), Some(Some((other, there)))) if how != other && to == there);
    let is_plain = matches!(one.what, What::Answers { .. }) && !one.follows;
    if is_plain && is_one_stage((old, new)) { Difference { what: goes_on(&one, &[]), ..one } } else { one }
}

fn together(mut one: Difference, more: Vec<Difference>) -> Difference {
    one.what = goes_on(&one, &more);
    let [met_in_old, met_in_new] = &mut one.met;
    for other in &more {
        let [old, new] = &other.met;
        met_in_old.extend_from_slice(old);
        met_in_new.extend_from_slice(new);
    }
    for all in &mut one.met {
        all.sort();
        all.dedup();
    }
    let verdict = more
        .iter()
        .map(|other| other.verdict)
        .fold(one.verdict, |own, other| if own == other { own } else { Verdict::Mixed });
    one.examples = match each_way(&one, &more) {
        examples if verdict == Verdict::Mixed && !examples.is_empty() => examples,
        _ => one.examples.first().map(|example| shown(&one, example)).into_iter().collect(),
    };
    Difference { verdict, apart: Default::default(), ..one }
}

/// Where it goes on in each version; of one in which it stays what all of them do there.
fn goes_on(one: &Difference, more: &[Difference]) -> What {
    let What::Answers { old, new } = &one.what else { return one.what.clone() };
    let in_all = |done: &Done, side: fn(&What) -> &[Done]| {
        more.iter().all(|other| side(&other.what).iter().any(|own| own.key == done.key))
    };
    let side = |to: &Option<Done>, own: &[Done], of: fn(&What) -> &[Done]| match to {
        Some(to) => vec![to.clone()],
        None => own.iter().filter(|done| in_all(done, of)).cloned().collect(),
    };
    let [before, after] = &one.onward.to;
    What::Answers { old: side(before, old, said_by_old), new: side(after, new, said_by_new) }
}

fn said_by_old(what: &What) -> &[Done] {
    if let What::Answers { old, .. } = what { old } else { &[] }
}

fn said_by_new(what: &What) -> &[Done] {
    if let What::Answers { new, .. } = what { new } else { &[] }
}

/// An example of where the case goes: what decides what begins there says nothing of that.
fn shown(of: &Difference, example: &Example) -> Example {
    Example { whom: of.onward.whom.clone(), ..example.clone() }
}

/// The example of a household that is worse off and of one that is better off, as far as there are such.
fn each_way(one: &Difference, more: &[Difference]) -> Vec<Example> {
    let all = || std::iter::once(one).chain(more);
    let meant = |wanted: Verdict| {
        all().find_map(|own| {
            let of_mixed = own.examples.iter().find(|example| example.effect == Some(wanted));
            let plain = own.examples.first().filter(|_| own.verdict == wanted);
            Some(Example { effect: Some(wanted), ..shown(own, of_mixed.or(plain)?) })
        })
    };
    let both: Vec<Example> = [Verdict::Weaker, Verdict::Stronger].into_iter().filter_map(meant).collect();
    if both.is_empty() { one.examples.clone() } else { both }
}
