//! Memory: journal of raw messages, versioned resources, search index, person index, obligations, outbox, audit.
//!
//! The only crate with SQL; holds no clinical opinion. Writing is [`Changes`] settled by one writer, reading is a
//! [`View`] at one point in time (DESIGN.md sections 3 and 5).

pub mod activity;
pub mod backup;
pub mod changes;
mod check;
mod checkpoint;
mod checksum;
pub mod copy;
mod dialect;
mod filing;
mod index;
mod migrate;
mod numbers;
mod open;
mod packed;
mod problem;
mod queue;
mod rewrite;
pub mod rows;
mod sealed;
pub mod second;
pub mod settings;
mod snapshots;
mod sql;
mod store;
mod types;
mod upgrade;
pub mod view;
mod wal;
mod writer;

pub use changes::{Changes, Requirement};
pub use check::{CheckReport, LISTED_PROBLEMS, Recompute};
pub use migrate::{SCHEMA, migration_for_server};
pub use open::{DATABASE_FILE, LOCK_FILE, OLDEST_SQLITE, drops_tls, shown_address};
pub use problem::{OpenProblem, ReadProblem, TryAgain};
pub use rewrite::rewrite;
pub use rows::*;
pub use settings::{Disk, Fault, FaultPoint, Faults, Monotonic, Settings};
pub use sql::distribute::distribute_sql;
pub use sql::{Error as DatabaseProblem, Problem as ServerProblem};
pub use store::{Committed, Settled, Store};
pub use types::{OTHER_TYPE, TYPE_CHARS, TYPES_PER_LINK};
pub use view::View;
pub use view::browser::{LOOKED_THROUGH, MessageHead, MessagePage, MessageQuery};
pub use view::census::DELIVERIES;
pub use view::desks::{Cause, Undelivered};
pub use view::find::{Finds, MAX_BODIES, MAX_INCLUDED, MAX_VISITED, MAX_WALKED};
pub use view::history::{Past, Place};
pub use view::journal::MessageFilter;
pub use view::obligations::ObligationFilter;
pub use view::outbox::{AcknowledgedId, OutboxFilter};
pub use view::search::Page;
pub use view::subscriptions::{PartPlace, Stood};
pub use view::veil::{Hides, Judge};
pub use view::watch::{FeedHead, ReceiverHead, ReceiverType};
