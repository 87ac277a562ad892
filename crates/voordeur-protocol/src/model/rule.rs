//! Rules: what causes them, when they apply, what they do, where they lead.

use voordeur_calendar::Length;

use super::obligation::Anchor;
use crate::guard::Expr;
use crate::lifecycle::Happening;
use crate::table::{EndId, EventId, FieldId, ObligationId, OpeningId, PartyId, StageId};
use crate::value::Value;

/// Where a rule applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// In one stage.
    Stage(StageId),
    /// In every stage.
    Always,
}

impl Scope {
    /// Whether what has this scope holds in a stage.
    #[must_use]
    pub fn covers(self, stage: StageId) -> bool {
        self == Self::Always || self == Self::Stage(stage)
    }
}

impl Rule {
    /// Whether it opens something.
    #[must_use]
    pub fn opens_anything(&self) -> bool {
        self.effects.iter().any(|effect| matches!(effect, Effect::Open(_)))
    }
}

/// What makes a rule apply.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    /// Something happened to an obligation.
    Obligation(ObligationId, Happening),
    /// Something happened to the case: `on deceased`, `on abuse`.
    Event(EventId),
    /// The rule's condition became true; once per stay in the stage.
    Condition,
    /// This long after the anchor.
    After(Length, Anchor),
    /// Each time that this has gone by since the stage was entered.
    Every(Length),
    /// A birthday, or another anniversary, of the day in a field.
    Birthday {
        /// Which field.
        of: FieldId,
        /// These ages; for an anniversary none.
        ages: Vec<u32>,
        /// After the last of these, each time that so many years have gone by.
        every: Option<u32>,
    },
    /// The stage was entered.
    Entry,
    /// Every contact of the aftercare is over.
    ContactsOver,
}

/// An obligation and what happened to it, or an event, as one number: the key of the dispatch tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CauseKey(u32);

impl CauseKey {
    const EVENT: u32 = 1 << 31;

    /// The key of something that happened to an obligation.
    #[must_use]
    pub fn obligation(obligation: ObligationId, happening: Happening) -> Self {
        Self((u32::from(obligation.0) << 12) | u32::from(happening.code()))
    }

    /// The key of an event of the case.
    #[must_use]
    pub fn event(event: EventId) -> Self {
        Self(Self::EVENT | u32::from(event.0))
    }
}

/// Where a rule leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To a stage.
    Stage(StageId),
    /// To an end.
    End(EndId),
    /// To the stage that was interrupted, with its clocks as they were.
    Back,
}

/// What a rule or a step of an escalation does.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Tell somebody.
    Notify {
        /// Whom.
        who: PartyId,
        /// What, when the file says it.
        text: Option<String>,
    },
    /// Open an obligation; an escalation too.
    Open(OpeningId),
    /// Record that the client consents, or no longer does.
    Consent(bool),
    /// Record a value.
    Record {
        /// In this field.
        field: FieldId,
        /// This value.
        value: Value,
    },
}

/// A rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Where it applies.
    pub scope: Scope,
    /// What causes it.
    pub cause: Cause,
    /// When it applies. `otherwise` has been replaced by its meaning: none of its siblings applies.
    pub guard: Expr,
    /// Whether it was written as `otherwise`.
    pub otherwise: bool,
    /// For what time it is: `on programme done 3`. Its condition says so too.
    pub nth: Option<u32>,
    /// What it does, in this order.
    pub effects: Vec<Effect>,
    /// Where it leads.
    pub target: Option<Target>,
    /// Its line in the file, counted from 1.
    pub line: u32,
    /// Its text in the file, on one line, for explanations.
    pub text: String,
}

impl Rule {
    /// What it waits for, by `on x done` or by `when x done`: what comes of which obligation. What its condition excludes is not among
    /// them.
    #[must_use]
    pub fn occasions(&self) -> Vec<(ObligationId, Happening)> {
        match self.cause {
            Cause::Obligation(of, on) => vec![(of, on)],
            Cause::Condition => {
                let mut found = Vec::new();
                asked_for(&self.guard, &mut found);
                found
            }
            _ => Vec::new(),
        }
    }
}

fn asked_for(guard: &Expr, found: &mut Vec<(ObligationId, Happening)>) {
    match guard {
        Expr::And(parts) | Expr::Or(parts) | Expr::AtLeast { parts, .. } => {
            parts.iter().for_each(|part| asked_for(part, found));
        }
        Expr::Happened { obligations, happening, .. } => {
            found.extend(obligations.iter().map(|of| (*of, *happening)));
        }
        _ => {}
    }
}
