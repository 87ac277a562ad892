//! Promises: what holds for every case of a pathway.

use super::{Anchor, Count, Expr, Length, Name, ObligationKind, Spanned, Text};
use crate::span::Span;

/// `promise "…" for eropaf { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Promise {
    /// What it is about, in words.
    pub title: Text,
    /// Of which pathway.
    pub pathway: Name,
    /// What is promised, in order.
    pub statements: Vec<Spanned<Promised>>,
    /// The whole promise.
    pub span: Span,
}

/// One thing that is promised.
#[derive(Debug, Clone, PartialEq)]
pub enum Promised {
    /// `every to_madi is taken_up or exhausted within 6 weeks statutory when urgent`
    Response {
        subject: Subject,
        outcomes: Vec<Name>,
        length: Length,
        regime: Option<Name>,
        when: Option<Expr>,
    },
    /// `no case is closed before first_visit is done when urgent`
    Before { ending: Ending, cause: Cause, when: Option<Expr> },
    /// `no case is closed while a referral is open`
    While { ending: Ending, open: Subject, when: Option<Expr> },
    /// `no referral is opened after consent is withdrawn`; `what` holds the words of what happens
    Absence { subject: Subject, what: Vec<Happens>, after: Cause },
    /// `in follow_up, check is done at least every 8 weeks`
    Recurrence { stage: Name, cause: Cause, every: Length },
    /// `at most 4 attempts of first_visit before late is opened`
    Attempts { most: Count, of: Name, before: Option<Cause> },
    /// `at most 3 times first_visit is not_home before late is opened`
    AtMost { most: Count, cause: Cause, before: Option<Cause> },
    /// `first_visit is done within 5 working days of report when urgent`
    Existence { cause: Cause, length: Length, of: Option<Anchor>, regime: Option<Name>, when: Option<Expr> },
    /// `possible case ends stable`
    PossibleEnd(Name),
    /// `possible case is in follow_up`
    PossibleStage(Name),
    /// `possible that first_visit is exhausted`
    Possible(Cause),
    /// `never two visits open at once`
    NeverTwoOfKind(ObligationKind),
    /// `never two of (first_visit, second_visit) open at once`
    NeverTwoOf(Vec<Name>),
}

impl Promised {
    /// The settings that it takes a length or a number from.
    #[must_use]
    pub fn settings(&self) -> Vec<&Name> {
        let (length, count) = match self {
            Self::Response { length, .. } | Self::Existence { length, .. } => (Some(length), None),
            Self::Recurrence { every, .. } => (Some(every), None),
            Self::Attempts { most, .. } | Self::AtMost { most, .. } => (None, Some(most)),
            _ => (None, None),
        };
        let count = count.and_then(|count| if let Count::Setting(name) = count { Some(name) } else { None });
        length.and_then(|length| length.setting.as_ref()).into_iter().chain(count).collect()
    }

    /// When it holds.
    #[must_use]
    pub const fn condition(&self) -> Option<&Expr> {
        match self {
            Self::Response { when, .. }
            | Self::Before { when, .. }
            | Self::While { when, .. }
            | Self::Existence { when, .. } => when.as_ref(),
            _ => None,
        }
    }
}

/// Which endings of a case are meant.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// `is closed`: the pathway itself closes it
    Closed,
    /// `ends stable`
    In(Name),
}

/// What a promise is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// `to_madi`
    Named(Name),
    /// `every referral`: all of that kind
    Kind(ObligationKind),
}

/// What happens, in a case or to an obligation.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    /// `relapse`
    Event(Name),
    /// `first_visit is done or refused`: any of these
    Deeds(Vec<Deed>),
}

/// `first_visit is done`
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// To what.
    pub subject: Name,
    /// What happens to it.
    pub what: Happens,
}

/// What happens to an obligation.
#[derive(Debug, Clone, PartialEq)]
pub enum Happens {
    /// `is opened`
    Opened,
    /// `is done`
    Word(Name),
}
