//! What people, agencies and plugins can report about a case at a moment, with every answer that makes a difference.

use std::collections::BTreeSet;
use std::sync::Arc;

use voordeur_engine::{ActionAnswer, Case, Data, Event, Instance};
use voordeur_protocol::{
    Cause, FieldId, Happening, Kind, Obligation, ObligationId, Occurrence, Protocol, Scope, Spec, StageId,
    TriggerId, Value,
};

use crate::cells::{Cells, behind};
use crate::classes::Mark;

/// More ways to answer one report than this are not tried one by one.
const MOST_ANSWERS: usize = 4096;

/// Something that can be reported.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Move {
    pub(crate) event: Event,
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
        for data in answers(protocol, cells, &row.asks, Needed::Today, &matters)? {
            moves.push(Move { event: Event::Reported { trigger, data, by: None }, about: None });
        }
    }
    Ok(moves)
}

fn read_by_branches(protocol: &Protocol, trigger: TriggerId) -> BTreeSet<FieldId> {
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

/// Everything that can be reported about a running case.
pub(crate) fn moves(protocol: &Protocol, cells: &Cells, case: &Case) -> Result<Vec<Move>, TooManyAnswers> {
    let mut all = Vec::new();
    let mut seen: BTreeSet<ObligationId> = BTreeSet::new();
    for instance in &case.open {
        let obligation = instance.opening(protocol).obligation;
        // A report is about the one that was opened first.
        if seen.insert(obligation) {
            about(protocol, cells, case, instance, obligation, &mut all)?;
        }
    }
    let stage = case.stay.as_ref().map(|stay| stay.stage);
    for (event, row) in protocol.events.iter().filter(|(event, _)| is_answered(protocol, stage, *event)) {
        for data in answers(protocol, cells, &row.asks, Needed::Always, &|field| is_live(case, cells, field))?
        {
            all.push(Move {
                event: Event::Occurred { what: Occurrence::Event(event), data, by: None },
                about: None,
            });
        }
    }
    for row in &protocol.deviations {
        if row.scope == Scope::Always || stage.is_some_and(|stage| row.scope == Scope::Stage(stage)) {
            let event = Event::Deviated { what: row.what, because: Arc::from("…"), by: Some(row.who) };
            all.push(Move { event, about: None });
        }
    }
    Ok(all)
}

fn is_live(case: &Case, cells: &Cells, field: FieldId) -> bool {
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

fn about(
    protocol: &Protocol,
    cells: &Cells,
    case: &Case,
    instance: &Instance,
    obligation: ObligationId,
    all: &mut Vec<Move>,
) -> Result<(), TooManyAnswers> {
    let row = protocol.obligations.row(obligation);
    let lifecycle = row.kind.lifecycle();
    let possible = |on: Happening| lifecycle.next(instance.state, on).is_some();
    let live = |field: FieldId| is_live(case, cells, field);
    match &row.spec {
        Spec::Action(action) => {
            for data in answers(protocol, cells, &action.returns, Needed::Always, &live)? {
                plugin(all, instance, obligation, ActionAnswer::Returned(data));
            }
            plugin(all, instance, obligation, ActionAnswer::Failed { wait: None });
            plugin(all, instance, obligation, ActionAnswer::GaveUp);
        }
        Spec::Sub(_) => {
            for outcome in 0..row.named.len() {
                if let Ok(outcome) = u8::try_from(outcome) {
                    let event = Event::ChildEnded { serial: instance.serial, outcome };
                    all.push(Move { event, about: Some(obligation) });
                }
            }
        }
        _ => {
            let offered = lifecycle.state(instance.state).name == "offered";
            for on in reported(row).filter(|on| possible(*on) && is_meant(row, *on, offered)) {
                let needed = needs_answers(row.kind, on);
                for data in answers(protocol, cells, &row.asks, needed, &live)? {
                    let what = Occurrence::Obligation(obligation, on);
                    all.push(Move {
                        event: Event::Occurred { what, data, by: None },
                        about: Some(obligation),
                    });
                }
            }
        }
    }
    Ok(())
}

fn plugin(all: &mut Vec<Move>, instance: &Instance, obligation: ObligationId, answer: ActionAnswer) {
    let event = Event::ActionAnswered { serial: instance.serial, answer };
    all.push(Move { event, about: Some(obligation) });
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

/// Whether a report has to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needed {
    No,
    Always,
    /// It is, and what is answered may be about today.
    Today,
}

const fn needs_answers(kind: Kind, on: Happening) -> Needed {
    match on {
        Happening::Done | Happening::Returned => Needed::Always,
        Happening::Named(_) if matches!(kind, Kind::Question) => Needed::Always,
        _ => Needed::No,
    }
}

/// Every way to answer what is asked, as far as it makes a difference. Without need nothing is answered: whoever
/// answers all the same could have done so at another moment.
fn answers(
    protocol: &Protocol,
    cells: &Cells,
    asks: &[FieldId],
    needed: Needed,
    matters: &impl Fn(FieldId) -> bool,
) -> Result<Vec<Data>, TooManyAnswers> {
    let mut all: Vec<Data> = vec![Vec::new()];
    for field in asks.iter().filter(|_| needed != Needed::No) {
        let values = cells.values(*field);
        let values = if matters(*field) { values } else { values.get(..1).unwrap_or_default() };
        let today = cells.values_of_today(*field).filter(|_| needed == Needed::Today && matters(*field));
        let values: Vec<&Value> = values.iter().chain(today).collect();
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
