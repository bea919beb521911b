-- Links say what they are: of which two records, who says so and by which rule, and whether they count. Persons of
-- every day follow from these rows alone; record.person is where they have led.
ALTER TABLE link_event ADD COLUMN sort INTEGER NOT NULL DEFAULT 0;
ALTER TABLE link_event ADD COLUMN basis INTEGER NOT NULL DEFAULT 0;
ALTER TABLE link_event ADD COLUMN other INTEGER;
ALTER TABLE link_event ADD COLUMN as_of INTEGER NOT NULL DEFAULT 0;
ALTER TABLE link_event ADD COLUMN undoes INTEGER;
ALTER TABLE link_event ADD COLUMN rule TEXT NOT NULL DEFAULT '';
ALTER TABLE link_event ADD COLUMN score INTEGER;
ALTER TABLE link_event ADD COLUMN applied INTEGER NOT NULL DEFAULT 1;
ALTER TABLE link_event ADD COLUMN leaving BLOB NOT NULL DEFAULT x'';
ALTER TABLE link_event ADD COLUMN staying BLOB NOT NULL DEFAULT x'';
CREATE INDEX link_event_other ON link_event (other, id) WHERE other IS NOT NULL;
CREATE INDEX link_event_decided ON link_event (id) WHERE basis = 2 AND other IS NOT NULL;

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

-- What sort of delivery: 0 a report as it came, 1 a message of our own about identity, kept in notice.
ALTER TABLE outbox ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;

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
