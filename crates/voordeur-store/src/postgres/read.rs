//! Reading rows of a server, and handing writes to its writer.

use async_trait::async_trait;
use sqlx::postgres::PgRow;
use sqlx::{Execute as _, Row as _};
use tokio::time::Instant;

use super::line::{PAUSE, RESTART};
use super::open::PostgresStore;
use super::statements::{
    ADDED, CASE_LABELLED, CASES, CASES_NUMBERED, CASES_OF, CHORE, COUNTS, DECREES, DOCUMENTS, DUE, INCIDENTS,
    JOURNAL, MESSAGES, NAMES, NEXT_DUE, OF_NOBODY_KNOWS, OF_PARTY, OUTBOX, PROTOCOLS, PULSE, READ_ABOUT,
    RETIREMENT, RUNNING_CASES, SECRETS, STRAYS, TIMERS,
};
use super::write::{Query, statement};
use crate::SCHEMA_VERSION;
use crate::columns::readers;
use crate::error::StoreError;
use crate::post::Post;
use crate::rows::{
    CaseRow, CaseWrite, Claim, ClaimedTimer, Counts, DocumentRow, JournalRow, Kind, Lane, MessageRow,
    OutboxRow, ProtocolRow, Retirement, TimerRow,
};
use crate::shape::{foreign, lost};
use crate::storage::Storage;
use crate::upkeep::{DELIVERY_CHORE, DecreeRow, ITEMS_CHORE, IncidentRow, Oddity, Pulse, Stray, Upkeep};

readers!(PgRow);

impl PostgresStore {
    /// Asks, and once more when the connection broke off: what only reads can be asked again.
    pub(super) async fn all<T>(
        &self,
        mut query: Query,
        read: impl Fn(&PgRow) -> Result<T, sqlx::Error> + Send,
    ) -> Result<Vec<T>, StoreError> {
        let arguments =
            query.take_arguments().map_err(|error| self.link.error(&sqlx::Error::Encode(error)))?;
        let (text, arguments) = (query.sql(), arguments.unwrap_or_default());
        let until = Instant::now() + self.link.asked_for().min(RESTART);
        let rows = loop {
            let query = sqlx::query_with(text.clone(), arguments.clone());
            match self.link.within(query.fetch_all(&self.readers)).await {
                Err(StoreError::Unreachable { .. }) if !self.at_one_moment && Instant::now() < until => {
                    tokio::time::sleep(PAUSE).await;
                }
                rows => break rows?,
            }
        };
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|e| self.link.error(&e))
    }
}

#[async_trait]
impl Storage for PostgresStore {
    fn path(&self) -> &str {
        &self.link.path
    }

    fn post(&self) -> &dyn Post {
        self
    }

    async fn put_protocol(&self, row: &ProtocolRow) -> Result<i64, StoreError> {
        self.writer.put_protocol(row).await
    }

    async fn retire(&self, protocols: &[i64], retirement: &Retirement) -> Result<(), StoreError> {
        self.writer.retire(protocols, retirement).await
    }

    async fn retirement(&self, protocol: i64) -> Result<Option<Retirement>, StoreError> {
        let query = statement(RETIREMENT).bind(protocol);
        Ok(self.all(query, |row| retirement(row, 0)).await?.pop().flatten())
    }

    async fn protocols(&self) -> Result<Vec<ProtocolRow>, StoreError> {
        self.all(statement(PROTOCOLS), protocol_row).await
    }

    async fn case_labelled(&self, label: &str) -> Result<Option<CaseRow>, StoreError> {
        Ok(self.all(statement(CASE_LABELLED).bind(label.to_owned()), case_row).await?.pop())
    }

    async fn cases_numbered(&self, ids: &[i64]) -> Result<Vec<CaseRow>, StoreError> {
        self.all(statement(CASES_NUMBERED).bind(ids.to_vec()), case_row).await
    }

    async fn cases(&self, after: &str, limit: u32) -> Result<Vec<CaseRow>, StoreError> {
        self.all(statement(CASES).bind(after.to_owned()).bind(i64::from(limit)), case_row).await
    }

    async fn running_cases(&self, after: &str, limit: u32) -> Result<Vec<CaseRow>, StoreError> {
        let query = statement(RUNNING_CASES).bind(after.to_owned()).bind(i64::from(limit));
        self.all(query, case_row).await
    }

    async fn cases_of(&self, household: &str) -> Result<Vec<CaseRow>, StoreError> {
        self.all(statement(CASES_OF).bind(household.to_owned()), case_row).await
    }

    async fn secrets(&self, before: i64, limit: u32) -> Result<Vec<(i64, String, String)>, StoreError> {
        let query = statement(SECRETS).bind(before).bind(i64::from(limit));
        self.all(query, |row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).await
    }

    async fn due(&self, until: i64, limit: u32) -> Result<Vec<CaseRow>, StoreError> {
        self.all(statement(DUE).bind(until).bind(i64::from(limit)), case_row).await
    }

    async fn next_due(&self, after: i64) -> Result<Option<i64>, StoreError> {
        Ok(self.all(statement(NEXT_DUE).bind(after), |row| row.try_get(0)).await?.pop())
    }

    async fn timers(&self, case_id: i64) -> Result<Vec<TimerRow>, StoreError> {
        self.all(statement(TIMERS).bind(case_id), timer_row).await
    }

    async fn cases_of_party(&self, party: Option<&str>, limit: u32) -> Result<Vec<i64>, StoreError> {
        let query = match party {
            Some(party) => statement(OF_PARTY).bind(party.to_owned()),
            None => statement(OF_NOBODY_KNOWS),
        };
        self.all(query.bind(i64::from(limit)), |row| row.try_get(0)).await
    }

    async fn claim_timers(&self, claim: &Claim) -> Result<Vec<ClaimedTimer>, StoreError> {
        self.writer.claim_timers(claim).await
    }

    async fn outbox(&self, kind: Kind, after: i64, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        let query = statement(OUTBOX).bind(kind.word()).bind(after).bind(i64::from(limit));
        self.all(query, outbox_row).await
    }

    async fn claim_outbox(&self, kind: Kind, claim: &Claim) -> Result<Vec<OutboxRow>, StoreError> {
        self.writer.claim_outbox(kind, claim).await
    }

    async fn finish(&self, messages: &[i64], at: i64) -> Result<(), StoreError> {
        self.writer.finish(messages, at).await
    }

    async fn messages(&self, case_id: i64) -> Result<Vec<MessageRow>, StoreError> {
        self.all(statement(MESSAGES).bind(case_id), message_row).await
    }

    async fn journal(&self, case_id: i64) -> Result<Vec<JournalRow>, StoreError> {
        self.all(statement(JOURNAL).bind(case_id), journal_row).await
    }

    async fn documents(&self, case_id: i64) -> Result<Vec<DocumentRow>, StoreError> {
        self.all(statement(DOCUMENTS).bind(case_id), document_row).await
    }

    async fn commit(&self, writes: Vec<CaseWrite>, lane: Lane) -> Result<Vec<i64>, StoreError> {
        self.writer.commit(writes, lane).await
    }

    async fn upkeep(&self, what: Upkeep) -> Result<u64, StoreError> {
        self.writer.upkeep(what).await
    }

    async fn decrees(&self) -> Result<Vec<DecreeRow>, StoreError> {
        self.all(statement(DECREES), decree_row).await
    }

    async fn items_to_write(&self) -> Result<Option<String>, StoreError> {
        Ok(self.all(statement(CHORE).bind(ITEMS_CHORE), |row| row.try_get(0)).await?.pop())
    }

    async fn delivers(&self) -> Result<bool, StoreError> {
        let chores = self.all(statement(CHORE).bind(DELIVERY_CHORE), |row| row.try_get::<String, _>(0));
        Ok(!chores.await?.is_empty())
    }

    async fn incidents(&self) -> Result<Vec<IncidentRow>, StoreError> {
        self.all(statement(INCIDENTS), incident_row).await
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.probe.ask().await
    }

    async fn pulse(&self) -> Result<Pulse, StoreError> {
        let pulse = self.all(statement(PULSE).bind(i64::MAX), pulse_row).await?;
        Ok(pulse.first().copied().unwrap_or_default())
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        Ok(self.all(statement(COUNTS), counts_row).await?.first().copied().unwrap_or_default())
    }

    /// The server checks its pages and references itself, when it reads and writes them.
    async fn faults(&self) -> Result<Vec<String>, StoreError> {
        let schema = include_str!("schema.sql");
        let named = async |text| self.all(sqlx::query(text), |row| row.try_get::<String, _>(0)).await;
        let names = named(NAMES).await?;
        let versions = self.all(sqlx::query(READ_ABOUT), |row| row.try_get::<i64, _>(0)).await?;
        // A newer program may have added to the tables.
        let newer = versions.iter().any(|version| *version > SCHEMA_VERSION);
        let foreign = if newer { Vec::new() } else { foreign(schema, &names, &named(ADDED).await?) };
        Ok(lost(schema, &names).into_iter().chain(foreign).collect())
    }

    async fn strays(&self, until: i64) -> Result<Vec<Stray>, StoreError> {
        self.all(statement(STRAYS).bind(until), stray_row).await
    }

    async fn hint(&self) {
        self.hints.next(&self.readers).await;
    }

    async fn close(&self) {
        self.shut().await;
    }
}
