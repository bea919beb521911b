-- Forms that were sent, by mail or by upload, one row each: identity is SHA-256 of what the sender wrote, so that the same
-- one twice is one row; its obligation owns it until it is settled. said is JSON.
CREATE TABLE mail_in (
  id INTEGER PRIMARY KEY,
  identity BLOB NOT NULL,
  way TEXT NOT NULL,
  message_id TEXT NOT NULL,
  sender TEXT NOT NULL,
  subject TEXT NOT NULL,
  at INTEGER NOT NULL,
  application INTEGER NOT NULL,
  state TEXT NOT NULL,
  said TEXT NOT NULL,
  settled INTEGER,
  copies INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  obligation INTEGER NOT NULL
);
CREATE INDEX mail_in_state ON mail_in (state, at);
CREATE INDEX mail_in_open ON mail_in (obligation) WHERE settled IS NULL;
CREATE INDEX mail_in_application ON mail_in (application, at) WHERE application <> 0;

-- Its bytes, sealed by the key in the data folder.
CREATE TABLE mail_in_body (
  mail INTEGER PRIMARY KEY,
  sealed BLOB NOT NULL
);
