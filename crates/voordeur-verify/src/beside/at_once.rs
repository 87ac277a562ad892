//! Clocks of different things that run out at one midnight: what comes of each is told by itself, and that it may all come at once tells
//! no more.

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
