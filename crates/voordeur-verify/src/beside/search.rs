//! Both machines at once: the same things happen to a case in both versions, at the same moments, and what they answer is
//! compared. Time is in one zone that has the dates of both.
//!
//! ```text
//!   (case in the old version, case in the new one, zone of both)
//!        │ something is reported to both, or a clock of one of them runs out, or of both at the same moment
//!        ▼
//!   what each says ── the same ──▶ go on ── something else ──▶ found, and this way is followed no further
//! ```
//!
//! What clocks bring at one midnight, or in the course of one day, is compared when all of it has come, whatever came first:
//! that a case is answered on the same day is what counts.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustc_hash::{FxHashMap, FxHashSet};
use voordeur_engine::{Case, Event, Timer};
use voordeur_protocol::{FieldId, RuleId, StageId};

use super::age::in_doubt;
use super::answer::{Answer, Reader, Said, Side, seen};
use super::ask::{Known, Report};
use super::clock::Openings;
use super::clocks::before;
use super::days::Days;
use super::ends::EndsAlike;
use super::legs::way;
use super::parted::Parted;
use super::play::MOST_OF_ALL;
use super::reach::Reach;
use super::reports::Answered;
use super::unsettled::Told;
use crate::explore::{Budget, Incomplete, MOST_ZONES, Search};
use crate::looks::Looks;
use crate::passing::first_of;
use crate::points::Points;
use crate::situation::Steps;
use crate::states::{Moments, Same};
use crate::zone::{NOW, Zone};

/// A case in both versions, and the moments of both.
#[derive(Debug)]
pub(crate) struct Pair {
    /// The situation in the old version, and in the new one; `None` where it has not been reported.
    pub(crate) places: [Option<usize>; 2],
    pub(super) zone: Zone,
    /// What only one of them has said at this moment, by number; 0 is nothing.
    pub(crate) unsettled: usize,
    pub(crate) from: Option<usize>,
    pub(crate) by: By,
    /// From which other states it was come to as well, and how: some of them.
    pub(super) others: Vec<(usize, By)>,
    /// Whether what is unsettled came with time, and not with a report: that is compared at once.
    pub(super) by_time: bool,
    pub(super) waiting: bool,
    /// Whether it is the same case in both versions: then the zone has its dates once.
    pub(super) shared: bool,
    /// Whether the case has waited on its way for a referral that is not looked at.
    pub(super) waited: bool,
}

/// How a state was come to.
#[derive(Debug, Clone)]
pub(crate) enum By {
    Reported(Rc<Report>),
    TimeWentBy,
}

impl Moments for Pair {
    fn zone(&self) -> &Zone {
        &self.zone
    }
    fn waits(&self) -> bool {
        self.waiting
    }
}

/// What only the old version says at one moment, and what only the new one.
pub(crate) type Apart = (Vec<Said>, Vec<Said>);

/// The rule of each version that has brought it, where the other version does not have it so.
pub(crate) type Rules = [Option<RuleId>; 2];

/// The situation in each version.
pub(super) type Places = [Option<usize>; 2];

/// What has to be the same for moments to be taken together: the situations, what is unsettled, which clocks are over and
/// how long ago something was, and whether it is a midnight, time alone brought it, it is the same case in both, and that has
/// waited for a referral that is not looked at; and in which stages they parted.
pub(super) type Alike = (Places, usize, [u64; 3], [bool; 4], [Option<StageId>; 2]);

/// What comes of a report, at each moment of a day at which it was tried.
pub(super) type Tried = Vec<(Rc<Event>, usize, Steps)>;

/// The search.
pub(crate) struct Beside<'a> {
    pub(crate) reader: Reader<'a>,
    pub(crate) sides: [Search<'a>; 2],
    budget: Budget,
    pub(super) looked: usize,
    pub(crate) states: Vec<Pair>,
    pub(super) known: FxHashMap<Alike, Same>,
    pub(crate) unsettled: Vec<Apart>,
    /// The number of each of them.
    pub(super) unsettled_at: FxHashMap<(Apart, Rules), usize>,
    /// The rules that have brought it.
    pub(super) brought_by: Vec<Rules>,
    /// What comes of what two steps say, by what was left before and by their numbers.
    pub(super) told: FxHashMap<(usize, [u32; 2]), Told>,
    pub(super) reports: FxHashMap<(Side, Option<usize>), Tried>,
    /// The answers to what is asked with reports.
    pub(super) known_answers: Known,
    /// What comes of all that can be reported, and whether it is the same case.
    pub(super) answered: FxHashMap<(Places, bool), Rc<[Answered]>>,
    /// What is still to be looked at: what was come to first goes first, also where it has grown since, so that all that follows from it
    /// is looked at with all its moments at once.
    pub(super) queue: BTreeSet<usize>,
    /// What is looked at before all others.
    pub(super) urgent: VecDeque<usize>,
    /// The states at which something else is said.
    pub(crate) found: Vec<usize>,
    /// The same where the case has waited before for a referral that is not looked at.
    found_after_waiting: Vec<usize>,
    /// All of these.
    is_found: FxHashSet<usize>,
    /// Where both open the same: the state after it, and whether it is still open there.
    pub(crate) opened: BTreeMap<Openings, (usize, bool)>,
    pub(crate) incomplete: Option<Incomplete>,
    /// What has changed, and from where it can be met.
    pub(super) reach: Arc<Reach>,
    /// Of which days of birth several rules wait for one birthday, in each version.
    in_doubt: [BTreeSet<FieldId>; 2],
    /// The same where the case has waited before for a referral that is not looked at.
    pub(super) opened_after_waiting: BTreeMap<Openings, (usize, bool)>,
    /// In which of what is not looked at there is something to be named when it is let go of: by number.
    pub(super) named: BTreeSet<u32>,
    /// Whether all that is let go of has to be named: it is compared with the days then.
    pub(super) names_all: bool,
    /// What is not looked at, and would have to be, by number: whether all of it, or only what is to be named.
    pub(crate) lacking: BTreeMap<u32, bool>,
    /// Whether referrals that keep a case from ending well would have to be looked at.
    pub(crate) lacks_holders: bool,
    /// Whether two situations are the same case.
    pub(super) alike: FxHashMap<[usize; 2], bool>,
    /// The situations, the same in both versions, from which nothing that has changed can be met.
    pub(crate) over: FxHashMap<Places, bool>,
    /// What ends a case that is the same in both in the same way.
    pub(super) ends_alike: EndsAlike,
    /// The days of the reports that are meant.
    pub(super) days: Days,
    /// How many zones of one situation are told apart.
    pub(super) zones: usize,
    /// Says that nobody needs what comes of it any more.
    pub(super) given_up: Option<&'a AtomicBool>,
    /// So many differences are enough: all others follow from what is told of them.
    pub(super) enough: usize,
    /// So many steps may still be made to find real dates.
    pub(super) patience: Cell<u32>,
    /// Histories that were come across.
    pub(super) parted: RefCell<Vec<Parted>>,
}

/// A case of one version with the place of its points in the zone of both.
#[derive(Clone)]
pub(super) struct Here {
    pub(super) side: Side,
    pub(super) at: Option<usize>,
    pub(super) case: Rc<Case>,
    pub(super) points: Rc<Points>,
    /// So many points of the other version come before its own.
    pub(super) shift: usize,
}

impl Here {
    pub(super) fn map(&self, own: usize) -> usize {
        if own == NOW { NOW } else { own + self.shift }
    }

    pub(super) fn len(&self) -> usize {
        self.points.len().max(1)
    }

    /// The clocks that run, with their points in the zone of both.
    pub(super) fn running(&self) -> impl Iterator<Item = (&Timer, usize)> {
        let running = self.case.timers.iter().filter(|timer| !timer.held && !timer.paused);
        running.filter_map(|timer| Some((timer, self.map(self.points.timer(timer.id)?))))
    }

    /// The clocks whose time came while they were held.
    pub(super) fn pending(&self, zone: &Zone) -> Vec<(Timer, usize)> {
        let all = self.running().filter(|(_, point)| zone.bound(*point, NOW) < 0);
        all.map(|(timer, point)| (*timer, point)).collect()
    }
}

impl<'a> Beside<'a> {
    pub(crate) fn new(reader: Reader<'a>, reach: Arc<Reach>, sides: [Search<'a>; 2], budget: Budget) -> Self {
        let [before, after] = &sides;
        let ends_alike = EndsAlike::of(reader, &reach, [before, after]);
        Self {
            reader,
            ends_alike,
            sides,
            budget,
            looked: 0,
            states: Vec::new(),
            known: FxHashMap::default(),
            unsettled: vec![Apart::default()],
            unsettled_at: FxHashMap::default(),
            brought_by: vec![Rules::default()],
            told: FxHashMap::default(),
            reports: FxHashMap::default(),
            known_answers: Known::default(),
            answered: FxHashMap::default(),
            queue: BTreeSet::new(),
            urgent: VecDeque::new(),
            found: Vec::new(),
            found_after_waiting: Vec::new(),
            is_found: FxHashSet::default(),
            opened: BTreeMap::new(),
            incomplete: None,
            reach,
            in_doubt: [in_doubt(reader.old), in_doubt(reader.new)],
            opened_after_waiting: BTreeMap::new(),
            named: BTreeSet::new(),
            names_all: false,
            lacking: BTreeMap::new(),
            lacks_holders: false,
            alike: FxHashMap::default(),
            over: FxHashMap::default(),
            days: Days::default(),
            zones: MOST_ZONES,
            enough: usize::MAX,
            given_up: None,
            patience: Cell::new(MOST_OF_ALL),
            parted: RefCell::default(),
        }
    }

    pub(super) fn side(&mut self, side: Side) -> &mut Search<'a> {
        let [old, new] = &mut self.sides;
        match side {
            Side::Old => old,
            Side::New => new,
        }
    }

    pub(super) const fn looks(&self, side: Side) -> &Looks {
        let [old, new] = &self.sides;
        match side {
            Side::Old => &old.looks,
            Side::New => &new.looks,
        }
    }

    /// Looks at every state.
    pub(crate) fn run(&mut self) {
        let first = self.here([None, None], true);
        self.report(None, &first, &Zone::new());
        while let Some(at) = self.urgent.pop_front().or_else(|| self.queue.pop_first()) {
            if self.found.len() >= self.enough {
                break;
            }
            if self.looked > self.budget.states {
                self.incomplete = Some(Incomplete::Budget);
            }
            let inner = self.sides.iter().find_map(|side| side.incomplete);
            self.incomplete = self.incomplete.or(inner);
            if self.incomplete.is_some() || self.is_lacking() || self.is_given_up() {
                return;
            }
            self.expand(at);
        }
        self.what_shows_only_after_waiting();
        self.incomplete = self.incomplete.or(self.sides.iter().find_map(|side| side.incomplete));
    }

    /// In which stage a case is, in each version.
    fn stages(&self, places: Places) -> [Option<StageId>; 2] {
        self.here(places, false).map(|one| one.case.stay.as_ref().map(|stay| stay.stage))
    }

    /// In which stage a case was, in each version, before something was said by one of them alone.
    pub(super) fn stages_before(&self, from: Option<usize>) -> [Option<StageId>; 2] {
        let together = from.and_then(|at| way(self, at).find(|state| state.unsettled == 0));
        together.map_or([None, None], |state| self.stages(state.places))
    }

    /// What shows only where a case has waited for a referral that is not looked at is found as well: where a history with such a referral
    /// shows it, that need not be looked at.
    fn what_shows_only_after_waiting(&mut self) {
        let said =
            |at: &usize| self.states.get(*at).map(|state| (self.stages(state.places), state.unsettled));
        let found: FxHashSet<_> = self.found.iter().map(said).collect();
        let only_then = |((old, new), _): &(&Openings, &(usize, bool))| {
            !self.opened.contains_key(&(*old, *new)) && !self.reach.open_alike(*old, *new)
        };
        let opened: Vec<(Openings, (usize, bool))> =
            self.opened_after_waiting.iter().filter(only_then).map(|(pair, at)| (*pair, *at)).collect();
        let mut only_then_found: Vec<usize> =
            self.found_after_waiting.iter().copied().filter(|at| !found.contains(&said(at))).collect();
        if !only_then_found.is_empty() {
            let termed = self.termed();
            only_then_found.retain(|at| !self.is_brought(&termed, *at));
        }
        self.lacks_holders = !opened.is_empty() || !self.all_go_elsewhere_anyway(&only_then_found);
        if self.lacks_holders && !self.names_all {
            self.found.extend(only_then_found);
            self.opened.extend(opened);
        }
    }

    /// Whether a case waits for a referral that is not looked at.
    pub(super) fn waits(&self, one: &Here) -> bool {
        self.looks(one.side).holders.waited_for(&one.case).is_some()
    }

    /// Whether nobody needs what comes of it any more.
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.is_some_and(|given_up| given_up.load(Ordering::Relaxed))
    }

    /// Whether something would have to be looked at that is not.
    pub(crate) fn is_lacking(&self) -> bool {
        self.lacks_holders || !self.lacking.is_empty()
    }

    pub(super) fn here(&self, places: Places, shared: bool) -> [Here; 2] {
        let one = |side: Side, at: Option<usize>, search: &Search<'_>, shift: usize| {
            let known = at.and_then(|at| search.situations.get(at));
            let (case, points) = match known {
                Some(known) => (Rc::clone(&known.case), Rc::clone(&known.points)),
                None => (Rc::new(Case::default()), Rc::new(Points::default())),
            };
            Here { side, at, case, points, shift }
        };
        let [old, new] = &self.sides;
        let [before, after] = places;
        let first = one(Side::Old, before, old, 0);
        let second = one(Side::New, after, new, if shared { 0 } else { first.len() - 1 });
        [first, second]
    }

    fn expand(&mut self, at: usize) {
        let Some(state) = self.states.get_mut(at) else { return };
        state.waiting = false;
        let (zone, unsettled, places) = (state.zone.clone(), state.unsettled, state.places);
        let (by_time, shared) = (state.by_time, state.shared);
        if shared && self.is_over(places) {
            return;
        }
        let here = self.here(places, shared);
        if self.is_in_doubt(&here) {
            self.incomplete = Some(Incomplete::Birthdays);
        }
        if shared {
            return self.expand_shared(at, &here, &zone);
        }
        for one in &here {
            let pending = one.pending(&zone);
            if !pending.is_empty() {
                for each in &pending {
                    if let Some(first) = first_of(&zone, &pending, each) {
                        self.fire_late(at, &here, one.side, each, &first);
                    }
                }
                return;
            }
        }
        if unsettled != 0 {
            return if by_time { self.same_tick(at, &here, &zone) } else { self.tell(at) };
        }
        if places.iter().any(Option::is_none) {
            return;
        }
        let mut later = zone.clone();
        later.elapse(false);
        let clocks: Vec<(usize, i32)> =
            here.iter().flat_map(Here::running).map(|(_, point)| (point, 0)).collect();
        if later.until(clocks.into_iter()) {
            self.report(Some(at), &here, &later);
        }
        for one in &here {
            for (timer, point) in one.running() {
                let midnight = zone.is_midnight(point);
                let mut due = zone.clone();
                due.elapse(midnight);
                if due.constrain(point, NOW, 0) && due.until(before(&here, one.side, (timer, point), &zone)) {
                    self.run_out(at, &here, one.side, (timer, point), &due);
                }
            }
        }
    }

    /// Whether several rules may have their turn on one birthday.
    fn is_in_doubt(&self, here: &[Here; 2]) -> bool {
        let known = |(one, fields): (&Here, &BTreeSet<FieldId>)| {
            one.case.is_running() && one.case.data.iter().any(|(field, _)| fields.contains(field))
        };
        here.iter().zip(&self.in_doubt).any(known)
    }

    /// The same case in both versions: whatever time brings comes in both at once.
    fn expand_shared(&mut self, at: usize, here: &[Here; 2], zone: &Zone) {
        let [old, new] = here;
        let other = |timer: &Timer| new.case.timers.iter().find(|own| own.id == timer.id).copied();
        let pending = old.pending(zone);
        for each in &pending {
            if let (Some(first), Some(other)) = (first_of(zone, &pending, each), other(&each.0)) {
                self.fire_both(at, here, (&each.0, &other), &first);
            }
        }
        if !pending.is_empty() || old.at.is_none() || new.at.is_none() {
            return;
        }
        let mut later = zone.clone();
        later.elapse(false);
        let clocks: Vec<(usize, i32)> = old.running().map(|(_, point)| (point, 0)).collect();
        if later.until(clocks.into_iter()) {
            self.report(Some(at), here, &later);
        }
        for (timer, point) in old.running() {
            let mut due = zone.clone();
            due.elapse(zone.is_midnight(point));
            let first = due.constrain(point, NOW, 0)
                && due.until(before(std::slice::from_ref(old), Side::Old, (timer, point), zone));
            if let Some(other) = other(timer).filter(|_| first) {
                self.fire_both(at, here, (timer, &other), &due);
            }
        }
    }

    pub(super) fn tell(&mut self, at: usize) {
        let Some((old, new)) = self.states.get(at).and_then(|state| self.unsettled.get(state.unsettled))
        else {
            return;
        };
        let waited = self.states.get(at).is_some_and(|state| state.waited);
        // What differs in nothing else has to be looked at. What else is let go of at another moment is to be named; that an end
        // lets go of everything goes without saying.
        let alone = seen(old).is_empty() && seen(new).is_empty();
        let ends = old.iter().chain(new).any(|(answer, _)| matches!(answer, Answer::Ended(_)));
        for said in [old, new] {
            for (answer, _) in said {
                match answer {
                    Answer::Left(number) | Answer::Interrupted(number) | Answer::Back(number) => {
                        let is_named = self.names_all || !ends && self.named.contains(number);
                        if alone || is_named {
                            *self.lacking.entry(*number).or_default() |= alone || self.names_all;
                        }
                    }
                    Answer::Entered(number) if alone => {
                        self.lacking.insert(*number, true);
                    }
                    _ => {}
                }
            }
        }
        let found = if waited { &mut self.found_after_waiting } else { &mut self.found };
        if self.is_found.insert(at) {
            found.push(at);
        }
    }
}
