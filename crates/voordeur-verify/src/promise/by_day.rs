//! Whether a promise is broken, found by going through all cases day by day on the engine itself: slow and simple. The
//! search is held against it on random pathways.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use voordeur_calendar::{Length, Regime, Unit};
use voordeur_diagnostics::Span;
use voordeur_engine::{Case, Entry, Event, step};
use voordeur_protocol::guard::Expr;
use voordeur_protocol::{Happening, Id as _, ObligationId, Protocol, StageId, unchecked};

use super::model::{Deed, Ending, Form, Start, Statement};
use super::observer::turn;
use super::sight::Sight;
use super::together::together;
use super::verdict::Verdict;
use crate::ages::{Ages, ages};
use crate::birthdays::{birthday_tomorrow, put_off};
use crate::cells::{Cells, TODAY};
use crate::explore::{Budget, Search};
use crate::inert::Watched;
use crate::moves::{moves, reports};
use crate::naive::key;
use crate::observe::{Clock, Nobody, Term};

#[path = "../../tests/random/mod.rs"]
pub(super) mod random;

#[path = "../../tests/acting/mod.rs"]
mod acting;

/// So much is looked at for each promise; what takes more is left undecided.
const BUDGET: Budget = Budget { states: 20_000 };

/// A case on a day, with what the machine remembers of it.
#[derive(Debug, Clone)]
struct Node {
    case: Case,
    day: Date,
    midnight: bool,
    state: u32,
    due: Option<Timestamp>,
}

struct ByDay<'a> {
    protocol: &'a Protocol,
    form: &'a Form,
    cells: Cells,
    ages: Vec<Ages>,
    nodes: Vec<Node>,
    known: BTreeSet<Vec<i64>>,
    broken: bool,
}

/// Whether some case breaks it; `None` when there are more cases than so many.
fn is_broken(protocol: &Protocol, form: &Form, most: usize) -> Option<bool> {
    let cells = Cells::of(protocol);
    let (ages, nodes, known) = (ages(protocol), Vec::new(), BTreeSet::new());
    let mut all = ByDay { protocol, form, cells, ages, nodes, known, broken: false };
    let first = Node { case: Case::default(), day: TODAY, midnight: false, state: 0, due: None };
    for one in reports(protocol, &all.cells).ok()? {
        all.step(&first, &one.event, all.noon(TODAY));
    }
    let mut at = 0;
    while let Some(node) = all.nodes.get(at).cloned() {
        if all.nodes.len() > most {
            return None;
        }
        if all.broken {
            return Some(true);
        }
        all.expand(&node)?;
        at += 1;
    }
    Some(all.broken)
}

impl ByDay<'_> {
    fn noon(&self, day: Date) -> Timestamp {
        self.protocol.calendar.resolve(day.at(10, 0, 0, 0)).expect("a moment")
    }

    fn expand(&mut self, node: &Node) -> Option<()> {
        if !node.case.is_running() {
            return Some(());
        }
        let next = |at: Timestamp| node.case.next_timer().filter(|timer| timer.due.at <= at);
        if node.midnight {
            let midnight = self.protocol.calendar.start_of_day(node.day);
            match next(midnight) {
                Some(timer) => self.step_at(node, &Event::TimerDue(timer.id), midnight, true),
                // What the engine does at this midnight comes first.
                None if node.due.is_some_and(|due| due <= midnight) => self.broken = true,
                None => self.add(Node { midnight: false, ..node.clone() }),
            }
            return Some(());
        }
        let noon = self.noon(node.day);
        let late = node.case.next_timer().is_some_and(|timer| timer.due.at < noon);
        for one in moves(self.protocol, &self.cells, &node.case).ok()?.into_iter().filter(|_| !late) {
            self.step(node, &one.event, noon);
        }
        match next(noon) {
            Some(timer) => self.step(node, &Event::TimerDue(timer.id), noon),
            None => {
                let day = node.day.tomorrow().ok()?;
                for ages in self.ages.clone() {
                    if let Some(case) = birthday_tomorrow(self.protocol, &ages, &node.case, node.day) {
                        self.add(Node { case, day, midnight: true, ..*node });
                    }
                }
                self.add(Node { day, midnight: true, ..node.clone() });
            }
        }
        Some(())
    }

    fn step(&mut self, node: &Node, event: &Event, at: Timestamp) {
        self.step_at(node, event, at.max(node.case.touched_at), false);
    }

    fn step_at(&mut self, node: &Node, event: &Event, at: Timestamp, midnight: bool) {
        let Ok(done) = step(self.protocol, &node.case, event, at) else { return };
        let (before, after, entries): (&Case, &Case, &[Entry]) = (&node.case, &done.case, &done.entries);
        let sight = Sight { protocol: self.protocol, before, after, entries, today: node.day };
        let turn = turn(self.form, node.state, &sight);
        self.broken |= turn.broken;
        let due = match turn.clock {
            Clock::Keep => node.due,
            Clock::Off => None,
            Clock::Start(term) => Some(self.protocol.calendar.deadline(at, term.length, term.regime).at),
        };
        self.add(Node { case: done.case, day: node.day, midnight, state: turn.state, due });
    }

    fn add(&mut self, mut node: Node) {
        node.case.postponed.sort_by_key(|one| (one.rule, one.about));
        node.case.postponed.dedup();
        put_off(self.protocol, &self.ages, &mut node.case, node.day);
        let mut known = key(self.protocol, (&self.cells, &self.ages), &node.case, node.day);
        let due = node.due.map(|due| self.protocol.calendar.local(due).date());
        let days = due.map_or(-1, |due| self.protocol.calendar.days_between(node.day, due));
        known.extend([i64::from(node.midnight), i64::from(node.state), days]);
        if self.known.insert(known) {
            self.nodes.push(node);
        }
    }
}

/// The pathway of a seed; one in three opens something on the way of which is only told.
fn opening(text: String, seed: u64) -> String {
    let (first, second) = (1 + seed % 4, 1 + seed % 3);
    let told = "on i0 done notify house  on i0 overdue notify house";
    let (rule, escalation) = match seed % 9 {
        2 => (format!("after {first} days task i0 by worker within {second} days"), String::new()),
        5 => (format!("every {} days task i0 by worker within 1 day", first + 1), String::new()),
        8 => (
            format!("after {second} days escalate late"),
            format!(
                "  escalation late {{ at once notify house  after {second} days task i0 by worker within 2 days }}\n"
            ),
        ),
        _ => return text,
    };
    let stage = format!("{rule}\n    {told}\n");
    let at = text.find("  stage s0").and_then(|at| Some(at + text.get(at..)?.find("{\n")? + 2));
    let Some((before, after)) = at.and_then(|at| text.split_at_checked(at)) else { return text };
    format!("{before}    {stage}{after}")
        .replace("  end good success", &format!("{escalation}  end good success"))
}

/// Statements about what a pathway has, chosen by a number.
fn forms(protocol: &Protocol, seed: u64) -> Vec<Form> {
    let obligations: Vec<ObligationId> = protocol.obligations.iter().map(|(id, _)| id).collect();
    let pick =
        |n: u64| obligations.get(usize::try_from((seed / 7 + n) % obligations.len() as u64).ok()?).copied();
    let (Some(one), Some(other)) = (pick(0), pick(seed / 3)) else { return Vec::new() };
    let happens = |of: ObligationId, n: u64| {
        let lifecycle = protocol.obligations.row(of).kind.lifecycle();
        let known: Vec<Happening> =
            Happening::all().filter(|on| lifecycle.knows(*on) && *on != Happening::Cancelled).collect();
        known.get(usize::try_from(n).unwrap_or(0) % known.len()).copied().unwrap_or(Happening::Done)
    };
    let length = Length::new(1 + u32::try_from(seed % 9).unwrap_or(0), Unit::Days);
    let term = Term { length, regime: Regime::OwnNorm };
    let outcomes = vec![happens(one, seed), happens(one, seed / 5 + 1)];
    let deeds: Vec<Deed> = outcomes.iter().map(|on| Deed::Happened(one, *on)).collect();
    let stage = protocol.stages.iter().map(|(id, _)| id).nth(usize::try_from(seed % 2).unwrap_or(0));
    let stage = stage.unwrap_or(StageId::from_index(0));
    let when = Expr::True;
    vec![
        Form::Response { of: one, outcomes, term, when: when.clone() },
        Form::Existence { deeds: deeds.clone(), from: Start::Report, term, when: when.clone() },
        Form::Existence {
            deeds: deeds.clone(),
            from: Start::Deed(Deed::Opened(other)),
            term,
            when: when.clone(),
        },
        Form::Recurrence { stage, deeds: deeds.clone(), term },
        Form::Before { ending: Ending::Closed, deeds: deeds.clone(), when: when.clone() },
        Form::While { ending: Ending::Closed, open: one, when },
        Form::Absence { never: deeds.clone(), after: vec![Deed::Opened(other)] },
        Form::Absence { never: vec![Deed::Opened(other)], after: deeds.clone() },
        Form::Before { ending: Ending::Closed, deeds: vec![Deed::Opened(one)], when: Expr::True },
        Form::Bounded { most: 1, counted: vec![Deed::Opened(other)], anew: None, before: Vec::new() },
        Form::Bounded { most: 1, counted: deeds, anew: None, before: Vec::new() },
        Form::NeverTwo(if one == other { vec![one] } else { vec![one, other] }),
    ]
}

/// Both find the same promises broken; what the search cannot show with dates it leaves undecided.
#[test]
fn the_search_and_the_days_agree() {
    let opening = (0..600).map(|seed| (seed, opening(random::pathway(seed), seed)));
    let acting = (0..90).filter_map(|seed| Some((seed, acting::acted(seed)?)));
    let texts: Vec<(u64, String)> = opening.chain(acting).collect();
    let (even, odd): (Vec<_>, Vec<_>) = texts.into_iter().partition(|(seed, _)| seed % 4 / 2 == 0);
    let half = |texts: Vec<(u64, String)>| move || agreed(texts);
    let halves = [even, odd].map(|texts| std::thread::spawn(half(texts)));
    let counts = halves.map(|half| half.join().expect("both agree"));
    let [compared, broken, kept, undecided] =
        [0, 1, 2, 3].map(|what| counts.iter().filter_map(|count| count.get(what)).sum::<u32>());
    assert!(broken > 500 && kept > 500, "{compared} compared: {broken} broken, {kept} kept");
    assert!(undecided * 100 < compared, "{undecided} of {compared} undecided");
}

/// How many promises of these pathways were compared, and how many of them are broken, kept and undecided.
fn agreed(texts: Vec<(u64, String)>) -> [u32; 4] {
    let (mut compared, mut broken, mut kept, mut undecided) = (0, 0, 0, 0);
    for (seed, text) in texts {
        let Some(protocol) = unchecked(&text).into_iter().next() else { continue };
        let all = forms(&protocol, seed);
        let statement = |form: &Form| Statement {
            text: String::new(),
            span: Span::default(),
            world: protocol.clone(),
            forms: vec![form.clone()],
        };
        // As a promise with all of them, which share what they can.
        let statements: Vec<Statement> = all.iter().map(statement).collect();
        // Half of them beside the search that looks for everything else.
        let mut search = Search::new(&protocol, BUDGET, &Watched::default()).with_deadline(true);
        search.run_keeping_steps(&mut Nobody);
        let beside = (seed % 2 == 0).then_some(&mut search);
        let shared = together(&statements, beside, BUDGET, false);
        for (form, shared) in all.into_iter().zip(shared) {
            let Some(naive) = is_broken(&protocol, &form, 250) else { continue };
            let (verdict, _) = shared.into_iter().next().flatten().expect("it has no condition");
            compared += 1;
            match verdict {
                Verdict::Broken(..) => broken += 1,
                Verdict::Undecided(_) => undecided += 1,
                _ => kept += 1,
            }
            let agrees = match verdict {
                Verdict::Broken(..) => naive,
                Verdict::Undecided(_) => true,
                _ => !naive,
            };
            assert!(agrees, "seed {seed}, naive: {naive}, {verdict:?}\n{form:?}\n{text}");
        }
    }
    [compared, broken, kept, undecided]
}
