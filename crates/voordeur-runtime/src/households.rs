//! One household, one plan: the open cases of a household know of each other, and one of them leads. A relapse follows
//! upon the case before it.
//!
//! Which case leads follows from the open cases themselves: the one that leads already, or else the oldest. It is looked
//! at whenever a case of the household opens or ends, by a message of the outbox; doing so again changes nothing, and two
//! programs that do so at the same moment come to the same answer.

use jiff::Timestamp;
use voordeur_engine::{Event, Status as Running, Stepper, Tie};
use voordeur_store::{CaseRow, OutboxRow, Status, StoreError};

use crate::drive::{Runtime, TRIES};
use crate::error::RuntimeError;
use crate::references::{check_household, check_words_of};
use crate::rows::{micros, stored_case, timestamp};
use crate::session::Session;
use crate::watch::Watch;

/// What a new case is tied to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Opened<'a> {
    /// The household, as a reference: no name and no number of a person.
    pub household: Option<&'a str>,
    /// The label of the case that it follows upon. Without it: the last one that ended in the same pathway, for the
    /// same household.
    pub follows: Option<&'a str>,
}

/// The cases of a household.
#[derive(Debug, Clone)]
pub struct Household {
    /// Every case, open or ended, in the order in which they were opened.
    pub cases: Vec<CaseRow>,
    /// The label of the open case that leads; `None` when no case is open.
    pub lead: Option<String>,
}

impl Runtime {
    /// Opens a case that is about a household, or that follows upon another case.
    ///
    /// # Errors
    /// [`RuntimeError`] when the label is taken, the household has an open case in this pathway already, what the case
    /// is to follow upon has not ended, the version is retired, or the engine refuses the report.
    pub async fn open_tied(
        &self,
        protocol: i64,
        label: &str,
        event: &Event,
        now: Timestamp,
        opened: Opened<'_>,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        check_words_of(event)?;
        let mut tries = TRIES;
        loop {
            let sessions = match self.opening(protocol, label, event, now, opened).await {
                Ok(sessions) => sessions,
                Err(error) => return Err(self.taken_or(label, error).await?),
            };
            match self.write(sessions, watch).await {
                Err(RuntimeError::Store(StoreError::Conflict)) if tries > 0 => tries -= 1,
                done => return self.or_retired(protocol, done).await,
            }
        }
    }

    /// The new case, and the one that it follows upon.
    async fn opening(
        &self,
        protocol: i64,
        label: &str,
        event: &Event,
        now: Timestamp,
        opened: Opened<'_>,
    ) -> Result<Vec<Session>, RuntimeError> {
        let mut session = self.new_session(protocol, label, Some(now)).await?;
        let pathway = session.protocol.name.clone();
        // Read once: a case that ends meanwhile is open still, or comes before this one. One that is opened meanwhile is a
        // conflict, and all of this is done again.
        let named = self.named(opened.household).await?;
        let before = match opened.follows {
            Some(label) => Some(self.ended(label).await?),
            None => self.last_ended(&named, &pathway),
        };
        if let Some(later) = before.as_ref().filter(|row| ended_after(row, now)) {
            return Err(RuntimeError::EndedLater { label: later.label.clone() });
        }
        let of_another = |before: &CaseRow| {
            let both = before.household.as_deref().zip(opened.household);
            both.is_some_and(|(theirs, ours)| theirs != ours)
        };
        if let Some(before) = before.as_ref().filter(|before| of_another(before)) {
            return Err(RuntimeError::OtherHousehold { label: before.label.clone() });
        }
        let inherited = before.as_ref().and_then(|before| before.household.clone());
        let household = opened.household.map(str::to_owned).or(inherited);
        let cases = if opened.household.is_some() { named } else { self.named(household.as_deref()).await? };
        if let Some(household) = &household {
            self.check_household(household, &pathway, &cases)?;
        }
        let mut stepper = Stepper::default();
        session.step(&mut stepper, event, now)?;
        if let Some(household) = household {
            self.tie(&mut session, Tie::Household(household.into()), now)?;
            // Who takes the same household in at this moment is first, or comes after this.
            session.resting_on(cases.len());
        }
        let Some(before) = before else { return Ok(vec![session]) };
        self.tie(&mut session, Tie::Follows(before.label.as_str().into()), now)?;
        let mut before = self.session(before)?;
        self.tie(&mut before, Tie::FollowedBy(label.into()), now)?;
        Ok(vec![session, before])
    }

    /// The cases of a household, if one is named.
    async fn named(&self, household: Option<&str>) -> Result<Vec<CaseRow>, RuntimeError> {
        let Some(household) = household else { return Ok(Vec::new()) };
        check_household(household)?;
        Ok(self.store.cases_of(household).await?)
    }

    /// The case that a new one is to follow upon.
    async fn ended(&self, label: &str) -> Result<CaseRow, RuntimeError> {
        let row = self.row(label).await?;
        let ended = row.status == Status::Ended;
        if ended { Ok(row) } else { Err(RuntimeError::StillOpen { label: row.label }) }
    }

    /// The last case of a pathway that ended.
    fn last_ended(&self, cases: &[CaseRow], pathway: &str) -> Option<CaseRow> {
        let ended = cases.iter().filter(|row| row.status == Status::Ended && self.is_of(row, pathway));
        ended.max_by_key(|row| (row.touched_at, row.id)).cloned()
    }

    fn is_of(&self, row: &CaseRow, pathway: &str) -> bool {
        self.library.get(row.protocol).is_some_and(|protocol| protocol.name == pathway)
    }

    /// A household goes through a pathway once at a time. Cases that another one started are parts of that one.
    fn check_household(&self, household: &str, pathway: &str, cases: &[CaseRow]) -> Result<(), RuntimeError> {
        for row in cases.iter().filter(|row| row.status == Status::Running) {
            // One that cannot be read was opened for the household, as far as anybody knows.
            let is_own = || stored_case(row).map_or(true, |case| case.parent.is_none());
            if self.is_of(row, pathway) && is_own() {
                let (household, label) = (household.to_owned(), row.label.clone());
                return Err(RuntimeError::HouseholdKnown { household, label });
            }
        }
        Ok(())
    }

    async fn open_cases(&self, household: &str) -> Result<Vec<CaseRow>, RuntimeError> {
        let cases = self.store.cases_of(household).await?;
        Ok(cases.into_iter().filter(|row| row.status == Status::Running).collect())
    }

    /// The cases of a household, and which of them leads. What a case that cannot be read says of that is not counted.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be read.
    pub async fn household(&self, household: &str) -> Result<Household, RuntimeError> {
        check_household(household)?;
        let cases = self.store.cases_of(household).await?;
        let mut open = Vec::new();
        for row in cases.iter().filter(|row| row.status == Status::Running) {
            open.push((row.label.clone(), stored_case(row).ok().and_then(|case| case.ties.lead_case)));
        }
        let lead = lead(&open);
        Ok(Household { cases, lead })
    }

    /// People choose which open case of a household leads.
    ///
    /// # Errors
    /// [`RuntimeError::NotOfHousehold`] when it is no open case of the household.
    pub async fn choose_lead(
        &self,
        household: &str,
        label: &str,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        let mut tries = TRIES;
        loop {
            let open = self.open_cases(household).await?;
            if !open.iter().any(|row| row.label == label) {
                let (label, household) = (label.to_owned(), household.to_owned());
                return Err(RuntimeError::NotOfHousehold { label, household });
            }
            let sessions = self.led_by(open, label, now)?;
            let leads = sessions.iter().any(|one| one.label == label && one.case.is_running());
            match self.write(sessions, watch).await {
                Err(RuntimeError::Store(StoreError::Conflict)) if tries > 0 => tries -= 1,
                // What was due before has ended it: there is nothing to lead.
                Ok(()) if !leads => {}
                done => return done,
            }
        }
    }

    /// Sees to it that one case leads, after the open cases of a household have become different.
    pub(crate) async fn settle_household(
        &self,
        row: &OutboxRow,
        household: &str,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        loop {
            let found = self.household(household).await?;
            let open =
                found.cases.into_iter().filter(|row| row.status == Status::Running).collect::<Vec<_>>();
            let alone = open.len() == 1
                && open
                    .first()
                    .map(stored_case)
                    .transpose()?
                    .is_some_and(|case| case.ties.lead_case.is_none());
            let Some(lead) = found.lead.filter(|_| !alone) else { break };
            let sessions = self.led_by(open, &lead, timestamp(row.created_at))?;
            match self.write(sessions, watch).await {
                Err(RuntimeError::Store(StoreError::Conflict)) => {}
                done => {
                    done?;
                    break;
                }
            }
        }
        Ok(self.store.finish(&[row.id], row.created_at).await?)
    }

    /// The cases to which it is new that this one leads.
    fn led_by(&self, open: Vec<CaseRow>, lead: &str, now: Timestamp) -> Result<Vec<Session>, RuntimeError> {
        let mut sessions = Vec::new();
        for row in open {
            let mut session = self.session(row)?;
            // What was due before may have ended the case.
            session.fire(&mut Stepper::default(), now)?;
            let known = session.case.ties.lead_case.as_deref() == Some(lead);
            if !known && session.case.status == Running::Running {
                self.tie(&mut session, Tie::LeadCase(lead.into()), now)?;
            }
            sessions.push(session);
        }
        Ok(sessions)
    }

    fn tie(&self, session: &mut Session, tie: Tie, now: Timestamp) -> Result<(), RuntimeError> {
        let at = timestamp(micros(now)).max(session.case.touched_at);
        session.step(&mut Stepper::default(), &self.with_person(Event::Tied { tie, by: None }), at)?;
        Ok(())
    }
}

/// Whether a case ended later than a moment: what is opened then does not follow upon it.
fn ended_after(row: &CaseRow, now: Timestamp) -> bool {
    stored_case(row).is_ok_and(|case| matches!(case.status, Running::Ended { at, .. } if at > now))
}

/// The open case that leads: the one that the oldest of them names, as long as it is open, or else the oldest itself.
fn lead(open: &[(String, Option<std::sync::Arc<str>>)]) -> Option<String> {
    let is_open = |label: &str| open.iter().any(|(open, _)| open == label);
    let named = open.iter().filter_map(|(_, lead)| lead.as_deref()).find(|lead| is_open(lead));
    named.map(str::to_owned).or_else(|| open.first().map(|(label, _)| label.clone()))
}
