//! Reading rows of a SQLite file, and handing writes to its writer.

use std::path::Path;

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use voordeur_messages::say;

use super::file::make;
use super::open::SqliteStore;
use super::post::recorded;
use crate::SCHEMA_VERSION;
use crate::address::shown;
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

/// The columns of a case, in the order in which [`case_row`] reads them.
macro_rules! cases {
    ($rest:literal) => {
        concat!(
            "SELECT cases.id, label, protocol, version, status, place, opened_at, touched_at, next_due, state, household, secret, sealed FROM cases ",
            $rest
        )
    };
}

const DUE: &str = cases!(
    "JOIN (SELECT case_id, min(due_at) AS first FROM
             (SELECT case_id, due_at FROM timer WHERE armed = 1 AND due_at <= ? AND lease_until < 9223372036854775807
              ORDER BY due_at, case_id, timer LIMIT ?)
           GROUP BY case_id) AS due ON due.case_id = cases.id ORDER BY due.first, cases.id"
);

/// By their index.
const OF_PARTY: &str =
    "SELECT case_id FROM timer WHERE party = ?1 AND party <> '' ORDER BY due_at, case_id LIMIT ?2";

const OF_NOBODY_KNOWS: &str =
    "SELECT case_id FROM timer WHERE party IS NULL ORDER BY due_at, case_id LIMIT ?1";

const COUNTS: &str = "SELECT (SELECT count(*) FROM cases), (SELECT count(*) FROM journal),
                             (SELECT count(*) FROM timer), (SELECT count(*) FROM outbox)";

const NAMES: &str = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'index') AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name";

/// What does something of its own when rows change, or hides them.
const ADDED: &str = "SELECT name FROM sqlite_schema WHERE type NOT IN ('table', 'index') ORDER BY name";

const CHORE: &str = "SELECT after FROM chore WHERE name = ?";

/// By the numbers of [`Oddity`](crate::upkeep::Oddity).
const STRAYS: &str = "
  SELECT 0, case_id, CAST(timer AS TEXT) FROM timer WHERE lease_until > ?1 AND lease_until < 9223372036854775807
  UNION ALL SELECT 1, case_id, key FROM outbox
   WHERE done_at IS NULL AND lease_until > ?1 AND lease_until < 9223372036854775807
  UNION ALL SELECT 2, case_id, key FROM delivery WHERE state = 'waiting' AND lease_until > ?1
  UNION ALL SELECT 3, 0, name FROM lead WHERE until > ?1
  UNION ALL SELECT 4, d.case_id, d.key FROM delivery d WHERE NOT EXISTS
                   (SELECT 1 FROM outbox o WHERE o.key = d.key AND o.case_id = d.case_id)
  UNION ALL SELECT 5, i.case_id, i.key FROM inbox i WHERE NOT EXISTS
                   (SELECT 1 FROM outbox o WHERE o.key = i.key AND o.case_id = i.case_id)
  UNION ALL SELECT 7, case_id, CAST(timer AS TEXT) FROM timer WHERE epoch < 0 OR epoch >= 9007199254740992
  UNION ALL SELECT 8, case_id, key FROM outbox WHERE epoch < 0 OR epoch >= 9007199254740992
  UNION ALL SELECT 9, case_id, key FROM delivery WHERE epoch < 0 OR epoch >= 9007199254740992
  UNION ALL SELECT 6, 0, CAST(count(*) AS TEXT) FROM about HAVING count(*) <> 1";

const PULSE: &str = concat!(
    "
  SELECT (SELECT due_at FROM timer WHERE armed = 1 AND lease_until < ?1 ORDER BY due_at LIMIT 1),
         (SELECT ",
    recorded!("outbox"),
    " FROM outbox WHERE done_at IS NULL AND kind = 'notice' AND lease_until < ?1 ORDER BY id LIMIT 1),
         (SELECT ",
    recorded!("outbox"),
    " FROM outbox WHERE done_at IS NULL AND kind = 'call' AND lease_until < ?1 ORDER BY id LIMIT 1),
         (SELECT count(*) FROM incident), (SELECT count(*) FROM delivery WHERE state = 'dead')"
);

readers!(SqliteRow);

pub(super) type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

impl SqliteStore {
    pub(super) async fn all<T>(
        &self,
        query: Query<'_>,
        read: impl Fn(&SqliteRow) -> Result<T, sqlx::Error> + Send,
    ) -> Result<Vec<T>, StoreError> {
        let rows = query.fetch_all(&self.readers).await.map_err(|e| self.error(&e))?;
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|e| self.error(&e))
    }
}

impl SqliteStore {
    /// The version stands twice: in a table, and in the header of the file.
    async fn versions(&self) -> Result<Vec<(i64, i64)>, StoreError> {
        let text = "SELECT about.version, mark.user_version FROM about, pragma_user_version AS mark";
        self.all(sqlx::query(text), |row| Ok((row.try_get(0)?, row.try_get(1)?))).await
    }

    /// SQLite writes into an empty file, and into no other.
    async fn copied_to(&self, file: &Path) -> Result<(), StoreError> {
        let name = file.display().to_string();
        let copy = sqlx::query("VACUUM INTO ?").bind(name);
        let copied = match &self.looking {
            None => copy.execute(&self.readers).await,
            Some(options) => {
                let mut connection = options.connect().await.map_err(|error| self.error(&error))?;
                let copied = copy.execute(&mut connection).await;
                drop(connection.close().await);
                copied
            }
        };
        // What is damaged is what was to be copied.
        copied.map_err(|error| match StoreError::from_sqlite(&shown(file), &error) {
            StoreError::Damaged { why, .. } => StoreError::Damaged { path: self.path.clone(), why },
            other => other,
        })?;
        let synced = std::fs::File::open(file).and_then(|file| file.sync_all());
        synced.map_err(|error| StoreError::Denied { path: shown(file), why: error.to_string() })
    }
}

/// A row that belongs to one that is gone. Some tables have no numbers for their rows.
fn alone(table: &str, row: Option<i64>, parent: &str) -> String {
    match row {
        Some(row) => say!(
            "row {row} of the table `{table}` belongs to a row of `{parent}` that is not there",
            row,
            table,
            parent
        ),
        None => {
            say!(
                "a row of the table `{table}` belongs to a row of `{parent}` that is not there",
                table,
                parent
            )
        }
    }
}

fn unequal((table, header): (i64, i64)) -> String {
    say!("the tables say that they have version {table}, and the file says {header}", table, header)
}

#[async_trait]
impl Storage for SqliteStore {
    fn path(&self) -> &str {
        &self.path
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
        let query =
            sqlx::query("SELECT retired_at, successor, owner FROM protocol WHERE id = ?").bind(protocol);
        Ok(self.all(query, |row| retirement(row, 0)).await?.pop().flatten())
    }

    async fn protocols(&self) -> Result<Vec<ProtocolRow>, StoreError> {
        let text = "SELECT id, name, version, digest, layout, source, added_at, retired_at, successor, owner
                    FROM protocol ORDER BY id";
        self.all(sqlx::query(text), protocol_row).await
    }

    async fn case_labelled(&self, label: &str) -> Result<Option<CaseRow>, StoreError> {
        let query = sqlx::query(cases!("WHERE label = ?")).bind(label.to_owned());
        Ok(self.all(query, case_row).await?.pop())
    }

    async fn cases_numbered(&self, ids: &[i64]) -> Result<Vec<CaseRow>, StoreError> {
        let ids = serde_json::json!(ids).to_string();
        let query = sqlx::query(cases!("WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id")).bind(ids);
        self.all(query, case_row).await
    }

    async fn cases(&self, after: &str, limit: u32) -> Result<Vec<CaseRow>, StoreError> {
        let query = sqlx::query(cases!("WHERE label > ? ORDER BY label LIMIT ?"));
        self.all(query.bind(after.to_owned()).bind(i64::from(limit)), case_row).await
    }

    async fn running_cases(&self, after: &str, limit: u32) -> Result<Vec<CaseRow>, StoreError> {
        let query = sqlx::query(cases!("WHERE status = 'running' AND label > ? ORDER BY label LIMIT ?"));
        self.all(query.bind(after.to_owned()).bind(i64::from(limit)), case_row).await
    }

    async fn cases_of(&self, household: &str) -> Result<Vec<CaseRow>, StoreError> {
        let query = sqlx::query(cases!("WHERE household = ? ORDER BY id")).bind(household.to_owned());
        self.all(query, case_row).await
    }

    async fn secrets(&self, before: i64, limit: u32) -> Result<Vec<(i64, String, String)>, StoreError> {
        let text = "SELECT id, label, secret FROM cases WHERE id < ? AND secret IS NOT NULL ORDER BY id DESC LIMIT ?";
        let query = sqlx::query(text).bind(before).bind(i64::from(limit));
        self.all(query, |row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).await
    }

    async fn due(&self, until: i64, limit: u32) -> Result<Vec<CaseRow>, StoreError> {
        self.all(sqlx::query(DUE).bind(until).bind(i64::from(limit)), case_row).await
    }

    async fn next_due(&self, after: i64) -> Result<Option<i64>, StoreError> {
        let text = "SELECT due_at FROM timer WHERE armed = 1 AND due_at > ? ORDER BY due_at LIMIT 1";
        Ok(self.all(sqlx::query(text).bind(after), |row| row.try_get(0)).await?.pop())
    }

    async fn timers(&self, case_id: i64) -> Result<Vec<TimerRow>, StoreError> {
        let text = "SELECT timer, generation, due_at, armed, party, lease_until FROM timer WHERE case_id = ? ORDER BY timer";
        self.all(sqlx::query(text).bind(case_id), timer_row).await
    }

    async fn cases_of_party(&self, party: Option<&str>, limit: u32) -> Result<Vec<i64>, StoreError> {
        let query = match party {
            Some(party) => sqlx::query(OF_PARTY).bind(party.to_owned()),
            None => sqlx::query(OF_NOBODY_KNOWS),
        };
        self.all(query.bind(i64::from(limit)), |row| row.try_get(0)).await
    }

    async fn claim_timers(&self, claim: &Claim) -> Result<Vec<ClaimedTimer>, StoreError> {
        self.writer.claim_timers(claim).await
    }

    async fn outbox(&self, kind: Kind, after: i64, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        let text = concat!(
            "SELECT id, case_id, key, created_at, epoch, lease_until, payload, ",
            recorded!("outbox"),
            " FROM outbox WHERE done_at IS NULL AND kind = ? AND id > ? ORDER BY id LIMIT ?"
        );
        let query = sqlx::query(text).bind(kind.word()).bind(after).bind(i64::from(limit));
        self.all(query, outbox_row).await
    }

    async fn claim_outbox(&self, kind: Kind, claim: &Claim) -> Result<Vec<OutboxRow>, StoreError> {
        self.writer.claim_outbox(kind, claim).await
    }

    async fn finish(&self, messages: &[i64], at: i64) -> Result<(), StoreError> {
        self.writer.finish(messages, at).await
    }

    async fn messages(&self, case_id: i64) -> Result<Vec<MessageRow>, StoreError> {
        let text = "SELECT key, kind, epoch, done_at, lease_until, payload, created_at FROM outbox WHERE case_id = ? ORDER BY id";
        self.all(sqlx::query(text).bind(case_id), message_row).await
    }

    async fn journal(&self, case_id: i64) -> Result<Vec<JournalRow>, StoreError> {
        let text = "SELECT step, at, recorded_at, due_at, entries, sealed FROM journal WHERE case_id = ? ORDER BY step";
        self.all(sqlx::query(text).bind(case_id), journal_row).await
    }

    async fn documents(&self, case_id: i64) -> Result<Vec<DocumentRow>, StoreError> {
        let text = "SELECT key, name, media_type, text, made_at FROM document WHERE case_id = ? ORDER BY id";
        self.all(sqlx::query(text).bind(case_id), document_row).await
    }

    async fn commit(&self, writes: Vec<CaseWrite>, lane: Lane) -> Result<Vec<i64>, StoreError> {
        self.writer.commit(writes, lane).await
    }

    async fn upkeep(&self, what: Upkeep) -> Result<u64, StoreError> {
        self.writer.upkeep(what).await
    }

    async fn decrees(&self) -> Result<Vec<DecreeRow>, StoreError> {
        self.all(sqlx::query("SELECT what, because, added_at FROM decree ORDER BY what"), decree_row).await
    }

    async fn items_to_write(&self) -> Result<Option<String>, StoreError> {
        Ok(self.all(sqlx::query(CHORE).bind(ITEMS_CHORE), |row| row.try_get(0)).await?.pop())
    }

    async fn delivers(&self) -> Result<bool, StoreError> {
        let chores = self.all(sqlx::query(CHORE).bind(DELIVERY_CHORE), |row| row.try_get::<String, _>(0));
        Ok(!chores.await?.is_empty())
    }

    async fn incidents(&self) -> Result<Vec<IncidentRow>, StoreError> {
        let text = "SELECT case_id, key, why, since, again FROM incident ORDER BY case_id, key";
        self.all(sqlx::query(text), incident_row).await
    }

    async fn pulse(&self) -> Result<Pulse, StoreError> {
        let pulse = self.all(sqlx::query(PULSE).bind(i64::MAX), pulse_row).await?;
        Ok(pulse.first().copied().unwrap_or_default())
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        let counts = self.all(sqlx::query(COUNTS), counts_row).await?;
        Ok(counts.first().copied().unwrap_or_default())
    }

    async fn faults(&self) -> Result<Vec<String>, StoreError> {
        let pages =
            self.all(sqlx::query("PRAGMA integrity_check"), |row| row.try_get::<String, _>(0)).await?;
        let references = self.all(sqlx::query("PRAGMA foreign_key_check"), |row| {
            let (table, row, parent): (String, Option<i64>, String) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            Ok(alone(&table, row, &parent))
        });
        let references = references.await?;
        let named = async |text| self.all(sqlx::query(text), |row| row.try_get::<String, _>(0)).await;
        let (names, added) = (named(NAMES).await?, named(ADDED).await?);
        let schema = include_str!("schema.sql");
        let whole = pages.into_iter().filter(|line| line != "ok").chain(references);
        let versions = self.versions().await?;
        // A newer program may have added to the tables.
        let newer = versions.iter().any(|(_, header)| *header > SCHEMA_VERSION);
        let foreign = if newer { Vec::new() } else { foreign(schema, &names, &added) };
        let wrong = versions.into_iter().filter(|(table, header)| table != header).map(unequal);
        Ok(whole.chain(lost(schema, &names)).chain(foreign).chain(wrong).collect())
    }

    async fn strays(&self, until: i64) -> Result<Vec<Stray>, StoreError> {
        self.all(sqlx::query(STRAYS).bind(until), stray_row).await
    }

    async fn copy_to(&self, file: &Path) -> Result<(), StoreError> {
        let is_new = make(file);
        let copied = self.copied_to(file).await;
        // Half a copy is none.
        if is_new && copied.is_err() {
            std::fs::remove_file(file).unwrap_or_default();
        }
        copied
    }

    async fn probe(&self) -> Result<(), StoreError> {
        let known = self.known.clone();
        let asked = tokio::task::spawn_blocking(move || known.probe()).await;
        asked.unwrap_or(Err(StoreError::Closed))
    }

    async fn scrub(&self) -> Result<bool, StoreError> {
        let log = self.all(sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)"), |row| row.try_get::<i64, _>(0));
        Ok(log.await?.first() == Some(&0))
    }

    async fn close(&self) {
        self.shut().await;
    }
}
