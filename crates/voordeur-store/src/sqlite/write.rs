//! Writing: what becomes of each table, in one transaction. Many rows travel with one statement (`cells.rs`).

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::cells::{Cell, Query, Rows, filled, int, maybe, parts, table, word};
use super::post::{
    CLAIM_DELIVERIES, CLOSE_DEAD, INSERT_DELIVERIES, INSERT_ITEMS, INSERT_OLD_ITEMS, MARK_ITEM,
    REVIVE_DELIVERIES, SETTLE_DELIVERIES, marked, new_delivery, new_item, old_item, recorded, settled,
};
use super::read::{delivery_row, outbox_row};
use crate::error::StoreError;
use crate::post::{Delivery, DeliveryWrite, Item, Reach, Settled};
use crate::rows::{
    CaseWrite, Claim, ClaimedTimer, Done, Kind, OutboxRow, ProtocolRow, Retirement, TimerClaim,
};
use crate::tables::{CaseAfter, Message, Step, Tables, TimerSet};
use crate::upkeep::{ASIDE, DELIVERY_CHORE, ITEMS_CHORE, TIMERS, Upkeep};

const PUT_PROTOCOL: &str = "
  INSERT INTO protocol (name, version, digest, layout, source, added_at) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (digest) DO UPDATE SET digest = excluded.digest RETURNING id";

const RETIRE: Rows = (
    "UPDATE protocol SET retired_at = column2, successor = column3, owner = column4 FROM (VALUES ",
    ") AS w WHERE protocol.id = column1",
);

/// The file has one writer: nobody else retires one before this one is done.
const COUNT_RETIRED: Rows = (
    "SELECT count(*) FROM (VALUES ",
    ") AS w JOIN protocol ON protocol.id = column1 WHERE protocol.retired_at IS NOT NULL",
);

/// The file has one writer: nobody else adds a case before this one is done.
const COUNT_HOUSEHOLDS: Rows = (
    "SELECT count(*) FROM (VALUES ",
    ") AS w WHERE (SELECT count(*) FROM cases WHERE household = column1) = column2",
);

const INSERT_CASES: Rows = (
    "INSERT INTO cases (label, protocol, version, status, place, opened_at, touched_at, next_due, state, household,
                        secret, sealed) VALUES ",
    " ON CONFLICT (label) DO NOTHING RETURNING label, id",
);

const UPDATE_CASES: Rows = (
    "UPDATE cases SET version = column3, status = column4, place = column5, touched_at = column6, next_due = column7,
                      state = column8, household = column9, secret = column10, sealed = column11,
                      protocol = column12 FROM (VALUES ",
    ") AS w WHERE cases.id = column1 AND cases.version = column2",
);

const INSERT_STEPS: Rows =
    ("INSERT INTO journal (case_id, step, at, recorded_at, due_at, entries, sealed) VALUES ", "");

const COUNT_CLAIMS: Rows = (
    "SELECT count(*) FROM (VALUES ",
    ") AS w JOIN timer ON timer.case_id = column1 AND timer.timer = column2 AND timer.epoch = column3",
);

const CLEAR_TIMERS: Rows = ("DELETE FROM timer WHERE (case_id, timer) IN (VALUES ", ")");

const SET_TIMERS: Rows = (
    "INSERT INTO timer (case_id, timer, generation, due_at, armed, party) VALUES ",
    " ON CONFLICT (case_id, timer) DO UPDATE
      SET generation = min(generation, 9007199254740992) + 1, due_at = excluded.due_at, armed = excluded.armed,
          party = excluded.party, epoch = min(epoch, 9007199254740992) + 1, lease_until = 0, holder = NULL",
);

const INSERT_MESSAGES: Rows =
    ("INSERT INTO outbox (case_id, key, kind, created_at, done_at, payload) VALUES ", "");

const ANSWER_CALLS: Rows = (
    "UPDATE outbox SET done_at = column3, payload = NULL, holder = NULL FROM (VALUES ",
    ") AS w WHERE outbox.id = column1 AND outbox.epoch = column2 AND outbox.done_at IS NULL",
);

const FINISH_OUTBOX: Rows = (
    "UPDATE outbox SET done_at = column2, payload = NULL, holder = NULL FROM (VALUES ",
    ") AS w WHERE outbox.id = column1 AND outbox.done_at IS NULL",
);

const INSERT_DOCUMENTS: Rows = (
    "INSERT INTO document (case_id, key, name, media_type, text, made_at) VALUES ",
    " ON CONFLICT (key, name) DO NOTHING",
);

const SET_INCIDENTS: Rows = (
    "INSERT INTO incident (case_id, key, why, since) VALUES ",
    " ON CONFLICT (case_id, key) DO UPDATE SET why = excluded.why, again = min(again, 9007199254740992) + 1",
);

const CLEAR_INCIDENTS: Rows = ("DELETE FROM incident WHERE (case_id, key) IN (VALUES ", ")");

/// As far as nobody has said so yet.
const TELL_PARTIES: Rows = (
    "UPDATE timer SET party = column3 FROM (VALUES ",
    ") AS w WHERE timer.case_id = column1 AND timer.timer = column2 AND timer.party IS NULL",
);

/// As far as they stand as they were read.
const REWRAP: Rows = (
    "UPDATE cases SET secret = column3 FROM (VALUES ",
    ") AS w WHERE cases.id = column1 AND cases.secret = column2",
);

const GO_ON_WITH_CHORE: &str = "UPDATE chore SET after = ?2 WHERE name = ?1";

const BEGIN_CHORE: &str = "INSERT INTO chore (name, after) VALUES (?1, '') ON CONFLICT (name) DO NOTHING";

const END_CHORE: &str = "DELETE FROM chore WHERE name = ?1";

const RAISE_OLDEST: &str = "UPDATE about SET oldest = ?1 WHERE oldest < ?1";
const PUT_DECREES: Rows =
    ("INSERT INTO decree (what, because, added_at) VALUES ", " ON CONFLICT (what) DO NOTHING");

const PUT_TIMERS_ASIDE: &str = "
  UPDATE timer SET epoch = min(epoch, 9007199254740992) + 1, lease_until = ?2, holder = ?3 WHERE case_id = ?1";

const PUT_MESSAGE_ASIDE: &str = "
  UPDATE outbox SET epoch = min(epoch, 9007199254740992) + 1, lease_until = ?3, holder = ?4
  WHERE case_id = ?1 AND 'message-' || id = ?2 AND done_at IS NULL";

const FREE_TIMERS: &str =
    "UPDATE timer SET lease_until = 0, holder = NULL WHERE case_id = ?1 AND holder = ?2";

const FREE_MESSAGE: &str = "
  UPDATE outbox SET lease_until = 0, holder = NULL
  WHERE case_id = ?1 AND 'message-' || id = ?2 AND holder = ?3 AND done_at IS NULL";

const LEAD: &str = "
  INSERT INTO lead (name, holder, until) VALUES (?4, ?1, ?2)
  ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
  WHERE lead.holder = excluded.holder OR lead.until <= ?3";

const RELEASE_TIMERS: &str = "
  UPDATE timer SET lease_until = 0, holder = NULL WHERE armed = 1 AND due_at <= ?2 AND holder = ?1";

const RELEASE_MESSAGES: &str = "
  UPDATE outbox SET lease_until = 0, holder = NULL WHERE done_at IS NULL AND holder = ?1";

const RELEASE_LEAD: &str = "DELETE FROM lead WHERE holder = ?1";

/// What is due and free, oldest first. A row with an epoch that cannot be (2^53 and more, or below 0) was changed by somebody: it
/// is left alone, so that all others go on, and it is found when the database is proved. As one row: the driver hands each row over by itself, and each time both sides stop and go.
const FIND_DUE: &str = "
  SELECT json_group_array(json_array(case_id, due_at, timer, epoch)) FROM (
    SELECT case_id, due_at, timer, epoch FROM timer WHERE armed = 1 AND due_at <= ?1 AND lease_until <= ?1
       AND epoch >= 0 AND epoch < 9007199254740992
    ORDER BY due_at, case_id, timer LIMIT ?2)";

/// Takes just that: nobody else writes in between.
const CLAIM_TIMERS: &str = "
  UPDATE timer SET epoch = epoch + 1, lease_until = ?1, holder = ?2
  WHERE (case_id, timer) IN (
    SELECT case_id, timer FROM timer WHERE armed = 1 AND due_at <= ?3 AND lease_until <= ?3
       AND epoch >= 0 AND epoch < 9007199254740992
    ORDER BY due_at, case_id, timer LIMIT ?4)";

const CLAIM_OUTBOX: &str = concat!(
    "
  UPDATE outbox SET epoch = epoch + 1, lease_until = ?1, holder = ?2
  WHERE id IN (
    SELECT id FROM outbox WHERE done_at IS NULL AND kind = ?5 AND lease_until <= ?3
       AND epoch >= 0 AND epoch < 9007199254740992 ORDER BY id LIMIT ?4)
  RETURNING id, case_id, key, created_at, epoch, lease_until, payload, ",
    recorded!("outbox")
);

/// A transaction of the writer.
#[derive(Debug)]
pub(super) struct SqliteTx {
    pub(super) path: String,
    pub(super) tx: sqlx::SqliteTransaction<'static>,
}

impl SqliteTx {
    fn error(&self, error: &sqlx::Error) -> StoreError {
        StoreError::from_sqlite(&self.path, error)
    }

    /// One statement for all rows, or a few when there are many; gives how many it touched.
    async fn all<const N: usize>(&mut self, text: Rows, rows: &[[Cell<'_>; N]]) -> Result<u64, StoreError> {
        let mut touched = 0_u64;
        for part in parts(rows) {
            touched = touched.saturating_add(self.done(filled(text, part)).await?);
        }
        Ok(touched)
    }

    /// The same for a statement that gives something back.
    async fn gather<const N: usize, T>(
        &mut self,
        text: Rows,
        rows: &[[Cell<'_>; N]],
        read: impl Fn(&SqliteRow) -> Result<T, sqlx::Error> + Send + Copy,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        for part in parts(rows) {
            found.extend(self.read(filled(text, part), read).await?);
        }
        Ok(found)
    }

    async fn done(&mut self, query: Query) -> Result<u64, StoreError> {
        let done = query.execute(&mut *self.tx).await.map_err(|e| self.error(&e))?;
        Ok(done.rows_affected())
    }

    async fn read<T>(
        &mut self,
        query: Query,
        read: impl Fn(&SqliteRow) -> Result<T, sqlx::Error> + Send,
    ) -> Result<Vec<T>, StoreError> {
        let rows = query.fetch_all(&mut *self.tx).await.map_err(|e| self.error(&e))?;
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|e| self.error(&e))
    }
}

impl Tables for SqliteTx {
    async fn run(&mut self, text: &'static str) -> Result<(), StoreError> {
        sqlx::raw_sql(text).execute(&mut *self.tx).await.map(|_| ()).map_err(|e| self.error(&e))
    }

    async fn put_protocol(&mut self, row: &ProtocolRow) -> Result<i64, StoreError> {
        let query = sqlx::query(PUT_PROTOCOL)
            .bind(row.name.clone())
            .bind(row.version.clone())
            .bind(row.digest.clone())
            .bind(row.layout.clone())
            .bind(row.source.clone())
            .bind(row.added_at);
        let row = query.fetch_one(&mut *self.tx).await.map_err(|e| self.error(&e))?;
        row.try_get(0).map_err(|e| self.error(&e))
    }

    async fn retire(&mut self, protocols: &[i64], retirement: &Retirement) -> Result<(), StoreError> {
        let Retirement { at, successor, owner } = retirement;
        let rows = table(protocols, |id| [int(*id), int(*at), maybe(successor), maybe(owner)]);
        self.all(RETIRE, &rows).await.map(|_| ())
    }

    async fn count_retired(&mut self, protocols: &[i64]) -> Result<u64, StoreError> {
        let rows = table(protocols, |id| [int(*id)]);
        let counted: Vec<i64> = self.gather(COUNT_RETIRED, &rows, |row| row.try_get(0)).await?;
        Ok(u64::try_from(counted.into_iter().sum::<i64>()).unwrap_or(0))
    }

    async fn count_households(&mut self, rows: &[(&str, i64)]) -> Result<u64, StoreError> {
        let rows = table(rows, |row| [word(row.0), int(row.1)]);
        let counted: Vec<i64> = self.gather(COUNT_HOUSEHOLDS, &rows, |row| row.try_get(0)).await?;
        Ok(u64::try_from(counted.into_iter().sum::<i64>()).unwrap_or(0))
    }

    async fn insert_cases(&mut self, rows: &[&CaseWrite]) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = table(rows, |w| {
            [
                Cell::Text(w.key.label()),
                int(w.protocol),
                int(w.step_count()),
                word(w.status.word()),
                word(&w.place),
                int(w.opened_at),
                int(w.touched_at),
                Cell::Int(w.next_due),
                word(&w.state),
                maybe(&w.household),
                maybe(&w.secret),
                maybe(&w.sealed),
            ]
        });
        self.gather(INSERT_CASES, &rows, |row| Ok((row.try_get(0)?, row.try_get(1)?))).await
    }

    async fn update_cases(&mut self, rows: &[CaseAfter<'_>]) -> Result<u64, StoreError> {
        let rows = table(rows, |row| {
            let w = row.write;
            [
                int(row.id),
                int(row.before),
                int(row.after),
                word(w.status.word()),
                word(&w.place),
                int(w.touched_at),
                Cell::Int(w.next_due),
                word(&w.state),
                maybe(&w.household),
                maybe(&w.secret),
                maybe(&w.sealed),
                int(w.protocol),
            ]
        });
        self.all(UPDATE_CASES, &rows).await
    }

    async fn insert_steps(&mut self, rows: &[Step<'_>]) -> Result<(), StoreError> {
        let rows = table(rows, |row| {
            let step = row.step;
            let moments = [int(row.case), int(row.number), int(step.at), int(step.recorded_at)];
            let [case, number, at, recorded] = moments;
            [case, number, at, recorded, Cell::Int(step.due_at), word(&step.entries), maybe(&step.sealed)]
        });
        self.all(INSERT_STEPS, &rows).await.map(|_| ())
    }

    async fn count_claims(&mut self, rows: &[(i64, i64, i64)]) -> Result<u64, StoreError> {
        let rows = table(rows, |row| [int(row.0), int(row.1), int(row.2)]);
        let counted: Vec<i64> = self.gather(COUNT_CLAIMS, &rows, |row| row.try_get(0)).await?;
        Ok(u64::try_from(counted.into_iter().sum::<i64>()).unwrap_or(0))
    }

    async fn clear_timers(&mut self, rows: &[(i64, i64)]) -> Result<(), StoreError> {
        self.all(CLEAR_TIMERS, &table(rows, |row| [int(row.0), int(row.1)])).await.map(|_| ())
    }

    async fn set_timers(&mut self, rows: &[TimerSet<'_>]) -> Result<(), StoreError> {
        let rows = table(rows, |row| {
            let armed = int(i64::from(row.armed));
            [int(row.case), int(row.timer), int(1), int(row.due_at), armed, word(row.party)]
        });
        self.all(SET_TIMERS, &rows).await.map(|_| ())
    }

    async fn insert_messages(&mut self, rows: &[Message<'_>]) -> Result<(), StoreError> {
        let rows = table(rows, |row| {
            let (kind, gone_at) = (row.outgoing.kind.word(), Cell::Int(row.outgoing.gone_at()));
            let payload = Cell::Text(row.outgoing.waiting());
            [int(row.case), word(&row.key), word(kind), int(row.at), gone_at, payload]
        });
        self.all(INSERT_MESSAGES, &rows).await.map(|_| ())
    }

    async fn insert_items(&mut self, rows: &[Message<'_>]) -> Result<(), StoreError> {
        let rows: Vec<_> = rows.iter().filter_map(new_item).collect();
        self.all(INSERT_ITEMS, &rows).await.map(|_| ())
    }

    async fn mark_item(&mut self, item: &Item) -> Result<u64, StoreError> {
        self.all(MARK_ITEM, &[marked(item)]).await
    }

    async fn insert_deliveries(&mut self, rows: &[DeliveryWrite]) -> Result<(), StoreError> {
        self.all(INSERT_DELIVERIES, &table(rows, new_delivery)).await.map(|_| ())
    }

    async fn claim_deliveries(&mut self, claim: &Claim, reach: &Reach) -> Result<Vec<Delivery>, StoreError> {
        let [channels, busy] =
            [&reach.channels, &reach.busy].map(|names| serde_json::json!(names).to_string());
        let query = claiming(CLAIM_DELIVERIES, claim).bind(reach.left_since).bind(channels).bind(busy);
        let mut claimed = self.read(query, delivery_row).await?;
        claimed.sort_by_key(|row| (row.next_at, row.id));
        Ok(claimed)
    }

    async fn settle_deliveries(&mut self, rows: &[Settled]) -> Result<(), StoreError> {
        self.all(SETTLE_DELIVERIES, &table(rows, settled)).await.map(|_| ())
    }

    async fn revive_deliveries(&mut self, deliveries: &[i64], now: i64) -> Result<u64, StoreError> {
        self.all(REVIVE_DELIVERIES, &table(deliveries, |id| [int(*id), int(now)])).await
    }

    async fn close_dead(&mut self, closed: &Settled) -> Result<u64, StoreError> {
        let (id, state) = (int(closed.delivery), word(closed.progress.word()));
        self.all(CLOSE_DEAD, &[[id, state, Cell::Int(closed.done_at), maybe(&closed.said)]]).await
    }

    async fn answer_calls(&mut self, rows: &[&Done]) -> Result<u64, StoreError> {
        let rows = table(rows, |done| [int(done.outbox), int(done.epoch), int(done.at)]);
        self.all(ANSWER_CALLS, &rows).await
    }

    async fn finish_outbox(&mut self, rows: &[(i64, i64)]) -> Result<(), StoreError> {
        self.all(FINISH_OUTBOX, &table(rows, |row| [int(row.0), int(row.1)])).await.map(|_| ())
    }

    async fn insert_documents(&mut self, rows: &[(i64, &Done)]) -> Result<(), StoreError> {
        let documents = rows.iter().flat_map(|(case, done)| done.documents.iter().map(move |d| (*case, d)));
        let rows: Vec<_> = documents
            .map(|(case, d)| {
                [int(case), word(&d.key), word(&d.name), word(&d.media_type), word(&d.text), int(d.made_at)]
            })
            .collect();
        self.all(INSERT_DOCUMENTS, &rows).await.map(|_| ())
    }

    async fn set_incidents(&mut self, rows: &[(i64, &str, &str, i64)]) -> Result<(), StoreError> {
        let rows = table(rows, |row| [int(row.0), word(row.1), word(row.2), int(row.3)]);
        self.all(SET_INCIDENTS, &rows).await.map(|_| ())
    }

    async fn clear_incidents(&mut self, rows: &[(i64, &str)]) -> Result<(), StoreError> {
        self.all(CLEAR_INCIDENTS, &table(rows, |row| [int(row.0), word(row.1)])).await.map(|_| ())
    }

    async fn upkeep(&mut self, what: &Upkeep) -> Result<u64, StoreError> {
        match what {
            Upkeep::Decree(rows) => {
                let rows = table(rows, |row| [word(&row.what), word(&row.because), int(row.added_at)]);
                self.all(PUT_DECREES, &rows).await
            }
            Upkeep::Oldest(version) => self.done(sqlx::query(RAISE_OLDEST).bind(*version)).await,
            Upkeep::Incident(row) => {
                self.set_incidents(&[(row.case_id, &row.key, &row.why, row.since)]).await?;
                if row.key == TIMERS {
                    let aside = sqlx::query(PUT_TIMERS_ASIDE).bind(row.case_id);
                    self.done(aside.bind(i64::MAX).bind(ASIDE)).await?;
                } else {
                    let aside = sqlx::query(PUT_MESSAGE_ASIDE).bind(row.case_id).bind(row.key.clone());
                    self.done(aside.bind(i64::MAX).bind(ASIDE)).await?;
                }
                Ok(1)
            }
            Upkeep::Resolve { case_id, key } => {
                let there = self.all(CLEAR_INCIDENTS, &[[int(*case_id), word(key)]]).await?;
                if key == TIMERS {
                    self.done(sqlx::query(FREE_TIMERS).bind(*case_id).bind(ASIDE)).await?;
                } else {
                    let free = sqlx::query(FREE_MESSAGE).bind(*case_id).bind(key.clone()).bind(ASIDE);
                    self.done(free).await?;
                }
                Ok(there)
            }
            Upkeep::Parties(rows) => {
                let rows = table(rows, |row| [int(row.case_id), int(row.timer), word(&row.party)]);
                self.all(TELL_PARTIES, &rows).await
            }
            Upkeep::Items { items, after } => {
                let written = self.all(INSERT_OLD_ITEMS, &table(items, old_item)).await?;
                match after {
                    Some(after) => {
                        self.done(sqlx::query(GO_ON_WITH_CHORE).bind(ITEMS_CHORE).bind(after.clone())).await?
                    }
                    None => self.done(sqlx::query(END_CHORE).bind(ITEMS_CHORE)).await?,
                };
                Ok(written)
            }
            Upkeep::Deliver(yes) => {
                let text = if *yes { BEGIN_CHORE } else { END_CHORE };
                self.done(sqlx::query(text).bind(DELIVERY_CHORE)).await
            }
            Upkeep::Lead { what, holder, now, until } => {
                let lead = sqlx::query(LEAD).bind(holder.clone()).bind(*until).bind(*now);
                self.done(lead.bind(what.word())).await
            }
            Upkeep::Rewrap(rows) => {
                let rows = table(rows, |row| [int(row.case_id), word(&row.before), word(&row.after)]);
                self.all(REWRAP, &rows).await
            }
            Upkeep::Release { holder, now } => {
                let timers = sqlx::query(RELEASE_TIMERS).bind(holder.clone()).bind(*now);
                let timers = self.done(timers).await?;
                let messages = self.done(sqlx::query(RELEASE_MESSAGES).bind(holder.clone())).await?;
                self.done(sqlx::query(RELEASE_LEAD).bind(holder.clone())).await?;
                Ok(timers.saturating_add(messages))
            }
        }
    }

    async fn claim_timers(&mut self, claim: &Claim) -> Result<Vec<ClaimedTimer>, StoreError> {
        let due = sqlx::query(FIND_DUE).bind(claim.now).bind(i64::from(claim.limit));
        let due: Vec<String> = self.read(due, |row| row.try_get(0)).await?;
        let due: Vec<(i64, i64, i64, i64)> =
            serde_json::from_str(due.first().map_or("[]", String::as_str))
                .map_err(|error| self.error(&sqlx::Error::Decode(error.into())))?;
        if !due.is_empty() {
            self.done(claiming(CLAIM_TIMERS, claim)).await?;
        }
        let claimed = due.into_iter().map(|(case_id, due_at, timer, epoch)| {
            let claim = TimerClaim { timer, epoch: epoch.saturating_add(1) };
            ClaimedTimer { case_id, due_at, claim }
        });
        Ok(claimed.collect())
    }

    async fn claim_outbox(&mut self, kind: Kind, claim: &Claim) -> Result<Vec<OutboxRow>, StoreError> {
        let query = claiming(CLAIM_OUTBOX, claim).bind(kind.word());
        let mut claimed = self.read(query, outbox_row).await?;
        claimed.sort_by_key(|row| row.id);
        Ok(claimed)
    }
}

fn claiming(text: &'static str, claim: &Claim) -> Query {
    let query = sqlx::query(text).bind(claim.until).bind(claim.holder.clone()).bind(claim.now);
    query.bind(i64::from(claim.limit))
}
