-- Where a resource stands that is not found where its id or one of its patients says (decision 31): from there to the
-- record that holds it, under the same kind and local id.
CREATE TABLE resource_signpost (
  part INTEGER NOT NULL,
  record INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  local INTEGER NOT NULL,
  home INTEGER NOT NULL,
  PRIMARY KEY (part, record, kind, local, home)
) WITHOUT ROWID;

-- What was made on a condition, so that two who ask for the same at once make it once.
CREATE TABLE resource_condition (
  digest BLOB PRIMARY KEY,
  record INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  local INTEGER NOT NULL
) WITHOUT ROWID;
