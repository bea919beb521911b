-- Whose charts somebody opened.
CREATE INDEX audit_opened ON audit (actor, seq) WHERE object >= 'person/' AND object < 'person0';
