//! Which ways to answer a report are as good as each other: no condition ever tells them apart.
//!
//! `care or work or youth` does not ask which of the three it is. Where the three are always answered together, one
//! way to answer stands for all that give the condition the same value.

use std::collections::{BTreeMap, BTreeSet};

use voordeur_engine::Data;
use voordeur_protocol::guard::{Expr, Facts, Unrecorded};
use voordeur_protocol::{Effect, FieldId, Happening, Id as _, ObligationId, Protocol, Spec, Value};

use crate::cells::{counts_children, each_condition};

/// What conditions tell apart.
#[derive(Debug)]
pub(crate) struct Classes {
    guards: Vec<Expr>,
    /// For each field where it is answered.
    answered: Vec<BTreeSet<usize>>,
    /// The fields that something else than a condition reads.
    read_otherwise: Vec<bool>,
}

impl Classes {
    pub(crate) fn of(protocol: &Protocol) -> Self {
        let mut guards = Vec::new();
        each_condition(protocol, &mut |_, guard| {
            if !guards.contains(guard) {
                guards.push(guard.clone());
            }
        });
        guards.retain(|guard| !fields(guard).is_empty());
        let read_otherwise = protocol.fields.iter().map(|(id, _)| is_read_otherwise(protocol, id)).collect();
        Self { guards, answered: answered(protocol), read_otherwise }
    }

    /// What the conditions make of answers to these fields: answers with the same marks are as good as each other.
    pub(crate) fn marks(&self, asked: &[FieldId], given: &Data) -> Vec<Mark> {
        let mut marks: Vec<Mark> = (asked.iter())
            .filter(|field| self.read_otherwise.get(field.index()).copied().unwrap_or(true))
            .map(|field| Mark::Value(Given(given).value(*field).cloned()))
            .collect();
        for guard in &self.guards {
            self.mark(guard, asked, given, &mut marks);
        }
        marks
    }

    fn mark(&self, part: &Expr, asked: &[FieldId], given: &Data, marks: &mut Vec<Mark>) {
        let read = fields(part);
        if !read.iter().any(|field| asked.contains(field)) {
            return;
        }
        if read.iter().all(|field| asked.contains(field)) && self.together(&read) && !looks_back(part) {
            return marks.push(Mark::of(part, given));
        }
        match part {
            Expr::And(parts) => self.mark_parts(parts, Expr::And, asked, given, marks),
            Expr::Or(parts) => self.mark_parts(parts, Expr::Or, asked, given, marks),
            Expr::AtLeast { parts, .. } => {
                parts.iter().for_each(|part| self.mark(part, asked, given, marks));
            }
            Expr::Not(part) => self.mark(part, asked, given, marks),
            _ => marks.push(Mark::of(part, given)),
        }
    }

    /// Those parts that only read what is answered here count as one.
    fn mark_parts(
        &self,
        parts: &[Expr],
        join: fn(Vec<Expr>) -> Expr,
        asked: &[FieldId],
        given: &Data,
        marks: &mut Vec<Mark>,
    ) {
        let inside =
            |part: &&Expr| fields(part).iter().all(|field| asked.contains(field)) && !looks_back(part);
        let (own, others): (Vec<&Expr>, Vec<&Expr>) = parts.iter().partition(inside);
        let read: BTreeSet<FieldId> = own.iter().flat_map(|part| fields(part)).collect();
        if self.together(&read) && own.len() < parts.len() {
            let joined = join(own.into_iter().cloned().collect());
            marks.push(Mark::of(&joined, given));
        } else {
            own.into_iter().for_each(|part| self.mark(part, asked, given, marks));
        }
        others.into_iter().for_each(|part| self.mark(part, asked, given, marks));
    }

    /// Whether these fields are always answered together.
    fn together(&self, fields: &BTreeSet<FieldId>) -> bool {
        let mut places = fields.iter().map(|field| self.answered.get(field.index()));
        let first = places.next();
        fields.len() <= 1 || places.all(|other| Some(other) == first)
    }
}

/// What a condition, or a part of one, makes of answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mark {
    Value(Option<Value>),
    Holds(Result<bool, Unrecorded>),
}

impl Mark {
    fn of(part: &Expr, given: &Data) -> Self {
        Self::Holds(part.holds(&Given(given)))
    }
}

struct Given<'a>(&'a Data);

impl Facts for Given<'_> {
    fn value(&self, field: FieldId) -> Option<&Value> {
        self.0.iter().find(|(own, _)| *own == field).map(|(_, value)| value)
    }

    fn happened(&self, _: ObligationId, _: Happening) -> bool {
        false
    }
}

/// The fields that a condition, or a part of one, reads.
pub(crate) fn fields(part: &Expr) -> BTreeSet<FieldId> {
    let mut fields = BTreeSet::new();
    part.walk(&mut |part| {
        if let Expr::Range { field, .. } | Expr::In { field, .. } | Expr::Known(field) = part {
            fields.insert(*field);
        }
    });
    fields
}

/// Whether it asks what has happened to an obligation.
fn looks_back(part: &Expr) -> bool {
    let mut found = false;
    part.walk(&mut |part| found |= matches!(part, Expr::Happened { .. }));
    found
}

/// Whether a number of cases, another field or a term follows from a field.
fn is_read_otherwise(protocol: &Protocol, field: FieldId) -> bool {
    use voordeur_protocol::model::{Derived, Start};
    use voordeur_protocol::{Anchor, FieldType};
    let derived = protocol.fields.rows().any(|row| match row.derived {
        Some(Derived::Age(of) | Derived::Sum { of, .. }) => of == field,
        Some(Derived::Since(Start::From(Anchor::Field(of)), _)) => of == field,
        _ => false,
    });
    let date = matches!(protocol.fields.row(field).ty, FieldType::Date | FieldType::Birthdate);
    derived || date || counts_children(protocol, field)
}

/// For each field the places where it is answered or recorded, by number.
fn answered(protocol: &Protocol) -> Vec<BTreeSet<usize>> {
    let triggers = protocol.triggers.rows().map(|row| row.asks.clone());
    let events = protocol.events.rows().map(|row| row.asks.clone());
    let obligations = protocol.obligations.rows().flat_map(|row| match &row.spec {
        Spec::Action(action) => vec![row.asks.clone(), action.returns.clone()],
        _ => vec![row.asks.clone()],
    });
    let recorded = protocol.rules.rows().flat_map(|rule| &rule.effects).filter_map(|effect| match effect {
        Effect::Record { field, .. } => Some(vec![*field]),
        _ => None,
    });
    let places = triggers.chain(events).chain(obligations).chain(recorded).enumerate();
    let mut answered: BTreeMap<FieldId, BTreeSet<usize>> = BTreeMap::new();
    for (place, fields) in places {
        for field in fields {
            answered.entry(field).or_default().insert(place);
        }
    }
    protocol.fields.iter().map(|(id, _)| answered.remove(&id).unwrap_or_default()).collect()
}
