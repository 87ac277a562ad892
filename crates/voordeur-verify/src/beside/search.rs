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

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use rustc_hash::FxHashMap;
use voordeur_engine::{Case, Event, Rejection, Timer, TimerKind};
use voordeur_protocol::{EventId, Happening, ObligationId, Occurrence, OpeningId, Protocol};

use super::answer::{Reader, Said, Side, apart};
use super::ask::{Asking, Report};
use super::twins::obligation_of;
use crate::explore::{Budget, Incomplete, MOST_ZONES, Search};
use crate::held::rank;
use crate::moves::Move;
use crate::passing::{at_the_time, first_of};
use crate::points::Points;
use crate::recipe::{Placed, split};
use crate::since::turns;
use crate::situation::{Outcome, Step, Steps, When};
use crate::states::{Moments, Place, Same, place};
use crate::zone::{FREE, NOW, Zone};

/// A case in both versions, and the moments of both.
#[derive(Debug)]
pub(crate) struct Pair {
    /// The situation in the old version, and in the new one; `None` where it has not been reported.
    pub(crate) places: [Option<usize>; 2],
    zone: Zone,
    /// What only one of them has said at this moment, by number; 0 is nothing.
    pub(crate) unsettled: usize,
    pub(crate) from: Option<usize>,
    pub(crate) by: By,
    /// Whether what is unsettled came with time, and not with a report: that is compared at once.
    by_time: bool,
    waiting: bool,
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
type Places = [Option<usize>; 2];

/// What has to be the same for moments to be taken together: the situations, what is unsettled, which clocks are over and
/// how long ago something was, and whether it is a midnight and time alone brought it.
type Alike = (Places, usize, [u64; 3], [bool; 2]);

/// What comes of a report, at each moment of a day at which it was tried.
type Tried = Vec<(Event, usize, Steps)>;

/// The search.
pub(crate) struct Beside<'a> {
    pub(crate) reader: Reader<'a>,
    pub(crate) sides: [Search<'a>; 2],
    budget: Budget,
    looked: usize,
    pub(crate) states: Vec<Pair>,
    known: FxHashMap<Alike, Same>,
    pub(crate) unsettled: Vec<Apart>,
    reports: FxHashMap<(Side, Option<usize>), Tried>,
    asked: FxHashMap<Places, Rc<[Report]>>,
    queue: VecDeque<usize>,
    /// The states at which something else is said.
    pub(crate) found: Vec<usize>,
    /// Where both open the same: the state after it.
    pub(crate) opened: BTreeMap<(OpeningId, OpeningId), usize>,
    pub(crate) incomplete: Option<Incomplete>,
}

/// A case of one version with the place of its points in the zone of both.
#[derive(Clone)]
struct Here {
    side: Side,
    at: Option<usize>,
    case: Rc<Case>,
    points: Rc<Points>,
    /// So many points of the other version come before its own.
    shift: usize,
}

impl Here {
    fn map(&self, own: usize) -> usize {
        if own == NOW { NOW } else { own + self.shift }
    }

    fn len(&self) -> usize {
        self.points.len().max(1)
    }

    /// The clocks that run, with their points in the zone of both.
    fn running(&self) -> impl Iterator<Item = (&Timer, usize)> {
        let running = self.case.timers.iter().filter(|timer| !timer.held && !timer.paused);
        running.filter_map(|timer| Some((timer, self.map(self.points.timer(timer.id)?))))
    }

    /// The clocks whose time came while they were held.
    fn pending(&self, zone: &Zone) -> Vec<(Timer, usize)> {
        let all = self.running().filter(|(_, point)| zone.bound(*point, NOW) < 0);
        all.map(|(timer, point)| (*timer, point)).collect()
    }
}

/// A step that both make, or one of them.
type Both<'s> = [Option<&'s Rc<Step>>; 2];

impl<'a> Beside<'a> {
    pub(crate) fn new(reader: Reader<'a>, sides: [Search<'a>; 2], budget: Budget) -> Self {
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
        }
    }

    fn side(&mut self, side: Side) -> &mut Search<'a> {
        let [old, new] = &mut self.sides;
        match side {
            Side::Old => old,
            Side::New => new,
        }
    }

    /// Looks at every state.
    pub(crate) fn run(&mut self) {
        let first = self.here([None, None]);
        self.report(None, &first, &Zone::new());
        while let Some(at) = self.queue.pop_front() {
            if self.looked > self.budget.states {
                self.incomplete = Some(Incomplete::Budget);
            }
            let inner = self.sides.iter().find_map(|side| side.incomplete);
            self.incomplete = self.incomplete.or(inner);
            if self.incomplete.is_some() {
                return;
            }
            self.expand(at);
        }
        self.incomplete = self.incomplete.or(self.sides.iter().find_map(|side| side.incomplete));
    }

    fn here(&self, places: [Option<usize>; 2]) -> [Here; 2] {
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
        let second = one(Side::New, after, new, first.len() - 1);
        [first, second]
    }

    fn expand(&mut self, at: usize) {
        let Some(state) = self.states.get_mut(at) else { return };
        state.waiting = false;
        let (zone, unsettled, places) = (state.zone.clone(), state.unsettled, state.places);
        let by_time = state.by_time;
        let here = self.here(places);
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

    fn tell(&mut self, at: usize) {
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
        // Whether a period is the last one is not known from the situation: it is in both or in neither.
        let in_both = matches!(old.kind, TimerKind::Period { .. })
            && before.len() == after.len()
            && self.sides.iter().all(|side| side.looks.since.is_empty());
        for (number, one) in before.iter().enumerate() {
            for other in
                after.iter().skip(if in_both { number } else { 0 }).take(if in_both { 1 } else { usize::MAX })
            {
                self.land(Some(at), here, [Some(one), Some(other)], zone, &By::TimeWentBy);
            }
        }
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

    fn asked(&mut self, here: &[Here; 2]) -> Rc<[Report]> {
        let [old, new] = here;
        if let Some(known) = self.asked.get(&[old.at, new.at]) {
            return Rc::clone(known);
        }
        let [before, after] = &self.sides;
        let asking = Asking {
            names: self.reader.names,
            old: (self.reader.old, &before.cells),
            new: (self.reader.new, &after.cells),
        };
        let all = match (old.at, new.at) {
            (None, None) => asking.triggers(),
            _ => asking.reports(&old.case, &new.case),
        };
        let all: Rc<[Report]> = match all {
            Ok(all) => all.into(),
            Err(_) => {
                self.incomplete = Some(Incomplete::Answers);
                Rc::from([])
            }
        };
        self.asked.insert([old.at, new.at], Rc::clone(&all));
        all
    }

    /// Something is reported to both, in the course of a day.
    fn report(&mut self, at: Option<usize>, here: &[Here; 2], zone: &Zone) {
        let reports = self.asked(here);
        let [old, new] = here;
        for report in reports.iter() {
            for moment in 0..self.moments(report) {
                let none: Steps = Rc::from([]);
                let before =
                    report.old.as_ref().map_or(Rc::clone(&none), |event| self.steps_of(old, event, moment));
                let after =
                    report.new.as_ref().map_or(Rc::clone(&none), |event| self.steps_of(new, event, moment));
                let by = By::Reported(report.clone());
                for one in each(&before) {
                    for other in each(&after) {
                        self.land(at, here, [one, other], zone, &by);
                    }
                }
            }
        }
    }

    /// At how many moments a report is tried: at one, unless something looks at the hour or the day.
    fn moments(&self, report: &Report) -> usize {
        let looks = |event: &Event| {
            matches!(event, Event::Occurred { what: Occurrence::Obligation(_, Happening::NotHome), .. })
        };
        let all = self.sides.iter().any(|side| side.looks_at_days)
            || report.old.iter().chain(&report.new).any(looks);
        let many = self.sides.first().map_or(0, |side| side.moments.len());
        if all { many } else { many.min(1) }
    }

    fn steps_of(&mut self, here: &Here, event: &Event, moment: usize) -> Steps {
        let known = self.reports.entry((here.side, here.at)).or_default();
        if let Some((.., steps)) = known.iter().find(|(own, at, _)| *at == moment && own == event) {
            return Rc::clone(steps);
        }
        let about = about(self.reader.protocol(here.side), &here.case, event);
        let one = Move { event: event.clone(), about };
        let search = self.side(here.side);
        let steps = match search.moments.get(moment).copied() {
            Some(at) => search.reported_at(here.at, &one, at),
            None => Rc::from([]),
        };
        let known = self.reports.entry((here.side, here.at)).or_default();
        known.push((event.clone(), moment, Rc::clone(&steps)));
        steps
    }

    /// A step is made by both, or by one of them, at the moments of a zone.
    fn land(&mut self, from: Option<usize>, here: &[Here; 2], steps: Both<'_>, zone: &Zone, by: &By) {
        let mut zone = zone.clone();
        let mut said = [Vec::new(), Vec::new()];
        let mut places = [None, None];
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
        let placed: Vec<Option<Placed>> = here
            .iter()
            .zip(steps)
            .map(|(one, step)| match step.map(|step| &step.outcome) {
                Some(Outcome::Done { recipe, .. }) => Some(recipe.place_in(&mut zone, &|own| one.map(own))),
                _ => None,
            })
            .collect();
        self.tie_started(&placed, &mut zone);
        let points = here.iter().zip(&placed).flat_map(|(one, placed)| match placed {
            Some(placed) => placed.points.clone(),
            None => (1..one.len()).map(|own| one.map(own)).collect(),
        });
        let mut zone = zone.keep(points.collect::<Vec<_>>().into_iter());
        let after = self.here(places);
        if settled {
            self.tie_twins(&after, &placed, &mut zone);
        }
        let mut unsure = Vec::new();
        for (one, step) in after.iter().zip(steps) {
            if let Some(Outcome::Done { recipe, .. }) = step.map(|step| &step.outcome) {
                recipe.let_go(&mut zone, &|own| one.map(own));
                unsure.extend(recipe.unsure().iter().map(|own| one.map(*own)));
            }
        }
        if settled {
            self.tie_moments(&after, &mut zone);
        }
        for zone in split(zone, &unsure) {
            for zone in self.by_age(&after, zone) {
                let at = self.come_to(from, by, places, unsettled, &after, zone);
                for pair in &opened {
                    self.opened.entry(*pair).or_insert(at);
                }
            }
        }
    }

    /// What is left to be said by one of them, with what was left before; and what both open.
    fn compared(&self, before: usize, said: &[Vec<Said>; 2]) -> (Apart, Vec<(OpeningId, OpeningId)>) {
        let left = self.unsettled.get(before).cloned().unwrap_or_default();
        let [old, new] = said;
        let old: Vec<Said> = left.0.iter().chain(old).copied().collect();
        let new: Vec<Said> = left.1.iter().chain(new).copied().collect();
        let (mut only_old, mut only_new, both) = apart(&old, &new);
        only_old.sort_unstable_by_key(|(answer, _)| *answer);
        only_new.sort_unstable_by_key(|(answer, _)| *answer);
        ((only_old, only_new), both)
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

    /// Terms that start together in both versions end as far apart as they differ.
    fn tie_started(&mut self, placed: &[Option<Placed>], zone: &mut Zone) {
        let [Some(old), Some(new)] = placed else { return };
        if !self.reader.names.same_calendar {
            return;
        }
        for (point, term) in &new.started {
            for (other, its) in &old.started {
                if let Some(apart) = self.side(Side::Old).extents.between(*term, *its) {
                    zone.tie(*point, (*other, apart));
                }
            }
        }
    }

    /// Clocks that count the same from the same run out at the same moment.
    fn tie_twins(&self, here: &[Here; 2], placed: &[Option<Placed>], zone: &mut Zone) {
        let [old, new] = here;
        let is_new = |number: usize, one: &Here, point: usize| {
            let own = point.checked_sub(one.shift + 1);
            let placed = placed.get(number).and_then(Option::as_ref);
            own.and_then(|own| placed?.new.get(own).copied()).unwrap_or(false)
        };
        let all = |one: &Here| -> Vec<(Timer, usize)> {
            let timers = one.case.timers.iter();
            timers.filter_map(|timer| Some((*timer, one.map(one.points.timer(timer.id)?)))).collect()
        };
        let news = all(new);
        for (timer, point) in all(old) {
            for (other, its) in &news {
                let twins = match (rule_of(&timer), rule_of(other)) {
                    (Some(rule), Some(own)) => {
                        is_new(0, old, point)
                            && is_new(1, new, *its)
                            && self.reader.rules_count_the_same(rule, own)
                    }
                    (None, None) => self.reader.are_twins((&old.case, &timer), (&new.case, other)),
                    _ => false,
                };
                if twins && zone.is_midnight(point) == zone.is_midnight(*its) {
                    zone.tie(*its, (point, (0, 0)));
                }
            }
        }
    }

    /// What has been the same in both up to now was so at the same moments, however long ago.
    fn tie_moments(&self, here: &[Here; 2], zone: &mut Zone) {
        let [old, new] = here;
        let mut same: Vec<(Option<usize>, Option<usize>)> = vec![(old.points.report(), new.points.report())];
        let bounds = self.reader.same_obligations(&old.case, &new.case).into_iter();
        same.extend(bounds.map(|(own, other)| (old.points.not_before(own), new.points.not_before(other))));
        for own in old.points.anchors() {
            let other = self.reader.names.obligations.now(own.0).map(ObligationId);
            let last = |one: &Here, of| one.case.last(of).and_then(|last| last.on).is_some();
            let both = other.filter(|other| last(old, *own) && last(new, *other));
            same.push((old.points.anchor(*own), both.and_then(|other| new.points.anchor(other))));
        }
        for own in old.points.events() {
            let other = self.reader.names.events.now(own.0).map(EventId);
            same.push((old.points.event(*own), other.and_then(|other| new.points.event(other))));
        }
        for (own, other) in same {
            if let (Some(own), Some(other)) = (own, other) {
                let (own, other) = (old.map(own), new.map(other));
                if zone.is_midnight(own) == zone.is_midnight(other) {
                    zone.tie(other, (own, (0, 0)));
                }
            }
        }
    }

    fn turns(&mut self, one: &Here, zone: &Zone) -> Vec<(usize, i32)> {
        let search = self.side(one.side);
        if search.looks.since.is_empty() {
            return Vec::new();
        }
        let own = zone.keep((1..one.len()).map(|point| one.map(point)));
        let place = (&*one.case, &*one.points);
        let turns = turns(&search.looks.since, place, Some(&own), &mut search.extents);
        turns.into_iter().map(|(point, turn)| (one.map(point), turn)).collect()
    }

    /// The moments of a zone, told apart by what conditions say of how long ago something was.
    fn by_age(&mut self, here: &[Here; 2], zone: Zone) -> Vec<Zone> {
        let turns: Vec<(usize, i32)> = here.iter().flat_map(|one| self.turns(one, &zone)).collect();
        let mut zones = vec![zone];
        for (point, turn) in turns {
            let mut split = Vec::new();
            for zone in zones {
                let (mut before, mut after) = (zone.clone(), zone);
                split.extend(before.ago(point, (-FREE, turn - 1)).then_some(before));
                split.extend(after.ago(point, (turn, FREE)).then_some(after));
            }
            zones = split;
        }
        zones
    }

    /// What may not be taken together: clocks whose time has come, and how long ago something was.
    fn apart(&mut self, here: &[Here; 2], zone: &Zone) -> [u64; 3] {
        let due = here.iter().flat_map(|one| one.pending(zone));
        let due = due.fold(0, |bits, (_, point)| bits | 1 << (point % 64));
        let mut past = [0; 2];
        for (slot, one) in past.iter_mut().zip(here) {
            let turns = self.turns(one, zone);
            let all = turns.iter().zip(0..).filter(|((point, turn), _)| zone.bound(*point, NOW) <= -turn);
            *slot = all.fold(0, |bits, (_, number)| bits | 1 << (number % 64));
        }
        [due, past[0], past[1]]
    }

    fn come_to(
        &mut self,
        from: Option<usize>,
        by: &By,
        places: [Option<usize>; 2],
        unsettled: usize,
        here: &[Here; 2],
        zone: Zone,
    ) -> usize {
        let apart = self.apart(here, &zone);
        // What somebody reports is compared at once.
        let began = from.and_then(|from| self.states.get(from)).filter(|state| state.unsettled != 0);
        let by_time = unsettled == 0 || began.map_or(matches!(by, By::TimeWentBy), |state| state.by_time);
        let same =
            self.known.entry((places, unsettled, apart, [zone.is_midnight(NOW), by_time])).or_default();
        match place(&self.states, same, MOST_ZONES, zone) {
            Place::Known(at) => at,
            Place::Wider(at, zone) | Place::Instead(at, zone) => {
                self.looked += 1;
                if let Some(state) = self.states.get_mut(at) {
                    state.zone = zone;
                    if !state.waiting {
                        state.waiting = true;
                        self.queue.push_back(at);
                    }
                }
                at
            }
            Place::New(zone) => {
                self.looked += 1;
                let at = self.states.len();
                same.states.push(at);
                self.queue.push_back(at);
                let by = by.clone();
                self.states.push(Pair { places, zone, unsettled, from, by, by_time, waiting: true });
                at
            }
        }
    }
}

/// Before which moments a clock must run out: those of its own version in the order of the engine, those of the other
/// version not before it. At one moment the old version goes first.
fn before(
    here: &[Here; 2],
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

const fn rule_of(timer: &Timer) -> Option<voordeur_protocol::RuleId> {
    match timer.kind {
        TimerKind::After(rule) | TimerKind::Every { rule, .. } => Some(rule),
        _ => None,
    }
}

/// The steps, or nothing at all where there are none.
fn each(steps: &Steps) -> Vec<Option<&Rc<Step>>> {
    if steps.is_empty() { vec![None] } else { steps.iter().map(Some).collect() }
}

fn is_refused(steps: Both<'_>) -> bool {
    let refused = |step: &Rc<Step>| matches!(step.outcome, Outcome::Refused(_));
    steps.iter().all(|step| step.is_none_or(refused))
}

fn mapped(when: &When, here: &Here) -> When {
    let mut mapped = when.clone();
    mapped.not_before = mapped.not_before.map(|point| here.map(point));
    mapped.since.iter_mut().for_each(|limit| limit.point = here.map(limit.point));
    mapped
}

/// The obligation that a report is about.
fn about(protocol: &Protocol, case: &Case, event: &Event) -> Option<ObligationId> {
    match event {
        Event::Occurred { what: Occurrence::Obligation(of, _), .. } => Some(*of),
        Event::ActionAnswered { serial, .. } | Event::ChildEnded { serial, .. } => {
            Some(case.instance(*serial)?.opening(protocol).obligation)
        }
        _ => None,
    }
}
