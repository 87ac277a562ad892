//! What a worker takes on by itself: timers that are due, calls and messages that wait.
//!
//! Any number of workers may do this on one database. Each takes a bounded part, oldest first, under a claim that
//! ends by itself; what one of them leaves behind, another takes later. Whoever comes back after its claim has passed
//! to another changes nothing.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use voordeur_plugin_host::PluginDirectory;
use voordeur_store::{CaseRow, Claim, Kind};

use crate::calls::Handled;
use crate::drive::{Advanced, BATCH, Runtime};
use crate::error::RuntimeError;
use crate::rows::micros;
use crate::watch::Watch;

/// For how long timers and messages are taken: both are a matter of milliseconds.
const LEASE: Duration = Duration::from_secs(10);

/// For how much longer calls are taken than a plugin may run: who comes later finds a worker that has died, and no
/// call that is still under way.
const CALL_MARGIN: Duration = Duration::from_secs(30);

/// How many timers are taken at a time: whoever reports something waits for no longer than that takes.
const TIMERS_AT_ONCE: u32 = 1024;

/// How many calls are taken at a time: they are made side by side.
const CALLS: u32 = 16;

impl Runtime {
    /// Everything that can be done now, a part at a time: what [`Runtime::serve`] does again and again, for programs
    /// that have a loop of their own. `holder` names the worker in the rows that it takes.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be used. What was taken comes free by itself after a while.
    pub async fn work(
        &mut self,
        now: Timestamp,
        holder: &str,
        watch: &mut dyn Watch,
    ) -> Result<Advanced, RuntimeError> {
        let mut advanced = Advanced::default();
        while self.work_part(now, holder, &mut advanced, watch).await? {}
        Ok(advanced)
    }

    /// A bounded part of what can be done now; gives whether there may be more.
    pub(crate) async fn work_part(
        &mut self,
        now: Timestamp,
        holder: &str,
        advanced: &mut Advanced,
        watch: &mut dyn Watch,
    ) -> Result<bool, RuntimeError> {
        self.learn_decrees().await?;
        self.learn_channels().await?;
        let (taken, fired) =
            self.sweep_timers(&claim(holder, now, LEASE, TIMERS_AT_ONCE), now, watch).await?;
        let calls = self.sweep_calls(&claim(holder, now, self.call_lease(), CALLS), now, watch).await?;
        self.sweep_messages(&claim(holder, now, LEASE, BATCH), now, watch).await?;
        advanced.timers += fired;
        advanced.calls += calls.called;
        Ok(taken > 0 || calls.all > 0)
    }

    async fn sweep_calls(
        &mut self,
        claim: &Claim,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<Handled, RuntimeError> {
        if self.store.outbox(Kind::Call, 0, 1).await?.is_empty() {
            return Ok(Handled::default());
        }
        let calls = self.store.claim_outbox(Kind::Call, claim).await?;
        let cases: Vec<CaseRow> = self.cases_of(&calls).await?.into_values().collect();
        self.learn_about(&cases).await?;
        let called = self.run_together(&calls, now, watch).await?;
        Ok(Handled { all: u64::try_from(calls.len()).unwrap_or(u64::MAX), called })
    }

    /// For how long calls are taken.
    fn call_lease(&self) -> Duration {
        let longest = self.plugins.as_ref().map_or(Duration::ZERO, PluginDirectory::longest_call);
        longest.saturating_add(CALL_MARGIN)
    }

    async fn sweep_messages(
        &mut self,
        claim: &Claim,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        let Some(going) = self.elsewhere.going(now) else { return Ok(()) };
        while !self.store.outbox(Kind::Notice, 0, 1).await?.is_empty() {
            let messages = self.store.claim_outbox(Kind::Notice, claim).await?;
            if messages.is_empty() {
                break;
            }
            let cases: Vec<CaseRow> = self.cases_of(&messages).await?.into_values().collect();
            self.learn_about(&cases).await?;
            self.send(messages, &going, watch).await?;
        }
        Ok(())
    }

    /// What was decreed meanwhile: a small table, read each time.
    async fn learn_decrees(&mut self) -> Result<(), RuntimeError> {
        self.absorb_decrees();
        let rows = self.store.decrees().await?;
        if rows.len() != self.library.decreed() {
            self.reload().await?;
        }
        Ok(())
    }

    /// The pathways of these cases, when another program has added one meanwhile.
    pub(crate) async fn learn_about(&mut self, cases: &[CaseRow]) -> Result<(), RuntimeError> {
        if cases.iter().any(|case| !self.library.knows(case.protocol)) {
            self.reload().await?;
        }
        Ok(())
    }
}

fn claim(holder: &str, now: Timestamp, lease: Duration, limit: u32) -> Claim {
    let lease = SignedDuration::try_from(lease).unwrap_or(SignedDuration::ZERO);
    let until = now.saturating_add(lease).unwrap_or(Timestamp::MAX);
    Claim { holder: holder.to_owned(), now: micros(now), until: micros(until), limit }
}
