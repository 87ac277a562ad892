//! What is written of a case: whether it may be, and what becomes of the tables.

use std::collections::HashSet;

use super::{Data, Message, Timer};
use crate::error::StoreError;
use crate::rows::{
    CaseRow, CaseWrite, Done, JournalRow, Key, Kind, OutboxRow, StepWrite, TimerClaim, TimerRow, TimerWrite,
};
use crate::upkeep::IncidentRow;

impl Data {
    /// Whether all of it can be written: nothing is changed before that is known. Protocols first, then households, then labels, then
    /// versions, then claims, then calls, as the other stores do.
    pub(super) fn check(&self, writes: &[CaseWrite]) -> Result<(), StoreError> {
        if writes.iter().any(|write| write.arrives && self.is_retired(write.protocol)) {
            return Err(StoreError::Retired);
        }
        let mut households = HashSet::new();
        let mut resting = writes.iter().filter_map(CaseWrite::rests_on);
        if !resting.all(|(household, seen)| self.has_cases(household, seen) && households.insert(household)) {
            return Err(StoreError::Conflict);
        }
        let mut labels = HashSet::new();
        for label in writes.iter().filter_map(|write| write.key.label()) {
            if self.labels.contains_key(label) || !labels.insert(label) {
                return Err(StoreError::Exists { label: label.to_owned() });
            }
        }
        let (mut numbers, mut answered) = (HashSet::new(), HashSet::new());
        let fits = writes.iter().all(|write| match &write.key {
            Key::New(_) => write.claims.is_empty(),
            Key::Stored { id, version } => {
                self.cases.get(id).is_some_and(|row| row.version == *version)
                    && numbers.insert(*id)
                    && write.claims.iter().all(|claim| self.holds(*id, *claim))
            }
        });
        let mut done = writes.iter().flat_map(|write| &write.done);
        if fits && done.all(|done| self.waits(done) && answered.insert(done.outbox)) {
            Ok(())
        } else {
            Err(StoreError::Conflict)
        }
    }

    fn is_retired(&self, protocol: i64) -> bool {
        self.protocols.iter().any(|row| row.id == protocol && row.retirement.is_some())
    }

    fn has_cases(&self, household: &str, count: i64) -> bool {
        i64::try_from(self.of_household(household).count()).is_ok_and(|cases| cases == count)
    }

    pub(super) fn of_household(&self, household: &str) -> impl Iterator<Item = i64> {
        let all = (household.to_owned(), i64::MIN)..=(household.to_owned(), i64::MAX);
        self.households.range(all).map(|(_, id)| *id)
    }

    fn holds(&self, case: i64, claim: TimerClaim) -> bool {
        self.timers.get(&(case, claim.timer)).is_some_and(|timer| timer.epoch == claim.epoch)
    }

    fn waits(&self, done: &Done) -> bool {
        let message = self.outbox.get(&done.outbox);
        message.is_some_and(|message| message.done_at.is_none() && message.row.epoch == done.epoch)
    }

    pub(super) fn write(&mut self, write: CaseWrite) -> i64 {
        let steps = write.step_count();
        let (id, label, before) = match write.key {
            Key::New(label) => {
                let id = self.cases.last_key_value().map_or(1, |(id, _)| id.saturating_add(1));
                self.labels.insert(label.clone(), id);
                (id, label, 0)
            }
            Key::Stored { id, version } => {
                let label = self.cases.get(&id).map(|row| row.label.clone()).unwrap_or_default();
                (id, label, version)
            }
        };
        let opened_at = self.cases.get(&id).map_or(write.opened_at, |row| row.opened_at);
        let row = CaseRow {
            id,
            label,
            protocol: write.protocol,
            version: before.saturating_add(steps),
            status: write.status,
            place: write.place,
            opened_at,
            touched_at: write.touched_at,
            next_due: write.next_due,
            household: write.household,
            secret: write.secret,
            sealed: write.sealed,
            state: write.state,
        };
        if let Some(household) = self.cases.get(&id).and_then(|row| row.household.clone()) {
            self.households.remove(&(household, id));
        }
        if let Some(household) = &row.household {
            self.households.insert((household.clone(), id));
        }
        self.cases.insert(id, row);
        for (step, number) in write.steps.into_iter().zip(before.saturating_add(1)..) {
            self.step(id, number, step);
        }
        for timer in write.cleared {
            self.clear(id, timer);
        }
        for timer in write.timers {
            self.set(id, timer);
        }
        for done in write.done {
            self.answer(id, done);
        }
        for key in write.resolved {
            self.incidents.remove(&(id, key));
        }
        for (key, why) in write.incidents {
            self.set_incident(&IncidentRow { case_id: id, key, why, since: write.touched_at, again: 0 });
        }
        id
    }

    fn step(&mut self, case_id: i64, number: i64, step: StepWrite) {
        for (position, outgoing) in step.outgoing.into_iter().enumerate() {
            let id = self.outbox.last_key_value().map_or(1, |(id, _)| id.saturating_add(1));
            let key = format!("{case_id}-{number}-{position}");
            if let Some(item) = outgoing.item {
                self.mail.insert(case_id, &key, step.at, item);
            }
            let row = OutboxRow {
                id,
                case_id,
                key: key.clone(),
                created_at: step.at,
                epoch: 0,
                lease_until: 0,
                payload: outgoing.payload,
                recorded_at: step.recorded_at,
            };
            self.open.insert((outgoing.kind == Kind::Call, id));
            self.outbox.insert(id, Message { row, holder: None, kind: outgoing.kind, done_at: None });
            if let Some(gone) = outgoing.gone {
                self.finish(id, gone.at);
                for delivery in &gone.deliveries {
                    self.mail.plan(&delivery.of(case_id, &key), step.recorded_at);
                }
            }
        }
        self.journal.entry(case_id).or_default().push(JournalRow {
            step: number,
            at: step.at,
            recorded_at: Some(step.recorded_at),
            due_at: step.due_at,
            entries: step.entries,
            sealed: step.sealed,
        });
    }

    fn clear(&mut self, case: i64, timer: i64) {
        if let Some(known) = self.timers.remove(&(case, timer)) {
            self.due.remove(&(known.row.due_at, case, timer));
        }
    }

    fn set(&mut self, case: i64, write: TimerWrite) {
        let TimerWrite { timer, due_at, armed, party } = write;
        let before = self.timers.get(&(case, timer)).cloned();
        self.clear(case, timer);
        let generation = before.as_ref().map_or(1, |before| before.row.generation.saturating_add(1));
        let epoch = before.map_or(0, |before| before.epoch.saturating_add(1));
        let row = TimerRow { timer, generation, due_at, armed, party: Some(party), aside: false };
        self.timers.insert((case, timer), Timer { row, holder: None, epoch, lease_until: 0 });
        if armed {
            self.due.insert((due_at, case, timer));
        }
    }

    fn answer(&mut self, case: i64, done: Done) {
        self.finish(done.outbox, done.at);
        let documents = self.documents.entry(case).or_default();
        for document in done.documents {
            if !documents.iter().any(|known| (&known.key, &known.name) == (&document.key, &document.name)) {
                documents.push(document);
            }
        }
    }

    /// When a message was written down.
    pub(crate) fn recorded(&self, key: &str) -> Option<i64> {
        self.outbox.values().find(|message| message.row.key == key).map(|message| message.row.recorded_at)
    }

    pub(crate) fn finish(&mut self, id: i64, at: i64) {
        let Some(message) = self.outbox.get_mut(&id) else { return };
        if message.done_at.is_none() {
            message.done_at = Some(at);
            message.row.payload = String::new();
            self.open.remove(&(message.kind == Kind::Call, id));
        }
    }
}
