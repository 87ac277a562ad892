//! Every statement for a server. A test holds them against the list in `docs/scale-out.md`.

/// The columns of a case, in the order in which they are read.
macro_rules! cases {
    ($rest:literal) => {
        concat!(
            "SELECT cases.id, label, protocol, version, status, place, opened_at, touched_at, next_due, state, household, secret, sealed ",
            "FROM cases ",
            $rest
        )
    };
}

/// The columns of an item of an inbox, in the order in which they are read.
macro_rules! items {
    ($rest:literal) => {
        concat!(
            "SELECT id, case_id, key, party, topic, created_at, visible_at, message, version, person, snoozed_until, done_at, done_by ",
            "FROM inbox ",
            $rest
        )
    };
}

/// When the message of a row was written down: as its step says, which its key names. What version 1 of the tables has written
/// says nothing of that.
macro_rules! recorded {
    ($table:literal) => {
        concat!(
            "coalesce((SELECT j.recorded_at FROM journal j WHERE j.tenant = $1 AND j.case_id = ",
            $table,
            ".case_id AND j.step::TEXT = split_part(",
            $table,
            ".key, '-', 2)), created_at)"
        )
    };
}

/// The columns of a delivery, in the order in which they are read.
macro_rules! deliveries {
    ($rest:literal) => {
        concat!(
            "SELECT id, case_id, key, channel, party, topic, created_at, message, state, attempt, next_at, epoch, done_at, said, ",
            recorded!("delivery"),
            " FROM delivery ",
            $rest
        )
    };
}

pub(super) const READ_ABOUT: &str = "SELECT version, oldest FROM about";
pub(super) const TABLES: &str = "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name IN ('about', 'cases')";
pub(super) const ONE_MOMENT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
pub(super) const NAMES: &str = "
  SELECT tablename::TEXT FROM pg_tables WHERE schemaname = current_schema()
  UNION ALL SELECT indexname::TEXT FROM pg_indexes WHERE schemaname = current_schema()";
/// What does something of its own when rows change.
pub(super) const ADDED: &str = "
  SELECT DISTINCT trigger_name::TEXT FROM information_schema.triggers WHERE trigger_schema = current_schema()
  UNION ALL SELECT rulename::TEXT FROM pg_rules WHERE schemaname = current_schema()";
pub(super) const MAKE_ABOUT: &str = "CREATE TABLE about (version BIGINT NOT NULL, oldest BIGINT NOT NULL)";
pub(super) const WRITE_ABOUT: &str = "INSERT INTO about (version, oldest) VALUES ($1, $2)";
pub(super) const RENEW_ABOUT: &str = "UPDATE about SET version = $1, oldest = GREATEST(oldest, $2)";
pub(super) const RAISE_OLDEST: &str = "UPDATE about SET oldest = $1 WHERE oldest < $1";
/// One program at a time brings the tables up to date.
pub(super) const HOLD_ABOUT: &str = "SELECT version FROM about FOR UPDATE";

/// In small tables all indexes look alike, and a plan that takes the wrong one is kept: from here on the server knows better,
/// and makes its plans anew.
pub(super) const ANALYSE: &str = "ANALYZE cases, journal, timer, outbox, inbox";

/// Every statement finds its rows by an index. Plans are kept, also those that are made while the tables are empty, and then
/// reading a whole table looks cheap.
pub(super) const BY_INDEX: &str = "SET enable_seqscan = off";

pub(super) const NEW_NAME: &str =
    "SELECT gen_random_uuid()::TEXT, (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT";
pub(super) const BEGIN_WRITER: &str = "INSERT INTO writer (tenant, holder, turn, seen_at) VALUES ($1, $2, 0, $3) ON CONFLICT (tenant, holder) DO NOTHING";
pub(super) const TAKE_TURN: &str = "
  UPDATE writer SET turn = $3, seen_at = (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT
  WHERE tenant = $1 AND holder = $2 AND turn = $4";
pub(super) const FORGET_WRITERS: &str = "DELETE FROM writer WHERE tenant = $1 AND seen_at < $2";
pub(super) const READ_TURN: &str = "SELECT turn FROM writer WHERE tenant = $1 AND holder = $2";
pub(super) const END_WRITER: &str = "DELETE FROM writer WHERE tenant = $1 AND holder = $2";

pub(super) const PUT_PROTOCOL: &str = "
  INSERT INTO protocol (tenant, name, version, digest, layout, source, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (tenant, digest) DO UPDATE SET digest = excluded.digest RETURNING id";

pub(super) const RETIRE: &str = "
  UPDATE protocol SET retired_at = $3, successor = $4, owner = $5 WHERE tenant = $1 AND id = ANY($2)";

/// Who retires one waits for the end of the transaction, and this for whoever is retiring one. In one order, so that nobody waits
/// for somebody who waits for him.
pub(super) const HOLD_PROTOCOLS: &str = "
  SELECT retired_at IS NOT NULL FROM protocol WHERE tenant = $1 AND id = ANY($2) ORDER BY id FOR SHARE";

/// Who changes a household's slot is alone with it until the end of the transaction. In one order, so that nobody waits for
/// somebody who waits for him.
pub(super) const HOLD_HOUSEHOLDS: &str = "
  INSERT INTO household_slot (tenant, slot, turn) SELECT $1, w.slot, 1 FROM UNNEST($2::BIGINT[]) AS w (slot) ORDER BY w.slot
  ON CONFLICT (tenant, slot) DO UPDATE SET turn = LEAST(household_slot.turn, 9007199254740992) + 1";

/// After [`HOLD_HOUSEHOLDS`]: it sees what those have written who held them before.
pub(super) const COUNT_HOUSEHOLDS: &str = "
  SELECT count(*) FROM UNNEST($2::TEXT[], $3::BIGINT[]) AS w (household, seen)
  WHERE (SELECT count(*) FROM cases WHERE cases.tenant = $1 AND cases.household = w.household) = w.seen";

pub(super) const INSERT_CASES: &str = "
  INSERT INTO cases (tenant, label, protocol, version, status, place, opened_at, touched_at, next_due, state, household, secret,
                     sealed)
  SELECT $1, w.* FROM UNNEST($2::TEXT[], $3::BIGINT[], $4::BIGINT[], $5::TEXT[], $6::TEXT[], $7::BIGINT[],
                             $8::BIGINT[], $9::BIGINT[], $10::TEXT[], $11::TEXT[], $12::TEXT[], $13::TEXT[]) AS w
  ON CONFLICT (tenant, label) DO NOTHING RETURNING label, id";

pub(super) const UPDATE_CASES: &str = "
  UPDATE cases SET version = w.after, status = w.status, place = w.place, touched_at = w.touched_at,
                   next_due = w.next_due, state = w.state, household = w.household, secret = w.secret, sealed = w.sealed,
                   protocol = w.protocol
  FROM UNNEST($2::BIGINT[], $3::BIGINT[], $4::BIGINT[], $5::TEXT[], $6::TEXT[], $7::BIGINT[], $8::BIGINT[], $9::TEXT[],
              $10::TEXT[], $11::TEXT[], $12::TEXT[], $13::BIGINT[])
       AS w (id, before, after, status, place, touched_at, next_due, state, household, secret, sealed, protocol)
  WHERE cases.tenant = $1 AND cases.id = w.id AND cases.version = w.before";

pub(super) const INSERT_STEPS: &str = "
  INSERT INTO journal (tenant, case_id, step, at, recorded_at, due_at, entries, sealed)
  SELECT $1, w.* FROM UNNEST($2::BIGINT[], $3::BIGINT[], $4::BIGINT[], $5::BIGINT[], $6::BIGINT[], $7::TEXT[],
                             $8::TEXT[]) AS w";

pub(super) const COUNT_CLAIMS: &str = "
  SELECT count(*) FROM UNNEST($2::BIGINT[], $3::BIGINT[], $4::BIGINT[]) AS w (case_id, timer, epoch)
  JOIN timer AS t ON t.tenant = $1 AND t.case_id = w.case_id AND t.timer = w.timer AND t.epoch = w.epoch";

pub(super) const CLEAR_TIMERS: &str = "
  DELETE FROM timer USING UNNEST($2::BIGINT[], $3::BIGINT[]) AS w (case_id, number)
  WHERE timer.tenant = $1 AND timer.case_id = w.case_id AND timer.timer = w.number";

pub(super) const SET_TIMERS: &str = "
  INSERT INTO timer (tenant, case_id, timer, generation, due_at, armed, party)
  SELECT $1, w.case_id, w.number, 1, w.due_at, w.armed, w.party
  FROM UNNEST($2::BIGINT[], $3::BIGINT[], $4::BIGINT[], $5::BOOLEAN[], $6::TEXT[])
       AS w (case_id, number, due_at, armed, party)
  ON CONFLICT (tenant, case_id, timer) DO UPDATE
  SET generation = LEAST(timer.generation, 9007199254740992) + 1, due_at = excluded.due_at, armed = excluded.armed,
      party = excluded.party, epoch = LEAST(timer.epoch, 9007199254740992) + 1, lease_until = 0, holder = NULL";

pub(super) const INSERT_MESSAGES: &str = "
  INSERT INTO outbox (tenant, case_id, key, kind, created_at, done_at, payload)
  SELECT $1, w.* FROM UNNEST($2::BIGINT[], $3::TEXT[], $4::TEXT[], $5::BIGINT[], $6::BIGINT[], $7::TEXT[]) AS w";

pub(super) const ANSWER_CALLS: &str = "
  UPDATE outbox SET done_at = w.done_at, payload = NULL, holder = NULL
  FROM UNNEST($2::BIGINT[], $3::BIGINT[], $4::BIGINT[]) AS w (id, epoch, done_at)
  WHERE outbox.tenant = $1 AND outbox.id = w.id AND outbox.epoch = w.epoch AND outbox.done_at IS NULL";

pub(super) const FINISH_OUTBOX: &str = "
  UPDATE outbox SET done_at = w.done_at, payload = NULL, holder = NULL
  FROM UNNEST($2::BIGINT[], $3::BIGINT[]) AS w (id, done_at)
  WHERE outbox.tenant = $1 AND outbox.id = w.id AND outbox.done_at IS NULL";

pub(super) const INSERT_DOCUMENTS: &str = "
  INSERT INTO document (tenant, case_id, key, name, media_type, text, made_at)
  SELECT $1, w.* FROM UNNEST($2::BIGINT[], $3::TEXT[], $4::TEXT[], $5::TEXT[], $6::TEXT[], $7::BIGINT[]) AS w
  ON CONFLICT (tenant, key, name) DO NOTHING";

pub(super) const SET_INCIDENTS: &str = "
  INSERT INTO incident (tenant, case_id, key, why, since)
  SELECT $1, w.* FROM UNNEST($2::BIGINT[], $3::TEXT[], $4::TEXT[], $5::BIGINT[]) AS w
  ON CONFLICT (tenant, case_id, key) DO UPDATE SET why = excluded.why, again = LEAST(incident.again, 9007199254740992) + 1";

pub(super) const CLEAR_INCIDENTS: &str = "
  DELETE FROM incident USING UNNEST($2::BIGINT[], $3::TEXT[]) AS w (case_id, key)
  WHERE incident.tenant = $1 AND incident.case_id = w.case_id AND incident.key = w.key";

/// As far as nobody has said so yet.
pub(super) const TELL_PARTIES: &str = "
  UPDATE timer SET party = w.party FROM UNNEST($2::BIGINT[], $3::BIGINT[], $4::TEXT[]) AS w (case_id, number, party)
  WHERE timer.tenant = $1 AND timer.case_id = w.case_id AND timer.timer = w.number AND timer.party IS NULL";

pub(super) const REWRAP: &str = "
  UPDATE cases SET secret = w.after FROM UNNEST($2::BIGINT[], $3::TEXT[], $4::TEXT[]) AS w (id, before, after)
  WHERE cases.tenant = $1 AND cases.id = w.id AND cases.secret = w.before";

pub(super) const INSERT_OLD_ITEMS: &str = "
  INSERT INTO inbox (tenant, case_id, key, party, topic, created_at, visible_at, message, done_at)
  SELECT $1, w.* FROM UNNEST($2::BIGINT[], $3::TEXT[], $4::TEXT[], $5::TEXT[], $6::BIGINT[], $7::BIGINT[], $8::TEXT[],
                             $9::BIGINT[]) AS w
  ON CONFLICT (tenant, key) DO NOTHING";

pub(super) const CHORE: &str = "SELECT after FROM chore WHERE tenant = $1 AND name = $2";

pub(super) const GO_ON_WITH_CHORE: &str = "UPDATE chore SET after = $3 WHERE tenant = $1 AND name = $2";

pub(super) const BEGIN_CHORE: &str =
    "INSERT INTO chore (tenant, name, after) VALUES ($1, $2, '') ON CONFLICT (tenant, name) DO NOTHING";

pub(super) const END_CHORE: &str = "DELETE FROM chore WHERE tenant = $1 AND name = $2";

pub(super) const PUT_DECREES: &str = "
  INSERT INTO decree (tenant, what, because, added_at)
  SELECT $1, w.* FROM UNNEST($2::TEXT[], $3::TEXT[], $4::BIGINT[]) AS w ON CONFLICT (tenant, what) DO NOTHING";

pub(super) const PUT_TIMERS_ASIDE: &str = "
  UPDATE timer SET epoch = LEAST(epoch, 9007199254740992) + 1, lease_until = $3, holder = $4
  WHERE tenant = $1 AND case_id = $2";

pub(super) const PUT_MESSAGE_ASIDE: &str = "
  UPDATE outbox SET epoch = LEAST(epoch, 9007199254740992) + 1, lease_until = $4, holder = $5
  WHERE tenant = $1 AND case_id = $2 AND 'message-' || id = $3 AND done_at IS NULL";

pub(super) const FREE_TIMERS: &str = "
  UPDATE timer SET lease_until = 0, holder = NULL WHERE tenant = $1 AND case_id = $2 AND holder = $3";

pub(super) const FREE_MESSAGE: &str = "
  UPDATE outbox SET lease_until = 0, holder = NULL
  WHERE tenant = $1 AND case_id = $2 AND 'message-' || id = $3 AND holder = $4 AND done_at IS NULL";

pub(super) const LEAD: &str = "
  INSERT INTO lead (tenant, name, holder, until) VALUES ($1, $5, $2, $3)
  ON CONFLICT (tenant, name) DO UPDATE SET holder = excluded.holder, until = excluded.until
  WHERE lead.holder = excluded.holder OR lead.until <= $4";

pub(super) const RELEASE_TIMERS: &str = "
  UPDATE timer SET lease_until = 0, holder = NULL
  WHERE tenant = $1 AND armed AND due_at <= $3 AND holder = $2";

pub(super) const RELEASE_MESSAGES: &str = "
  UPDATE outbox SET lease_until = 0, holder = NULL WHERE tenant = $1 AND done_at IS NULL AND holder = $2";

pub(super) const RELEASE_LEAD: &str = "DELETE FROM lead WHERE tenant = $1 AND holder = $2";

/// What is due and nobody takes at this moment, locked until the end of the transaction: [`CLAIM_TIMERS`] takes just that.
/// In one statement the subquery may be asked once for each row of the other side, and then takes more than its limit.
/// A row with an epoch that cannot be (2^53 and more, or below 0) was changed by somebody: it is left alone, so that all
/// others go on, and it is found when the database is proved.
pub(super) const FIND_DUE: &str = "
  SELECT case_id, timer FROM timer WHERE tenant = $1 AND armed AND due_at <= $2 AND lease_until <= $2
     AND epoch >= 0 AND epoch < 9007199254740992
  ORDER BY due_at, case_id, timer LIMIT $3 FOR UPDATE SKIP LOCKED";

pub(super) const CLAIM_TIMERS: &str = "
  UPDATE timer SET epoch = timer.epoch + 1, lease_until = $2, holder = $3
  FROM UNNEST($4::BIGINT[], $5::BIGINT[]) AS w (case_id, number)
  WHERE timer.tenant = $1 AND timer.case_id = w.case_id AND timer.timer = w.number
  RETURNING timer.case_id, timer.due_at, timer.timer, timer.epoch";

/// The array is made once, as in [`CLAIM_DELIVERIES`].
pub(super) const CLAIM_OUTBOX: &str = concat!(
    "
  UPDATE outbox SET epoch = epoch + 1, lease_until = $2, holder = $3
  WHERE tenant = $1 AND id = ANY (ARRAY(
    SELECT id FROM outbox WHERE tenant = $1 AND done_at IS NULL AND kind = $6 AND lease_until <= $4
       AND epoch >= 0 AND epoch < 9007199254740992
    ORDER BY id LIMIT $5 FOR UPDATE SKIP LOCKED))
  RETURNING id, case_id, key, created_at, epoch, lease_until, payload, ",
    recorded!("outbox")
);

pub(super) const INSERT_ITEMS: &str = "
  INSERT INTO inbox (tenant, case_id, key, party, topic, created_at, visible_at, message)
  SELECT $1, w.* FROM UNNEST($2::BIGINT[], $3::TEXT[], $4::TEXT[], $5::TEXT[], $6::BIGINT[], $7::BIGINT[],
                             $8::TEXT[]) AS w";

pub(super) const MARK_ITEM: &str = "
  UPDATE inbox SET version = version + 1, person = $4, snoozed_until = $5, done_at = $6, done_by = $7
  WHERE tenant = $1 AND key = $2 AND version = $3";

pub(super) const INSERT_DELIVERIES: &str = "
  INSERT INTO delivery (tenant, case_id, key, channel, party, topic, created_at, next_at, message)
  SELECT $1, w.* FROM UNNEST($2::BIGINT[], $3::TEXT[], $4::TEXT[], $5::TEXT[], $6::TEXT[], $7::BIGINT[], $8::BIGINT[],
                             $9::TEXT[]) AS w
  ON CONFLICT (tenant, key, channel) DO NOTHING";

/// The array is made once. A joined subquery may be asked once for each row of the other side, and then takes more than
/// its limit.
pub(super) const CLAIM_DELIVERIES: &str = concat!(
    "
  UPDATE delivery SET epoch = epoch + 1, lease_until = $2, holder = $3
  WHERE tenant = $1 AND id = ANY (ARRAY(
    SELECT id FROM delivery WHERE tenant = $1 AND state = 'waiting' AND next_at <= $4 AND lease_until <= $4
       AND epoch >= 0 AND epoch < 9007199254740992 AND (next_at <= $6 OR channel = ANY ($7::TEXT[]))
       AND channel <> ALL ($8::TEXT[])
    ORDER BY next_at, id LIMIT $5 FOR UPDATE SKIP LOCKED))
  RETURNING id, case_id, key, channel, party, topic, created_at, message, state, attempt, next_at, epoch, done_at, said, ",
    recorded!("delivery")
);

pub(super) const SETTLE_DELIVERIES: &str = "
  UPDATE delivery SET state = w.state, attempt = w.attempt, next_at = w.next_at, done_at = w.done_at, said = w.said,
                      lease_until = 0, holder = NULL
  FROM UNNEST($2::BIGINT[], $3::BIGINT[], $4::TEXT[], $5::BIGINT[], $6::BIGINT[], $7::BIGINT[], $8::TEXT[])
       AS w (id, epoch, state, attempt, next_at, done_at, said)
  WHERE delivery.tenant = $1 AND delivery.id = w.id AND delivery.epoch = w.epoch AND delivery.state = 'waiting'";

pub(super) const REVIVE_DELIVERIES: &str = "
  UPDATE delivery SET state = 'waiting', next_at = $3, done_at = NULL,
                      attempt = CASE state WHEN 'dead' THEN 0 ELSE attempt END,
                      epoch = CASE state WHEN 'dead' THEN LEAST(epoch, 9007199254740992) + 1 ELSE epoch END
  WHERE tenant = $1 AND id = ANY($2) AND state IN ('dead', 'waiting')";

pub(super) const CLOSE_DEAD: &str = "
  UPDATE delivery SET state = $3, done_at = $4, said = coalesce($5, said),
                      epoch = LEAST(epoch, 9007199254740992) + 1
  WHERE tenant = $1 AND id = $2 AND state = 'dead'";

pub(super) const ITEMS: &str = items!(
    "WHERE tenant = $1 AND id > $2
       AND ($3 OR person = $4 OR (($4::TEXT IS NULL OR person IS NULL) AND party = ANY($5)))
       AND ($6 OR (done_at IS NULL AND visible_at <= $7 AND coalesce(snoozed_until, $7) <= $7))
     ORDER BY id LIMIT $8"
);
pub(super) const ITEMS_OF: &str = items!("WHERE tenant = $1 AND case_id = $2 ORDER BY id");
pub(super) const DELIVERIES_OF: &str = deliveries!("WHERE tenant = $1 AND case_id = $2 ORDER BY id");
pub(super) const ITEM: &str = items!("WHERE tenant = $1 AND key = $2");
pub(super) const DELIVERIES: &str =
    deliveries!("WHERE tenant = $1 AND id > $2 AND ($3::TEXT IS NULL OR state = $3) ORDER BY id LIMIT $4");
/// By their index.
pub(super) const DEAD_LETTERS: &str =
    deliveries!("WHERE tenant = $1 AND state = 'dead' AND id > $2 ORDER BY id LIMIT $3");
/// By the index of what waits.
pub(super) const WAITING: &str = "
  SELECT channel, count(*), min(CASE WHEN attempt > 0 THEN created_at ELSE next_at END) FROM delivery
  WHERE tenant = $1 AND state = 'waiting' GROUP BY channel";

pub(super) const RETIREMENT: &str =
    "SELECT retired_at, successor, owner FROM protocol WHERE tenant = $1 AND id = $2";
pub(super) const PROTOCOLS: &str =
    "SELECT id, name, version, digest, layout, source, added_at, retired_at, successor, owner FROM protocol
     WHERE tenant = $1 ORDER BY id";
pub(super) const CASE_LABELLED: &str = cases!("WHERE tenant = $1 AND label = $2");
pub(super) const CASES_NUMBERED: &str = cases!("WHERE tenant = $1 AND id = ANY($2) ORDER BY id");
pub(super) const CASES: &str = cases!("WHERE tenant = $1 AND label > $2 ORDER BY label LIMIT $3");
pub(super) const RUNNING_CASES: &str =
    cases!("WHERE tenant = $1 AND status = 'running' AND label > $2 ORDER BY label LIMIT $3");
pub(super) const CASES_OF: &str = cases!("WHERE tenant = $1 AND household = $2 ORDER BY id");
pub(super) const SECRETS: &str = "
  SELECT id, label, secret FROM cases WHERE tenant = $1 AND id < $2 AND secret IS NOT NULL ORDER BY id DESC LIMIT $3";
pub(super) const DUE: &str = cases!(
    "JOIN (SELECT case_id, min(due_at) AS first FROM
             (SELECT case_id, due_at FROM timer WHERE tenant = $1 AND armed AND due_at <= $2
              AND lease_until < 9223372036854775807 ORDER BY due_at, case_id, timer LIMIT $3) AS early
           GROUP BY case_id) AS due ON due.case_id = cases.id
     WHERE cases.tenant = $1 ORDER BY due.first, cases.id"
);
pub(super) const NEXT_DUE: &str =
    "SELECT due_at FROM timer WHERE tenant = $1 AND armed AND due_at > $2 ORDER BY due_at LIMIT 1";
pub(super) const TIMERS: &str = "SELECT timer, generation, due_at, armed, party, lease_until FROM timer WHERE tenant = $1 AND case_id = $2 ORDER BY timer";
/// By their index.
pub(super) const OF_PARTY: &str = "
  SELECT case_id FROM timer WHERE tenant = $1 AND party = $2 AND party <> '' ORDER BY due_at, case_id LIMIT $3";
pub(super) const OF_NOBODY_KNOWS: &str = "
  SELECT case_id FROM timer WHERE tenant = $1 AND party IS NULL ORDER BY due_at, case_id LIMIT $2";
pub(super) const OUTBOX: &str = concat!(
    "
  SELECT id, case_id, key, created_at, epoch, lease_until, payload, ",
    recorded!("outbox"),
    " FROM outbox
  WHERE tenant = $1 AND done_at IS NULL AND kind = $2 AND id > $3 ORDER BY id LIMIT $4"
);
pub(super) const MESSAGES: &str = "SELECT key, kind, epoch, done_at, lease_until, payload, created_at FROM outbox WHERE tenant = $1 AND case_id = $2 ORDER BY id";
pub(super) const JOURNAL: &str = "
  SELECT step, at, recorded_at, due_at, entries, sealed FROM journal WHERE tenant = $1 AND case_id = $2 ORDER BY step";
pub(super) const DOCUMENTS: &str = "
  SELECT key, name, media_type, text, made_at FROM document WHERE tenant = $1 AND case_id = $2 ORDER BY id";
pub(super) const DECREES: &str = "SELECT what, because, added_at FROM decree WHERE tenant = $1 ORDER BY what";
pub(super) const INCIDENTS: &str = "
  SELECT case_id, key, why, since, again FROM incident WHERE tenant = $1 ORDER BY case_id, key";
pub(super) const PULSE: &str = concat!(
    "
  SELECT (SELECT due_at FROM timer WHERE tenant = $1 AND armed AND lease_until < $2 ORDER BY due_at LIMIT 1),
         (SELECT ",
    recorded!("outbox"),
    " FROM outbox WHERE tenant = $1 AND done_at IS NULL AND kind = 'notice' AND lease_until < $2
          ORDER BY id LIMIT 1),
         (SELECT ",
    recorded!("outbox"),
    " FROM outbox WHERE tenant = $1 AND done_at IS NULL AND kind = 'call' AND lease_until < $2
          ORDER BY id LIMIT 1),
         (SELECT count(*) FROM incident WHERE tenant = $1),
         (SELECT count(*) FROM delivery WHERE tenant = $1 AND state = 'dead')"
);
pub(super) const COUNTS: &str = "
  SELECT (SELECT count(*) FROM cases WHERE tenant = $1), (SELECT count(*) FROM journal WHERE tenant = $1),
         (SELECT count(*) FROM timer WHERE tenant = $1), (SELECT count(*) FROM outbox WHERE tenant = $1)";

/// By the numbers of [`Oddity`](crate::upkeep::Oddity).
pub(super) const STRAYS: &str = "
  SELECT 0, case_id, CAST(timer AS TEXT) FROM timer WHERE tenant = $1 AND lease_until > $2 AND lease_until < 9223372036854775807
  UNION ALL SELECT 1, case_id, key FROM outbox
   WHERE tenant = $1 AND done_at IS NULL AND lease_until > $2 AND lease_until < 9223372036854775807
  UNION ALL SELECT 2, case_id, key FROM delivery WHERE tenant = $1 AND state = 'waiting' AND lease_until > $2
  UNION ALL SELECT 3, 0, name FROM lead WHERE tenant = $1 AND until > $2
  UNION ALL SELECT 4, d.case_id, d.key FROM delivery d WHERE d.tenant = $1 AND NOT EXISTS
                   (SELECT 1 FROM outbox o WHERE o.tenant = $1 AND o.key = d.key AND o.case_id = d.case_id)
  UNION ALL SELECT 5, i.case_id, i.key FROM inbox i WHERE i.tenant = $1 AND NOT EXISTS
                   (SELECT 1 FROM outbox o WHERE o.tenant = $1 AND o.key = i.key AND o.case_id = i.case_id)
  UNION ALL SELECT 7, case_id, CAST(timer AS TEXT) FROM timer
   WHERE tenant = $1 AND (epoch < 0 OR epoch >= 9007199254740992)
  UNION ALL SELECT 8, case_id, key FROM outbox WHERE tenant = $1 AND (epoch < 0 OR epoch >= 9007199254740992)
  UNION ALL SELECT 9, case_id, key FROM delivery WHERE tenant = $1 AND (epoch < 0 OR epoch >= 9007199254740992)
  UNION ALL SELECT 6, 0, CAST(count(*) AS TEXT) FROM about HAVING count(*) <> 1";

/// A hint for others that something was written. Losing it costs a second at most.
pub(super) const NOTIFY: &str = "SELECT pg_notify('voordeur', '')";
