-- From version 3 to version 4: decrees, incidents, who leads in upkeep. Nothing is changed that was there.
CREATE TABLE decree (
  tenant   BIGINT NOT NULL,
  what     TEXT COLLATE "C" NOT NULL,
  because  TEXT NOT NULL,
  added_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, what)
);

CREATE TABLE incident (
  tenant  BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  key     TEXT COLLATE "C" NOT NULL,
  why     TEXT NOT NULL,
  since   BIGINT NOT NULL,
  again   BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, case_id, key),
  FOREIGN KEY (tenant, case_id) REFERENCES cases (tenant, id)
);

CREATE TABLE lead (
  tenant BIGINT NOT NULL,
  name   TEXT NOT NULL,
  holder TEXT NOT NULL,
  until  BIGINT NOT NULL,
  PRIMARY KEY (tenant, name)
);
