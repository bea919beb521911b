//! One file per subcommand.

pub(crate) mod backlog;
pub(crate) mod breaker;
pub(crate) mod census;
pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod dialect;
pub(crate) mod directory;
pub(crate) mod feeds;
pub(crate) mod identity;
pub(crate) mod interpret;
pub(crate) mod load;
pub(crate) mod replay;
pub(crate) mod send;
pub(crate) mod serve;
pub(crate) mod simulate;
pub(crate) mod token;
