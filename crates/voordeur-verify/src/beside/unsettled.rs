//! What one version has said at a moment and the other one has not, and what both open at it.

use voordeur_protocol::OpeningId;

use super::answer::{Said, apart};
use super::search::{Apart, Beside};

impl Beside<'_> {
    /// What is left to be said by one of them, with what was left before; and what both open.
    pub(super) fn compared(
        &self,
        before: usize,
        said: &[Vec<Said>; 2],
    ) -> (Apart, Vec<(OpeningId, OpeningId)>) {
        let left = self.unsettled.get(before).cloned().unwrap_or_default();
        let [old, new] = said;
        let old: Vec<Said> = left.0.iter().chain(old).copied().collect();
        let new: Vec<Said> = left.1.iter().chain(new).copied().collect();
        let (mut only_old, mut only_new, both) = apart(&old, &new);
        let both = self.paired(&both);
        only_old.sort_unstable_by_key(|(answer, _)| *answer);
        only_new.sort_unstable_by_key(|(answer, _)| *answer);
        ((only_old, only_new), both)
    }

    /// What both open, each with its like: where one thing is opened twice at a moment, in the same way in both.
    fn paired(&self, both: &[(OpeningId, OpeningId)]) -> Vec<(OpeningId, OpeningId)> {
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

    pub(super) fn number(&mut self, rest: Apart) -> usize {
        match self.unsettled.iter().position(|known| *known == rest) {
            Some(at) => at,
            None => {
                self.unsettled.push(rest);
                self.unsettled.len() - 1
            }
        }
    }
}
