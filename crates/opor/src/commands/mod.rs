//! One file per subcommand.

pub mod census;
pub mod check;
pub mod demo;
pub mod interpret;
pub mod load;
pub mod replay;
pub mod send;
pub mod serve;
pub mod simulate;
pub mod token;
