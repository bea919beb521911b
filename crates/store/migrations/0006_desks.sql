-- A question or a missing item that somebody reported: owned by the obligation of the same id. number is what people
-- say on the telephone, given in the commit and never used again.
CREATE TABLE support_case (
  obligation INTEGER PRIMARY KEY,
  number INTEGER NOT NULL UNIQUE,
  sort INTEGER NOT NULL,
  item TEXT NOT NULL,
  asked TEXT NOT NULL,
  opener TEXT NOT NULL,
  practitioner TEXT NOT NULL,
  reach TEXT NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX support_case_practitioner ON support_case (practitioner, number);

-- Feeds whose messages are kept and not interpreted until somebody resumes them; owned by the obligation of the same
-- id. ended is empty while the pause stands.
CREATE TABLE feed_pause (
  obligation INTEGER PRIMARY KEY,
  link INTEGER NOT NULL,
  at INTEGER NOT NULL,
  until INTEGER NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  ended INTEGER
);
CREATE INDEX feed_pause_standing ON feed_pause (link) WHERE ended IS NULL;

-- Messages that are taken back or filed again together, as one decision; carried out one by one.
CREATE TABLE batch (
  obligation INTEGER PRIMARY KEY,
  link INTEGER NOT NULL,
  sort INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL
);

-- The last batch of each message.
CREATE TABLE batch_message (
  message INTEGER PRIMARY KEY,
  batch INTEGER NOT NULL,
  done INTEGER
);
CREATE INDEX batch_message_to_do ON batch_message (batch, message) WHERE done IS NULL;
