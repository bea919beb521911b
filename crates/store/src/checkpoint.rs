//! The checkpoint thread: brings the log into the database file beside the writer, so that the writer's own finish is
//! short (research/writer-trial.md: worst stall 15-20 ms instead of 150-200).

use crate::open;
use crate::problem::{OpenProblem, TryAgain};
use crate::settings::{CHECKPOINT_PASSES, Disk, Settings};
use crate::store::Shared;
use crate::writer::{After, Failure};
use rusqlite::Connection;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

#[derive(Default)]
struct State {
    asked: bool,
    stopping: bool,
}

/// How the writer asks the checkpoint thread.
#[derive(Default)]
pub(crate) struct Signal {
    state: Mutex<State>,
    wake: Condvar,
}

impl Signal {
    /// There is enough log to begin.
    pub(crate) fn ask(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).asked = true;
        self.wake.notify_one();
    }
    /// The thread ends.
    pub(crate) fn stop(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stopping = true;
        self.wake.notify_one();
    }
    fn wait(&self) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if state.stopping {
                return false;
            }
            if std::mem::take(&mut state.asked) {
                return true;
            }
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Pages in the log and pages of it that are in the database file. `mode` is PASSIVE, NOOP or TRUNCATE.
pub(crate) fn checkpoint(conn: &Connection, mode: &'static str) -> rusqlite::Result<(u32, u32)> {
    conn.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        let (log, done): (i64, i64) = (row.get(1)?, row.get(2)?);
        Ok((u32::try_from(log).unwrap_or(0), u32::try_from(done).unwrap_or(0)))
    })
}

/// Why a pass failed, when nothing may be taken any more: an unconfirmed write. After anything else (a full disk, a
/// reading error) the log still has every page, and the next pass, some groups later, tries again.
fn unsound(failed: Pass) -> Option<TryAgain> {
    match failed {
        Pass::Sync(words) => Some(TryAgain::DiskUnsound(words)),
        Pass::Copy(error) => {
            let Failure { why, after } = Failure::from(error);
            (after == After::Close).then_some(why)
        }
    }
}

/// What failed in a pass.
enum Pass {
    Copy(rusqlite::Error),
    Sync(String),
}

/// What a pass ends with: the database file on the disk.
pub(crate) enum Synced {
    /// Through a handle of our own.
    File(&'static File),
    /// As the disk of a test says.
    Disk(Arc<dyn Disk>, PathBuf),
}

impl Synced {
    /// How the database at this path is synced.
    pub(crate) fn of(database: &Path, settings: &Settings) -> Result<Self, OpenProblem> {
        Ok(match &settings.disk {
            None => Self::File(open::sync_handle(database)?),
            Some(disk) => Self::Disk(disk.clone(), database.to_owned()),
        })
    }
    fn now(&self) -> io::Result<()> {
        match self {
            Self::File(file) => file.sync_data(),
            Self::Disk(disk, database) => disk.sync(database),
        }
    }
}

/// Life of the thread. A pass that does not reach the end of the log copies pages without syncing the file; syncing it
/// here leaves the writer little to do. A failed sync may have lost pages that look written, so nothing is taken any
/// more and the log is kept: the next start reads it again (HAZARDS D3).
pub(crate) fn run(shared: &Shared, conn: &Connection, synced: &Synced) {
    while shared.checkpoint.wait() {
        let passed = (0..CHECKPOINT_PASSES).try_for_each(|_| {
            checkpoint(conn, "PASSIVE").map_err(Pass::Copy)?;
            synced.now().map_err(|error| Pass::Sync(error.to_string()))
        });
        match passed.map_err(unsound) {
            Ok(()) => shared.queue.finish_checkpoint(),
            Err(None) => {}
            Err(Some(why)) => {
                shared.queue.close(&why);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    #[test]
    fn d04_a_checkpoint_on_a_full_disk_closes_nothing() {
        let copy = |code| Pass::Copy(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        for code in [ffi::SQLITE_FULL, ffi::SQLITE_BUSY, ffi::SQLITE_NOMEM, ffi::SQLITE_IOERR_WRITE] {
            assert_eq!(unsound(copy(code)), None, "{code}");
        }
        for failed in [copy(ffi::SQLITE_IOERR_FSYNC), Pass::Sync("Input/output error".to_owned())] {
            assert!(matches!(unsound(failed), Some(TryAgain::DiskUnsound(_))));
        }
    }
}
