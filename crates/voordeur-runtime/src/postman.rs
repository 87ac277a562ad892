//! Sends what is planned: at least once, under a key that stays the same, until it is sent, dropped or dead.
//!
//! A postman is apart from the loop that fires timers, so that a server that does not answer delays nothing but what is
//! for it.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use voordeur_engine::Message;
use voordeur_messages::{kept, retold, say};
use voordeur_protocol::Protocol;
use voordeur_store::{CaseRow, Claim, Delivery, DeliveryWrite, Gone, Progress, Reach, Settled, Store};

use crate::channel::{Parcel, Routes, Undelivered};
use crate::clock::Clock;
use crate::error::RuntimeError;
use crate::inbox::read;
use crate::library::Library;
use crate::rows::{json, micros, stored_case, timestamp};
use crate::topic::{Topic, bare, due, held_until, is_over, receiver};
use crate::watch::{Notice, Trouble};

/// How many deliveries are under way at once.
const AT_ONCE: u32 = 16;

/// How much longer than a try may take a delivery is held: who comes later finds a worker that has died.
const MARGIN: Duration = Duration::from_secs(30);

/// For how long a delivery waits for a program that has its channel; then it is dead.
const LEFT: SignedDuration = SignedDuration::from_hours(1);

/// How often it is looked for what other programs have planned.
const POLL: Duration = Duration::from_secs(1);

/// How long is waited after each try in vain, in seconds, as Standard Webhooks proposes. After the last one it is dead.
const WAITS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// What a postman has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Posted {
    /// How many deliveries the other side has.
    pub sent: u64,
    /// How many will be tried again, or wait for office hours.
    pub postponed: u64,
    /// How many made no sense any more.
    pub dropped: u64,
    /// How many are dead letters now.
    pub dead: u64,
}

/// Sends deliveries.
#[derive(Debug, Clone)]
pub struct Postman {
    store: Store,
    library: Library,
    routes: Option<Arc<Routes>>,
    troubles: Arc<Mutex<Vec<Trouble>>>,
}

/// A delivery that is about to be sent, or is not.
enum Next {
    Send(Box<Parcel>),
    Hold(Timestamp),
    Drop,
}

impl Postman {
    pub(crate) fn new(store: Store, library: Library, routes: Option<Arc<Routes>>) -> Self {
        Self { store, library, routes, troubles: Arc::default() }
    }

    /// What an operator should look at, since this was asked last.
    pub async fn troubles(&self) -> Vec<Trouble> {
        std::mem::take(&mut *self.troubles.lock().await)
    }

    /// Sends whatever is due, until `stop` is ready. What was begun is finished first.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be used. One that is locked or away for a while is tried again.
    pub async fn follow(
        &mut self,
        clock: &dyn Clock,
        holder: &str,
        stop: impl Future<Output = ()>,
    ) -> Result<(), RuntimeError> {
        let mut stop = std::pin::pin!(stop);
        loop {
            match self.round(clock.now(), holder).await {
                Ok(_) => {}
                Err(RuntimeError::Store(error)) if error.is_passing() => {}
                Err(error) => return Err(error),
            }
            tokio::select! {
                () = &mut stop => return Ok(()),
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Sends everything that is due at a moment, some at a time.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be used. What was taken comes free by itself after a while.
    pub async fn round(&mut self, now: Timestamp, holder: &str) -> Result<Posted, RuntimeError> {
        // Who has no channels leaves what is planned to those who have.
        let Some(routes) = self.routes.clone() else { return Ok(Posted::default()) };
        let lease = routes.patience().saturating_add(MARGIN);
        let lease = SignedDuration::try_from(lease).unwrap_or(SignedDuration::ZERO);
        let until = now.saturating_add(lease).unwrap_or(Timestamp::MAX);
        let claim =
            Claim { holder: holder.to_owned(), now: micros(now), until: micros(until), limit: AT_ONCE };
        let left_since = micros(now.saturating_sub(LEFT).unwrap_or(Timestamp::MIN));
        let reach = Reach { channels: routes.names(), left_since };
        let mut posted = Posted::default();
        loop {
            let taken = self.store.post().claim_deliveries(&claim, &reach).await?;
            if taken.is_empty() {
                return Ok(posted);
            }
            self.send_together(&routes, taken, now, &mut posted).await?;
        }
    }

    /// Sends side by side. What comes of each is written as soon as it is known.
    async fn send_together(
        &mut self,
        routes: &Routes,
        taken: Vec<Delivery>,
        now: Timestamp,
        posted: &mut Posted,
    ) -> Result<(), RuntimeError> {
        let ids: Vec<i64> = taken.iter().map(|delivery| delivery.case_id).collect();
        let cases = self.store.cases_numbered(&ids).await?;
        if cases.iter().any(|case| !self.library.knows(case.protocol)) {
            self.library = Library::load(&self.store).await?;
        }
        let cases: BTreeMap<i64, CaseRow> = cases.into_iter().map(|case| (case.id, case)).collect();
        let mut under_way = JoinSet::new();
        for delivery in taken {
            let next = match cases.get(&delivery.case_id) {
                Some(case) => self.next(case, &delivery, now),
                None => Ok(Next::Drop),
            };
            let next = match next {
                Ok(next) => next,
                Err(error) if error.is_of_case() => {
                    let label =
                        cases.get(&delivery.case_id).map_or_else(String::new, |case| case.label.clone());
                    let settled = end(&delivery, Progress::Dead, now, Some(kept(|| error.to_string())));
                    self.troubles.lock().await.push(dead_letter(&delivery, label, settled.said.as_deref()));
                    self.settle(&settled, posted).await?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let parcel = match next {
                Next::Send(parcel) => parcel,
                Next::Hold(until) => {
                    self.settle(&hold(&delivery, until), posted).await?;
                    continue;
                }
                Next::Drop => {
                    self.settle(&end(&delivery, Progress::Dropped, now, None), posted).await?;
                    continue;
                }
            };
            let channel = routes.channel(&delivery.channel);
            under_way.spawn(async move {
                let sent = match channel {
                    Some(channel) => channel.send(&parcel).await,
                    None => {
                        Err(Undelivered::Never { why: kept(|| say!("there is no such channel any more")) })
                    }
                };
                (delivery, parcel.notice.label, sent)
            });
        }
        while let Some(done) = under_way.join_next().await {
            let Ok((delivery, label, sent)) = done else { continue };
            let settled = outcome(&delivery, sent, now);
            if settled.progress == Progress::Dead {
                self.troubles.lock().await.push(dead_letter(&delivery, label, settled.said.as_deref()));
            }
            self.settle(&settled, posted).await?;
        }
        Ok(())
    }

    async fn settle(&self, settled: &Settled, posted: &mut Posted) -> Result<(), RuntimeError> {
        self.store.post().settle(std::slice::from_ref(settled)).await?;
        match settled.progress {
            Progress::Waiting => posted.postponed += 1,
            Progress::Sent => posted.sent += 1,
            Progress::Dropped => posted.dropped += 1,
            Progress::Dead => posted.dead += 1,
        }
        Ok(())
    }

    /// Reminders keep office hours also on a later try, and are dropped when what they remind of is done, or its term has gone by.
    fn next(&self, case: &CaseRow, delivery: &Delivery, now: Timestamp) -> Result<Next, RuntimeError> {
        let message = read(&delivery.message)?;
        let is_reminder = matches!(message, Message::Remind { .. });
        let stored = stored_case(case)?;
        if is_reminder && (is_over(&stored, &message) || due(&message).is_some_and(|(due, _)| due <= now)) {
            return Ok(Next::Drop);
        }
        let written = timestamp(delivery.created_at);
        let protocol = self.library.running(case.protocol, &stored, written).cloned();
        let Some(protocol) = protocol else { return Ok(Next::Drop) };
        let until = held_until(&protocol, &message, now);
        if until > now {
            return Ok(Next::Hold(until));
        }
        let (label, key, at) = (case.label.clone(), delivery.key.clone(), timestamp(delivery.created_at));
        let notice = Notice { label, protocol, key, at, message };
        let (party, topic) = (delivery.party.clone(), Topic::of_word(&delivery.topic));
        Ok(Next::Send(Box::new(Parcel { notice, party, topic })))
    }
}

fn dead_letter(delivery: &Delivery, label: String, why: Option<&str>) -> Trouble {
    let (key, channel) = (&delivery.key, &delivery.channel);
    let why = why.map(retold).unwrap_or_default();
    Trouble {
        label,
        text: say!(
            "the message {key} did not go out by `{channel}` and is a dead letter now: {why}",
            key,
            channel,
            why
        ),
    }
}

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

/// The deliveries of a message, one for each channel of its receiver, without their case and key. `created_at`: since when it
/// waits.
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
    let write = |channel: &String| DeliveryWrite {
        case_id: 0,
        key: String::new(),
        channel: channel.clone(),
        party: party.clone(),
        topic: Topic::of(protocol, message).word().to_owned(),
        created_at,
        next_at: micros(held_until(protocol, message, now)),
        message: text.clone(),
    };
    Ok(channels.iter().map(write).collect())
}

fn hold(delivery: &Delivery, until: Timestamp) -> Settled {
    Settled {
        delivery: delivery.id,
        epoch: delivery.epoch,
        progress: Progress::Waiting,
        attempt: delivery.attempt,
        next_at: micros(until),
        done_at: None,
        said: delivery.said.clone(),
    }
}

fn end(delivery: &Delivery, progress: Progress, now: Timestamp, said: Option<String>) -> Settled {
    Settled { progress, done_at: Some(micros(now)), said, ..hold(delivery, timestamp(delivery.next_at)) }
}

fn outcome(delivery: &Delivery, sent: Result<(), Undelivered>, now: Timestamp) -> Settled {
    match sent {
        Ok(()) => end(delivery, Progress::Sent, now, None),
        Err(Undelivered::Never { why }) => {
            let attempt = delivery.attempt.saturating_add(1);
            Settled { attempt, ..end(delivery, Progress::Dead, now, Some(why)) }
        }
        Err(Undelivered::Later { why, wait }) => again(delivery, now, why, wait),
    }
}

fn again(delivery: &Delivery, now: Timestamp, why: String, asked: Option<Duration>) -> Settled {
    let attempt = delivery.attempt.saturating_add(1);
    let tried = usize::try_from(delivery.attempt).unwrap_or(usize::MAX);
    let Some(wait) = WAITS.get(tried) else {
        return Settled { attempt, ..end(delivery, Progress::Dead, now, Some(why)) };
    };
    let wait = SignedDuration::from_secs(*wait).saturating_add(jitter(delivery, *wait));
    let asked = asked.and_then(|asked| SignedDuration::try_from(asked).ok()).unwrap_or(SignedDuration::ZERO);
    let next = now.saturating_add(wait.max(asked)).unwrap_or(Timestamp::MAX);
    Settled { attempt, next_at: micros(next), said: Some(why), ..hold(delivery, now) }
}

/// Up to a tenth of the wait, another for each message, so that those that failed together do not come back together.
fn jitter(delivery: &Delivery, wait: i64) -> SignedDuration {
    let mix = delivery.id.wrapping_mul(0x9E37_79B9).wrapping_add(delivery.attempt.wrapping_mul(0x85EB_CA6B));
    SignedDuration::from_millis(mix.rem_euclid(wait.saturating_mul(100).max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(id: i64, attempt: i64) -> Delivery {
        let text = String::new;
        let (key, channel, party, topic, message) = (text(), text(), text(), text(), text());
        let (progress, next_at, epoch, done_at, said) = (Progress::Waiting, 0, 1, None, None);
        let (case_id, created_at) = (1, 0);
        Delivery {
            id,
            case_id,
            key,
            channel,
            party,
            topic,
            created_at,
            message,
            progress,
            attempt,
            next_at,
            epoch,
            done_at,
            said,
        }
    }

    fn later(wait: Option<Duration>) -> Result<(), Undelivered> {
        Err(Undelivered::Later { why: "busy".to_owned(), wait })
    }

    #[test]
    fn tries_come_after_longer_and_longer_waits_until_the_letter_is_dead() {
        let now = Timestamp::UNIX_EPOCH;
        let mut waits = Vec::new();
        for attempt in 0..=9 {
            let settled = outcome(&delivery(3, attempt), later(None), now);
            match settled.progress {
                Progress::Waiting => waits.push(settled.next_at / 1_000_000),
                other => assert_eq!((other, attempt), (Progress::Dead, 9)),
            }
        }
        for (wait, wanted) in waits.iter().zip(WAITS) {
            assert!((wanted..=wanted + wanted / 10).contains(wait), "{wait} {wanted}");
        }
        assert_eq!(waits.len(), WAITS.len());
    }

    #[test]
    fn those_that_failed_together_do_not_come_back_together() {
        let next = |id| outcome(&delivery(id, 3), later(None), Timestamp::UNIX_EPOCH).next_at;
        let moments: std::collections::BTreeSet<i64> = (0..100).map(next).collect();
        assert!(moments.len() > 95, "{}", moments.len());
    }

    #[test]
    fn what_the_other_side_asks_is_waited_for() {
        let settled = outcome(&delivery(1, 0), later(Some(Duration::from_secs(600))), Timestamp::UNIX_EPOCH);
        assert_eq!(settled.next_at, 600_000_000);
        let never = outcome(
            &delivery(1, 0),
            Err(Undelivered::Never { why: "gone".to_owned() }),
            Timestamp::UNIX_EPOCH,
        );
        assert_eq!((never.progress, never.said.as_deref()), (Progress::Dead, Some("gone")));
    }
}
