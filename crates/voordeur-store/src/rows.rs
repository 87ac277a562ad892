//! The rows, as they are read and as they are to be written.

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
    /// Its state, JSON.
    pub state: String,
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

/// A case after one or more steps, with what these steps add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseWrite {
    /// Which case.
    pub key: Key,
    /// The number of its protocol.
    pub protocol: i64,
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
    /// Its state, JSON.
    pub state: String,
    /// The steps, in order.
    pub steps: Vec<StepWrite>,
    /// Calls that these steps answer.
    pub done: Vec<Done>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepWrite {
    /// When, microseconds since 1970 (UTC).
    pub at: i64,
    /// The entries of the journal, JSON.
    pub entries: String,
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
}

/// A message that goes out. Its key becomes `CASE-STEP-POSITION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// What it is.
    pub kind: Kind,
    /// Its content, JSON.
    pub payload: String,
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
    /// Its content, JSON.
    pub payload: String,
}

/// A message of the outbox that has gone out, with what it brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Its number in the outbox.
    pub outbox: i64,
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
    /// The entries, JSON.
    pub entries: String,
}
