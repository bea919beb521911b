//! The record copied whole, from one place to another or into a backup: row by row at one point in time, each table held
//! against what it adds up to on the other side.

mod held;
mod moving;
mod rows;
mod target;

use crate::problem::{OpenProblem, ReadProblem};
use std::path::PathBuf;

pub use moving::{Moved, Site, move_record};
pub use rows::TableSum;
pub(crate) use rows::{encode, hexadecimal, insert, tables};
pub use target::unfinished_file;
pub(crate) use target::{Target, name_it};

/// Name of the table that stands beside a copy that is not whole yet; nothing opens a record that has it.
pub(crate) const PROGRESS: &str = "copy_progress";

/// A copy could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CopyProblem {
    /// A side cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenProblem),
    /// The side that is read says no.
    #[error(transparent)]
    Read(#[from] ReadProblem),
    /// The side that is written says no.
    #[error("the copy cannot be written: {0}. Make room or mend it, then do the same again")]
    Database(#[from] crate::sql::Error),
    /// A file of it cannot be used.
    #[error("cannot use {}: {source}. Check that the folder exists, belongs to this user and has space", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Nothing is overwritten.
    #[error("{0} has a record already, and nothing is overwritten. Choose an empty place")]
    Occupied(String),
    /// Somebody else may have written to it meanwhile.
    #[error(
        "the lock of the record was lost while it was copied, and what was written since is not in the copy. Stop every \
         process that serves it or stands by, empty the new place and begin again"
    )]
    LockLost,
    /// What has been copied so far is of another moment.
    #[error(
        "{0} holds a part of a copy that was begun from another record, or from this one before more was written to it. Empty \
         it and begin again"
    )]
    Changed(String),
    /// The sides do not add up to the same.
    #[error(
        "table {table} adds up to something else on the other side ({from} rows here, {to} there). Do not use the copy; empty \
         its place, run `opor check` on this side and begin again"
    )]
    Differs {
        /// Which.
        table: String,
        /// Rows of the side that was read.
        from: u64,
        /// Rows of the side that was written.
        to: u64,
    },
    /// A row holds what no row of it can hold.
    #[error("a row of {0} cannot be read. Run `opor check` on the side that is copied")]
    Unreadable(String),
    /// Whoever watches it said so; it goes on from there when it is done again.
    #[error("stopped; the same command goes on from here")]
    Stopped,
}
