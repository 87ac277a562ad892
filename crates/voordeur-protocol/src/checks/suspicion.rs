//! Errors that stand or fall with a household that gets there.
//!
//! A check looks at conditions, terms and outcomes one by one; whether a case can ever come to that point with those
//! answers, only a search over all cases says. So a check tells its suspicion with what would show it.

use voordeur_diagnostics::Diagnostic;

use super::Context;
use crate::guard::Expr;
use crate::lifecycle::Happening;
use crate::model::Protocol;
use crate::spans::Spans;
use crate::table::{EndId, FieldId, ObligationId, OpeningId, RuleId, StageId, TriggerId};

/// An error, and what would show it.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspicion {
    /// The error, for when it is so.
    pub problem: Diagnostic,
    /// What a case has to come to for it.
    pub shows: Shows,
    /// The stage that the message is about, where one error may stand for several stages.
    pub stage: Option<StageId>,
}

/// What shows that a suspicion is right.
#[derive(Debug, Clone, PartialEq)]
pub enum Shows {
    /// Two rules apply at one moment.
    Both(RuleId, RuleId),
    /// A report fits two branches of a trigger, by their numbers.
    Branches(TriggerId, u16, u16),
    /// What these rules of one place answer happens, and none of them applies, nor one of those behind them.
    None {
        /// The rules of the place.
        rules: Vec<RuleId>,
        /// What the rules of `always` on the same cause ask, and the conditions that wait for it.
        behind: Vec<Expr>,
    },
    /// This happens in a stage, and none of the conditions that wait for it applies, nor will one while the stage lasts.
    Awaited {
        /// To this.
        obligation: ObligationId,
        /// What happens.
        on: Happening,
        /// The conditions.
        rules: Vec<RuleId>,
        /// A household for which none of these holds; with none of them any household.
        guards: Vec<Expr>,
    },
    /// A report through a trigger leads nowhere.
    Nowhere(TriggerId),
    /// This happens to something that is opened here.
    Happens(OpeningId, Happening),
    /// This happens to something that is opened here, and the case lies where it is.
    Lies(OpeningId, Happening),
    /// A rule applies.
    Applies(RuleId),
    /// A rule has its turn while nobody has recorded what it reads.
    Unrecorded(RuleId, FieldId),
    /// Something is opened while nobody has recorded what it hands over.
    HandedOver(OpeningId, FieldId),
    /// Something that needs consent is opened while nobody has given it.
    WithoutConsent(OpeningId),
    /// A case is in a stage.
    Reached(StageId),
    /// A case is in a stage, and nobody has to act.
    Waits(StageId),
    /// Something comes again once it has been there, and nothing from outside brings it.
    Again(OpeningId),
    /// Rules set each other off without end.
    Endless,
    /// A field is answered: at the door, or with a report.
    Answered(FieldId),
    /// A case comes to an end after one of these stages has helped, and nobody looks back.
    LetGo(Vec<StageId>, EndId),
}

/// What is suspected of a pathway.
#[derive(Debug)]
pub struct Suspected<'a> {
    /// The pathway. It names only what it declares, and it may not run yet.
    pub protocol: &'a Protocol,
    /// Where its parts stand.
    pub spans: &'a Spans,
    /// What its checks suspect.
    pub suspicions: Vec<Suspicion>,
}

/// Decides what is so of what is suspected: gives the errors that are to be told.
pub type Judge<'j> = dyn FnMut(Suspected<'_>) -> Vec<Diagnostic> + 'j;

/// Tells whatever is suspected: a pathway is rather refused than let through. What nothing in the text speaks for is left to those who
/// look at all cases.
#[must_use]
pub(crate) fn believe(suspected: Suspected<'_>) -> Vec<Diagnostic> {
    let speaks = |one: &Suspicion| !matches!(&one.shows, Shows::Awaited { guards, .. } if guards.is_empty());
    suspected.suspicions.into_iter().filter(speaks).map(|one| one.problem).collect()
}

impl Context<'_> {
    pub(super) fn suspect(&mut self, problem: Diagnostic, shows: Shows) {
        self.suspicions.push(Suspicion { problem, shows, stage: None });
    }

    /// One error may be found for several stages; one of those is told.
    pub(super) fn suspect_in(&mut self, stage: StageId, problem: Diagnostic, shows: Shows) {
        self.suspicions.push(Suspicion { problem, shows, stage: Some(stage) });
    }
}
