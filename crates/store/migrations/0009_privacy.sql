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

-- What opens a chart to somebody: 0 on their panel, 1 a stated reason, 2 broken glass (obligation = its review). until is
-- empty for a panel.
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
