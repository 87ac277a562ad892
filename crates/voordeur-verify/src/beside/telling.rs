//! The differences that were found, each once, with what shows it and what brings it about.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use voordeur_diagnostics::Scene;
use voordeur_engine::Entry;
use voordeur_protocol::Protocol;

use super::answer::{Answer, Reader, Said, Side, goes_back, seen};
use super::aspects::Aspect;
use super::at_once::{follow_each, follow_what_is_over};
use super::both_ways::BothWays;
use super::clock::Openings;
use super::following::causing;
use super::legs::way;
use super::met::met;
use super::onward::{Onward, before};
use super::opened::Place;
use super::play::{Shows, Witness, witness};
use super::reach::Reach;
use super::really::{Ends, Lying, Really};
use super::report::{Compared, Difference, Done, Example, Unconfirmed, What};
use super::returning::{self, Returns};
use super::search::{Beside, By, Places, Rules};
use super::soon::{at_once_of_first, late_of_any, soon_of_any};
use super::stage::{before_it, stages};
use super::undecided::{Alone, Undecided};
use super::verdict::Verdict;
use super::waiting::{self, follow_ends};
use super::whom::whom;
use crate::replay::{History, Moment};

/// What is told of a search; where the versions were compared the other way round, it is told so that it can be turned around.
pub(super) fn told(beside: &Beside<'_>, flipped: bool, lying: Lying<'_>) -> Compared {
    let mut telling = Telling {
        reader: beside.reader,
        reach: Arc::clone(&beside.reach),
        flipped,
        lying,
        differences: Vec::new(),
        unconfirmed: Vec::new(),
        plain: Vec::new(),
        unseen: Vec::new(),
        both_ways: Vec::new(),
        roots: Vec::new(),
        termed: BTreeSet::new(),
        counted: BTreeSet::new(),
        held: BTreeSet::new(),
        let_go: BTreeSet::new(),
        spaced: BTreeSet::new(),
        readied: BTreeSet::new(),
        borne: Vec::new(),
        by_time: Vec::new(),
        ended: Vec::new(),
        is_all_told: false,
    };
    for (pair, (at, _)) in &beside.opened {
        telling.opened(beside, (*pair, *at));
    }
    telling.is_all_told = beside.enough < usize::MAX && !telling.differences.is_empty();
    let mut seen: BTreeMap<Told, Class> = BTreeMap::new();
    for at in &beside.found {
        let Some((shows, stages, returns, by)) = class(beside, *at) else { continue };
        let follows = telling.would_follow(beside, *at, (&shows.0, &shows.1));
        let class = seen.entry((returning::root(&shows, returns), stages, returns, by)).or_default();
        class.returns = returns;
        class.others |= !follows;
        let is_new = class.ways.insert((shows.clone(), way_of(beside, *at)));
        if is_new && class.has_room_for(&shows) {
            class.states.push((*at, Shows::Apart(shows.0, shows.1)));
        }
    }
    let mut roots: Vec<_> = seen.into_iter().collect();
    // What has to be shown goes first: dates are not looked for without end.
    roots.sort_by_key(|(_, class)| (!class.others, class.states.first().map(|(at, _)| *at)));
    let (mut later, mut undecided) = (Vec::new(), Vec::new());
    // What shows at once costs the others little.
    let mut shown: Vec<_> = roots.iter().map(|(_, class)| at_once_of_first(beside, &class.states)).collect();
    for (slot, (_, class)) in shown.iter_mut().zip(&roots) {
        *slot = slot.take().or_else(|| soon_of_any(beside, &class.states));
    }
    for (((_, stages, ..), class), shown) in roots.into_iter().zip(shown) {
        match shown {
            Some(shown) => telling.answered(beside, &class, stages, &shown),
            None => later.push((stages, class)),
        }
    }
    for (stages, class) in later {
        let open = telling.left_undecided(beside, &class, &stages);
        if open.as_ref().is_some_and(|open| telling.tells(open)) {
            continue;
        }
        match telling.shown_with_effort(beside, &class, &stages) {
            Some(shown) => telling.answered(beside, &class, stages, &shown),
            None => undecided.extend(open),
        }
    }
    telling.undecided(undecided);
    telling.seen_by_what_follows(beside);
    telling.shown_both_ways(beside);
    follow_ends(&telling.ended, &mut telling.differences);
    follow_each(&telling.by_time, &mut telling.differences);
    follow_what_is_over(&mut telling.differences);
    telling.decided_by_what_follows();
    telling.shown_by_what_follows(beside);
    let mut differences = telling.differences;
    differences.sort_by_key(|one| (one.follows, one.verdict));
    // What a history shows elsewhere is told.
    let is_told = |one: &Unconfirmed| {
        let (old, new) = one.key.split_once(" ≠ ").unwrap_or_default();
        let [old, new] = if flipped { [new, old] } else { [old, new] };
        differences
            .iter()
            .any(|known| one.is_named(known, flipped) || returning::is_told_by([old, new], &known.what))
    };
    let unconfirmed = telling.unconfirmed.into_iter().filter(|one| !is_told(one)).collect();
    Compared {
        situations: beside.states.len(),
        incomplete: beside.incomplete,
        differences,
        unconfirmed,
        free: [Side::Old, Side::New].map(|side| free(beside.reader, side)),
        is_whole: false,
    }
}

fn free(reader: Reader<'_>, side: Side) -> String {
    if reader.names.same_calendar { String::new() } else { reader.names.days.plain(side) }
}

/// What the old version alone says, and what the new one alone.
pub(super) type Shows2 = (Vec<Answer>, Vec<Answer>);

/// So many ways on which the same differs are looked at: where moments are taken together the first one may be none.
const MOST_STATES: usize = 12;

/// So many on which the very same is said, where one version alone goes back.
const MOST_ALIKE: usize = 2;

/// What each version alone says, in which stages the case was before, and whether it goes back to what it had interrupted.
/// And which rules have brought it that only one version has so: those are two changes.
type Told = (Shows2, [Option<String>; 2], [bool; 2], Rules);

/// The states in which the same is said by one version alone, in the same stages.
#[derive(Debug, Default)]
pub(super) struct Class {
    /// With what is to be shown there.
    pub(super) states: Vec<(usize, Shows)>,
    /// What is reported on the way to each of them, as the cases that it leads to: no two of them have it in common.
    ways: BTreeSet<(Shows2, Vec<Places>)>,
    /// Whether one of them does not follow from something else that differs.
    others: bool,
    /// Whether the old version goes back there to what was interrupted, and the new one.
    pub(super) returns: [bool; 2],
}

impl Class {
    /// Whether one more state is looked at. Where one version alone goes back, what comes of that is to be as different as can be.
    fn has_room_for(&self, shows: &Shows2) -> bool {
        let is_same =
            |other: &Shows| matches!(other, Shows::Apart(old, new) if (old, new) == (&shows.0, &shows.1));
        let [old, new] = self.returns;
        let alike = || self.states.iter().filter(|(_, other)| is_same(other)).count();
        match old == new {
            true => self.states.len() < MOST_STATES,
            false => self.states.len() < 2 * MOST_STATES && alike() < MOST_ALIKE,
        }
    }
}

/// The cases after each report on the way to a state, the last one first.
fn way_of(beside: &Beside<'_>, at: usize) -> Vec<Places> {
    way(beside, at).filter(|state| matches!(state.by, By::Reported(_))).map(|state| state.places).collect()
}

/// What is said by one version alone in a state, and in which stages the case was before.
fn class(beside: &Beside<'_>, at: usize) -> Option<Told> {
    let state = beside.states.get(at)?;
    let (old, new) = beside.unsettled.get(state.unsettled)?;
    let answers = |said: &[Said]| seen(said);
    let from = before(beside, at);
    let by = beside.brought_by.get(state.unsettled).copied().unwrap_or_default();
    Some(((answers(old), answers(new)), stages(beside, from), [goes_back(old), goes_back(new)], by))
}

/// What a difference is told from.
pub(super) struct Telling<'a> {
    pub(super) reader: Reader<'a>,
    /// What has changed.
    pub(super) reach: Arc<Reach>,
    /// Whether the old version is the new one.
    pub(super) flipped: bool,
    /// Where the versions lie.
    pub(super) lying: Lying<'a>,
    pub(super) differences: Vec<Difference>,
    pub(super) unconfirmed: Vec<Unconfirmed>,
    /// In what an obligation differs: by the number of the difference, with where it is opened.
    pub(super) plain: Vec<(usize, Openings)>,
    /// In what an obligation differs, and no history has shown it yet: where, and of what.
    pub(super) unseen: Vec<(Place, String, Aspect)>,
    /// What is mixed because of what the passing of a moment brings.
    pub(super) both_ways: Vec<BothWays>,
    /// What both answer in another way, and the history that shows it.
    pub(super) roots: Vec<(Shows, Witness)>,
    /// The obligations that differ in themselves.
    pub(super) termed: BTreeSet<u32>,
    /// The obligations of which another number is asked: when they are over is a matter of that.
    pub(super) counted: BTreeSet<u32>,
    /// The referrals that hold an end back in one version only: that a case ends, or waits, is a matter of that.
    pub(super) held: BTreeSet<u32>,
    /// The obligations that are let go of with their stage in one version only.
    pub(super) let_go: BTreeSet<u32>,
    /// The obligations that are to be done, or tried again, at other moments: what is too early is a matter of that.
    pub(super) spaced: BTreeSet<u32>,
    /// The same where nobody can say in which version that is sooner: what comes of it says what it means.
    pub(super) readied: BTreeSet<u32>,
    /// What comes of those, by the number of the difference.
    pub(super) borne: Vec<(Option<u32>, usize)>,
    /// What clocks bring, by the number of the difference.
    by_time: Vec<usize>,
    /// What is said where a case ends, or waits for that.
    ended: Vec<waiting::Said>,
    /// Whether all that differs comes of what is told already.
    is_all_told: bool,
}

impl Telling<'_> {
    /// What is of the old version and what is of the new one, where both were compared the other way round.
    pub(super) const fn in_order<'t, T>(&self, [old, new]: &'t [T; 2]) -> [&'t T; 2] {
        if self.flipped { [new, old] } else { [old, new] }
    }

    /// A history that was come across, or is found with all effort where it has to be.
    fn shown_with_effort(
        &self,
        beside: &Beside<'_>,
        class: &Class,
        stages: &[Option<String>; 2],
    ) -> Option<(Witness, Shows)> {
        beside.parted(&class.states, stages).or_else(|| {
            // What would follow from what is told already is not told by itself, whether it can be or not.
            let (at, shows) = class.states.first().filter(|_| class.others)?;
            let late = late_of_any(beside, &class.states);
            late.or_else(|| Some((witness(beside, *at, shows)?, shows.clone())))
        })
    }

    /// What no history shows; nothing where that need not be told.
    fn left_undecided(
        &self,
        beside: &Beside<'_>,
        class: &Class,
        stages: &[Option<String>; 2],
    ) -> Option<Undecided> {
        let (at, shows) = class.states.first().filter(|_| class.others && !self.is_all_told)?;
        let Shows::Apart(old, new) = shows else { return None };
        let said = returning::root(&causing((old, new), &Default::default()), class.returns);
        let verdict = self.reader.leaning(&said.0, &said.1);
        let onward = Onward::of_state(beside, before(beside, *at), *at);
        let alone = [Alone::all(self.reader, &said.0), Alone::all(self.reader, &said.1)];
        let is_by_time = beside.states.get(*at).is_some_and(|state| matches!(state.by, By::TimeWentBy));
        Some(Undecided { said, stages: stages.clone(), onward, verdict, alone, is_by_time })
    }

    fn answered(
        &mut self,
        beside: &Beside<'_>,
        class: &Class,
        stages: [Option<String>; 2],
        (played, shows): &(Witness, Shows),
    ) {
        let Shows::Apart(old, new) = shows else { return };
        let cut = [Side::Old, Side::New].map(|side| self.cut_off(side, played));
        let (old, new) = causing((old, new), &cut);
        let (old, new) = (old.as_slice(), new.as_slice());
        let is_of_the_way =
            |ends: &Ends<'_>| !ends.has_all(self.reader, old, new) || ends.both_may_depart(played);
        if self.lying.ends.is_some_and(is_of_the_way) {
            return;
        }
        let stages = before_it(beside, played, stages);
        let itself = self.lying.between.and_then(|between| between.really(self.reader, played));
        let seen = itself.as_ref().unwrap_or(played);
        let done = |all: &[Answer], other: Side| -> Vec<Done> {
            all.iter().map(|one| self.done(*one, other, seen)).collect()
        };
        let (root_old, root_new) = returning::root(&(old.to_vec(), new.to_vec()), class.returns);
        let (only_old, only_new) = (done(&root_old, Side::New), done(&root_new, Side::Old));
        let asked = only_old.iter().chain(&only_new).map(|done| done.key.clone()).collect();
        let Ok(really) = self.lying.ends.map(|ends| ends.really(played, &asked).ok_or(())).transpose() else {
            return;
        };
        let causes = [Side::Old, Side::New].map(|side| self.cause(beside, side, seen));
        let follows = self.follows(seen, shows)
            || self.is_counted(old, new)
            || self.is_too_early(&self.spaced, (seen, shows))
            || self.is_held(old, new, self.reported_of(seen))
            || self.is_let_go(old, new);
        let verdict = self.verdict((old, new), (seen, follows), &cut);
        let Returns { verdict, each_way } = self.wherever_it_returns(beside, class, (verdict, played, shows));
        let what = What::Answers { old: only_old, new: only_new };
        let met = met(self.reader, &beside.reach, played, [old, new]);
        let told = (beside, shows, std::slice::from_ref(played));
        let mut one = self.difference(verdict, what, stages, causes, told);
        if let Some(each_way) = each_way {
            one.examples = each_way.into();
        }
        one.follows = follows;
        if !follows && self.is_too_early(&self.readied, (seen, shows)) {
            self.borne.push((self.reported_of(seen), self.differences.len()));
        }
        if played.told.last().is_none_or(|(at, _)| *at < played.at) {
            self.by_time.push(self.differences.len());
        }
        (one.met, one.onward) = (met, Onward::of(beside, played));
        self.told_really(&mut one, really);
        self.ended.extend(waiting::Said::of(self.differences.len(), (old, new)));
        self.differences.push(one);
        self.roots.push((shows.clone(), played.clone()));
    }

    /// Puts what the versions themselves do in the place of what those do that lie between them.
    fn told_really(&self, one: &mut Difference, really: Option<Really>) {
        let (Some(ends), Some(really)) = (self.lying.ends, really) else { return };
        one.really_onward = ends.onward(&really);
        one.apart = really.apart;
        for example in &mut one.examples {
            let shown = example_of(ends.versions(), &really.moments, really.at);
            *example = Example { whom: std::mem::take(&mut example.whom), effect: example.effect, ..shown };
        }
    }

    pub(super) fn difference(
        &self,
        verdict: Verdict,
        what: What,
        stages: [Option<String>; 2],
        causes: [Option<(u32, String)>; 2],
        (beside, shows, played): (&Beside<'_>, &Shows, &[Witness]),
    ) -> Difference {
        // Of what is mixed the first household is worse off, and the second one better.
        let effects = [Some(Verdict::Weaker), Some(Verdict::Stronger)];
        let is_both = verdict == Verdict::Mixed && played.len() == effects.len();
        let effects =
            effects.map(|effect| effect.filter(|_| is_both)).into_iter().chain(std::iter::repeat(None));
        let examples = played
            .iter()
            .zip(effects)
            .map(|(one, effect)| Example { whom: whom(beside, shows, one), effect, ..self.example(one) })
            .collect();
        Difference {
            verdict,
            what,
            stages,
            also: Vec::new(),
            causes,
            examples,
            follows: false,
            met: Default::default(),
            apart: Default::default(),
            onward: Default::default(),
            really_onward: Default::default(),
            is_between: false,
            comes_of: None,
        }
    }

    /// A history as both versions go through it; where the old one parts from it before, as it is with all other changes made.
    pub(super) fn example(&self, played: &Witness) -> Example {
        if let Some(ends) = self.lying.ends {
            return match ends.shown(self.reader, played) {
                Some(moments) => example_of(ends.versions(), &moments, played.at),
                None => {
                    let shown = example_of([self.reader.old, self.reader.new], &played.moments, played.at);
                    Example { evened: ends.evened.to_vec(), ..shown }
                }
            };
        }
        let Some(between) = self.lying.between else {
            return example_of([self.reader.old, self.reader.new], &played.moments, played.at);
        };
        match between.really(self.reader, played) {
            Some(itself) => example_of([between.old(), self.reader.new], &itself.moments, itself.at),
            None => {
                let shown = example_of([self.reader.old, self.reader.new], &played.moments, played.at);
                Example { evened: between.evened.clone(), ..shown }
            }
        }
    }

    /// The last rule that a version applies, or holds back, at the moment at which they part, of those that are looked at; where the case
    /// goes to another stage, the one that leads there.
    fn cause(&self, beside: &Beside<'_>, side: Side, played: &Witness) -> Option<(u32, String)> {
        let moments = played.moments_of(side);
        let protocol = self.reader.protocol(side);
        let now = moments.iter().filter(|moment| moment.at == played.at).flat_map(|moment| &moment.entries);
        let (mut cause, mut led) = (None, None);
        for entry in now {
            match entry {
                Entry::RuleFired { rule } | Entry::Withheld { rule, .. }
                    if !beside.looks(side).inert.rule(*rule) || !self.reach.is_rule_alike(side, *rule) =>
                {
                    let row = protocol.rules.row(*rule);
                    cause = Some((row.line, row.text.clone()));
                }
                Entry::Reported { trigger, branch, .. } => {
                    let row = protocol.triggers.row(*trigger);
                    let branch = row.branches.get(usize::from(*branch));
                    cause = branch.map(|branch| (branch.line, branch.text.clone()));
                }
                Entry::StageEntered { .. } => led.clone_from(&cause),
                _ => {}
            }
        }
        led.or(cause)
    }
}

/// What both versions do, in scenes.
fn example_of([old, new]: [&Protocol; 2], moments: &[Vec<Moment>; 2], at: Timestamp) -> Example {
    let scenes = |moments: &[Moment], protocol: &Protocol| {
        let history = History { moments: moments.to_vec(), refused: None };
        history.scenes(protocol)
    };
    let local = new.calendar.local(at);
    let [first, second] = moments;
    let scenes = [scenes(first, old), scenes(second, new)];
    let at = local.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let (at, when) = parting(&scenes, &at).unwrap_or((at, voordeur_calendar::moment_in_words(local)));
    Example { scenes, when, at, whom: Vec::new(), effect: None, evened: Vec::new() }
}

/// From a moment on the first one at which something else is to be seen: what differs in how often something is asked again is opened
/// alike in both.
fn parting([old, new]: &[Vec<Scene>; 2], from: &str) -> Option<(String, String)> {
    let at_once = |scenes: &[Scene], at: &str| -> Vec<String> {
        scenes.iter().filter(|scene| scene.at == at).flat_map(|scene| scene.lines.clone()).collect()
    };
    let later = old.iter().chain(new).filter(|scene| scene.at.as_str() >= from);
    let apart = later.filter(|scene| at_once(old, &scene.at) != at_once(new, &scene.at));
    let first = apart.min_by(|one, other| one.at.cmp(&other.at))?;
    Some((first.at.clone(), first.when.clone()))
}
