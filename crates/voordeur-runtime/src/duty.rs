//! Upkeep, which one worker does at a time: it leads for a while, and keeps the lead as long as it works. Without a leader
//! upkeep waits; work on cases has no leader. What older programs leave undone has a lead of its own: one of them that leads in
//! upkeep does not keep it waiting.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use voordeur_calendar::Decrees;
use voordeur_store::{Lead, Upkeep};

use crate::calendar::Position;
use crate::census::Count;
use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::rows::micros;
use crate::watch::Watch;

/// For how long somebody leads who says nothing more.
const LEAD: Duration = Duration::from_secs(30);

/// How often the leader says that it is still there, and the others ask whether it is.
const RENEW: Duration = Duration::from_secs(10);

/// How long after a decree what is due is counted anew once more: by then every worker that goes on knows of it.
const AFTER_DECREE: Duration = Duration::from_secs(60);

/// How often cases are counted.
const COUNT: Duration = Duration::from_secs(300);

/// What one worker has to do in upkeep.
#[derive(Debug)]
pub(crate) struct Duty {
    holder: String,
    leads: bool,
    leads_chores: bool,
    ask_at: Timestamp,
    known: Decrees,
    recount_at: Option<Timestamp>,
    recount: Option<Position>,
    count_at: Timestamp,
    count: Option<Count>,
    chores_at: Timestamp,
}

impl Duty {
    pub(crate) fn new(holder: &str) -> Self {
        Self {
            holder: holder.to_owned(),
            leads: false,
            leads_chores: false,
            ask_at: Timestamp::MIN,
            known: Decrees::default(),
            recount_at: None,
            recount: None,
            count_at: Timestamp::MIN,
            count: None,
            chores_at: Timestamp::MIN,
        }
    }

    pub(crate) const fn leads(&self) -> bool {
        self.leads
    }

    fn give_up(&mut self) {
        self.leads = false;
        (self.recount, self.count) = (None, None);
        (self.known, self.recount_at, self.count_at) = (Decrees::default(), None, Timestamp::MIN);
    }

    /// What has to be begun now.
    fn plan(&mut self, decrees: &Decrees, now: Timestamp) {
        if self.known != *decrees {
            self.known = decrees.clone();
            self.recount_at = Some(later(now, AFTER_DECREE));
        }
        if self.recount_at.is_some_and(|at| at <= now) {
            self.recount_at = None;
            self.recount = Some(Position::default());
        }
        if self.count_at <= now {
            self.count_at = later(now, COUNT);
            self.count = Some(Count::default());
        }
    }
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::ZERO);
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}

impl Runtime {
    /// A bounded part of upkeep; gives whether there is more.
    pub(crate) async fn perform(
        &mut self,
        duty: &mut Duty,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<bool, RuntimeError> {
        // A clock that went back does not keep anybody from asking.
        if duty.ask_at <= now || later(now, RENEW) < duty.ask_at {
            duty.ask_at = later(now, RENEW);
            duty.leads = self.lead(Lead::Upkeep, duty, now).await?;
            duty.leads_chores = self.lead(Lead::Chores, duty, now).await?;
        }
        if !duty.leads {
            duty.give_up();
        }
        let more = duty.leads && self.perform_upkeep(duty, now, watch).await?;
        let chores = duty.leads_chores && self.perform_chores(duty, now).await?;
        Ok(more || chores)
    }

    async fn lead(&self, what: Lead, duty: &Duty, now: Timestamp) -> Result<bool, RuntimeError> {
        let (holder, until) = (duty.holder.clone(), micros(later(now, LEAD)));
        Ok(self.store.upkeep(Upkeep::Lead { what, holder, now: micros(now), until }).await? == 1)
    }

    async fn perform_upkeep(
        &mut self,
        duty: &mut Duty,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<bool, RuntimeError> {
        duty.plan(self.library.decrees(), now);
        if let Some(position) = &mut duty.recount
            && self.recount_page(position, now, watch).await?.is_none()
        {
            duty.recount = None;
        }
        if let Some(count) = &mut duty.count
            && self.count_page(count, now).await?
        {
            watch.census(&std::mem::take(count).census(now));
            duty.count = None;
        }
        Ok(duty.recount.is_some() || duty.count.is_some())
    }

    async fn perform_chores(&self, duty: &mut Duty, now: Timestamp) -> Result<bool, RuntimeError> {
        if duty.chores_at <= now || later(now, RENEW) < duty.chores_at {
            let more = self.chores().await?;
            duty.chores_at = if more { now } else { later(now, RENEW) };
        }
        Ok(duty.chores_at <= now)
    }
}
