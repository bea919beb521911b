-- A record is a wide row. In a table without row numbers the inner pages hold whole rows, seven to a page: among a million
-- records a look-up read eight pages, and a new one split a page every third time. Row numbers keep the inner pages narrow,
-- and new rows stand one behind another.
ALTER TABLE record RENAME TO record_before;
CREATE TABLE record (
  part INTEGER NOT NULL,
  record INTEGER NOT NULL,
  authority TEXT NOT NULL,
  value TEXT NOT NULL,
  person INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  claim_as_of INTEGER NOT NULL,
  custodian INTEGER NOT NULL,
  keys BLOB NOT NULL,
  claim TEXT NOT NULL,
  PRIMARY KEY (part, record)
);
INSERT INTO record (part, record, authority, value, person, epoch, claim_as_of, custodian, keys, claim)
  SELECT part, record, authority, value, person, epoch, claim_as_of, custodian, keys, claim
  FROM record_before ORDER BY part, record;
DROP TABLE record_before;
