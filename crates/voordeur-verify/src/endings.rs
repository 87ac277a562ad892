//! Events that do nothing but end a case, such as a move: what comes of one depends on what is open, not on dates or answers, so
//! that the engine is asked once for all situations in which the same is open.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use voordeur_engine::{Case, Event};
use voordeur_protocol::guard::Expr;
use voordeur_protocol::model::{EndKind, Target};
use voordeur_protocol::{Cause, Effect, EndId, EventId, Occurrence, Protocol, Rule};

use crate::key::standing;
use crate::situation::Step;

/// The events that do nothing but end a case in one of these ways, whatever is known of it.
pub(crate) fn only_end(protocol: &Protocol, ways: impl Fn(EndId) -> bool) -> Vec<EventId> {
    let ends =
        |rule: &Rule| rule.guard == Expr::True && matches!(rule.target, Some(Target::End(end)) if ways(end));
    let only_ends =
        |event: EventId| protocol.rules.rows().filter(|rule| rule.cause == Cause::Event(event)).all(ends);
    let events = protocol.events.iter().filter(|(_, row)| !row.is_counted);
    events.map(|(event, _)| event).filter(|event| only_ends(*event)).collect()
}

/// Whether a case ends in this way at once: a good end may have to wait for what is open.
pub(crate) fn ends_at_once(protocol: &Protocol, end: EndId) -> bool {
    protocol.ends.row(end).kind != EndKind::Success
}

/// What is known of the steps by which such events end a case.
#[derive(Debug, Default)]
pub(crate) struct Endings {
    events: Vec<EventId>,
    known: FxHashMap<(EventId, Rc<[u32]>), Rc<Step>>,
}

impl Endings {
    pub(crate) fn of(protocol: &Protocol) -> Self {
        let only_tells = |event: &EventId| {
            let mut effects = protocol
                .rules
                .rows()
                .filter(|rule| rule.cause == Cause::Event(*event))
                .flat_map(|rule| &rule.effects);
            effects.all(|effect| matches!(effect, Effect::Notify { .. }))
        };
        let events = only_end(protocol, |end| ends_at_once(protocol, end));
        let asks_nothing = |event: &EventId| protocol.events.row(*event).asks.is_empty();
        let events = events.into_iter().filter(|event| asks_nothing(event) && only_tells(event));
        Self { events: events.collect(), known: FxHashMap::default() }
    }

    /// The events.
    pub(crate) fn events(&self) -> &[EventId] {
        &self.events
    }

    /// What is open in a case, for [`Endings::known`].
    pub(crate) fn standing(&self, case: &Case) -> Option<Rc<[u32]>> {
        (!self.events.is_empty()).then(|| standing(case).into())
    }

    /// The event, when it is one of them.
    pub(crate) fn event(&self, event: &Event) -> Option<EventId> {
        match event {
            Event::Occurred { what: Occurrence::Event(of), .. } => {
                Some(*of).filter(|of| self.events.contains(of))
            }
            _ => None,
        }
    }

    /// The step by which an event ends a case in which this is open.
    pub(crate) fn known(&self, event: EventId, standing: &Rc<[u32]>) -> Option<&Rc<Step>> {
        self.known.get(&(event, Rc::clone(standing)))
    }

    /// Remembers it.
    pub(crate) fn keep(&mut self, event: EventId, standing: &Rc<[u32]>, step: &Rc<Step>) {
        self.known.insert((event, Rc::clone(standing)), Rc::clone(step));
    }
}
