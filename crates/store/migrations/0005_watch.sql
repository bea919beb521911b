
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
