//! What is looked at: the fields that something reads once a case is reported.

use std::collections::BTreeSet;

use super::derived::{Derived, Start};
use super::obligation::{Anchor, Spec, Term};
use super::protocol::Protocol;
use super::rule::Cause;
use crate::guard::Expr;
use crate::lookup::Occurrence;
use crate::table::FieldId;

impl Protocol {
    /// Every field that something looks at after the report: conditions, terms, referrals, plugins, measures.
    #[must_use]
    pub fn fields_read(&self) -> BTreeSet<FieldId> {
        let mut read = BTreeSet::new();
        self.guards_read(&mut read);
        for row in self.obligations.rows() {
            read.extend(row.spec.goes_along());
        }
        for opening in self.openings.rows() {
            let anchors = [opening.term, opening.preferred].into_iter().flatten().filter_map(counts_from);
            read.extend(anchors);
        }
        for (opening, _) in &self.measures {
            let of = self.openings.row(*opening).obligation;
            read.extend(self.obligations.row(of).asks.iter().copied());
        }
        self.derived_read(&mut read);
        read
    }

    /// The same, with what is kept for a reason that the file gives.
    #[must_use]
    pub fn fields_looked_at(&self) -> BTreeSet<FieldId> {
        let kept = self.fields.iter().filter(|(_, row)| row.kept.is_some()).map(|(id, _)| id);
        self.fields_read().into_iter().chain(kept).collect()
    }

    /// The fields by which reports are sorted.
    #[must_use]
    pub fn fields_sorted_by(&self) -> BTreeSet<FieldId> {
        let mut read = BTreeSet::new();
        let branches = self.triggers.rows().flat_map(|row| &row.branches);
        branches.for_each(|branch| reads(&branch.guard, &mut read));
        self.derived_read(&mut read);
        read
    }

    fn guards_read(&self, read: &mut BTreeSet<FieldId>) {
        let rules = self.rules.rows().map(|rule| &rule.guard);
        let openings = self.openings.rows();
        let paused = openings.filter_map(|opening| opening.paused.as_ref().map(|(guard, _)| guard));
        rules.chain(paused).for_each(|guard| reads(guard, read));
        for rule in self.rules.rows() {
            match &rule.cause {
                Cause::Birthday { of, .. } | Cause::After(_, Anchor::Field(of)) => {
                    read.insert(*of);
                }
                _ => {}
            }
        }
    }

    /// What is read through a field that follows from it: also what comes with an event that is counted.
    fn derived_read(&self, read: &mut BTreeSet<FieldId>) {
        for (id, row) in self.fields.iter() {
            match row.derived {
                Some(
                    Derived::Age(of)
                    | Derived::Sum { of, .. }
                    | Derived::Since(Start::From(Anchor::Field(of)), _),
                ) if read.contains(&id) => {
                    read.insert(of);
                }
                Some(Derived::Tally { of: Occurrence::Event(event), .. }) if read.contains(&id) => {
                    read.extend(self.events.row(event).asks.iter().copied());
                }
                _ => {}
            }
        }
    }
}

impl Spec {
    /// The fields that it takes along to somebody else.
    #[must_use]
    pub fn goes_along(&self) -> Vec<FieldId> {
        match self {
            Self::Referral(referral) => referral.hands_over.clone(),
            Self::Action(action) => action.sees.clone(),
            Self::Sub(sub) => sub.hands_over.iter().copied().chain(sub.for_each).collect(),
            _ => Vec::new(),
        }
    }
}

/// The fields that a condition reads.
fn reads(guard: &Expr, read: &mut BTreeSet<FieldId>) {
    guard.walk(&mut |part| match part {
        Expr::Known(field) | Expr::Range { field, .. } | Expr::In { field, .. } => {
            read.insert(*field);
        }
        _ => {}
    });
}

const fn counts_from(term: Term) -> Option<FieldId> {
    match term.anchor {
        Anchor::Field(field) => Some(field),
        _ => None,
    }
}
