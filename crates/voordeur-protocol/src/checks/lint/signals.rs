//! What is found at the door or comes with a report goes somewhere, and goes only where it was asked for.

use std::collections::BTreeSet;

use voordeur_diagnostics::Rule as Finding;
use voordeur_messages::say;

use super::{Context, visit_of};
use crate::guard::Expr;
use crate::lookup::Occurrence;
use crate::model::{Anchor, Cause, Derived, Obligation, Purpose, Spec, Start, Term};
use crate::table::FieldId;
use crate::value::FieldType;

impl Context<'_> {
    pub(super) fn signals(&mut self) {
        self.answers_on_the_shelf();
        self.mixed_purposes();
    }

    /// The fields that a visit, a visit of a series or a contact asks for.
    pub(super) fn asked_at_the_door(&self) -> BTreeSet<FieldId> {
        let rows = self.protocol.obligations.rows();
        let asked = rows.filter(|row| visit_of(&row.spec).is_some() || matches!(row.spec, Spec::Contact(_)));
        asked.flat_map(|row| row.asks.iter().copied()).collect()
    }

    /// The fields that anybody is asked for while a case runs: with what has to be done, and with what is reported about it.
    fn asked_later(&self) -> BTreeSet<FieldId> {
        // What a plugin gives back nobody was asked.
        let asked = self.protocol.obligations.rows().filter(|row| !matches!(row.spec, Spec::Action(_)));
        let obligations = asked.flat_map(|row| row.asks.iter().copied());
        let events = self.protocol.events.rows().flat_map(|row| row.asks.iter().copied());
        obligations.chain(events).collect()
    }

    /// The fields that whoever reports a household is asked for.
    fn asked_at_the_report(&self) -> BTreeSet<FieldId> {
        self.protocol.triggers.rows().flat_map(|row| row.asks.iter().copied()).collect()
    }

    pub(super) fn is_for(&self, field: FieldId, purpose: Purpose) -> bool {
        self.protocol.fields.row(field).purpose == Some(purpose)
    }

    /// Asked of somebody, and then nothing looks at it.
    fn answers_on_the_shelf(&mut self) {
        let (read, sorts) = (self.fields_read(), self.branched_on());
        let (visited, later) = (self.asked_at_the_door(), self.asked_later());
        for field in later.union(&self.asked_at_the_report()).copied() {
            let row = self.protocol.fields.row(field);
            // How a report was sorted is over when somebody is asked once more.
            let read = read.contains(&field) || !later.contains(&field) && sorts.contains(&field);
            if row.ty == FieldType::Text || row.kept.is_some() || read {
                continue;
            }
            let message = if visited.contains(&field) {
                say!(
                    "`{name}` is asked at the door and then left on the shelf: no rule, referral or report looks at it",
                    name = row.name
                )
            } else if later.contains(&field) {
                say!(
                    "`{name}` is asked and then left on the shelf: no rule, referral or report looks at it",
                    name = row.name
                )
            } else {
                say!(
                    "`{name}` comes with a report and is then left on the shelf: no rule, referral or report looks at it",
                    name = row.name
                )
            };
            let help = say!(
                "let a rule ask `when {name} …`, hand it over in a referral, or say why it is asked: `kept because \"…\"`",
                name = row.name
            );
            self.found_when_answered(Finding::SignalOnTheShelf, field, message, help);
        }
    }

    /// The fields by which reports are sorted.
    fn branched_on(&self) -> BTreeSet<FieldId> {
        let mut read = BTreeSet::new();
        let branches = self.protocol.triggers.rows().flat_map(|row| &row.branches);
        branches.for_each(|branch| reads(&branch.guard, &mut read));
        self.derived_read(&mut read);
        read
    }

    /// Every field that something looks at after the report: conditions, terms, referrals, plugins, measures.
    fn fields_read(&self) -> BTreeSet<FieldId> {
        let mut read = BTreeSet::new();
        self.guards_read(&mut read);
        for row in self.protocol.obligations.rows() {
            read.extend(goes_along(row));
        }
        for opening in self.protocol.openings.rows() {
            let anchors = [opening.term, opening.preferred].into_iter().flatten().filter_map(counts_from);
            read.extend(anchors);
        }
        for (opening, _) in &self.protocol.measures {
            read.extend(self.obligation(*opening).1.asks.iter().copied());
        }
        self.derived_read(&mut read);
        read
    }

    fn guards_read(&self, read: &mut BTreeSet<FieldId>) {
        let rules = self.protocol.rules.rows().map(|rule| &rule.guard);
        let openings = self.protocol.openings.rows();
        let paused = openings.filter_map(|opening| opening.paused.as_ref().map(|(guard, _)| guard));
        rules.chain(paused).for_each(|guard| reads(guard, read));
        for rule in self.protocol.rules.rows() {
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
        for (id, row) in self.protocol.fields.iter() {
            match row.derived {
                Some(
                    Derived::Age(of)
                    | Derived::Sum { of, .. }
                    | Derived::Since(Start::From(Anchor::Field(of)), _),
                ) if read.contains(&id) => {
                    read.insert(of);
                }
                Some(Derived::Tally { of: Occurrence::Event(event), .. }) if read.contains(&id) => {
                    read.extend(self.protocol.events.row(event).asks.iter().copied());
                }
                _ => {}
            }
        }
    }

    /// Enforcement and help behind one door: each answer says what it is for, and goes only there.
    fn mixed_purposes(&mut self) {
        for (id, row) in self.protocol.obligations.iter() {
            let enforces = row.asks.iter().any(|field| self.is_for(*field, Purpose::Enforcement));
            let silent = row.asks.iter().find(|field| self.protocol.fields.row(**field).purpose.is_none());
            if let Some(field) = silent.filter(|_| enforces && visit_of(&row.spec).is_some()) {
                let message = say!(
                    "`{visit}` asks for enforcement and for more, and `{field}` does not say what it is for: people must know what an answer is used for",
                    visit = row.name,
                    field = self.protocol.fields.row(*field).name
                );
                let help = say!("add `for help` or `for enforcement` to the field");
                self.found(Finding::MixedPurposes, *self.spans.fields.row(*field), message, help);
            }
            let handed = match &row.spec {
                Spec::Referral(referral) => Some(&referral.hands_over),
                Spec::Action(action) => action.to.map(|_| &action.sees),
                _ => None,
            };
            if let Some(handed) = handed {
                let purposes = [Purpose::Enforcement, Purpose::Help];
                let both = purposes.iter().all(|p| handed.iter().any(|f| self.is_for(*f, *p)));
                if both {
                    let message = say!(
                        "`{name}` hands over answers that were given for help together with answers for enforcement",
                        name = row.name
                    );
                    let help = say!("make two referrals, each with the fields of one purpose");
                    self.found(Finding::MixedPurposes, *self.spans.obligations.row(id), message, help);
                }
            }
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

/// The fields that an obligation takes along to somebody else.
fn goes_along(row: &Obligation) -> Vec<FieldId> {
    match &row.spec {
        Spec::Referral(referral) => referral.hands_over.clone(),
        Spec::Action(action) => action.sees.clone(),
        Spec::Sub(sub) => sub.hands_over.iter().copied().chain(sub.for_each).collect(),
        _ => Vec::new(),
    }
}

const fn counts_from(term: Term) -> Option<FieldId> {
    match term.anchor {
        Anchor::Field(field) => Some(field),
        _ => None,
    }
}
