//! What may differ, and no history with real dates shows it. What only says once more that a case goes to one stage or to another, and
//! means the same, is told already where a history shows that; and where none does it is told once.

use voordeur_messages::say;

use super::answer::{Answer, Reader, Side};
use super::onward::Onward;
use super::report::{Difference, Done, Unconfirmed, What};
use super::telling::{Shows2, Telling};
use super::verdict::Verdict;

/// Something that no history shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Undecided {
    pub(super) said: Shows2,
    /// In which stages the case is before.
    pub(super) stages: [Option<String>; 2],
    pub(super) onward: Onward,
    /// What it would mean by itself.
    pub(super) verdict: Verdict,
    /// What each version alone says.
    pub(super) alone: [Vec<Alone>; 2],
    /// Whether clocks bring it.
    pub(super) is_by_time: bool,
}

/// Something that one version alone says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Alone {
    key: String,
    answer: Answer,
}

impl Alone {
    pub(super) fn all(reader: Reader<'_>, said: &[Answer]) -> Vec<Self> {
        said.iter().map(|answer| Self { key: reader.words(*answer).1, answer: *answer }).collect()
    }

    const fn is_of_clock(&self) -> bool {
        matches!(self.answer, Answer::Happened(..))
    }
}

/// In words, and for programs.
type Words = (String, String);

impl Undecided {
    fn said(&self, side: Side) -> &[Answer] {
        let (old, new) = &self.said;
        if side == Side::Old { old } else { new }
    }

    pub(super) fn keys(&self) -> [Vec<String>; 2] {
        self.alone.each_ref().map(|all| all.iter().map(|one| one.key.clone()).collect())
    }

    fn is_one_with(&self, other: &Self) -> bool {
        self.said == other.said
            || self.onward.is_apart()
                && self.stages == other.stages
                && self.onward.keys() == other.onward.keys()
    }

    /// Whether a history shows that the case goes to other stages there, and that means the same.
    pub(super) fn is_meant_by(&self, known: &Difference) -> bool {
        let What::Answers { old, new } = &known.what else { return false };
        let goes_there = self.onward.is_apart() && self.onward.keys() == known.onward.keys();
        !known.follows
            && self.stages == known.stages
            && [Verdict::Mixed, self.verdict].contains(&known.verdict)
            && (goes_there || self.is_after_the_end([old, new]))
    }

    /// Whether it is that a case ends in one version, as is known, and that another clock runs out at that very moment: in the other
    /// version that one still comes.
    fn is_after_the_end(&self, known: [&[Done]; 2]) -> bool {
        let ([old, new], [gone, come]) = (&self.alone, known);
        self.goes_on_after([old, new], [gone, come]) || self.goes_on_after([new, old], [come, gone])
    }

    /// The same, where it is the first version that ends.
    fn goes_on_after(&self, [ending, other]: [&[Alone]; 2], [end, before]: [&[Done]; 2]) -> bool {
        let ends = |all: &[Done]| all.iter().any(|done| done.key.starts_with("end "));
        // Where the other version comes to the same end at that moment nothing is left that the first one says alone.
        let is_same_end = self.is_by_time && ending.is_empty();
        let says = |all: &[Alone], key: &str| all.iter().any(|one| one.key == key);
        let is_known = |all: &[Done], one: &Alone| all.iter().any(|done| done.key == one.key);
        let more: Vec<&Alone> = other.iter().filter(|one| !is_known(before, one)).collect();
        let comes_still =
            |one: &&Alone| matches!(one.answer, Answer::Happened(..) | Answer::Told(..) | Answer::Ended(_));
        ending.iter().all(|one| is_known(end, one))
            && (is_same_end || end.iter().all(|done| says(ending, &done.key)))
            && ends(end)
            && before.iter().all(|done| says(other, &done.key))
            && more.iter().any(|one| one.is_of_clock())
            && more.iter().all(comes_still)
    }
}

impl Telling<'_> {
    /// Whether something is told already with what a history shows.
    pub(super) fn tells(&mut self, one: &Undecided) -> bool {
        if one.is_of_several(&self.differences) {
            return true;
        }
        let known = self.differences.iter_mut().find(|known| one.is_meant_by(known));
        known.map(|known| known.onward.stands_for_more()).is_some()
    }

    /// Tells what is left undecided.
    pub(super) fn undecided(&mut self, mut all: Vec<Undecided>) {
        all.retain(|one| !self.tells(one));
        let mut groups: Vec<Vec<Undecided>> = Vec::new();
        for one in all {
            let known =
                groups.iter_mut().find(|group| group.first().is_some_and(|first| one.is_one_with(first)));
            match known {
                Some(group) => group.push(one),
                None => groups.push(vec![one]),
            }
        }
        let told: Vec<Unconfirmed> = groups.into_iter().map(|group| self.is_open(group)).collect();
        self.unconfirmed.extend(told);
    }

    fn is_open(&self, group: Vec<Undecided>) -> Unconfirmed {
        let said = [Side::Old, Side::New].map(|side| self.in_common(side, &group));
        let [old, new] = self.in_order(&said);
        let words = |all: &[Words]| all.iter().map(|(text, _)| text.clone()).collect::<Vec<_>>().join(", ");
        let keys = |all: &[Words]| all.iter().map(|(_, key)| key.clone()).collect::<Vec<_>>().join(", ");
        let text = match (old.is_empty(), new.is_empty()) {
            (false, true) => say!("no more: {gone}", gone = words(old)),
            (true, _) => say!("new: {come}", come = words(new)),
            (false, false) => say!("{gone} becomes {come}", gone = words(old), come = words(new)),
        };
        Unconfirmed { text, key: format!("{} ≠ {}", keys(old), keys(new)), of: group }
    }

    /// What all of them say in one version; where that is not the same for all, where the case goes.
    fn in_common(&self, side: Side, group: &[Undecided]) -> Vec<Words> {
        let Some((first, more)) = group.split_first() else { return Vec::new() };
        if let Some(to) = first.onward.to(side).filter(|_| more.iter().any(|one| one.said != first.said)) {
            return vec![(to.text.clone(), to.key.clone())];
        }
        let in_all = |answer: &&Answer| more.iter().all(|one| one.said(side).contains(answer));
        first.said(side).iter().filter(in_all).map(|answer| self.reader.words(*answer)).collect()
    }
}
