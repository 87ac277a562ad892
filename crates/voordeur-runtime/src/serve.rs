//! The loop that follows the clock.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use jiff::Timestamp;
use voordeur_store::StoreError;

use crate::clock::Clock;
use crate::drive::{Advanced, Runtime};
use crate::error::RuntimeError;
use crate::library::Library;
use crate::rows::{micros, timestamp};
use crate::watch::Watch;

/// How often the database is looked at for what other programs have written.
const POLL: Duration = Duration::from_secs(1);

impl Runtime {
    /// Fires timers when they are due, makes calls and sends messages, until `stop` is ready. What was
    /// begun is finished first.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be used. A database that is locked for a while is tried
    /// again.
    pub async fn serve(
        &mut self,
        clock: &dyn Clock,
        stop: impl Future<Output = ()>,
        watch: &mut dyn Watch,
    ) -> Result<Advanced, RuntimeError> {
        let mut stop = pin!(stop);
        let mut total = Advanced::default();
        loop {
            match self.round(clock.now(), watch).await {
                Ok(advanced) => {
                    total.timers += advanced.timers;
                    total.calls += advanced.calls;
                }
                Err(RuntimeError::Store(StoreError::Locked { .. })) => {}
                Err(error) => return Err(error),
            }
            let rest = self.rest(clock.now()).await?;
            tokio::select! {
                () = &mut stop => return Ok(total),
                () = tokio::time::sleep(rest) => {}
            }
        }
    }

    /// Everything that can be done now.
    pub(crate) async fn round(
        &mut self,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<Advanced, RuntimeError> {
        self.learn().await?;
        let mut advanced = Advanced::default();
        loop {
            let calls = self.run_calls(None, Some(now), watch).await?;
            let rows = self.store.due(micros(now), 256).await?;
            let timers = self.fire(rows, now, watch).await?;
            advanced.timers += timers;
            advanced.calls += calls;
            if timers == 0 && calls == 0 {
                break;
            }
        }
        self.deliver(now, watch).await?;
        Ok(advanced)
    }

    /// Protocols that another program has added meanwhile.
    async fn learn(&mut self) -> Result<(), RuntimeError> {
        let known = self.library.iter().count();
        if self.store.protocols().await?.len() != known {
            self.library = Library::load(&self.store).await?;
        }
        Ok(())
    }

    async fn rest(&self, now: Timestamp) -> Result<Duration, RuntimeError> {
        let next = match self.store.next_due().await {
            Ok(next) => next.map(timestamp),
            Err(StoreError::Locked { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let until = next.map(|next| next.duration_since(now).unsigned_abs());
        Ok(until.filter(|_| next.is_some_and(|next| next > now)).map_or(POLL, |until| until.min(POLL)))
    }
}
