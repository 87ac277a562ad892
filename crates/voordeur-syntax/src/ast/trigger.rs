//! Triggers: how cases come in, and where they start.

use super::{Expr, Name, Target, Text};
use crate::span::Span;

/// `trigger corporation_report "…" from corporation { asks …  when … -> …  otherwise -> … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// Its name.
    pub name: Name,
    /// Its title for people.
    pub title: Option<Text>,
    /// Whether cases are not reported but selected.
    pub selection: Option<Selection>,
    /// Who may report, or who supplies the list.
    pub from: Vec<Name>,
    /// The fields that the reporter is asked for.
    pub asks: Vec<Name>,
    /// `legitimation "…"`: why these households may be chosen.
    pub legitimation: Option<Text>,
    /// `informed by letter`: how they hear that they were chosen, and why.
    pub informed: Vec<Name>,
    /// The branches, in order.
    pub branches: Vec<Branch>,
}

/// How cases are selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// `list of`: from a register
    List,
    /// `area of`: every household of streets or flats
    Area,
    /// `risk analysis of`: from data of several sources
    RiskAnalysis,
}

/// One branch of a trigger.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// When it applies.
    pub case: When,
    /// Where it leads.
    pub target: Target,
    /// The whole branch.
    pub span: Span,
}

/// The condition on a branch or on an `on` rule.
#[derive(Debug, Clone, PartialEq)]
pub enum When {
    /// Nothing was written: always.
    Always,
    /// `when …`
    If(Expr),
    /// `otherwise`
    Otherwise,
}
