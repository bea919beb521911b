-- Mails are handed to a relay too: when one is tried again. state 2 = refused for good.
ALTER TABLE mail_out ADD COLUMN again INTEGER NOT NULL DEFAULT 0;
