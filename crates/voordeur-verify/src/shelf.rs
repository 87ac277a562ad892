//! What comes of an answer: whether anything is ever done because of it, and whether anything goes to whom it is meant for, in the
//! cases that there can be once it was given.
//!
//! An answer is looked at when, in some case and after it was given, somebody gets to see it with what is opened, a clock counts from
//! it, or a rule applies that would not have applied with another answer, and with that other answer something else is done. Two ends
//! of one kind are the same; so are two rules that do the same. Who is asked the same once more has before them what was answered, so
//! that what comes of the later answer comes of the first one too.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use voordeur_engine::Event;
use voordeur_protocol::{EventId, FieldId, ObligationId, Occurrence, PartyId, Protocol, Spec, Value};

use crate::cells::Cells;
use crate::edge::Edge;
use crate::looks::Looks;

mod graph;
mod respond;
mod route;

use self::graph::leading_to;
pub(crate) use self::graph::{Graph, Stepped};
use self::respond::Responds;
pub(crate) use self::respond::follows_from;
use self::route::Reaches;
pub(crate) use self::route::agency;

/// What is answered, and where: with these obligations and events, or with the report of a case.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) field: FieldId,
    with: BTreeSet<ObligationId>,
    on: BTreeSet<EventId>,
}

/// A step on which an answer is given: the state before it, and which of the steps from there; `None` for a report.
pub(crate) type Given = (Option<usize>, usize);

impl Question {
    /// As it is asked while a case runs, or else of whoever reports one.
    pub(crate) fn of(protocol: &Protocol, field: FieldId) -> Self {
        let events = protocol.events.iter().filter(|(_, row)| row.asks.contains(&field));
        let on = events.map(|(id, _)| id).collect();
        // What a plugin gives back nobody was asked.
        let with = asked_by(protocol, field, |spec| !matches!(spec, Spec::Action(_)));
        Self { field, with, on }
    }

    /// As it is asked at the door: at visits, those of a series and contacts.
    pub(crate) fn at_the_door(protocol: &Protocol, field: FieldId) -> Option<Self> {
        let door = |spec: &Spec| matches!(spec, Spec::Visit(_) | Spec::Series(_) | Spec::Contact(_));
        let with = asked_by(protocol, field, door);
        (!with.is_empty()).then(|| Self { field, with, on: BTreeSet::new() })
    }

    /// Whether only whoever reports a case is asked.
    pub(crate) fn is_of_the_report(&self) -> bool {
        self.with.is_empty() && self.on.is_empty()
    }

    /// The obligations with which it is asked.
    pub(crate) fn obligations(&self) -> impl Iterator<Item = ObligationId> {
        self.with.iter().copied()
    }

    /// Whether another field is asked together with it.
    fn is_asked_with(&self, protocol: &Protocol, field: FieldId) -> bool {
        self.is_of_the_report()
            || self.with.iter().any(|of| protocol.obligations.row(*of).asks.contains(&field))
            || self.on.iter().any(|on| protocol.events.row(*on).asks.contains(&field))
    }

    /// Whether it is answered with this.
    pub(crate) fn is_answered(&self, edge: &Edge) -> bool {
        let here = match edge.reported() {
            Some(Event::Occurred { what: Occurrence::Obligation(of, _), .. }) => self.with.contains(of),
            Some(Event::Occurred { what: Occurrence::Event(on), .. }) => self.on.contains(on),
            Some(Event::Reported { .. }) => self.is_of_the_report(),
            _ => false,
        };
        here && given(edge).iter().any(|(field, _)| *field == self.field)
    }
}

/// What is answered with something that is reported.
pub(crate) fn given(edge: &Edge) -> &[(FieldId, Value)] {
    match edge.reported() {
        Some(Event::Reported { data, .. } | Event::Occurred { data, .. }) => data,
        _ => &[],
    }
}

/// The obligations with which a field is asked.
fn asked_by(protocol: &Protocol, field: FieldId, kind: impl Fn(&Spec) -> bool) -> BTreeSet<ObligationId> {
    let rows = protocol.obligations.iter();
    rows.filter(|(_, row)| kind(&row.spec) && row.asks.contains(&field)).map(|(id, _)| id).collect()
}

/// What is looked for.
pub(crate) struct Shelf<'a, G> {
    protocol: &'a Protocol,
    graph: &'a G,
    /// The reports, and for each state what can happen in it, once that is asked.
    steps: Vec<OnceCell<Vec<Stepped<'a>>>>,
    responds: Responds<'a>,
    /// For each state whether something is done in some case from there, once that is asked.
    lively: OnceCell<Vec<bool>>,
}

impl<'a, G: Graph> Shelf<'a, G> {
    pub(crate) fn new(protocol: &'a Protocol, cells: &'a Cells, looks: &'a Looks, graph: &'a G) -> Self {
        let steps = vec![OnceCell::new(); graph.count().saturating_add(1)];
        let (responds, lively) = (Responds::new(protocol, cells, looks), OnceCell::new());
        Self { protocol, graph, steps, responds, lively }
    }

    /// Where an answer is given, when it is given in some case and nothing ever comes of it.
    pub(crate) fn left(&self, question: &Question) -> Option<Vec<Given>> {
        let lively = |at: usize| self.is_lively(at);
        let shown = |at: Option<usize>, step: &Stepped<'_>| {
            let before = at.and_then(|at| Some((at, self.graph.case(at)?)));
            self.responds.to(question, before, step, &lively)
        };
        self.nothing_after(question, &shown)
    }

    /// The same for a way to a party: nothing goes there any more.
    pub(crate) fn without_way(&self, question: &Question, to: PartyId) -> Option<Vec<Given>> {
        let reaches = Reaches { protocol: self.protocol, to };
        self.nothing_after(question, &|_, step| reaches.with(step.entries))
    }

    /// What can happen in a state; from `None` the reports.
    fn steps(&self, at: Option<usize>) -> &[Stepped<'a>] {
        let slot = self.steps.get(at.map_or(0, |at| at.saturating_add(1)));
        slot.map_or(&[], |slot| slot.get_or_init(|| self.graph.steps(at)))
    }

    fn is_lively(&self, at: usize) -> bool {
        let is_done = |step: &Stepped<'_>| self.responds.is_done(step.entries);
        let lively =
            self.lively.get_or_init(|| leading_to(self.graph.count(), &|at| self.steps(Some(at)), &is_done));
        lively.get(at).copied().unwrap_or(false)
    }

    /// Where an answer is given, unless something that is looked for comes with it or after it.
    fn nothing_after(
        &self,
        question: &Question,
        shown: &dyn Fn(Option<usize>, &Stepped<'_>) -> bool,
    ) -> Option<Vec<Given>> {
        let (mut starts, mut known) = (Vec::new(), vec![false; self.graph.count()]);
        for at in std::iter::once(None).chain((0..self.graph.count()).map(Some)) {
            for (number, step) in self.steps(at).iter().enumerate() {
                if !step.edge.is_some_and(|edge| question.is_answered(edge)) {
                    continue;
                }
                if shown(at, step) || self.comes_after(step.to, &mut known, shown) {
                    return None;
                }
                starts.push((at, number));
            }
        }
        (!starts.is_empty()).then_some(starts)
    }

    fn comes_after(
        &self,
        start: usize,
        known: &mut [bool],
        shown: &dyn Fn(Option<usize>, &Stepped<'_>) -> bool,
    ) -> bool {
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            let Some(slot) = known.get_mut(at).filter(|known| !**known) else { continue };
            *slot = true;
            for step in self.steps(Some(at)) {
                if shown(Some(at), step) {
                    return true;
                }
                open.push(step.to);
            }
        }
        false
    }
}
