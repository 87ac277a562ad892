//! What a worker takes on by itself: timers that are due, calls and messages that wait.
//!
//! Any number of workers may do this on one database. Each takes a bounded part, oldest first, under a claim that
//! ends by itself; what one of them leaves behind, another takes later. Whoever comes back after its claim has passed
//! to another changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use voordeur_plugin_host::PluginDirectory;
use voordeur_store::{CaseRow, Claim, Kind, Lane, TIMERS, TimerClaim};

use crate::drive::{Advanced, BATCH, Runtime, fire};
use crate::error::RuntimeError;
use crate::library::{Library, decrees};
use crate::pace::by_case;
use crate::postman::Going;
use crate::rows::micros;
use crate::session::Session;
use crate::watch::Watch;
use crate::write::{Write, tell};

/// For how long timers and messages are taken: both are a matter of milliseconds.
const LEASE: Duration = Duration::from_secs(10);

/// For how much longer calls are taken than a plugin may run: who comes later finds a worker that has died, and no
/// call that is still under way.
const CALL_MARGIN: Duration = Duration::from_secs(30);

/// How many timers are taken at a time: some batches, so that the next one is decided while one is written.
const TIMERS_AT_ONCE: u32 = 2048;

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
        let (taken, fired) =
            self.sweep_timers(&claim(holder, now, LEASE, TIMERS_AT_ONCE), now, watch).await?;
        let calls = self.sweep_calls(&claim(holder, now, self.call_lease(), CALLS), now, watch).await?;
        self.sweep_messages(&claim(holder, now, LEASE, BATCH), now, watch).await?;
        advanced.timers += fired;
        advanced.calls += calls;
        Ok(taken > 0 || calls > 0)
    }

    /// Takes timers that are due and fires them; gives how many were taken and how many fired. While one batch is written the
    /// next one is decided.
    async fn sweep_timers(
        &mut self,
        claim: &Claim,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<(usize, u64), RuntimeError> {
        let claimed = self.store.claim_timers(claim).await?;
        let mut left = by_case(&claimed);
        let mut under_way: Option<Batch> = None;
        let mut fired = 0;
        while !left.is_empty() {
            let claims: Claims = left.drain(..self.pace.size().min(left.len())).collect();
            let ids: Vec<i64> = claims.keys().copied().collect();
            let rows = self.store.cases_numbered(&ids).await?;
            self.learn_about(&rows).await?;
            let next = Batch::begun(self, rows, claims, now).await;
            if let Some(before) = under_way.replace(next) {
                fired += self.finish_batch(before, now, watch).await?;
            }
        }
        if let Some(last) = under_way {
            fired += self.finish_batch(last, now, watch).await?;
        }
        Ok((claimed.len(), fired))
    }

    /// Waits until a batch is written.
    async fn finish_batch(
        &mut self,
        batch: Batch,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<u64, RuntimeError> {
        let written = match batch.write {
            Ok((fired, write)) => write.done().await.map(|sessions| (fired, sessions)),
            Err(error) => Err(error),
        };
        match written {
            Ok((fired, sessions)) => {
                if let Some((clock, since)) = self.clock.as_ref().zip(batch.since) {
                    self.pace.took(batch.claims.len(), since, clock.now());
                }
                tell(sessions, watch);
                Ok(fired)
            }
            // Another program was first with one of them, or one cannot go on, and nothing was written: each on its own.
            Err(error) if error.is_conflict() || error.is_of_case() => {
                self.fire_each(&batch.claims, now, watch).await
            }
            Err(error) => Err(error),
        }
    }

    /// Decides what is due in cases that are in hand; gives how many timers fire, and what is to be written.
    fn decided(
        &self,
        rows: Vec<CaseRow>,
        claims: &Claims,
        now: Timestamp,
    ) -> Result<(u64, Vec<Session>), RuntimeError> {
        let sessions = rows.into_iter().map(|row| {
            let held = claims.get(&row.id).cloned().unwrap_or_default();
            let going = Going { routes: Arc::clone(&self.routes), now };
            Ok(self.session(row)?.claimed(held).late_by(Some(now)).sending(going))
        });
        let mut sessions = sessions.collect::<Result<Vec<_>, RuntimeError>>()?;
        Ok((fire(&mut sessions, now)?, sessions))
    }

    async fn fire_claimed(
        &self,
        rows: Vec<CaseRow>,
        claims: &Claims,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<u64, RuntimeError> {
        let (fired, sessions) = self.decided(rows, claims, now)?;
        self.write_in(Lane::Sweep, sessions, watch).await.map(|()| fired)
    }

    async fn fire_each(
        &self,
        claims: &Claims,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<u64, RuntimeError> {
        let mut fired = 0;
        for id in claims.keys() {
            let rows = self.store.cases_numbered(&[*id]).await?;
            match self.fire_claimed(rows, claims, now, watch).await {
                // It is somebody else's now.
                Err(error) if error.is_conflict() => {}
                Err(error) => self.put_aside(*id, TIMERS, error, now, watch).await?,
                Ok(done) => fired += done,
            }
        }
        Ok(fired)
    }

    async fn sweep_calls(
        &mut self,
        claim: &Claim,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<u64, RuntimeError> {
        let calls = self.store.claim_outbox(Kind::Call, claim).await?;
        let cases: Vec<CaseRow> = self.cases_of(&calls).await?.into_values().collect();
        self.learn_about(&cases).await?;
        self.run_together(&calls, now, watch).await?;
        Ok(u64::try_from(calls.len()).unwrap_or(u64::MAX))
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
        loop {
            let messages = self.store.claim_outbox(Kind::Notice, claim).await?;
            if messages.is_empty() {
                return Ok(());
            }
            let cases: Vec<CaseRow> = self.cases_of(&messages).await?.into_values().collect();
            self.learn_about(&cases).await?;
            self.send(messages, now, watch).await?;
        }
    }

    /// What was decreed meanwhile: a small table, read each time.
    async fn learn_decrees(&mut self) -> Result<(), RuntimeError> {
        let rows = self.store.decrees().await?;
        if decrees(&rows) != *self.library.decrees() {
            self.library = Library::load(&self.store).await?;
        }
        Ok(())
    }

    /// The pathways of these cases, when another program has added one meanwhile.
    async fn learn_about(&mut self, cases: &[CaseRow]) -> Result<(), RuntimeError> {
        if cases.iter().any(|case| self.library.get(case.protocol).is_none()) {
            self.library = Library::load(&self.store).await?;
        }
        Ok(())
    }
}

/// The claims on timers, by case.
type Claims = BTreeMap<i64, Vec<TimerClaim>>;

/// A batch that is being written.
struct Batch {
    claims: Claims,
    /// When it was handed in, when a clock is followed.
    since: Option<Timestamp>,
    write: Result<(u64, Write), RuntimeError>,
}

impl Batch {
    async fn begun(runtime: &Runtime, rows: Vec<CaseRow>, claims: Claims, now: Timestamp) -> Self {
        let decided = runtime.decided(rows, &claims, now);
        let since = runtime.clock.as_ref().map(|clock| clock.now());
        let write = match decided {
            Ok((fired, sessions)) => {
                runtime.begin_write(Lane::Sweep, sessions).await.map(|write| (fired, write))
            }
            Err(error) => Err(error),
        };
        Self { claims, since, write }
    }
}

fn claim(holder: &str, now: Timestamp, lease: Duration, limit: u32) -> Claim {
    let lease = SignedDuration::try_from(lease).unwrap_or(SignedDuration::ZERO);
    let until = now.saturating_add(lease).unwrap_or(Timestamp::MAX);
    Claim { holder: holder.to_owned(), now: micros(now), until: micros(until), limit }
}
