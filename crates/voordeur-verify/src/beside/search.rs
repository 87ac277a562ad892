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

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use rustc_hash::FxHashMap;
use voordeur_engine::{Case, Event, Rejection, Timer};
use voordeur_protocol::{FieldId, OpeningId};

use super::age::in_doubt;
use super::answer::{Answer, Reader, Said, Side, apart, seen};
use super::ask::Report;
use super::days::Days;
use super::play::MOST_OF_ALL;
use super::reach::Reach;
use super::ties::tied;
use super::twins::obligation_of;
use crate::explore::{Budget, Incomplete, Search};
use crate::held::rank;
use crate::passing::{at_the_time, first_of};
use crate::points::Points;
use crate::recipe::{Placed, Recipe, Zones, split};
use crate::situation::{Outcome, Step, Steps, When};
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
    /// Whether what is unsettled came with time, and not with a report: that is compared at once.
    pub(super) by_time: bool,
    pub(super) waiting: bool,
    /// Whether it is the same case in both versions: then the zone has its dates once.
    pub(super) shared: bool,
}

/// How a state was come to.
#[derive(Debug, Clone)]
pub(crate) enum By {
    Reported(Report),
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

/// The situation in each version.
pub(super) type Places = [Option<usize>; 2];

/// What has to be the same for moments to be taken together: the situations, what is unsettled, which clocks are over and
/// how long ago something was, and whether it is a midnight, time alone brought it, and it is the same case in both.
pub(super) type Alike = (Places, usize, [u64; 3], [bool; 3]);

/// What comes of a report, at each moment of a day at which it was tried.
pub(super) type Tried = Vec<(Event, usize, Steps)>;

/// The search.
pub(crate) struct Beside<'a> {
    pub(crate) reader: Reader<'a>,
    pub(crate) sides: [Search<'a>; 2],
    budget: Budget,
    pub(super) looked: usize,
    pub(crate) states: Vec<Pair>,
    pub(super) known: FxHashMap<Alike, Same>,
    pub(crate) unsettled: Vec<Apart>,
    pub(super) reports: FxHashMap<(Side, Option<usize>), Tried>,
    pub(super) asked: FxHashMap<Places, Rc<[Report]>>,
    pub(super) queue: VecDeque<usize>,
    /// The states at which something else is said.
    pub(crate) found: Vec<usize>,
    /// Where both open the same: the state after it.
    pub(crate) opened: BTreeMap<(OpeningId, OpeningId), usize>,
    pub(crate) incomplete: Option<Incomplete>,
    /// What has changed, and from where it can be met.
    pub(super) reach: Rc<Reach>,
    /// Of which days of birth several rules wait for one birthday, in each version.
    in_doubt: [BTreeSet<FieldId>; 2],
    /// What is not looked at, and would have to be: by number.
    pub(crate) lacking: BTreeSet<u32>,
    /// Whether two situations are the same case.
    pub(super) alike: FxHashMap<[usize; 2], bool>,
    /// The situations, the same in both versions, from which nothing that has changed can be met.
    pub(crate) over: FxHashMap<Places, bool>,
    /// The days of the reports that are meant.
    pub(super) days: Days,
    /// So many steps may still be made to find real dates.
    pub(super) patience: Cell<u32>,
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
    fn running(&self) -> impl Iterator<Item = (&Timer, usize)> {
        let running = self.case.timers.iter().filter(|timer| !timer.held && !timer.paused);
        running.filter_map(|timer| Some((timer, self.map(self.points.timer(timer.id)?))))
    }

    /// The clocks whose time came while they were held.
    pub(super) fn pending(&self, zone: &Zone) -> Vec<(Timer, usize)> {
        let all = self.running().filter(|(_, point)| zone.bound(*point, NOW) < 0);
        all.map(|(timer, point)| (*timer, point)).collect()
    }
}

/// A step that both make, or one of them.
pub(super) type Both<'s> = [Option<&'s Rc<Step>>; 2];

impl<'a> Beside<'a> {
    pub(crate) fn new(reader: Reader<'a>, reach: Rc<Reach>, sides: [Search<'a>; 2], budget: Budget) -> Self {
        Self {
            reader,
            sides,
            budget,
            looked: 0,
            states: Vec::new(),
            known: FxHashMap::default(),
            unsettled: vec![Apart::default()],
            reports: FxHashMap::default(),
            asked: FxHashMap::default(),
            queue: VecDeque::new(),
            found: Vec::new(),
            opened: BTreeMap::new(),
            incomplete: None,
            reach,
            in_doubt: [in_doubt(reader.old), in_doubt(reader.new)],
            lacking: BTreeSet::new(),
            alike: FxHashMap::default(),
            over: FxHashMap::default(),
            days: Days::default(),
            patience: Cell::new(MOST_OF_ALL),
        }
    }

    pub(super) fn side(&mut self, side: Side) -> &mut Search<'a> {
        let [old, new] = &mut self.sides;
        match side {
            Side::Old => old,
            Side::New => new,
        }
    }

    /// Looks at every state.
    pub(crate) fn run(&mut self) {
        let first = self.here([None, None], true);
        self.report(None, &first, &Zone::new());
        while let Some(at) = self.queue.pop_front() {
            if self.looked > self.budget.states {
                self.incomplete = Some(Incomplete::Budget);
            }
            let inner = self.sides.iter().find_map(|side| side.incomplete);
            self.incomplete = self.incomplete.or(inner);
            if self.incomplete.is_some() || !self.lacking.is_empty() {
                return;
            }
            self.expand(at);
        }
        self.incomplete = self.incomplete.or(self.sides.iter().find_map(|side| side.incomplete));
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
                        self.fire(at, &here, one.side, &each.0, &first);
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

    fn tell(&mut self, at: usize) {
        let Some((old, new)) = self.states.get(at).and_then(|state| self.unsettled.get(state.unsettled))
        else {
            return;
        };
        // What is let go of at another moment has to be looked at, and what differs in nothing else.
        let alone = seen(old).is_empty() && seen(new).is_empty();
        self.lacking.extend(old.iter().chain(new).filter_map(|(answer, _)| match answer {
            Answer::Left(number) | Answer::Interrupted(number) | Answer::Back(number) => Some(*number),
            Answer::Entered(number) if alone => Some(*number),
            _ => None,
        }));
        if !self.found.contains(&at) {
            self.found.push(at);
        }
    }

    /// A clock runs out; with one of the other version that runs out at the same moment, where there is one.
    fn run_out(
        &mut self,
        at: usize,
        here: &[Here; 2],
        side: Side,
        (timer, point): (&Timer, usize),
        zone: &Zone,
    ) {
        let [old, new] = here;
        let midnight = zone.is_midnight(point);
        let same = |one: usize, other: usize| zone.bound(one, other) == 0 && zone.bound(other, one) == 0;
        let reader = self.reader;
        let alike = |(one, its): (&Timer, usize), (other, own): (&Timer, usize)| {
            same(its, own)
                && one.kind.rank() == other.kind.rank()
                && obligation_of(reader, Side::Old, &old.case, one)
                    == obligation_of(reader, Side::New, &new.case, other)
        };
        if side == Side::New {
            return self.fire(at, here, side, timer, zone);
        }
        let partner = new.running().find(|other| alike((timer, point), *other));
        let Some((other, its)) = partner.map(|(other, its)| (*other, its)) else {
            return self.fire(at, here, side, timer, zone);
        };
        let sooner: Vec<usize> = new
            .running()
            .filter(|(one, own)| {
                *own != its && midnight && zone.is_midnight(*own) && rank(one) < rank(&other)
            })
            .map(|(_, own)| own)
            .collect();
        let mut together = zone.clone();
        if together.until(sooner.iter().map(|own| (*own, -1))) {
            self.fire_both(at, here, (timer, &other), &together);
        }
        for own in sooner {
            let mut apart = zone.clone();
            if apart.constrain(own, NOW, 0) {
                self.fire(at, here, side, timer, &apart);
            }
        }
    }

    fn fire_both(&mut self, at: usize, here: &[Here; 2], (old, new): (&Timer, &Timer), zone: &Zone) {
        let midnight = zone.is_midnight(NOW);
        let [first, second] = here;
        let (Some(there), Some(now)) = (first.at, second.at) else { return };
        let before = self.side(Side::Old).due(there, old, midnight);
        let after = self.side(Side::New).due(now, new, midnight);
        let in_both = self.are_same_steps(here, (&before, &after));
        for (number, one) in before.iter().enumerate() {
            for other in
                after.iter().skip(if in_both { number } else { 0 }).take(if in_both { 1 } else { usize::MAX })
            {
                self.land(Some(at), here, [Some(one), Some(other)], zone, &By::TimeWentBy);
            }
        }
    }

    /// Whether the same comes, step by step, of a case that is the same in both versions: then what comes in the one comes in the
    /// other. Where the day is looked at a step stands for several days, which need not be the same ones.
    pub(super) fn are_same_steps(&mut self, here: &[Here; 2], (old, new): (&Steps, &Steps)) -> bool {
        let shared = here.iter().all(|one| one.shift == 0) && here.iter().all(|one| one.at.is_some());
        let days = self.sides.iter().any(|side| side.looks_at_days);
        shared
            && !days
            && old.len() == new.len()
            && old.iter().zip(new.iter()).all(|(one, other)| {
                one.when == other.when
                    && match (&one.outcome, &other.outcome) {
                        (Outcome::Refused(_), Outcome::Refused(_)) => true,
                        (Outcome::Done { to, recipe, .. }, Outcome::Done { to: next, recipe: its, .. }) => {
                            recipe == its && self.are_alike([Some(*to), Some(*next)])
                        }
                        _ => false,
                    }
            })
    }

    fn fire(&mut self, at: usize, here: &[Here; 2], side: Side, timer: &Timer, zone: &Zone) {
        let [old, new] = here;
        let Some(place) = (if side == Side::Old { old.at } else { new.at }) else { return };
        let steps = self.side(side).due(place, timer, zone.is_midnight(NOW));
        for step in steps.iter() {
            let both = if side == Side::Old { [Some(step), None] } else { [None, Some(step)] };
            self.land(Some(at), here, both, zone, &By::TimeWentBy);
        }
    }

    /// At a moment at which something is said by one version alone: whatever else time brings at it comes first.
    fn same_tick(&mut self, at: usize, here: &[Here; 2], zone: &Zone) {
        for one in here {
            for (timer, point) in one.running() {
                let mut due = zone.clone();
                let now = due.constrain(point, NOW, 0) && due.constrain(NOW, point, 0);
                if now && due.until(before(here, one.side, (timer, point), zone)) {
                    self.fire(at, here, one.side, timer, &due);
                }
            }
        }
        let mut over = zone.clone();
        let others: Vec<(usize, i32)> =
            here.iter().flat_map(Here::running).map(|(_, point)| (point, -1)).collect();
        if over.until(others.into_iter()) {
            self.tell(at);
        }
    }

    /// A step is made by both, or by one of them, at the moments of a zone.
    pub(super) fn land(
        &mut self,
        from: Option<usize>,
        here: &[Here; 2],
        steps: Both<'_>,
        zone: &Zone,
        by: &By,
    ) {
        let mut zone = zone.clone();
        let mut said = [Vec::new(), Vec::new()];
        let mut places: Places = [None, None];
        for (((one, step), said), to) in here.iter().zip(steps).zip(&mut said).zip(&mut places) {
            *to = one.at;
            let Some(step) = step else { continue };
            let Some(timely) = at_the_time(&zone, &mapped(&step.when, one)) else { return };
            zone = timely;
            match &step.outcome {
                Outcome::Refused(Rejection::DoesNotSettle) => self.incomplete = Some(Incomplete::Engine),
                Outcome::Refused(_) => {}
                Outcome::Done { to: next, entries, .. } => {
                    *said = self.reader.said(one.side, entries);
                    *to = Some(*next);
                }
            }
        }
        if said.iter().all(Vec::is_empty)
            && places == [0, 1].map(|n| here.get(n).and_then(|one| one.at))
            && is_refused(steps)
        {
            return;
        }
        let before = from.and_then(|from| self.states.get(from)).map_or(0, |state| state.unsettled);
        let (rest, opened) = self.compared(before, &said);
        let settled = rest.0.is_empty() && rest.1.is_empty();
        let unsettled = self.number(rest);
        let shared = settled && self.are_alike(places);
        let ways = match self.once_for_both(from, here, steps).filter(|_| shared) {
            Some(recipe) => vec![(true, placed_once(recipe, &zone))],
            None => self.placed((here, steps), (places, settled, shared), zone),
        };
        for (shared, zones) in ways {
            let after = self.here(places, shared);
            for zone in zones {
                for zone in self.by_age(&after, zone) {
                    let at = self.come_to(from, by, (places, shared), unsettled, &after, zone);
                    for pair in &opened {
                        self.opened.entry(*pair).or_insert(at);
                    }
                }
            }
        }
    }

    /// What a step does to the dates of a case that is the same in both versions, where it does the same in both.
    fn once_for_both<'s>(
        &self,
        from: Option<usize>,
        here: &[Here; 2],
        steps: Both<'s>,
    ) -> Option<&'s Recipe> {
        let shared = from.and_then(|from| self.states.get(from)).is_none_or(|state| state.shared);
        debug_assert!(!shared || here.iter().all(|one| one.shift == 0));
        let [Some(old), Some(new)] = steps else { return None };
        match (&old.outcome, &new.outcome) {
            (Outcome::Done { recipe, .. }, Outcome::Done { recipe: other, .. }) if shared => {
                (recipe == other).then_some(recipe)
            }
            _ => None,
        }
    }

    /// The moments after a step, with the dates of both versions; with those of one where it is the same case in both, and
    /// all its dates are.
    fn placed(
        &mut self,
        (here, steps): (&[Here; 2], Both<'_>),
        about: (Places, bool, bool),
        zone: Zone,
    ) -> Vec<(bool, Zones)> {
        let mut ways: Vec<(Zone, Vec<Option<Placed>>)> = vec![(zone, Vec::new())];
        for (one, step) in here.iter().zip(steps) {
            let recipe = match step.map(|step| &step.outcome) {
                Some(Outcome::Done { recipe, .. }) => Some(recipe),
                _ => None,
            };
            let put = |zone: Zone| match recipe {
                Some(recipe) => {
                    let all = recipe.place_in(zone, &|own| one.map(own)).into_iter();
                    all.map(|(zone, placed)| (zone, Some(placed))).collect()
                }
                None => vec![(zone, None)],
            };
            let more = |(zone, placed): (Zone, Vec<Option<Placed>>)| {
                put(zone)
                    .into_iter()
                    .map(move |(zone, one)| (zone, placed.iter().cloned().chain([one]).collect()))
            };
            ways = ways.into_iter().flat_map(more).collect();
        }
        ways.into_iter().map(|way| self.placed_so((here, steps), about, way)).collect()
    }

    /// The moments after a step whose new dates are in a zone.
    fn placed_so(
        &mut self,
        (here, steps): (&[Here; 2], Both<'_>),
        (places, settled, shared): (Places, bool, bool),
        (mut zone, placed): (Zone, Vec<Option<Placed>>),
    ) -> (bool, Zones) {
        self.tie_started(&placed, &mut zone);
        let points = here.iter().zip(&placed).flat_map(|(one, placed)| match placed {
            Some(placed) => placed.points.clone(),
            None => (1..one.len()).map(|own| one.map(own)).collect(),
        });
        let mut zone = zone.keep(points.collect::<Vec<_>>().into_iter());
        let after = self.here(places, false);
        if settled {
            self.tie_twins(&after, &placed, &mut zone);
        }
        let tied = tied(&after, &zone);
        let [old, new] = &after;
        let all = |own: usize| tied.contains(&(own, new.map(own)));
        let shared = shared && (1..old.len()).all(all);
        for (one, step) in after.iter().zip(steps) {
            if let Some(Outcome::Done { recipe, .. }) = step.map(|step| &step.outcome) {
                recipe.let_go(&mut zone, &|own| one.map(own));
            }
        }
        // How long ago it was may be forgotten, and not that both have it at the same moment.
        tied.into_iter().for_each(|(own, other)| zone.tie(other, (own, (0, 0))));
        if settled {
            self.tie_moments(&after, &mut zone);
        }
        if shared {
            zone = zone.keep(1..old.len());
        }
        let mut unsure = Vec::new();
        for (one, step) in self.here(places, shared).iter().zip(steps) {
            if let Some(Outcome::Done { recipe, .. }) = step.map(|step| &step.outcome) {
                unsure.extend(recipe.unsure().iter().map(|own| one.map(*own)));
            }
        }
        (shared, split(zone, &unsure))
    }

    /// What is left to be said by one of them, with what was left before; and what both open.
    fn compared(&self, before: usize, said: &[Vec<Said>; 2]) -> (Apart, Vec<(OpeningId, OpeningId)>) {
        let left = self.unsettled.get(before).cloned().unwrap_or_default();
        let [old, new] = said;
        let old: Vec<Said> = left.0.iter().chain(old).copied().collect();
        let new: Vec<Said> = left.1.iter().chain(new).copied().collect();
        let (mut only_old, mut only_new, both) = apart(&old, &new);
        let both = self.paired(&both);
        only_old.sort_unstable_by_key(|(answer, _)| *answer);
        only_new.sort_unstable_by_key(|(answer, _)| *answer);
        ((only_old, only_new), both)
    }

    /// What both open, each with its like: where one thing is opened twice at a moment, in the same way in both.
    fn paired(&self, both: &[(OpeningId, OpeningId)]) -> Vec<(OpeningId, OpeningId)> {
        let of = |opening| self.reader.new.openings.row(opening).obligation;
        let mut left: Vec<OpeningId> = both.iter().map(|(_, new)| *new).collect();
        let mut pairs = Vec::with_capacity(both.len());
        let mut unlike = Vec::new();
        for (old, new) in both {
            match left.iter().position(|one| of(*one) == of(*new) && self.reach.open_alike(*old, *one)) {
                Some(at) => pairs.push((*old, left.remove(at))),
                None => unlike.push((*old, *new)),
            }
        }
        for (old, new) in unlike {
            if let Some(at) = left.iter().position(|one| of(*one) == of(new)) {
                pairs.push((old, left.remove(at)));
            }
        }
        pairs
    }

    fn number(&mut self, rest: Apart) -> usize {
        match self.unsettled.iter().position(|known| *known == rest) {
            Some(at) => at,
            None => {
                self.unsettled.push(rest);
                self.unsettled.len() - 1
            }
        }
    }
}

/// Before which moments a clock must run out: those of its own version in the order of the engine, those of the other
/// version not before it. At one moment the old version goes first.
fn before(
    here: &[Here],
    side: Side,
    (timer, own): (&Timer, usize),
    zone: &Zone,
) -> std::vec::IntoIter<(usize, i32)> {
    let midnight = zone.is_midnight(own);
    let mut all = vec![(own, 0)];
    for one in here {
        for (other, point) in one.running().filter(|(_, point)| *point != own) {
            let both = midnight == zone.is_midnight(point);
            let first =
                if one.side == side { midnight && rank(other) < rank(timer) } else { side == Side::New };
            all.push((point, if both && first { -1 } else { 0 }));
        }
    }
    all.into_iter()
}

/// The moments after a step that does the same to a case in both versions.
fn placed_once(recipe: &Recipe, zone: &Zone) -> Zones {
    recipe.apply(zone, None)
}

fn is_refused(steps: Both<'_>) -> bool {
    let refused = |step: &Rc<Step>| matches!(step.outcome, Outcome::Refused(_));
    steps.iter().all(|step| step.is_none_or(refused))
}

fn mapped(when: &When, here: &Here) -> When {
    let mut mapped = when.clone();
    mapped.not_before = mapped.not_before.map(|point| here.map(point));
    if let Some(series) = &mut mapped.series {
        (series.period, series.whole) = (here.map(series.period), here.map(series.whole));
    }
    mapped.since.iter_mut().for_each(|limit| limit.point = here.map(limit.point));
    mapped
}
