//! What every store must do, said in data through its own interface, so that each database can be held to it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod acts;
mod books;
mod desks;
mod failures;
mod harness;
mod journal;
mod mapping;
mod opening;
mod people;
mod resources;
mod search;
