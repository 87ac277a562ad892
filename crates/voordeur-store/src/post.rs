//! What people are told: the inbox of each party, and the deliveries by which it reaches them elsewhere.
//!
//! An item of an inbox is written in the transaction of the step that wants it. A delivery is planned when a worker takes
//! the message out of the outbox; it is sent at least once, under the key of its message, until it is sent, dropped
//! or dead.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::error::StoreError;
use crate::rows::Claim;

/// How a message stands in an inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemWrite {
    /// In whose: a party of the pathway.
    pub party: String,
    /// What it is about, in one word.
    pub topic: String,
    /// Not shown before this moment, microseconds since 1970 (UTC).
    pub visible_at: i64,
    /// What it says, JSON, without personal values.
    pub message: String,
}

/// An item of an inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its number: items stand in this order.
    pub id: i64,
    /// The case it belongs to.
    pub case_id: i64,
    /// The key of its message, the same for ever.
    pub key: String,
    /// In whose inbox it stands: a party of the pathway.
    pub party: String,
    /// What it is about, in one word.
    pub topic: String,
    /// When it was sent, microseconds since 1970 (UTC).
    pub created_at: i64,
    /// Not shown before this moment, microseconds since 1970 (UTC).
    pub visible_at: i64,
    /// What it says, JSON, without personal values.
    pub message: String,
    /// How often it was changed; guards against two people at once.
    pub version: i64,
    /// Who has taken it: a reference, no name.
    pub person: Option<String>,
    /// Not shown before this moment either, because somebody wants to be reminded then.
    pub snoozed_until: Option<i64>,
    /// When somebody was done with it, microseconds since 1970 (UTC).
    pub done_at: Option<i64>,
    /// Who that was.
    pub done_by: Option<String>,
}

/// Whose items are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's.
    Everybody,
    /// Those of these parties.
    Parties(Vec<String>),
    /// Those that this person has taken, and those of these parties that nobody has taken.
    Person {
        /// Who.
        person: String,
        /// For which parties.
        parties: Vec<String>,
    },
}

/// Which items are asked for, in the order of their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemQuery {
    /// Whose.
    pub whose: Whose,
    /// Also what is done, snoozed or not to be shown yet.
    pub all: bool,
    /// The moment, microseconds since 1970 (UTC).
    pub now: i64,
    /// After this number.
    pub after: i64,
    /// How many at most.
    pub limit: u32,
}

impl ItemQuery {
    pub(crate) const fn is_of_everybody(&self) -> bool {
        matches!(self.whose, Whose::Everybody)
    }

    pub(crate) fn parties(&self) -> &[String] {
        match &self.whose {
            Whose::Everybody => &[],
            Whose::Parties(parties) | Whose::Person { parties, .. } => parties,
        }
    }

    pub(crate) fn person(&self) -> Option<&str> {
        match &self.whose {
            Whose::Person { person, .. } => Some(person),
            Whose::Everybody | Whose::Parties(_) => None,
        }
    }
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It waits for its moment, or for the next try.
    Waiting,
    /// The other side has it.
    Sent,
    /// It makes no sense any more, and was not sent.
    Dropped,
    /// It was tried in vain: a dead letter, for people to look at.
    Dead,
}

impl Progress {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Sent, Self::Dropped, Self::Dead];

    /// Its name, as tables and programs have it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Dropped => "dropped",
            Self::Dead => "dead",
        }
    }

    pub(crate) fn of_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|known| known.word() == word).unwrap_or(Self::Dead)
    }
}

/// A delivery to plan. One message goes once through one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryWrite {
    /// The case it belongs to.
    pub case_id: i64,
    /// The key of its message.
    pub key: String,
    /// Through which channel.
    pub channel: String,
    /// For whom: a party of the pathway.
    pub party: String,
    /// What it is about, in one word.
    pub topic: String,
    /// When the message was written, microseconds since 1970 (UTC).
    pub created_at: i64,
    /// Not sent before this moment, microseconds since 1970 (UTC).
    pub next_at: i64,
    /// What it says, JSON, without personal values.
    pub message: String,
}

impl DeliveryWrite {
    /// The same for this message of this case.
    pub(crate) fn of(&self, case_id: i64, key: &str) -> Self {
        Self { case_id, key: key.to_owned(), ..self.clone() }
    }
}

/// A delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its number.
    pub id: i64,
    /// The case it belongs to.
    pub case_id: i64,
    /// The key of its message, the same on every try.
    pub key: String,
    /// Through which channel.
    pub channel: String,
    /// For whom: a party of the pathway.
    pub party: String,
    /// What it is about, in one word.
    pub topic: String,
    /// When the message was written, microseconds since 1970 (UTC).
    pub created_at: i64,
    /// What it says, JSON, without personal values.
    pub message: String,
    /// How far it is.
    pub progress: Progress,
    /// How often it was tried in vain.
    pub attempt: i64,
    /// Not tried before this moment, microseconds since 1970 (UTC).
    pub next_at: i64,
    /// How often it was claimed: the fencing token of who settles it.
    pub epoch: i64,
    /// When it was sent, dropped or given up, microseconds since 1970 (UTC).
    pub done_at: Option<i64>,
    /// What went wrong at the last try.
    pub said: Option<String>,
    /// When its message was written down, microseconds since 1970 (UTC): later than it counts, when what happened was reported
    /// afterwards.
    pub recorded_at: i64,
}

/// What a program can send: it leaves the rest to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// By these channels.
    pub channels: Vec<String>,
    /// Those of other channels only when they should have gone out before this moment, microseconds since 1970 (UTC): nobody
    /// seems to have their channel any more.
    pub left_since: i64,
    /// By none of these now, whatever else holds: as much is under way by them as may be at once.
    pub busy: Vec<String>,
}

impl Reach {
    pub(crate) fn has(&self, delivery: &Delivery) -> bool {
        !self.busy.contains(&delivery.channel)
            && (delivery.next_at <= self.left_since || self.channels.contains(&delivery.channel))
    }
}

/// The deliveries of one channel that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// How many.
    pub count: u64,
    /// Since when the oldest waits, microseconds since 1970 (UTC): when its message was written, if it was tried in vain; if it
    /// was not tried, the moment at which it may go out, which may be still to come.
    pub since: i64,
}

impl Waits {
    /// Nothing waits.
    pub const NONE: Self = Self { count: 0, since: i64::MAX };
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Of which delivery.
    pub delivery: i64,
    /// Under which claim on it; when it has passed to somebody else, nothing is written.
    pub epoch: i64,
    /// How far it is now.
    pub progress: Progress,
    /// How often it was tried in vain.
    pub attempt: i64,
    /// When it is tried next, microseconds since 1970 (UTC).
    pub next_at: i64,
    /// When it was sent, dropped or given up, microseconds since 1970 (UTC).
    pub done_at: Option<i64>,
    /// What went wrong.
    pub said: Option<String>,
}

impl Settled {
    /// A dead letter that is closed by hand.
    pub(crate) fn closed(delivery: i64, progress: Progress, at: i64, because: Option<&str>) -> Self {
        let (said, done_at) = (because.map(str::to_owned), Some(at));
        Self { delivery, epoch: 0, progress, attempt: 0, next_at: at, done_at, said }
    }
}

/// The part of a [`Storage`](crate::Storage) that keeps inboxes and deliveries. Moments are microseconds since 1970 (UTC).
/// Every method gives [`StoreError`] when the database cannot be used; nothing has been written then.
#[async_trait]
pub trait Post: Send + Sync {
    /// Items of inboxes, in the order of their numbers.
    async fn items(&self, which: &ItemQuery) -> Result<Vec<Item>, StoreError>;

    /// All items of a case, in the order of their numbers.
    async fn items_of(&self, case_id: i64) -> Result<Vec<Item>, StoreError>;

    /// All deliveries of a case, in the order of their numbers.
    async fn deliveries_of(&self, case_id: i64) -> Result<Vec<Delivery>, StoreError>;

    /// The item with this key.
    async fn item(&self, key: &str) -> Result<Option<Item>, StoreError>;

    /// Writes who has taken an item, until when it sleeps, and whether it is done.
    /// [`StoreError::Conflict`] when somebody else has changed it since it was read.
    async fn mark(&self, item: &Item) -> Result<(), StoreError>;

    /// Marks messages of the outbox as gone out, and plans their deliveries, in one transaction. What was planned already
    /// stays as it is.
    async fn route(&self, messages: &[i64], at: i64, deliveries: &[DeliveryWrite]) -> Result<(), StoreError>;

    /// Takes deliveries whose moment has come and that nobody holds, earliest first, as far as this program can send them.
    async fn claim_deliveries(&self, claim: &Claim, reach: &Reach) -> Result<Vec<Delivery>, StoreError>;

    /// Writes what came of tries, as far as nobody else has taken them meanwhile.
    async fn settle(&self, settled: &[Settled]) -> Result<(), StoreError>;

    /// Deliveries after this number, in the order of their numbers; all of them, or those that are so far.
    async fn deliveries(
        &self,
        progress: Option<Progress>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError>;

    /// What waits, by channel. A channel for which nothing waits is not among it.
    async fn waiting(&self) -> Result<BTreeMap<String, Waits>, StoreError>;

    /// Closes a dead letter by hand, as dropped or as sent; gives whether it was dead. `because` stands in its row then.
    async fn close_dead(
        &self,
        delivery: i64,
        progress: Progress,
        at: i64,
        because: Option<&str>,
    ) -> Result<bool, StoreError>;

    /// Lets dead letters be tried anew from this moment on, as if they never were, and lets those that wait be tried at
    /// this moment; gives how many there were. What is under way stays under way.
    async fn revive(&self, deliveries: &[i64], now: i64) -> Result<u64, StoreError>;
}
