-- From version 5 to version 6: two who decide about one household at the same moment, one after the other. Nothing is changed that
-- was there: programs for versions 4 and 5 go on beside this one, and take no turns.
-- Rows that are held while something is decided about all cases of a household. A slot is a number made of the reference: it does
-- not lead back to a household, and there are a million of them at most.
CREATE TABLE household_slot (
  tenant BIGINT NOT NULL,
  slot   BIGINT NOT NULL,
  turn   BIGINT NOT NULL,
  PRIMARY KEY (tenant, slot)
);
