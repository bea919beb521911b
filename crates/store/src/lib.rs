//! Memory: journal, resources, search index, person index, obligations, outbox, audit.
