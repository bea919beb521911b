-- Checksums of the rows that say who owes what, what is sent where and who is one person, so that a bit that flips in them
-- is told and neither shown nor sent. Rows of before get theirs with this migration.
ALTER TABLE obligation ADD COLUMN checksum INTEGER;
ALTER TABLE obligation_event ADD COLUMN checksum INTEGER;
ALTER TABLE outbox ADD COLUMN checksum INTEGER;
ALTER TABLE link_event ADD COLUMN checksum INTEGER;
