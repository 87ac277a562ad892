-- Version 4. Moments are microseconds since 1970 (UTC). JSON is text.

-- Which version of the tables this is, and how old a program may be that uses them.
CREATE TABLE about (
  version INTEGER NOT NULL,
  oldest  INTEGER NOT NULL
) STRICT;

CREATE TABLE protocol (
  id       INTEGER PRIMARY KEY,
  name     TEXT NOT NULL,
  version  TEXT NOT NULL,
  digest   TEXT NOT NULL UNIQUE,   -- SHA-256 of the source
  layout   TEXT NOT NULL,          -- digest of what the numbers in a case mean
  source   TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  retired_at INTEGER,              -- since when no new cases run on it
  successor  TEXT,                 -- the version that its open cases go over to, or
  owner      TEXT                  -- the party that answers for them
) STRICT;

CREATE TABLE cases (
  id         INTEGER PRIMARY KEY,
  label      TEXT NOT NULL UNIQUE,
  protocol   INTEGER NOT NULL REFERENCES protocol (id),
  version    INTEGER NOT NULL,     -- how many steps it has made; guards against two writers
  status     TEXT NOT NULL CHECK (status IN ('running', 'ended')),
  place      TEXT NOT NULL,        -- the stage or the end that it is in
  opened_at  INTEGER NOT NULL,
  touched_at INTEGER NOT NULL,
  next_due   INTEGER,              -- when its first timer fires, for lists
  state      TEXT NOT NULL,
  household  TEXT,                 -- which household it is about, as a reference
  secret     TEXT,                 -- the key of its personal values, wrapped; gone when they are erased
  sealed     TEXT                  -- the personal values of its state, under that key
) STRICT;
CREATE INDEX cases_household ON cases (household, id) WHERE household IS NOT NULL;
CREATE INDEX cases_running ON cases (label) WHERE status = 'running';

-- Everything that happened. Only ever added to.
CREATE TABLE journal (
  id          INTEGER PRIMARY KEY,
  case_id     INTEGER NOT NULL REFERENCES cases (id),
  step        INTEGER NOT NULL,
  at          INTEGER NOT NULL,    -- when it counts
  entries     TEXT NOT NULL,
  recorded_at INTEGER,             -- when it was done, by the clock of the worker
  due_at      INTEGER,             -- when the timer was due that fired
  sealed      TEXT,                -- the personal values of its entries, under the key of the case
  UNIQUE (case_id, step)
) STRICT;

-- What goes out, written in the transaction of the step that wants it.
CREATE TABLE outbox (
  id          INTEGER PRIMARY KEY,
  case_id     INTEGER NOT NULL REFERENCES cases (id),
  key         TEXT NOT NULL UNIQUE,
  kind        TEXT NOT NULL CHECK (kind IN ('notice', 'call')),
  created_at  INTEGER NOT NULL,
  done_at     INTEGER,
  payload     TEXT,                -- emptied when done: it may hold what an agency may see
  epoch       INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER NOT NULL DEFAULT 0,
  holder      TEXT
) STRICT;
CREATE INDEX outbox_open ON outbox (kind, id) WHERE done_at IS NULL;
CREATE INDEX outbox_case ON outbox (case_id);

-- What plugins made.
CREATE TABLE document (
  id         INTEGER PRIMARY KEY,
  case_id    INTEGER NOT NULL REFERENCES cases (id),
  key        TEXT NOT NULL,
  name       TEXT NOT NULL,
  media_type TEXT NOT NULL,
  text       TEXT NOT NULL,
  made_at    INTEGER NOT NULL,
  UNIQUE (key, name)
) STRICT;
CREATE INDEX document_case ON document (case_id);

-- The timers that have not fired, apart from the cases: a sweep reads what is due and nothing else.
CREATE TABLE timer (
  case_id     INTEGER NOT NULL REFERENCES cases (id),
  timer       INTEGER NOT NULL,
  generation  INTEGER NOT NULL,    -- how often it was set
  due_at      INTEGER NOT NULL,
  armed       INTEGER NOT NULL CHECK (armed IN (0, 1)),
  epoch       INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER NOT NULL DEFAULT 0,
  holder      TEXT,
  party       TEXT,                -- who has to be done by then; NULL when an older program has set it
  PRIMARY KEY (case_id, timer)
) STRICT, WITHOUT ROWID;
CREATE INDEX timer_due ON timer (due_at, case_id, timer) WHERE armed = 1;
CREATE INDEX timer_party ON timer (party, due_at, case_id) WHERE party <> '';
CREATE INDEX timer_unknown ON timer (due_at, case_id) WHERE party IS NULL;

-- What is to be done once to all cases, after older tables were brought up to date.
CREATE TABLE chore (
  name  TEXT PRIMARY KEY,
  after TEXT NOT NULL                  -- the label of the last case to which it was done
) STRICT, WITHOUT ROWID;

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
