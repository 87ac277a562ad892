//! Which moment of an obligation an aspect decides, and in which version it comes later.

use std::collections::BTreeSet;

use jiff::Timestamp;
use voordeur_engine::{Case, Instance, Serial, TimerKind};
use voordeur_protocol::OpeningId;

use super::search::{Beside, Here, Pair};
use crate::zone::{FREE, Zone};

/// So many ways on which a clock runs are looked at: where moments are taken together the first one may be none.
const MOST_WAYS: usize = 6;

/// A moment of an obligation that is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    /// The end of its preferred term.
    Preferred,
    /// The end of its term; for a referral, of that for acceptance.
    Term,
    /// The end of its term for contact.
    Contact,
    /// When no answer is silence.
    Silent,
    /// A step of an escalation, counted from 0.
    Step(u8),
    /// The end of the window of a contact.
    Window,
    /// The moment before which it is not to be done, or does not count.
    NotBefore,
    /// The same, or the moment by which it has to be tried again.
    Again,
}

/// In which version a moment comes later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Later {
    /// In the old one.
    Old,
    /// In the new one.
    New,
}

impl Later {
    /// Whether it is the later one of both moments.
    pub(super) fn is(self, (before, after): (Timestamp, Timestamp)) -> bool {
        match self {
            Self::Old => before > after,
            Self::New => before < after,
        }
    }
}

/// Openings of the same obligation, in the old version and in the new one.
pub(crate) type Openings = (OpeningId, OpeningId);

impl Clock {
    /// Of which obligation a timer is that is this one.
    fn of(self, kind: TimerKind) -> Option<Serial> {
        match (self, kind) {
            (Self::Preferred, TimerKind::Slipped(of))
            | (Self::Term | Self::Again, TimerKind::Overdue(of))
            | (Self::Contact, TimerKind::NoContact(of))
            | (Self::Silent, TimerKind::Silent(of))
            | (Self::Window, TimerKind::Missed(of)) => Some(of),
            (Self::Step(number), TimerKind::Step { of, step }) if step == number => Some(of),
            _ => None,
        }
    }

    /// Its moments for what is opened; an attempt has to be made again after there was one.
    fn moments(self, case: &Case, one: &Instance) -> [Option<Timestamp>; 2] {
        let bound = one.not_before.filter(|_| matches!(self, Self::NotBefore | Self::Again));
        let timer = case.timers.iter().find(|timer| self.of(timer.kind) == Some(one.serial));
        let due = timer.filter(|_| self != Self::Again || one.count > 0).map(|timer| timer.due.at);
        [bound, due]
    }
}

/// Whether a moment of what both have opened comes later in one version than in the other.
pub(super) fn is_later(cases: &[Case; 2], openings: Openings, clock: Clock, later: Later) -> bool {
    running(cases, openings, clock).into_iter().any(|both| later.is(both))
}

/// The moments of what both have opened, in the old version and in the new one; empty while its clock does not run in both.
pub(super) fn running(
    [old, new]: &[Case; 2],
    (first, second): Openings,
    clock: Clock,
) -> Vec<(Timestamp, Timestamp)> {
    let (Some(before), Some(after)) = (opened(old, first), opened(new, second)) else { return Vec::new() };
    let both = clock.moments(old, before).into_iter().zip(clock.moments(new, after));
    both.filter_map(|(before, after)| before.zip(after)).collect()
}

fn opened(case: &Case, at: OpeningId) -> Option<&Instance> {
    case.open.iter().find(|one| one.opening == at)
}

/// What both have opened in a state, with both cases; openings that are alike in one version have one number.
fn both<'h>(
    beside: &Beside<'_>,
    [old, new]: &'h [Here; 2],
    (first, second): Openings,
) -> Option<(&'h Instance, &'h Instance)> {
    let [before, after] = &beside.sides;
    let first = opened(&old.case, before.looks.same_opening(first))?;
    Some((first, opened(&new.case, after.looks.same_opening(second))?))
}

/// Whether what both have opened is still open in a state.
pub(super) fn are_open(beside: &Beside<'_>, here: &[Here; 2], openings: Openings) -> bool {
    both(beside, here, openings).is_some()
}

/// The first states in which a clock of what both have opened runs in both, each in another situation; they need not be those in
/// which it is opened.
pub(super) fn where_it_runs(beside: &Beside<'_>, openings: Openings, clock: Clock) -> Vec<usize> {
    let runs = |state: &Pair| {
        let here = beside.here(state.places, state.shared);
        let Some((before, after)) = both(beside, &here, openings) else { return false };
        let [old, new] = &here;
        let all = clock.moments(&old.case, before).into_iter().zip(clock.moments(&new.case, after));
        all.into_iter().any(|(before, after)| before.is_some() && after.is_some())
    };
    let mut known = BTreeSet::new();
    let all = beside.states.iter().enumerate().filter(|(_, state)| state.unsettled == 0 && runs(state));
    // Where a case comes from elsewhere it may have been reported longer ago.
    let from = |state: &Pair| Some(beside.states.get(state.from?)?.places);
    all.filter(|(_, state)| known.insert((state.places, from(state))))
        .map(|(at, _)| at)
        .take(MOST_WAYS)
        .collect()
}

/// Whether a clock of what both open is never later in the new version, and never later in the old one: proven by the moments of
/// every state in which both run.
pub(super) fn never_later(beside: &Beside<'_>, openings: Openings, clock: Clock) -> [bool; 2] {
    let mut most = [-FREE, -FREE];
    if beside.incomplete.is_some() {
        return [false, false];
    }
    for state in &beside.states {
        let here = beside.here(state.places, state.shared);
        let Some((before, after)) = both(beside, &here, openings) else { continue };
        let [old, new] = &here;
        let found = match (point(old, before, clock), point(new, after, clock)) {
            (Some(old), Some(new)) => apart(&state.zone, (old, new)),
            // Where they part one of them is over before the other one.
            (None, None) => continue,
            _ if state.unsettled != 0 => continue,
            _ => None,
        };
        let Some(found) = found else { return [false, false] };
        most.iter_mut().zip(found).for_each(|(most, found)| *most = (*most).max(found));
    }
    most.map(|most| most > -FREE && most <= 0)
}

/// The point at which a clock runs out; `None` for one that does not run.
fn point(here: &Here, one: &Instance, clock: Clock) -> Option<usize> {
    here.running().find(|(timer, _)| clock.of(timer.kind) == Some(one.serial)).map(|(_, point)| point)
}

/// How much later the second of two midnights is at most, and the first.
fn apart(zone: &Zone, (old, new): (usize, usize)) -> Option<[i32; 2]> {
    let both = zone.is_midnight(old) && zone.is_midnight(new);
    both.then(|| [zone.bound(new, old), zone.bound(old, new)])
}
