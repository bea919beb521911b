-- The bytes of a message stand in the order of arrival, apart from what is known of it: a row of the journal is narrow, and
-- bytes are written at the end of their table only, whichever link they came by.
CREATE TABLE journal_bytes (
  arrival INTEGER PRIMARY KEY,
  raw BLOB NOT NULL
);
INSERT INTO journal_bytes (arrival, raw) SELECT arrival, raw FROM journal ORDER BY arrival;
ALTER TABLE journal DROP COLUMN raw;
