//! What a postman has in hand: what is under way, and what came of it and is not written yet.
//!
//! How much is under way at once is bounded, and each channel has a place of its own in it. The rest is shared, and no
//! channel has more than a part of that: one that does not answer holds up nothing but what goes by it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::timeout;
use voordeur_calendar::Calendar;
use voordeur_messages::{kept, say};
use voordeur_store::{Delivery, Settled};

use crate::channel::{Channel, Parcel, Undelivered};

/// How many deliveries are under way at once by one channel.
const EACH: usize = 16;

/// How many are under way at once by all channels, beside the first of each.
const SHARED: usize = 64;

/// How much longer than it says a channel may take. Meanwhile the delivery is held.
const GRACE: Duration = Duration::from_secs(10);

/// A try that has come to its end, and what came of it.
pub(crate) type Tried = (Delivery, OfCase, Result<(), Undelivered>);

/// What is told of the case of a delivery.
pub(crate) struct OfCase {
    /// Its label.
    pub(crate) label: String,
    /// The calendar of its pathway.
    pub(crate) calendar: Calendar,
}

/// How a task ended.
pub(crate) type Joined = Result<(Id, Result<(), Undelivered>), JoinError>;

/// What is under way.
#[derive(Default)]
pub(crate) struct Desk {
    tries: JoinSet<Result<(), Undelivered>>,
    /// Each of them.
    under_way: HashMap<Id, (Delivery, OfCase)>,
    /// What came of tries: written together, and again when the database is away.
    pub(crate) unwritten: Vec<Settled>,
}

/// Some channels, and how many deliveries there is room for by any of them.
pub(crate) type Room = (usize, Vec<String>);

impl Desk {
    pub(crate) fn is_idle(&self) -> bool {
        self.tries.is_empty()
    }

    /// Begins a try.
    pub(crate) fn begin(
        &mut self,
        channel: Option<Arc<dyn Channel>>,
        delivery: Delivery,
        parcel: Box<Parcel>,
    ) {
        let calendar = parcel.notice.protocol.calendar.clone();
        let case = OfCase { label: parcel.notice.label.clone(), calendar };
        let task = self.tries.spawn(attempt(channel, parcel));
        self.under_way.insert(task.id(), (delivery, case));
    }

    /// Waits for a try to end; gives nothing when none is under way.
    pub(crate) async fn joined(&mut self) -> Option<Joined> {
        self.tries.join_next_with_id().await
    }

    /// What came of a try that has ended, and of all others that have ended by now.
    pub(crate) fn tried(&mut self, first: Joined) -> Vec<Tried> {
        let mut all: Vec<Tried> = self.came(first).into_iter().collect();
        while let Some(next) = self.tries.try_join_next_with_id() {
            all.extend(self.came(next));
        }
        all
    }

    /// A channel that broke off has not sent it: it is tried again.
    fn came(&mut self, joined: Joined) -> Option<Tried> {
        let broke_off = || Undelivered::Later { why: kept(|| say!("the try broke off")), wait: None };
        let (id, sent) = joined.unwrap_or_else(|error| (error.id(), Err(broke_off())));
        let (delivery, case) = self.under_way.remove(&id)?;
        Some((delivery, case, sent))
    }

    /// For how many deliveries there is room, by which of these channels; those with most room first. A channel that has none is
    /// not among them.
    pub(crate) fn rooms(&self, channels: &[String]) -> Vec<Room> {
        let mut rooms: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for channel in channels {
            rooms.entry(self.room_by(channel)).or_default().push(channel.clone());
        }
        rooms.remove(&0);
        rooms.into_iter().rev().collect()
    }

    /// For how many there is room by all of these channels together, whichever it will be.
    pub(crate) fn room(&self, channels: &[String]) -> usize {
        channels.iter().map(|channel| self.room_by(channel)).min().unwrap_or(EACH)
    }

    fn room_by(&self, channel: &str) -> usize {
        let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
        for (delivery, _) in self.under_way.values() {
            *taken.entry(&delivery.channel).or_default() += 1;
        }
        let shared: usize = taken.values().map(|taken| taken.saturating_sub(1)).sum();
        let left = SHARED.saturating_sub(shared);
        match taken.get(channel) {
            None => left.min(EACH.saturating_sub(1)).saturating_add(1),
            Some(taken) => left.min(EACH.saturating_sub(*taken)),
        }
    }
}

/// Sends by a channel, if it is there. One that takes longer than it says is not waited for.
async fn attempt(channel: Option<Arc<dyn Channel>>, parcel: Box<Parcel>) -> Result<(), Undelivered> {
    let Some(channel) = channel else {
        return Err(Undelivered::Never { why: kept(|| say!("there is no such channel any more")) });
    };
    let sent = timeout(channel.patience().saturating_add(GRACE), channel.send(&parcel)).await;
    let late =
        || Undelivered::Later { why: kept(|| say!("the receiver did not answer in time")), wait: None };
    sent.unwrap_or_else(|_| Err(late()))
}
