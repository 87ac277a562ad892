-- From version 2 to version 3: households, versions that are retired, and personal values under a key.
ALTER TABLE protocol ADD COLUMN retired_at BIGINT;
ALTER TABLE protocol ADD COLUMN successor TEXT;
ALTER TABLE protocol ADD COLUMN owner TEXT;
ALTER TABLE cases ADD COLUMN household TEXT COLLATE "C";
ALTER TABLE cases ADD COLUMN secret TEXT;
ALTER TABLE cases ADD COLUMN sealed TEXT;
ALTER TABLE journal ADD COLUMN sealed TEXT;
CREATE INDEX cases_household ON cases (tenant, household, id) WHERE household IS NOT NULL;
