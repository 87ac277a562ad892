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

use crate::channel::{Channel, Parcel, Routes, Undelivered};
use crate::clock::Clock;
use crate::error::RuntimeError;
use crate::inbox::read;
use crate::library::Library;
use crate::rows::{json, micros, stored_case, timestamp};
use crate::topic::{Topic, bare, due, held_until, is_over, receiver};
use crate::tries::{end, hold, outcome};
use crate::watch::{FailedTry, Notice, Trouble, Watch};

/// How many deliveries are under way at once.
const AT_ONCE: u32 = 16;

/// How much longer than a try may take a delivery is held: who comes later finds a worker that has died.
const MARGIN: Duration = Duration::from_secs(30);

/// For how long a delivery waits for a program that has its channel; then it is dead.
const LEFT: SignedDuration = SignedDuration::from_hours(1);

/// How often it is looked for what other programs have planned.
const POLL: Duration = Duration::from_secs(1);

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
    news: Arc<Mutex<News>>,
}

/// What nobody has been told yet.
#[derive(Debug, Default)]
struct News {
    troubles: Vec<Trouble>,
    failures: Vec<FailedTry>,
}

/// A delivery that is about to be sent, or is not.
enum Next {
    Send(Box<Parcel>),
    Hold(Timestamp),
    /// To these channels, each by itself.
    Share(Vec<String>),
    Drop,
}

impl Postman {
    pub(crate) fn new(store: Store, library: Library, routes: Option<Arc<Routes>>) -> Self {
        Self { store, library, routes, news: Arc::default() }
    }

    /// What an operator should look at, since this was asked last.
    pub async fn troubles(&self) -> Vec<Trouble> {
        std::mem::take(&mut self.news.lock().await.troubles)
    }

    /// What was tried in vain, since this was asked last.
    pub async fn failures(&self) -> Vec<FailedTry> {
        std::mem::take(&mut self.news.lock().await.failures)
    }

    /// Tells what is new.
    pub(crate) async fn tell(&self, watch: &mut dyn Watch) {
        for failure in self.failures().await {
            watch.failed(&failure);
        }
        for trouble in self.troubles().await {
            watch.trouble(&trouble);
        }
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
            let Some(case) = cases.get(&delivery.case_id) else {
                self.settle(&end(&delivery, Progress::Dropped, now, None), posted).await?;
                continue;
            };
            match self.next(routes, case, &delivery, now) {
                Ok(Next::Send(parcel)) => {
                    let channel = routes.channel(&delivery.channel);
                    under_way.spawn(attempt(channel, delivery, parcel));
                }
                Ok(Next::Hold(until)) => self.settle(&hold(&delivery, until), posted).await?,
                Ok(Next::Share(channels)) => self.share(&delivery, &channels, now, posted).await?,
                Ok(Next::Drop) => {
                    self.settle(&end(&delivery, Progress::Dropped, now, None), posted).await?;
                }
                Err(error) if error.is_of_case() => {
                    let settled = end(&delivery, Progress::Dead, now, Some(kept(|| error.to_string())));
                    self.news.lock().await.dead(&delivery, &case.label, &settled);
                    self.settle(&settled, posted).await?;
                }
                Err(error) => return Err(error),
            }
        }
        while let Some(done) = under_way.join_next().await {
            let Ok((delivery, label, sent)) = done else { continue };
            let settled = outcome(&delivery, sent, now);
            self.news.lock().await.tried(&delivery, &label, &settled);
            self.settle(&settled, posted).await?;
        }
        Ok(())
    }

    /// What was planned for a channel as a whole goes to each of its addresses by itself. One that has it, or has it planned,
    /// keeps what it has.
    async fn share(
        &self,
        delivery: &Delivery,
        channels: &[String],
        now: Timestamp,
        posted: &mut Posted,
    ) -> Result<(), RuntimeError> {
        let writes: Vec<DeliveryWrite> =
            channels.iter().map(|channel| shared(delivery, channel, micros(now))).collect();
        self.store.post().route(&[], micros(now), &writes).await?;
        let why = kept(|| say!("it goes to each address of the channel by itself"));
        self.settle(&end(delivery, Progress::Dropped, now, Some(why)), posted).await
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
    fn next(
        &self,
        routes: &Routes,
        case: &CaseRow,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Result<Next, RuntimeError> {
        let message = read(&delivery.message)?;
        let is_reminder = matches!(message, Message::Remind { .. });
        let stored = stored_case(case)?;
        if is_reminder && (is_over(&stored, &message) || due(&message).is_some_and(|(due, _)| due <= now)) {
            return Ok(Next::Drop);
        }
        if let Some(channels) = routes.shares_of(&delivery.channel) {
            return Ok(Next::Share(channels.to_vec()));
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

/// Sends by a channel, if it is there.
async fn attempt(
    channel: Option<Arc<dyn Channel>>,
    delivery: Delivery,
    parcel: Box<Parcel>,
) -> (Delivery, String, Result<(), Undelivered>) {
    let sent = match channel {
        Some(channel) => channel.send(&parcel).await,
        None => Err(Undelivered::Never { why: kept(|| say!("there is no such channel any more")) }),
    };
    (delivery, parcel.notice.label, sent)
}

impl News {
    /// What came of a try, unless it went well.
    fn tried(&mut self, delivery: &Delivery, label: &str, settled: &Settled) {
        if settled.progress == Progress::Sent {
            return;
        }
        let (key, channel) = (delivery.key.clone(), delivery.channel.clone());
        let why = settled.said.as_deref().map(retold).unwrap_or_default();
        let next = (settled.progress == Progress::Waiting).then(|| timestamp(settled.next_at));
        let tries = settled.attempt;
        self.failures.push(FailedTry { label: label.to_owned(), key, channel, tries, why, next });
        if settled.progress == Progress::Dead {
            self.dead(delivery, label, settled);
        }
    }

    fn dead(&mut self, delivery: &Delivery, label: &str, settled: &Settled) {
        let (key, channel) = (&delivery.key, &delivery.channel);
        let why = settled.said.as_deref().map(retold).unwrap_or_default();
        let text = say!(
            "the message {key} did not go out by `{channel}` and is a dead letter now: {why}",
            key,
            channel,
            why
        );
        self.troubles.push(Trouble { label: label.to_owned(), text });
    }
}

/// The same delivery by another channel.
fn shared(delivery: &Delivery, channel: &str, next_at: i64) -> DeliveryWrite {
    let Delivery { case_id, key, party, topic, created_at, message, .. } = delivery.clone();
    DeliveryWrite { case_id, key, channel: channel.to_owned(), party, topic, created_at, next_at, message }
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
