//! Real dates with little effort, for one of several ways on which the same is said: first where every report comes as soon as it can,
//! then at other moments, and last on ways on which a state was not come to first, whose clocks may leave more room.

use super::legs::{Leg, legs, other_legs};
use super::play::{Shows, Witness, on_a_way, soon};
use super::search::Beside;

/// A state on a way to which something is to show.
type Sought = (usize, Shows);

/// So many steps are made on one way where every report comes as soon as it can, and where one of them comes later.
const AT_ONCE: u32 = 200;
const ONE_LATE: u32 = 800;

/// So many are made for all ways on which the same is said: at other moments, and on other ways.
const MOST_SOON: u32 = 1_600;
const MOST_LATE: u32 = 1_500;

/// A history of the first of these ways, on which every report comes as soon as it can.
pub(super) fn at_once_of_first(beside: &Beside<'_>, all: &[Sought]) -> Option<(Witness, Shows)> {
    let first = all.get(..1).unwrap_or_default();
    of_any(beside, first, |at, shows| with_late(beside, &legs(beside, at), shows, 0))
}

/// The same at any moments.
pub(super) fn soon_of_any(beside: &Beside<'_>, all: &[Sought]) -> Option<(Witness, Shows)> {
    within(beside, MOST_SOON, || of_any(beside, all, |at, shows| soon(beside, at, shows)))
}

/// The same where one report comes later than it could, and also on ways on which the states were not come to first.
pub(super) fn late_of_any(beside: &Beside<'_>, all: &[Sought]) -> Option<(Witness, Shows)> {
    let on_others = |most_late: u32| {
        of_any(beside, all, |at, shows| {
            other_legs(beside, at).find_map(|legs| with_late(beside, &legs, shows, most_late))
        })
    };
    let one_late = || of_any(beside, all, |at, shows| with_late(beside, &legs(beside, at), shows, 1));
    within(beside, MOST_LATE, || on_others(0).or_else(one_late).or_else(|| on_others(1)))
}

/// What is found on the first of them, as long as steps may be made.
fn of_any(
    beside: &Beside<'_>,
    all: &[Sought],
    shown: impl Fn(usize, &Shows) -> Option<Witness>,
) -> Option<(Witness, Shows)> {
    let mut left = all.iter().take_while(|_| beside.patience.get() > 0);
    left.find_map(|(at, shows)| Some((shown(*at, shows)?, shows.clone())))
}

/// A history of one way on which so many reports come later than they could.
fn with_late(beside: &Beside<'_>, legs: &[Leg], shows: &Shows, most_late: u32) -> Option<Witness> {
    let most = if most_late == 0 { AT_ONCE } else { ONE_LATE };
    on_a_way(beside, legs, shows, (&[0], &[], most), Some(most_late))
}

/// What is found within so many steps; nothing where none may be made any more.
fn within<T>(beside: &Beside<'_>, most: u32, find: impl FnOnce() -> Option<T>) -> Option<T> {
    let all = beside.patience.get();
    let given = all.min(most);
    if given == 0 {
        return None;
    }
    beside.patience.set(given);
    let found = find();
    beside.patience.set(all - given.saturating_sub(beside.patience.get()));
    found
}
