//! Opening: the SQLite we need, the settings durability rests on, one process at a time.

use crate::problem::OpenProblem;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Oldest SQLite that is safe here: before it a write-ahead log could be reset while it was in use.
pub const OLDEST_SQLITE: i32 = 3_051_003;
/// File name of the database in the data folder.
pub const DATABASE_FILE: &str = "record.db";
/// File name of the lock in the data folder; a process that has it open and locked is the one that writes.
pub const LOCK_FILE: &str = "record.lock";
/// Statements a read connection keeps prepared.
const CACHED_STATEMENTS: usize = 160;
/// How long a connection waits for a lock that another holds for a moment (milliseconds).
const BUSY_MILLISECONDS: u64 = 5_000;

/// Refuses an SQLite older than [`OLDEST_SQLITE`].
///
/// # Errors
/// [`OpenProblem::OldSqlite`].
pub(crate) fn check_sqlite(version: i32) -> Result<(), OpenProblem> {
    if version >= OLDEST_SQLITE {
        return Ok(());
    }
    let found = format!("{}.{}.{}", version / 1_000_000, version / 1_000 % 1_000, version % 1_000);
    Err(OpenProblem::OldSqlite { found })
}

/// Takes the lock that one process can have. It ends with the file handle, so a killed process leaves none behind.
pub(crate) fn lock(dir: &Path) -> Result<File, OpenProblem> {
    let folder = |source| OpenProblem::Folder { path: dir.to_owned(), source };
    std::fs::create_dir_all(dir).map_err(folder)?;
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(dir.join(LOCK_FILE))
        .map_err(folder)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenProblem::InUse(dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(folder(source)),
    }
}

/// The writer's connection; sets the log mode and reads every setting back.
pub(crate) fn writer(path: &Path, cache_kib: u32) -> Result<Connection, OpenProblem> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(OpenProblem::Setting { setting: "journal_mode = WAL", found: mode });
    }
    settle_in(&conn, cache_kib)?;
    Ok(conn)
}

/// A connection that only reads.
pub(crate) fn reader(path: &Path, cache_kib: u32) -> Result<Connection, OpenProblem> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    settle_in(&conn, cache_kib)?;
    conn.pragma_update(None, "query_only", true)?;
    conn.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    Ok(conn)
}

fn settle_in(conn: &Connection, cache_kib: u32) -> Result<(), OpenProblem> {
    conn.busy_timeout(Duration::from_millis(BUSY_MILLISECONDS))?;
    // Closing must not checkpoint: a reader may not write, and the writer's end is a checkpoint of its own.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // The bundled SQLite plans by the values bound, and so compiles a held statement anew at each run; a stable plan
    // halves the cost of a point look-up.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.execute_batch("PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;")?;
    let _: i64 = conn.query_row("PRAGMA wal_autocheckpoint = 0", [], |row| row.get(0))?;
    let _: i64 = conn.query_row("PRAGMA mmap_size = 0", [], |row| row.get(0))?;
    conn.pragma_update(None, "cache_size", -i64::from(cache_kib))?;
    for (setting, pragma, wanted) in [
        ("synchronous = FULL", "synchronous", 2_i64),
        ("wal_autocheckpoint = 0", "wal_autocheckpoint", 0),
        ("mmap_size = 0", "mmap_size", 0),
        ("temp_store = MEMORY", "temp_store", 2),
    ] {
        let found: i64 = conn.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))?;
        if found != wanted {
            return Err(OpenProblem::Setting { setting, found: found.to_string() });
        }
    }
    Ok(())
}

/// The handle through which the checkpoint thread syncs the database file. Closing *any* handle of a file drops the
/// locks that SQLite holds on it in this process (POSIX), so one is opened per file and never closed.
pub(crate) fn sync_handle(path: &Path) -> Result<&'static File, OpenProblem> {
    static HANDLES: Mutex<BTreeMap<(u64, u64), &'static File>> = Mutex::new(BTreeMap::new());
    let folder = |source| OpenProblem::Folder { path: path.to_owned(), source };
    let about = std::fs::metadata(path).map_err(folder)?;
    let mut handles = HANDLES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(file) = handles.get(&(about.dev(), about.ino())) {
        return Ok(file);
    }
    let file: &'static File =
        Box::leak(Box::new(OpenOptions::new().read(true).write(true).open(path).map_err(folder)?));
    handles.insert((about.dev(), about.ino()), file);
    Ok(file)
}

/// Path of the database in a data folder.
pub(crate) fn database(dir: &Path) -> PathBuf {
    dir.join(DATABASE_FILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_sqlite_is_refused() {
        assert!(check_sqlite(rusqlite::version_number()).is_ok());
        assert!(check_sqlite(3_051_003).is_ok());
        let words = check_sqlite(3_051_002).expect_err("too old").to_string();
        assert!(words.contains("3.51.2 is linked; 3.51.3"), "{words}");
    }
}
