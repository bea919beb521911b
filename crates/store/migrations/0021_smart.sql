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
