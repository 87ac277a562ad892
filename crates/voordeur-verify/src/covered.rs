//! Deadlines in hours. Within one day moments are not told apart, so that the order of two terms in hours is not seen from the
//! zones alone. Of terms that are counted from the same moment it is known: the shorter one is over first.

use voordeur_calendar::{Length, Unit};
use voordeur_engine::{Case, Entry, Event, TimerKind};
use voordeur_protocol::model::{Anchor, Opening};
use voordeur_protocol::{ObligationId, Occurrence, Protocol};

use crate::explore::Edge;
use crate::observe::Term;

/// The moment that the deadline of an observer counts from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct From {
    /// Whether it is this step.
    pub(crate) now: bool,
    /// Whether it is the report.
    pub(crate) report: bool,
}

/// An obligation that is opened in a step and whose term is over no later than the deadline of an observer.
pub(crate) fn covering(
    protocol: &Protocol,
    entries: &[Entry],
    deadline: Option<(Term, From)>,
) -> Option<ObligationId> {
    let (deadline, from) = deadline?;
    let most = minutes(deadline.length)?;
    opened(protocol, entries).find(|row| is_over_by(row, most, from)).map(|row| row.obligation)
}

/// An obligation that still does so: nothing happened to it in the step that could set its clock anew.
pub(crate) fn still(
    protocol: &Protocol,
    (edge, entries): (&Edge, &[Entry]),
    known: Option<ObligationId>,
) -> Option<ObligationId> {
    let about = match edge {
        Edge::Reported(Event::Occurred { what: Occurrence::Obligation(of, _), .. }) => Some(*of),
        _ => None,
    };
    known.filter(|of| about != Some(*of) && opened(protocol, entries).all(|row| row.obligation != *of))
}

/// Whether the term of an obligation runs out before anything that it covers.
pub(crate) fn is_running(protocol: &Protocol, case: &Case, of: ObligationId) -> bool {
    let own = case.open.iter().filter(|one| one.opening(protocol).obligation == of);
    let serials: Vec<_> = own.map(|one| one.serial).collect();
    case.timers.iter().filter(|timer| !timer.held && !timer.paused).any(|timer| {
        matches!(timer.kind, TimerKind::Overdue(serial) | TimerKind::Silent(serial) if serials.contains(&serial))
    })
}

fn opened<'s>(protocol: &'s Protocol, entries: &'s [Entry]) -> impl Iterator<Item = &'s Opening> {
    entries.iter().filter_map(|entry| match entry {
        Entry::Opened { opening, .. } => Some(protocol.openings.row(*opening)),
        _ => None,
    })
}

fn is_over_by(row: &Opening, most: u64, from: From) -> bool {
    let Some(term) = row.term.filter(|term| row.paused.is_none() && term.back.is_none()) else {
        return false;
    };
    let same_moment = match term.anchor {
        Anchor::Opening => from.now,
        Anchor::Report => from.report,
        _ => false,
    };
    same_moment && term.length.and_then(minutes).is_some_and(|own| own <= most)
}

/// The minutes of a length that is measured on the clock.
fn minutes(length: Length) -> Option<u64> {
    match length.unit {
        Unit::Hours => Some(u64::from(length.amount) * 60),
        Unit::Minutes => Some(u64::from(length.amount)),
        _ => None,
    }
}
