-- From version 4 to version 5: whose timers are, and what is to be done once to all cases. Nothing is changed that was there: a
-- program for version 4 goes on beside this one.
ALTER TABLE timer ADD COLUMN party TEXT COLLATE "C";
CREATE INDEX cases_running ON cases (tenant, label) WHERE status = 'running';
CREATE INDEX timer_party ON timer (tenant, party, due_at, case_id) WHERE party <> '';
CREATE INDEX timer_unknown ON timer (tenant, due_at, case_id) WHERE party IS NULL;

CREATE TABLE chore (
  tenant BIGINT NOT NULL,
  name   TEXT NOT NULL,
  after  TEXT NOT NULL,
  PRIMARY KEY (tenant, name)
);
INSERT INTO chore (tenant, name, after) VALUES (1, 'inbox', '');
