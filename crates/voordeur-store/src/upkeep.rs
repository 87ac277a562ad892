//! What is changed apart from the steps of cases, and what is asked about all of them.

use std::fmt;

use crate::post::ItemWrite;

/// What was decreed after the program was made: a day that is equated with holidays, or a year of which all is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecreeRow {
    /// The day (`2029-05-11`), or the year (`2029`).
    pub what: String,
    /// Where it was published.
    pub because: String,
    /// Since when it is known here, microseconds since 1970 (UTC).
    pub added_at: i64,
}

/// Something that does not go on by itself and waits for an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentRow {
    /// The case that it is about.
    pub case_id: i64,
    /// Its key within the case: `timers`, `message-7` (a number in the outbox), `action-3` (a number in the case).
    pub key: String,
    /// Why, without personal data.
    pub why: String,
    /// Since when, microseconds since 1970 (UTC).
    pub since: i64,
    /// How often it came back after it was tried again.
    pub again: i64,
}

/// The key of an incident with the timers of a case.
pub const TIMERS: &str = "timers";

/// Who holds what an incident has put aside.
pub(crate) const ASIDE: &str = "incident";

/// What is to be done once to all cases, and is not done yet: writing the items of inboxes that are not there.
pub(crate) const ITEMS_CHORE: &str = "inbox";

/// What is never done: messages go out by channels too, and wait for a program that has some.
pub(crate) const DELIVERY_CHORE: &str = "delivery";

/// What is changed apart from the steps of cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upkeep {
    /// Days or years are decreed. Gives how many were not known yet.
    Decree(Vec<DecreeRow>),
    /// From here on the database has something that programs for tables before this version cannot read: they are refused when
    /// they open it. Gives whether that is new.
    Oldest(i64),
    /// Something stands still. What it is about is put aside: no worker takes it any more. Gives 1.
    Incident(IncidentRow),
    /// It may be tried again: what was put aside is free. Gives whether there was one.
    Resolve {
        /// The case.
        case_id: i64,
        /// The key of the incident.
        key: String,
    },
    /// Whose timers are, as far as nobody has said so yet. Gives how many.
    Parties(Vec<TimerParty>),
    /// Items of inboxes are written that are not there yet. Gives how many. `after`: up to which case all of them are there;
    /// nothing when that is so of all cases ([`Storage::items_to_write`](crate::Storage::items_to_write)).
    Items {
        /// The items.
        items: Vec<OldItem>,
        /// The label of that case.
        after: Option<String>,
    },
    /// From here on messages wait for a program that has channels, or stand in inboxes only
    /// ([`Storage::delivers`](crate::Storage::delivers)). Gives whether that is new.
    Deliver(bool),
    /// Somebody takes, or keeps, the lead in something; only then 1 is given.
    Lead {
        /// In what.
        what: Lead,
        /// Who.
        holder: String,
        /// The moment, microseconds since 1970 (UTC): a lead that ended before it is free.
        now: i64,
        /// Until when.
        until: i64,
    },
    /// Keys of cases that are kept in another way from here on, as far as they stand as they were read. Gives how many did.
    Rewrap(Vec<Rewrapped>),
    /// Somebody stops: what it has taken and not done is free at once.
    Release {
        /// Who.
        holder: String,
        /// The moment, microseconds since 1970 (UTC).
        now: i64,
    },
}

/// The key of a case that is kept in another way.
#[derive(Clone, PartialEq, Eq)]
pub struct Rewrapped {
    /// The case.
    pub case_id: i64,
    /// As it was read.
    pub before: String,
    /// As it is kept from here on.
    pub after: String,
}

/// Nothing of a key.
impl fmt::Debug for Rewrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rewrapped").field("case_id", &self.case_id).finish_non_exhaustive()
    }
}

/// A row that stands where no program leaves one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// What is odd about it.
    pub what: Oddity,
    /// The case that it names; 0 for none.
    pub case_id: i64,
    /// Which it is: the number of a timer, the key of a message, the name of a lead, how many there are.
    pub key: String,
}

/// What is odd about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// A timer is taken for longer than anybody takes one.
    TimerHeld,
    /// A message of the outbox is.
    MessageHeld,
    /// A delivery is.
    DeliveryHeld,
    /// A lead is.
    LeadHeld,
    /// A delivery is of no message.
    DeliveryAlone,
    /// An item of an inbox is of no message.
    ItemAlone,
    /// The row that says which version the tables have is not there once.
    About,
    /// A timer was taken as often as nothing can be: its epoch is below 0, or 2^53 and more. No worker takes it.
    TimerEpoch,
    /// A message of the outbox was.
    MessageEpoch,
    /// A delivery was.
    DeliveryEpoch,
}

impl Oddity {
    /// In the order of the numbers that the statements give.
    const ALL: [Self; 10] = [
        Self::TimerHeld,
        Self::MessageHeld,
        Self::DeliveryHeld,
        Self::LeadHeld,
        Self::DeliveryAlone,
        Self::ItemAlone,
        Self::About,
        Self::TimerEpoch,
        Self::MessageEpoch,
        Self::DeliveryEpoch,
    ];

    pub(crate) fn numbered(number: i64) -> Self {
        usize::try_from(number).ok().and_then(|number| Self::ALL.get(number).copied()).unwrap_or(Self::About)
    }
}

/// In what one worker leads at a time. A program that does not know one of them does not stand in the way of those that do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lead {
    /// Counting, and following decrees.
    Upkeep,
    /// What programs for older tables have left out: since version 5.
    Chores,
}

impl Lead {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Upkeep => "upkeep",
            Self::Chores => "chores",
        }
    }
}

/// How far behind the work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pulse {
    /// When the earliest timer was due that has not fired, as far as it may fire.
    pub first_due: Option<i64>,
    /// Since when the oldest message for people waits.
    pub oldest_notice: Option<i64>,
    /// Since when the oldest call waits.
    pub oldest_call: Option<i64>,
    /// How many incidents there are.
    pub incidents: u64,
    /// How many dead letters there are: deliveries that were given up.
    pub dead: u64,
}

/// Who has to be done by the moment of a timer, told afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerParty {
    /// Its case.
    pub case_id: i64,
    /// Its number in the case.
    pub timer: i64,
    /// Who ([`TimerWrite::party`]).
    pub party: String,
}

/// An item of an inbox that is written after its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldItem {
    /// The case it belongs to.
    pub case_id: i64,
    /// The key of its message.
    pub key: String,
    /// When that was written, microseconds since 1970 (UTC).
    pub created_at: i64,
    /// How it stands in the inbox.
    pub item: ItemWrite,
    /// Since when nobody has to look at it, microseconds since 1970 (UTC).
    pub done_at: Option<i64>,
}
