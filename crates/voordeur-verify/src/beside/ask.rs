//! What can be reported to both versions at once, with every answer that makes a difference in one of them.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use voordeur_engine::{ActionAnswer, Case, Data, Event};
use voordeur_protocol::guard::Expr;
use voordeur_protocol::{Cause, EventId, FieldId, Protocol, Rule, Scope, Value};

use super::names::{Names, event_in_new, translated};
use crate::cells::{Cells, each_condition};
use crate::classes::Mark;
use crate::moves::{Asked, MOST_ANSWERS, TooManyAnswers, answered, is_live, possible, read_by_branches};

/// Something that is reported to both; `None` for a version that does not know it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Report {
    pub(crate) old: Option<Rc<Event>>,
    pub(crate) new: Option<Rc<Event>>,
}

/// What is answered with it.
pub(super) fn data_of(event: &mut Rc<Event>) -> Option<&mut Data> {
    match Rc::make_mut(event) {
        Event::Reported { data, .. }
        | Event::Occurred { data, .. }
        | Event::ActionAnswered { answer: ActionAnswer::Returned(data), .. } => Some(data),
        _ => None,
    }
}

/// What both versions know of what can be told apart.
pub(crate) struct Asking<'a> {
    /// The answers that were worked out already, where they are kept.
    pub(crate) known: Option<&'a Known>,
    pub(crate) names: &'a Names,
    pub(crate) old: (&'a Protocol, &'a Cells),
    pub(crate) new: (&'a Protocol, &'a Cells),
}

/// What is asked, as it is called in both versions, and whether one of them reads it; and whether what is so on one day alone counts.
type Question = (Vec<(Option<FieldId>, Option<FieldId>, bool)>, bool);

/// The answers to what is asked: the same in every situation in which the same of it is read.
pub(crate) type Known = RefCell<FxHashMap<Question, Rc<[(Data, Data)]>>>;

/// Values of a field that stand for all others: in the old version, and the same in the new one.
pub(super) type Values = Vec<(Option<Value>, Option<Value>)>;

impl Asking<'_> {
    const fn types(&self) -> (&Protocol, &Protocol) {
        (self.old.0, self.new.0)
    }

    /// Every report through a trigger.
    pub(crate) fn triggers(&self) -> Result<Vec<Report>, TooManyAnswers> {
        let (old, new) = self.types();
        let all = |protocol: &Protocol| -> Vec<Asked> {
            let rows = protocol.triggers.iter();
            let asked = rows.map(|(trigger, row)| Asked {
                event: Event::Reported { trigger, data: Data::new(), by: None },
                about: None,
                asks: row.asks.clone(),
            });
            asked.collect()
        };
        let read = |protocol: &Protocol, cells: &Cells, field: FieldId| {
            let mut stages = protocol.stages.iter();
            protocol.triggers.iter().any(|(id, _)| read_by_branches(protocol, id).contains(&field))
                || stages.any(|(stage, _)| cells.is_live(stage, field))
        };
        let matters_old = |field| read(old, self.old.1, field);
        let matters_new = |field| read(new, self.new.1, field);
        let empty = Case::default();
        self.of((all(old), all(new)), (&empty, &empty), (&matters_old, &matters_new), true)
    }

    /// Everything that can be reported about a case, as it is in both versions.
    pub(crate) fn reports(&self, old: &Case, new: &Case) -> Result<Vec<Report>, TooManyAnswers> {
        let possible = |(protocol, cells), case: &Case| {
            if case.is_running() { possible(protocol, cells, case) } else { Vec::new() }
        };
        let all = (possible(self.old, old), possible(self.new, new));
        let matters_old = |field| is_live(old, self.old.1, field);
        let matters_new = |field| is_live(new, self.new.1, field);
        self.of(all, (old, new), (&matters_old, &matters_new), false)
    }

    fn of(
        &self,
        (old, new): (Vec<Asked>, Vec<Asked>),
        cases: (&Case, &Case),
        matters: (&dyn Fn(FieldId) -> bool, &dyn Fn(FieldId) -> bool),
        today: bool,
    ) -> Result<Vec<Report>, TooManyAnswers> {
        let mut reports = Vec::new();
        let mut met = vec![false; new.len()];
        for one in &old {
            let there = event_in_new(self.names, self.types(), cases, &one.event, no_answers(&one.event));
            let at =
                there.as_ref().and_then(|there| new.iter().position(|other| is_same(&other.event, there)));
            if let Some(slot) = at.and_then(|at| met.get_mut(at)) {
                *slot = true;
            }
            let other = at.and_then(|at| new.get(at));
            // Who may depart from the protocol is declared, and compared there.
            let departs = |other: &Asked| matches!(other.event, Event::Deviated { .. });
            let there = other.filter(|other| departs(other)).map(|other| other.event.clone()).or(there);
            let asks = (one.asks.as_slice(), other.map_or(&[][..], |other| other.asks.as_slice()));
            for (before, after) in self.answers(asks, matters, today)?.iter() {
                reports.push(Report {
                    old: Some(Rc::new(answered(&one.event, before.clone()))),
                    new: there.as_ref().map(|there| Rc::new(answered(there, after.clone()))),
                });
            }
        }
        for other in new.iter().zip(&met).filter(|(_, met)| !**met).map(|(other, _)| other) {
            for (_, after) in self.answers((&[], &other.asks), matters, today)?.iter() {
                let report = Report { old: None, new: Some(Rc::new(answered(&other.event, after.clone()))) };
                if !reports.contains(&report) {
                    reports.push(report);
                }
            }
        }
        Ok(reports)
    }

    /// Every way to answer what is asked in either version, as far as it makes a difference in one of them; with `today` also
    /// what is so on that day alone.
    fn answers(
        &self,
        asks: (&[FieldId], &[FieldId]),
        matters: (&dyn Fn(FieldId) -> bool, &dyn Fn(FieldId) -> bool),
        today: bool,
    ) -> Result<Rc<[(Data, Data)]>, TooManyAnswers> {
        let asked = self
            .asked(asks.0, asks.1)
            .into_iter()
            .map(|(there, here)| (there, here, there.is_some_and(matters.0) || here.is_some_and(matters.1)));
        let question = (asked.collect(), today);
        if let Some(known) = self.known.and_then(|known| known.borrow().get(&question).cloned()) {
            return Ok(known);
        }
        let all: Rc<[(Data, Data)]> = self.worked_out(&question, asks)?.into();
        if let Some(known) = self.known {
            known.borrow_mut().insert(question, Rc::clone(&all));
        }
        Ok(all)
    }

    fn worked_out(
        &self,
        (asked, today): &Question,
        (old, new): (&[FieldId], &[FieldId]),
    ) -> Result<Vec<(Data, Data)>, TooManyAnswers> {
        let mut all: Vec<(Data, Data)> = vec![(Data::new(), Data::new())];
        for (there, here, read) in asked.iter().copied() {
            let mut values = self.values(there, here);
            values.truncate(if read { usize::MAX } else { 1 });
            if *today && read {
                values.extend(self.values_of_today(there, here));
            }
            let optional = |(protocol, _): (&Protocol, &Cells), field: Option<FieldId>| {
                field.is_none_or(|field| protocol.fields.row(field).optional)
            };
            if optional(self.old, there) && optional(self.new, here) {
                values.push((None, None));
            }
            let mut wider = Vec::with_capacity(all.len() * values.len());
            for given in &all {
                wider.extend(values.iter().map(|(before, after)| {
                    let mut given = given.clone();
                    given.0.extend(there.zip(before.clone()));
                    given.1.extend(here.zip(after.clone()));
                    given
                }));
            }
            if wider.len() > MOST_ANSWERS {
                return Err(TooManyAnswers);
            }
            all = wider;
        }
        let mut seen: Vec<(Vec<Mark>, Vec<Mark>)> = Vec::new();
        all.retain(|(before, after)| {
            let marks = (self.old.1.classes.marks(old, before), self.new.1.classes.marks(new, after));
            let is_new = !seen.contains(&marks);
            if is_new {
                seen.push(marks);
            }
            is_new
        });
        Ok(all)
    }

    /// The fields that are asked, each as it is called in either version.
    pub(super) fn asked(&self, old: &[FieldId], new: &[FieldId]) -> Vec<(Option<FieldId>, Option<FieldId>)> {
        let there = old.iter().map(|field| {
            let here = self.names.field_in_new(*field).filter(|here| new.contains(here));
            (Some(*field), here)
        });
        let only_new = new
            .iter()
            .filter(|field| self.names.field_in_old(**field).is_none_or(|there| !old.contains(&there)));
        there.chain(only_new.map(|field| (None, Some(*field)))).collect()
    }

    /// Days of birth of which a birthday is today.
    fn values_of_today(&self, there: Option<FieldId>, here: Option<FieldId>) -> Values {
        let all = |cells: &Cells, field: Option<FieldId>| -> Vec<Value> {
            field
                .into_iter()
                .flat_map(|field| cells.values_of_today(field).cloned().collect::<Vec<_>>())
                .collect()
        };
        let mut born = all(self.old.1, there);
        born.extend(all(self.new.1, here).into_iter().filter(|one| !born.contains(one)).collect::<Vec<_>>());
        let side = |field: Option<FieldId>, one: &Value| field.map(|_| one.clone());
        born.iter().map(|one| (side(there, one), side(here, one))).collect()
    }

    /// The values that stand for all others, where both versions have them.
    pub(super) fn values(&self, there: Option<FieldId>, here: Option<FieldId>) -> Values {
        let (old, new) = self.types();
        match (there, here) {
            (Some(there), None) => {
                self.old.1.values(there).iter().map(|one| (Some(one.clone()), None)).collect()
            }
            (None, Some(here)) => {
                self.new.1.values(here).iter().map(|one| (None, Some(one.clone()))).collect()
            }
            (Some(there), Some(here)) => {
                let (from, to) = (&old.fields.row(there).ty, &new.fields.row(here).ty);
                let mut values = Values::new();
                for value in self.old.1.values(there) {
                    values.extend(translated(from, to, value).map(|same| (Some(value.clone()), Some(same))));
                }
                for value in self.new.1.values(here) {
                    let same = translated(to, from, value).map(|same| (Some(same), Some(value.clone())));
                    values.extend(same.filter(|same| !values.contains(same)));
                }
                values
            }
            (None, None) => Values::new(),
        }
    }
}

fn no_answers(event: &Event) -> Data {
    match event {
        Event::Reported { data, .. } | Event::Occurred { data, .. } => data.clone(),
        Event::ActionAnswered { answer: ActionAnswer::Returned(data), .. } => data.clone(),
        _ => Data::new(),
    }
}

/// Whether two events are the same but for who reports them.
fn is_same(one: &Event, other: &Event) -> bool {
    match (one, other) {
        (Event::Deviated { what, .. }, Event::Deviated { what: same, .. }) => what == same,
        _ => one == other,
    }
}

/// A pathway with the conditions of another one beside its own, in rules that no event sets off: what either tells apart
/// is then told apart.
pub(crate) fn with_conditions_of(
    own: &Protocol,
    other: &Protocol,
    translate: &dyn Fn(&Expr) -> Vec<Expr>,
) -> Protocol {
    let mut both = own.clone();
    let mut guards: Vec<Expr> = Vec::new();
    each_condition(other, &mut |_, guard| {
        for guard in translate(guard) {
            if guard != Expr::True && !guards.contains(&guard) {
                guards.push(guard);
            }
        }
    });
    for guard in guards {
        both.rules.push(Rule {
            scope: Scope::Always,
            cause: Cause::Event(EventId::NEVER),
            guard,
            otherwise: false,
            nth: None,
            effects: Vec::new(),
            target: None,
            line: 0,
            text: String::new(),
        });
    }
    both
}

/// The parts of a condition that compare a field with something.
pub(crate) fn atoms(guard: &Expr) -> Vec<Expr> {
    let mut atoms = Vec::new();
    guard.walk(&mut |part| {
        if matches!(part, Expr::Range { .. } | Expr::In { .. } | Expr::Known(_)) {
            atoms.push(part.clone());
        }
    });
    atoms
}

/// The values of each field that stand for all others in both versions.
pub(crate) fn joint_values(
    own: &Protocol,
    other: &Protocol,
    translate: &dyn Fn(&Expr) -> Option<Expr>,
) -> Vec<Vec<Value>> {
    let translate = |guard: &Expr| atoms(guard).iter().filter_map(translate).collect();
    let both = with_conditions_of(own, other, &translate);
    let (alone, together) = (Cells::of(own), Cells::of(&both));
    let fields = own.fields.iter().map(|(field, _)| {
        let mut values = together.values(field).to_vec();
        for value in alone.values(field) {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
        values
    });
    fields.collect()
}
