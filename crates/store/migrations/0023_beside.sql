-- Looks through a process that stands by: kept before anything is shown, and put into the log by the one that writes.
CREATE TABLE audit_waiting (
  id BLOB PRIMARY KEY,
  at INTEGER NOT NULL,
  person INTEGER,
  actor TEXT NOT NULL,
  role TEXT NOT NULL,
  verb TEXT NOT NULL,
  purpose TEXT NOT NULL,
  object TEXT NOT NULL
);
