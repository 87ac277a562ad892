-- From version 1 to version 2: timers in a table of their own, claims, and when a step was recorded.
CREATE TABLE about (
  version INTEGER NOT NULL,
  oldest  INTEGER NOT NULL
) STRICT;
ALTER TABLE journal ADD COLUMN recorded_at INTEGER;
ALTER TABLE journal ADD COLUMN due_at INTEGER;
ALTER TABLE outbox ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN lease_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN holder TEXT;
CREATE INDEX outbox_case ON outbox (case_id);
CREATE INDEX document_case ON document (case_id);
CREATE TABLE timer (
  case_id     INTEGER NOT NULL REFERENCES cases (id),
  timer       INTEGER NOT NULL,
  generation  INTEGER NOT NULL,
  due_at      INTEGER NOT NULL,
  armed       INTEGER NOT NULL CHECK (armed IN (0, 1)),
  epoch       INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER NOT NULL DEFAULT 0,
  holder      TEXT,
  PRIMARY KEY (case_id, timer)
) STRICT, WITHOUT ROWID;
-- The timers stood in the states of the cases only. Their moments are whole microseconds, in UTC.
INSERT INTO timer (case_id, timer, generation, due_at, armed)
SELECT cases.id, t.value ->> '$.id', 1,
       unixepoch(t.value ->> '$.due.at') * 1000000
         + CASE WHEN instr(t.value ->> '$.due.at', '.') = 0 THEN 0
                ELSE CAST(substr(rtrim(substr(t.value ->> '$.due.at', instr(t.value ->> '$.due.at', '.') + 1), 'Z') || '000000', 1, 6) AS INTEGER)
           END,
       NOT (coalesce(t.value ->> '$.held', 0) OR coalesce(t.value ->> '$.paused', 0))
FROM cases, json_each(cases.state, '$.timers') AS t;
CREATE INDEX timer_due ON timer (due_at, case_id, timer) WHERE armed = 1;
DROP INDEX cases_due;
