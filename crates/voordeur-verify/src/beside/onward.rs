//! Versions that part because a case goes on in one stage or in another: what begins there is something else for each household, and is
//! told by where the case goes, once. In which stage a case is a household does not see: where what it meets is the same nothing is told.

use jiff::Timestamp;
use rustc_hash::FxHashSet;
use voordeur_engine::{Case, Entry, Status, Stay};
use voordeur_messages::say;
use voordeur_protocol::model::Target;
use voordeur_protocol::{EndId, Happening, Mode, ObligationId, Protocol, RuleId, StageId};

use super::answer::{About, Answer, Reader, Said, Side, seen};
use super::play::{Shows, Witness};
use super::report::{Difference, Done, Example, What, keys};
use super::search::Beside;
use super::verdict::{Verdict, is_help};
use super::whom::whom;
use crate::replay::Moment;

/// Where a case goes at the moment at which both part, in each version; nothing where it stays or goes back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Onward {
    to: [Option<Done>; 2],
    /// For whom it is so.
    whom: Vec<String>,
    /// Whether it goes somewhere else, and not only to another end.
    is_apart: bool,
    /// Whether what begins there is something else for others.
    is_more: bool,
}

/// Where a case goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    /// To a stage, which may interrupt the one in which it was.
    Stage(StageId, bool),
    /// It ends.
    End(EndId),
    /// It would end, and waits for a referral.
    HeldBack(EndId),
}

impl To {
    const fn stage(self) -> Option<StageId> {
        if let Self::Stage(stage, _) = self { Some(stage) } else { None }
    }
}

impl Onward {
    /// In a history.
    pub(super) fn of(beside: &Beside<'_>, played: &Witness) -> Self {
        let to = gone(beside.reader, &played.moments, played.at);
        let stages = to.map(|to| to.and_then(To::stage));
        let own = Self::to_these(beside.reader, to);
        let whom = if own.is_apart { whom(beside, &Shows::Onward(stages), played) } else { Vec::new() };
        Self { whom, ..own }
    }

    /// At a moment of a history.
    pub(super) fn at(reader: Reader<'_>, moments: &[Vec<Moment>; 2], at: Timestamp) -> Self {
        Self::to_these(reader, gone(reader, moments, at))
    }

    /// In a state of the search, from the one in which both had said the same.
    pub(super) fn of_state(beside: &Beside<'_>, from: Option<usize>, at: usize) -> Self {
        let places = |at: usize| beside.states.get(at).map_or([None, None], |state| state.places);
        let (before, after) = (from.map_or([None, None], places), places(at));
        let mut to = [None, None];
        let said = beside.states.get(at).and_then(|state| beside.unsettled.get(state.unsettled));
        let said = said.map_or([&[][..], &[][..]], |(old, new)| [old.as_slice(), new.as_slice()]);
        let all = to.iter_mut().zip(before).zip(after).zip(&beside.sides).zip(said);
        for ((((to, before), after), side), said) in all {
            let case = |place: Option<usize>| Some(&*side.situations.get(place?)?.case);
            *to = case(after).and_then(|after| led(side.protocol, case(before), (after, said)));
        }
        Self::to_these(beside.reader, to)
    }

    fn to_these(reader: Reader<'_>, [old, new]: [Option<To>; 2]) -> Self {
        let done = |side: Side, to: Option<To>| to.map(|to| reader.goes_to(side, to));
        let to = [done(Side::Old, old), done(Side::New, new)];
        let is_staged = [old, new].iter().any(|to| to.and_then(To::stage).is_some());
        let is_apart = is_staged && key(&to[0]) != key(&to[1]);
        Self { to, whom: Vec::new(), is_apart, is_more: false }
    }

    pub(super) fn turn_around(&mut self) {
        self.to.reverse();
    }

    /// What begins there for others is not told by itself.
    pub(super) const fn stands_for_more(&mut self) {
        self.is_more = true;
    }

    pub(super) const fn is_apart(&self) -> bool {
        self.is_apart
    }

    pub(super) fn to(&self, side: Side) -> Option<&Done> {
        let [old, new] = &self.to;
        if side == Side::Old { old.as_ref() } else { new.as_ref() }
    }

    pub(super) fn keys(&self) -> [Option<&str>; 2] {
        self.to.each_ref().map(key)
    }
}

fn key(to: &Option<Done>) -> Option<&str> {
    to.as_ref().map(|to| to.key.as_str())
}

/// Where a case goes that goes elsewhere in the other version.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Elsewhere {
    stages: [Option<StageId>; 2],
    keys: [Option<String>; 2],
    /// What it means by itself.
    verdict: Verdict,
    /// Where it only ends: whether something is let go of that is missed, and what else is said.
    ends: [Option<(bool, Vec<Answer>)>; 2],
}

impl Beside<'_> {
    /// Whether what is found in these states is that a case goes to one stage or another, or ends, as it is in others that are found,
    /// where it means the same.
    pub(super) fn all_go_elsewhere_anyway(&self, states: &[usize]) -> bool {
        let known: FxHashSet<Elsewhere> = match states.is_empty() {
            true => FxHashSet::default(),
            false => self.found.iter().filter_map(|at| self.elsewhere(*at)).collect(),
        };
        states.iter().all(|at| self.elsewhere(*at).is_some_and(|goes| known.contains(&goes)))
    }

    fn elsewhere(&self, at: usize) -> Option<Elsewhere> {
        let from = before(self, at);
        let onward = Onward::of_state(self, from, at);
        let (old, new) = self.unsettled.get(self.states.get(at)?.unsettled)?;
        let said = [seen(old), seen(new)];
        let [before, after] = &said;
        let verdict = self.reader.leaning(before, after);
        let keys = onward.keys().map(|key| key.map(str::to_owned));
        let [old, new] = &keys;
        let is_apart = onward.is_apart();
        (is_apart || old != new).then(|| {
            let ends = |said: Vec<Answer>| (!is_apart).then(|| self.reader.what_else(said));
            Elsewhere { stages: self.stages_before(from), verdict, ends: said.map(ends), keys }
        })
    }
}

fn is_called_off(answer: Answer) -> bool {
    matches!(answer, Answer::Happened(_, on) if on == u32::from(Happening::Cancelled.code()))
}

/// The last state before this one in which both had said the same.
pub(super) fn before(beside: &Beside<'_>, at: usize) -> Option<usize> {
    let mut from = beside.states.get(at)?.from;
    while let Some(before) = from.and_then(|at| beside.states.get(at)).filter(|state| state.unsettled != 0) {
        from = before.from;
    }
    from
}

/// In which stage a case is, and which one that has interrupted.
#[derive(Debug, Clone, Copy, Default)]
struct Stages {
    now: Option<StageId>,
    interrupted: Option<StageId>,
    /// Whether it is entered just now.
    is_entered: bool,
}

impl Stages {
    fn of(case: &Case) -> Self {
        let stage = |stay: &Option<Stay>| stay.as_ref().map(|stay| stay.stage);
        Self { now: stage(&case.stay), interrupted: stage(&case.suspended), is_entered: false }
    }

    fn entry(&mut self, entry: &Entry) {
        match entry {
            Entry::StageEntered { stage, .. } => (self.now, self.is_entered) = (Some(*stage), true),
            Entry::Suspended { stage, .. } => self.interrupted = Some(*stage),
            Entry::Resumed { stage, .. } => *self = Self { now: Some(*stage), ..Self::default() },
            Entry::StageLeft { stage, .. } if self.interrupted == Some(*stage) => self.interrupted = None,
            _ => {}
        }
    }

    /// Where a case has gone that is in these after it; nothing where it is where it was, or goes back.
    fn to(self, after: Self) -> Option<To> {
        let now = after.now.filter(|now| after.is_entered || Some(*now) != self.now)?;
        let is_interrupting = after.interrupted.is_some() && self.interrupted.is_none();
        let is_back = !after.is_entered && after.interrupted.is_none() && self.interrupted == Some(now);
        (!is_back).then_some(To::Stage(now, is_interrupting))
    }
}

/// Where a case goes at a moment, in each version.
fn gone(reader: Reader<'_>, [old, new]: &[Vec<Moment>; 2], at: Timestamp) -> [Option<To>; 2] {
    [goes(reader.old, old, at), goes(reader.new, new, at)]
}

/// Where a case goes at a moment.
fn goes(protocol: &Protocol, moments: &[Moment], at: Timestamp) -> Option<To> {
    let mut stages = Stages::default();
    let before = moments.iter().filter(|moment| moment.at < at);
    before.flat_map(|moment| &moment.entries).for_each(|entry| stages.entry(entry));
    let (was, mut held_back) = (stages, None);
    stages.is_entered = false;
    for entry in moments.iter().filter(|moment| moment.at == at).flat_map(|moment| &moment.entries) {
        match entry {
            Entry::Ended { end } => return Some(To::End(*end)),
            Entry::Withheld { rule, .. } => held_back = held_back.or_else(|| held_back_by(protocol, *rule)),
            _ => stages.entry(entry),
        }
    }
    was.to(stages).or(held_back)
}

/// Where a case has gone. A stage is entered anew where what it opens is opened.
fn led(protocol: &Protocol, before: Option<&Case>, (after, said): (&Case, &[Said])) -> Option<To> {
    if let Status::Ended { end, .. } = after.status {
        return Some(To::End(end));
    }
    let mut stages = Stages::of(after);
    let opens = stages.now.map_or(&[][..], |stage| &protocol.stages.row(stage).opens);
    stages.is_entered = said.iter().any(|(_, opening)| opening.is_some_and(|one| opens.contains(&one)));
    let to = before.map_or_else(Stages::default, Stages::of).to(stages);
    let withheld = |case: &Case| case.stay.as_ref().map_or(0, |stay| stay.withheld.len());
    let known = before.map_or(0, withheld);
    let newly = after.stay.iter().flat_map(|stay| &stay.withheld).skip(known);
    to.or_else(|| newly.copied().find_map(|rule| held_back_by(protocol, rule)))
}

/// The end that a rule leads to, which waits for a referral.
fn held_back_by(protocol: &Protocol, rule: RuleId) -> Option<To> {
    let target = protocol.rules.row(rule).target?;
    if let Target::End(end) = target { Some(To::HeldBack(end)) } else { None }
}

impl Reader<'_> {
    /// Whether something is let go of that is missed, and what is said but for that.
    fn what_else(self, mut said: Vec<Answer>) -> (bool, Vec<Answer>) {
        let lets_go = said.iter().any(|one| self.is_missed(*one));
        said.retain(|one| !is_called_off(*one) && !matches!(one, Answer::Told(_, About::CalledOff(_))));
        (lets_go, said)
    }

    /// Whether something is called off that must be done somewhere, or that is help.
    fn is_missed(self, answer: Answer) -> bool {
        let Some(of) = answer.about().filter(|_| is_called_off(answer)) else { return false };
        let (protocol, of) = self.obligation_of(of);
        let rows = protocol.openings.rows().filter(|row| Some(row.obligation) == of);
        let is_help = |row: ObligationId| is_help(&protocol.obligations.row(row).spec);
        rows.into_iter().any(|row| row.mode == Mode::Must) || of.is_some_and(is_help)
    }

    fn goes_to(self, side: Side, to: To) -> Done {
        let (text, key) = match to {
            To::End(end) => self.words(self.ended(side, end)),
            To::HeldBack(end) => {
                let end = self.end_name(side, end);
                (say!("the end {end} waits for a referral", end), format!("held {end}"))
            }
            To::Stage(stage, interrupts) => {
                let stage = self.stage_name(side, stage);
                match interrupts {
                    false => (say!("the case goes to {stage}", stage), format!("go {stage}")),
                    true => (say!("{stage} interrupts the case", stage), format!("interrupt {stage}")),
                }
            }
        };
        Done { text, key, otherwise: None, is_moved: false }
    }

    fn end_name(&self, side: Side, end: EndId) -> &str {
        let now = if side == Side::Old { self.names.ends.now(end.0).map(EndId) } else { Some(end) };
        match now {
            Some(now) => &self.new.ends.row(now).name,
            None => &self.old.ends.row(end).name,
        }
    }

    /// What both have is called as it is called now.
    fn stage_name(&self, side: Side, stage: StageId) -> &str {
        let now = if side == Side::Old { self.names.stages.now(stage.0).map(StageId) } else { Some(stage) };
        match now {
            Some(now) => &self.new.stages.row(now).name,
            None => &self.old.stages.row(stage).name,
        }
    }
}

/// What comes of the same lines and goes on in the same stages, each time to something else: once, for those who are worse or better off
/// by it and for those for whom it is only something else.
pub(super) fn once(differences: &mut Vec<Difference>) {
    for (_, one, more) in grouped(std::mem::take(differences)) {
        // What is the same in several stages is told with all of them, whatever led there.
        if more.iter().all(|other| other.what == one.what) && !one.onward.is_more {
            differences.extend(std::iter::once(one).chain(more).map(interrupting));
        } else {
            differences.push(together(one, &more));
        }
    }
    differences.sort_by_key(|one| (one.follows, one.verdict));
}

/// What is told with each, and the number of the first of them. What is only sooner is told with what is for good, or stands for more
/// anyway, where there is such.
fn grouped(differences: Vec<Difference>) -> Vec<(usize, Difference, Vec<Difference>)> {
    let mut groups: Vec<(usize, Difference, Vec<Difference>)> = Vec::with_capacity(differences.len());
    let is_of_all = |one: &Difference| is_for_good(one) || one.onward.is_more;
    let (all, sooner): (Vec<_>, Vec<_>) =
        differences.into_iter().enumerate().partition(|(_, one)| is_of_all(one));
    for (at, one) in all.into_iter().chain(sooner) {
        match groups.iter_mut().find(|(_, first, _)| is_of_all(first) && is_one(first, &one)) {
            Some((first, _, more)) => {
                *first = at.min(*first);
                more.push(one);
            }
            None => groups.push((at, one, Vec::new())),
        }
    }
    groups.sort_by_key(|(at, ..)| *at);
    groups
}

fn is_one(one: &Difference, other: &Difference) -> bool {
    let is_something_else = |one: &Difference| one.verdict == Verdict::NotComparable;
    let is_plain = |one: &Difference| matches!(one.what, What::Answers { .. }) && !one.follows;
    is_plain(one)
        && is_plain(other)
        && one.onward.is_apart()
        && other.onward.keys() == one.onward.keys()
        && is_something_else(one) == is_something_else(other)
        && one.causes.iter().any(Option::is_some)
        && (one.causes == other.causes || goes_by_the_same(one, other))
        && (&one.comes_of, one.is_between) == (&other.comes_of, other.is_between)
}

/// Whether a case goes there by the same lines, and meets the same on its way: what the version in which it stays does at that moment
/// decides nothing.
fn goes_by_the_same(one: &Difference, other: &Difference) -> bool {
    let mut sides = one.onward.to.iter().zip(&one.causes).zip(&other.causes);
    let is_met = one.met.iter().any(|met| !met.is_empty()) && one.met == other.met;
    is_met && sides.all(|((to, cause), there)| to.is_none() || cause.is_some() && cause == there)
}

/// Whether one version goes there and the other one does not, and not only later: what is let go of sooner is told by itself.
fn is_for_good(one: &Difference) -> bool {
    let [old, new] = &one.onward.to;
    let is_only_sooner = |to: &Option<Done>, other: &Option<Done>, said: &[Done]| {
        to.is_some() && other.is_none() && said.iter().any(|done| done.otherwise.is_some())
    };
    !is_only_sooner(old, new, said_by_old(&one.what)) && !is_only_sooner(new, old, said_by_new(&one.what))
}

/// That one version goes to a stage which interrupts in the other one is told as such: what ends by it is something else in each stage
/// from which it goes there.
fn interrupting(one: Difference) -> Difference {
    let [old, new] = one.onward.keys().map(|to| to.map(|to| to.split_once(' ')));
    let is_one_stage = |(old, new)| matches!((old, new), (Some(Some((how, to))), Some(Some((other, there)))) if how != other && to == there);
    let is_plain = matches!(one.what, What::Answers { .. }) && !one.follows;
    if is_plain && is_one_stage((old, new)) { Difference { what: goes_on(&one, &[]), ..one } } else { one }
}

fn together(mut one: Difference, more: &[Difference]) -> Difference {
    one.what = goes_on(&one, more);
    let [met_in_old, met_in_new] = &mut one.met;
    for other in more {
        let [old, new] = &other.met;
        met_in_old.extend_from_slice(old);
        met_in_new.extend_from_slice(new);
    }
    more.iter().flat_map(Difference::places).for_each(|place| one.is_also_in(place.clone()));
    for all in &mut one.met {
        all.sort();
        all.dedup();
    }
    let verdict = more
        .iter()
        .map(|other| other.verdict)
        .fold(one.verdict, |own, other| if own == other { own } else { Verdict::Mixed });
    one.examples = match each_way(&one, more) {
        examples if verdict == Verdict::Mixed && !examples.is_empty() => examples,
        _ => one.examples.first().map(|example| shown(&one, example)).into_iter().collect(),
    };
    Difference { verdict, apart: Default::default(), ..one }
}

/// What one version alone says.
type SaidBy = fn(&What) -> &[Done];

/// What is told together.
#[derive(Clone, Copy)]
struct Together<'d> {
    one: &'d Difference,
    more: &'d [Difference],
}

impl Together<'_> {
    fn is_so_in_all(self, of: SaidBy, is_so: impl Fn(&[Done]) -> bool) -> bool {
        std::iter::once(self.one).chain(self.more).all(|other| is_so(of(&other.what)))
    }

    /// Whether the versions that go somewhere say the same each time, whatever is said where the case would have stayed, and nothing
    /// more is to be told by that.
    fn says_the_same(self) -> bool {
        let sides: [SaidBy; 2] = [said_by_old, said_by_new];
        let is_same = |of: SaidBy| self.is_so_in_all(of, |said| keys(said) == keys(of(&self.one.what)));
        let mut stays = self.one.onward.to.iter().zip(sides).filter(|(to, _)| to.is_none());
        let mut goes = self.one.onward.to.iter().zip(sides);
        stays.any(|(_, of)| !is_same(of))
            && !self.one.onward.is_more
            && goes.all(|(to, of)| to.is_none() || is_same(of))
    }

    fn side(self, to: &Option<Done>, of: SaidBy) -> Vec<Done> {
        let own = of(&self.one.what);
        // Where each of them only comes sooner or later, the case only goes there sooner or later.
        let is_moved = |said: &[Done]| !said.is_empty() && said.iter().all(|done| done.is_moved);
        let is_said = |done: &&Done| self.is_so_in_all(of, |said| said.iter().any(|own| own.key == done.key));
        match to {
            Some(_) if self.says_the_same() => own.to_vec(),
            Some(to) => vec![Done { is_moved: self.is_so_in_all(of, is_moved), ..to.clone() }],
            None => own.iter().filter(is_said).cloned().collect(),
        }
    }
}

/// Where it goes on in each version; of one in which it stays what all of them do there.
fn goes_on(one: &Difference, more: &[Difference]) -> What {
    let all = Together { one, more };
    let [before, after] = &one.onward.to;
    match one.what {
        What::Answers { .. } => {
            What::Answers { old: all.side(before, said_by_old), new: all.side(after, said_by_new) }
        }
        What::Aspect { .. } => one.what.clone(),
    }
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

/// What is told of one thing means something else for the households of another one: it is better for one of them and worse for
/// another one, each with its example.
pub fn means_both(known: &mut Difference, one: &Difference) {
    if known.verdict == one.verdict {
        return;
    }
    let examples = each_way(known, std::slice::from_ref(one));
    if examples.len() > 1 {
        known.examples = examples;
    }
    known.verdict = Verdict::Mixed;
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
