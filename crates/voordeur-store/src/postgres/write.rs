//! Writing: a column is one array, and one statement serves all rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::{Postgres, Row as _};

use super::TENANT;
use super::line::Line;
use super::read::{delivery_row, outbox_row};
use super::statements::{
    ANSWER_CALLS, BEGIN_CHORE, CLAIM_DELIVERIES, CLAIM_OUTBOX, CLAIM_TIMERS, CLEAR_INCIDENTS, CLEAR_TIMERS,
    CLOSE_DEAD, COUNT_CLAIMS, COUNT_HOUSEHOLDS, END_CHORE, FIND_DUE, FINISH_OUTBOX, FREE_MESSAGE,
    FREE_TIMERS, GO_ON_WITH_CHORE, HOLD_HOUSEHOLDS, HOLD_PROTOCOLS, INSERT_CASES, INSERT_DELIVERIES,
    INSERT_DOCUMENTS, INSERT_ITEMS, INSERT_MESSAGES, INSERT_OLD_ITEMS, INSERT_STEPS, LEAD, MARK_ITEM,
    PUT_DECREES, PUT_MESSAGE_ASIDE, PUT_PROTOCOL, PUT_TIMERS_ASIDE, RAISE_OLDEST, RELEASE_LEAD,
    RELEASE_MESSAGES, RELEASE_TIMERS, RETIRE, REVIVE_DELIVERIES, REWRAP, SET_INCIDENTS, SET_TIMERS,
    SETTLE_DELIVERIES, TELL_PARTIES, UPDATE_CASES,
};
use crate::error::StoreError;
use crate::post::{Delivery, DeliveryWrite, Item, ItemWrite, Reach, Settled};
use crate::rows::{
    CaseWrite, Claim, ClaimedTimer, Done, Kind, OutboxRow, ProtocolRow, Retirement, TimerClaim,
};
use crate::tables::{CaseAfter, Message, Step, Tables, TimerSet};
use crate::upkeep::{ASIDE, DELIVERY_CHORE, ITEMS_CHORE, OldItem, TIMERS, Upkeep};

/// A transaction of the writer. When it is dropped before its end its connection is closed, and the server gives the
/// transaction up: nobody knows whether the other side is still there.
#[derive(Debug)]
pub(super) struct PostgresTx {
    line: Arc<Line>,
    connection: PgConnection,
    pub(super) turn: i64,
    /// How many cases it adds.
    pub(super) added: u64,
}

pub(super) type Query = sqlx::query::Query<'static, Postgres, PgArguments>;

/// A column of the rows.
fn column<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

/// By which row a household is held: a number that does not lead back to it. Households that share one wait for each other, no
/// more than that. Every version of the program counts alike (FNV-1a).
fn slot(household: &str) -> i64 {
    const SLOTS: u64 = 1 << 20;
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = household.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
    i64::try_from(hash % SLOTS).unwrap_or(0)
}

pub(super) fn statement(text: &'static str) -> Query {
    sqlx::query(text).bind(TENANT)
}

impl PostgresTx {
    pub(super) async fn begin(line: &Arc<Line>, turn: i64) -> Result<Self, StoreError> {
        let connection = line.take().await?;
        let mut tx = Self { line: Arc::clone(line), connection, turn, added: 0 };
        tx.run("BEGIN").await?;
        Ok(tx)
    }

    /// Ends the transaction; its connection is good for the next one.
    pub(super) async fn end(mut self, text: &'static str) -> Result<(), StoreError> {
        self.run(text).await?;
        self.line.put(self.connection);
        Ok(())
    }

    pub(super) async fn all(&mut self, query: Query) -> Result<u64, StoreError> {
        Ok(self.line.link.within(query.execute(&mut self.connection)).await?.rows_affected())
    }

    pub(super) async fn read<T>(
        &mut self,
        query: Query,
        read: impl Fn(&PgRow) -> Result<T, sqlx::Error> + Send,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.line.link.within(query.fetch_all(&mut self.connection)).await?;
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|error| self.line.link.error(&error))
    }
}

fn claimed_timer(row: &PgRow) -> Result<ClaimedTimer, sqlx::Error> {
    let claim = TimerClaim { timer: row.try_get(2)?, epoch: row.try_get(3)? };
    Ok(ClaimedTimer { case_id: row.try_get(0)?, due_at: row.try_get(1)?, claim })
}

impl Tables for PostgresTx {
    async fn run(&mut self, text: &'static str) -> Result<(), StoreError> {
        let done = sqlx::raw_sql(text).execute(&mut self.connection);
        self.line.link.within(done).await.map(|_| ())
    }

    async fn put_protocol(&mut self, row: &ProtocolRow) -> Result<i64, StoreError> {
        let query = statement(PUT_PROTOCOL)
            .bind(row.name.clone())
            .bind(row.version.clone())
            .bind(row.digest.clone())
            .bind(row.layout.clone())
            .bind(row.source.clone())
            .bind(row.added_at);
        let stored: Vec<i64> = self.read(query, |row| row.try_get(0)).await?;
        stored.first().copied().ok_or(StoreError::Closed)
    }

    async fn retire(&mut self, protocols: &[i64], retirement: &Retirement) -> Result<(), StoreError> {
        let Retirement { at, successor, owner } = retirement.clone();
        let query = statement(RETIRE).bind(protocols.to_vec()).bind(at).bind(successor).bind(owner);
        self.all(query).await.map(|_| ())
    }

    async fn count_retired(&mut self, protocols: &[i64]) -> Result<u64, StoreError> {
        let query = statement(HOLD_PROTOCOLS).bind(protocols.to_vec());
        let retired: Vec<bool> = self.read(query, |row| row.try_get(0)).await?;
        Ok(retired.into_iter().map(u64::from).sum())
    }

    async fn count_households(&mut self, rows: &[(&str, i64)]) -> Result<u64, StoreError> {
        let slots: BTreeSet<i64> = rows.iter().map(|row| slot(row.0)).collect();
        let slots: Vec<i64> = slots.into_iter().collect();
        self.all(statement(HOLD_HOUSEHOLDS).bind(slots)).await?;
        let query = statement(COUNT_HOUSEHOLDS)
            .bind(column(rows, |row| row.0.to_owned()))
            .bind(column(rows, |row| row.1));
        let counted: Vec<i64> = self.read(query, |row| row.try_get(0)).await?;
        Ok(counted.first().and_then(|count| u64::try_from(*count).ok()).unwrap_or(0))
    }

    async fn insert_cases(&mut self, rows: &[&CaseWrite]) -> Result<Vec<(String, i64)>, StoreError> {
        let query = statement(INSERT_CASES)
            .bind(column(rows, |w| w.key.label().map(str::to_owned)))
            .bind(column(rows, |w| w.protocol))
            .bind(column(rows, |w| w.step_count()))
            .bind(column(rows, |w| w.status.word()))
            .bind(column(rows, |w| w.place.clone()))
            .bind(column(rows, |w| w.opened_at))
            .bind(column(rows, |w| w.touched_at))
            .bind(column(rows, |w| w.next_due))
            .bind(column(rows, |w| w.state.clone()))
            .bind(column(rows, |w| w.household.clone()))
            .bind(column(rows, |w| w.secret.clone()))
            .bind(column(rows, |w| w.sealed.clone()));
        let added = self.read(query, |row| Ok((row.try_get(0)?, row.try_get(1)?))).await?;
        self.added = self.added.saturating_add(u64::try_from(added.len()).unwrap_or(0));
        Ok(added)
    }

    async fn update_cases(&mut self, rows: &[CaseAfter<'_>]) -> Result<u64, StoreError> {
        let query = statement(UPDATE_CASES)
            .bind(column(rows, |row| row.id))
            .bind(column(rows, |row| row.before))
            .bind(column(rows, |row| row.after))
            .bind(column(rows, |row| row.write.status.word()))
            .bind(column(rows, |row| row.write.place.clone()))
            .bind(column(rows, |row| row.write.touched_at))
            .bind(column(rows, |row| row.write.next_due))
            .bind(column(rows, |row| row.write.state.clone()))
            .bind(column(rows, |row| row.write.household.clone()))
            .bind(column(rows, |row| row.write.secret.clone()))
            .bind(column(rows, |row| row.write.sealed.clone()))
            .bind(column(rows, |row| row.write.protocol));
        self.all(query).await
    }

    async fn insert_steps(&mut self, rows: &[Step<'_>]) -> Result<(), StoreError> {
        let query = statement(INSERT_STEPS)
            .bind(column(rows, |row| row.case))
            .bind(column(rows, |row| row.number))
            .bind(column(rows, |row| row.step.at))
            .bind(column(rows, |row| row.step.recorded_at))
            .bind(column(rows, |row| row.step.due_at))
            .bind(column(rows, |row| row.step.entries.clone()))
            .bind(column(rows, |row| row.step.sealed.clone()));
        self.all(query).await.map(|_| ())
    }

    async fn count_claims(&mut self, rows: &[(i64, i64, i64)]) -> Result<u64, StoreError> {
        let query = statement(COUNT_CLAIMS)
            .bind(column(rows, |row| row.0))
            .bind(column(rows, |row| row.1))
            .bind(column(rows, |row| row.2));
        let counted: Vec<i64> = self.read(query, |row| row.try_get(0)).await?;
        Ok(counted.first().and_then(|count| u64::try_from(*count).ok()).unwrap_or(0))
    }

    async fn clear_timers(&mut self, rows: &[(i64, i64)]) -> Result<(), StoreError> {
        let query = statement(CLEAR_TIMERS).bind(column(rows, |row| row.0)).bind(column(rows, |row| row.1));
        self.all(query).await.map(|_| ())
    }

    async fn set_timers(&mut self, rows: &[TimerSet<'_>]) -> Result<(), StoreError> {
        let query = statement(SET_TIMERS)
            .bind(column(rows, |row| row.case))
            .bind(column(rows, |row| row.timer))
            .bind(column(rows, |row| row.due_at))
            .bind(column(rows, |row| row.armed))
            .bind(column(rows, |row| row.party.to_owned()));
        self.all(query).await.map(|_| ())
    }

    async fn insert_messages(&mut self, rows: &[Message<'_>]) -> Result<(), StoreError> {
        let query = statement(INSERT_MESSAGES)
            .bind(column(rows, |row| row.case))
            .bind(column(rows, |row| row.key.clone()))
            .bind(column(rows, |row| row.outgoing.kind.word()))
            .bind(column(rows, |row| row.at))
            .bind(column(rows, |row| row.outgoing.gone_at()))
            .bind(column(rows, |row| row.outgoing.waiting().map(str::to_owned)));
        self.all(query).await.map(|_| ())
    }

    async fn insert_items(&mut self, rows: &[Message<'_>]) -> Result<(), StoreError> {
        let item = |row| -> Option<(&Message<'_>, &ItemWrite)> {
            let row: &Message<'_> = row;
            Some((row, row.outgoing.item.as_ref()?))
        };
        let rows: Vec<_> = rows.iter().filter_map(item).collect();
        let query = statement(INSERT_ITEMS)
            .bind(column(&rows, |row| row.0.case))
            .bind(column(&rows, |row| row.0.key.clone()))
            .bind(column(&rows, |row| row.1.party.clone()))
            .bind(column(&rows, |row| row.1.topic.clone()))
            .bind(column(&rows, |row| row.0.at))
            .bind(column(&rows, |row| row.1.visible_at))
            .bind(column(&rows, |row| row.1.message.clone()));
        self.all(query).await.map(|_| ())
    }

    async fn mark_item(&mut self, item: &Item) -> Result<u64, StoreError> {
        let Item { key, version, person, snoozed_until, done_at, done_by, .. } = item.clone();
        let query = statement(MARK_ITEM).bind(key).bind(version).bind(person);
        self.all(query.bind(snoozed_until).bind(done_at).bind(done_by)).await
    }

    async fn insert_deliveries(&mut self, rows: &[DeliveryWrite]) -> Result<(), StoreError> {
        let query = statement(INSERT_DELIVERIES)
            .bind(column(rows, |row| row.case_id))
            .bind(column(rows, |row| row.key.clone()))
            .bind(column(rows, |row| row.channel.clone()))
            .bind(column(rows, |row| row.party.clone()))
            .bind(column(rows, |row| row.topic.clone()))
            .bind(column(rows, |row| row.created_at))
            .bind(column(rows, |row| row.next_at))
            .bind(column(rows, |row| row.message.clone()));
        self.all(query).await.map(|_| ())
    }

    async fn claim_deliveries(&mut self, claim: &Claim, reach: &Reach) -> Result<Vec<Delivery>, StoreError> {
        let query = claiming(CLAIM_DELIVERIES, claim).bind(reach.left_since).bind(reach.channels.clone());
        let query = query.bind(reach.busy.clone());
        let mut claimed = self.read(query, delivery_row).await?;
        claimed.sort_by_key(|row| (row.next_at, row.id));
        Ok(claimed)
    }

    async fn settle_deliveries(&mut self, rows: &[Settled]) -> Result<(), StoreError> {
        let query = statement(SETTLE_DELIVERIES)
            .bind(column(rows, |row| row.delivery))
            .bind(column(rows, |row| row.epoch))
            .bind(column(rows, |row| row.progress.word()))
            .bind(column(rows, |row| row.attempt))
            .bind(column(rows, |row| row.next_at))
            .bind(column(rows, |row| row.done_at))
            .bind(column(rows, |row| row.said.clone()));
        self.all(query).await.map(|_| ())
    }

    async fn revive_deliveries(&mut self, deliveries: &[i64], now: i64) -> Result<u64, StoreError> {
        self.all(statement(REVIVE_DELIVERIES).bind(deliveries.to_vec()).bind(now)).await
    }

    async fn close_dead(&mut self, closed: &Settled) -> Result<u64, StoreError> {
        let query = statement(CLOSE_DEAD).bind(closed.delivery).bind(closed.progress.word());
        self.all(query.bind(closed.done_at).bind(closed.said.clone())).await
    }

    async fn answer_calls(&mut self, rows: &[&Done]) -> Result<u64, StoreError> {
        let query = statement(ANSWER_CALLS)
            .bind(column(rows, |row| row.outbox))
            .bind(column(rows, |row| row.epoch))
            .bind(column(rows, |row| row.at));
        self.all(query).await
    }

    async fn finish_outbox(&mut self, rows: &[(i64, i64)]) -> Result<(), StoreError> {
        let query = statement(FINISH_OUTBOX).bind(column(rows, |row| row.0)).bind(column(rows, |row| row.1));
        self.all(query).await.map(|_| ())
    }

    async fn insert_documents(&mut self, rows: &[(i64, &Done)]) -> Result<(), StoreError> {
        let rows: Vec<_> =
            rows.iter().flat_map(|(case, done)| done.documents.iter().map(|row| (*case, row))).collect();
        let query = statement(INSERT_DOCUMENTS)
            .bind(column(&rows, |row| row.0))
            .bind(column(&rows, |row| row.1.key.clone()))
            .bind(column(&rows, |row| row.1.name.clone()))
            .bind(column(&rows, |row| row.1.media_type.clone()))
            .bind(column(&rows, |row| row.1.text.clone()))
            .bind(column(&rows, |row| row.1.made_at));
        self.all(query).await.map(|_| ())
    }

    async fn set_incidents(&mut self, rows: &[(i64, &str, &str, i64)]) -> Result<(), StoreError> {
        let query = statement(SET_INCIDENTS)
            .bind(column(rows, |row| row.0))
            .bind(column(rows, |row| row.1.to_owned()))
            .bind(column(rows, |row| row.2.to_owned()))
            .bind(column(rows, |row| row.3));
        self.all(query).await.map(|_| ())
    }

    async fn clear_incidents(&mut self, rows: &[(i64, &str)]) -> Result<(), StoreError> {
        let query = statement(CLEAR_INCIDENTS)
            .bind(column(rows, |row| row.0))
            .bind(column(rows, |row| row.1.to_owned()));
        self.all(query).await.map(|_| ())
    }

    async fn upkeep(&mut self, what: &Upkeep) -> Result<u64, StoreError> {
        match what {
            Upkeep::Decree(rows) => {
                let query = statement(PUT_DECREES)
                    .bind(column(rows, |row| row.what.clone()))
                    .bind(column(rows, |row| row.because.clone()))
                    .bind(column(rows, |row| row.added_at));
                self.all(query).await
            }
            Upkeep::Oldest(version) => self.all(sqlx::query(RAISE_OLDEST).bind(*version)).await,
            Upkeep::Incident(row) => {
                self.set_incidents(&[(row.case_id, &row.key, &row.why, row.since)]).await?;
                if row.key == TIMERS {
                    let aside = statement(PUT_TIMERS_ASIDE).bind(row.case_id);
                    self.all(aside.bind(i64::MAX).bind(ASIDE)).await?;
                } else {
                    let aside = statement(PUT_MESSAGE_ASIDE).bind(row.case_id).bind(row.key.clone());
                    self.all(aside.bind(i64::MAX).bind(ASIDE)).await?;
                }
                Ok(1)
            }
            Upkeep::Resolve { case_id, key } => {
                let there = statement(CLEAR_INCIDENTS).bind(vec![*case_id]).bind(vec![key.clone()]);
                let there = self.all(there).await?;
                if key == TIMERS {
                    self.all(statement(FREE_TIMERS).bind(*case_id).bind(ASIDE)).await?;
                } else {
                    let free = statement(FREE_MESSAGE).bind(*case_id).bind(key.clone()).bind(ASIDE);
                    self.all(free).await?;
                }
                Ok(there)
            }
            Upkeep::Parties(rows) => {
                let query = statement(TELL_PARTIES)
                    .bind(column(rows, |row| row.case_id))
                    .bind(column(rows, |row| row.timer))
                    .bind(column(rows, |row| row.party.clone()));
                self.all(query).await
            }
            Upkeep::Items { items, after } => {
                let written = self.all(old_items(items)).await?;
                match after {
                    Some(after) => {
                        self.all(statement(GO_ON_WITH_CHORE).bind(ITEMS_CHORE).bind(after.clone())).await?
                    }
                    None => self.all(statement(END_CHORE).bind(ITEMS_CHORE)).await?,
                };
                Ok(written)
            }
            Upkeep::Deliver(yes) => {
                let text = if *yes { BEGIN_CHORE } else { END_CHORE };
                self.all(statement(text).bind(DELIVERY_CHORE)).await
            }
            Upkeep::Lead { what, holder, now, until } => {
                let lead = statement(LEAD).bind(holder.clone()).bind(*until).bind(*now);
                self.all(lead.bind(what.word())).await
            }
            Upkeep::Rewrap(rows) => {
                let query = statement(REWRAP)
                    .bind(column(rows, |row| row.case_id))
                    .bind(column(rows, |row| row.before.clone()))
                    .bind(column(rows, |row| row.after.clone()));
                self.all(query).await
            }
            Upkeep::Release { holder, now } => {
                let timers = statement(RELEASE_TIMERS).bind(holder.clone()).bind(*now);
                let timers = self.all(timers).await?;
                let messages = self.all(statement(RELEASE_MESSAGES).bind(holder.clone())).await?;
                self.all(statement(RELEASE_LEAD).bind(holder.clone())).await?;
                Ok(timers.saturating_add(messages))
            }
        }
    }

    async fn claim_timers(&mut self, claim: &Claim) -> Result<Vec<ClaimedTimer>, StoreError> {
        let due = statement(FIND_DUE).bind(claim.now).bind(i64::from(claim.limit));
        let due: Vec<(i64, i64)> = self.read(due, |row| Ok((row.try_get(0)?, row.try_get(1)?))).await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let query = statement(CLAIM_TIMERS)
            .bind(claim.until)
            .bind(claim.holder.clone())
            .bind(column(&due, |row| row.0))
            .bind(column(&due, |row| row.1));
        let mut claimed = self.read(query, claimed_timer).await?;
        claimed.sort_by_key(|timer| (timer.due_at, timer.case_id, timer.claim.timer));
        Ok(claimed)
    }

    async fn claim_outbox(&mut self, kind: Kind, claim: &Claim) -> Result<Vec<OutboxRow>, StoreError> {
        let query = claiming(CLAIM_OUTBOX, claim).bind(kind.word());
        let mut claimed = self.read(query, outbox_row).await?;
        claimed.sort_by_key(|row| row.id);
        Ok(claimed)
    }
}

fn old_items(rows: &[OldItem]) -> Query {
    statement(INSERT_OLD_ITEMS)
        .bind(column(rows, |row| row.case_id))
        .bind(column(rows, |row| row.key.clone()))
        .bind(column(rows, |row| row.item.party.clone()))
        .bind(column(rows, |row| row.item.topic.clone()))
        .bind(column(rows, |row| row.created_at))
        .bind(column(rows, |row| row.item.visible_at))
        .bind(column(rows, |row| row.item.message.clone()))
        .bind(column(rows, |row| row.done_at))
}

fn claiming(text: &'static str, claim: &Claim) -> Query {
    let query = statement(text).bind(claim.until).bind(claim.holder.clone()).bind(claim.now);
    query.bind(i64::from(claim.limit))
}
