-- Tickets by which an EMR opened the portal at a patient: each is taken once, and kept until it would be too old anyway.
CREATE TABLE launch (
  ticket BLOB PRIMARY KEY,
  handle BLOB NOT NULL,
  endpoint TEXT NOT NULL,
  claims TEXT NOT NULL,
  expires INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX launch_handle ON launch (handle);
