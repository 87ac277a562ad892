//! Cases in memory, gone when the program ends. The plainest of the three: the others are held against it.

mod post;
mod upkeep;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::error::StoreError;
use crate::post::Post;
use crate::rows::{
    CaseRow, CaseWrite, Claim, ClaimedTimer, Counts, DocumentRow, JournalRow, Kind, Lane, MessageRow,
    OutboxRow, ProtocolRow, Retirement, Status, TimerClaim, TimerRow,
};
use crate::storage::Storage;
use crate::upkeep::{DecreeRow, IncidentRow, Lead, Oddity, Pulse, Stray, Upkeep};
use post::Mail;

/// A database in memory.
#[derive(Debug, Default)]
pub(crate) struct MemoryStore {
    data: Mutex<Data>,
}

#[derive(Debug, Default)]
pub(crate) struct Data {
    protocols: Vec<ProtocolRow>,
    cases: BTreeMap<i64, CaseRow>,
    labels: BTreeMap<String, i64>,
    households: BTreeSet<(String, i64)>,
    journal: BTreeMap<i64, Vec<JournalRow>>,
    timers: BTreeMap<(i64, i64), Timer>,
    /// Timers whose clocks run, by when they are due.
    due: BTreeSet<(i64, i64, i64)>,
    outbox: BTreeMap<i64, Message>,
    /// Messages that wait, by kind.
    open: BTreeSet<(bool, i64)>,
    documents: BTreeMap<i64, Vec<DocumentRow>>,
    decrees: BTreeMap<String, DecreeRow>,
    incidents: BTreeMap<(i64, String), IncidentRow>,
    /// Who leads, and until when.
    leads: BTreeMap<Lead, (String, i64)>,
    pub(crate) mail: Mail,
    items_to_write: Option<String>,
    delivers: bool,
}

#[derive(Debug, Clone)]
struct Timer {
    row: TimerRow,
    holder: Option<String>,
    epoch: i64,
    lease_until: i64,
}

#[derive(Debug)]
struct Message {
    row: OutboxRow,
    holder: Option<String>,
    kind: Kind,
    done_at: Option<i64>,
}

impl MemoryStore {
    /// A panic elsewhere leaves no half write behind: every write is checked before it begins.
    pub(crate) fn data(&self) -> MutexGuard<'_, Data> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn size(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

fn length(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

#[async_trait]
impl Storage for MemoryStore {
    fn path(&self) -> &'static str {
        "in memory"
    }

    fn post(&self) -> &dyn Post {
        self
    }

    async fn put_protocol(&self, row: &ProtocolRow) -> Result<i64, StoreError> {
        let protocols = &mut self.data().protocols;
        if let Some(known) = protocols.iter().find(|known| known.digest == row.digest) {
            return Ok(known.id);
        }
        let id = protocols.last().map_or(1, |last| last.id.saturating_add(1));
        protocols.push(ProtocolRow { id, ..row.clone() });
        Ok(id)
    }

    async fn retire(&self, protocols: &[i64], retirement: &Retirement) -> Result<(), StoreError> {
        for row in self.data().protocols.iter_mut().filter(|row| protocols.contains(&row.id)) {
            row.retirement = Some(retirement.clone());
        }
        Ok(())
    }

    async fn retirement(&self, protocol: i64) -> Result<Option<Retirement>, StoreError> {
        let data = self.data();
        Ok(data.protocols.iter().find(|row| row.id == protocol).and_then(|row| row.retirement.clone()))
    }

    async fn protocols(&self) -> Result<Vec<ProtocolRow>, StoreError> {
        Ok(self.data().protocols.clone())
    }

    async fn case_labelled(&self, label: &str) -> Result<Option<CaseRow>, StoreError> {
        let data = self.data();
        Ok(data.labels.get(label).and_then(|id| data.cases.get(id)).cloned())
    }

    async fn cases_numbered(&self, ids: &[i64]) -> Result<Vec<CaseRow>, StoreError> {
        let data = self.data();
        let ids: BTreeSet<&i64> = ids.iter().collect();
        Ok(ids.into_iter().filter_map(|id| data.cases.get(id)).cloned().collect())
    }

    async fn cases(&self, after: &str, limit: u32) -> Result<Vec<CaseRow>, StoreError> {
        let data = self.data();
        let after = (std::ops::Bound::Excluded(after.to_owned()), std::ops::Bound::Unbounded);
        let ids = data.labels.range(after).map(|(_, id)| id).take(size(limit));
        Ok(ids.filter_map(|id| data.cases.get(id)).cloned().collect())
    }

    async fn running_cases(&self, after: &str, limit: u32) -> Result<Vec<CaseRow>, StoreError> {
        let data = self.data();
        let after = (std::ops::Bound::Excluded(after.to_owned()), std::ops::Bound::Unbounded);
        let rows = data.labels.range(after).filter_map(|(_, id)| data.cases.get(id));
        Ok(rows.filter(|row| row.status == Status::Running).take(size(limit)).cloned().collect())
    }

    async fn cases_of(&self, household: &str) -> Result<Vec<CaseRow>, StoreError> {
        let data = self.data();
        Ok(data.of_household(household).filter_map(|id| data.cases.get(&id)).cloned().collect())
    }

    async fn secrets(&self, before: i64, limit: u32) -> Result<Vec<(i64, String, String)>, StoreError> {
        let data = self.data();
        let rows = data.cases.range(..before).rev().map(|(_, row)| row);
        let keys = rows.filter_map(|row| Some((row.id, row.label.clone(), row.secret.clone()?)));
        Ok(keys.take(size(limit)).collect())
    }

    async fn due(&self, until: i64, limit: u32) -> Result<Vec<CaseRow>, StoreError> {
        let data = self.data();
        let free = |(_, case, timer): &&(i64, i64, i64)| {
            data.timers.get(&(*case, *timer)).is_some_and(|timer| timer.lease_until < i64::MAX)
        };
        let due = data.due.iter().take_while(|(due, ..)| *due <= until).filter(free).take(size(limit));
        let mut seen = HashSet::new();
        let cases = due.filter(|(_, case, _)| seen.insert(*case));
        Ok(cases.filter_map(|(_, case, _)| data.cases.get(case)).cloned().collect())
    }

    async fn next_due(&self, after: i64) -> Result<Option<i64>, StoreError> {
        let data = self.data();
        Ok(data.due.range((after.saturating_add(1), i64::MIN, i64::MIN)..).next().map(|(due, ..)| *due))
    }

    async fn timers(&self, case_id: i64) -> Result<Vec<TimerRow>, StoreError> {
        let data = self.data();
        let timers = data.timers.range((case_id, i64::MIN)..=(case_id, i64::MAX));
        let row = |timer: &Timer| TimerRow { aside: timer.lease_until == i64::MAX, ..timer.row.clone() };
        Ok(timers.map(|(_, timer)| row(timer)).collect())
    }

    async fn cases_of_party(&self, party: Option<&str>, limit: u32) -> Result<Vec<i64>, StoreError> {
        let data = self.data();
        let mine = data.timers.iter().filter(|(_, timer)| timer.row.party.as_deref() == party);
        let mut due: Vec<(i64, i64)> = mine.map(|((case, _), timer)| (timer.row.due_at, *case)).collect();
        due.sort_unstable();
        Ok(due.into_iter().take(size(limit)).map(|(_, case)| case).collect())
    }

    async fn claim_timers(&self, claim: &Claim) -> Result<Vec<ClaimedTimer>, StoreError> {
        let mut data = self.data();
        let Data { due, timers, .. } = &mut *data;
        let mut claimed = Vec::new();
        for (due_at, case_id, timer) in due.iter().take_while(|(due, ..)| *due <= claim.now) {
            if claimed.len() >= size(claim.limit) {
                break;
            }
            let Some(row) = timers.get_mut(&(*case_id, *timer)) else { continue };
            if row.lease_until <= claim.now {
                row.epoch = row.epoch.saturating_add(1);
                row.lease_until = claim.until;
                row.holder = Some(claim.holder.clone());
                let claim = TimerClaim { timer: *timer, epoch: row.epoch };
                claimed.push(ClaimedTimer { case_id: *case_id, due_at: *due_at, claim });
            }
        }
        Ok(claimed)
    }

    async fn outbox(&self, kind: Kind, after: i64, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        let data = self.data();
        let is_call = kind == Kind::Call;
        let open = data.open.range((is_call, after.saturating_add(1))..=(is_call, i64::MAX));
        let rows = open.filter_map(|(_, id)| data.outbox.get(id)).take(size(limit));
        Ok(rows.map(|message| message.row.clone()).collect())
    }

    async fn claim_outbox(&self, kind: Kind, claim: &Claim) -> Result<Vec<OutboxRow>, StoreError> {
        let mut data = self.data();
        let is_call = kind == Kind::Call;
        let open: Vec<i64> =
            data.open.range((is_call, i64::MIN)..=(is_call, i64::MAX)).map(|(_, id)| *id).collect();
        let mut claimed = Vec::new();
        for id in open {
            if claimed.len() >= size(claim.limit) {
                break;
            }
            let Some(message) = data.outbox.get_mut(&id) else { continue };
            if message.row.lease_until <= claim.now {
                message.row.lease_until = claim.until;
                message.holder = Some(claim.holder.clone());
                message.row.epoch = message.row.epoch.saturating_add(1);
                claimed.push(message.row.clone());
            }
        }
        Ok(claimed)
    }

    async fn finish(&self, messages: &[i64], at: i64) -> Result<(), StoreError> {
        let mut data = self.data();
        for id in messages {
            data.finish(*id, at);
        }
        Ok(())
    }

    async fn messages(&self, case_id: i64) -> Result<Vec<MessageRow>, StoreError> {
        let data = self.data();
        let mine = data.outbox.values().filter(|message| message.row.case_id == case_id);
        Ok(mine
            .map(|message| MessageRow {
                key: message.row.key.clone(),
                kind: message.kind,
                created_at: message.row.created_at,
                epoch: message.row.epoch,
                done_at: message.done_at,
                aside: message.row.lease_until == i64::MAX,
                payload: message.done_at.is_none().then(|| message.row.payload.clone()),
            })
            .collect())
    }

    async fn journal(&self, case_id: i64) -> Result<Vec<JournalRow>, StoreError> {
        Ok(self.data().journal.get(&case_id).cloned().unwrap_or_default())
    }

    async fn documents(&self, case_id: i64) -> Result<Vec<DocumentRow>, StoreError> {
        Ok(self.data().documents.get(&case_id).cloned().unwrap_or_default())
    }

    async fn commit(&self, writes: Vec<CaseWrite>, _lane: Lane) -> Result<Vec<i64>, StoreError> {
        let mut data = self.data();
        data.check(&writes)?;
        Ok(writes.into_iter().map(|write| data.write(write)).collect())
    }

    async fn upkeep(&self, what: Upkeep) -> Result<u64, StoreError> {
        Ok(self.data().upkeep(what))
    }

    async fn decrees(&self) -> Result<Vec<DecreeRow>, StoreError> {
        Ok(self.data().decrees.values().cloned().collect())
    }

    async fn items_to_write(&self) -> Result<Option<String>, StoreError> {
        Ok(self.data().items_to_write.clone())
    }

    async fn delivers(&self) -> Result<bool, StoreError> {
        Ok(self.data().delivers)
    }

    async fn incidents(&self) -> Result<Vec<IncidentRow>, StoreError> {
        Ok(self.data().incidents.values().cloned().collect())
    }

    async fn pulse(&self) -> Result<Pulse, StoreError> {
        let data = self.data();
        let timer = |(_, case, timer): &&(i64, i64, i64)| {
            data.timers.get(&(*case, *timer)).is_some_and(|timer| timer.lease_until < i64::MAX)
        };
        let oldest = |is_call: bool| {
            let open = data.open.range((is_call, i64::MIN)..=(is_call, i64::MAX));
            let mut open = open.filter_map(|(_, id)| data.outbox.get(id));
            let free = open.find(|message| message.row.lease_until < i64::MAX);
            free.map(|message| message.row.recorded_at)
        };
        Ok(Pulse {
            first_due: data.due.iter().find(timer).map(|(due, ..)| *due),
            oldest_notice: oldest(false),
            oldest_call: oldest(true),
            incidents: length(data.incidents.len()),
            dead: length(data.mail.dead()),
        })
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        let data = self.data();
        Ok(Counts {
            cases: length(data.cases.len()),
            steps: length(data.journal.values().map(Vec::len).sum()),
            timers: length(data.timers.len()),
            messages: length(data.outbox.len()),
        })
    }

    async fn strays(&self, until: i64) -> Result<Vec<Stray>, StoreError> {
        let data = self.data();
        let held = |lease: i64| until < lease && lease < i64::MAX;
        let timers = data.timers.iter().filter(|(_, timer)| held(timer.lease_until));
        let timers = timers.map(|((case_id, number), _)| Stray {
            what: Oddity::TimerHeld,
            case_id: *case_id,
            key: number.to_string(),
        });
        let messages = data.outbox.values().filter(|one| one.done_at.is_none() && held(one.row.lease_until));
        let messages = messages.map(|one| Stray {
            what: Oddity::MessageHeld,
            case_id: one.row.case_id,
            key: one.row.key.clone(),
        });
        let leads = data.leads.iter().filter(|(_, (_, end))| until < *end);
        let leads =
            leads.map(|(name, _)| Stray { what: Oddity::LeadHeld, case_id: 0, key: name.word().to_owned() });
        Ok(timers.chain(messages).chain(leads).collect())
    }

    async fn faults(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    async fn close(&self) {}
}
