//! Where the databases differ: how settle writes. SQLite writes row by row with statements held for the writer's life.

pub(crate) mod breaker;
pub(crate) mod desks;
pub(crate) mod directory;
pub(crate) mod launches;
pub(crate) mod links;
pub(crate) mod mapping;
pub(crate) mod obligations;
pub(crate) mod orders;
pub(crate) mod privacy;
pub(crate) mod resources;
pub(crate) mod sqlite;
pub(crate) mod statements;
pub(crate) mod watch;
