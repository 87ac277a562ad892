//! Why a case cannot come over to another version.

use voordeur_calendar::Length;
use voordeur_messages::say;

use super::stranded::Stranded;
use crate::rejection::Rejection;

/// What keeps a case from coming over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// The stage that it is in is gone.
    NoStage {
        /// Its name in the old version.
        stage: String,
    },
    /// The stage that it is in is gone, and it interrupted another one.
    NoInterrupting {
        /// Its name in the old version.
        stage: String,
        /// The stage that it interrupted, by its name in the old version.
        interrupted: String,
    },
    /// The stage that it is in does not lead back any more to the one that it interrupted.
    NotBack {
        /// Its name in the old version.
        stage: String,
        /// The stage that it interrupted, by its name in the old version.
        interrupted: String,
    },
    /// It would come in a stage that leads back to the stage before it, and there is none.
    NowhereBack {
        /// Its name in the new version.
        stage: String,
    },
    /// What happened to an obligation waits for the return to its stage, and nothing would follow from it there.
    WaitsForReturn {
        /// Its name in the old version.
        obligation: String,
    },
    /// A report waits until the stage to which it leads has been left, and its rule is gone.
    Postponed {
        /// The text of the rule.
        rule: String,
    },
    /// What reported it is gone.
    NoTrigger {
        /// Its name in the old version.
        trigger: String,
    },
    /// Something that is open has no counterpart where the case comes: nothing would ever follow from it.
    NoCounterpart {
        /// Its name in the old version.
        obligation: String,
        /// The stage of the old version in which it was opened.
        stage: Option<String>,
    },
    /// A contact of an aftercare is still to come at a moment that the new version does not have.
    NoMoment {
        /// The name of the contact in the old version.
        contact: String,
        /// Its moment, counted from the start of the aftercare.
        after: Length,
        /// The aftercare, by its name in the old version.
        stage: String,
        /// Where the case comes, by its name in the new version.
        there: String,
    },
    /// The clock of an obligation stood still, and its term has changed.
    StoodStill {
        /// Its name in the new version.
        obligation: String,
    },
    /// Nothing would be open, and no time would be waited for.
    NothingWaits,
    /// No clock would run in this stage, and nothing that is open would have a term of which somebody hears.
    NothingLeads {
        /// Its name in the new version.
        stage: String,
    },
    /// Something of it would be left lying, although nothing of the above is so.
    Stranded(Stranded),
    /// The new version reads a field that the case was never asked, and that nothing can ask any more.
    NeverAsked {
        /// Its name in the new version.
        field: String,
    },
    /// What was recorded in a field has no place in the new version. The value is not told.
    Value {
        /// Its name in the old version.
        field: String,
    },
    /// The new version refuses it.
    Refused(Box<Rejection>),
    /// Its history could not have happened on the new version.
    History {
        /// Which step of the journal is refused, counted from 1.
        step: i64,
        /// Why.
        why: Box<Rejection>,
    },
    /// What was reported has no counterpart in the new version.
    NothingLike {
        /// Which step of the journal, counted from 1.
        step: i64,
    },
    /// A plugin is being called, or cases are being started: it comes over when that has been answered.
    UnderWay,
    /// The time of a clock has come, nothing has followed from it yet, and there it would be due later, or not at all: it comes over
    /// when that has been told.
    NotToldYet {
        /// When that was, in words, in the zone of the pathway.
        due: String,
    },
}

impl Obstacle {
    /// Whether the text of the new version can mend it; else the case stays on its version.
    #[must_use]
    pub const fn is_decision(&self) -> bool {
        !matches!(
            self,
            Self::Value { .. } | Self::Refused(_) | Self::History { .. } | Self::NothingLike { .. }
        )
    }

    /// What it is, in one sentence with what to do.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::NoStage { stage } => say!(
                "the stage `{stage}` is gone: say `stage {stage} -> …` in `open cases`, or `was {stage}` at the stage that it has become",
                stage
            ),
            Self::NoInterrupting { stage, interrupted } => say!(
                "the stage `{stage}` is gone, and this case was to go back from it to `{interrupted}`: say `stage {stage} -> back` in `open cases` to go on there with its clocks as they were, or `stage {stage} -> …` to give that up",
                stage,
                interrupted
            ),
            Self::NotBack { stage, interrupted } => say!(
                "`{stage}` does not lead back any more, and this case was to go back from it to `{interrupted}`: say `stage {stage} -> back` in `open cases` to go on there with its clocks as they were, or `stage {stage} -> {stage}` to give that up",
                stage,
                interrupted
            ),
            Self::NowhereBack { stage } => say!(
                "`{stage}` leads back to the stage that it interrupts, and this case has interrupted none: let it come in another stage with `stage … -> …` in `open cases`",
                stage
            ),
            Self::WaitsForReturn { obligation } => say!(
                "what was reported of `{obligation}` waits for the return to its stage, and nothing in the new version would follow from it: say `was {obligation}` at what it has become, or name its stage in `open cases`, which drops it",
                obligation
            ),
            Self::Postponed { rule } => say!(
                "a report waits for its turn, and the rule `{rule}` is gone: name the stage of the case in `open cases`, which drops it",
                rule
            ),
            Self::NoTrigger { trigger } => {
                say!(
                    "the trigger `{trigger}` is gone: say `was {trigger}` at the one that it has become",
                    trigger
                )
            }
            Self::NoCounterpart { obligation, stage: Some(stage) } => say!(
                "`{obligation}` is open, and nothing in the new version would follow from it: say `was {obligation}` at what it has become, or `stage {stage} -> …` in `open cases`, which drops it",
                obligation,
                stage
            ),
            Self::NoCounterpart { obligation, stage: None } => say!(
                "`{obligation}` is open, and nothing in the new version would follow from it: say `was {obligation}` at what it has become",
                obligation
            ),
            Self::NoMoment { contact, after, stage, there } => say!(
                "`{contact}` after {after} is still to come, and the new version does not have it: say `stage {stage} -> {there}` in `open cases`, which drops it, or keep it in the file",
                contact,
                after = after.to_string(),
                stage,
                there
            ),
            Self::StoodStill { obligation } => say!(
                "the clock of `{obligation}` stood still: say `keep deadlines for {obligation}` in `open cases`",
                obligation
            ),
            Self::NeverAsked { field } => say!(
                "the new version reads `{field}`, this case was never asked it, and nothing that can still come asks it: ask it in a stage, or make it optional and say `known {field}` where it is read",
                field
            ),
            Self::NothingWaits => say!("nothing would be open, and no time would be waited for"),
            Self::NothingLeads { stage } => say!(
                "in `{stage}` nobody would notice that it lies there: no clock runs, and nothing that is open has a term; let it come in another stage with `stage … -> …` in `open cases`",
                stage
            ),
            Self::Stranded(_) => {
                say!(
                    "something of it would be left lying: it stays as it is; please report this, it is a fault of the program"
                )
            }
            Self::Value { field } => {
                say!("what was recorded in `{field}` has no place in the new version", field)
            }
            Self::Refused(why) => why.to_string(),
            Self::History { step, why } => {
                let why = why.to_string();
                say!(
                    "step {step} of its history could not have happened on the new version: {why}",
                    step,
                    why
                )
            }
            Self::NothingLike { step } => say!(
                "step {step} of its history could not have happened on the new version: it has nothing like it",
                step
            ),
            Self::UnderWay => {
                say!("a plugin is being called for it: it can come over when that has been answered")
            }
            Self::NotToldYet { due } => say!(
                "what was due at {due} has not been told yet, and would be due later there: it can come over when the runtime has caught up (`voordeur serve`, or `case advance`)",
                due
            ),
        }
    }
}
