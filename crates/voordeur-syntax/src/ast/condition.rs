//! Conditions and constants.

use super::{Anchor, Date, Length, Name};
use crate::span::Span;

/// A condition.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it says.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a condition.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `a and b`, flattened
    And(Vec<Expr>),
    /// `a or b`, flattened
    Or(Vec<Expr>),
    /// `not a`
    Not(Box<Expr>),
    /// `known field`
    Known(Name),
    /// `bailiff_involved`: a field of type yes_no
    Field(Name),
    /// `months <= 2`, `age of born >= 75`
    Compare { field: Operand, op: Comparison, value: Value },
    /// `months between 3 and 12` (both included)
    Between { field: Operand, low: Value, high: Value },
    /// `eviction in { deferred, averted }`
    In { field: Name, values: Vec<Value> },
    /// `since report < 6 weeks`, `since take_in done > 2 weeks`
    Since { from: Anchor, op: Comparison, length: Length },
    /// `follow_up taken_up`, `take_in done`
    State { obligation: Name, state: Name },
    /// `all of (a, b) done`, `any of (…) done`, `2 of (…) done`
    Quorum { quorum: Quorum, obligations: Vec<Name>, state: Name },
    /// `2 of (a done, b taken_up, c refused)`
    Mixed { quorum: Quorum, parts: Vec<Expr> },
}

/// What a comparison looks at.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A field.
    Field(Name),
    /// `age of born`: whole years since that day
    Age(Name),
    /// `number of programme`: how many visits of a series there have been
    Number(Name),
}

impl Operand {
    /// The name of the field.
    #[must_use]
    pub const fn name(&self) -> &Name {
        match self {
            Self::Field(name) | Self::Age(name) | Self::Number(name) => name,
        }
    }
}

/// How many of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quorum {
    /// `all of`
    All,
    /// `any of`
    Any,
    /// `2 of`
    AtLeast(u32),
}

/// `=`, `!=`, `<`, `<=`, `>`, `>=`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A constant.
#[derive(Debug, Clone)]
pub struct Value {
    /// What it is.
    pub kind: ValueKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a constant.
#[derive(Debug, Clone, PartialEq)]
pub enum ValueKind {
    /// `yes`, `no`
    YesNo(bool),
    /// `3`, `-1`
    Number(i64),
    /// `€900`, `€ 900.50`: whole cents
    Cents(i64),
    /// `2008-03-01`
    Date(Date),
    /// `averted`: a value of a `one of` field
    Word(String),
    /// `"…"`
    Text(String),
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}
