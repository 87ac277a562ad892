//! How messages for people go out: the deliveries of each are planned when its step is written, or when it is taken out of the
//! outbox.

use std::sync::Arc;

use jiff::Timestamp;
use voordeur_engine::Message;
use voordeur_protocol::Protocol;
use voordeur_store::{DeliveryWrite, Gone};

use crate::channel::Routes;
use crate::error::RuntimeError;
use crate::rows::{json, micros};
use crate::topic::{Topic, bare, held_until, receiver};

/// How messages for people go out with their steps.
#[derive(Debug, Clone)]
pub(crate) struct Going {
    pub(crate) routes: Arc<Routes>,
    /// When.
    pub(crate) now: Timestamp,
}

impl Going {
    /// How one of them goes out; `written`: when its step counts.
    pub(crate) fn plan(
        &self,
        protocol: &Protocol,
        message: &Message,
        written: Timestamp,
    ) -> Result<Gone, RuntimeError> {
        let deliveries = plan(&self.routes, protocol, message, micros(written), self.now)?;
        Ok(Gone { at: micros(self.now), deliveries })
    }
}

/// The deliveries of a message, one for each channel of its receiver and each address of that, without their case and key.
/// `created_at`: since when it waits.
pub(crate) fn plan(
    routes: &Routes,
    protocol: &Protocol,
    message: &Message,
    created_at: i64,
    now: Timestamp,
) -> Result<Vec<DeliveryWrite>, RuntimeError> {
    let Some(who) = receiver(message) else { return Ok(Vec::new()) };
    let party = &protocol.parties.row(who).name;
    let channels = routes.channels_of(&protocol.name, party);
    if channels.is_empty() {
        return Ok(Vec::new());
    }
    let text = json("message", &bare(message))?;
    let write = |channel: String| DeliveryWrite {
        case_id: 0,
        key: String::new(),
        channel,
        party: party.clone(),
        topic: Topic::of(protocol, message).word().to_owned(),
        created_at,
        next_at: micros(held_until(protocol, message, now)),
        message: text.clone(),
    };
    Ok(channels.iter().flat_map(|channel| routes.planned(channel)).map(write).collect())
}
