//! What people, agencies and plugins can report about a case at a moment, with every answer that makes a difference.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use voordeur_engine::{ActionAnswer, Case, Data, Event, Instance};
use voordeur_protocol::{
    Cause, FieldId, Happening, Kind, Obligation, ObligationId, Occurrence, Protocol, Scope, Spec, StageId,
    TriggerId, Value,
};

use crate::cells::{Cells, behind};
use crate::classes::Mark;

/// More ways to answer one report than this are not tried one by one.
pub(crate) const MOST_ANSWERS: usize = 4096;

/// Something that can be reported.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Move {
    pub(crate) event: Rc<Event>,
    /// The obligation that it is about.
    pub(crate) about: Option<ObligationId>,
}

/// Why not every way was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooManyAnswers;

/// Every report through a trigger.
pub(crate) fn reports(protocol: &Protocol, cells: &Cells) -> Result<Vec<Move>, TooManyAnswers> {
    let mut moves = Vec::new();
    for (trigger, row) in protocol.triggers.iter() {
        // What the branches read matters here, what the stages read matters after it.
        let stages: Vec<StageId> = protocol.stages.iter().map(|(id, _)| id).collect();
        let read = read_by_branches(protocol, trigger);
        let matters =
            |field: FieldId| read.contains(&field) || stages.iter().any(|s| cells.is_live(*s, field));
        for data in answers(protocol, cells, &row.asks, true, &matters)? {
            let event = Rc::new(Event::Reported { trigger, data, by: None });
            moves.push(Move { event, about: None });
        }
    }
    Ok(moves)
}

/// The fields that decide where a report through a trigger leads.
pub(crate) fn read_by_branches(protocol: &Protocol, trigger: TriggerId) -> BTreeSet<FieldId> {
    use voordeur_protocol::guard::Expr;
    let mut read = BTreeSet::new();
    for branch in &protocol.triggers.row(trigger).branches {
        branch.guard.walk(&mut |part| {
            if let Expr::Range { field, .. } | Expr::In { field, .. } | Expr::Known(field) = part {
                read.insert(*field);
                if let Some(of) = behind(protocol, *field) {
                    read.insert(of);
                }
            }
        });
    }
    read
}

/// Something that can be reported, before anything is answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) event: Event,
    /// The obligation that it is about.
    pub(crate) about: Option<ObligationId>,
    /// The fields that are asked with it.
    pub(crate) asks: Vec<FieldId>,
}

impl Asked {
    fn new(event: Event, about: Option<ObligationId>, asks: &[FieldId]) -> Self {
        Self { event, about, asks: asks.to_vec() }
    }
}

/// The event with these answers.
pub(crate) fn answered(event: &Event, answers: Data) -> Event {
    let mut event = event.clone();
    match &mut event {
        Event::Reported { data, .. } | Event::Occurred { data, .. } => *data = answers,
        Event::ActionAnswered { answer: ActionAnswer::Returned(data), .. } => *data = answers,
        _ => {}
    }
    event
}

/// Everything that can be reported about a running case.
pub(crate) fn moves(protocol: &Protocol, cells: &Cells, case: &Case) -> Result<Vec<Move>, TooManyAnswers> {
    moves_with(protocol, cells, case, &mut Answers::default())
}

/// The same; the ways to answer are worked out once.
pub(crate) fn moves_with(
    protocol: &Protocol,
    cells: &Cells,
    case: &Case,
    answers: &mut Answers,
) -> Result<Vec<Move>, TooManyAnswers> {
    let mut all = Vec::new();
    for Asked { event, about, asks } in possible(protocol, cells, case) {
        if asks.is_empty() {
            all.push(Move { event: Rc::new(event), about });
            continue;
        }
        let live = asks.iter().map(|field| is_live(case, cells, *field)).collect();
        for data in answers.of(protocol, cells, asks, live)?.iter() {
            all.push(Move { event: Rc::new(answered(&event, data.clone())), about });
        }
    }
    Ok(all)
}

/// Fields that are asked, and which of them a condition can still read.
type Read = (Vec<FieldId>, Vec<bool>);

/// The ways to answer that were worked out before.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    known: FxHashMap<Read, Rc<[Data]>>,
}

impl Answers {
    fn of(
        &mut self,
        protocol: &Protocol,
        cells: &Cells,
        asks: Vec<FieldId>,
        live: Vec<bool>,
    ) -> Result<Rc<[Data]>, TooManyAnswers> {
        let key = (asks, live);
        if let Some(known) = self.known.get(&key) {
            return Ok(Rc::clone(known));
        }
        let (asks, live) = &key;
        let matters = |field: FieldId| asks.iter().zip(live).any(|(own, live)| *own == field && *live);
        let all: Rc<[Data]> = answers(protocol, cells, asks, false, &matters)?.into();
        self.known.insert(key, Rc::clone(&all));
        Ok(all)
    }
}

/// The same before anything is answered.
pub(crate) fn possible(protocol: &Protocol, cells: &Cells, case: &Case) -> Vec<Asked> {
    let mut all = Vec::new();
    let mut seen: BTreeSet<ObligationId> = BTreeSet::new();
    for instance in &case.open {
        let obligation = instance.opening(protocol).obligation;
        // A report is about the one that was opened first.
        if seen.insert(obligation) {
            about(protocol, cells, instance, &mut all);
        }
    }
    let stage = case.stay.as_ref().map(|stay| stay.stage);
    for (event, row) in protocol.events.iter().filter(|(event, _)| is_answered(protocol, stage, *event)) {
        let event = Event::Occurred { what: Occurrence::Event(event), data: Data::new(), by: None };
        all.push(Asked::new(event, None, &row.asks));
    }
    for row in &protocol.deviations {
        if stage.map_or(row.scope == Scope::Always, |stage| row.scope.covers(stage)) {
            let event = Event::Deviated { what: row.what, because: Arc::from("…"), by: Some(row.who) };
            all.push(Asked::new(event, None, &[]));
        }
    }
    all
}

/// Whether a condition can still read the field, for a case.
pub(crate) fn is_live(case: &Case, cells: &Cells, field: FieldId) -> bool {
    let stays = case.stay.iter().chain(&case.suspended);
    stays.into_iter().any(|stay| cells.is_live(stay.stage, field))
}

/// Whether a rule here answers an event; without one it is refused and changes nothing.
fn is_answered(protocol: &Protocol, stage: Option<StageId>, event: voordeur_protocol::EventId) -> bool {
    protocol.events.row(event).is_counted
        || protocol.rules.rows().any(|rule| {
            rule.cause == Cause::Event(event)
                && match rule.scope {
                    Scope::Always => true,
                    Scope::Stage(of) => stage == Some(of),
                }
        })
}

fn about(protocol: &Protocol, cells: &Cells, instance: &Instance, all: &mut Vec<Asked>) {
    let obligation = instance.opening(protocol).obligation;
    let row = protocol.obligations.row(obligation);
    let lifecycle = row.kind.lifecycle();
    let possible = |on: Happening| lifecycle.next(instance.state, on).is_some();
    let mut add = |event, asks: &[FieldId]| all.push(Asked::new(event, Some(obligation), asks));
    match &row.spec {
        Spec::Action(action) => {
            let mut plugin = |on, answer, asks: &[FieldId]| {
                if possible(on) {
                    add(Event::ActionAnswered { serial: instance.serial, answer }, asks);
                }
            };
            plugin(Happening::Returned, ActionAnswer::Returned(Data::new()), &action.returns);
            plugin(Happening::Failed, ActionAnswer::Failed { wait: None }, &[]);
            plugin(Happening::GaveUp, ActionAnswer::GaveUp, &[]);
            if cells.begun.contains(&obligation) {
                plugin(Happening::Begun, ActionAnswer::Begun, &[]);
            }
            // Those who have looked at it have it called again, also before the next try.
            if possible(Happening::Retried) {
                let what = Occurrence::Obligation(obligation, Happening::Retried);
                add(Event::Occurred { what, data: Data::new(), by: None }, &[]);
            }
        }
        Spec::Sub(_) => {
            for outcome in (0..row.named.len()).filter_map(|outcome| u8::try_from(outcome).ok()) {
                add(Event::ChildEnded { serial: instance.serial, outcome }, &[]);
            }
        }
        _ => {
            let offered = instance.is_offered(protocol);
            for on in reported(row).filter(|on| possible(*on) && is_meant(row, *on, offered)) {
                let what = Occurrence::Obligation(obligation, on);
                // Whoever answers without need could have done so at another moment.
                let asks = if needs_answers(row.kind, on) { row.asks.as_slice() } else { &[] };
                add(Event::Occurred { what, data: Data::new(), by: None }, asks);
            }
        }
    }
}

fn reported(row: &Obligation) -> impl Iterator<Item = Happening> {
    let named = (0..row.named.len()).filter_map(|index| u8::try_from(index).ok()).map(Happening::Named);
    Happening::all().filter(|on| on.is_reported()).chain(named)
}

/// Whether the engine would not refuse it as something that the pathway does not know.
fn is_meant(row: &Obligation, on: Happening, offered: bool) -> bool {
    match on {
        Happening::Waived => offered,
        _ => row.is_foreseen(on),
    }
}

const fn needs_answers(kind: Kind, on: Happening) -> bool {
    match on {
        Happening::Done | Happening::Returned => true,
        Happening::Named(_) => matches!(kind, Kind::Question),
        _ => false,
    }
}

/// Every way to answer what is asked, as far as it makes a difference; with `today` also what is so on that day alone.
fn answers(
    protocol: &Protocol,
    cells: &Cells,
    asks: &[FieldId],
    today: bool,
    matters: &impl Fn(FieldId) -> bool,
) -> Result<Vec<Data>, TooManyAnswers> {
    let mut all: Vec<Data> = vec![Vec::new()];
    for field in asks {
        let values = cells.values(*field);
        let values = if matters(*field) { values } else { values.get(..1).unwrap_or_default() };
        let of_today = cells.values_of_today(*field).filter(|_| today && matters(*field));
        let values: Vec<&Value> = values.iter().chain(of_today).collect();
        let unknown = protocol.fields.row(*field).optional;
        let mut wider = Vec::with_capacity(all.len() * (values.len() + 1));
        for given in &all {
            wider.extend(values.iter().map(|value| {
                let mut given = given.clone();
                given.push((*field, (*value).clone()));
                given
            }));
            if unknown {
                wider.push(given.clone());
            }
        }
        if wider.len() > MOST_ANSWERS {
            return Err(TooManyAnswers);
        }
        all = wider;
    }
    if all.len() > 1 {
        let mut seen: Vec<Vec<Mark>> = Vec::new();
        all.retain(|given| {
            let marks = cells.classes.marks(asks, given);
            let new = !seen.contains(&marks);
            if new {
                seen.push(marks);
            }
            new
        });
    }
    Ok(all)
}
