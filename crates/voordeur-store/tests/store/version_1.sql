-- Version 1. Moments are microseconds since 1970 (UTC). JSON is text.

CREATE TABLE protocol (
  id       INTEGER PRIMARY KEY,
  name     TEXT NOT NULL,
  version  TEXT NOT NULL,
  digest   TEXT NOT NULL UNIQUE,   -- SHA-256 of the source
  layout   TEXT NOT NULL,          -- digest of what the numbers in a case mean
  source   TEXT NOT NULL,
  added_at INTEGER NOT NULL
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
  next_due   INTEGER,              -- when its first timer fires; the timers themselves are in the state
  state      TEXT NOT NULL
) STRICT;
CREATE INDEX cases_due ON cases (next_due, id) WHERE next_due IS NOT NULL;

-- Everything that happened. Only ever added to.
CREATE TABLE journal (
  id      INTEGER PRIMARY KEY,
  case_id INTEGER NOT NULL REFERENCES cases (id),
  step    INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  entries TEXT NOT NULL,
  UNIQUE (case_id, step)
) STRICT;

-- What goes out, written in the transaction of the step that wants it.
CREATE TABLE outbox (
  id         INTEGER PRIMARY KEY,
  case_id    INTEGER NOT NULL REFERENCES cases (id),
  key        TEXT NOT NULL UNIQUE,
  kind       TEXT NOT NULL CHECK (kind IN ('notice', 'call')),
  created_at INTEGER NOT NULL,
  done_at    INTEGER,
  payload    TEXT                  -- emptied when done: it may hold what an agency may see
) STRICT;
CREATE INDEX outbox_open ON outbox (kind, id) WHERE done_at IS NULL;

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

PRAGMA application_id = 1450143602;
PRAGMA user_version = 1;
INSERT INTO protocol VALUES (1, 'a', '1', 'd', 'l', 's', 5);
INSERT INTO cases VALUES (1, 'a', 1, 1, 'running', 'first', 7, 7, 1204534800000000, '{"timers":[
  {"id":3,"due":{"at":"2008-03-03T09:00:00Z"}},
  {"id":4,"due":{"at":"2008-03-03T09:00:00.25Z"},"held":true},
  {"id":5,"due":{"at":"2008-03-03T09:00:01.000001Z"},"paused":true}]}');
INSERT INTO cases VALUES (2, 'b', 1, 1, 'ended', 'over', 7, 7, NULL, '{}');
INSERT INTO journal (case_id, step, at, entries) VALUES (1, 1, 7, '[]'), (2, 1, 7, '[]');
INSERT INTO outbox (case_id, key, kind, created_at, payload) VALUES (1, '1-1-0', 'call', 7, '"c"');
