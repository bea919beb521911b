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

-- Sessions know the grant they were opened with and how their holder proved who they are. Whoever was signed in signs in anew.
DROP TABLE sign_in;
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
