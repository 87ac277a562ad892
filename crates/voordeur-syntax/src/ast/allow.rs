//! `allow`: a warning that is not told.

use super::{Date, Name, Spanned, Text};
use crate::span::Span;

/// A warning that is known and accepted, for a reason and for a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Allow {
    /// The rule that warns.
    pub rule: Name,
    /// The last day on which it is allowed.
    pub until: Spanned<Date>,
    /// Why.
    pub because: Text,
    /// The whole line.
    pub span: Span,
}
