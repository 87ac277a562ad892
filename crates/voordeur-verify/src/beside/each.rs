//! Versions that differ in what obligations say, in moments, numbers and notices, and in nothing else, and in several of these: each
//! change is looked at by itself, between the new version and the old one with all other changes made.
//!
//! ```text
//!   old ────── a, b, c ────── new
//!        old with b, c ── a ── new      what parts old and new first comes of one change,
//!        old with a, c ── b ── new      and shows where that one alone is left
//!        old with a, b ── c ── new
//! ```
//!
//! That none of them shows anything does not say that all together do not: then both are compared as they are.

use std::collections::{BTreeMap, BTreeSet};

use voordeur_protocol::{Obligation, ObligationId, Opening, Protocol, Scope, StageId};

use super::clock::Openings;
use super::evened::{Evening, says_the_same};
use super::moment::in_order;
use super::names::Names;

/// The old version with all changes but one, and what of those has a name.
pub(super) struct AllButOne {
    pub(super) variant: Protocol,
    pub(super) evened: Vec<String>,
    /// What the one is of, where that has a name.
    pub(super) left: Option<String>,
}

/// One change.
enum Change {
    /// Of an obligation, where it is declared and where it is opened: all of it where both versions have the same numbers for the same,
    /// and else its terms and numbers.
    Obligation(Vec<Openings>),
    /// Of how often a stage may be entered.
    Limit(StageId, StageId),
    /// Of when rules come.
    Rules(Scope, Scope),
    /// Of whom rules tell.
    Notices(Scope, Scope),
}

/// The old version with all changes but one, once for each of them; nothing where there is one change only, or where something else
/// has changed.
pub(super) fn all_but_one(old: &Protocol, new: &Protocol) -> Vec<AllButOne> {
    let names = Names::of(old, new);
    let evening = Evening { names: &names, old, new };
    let mut whole = old.clone();
    let mut changes = evening.all();
    changes.retain(|change| evening.makes(change, &mut whole));
    if changes.len() < 2 || !says_the_same(&whole, new) {
        return Vec::new();
    }
    // A row that stands in another line is no change.
    changes.retain(|change| {
        let mut changed = old.clone();
        evening.makes(change, &mut changed);
        !says_the_same(old, &changed)
    });
    if changes.len() < 2 {
        return Vec::new();
    }
    let without = |left: usize| {
        let mut variant = old.clone();
        let others = || changes.iter().enumerate().filter(|(at, _)| *at != left).map(|(_, change)| change);
        for change in others() {
            evening.makes(change, &mut variant);
        }
        let evened: BTreeSet<String> = others().filter_map(|change| evening.called(change)).collect();
        let left = changes.get(left).and_then(|change| evening.called(change));
        AllButOne { variant, evened: evened.into_iter().collect(), left }
    };
    (0..changes.len()).map(without).collect()
}

impl Evening<'_> {
    /// All that may have changed so.
    fn all(&self) -> Vec<Change> {
        let mut of: BTreeMap<ObligationId, Vec<Openings>> = BTreeMap::new();
        for pair in in_order(self.names, self.old, self.new).unwrap_or_default() {
            of.entry(self.old.openings.row(pair.0).obligation).or_default().push(pair);
        }
        let mut all: Vec<Change> = of.into_values().map(Change::Obligation).collect();
        for (stage, there) in self.stages() {
            let scopes = (Scope::Stage(stage), Scope::Stage(there));
            all.push(Change::Limit(stage, there));
            all.push(Change::Rules(scopes.0, scopes.1));
            all.push(Change::Notices(scopes.0, scopes.1));
        }
        all.push(Change::Rules(Scope::Always, Scope::Always));
        all.push(Change::Notices(Scope::Always, Scope::Always));
        all
    }

    /// Makes a change in a version; whether it was one.
    fn makes(&self, change: &Change, variant: &mut Protocol) -> bool {
        match change {
            Change::Obligation(pairs) => {
                // Each of them is made, also where the first one was a change.
                let evened = pairs.iter().filter(|pair| self.pair(**pair, variant)).count() > 0;
                self.rows(pairs, variant) || evened
            }
            Change::Limit(stage, there) => self.limit(variant, (*stage, *there)),
            Change::Rules(scope, there) => self.rules(variant, (*scope, *there)),
            Change::Notices(scope, there) => self.notices(variant, (*scope, *there)),
        }
    }

    /// Puts what the new version says of an obligation in the place of what the old one says, where both have the same numbers for the
    /// same; whether that was something else.
    fn rows(&self, pairs: &[Openings], variant: &mut Protocol) -> bool {
        let Some((first, second)) = pairs.first() else { return false };
        let (of, there) =
            (self.old.openings.row(*first).obligation, self.new.openings.row(*second).obligation);
        let (own, now) = (self.old.obligations.row(of), self.new.obligations.row(there));
        if !self.names.are_identical() || own.named != now.named {
            return false;
        }
        let row = Obligation { line: own.line, ..now.clone() };
        let mut is_found = row != *own;
        *variant.obligations.row_mut(of) = row;
        for (first, second) in pairs {
            let own = self.old.openings.row(*first);
            let row = Opening { line: own.line, ..self.new.openings.row(*second).clone() };
            is_found |= row != *own;
            *variant.openings.row_mut(*first) = row;
        }
        is_found
    }

    /// What the change is of, where that has a name.
    fn called(&self, change: &Change) -> Option<String> {
        match change {
            Change::Obligation(pairs) => pairs.first().map(|pair| self.name(*pair)),
            Change::Limit(_, stage)
            | Change::Rules(_, Scope::Stage(stage))
            | Change::Notices(_, Scope::Stage(stage)) => Some(self.new.stages.row(*stage).name.clone()),
            Change::Rules(_, Scope::Always) | Change::Notices(_, Scope::Always) => None,
        }
    }
}
