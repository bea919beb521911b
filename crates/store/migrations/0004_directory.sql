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
