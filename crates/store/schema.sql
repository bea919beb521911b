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
) WITHOUT ROWID;

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
  reason TEXT NOT NULL , sort INTEGER NOT NULL DEFAULT 0, basis INTEGER NOT NULL DEFAULT 0, other INTEGER, as_of INTEGER NOT NULL DEFAULT 0, undoes INTEGER, rule TEXT NOT NULL DEFAULT '', score INTEGER, applied INTEGER NOT NULL DEFAULT 1, leaving BLOB NOT NULL DEFAULT x'', staying BLOB NOT NULL DEFAULT x'');
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
);
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

CREATE TABLE obligation_event (
  obligation INTEGER NOT NULL,
  step_number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  step TEXT NOT NULL,
  words TEXT NOT NULL,
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
  last_answer TEXT NOT NULL , kind INTEGER NOT NULL DEFAULT 0);
CREATE INDEX outbox_record ON outbox (record, id);

CREATE TABLE outbox_waiting (
  destination TEXT NOT NULL,
  id INTEGER NOT NULL,
  record INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  PRIMARY KEY (destination, id)
) WITHOUT ROWID;

CREATE TABLE sign_in (
  secret_hash BLOB PRIMARY KEY,
  user_id TEXT NOT NULL,
  role TEXT NOT NULL,
  name TEXT NOT NULL,
  expires INTEGER NOT NULL,
  bearer INTEGER NOT NULL
) WITHOUT ROWID;

-- leaf is SHA-256(0x00 || row), the leaf hash of RFC 6962; seq has no gaps.
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
);
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
