//! What does not go on by itself: it is put aside, so that everything else goes on, and waits for an operator, who tries it
//! again, skips it, or carries it out by hand.

use std::sync::Arc;

use jiff::Timestamp;
use voordeur_engine::{By, Data, Event, Mending, Serial, Stepper, check_decides};
use voordeur_messages::{kept, retold};
use voordeur_store::{CaseRow, Delivery, IncidentRow, Progress, StoreError, TIMERS, Upkeep};

use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::references::check_reason;
use crate::rows::{micros, timestamp};
use crate::session::Session;
use crate::watch::{Trouble, Watch};

/// How many dead letters are read at a time.
const PAGE: u32 = 500;

/// Before the number of a delivery in the key of an incident.
const DELIVERY: &str = "delivery-";

/// Something that waits for an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// The label of its case.
    pub label: String,
    /// Its key within the case.
    pub key: String,
    /// What it is about, when it is an action: the name of the action.
    pub action: Option<String>,
    /// When it is a dead letter: which message it was, for whom, and by which channel it did not go out.
    pub letter: Option<DeadLetter>,
    /// Why, without personal data, in the language that is spoken.
    pub why: String,
    /// Since when (UTC).
    pub since: Timestamp,
    /// How often it came back.
    pub again: i64,
}

/// A message that was tried in vain for the last time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The key of the message; the inbox has it under the same.
    pub message: String,
    /// The channel.
    pub channel: String,
    /// For whom it was: a party of the pathway.
    pub party: String,
}

/// What becomes of an incident.
#[derive(Debug, Clone, PartialEq)]
pub enum Remedy {
    /// It is tried again.
    Retry,
    /// It is left out: an action is given up, timers are taken away, a dead letter is not sent.
    Skip {
        /// Why. It stands in the journal, or with the letter: no personal data.
        because: Arc<str>,
    },
    /// It was carried out by people: an action, and this is what it gave, or a dead letter, that reached its receiver in
    /// another way.
    ByHand {
        /// What the action returns; nothing for a letter.
        data: Data,
    },
}

impl Runtime {
    /// What waits for an operator.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be read.
    pub async fn incidents(&self) -> Result<Vec<Incident>, RuntimeError> {
        let mut found = Vec::new();
        for row in self.store.incidents().await? {
            let Some(case) = self.store.case(row.case_id).await? else { continue };
            let action = self.action_named_by(&case, &row.key);
            let IncidentRow { key, why, since, again, .. } = row;
            let (label, letter, why) = (case.label, None, retold(&why));
            found.push(Incident { label, key, action, letter, why, since: timestamp(since), again });
        }
        self.dead_letters(&mut found).await?;
        Ok(found)
    }

    async fn dead_letters(&self, found: &mut Vec<Incident>) -> Result<(), RuntimeError> {
        let mut after = 0;
        loop {
            let page = self.store.post().deliveries(Some(Progress::Dead), after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            let ids: Vec<i64> = page.iter().map(|letter| letter.case_id).collect();
            let cases = self.store.cases_numbered(&ids).await?;
            found.extend(page.into_iter().filter_map(|letter| {
                let case = cases.iter().find(|case| case.id == letter.case_id)?;
                Some(incident_of(case.label.clone(), letter))
            }));
        }
    }

    fn action_named_by(&self, case: &CaseRow, key: &str) -> Option<String> {
        let session = self.session(case.clone()).ok()?;
        let instance = session.case.instance(serial_of(key)?)?;
        Some(instance.obligation(&session.protocol).name.clone())
    }

    /// Something of a case cannot go on: it is put aside. What is wrong with the database as a whole is given back.
    pub(crate) async fn put_aside(
        &self,
        case_id: i64,
        key: &str,
        error: RuntimeError,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        if !error.is_of_case() {
            return Err(error);
        }
        if matches!(error, RuntimeError::WrongKey { .. }) {
            self.check_key().await?;
        }
        let label = self.store.case(case_id).await?.map_or_else(String::new, |case| case.label);
        watch.left_out(&Trouble { label, text: error.to_string() });
        let why = kept(|| error.to_string());
        let (key, since) = (key.to_owned(), micros(now));
        self.store.upkeep(Upkeep::Incident(IncidentRow { case_id, key, why, since, again: 0 })).await?;
        Ok(())
    }

    /// Mends an incident.
    ///
    /// # Errors
    /// [`RuntimeError::NoSuchIncident`] when the case has none of that key, [`RuntimeError::NoRemedy`] when that is no way
    /// out of it, and whatever the engine refuses. Nothing has changed then.
    pub async fn mend(
        &self,
        label: &str,
        key: &str,
        remedy: &Remedy,
        by: By,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        if let Remedy::Skip { because } = remedy {
            check_reason(because)?;
        }
        let row = self.row(label).await?;
        if let Some(delivery) = delivery_of(key) {
            return self.mend_letter(&row, delivery, key, remedy, now).await;
        }
        if !self.store.incidents().await?.iter().any(|known| known.case_id == row.id && known.key == key) {
            return Err(RuntimeError::NoSuchIncident { label: label.to_owned(), key: key.to_owned() });
        }
        match (serial_of(key), remedy) {
            (Some(serial), remedy) => self.mend_action(row, serial, remedy, by, now, watch).await,
            (None, Remedy::Retry) => self.resolve(row.id, key).await,
            (None, Remedy::Skip { because }) if key == TIMERS => {
                let protocol = self.protocol(row.protocol)?;
                check_decides(&protocol, by)?;
                self.drop_timers(row, because, by, now, watch).await
            }
            (None, Remedy::Skip { .. }) => {
                let protocol = self.protocol(row.protocol)?;
                check_decides(&protocol, by)?;
                let id = key.strip_prefix("message-").and_then(|id| id.parse().ok());
                self.store.finish(&id.into_iter().collect::<Vec<i64>>(), micros(now)).await?;
                self.resolve(row.id, key).await
            }
            (None, Remedy::ByHand { .. }) => Err(RuntimeError::NoRemedy { key: key.to_owned() }),
        }
    }

    /// A letter that somebody else has mended meanwhile is no incident any more.
    async fn mend_letter(
        &self,
        row: &CaseRow,
        delivery: i64,
        key: &str,
        remedy: &Remedy,
        now: Timestamp,
    ) -> Result<(), RuntimeError> {
        let post = self.store.post();
        let gone = || RuntimeError::NoSuchIncident { label: row.label.clone(), key: key.to_owned() };
        let dead = post.deliveries(Some(Progress::Dead), delivery.saturating_sub(1), 1).await?;
        if !dead.first().is_some_and(|letter| letter.id == delivery && letter.case_id == row.id) {
            return Err(gone());
        }
        let at = micros(now);
        let mended = match remedy {
            Remedy::Retry => post.revive(&[delivery], at).await? > 0,
            Remedy::Skip { because } => {
                post.close_dead(delivery, Progress::Dropped, at, Some(because)).await?
            }
            Remedy::ByHand { data } if data.is_empty() => {
                post.close_dead(delivery, Progress::Sent, at, None).await?
            }
            Remedy::ByHand { .. } => return Err(RuntimeError::NoAnswer { key: key.to_owned() }),
        };
        if mended { Ok(()) } else { Err(gone()) }
    }

    async fn resolve(&self, case_id: i64, key: &str) -> Result<(), RuntimeError> {
        self.store.upkeep(Upkeep::Resolve { case_id, key: key.to_owned() }).await?;
        Ok(())
    }

    /// The step itself resolves the incident: an action that stands still no more has none.
    async fn mend_action(
        &self,
        row: CaseRow,
        serial: Serial,
        remedy: &Remedy,
        by: By,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        self.change(row, watch, |session| {
            if session.case.instance(serial).is_none() {
                return Ok(());
            }
            let at = timestamp(micros(now)).max(session.case.touched_at);
            let (how, because) = mending(remedy);
            let event = self.with_person(Event::ActionMended { serial, how, because, by });
            Ok(session.step(&mut Stepper::default(), &event, at)?)
        })
        .await
    }

    /// Takes away the timers that were due when the case stood still.
    async fn drop_timers(
        &self,
        row: CaseRow,
        because: &Arc<str>,
        by: By,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        let id = row.id;
        self.change(row, watch, |session| {
            let at = timestamp(micros(now)).max(session.case.touched_at);
            while let Some(timer) = session.case.next_timer().filter(|timer| timer.due.at <= at) {
                let (timer, because) = (timer.id, Arc::clone(because));
                let event = self.with_person(Event::TimerDropped { timer, because, by });
                session.step(&mut Stepper::default(), &event, at)?;
            }
            Ok(())
        })
        .await?;
        self.resolve(id, TIMERS).await
    }

    /// Takes steps in a case and writes them, again when another program was first.
    pub(crate) async fn change(
        &self,
        row: CaseRow,
        watch: &mut dyn Watch,
        steps: impl Fn(&mut Session) -> Result<(), RuntimeError>,
    ) -> Result<(), RuntimeError> {
        let id = row.id;
        let mut row = Some(row);
        while let Some(found) = row {
            let mut session = self.session(found)?;
            steps(&mut session)?;
            match self.write(vec![session], watch).await {
                Err(RuntimeError::Store(StoreError::Conflict)) => row = self.store.case(id).await?,
                done => return done,
            }
        }
        Ok(())
    }
}

/// What the engine makes of a remedy for an action.
fn mending(remedy: &Remedy) -> (Mending, Option<Arc<str>>) {
    match remedy {
        Remedy::Retry => (Mending::Retried, None),
        Remedy::Skip { because } => (Mending::GivenUp, Some(Arc::clone(because))),
        Remedy::ByHand { data } => (Mending::ByHand(data.clone()), None),
    }
}

/// A dead letter as an incident.
fn incident_of(label: String, letter: Delivery) -> Incident {
    let Delivery { id, key, channel, party, created_at, done_at, said, .. } = letter;
    Incident {
        label,
        key: format!("{DELIVERY}{id}"),
        action: None,
        letter: Some(DeadLetter { message: key, channel, party }),
        why: said.as_deref().map(retold).unwrap_or_default(),
        since: timestamp(done_at.unwrap_or(created_at)),
        again: 0,
    }
}

/// The number of the delivery that an incident is about.
fn delivery_of(key: &str) -> Option<i64> {
    key.strip_prefix(DELIVERY).and_then(|number| number.parse().ok())
}

/// The number of the action that an incident is about.
fn serial_of(key: &str) -> Option<Serial> {
    key.strip_prefix("action-").and_then(|number| number.parse().ok()).map(Serial)
}

impl Incident {
    /// How it is called on the command line.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.label, self.key)
    }
}
