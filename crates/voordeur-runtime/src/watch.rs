//! Who looks on while cases are driven: the command line shows it, tests collect it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use voordeur_engine::{Entry, Message};
use voordeur_protocol::{CheckedProtocol, Protocol};
use voordeur_store::{Pulse, Waits};

use crate::census::Census;
use crate::drive::Advanced;

use crate::topic::receiver;

/// A step that has been written.
#[derive(Debug, Clone)]
pub struct Happened {
    /// The label of the case.
    pub label: String,
    /// Its protocol.
    pub protocol: CheckedProtocol,
    /// When (UTC).
    pub at: Timestamp,
    /// What the journal says.
    pub entries: Vec<Entry>,
}

/// A message for people.
#[derive(Debug, Clone)]
pub struct Notice {
    /// The label of the case.
    pub label: String,
    /// Its protocol.
    pub protocol: CheckedProtocol,
    /// The key of the message, the same for ever.
    pub key: String,
    /// When what it tells counts (UTC).
    pub at: Timestamp,
    /// When it was written down (UTC), and since when it waits: later, when what it tells was reported afterwards.
    /// Who reads an inbox finds `at` here.
    pub written: Timestamp,
    /// What it says.
    pub message: Message,
}

/// Something that an operator should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The label of the case; the name of the pathway, when it is about all of its cases.
    pub label: String,
    /// What, in one sentence.
    pub text: String,
}

/// A delivery that was tried in vain. It has no address and nothing personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTry {
    /// The label of the case.
    pub label: String,
    /// The key of the message.
    pub key: String,
    /// Through which channel.
    pub channel: String,
    /// How often it was tried in vain by now.
    pub tries: i64,
    /// Why, in the language that is spoken.
    pub why: String,
    /// Not tried again before this moment (UTC); `None` when it is given up.
    pub next: Option<Timestamp>,
    /// The same in the zone of the pathway, for people.
    pub next_local: Option<DateTime>,
}

/// A sign of life of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beat {
    /// When (UTC).
    pub at: Timestamp,
    /// What it has done since it started.
    pub advanced: Advanced,
    /// How far behind the work is; `None` while the database cannot be read.
    pub pulse: Option<Pulse>,
    /// Why the database cannot be worked with for the time being: it is away, or its disk is full. It is tried again.
    pub away: Option<String>,
    /// How many stored pathways this program cannot use: their cases stand still.
    pub unusable: usize,
    /// Whether it leads in upkeep.
    pub leads: bool,
}

/// Looks on.
pub trait Watch {
    /// A step was written.
    fn happened(&mut self, _happened: &Happened) {}
    /// A message goes out: it stands in the inbox of who it is for, and its deliveries are planned. One that goes out with the
    /// step of a timer is shown after that step is written; others count as sent when this returns.
    fn notice(&mut self, _notice: &Notice) {}
    /// The loop goes round: about once a second, and also while the database is away.
    fn beat(&mut self, _beat: &Beat) {}
    /// What waits to be delivered, by channel: every few seconds.
    fn waiting(&mut self, _waiting: &BTreeMap<String, Waits>) {}
    /// A delivery was tried in vain.
    fn failed(&mut self, _failed: &FailedTry) {}
    /// Cases were counted.
    fn census(&mut self, _census: &Census) {}
    /// A plugin did not give an answer, or something like it.
    fn trouble(&mut self, _trouble: &Trouble) {}
    /// One case of many was left out, or put aside: it cannot be read, or cannot go on. The others are done.
    fn left_out(&mut self, trouble: &Trouble) {
        self.trouble(trouble);
    }
}

/// Looks on and says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Watch for Silent {}

impl Notice {
    /// To whom it goes.
    #[must_use]
    pub fn receiver<'a>(&self, protocol: &'a Protocol) -> &'a str {
        receiver(&self.message).map_or("plugin", |who| &protocol.parties.row(who).name)
    }
}
