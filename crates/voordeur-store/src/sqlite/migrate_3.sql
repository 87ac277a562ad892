-- From version 3 to version 4: decrees, incidents, who leads in upkeep, inboxes, deliveries. Nothing is changed that was there.
-- What was decreed after the program was made: a day that is equated with holidays, or a year of which all is known.
CREATE TABLE decree (
  what     TEXT PRIMARY KEY,
  because  TEXT NOT NULL,
  added_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What does not go on by itself and waits for an operator.
CREATE TABLE incident (
  case_id INTEGER NOT NULL REFERENCES cases (id),
  key     TEXT NOT NULL,
  why     TEXT NOT NULL,
  since   INTEGER NOT NULL,
  again   INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (case_id, key)
) STRICT, WITHOUT ROWID;

-- Who leads in upkeep. Work on cases has no leader.
CREATE TABLE lead (
  name   TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What people are told, one item for each message to people: written in the transaction of the step.
CREATE TABLE inbox (
  id            INTEGER PRIMARY KEY,
  case_id       INTEGER NOT NULL REFERENCES cases (id),
  key           TEXT NOT NULL UNIQUE,  -- that of its message in the outbox
  party         TEXT NOT NULL,
  topic         TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  visible_at    INTEGER NOT NULL,
  message       TEXT NOT NULL,         -- without personal values
  version       INTEGER NOT NULL DEFAULT 0,
  person        TEXT,                  -- who has taken it, as a reference
  snoozed_until INTEGER,
  done_at       INTEGER,
  done_by       TEXT
) STRICT;
CREATE INDEX inbox_open ON inbox (party, id) WHERE done_at IS NULL;
CREATE INDEX inbox_case ON inbox (case_id);

-- How they reach people elsewhere: one row for each message and channel.
CREATE TABLE delivery (
  id          INTEGER PRIMARY KEY,
  case_id     INTEGER NOT NULL REFERENCES cases (id),
  key         TEXT NOT NULL,
  channel     TEXT NOT NULL,
  party       TEXT NOT NULL,
  topic       TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  message     TEXT NOT NULL,           -- without personal values
  state       TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'dropped', 'dead')),
  attempt     INTEGER NOT NULL DEFAULT 0,
  next_at     INTEGER NOT NULL,
  epoch       INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER NOT NULL DEFAULT 0,
  holder      TEXT,
  done_at     INTEGER,
  said        TEXT,                    -- what went wrong
  UNIQUE (key, channel)
) STRICT;
CREATE INDEX delivery_due ON delivery (next_at, id) WHERE state = 'waiting';
CREATE INDEX delivery_dead ON delivery (id) WHERE state = 'dead';
CREATE INDEX delivery_case ON delivery (case_id);
