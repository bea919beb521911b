//! Where the databases differ: how settle writes. SQLite writes row by row with statements held for the writer's life.

pub(crate) mod accounts;
pub(crate) mod activity;
pub(crate) mod beside;
pub(crate) mod breaker;
pub(crate) mod desks;
pub(crate) mod directory;
pub(crate) mod enrolment;
pub(crate) mod facility;
pub(crate) mod launches;
pub(crate) mod links;
pub(crate) mod mailbox;
pub(crate) mod mapping;
pub(crate) mod obligations;
pub(crate) mod orders;
pub(crate) mod privacy;
pub(crate) mod resources;
pub(crate) mod signposts;
pub(crate) mod smart;
pub(crate) mod sqlite;
pub(crate) mod statements;
pub(crate) mod subscriptions;
pub(crate) mod watch;
