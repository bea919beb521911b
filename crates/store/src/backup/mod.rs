//! Backups: everything at one point in time, with the files of the installation, in one sealed file that is the same from
//! either database and can be read into either.
//!
//! Two lines stand in the clear: what it is, and what it was made of (no health information). Everything else is sealed
//! (`sealed.rs`): pieces, each a letter, a length of four bytes and its bytes. `F` a file (length of its name, name,
//! bytes), `T` a table with its columns (JSON), `R` a row (`copy/rows.rs`), `E` the end with what everything adds up to
//! (JSON).

mod reading;
pub(crate) mod sealed;
mod writing;

use crate::activity::{Frontier, hex};
use crate::copy::TableSum;
use crate::problem::{OpenProblem, ReadProblem};
use crate::rows::Census;
use crate::view::View;
use fhir::Instant;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

pub use reading::{Found, Receivers, read, restore_into_folder, restore_into_server};
pub use sealed::{KEY_BYTES, Key};
pub(crate) use writing::piece;
pub use writing::{Written, write};

/// First line of every backup.
pub(crate) const MAGIC: &str = "opor backup 1";
const FILE: u8 = b'F';
const TABLE: u8 = b'T';
const ROW: u8 = b'R';
const END: u8 = b'E';

/// A backup could not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum BackupProblem {
    /// It is no backup.
    #[error("{} is no backup of opor: its first lines are not those of one", .0.display())]
    NotOne(PathBuf),
    /// The key file is another one.
    #[error(
        "{} does not open with this key: give the key file it was made with. If it is that one, the first lines of the \
         backup were changed and it cannot be used",
        .0.display()
    )]
    OtherKey(PathBuf),
    /// Its end is missing.
    #[error("{} ends too early, at byte {at}: it was cut off. Copy it anew from where it was made, or take another one", path.display())]
    Truncated {
        /// Which.
        path: PathBuf,
        /// Where the block begins whose end is missing.
        at: u64,
    },
    /// Bytes of it were changed.
    #[error("{} is damaged between byte {from} and byte {to}. Copy it anew from where it was made, or take another one", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// Where the block begins.
        from: u64,
        /// Where it ends.
        to: u64,
    },
    /// It opens, and does not say what its end says of it.
    #[error("{} does not hold what it says: {words}. Take another one and report this", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What differs.
        words: String,
    },
    /// Written by a newer version.
    #[error("{} is of schema {found}, this version knows {known}. Use the newer opor that wrote it", path.display())]
    Newer {
        /// Which.
        path: PathBuf,
        /// Its schema number.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// A file cannot be used.
    #[error("cannot use {}: {source}. Check the path, and that there is space", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file of the installation cannot be written.
    #[error(
        "{0}. Empty the folder, check that there is space and that it belongs to this user, and restore anew"
    )]
    Files(std::io::Error),
    /// It cannot be sealed.
    #[error("the key cannot be used. Make one: head -c 48 /dev/urandom | base64")]
    Key,
    /// The record cannot be read.
    #[error(transparent)]
    Read(#[from] ReadProblem),
    /// The place it is restored into.
    #[error(transparent)]
    Copy(#[from] crate::copy::CopyProblem),
}

impl From<crate::sql::Error> for BackupProblem {
    fn from(error: crate::sql::Error) -> Self {
        Self::Read(error.into())
    }
}

impl From<OpenProblem> for BackupProblem {
    fn from(problem: OpenProblem) -> Self {
        Self::Copy(problem.into())
    }
}

/// The moment that a backup is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// Number of the last message that had arrived.
    pub arrival: i64,
    /// Number of the last filing.
    pub filing: i64,
    /// Number of the last row of the activity log.
    pub audit: i64,
    /// Root of the tree over the activity log, hexadecimal.
    pub root: String,
}

/// The moment of a view.
pub(crate) fn point(view: &View) -> Result<Point, ReadProblem> {
    let last =
        |sql: &str| view.one(sql, [], |row| row.get::<_, Option<i64>>(0)).map(|n| n.flatten().unwrap_or(0));
    let size = view.log_size()?;
    Ok(Point {
        arrival: last("SELECT max(arrival) FROM journal")?,
        filing: last("SELECT max(id) FROM filing")?,
        audit: i64::try_from(size).unwrap_or(i64::MAX),
        root: hex(&Frontier::read(view, size)?.root()),
    })
}

impl View {
    /// The moment it is of, as a backup says it.
    ///
    /// # Errors
    /// [`ReadProblem`].
    pub fn point(&self) -> Result<Point, ReadProblem> {
        point(self)
    }
}

/// What stands in the clear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of opor that made it.
    pub opor: String,
    /// Schema number of its tables.
    pub schema: i64,
    /// `sqlite` or `postgresql`.
    pub database: String,
    /// When, in microseconds since 1970, UTC.
    pub taken: i64,
    /// The moment it is of.
    pub point: Point,
    #[serde(with = "crate::copy::hexadecimal")]
    salt: [u8; 32],
    #[serde(with = "eight")]
    check: [u8; 8],
}

/// What everything adds up to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Each table.
    pub tables: Vec<TableSum>,
    /// Names of the files of the installation.
    pub files: Vec<String>,
    /// The books, from every row.
    pub census: Census,
}

/// What a backup is made with beside the record.
#[derive(Debug, Clone)]
pub struct About<'a> {
    /// Version of opor.
    pub opor: &'a str,
    /// Now.
    pub taken: Instant,
    /// Thirty-two random bytes that no other backup has.
    pub salt: [u8; 32],
}

pub(crate) mod eight {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8; 8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{:016x}", u64::from_be_bytes(*bytes)))
    }
    pub(crate) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<[u8; 8], D::Error> {
        let text = String::deserialize(from)?;
        let number = u64::from_str_radix(&text, 16).map_err(D::Error::custom)?;
        Ok(number.to_be_bytes())
    }
}
