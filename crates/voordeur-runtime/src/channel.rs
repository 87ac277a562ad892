//! The channels by which messages reach people and programs elsewhere, and who is reached by which.
//!
//! This crate knows no channel itself: whoever runs it brings them (`voordeur-delivery` has e-mail and webhooks).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use voordeur_engine::describe_message;
use voordeur_store::async_trait;

use crate::topic::{Topic, obligation};
use crate::watch::Notice;

/// How long a try may take when a channel says nothing about it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Everybody who has no channels of their own.
const ANYBODY: &str = "*";

/// Between the name of a channel and what tells its addresses apart.
const ADDRESS: char = '/';

/// A message on its way. It has no personal values; who may see those looks them up.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// The message. Its key is the same on every try: a receiver that has seen it has it already.
    pub notice: Notice,
    /// For whom: a party of the pathway.
    pub party: String,
    /// What it is about.
    pub topic: Topic,
}

impl Parcel {
    /// What it says, in the language that is spoken. It names fields and never their values.
    #[must_use]
    pub fn text(&self) -> String {
        describe_message(&self.notice.protocol, &self.notice.message)
    }

    /// When what it is about is due (UTC), and whether that may still change.
    #[must_use]
    pub fn due(&self) -> Option<(Timestamp, bool)> {
        self.notice.message.due()
    }

    /// The name of the obligation that it is about.
    #[must_use]
    pub fn obligation(&self) -> Option<&str> {
        let protocol = &self.notice.protocol;
        obligation(protocol, &self.notice.message).map(|id| protocol.obligations.row(id).name.as_str())
    }
}

/// Why a try was in vain. What is said names no person, no address and no secret: it is kept and shown. Who keeps it as a
/// message ([`voordeur_messages::kept`]) has it read in the language of the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undelivered {
    /// It may go well later.
    Later {
        /// What went wrong.
        why: String,
        /// How long the other side asks to wait.
        wait: Option<Duration>,
    },
    /// It will never go well.
    Never {
        /// What went wrong.
        why: String,
    },
}

/// A way to reach somebody.
#[async_trait]
pub trait Channel: Debug + Send + Sync {
    /// Sends. The same parcel may come again, after a crash in between: it then has the same key.
    async fn send(&self, parcel: &Parcel) -> Result<(), Undelivered>;

    /// How long a try may take at most.
    fn patience(&self) -> Duration {
        PATIENCE
    }
}

/// The channels by their names, and by which of them each party is reached.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    channels: BTreeMap<String, Arc<dyn Channel>>,
    /// Those that have several addresses: the name of each of them as a channel.
    shared: BTreeMap<String, Vec<String>>,
    parties: BTreeMap<String, Vec<String>>,
}

impl Routes {
    /// Adds a channel.
    pub fn add(&mut self, name: &str, channel: impl Channel + 'static) {
        self.channels.insert(name.to_owned(), Arc::new(channel));
    }

    /// Adds an address of a channel, as a channel of its own: what one address has does not go there again because of
    /// another. `address` tells it apart from the others, and stays the same when these change; it is kept and shown, and is
    /// not the address itself. Gives the name of the new channel, which `channel` gets too. What goes by a channel of that
    /// name, if there is one, goes by that alone.
    pub fn add_address<C: Channel + 'static>(
        &mut self,
        name: &str,
        address: &str,
        channel: impl FnOnce(&str) -> C,
    ) -> String {
        let whole = format!("{name}{ADDRESS}{address}");
        self.add(&whole, channel(&whole));
        let known = self.shared.entry(name.to_owned()).or_default();
        if !known.contains(&whole) {
            known.push(whole.clone());
        }
        whole
    }

    /// Lets a party be reached by a channel. `PATHWAY.PARTY` means the one of that pathway only, and `*` everybody
    /// who is not named.
    pub fn reach(&mut self, party: &str, channel: &str) {
        let channels = self.parties.entry(party.to_owned()).or_default();
        if !channels.iter().any(|known| known == channel) {
            channels.push(channel.to_owned());
        }
    }

    /// By which channels a party of a pathway is reached: those of the most exact name.
    #[must_use]
    pub fn channels_of(&self, pathway: &str, party: &str) -> &[String] {
        let exact = format!("{pathway}.{party}");
        let found = [exact.as_str(), party, ANYBODY].into_iter().find_map(|name| self.parties.get(name));
        found.map_or(&[], Vec::as_slice)
    }

    pub(crate) fn channel(&self, name: &str) -> Option<Arc<dyn Channel>> {
        self.channels.get(name).cloned()
    }

    /// By which channels goes what goes out by this one now.
    pub(crate) fn planned(&self, name: &str) -> Vec<String> {
        match self.shared.get(name) {
            Some(addresses) if !self.channels.contains_key(name) => addresses.clone(),
            _ => vec![name.to_owned()],
        }
    }

    /// The addresses that take the place of a channel: it was planned when its name meant all of them, or is an address that
    /// its file has no more.
    pub(crate) fn shares_of(&self, name: &str) -> Option<&[String]> {
        if self.channels.contains_key(name) {
            return None;
        }
        let whole = name.split_once(ADDRESS).map_or(name, |(whole, _)| whole);
        self.shared.get(whole).map(Vec::as_slice)
    }

    /// The names of all channels, and of those that were one before they were shared.
    pub(crate) fn names(&self) -> Vec<String> {
        let names: BTreeSet<&String> = self.channels.keys().chain(self.shared.keys()).collect();
        names.into_iter().cloned().collect()
    }

    /// The names under which messages are planned now.
    pub(crate) fn in_use(&self) -> BTreeSet<String> {
        let reached = self.parties.values().flatten();
        reached.flat_map(|name| self.planned(name)).collect()
    }

    /// How long a try may take at most, over all channels.
    pub(crate) fn patience(&self) -> Duration {
        self.channels.values().map(|channel| channel.patience()).max().unwrap_or(PATIENCE)
    }
}
