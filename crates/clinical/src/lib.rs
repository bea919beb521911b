//! Every decision the product makes, pure: facts in, decision with its reasons out.
//!
//! No SQL, no async, no clock, no randomness, no environment: time and ids are arguments (DESIGN.md section 2).

pub mod access;
pub mod backlog;
pub mod breach;
pub mod codes;
pub mod consent;
pub mod cover;
pub mod coverage;
pub mod detection;
pub mod dialect;
pub mod directory;
pub mod downtime_form;
pub mod enrolment;
pub mod facility;
pub mod flags;
pub mod identity;
pub mod intake;
pub mod links;
pub mod obligations;
pub mod plausibility;
pub mod rendering;
pub mod results;
pub mod retention;
pub mod routing;
pub mod share;
pub mod sheets;
pub mod silence;
pub mod smart;
pub mod staff_names;
pub mod subscriptions;
pub mod summaries;
pub mod totals;
pub mod unmatched;
pub mod words;
