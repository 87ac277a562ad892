//! The whole state space of a pathway: every case history that makes a difference, with time in zones.
//!
//! Whatever happens in a step is decided by the engine's own [`step`], on a case in which the dates are stand-ins;
//! when it can happen is decided by the zone. Both together are a state. The search goes breadth first, so that
//! the first history that shows something is one of the shortest.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;
use voordeur_engine::{Case, Entry, Event, Rejection, Status, Timer, TimerId, TimerKind, Transition, step};
use voordeur_protocol::{EventId, Happening, Occurrence, Protocol};

use crate::cells::Cells;
use crate::extent::Extents;
use crate::inert::Watched;
use crate::moments::{ago, looks_at_days, midnights, moments, since};
use crate::moves::{Move, moves, reports};
use crate::normal::{Looks, bare, is_rate, key, normal, stand_in};
use crate::points::{Points, after_step};
use crate::zone::{NOW, Zone};

/// So many zones of one situation are told apart; more are taken together.
const MOST_ZONES: usize = 8;

/// How much is looked at before the search gives up.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// So many states.
    pub states: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { states: 20_000 }
    }
}

/// How a state was reached from the one before it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Edge {
    /// Somebody reported something. `early`: before the obligation may be done.
    Reported(Event),
    /// A timer was due, by its number in the case before.
    Fired(TimerId),
}

/// A state.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) case: Case,
    pub(crate) zone: Zone,
    pub(crate) key: Vec<u32>,
    /// What an observer remembers.
    pub(crate) watch: u32,
    /// How it was reached first.
    pub(crate) from: Option<(usize, Edge)>,
    /// The report that it came from, when there was no state before it.
    pub(crate) first: Edge,
    /// The states after it; and whether anybody works towards them.
    pub(crate) next: Vec<(usize, bool)>,
    /// Whether no clock runs and nothing is left to report: the case has ended.
    pub(crate) ended: bool,
}

/// What looks on while the states are explored.
pub(crate) trait Observer {
    /// What it remembers before the report.
    fn start(&self) -> u32 {
        0
    }
    /// Looks at a step: what it remembers after it.
    fn look(&mut self, seen: &Seen<'_>) -> u32 {
        seen.watch
    }
    /// A report was refused.
    fn refused(&mut self, _from: usize, _edge: &Edge, _why: &Rejection) {}
    /// Whether it has seen enough.
    fn is_done(&self) -> bool {
        false
    }
}

/// A step, as an observer sees it.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    /// The state before it; `None` for a report through a trigger.
    pub(crate) from: Option<usize>,
    pub(crate) edge: &'a Edge,
    pub(crate) before: &'a Case,
    pub(crate) after: &'a Case,
    pub(crate) entries: &'a [Entry],
    pub(crate) watch: u32,
    /// The fewest and the most ticks since the report, where that is looked at.
    pub(crate) since_report: (i32, i32),
}

/// A mistake that is known to be easy to make, for the test that shows that it would be found.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mistake {
    /// None.
    #[default]
    None,
    /// Clocks that stand still hold back all other time.
    HeldClocksHoldTime,
}

/// A search.
pub(crate) struct Search<'a> {
    pub(crate) protocol: &'a Protocol,
    /// The same, for reports on any day: the day on which steps are tried stands for all others.
    on_any_day: Protocol,
    pub(crate) cells: Cells,
    pub(crate) looks: Looks,
    extents: Extents,
    budget: Budget,
    mistake: Mistake,
    /// How many zones of one situation are told apart.
    most_zones: usize,
    /// Whether the time since the report is kept for as long as ten years.
    pub(crate) keeps_report: bool,
    moments: Vec<Timestamp>,
    midnights: Vec<Timestamp>,
    looks_at_days: bool,
    /// How long ago everything may be that `since` counts from, in minutes.
    ago: Vec<Option<i64>>,
    pub(crate) states: Vec<State>,
    known: HashMap<(Vec<u32>, u32), Vec<usize>>,
    queue: VecDeque<usize>,
    /// Why not everything was looked at.
    pub(crate) incomplete: Option<Incomplete>,
}

/// Why a search did not look at everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incomplete {
    /// The budget is spent.
    Budget,
    /// One report has too many different answers.
    Answers,
    /// The engine itself gave up on a step.
    Engine,
}

impl<'a> Search<'a> {
    pub(crate) fn new(protocol: &'a Protocol, budget: Budget, watched: &Watched) -> Self {
        let looks = Looks::of(protocol, watched);
        let moments = moments(protocol);
        Self {
            protocol,
            on_any_day: Protocol { version_from: None, version_until: None, ..protocol.clone() },
            cells: Cells::of(protocol),
            looks,
            extents: Extents::of(&protocol.calendar),
            budget,
            mistake: Mistake::None,
            most_zones: MOST_ZONES,
            keeps_report: false,
            midnights: midnights(protocol),
            looks_at_days: looks_at_days(protocol),
            ago: ago(protocol),
            moments,
            states: Vec::new(),
            known: HashMap::new(),
            queue: VecDeque::new(),
            incomplete: None,
        }
    }

    pub(crate) fn with_mistake(mut self, mistake: Mistake) -> Self {
        self.mistake = mistake;
        self
    }

    /// Keeps the time since the report.
    pub(crate) fn since_report(mut self) -> Self {
        self.keeps_report = true;
        // A bound that is let go would be told as none.
        self.most_zones = usize::MAX;
        self
    }

    /// Looks at every state.
    pub(crate) fn run(&mut self, observer: &mut impl Observer) {
        match reports(self.protocol, &self.cells) {
            Ok(all) => all.into_iter().for_each(|first| self.report(&first, observer)),
            Err(_) => self.incomplete = Some(Incomplete::Answers),
        }
        while let Some(at) = self.queue.pop_front() {
            if self.states.len() > self.budget.states {
                self.incomplete = Some(Incomplete::Budget);
                return;
            }
            if observer.is_done() {
                return;
            }
            self.expand(at, observer);
        }
    }

    /// A case is reported.
    fn report(&mut self, first: &Move, observer: &mut impl Observer) {
        let case = Case::default();
        for now in self.moments_of(&first.event) {
            let edge = Edge::Reported(first.event.clone());
            let done = step(&self.on_any_day, &case, &first.event, now);
            let watch = observer.start();
            self.arrive(None, &edge, &case, Zone::new(), done, now, watch, observer);
        }
    }

    fn expand(&mut self, at: usize, observer: &mut impl Observer) {
        let Some(state) = self.states.get(at) else { return };
        if state.ended {
            return;
        }
        let case = state.case.clone();
        let zone = state.zone.clone();
        let pending = self.pending(&case, &zone);
        if !pending.is_empty() {
            return self.fire_pending(at, &case, &zone, &pending, observer);
        }
        match moves(self.protocol, &self.cells, &case) {
            Ok(all) => all.iter().for_each(|one| self.report_later(at, &case, &zone, one, observer)),
            Err(_) => self.incomplete = Some(Incomplete::Answers),
        }
        for timer in case.timers.iter().filter(|timer| !timer.held && !timer.paused) {
            self.fire(at, &case, &zone, timer, observer);
        }
    }

    /// The clocks whose time came while they were held: they come before anything else.
    fn pending(&self, case: &Case, zone: &Zone) -> Vec<(Timer, usize)> {
        let points = Points::of(&self.looks, case, self.keeps_report);
        let running = case.timers.iter().filter(|timer| !timer.held && !timer.paused);
        running
            .filter_map(|timer| Some((*timer, points.timer(timer.id)?)))
            .filter(|(_, point)| zone.bound(*point, NOW) < 0)
            .collect()
    }

    fn fire_pending(
        &mut self,
        at: usize,
        case: &Case,
        zone: &Zone,
        pending: &[(Timer, usize)],
        observer: &mut impl Observer,
    ) {
        for (timer, point) in pending {
            let mut first = zone.clone();
            let possible = pending.iter().filter(|(other, _)| other.id != timer.id).all(|(other, its)| {
                let rank = |timer: &Timer| (timer.order().1, timer.order().2, timer.id);
                let before = rank(other) < rank(timer);
                let tie = before && first.is_midnight(*point) == first.is_midnight(*its);
                first.constrain(*point, *its, if tie { -1 } else { 0 })
            });
            if possible {
                let midnight = zone.is_midnight(NOW);
                self.due(at, case, &first, timer, midnight, observer);
            }
        }
    }

    /// Something is reported in the course of a day, before any clock has run out.
    fn report_later(
        &mut self,
        at: usize,
        case: &Case,
        zone: &Zone,
        one: &Move,
        observer: &mut impl Observer,
    ) {
        let points = Points::of(&self.looks, case, self.keeps_report);
        let mut zone = zone.clone();
        zone.elapse(false);
        if !self.let_pass(case, &points, &mut zone) {
            return;
        }
        let bound = points.not_before_of(self.protocol, case, one.about);
        for early in [false, true] {
            let mut zone = zone.clone();
            let possible = match bound {
                Some(point) if early => zone.constrain(NOW, point, -1),
                Some(point) => zone.constrain(point, NOW, 0),
                None => !early,
            };
            if possible {
                self.try_moments(at, case, &zone, one, early, observer);
            }
        }
    }

    fn try_moments(
        &mut self,
        at: usize,
        case: &Case,
        zone: &Zone,
        one: &Move,
        early: bool,
        observer: &mut impl Observer,
    ) {
        let edge = Edge::Reported(one.event.clone());
        let ago = self.ago.clone();
        for emptied in [false, true] {
            if emptied && case.windows.is_empty() {
                continue;
            }
            for (now, ago) in
                self.moments_of(&one.event).into_iter().flat_map(|now| ago.iter().map(move |ago| (now, *ago)))
            {
                let mut concrete = since(case, now, ago);
                if emptied {
                    concrete.windows.clear();
                }
                if early {
                    for instance in concrete.open.iter_mut().filter(|instance| instance.not_before.is_some())
                    {
                        if one.about == Some(instance.opening(self.protocol).obligation) {
                            instance.not_before = Some(stand_in::future());
                        }
                    }
                }
                let done = step(&self.on_any_day, &concrete, &one.event, now);
                let watch = self.states.get(at).map_or(0, |state| state.watch);
                self.arrive(Some(at), &edge, case, zone.clone(), done, now, watch, observer);
            }
        }
    }

    /// An attempt counts at one part of the day and not at another; all else can as well be reported at one moment.
    fn moments_of(&self, event: &Event) -> Vec<Timestamp> {
        let tried =
            matches!(event, Event::Occurred { what: Occurrence::Obligation(_, Happening::NotHome), .. });
        if tried || self.looks_at_days {
            self.moments.clone()
        } else {
            self.moments.iter().take(1).copied().collect()
        }
    }

    /// A clock runs out.
    fn fire(&mut self, at: usize, case: &Case, zone: &Zone, timer: &Timer, observer: &mut impl Observer) {
        let points = Points::of(&self.looks, case, self.keeps_report);
        let Some(point) = points.timer(timer.id) else { return };
        let midnight = zone.is_midnight(point);
        let mut zone = zone.clone();
        zone.elapse(midnight);
        let possible = zone.constrain(NOW, point, 0)
            && zone.constrain(point, NOW, 0)
            && self.let_pass_others(case, &points, &mut zone, timer, midnight);
        if !possible {
            return;
        }
        self.due(at, case, &zone, timer, midnight, observer);
    }

    fn due(
        &mut self,
        at: usize,
        case: &Case,
        zone: &Zone,
        timer: &Timer,
        midnight: bool,
        observer: &mut impl Observer,
    ) {
        let moments = if midnight { self.midnights.clone() } else { self.moments.clone() };
        let moments = moments.into_iter().take(if self.looks_at_days { usize::MAX } else { 1 });
        let ago = self.ago.clone();
        for (now, ago) in moments.flat_map(|now| ago.iter().map(move |ago| (now, *ago))) {
            let mut concrete = since(case, now, ago);
            for one in concrete.timers.iter_mut().filter(|one| one.id == timer.id) {
                one.due.at = now;
            }
            for last in [false, true] {
                if last && !self.end_period(&mut concrete, timer) {
                    continue;
                }
                let event = Event::TimerDue(timer.id);
                let done = step(&self.on_any_day, &concrete, &event, now);
                let watch = self.states.get(at).map_or(0, |state| state.watch);
                self.arrive(Some(at), &Edge::Fired(timer.id), case, zone.clone(), done, now, watch, observer);
            }
        }
    }

    /// Makes the period of a series the last one; `false` for every other timer.
    fn end_period(&self, case: &mut Case, timer: &Timer) -> bool {
        let TimerKind::Period { of, .. } = timer.kind else { return false };
        if !case.instance(of).is_some_and(|one| is_rate(self.protocol, one)) {
            return false;
        }
        for one in case.timers.iter_mut().filter(|one| one.id == timer.id) {
            one.kind = TimerKind::Period { of, number: 100_000 };
        }
        true
    }

    /// No running clock has run out before now.
    fn let_pass(&self, case: &Case, points: &Points, zone: &mut Zone) -> bool {
        case.timers
            .iter()
            .filter(|timer| self.binds(timer))
            .all(|timer| points.timer(timer.id).is_none_or(|point| zone.constrain(NOW, point, 0)))
    }

    /// Clocks that run out at the same midnight do so in the order of the engine.
    fn let_pass_others(
        &self,
        case: &Case,
        points: &Points,
        zone: &mut Zone,
        timer: &Timer,
        midnight: bool,
    ) -> bool {
        let rank = |timer: &Timer| (timer.order().1, timer.order().2, timer.id);
        let others = case.timers.iter().filter(|other| other.id != timer.id && self.binds(other));
        let all: Vec<(usize, bool)> =
            others.filter_map(|other| Some((points.timer(other.id)?, rank(other) < rank(timer)))).collect();
        all.into_iter().all(|(point, first)| {
            let bound = if first && midnight && zone.is_midnight(point) { -1 } else { 0 };
            zone.constrain(NOW, point, bound)
        })
    }

    fn binds(&self, timer: &Timer) -> bool {
        self.mistake == Mistake::HeldClocksHoldTime || !timer.held && !timer.paused
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one step")]
    fn arrive(
        &mut self,
        from: Option<usize>,
        edge: &Edge,
        before: &Case,
        zone: Zone,
        done: Result<Transition, Rejection>,
        now: Timestamp,
        watch: u32,
        observer: &mut impl Observer,
    ) {
        let Transition { case: after, entries } = match done {
            Ok(done) => done,
            Err(why) => return self.refuse(from, edge, &why, observer),
        };
        let since_report = self.since(before, &zone);
        let seen = Seen { from, edge, before, after: &after, entries: &entries, watch, since_report };
        let watch = observer.look(&seen);
        let after = bare(self.protocol, &self.looks, &after);
        let normal = normal(self.protocol, &self.looks, &self.cells, &after);
        let key = key(&self.cells, &normal);
        let zones = after_step(self, before, &after, &normal, &entries, zone, now);
        for zone in zones {
            self.add(from, edge, normal.clone(), key.clone(), zone, watch);
        }
    }

    fn refuse(&mut self, from: Option<usize>, edge: &Edge, why: &Rejection, observer: &mut impl Observer) {
        if matches!(why, Rejection::DoesNotSettle) {
            self.incomplete = Some(Incomplete::Engine);
        }
        if let Some(from) = from {
            observer.refused(from, edge, why);
        }
    }

    fn since(&self, before: &Case, zone: &Zone) -> (i32, i32) {
        if before.trigger.is_none() || !self.keeps_report {
            return (0, 0);
        }
        match Points::of(&self.looks, before, self.keeps_report).report() {
            Some(point) => (-zone.bound(point, NOW), zone.bound(NOW, point)),
            None => (0, 0),
        }
    }

    fn add(&mut self, from: Option<usize>, edge: &Edge, case: Case, key: Vec<u32>, zone: Zone, watch: u32) {
        let same = self.known.entry((key.clone(), watch)).or_default();
        let found =
            same.iter().find(|at| self.states.get(**at).is_some_and(|state| state.zone.includes(&zone)));
        let (found, zone) = match found {
            Some(at) => (Some(*at), zone),
            None if same.len() >= self.most_zones => {
                // One zone for all: more moments than there really are, and still none that is left out.
                let all = || same.iter().filter_map(|at| self.states.get(*at)).map(|state| &state.zone);
                let hull = all().fold(zone, Zone::hull);
                // Then only what each clock says by itself, so that this comes to an end.
                let many = same.len() > self.most_zones.saturating_mul(8);
                (None, if many { hull.without_pairs() } else { hull })
            }
            None => (None, zone),
        };
        let at = match found {
            Some(at) => at,
            None => {
                let at = self.states.len();
                same.push(at);
                self.queue.push_back(at);
                let ended = matches!(case.status, Status::Ended { .. });
                let from = from.map(|from| (from, edge.clone()));
                let first = edge.clone();
                self.states.push(State { case, zone, key, watch, from, first, next: Vec::new(), ended });
                at
            }
        };
        if let Some(state) = from.and_then(|from| self.states.get_mut(from)) {
            let counts = works_towards(edge);
            match state.next.iter_mut().find(|(to, _)| *to == at) {
                Some((_, known)) => *known |= counts,
                None => state.next.push((at, counts)),
            }
        }
    }

    pub(crate) fn extents(&mut self) -> &mut Extents {
        &mut self.extents
    }
}

/// Nobody works towards a death, a move or a withdrawal: as a way out they do not count.
fn works_towards(edge: &Edge) -> bool {
    let Edge::Reported(Event::Occurred { what: Occurrence::Event(event), .. }) = edge else { return true };
    !matches!(*event, EventId::DECEASED | EventId::MOVED_AWAY | EventId::CONSENT_WITHDRAWN)
}
