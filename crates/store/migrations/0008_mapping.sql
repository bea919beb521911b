-- What was agreed about senders, step by step, only ever added: a file proposed, tried, signed or retired, and what was
-- repaired with it. The latest signed or retired row of a sort and name is in use. body is the file; figures is JSON.
CREATE TABLE mapping_event (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  sort TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  step TEXT NOT NULL,
  digest TEXT NOT NULL,
  reason TEXT NOT NULL,
  figures TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX mapping_event_step ON mapping_event (step, sort, name, seq);

-- By which of them a message was read, each time that it was filed: seq is the latest signed or retired row then. Only
-- messages of senders about whom something is agreed have rows.
CREATE TABLE mapping_applied (
  message INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (message, seq)
) WITHOUT ROWID;
