//! Clocks of different things that run out at one midnight: what comes of each is told by itself, and that it may all come at once tells
//! no more.

use std::collections::BTreeSet;

use voordeur_protocol::Happening;

use super::report::{Difference, What, keys};
use super::undecided::Undecided;

impl Undecided {
    /// Whether it is that several things that are told, each of which clocks bring, come at one moment.
    pub(super) fn is_of_several(&self, known: &[Difference]) -> bool {
        self.is_by_time && is_all_of(&self.keys(), &self.stages, known.iter())
    }
}

/// What is shown of several things that come at one moment follows from what is shown of each of them.
pub(super) fn follow_each(by_time: &[usize], differences: &mut [Difference]) {
    for at in by_time {
        let Some(one) = differences.get(*at).filter(|one| !one.follows) else { continue };
        let Some(said) = keys_of(&one.what) else { continue };
        let others = differences.iter().enumerate().filter(|(other, _)| other != at).map(|(_, other)| other);
        if is_all_of(&said, &one.stages, others)
            && let Some(one) = differences.get_mut(*at)
        {
            one.follows = true;
        }
    }
}

/// What is over by its own clock in one version, and is let go of at that very moment in the other one because something leads on there,
/// is over in both: it follows from what leads on.
pub(super) fn follow_what_is_over(differences: &mut [Difference]) {
    for at in 0..differences.len() {
        let Some(one) = differences.get(at).filter(|one| !one.follows) else { continue };
        let mut others = differences.iter().enumerate().filter(|(other, _)| *other != at);
        let leads_on = |other: &Difference, side: usize| {
            let cause = |one: &Difference| one.causes.get(side).cloned().flatten();
            !other.follows && cause(one).is_some() && cause(other) == cause(one)
        };
        let is_told = is_over_anyway(one).is_some_and(|side| {
            others.any(|(_, other)| leads_on(other, side) && is_over_anyway(other).is_none())
        });
        if let Some(one) = differences.get_mut(at).filter(|_| is_told) {
            one.follows = true;
        }
    }
}

/// In which version something is only let go of that is over in the other one, and nothing else differs.
fn is_over_anyway(one: &Difference) -> Option<usize> {
    let [gone, come] = keys_of(&one.what)?;
    let happened = |keys: &[String]| -> Option<BTreeSet<(String, String)>> {
        let parts = |key: &String| {
            let (name, on) = key.strip_prefix("happened ")?.rsplit_once(' ')?;
            Some((name.to_owned(), on.to_owned()))
        };
        keys.iter().map(parts).collect()
    };
    let [old, new] = [happened(&gone)?, happened(&come)?];
    let cancelled = Happening::Cancelled.code().to_string();
    let lets_go =
        |all: &BTreeSet<(String, String)>| !all.is_empty() && all.iter().all(|(_, on)| *on == cancelled);
    let names = |all: &BTreeSet<(String, String)>| -> BTreeSet<String> {
        all.iter().map(|(name, _)| name.clone()).collect()
    };
    let side = [&old, &new].into_iter().position(lets_go)?;
    (names(&old) == names(&new) && !(lets_go(&old) && lets_go(&new))).then_some(side)
}

/// Whether two or more of what is known, in the same stages, make up what each version alone does.
fn is_all_of<'d>(
    [old, new]: &[Vec<String>; 2],
    stages: &[Option<String>; 2],
    known: impl Iterator<Item = &'d Difference>,
) -> bool {
    let within = |part: &[String], all: &[String]| part.iter().all(|key| all.contains(key));
    let here = known.filter(|known| !known.follows && known.places().any(|place| place == stages));
    let parts: Vec<[Vec<String>; 2]> = here
        .filter_map(|known| keys_of(&known.what))
        .filter(|[gone, come]| within(gone, old) && within(come, new) && (gone, come) != (old, new))
        .collect();
    let is_made_up = |all: &[String], side: fn(&[Vec<String>; 2]) -> &Vec<String>| {
        all.iter().all(|key| parts.iter().any(|part| side(part).contains(key)))
    };
    parts.len() > 1 && is_made_up(old, |[gone, _]| gone) && is_made_up(new, |[_, come]| come)
}

fn keys_of(what: &What) -> Option<[Vec<String>; 2]> {
    match what {
        What::Answers { old, new } => Some([keys(old), keys(new)]),
        What::Aspect { .. } => None,
    }
}
