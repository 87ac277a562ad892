//! One case in hand: its steps so far, not written yet.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use voordeur_engine::{
    Case, Entry, Event, Message, Rejection, Status as Running, Stepper, TimerId, TimerKind,
};
use voordeur_messages::{kept, say};
use voordeur_protocol::{CheckedProtocol, Kind};
use voordeur_store::{CaseRow, CaseWrite, Done, Key, Kind as Outgoes, Status, StepWrite, TimerClaim};

use crate::chain::Chain;
use crate::error::RuntimeError;
use crate::going::Going;
use crate::left_out::misfit;
use crate::rows::{kind, micros, outgoing, rounded};
use crate::sealing::{Sealer, document_of, key_of, whole_case};
use crate::timers::{Timers, changes, timers};
use crate::vault::{CaseKey, Vault};
use crate::watch::{Happened, Notice};

/// How many steps are taken before they are written: more are not held in memory.
const MOST_STEPS: usize = 200;

pub(crate) struct Session {
    pub(crate) label: String,
    pub(crate) protocol: CheckedProtocol,
    pub(crate) case: Case,
    protocol_id: i64,
    key: Key,
    /// It comes to its version, which is not to be retired by then.
    arrives: bool,
    /// How many cases its household had when it was decided, when it rests on that.
    household_cases: Option<i64>,
    /// Over its journal as it is stored, when it has one.
    chain: Option<Chain>,
    steps: Vec<(Timestamp, Vec<Entry>)>,
    done: Vec<Done>,
    /// The timers as they stand in the database.
    timers: Timers,
    claims: Vec<TimerClaim>,
    /// What stands still in the database.
    stopped: BTreeSet<String>,
    /// What the clock said when it was written last, where there is one.
    recorded: Option<Timestamp>,
    /// How late it is when it fires, when a clock is followed: reminders may make no sense any more.
    late: Option<Timestamp>,
    /// How messages for people go out with their step; without it they wait in the outbox.
    going: Option<Going>,
    vault: Arc<Vault>,
    secret: Option<CaseKey>,
    /// Its key is made with what is written now, and nothing wraps it.
    lies_open: bool,
    /// Its key is made with what is written now.
    has_new_key: bool,
}

impl Session {
    pub(crate) fn new(label: &str, protocol_id: i64, protocol: CheckedProtocol, vault: &Arc<Vault>) -> Self {
        Self {
            label: label.to_owned(),
            protocol,
            case: Case::default(),
            protocol_id,
            key: Key::New(label.to_owned()),
            arrives: true,
            household_cases: None,
            chain: None,
            steps: Vec::new(),
            done: Vec::new(),
            timers: Timers::new(),
            claims: Vec::new(),
            stopped: BTreeSet::new(),
            recorded: None,
            late: None,
            going: None,
            vault: Arc::clone(vault),
            secret: None,
            lies_open: false,
            has_new_key: false,
        }
    }

    pub(crate) fn stored(
        row: CaseRow,
        protocol: CheckedProtocol,
        vault: &Arc<Vault>,
    ) -> Result<Self, RuntimeError> {
        let secret = key_of(vault, &row)?;
        let case = whole_case(&row, secret.as_ref())?;
        let chain = Chain::of(&row);
        if !case.fits(&protocol) {
            return Err(misfit());
        }
        Ok(Self {
            timers: timers(&protocol, &case),
            stopped: stopped(&protocol, &case),
            recorded: None,
            late: None,
            going: None,
            case,
            protocol,
            protocol_id: row.protocol,
            key: Key::Stored { id: row.id, version: row.version },
            arrives: false,
            household_cases: None,
            chain,
            label: row.label,
            steps: Vec::new(),
            done: Vec::new(),
            claims: Vec::new(),
            vault: Arc::clone(vault),
            secret,
            lies_open: false,
            has_new_key: false,
        })
    }

    /// What it does from here on rests on these claims.
    pub(crate) fn claimed(mut self, claims: Vec<TimerClaim>) -> Self {
        self.claims = claims;
        self
    }

    /// It rests on its household having just so many cases.
    pub(crate) fn resting_on(&mut self, cases: usize) {
        self.household_cases = i64::try_from(cases).ok();
    }

    /// It fires at this moment: of reminders, those that make no sense any more are skipped.
    pub(crate) const fn late_by(mut self, now: Option<Timestamp>) -> Self {
        self.late = now;
        self
    }

    /// Messages for people go out with the step that wants them: nobody has to take them out of the outbox afterwards.
    pub(crate) fn sending(mut self, going: Option<Going>) -> Self {
        self.going = going;
        self
    }

    /// Lets an event happen.
    pub(crate) fn step(
        &mut self,
        stepper: &mut Stepper,
        event: &Event,
        now: Timestamp,
    ) -> Result<(), Rejection> {
        let now = rounded(now);
        let entries = stepper.step(&self.protocol, &mut self.case, event, now)?.to_vec();
        self.steps.push((now, entries));
        Ok(())
    }

    /// It comes over to another version: as the engine says, in one step. Nothing is written when that version is retired by then.
    pub(crate) fn come_over(
        &mut self,
        (id, protocol): (i64, CheckedProtocol),
        case: Case,
        entries: Vec<Entry>,
    ) {
        self.steps.push((case.touched_at, entries));
        (self.protocol_id, self.protocol, self.case) = (id, protocol, case);
        self.arrives = true;
    }

    /// It comes to its version all the same when that is retired: it is told who goes on with it.
    pub(crate) const fn although_retired(&mut self) {
        self.arrives = false;
    }

    /// Fires what is due. Stops when a plugin is called, since its answer comes first, and when there is
    /// much to write.
    pub(crate) fn fire(&mut self, stepper: &mut Stepper, until: Timestamp) -> Result<u64, RuntimeError> {
        let mut fired = 0;
        while let Some((id, due)) = self.case.next_timer().map(|timer| (timer.id, timer.due.at)) {
            if due > until || self.steps.len() >= MOST_STEPS || self.has_called() {
                break;
            }
            let now = due.max(self.case.touched_at);
            self.step(stepper, &self.firing(id), now)?;
            fired += 1;
        }
        Ok(fired)
    }

    /// Whether something is due still that was not fired: a plugin answers first, or there is much to write.
    pub(crate) fn is_held_up(&self, until: Timestamp) -> bool {
        self.has_called() || self.case.next_timer().is_some_and(|timer| timer.due.at <= until)
    }

    /// What becomes of a timer that is due.
    fn firing(&self, id: TimerId) -> Event {
        let timer = self.case.timer(id);
        match self.late.zip(timer) {
            Some((now, timer)) if timer.is_senseless(&self.protocol, &self.case, now) => {
                Event::ReminderLate(id)
            }
            _ => Event::TimerDue(id),
        }
    }

    /// Fires all that is due, whatever was called.
    pub(crate) fn fire_all(&mut self, stepper: &mut Stepper, until: Timestamp) -> Result<(), RuntimeError> {
        while let Some((id, due)) = self.case.next_timer().map(|timer| (timer.id, timer.due.at)) {
            if due > until {
                break;
            }
            let now = due.max(self.case.touched_at);
            self.step(stepper, &Event::TimerDue(id), now)?;
        }
        Ok(())
    }

    fn has_called(&self) -> bool {
        self.steps.last().is_some_and(|(_, entries)| {
            let awaited = |message: &Message| {
                matches!(message, Message::Call { .. } | Message::Start { .. } | Message::EndedFor { .. })
            };
            entries.iter().any(|entry| matches!(entry, Entry::Sent(message) if awaited(message)))
        })
    }

    /// A message of the outbox was answered by the last step.
    pub(crate) fn answered(&mut self, done: Done) {
        self.done.push(done);
    }

    /// What is to be written. `recorded`: what the clock says; on a virtual clock each step has its own moment.
    pub(crate) fn write(&mut self, recorded: Option<Timestamp>) -> Result<Option<CaseWrite>, RuntimeError> {
        if self.steps.is_empty() && self.done.is_empty() {
            return Ok(None);
        }
        self.recorded = recorded;
        let had_key = self.secret.is_some();
        let mut secret = self.secret.take();
        let mut sealer = Sealer { vault: &self.vault, label: &self.label, key: &mut secret };
        let steps = self.step_writes(&mut sealer, recorded)?;
        let done = self.done.iter().map(|done| sealed_documents(&mut sealer, done));
        let done = done.collect::<Result<Vec<_>, RuntimeError>>()?;
        let mut chain = Chain::with(self.chain.take(), self.version_before().saturating_add(1), &steps);
        chain.make(done.iter().flat_map(|done| &done.documents));
        let (state, sealed) = sealer.state(&self.case, &chain)?;
        self.chain = Some(chain);
        self.lies_open = !had_key && secret.as_ref().is_some_and(|key| !Vault::is_wrapped(&key.stored));
        self.has_new_key = !had_key && secret.is_some();
        self.secret = secret.filter(|_| !self.is_erased());
        let (timers, cleared) = changes(&self.timers, timers(&self.protocol, &self.case));
        let now = stopped(&self.protocol, &self.case);
        Ok(Some(CaseWrite {
            key: self.key.clone(),
            protocol: self.protocol_id,
            arrives: self.arrives,
            status: if self.case.is_running() { Status::Running } else { Status::Ended },
            place: self.place(),
            opened_at: micros(self.case.opened_at),
            touched_at: micros(self.case.touched_at),
            next_due: self.case.next_timer().map(|timer| micros(timer.due.at)),
            household: self.case.ties.household.as_deref().map(str::to_owned),
            household_cases: self.household_cases,
            state,
            secret: self.secret.as_ref().map(|secret| secret.stored.clone()),
            sealed,
            steps,
            timers,
            cleared,
            claims: self.claims.clone(),
            done,
            incidents: now.difference(&self.stopped).map(|key| (key.clone(), stopped_because())).collect(),
            resolved: self.stopped.difference(&now).cloned().collect(),
        }))
    }

    const fn version_before(&self) -> i64 {
        match self.key {
            Key::New(_) => 0,
            Key::Stored { version, .. } => version,
        }
    }

    fn step_writes(
        &self,
        sealer: &mut Sealer<'_>,
        recorded: Option<Timestamp>,
    ) -> Result<Vec<StepWrite>, RuntimeError> {
        let steps = self.steps.iter().zip(self.version_before().saturating_add(1)..);
        let write = |((at, steps), number): (&(Timestamp, Vec<Entry>), i64)| {
            let (entries, sealed) = sealer.entries(number, steps)?;
            Ok(StepWrite {
                at: micros(*at),
                recorded_at: micros(recorded.unwrap_or(*at)),
                due_at: fired_for(steps),
                entries,
                sealed,
                outgoing: outgoing(sealer, &self.protocol, steps, *at, self.going.as_ref())?,
            })
        };
        steps.map(write).collect()
    }

    /// Its key is destroyed with the step that erases it.
    fn is_erased(&self) -> bool {
        let last = self.steps.last();
        last.is_some_and(|(_, entries)| entries.iter().any(|entry| matches!(entry, Entry::Erased { .. })))
    }

    /// The stage or the end that it is in.
    fn place(&self) -> String {
        place(&self.protocol, &self.case)
    }

    /// Whether its values are written under a key that lies beside them, from now on.
    pub(crate) const fn lies_open(&self) -> bool {
        self.lies_open
    }

    /// Whether its key is made with what is written now.
    pub(crate) const fn has_new_key(&self) -> bool {
        self.has_new_key
    }

    /// The messages that went out with their steps.
    pub(crate) fn sent(&self) -> Vec<Notice> {
        let (Some(_), Key::Stored { id, version }) = (&self.going, &self.key) else { return Vec::new() };
        let mut sent = Vec::new();
        for ((at, entries), number) in self.steps.iter().zip(version.saturating_add(1)..) {
            let messages = entries.iter().filter_map(|entry| match entry {
                Entry::Sent(message) => Some(message),
                _ => None,
            });
            for (position, message) in messages.enumerate() {
                if kind(message) == Outgoes::Notice {
                    let (label, protocol) = (self.label.clone(), self.protocol.clone());
                    let written = self.recorded.unwrap_or(*at);
                    let (key, message) = (format!("{id}-{number}-{position}"), message.clone());
                    sent.push(Notice { label, protocol, key, at: *at, written, message });
                }
            }
        }
        sent
    }

    /// What has been written, for those who look on.
    pub(crate) fn written(self) -> Vec<Happened> {
        let (label, protocol) = (self.label, self.protocol);
        let happened =
            |(at, entries)| Happened { label: label.clone(), protocol: protocol.clone(), at, entries };
        self.steps.into_iter().map(happened).collect()
    }
}

/// The stage or the end that a case is in.
pub(crate) fn place(protocol: &CheckedProtocol, case: &Case) -> String {
    match (&case.status, &case.stay) {
        (Running::Ended { end, .. }, _) => protocol.ends.row(*end).name.clone(),
        (_, Some(stay)) => protocol.stages.row(stay.stage).name.clone(),
        _ => String::new(),
    }
}

/// The actions that have failed and stay so until somebody has looked at them, as keys of incidents.
pub(crate) fn stopped(protocol: &CheckedProtocol, case: &Case) -> BTreeSet<String> {
    let waits = |serial| case.timers.iter().any(|timer| timer.kind == TimerKind::Retry(serial));
    let failed = case.open.iter().filter(|instance| {
        let kind = instance.obligation(protocol).kind;
        kind == Kind::Action
            && kind.lifecycle().state(instance.state).name == "failed"
            && !waits(instance.serial)
    });
    failed.map(|instance| format!("action-{}", instance.serial.0)).collect()
}

fn stopped_because() -> String {
    kept(|| say!("the action has failed, and stays so until somebody has looked at it"))
}

/// When the timer was due that a step has fired. Where that was counted from a personal value, it stands in the entry alone, sealed.
pub(crate) fn fired_for(entries: &[Entry]) -> Option<i64> {
    let due = entries.iter().find_map(|entry| match entry {
        Entry::TimerFired(timer) | Entry::ReminderSkipped(timer) => Some(timer.due),
        _ => None,
    });
    due.filter(|due| !due.is_secret()).map(|due| micros(due.at))
}

/// A message that is answered, with the documents that came of it, sealed. Of two with one name the first is kept.
fn sealed_documents(sealer: &mut Sealer<'_>, done: &Done) -> Result<Done, RuntimeError> {
    let mut done = done.clone();
    let mut names = BTreeSet::new();
    done.documents.retain(|document| names.insert(document.name.clone()));
    for document in &mut done.documents {
        let what = document_of(&document.key, &document.name);
        document.text = sealer.text(&what, &document.text)?;
    }
    Ok(done)
}
