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
