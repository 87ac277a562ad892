//! The loop that follows the clock.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::oneshot;

use jiff::Timestamp;
use voordeur_store::{Upkeep, Waits};

use crate::clock::Clock;
use crate::drive::{Advanced, Runtime};
use crate::duty::Duty;
use crate::error::RuntimeError;
use crate::postman::Postman;
use crate::rows::{micros, timestamp};
use crate::watch::{Beat, Trouble, Watch};

/// How often the database is looked at for what other programs have written.
const POLL: Duration = Duration::from_secs(1);

/// How often it is counted what waits to be delivered: there may be much of it when a channel is down.
const LOOK: Duration = Duration::from_secs(5);

impl Runtime {
    /// Fires timers when they are due, makes calls and sends messages, until `stop` is ready. What was begun is finished
    /// first, and what was taken and not begun is given back.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be used. A database that is locked for a while, or a server that
    /// is away, is tried again. [`RuntimeError::WrongKey`] when the key of the operator opens no case at all.
    pub async fn serve(
        &mut self,
        clock: &dyn Clock,
        stop: impl Future<Output = ()>,
        watch: &mut dyn Watch,
    ) -> Result<Advanced, RuntimeError> {
        self.check_key().await?;
        for unusable in self.library.unusable().values() {
            let (label, text) = (unusable.name.clone(), unusable.error().to_string());
            watch.trouble(&Trouble { label, text });
        }
        let holder = format!("worker-{}-{}", std::process::id(), micros(clock.now()));
        let mut postman = self.postman();
        let troubles = postman.clone();
        // When one of the two ends, in whichever way, so does the other: dropping a sender is the sign.
        let (driver, driver_ended) = oneshot::channel::<()>();
        let (poster, poster_ended) = oneshot::channel::<()>();
        let driving = async {
            let _driver = driver;
            let stop = async {
                tokio::select! { () = stop => {}, _ = poster_ended => {} }
            };
            self.drive(clock, &holder, stop, &troubles, watch).await
        };
        let posting = async {
            let _poster = poster;
            postman.follow(clock, &holder, async { drop(driver_ended.await) }).await
        };
        let (driven, posted) = tokio::join!(driving, posting);
        troubles.tell(watch).await;
        posted?;
        driven
    }

    async fn drive(
        &mut self,
        clock: &dyn Clock,
        holder: &str,
        stop: impl Future<Output = ()>,
        postman: &Postman,
        watch: &mut dyn Watch,
    ) -> Result<Advanced, RuntimeError> {
        let mut total = Advanced::default();
        let done = self.follow(clock, holder, stop, postman, watch, &mut total).await;
        // Whoever cannot be told finds the leases over after a while.
        drop(
            self.store.upkeep(Upkeep::Release { holder: holder.to_owned(), now: micros(clock.now()) }).await,
        );
        done.map(|()| total)
    }

    async fn follow(
        &mut self,
        clock: &dyn Clock,
        holder: &str,
        stop: impl Future<Output = ()>,
        postman: &Postman,
        watch: &mut dyn Watch,
        total: &mut Advanced,
    ) -> Result<(), RuntimeError> {
        let mut stop = pin!(stop);
        let mut duty = Duty::new(holder);
        let (mut last_beat, mut last_look): (Option<Timestamp>, Option<Timestamp>) = (None, None);
        loop {
            let mut away = Away::default();
            postman.tell(watch).await;
            let worked = self.work_part(clock.now(), holder, total, watch).await;
            let more = passing(worked, false, &mut away)?;
            let busy = match away.is_gone {
                // Whoever asks a server that is gone waits each time until that is certain.
                true => false,
                false => passing(self.perform(&mut duty, clock.now(), watch).await, false, &mut away)?,
            };
            let now = clock.now();
            if !away.is_gone && last_look.is_none_or(|last| now.duration_since(last).unsigned_abs() >= LOOK) {
                last_look = Some(now);
                passing(self.look_at_deliveries(watch).await, (), &mut away)?;
            }
            if last_beat.is_none_or(|last| now.duration_since(last).unsigned_abs() >= POLL) {
                last_beat = Some(now);
                let pulse = match away.is_gone {
                    true => None,
                    false => {
                        let pulse = self.store.pulse().await.map_err(RuntimeError::from);
                        passing(pulse.map(Some), None, &mut away)?
                    }
                };
                let unusable = self.library.unusable().len();
                let leads = duty.leads();
                watch.beat(&Beat {
                    at: now,
                    advanced: *total,
                    pulse,
                    away: away.why.take(),
                    unusable,
                    leads,
                });
            }
            let rest = match (more || busy, away.is_gone) {
                (true, _) => Duration::ZERO,
                (false, true) => POLL,
                (false, false) => self.rest(clock.now()).await?,
            };
            tokio::select! {
                biased;
                () = &mut stop => return Ok(()),
                () = tokio::time::sleep(rest) => {}
                () = self.store.hint() => {}
            }
        }
    }

    /// Tells what waits to be delivered; also of the channels of this program for which nothing does.
    async fn look_at_deliveries(&self, watch: &mut dyn Watch) -> Result<(), RuntimeError> {
        let found = self.store.post().waiting().await?;
        let own = self.elsewhere.routes().map(|routes| routes.in_use()).unwrap_or_default();
        let mut waiting: BTreeMap<String, Waits> = own.into_iter().map(|name| (name, Waits::NONE)).collect();
        waiting.extend(found);
        watch.waiting(&waiting);
        Ok(())
    }

    /// How long nothing is due, as far as is known.
    async fn rest(&self, now: Timestamp) -> Result<Duration, RuntimeError> {
        let next = match self.store.next_due(micros(now)).await {
            Ok(next) => next.map(timestamp),
            Err(error) if error.is_passing() => None,
            Err(error) => return Err(error.into()),
        };
        Ok(next.map_or(POLL, |next| next.duration_since(now).unsigned_abs().min(POLL)))
    }
}

/// Whether the database could not be worked with this time round.
#[derive(Default)]
struct Away {
    why: Option<String>,
    /// It does not even answer.
    is_gone: bool,
}

/// A database that is away for a while is tried again later.
fn passing<T>(done: Result<T, RuntimeError>, otherwise: T, away: &mut Away) -> Result<T, RuntimeError> {
    match done {
        Err(RuntimeError::Store(error)) if error.is_passing() => {
            away.is_gone |= error.is_away();
            away.why = Some(error.to_string());
            Ok(otherwise)
        }
        done => done,
    }
}
