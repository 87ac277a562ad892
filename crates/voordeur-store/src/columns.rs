//! Rows as both databases that speak SQL give them: the same columns in the same order.

/// Makes the functions that read a row of this type.
macro_rules! readers {
    ($row:ty) => {
        fn protocol_row(row: &$row) -> Result<ProtocolRow, sqlx::Error> {
            Ok(ProtocolRow {
                id: row.try_get(0)?,
                name: row.try_get(1)?,
                version: row.try_get(2)?,
                digest: row.try_get(3)?,
                layout: row.try_get(4)?,
                source: row.try_get(5)?,
                added_at: row.try_get(6)?,
                retirement: retirement(row, 7)?,
            })
        }

        fn retirement(row: &$row, first: usize) -> Result<Option<Retirement>, sqlx::Error> {
            let Some(at) = row.try_get::<Option<i64>, _>(first)? else { return Ok(None) };
            let word = |column| row.try_get::<Option<String>, _>(first.saturating_add(column));
            Ok(Some(Retirement { at, successor: word(1)?, owner: word(2)? }))
        }

        fn case_row(row: &$row) -> Result<CaseRow, sqlx::Error> {
            Ok(CaseRow {
                id: row.try_get(0)?,
                label: row.try_get(1)?,
                protocol: row.try_get(2)?,
                version: row.try_get(3)?,
                status: $crate::rows::Status::of_word(&row.try_get::<String, _>(4)?),
                place: row.try_get(5)?,
                opened_at: row.try_get(6)?,
                touched_at: row.try_get(7)?,
                next_due: row.try_get(8)?,
                state: row.try_get(9)?,
                household: row.try_get(10)?,
                secret: row.try_get(11)?,
                sealed: row.try_get(12)?,
            })
        }

        fn timer_row(row: &$row) -> Result<TimerRow, sqlx::Error> {
            Ok(TimerRow {
                timer: row.try_get(0)?,
                generation: row.try_get(1)?,
                due_at: row.try_get(2)?,
                armed: row.try_get(3)?,
                party: row.try_get(4)?,
                aside: row.try_get::<i64, _>(5)? == i64::MAX,
            })
        }

        pub(super) fn outbox_row(row: &$row) -> Result<OutboxRow, sqlx::Error> {
            Ok(OutboxRow {
                id: row.try_get(0)?,
                case_id: row.try_get(1)?,
                key: row.try_get(2)?,
                created_at: row.try_get(3)?,
                epoch: row.try_get(4)?,
                lease_until: row.try_get(5)?,
                payload: row.try_get::<Option<String>, _>(6)?.unwrap_or_default(),
                recorded_at: row.try_get(7)?,
            })
        }

        fn message_row(row: &$row) -> Result<MessageRow, sqlx::Error> {
            let kind: String = row.try_get(1)?;
            Ok(MessageRow {
                key: row.try_get(0)?,
                kind: Kind::of_word(&kind),
                epoch: row.try_get(2)?,
                done_at: row.try_get(3)?,
                aside: row.try_get::<i64, _>(4)? == i64::MAX,
                payload: row.try_get(5)?,
                created_at: row.try_get(6)?,
            })
        }

        pub(super) fn item_row(row: &$row) -> Result<$crate::post::Item, sqlx::Error> {
            Ok($crate::post::Item {
                id: row.try_get(0)?,
                case_id: row.try_get(1)?,
                key: row.try_get(2)?,
                party: row.try_get(3)?,
                topic: row.try_get(4)?,
                created_at: row.try_get(5)?,
                visible_at: row.try_get(6)?,
                message: row.try_get(7)?,
                version: row.try_get(8)?,
                person: row.try_get(9)?,
                snoozed_until: row.try_get(10)?,
                done_at: row.try_get(11)?,
                done_by: row.try_get(12)?,
            })
        }

        pub(super) fn delivery_row(row: &$row) -> Result<$crate::post::Delivery, sqlx::Error> {
            Ok($crate::post::Delivery {
                id: row.try_get(0)?,
                case_id: row.try_get(1)?,
                key: row.try_get(2)?,
                channel: row.try_get(3)?,
                party: row.try_get(4)?,
                topic: row.try_get(5)?,
                created_at: row.try_get(6)?,
                message: row.try_get(7)?,
                progress: $crate::post::Progress::of_word(&row.try_get::<String, _>(8)?),
                attempt: row.try_get(9)?,
                next_at: row.try_get(10)?,
                epoch: row.try_get(11)?,
                done_at: row.try_get(12)?,
                said: row.try_get(13)?,
                recorded_at: row.try_get(14)?,
            })
        }

        /// A channel, and what waits for it.
        pub(super) fn waits_row(row: &$row) -> Result<(String, $crate::post::Waits), sqlx::Error> {
            let count = u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or(0);
            Ok((row.try_get(0)?, $crate::post::Waits { count, since: row.try_get(2)? }))
        }

        fn journal_row(row: &$row) -> Result<JournalRow, sqlx::Error> {
            Ok(JournalRow {
                step: row.try_get(0)?,
                at: row.try_get(1)?,
                recorded_at: row.try_get(2)?,
                due_at: row.try_get(3)?,
                entries: row.try_get(4)?,
                sealed: row.try_get(5)?,
            })
        }

        fn document_row(row: &$row) -> Result<DocumentRow, sqlx::Error> {
            Ok(DocumentRow {
                key: row.try_get(0)?,
                name: row.try_get(1)?,
                media_type: row.try_get(2)?,
                text: row.try_get(3)?,
                made_at: row.try_get(4)?,
            })
        }

        fn decree_row(row: &$row) -> Result<DecreeRow, sqlx::Error> {
            Ok(DecreeRow { what: row.try_get(0)?, because: row.try_get(1)?, added_at: row.try_get(2)? })
        }

        fn incident_row(row: &$row) -> Result<IncidentRow, sqlx::Error> {
            Ok(IncidentRow {
                case_id: row.try_get(0)?,
                key: row.try_get(1)?,
                why: row.try_get(2)?,
                since: row.try_get(3)?,
                again: row.try_get(4)?,
            })
        }

        fn pulse_row(row: &$row) -> Result<Pulse, sqlx::Error> {
            Ok(Pulse {
                first_due: row.try_get(0)?,
                oldest_notice: row.try_get(1)?,
                oldest_call: row.try_get(2)?,
                incidents: u64::try_from(row.try_get::<i64, _>(3)?).unwrap_or(0),
                dead: u64::try_from(row.try_get::<i64, _>(4)?).unwrap_or(0),
            })
        }

        fn stray_row(row: &$row) -> Result<Stray, sqlx::Error> {
            let what = Oddity::numbered(i64::from(row.try_get::<i32, _>(0)?));
            Ok(Stray { what, case_id: row.try_get(1)?, key: row.try_get(2)? })
        }

        fn counts_row(row: &$row) -> Result<Counts, sqlx::Error> {
            let count = |column: usize| -> Result<u64, sqlx::Error> {
                Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or(0))
            };
            Ok(Counts { cases: count(0)?, steps: count(1)?, timers: count(2)?, messages: count(3)? })
        }
    };
}

pub(crate) use readers;
