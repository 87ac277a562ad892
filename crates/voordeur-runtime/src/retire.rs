//! Retiring a version of a pathway: no new cases run on it, and somebody answers for each case that does.
//!
//! The version itself is marked first, with its heir, in one transaction: from then on no case of it is without one,
//! wherever the program is stopped. Then each open case is told; doing so again tells only those that were not told.

use jiff::Timestamp;
use voordeur_engine::{Event, Stepper, Succession, Tie};
use voordeur_protocol::CheckedProtocol;
use voordeur_protocol::model::PartyKind;
use voordeur_store::{CaseRow, Retirement, Status, StoreError};

use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::rows::{micros, timestamp};
use crate::watch::Watch;

/// How many cases are read at a time.
const PAGE: u32 = 256;

/// What becomes of the open cases of a version that is retired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heir<'a> {
    /// They go over to this version of the pathway.
    Version(&'a str),
    /// They stay on their version, and this party of the pathway answers for them.
    Owner(&'a str),
}

impl<'a> Heir<'a> {
    /// As the version says that is retired.
    pub(crate) fn of(retirement: &'a Retirement) -> Self {
        match (&retirement.successor, &retirement.owner) {
            (Some(version), _) => Self::Version(version),
            (None, owner) => Self::Owner(owner.as_deref().unwrap_or_default()),
        }
    }
}

impl Runtime {
    /// Retires a version of a pathway; gives how many open cases were told. One that cannot be read is left out, and that is told: done
    /// again when it can, this tells it too. `progress` hears how many were looked at.
    ///
    /// # Errors
    /// [`RuntimeError`] when there is no such version, or no such heir. Nothing has changed then.
    pub async fn retire(
        &mut self,
        name: &str,
        version: &str,
        heir: Heir<'_>,
        now: Timestamp,
        watch: &mut dyn Watch,
        mut progress: impl FnMut(u64),
    ) -> Result<u64, RuntimeError> {
        self.reload().await?;
        let ids = self.numbers(name, version)?;
        self.check_heir(name, version, heir, &ids)?;
        self.check_inherits_nothing(name, version).await?;
        let (successor, owner) = match heir {
            Heir::Version(version) => (Some(version.to_owned()), None),
            Heir::Owner(owner) => (None, Some(owner.to_owned())),
        };
        self.store.retire(&ids, &Retirement { at: micros(now), successor, owner }).await?;
        let (mut after, mut told, mut seen) = (String::new(), 0, 0);
        loop {
            let page = self.store.cases(&after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(told) };
            after.clone_from(&last.label);
            for row in page {
                seen += 1;
                if row.status == Status::Running && ids.contains(&row.protocol) {
                    let label = row.label.clone();
                    let known = self.inherit(row, heir, now, watch).await;
                    told += u64::from(self.or_left_out(&label, known, watch).await?.unwrap_or(false));
                }
            }
            progress(seen);
        }
    }

    /// The numbers of a version: it has one for each edition.
    fn numbers(&self, name: &str, version: &str) -> Result<Vec<i64>, RuntimeError> {
        let of_name = || self.library.iter().filter(|(_, protocol)| protocol.name == name);
        let ids: Vec<i64> =
            of_name().filter(|(_, protocol)| protocol.version == version).map(|(id, _)| id).collect();
        if ids.is_empty() {
            let mut known: Vec<String> = of_name().map(|(_, protocol)| protocol.version.clone()).collect();
            known.dedup();
            let (name, version) = (name.to_owned(), version.to_owned());
            return Err(RuntimeError::NoSuchVersion { name, version, known });
        }
        Ok(ids)
    }

    fn check_heir(&self, name: &str, version: &str, heir: Heir<'_>, ids: &[i64]) -> Result<(), RuntimeError> {
        match heir {
            Heir::Version(successor) => {
                let there = self.numbers(name, successor)?;
                let retired = there.iter().any(|id| self.library.retirement(*id).is_some());
                if successor == version || retired {
                    let (name, version) = (name.to_owned(), successor.to_owned());
                    return Err(RuntimeError::BadSuccessor { name, version });
                }
            }
            Heir::Owner(owner) => {
                for protocol in ids.iter().filter_map(|id| self.library.get(*id)) {
                    let party = protocol.parties.row(protocol.party_named(owner)?);
                    if matches!(party.kind, PartyKind::Anyone | PartyKind::Client) {
                        return Err(RuntimeError::BadOwner { owner: party.name.clone() });
                    }
                }
            }
        }
        Ok(())
    }

    /// Open cases of an older version that go over to this one would have nowhere to go.
    async fn check_inherits_nothing(&self, name: &str, version: &str) -> Result<(), RuntimeError> {
        let goes_over = |id: &i64| {
            self.library.retirement(*id).is_some_and(|known| known.successor.as_deref() == Some(version))
        };
        let of_name = self.library.iter().filter(|(_, protocol)| protocol.name == name);
        let older: Vec<i64> = of_name.map(|(id, _)| id).filter(goes_over).collect();
        let mut after = String::new();
        while !older.is_empty() {
            let page = self.store.cases(&after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.label);
            let open = page.iter().find(|row| row.status == Status::Running && older.contains(&row.protocol));
            if let Some(row) = open {
                let (name, version) = (name.to_owned(), version.to_owned());
                let older = self.protocol(row.protocol)?.version.clone();
                return Err(RuntimeError::Inherits { name, version, older });
            }
        }
        Ok(())
    }

    /// Tells an open case what becomes of it; gives whether it did not know.
    async fn inherit(
        &self,
        row: CaseRow,
        heir: Heir<'_>,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<bool, RuntimeError> {
        let id = row.id;
        let mut row = Some(row);
        while let Some(found) = row {
            let mut session = self.session(found)?;
            let tie = Self::heir_tie(&session.protocol, heir)?;
            if !session.case.is_running() || session.case.ties.has(&tie) {
                return Ok(false);
            }
            let at = timestamp(micros(now)).max(session.case.touched_at);
            session.step(&mut Stepper::default(), &self.with_person(Event::Tied { tie, by: None }), at)?;
            match self.write(vec![session], watch).await {
                Err(RuntimeError::Store(StoreError::Conflict)) => row = self.store.case(id).await?,
                done => return done.map(|()| true),
            }
        }
        Ok(false)
    }

    /// The tie of a case to whoever goes on with it, by what the version that it runs on says.
    pub(crate) fn heir_tie(protocol: &CheckedProtocol, heir: Heir<'_>) -> Result<Tie, RuntimeError> {
        Ok(Tie::Retired(match heir {
            Heir::Version(version) => Succession::Version(version.into()),
            Heir::Owner(owner) => Succession::Owner(protocol.party_named(owner)?),
        }))
    }

    /// What came of a case that was to come to a version: when that was retired at that moment, who goes on with its cases.
    pub(crate) async fn or_retired(
        &self,
        protocol: i64,
        done: Result<(), RuntimeError>,
    ) -> Result<(), RuntimeError> {
        if matches!(done, Err(RuntimeError::Store(StoreError::Retired))) {
            self.check_open(protocol).await?;
        }
        done
    }

    /// No new case runs on a version that is retired: it may have been retired since this program started. This is
    /// asked before anything is decided; it is made sure of when the case is written.
    pub(crate) async fn check_open(&self, protocol: i64) -> Result<(), RuntimeError> {
        let asked = self.retirements.ask(protocol, || self.store.retirement(protocol)).await?;
        let Some(Retirement { successor, .. }) = asked else {
            return Ok(());
        };
        let protocol = self.protocol(protocol)?;
        Err(RuntimeError::Retired {
            name: protocol.name.clone(),
            version: protocol.version.clone(),
            successor,
        })
    }
}
