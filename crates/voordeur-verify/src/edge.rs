//! What leads from one state to the next: what is reported, or a clock that runs out. What comes of it is not looked at here.

use std::rc::Rc;

use voordeur_engine::{Entry, Event, TimerId};
use voordeur_protocol::{Cause, EventId, Occurrence, Protocol};

/// How a state was reached from the one before it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Edge {
    /// Somebody reported something.
    Reported(Rc<Event>),
    /// A timer was due, by its number in the case before.
    Fired(TimerId),
}

impl Edge {
    /// What comes with an event.
    pub(crate) fn of(event: &Rc<Event>) -> Self {
        match &**event {
            Event::TimerDue(timer) => Self::Fired(*timer),
            _ => Self::Reported(Rc::clone(event)),
        }
    }

    /// What was reported.
    pub(crate) fn reported(&self) -> Option<&Event> {
        match self {
            Self::Reported(event) => Some(event),
            Self::Fired(_) => None,
        }
    }
}

/// Nobody works towards a death, a move or a withdrawal: as a way out they do not count.
pub(crate) fn works_towards(edge: &Edge) -> bool {
    let Some(Event::Occurred { what: Occurrence::Event(event), .. }) = edge.reported() else { return true };
    !matches!(*event, EventId::DECEASED | EventId::MOVED_AWAY | EventId::CONSENT_WITHDRAWN)
}

/// Whether something comes from what becomes of an obligation, or from a term; not from an event, a departure or a
/// birthday, which begin something new.
pub(crate) fn is_by_itself(protocol: &Protocol, edge: &Edge, entries: &[Entry]) -> bool {
    let is_birthday = |entry: &Entry| matches!(entry, Entry::RuleFired { rule } if matches!(protocol.rules.row(*rule).cause, Cause::Birthday { .. }));
    let begins = edge.reported().is_some_and(|event| {
        matches!(
            event,
            Event::Occurred { what: Occurrence::Event(_), .. }
                | Event::Deviated { .. }
                | Event::Reported { .. }
        )
    });
    !begins && !entries.iter().any(is_birthday)
}
