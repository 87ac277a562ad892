//! A case that is to end waits while a referral is open, and somebody is told so: the same end, a little later. Where that end differs too
//! it is told by that, once.

use super::answer::{About, Answer};
use super::report::Difference;

/// What both versions say in a difference, with every end and every wait for one taken as one.
#[derive(Debug)]
pub(super) struct Said {
    /// The number of the difference.
    at: usize,
    old: Vec<Answer>,
    new: Vec<Answer>,
    waits: bool,
}

impl Said {
    /// What is said in a difference; `None` where no case ends, or waits for that.
    pub(super) fn of(at: usize, (old, new): (&[Answer], &[Answer])) -> Option<Self> {
        let is_wait = |one: &Answer| matches!(one, Answer::Told(_, About::Withheld(_)));
        let is_end = |one: &Answer| is_wait(one) || matches!(one, Answer::Ended(_));
        // Whoever waits for an end stays for so long where a case that ends would only pass.
        let alike = |said: &[Answer]| {
            let waits = said.iter().any(is_wait);
            let all = said.iter().filter(|one| !waits || **one != Answer::Returned);
            let mut all: Vec<Answer> =
                all.map(|one| if is_end(one) { Answer::Ended(0) } else { *one }).collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        let mut all = old.iter().chain(new);
        let waits = all.clone().any(is_wait);
        all.any(is_end).then(|| Self { at, old: alike(old), new: alike(new), waits })
    }

    fn is_told_by(&self, other: &Self, differences: &[Difference]) -> bool {
        let causes = |one: &Self| differences.get(one.at).map(|one| &one.causes);
        let is_told = differences.get(other.at).is_some_and(|one| !one.follows);
        let is_caused = causes(self).is_some_and(|causes| causes.iter().any(Option::is_some));
        is_told
            && is_caused
            && !other.waits
            && (&self.old, &self.new, causes(self)) == (&other.old, &other.new, causes(other))
    }
}

/// What only waits for an end that differs for the same reason follows from that, and is told with it in its stage.
pub(super) fn follow_ends(all: &[Said], differences: &mut [Difference]) {
    for one in all.iter().filter(|one| one.waits) {
        let Some(other) = all.iter().find(|other| one.is_told_by(other, differences)) else { continue };
        let Some(waiting) = differences.get_mut(one.at) else { continue };
        waiting.follows = true;
        let stages = waiting.stages.clone();
        if let Some(told) = differences.get_mut(other.at) {
            told.is_also_in(stages);
        }
    }
}
