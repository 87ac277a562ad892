//! What is changed apart from the steps of cases.

use super::{Data, Message, length};
use crate::upkeep::{ASIDE, IncidentRow, Rewrapped, TIMERS, TimerParty, Upkeep};

impl Data {
    pub(super) fn upkeep(&mut self, what: Upkeep) -> u64 {
        match what {
            Upkeep::Decree(rows) => {
                let before = self.decrees.len();
                for row in rows {
                    self.decrees.entry(row.what.clone()).or_insert(row);
                }
                length(self.decrees.len().saturating_sub(before))
            }
            // Memory is used by this program only.
            Upkeep::Oldest(_) => 0,
            Upkeep::Incident(row) => self.incident(&row),
            Upkeep::Resolve { case_id, key } => self.resolve(case_id, &key),
            Upkeep::Parties(rows) => self.tell_parties(rows),
            Upkeep::Items { items, after } => {
                self.items_to_write = after;
                length(items.into_iter().filter(|item| self.mail.add_old(item)).count())
            }
            Upkeep::Deliver(yes) => u64::from(std::mem::replace(&mut self.delivers, yes) != yes),
            Upkeep::Lead { what, holder, now, until } => {
                let lead = self.leads.get(&what);
                let free = lead.is_none_or(|(who, until)| *who == holder || *until <= now);
                if free {
                    self.leads.insert(what, (holder, until));
                }
                u64::from(free)
            }
            Upkeep::Rewrap(rows) => self.rewrap(rows),
            Upkeep::Release { holder, now } => self.release(&holder, now),
        }
    }

    pub(super) fn set_incident(&mut self, row: &IncidentRow) {
        let key = (row.case_id, row.key.clone());
        match self.incidents.get_mut(&key) {
            Some(known) => {
                known.why.clone_from(&row.why);
                known.again = known.again.saturating_add(1);
            }
            None => {
                self.incidents.insert(key, IncidentRow { again: 0, ..row.clone() });
            }
        }
    }

    fn incident(&mut self, row: &IncidentRow) -> u64 {
        self.set_incident(row);
        if row.key == TIMERS {
            for (_, timer) in self.timers.range_mut((row.case_id, i64::MIN)..=(row.case_id, i64::MAX)) {
                timer.epoch = timer.epoch.saturating_add(1);
                (timer.lease_until, timer.holder) = (i64::MAX, Some(ASIDE.to_owned()));
            }
        } else if let Some(message) = self.message(row.case_id, &row.key) {
            message.row.epoch = message.row.epoch.saturating_add(1);
            (message.row.lease_until, message.holder) = (i64::MAX, Some(ASIDE.to_owned()));
        }
        1
    }

    fn resolve(&mut self, case_id: i64, key: &str) -> u64 {
        let there = self.incidents.remove(&(case_id, key.to_owned())).is_some();
        let aside = |holder: &Option<String>| holder.as_deref() == Some(ASIDE);
        if key == TIMERS {
            let timers = self.timers.range_mut((case_id, i64::MIN)..=(case_id, i64::MAX));
            for (_, timer) in timers.filter(|(_, timer)| aside(&timer.holder)) {
                (timer.lease_until, timer.holder) = (0, None);
            }
        } else if let Some(message) = self.message(case_id, key).filter(|message| aside(&message.holder)) {
            (message.row.lease_until, message.holder) = (0, None);
        }
        u64::from(there)
    }

    /// The message that an incident names, while it waits.
    fn message(&mut self, case_id: i64, key: &str) -> Option<&mut Message> {
        let id: i64 = key.strip_prefix("message-")?.parse().ok()?;
        self.outbox.get_mut(&id).filter(|message| message.row.case_id == case_id && message.done_at.is_none())
    }

    fn rewrap(&mut self, rows: Vec<Rewrapped>) -> u64 {
        let mut done = 0;
        for Rewrapped { case_id, before, after } in rows {
            let row = self.cases.get_mut(&case_id).filter(|row| row.secret.as_deref() == Some(&*before));
            if let Some(row) = row {
                row.secret = Some(after);
                done += 1;
            }
        }
        done
    }

    fn tell_parties(&mut self, rows: Vec<TimerParty>) -> u64 {
        let mut told = 0;
        for TimerParty { case_id, timer, party } in rows {
            let row = self.timers.get_mut(&(case_id, timer)).map(|timer| &mut timer.row);
            if let Some(row) = row.filter(|row| row.party.is_none()) {
                row.party = Some(party);
                told += 1;
            }
        }
        told
    }

    fn release(&mut self, holder: &str, now: i64) -> u64 {
        let mut freed = 0;
        let Self { due, timers, outbox, leads, .. } = self;
        for (_, case, timer) in due.iter().take_while(|(due, ..)| *due <= now) {
            let timer = timers.get_mut(&(*case, *timer));
            if let Some(timer) = timer.filter(|timer| timer.holder.as_deref() == Some(holder)) {
                (timer.lease_until, timer.holder) = (0, None);
                freed += 1;
            }
        }
        for message in outbox.values_mut().filter(|message| message.done_at.is_none()) {
            if message.holder.as_deref() == Some(holder) {
                (message.row.lease_until, message.holder) = (0, None);
                freed += 1;
            }
        }
        leads.retain(|_, (who, _)| who != holder);
        freed
    }
}
