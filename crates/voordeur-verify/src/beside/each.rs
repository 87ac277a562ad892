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

use voordeur_protocol::{Obligation, ObligationId, Opening, OpeningId, Protocol, Scope, Spec, StageId};

use super::clock::Openings;
use super::evened::says_the_same;
use super::evening::Evening;
use super::moment::in_order;
use super::names::Names;
use super::single::Single;

/// The old version with all changes but one, and what of those has a name.
pub(super) struct AllButOne {
    pub(super) variant: Protocol,
    pub(super) evened: Vec<String>,
    /// What the one is of, where that has a name.
    pub(super) left: Option<String>,
}

/// One change.
enum Change {
    /// Of one moment of an obligation.
    Moment(Openings, Single),
    /// Of what else it says, where it is declared and where it is opened: all of it where both versions have the same numbers for the
    /// same, and else its terms and numbers.
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
        let mut all: Vec<Change> = of.into_values().flat_map(|pairs| self.of_one(pairs)).collect();
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

    /// All that may have changed of one obligation.
    fn of_one(&self, pairs: Vec<Openings>) -> Vec<Change> {
        let spec = |pair: &Openings| self.spec_of(self.old, pair.0);
        let declared = pairs.first().map(|pair| (*pair, Single::declared(spec(pair))));
        let declared =
            declared.into_iter().flat_map(|(pair, all)| all.into_iter().map(move |one| (pair, one)));
        let opened = pairs.iter().flat_map(|pair| Single::OPENED.map(|one| (*pair, one)));
        let moments = opened.chain(declared).map(|(pair, one)| Change::Moment(pair, one));
        let mut all: Vec<Change> = moments.collect();
        all.push(Change::Obligation(pairs));
        all
    }

    fn spec_of<'p>(&self, protocol: &'p Protocol, opening: OpeningId) -> &'p Spec {
        &protocol.obligations.row(protocol.openings.row(opening).obligation).spec
    }

    /// Makes a change in a version; whether it was one.
    fn makes(&self, change: &Change, variant: &mut Protocol) -> bool {
        match change {
            Change::Moment(pair, one) => self.moment((*pair, *one), variant),
            Change::Obligation(pairs) => self.all_but_moments(pairs, variant),
            Change::Limit(stage, there) => self.limit(variant, (*stage, *there)),
            Change::Rules(scope, there) => self.rules(variant, (*scope, *there)),
            Change::Notices(scope, there) => self.notices(variant, (*scope, *there)),
        }
    }

    /// One moment as the new version has it.
    fn moment(&self, ((first, second), one): (Openings, Single), variant: &mut Protocol) -> bool {
        let (row, now) = (self.old.openings.row(first), self.new.openings.row(second));
        let opening = self.opening(row, now);
        let spec = self.spec(self.spec_of(self.old, first), self.spec_of(self.new, second));
        let own = &mut variant.openings.row_mut(first);
        let declared = &mut variant.obligations.row_mut(row.obligation).spec;
        let before = (own.clone(), declared.clone());
        one.put((own, declared), (&opening, &spec));
        let is_found = before != (own.clone(), declared.clone());
        if is_found {
            self.counts_from(&opening, &spec, variant);
        }
        is_found
    }

    /// An obligation as the new version has it, with its moments as they are.
    fn all_but_moments(&self, pairs: &[Openings], variant: &mut Protocol) -> bool {
        let own = |variant: &Protocol, first: OpeningId| {
            let row = variant.openings.row(first);
            (row.clone(), variant.obligations.row(row.obligation).clone())
        };
        let before: Vec<_> = pairs.iter().map(|(first, _)| own(variant, *first)).collect();
        for pair in pairs {
            self.pair(*pair, variant);
        }
        self.rows(pairs, variant);
        let mut is_found = false;
        for ((first, _), (opening, row)) in pairs.iter().zip(&before) {
            let of = opening.obligation;
            let (now, spec) = (variant.openings.row_mut(*first), &mut variant.obligations.row_mut(of).spec);
            let moments = Single::OPENED.into_iter().chain(Single::declared(&row.spec));
            moments.for_each(|one| one.put((now, spec), (opening, &row.spec)));
            is_found |= (opening, row) != (variant.openings.row(*first), variant.obligations.row(of));
        }
        is_found
    }

    /// Puts what the new version says of an obligation in the place of what the old one says, where both have the same numbers for the
    /// same.
    fn rows(&self, pairs: &[Openings], variant: &mut Protocol) {
        let Some((first, second)) = pairs.first() else { return };
        let (of, there) =
            (self.old.openings.row(*first).obligation, self.new.openings.row(*second).obligation);
        let (own, now) = (self.old.obligations.row(of), self.new.obligations.row(there));
        if !self.names.are_identical() || own.named != now.named {
            return;
        }
        *variant.obligations.row_mut(of) = Obligation { line: own.line, ..now.clone() };
        for (first, second) in pairs {
            let own = self.old.openings.row(*first);
            let row = Opening { line: own.line, ..self.new.openings.row(*second).clone() };
            *variant.openings.row_mut(*first) = row;
        }
    }

    /// What the change is of, where that has a name.
    fn called(&self, change: &Change) -> Option<String> {
        match change {
            Change::Moment(pair, _) => Some(self.name(*pair)),
            Change::Obligation(pairs) => pairs.first().map(|pair| self.name(*pair)),
            Change::Limit(_, stage)
            | Change::Rules(_, Scope::Stage(stage))
            | Change::Notices(_, Scope::Stage(stage)) => Some(self.new.stages.row(*stage).name.clone()),
            Change::Rules(_, Scope::Always) | Change::Notices(_, Scope::Always) => None,
        }
    }
}
