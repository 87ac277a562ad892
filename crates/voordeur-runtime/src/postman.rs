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
use voordeur_engine::{Case, Message, Serial};
use voordeur_messages::{kept, retold, say};
use voordeur_store::{CaseRow, Claim, Delivery, DeliveryWrite, Progress, Reach, Settled, Store};

use crate::channel::{Parcel, Routes};
use crate::clock::Clock;
use crate::desk::{Desk, Joined, OfCase};
use crate::error::RuntimeError;
use crate::inbox::read_of;
use crate::library::Library;
use crate::rows::{micros, stored_case, timestamp};
use crate::topic::{Topic, held_until, is_over};
use crate::tries::{end, hold, outcome};
use crate::watch::{FailedTry, Notice, Trouble, Watch};

/// How much longer than a try may take a delivery is held: who comes later finds a worker that has died.
const MARGIN: Duration = Duration::from_secs(30);

/// For how long a delivery waits for a program that has its channel; then it is dead.
const LEFT: SignedDuration = SignedDuration::from_hours(1);

/// For how long a reminder waits before it is looked whether the clock of its term still stands still.
const STANDING_STILL: SignedDuration = SignedDuration::from_hours(1);

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

/// How deliveries are taken.
struct Round<'a> {
    routes: &'a Routes,
    clock: &'a dyn Clock,
    holder: &'a str,
    /// What was due at this moment; without it whatever is due by now.
    due: Option<Timestamp>,
}

impl Round<'_> {
    fn moment(&self) -> Timestamp {
        self.due.unwrap_or_else(|| self.clock.now())
    }
}

/// A clock that stands still.
struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
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

    /// Sends whatever is due, until `stop` is ready: then nothing more is taken, and what was begun is finished, which takes
    /// as long as one try at most.
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
        let Some(routes) = self.routes.clone() else {
            stop.await;
            return Ok(());
        };
        let (mut desk, mut posted) = (Desk::default(), Posted::default());
        let round = Round { routes: &routes, clock, holder, due: None };
        let ended = loop {
            let more = match self.take(&mut desk, &round, &mut posted).await {
                Err(error) if is_passing(&error) => false,
                Err(error) => break Err(error),
                Ok(more) => more,
            };
            let rest = if more { Duration::ZERO } else { POLL };
            let joined = tokio::select! {
                biased;
                () = &mut stop => break Ok(()),
                Some(joined) = desk.joined() => Some(joined),
                () = tokio::time::sleep(rest) => None,
            };
            if let Some(joined) = joined {
                self.came(&mut desk, joined, clock).await;
            }
        };
        let finished = self.finish(&mut desk, clock, &mut posted).await;
        ended.and(finished)
    }

    /// Sends everything that is due at a moment, some at a time, on a clock that stands still.
    ///
    /// # Errors
    /// As [`Postman::send_due`].
    pub async fn round(&mut self, now: Timestamp, holder: &str) -> Result<Posted, RuntimeError> {
        self.send_due(&Still(now), holder).await
    }

    /// Sends everything that is due now, some at a time.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be used. What was taken comes free by itself after a while.
    pub async fn send_due(&mut self, clock: &dyn Clock, holder: &str) -> Result<Posted, RuntimeError> {
        // Who has no channels leaves what is planned to those who have.
        let Some(routes) = self.routes.clone() else { return Ok(Posted::default()) };
        let (mut desk, mut posted) = (Desk::default(), Posted::default());
        let round = Round { routes: &routes, clock, holder, due: Some(clock.now()) };
        loop {
            match self.take(&mut desk, &round, &mut posted).await {
                Err(error) => {
                    self.finish(&mut desk, clock, &mut posted).await?;
                    return Err(error);
                }
                Ok(false) if desk.is_idle() => return Ok(posted),
                Ok(true) => {}
                Ok(false) => {
                    let Some(joined) = desk.joined().await else { continue };
                    self.came(&mut desk, joined, clock).await;
                }
            }
        }
    }

    /// Writes what came of tries, takes what there is room for, and begins it; gives whether it took anything.
    async fn take(
        &mut self,
        desk: &mut Desk,
        round: &Round<'_>,
        posted: &mut Posted,
    ) -> Result<bool, RuntimeError> {
        self.write(desk, posted).await?;
        let names = round.routes.names();
        let mut rooms = desk.rooms(&names);
        if rooms.is_empty() {
            // There may be something that nobody has a channel for any more.
            rooms.push((0, Vec::new()));
        }
        let mut took = false;
        for (_, channels) in rooms {
            // What was taken for the others has left less.
            let taken = self.claim(desk.room(&channels), channels, &names, round).await?;
            took |= !taken.is_empty();
            self.begin(desk, taken, round).await?;
        }
        self.write(desk, posted).await?;
        Ok(took)
    }

    /// Takes deliveries by these channels. It is held from now on, by the clock, for longer than a try takes.
    async fn claim(
        &self,
        room: usize,
        channels: Vec<String>,
        names: &[String],
        round: &Round<'_>,
    ) -> Result<Vec<Delivery>, RuntimeError> {
        let limit = u32::try_from(room).unwrap_or(u32::MAX);
        if limit == 0 {
            return Ok(Vec::new());
        }
        let (now, due) = (round.clock.now(), round.moment());
        let lease = SignedDuration::try_from(round.routes.patience().saturating_add(MARGIN));
        let until = now.saturating_add(lease.unwrap_or(SignedDuration::ZERO)).unwrap_or(Timestamp::MAX);
        let holder = round.holder.to_owned();
        let claim = Claim { holder, now: micros(due), until: micros(until), limit };
        let busy = names.iter().filter(|name| !channels.contains(name)).cloned().collect();
        let left_since = micros(due.saturating_sub(LEFT).unwrap_or(Timestamp::MIN));
        let reach = Reach { channels, left_since, busy };
        Ok(self.store.post().claim_deliveries(&claim, &reach).await?)
    }

    /// Begins what was taken, as far as it is to be sent.
    async fn begin(
        &mut self,
        desk: &mut Desk,
        taken: Vec<Delivery>,
        round: &Round<'_>,
    ) -> Result<(), RuntimeError> {
        if taken.is_empty() {
            return Ok(());
        }
        let ids: Vec<i64> = taken.iter().map(|delivery| delivery.case_id).collect();
        let cases = self.store.cases_numbered(&ids).await?;
        self.learn(&cases).await?;
        let cases: BTreeMap<i64, CaseRow> = cases.into_iter().map(|case| (case.id, case)).collect();
        let now = round.moment();
        for delivery in taken {
            let dropped = |delivery: &Delivery| end(delivery, Progress::Dropped, now, None);
            let Some(case) = cases.get(&delivery.case_id) else {
                desk.unwritten.push(dropped(&delivery));
                continue;
            };
            match self.next(round.routes, case, &delivery, now) {
                Ok(Next::Send(parcel)) => {
                    let channel = round.routes.channel(&delivery.channel);
                    desk.begin(channel, delivery, parcel);
                }
                Ok(Next::Hold(until)) => desk.unwritten.push(hold(&delivery, until)),
                Ok(Next::Share(channels)) => {
                    desk.unwritten.push(self.share(&delivery, &channels, now).await?);
                }
                Ok(Next::Drop) => desk.unwritten.push(dropped(&delivery)),
                Err(error) if error.is_of_case() => {
                    let settled = end(&delivery, Progress::Dead, now, Some(kept(|| error.to_string())));
                    self.news.lock().await.dead(&delivery, &case.label, &settled);
                    desk.unwritten.push(settled);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Pathways and decrees that came since this program started.
    async fn learn(&mut self, cases: &[CaseRow]) -> Result<(), RuntimeError> {
        if cases.iter().any(|case| !self.library.knows(case.protocol)) {
            self.library = Library::load(&self.store).await?;
            return Ok(());
        }
        let rows = self.store.decrees().await?;
        if self.library.decreed() < rows.len() {
            self.library = self.library.with_decrees(&rows);
        }
        Ok(())
    }

    /// What came of tries, at the moment at which it is known.
    async fn came(&self, desk: &mut Desk, joined: Joined, clock: &dyn Clock) {
        let tried = desk.tried(joined);
        let (now, mut news) = (clock.now(), self.news.lock().await);
        for (delivery, case, sent) in tried {
            let settled = outcome(&delivery, sent, now);
            news.tried(&delivery, &case, &settled);
            desk.unwritten.push(settled);
        }
    }

    /// Waits for what is under way. Each outcome is written as soon as it is known; what cannot be written is sent again later,
    /// under the same key.
    async fn finish(
        &self,
        desk: &mut Desk,
        clock: &dyn Clock,
        posted: &mut Posted,
    ) -> Result<(), RuntimeError> {
        loop {
            match self.write(desk, posted).await {
                Err(error) if !is_passing(&error) => return Err(error),
                _ => {}
            }
            let Some(joined) = desk.joined().await else { return Ok(()) };
            self.came(desk, joined, clock).await;
        }
    }

    /// Writes what is not written yet. Whoever was too late with it writes nothing.
    async fn write(&self, desk: &mut Desk, posted: &mut Posted) -> Result<(), RuntimeError> {
        if desk.unwritten.is_empty() {
            return Ok(());
        }
        self.store.post().settle(&desk.unwritten).await?;
        desk.unwritten.drain(..).for_each(|settled| posted.count(settled.progress));
        Ok(())
    }

    /// What was planned for a channel as a whole goes to each of its addresses by itself. One that has it, or has it planned,
    /// keeps what it has.
    async fn share(
        &self,
        delivery: &Delivery,
        channels: &[String],
        now: Timestamp,
    ) -> Result<Settled, RuntimeError> {
        let writes: Vec<DeliveryWrite> =
            channels.iter().map(|channel| shared(delivery, channel, micros(now))).collect();
        self.store.post().route(&[], micros(now), &writes).await?;
        let why = kept(|| say!("it goes to each address of the channel by itself"));
        Ok(end(delivery, Progress::Dropped, now, Some(why)))
    }

    /// Reminders keep office hours also on a later try, and are dropped when what they remind of is done, or its term has gone by.
    fn next(
        &self,
        routes: &Routes,
        case: &CaseRow,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Result<Next, RuntimeError> {
        let stored = stored_case(case)?;
        let message = read_of(&stored, &delivery.message)?;
        if let Message::Remind { serial, .. } = message {
            if is_over(&stored, &message) || has_gone_by(&stored, &message, serial, now) {
                return Ok(Next::Drop);
            }
            if stands_still(&stored, serial) {
                return Ok(Next::Hold(now.checked_add(STANDING_STILL).unwrap_or(now)));
            }
        }
        if let Some(channels) = routes.shares_of(&delivery.channel) {
            return Ok(Next::Share(channels.to_vec()));
        }
        let at = timestamp(delivery.created_at);
        let protocol = self.library.running(case.protocol, &stored, at).cloned();
        let Some(protocol) = protocol else { return Ok(Next::Drop) };
        let until = held_until(&protocol, &message, now);
        if until > now {
            return Ok(Next::Hold(until));
        }
        let (label, key, written) =
            (case.label.clone(), delivery.key.clone(), timestamp(delivery.recorded_at));
        let notice = Notice { label, protocol, key, at, written, message };
        let (party, topic) = (delivery.party.clone(), Topic::of_word(&delivery.topic));
        Ok(Next::Send(Box::new(Parcel { notice, party, topic })))
    }
}

/// Whether the term of what is reminded of is over, as the case has it now: it may have been moved since, and while its clock
/// stands still it is not.
fn has_gone_by(case: &Case, message: &Message, serial: Serial, now: Timestamp) -> bool {
    let due = case.due_of(serial).map(|due| due.at).or_else(|| message.due().map(|(due, _)| due));
    !stands_still(case, serial) && due.is_none_or(|due| due <= now)
}

fn stands_still(case: &Case, serial: Serial) -> bool {
    case.instance(serial).is_some_and(|instance| instance.paused_since.is_some())
}

fn is_passing(error: &RuntimeError) -> bool {
    matches!(error, RuntimeError::Store(error) if error.is_passing())
}

impl Posted {
    const fn count(&mut self, progress: Progress) {
        match progress {
            Progress::Waiting => self.postponed += 1,
            Progress::Sent => self.sent += 1,
            Progress::Dropped => self.dropped += 1,
            Progress::Dead => self.dead += 1,
        }
    }
}

impl News {
    /// What came of a try, unless it went well.
    fn tried(&mut self, delivery: &Delivery, case: &OfCase, settled: &Settled) {
        if settled.progress == Progress::Sent {
            return;
        }
        let (key, channel) = (delivery.key.clone(), delivery.channel.clone());
        let why = settled.said.as_deref().map(retold).unwrap_or_default();
        let next = (settled.progress == Progress::Waiting).then(|| timestamp(settled.next_at));
        let next_local = next.map(|next| case.calendar.local(next));
        let (label, tries) = (case.label.clone(), settled.attempt);
        self.failures.push(FailedTry { label, key, channel, tries, why, next, next_local });
        if settled.progress == Progress::Dead {
            self.dead(delivery, &case.label, settled);
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

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use voordeur_engine::{Case, Instance, Message, Serial};
    use voordeur_protocol::{ObligationId, OpeningId, PartyId, StateId};

    use super::{has_gone_by, stands_still};

    fn reminder(due: Timestamp, personal: bool) -> Message {
        let (who, serial, obligation) = (PartyId(0), Serial(1), ObligationId(0));
        Message::Remind { who, serial, obligation, due, provisional: false, personal }
    }

    fn waiting(paused_since: Option<Timestamp>) -> Case {
        let one = Instance {
            serial: Serial(1),
            opening: OpeningId(0),
            state: StateId(0),
            stay: 1,
            opened_at: Timestamp::UNIX_EPOCH,
            parent: None,
            count: 0,
            parts: 0,
            attempted_at: None,
            armed: true,
            prepared: false,
            period: (0, 0),
            children: 0,
            paused_since,
            not_before: None,
        };
        Case { open: vec![one], ..Case::default() }
    }

    #[test]
    fn a_term_has_gone_by_unless_it_stands_still() {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1_000);
        let (past, later) = (now - SignedDuration::from_hours(1), now + SignedDuration::from_hours(1));
        let gone = |case: &Case, message: &Message| has_gone_by(case, message, Serial(1), now);
        let (runs, still) = (waiting(None), waiting(Some(past)));
        assert!(gone(&runs, &reminder(past, false)) && !gone(&runs, &reminder(later, false)));
        // When a personal term was due is known as long as it runs.
        assert!(gone(&runs, &reminder(Timestamp::UNIX_EPOCH, true)));
        assert!(stands_still(&still, Serial(1)) && !gone(&still, &reminder(past, false)));
    }
}
