//! The whole state space of a pathway: every case history that makes a difference, with time in zones.
//!
//! Whatever happens in a step is decided by the engine's own step, on a case in which the dates are stand-ins (see
//! `situation`); when it can happen is decided by the zone. Both together are a state. The search goes breadth first,
//! so that the first history that shows something is one of the shortest.

mod setup;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use jiff::Timestamp;
use jiff::civil::Time;
use rustc_hash::FxHashMap;
use voordeur_engine::{Case, Rejection, Status, Timer};
use voordeur_protocol::{EventId, Protocol, StageId};

pub(crate) use self::setup::sharper;

use crate::cells::Cells;
use crate::chain::Chains;
use crate::edge::{Edge, works_towards};
use crate::endings::Endings;
use crate::extent::Extents;
use crate::held::{overdue, pending};
use crate::interned::{Interned, Told};
use crate::looks::Looks;
use crate::moves::{Answers, reports};
use crate::observe::{Clock, Memory, Observer, Seen};
use crate::passing::{at_the_time, first_of};
use crate::points::{Kept, Points};
use crate::recipe::{Deadline, Recipe, deadline_of, kept_deadline};
use crate::since::{age, by_age};
use crate::situation::{Outcome, Situations, Step, When};
use crate::states::{Place, Same, State, place};
use crate::zone::{NOW, Zone};

/// So many zones of one situation are told apart; more are taken together.
pub(crate) const MOST_ZONES: usize = 3;

/// So many are where that does not decide it: more and more of them.
pub(crate) const MORE_ZONES: [usize; 2] = [8 * MOST_ZONES, 64 * MOST_ZONES];

/// More moments than these are many for one state.
const MANY_MOMENTS: usize = 12;

/// So many times as many for each obligation whose clocks stand still.
const MORE_STOPPED: usize = 4;

/// So many clocks can run in one case; where there can be more it is not decided.
const MOST_CLOCKS: usize = 32;

/// How much is looked at before the search gives up.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// So many states; those in which many clocks run count for several.
    pub states: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { states: 150_000 }
    }
}

impl Budget {
    /// For a look at each moment by itself: where that comes to an end at all, it takes no more than this. And so many situations with all
    /// that can happen in them are kept.
    pub(crate) const fn closer(self) -> Self {
        Self { states: self.states / 3 }
    }
}

/// How a state is come to.
pub(crate) struct Way<'s> {
    pub(crate) from: Option<usize>,
    pub(crate) step: &'s Rc<Step>,
    ended: bool,
}

/// The steps that were taken from each state, and the states that they lead to.
type Taken = FxHashMap<Option<usize>, Vec<(usize, Rc<Step>)>>;

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
    pub(crate) on_any_day: Cow<'a, Protocol>,
    pub(crate) cells: Cells,
    pub(crate) looks: Looks,
    pub(crate) extents: Extents,
    /// How many days each number of working days takes, where moments are told apart in those too.
    working: Option<Rc<[(i32, i32)]>>,
    /// Whether what is known on the clock is held against what is known in days.
    agrees: bool,
    /// The terms that follow each other from the report on, where those are told apart.
    chains: Option<Rc<RefCell<Chains>>>,
    budget: Budget,
    pub(crate) mistake: Mistake,
    /// What need not be tried: it ends a case in a way that the observer does not ask about.
    pub(crate) left_out: Vec<EventId>,
    pub(crate) endings: Endings,
    pub(crate) answers: Answers,
    /// Whether the steps keep who is told what.
    pub(crate) tells_all: bool,
    /// How many zones of one situation are told apart.
    most_zones: usize,
    pub(crate) kept: Kept,
    pub(crate) moments: Vec<Timestamp>,
    pub(crate) midnights: Vec<Timestamp>,
    /// Times of the day at which real reports are tried.
    pub(crate) times: Vec<Time>,
    pub(crate) looks_at_days: bool,
    pub(crate) situations: Situations,
    /// What steps do to moments, and what they tell: each once.
    pub(crate) recipes: Interned<Recipe>,
    pub(crate) told: Interned<Told>,
    /// How many steps the engine has made.
    pub(crate) made_so_far: u32,
    pub(crate) states: Vec<State>,
    known: FxHashMap<(usize, Memory, (u64, u64)), Same>,
    /// The states in which a case has ended, where it makes no difference when.
    ended: FxHashMap<(usize, Memory), usize>,
    taken: Option<Taken>,
    /// How many states there were to look at, those that were looked at again among them.
    looked: usize,
    queue: VecDeque<usize>,
    /// Why not everything was looked at.
    pub(crate) incomplete: Option<Incomplete>,
    /// So many steps are still played on real dates in the hope of a history.
    pub(crate) patience: Cell<u32>,
}

/// Why a search did not look at everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incomplete {
    /// The budget is spent.
    Budget,
    /// One report has too many different answers.
    Answers,
    /// More clocks can run in one case than can be looked at.
    Clocks,
    /// The engine itself gave up on a step.
    Engine,
    /// Several rules wait for the same birthday.
    Birthdays,
}

/// Where a step starts.
pub(crate) struct Start<'s> {
    /// The state before it; `None` for a report through a trigger.
    pub(crate) at: Option<usize>,
    pub(crate) case: &'s Case,
    pub(crate) points: &'s Points,
    pub(crate) watch: Memory,
}

/// How much work a state is: most have few moments that count, and one with many is as much as many of those.
fn work(zone: &Zone) -> usize {
    let times = zone.len() / MANY_MOMENTS;
    1 + times * times * times
}

impl<'a> Search<'a> {
    /// How many situations were looked at: each once, or, where the budget was spent, as often as it was.
    pub(crate) fn looked_at(&self) -> usize {
        if self.incomplete.is_some() { self.looked } else { self.states.len() }
    }

    /// The case of a state, in its normal form.
    pub(crate) fn case(&self, at: usize) -> Option<&Case> {
        Some(&*self.situations.get(self.states.get(at)?.situation)?.case)
    }

    /// The stage of a state, while its case runs.
    pub(crate) fn stage(&self, at: usize) -> Option<StageId> {
        Some(self.case(at)?.stay.as_ref()?.stage)
    }

    /// The case of a state as numbers.
    pub(crate) fn key(&self, at: usize) -> Option<&Vec<u32>> {
        Some(self.situations.get(self.states.get(at)?.situation)?.key())
    }

    /// Looks at every state, and keeps every step that is taken, so that what comes after what can be looked at
    /// afterwards.
    pub(crate) fn run_keeping_steps(&mut self, observer: &mut impl Observer) {
        self.taken = Some(Taken::default());
        self.run(observer);
    }

    pub(crate) const fn keeps_steps(&self) -> bool {
        self.taken.is_some()
    }

    /// The steps that were taken from a state, and the states that they lead to; from `None` the reports.
    pub(crate) fn taken(&self, from: Option<usize>) -> &[(usize, Rc<Step>)] {
        self.taken.as_ref().and_then(|taken| taken.get(&from)).map_or(&[], Vec::as_slice)
    }

    /// All steps that were taken, each with the state that it was taken from; from `None` the reports.
    pub(crate) fn all_taken(&self) -> impl Iterator<Item = (Option<usize>, &Rc<Step>)> {
        let froms = std::iter::once(None).chain((0..self.states.len()).map(Some));
        froms.flat_map(|from| self.taken(from).iter().map(move |(_, step)| (from, step)))
    }

    /// Looks at every state once more, with another observer. What can happen in a situation is known already.
    pub(crate) fn run_again(&mut self, observer: &mut impl Observer) {
        self.states.clear();
        self.known.clear();
        self.ended.clear();
        self.queue.clear();
        (self.looked, self.incomplete, self.taken) = (0, None, None);
        self.run(observer);
    }

    /// Looks at every state.
    pub(crate) fn run(&mut self, observer: &mut impl Observer) {
        self.kept.deadline |= observer.term().is_some();
        // What another run has found out already is there at no cost.
        let most = self.situations.count() + self.budget.closer().states;
        match reports(self.protocol, &self.cells) {
            Ok(all) => all.iter().for_each(|first| {
                let steps = self.first_steps(first);
                let zone = self.beginning(observer);
                let (case, points) = (&Case::default(), &Points::default());
                let start = Start { at: None, case, points, watch: Memory::default() };
                steps.iter().for_each(|step| self.arrive(&start, step, &zone, observer));
            }),
            Err(_) => self.incomplete = Some(Incomplete::Answers),
        }
        while let Some(at) = self.queue.pop_front() {
            if self.looked > self.budget.states || self.situations.count() > most {
                self.incomplete = Some(Incomplete::Budget);
                return;
            }
            if observer.is_done() || self.incomplete == Some(Incomplete::Clocks) {
                return;
            }
            self.expand(at, observer);
        }
    }

    fn expand(&mut self, at: usize, observer: &mut impl Observer) {
        let Some(state) = self.states.get_mut(at) else { return };
        (state.waiting, state.looked_at) = (false, true);
        if let Some(taken) = &mut self.taken {
            // It is looked at once more, at more moments.
            taken.remove(&Some(at));
        }
        if state.ended {
            return;
        }
        let Some(situation) = self.situations.get(state.situation) else { return };
        let (number, watch) = (state.situation, state.watch);
        let (case, points) = (Rc::clone(&situation.case), Rc::clone(&situation.points));
        let zone = state.zone.clone();
        let start = Start { at: Some(at), case: &case, points: &points, watch };
        let pending = pending(&case, &points, &zone);
        if !pending.is_empty() {
            return self.fire_pending(number, &start, &zone, &pending, observer);
        }
        self.report_later(number, &start, &zone, observer);
        for timer in case.timers.iter().filter(|timer| !timer.held && !timer.paused) {
            self.fire(number, &start, &zone, timer, observer);
        }
        if watch.running && self.can_be_overdue(&start, &zone) {
            observer.overdue(at);
        }
    }

    fn fire_pending(
        &mut self,
        situation: usize,
        start: &Start<'_>,
        zone: &Zone,
        pending: &[(Timer, usize)],
        observer: &mut impl Observer,
    ) {
        for one in pending {
            if let Some(first) = first_of(zone, pending, one) {
                let steps = self.due(situation, &one.0, zone.is_midnight(NOW));
                self.take(&steps, start, &first, observer);
            }
        }
    }

    /// Something is reported in the course of a day, before any clock has run out.
    fn report_later(
        &mut self,
        situation: usize,
        start: &Start<'_>,
        zone: &Zone,
        observer: &mut impl Observer,
    ) {
        let Some(zone) = self.before_clocks(start, zone) else { return };
        let steps = self.reported(situation);
        let mut last: Option<(When, Option<Zone>)> = None;
        for step in steps.iter() {
            // Steps that can happen at the same moments stand together.
            if last.as_ref().is_none_or(|(when, _)| *when != step.when) {
                last = Some((step.when.clone(), at_the_time(&zone, &step.when)));
            }
            if let Some((_, Some(zone))) = &last {
                self.arrive(start, step, zone, observer);
            }
        }
    }

    /// A clock runs out.
    fn fire(
        &mut self,
        situation: usize,
        start: &Start<'_>,
        zone: &Zone,
        timer: &Timer,
        observer: &mut impl Observer,
    ) {
        if let Some((zone, midnight)) = self.when_due(start, zone, timer) {
            let steps = self.due(situation, timer, midnight);
            self.take(&steps, start, &zone, observer);
        }
    }

    fn take(&mut self, steps: &[Rc<Step>], start: &Start<'_>, zone: &Zone, observer: &mut impl Observer) {
        for step in steps {
            if let Some(zone) = at_the_time(zone, &step.when) {
                self.arrive(start, step, &zone, observer);
            }
        }
    }

    /// A step is made, at the moments of a zone.
    fn arrive(&mut self, start: &Start<'_>, step: &Rc<Step>, zone: &Zone, observer: &mut impl Observer) {
        let (to, recipe, entries) = match &step.outcome {
            Outcome::Done { to, recipe, entries } => (*to, recipe, entries),
            Outcome::Refused(why) => return self.refuse(start.at, &step.edge, why, observer),
        };
        let since_report = self.since(start, zone);
        let Some(situation) = self.situations.get(to) else { return };
        let watch = observer.look(&Seen {
            from: start.at,
            edge: &step.edge,
            before: start.case,
            after: &situation.case,
            entries,
            watch: start.watch.state,
            exact: self.is_exact(start.at),
            since_report,
            step: Some(step.number),
        });
        let ended = matches!(situation.case.status, Status::Ended { .. });
        let running = match watch.clock {
            Clock::Keep => start.watch.running,
            Clock::Off => false,
            Clock::Start(_) => true,
        } && !ended;
        let deadline = self.kept.deadline.then(|| match watch.clock {
            Clock::Start(term) if running => {
                deadline_of(&mut self.extents, term, recipe, zone.is_midnight(NOW))
            }
            _ if running => kept_deadline(&mut self.extents, observer.term_of_report(), recipe),
            _ => Deadline::Gone,
        });
        let watch = Memory { state: watch.state, running };
        let way = Way { from: start.at, step, ended };
        if ended && !self.kept.report {
            return self.end_in(&way, to, watch);
        }
        let (case, points) = (Rc::clone(&situation.case), Rc::clone(&situation.points));
        for mut zone in recipe.apply(zone, deadline.as_ref()) {
            if !zone.agree() {
                continue;
            }
            for zone in by_age(&self.looks, (&case, &points), zone, &mut self.extents) {
                self.come_to(&way, to, watch, zone);
            }
        }
    }

    /// Comes to the end of a case. Nothing follows: when it ended makes no difference.
    fn end_in(&mut self, way: &Way<'_>, situation: usize, watch: Memory) {
        match self.ended.get(&(situation, watch)) {
            Some(at) => self.leads_to(way, *at),
            None => {
                let zone = Zone::new().wider(usize::from(self.kept.deadline));
                self.ended.insert((situation, watch), self.states.len());
                self.come_to(way, situation, watch, zone);
            }
        }
    }

    fn refuse(&mut self, from: Option<usize>, edge: &Edge, why: &Rejection, observer: &mut impl Observer) {
        if matches!(why, Rejection::DoesNotSettle) {
            self.incomplete = Some(Incomplete::Engine);
        }
        observer.refused(from, edge, why);
    }

    fn since(&self, start: &Start<'_>, zone: &Zone) -> (i32, i32) {
        if start.at.is_none() || !self.kept.report {
            return (0, 0);
        }
        match start.points.report() {
            Some(point) => (-zone.bound(point, NOW), zone.bound(NOW, point)),
            None => (0, 0),
        }
    }

    /// How many zones of a situation are told apart. How long each clock that stands still has left makes a difference of its own.
    fn zones_told_apart(&self, situation: usize) -> usize {
        let stopped = self.situations.get(situation).map_or(0, |one| one.points.stopped_ones().len());
        self.most_zones.saturating_mul(1 + stopped.min(4) * MORE_STOPPED)
    }

    /// Clocks that an event sets each time that it comes are without number, and so are their states.
    fn has_too_many_clocks(&self, situation: usize) -> bool {
        self.situations.get(situation).is_some_and(|one| one.case.timers.len() > MOST_CLOCKS)
    }

    /// Whether a case really gets to each moment of a state; to its report it does.
    fn is_exact(&self, at: Option<usize>) -> bool {
        at.and_then(|at| self.states.get(at)).is_none_or(|state| state.exact)
    }

    /// Comes to a state, unless its moments are among those of one that is known.
    fn come_to(&mut self, way: &Way<'_>, situation: usize, watch: Memory, zone: Zone) {
        let apart = self.situations.get(situation).map_or((0, 0), |one| {
            let place = (&*one.case, &*one.points);
            (overdue(place.0, place.1, &zone), age(&self.looks, place, &zone, &mut self.extents))
        });
        if self.has_too_many_clocks(situation) {
            self.incomplete = Some(Incomplete::Clocks);
            return;
        }
        let exact = self.is_exact(way.from);
        let report = self.situations.get(situation).and_then(|one| one.points.report());
        let most = self.zones_told_apart(situation);
        let zone = self.pumped(way, (situation, watch), zone, report);
        let goes_first = self.is_any_time_later(&zone, report);
        let precise = self.is_precise();
        let same = self.known.entry((situation, watch, apart)).or_default();
        let place = place(&self.states, same, most, zone);
        let instead = precise && matches!(place, Place::Instead(..));
        let exact = exact && !matches!(place, Place::Wider(..));
        let at = match place {
            Place::Known(at) => at,
            Place::Wider(at, zone) | Place::Instead(at, zone) => {
                self.looked += work(&zone);
                if let Some(state) = self.states.get_mut(at) {
                    // A way that is good for fewer moments leads to none of the others. It is shorter, and is tried first.
                    if instead && !state.looked_at {
                        (state.from, state.by) = (way.from, Rc::clone(way.step));
                    }
                    state.zone = zone;
                    state.exact &= exact;
                    if !std::mem::replace(&mut state.waiting, true) {
                        self.wait(at, goes_first);
                    }
                }
                at
            }
            Place::New(zone) => {
                self.looked += work(&zone);
                let at = self.states.len();
                same.states.push(at);
                self.wait(at, goes_first);
                let by = Rc::clone(way.step);
                let Way { from, ended, .. } = *way;
                let next = Vec::new();
                let (waiting, looked_at) = (true, false);
                let state =
                    State { situation, zone, watch, from, by, next, ended, waiting, exact, looked_at };
                self.states.push(state);
                at
            }
        };
        self.leads_to(way, at);
    }

    /// A state has to be looked at.
    fn wait(&mut self, at: usize, goes_first: bool) {
        if goes_first { self.queue.push_front(at) } else { self.queue.push_back(at) }
    }

    /// Remembers that a step leads from one state to another one.
    fn leads_to(&mut self, way: &Way<'_>, at: usize) {
        let counts = works_towards(&way.step.edge);
        if let Some(taken) = &mut self.taken {
            taken.entry(way.from).or_default().push((at, Rc::clone(way.step)));
        }
        if let Some(state) = way.from.and_then(|from| self.states.get_mut(from)) {
            match state.next.iter_mut().find(|(to, _)| *to == at) {
                Some((_, known)) => *known |= counts,
                None => state.next.push((at, counts)),
            }
        }
    }
}
