//! One case in hand: its steps so far, not written yet.

use jiff::Timestamp;
use voordeur_engine::{Case, Entry, Event, Message, Rejection, Status as Running, Stepper};
use voordeur_messages::{mark, say};
use voordeur_protocol::CheckedProtocol;
use voordeur_store::{CaseRow, CaseWrite, Done, Key, Status, StepWrite, TimerClaim};

use crate::error::RuntimeError;
use crate::rows::{json, micros, outgoing, rounded, stored_case};
use crate::timers::{Timers, changes, timers};
use crate::watch::Happened;

/// How many steps are taken before they are written: more are not held in memory.
const MOST_STEPS: usize = 200;

pub(crate) struct Session {
    pub(crate) label: String,
    pub(crate) protocol: CheckedProtocol,
    pub(crate) case: Case,
    protocol_id: i64,
    key: Key,
    steps: Vec<(Timestamp, Vec<Entry>)>,
    done: Vec<Done>,
    /// The timers as they stand in the database.
    timers: Timers,
    claims: Vec<TimerClaim>,
}

impl Session {
    pub(crate) fn new(label: &str, protocol_id: i64, protocol: CheckedProtocol) -> Self {
        Self {
            label: label.to_owned(),
            protocol,
            case: Case::default(),
            protocol_id,
            key: Key::New(label.to_owned()),
            steps: Vec::new(),
            done: Vec::new(),
            timers: Timers::new(),
            claims: Vec::new(),
        }
    }

    pub(crate) fn stored(row: CaseRow, protocol: CheckedProtocol) -> Result<Self, RuntimeError> {
        let case = stored_case(&row)?;
        if !case.fits(&protocol) {
            return Err(RuntimeError::unreadable(
                mark!("case"),
                &say!("it names parts that its pathway does not have"),
            ));
        }
        Ok(Self {
            timers: timers(&case),
            case,
            protocol,
            protocol_id: row.protocol,
            key: Key::Stored { id: row.id, version: row.version },
            label: row.label,
            steps: Vec::new(),
            done: Vec::new(),
            claims: Vec::new(),
        })
    }

    /// What it does from here on rests on these claims.
    pub(crate) fn claimed(mut self, claims: Vec<TimerClaim>) -> Self {
        self.claims = claims;
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

    /// Fires what is due. Stops when a plugin is called, since its answer comes first, and when there is
    /// much to write.
    pub(crate) fn fire(&mut self, stepper: &mut Stepper, until: Timestamp) -> Result<u64, RuntimeError> {
        let mut fired = 0;
        while let Some((id, due)) = self.case.next_timer().map(|timer| (timer.id, timer.due.at)) {
            if due > until || self.steps.len() >= MOST_STEPS || self.has_called() {
                break;
            }
            let now = due.max(self.case.touched_at);
            self.step(stepper, &Event::TimerDue(id), now)?;
            fired += 1;
        }
        Ok(fired)
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
    pub(crate) fn write(&self, recorded: Option<Timestamp>) -> Result<Option<CaseWrite>, RuntimeError> {
        if self.steps.is_empty() && self.done.is_empty() {
            return Ok(None);
        }
        let steps = self.steps.iter().map(|(at, entries)| {
            Ok(StepWrite {
                at: micros(*at),
                recorded_at: micros(recorded.unwrap_or(*at)),
                due_at: fired_for(entries),
                entries: json("journal", entries)?,
                outgoing: outgoing(entries)?,
            })
        });
        let (timers, cleared) = changes(&self.timers, &timers(&self.case));
        Ok(Some(CaseWrite {
            key: self.key.clone(),
            protocol: self.protocol_id,
            status: if self.case.is_running() { Status::Running } else { Status::Ended },
            place: self.place(),
            opened_at: micros(self.case.opened_at),
            touched_at: micros(self.case.touched_at),
            next_due: self.case.next_timer().map(|timer| micros(timer.due.at)),
            household: self.case.ties.household.as_deref().map(str::to_owned),
            state: json("case", &self.case)?,
            steps: steps.collect::<Result<_, RuntimeError>>()?,
            timers,
            cleared,
            claims: self.claims.clone(),
            done: self.done.clone(),
        }))
    }

    /// The stage or the end that it is in.
    fn place(&self) -> String {
        place(&self.protocol, &self.case)
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

/// When the timer was due that a step has fired.
pub(crate) fn fired_for(entries: &[Entry]) -> Option<i64> {
    entries.iter().find_map(|entry| match entry {
        Entry::TimerFired(timer) => Some(micros(timer.due.at)),
        _ => None,
    })
}
