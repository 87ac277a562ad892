//! Conditions over the data of a case and the state of its obligations, and how they are evaluated.
//!
//! Evaluation has three outcomes: true, false, and *not known* because a field has not been recorded.
//! `and` is false as soon as one side is false, `or` true as soon as one side is true, whatever the
//! other side is; so a condition may test `known x and x > 2`.

use crate::lifecycle::Happening;
use crate::table::{FieldId, ObligationId};
use crate::value::Value;

/// A condition with all its names resolved.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// Always true; what `on x done -> y` without `when` says.
    True,
    /// All of these.
    And(Vec<Expr>),
    /// Any of these.
    Or(Vec<Expr>),
    /// Not this.
    Not(Box<Expr>),
    /// The field has been recorded.
    Known(FieldId),
    /// The field's value lies in this range, both ends included. Yes/no and `one of` count as numbers.
    Range {
        /// Which field.
        field: FieldId,
        /// From here; `None` is no lower end.
        low: Option<Value>,
        /// To here; `None` is no upper end.
        high: Option<Value>,
    },
    /// The field's value is one of these.
    In {
        /// Which field.
        field: FieldId,
        /// The values.
        values: Vec<Value>,
    },
    /// At least so many of these parts hold.
    AtLeast {
        /// How many at least.
        at_least: u32,
        /// Of these.
        parts: Vec<Expr>,
    },
    /// At least so many of these obligations have had this happen to them as the last thing.
    Happened {
        /// How many at least.
        at_least: u32,
        /// Of these.
        obligations: Vec<ObligationId>,
        /// What happened.
        happening: Happening,
    },
}

/// What a condition reads.
pub trait Facts {
    /// The recorded value of a field.
    fn value(&self, field: FieldId) -> Option<&Value>;
    /// Whether this is the last thing that happened to the obligation, in so far as it counts here.
    fn happened(&self, obligation: ObligationId, happening: Happening) -> bool;
}

/// A field that a condition needed and that has not been recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unrecorded(pub FieldId);

impl Expr {
    /// Evaluates the condition.
    ///
    /// # Errors
    /// [`Unrecorded`] names the first field that was needed and is not there.
    pub fn holds(&self, facts: &impl Facts) -> Result<bool, Unrecorded> {
        match self {
            Self::True => Ok(true),
            Self::And(parts) => all(parts, facts, false),
            Self::Or(parts) => all(parts, facts, true),
            Self::Not(part) => part.holds(facts).map(|held| !held),
            Self::Known(field) => Ok(facts.value(*field).is_some()),
            Self::Range { field, low, high } => {
                let value = facts.value(*field).ok_or(Unrecorded(*field))?;
                Ok(low.as_ref().is_none_or(|low| low <= value)
                    && high.as_ref().is_none_or(|high| value <= high))
            }
            Self::In { field, values } => {
                let value = facts.value(*field).ok_or(Unrecorded(*field))?;
                Ok(values.contains(value))
            }
            Self::AtLeast { at_least, parts } => enough(*at_least, parts, facts),
            Self::Happened { at_least, obligations, happening } => {
                let count = obligations.iter().filter(|o| facts.happened(**o, *happening)).count();
                Ok(u32::try_from(count).unwrap_or(u32::MAX) >= *at_least)
            }
        }
    }

    /// Calls `visit` for every part of the condition, this one first.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        visit(self);
        match self {
            Self::And(parts) | Self::Or(parts) | Self::AtLeast { parts, .. } => {
                parts.iter().for_each(|part| part.walk(visit));
            }
            Self::Not(part) => part.walk(visit),
            _ => {}
        }
    }
}

/// Whether so many parts hold; not known while the parts that are not known decide.
fn enough(at_least: u32, parts: &[Expr], facts: &impl Facts) -> Result<bool, Unrecorded> {
    let wanted = usize::try_from(at_least).unwrap_or(usize::MAX);
    let (mut held, mut unknown, mut missing) = (0_usize, 0_usize, None);
    for part in parts {
        match part.holds(facts) {
            Ok(true) => held += 1,
            Ok(false) => {}
            Err(field) => {
                unknown += 1;
                missing = missing.or(Some(field));
            }
        }
    }
    match missing {
        _ if held >= wanted => Ok(true),
        Some(field) if held + unknown >= wanted => Err(field),
        _ => Ok(false),
    }
}

/// `and` (with `decisive` false) and `or` (with `decisive` true) in one: the decisive value wins over
/// *not known*.
fn all(parts: &[Expr], facts: &impl Facts, decisive: bool) -> Result<bool, Unrecorded> {
    let mut unknown = None;
    for part in parts {
        match part.holds(facts) {
            Ok(held) if held == decisive => return Ok(decisive),
            Ok(_) => {}
            Err(field) => unknown = unknown.or(Some(field)),
        }
    }
    unknown.map_or(Ok(!decisive), Err)
}
