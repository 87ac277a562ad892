//! The same day by day, on real cases in both versions: slow and simple, and held against the search for ever.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use voordeur_engine::{Case, Event, step};
use voordeur_protocol::Protocol;

use super::answer::{Answer, Reader, Said, Side, apart, seen};
use super::ask::{Asking, Report};
use super::ties::rule_of;
use crate::ages::Ages;
use crate::birthdays::{birthday_tomorrow, put_off};
use crate::cells::{Cells, TODAY};
use crate::naive::key;

/// What only the old version says at one moment, and what only the new one.
pub(crate) type Different = (Vec<Answer>, Vec<Answer>);

/// A case as it is, and after each of its clocks that is due, with all that was said by then.
type Way = Vec<(Case, Vec<Said>)>;

/// A case in both versions on a day.
struct Node {
    cases: [Case; 2],
    day: Date,
    /// Whether the day is only beginning.
    midnight: bool,
}

/// Both versions, day by day.
pub(crate) struct ByDay<'a> {
    reader: Reader<'a>,
    cells: [&'a Cells; 2],
    ages: [Vec<Ages>; 2],
    nodes: Vec<Node>,
    known: HashSet<Vec<i64>>,
    found: BTreeSet<Different>,
    /// Whether rules set each other off at one moment without end.
    endless: bool,
}

/// More than this does not happen at one moment.
const MOST_AT_ONCE: usize = 50;

impl<'a> ByDay<'a> {
    /// Everything that is said by one version alone; `None` when there are more situations than so many.
    pub(crate) fn differences(
        reader: Reader<'a>,
        cells: [&'a Cells; 2],
        ages: [Vec<Ages>; 2],
        most: usize,
    ) -> Option<BTreeSet<Different>> {
        let mut own = Self {
            reader,
            cells,
            ages,
            nodes: Vec::new(),
            known: HashSet::new(),
            found: BTreeSet::new(),
            endless: false,
        };
        let none = [Case::default(), Case::default()];
        for report in own.asking().triggers().ok()? {
            own.report(&none, &report, TODAY);
        }
        while let Some(node) = own.nodes.pop() {
            if own.known.len() > most || own.endless {
                return None;
            }
            own.expand(&node)?;
        }
        (!own.endless).then_some(own.found)
    }

    fn asking(&self) -> Asking<'a> {
        let [old, new] = self.cells;
        let both = ((self.reader.old, old), (self.reader.new, new));
        Asking { known: None, names: self.reader.names, old: both.0, new: both.1 }
    }

    fn noon(&self, day: Date) -> Timestamp {
        let calendar = &self.reader.old.calendar;
        calendar.resolve(day.at(10, 0, 0, 0)).unwrap_or_else(|_| calendar.start_of_day(day))
    }

    fn expand(&mut self, node: &Node) -> Option<()> {
        let midnight = self.reader.old.calendar.start_of_day(node.day);
        if node.midnight {
            self.due(node, midnight);
            return Some(());
        }
        let noon = self.noon(node.day);
        let due = |limit: &dyn Fn(Timestamp) -> bool| {
            let next = node.cases.iter().filter_map(Case::next_timer);
            next.into_iter().any(|timer| limit(timer.due.at))
        };
        if !due(&|at| at < noon) {
            let [old, new] = &node.cases;
            for report in self.asking().reports(old, new).ok()? {
                self.report(&node.cases, &report, node.day);
            }
        }
        if due(&|at| at <= noon) {
            self.due(node, noon);
        } else if node.cases.iter().any(Case::is_running) {
            let tomorrow = node.day.tomorrow().ok()?;
            for cases in self.birthdays_tomorrow(node).into_iter().chain([node.cases.clone()]) {
                self.add(Node { cases, day: tomorrow, midnight: true });
            }
        }
        Some(())
    }

    /// The same with a birthday tomorrow: in both versions that of the same person.
    fn birthdays_tomorrow(&self, node: &Node) -> Vec<[Case; 2]> {
        let ([old, new], [first, second]) = (&node.cases, &self.ages);
        let tomorrow = |side, ages: Option<&Ages>, case: &Case| {
            birthday_tomorrow(self.protocol(side), ages?, case, node.day)
        };
        let mut all = Vec::new();
        let mut both = |one: Option<&Ages>, other: Option<&Ages>| {
            let cases = (tomorrow(Side::Old, one, old), tomorrow(Side::New, other, new));
            if cases.0.is_some() || cases.1.is_some() {
                all.push([cases.0.unwrap_or_else(|| old.clone()), cases.1.unwrap_or_else(|| new.clone())]);
            }
        };
        let names = self.reader.names;
        for one in first {
            let now = names.field_in_new(one.field);
            both(Some(one), second.iter().find(|other| Some(other.field) == now));
        }
        for other in second.iter().filter(|one| names.field_in_old(one.field).is_none()) {
            both(None, Some(other));
        }
        all
    }

    /// Everything that is due by a moment happens. In the course of a day people may report something in between, where both
    /// have said the same so far.
    fn due(&mut self, node: &Node, by: Timestamp) {
        let [old, new] = &node.cases;
        let ways = [
            self.all_due(Side::Old, old.clone(), by, &|due| due <= by),
            self.all_due(Side::New, new.clone(), by, &|due| due <= by),
        ];
        let [old, new] = &ways;
        let last = old.len() + new.len();
        for (before, (case, said)) in old.iter().enumerate() {
            for (after, (other, its)) in new.iter().enumerate() {
                let both = [said.clone(), its.clone()];
                let all = before + after + 2 == last;
                let between =
                    || !node.midnight && is_alike(&both) && !self.parts_twins(&ways, [before, after]);
                if if all { self.is_same(&both) } else { between() } {
                    self.add(Node { cases: [case.clone(), other.clone()], day: node.day, midnight: false });
                }
            }
        }
    }

    /// Whether a clock has run out in one version, and not in the other one, in which it runs out at the same moment.
    fn parts_twins(&self, [old, new]: &[Way; 2], [before, after]: [usize; 2]) -> bool {
        let next = |way: &Way| {
            let case = way.get(before.min(after)).map(|(case, _)| case.clone());
            case.and_then(|case| Some((*case.next_timer()?, case)))
        };
        let (Some((one, own)), Some((other, its))) = (next(old), next(new)) else { return false };
        let twins = || match (rule_of(&one), rule_of(&other)) {
            (Some(rule), Some(its)) => self.reader.rules_apart(rule, its) == Some((0, 0)),
            (None, None) => self.reader.are_twins((&own, &one), (&its, &other)),
            _ => false,
        };
        before != after && one.due.at == other.due.at && twins()
    }

    /// A case as it is, and after each of its clocks that is due, with all that was said by then.
    fn all_due(&mut self, side: Side, case: Case, now: Timestamp, is_due: &dyn Fn(Timestamp) -> bool) -> Way {
        let mut way = vec![(case, Vec::new())];
        while let Some((case, said)) = way.last() {
            let Some(timer) = case.next_timer().copied().filter(|timer| is_due(timer.due.at)) else { break };
            self.endless |= way.len() > MOST_AT_ONCE;
            let event = Event::TimerDue(timer.id);
            let Ok(done) = step(self.protocol(side), case, &event, now.max(case.touched_at)) else { break };
            if self.endless {
                break;
            }
            let said = said.iter().copied().chain(self.reader.said(side, &done.entries)).collect();
            way.push((done.case, said));
        }
        way
    }

    const fn protocol(&self, side: Side) -> &'a Protocol {
        match side {
            Side::Old => self.reader.old,
            Side::New => self.reader.new,
        }
    }

    fn report(&mut self, before: &[Case; 2], report: &Report, day: Date) {
        let mut cases = before.clone();
        let mut said = [Vec::new(), Vec::new()];
        let events = [&report.old, &report.new];
        let sides = [Side::Old, Side::New];
        for (((case, said), event), side) in cases.iter_mut().zip(&mut said).zip(events).zip(sides) {
            let Some(event) = event else { continue };
            let at = self.noon(day).max(case.touched_at);
            if let Ok(done) = step(self.protocol(side), case, event, at) {
                *said = self.reader.said(side, &done.entries);
                *case = done.case;
            }
        }
        // What waited for the return to a stage is due at once.
        let at = self.noon(day);
        for ((case, said), side) in cases.iter_mut().zip(&mut said).zip(sides) {
            if let Some((after, more)) = self.all_due(side, case.clone(), at, &|due| due < at).pop() {
                *case = after;
                said.extend(more);
            }
        }
        if self.is_same(&said) {
            self.add(Node { cases, day, midnight: false });
        }
    }

    fn is_same(&mut self, said: &[Vec<Said>; 2]) -> bool {
        let [old, new] = said;
        let (mut old, mut new, _) = apart(old, new);
        old.sort_unstable_by_key(|(answer, _)| *answer);
        new.sort_unstable_by_key(|(answer, _)| *answer);
        let same = old.is_empty() && new.is_empty();
        if !same {
            self.found.insert((seen(&old), seen(&new)));
        }
        same
    }

    fn add(&mut self, mut node: Node) {
        let mut known = vec![i64::from(node.midnight)];
        let sides = self.cells.iter().zip(&self.ages).zip([Side::Old, Side::New]);
        for (case, ((cells, ages), side)) in node.cases.iter_mut().zip(sides) {
            case.postponed.sort_by_key(|one| (one.rule, one.about));
            case.postponed.dedup();
            let protocol = match side {
                Side::Old => self.reader.old,
                Side::New => self.reader.new,
            };
            put_off(protocol, ages, case, node.day);
            known.extend(key(protocol, (cells, ages), case, node.day));
            known.push(i64::MIN);
        }
        if self.known.insert(known) {
            self.nodes.push(node);
        }
    }
}

/// Whether both say the same.
fn is_alike([old, new]: &[Vec<Said>; 2]) -> bool {
    let (old, new, _) = apart(old, new);
    old.is_empty() && new.is_empty()
}
