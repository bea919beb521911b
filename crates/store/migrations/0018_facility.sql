-- Units of facilities, who manages them and whom those named for some days: the whole as it stood from an instant on, JSON.
-- The latest is in force.
CREATE TABLE facility_structure (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  body TEXT NOT NULL
);

-- Accounts that rest on an employment: the number in the staff register, and the unit whose manager answers for them.
CREATE TABLE facility_person (
  account TEXT PRIMARY KEY,
  employee TEXT NOT NULL,
  unit TEXT NOT NULL,
  since INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX facility_person_unit ON facility_person (unit);
CREATE INDEX facility_person_employee ON facility_person (employee);

-- Files of other offices as they were last taken: licences, employments.
CREATE TABLE register_file (
  register TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  digest BLOB NOT NULL,
  body TEXT NOT NULL
) WITHOUT ROWID;

-- Why accounts are suspended; ended is empty while the reason stands.
CREATE TABLE lapse (
  account TEXT NOT NULL,
  code TEXT NOT NULL,
  at INTEGER NOT NULL,
  words TEXT NOT NULL,
  ended INTEGER,
  ended_by TEXT NOT NULL,
  PRIMARY KEY (account, code, at)
) WITHOUT ROWID;
CREATE INDEX lapse_standing ON lapse (account) WHERE ended IS NULL;

-- The quarterly look of managers at their people: when a quarter's began, and what was said of each.
CREATE TABLE recertification_round (
  quarter TEXT PRIMARY KEY,
  asked INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE recertification (
  quarter TEXT NOT NULL,
  account TEXT NOT NULL,
  keeps INTEGER NOT NULL,
  actor TEXT NOT NULL,
  at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (quarter, account)
) WITHOUT ROWID;

-- Tickets of the IT self-service: each sender's number is one request, however often it comes. digest is SHA-256 of what it
-- asked; wish is that, JSON.
CREATE TABLE access_ticket (
  sender TEXT NOT NULL,
  ticket TEXT NOT NULL,
  digest BLOB NOT NULL,
  at INTEGER NOT NULL,
  application INTEGER NOT NULL,
  wish TEXT NOT NULL,
  PRIMARY KEY (sender, ticket)
) WITHOUT ROWID;
CREATE INDEX access_ticket_application ON access_ticket (application);

-- What became of tickets, in order: senders read on from the number they have.
CREATE TABLE ticket_status (
  seq INTEGER PRIMARY KEY,
  sender TEXT NOT NULL,
  ticket TEXT NOT NULL,
  at INTEGER NOT NULL,
  status TEXT NOT NULL,
  words TEXT NOT NULL
);
CREATE INDEX ticket_status_sender ON ticket_status (sender, seq);
CREATE INDEX ticket_status_ticket ON ticket_status (sender, ticket, seq);

-- Signed calls that were taken, until they would be too old anyway.
CREATE TABLE ticket_nonce (
  sender TEXT NOT NULL,
  nonce TEXT NOT NULL,
  expires INTEGER NOT NULL,
  PRIMARY KEY (sender, nonce)
) WITHOUT ROWID;
CREATE INDEX ticket_nonce_expires ON ticket_nonce (expires);

-- Migrations of SHARE users: a run is one roster with one day of the switch, by their digest.
CREATE TABLE share_run (
  run TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  switch TEXT NOT NULL,
  roster INTEGER NOT NULL,
  migrated INTEGER NOT NULL,
  not_migrated INTEGER NOT NULL,
  excluded INTEGER NOT NULL
) WITHOUT ROWID;

-- What became of each row of a roster, and on what that rests: evidence is JSON.
CREATE TABLE share_user (
  run TEXT NOT NULL,
  line INTEGER NOT NULL,
  user TEXT NOT NULL,
  name TEXT NOT NULL,
  unit TEXT NOT NULL,
  fate TEXT NOT NULL,
  words TEXT NOT NULL,
  evidence TEXT NOT NULL,
  application INTEGER NOT NULL,
  PRIMARY KEY (run, line)
) WITHOUT ROWID;

-- Who must be called is looked for every few seconds: open critical obligations, by owner.
CREATE INDEX obligation_critical ON obligation (owner, due, id) WHERE is_open = 1 AND gravity = 2;
