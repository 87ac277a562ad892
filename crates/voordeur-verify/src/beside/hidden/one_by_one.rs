//! What is only to be named when a stage lets go of it never changes the way of a case: it is looked at thing by thing, and not in every
//! combination.

use std::collections::{BTreeMap, BTreeSet};

use voordeur_protocol::ObligationId;

use super::super::answer::Reader;
use super::super::reach::Reach;
use super::Hidden;

impl Hidden {
    /// The same with what is hidden under these numbers looked at. What is only to be named is looked at one by one, since it never
    /// changes the way of a case.
    pub(in super::super) fn one_by_one(
        self,
        numbers: &BTreeMap<u32, bool>,
        reader: Reader<'_>,
        reach: &Reach,
    ) -> Vec<Self> {
        let pairs = self.to_be_named(numbers, reader);
        if pairs.len() < 2 || numbers.values().any(|all| *all) {
            return vec![self.without(numbers, reader, reach)];
        }
        let parts = pairs.iter().map(|own| {
            let mut part = self.clone();
            for [old, new] in pairs.iter().filter(|other| *other != own) {
                let [before, after] = &mut part.unnamed;
                before.insert(*old);
                after.insert(*new);
            }
            part.without(numbers, reader, reach)
        });
        parts.collect()
    }

    /// What is hidden under these numbers and is to be named in both versions.
    fn to_be_named(&self, numbers: &BTreeMap<u32, bool>, reader: Reader<'_>) -> BTreeSet<[ObligationId; 2]> {
        let [unnamed, _] = &self.unnamed;
        let both =
            numbers.keys().filter_map(|number| self.all.get(usize::try_from(*number).ok()?.checked_sub(1)?));
        let named = both.flat_map(|[old, new]| {
            let there = old.named(reader.old, unnamed).into_iter();
            there.filter_map(|of| {
                let now = ObligationId(reader.names.obligations.now(of.0)?);
                new.obligations.contains(&now).then_some([of, now])
            })
        });
        named.collect()
    }
}
