-- What receivers refused and what a person posts, found behind any number of other deliveries. Rare rows only: filing and
-- acknowledged deliveries write no page of it.
CREATE INDEX outbox_refused ON outbox (destination, id) WHERE state = 2;
