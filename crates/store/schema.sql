-- The whole schema as the migrations leave it (a test keeps them equal).

CREATE TABLE schema_migration (number INTEGER PRIMARY KEY, checksum BLOB NOT NULL);

-- The portable subset: plain tables, ON CONFLICT, RETURNING; no triggers, serial keys or JSON operators.
-- Clinical keys begin with part (hash bucket of the source record), then record; times are microseconds in UTC.

CREATE TABLE custodian (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

CREATE TABLE link (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  default_authority TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  custodian INTEGER NOT NULL,
  owner TEXT NOT NULL
);

-- Raw messages, never changed. id is link * 2^40 + number on the link; arrival grows over all links.
CREATE TABLE journal (
  id INTEGER PRIMARY KEY,
  arrival INTEGER NOT NULL,
  received INTEGER NOT NULL,
  custodian INTEGER NOT NULL,
  control_id TEXT NOT NULL,
  message_type TEXT NOT NULL,
  lanes BLOB NOT NULL,
  answer BLOB NOT NULL,
  checksum BLOB NOT NULL);
CREATE INDEX journal_arrival ON journal (arrival, message_type);

CREATE TABLE journal_key (
  link INTEGER NOT NULL,
  control_id TEXT NOT NULL,
  digest BLOB NOT NULL,
  id INTEGER NOT NULL,
  PRIMARY KEY (link, control_id, digest)
) WITHOUT ROWID;

CREATE TABLE journal_open (
  arrival INTEGER PRIMARY KEY,
  id INTEGER NOT NULL,
  message_type TEXT NOT NULL,
  lanes BLOB NOT NULL
);

CREATE TABLE journal_done (
  id INTEGER PRIMARY KEY,
  state INTEGER NOT NULL,
  settled INTEGER NOT NULL,
  message_type TEXT NOT NULL,
  records BLOB NOT NULL,
  note TEXT NOT NULL
);

-- The few messages that are kept or held, so that listing them reads nothing else.
CREATE TABLE journal_aside (
  state INTEGER NOT NULL,
  id INTEGER NOT NULL,
  PRIMARY KEY (state, id)
) WITHOUT ROWID;

CREATE TABLE journal_record (
  part INTEGER NOT NULL,
  record INTEGER NOT NULL,
  id INTEGER NOT NULL,
  PRIMARY KEY (part, record, id)
) WITHOUT ROWID;

CREATE TABLE refusal (
  id INTEGER PRIMARY KEY,
  link INTEGER NOT NULL,
  at INTEGER NOT NULL,
  control_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  head BLOB NOT NULL
);
CREATE INDEX refusal_link ON refusal (link, id);

-- Wide rows: with row numbers, so that the inner pages of a file stay narrow.
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

CREATE TABLE record_key (
  key INTEGER NOT NULL,
  record INTEGER NOT NULL,
  PRIMARY KEY (key, record)
) WITHOUT ROWID;

CREATE TABLE person (
  person INTEGER PRIMARY KEY,
  epoch INTEGER NOT NULL
);

CREATE TABLE person_record (
  person INTEGER NOT NULL,
  record INTEGER NOT NULL,
  PRIMARY KEY (person, record)
) WITHOUT ROWID;

CREATE TABLE link_event (
  id INTEGER PRIMARY KEY,
  record INTEGER NOT NULL,
  person INTEGER NOT NULL,
  from_person INTEGER,
  at INTEGER NOT NULL,
  message INTEGER,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL , sort INTEGER NOT NULL DEFAULT 0, basis INTEGER NOT NULL DEFAULT 0, other INTEGER, as_of INTEGER NOT NULL DEFAULT 0, undoes INTEGER, rule TEXT NOT NULL DEFAULT '', score INTEGER, applied INTEGER NOT NULL DEFAULT 1, leaving BLOB NOT NULL DEFAULT x'', staying BLOB NOT NULL DEFAULT x'', checksum INTEGER);
CREATE INDEX link_event_record ON link_event (record, id);
CREATE INDEX link_event_other ON link_event (other, id) WHERE other IS NOT NULL;
CREATE INDEX link_event_decided ON link_event (id) WHERE basis = 2 AND other IS NOT NULL;

-- Versions of resources, never changed, in the order of filing: those that one change files stand together in one row.
-- heads says which they are; bodies are their bytes one after another (LZ4 block, unless length says that they are plain).
-- The number of a version is id * 4096 + its place.
CREATE TABLE filing (
  id INTEGER PRIMARY KEY,
  message INTEGER,
  filed INTEGER NOT NULL,
  custodian INTEGER NOT NULL,
  heads BLOB NOT NULL,
  length INTEGER NOT NULL,
  bodies BLOB NOT NULL
);

-- What one message said.
CREATE TABLE filing_said (
  message INTEGER NOT NULL,
  filing INTEGER NOT NULL,
  PRIMARY KEY (message, filing)
) WITHOUT ROWID;

-- index_rows: everything the version is searched by, read by range where a patient's resources are searched.
CREATE TABLE resource_current (
  part INTEGER NOT NULL,
  record INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  local INTEGER NOT NULL,
  version INTEGER NOT NULL,
  latest INTEGER NOT NULL,
  body INTEGER NOT NULL,
  finality INTEGER,
  as_of INTEGER NOT NULL,
  index_rows BLOB NOT NULL,
  PRIMARY KEY (part, record, kind, local)
) WITHOUT ROWID;

CREATE TABLE resource_former (
  part INTEGER NOT NULL,
  record INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  local INTEGER NOT NULL,
  version INTEGER NOT NULL,
  body INTEGER NOT NULL,
  PRIMARY KEY (part, record, kind, local, version)
) WITHOUT ROWID;

-- The few searches across patients: value first.
CREATE TABLE find_token (
  param INTEGER NOT NULL,
  code TEXT NOT NULL,
  system INTEGER NOT NULL,
  record INTEGER NOT NULL,
  local INTEGER NOT NULL,
  PRIMARY KEY (param, code, system, record, local)
) WITHOUT ROWID;

CREATE TABLE find_date (
  param INTEGER NOT NULL,
  lo INTEGER NOT NULL,
  hi INTEGER NOT NULL,
  record INTEGER NOT NULL,
  local INTEGER NOT NULL,
  PRIMARY KEY (param, lo, hi, record, local)
) WITHOUT ROWID;

CREATE TABLE token_system (
  id INTEGER PRIMARY KEY,
  uri TEXT NOT NULL
);

CREATE TABLE obligation (
  id INTEGER PRIMARY KEY,
  revision INTEGER NOT NULL,
  kind TEXT NOT NULL,
  is_open INTEGER NOT NULL,
  owner TEXT NOT NULL,
  human INTEGER NOT NULL,
  due INTEGER NOT NULL,
  then_owner TEXT NOT NULL,
  outcome TEXT NOT NULL,
  ended INTEGER,
  opened INTEGER NOT NULL,
  record INTEGER,
  about_record INTEGER,
  about_kind INTEGER,
  about_local INTEGER,
  version INTEGER NOT NULL,
  message INTEGER,
  gravity INTEGER NOT NULL,
  custodian INTEGER NOT NULL,
  recipient TEXT NOT NULL,
  recipient_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  accession TEXT NOT NULL,
  words TEXT NOT NULL
, checksum INTEGER);
CREATE INDEX obligation_record ON obligation (record, id);
CREATE INDEX obligation_message ON obligation (message, id);
CREATE INDEX obligation_recipient ON obligation (recipient_id, opened);

CREATE TABLE obligation_open (
  due INTEGER NOT NULL,
  id INTEGER NOT NULL,
  owner TEXT NOT NULL,
  PRIMARY KEY (due, id)
) WITHOUT ROWID;
CREATE INDEX obligation_open_owner ON obligation_open (owner, due, id);
-- Who must be called is looked for every few seconds: open critical obligations, by owner.
CREATE INDEX obligation_critical ON obligation (owner, due, id) WHERE is_open = 1 AND gravity = 2;

CREATE TABLE obligation_event (
  obligation INTEGER NOT NULL,
  step_number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  step TEXT NOT NULL,
  words TEXT NOT NULL, checksum INTEGER,
  PRIMARY KEY (obligation, step_number)
) WITHOUT ROWID;

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  destination TEXT NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  record INTEGER NOT NULL,
  message INTEGER NOT NULL,
  report_record INTEGER NOT NULL,
  report_kind INTEGER NOT NULL,
  report_local INTEGER NOT NULL,
  version INTEGER NOT NULL,
  obligation INTEGER NOT NULL,
  control_id TEXT NOT NULL UNIQUE,
  offered_digest BLOB NOT NULL,
  last_answer TEXT NOT NULL , kind INTEGER NOT NULL DEFAULT 0, checksum INTEGER);
CREATE INDEX outbox_record ON outbox (record, id);

CREATE TABLE outbox_waiting (
  destination TEXT NOT NULL,
  id INTEGER NOT NULL,
  record INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  PRIMARY KEY (destination, id)
) WITHOUT ROWID;

-- Sessions know the grant they were opened with and how their holder proved who they are.
CREATE TABLE sign_in (
  secret_hash BLOB PRIMARY KEY,
  user_id TEXT NOT NULL,
  role TEXT NOT NULL,
  name TEXT NOT NULL,
  expires INTEGER NOT NULL,
  bearer INTEGER NOT NULL,
  grant_number INTEGER,
  factor TEXT NOT NULL,
  begun INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  proven_until INTEGER NOT NULL,
  device TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sign_in_user ON sign_in (user_id);

-- Who may sign in, how they prove it, and as what. No column holds a password or anything made of one.
-- state: 0 active, 1 suspended, 2 ended. address and licence are unique among accounts that have not ended; neither ever
-- proves who somebody is. invitation counts the invitations; the latest can be used until invited_until.
CREATE TABLE account (
  id TEXT PRIMARY KEY,
  revision INTEGER NOT NULL,
  state INTEGER NOT NULL,
  name TEXT NOT NULL,
  address TEXT NOT NULL,
  licence TEXT NOT NULL,
  reason TEXT NOT NULL,
  opened INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  changed_by TEXT NOT NULL,
  invitation INTEGER NOT NULL,
  invited_until INTEGER,
  seen INTEGER
) WITHOUT ROWID;
CREATE UNIQUE INDEX account_address ON account (address) WHERE state <> 2;
CREATE UNIQUE INDEX account_licence ON account (licence) WHERE state <> 2 AND licence <> '';

-- A person at an OpenID provider: issuer and subject. evidence is what else the provider said of them when they were bound;
-- bound is 0 when that has changed since and nobody has verified them anew.
CREATE TABLE account_identity (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  account TEXT NOT NULL,
  bound INTEGER NOT NULL,
  evidence TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (issuer, subject)
) WITHOUT ROWID;
CREATE INDEX account_identity_account ON account_identity (account);

-- Public keys of passkeys (WebAuthn level 2).
CREATE TABLE passkey (
  credential BLOB PRIMARY KEY,
  account TEXT NOT NULL,
  public_key BLOB NOT NULL,
  sign_count INTEGER NOT NULL,
  name TEXT NOT NULL,
  added INTEGER NOT NULL,
  used INTEGER
) WITHOUT ROWID;
CREATE INDEX passkey_account ON passkey (account);

-- What an account may sign in as. context: 0 facility, 1 community.
CREATE TABLE account_grant (
  account TEXT NOT NULL,
  number INTEGER NOT NULL,
  role TEXT NOT NULL,
  practitioner TEXT NOT NULL,
  place TEXT NOT NULL,
  context INTEGER NOT NULL,
  begins INTEGER NOT NULL,
  ends INTEGER,
  by_whom TEXT NOT NULL,
  application TEXT NOT NULL,
  PRIMARY KEY (account, number)
) WITHOUT ROWID;

-- Statements that the holder of an account acknowledged, each at the version they read.
CREATE TABLE account_statement (
  account TEXT NOT NULL,
  statement TEXT NOT NULL,
  version TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (account, statement, version)
) WITHOUT ROWID;

-- A sign-in that has begun elsewhere and has not come back: taken once, by the browser that began it.
CREATE TABLE sign_in_attempt (
  handle BLOB PRIMARY KEY,
  body TEXT NOT NULL,
  expires INTEGER NOT NULL
) WITHOUT ROWID;

-- How often was something tried at the door, per address and source, both as digests.
CREATE TABLE sign_in_throttle (
  tried BLOB PRIMARY KEY,
  expires INTEGER NOT NULL,
  count INTEGER NOT NULL
) WITHOUT ROWID;

-- leaf is SHA-256(0x00 || number, time, role, verb, purpose, digest), the leaf hash of RFC 6962; seq has no gaps. The digest
-- is of person, actor and object, blinded with the content key of the period; it is kept only once these are destroyed.
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  person INTEGER,
  actor TEXT NOT NULL,
  role TEXT NOT NULL,
  verb TEXT NOT NULL,
  purpose TEXT NOT NULL,
  object TEXT NOT NULL,
  leaf BLOB NOT NULL
, digest BLOB);
CREATE INDEX audit_person ON audit (person, seq);
-- Whose charts somebody opened.
CREATE INDEX audit_opened ON audit (actor, seq) WHERE object >= 'person/' AND object < 'person0';

-- Records that came to another person by an event, so that any past day is answered by one look.
CREATE TABLE link_moved (
  record INTEGER NOT NULL,
  event INTEGER NOT NULL,
  at INTEGER NOT NULL,
  person INTEGER NOT NULL,
  from_person INTEGER NOT NULL,
  PRIMARY KEY (record, event)
) WITHOUT ROWID;
CREATE INDEX link_moved_person ON link_moved (person, record);
CREATE INDEX link_moved_from ON link_moved (from_person, record);
CREATE INDEX link_moved_event ON link_moved (event, record);

-- What a sender said of two records before both were on file.
CREATE TABLE waiting_link (
  missing INTEGER NOT NULL,
  message INTEGER NOT NULL,
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  statement TEXT NOT NULL,
  PRIMARY KEY (missing, message, number)
) WITHOUT ROWID;

-- The records that an identity question is about, beside its obligation.
CREATE TABLE review_case (
  obligation INTEGER PRIMARY KEY,
  sort INTEGER NOT NULL,
  risk INTEGER NOT NULL,
  asked INTEGER,
  because TEXT NOT NULL,
  records BLOB NOT NULL
);

CREATE TABLE notice (
  obligation INTEGER PRIMARY KEY,
  destination TEXT NOT NULL,
  event TEXT NOT NULL,
  records BLOB NOT NULL,
  body BLOB NOT NULL
);

-- Which systems were told something of a record's identity.
CREATE TABLE notice_record (
  record INTEGER NOT NULL,
  destination TEXT NOT NULL,
  obligation INTEGER NOT NULL,
  PRIMARY KEY (record, destination, obligation)
) WITHOUT ROWID;

-- Records whose later deliveries wait for a notice while it waits, beside the record of its own lane.
CREATE TABLE outbox_barrier (
  destination TEXT NOT NULL,
  id INTEGER NOT NULL,
  record INTEGER NOT NULL,
  PRIMARY KEY (destination, id, record)
) WITHOUT ROWID;

-- Records made at the registration desk; number is never used again.
CREATE TABLE registration (
  number INTEGER PRIMARY KEY,
  form TEXT NOT NULL UNIQUE,
  record INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  to_candidates_ms INTEGER NOT NULL,
  to_create_ms INTEGER NOT NULL,
  searches INTEGER NOT NULL,
  dismissed INTEGER NOT NULL
);

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

-- What is not as it should be. The id is that of the obligation that owns it; closed is empty while it lasts.
CREATE TABLE incident (
  id INTEGER PRIMARY KEY,
  sort TEXT NOT NULL,
  subject TEXT NOT NULL,
  opened INTEGER NOT NULL,
  closed INTEGER,
  words TEXT NOT NULL
);
CREATE INDEX incident_closed ON incident (closed, opened);

-- How much came by a stream in an hour (hours since 1970, UTC), counted by the clock and not by the message; busy = at
-- how many of its looks in that hour something had come.
CREATE TABLE flow (
  stream TEXT NOT NULL,
  hour INTEGER NOT NULL,
  n INTEGER NOT NULL,
  busy INTEGER NOT NULL,
  PRIMARY KEY (stream, hour)
) WITHOUT ROWID;

-- Up to where a stream is counted, and when it was last heard.
CREATE TABLE flow_mark (
  stream TEXT PRIMARY KEY,
  upto INTEGER NOT NULL,
  heard INTEGER NOT NULL
) WITHOUT ROWID;

-- Books of what is settled below the mark, counted once: sort 0 journal (link, type), 1 where its messages stand (link,
-- type, state), 2 ended obligations (kind, recipient, outcome). What changes below the mark is changed here with it.
CREATE TABLE census_settled (
  sort INTEGER NOT NULL,
  a TEXT NOT NULL,
  b TEXT NOT NULL,
  c TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (sort, a, b, c)
) WITHOUT ROWID;

-- Arrival number below which everything is counted there; at most one row.
CREATE TABLE census_mark (
  id INTEGER PRIMARY KEY,
  arrival INTEGER NOT NULL
);

-- What the provider directory knows, as changes that are only ever added: the latest row of a sort and id is so today,
-- an earlier one was so then. An empty body = withdrawn. fact is JSON.
CREATE TABLE directory_event (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  source TEXT NOT NULL,
  reason TEXT NOT NULL,
  sort TEXT NOT NULL,
  id TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX directory_event_fact ON directory_event (sort, id, seq);

-- Changes that somebody proposed; owned by the obligation of the same id. An empty verdict = nobody has decided yet.
CREATE TABLE directory_proposal (
  obligation INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  source TEXT NOT NULL,
  words TEXT NOT NULL,
  changes TEXT NOT NULL,
  verdict TEXT NOT NULL,
  decided INTEGER,
  decider TEXT NOT NULL,
  reason TEXT NOT NULL
);
CREATE INDEX directory_proposal_open ON directory_proposal (at) WHERE verdict = '';

-- What receivers refused and what a person posts, found behind any number of other deliveries. Rare rows only: filing and
-- acknowledged deliveries write no page of it.
CREATE INDEX outbox_refused ON outbox (destination, id) WHERE state = 2;

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

-- What people do not want shown: one row for each directive, kept with the source record at which it was recorded, so that
-- it goes with that record to whoever the person is. body is JSON. ended is empty while it stands.
CREATE TABLE consent_directive (
  id INTEGER PRIMARY KEY,
  record INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  body TEXT NOT NULL,
  until INTEGER,
  ended INTEGER,
  ended_by TEXT NOT NULL,
  end_reason TEXT NOT NULL
);
CREATE INDEX consent_directive_record ON consent_directive (record, id);
CREATE INDEX consent_directive_standing ON consent_directive (id) WHERE ended IS NULL;

-- What opens a chart to somebody: 0 on their panel, 1 a stated reason, 2 broken glass (obligation = its review). It
-- opens nothing from until on.
CREATE TABLE access_grant (
  id INTEGER PRIMARY KEY,
  actor TEXT NOT NULL,
  record INTEGER NOT NULL,
  at INTEGER NOT NULL,
  until INTEGER,
  sort INTEGER NOT NULL,
  code TEXT NOT NULL,
  words TEXT NOT NULL,
  obligation INTEGER
);
CREATE INDEX access_grant_actor ON access_grant (actor, record, id);
CREATE INDEX access_grant_record ON access_grant (record, id);

-- Requests to correct a record, owned by the obligation of the same id; and what became of them. about = the
-- reference of a resource, empty when it is about none. An empty verdict = nobody has decided yet.
CREATE TABLE correction (
  obligation INTEGER PRIMARY KEY,
  record INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  asked TEXT NOT NULL,
  about TEXT NOT NULL,
  verdict TEXT NOT NULL,
  decided INTEGER,
  decider TEXT NOT NULL,
  statement TEXT NOT NULL
);
CREATE INDEX correction_record ON correction (record, at);

-- Whose order a number is: what was asked for, so that a result under another patient is found out. number = 63 bits of
-- SHA-256 over issuer and number; local is the request's.
CREATE TABLE order_number (
  number INTEGER NOT NULL,
  record INTEGER NOT NULL,
  local INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (number, record, local)
) WITHOUT ROWID;

-- The bytes of a message stand in the order of arrival, apart from what is known of it: a row of the journal is narrow, and
-- bytes are written at the end of their table only, whichever link they came by.
CREATE TABLE journal_bytes (
  arrival INTEGER PRIMARY KEY,
  raw BLOB NOT NULL
);

-- Tickets by which an EMR opened the portal at a patient: each is taken once, and kept until it would be too old anyway.
CREATE TABLE launch (
  ticket BLOB PRIMARY KEY,
  handle BLOB NOT NULL,
  endpoint TEXT NOT NULL,
  claims TEXT NOT NULL,
  expires INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX launch_handle ON launch (handle);

-- Apps of other makers (SMART App Launch 2.2): what was registered of each, JSON; the latest row stands.
CREATE TABLE smart_app (
  id TEXT PRIMARY KEY,
  body TEXT NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  ended INTEGER
) WITHOUT ROWID;

-- What somebody let an app do: it holds until it ends, and so do all tokens that stand on it.
CREATE TABLE smart_grant (
  id BLOB PRIMARY KEY,
  app TEXT NOT NULL,
  account TEXT NOT NULL,
  body TEXT NOT NULL,
  at INTEGER NOT NULL,
  expires INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX smart_grant_account ON smart_grant (account);
CREATE INDEX smart_grant_expires ON smart_grant (expires);

-- Tokens of apps, by the SHA-256 of each: codes, access tokens, refresh tokens, launches.
CREATE TABLE smart_token (
  hash BLOB PRIMARY KEY,
  sort INTEGER NOT NULL,
  holder BLOB NOT NULL,
  body TEXT NOT NULL,
  expires INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX smart_token_expires ON smart_token (expires);

-- What holds once and was used: codes, refresh tokens, launches, numbers of assertions. Its key makes the second use fail.
CREATE TABLE smart_spent (
  hash BLOB PRIMARY KEY,
  expires INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX smart_spent_expires ON smart_spent (expires);
-- Subscriptions of applications, by the id of the Subscription resource. Each owns its events; the rest is how far the
-- receiver has come.
CREATE TABLE subscription (
  id TEXT PRIMARY KEY,
  revision INTEGER NOT NULL,
  state INTEGER NOT NULL,
  actor TEXT NOT NULL,
  asked TEXT NOT NULL,
  events INTEGER NOT NULL,
  taken INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  failing INTEGER,
  said TEXT NOT NULL,
  spoken INTEGER NOT NULL
) WITHOUT ROWID;

-- What a subscription tells, numbered from 1 without a gap.
CREATE TABLE subscription_event (
  subscription TEXT NOT NULL,
  number INTEGER NOT NULL,
  record INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  local INTEGER NOT NULL,
  version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (subscription, number)
) WITHOUT ROWID;

-- The filing up to which events were looked for.
CREATE TABLE subscription_mark (id INTEGER PRIMARY KEY, filing INTEGER NOT NULL);

-- Bulk exports that were asked for: everything as it stood before horizon. counted: parts whose types are known.
CREATE TABLE bulk_export (
  id TEXT PRIMARY KEY,
  revision INTEGER NOT NULL,
  actor TEXT NOT NULL,
  asked TEXT NOT NULL,
  horizon INTEGER NOT NULL,
  at INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  counted INTEGER NOT NULL,
  kinds TEXT NOT NULL
) WITHOUT ROWID;

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
-- goes on with it; facts is JSON; meets = when the applicant meets a coordinator by video. Every row that has not ended has a
-- holder and a clock.
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
, meets INTEGER);
CREATE INDEX application_state ON application (state, due);
CREATE INDEX application_address ON application (address);
CREATE INDEX application_handle ON application (handle);
CREATE INDEX application_account ON application (account) WHERE account <> '';
CREATE INDEX application_meets ON application (meets) WHERE meets IS NOT NULL;

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

-- Mails of our own; each is owned by the obligation of the same id until it is handed over. state 0 waits, 1 handed over, 2
-- refused for good: a person decides. again = not tried before; last = what was said of it last.
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
  last TEXT NOT NULL , again INTEGER NOT NULL DEFAULT 0);
CREATE INDEX mail_out_waiting ON mail_out (at) WHERE state = 0;
CREATE INDEX mail_out_recipient ON mail_out (recipient, at);
CREATE INDEX mail_out_application ON mail_out (application);

-- What somebody did, whoever it was about; machines are not asked.
CREATE INDEX audit_people ON audit (actor, seq) WHERE role <> 'machine';

-- Hashes of whole subtrees of the log, at level 8 (256 leaves), 16, 24 and so on.
CREATE TABLE audit_node (
  level INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (level, idx)
) WITHOUT ROWID;

-- Signed checkpoints of the log.
CREATE TABLE audit_checkpoint (
  size INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  note TEXT NOT NULL
);

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

-- Keys whose destruction destroys content: of the log by period, of a tip or a case by its obligation. What is gone has
-- no row.
CREATE TABLE content_key (
  class TEXT NOT NULL,
  subject INTEGER NOT NULL,
  key BLOB NOT NULL,
  PRIMARY KEY (class, subject)
) WITHOUT ROWID;

-- Up to which row of the log looks were judged.
CREATE TABLE detection_mark (
  id INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL
);

-- What is remembered of somebody's looks: figures and open signs, no list of patients beyond the days that signs count.
CREATE TABLE detection_member (
  actor TEXT PRIMARY KEY,
  body TEXT NOT NULL
) WITHOUT ROWID;

-- People whose chart tempts: whoever opens it without a relation is looked at.
CREATE TABLE watched_person (
  record INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL
);

-- Signs that somebody looked without need, owned by the obligation of the same id. An empty verdict = nobody has decided
-- yet. body is JSON.
CREATE TABLE activity_flag (
  obligation INTEGER PRIMARY KEY,
  actor TEXT NOT NULL,
  at INTEGER NOT NULL,
  score INTEGER NOT NULL,
  body TEXT NOT NULL,
  verdict TEXT NOT NULL,
  decided INTEGER,
  decider TEXT NOT NULL,
  reason TEXT NOT NULL
);
CREATE INDEX activity_flag_actor ON activity_flag (actor, at);
CREATE INDEX activity_flag_open ON activity_flag (at) WHERE verdict = '';

-- Tips without a name: reference = SHA-256 of the number that whoever gave it keeps. content is sealed with the key of the
-- obligation.
CREATE TABLE tip (
  obligation INTEGER PRIMARY KEY,
  reference BLOB NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  content BLOB NOT NULL,
  answer TEXT NOT NULL
);

-- Breach cases, owned by the obligation of the same id. An empty decision = nobody has decided yet; closed is empty while
-- it stands. content (what happened, why so decided) is sealed with the key of the obligation.
CREATE TABLE breach_case (
  obligation INTEGER PRIMARY KEY,
  number INTEGER NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  opener TEXT NOT NULL,
  source INTEGER NOT NULL,
  actor TEXT NOT NULL,
  since INTEGER NOT NULL,
  until INTEGER NOT NULL,
  decision TEXT NOT NULL,
  decided INTEGER,
  decider TEXT NOT NULL,
  closed INTEGER,
  content BLOB NOT NULL
);

-- Destructions of content under the retention schedule, owned by the obligation of the same id: proposed by the clock,
-- approved by a person, carried out in pieces, certified when done.
CREATE TABLE destruction (
  obligation INTEGER PRIMARY KEY,
  class TEXT NOT NULL,
  before INTEGER NOT NULL,
  at INTEGER NOT NULL,
  due INTEGER NOT NULL,
  approver TEXT NOT NULL,
  approved INTEGER,
  verdict TEXT NOT NULL,
  next INTEGER NOT NULL,
  destroyed INTEGER NOT NULL,
  done INTEGER
);
CREATE INDEX destruction_open ON destruction (class) WHERE done IS NULL;

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


-- Where a resource stands that is not found where its id or one of its patients says (decision 31): from there to the
-- record that holds it, under the same kind and local id.
CREATE TABLE resource_signpost (
  part INTEGER NOT NULL,
  record INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  local INTEGER NOT NULL,
  home INTEGER NOT NULL,
  PRIMARY KEY (part, record, kind, local, home)
) WITHOUT ROWID;

-- What was made on a condition, so that two who ask for the same at once make it once.
CREATE TABLE resource_condition (
  digest BLOB PRIMARY KEY,
  record INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  local INTEGER NOT NULL
) WITHOUT ROWID;
