-- From version 2 to version 3: households, and versions that are retired.
ALTER TABLE protocol ADD COLUMN retired_at BIGINT;
ALTER TABLE protocol ADD COLUMN successor TEXT;
ALTER TABLE protocol ADD COLUMN owner TEXT;
ALTER TABLE cases ADD COLUMN household TEXT COLLATE "C";
CREATE INDEX cases_household ON cases (tenant, household, id) WHERE household IS NOT NULL;
