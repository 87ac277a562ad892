//! The journal: everything that happened to a case, one entry each, complete enough to rebuild it.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use voordeur_calendar::Due;
use voordeur_protocol::model::Deviation;
use voordeur_protocol::{
    EndId, EventId, FieldId, Happening, ObligationId, OpeningId, Protocol, RuleId, StageId, StateId,
    TriggerId, Value,
};

use crate::arrival::Arrival;
use crate::case::{Parent, Serial};
use crate::event::{By, Erasure};
use crate::message::Message;
use crate::tie::{Succession, Tie};
use crate::timer::{Timer, TimerId};

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// The case was reported.
    Reported {
        /// Through which trigger.
        trigger: TriggerId,
        /// By whom.
        by: By,
        /// Which of the trigger's branches applied.
        branch: u16,
    },
    /// It was started by another case.
    BelongsTo {
        /// Which.
        parent: Parent,
    },
    /// Cases of another pathway were started.
    ChildrenStarted {
        /// For which obligation.
        serial: Serial,
        /// How many.
        count: u32,
    },
    /// An event of the case was reported.
    Occurred {
        /// Which.
        event: EventId,
        /// By whom.
        by: By,
    },
    /// Somebody departed from the protocol.
    Deviated {
        /// How.
        what: Deviation,
        /// Why.
        because: Arc<str>,
        /// Who decided.
        by: By,
    },
    /// People have looked at an action that did not go on by itself.
    ActionMended {
        /// Which opened action.
        serial: Serial,
        /// What became of it.
        how: Mended,
        /// Why, where somebody said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<Arc<str>>,
        /// Who decided.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: By,
    },
    /// It was tied to another case, to a household, or to who looks after it.
    Tied {
        /// How.
        tie: Tie,
        /// Who decided, when people did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: By,
    },
    /// The personal values of the case were erased: their key is destroyed.
    Erased {
        /// Why.
        why: Erasure,
    },
    /// This person has reported what the step is about: a reference, no name.
    ByPerson {
        /// Who.
        person: Arc<str>,
    },
    /// A timer fired.
    TimerFired(Timer),
    /// A field was recorded.
    Recorded {
        /// Which.
        field: FieldId,
        /// What.
        value: Value,
    },
    /// A rule applied.
    RuleFired {
        /// Which.
        rule: RuleId,
    },
    /// A rule would have ended the case while a referral is open; it waits.
    Withheld {
        /// Which rule.
        rule: RuleId,
        /// The referral.
        serial: Serial,
    },
    /// A rule of `always` leads to the stage that the case is in: it waits until that one is over.
    Postponed {
        /// Which rule.
        rule: RuleId,
        /// The obligation that caused it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<Serial>,
    },
    /// The condition of a rule of `always` does not hold any more: it may become true anew.
    NoLongerTrue {
        /// Which rule.
        rule: RuleId,
    },
    /// A stage was left.
    StageLeft {
        /// Which.
        stage: StageId,
        /// The number of the stay.
        stay: u32,
    },
    /// A stage was entered.
    StageEntered {
        /// Which.
        stage: StageId,
        /// The number of the stay.
        stay: u32,
    },
    /// A stage would have been entered once too often.
    LimitReached {
        /// Which.
        stage: StageId,
    },
    /// The stage was interrupted; its timers are held.
    Suspended {
        /// Which.
        stage: StageId,
        /// The number of the stay.
        stay: u32,
    },
    /// The interrupted stage was returned to, with its clocks as they were.
    Resumed {
        /// Which.
        stage: StageId,
        /// The number of the stay.
        stay: u32,
    },
    /// What happened waits for the return to the interrupted stage.
    Deferred {
        /// To which obligation.
        serial: Serial,
        /// Where it was opened.
        opening: OpeningId,
        /// Which obligation.
        obligation: ObligationId,
        /// What happened.
        on: Happening,
        /// For what time.
        #[serde(default)]
        number: u32,
    },
    /// An obligation was opened.
    Opened {
        /// Its number in the case.
        serial: Serial,
        /// Where in the file.
        opening: OpeningId,
        /// Its first state.
        state: StateId,
        /// The stay in which it was opened.
        stay: u32,
        /// What it is about, or the escalation that opened it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<Serial>,
    },
    /// It was open already, so nothing was opened.
    AlreadyOpen {
        /// Which opening.
        opening: OpeningId,
    },
    /// Something happened to an obligation.
    Moved {
        /// To which.
        serial: Serial,
        /// Where it was opened.
        opening: OpeningId,
        /// What happened.
        on: Happening,
        /// Its state now.
        to: StateId,
        /// Who reported it; `None` for time and the engine, and when it is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: By,
    },
    /// An attempt, a time of asking, a failure or a step was counted.
    Counted {
        /// Of which obligation.
        serial: Serial,
        /// The part of the day, as a bit, for a visit at different parts of the day.
        #[serde(default)]
        part: u8,
    },
    /// An attempt does not count.
    AttemptNotCounted {
        /// Of which visit.
        serial: Serial,
        /// Why not.
        why: NotCounted,
    },
    /// An obligation is not to be done before this moment.
    NotBefore {
        /// Which.
        serial: Serial,
        /// The moment.
        at: Timestamp,
        /// The reasoning behind it.
        due: Due,
    },
    /// The clocks of an obligation stand still from here on.
    ClockPaused {
        /// Of which.
        serial: Serial,
    },
    /// They go on, after they stood still for so many whole days. The days themselves follow from when they stopped.
    ClockRuns {
        /// Of which.
        serial: Serial,
        /// How many days.
        days: u32,
        /// The timers that are due later for it. A journal from before they were written down has none here: they
        /// follow from the calendar then.
        #[serde(default, skip_serializing_if = "SmallVec::is_empty")]
        moved: Moved,
    },
    /// The holidays have become different, and with them when timers are due.
    Recounted {
        /// Why: which decree.
        because: Arc<str>,
        /// The timers, with when they are due now.
        moved: Moved,
    },
    /// It came over to another version of its pathway: from here on numbers are those of that version.
    Migrated(Box<Arrival>),
    /// A reminder came too late to make sense: what it was to remind of was over, or a later one was due as well.
    ReminderSkipped(Timer),
    /// A timer that could not fire was taken away by people.
    TimerDropped {
        /// Which.
        timer: Timer,
        /// Why.
        because: Arc<str>,
        /// Who decided.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: By,
    },
    /// A period of a series is over.
    PeriodOver {
        /// Of which series.
        serial: Serial,
    },
    /// It was not opened, because it needs consent and there is none.
    NotOpened {
        /// Which opening.
        opening: OpeningId,
    },
    /// A timer was set.
    TimerSet(Timer),
    /// Timers were cleared, because what they were for is over.
    TimersCleared(SmallVec<[TimerId; 4]>),
    /// Something goes out to people, agencies or plugins.
    Sent(Message),
    /// The case ended.
    Ended {
        /// In which end.
        end: EndId,
    },
}

impl Entry {
    /// Whether every number in it names something in this protocol. An entry from a stored journal is asked before it
    /// is [applied](crate::apply).
    #[must_use]
    pub fn fits(&self, protocol: &Protocol) -> bool {
        let opening = |id: &OpeningId| protocol.openings.get(*id).is_some();
        let stage = |id: &StageId| protocol.stages.get(*id).is_some();
        match self {
            Self::Reported { trigger, .. } => protocol.triggers.get(*trigger).is_some(),
            Self::Occurred { event, .. } => protocol.events.get(*event).is_some(),
            Self::TimerFired(timer)
            | Self::TimerSet(timer)
            | Self::ReminderSkipped(timer)
            | Self::TimerDropped { timer, .. } => timer.fits(protocol),
            Self::Recorded { field, .. } => protocol.fields.get(*field).is_some(),
            Self::RuleFired { rule }
            | Self::Withheld { rule, .. }
            | Self::Postponed { rule, .. }
            | Self::NoLongerTrue { rule } => protocol.rules.get(*rule).is_some(),
            Self::StageLeft { stage: id, .. }
            | Self::StageEntered { stage: id, .. }
            | Self::LimitReached { stage: id }
            | Self::Suspended { stage: id, .. }
            | Self::Resumed { stage: id, .. } => stage(id),
            Self::Deferred { opening: id, obligation, .. } => {
                opening(id) && protocol.obligations.get(*obligation).is_some()
            }
            Self::Opened { opening: id, .. }
            | Self::AlreadyOpen { opening: id }
            | Self::Moved { opening: id, .. }
            | Self::NotOpened { opening: id } => opening(id),
            Self::Tied { tie: Tie::Retired(Succession::Owner(owner)), .. } => {
                protocol.parties.get(*owner).is_some()
            }
            Self::Ended { end } => protocol.ends.get(*end).is_some(),
            Self::Migrated(arrival) => {
                let numbers = arrival.data.iter().map(|(field, _)| *field);
                let mut numbers = numbers.chain(arrival.counted.iter().map(|(field, _)| *field));
                arrival.case.fits(protocol) && numbers.all(|field| protocol.fields.get(field).is_some())
            }
            _ => true,
        }
    }
}

impl Entry {
    /// The personal values that it has, in order: what was recorded, and what goes out.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        let mut counted: &mut [(FieldId, Vec<(Timestamp, Value)>)] = &mut [];
        let (one, many): (Option<&mut Value>, &mut [(FieldId, Value)]) = match self {
            Self::Recorded { value, .. } => (Some(value), &mut []),
            Self::Sent(
                Message::Refer { fields, .. } | Message::Start { fields, .. } | Message::Call { fields, .. },
            ) => (None, fields),
            Self::Migrated(arrival) => {
                counted = &mut arrival.counted;
                (None, &mut arrival.data)
            }
            _ => (None, &mut []),
        };
        let counted = counted.iter_mut().flat_map(|(_, all)| all.iter_mut().map(|(_, value)| value));
        one.into_iter().chain(many.iter_mut().map(|(_, value)| value)).chain(counted)
    }

    /// Whether it has any.
    #[must_use]
    pub fn has_values(&self) -> bool {
        match self {
            Self::Recorded { .. } => true,
            Self::Sent(
                Message::Refer { fields, .. } | Message::Start { fields, .. } | Message::Call { fields, .. },
            ) => !fields.is_empty(),
            Self::Migrated(arrival) => !arrival.data.is_empty() || !arrival.counted.is_empty(),
            _ => false,
        }
    }
}

/// What became of an action at which people have looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mended {
    /// It is called once more.
    Retried,
    /// It was given up.
    GivenUp,
    /// People have done it: what follows it in the journal is what they said that came of it.
    ByHand,
}

/// Timers that are due at another moment than before, with that moment.
pub type Moved = SmallVec<[(TimerId, Due); 1]>;

/// Why an attempt does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotCounted {
    /// It came too soon after the attempt before.
    TooSoon {
        /// The first moment that would have counted.
        not_before: Timestamp,
    },
    /// It was tried in this part of the day already.
    SamePartOfDay,
    /// Visits are not made at this hour or on this day.
    OutsideHours,
    /// There were as many visits in this period as were agreed.
    TooMany,
}
