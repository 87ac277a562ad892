//! Erasing: the key of a case is destroyed, and its journal says so. What was done stays; what it was about cannot be
//! read any more.

use jiff::Timestamp;
use voordeur_engine::{Entry, Erasure, Event, Status as Running, Stepper};
use voordeur_messages::say;
use voordeur_store::{CaseRow, Status, StoreError};

use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::rows::{journal, stored_case};
use crate::sealing::is_open;
use crate::watch::{Trouble, Watch};

/// How many cases are read at a time.
const PAGE: u32 = 256;

/// A case whose personal values have been kept for as long as its pathway says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// Its label.
    pub label: String,
    /// When it ended (UTC).
    pub ended_at: Timestamp,
    /// Until when they were to be kept (UTC).
    pub kept_until: Timestamp,
}

impl Runtime {
    /// The cases with personal values whose term is over at a moment. `progress` hears how many cases were looked at.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be read.
    pub async fn expired(
        &self,
        now: Timestamp,
        mut progress: impl FnMut(u64),
    ) -> Result<Vec<Expired>, RuntimeError> {
        let (mut after, mut seen, mut found) = (String::new(), 0, Vec::new());
        loop {
            let page = self.store.cases(&after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(found) };
            after.clone_from(&last.label);
            for row in &page {
                seen += 1;
                found.extend(self.term(row)?.filter(|term| term.kept_until <= now));
            }
            progress(seen);
        }
    }

    /// Until when the personal values of a case are kept, when it has ended and has any.
    fn term(&self, row: &CaseRow) -> Result<Option<Expired>, RuntimeError> {
        if row.status != Status::Ended || row.secret.is_none() {
            return Ok(None);
        }
        let protocol = self.protocol(row.protocol)?;
        let (Some(keep), Running::Ended { at, .. }) = (protocol.keep, stored_case(row)?.status) else {
            return Ok(None);
        };
        let kept_until = protocol.calendar.delay(at, keep).at;
        Ok(Some(Expired { label: row.label.clone(), ended_at: at, kept_until }))
    }

    /// Destroys the key of a case that has ended: its personal values, those of its journal, its messages and its
    /// documents cannot be read any more. Doing so again changes nothing.
    ///
    /// # Errors
    /// [`RuntimeError`] when there is no such case, it runs, or a program that knew no keys has written part of its
    /// journal.
    pub async fn erase(
        &self,
        label: &str,
        why: Erasure,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        loop {
            let row = self.row(label).await?;
            if row.status == Status::Ended && row.secret.is_none() && row.household.is_none() {
                return self.check_sealed(&row).await;
            }
            self.check_sealed(&row).await?;
            // What is destroyed need not be opened: whoever has lost the key of the operator can still erase.
            let mut session = self.session(CaseRow { secret: None, sealed: None, ..row })?;
            let at = now.max(session.case.touched_at);
            session.step(&mut Stepper::default(), &self.with_person(Event::Erased { why }), at)?;
            match self.write(vec![session], watch).await {
                Err(RuntimeError::Store(StoreError::Conflict)) => {}
                done => {
                    done?;
                    self.scrub(label, watch).await;
                    return Ok(());
                }
            }
        }
    }

    /// A key that is destroyed is to stand nowhere any more, also not in the log of the database.
    async fn scrub(&self, label: &str, watch: &mut dyn Watch) {
        // It is destroyed, whatever comes of this.
        if !matches!(self.store.scrub().await, Ok(true)) {
            let (label, text) = (
                label.to_owned(),
                say!(
                    "its key is destroyed; the log of the database has it until nobody reads what was before (a copy, or `db verify`), and all programs have closed it"
                ),
            );
            watch.trouble(&Trouble { label, text });
        }
    }

    async fn check_sealed(&self, row: &CaseRow) -> Result<(), RuntimeError> {
        for step in self.store.journal(row.id).await? {
            let mut entries: Vec<Entry> = journal(&step)?;
            if entries.iter_mut().any(is_open) {
                return Err(RuntimeError::NotSealed { label: row.label.clone() });
            }
        }
        Ok(())
    }
}
