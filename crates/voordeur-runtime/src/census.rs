//! How many cases are where, and how long which partner lets people wait: counted now and then by the worker that leads in
//! upkeep, a page of cases at a time. Numbers only.

use std::collections::BTreeMap;

use jiff::Timestamp;
use voordeur_engine::Instance;
use voordeur_protocol::{CheckedProtocol, Happening, Kind, Spec};

use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::rows::stored_case;

/// How many cases are read at a time.
const PAGE: u32 = 256;

/// The open cases at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Census {
    /// When it was counted (UTC).
    pub at: Timestamp,
    /// How many steps there are in all journals.
    pub steps: u64,
    /// By pathway and stage: how many open cases.
    pub open: BTreeMap<(String, String), u64>,
    /// By pathway and partner.
    pub partners: BTreeMap<(String, String), Partner>,
}

/// What a partner has been asked and has not finished.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Partner {
    /// For how many at once it has room, when the pathway says so.
    pub capacity: Option<u32>,
    /// How many referrals are open.
    pub open: u64,
    /// How many of those it has not accepted yet.
    pub unaccepted: u64,
    /// For how long those have been waiting together, in seconds.
    pub waiting: f64,
    /// For how long the one that has been waiting longest has, in seconds.
    pub longest: f64,
}

/// A census under way.
#[derive(Debug, Default)]
pub(crate) struct Count {
    after: String,
    census: Census,
}

impl Count {
    pub(crate) fn census(mut self, at: Timestamp) -> Census {
        self.census.at = at;
        self.census
    }

    fn referral(&mut self, protocol: &CheckedProtocol, instance: &Instance, now: Timestamp) {
        let Spec::Referral(referral) = &instance.obligation(protocol).spec else { return };
        let party = protocol.parties.row(referral.to);
        let key = (protocol.name.clone(), party.name.clone());
        let partner = self.census.partners.entry(key).or_default();
        partner.capacity = party.capacity;
        partner.open += 1;
        if Kind::Referral.lifecycle().next(instance.state, Happening::Accepted).is_some() {
            let waited = now.duration_since(instance.opened_at).as_secs_f64().max(0.0);
            partner.unaccepted += 1;
            partner.waiting += waited;
            partner.longest = partner.longest.max(waited);
        }
    }
}

impl Runtime {
    /// Counts some cases; gives whether all have been counted.
    pub(crate) async fn count_page(&self, count: &mut Count, now: Timestamp) -> Result<bool, RuntimeError> {
        let page = self.store.running_cases(&count.after, PAGE).await?;
        let Some(last) = page.last() else {
            count.census.steps = self.store.counts().await?.steps;
            return Ok(true);
        };
        count.after.clone_from(&last.label);
        for row in &page {
            let Some(protocol) = self.library.get(row.protocol) else { continue };
            let key = (protocol.name.clone(), row.place.clone());
            *count.census.open.entry(key).or_default() += 1;
            // What cannot be read is an incident, and counts in its stage.
            let Ok(case) = stored_case(row) else { continue };
            for instance in case.open.iter().filter(|_| case.fits(protocol)) {
                count.referral(protocol, instance, now);
            }
        }
        Ok(false)
    }

    /// Counts all open cases.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be read.
    pub async fn census(&self, now: Timestamp) -> Result<Census, RuntimeError> {
        let mut count = Count::default();
        while !self.count_page(&mut count, now).await? {}
        Ok(count.census(now))
    }
}
