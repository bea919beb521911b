-- What stopped filing: one row for each stop, of one person on a feed or of the whole feed. The id is that of the
-- obligation that owns it. An empty verdict = nobody has decided yet.
CREATE TABLE breaker_stop (
  id INTEGER PRIMARY KEY,
  link INTEGER NOT NULL,
  person INTEGER,
  at INTEGER NOT NULL,
  before INTEGER,
  reasons TEXT NOT NULL,
  verdict TEXT NOT NULL,
  decided INTEGER,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL
);
CREATE INDEX breaker_stop_open ON breaker_stop (link, id) WHERE verdict = '';

-- Messages of a stop: 0 filed before it and suspect, 1 held by it. authority and value are the record that a person
-- said a message is about; both empty = what the message says itself. done = what was decided has been carried out.
CREATE TABLE breaker_message (
  message INTEGER PRIMARY KEY,
  stop INTEGER NOT NULL,
  sort INTEGER NOT NULL,
  authority TEXT NOT NULL,
  value TEXT NOT NULL,
  done INTEGER
);
CREATE INDEX breaker_message_stop ON breaker_message (stop, message);
