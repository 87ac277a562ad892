//! The loop that follows the clock.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::oneshot;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::drive::{Advanced, Runtime};
use crate::error::RuntimeError;
use crate::postman::Postman;
use crate::rows::{micros, timestamp};
use crate::watch::Watch;

/// How often the database is looked at for what other programs have written.
const POLL: Duration = Duration::from_secs(1);

impl Runtime {
    /// Fires timers when they are due, makes calls and sends messages, until `stop` is ready. What was
    /// begun is finished first.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be used. A database that is locked for a while, or a server that
    /// is away, is tried again.
    pub async fn serve(
        &mut self,
        clock: &dyn Clock,
        stop: impl Future<Output = ()>,
        watch: &mut dyn Watch,
    ) -> Result<Advanced, RuntimeError> {
        let holder = format!("worker-{}", std::process::id());
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
        for trouble in troubles.troubles().await {
            watch.trouble(&trouble);
        }
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
        let mut stop = pin!(stop);
        let mut total = Advanced::default();
        loop {
            for trouble in postman.troubles().await {
                watch.trouble(&trouble);
            }
            match self.work(clock.now(), holder, watch).await {
                Ok(advanced) => {
                    total.timers += advanced.timers;
                    total.calls += advanced.calls;
                }
                Err(RuntimeError::Store(error)) if error.is_passing() => {}
                Err(error) => return Err(error),
            }
            let rest = self.rest(clock.now()).await?;
            tokio::select! {
                () = &mut stop => return Ok(total),
                () = tokio::time::sleep(rest) => {}
                () = self.store.hint() => {}
            }
        }
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
