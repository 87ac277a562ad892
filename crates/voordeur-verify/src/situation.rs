//! Situations: what two states have in common that differ only in their moments. What can happen in a situation is
//! asked of the engine once, however many moments it is met with.

use std::rc::Rc;

use jiff::Timestamp;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use voordeur_engine::{Case, Entry, Event, Rejection, Status, Timer, TimerId, Transition, step};
use voordeur_protocol::{Happening, ObligationId, Occurrence, Protocol};

use crate::comes::{Marks, comes};
use crate::edge::{Edge, is_by_itself};
use crate::explore::{Incomplete, Search};
use crate::interned::Told;
use crate::key::key;
use crate::looks::Looks;
use crate::moves::{Move, moves_with};
use crate::normal::{bare, normal, stand_in};
use crate::observe::told;
use crate::periods::{End, ends};
use crate::points::Points;
use crate::recipe::{Done, Recipe, recipe};
use crate::since::{Ago, Limit, Now};

/// What states have in common.
#[derive(Debug)]
pub(crate) struct Situation {
    /// The case in its normal form.
    pub(crate) case: Rc<Case>,
    named: Rc<Named>,
    pub(crate) points: Rc<Points>,
    /// What can happen in it, as far as that was asked.
    steps: Vec<(On, Steps)>,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Situations {
    all: Vec<Situation>,
    known: FxHashMap<Rc<Named>, usize>,
}

/// What a situation is known by: the key of its case, and whether each point is a midnight; now is the first, the deadline of the observer
/// is left out.
type Named = (Vec<u32>, Vec<bool>);

/// What can happen, in order.
pub(crate) type Steps = Rc<[Rc<Step>]>;

/// What sets off a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    /// Somebody reports something in the course of a day.
    Report,
    /// A clock runs out, at a midnight or in the course of a day.
    Due(TimerId, bool),
}

/// One thing that can happen.
#[derive(Debug)]
pub(crate) struct Step {
    /// Its number in the search: no other step has it.
    pub(crate) number: u32,
    pub(crate) edge: Edge,
    pub(crate) when: When,
    pub(crate) outcome: Outcome,
}

/// When it can happen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct When {
    /// The point of the moment before which the obligation may not be done.
    pub(crate) not_before: Option<usize>,
    /// Whether it happens before that all the same.
    pub(crate) early: bool,
    /// Where a period of a series is over: whether it is the last one.
    pub(crate) series: Option<SeriesEnd>,
    /// How long ago must be what conditions look back on.
    pub(crate) since: SmallVec<[Limit; 1]>,
}

/// Whether a period of a series ends with the whole of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SeriesEnd {
    /// The points at which the period is over, and the series.
    pub(crate) period: usize,
    pub(crate) whole: usize,
    pub(crate) last: bool,
}

/// What comes of it.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    Refused(Box<Rejection>),
    Done { to: usize, recipe: Rc<Recipe>, entries: Rc<Told> },
}

impl Step {
    pub(crate) fn is_by_itself(&self, protocol: &Protocol) -> bool {
        is_by_itself(protocol, &self.edge, self.entries())
    }

    /// What comes with it that must not come again and again.
    pub(crate) fn marks(&self, protocol: &Protocol, looks: &Looks) -> Marks {
        comes(protocol, &looks.again, self.entries())
    }

    pub(crate) fn opens(&self, protocol: &Protocol, of: ObligationId) -> bool {
        self.entries().iter().any(|entry| {
            matches!(entry, Entry::Opened { opening, .. } if protocol.openings.row(*opening).obligation == of)
        })
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.outcome {
            Outcome::Done { entries, .. } => entries,
            Outcome::Refused(_) => &[],
        }
    }
}

/// A step that is tried: the case with dates for it, and the event.
#[derive(Clone)]
struct Try {
    concrete: Rc<Case>,
    event: Rc<Event>,
    now: Timestamp,
    edge: Edge,
    when: When,
    /// The dates that it was given.
    ago: Ago,
    /// How the period of a series ends that is over.
    end: Option<End>,
}

/// Adds a step that comes to something else than those before it.
fn add(steps: &mut Vec<Rc<Step>>, one: Rc<Step>) {
    if !steps.iter().any(|known| known.when == one.when && known.outcome == one.outcome) {
        steps.push(one);
    }
}

/// Adds steps that differ only in how long ago something was; where that makes no difference it is left out.
fn add_all(steps: &mut Vec<Rc<Step>>, all: Vec<Step>) {
    let same = all.windows(2).all(|two| matches!(two, [one, other] if one.outcome == other.outcome));
    for mut one in all {
        if same {
            one.when.since.clear();
        }
        add(steps, Rc::new(one));
    }
}

/// Tries that differ only in how long ago something was.
type Alike = Vec<Try>;

/// The points of a situation, and whether each is a midnight; now is the first.
type Where<'s> = (&'s Points, &'s [bool]);

impl Situation {
    pub(crate) fn key(&self) -> &Vec<u32> {
        &self.named.0
    }

    /// Whether each point is a midnight; now is the first.
    fn midnight(&self) -> &[bool] {
        &self.named.1
    }

    /// What can happen in it, as far as that was asked.
    pub(crate) fn steps(&self) -> &[(On, Steps)] {
        &self.steps
    }
}

impl Situations {
    /// How many there are.
    pub(crate) const fn count(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn get(&self, at: usize) -> Option<&Situation> {
        self.all.get(at)
    }

    /// The number of a situation, which may be new.
    fn number(&mut self, key: Vec<u32>, midnight: Vec<bool>, make: impl FnOnce() -> (Case, Points)) -> usize {
        let named = (key, midnight);
        if let Some(at) = self.known.get(&named) {
            return *at;
        }
        let at = self.all.len();
        let named = Rc::new(named);
        self.known.insert(Rc::clone(&named), at);
        let (case, points) = make();
        let (case, points) = (Rc::new(case), Rc::new(points));
        self.all.push(Situation { case, named, points, steps: Vec::new() });
        at
    }

    fn kept(&self, at: usize, on: On) -> Option<Steps> {
        let all = &self.get(at)?.steps;
        all.iter().find(|(own, _)| *own == on).map(|(_, steps)| Rc::clone(steps))
    }

    fn keep(&mut self, at: usize, on: On, steps: &Steps) {
        if let Some(situation) = self.all.get_mut(at) {
            situation.steps.push((on, Rc::clone(steps)));
        }
    }
}

impl Search<'_> {
    /// What comes of the report of a case.
    pub(crate) fn first_steps(&mut self, first: &Move) -> Steps {
        let case = Case::default();
        let points = Points::of(&self.looks, &case, self.kept);
        let edge = Edge::Reported(Rc::clone(&first.event));
        let tries = self.moments_of(&first.event).into_iter().map(|now| Try {
            concrete: Rc::new(case.clone()),
            event: Rc::clone(&first.event),
            now,
            edge: edge.clone(),
            when: When::default(),
            ago: Ago::default(),
            end: None,
        });
        let tries = tries.map(|one| vec![one]).collect();
        let midnight = vec![false; points.first()];
        let mut steps = Vec::new();
        self.tried(&case, (&points, &midnight), tries, &mut steps);
        steps.into()
    }

    /// What comes of one report at one moment, in a situation; of the report of a case where there is none yet.
    pub(crate) fn reported_at(&mut self, at: Option<usize>, one: &Move, moment: Timestamp) -> Steps {
        let moments = std::mem::replace(&mut self.moments, vec![moment]);
        let steps = match at.and_then(|at| self.situations.get(at)) {
            None => self.first_steps(one),
            Some(situation) => {
                let (case, points) = (Rc::clone(&situation.case), Rc::clone(&situation.points));
                let mut midnight = situation.midnight().to_vec();
                midnight.iter_mut().take(1).for_each(|now| *now = false);
                let tries = self.tries_of(&case, (&points, &midnight), one);
                let mut steps = Vec::new();
                self.tried(&case, (&points, &midnight), tries, &mut steps);
                steps.into()
            }
        };
        self.moments = moments;
        steps
    }

    /// What can be reported in a situation.
    pub(crate) fn reported(&mut self, at: usize) -> Steps {
        self.once(at, On::Report, Self::reports_in)
    }

    fn reports_in(&mut self, case: &Rc<Case>, place: Where<'_>) -> Vec<Rc<Step>> {
        let Ok(mut all) = moves_with(self.protocol, &self.cells, case, &mut self.answers) else {
            self.incomplete = Some(Incomplete::Answers);
            return Vec::new();
        };
        all.retain(|one| !self.is_left_out(&one.event));
        // Who is told what, and how long it took, differs from case to case.
        let alike = !self.tells_all && !self.kept.report;
        let standing = if alike { self.endings.standing(case) } else { None };
        let mut steps = Vec::with_capacity(all.len());
        for one in &all {
            let ending = self.endings.event(&one.event).zip(standing.as_ref());
            if let Some(known) = ending.and_then(|(event, standing)| self.endings.known(event, standing)) {
                add(&mut steps, Rc::clone(known));
                continue;
            }
            let tries = self.tries_of(case, place, one);
            let before = steps.len();
            self.tried(case, place, tries, &mut steps);
            if let (Some((event, standing)), Some([step])) = (ending, steps.get(before..))
                && self.ends(step)
            {
                self.endings.keep(event, standing, step);
            }
        }
        steps
    }

    fn ends(&self, step: &Step) -> bool {
        let after = match &step.outcome {
            Outcome::Done { to, .. } => self.situations.get(*to),
            Outcome::Refused(_) => None,
        };
        after.is_some_and(|after| matches!(after.case.status, Status::Ended { .. }))
    }

    fn is_left_out(&self, event: &Event) -> bool {
        matches!(event, Event::Occurred { what: Occurrence::Event(of), .. } if self.left_out.contains(of))
    }

    /// What follows when a clock runs out.
    pub(crate) fn due(&mut self, at: usize, timer: &Timer, midnight: bool) -> Steps {
        let on = On::Due(timer.id, midnight);
        self.once(at, on, |search, case, place| {
            let tries = search.tries_when_due(case, place, timer, midnight);
            let mut steps = Vec::with_capacity(tries.len());
            search.tried(case, place, tries, &mut steps);
            steps
        })
    }

    fn once(
        &mut self,
        at: usize,
        on: On,
        steps: impl FnOnce(&mut Self, &Rc<Case>, Where<'_>) -> Vec<Rc<Step>>,
    ) -> Steps {
        if let Some(known) = self.situations.kept(at, on) {
            return known;
        }
        let Some(situation) = self.situations.get(at) else { return Rc::from([]) };
        let (case, points) = (Rc::clone(&situation.case), Rc::clone(&situation.points));
        let mut midnight = situation.midnight().to_vec();
        if let Some(slot) = midnight.first_mut() {
            *slot = matches!(on, On::Due(_, true));
        }
        if self.kept.deadline {
            midnight.insert(1, false);
        }
        let steps: Steps = steps(self, &case, (&points, &midnight)).into();
        self.situations.keep(at, on, &steps);
        steps
    }

    /// What comes of what is tried. What comes to the same as something before it is left out, and how long ago something
    /// was where it makes no difference.
    fn tried(&mut self, case: &Case, place: Where<'_>, tries: Vec<Alike>, steps: &mut Vec<Rc<Step>>) {
        for alike in tries {
            let (mut made, mut withheld) = (Vec::with_capacity(alike.len()), Vec::new());
            for one in alike {
                let (plain, other) = self.made_or_withheld(case, place, one);
                made.push(plain);
                withheld.extend(other);
            }
            add_all(steps, made);
            add_all(steps, withheld);
        }
    }

    /// What comes of a try, and of the same where a referral that is not looked at keeps the case from ending well.
    fn made_or_withheld(&mut self, case: &Case, place: Where<'_>, one: Try) -> (Step, Option<Step>) {
        if self.looks.holders.is_empty() {
            return (self.made(case, place, one), None);
        }
        let plain = self.made(case, place, one.clone());
        let held = self.looks.holders.open_in(self.protocol, &one.concrete, plain.entries());
        (plain, held.map(|concrete| self.made(case, place, Try { concrete, ..one })))
    }

    fn made(&mut self, case: &Case, (points, midnight): Where<'_>, one: Try) -> Step {
        let Try { concrete, event, now, edge, when, ago, end } = one;
        let mut done = step(&self.on_any_day, &concrete, &event, now);
        if let Ok(done) = &mut done {
            ago.restore(&mut done.case);
            end.into_iter().for_each(|end| end.renumber(done));
        }
        let outcome = self.outcome((case, points, midnight), done, &ago, now);
        self.made_so_far = self.made_so_far.saturating_add(1);
        Step { number: self.made_so_far, edge, when, outcome }
    }

    fn outcome(
        &mut self,
        (before, points, midnight): (&Case, &Points, &[bool]),
        done: Result<Transition, Rejection>,
        ago: &Ago,
        now: Timestamp,
    ) -> Outcome {
        let Transition { case: after, entries } = match done {
            Ok(done) => done,
            Err(why) => return Outcome::Refused(Box::new(why)),
        };
        let after = bare(self.protocol, &self.looks, after);
        let normal = normal(self.protocol, &self.looks, &self.cells, &after);
        let key = key(&self.cells, &normal);
        let midnight = midnight.to_vec();
        let (entries_of, stands) = (&entries, &ago.stands);
        let done = Done {
            before,
            points,
            midnight,
            after: &after,
            normal: &normal,
            entries: entries_of,
            stands,
            now,
        };
        let recipe = recipe(self.protocol, &self.looks, &mut self.extents, self.kept, done);
        let (looks, kept) = (&self.looks, self.kept);
        let to = self.situations.number(key, recipe.midnight.clone(), || {
            let points = Points::of(looks, &normal, kept);
            (normal, points)
        });
        let entries = told(entries, &self.cells, self.tells_all);
        Outcome::Done { to, recipe: self.recipes.one(recipe), entries: self.told.one(entries) }
    }

    fn tries_of(&mut self, case: &Rc<Case>, place: Where<'_>, one: &Move) -> Vec<Alike> {
        let not_before = place.0.not_before_of(self.protocol, case, one.about);
        let mut all = Vec::new();
        for early in [false, true].into_iter().take(1 + usize::from(not_before.is_some())) {
            for now in self.moments_of(&one.event) {
                let when = When { not_before, early, ..When::default() };
                let mut alike = self.tries_at(case, place, now, (&one.event, &when));
                for one_of in alike.iter_mut().filter(|_| early) {
                    self.hold_back(Rc::make_mut(&mut one_of.concrete), one);
                }
                all.push(alike);
            }
        }
        all
    }

    /// An event at a moment, with every date for what conditions look back on.
    fn tries_at(
        &mut self,
        case: &Rc<Case>,
        (points, midnight): Where<'_>,
        at: Timestamp,
        (event, when): (&Rc<Event>, &When),
    ) -> Alike {
        let now = Now { at, points, midnight };
        let all = Ago::all(self.protocol, &self.looks, case, &now, &mut self.extents);
        let all = all.unwrap_or_else(|| {
            self.incomplete = Some(Incomplete::Answers);
            Vec::new()
        });
        let tries = all.into_iter().map(|ago| {
            let mut concrete = Rc::clone(case);
            if !ago.is_nothing() {
                ago.put(Rc::make_mut(&mut concrete));
            }
            let edge = Edge::of(event);
            let when = When { since: ago.limits.clone(), ..when.clone() };
            Try { concrete, event: Rc::clone(event), now: at, edge, when, ago, end: None }
        });
        tries.collect()
    }

    /// Makes it too early for what is reported.
    fn hold_back(&self, case: &mut Case, one: &Move) {
        for instance in case.open.iter_mut().filter(|instance| instance.not_before.is_some()) {
            if one.about == Some(instance.opening(self.protocol).obligation) {
                instance.not_before = Some(stand_in::future());
            }
        }
    }

    /// An attempt counts at one part of the day and not at another; all else can as well be reported at one moment.
    fn moments_of(&self, event: &Event) -> Vec<Timestamp> {
        let tried =
            matches!(event, Event::Occurred { what: Occurrence::Obligation(_, Happening::NotHome), .. });
        let all = if tried || self.looks_at_days { usize::MAX } else { 1 };
        self.moments.iter().copied().take(all).collect()
    }

    fn tries_when_due(
        &mut self,
        case: &Rc<Case>,
        place: Where<'_>,
        timer: &Timer,
        midnight: bool,
    ) -> Vec<Alike> {
        let moments = if midnight { &self.midnights } else { &self.moments };
        let all = if self.looks_at_days { usize::MAX } else { 1 };
        let moments: Vec<Timestamp> = moments.iter().copied().take(all).collect();
        let ends = ends(self.protocol, case, place.0, timer);
        let mut tries = Vec::new();
        for now in moments {
            let mut due = Case::clone(case);
            due.timers.iter_mut().filter(|one| one.id == timer.id).for_each(|one| one.due.at = now);
            let due = Rc::new(due);
            for end in &ends {
                let case =
                    end.map_or_else(|| Rc::clone(&due), |end| Rc::new(end.put(self.protocol, &due, timer)));
                let when = When { series: end.map(|end| end.series), ..When::default() };
                let mut alike =
                    self.tries_at(&case, place, now, (&Rc::new(Event::TimerDue(timer.id)), &when));
                alike.iter_mut().for_each(|one| one.end = *end);
                tries.push(alike);
            }
        }
        tries
    }
}
