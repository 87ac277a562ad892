-- From version 3 to version 4: decrees, incidents, who leads in upkeep. Nothing is changed that was there.
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
