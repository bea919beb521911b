-- Addresses that are being proved: handle is SHA-256 of the browser's secret. The code follows from handle, time and the key
-- of the data folder, and stands nowhere.
CREATE TABLE address_proof (
  handle BLOB PRIMARY KEY,
  address TEXT NOT NULL,
  tongue TEXT NOT NULL,
  tries INTEGER NOT NULL,
  at INTEGER NOT NULL,
  expires INTEGER NOT NULL
) WITHOUT ROWID;

-- Applications for access as they stand: address is the proved one in lower case, handle SHA-256 of the browser's secret that
-- goes on with it; facts is JSON. Every row that has not ended has a holder and a clock.
CREATE TABLE application (
  id INTEGER PRIMARY KEY,
  state TEXT NOT NULL,
  sort TEXT NOT NULL,
  address TEXT NOT NULL,
  handle BLOB NOT NULL,
  holder TEXT NOT NULL,
  since INTEGER NOT NULL,
  due INTEGER NOT NULL,
  account TEXT NOT NULL,
  facts TEXT NOT NULL,
  opened INTEGER NOT NULL,
  revision INTEGER NOT NULL
);
CREATE INDEX application_state ON application (state, due);
CREATE INDEX application_address ON application (address);
CREATE INDEX application_handle ON application (handle);
CREATE INDEX application_account ON application (account) WHERE account <> '';

-- What happened to each, in order; only ever added.
CREATE TABLE application_event (
  application INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  event TEXT NOT NULL,
  state TEXT NOT NULL,
  words TEXT NOT NULL,
  PRIMARY KEY (application, seq)
) WITHOUT ROWID;

-- Mails of our own; each is owned by the obligation of the same id until it is handed over. state 0 waits, 1 handed over.
-- What is secret in a mail stands in its body as [[what:of]] and is filled in as it is handed over. at = not before.
CREATE TABLE mail_out (
  obligation INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  sort TEXT NOT NULL,
  recipient TEXT NOT NULL,
  tongue TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  application INTEGER NOT NULL,
  state INTEGER NOT NULL,
  handed INTEGER,
  attempts INTEGER NOT NULL,
  last TEXT NOT NULL
);
CREATE INDEX mail_out_waiting ON mail_out (at) WHERE state = 0;
CREATE INDEX mail_out_recipient ON mail_out (recipient, at);
CREATE INDEX mail_out_application ON mail_out (application);
