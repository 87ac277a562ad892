//! One version alone goes back to the stage that a case had interrupted: what comes of that is another thing for each stage, and for
//! each clock that came due meanwhile. It is one difference, with a household that is worse off and one that is better off.

use voordeur_protocol::Happening;

use super::answer::{About, Answer, Side};
use super::following::causing;
use super::play::{Shows, Witness, soon};
use super::report::{Done, Example, What};
use super::search::Beside;
use super::telling::{Class, Shows2, Telling};
use super::verdict::Verdict;
use super::whom::whom;
use super::words::BACK;

/// What is told of it: beside that one version goes back nothing of what comes of that, and nothing of what the other one lets go of
/// because the stage is given up.
pub(super) fn root((old, new): &Shows2, returns: [bool; 2]) -> Shows2 {
    let only = || vec![Answer::Returned];
    let kept = |all: &[Answer]| all.iter().copied().filter(|one| !is_let_go(*one)).collect();
    match returns {
        [true, false] => (only(), kept(new)),
        [false, true] => (kept(old), only()),
        _ => (old.clone(), new.clone()),
    }
}

/// So many histories are looked for in which the return means something else to a household.
const MOST_OTHERS: usize = 12;

/// What a return means: to whom it is a loss, and to whom a gain, is told with an example each.
pub(super) struct Returns {
    pub(super) verdict: Verdict,
    /// One that is worse off and one that is better off, where there are both.
    pub(super) each_way: Option<[Example; 2]>,
}

impl Telling<'_> {
    /// What it means that one version alone goes back, for the households whose histories are found soon.
    pub(super) fn wherever_it_returns(
        &self,
        beside: &Beside<'_>,
        class: &Class,
        (verdict, played, shows): (Verdict, &Witness, &Shows),
    ) -> Returns {
        let [old, new] = class.returns;
        if old == new {
            return Returns { verdict, each_way: None };
        }
        let mut all = vec![(verdict, shows, played.clone())];
        for (at, other) in &class.states {
            if is_each_way(&all) || all.len() > MOST_OTHERS {
                break;
            }
            if all.iter().any(|(_, known, _)| *known == other) {
                continue;
            }
            let Some(played) = soon(beside, *at, other) else { continue };
            all.push((self.meaning(&played, other), other, played));
        }
        let verdict = all.iter().map(|(verdict, ..)| *verdict).reduce(together).unwrap_or(verdict);
        let shown = |wanted: Verdict| {
            let (_, shows, played) = all.iter().find(|(own, ..)| *own == wanted)?;
            Some(Example { whom: whom(beside, shows, played), effect: Some(wanted), ..self.example(played) })
        };
        // What was found on two versions that lie between the two is told with the one history that shows it on these.
        let is_shown = self.lying.ends.is_none() && is_each_way(&all);
        match is_shown.then(|| shown(Verdict::Weaker).zip(shown(Verdict::Stronger))).flatten() {
            Some((worse, better)) => Returns { verdict: Verdict::Mixed, each_way: Some([worse, better]) },
            None => Returns { verdict, each_way: None },
        }
    }

    fn meaning(&self, played: &Witness, shows: &Shows) -> Verdict {
        let Shows::Apart(old, new) = shows else { return Verdict::NotComparable };
        let cut = [Side::Old, Side::New].map(|side| self.cut_off(side, played));
        let (old, new) = causing((old, new), &cut);
        self.verdict((&old, &new), (played, false), &cut)
    }
}

/// What it means to several households: what is something else to one of them may be a loss to it, or a gain.
fn together(one: Verdict, other: Verdict) -> Verdict {
    if one == other { one } else { Verdict::Mixed }
}

fn is_each_way(all: &[(Verdict, &Shows, Witness)]) -> bool {
    let has = |wanted: Verdict| all.iter().any(|(own, ..)| *own == wanted);
    has(Verdict::Weaker) && has(Verdict::Stronger)
}

/// Whether that one version alone goes back is told already, with all else that was to be said here.
pub(super) fn is_told_by([first, second]: [&str; 2], known: &What) -> bool {
    let What::Answers { old, new } = known else { return false };
    let has = |all: &[Done], said: &str| {
        let mut said = said.split(", ").filter(|said| !said.is_empty());
        said.all(|said| all.iter().any(|done| done.key == said))
    };
    let back = |all: &[Done], said: &str| matches!(all, [one] if one.key == BACK && said == BACK);
    back(old, first) && has(new, second) || back(new, second) && has(old, first)
}

fn is_let_go(answer: Answer) -> bool {
    match answer {
        Answer::Happened(_, code) => code == u32::from(Happening::Cancelled.code()),
        Answer::Told(_, about) => matches!(about, About::CalledOff(_)),
        _ => false,
    }
}
