//! What was decreed since this program started. A worker that follows the clock looks each time round; who only reports what
//! happens hears of it with the next command.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use voordeur_protocol::CheckedProtocol;
use voordeur_store::{CaseRow, DecreeRow};

use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::library::Library;
use crate::session::Session;
use crate::together::Together;
use crate::watch::Watch;

/// The protocols on the calendar of later decrees than those of the library.
#[derive(Default)]
pub(crate) struct Decreed {
    asked: Together<Vec<DecreeRow>>,
    newer: Mutex<Option<Arc<Library>>>,
}

impl Decreed {
    fn newer(&self) -> Option<Arc<Library>> {
        self.newer.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Runtime {
    /// Looks at what is decreed: a small table, read once for all who ask at the same moment.
    pub(crate) async fn hear_decrees(&self) -> Result<(), RuntimeError> {
        let rows = self.decreed.asked.ask(0, || self.store.decrees()).await?;
        let mut newer = self.decreed.newer.lock().unwrap_or_else(PoisonError::into_inner);
        // Rows are only ever added: who has read fewer has read them earlier.
        if newer.as_deref().unwrap_or(&self.library).decreed() < rows.len() {
            *newer = Some(Arc::new(self.library.with_decrees(&rows)));
        }
        Ok(())
    }

    /// A protocol, on the calendar of what this program has heard.
    pub(crate) fn on_calendar(&self, id: i64) -> Result<CheckedProtocol, RuntimeError> {
        let newer = self.decreed.newer();
        newer.as_deref().unwrap_or(&self.library).usable(id).cloned()
    }

    /// Before something is done to a case, what is due in it is counted anew if something was decreed that it does not have yet:
    /// whoever decreed it may have been stopped halfway, and nobody may follow the clock.
    pub(crate) async fn recount_first(
        &self,
        label: &str,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        self.hear_decrees().await?;
        if !self.is_decreed() {
            return Ok(());
        }
        let row = self.row(label).await?;
        if self.recounted(&row, &self.protocol(row.protocol)?).await?.is_none() {
            return Ok(());
        }
        let because = self.because().await?;
        self.recount_alone(row, &because, now, watch).await.map(|_| ())
    }

    /// A case in hand, counted anew as [`Runtime::recount_first`] does, and not written yet.
    pub(crate) async fn recounted_first(
        &self,
        row: CaseRow,
        now: Timestamp,
    ) -> Result<Session, RuntimeError> {
        self.hear_decrees().await?;
        if self.is_decreed() && self.recounted(&row, &self.protocol(row.protocol)?).await?.is_some() {
            let because = self.because().await?;
            if let Some(session) = self.recount_case(&row, &because, now).await? {
                return Ok(session);
            }
        }
        self.session(row)
    }

    fn is_decreed(&self) -> bool {
        let newer = self.decreed.newer();
        newer.as_deref().unwrap_or(&self.library).decreed() > 0
    }

    /// What was heard becomes what is known.
    pub(crate) fn absorb_decrees(&mut self) {
        let heard = self.decreed.newer.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(heard) = heard {
            self.library = Arc::unwrap_or_clone(heard);
        }
    }

    /// Reads every protocol and every decree anew.
    pub(crate) async fn reload(&mut self) -> Result<(), RuntimeError> {
        self.library = Library::load(&self.store).await?;
        self.decreed = Decreed::default();
        Ok(())
    }
}
