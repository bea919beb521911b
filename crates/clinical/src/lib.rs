//! Every decision the product makes, pure: facts in, decision with its reasons out.
//!
//! No SQL, no async, no clock, no randomness, no environment: time and ids are arguments (DESIGN.md section 2).

pub mod access;
pub mod backlog;
pub mod codes;
pub mod consent;
pub mod cover;
pub mod coverage;
pub mod dialect;
pub mod directory;
pub mod identity;
pub mod intake;
pub mod links;
pub mod obligations;
pub mod plausibility;
pub mod rendering;
pub mod results;
pub mod routing;
pub mod silence;
pub mod staff_names;
pub mod summaries;
pub mod totals;
pub mod unmatched;
pub mod words;
