-- What is left of the personal part of a row once the retention schedule has destroyed it; NULL while it stands. leaf is
-- SHA-256(0x00 || number, time, role, verb, purpose, digest), the leaf hash of RFC 6962; the digest is of person, actor
-- and object, blinded with the content key of the period (docs/decisions/0029).
ALTER TABLE audit ADD COLUMN digest BLOB;
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
