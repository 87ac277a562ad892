//! What one version has said at a moment and the other one has not, and what both open at it.

use std::collections::hash_map::Entry;
use std::rc::Rc;

use voordeur_engine::Entry as Fired;
use voordeur_protocol::{OpeningId, RuleId};

use super::answer::{Said, Side, apart};
use super::clock::Openings;
use super::landing::Both;
use super::search::{Apart, Beside, Rules};
use crate::situation::{Outcome, Step};

/// So often one version alone may say the same at one moment, as far as that is told apart: a clock that was held for so long that
/// nobody knows how often it came due meanwhile would else say it without end.
const MOST_ALIKE: usize = 4;

/// What a step of both leaves to be said by one of them, by number, and what both open with it.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) unsettled: usize,
    pub(super) opened: Rc<[Openings]>,
}

impl Beside<'_> {
    /// What comes of what both say in a step, after what was left before: the same whenever the step is made.
    pub(super) fn told(&mut self, before: usize, steps: Both<'_>) -> Told {
        let key = (before, steps.map(|step| step.map_or(0, |step| step.number)));
        if let Some(known) = self.told.get(&key) {
            return known.clone();
        }
        let said = |step: Option<&Rc<Step>>, side| match step.map(|step| &step.outcome) {
            Some(Outcome::Done { entries, .. }) => self.reader.said(side, entries),
            Some(Outcome::Refused(_)) | None => Vec::new(),
        };
        let [old, new] = steps;
        let (rest, opened) = self.compared(before, &[said(old, Side::Old), said(new, Side::New)]);
        let by = [self.changed_rule(Side::Old, before, old), self.changed_rule(Side::New, before, new)];
        let told = Told { unsettled: self.number(rest, by), opened: opened.into() };
        self.told.insert(key, told.clone());
        told
    }

    /// What is left to be said by one of them, with what was left before; and what both open.
    fn compared(&self, before: usize, said: &[Vec<Said>; 2]) -> (Apart, Vec<Openings>) {
        let left = self.unsettled.get(before).cloned().unwrap_or_default();
        let [old, new] = said;
        let mut old: Vec<Said> = left.0.iter().chain(old).copied().collect();
        let mut new: Vec<Said> = left.1.iter().chain(new).copied().collect();
        let mut both = self.opened_alike(&mut old, &mut new);
        let (mut only_old, mut only_new, others) = apart(&old, &new);
        both.extend(self.paired(&others));
        for only in [&mut only_old, &mut only_new] {
            only.sort_unstable_by_key(|(answer, _)| *answer);
            few_of_each(only);
        }
        ((only_old, only_new), both)
    }

    /// What both open in the same way goes together first, so that what is left is what only one of them opens.
    fn opened_alike(&self, old: &mut Vec<Said>, new: &mut Vec<Said>) -> Vec<Openings> {
        let mut both = Vec::new();
        old.retain(|(answer, opening)| {
            let like = |(other, its): &Said| {
                answer == other
                    && opening.zip(*its).is_some_and(|(one, other)| self.reach.open_alike(one, other))
            };
            let at = new.iter().position(like);
            both.extend(at.and_then(|at| opening.zip(new.remove(at).1)));
            at.is_none()
        });
        both
    }

    /// What both open, each with its like: where one thing is opened twice at a moment, in the same way in both.
    fn paired(&self, both: &[Openings]) -> Vec<Openings> {
        let of = |opening| self.reader.new.openings.row(opening).obligation;
        let mut left: Vec<OpeningId> = both.iter().map(|(_, new)| *new).collect();
        let mut pairs = Vec::with_capacity(both.len());
        let mut unlike = Vec::new();
        for (old, new) in both {
            match left.iter().position(|one| of(*one) == of(*new) && self.reach.open_alike(*old, *one)) {
                Some(at) => pairs.push((*old, left.remove(at))),
                None => unlike.push((*old, *new)),
            }
        }
        for (old, new) in unlike {
            if let Some(at) = left.iter().position(|one| of(*one) == of(new)) {
                pairs.push((old, left.remove(at)));
            }
        }
        pairs
    }

    /// The first rule that has fired since both have said the same, and that the other version does not have so.
    fn changed_rule(&self, side: Side, before: usize, step: Option<&Rc<Step>>) -> Option<RuleId> {
        let [old, new] = self.brought_by.get(before).copied().unwrap_or_default();
        let known = if side == Side::Old { old } else { new };
        let fired = step.map(|step| step.entries()).unwrap_or_default().iter();
        let mut changed = fired.filter_map(|entry| match entry {
            Fired::RuleFired { rule } if !self.reach.is_rule_alike(side, *rule) => Some(*rule),
            _ => None,
        });
        known.or_else(|| changed.next())
    }

    fn number(&mut self, rest: Apart, by: Rules) -> usize {
        if rest == Apart::default() {
            return 0;
        }
        let next = self.unsettled.len();
        match self.unsettled_at.entry((rest, by)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                self.unsettled.push(new.key().0.clone());
                self.brought_by.push(by);
                *new.insert(next)
            }
        }
    }
}

/// No more of each than are told apart, of what is in order.
fn few_of_each(said: &mut Vec<Said>) {
    let (mut last, mut number) = (None, 0);
    said.retain(|(answer, _)| {
        number = if last == Some(*answer) { number + 1 } else { 1 };
        last = Some(*answer);
        number <= MOST_ALIKE
    });
}
