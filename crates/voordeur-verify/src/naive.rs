//! The naive explorer: real cases, day by day, on the engine itself. It is slow and it is simple; the fast one is
//! held against it for ever.
//!
//! A day begins with what is due at midnight. In the course of it anything may be reported, and what falls due in
//! the course of it may come before that or after. Two cases are the same when all their dates are as far away.

mod bounds;

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use jiff::Timestamp;
use jiff::civil::Date;
use voordeur_engine::{Case, Entry, Event, Serial, Status, Timer, TimerKind, Transition, step};
use voordeur_protocol::model::Derived;
use voordeur_protocol::{EventId, ObligationId, Occurrence, Protocol, StageId, Value};

use crate::ages::{Ages, ages};
use crate::birthdays::{birthday_tomorrow, put_off};
use crate::cells::{Cells, TODAY};
use crate::collect::Collected;
use crate::comes::{Comes, Marks, comes, may_come_again};
use crate::edge::{Edge, is_by_itself};
use crate::facts::{Facts, all_watched, left_lying};
use crate::follow::{Way, comes_in_rounds};
use crate::looks::Looks;
use crate::moves::{moves, reports};
use crate::observe::{Observer, Seen};
use crate::shelf::{Graph, Stepped};
use voordeur_engine::waits_for_ever;

pub use self::bounds::{FirstAndLast, bounds_day_by_day};

/// What was longer ago than so many days is not told apart any more.
const LONG_AGO: i64 = 12;

/// A case on a day.
#[derive(Debug, Clone)]
struct Node {
    case: Case,
    day: Date,
    /// Whether the day is only beginning.
    midnight: bool,
    /// Whether something happened that led to it, and not only time.
    happened: bool,
    /// What the observer remembers.
    watch: u32,
    next: Vec<Next>,
}

/// What comes after a situation.
#[derive(Debug, Clone)]
struct Next {
    to: usize,
    /// Whether it counts as a way on.
    counts: bool,
    /// Whether it comes by itself.
    by_itself: bool,
    /// What comes with it that must not come again and again.
    marks: Marks,
    /// What happens; nothing where time only goes by.
    what: Option<Rc<(Edge, Vec<Entry>)>>,
    /// What the observer remembers then.
    watch: u32,
}

/// Goes through all cases day by day; `None` when there are more than so many.
#[must_use]
pub fn facts_day_by_day(protocol: &Protocol, most: usize) -> Option<(Facts, usize)> {
    let mut seen = Collected::default();
    let mut observer = (protocol, &mut seen);
    let mut naive = Naive::of(protocol, &mut observer);
    naive.explore(most)?;
    let (waits, lost, rounds, count) =
        (std::mem::take(&mut naive.waits), naive.lost(), naive.rounds(), naive.nodes.len());
    let looks = Looks::of(protocol, &all_watched(protocol));
    let lying = left_lying(protocol, &naive.cells, &looks, &naive);
    Some((Facts { waits, lost, lying, ..Facts::of(&looks, &seen) }.with_rounds(rounds), count))
}

/// Shows every step of all cases, day by day, to an observer; `None` when there are more situations than so many.
pub(crate) fn look_day_by_day(protocol: &Protocol, observer: &mut dyn Observer, most: usize) -> Option<()> {
    Naive::of(protocol, observer).explore(most)
}

struct Naive<'a> {
    protocol: &'a Protocol,
    observer: &'a mut dyn Observer,
    cells: Cells,
    ages: Vec<Ages>,
    again: BTreeSet<ObligationId>,
    nodes: Vec<Node>,
    known: HashMap<Vec<i64>, usize>,
    /// The situations to which a report leads.
    first: Vec<usize>,
    /// The reports.
    reports: Vec<Next>,
    /// The stages in which a case can wait for ever.
    waits: BTreeSet<StageId>,
}

impl<'a> Naive<'a> {
    fn of(protocol: &'a Protocol, observer: &'a mut dyn Observer) -> Self {
        let (cells, waits) = (Cells::of(protocol), BTreeSet::new());
        let ages = ages(protocol);
        let again = may_come_again(protocol);
        Self {
            protocol,
            observer,
            cells,
            ages,
            again,
            nodes: Vec::new(),
            known: HashMap::new(),
            first: Vec::new(),
            reports: Vec::new(),
            waits,
        }
    }

    fn explore(&mut self, most: usize) -> Option<()> {
        for one in reports(self.protocol, &self.cells).ok()? {
            self.step(None, &Case::default(), &one.event, TODAY, true);
        }
        let mut at = 0;
        while at < self.nodes.len() {
            if self.nodes.len() > most {
                return None;
            }
            self.expand(at)?;
            at += 1;
        }
        Some(())
    }

    fn noon(&self, day: Date) -> Timestamp {
        let local = day.at(10, 0, 0, 0);
        self.protocol.calendar.resolve(local).unwrap_or_else(|_| self.protocol.calendar.start_of_day(day))
    }

    fn expand(&mut self, at: usize) -> Option<()> {
        let Node { case, day, midnight, watch, .. } = self.nodes.get(at)?.clone();
        if !case.is_running() {
            return Some(());
        }
        if midnight {
            self.midnight(at, watch, &case, day);
            return Some(());
        }
        let noon = self.noon(day);
        // What fell due before this moment comes first; what falls due at it may come after.
        let late = case.next_timer().is_some_and(|timer| timer.due.at < noon);
        for one in moves(self.protocol, &self.cells, &case).ok()?.into_iter().filter(|_| !late) {
            let counts = !matches!(&*one.event, Event::Occurred { what: Occurrence::Event(event), .. }
                if matches!(*event, EventId::DECEASED | EventId::MOVED_AWAY | EventId::CONSENT_WITHDRAWN));
            self.step(Some((at, watch)), &case, &one.event, day, counts);
        }
        match case.next_timer().filter(|timer| timer.due.at <= noon).map(|timer| timer.id) {
            Some(due) => self.step(Some((at, watch)), &case, &Event::TimerDue(due), day, true),
            None => {
                let tomorrow = day.tomorrow().ok()?;
                for ages in self.ages.clone() {
                    if let Some(case) = birthday_tomorrow(self.protocol, &ages, &case, day) {
                        self.pass((at, watch), case, tomorrow, true);
                    }
                }
                self.pass((at, watch), case, tomorrow, true);
            }
        }
        Some(())
    }

    /// The start of a day: what is due at midnight comes first, in the order of the engine.
    fn midnight(&mut self, at: usize, watch: u32, case: &Case, day: Date) {
        let midnight = self.protocol.calendar.start_of_day(day);
        let Some(due) = case.next_timer().filter(|timer| timer.due.at <= midnight).map(|timer| timer.id)
        else {
            return self.pass((at, watch), case.clone(), day, false);
        };
        let done = match step(self.protocol, case, &Event::TimerDue(due), midnight) {
            Ok(done) => done,
            Err(why) => return self.observer.refused(Some(at), &Edge::Fired(due), &why),
        };
        let watch = self.look(Some((at, watch)), case, &Event::TimerDue(due), &done);
        let next = &self.next(&Event::TimerDue(due), &done, true, watch);
        self.add(Some(at), done.case, day, true, next);
    }

    fn step(&mut self, from: Option<(usize, u32)>, case: &Case, event: &Event, day: Date, counts: bool) {
        let now = self.noon(day).max(case.touched_at);
        let done = match step(self.protocol, case, event, now) {
            Ok(done) => done,
            Err(why) => return self.observer.refused(from.map(|(at, _)| at), &edge(event), &why),
        };
        let watch = self.look(from, case, event, &done);
        let next = &self.next(event, &done, counts, watch);
        self.add(from.map(|(at, _)| at), done.case, day, false, next);
    }

    fn look(&mut self, from: Option<(usize, u32)>, before: &Case, event: &Event, done: &Transition) -> u32 {
        let (from, watch) = from.unzip();
        let watch = watch.unwrap_or(0);
        let edge = edge(event);
        let seen = Seen::really((from, &edge), before, &done.case, &done.entries);
        self.observer.look(&Seen { watch, ..seen }).state
    }

    /// What a step is, wherever it leads.
    fn next(&self, event: &Event, done: &Transition, counts: bool, watch: u32) -> Next {
        let by_itself = is_by_itself(self.protocol, &edge(event), &done.entries);
        Next {
            to: 0,
            counts,
            by_itself,
            marks: comes(self.protocol, &self.again, &done.entries),
            what: Some(Rc::new((edge(event), done.entries.clone()))),
            watch,
        }
    }

    /// Nothing happens for a while.
    fn pass(&mut self, (from, watch): (usize, u32), case: Case, day: Date, midnight: bool) {
        let next = &Next { to: 0, counts: true, by_itself: true, marks: Marks::new(), what: None, watch };
        self.add(Some(from), case, day, midnight, next);
    }

    fn add(&mut self, from: Option<usize>, mut case: Case, day: Date, midnight: bool, next: &Next) {
        // Reports that wait behind each other, again and again, would never come to an end.
        case.postponed.sort_by_key(|one| (one.rule, one.about));
        case.postponed.dedup();
        if let Some(stay) = case.stay.as_ref().filter(|_| waits_for_ever(self.protocol, &case)) {
            self.waits.insert(stay.stage);
        }
        put_off(self.protocol, &self.ages, &mut case, day);
        let mut key = key(self.protocol, (&self.cells, &self.ages), &case, day);
        key.extend([i64::from(midnight), i64::from(next.watch)]);
        let at = match self.known.get(&key) {
            Some(at) => *at,
            None => {
                let at = self.nodes.len();
                self.known.insert(key, at);
                let (happened, watch) = (false, next.watch);
                self.nodes.push(Node { case, day, midnight, happened, watch, next: Vec::new() });
                at
            }
        };
        if let Some(node) = self.nodes.get_mut(at).filter(|_| next.what.is_some()) {
            node.happened = true;
        }
        match from {
            None => {
                self.first.push(at);
                self.reports.push(Next { to: at, ..next.clone() });
            }
            Some(from) => {
                self.nodes
                    .get_mut(from)
                    .into_iter()
                    .for_each(|node| node.next.push(Next { to: at, ..next.clone() }));
            }
        }
    }

    /// What can come to a case again and again, by itself.
    fn rounds(&self) -> BTreeSet<Comes> {
        let ways = self.nodes.iter().enumerate().flat_map(|(from, node)| {
            let next = node.next.iter().filter(|next| next.by_itself);
            next.map(move |next| (from, next.to, next.marks.clone()))
        });
        let ways: Vec<Way> = ways.collect();
        comes_in_rounds(self.nodes.len(), &ways)
    }

    /// Whether something is due at this very moment, or should have been: it is no situation that anybody meets.
    fn is_momentary(&self, node: &Node) -> bool {
        let midnight = self.protocol.calendar.start_of_day(node.day);
        let is_due = |due: Timestamp| if node.midnight { due <= midnight } else { due < self.noon(node.day) };
        node.case.next_timer().is_some_and(|timer| is_due(timer.due.at))
    }

    /// The stages in which a case can be that gets to no end any more. What only waiting leads to is lost by what comes
    /// after it.
    fn lost(&self) -> BTreeSet<StageId> {
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate() {
            for next in node.next.iter().filter(|next| next.counts) {
                if let Some(list) = before.get_mut(next.to) {
                    list.push(at);
                }
            }
        }
        let ended = |(at, node): (usize, &Node)| (!node.case.is_running()).then_some(at);
        let mut open: Vec<usize> = self.nodes.iter().enumerate().filter_map(ended).collect();
        let mut leads: BTreeSet<usize> = BTreeSet::new();
        while let Some(at) = open.pop() {
            if leads.insert(at) {
                open.extend(before.get(at).into_iter().flatten());
            }
        }
        let lost = self
            .nodes
            .iter()
            .enumerate()
            .filter(|(at, node)| !leads.contains(at) && node.happened && !self.is_momentary(node));
        lost.filter_map(|(_, node)| Some(node.case.stay.as_ref()?.stage)).collect()
    }
}

impl Graph for Naive<'_> {
    fn count(&self) -> usize {
        self.nodes.len()
    }

    fn case(&self, at: usize) -> Option<&Case> {
        Some(&self.nodes.get(at)?.case)
    }

    fn steps(&self, at: Option<usize>) -> Vec<Stepped<'_>> {
        let steps = match at {
            Some(at) => self.nodes.get(at).map(|node| &node.next),
            None => Some(&self.reports),
        };
        let steps = steps.into_iter().flatten().map(|next| match next.what.as_deref() {
            Some((edge, entries)) => Stepped { to: next.to, edge: Some(edge), entries },
            None => Stepped { to: next.to, edge: None, entries: &[] },
        });
        steps.collect()
    }
}

fn edge(event: &Event) -> Edge {
    match event {
        Event::TimerDue(timer) => Edge::Fired(*timer),
        other => Edge::Reported(Rc::new(other.clone())),
    }
}

/// How many half days a clock that stands still has left, from the day on which it stopped.
fn left(protocol: &Protocol, case: &Case, timer: &Timer) -> i64 {
    let since = timer.kind.serial().and_then(|serial| case.instance(serial)?.paused_since);
    let (calendar, due) = (&protocol.calendar, protocol.calendar.local(timer.due.at));
    let days = since.map_or(0, |since| calendar.days_between(calendar.date(since), due.date()));
    2 * days + i64::from(due.time() != jiff::civil::Time::midnight())
}

/// The case as numbers, with every date as a number of half days from today. Nothing is left out but what
/// only counts up: numbers are given out anew, as they come.
pub(crate) fn key(protocol: &Protocol, place: (&Cells, &[Ages]), case: &Case, day: Date) -> Vec<i64> {
    let away = |at: Timestamp| {
        let local = protocol.calendar.local(at);
        let days = protocol.calendar.days_between(day, local.date()).max(-LONG_AGO);
        2 * days + i64::from(local.time() != jiff::civil::Time::midnight())
    };
    key_at(protocol, place, case, (day, &away))
}

/// The same with dates as whatever they are away.
pub(crate) fn key_at(
    protocol: &Protocol,
    (cells, ages): (&Cells, &[Ages]),
    case: &Case,
    (day, away): (Date, &dyn Fn(Timestamp) -> i64),
) -> Vec<i64> {
    let mut key: Vec<i64> = Vec::with_capacity(64);
    let serial = |of: Serial| {
        case.open.iter().position(|one| one.serial == of).map_or(-1, |at| i64::try_from(at).unwrap_or(-1))
    };
    let (here, before) = (case.stay_number(), case.suspended.as_ref().map(|stay| stay.number));
    let stay = |number: u32| match number {
        0 => 0,
        number if number == here => 3,
        number if Some(number) == before => 2,
        _ => 1,
    };
    key.push(match case.status {
        Status::Unreported => -1,
        Status::Running => away(case.opened_at),
        Status::Ended { end, .. } => return vec![i64::from(end.0)],
    });
    for one in case.stay.iter().chain(&case.suspended) {
        key.extend([i64::MAX, i64::from(one.stage.0), away(one.entered_at)]);
        key.extend(one.fired.iter().map(|rule| i64::from(rule.0)));
        key.push(i64::MAX);
        key.extend(one.withheld.iter().map(|rule| i64::from(rule.0)));
        key.extend(
            one.deferred.iter().flat_map(|waiting| [serial(waiting.serial), i64::from(waiting.on.code())]),
        );
    }
    for one in &case.open {
        key.extend([
            i64::MAX,
            i64::from(one.opening.0),
            i64::from(one.state.0),
            stay(one.stay),
            i64::from(one.count),
        ]);
        key.extend([
            i64::from(one.parts),
            i64::from(one.armed),
            i64::from(one.period.0),
            one.not_before.map_or(i64::MAX, |at| away(at).max(-1)),
        ]);
    }
    for one in &case.postponed {
        key.extend([i64::MAX, i64::from(one.rule.0), one.about.map_or(-1, serial)]);
    }
    key.extend(case.met.iter().map(|rule| i64::from(rule.0)));
    for (event, at) in &case.occurred {
        key.extend([i64::MAX, i64::from(event.0), away(*at)]);
    }
    for (rule, at) in &case.reached {
        key.extend([i64::MAX, i64::from(rule.0), away(*at)]);
    }
    for timer in &case.timers {
        let what = match timer.kind {
            TimerKind::After(rule) | TimerKind::Every { rule, .. } => i64::from(rule.0),
            kind => kind.serial().map_or(-1, serial),
        };
        let number = if let TimerKind::Period { number, .. } = timer.kind { i64::from(number) } else { 0 };
        key.extend([
            i64::MAX,
            i64::from(timer.kind.rank()),
            what,
            number,
            if timer.paused { left(protocol, case, timer) } else { away(timer.due.at) },
            stay(timer.stay),
            i64::from(timer.held) | i64::from(timer.paused) << 1,
        ]);
    }
    for last in &case.last {
        if cells.looks_back {
            key.push(away(last.at));
        }
        let on = last.on.map_or(-1, |on| i64::from(on.code()));
        key.extend([i64::MAX, i64::from(last.obligation.0), on, stay(last.stay), i64::from(last.everywhere)]);
    }
    for (field, value) in &case.data {
        let of_age = ages.iter().find(|ages| ages.field == *field);
        let at = match (of_age, value) {
            (Some(ages), Value::Date(born)) => Some(ages.class(&protocol.calendar, *born, day)),
            _ => cells.values(*field).iter().position(|known| known == value),
        };
        key.extend([i64::MAX, i64::from(field.0), at.map_or(-1, |at| i64::try_from(at).unwrap_or(-1))]);
    }
    let start = protocol.calendar.start_of_day(day);
    for (field, counted) in &case.windows {
        let derived = protocol.fields.row(*field).derived;
        let Some(Derived::Sum { over, .. } | Derived::Tally { over, .. }) = derived else { continue };
        let from = protocol.calendar.window_from(start, over);
        key.extend([i64::MAX, i64::from(field.0)]);
        key.extend(
            counted.iter().filter(|(at, _)| *at >= from).flat_map(|(at, amount)| [away(*at), *amount]),
        );
    }
    for (stage, times) in case.entered.iter().filter(|(stage, _)| protocol.stages.row(*stage).limit.is_some())
    {
        key.extend([i64::MAX, i64::from(stage.0), i64::from(*times)]);
    }
    key
}
