//! What is told of a comparison: each root difference once, with a history that was played in both versions.

use voordeur_diagnostics::Scene;
use voordeur_protocol::Protocol;

use super::aspects::Aspect;
use super::canonical::{is_flipped, mirrored};
use super::days::Days;
use super::evened::{compared, compared_together};
use super::onward::Onward;
use super::really::Ends;
use super::undecided::Undecided;
use super::verdict::Verdict;
use crate::explore::{Budget, Incomplete};

/// How two versions of a pathway answer what happens to a household.
#[derive(Debug, Clone)]
pub struct Compared {
    /// How many situations were looked at.
    pub situations: usize,
    /// Why not all of them, when not.
    pub incomplete: Option<Incomplete>,
    /// The differences, each shown by a history that was played in both versions; the worst for households first.
    pub differences: Vec<Difference>,
    /// What may differ, and for which no history with real dates was found.
    pub unconfirmed: Vec<Unconfirmed>,
    /// The days that are free in the calendar of the old version only, and in that of the new one only: for programs; empty
    /// where both have the same days.
    pub free: [String; 2],
    /// Whether all that has changed was met, or was made the same on the way: nothing lies behind what was found.
    pub is_whole: bool,
}

/// What may differ, and for which no history with real dates was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unconfirmed {
    /// In words.
    pub text: String,
    /// What it is about, for programs: the same in every language.
    pub key: String,
    /// What no history shows, of each kind.
    pub(super) of: Vec<Undecided>,
}

impl Unconfirmed {
    /// Something that may differ: in words, and for programs.
    #[must_use]
    pub const fn new(text: String, key: String) -> Self {
        Self { text, key, of: Vec::new() }
    }

    /// Whether a difference is this one, as it is before it is turned around where the versions were compared the other way round.
    pub(super) fn is_named(&self, known: &Difference, flipped: bool) -> bool {
        match self.key.split_once(" ≠ ") {
            Some((old, new)) if flipped => known.what.key() == format!("{new} ≠ {old}"),
            _ => known.what.key() == self.key,
        }
    }

    /// Whether a difference shows that a case goes to other stages there, which means the same.
    pub(super) fn is_meant_by(&self, known: &Difference) -> bool {
        !self.of.is_empty() && self.of.iter().all(|one| one.is_meant_by(known))
    }
}

impl Compared {
    /// Of two versions that are the same machine: nothing had to be looked at.
    #[must_use]
    pub const fn same() -> Self {
        Self {
            situations: 0,
            incomplete: None,
            differences: Vec::new(),
            unconfirmed: Vec::new(),
            free: [String::new(), String::new()],
            is_whole: true,
        }
    }

    /// Whether it is proven that no household is treated differently.
    #[must_use]
    pub const fn is_proven_same(&self) -> bool {
        self.incomplete.is_none() && self.differences.is_empty() && self.unconfirmed.is_empty()
    }
}

/// Something that the versions do differently.
#[derive(Debug, Clone)]
pub struct Difference {
    /// What that means for the household.
    pub verdict: Verdict,
    /// What differs.
    pub what: What,
    /// In which stage, in the old version and in the new one.
    pub stages: [Option<String>; 2],
    /// In which other stages it is the same, for the same reason.
    pub also: Vec<[Option<String>; 2]>,
    /// What decides it, in the old version and in the new one: the line, counted from 1, and its text where it is a rule.
    pub causes: [Option<(u32, String)>; 2],
    /// Case histories that were played in both versions; two where one household is better off and another one worse.
    pub examples: Vec<Example>,
    /// Whether it follows from another difference: the term of the same obligation.
    pub follows: bool,
    /// What says something else of what its history meets, in the old version and in the new one: for programs, the same in
    /// every layout, spelling and language. Nothing of what only differs in itself.
    pub met: [Vec<String>; 2],
    /// All that only the old version does at the moment of its history, and only the new one, where the difference was found on two
    /// versions that lie between them: for programs. It may be more than what differs between those.
    pub apart: [Vec<String>; 2],
    /// To which stage the case goes at that moment, in the old version and in the new one.
    pub(super) onward: Onward,
    /// The same of both versions themselves, where the difference was found on two that lie between them.
    pub(super) really_onward: Onward,
    /// Whether neither version says it, but versions that lie between them, on the way from the one to the other.
    pub is_between: bool,
    /// The obligation or the stage of which the change is that brings it about, where each change was looked at by itself.
    pub comes_of: Option<String>,
}

impl Difference {
    /// The stages in which it is so, in the old version and in the new one.
    pub fn places(&self) -> impl Iterator<Item = &[Option<String>; 2]> {
        std::iter::once(&self.stages).chain(&self.also)
    }

    /// It is the same in other stages as well.
    pub fn is_also_in(&mut self, stages: [Option<String>; 2]) {
        if !self.places().any(|known| *known == stages) {
            self.also.push(stages);
        }
    }
}

/// A case history, played in both versions.
#[derive(Debug, Clone)]
pub struct Example {
    /// In the old version and in the new one.
    pub scenes: [Vec<Scene>; 2],
    /// The moment at which they begin to differ, in words.
    pub when: String,
    /// The same, for programs: local time without a zone.
    pub at: String,
    /// For whom it is so: a condition in words for each answer that decides, when all else is as in this history.
    pub whom: Vec<String>,
    /// What it means for the household of this history, where that is not the same for all: of what is mixed.
    pub effect: Option<Verdict>,
    /// The obligations, stages and other parts that were made the same in both versions, as far as they had changed: what parts
    /// them here lies behind those. Empty where both are as they are.
    pub evened: Vec<String>,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Both open it, and it is not the same.
    Aspect {
        /// The obligation, as it is called now.
        of: String,
        /// In what.
        aspect: Aspect,
    },
    /// At the same moment the versions do something else.
    Answers {
        /// What only the old one does.
        old: Vec<Done>,
        /// What only the new one does.
        new: Vec<Done>,
    },
}

impl What {
    /// What it is about, for programs: the same in every language, and the same whenever the other version does it. What no history
    /// shows is called so as well.
    #[must_use]
    pub fn key(&self) -> String {
        let keys = |all: &[Done]| keys(all).join(", ");
        match self {
            Self::Answers { old, new } => format!("{} ≠ {}", keys(old), keys(new)),
            Self::Aspect { of, aspect } => {
                let [old, new] = &aspect.plain;
                format!("{of} {} {old} → {new}", aspect.key)
            }
        }
    }
}

/// Something that one version does and the other does not do at that moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// In words.
    pub text: String,
    /// What it is about, for programs: a word and names, the same in every language.
    pub key: String,
    /// When the other version does it, if nobody reports anything meanwhile: in words.
    pub otherwise: Option<String>,
    /// Whether it is only that one version does it later: whichever does it first does not do it once more, or both do it again and again.
    pub is_moved: bool,
}

/// What all of these are called for programs.
pub(super) fn keys(all: &[Done]) -> Vec<String> {
    all.iter().map(|done| done.key.clone()).collect()
}

/// Compares two versions of a pathway.
#[must_use]
pub fn compare(old: &Protocol, new: &Protocol, budget: Budget) -> Compared {
    compare_on(old, new, Days::default(), budget)
}

/// Compares two versions of a pathway, for the reports of these days.
#[must_use]
pub fn compare_on(old: &Protocol, new: &Protocol, days: Days, budget: Budget) -> Compared {
    if is_flipped(old, new) {
        return mirrored(compared((new, old), days, budget, (true, None)));
    }
    compared((old, new), days, budget, (false, None))
}

/// Compares two versions with all that has changed at once, also where each change can be looked at by itself. For comparing the two.
#[doc(hidden)]
#[must_use]
pub fn compare_together(old: &Protocol, new: &Protocol, budget: Budget) -> Compared {
    if is_flipped(old, new) {
        return mirrored(compared_together((new, old), budget, true));
    }
    compared_together((old, new), budget, false)
}

/// Compares two versions that lie between two others, with one change less between them: what shows on them counts where it shows on
/// the others as well, and is told with the history of those. Where those do something else before, it is told with that of the two
/// between them, and with the names of what has been made the same in these.
#[must_use]
pub fn compare_between(
    whole: [&Protocol; 2],
    between: [&Protocol; 2],
    evened: &[String],
    days: Days,
    budget: Budget,
) -> Compared {
    let [old, new] = between;
    let ends = Ends::of(whole, between, evened);
    if is_flipped(old, new) {
        return mirrored(compared((new, old), days, budget, (true, Some(&ends.turned()))));
    }
    compared((old, new), days, budget, (false, Some(&ends)))
}
