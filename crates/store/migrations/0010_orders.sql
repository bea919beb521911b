-- Whose order a number is: what was asked for, so that a result under another patient is found out. number = 63 bits of
-- SHA-256 over issuer and number; local is the request's.
CREATE TABLE order_number (
  number INTEGER NOT NULL,
  record INTEGER NOT NULL,
  local INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (number, record, local)
) WITHOUT ROWID;
