-- From version 4 to version 5: whose timers are, and what is to be done once to all cases. Nothing is changed that was there: a
-- program for version 4 goes on beside this one.
ALTER TABLE timer ADD COLUMN party TEXT;
CREATE INDEX cases_running ON cases (label) WHERE status = 'running';
CREATE INDEX timer_party ON timer (party, due_at, case_id) WHERE party <> '';
CREATE INDEX timer_unknown ON timer (due_at, case_id) WHERE party IS NULL;

CREATE TABLE chore (
  name  TEXT PRIMARY KEY,
  after TEXT NOT NULL                  -- the label of the last case to which it was done
) STRICT, WITHOUT ROWID;
INSERT INTO chore (name, after) VALUES ('inbox', '');
