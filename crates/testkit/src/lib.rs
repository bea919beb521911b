//! Fakes, faults and the system tests; never shipped.
//!
//! Nothing here shares code with the product: the ledgers, the MLLP peers and their framing are written a second time
//! on purpose, so that a mistake in the product cannot hide behind the same mistake in its judge.

pub mod asvs;
pub mod bill;
pub mod binary;
pub mod campaign;
pub mod canary;
pub mod defects;
pub mod folder;
pub mod harness;
pub mod http;
pub mod ledger;
pub mod memory;
pub mod mllp;
pub mod patience;
pub mod postgresql;
pub mod safety;
pub mod server;
pub mod sources;
