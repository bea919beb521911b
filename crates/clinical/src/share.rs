//! Migration of SHARE users: who used it in the last six calendar months gets an account, everybody else a notice and a
//! path, and nobody two accounts (GUARANTEES S-033, S-034).

mod roster;
#[cfg(test)]
mod tests;

pub use roster::{Decision, Evidence, Excluded, Fate, NotMigrated, RosterRow, Tally, decide, window_begins};
