//! What can go wrong, each with what to do next.

use std::path::PathBuf;

/// The store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenProblem {
    /// An older SQLite can corrupt a database with a write-ahead log.
    #[error(
        "SQLite {found} is linked; 3.51.3 or newer is needed (older ones can damage the database). Build with the bundled SQLite"
    )]
    OldSqlite {
        /// Its version.
        found: String,
    },
    /// Another process has it.
    #[error("{} is in use by another opor process. Stop that one first, or choose another --data folder", .0.display())]
    InUse(PathBuf),
    /// There is no database.
    #[error("there is no record in {}. Check --data, or start `opor serve --data` once to make one", .0.display())]
    Missing(PathBuf),
    /// The folder cannot be used.
    #[error("cannot use {}: {source}. Check that the folder exists, belongs to this user and has space", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The write-ahead log is damaged in its middle: SQLite would pass over the rest of it without a word.
    #[error(
        "{} is damaged before its end: {commits} commits or more that were acknowledged stand behind the damage and cannot be \
         read. Nothing was changed. Copy the whole folder away, then restore a backup and have the senders send again what \
         came since (docs/operations.md)",
        path.display()
    )]
    LogDamaged {
        /// Which.
        path: PathBuf,
        /// Commits behind the damage that are whole; those that it hit are not among them.
        commits: u64,
    },
    /// A setting that durability rests on did not take.
    #[error(
        "the database did not accept {setting}: it answers {found}. Use a local disk, not a network share"
    )]
    Setting {
        /// Which pragma.
        setting: &'static str,
        /// What it read back.
        found: String,
    },
    /// A copy into it has not come to its end.
    #[error(
        "the database holds a part of a copy. Run the same `opor migrate` again to its end, or empty the database and restore \
         into it anew"
    )]
    Unfinished,
    /// The record is elsewhere now.
    #[error(
        "the record that was in this database was moved to {0} and is written there. Serve that one; if a data folder still \
         names this database, remove its store.url"
    )]
    Moved(String),
    /// Written by a newer version.
    #[error(
        "the database is at schema {found}, this version knows {known}. Use the newer opor that wrote it, or restore a backup"
    )]
    Newer {
        /// Its schema number.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// A read-only opening found a schema that must be migrated first.
    #[error(
        "the database is at schema {found}, this version needs {known}. Start `opor serve` once to migrate it"
    )]
    Older {
        /// Its schema number.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// A migration that has run is not the one we know.
    #[error(
        "migration {number} in the database differs from the one in this version. Do not go on; restore the version that wrote it and report this"
    )]
    ChangedMigration {
        /// Which.
        number: i64,
    },
    /// SQLite says no.
    #[error(
        "the database cannot be opened: {0}. Run `opor check --data` and restore a backup if it is damaged"
    )]
    Database(#[from] crate::sql::Error),
    /// The address of a PostgreSQL cannot be used.
    #[error("the address of the store cannot be used: {0}. Write postgres://USER@HOST:PORT/DATABASE")]
    Address(String),
    /// A PostgreSQL that we do not know, or that is not kept as we need it.
    #[error("the PostgreSQL at {address} cannot hold the record: {words}")]
    Server {
        /// Which, without its password.
        address: String,
        /// Why, and what to do.
        words: String,
    },
    /// Another process has it.
    #[error(
        "the record at {0} is in use by another opor process. Stop that one first; one process serves a PostgreSQL at a time"
    )]
    ServerInUse(String),
    /// No thread could be started.
    #[error("cannot start the writer: {0}. Raise the limit of threads for this user")]
    Thread(std::io::Error),
}

/// Something could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadProblem {
    /// The bytes are not those that were written.
    #[error("{what} is damaged: its checksum does not match. Run `opor check` and restore it from a backup")]
    Damaged {
        /// Which row.
        what: String,
    },
    /// The search names something that the index does not have.
    #[error("{0}")]
    Unsupported(String),
    /// A page is asked for that does not follow from another one.
    #[error("\"_cursor\" is not from a page of this search; leave it out to begin anew")]
    Cursor,
    /// More is read at once than the limits allow.
    #[error("the record is busy; try again in a moment")]
    Busy,
    /// SQLite says no.
    #[error("the database cannot be read: {0}. Run `opor check`")]
    Database(#[source] crate::sql::Error),
    /// A read connection could not be opened.
    #[error(transparent)]
    Open(#[from] Box<OpenProblem>),
}

/// It is not known to be done. Do it again with the same key: done twice it counts once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TryAgain {
    /// More is waiting than the limits allow.
    #[error("the record is busy; send it again in a moment")]
    Busy,
    /// No space.
    #[error("the disk of the record is full; make space, then send it again")]
    DiskFull,
    /// The commit failed.
    #[error("the record could not be written ({0}); send it again")]
    Failed(String),
    /// A sync failed, so that nothing written since can be relied on until a restart has read it back.
    #[error(
        "the disk did not confirm a write ({0}); nothing is taken until the record is restarted on a sound disk"
    )]
    DiskUnsound(String),
    /// Another process writes, and this one only reads until it takes over.
    #[error("this process stands by and writes nothing; send it again, or to the one that writes")]
    StandingBy,
    /// It is being stopped, or has died.
    #[error("the record is stopping; send it again when it is back")]
    Stopping,
}

impl From<crate::sql::Error> for ReadProblem {
    fn from(error: crate::sql::Error) -> Self {
        match error {
            crate::sql::Error::Damaged(what) => Self::Damaged { what },
            other => Self::Database(other),
        }
    }
}

impl From<rusqlite::Error> for OpenProblem {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}
