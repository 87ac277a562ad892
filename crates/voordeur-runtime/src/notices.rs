//! Messages for people that wait in the outbox: shown, marked as gone out, and their deliveries planned.

use std::collections::BTreeMap;

use jiff::Timestamp;
use voordeur_messages::mark;
use voordeur_store::{CaseRow, DeliveryWrite, Kind, OutboxRow};

use crate::drive::{BATCH, Runtime};
use crate::error::RuntimeError;
use crate::going::{Going, plan};
use crate::rows::{micros, stored_case, timestamp};
use crate::watch::{Notice, Watch};

impl Runtime {
    /// Shows the messages for people that wait in the outbox, marks them as gone out and plans their deliveries. A program
    /// without channels leaves them alone where another one has some.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be used.
    pub async fn deliver(&self, now: Timestamp, watch: &mut dyn Watch) -> Result<u64, RuntimeError> {
        let Some(going) = self.going_now(now).await? else { return Ok(0) };
        let (mut after, mut sent) = (0, 0);
        loop {
            let mut waiting = self.store.outbox(Kind::Notice, after, BATCH).await?;
            let Some(last) = waiting.last() else { return Ok(sent) };
            after = last.id;
            // What was put aside waits for an operator.
            waiting.retain(|row| row.lease_until < i64::MAX);
            sent += self.send(waiting, &going, watch).await?;
        }
    }

    /// Shows messages, marks them as gone out and plans their deliveries; gives how many. What cannot be read is put aside,
    /// and the others go out.
    pub(crate) async fn send(
        &self,
        messages: Vec<OutboxRow>,
        going: &Going,
        watch: &mut dyn Watch,
    ) -> Result<u64, RuntimeError> {
        let now = going.now;
        let cases = self.cases_of(&messages).await?;
        let (mut sent, mut planned, mut gone) = (0, Vec::new(), Vec::new());
        for row in messages {
            let case = cases.get(&row.case_id);
            // Its pathway was added after this program has looked: it is sent by who knows it.
            if case.is_some_and(|case| !self.library.knows(case.protocol)) {
                continue;
            }
            match self.ready(case, &row, going) {
                Ok(ready) => {
                    if let Some((notice, deliveries)) = ready {
                        watch.notice(&notice);
                        planned.extend(deliveries);
                        sent += 1;
                    }
                    gone.push(row.id);
                }
                Err(error) => {
                    self.put_aside(row.case_id, &format!("message-{}", row.id), error, now, watch).await?;
                }
            }
        }
        self.store.post().route(&gone, micros(now), &planned).await?;
        Ok(sent)
    }

    /// A message as it goes out, with its deliveries; nothing when it is erased.
    fn ready(
        &self,
        case: Option<&CaseRow>,
        row: &OutboxRow,
        going: &Going,
    ) -> Result<Option<(Notice, Vec<DeliveryWrite>)>, RuntimeError> {
        let Some(case) = case else { return Ok(None) };
        let Some(payload) = self.payload(case, row)? else { return Ok(None) };
        let message = serde_json::from_str(&payload)
            .map_err(|error| RuntimeError::unreadable_json(mark!("message"), &error))?;
        let (key, at, written) = (row.key.clone(), timestamp(row.created_at), timestamp(row.recorded_at));
        let protocol = self.protocol_at(case, &stored_case(case)?, at)?;
        let notice = Notice { label: case.label.clone(), protocol, key, at, written, message };
        let mut deliveries =
            plan(&going.routes, &notice.protocol, &notice.message, row.created_at, going.now)?;
        for delivery in &mut deliveries {
            (delivery.case_id, delivery.key) = (row.case_id, row.key.clone());
        }
        Ok(Some((notice, deliveries)))
    }

    /// Whether no worker holds a message now, and it waits for no operator. On a virtual clock there are no other workers.
    pub(crate) fn is_free(&self, row: &OutboxRow) -> bool {
        row.lease_until < i64::MAX
            && self.clock.as_ref().is_none_or(|clock| row.lease_until <= micros(clock.now()))
    }

    /// The cases that messages belong to, by number.
    pub(crate) async fn cases_of(
        &self,
        messages: &[OutboxRow],
    ) -> Result<BTreeMap<i64, CaseRow>, RuntimeError> {
        let ids: Vec<i64> = messages.iter().map(|row| row.case_id).collect();
        let cases = self.store.cases_numbered(&ids).await?;
        Ok(cases.into_iter().map(|case| (case.id, case)).collect())
    }
}
