//! What can happen to a case from outside.

use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use voordeur_calendar::Due;
use voordeur_protocol::model::Deviation;
use voordeur_protocol::{FieldId, Occurrence, PartyId, TriggerId, Value};

use crate::case::{Parent, Serial};
use crate::tie::Tie;
use crate::timer::TimerId;

/// Answers that come with an event.
pub type Data = Vec<(FieldId, Value)>;

/// Who reports an event, when that is known.
pub type By = Option<PartyId>;

/// An event.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The case is reported.
    Reported {
        /// Through which trigger.
        trigger: TriggerId,
        /// What the reporter answered.
        data: Data,
        /// Who reports.
        by: By,
    },
    /// The case is started by another one.
    Started {
        /// To which it belongs.
        parent: Parent,
        /// Through which trigger.
        trigger: TriggerId,
        /// What that case handed over.
        data: Data,
    },
    /// A case that this one started has ended.
    ChildEnded {
        /// To which obligation it belongs.
        serial: Serial,
        /// In which end of its pathway, by its position among the outcomes.
        outcome: u8,
    },
    /// People or agencies report what happened to an obligation or to the case.
    Occurred {
        /// What.
        what: Occurrence,
        /// What was asked with it.
        data: Data,
        /// Who reports.
        by: By,
    },
    /// The outcome of one plugin call.
    ActionAnswered {
        /// Which opened action.
        serial: Serial,
        /// How it went.
        answer: ActionAnswer,
    },
    /// People have looked at an action that does not go on by itself.
    ActionMended {
        /// Which opened action.
        serial: Serial,
        /// What becomes of it.
        how: Mending,
        /// Why, where it is given up. It stands in the journal: no personal data.
        because: Option<Arc<str>>,
        /// Who decides.
        by: By,
    },
    /// Somebody departs from the protocol, where it allows that.
    Deviated {
        /// How.
        what: Deviation,
        /// Why. It stands in the journal: no personal data.
        because: Arc<str>,
        /// Who decides.
        by: By,
    },
    /// The case is tied to another one, to a household, or to who looks after it from here on.
    Tied {
        /// How.
        tie: Tie,
        /// Who decides, when it is decided by people.
        by: By,
    },
    /// The personal values of a case that has ended are erased.
    Erased {
        /// Why.
        why: Erasure,
    },
    /// The same, with the person who reports it.
    ByPerson {
        /// A reference that the organisation can look up: no name, no number of a person.
        person: Arc<str>,
        /// What is reported.
        event: Box<Event>,
    },
    /// A timer is due.
    TimerDue(TimerId),
    /// A reminder is due, and it is too late for it: it is skipped.
    ReminderLate(TimerId),
    /// A timer that cannot fire is taken away by people.
    TimerDropped {
        /// Which.
        timer: TimerId,
        /// Why. It stands in the journal: no personal data.
        because: Arc<str>,
        /// Who decides.
        by: By,
    },
    /// The holidays have become different: what is due is counted anew.
    Recounted {
        /// Why: which decree. It stands in the journal: no personal data.
        because: Arc<str>,
        /// When clocks of open obligations stood still, in order.
        stood_still: Vec<StoodStill>,
        /// When open obligations may be done at the earliest, as the journal says.
        earliest: Vec<(Serial, Due)>,
    },
}

/// When the clocks of an obligation stood still: from the day after one up to and including another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoodStill {
    /// Of which obligation.
    pub serial: Serial,
    /// The day after which they stood still.
    pub since: Date,
    /// The last day on which they did.
    pub until: Date,
}

/// Why personal values are erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Erasure {
    /// The term for which the pathway keeps them is over.
    Term,
    /// The person whom they are about has asked for it.
    Request,
}

/// What becomes of an action at which people have looked.
#[derive(Debug, Clone, PartialEq)]
pub enum Mending {
    /// It is called once more.
    Retried,
    /// It is given up.
    GivenUp,
    /// People have done it, and this is what it would have returned.
    ByHand(Data),
}

/// How a plugin call went.
#[derive(Debug, Clone, PartialEq)]
pub enum ActionAnswer {
    /// It was begun.
    Begun,
    /// It gave its answer.
    Returned(Data),
    /// It failed and may be tried again; not sooner than after so many seconds when it says so.
    Failed {
        /// Seconds.
        wait: Option<u32>,
    },
    /// It failed in a way that trying again does not mend.
    GaveUp,
}
