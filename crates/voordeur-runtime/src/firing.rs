//! Timers that were taken, fired in batches: while one batch is written the next one is decided and the one after it is read, and
//! before the last ones of a part are written the next part is taken.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use voordeur_store::{CaseRow, Claim, ClaimedTimer, Lane, Store, TIMERS, TimerClaim};

use crate::drive::{Runtime, fire};
use crate::error::RuntimeError;
use crate::pace::{OfCase, by_case};
use crate::session::Session;
use crate::watch::Watch;
use crate::write::{UnderWay, Write, tell};

/// How many parts are taken before calls and messages have their turn.
const PARTS: u32 = 4;

impl Runtime {
    /// Takes timers that are due and fires them, a part at a time; gives how many were taken and how many fired.
    pub(crate) async fn sweep_timers(
        &mut self,
        claim: &Claim,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<(usize, u64), RuntimeError> {
        let mut sweep = Sweep::default();
        let mut fired = 0;
        loop {
            sweep.look_ahead(&self.store, claim, self.pace.size()).await;
            let next = match sweep.batch(self.pace.size()) {
                Some(claims) => Some(Reading::begun(&self.store, claims).await),
                None if sweep.reading.is_some() => None,
                None if !sweep.again.is_empty() => {
                    fired += self.finish_under_way(&mut sweep, now, watch).await?;
                    sweep.left.append(&mut sweep.again);
                    continue;
                }
                None if sweep.take().await? => continue,
                None => break,
            };
            if let Some(read) = std::mem::replace(&mut sweep.reading, next) {
                fired += self.decide(read, &mut sweep, now, watch).await?;
            }
        }
        fired += self.finish_under_way(&mut sweep, now, watch).await?;
        Ok((sweep.taken, fired))
    }

    /// Decides a batch and hands it in, and then waits for the one before it.
    async fn decide(
        &mut self,
        Reading { claims, rows }: Reading,
        sweep: &mut Sweep,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<u64, RuntimeError> {
        let rows = rows.done().await?;
        self.learn_about(&rows).await?;
        let next = Batch::begun(self, rows, claims, now).await;
        let fired = self.finish_under_way(sweep, now, watch).await?;
        sweep.under_way = Some(next);
        Ok(fired)
    }

    async fn finish_under_way(
        &mut self,
        sweep: &mut Sweep,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<u64, RuntimeError> {
        let Some(mut batch) = sweep.under_way.take() else { return Ok(0) };
        // It was handed in while the one before it was written: its own time began when that one was done.
        batch.since = batch.since.max(sweep.finished);
        let fired = self.finish_batch(batch, now, watch).await;
        sweep.finished = self.clock.as_ref().map(|clock| clock.now());
        fired
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
            // Another program was first with one of them, or one cannot go on, and nothing was written.
            Err(error) if error.is_conflict() || error.is_of_case() => {
                self.fire_apart(&batch.claims, now, watch).await
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
            let going = self.elsewhere.going(now);
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

    /// Fires what could not be written together, all of it once more and then in ever smaller parts, until the ones are alone that
    /// stand in the way.
    async fn fire_apart(
        &self,
        claims: &Claims,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<u64, RuntimeError> {
        let mut parts = vec![claims.clone()];
        let mut fired = 0;
        while let Some(mut part) = parts.pop() {
            let ids: Vec<i64> = part.keys().copied().collect();
            let rows = self.store.cases_numbered(&ids).await?;
            match (self.fire_claimed(rows, &part, now, watch).await, ids.as_slice()) {
                (Ok(done), _) => fired += done,
                (Err(error), [id]) if !error.is_conflict() => {
                    self.put_aside(*id, TIMERS, error, now, watch).await?;
                }
                // It is somebody else's now.
                (Err(_), [_]) => {}
                (Err(error), _) if error.is_conflict() || error.is_of_case() => {
                    if let Some(middle) = ids.get(ids.len() / 2) {
                        parts.push(part.split_off(middle));
                        parts.push(part);
                    }
                }
                (Err(error), _) => return Err(error),
            }
        }
        Ok(fired)
    }
}

/// Timers that were taken and have not fired, and those that are taken next.
#[derive(Default)]
struct Sweep {
    taken: usize,
    parts: u32,
    /// The last part was not full: there are no more.
    ended: bool,
    left: VecDeque<OfCase>,
    /// Of cases that were in hand when these timers were taken: they are read when what was in hand is written.
    again: VecDeque<OfCase>,
    /// The next batch: it is read while the one before is decided.
    reading: Option<Reading>,
    under_way: Option<Batch>,
    /// When the last one was written, when a clock is followed.
    finished: Option<Timestamp>,
    next: Option<Part>,
}

/// A part that is being taken.
struct Part {
    timers: UnderWay<Vec<ClaimedTimer>>,
    limit: usize,
    /// The cases that were in hand then.
    in_hand: BTreeSet<i64>,
}

impl Sweep {
    /// Takes the next part as soon as little is left of this one, while what is under way is written.
    async fn look_ahead(&mut self, store: &Store, claim: &Claim, size: usize) {
        let enough = self.left.len() > size.saturating_mul(2);
        if enough || self.next.is_some() || self.ended || self.parts >= PARTS {
            return;
        }
        self.parts += 1;
        let waiting = self.left.iter().chain(&self.again).map(|(case, _)| *case);
        let reading = self.reading.iter().flat_map(|batch| batch.claims.keys().copied());
        let under_way = self.under_way.iter().flat_map(|batch| batch.claims.keys().copied());
        let in_hand = waiting.chain(reading).chain(under_way).collect();
        let (store, taken) = (store.clone(), claim.clone());
        let timers = UnderWay::begun(async move { store.claim_timers(&taken).await }).await;
        let limit = usize::try_from(claim.limit).unwrap_or(usize::MAX);
        self.next = Some(Part { timers, limit, in_hand });
    }

    /// Waits for the next part; gives whether there was one.
    async fn take(&mut self) -> Result<bool, RuntimeError> {
        let Some(Part { timers, limit, in_hand }) = self.next.take() else { return Ok(false) };
        let timers = timers.done().await?;
        self.taken = self.taken.saturating_add(timers.len());
        self.ended = timers.len() < limit;
        let (again, fresh): (Vec<OfCase>, Vec<OfCase>) =
            by_case(&timers).into_iter().partition(|(case, _)| in_hand.contains(case));
        self.left.extend(fresh);
        self.again.extend(again);
        Ok(true)
    }

    /// The next cases.
    fn batch(&mut self, size: usize) -> Option<Claims> {
        let claims: Claims = self.left.drain(..size.min(self.left.len())).collect();
        Some(claims).filter(|claims| !claims.is_empty())
    }
}

/// The claims on timers, by case.
type Claims = BTreeMap<i64, Vec<TimerClaim>>;

/// A batch that is being read.
struct Reading {
    claims: Claims,
    rows: UnderWay<Vec<CaseRow>>,
}

impl Reading {
    async fn begun(store: &Store, claims: Claims) -> Self {
        let (store, ids): (_, Vec<i64>) = (store.clone(), claims.keys().copied().collect());
        let rows = UnderWay::begun(async move { store.cases_numbered(&ids).await }).await;
        Self { claims, rows }
    }
}

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
