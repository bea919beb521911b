//! What every store must do, said in data through its own interface, so that each database can be held to it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod activity;
mod acts;
mod backup;
mod books;
mod damage;
mod desks;
mod failures;
mod harness;
mod journal;
mod mapping;
#[expect(unreachable_pub, reason = "a file of testkit, which depends on this crate")]
#[path = "../../../testkit/src/memory.rs"]
mod memory;
mod opening;
#[expect(unreachable_pub, reason = "a file of testkit, which depends on this crate")]
#[path = "../../../testkit/src/patience.rs"]
mod patience;
mod people;
mod postgresql;
mod resources;
mod search;
#[expect(unreachable_pub, reason = "a file of testkit, which depends on this crate")]
#[allow(dead_code, reason = "the system tests use the rest")]
#[path = "../../../testkit/src/postgresql.rs"]
mod server;
#[path = "../tampering/mod.rs"]
mod tampering;
