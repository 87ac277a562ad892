//! The rows of cases, as they are read and as they are to be written.

use crate::post::{DeliveryWrite, ItemWrite};

/// A protocol that cases run on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtocolRow {
    /// Its number; 0 when it is not stored yet.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The label of its version.
    pub version: String,
    /// The SHA-256 digest of its source.
    pub digest: String,
    /// The digest of what the numbers in a case mean.
    pub layout: String,
    /// Its source.
    pub source: String,
    /// Since when it is stored, microseconds since 1970 (UTC).
    pub added_at: i64,
    /// When no new cases run on it any more, and what becomes of those that do.
    pub retirement: Option<Retirement>,
}

/// What becomes of the open cases of a pathway version that is retired. One of the two is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retirement {
    /// Since when, microseconds since 1970 (UTC).
    pub at: i64,
    /// The version of the pathway that they go over to.
    pub successor: Option<String>,
    /// The party of the pathway that answers for them.
    pub owner: Option<String>,
}

/// Whether a case runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It runs.
    Running,
    /// It has ended.
    Ended,
}

impl Status {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ended => "ended",
        }
    }

    pub(crate) fn of_word(word: &str) -> Self {
        if word == Self::Running.word() { Self::Running } else { Self::Ended }
    }
}

/// A stored case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
    /// Its number.
    pub id: i64,
    /// Its label: no name of a person.
    pub label: String,
    /// The number of its protocol.
    pub protocol: i64,
    /// How many steps it has made.
    pub version: i64,
    /// Whether it runs.
    pub status: Status,
    /// The stage or the end that it is in.
    pub place: String,
    /// When it was reported, microseconds since 1970 (UTC).
    pub opened_at: i64,
    /// When something last happened to it, microseconds since 1970 (UTC).
    pub touched_at: i64,
    /// When its first timer fires, microseconds since 1970 (UTC).
    pub next_due: Option<i64>,
    /// The household that it is about, as a reference.
    pub household: Option<String>,
    /// Its state, JSON, without personal values.
    pub state: String,
    /// The key of its personal values, wrapped; `None` when there are none, or when they were erased.
    pub secret: Option<String>,
    /// The personal values of its state, sealed under that key.
    pub sealed: Option<String>,
}

/// Which case is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A new one, with this label.
    New(String),
    /// A stored one, if it still has made this many steps.
    Stored {
        /// Its number.
        id: i64,
        /// How many steps it had made when it was read.
        version: i64,
    },
}

impl Key {
    /// The label of a new case.
    pub(crate) fn label(&self) -> Option<&str> {
        match self {
            Self::New(label) => Some(label),
            Self::Stored { .. } => None,
        }
    }
}

/// A case after one or more steps, with what these steps add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseWrite {
    /// Which case.
    pub key: Key,
    /// The number of its protocol.
    pub protocol: i64,
    /// It comes to its protocol with this, as a new case or from another one: when that is retired by now, nothing is written. Who
    /// retires it meanwhile comes after this.
    pub arrives: bool,
    /// Whether it runs.
    pub status: Status,
    /// The stage or the end that it is in.
    pub place: String,
    /// When it was reported, microseconds since 1970 (UTC).
    pub opened_at: i64,
    /// When something last happened to it, microseconds since 1970 (UTC).
    pub touched_at: i64,
    /// When its first timer fires, microseconds since 1970 (UTC).
    pub next_due: Option<i64>,
    /// The household that it is about, as a reference.
    pub household: Option<String>,
    /// How many cases the household had when this was decided, if it rests on that: when they are more or fewer by now, nothing
    /// is written. Of two who decide about one household at the same moment, one is first.
    pub household_cases: Option<i64>,
    /// Its state, JSON, without personal values.
    pub state: String,
    /// The key of its personal values, wrapped; `None` when there are none, or when they were erased.
    pub secret: Option<String>,
    /// The personal values of its state, sealed under that key.
    pub sealed: Option<String>,
    /// The steps, in order.
    pub steps: Vec<StepWrite>,
    /// Timers that are set now, or have become different.
    pub timers: Vec<TimerWrite>,
    /// Timers that are there no more: fired or cleared.
    pub cleared: Vec<i64>,
    /// Claims that these steps rest on: when one of them has passed to somebody else, nothing is written.
    pub claims: Vec<TimerClaim>,
    /// Calls that these steps answer.
    pub done: Vec<Done>,
    /// What waits for an operator from here on: its key within the case, and why.
    pub incidents: Vec<(String, String)>,
    /// What waits for an operator no more, by key.
    pub resolved: Vec<String>,
}

impl CaseWrite {
    /// The household on whose cases it rests, with how many these were.
    pub(crate) fn rests_on(&self) -> Option<(&str, i64)> {
        self.household.as_deref().zip(self.household_cases)
    }

    /// How many steps it adds.
    pub(crate) fn step_count(&self) -> i64 {
        i64::try_from(self.steps.len()).unwrap_or(i64::MAX)
    }
}

/// A timer as it becomes. One that was there already gets a new generation: claims on the old one are void.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerWrite {
    /// Its number in the case.
    pub timer: i64,
    /// When it is due, microseconds since 1970 (UTC).
    pub due_at: i64,
    /// Whether its clock runs; a timer that is held or paused does not fire.
    pub armed: bool,
    /// The party that has to be done by then; empty when nobody is waited for, [`SEVERAL`] when it is more than one.
    pub party: String,
}

/// The party of a timer by which several parties have to be done.
pub const SEVERAL: &str = "*";

/// A timer in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerRow {
    /// Its number in the case.
    pub timer: i64,
    /// How often it was set.
    pub generation: i64,
    /// When it is due, microseconds since 1970 (UTC).
    pub due_at: i64,
    /// Whether its clock runs.
    pub armed: bool,
    /// The party that has to be done by then ([`TimerWrite::party`]); unknown when a program for version 4 of the tables has
    /// set it.
    pub party: Option<String>,
    /// Whether it is put aside: it waits for an operator.
    pub aside: bool,
}

/// A claim on a timer: the proof of who holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimerClaim {
    /// The number of the timer in its case.
    pub timer: i64,
    /// Which claim on it: each one has a higher number than the one before (a fencing token).
    pub epoch: i64,
}

/// A timer that was claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimedTimer {
    /// Its case.
    pub case_id: i64,
    /// When it is due, microseconds since 1970 (UTC).
    pub due_at: i64,
    /// The claim.
    pub claim: TimerClaim,
}

/// Which work is taken, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who takes it; stands in the row for people who look.
    pub holder: String,
    /// The moment: what is due at or before it is taken, and a lease that ends at or before it is over.
    pub now: i64,
    /// Until when nobody else takes it.
    pub until: i64,
    /// How much at most.
    pub limit: u32,
}

/// Who waits for a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// People: it goes first.
    Command,
    /// Nobody: timers and calls, a bounded part at a time.
    Sweep,
}

/// How many rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Cases.
    pub cases: u64,
    /// Steps in the journal.
    pub steps: u64,
    /// Timers that have not fired.
    pub timers: u64,
    /// Messages, gone out or not.
    pub messages: u64,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepWrite {
    /// When, microseconds since 1970 (UTC).
    pub at: i64,
    /// When it was done by the clock of the worker, microseconds since 1970 (UTC).
    pub recorded_at: i64,
    /// When the timer was due that fired, microseconds since 1970 (UTC).
    pub due_at: Option<i64>,
    /// The entries of the journal, JSON, with references where they have personal values.
    pub entries: String,
    /// Those values, sealed under the key of the case.
    pub sealed: Option<String>,
    /// What goes out.
    pub outgoing: Vec<Outgoing>,
}

/// What an outgoing message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// For people.
    Notice,
    /// For a plugin.
    Call,
}

impl Kind {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Call => "call",
        }
    }

    pub(crate) fn of_word(word: &str) -> Self {
        if word == Self::Call.word() { Self::Call } else { Self::Notice }
    }
}

/// A message that goes out. Its key becomes `CASE-STEP-POSITION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// What it is.
    pub kind: Kind,
    /// Its content, JSON.
    pub payload: String,
    /// How it stands in somebody's inbox: for people only.
    pub item: Option<ItemWrite>,
    /// It goes out with its step: nobody has to take it out of the outbox.
    pub gone: Option<Gone>,
}

impl Outgoing {
    /// What the outbox keeps of it: nothing when it has gone out.
    pub(crate) fn waiting(&self) -> Option<&str> {
        self.gone.is_none().then_some(self.payload.as_str())
    }

    /// When it went out, when it went out with its step.
    pub(crate) fn gone_at(&self) -> Option<i64> {
        self.gone.as_ref().map(|gone| gone.at)
    }
}

/// How a message went out that went out with its step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// When, microseconds since 1970 (UTC).
    pub at: i64,
    /// By which it reaches people elsewhere. The store gives them the case and the key of the message.
    pub deliveries: Vec<DeliveryWrite>,
}

/// A message in the outbox that has not gone out yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its number: messages go out in this order.
    pub id: i64,
    /// The case it belongs to.
    pub case_id: i64,
    /// Its key, the same for ever.
    pub key: String,
    /// Since when it waits, microseconds since 1970 (UTC).
    pub created_at: i64,
    /// How often it was claimed: the fencing token of who answers it.
    pub epoch: i64,
    /// Until when somebody holds it, microseconds since 1970 (UTC).
    pub lease_until: i64,
    /// Its content, JSON.
    pub payload: String,
    /// When it was written down ([`Delivery::recorded_at`](crate::Delivery::recorded_at)).
    pub recorded_at: i64,
}

/// A message of the outbox, gone out or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Its key, the same for ever.
    pub key: String,
    /// What it is.
    pub kind: Kind,
    /// Since when it waits, or waited ([`OutboxRow::created_at`]).
    pub created_at: i64,
    /// How often it was claimed ([`OutboxRow::epoch`]).
    pub epoch: i64,
    /// When it went out, microseconds since 1970 (UTC).
    pub done_at: Option<i64>,
    /// Whether it is put aside: it waits for an operator.
    pub aside: bool,
    /// What it says, JSON or sealed; nothing once it is done.
    pub payload: Option<String>,
}

/// A message of the outbox that has gone out, with what it brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Its number in the outbox.
    pub outbox: i64,
    /// Which claim on it this answers ([`OutboxRow::epoch`]).
    pub epoch: i64,
    /// When, microseconds since 1970 (UTC).
    pub at: i64,
    /// What a plugin made.
    pub documents: Vec<DocumentRow>,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRow {
    /// The key of the call that made it.
    pub key: String,
    /// Its file name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its text.
    pub text: String,
    /// When it was made, microseconds since 1970 (UTC).
    pub made_at: i64,
}

/// A step in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalRow {
    /// The number of the step within its case, counted from 1.
    pub step: i64,
    /// When, microseconds since 1970 (UTC).
    pub at: i64,
    /// When it was done by the clock of the worker; unknown for what version 1 of the tables has written.
    pub recorded_at: Option<i64>,
    /// When the timer was due that fired, microseconds since 1970 (UTC).
    pub due_at: Option<i64>,
    /// The entries, JSON, with references where they have personal values.
    pub entries: String,
    /// Those values, sealed under the key of the case.
    pub sealed: Option<String>,
}
