//! Memory: journal of raw messages, versioned resources, search index, person index, obligations, outbox, audit.
//!
//! The only crate with SQL; holds no clinical opinion. Writing is [`Changes`] settled by one writer, reading is a
//! [`View`] at one point in time (DESIGN.md sections 3 and 5).

pub mod changes;
pub mod rows;

pub use changes::{Changes, Requirement};
pub use rows::*;
