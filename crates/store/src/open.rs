//! Opening: the SQLite we need, the settings durability rests on, one process at a time.

use crate::migrate;
use crate::problem::OpenProblem;
use crate::second::Note;
use crate::settings::Settings;
use crate::sql::{self, Address};
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

/// Takes the lock that one process can have. It ends with the file handle, so a killed process leaves none behind. Whatever is
/// written now is not in a second place that was shipped to before.
pub(crate) fn lock(dir: &Path) -> Result<File, OpenProblem> {
    lock_noted(dir).map(|(file, _)| file)
}

/// As [`lock`], with what a process that shipped its log to a second place has noted at its end.
pub(crate) fn lock_noted(dir: &Path) -> Result<(File, Option<Note>), OpenProblem> {
    let folder = |source| OpenProblem::Folder { path: dir.to_owned(), source };
    std::fs::create_dir_all(dir).map_err(folder)?;
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(dir.join(LOCK_FILE))
        .map_err(folder)?;
    match file.try_lock() {
        Ok(()) => Ok((file, Note::take(dir).map_err(folder)?)),
        Err(TryLockError::WouldBlock) => Err(OpenProblem::InUse(dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(folder(source)),
    }
}

/// The writer's connection; sets the log mode and reads every setting back.
pub(crate) fn writer(path: &Path, settings: &Settings) -> Result<Connection, OpenProblem> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = connect(path, flags, settings)?;
    let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(OpenProblem::Setting { setting: "journal_mode = WAL", found: mode });
    }
    settle_in(&conn, settings.writer_cache_kib)?;
    Ok(conn)
}

/// A connection that only reads.
pub(crate) fn reader(path: &Path, settings: &Settings) -> Result<Connection, OpenProblem> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = connect(path, flags, settings)?;
    settle_in(&conn, settings.view_cache_kib)?;
    conn.pragma_update(None, "query_only", true)?;
    conn.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    Ok(conn)
}

fn connect(path: &Path, flags: OpenFlags, settings: &Settings) -> rusqlite::Result<Connection> {
    match &settings.disk {
        None => Connection::open_with_flags(path, flags),
        Some(disk) => Connection::open_with_flags_and_vfs(path, flags, disk.vfs()),
    }
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

/// Oldest PostgreSQL that is known to hold the record, as `server_version_num`.
const OLDEST_SERVER: i64 = 150_000;
/// What the writer's session locks for its life: `opor` in ASCII. It ends with the connection, and with it whatever the
/// connection was about to write.
const SERVER_LOCK: i64 = 0x6f70_6f72;
/// How long a process waits for another one to let go (milliseconds).
const SERVER_LOCK_MILLISECONDS: u32 = 3_000;
/// What durability rests on, read back from the server; and what it must not be.
const SERVER_SETTINGS: [(&str, &str); 2] = [("fsync", "off"), ("full_page_writes", "off")];
/// A writer that is silent for so long is not alive: it says something every three seconds. Whoever stands by ends its
/// session at the server, and with it the lock and everything it was about to write.
pub(crate) const LEASE_SECONDS: i64 = 15;
/// Ends the session that holds the lock, when it is silent. One whose statement runs is not.
const END_SILENT_WRITER: &str = "SELECT count(pg_terminate_backend(l.pid)) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
    WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid::bigint = ?1 AND l.pid <> pg_backend_pid() \
    AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()) \
    AND a.state <> 'active' AND extract(epoch FROM clock_timestamp() - a.state_change) > ?2";
/// How the server finds out that the machine of a writer is gone, so that its lock is free for the next one: asked after
/// 10 seconds of silence, every 5 seconds, three times; and what is sent must be confirmed within 25 seconds.
const SERVER_FINDS_OUT: &str = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; \
    SET tcp_keepalives_count = 3; SET tcp_user_timeout = 25000";
/// What is confirmed when a standby server has it: the disk of the standby, or more.
const CONFIRMED: [&str; 2] = ["on", "remote_apply"];

/// The address of a PostgreSQL as people and logs may see it: without its password.
///
/// # Errors
/// [`OpenProblem::Address`].
pub fn shown_address(url: &str) -> Result<String, OpenProblem> {
    Ok(Address::read(url).map_err(OpenProblem::Address)?.shown())
}

/// Whether an address is of a line in the clear where the one that is known is of a line over TLS.
#[must_use]
pub fn drops_tls(known: &str, asked: &str) -> bool {
    let is_over_tls = |url: &str| Address::read(url).is_ok_and(|address| address.authorities.is_some());
    is_over_tls(known) && !is_over_tls(asked)
}

/// The writer's connection to a PostgreSQL that holds the record; no other process has one as long as this one lives.
pub(crate) fn server_writer(address: &Address) -> Result<sql::Connection, OpenProblem> {
    let conn = server_lock(address)?;
    // Also a process that lost its line while the record was moved away comes back by this way.
    migrate::check_here(&conn)?;
    Ok(conn)
}

/// As [`server_writer`], also where the record was moved away from.
pub(crate) fn server_lock(address: &Address) -> Result<sql::Connection, OpenProblem> {
    let conn = sql::Connection::connect(address)?;
    let refuse = |words: String| OpenProblem::Server { address: address.shown(), words };
    let shown = |name: &str| -> Result<String, sql::Error> {
        conn.query_row("SELECT current_setting(?1)", [name], |row| row.get(0))
    };
    let version = shown("server_version_num")?;
    if version.parse().unwrap_or(0) < OLDEST_SERVER {
        return Err(refuse(format!("it is version {version}; 15 or newer is needed")));
    }
    let encoding = shown("server_encoding")?;
    if encoding != "UTF8" {
        return Err(refuse(format!("its encoding is {encoding}; create the database with ENCODING 'UTF8'")));
    }
    for (name, wrong) in SERVER_SETTINGS {
        if shown(name)? == wrong {
            return Err(refuse(format!(
                "{name} is {wrong}, so that what is acknowledged could be lost; set it on"
            )));
        }
    }
    if !CONFIRMED.contains(&shown("synchronous_commit")?.as_str()) {
        conn.execute_batch("SET synchronous_commit = on")?;
        let found = shown("synchronous_commit")?;
        if !CONFIRMED.contains(&found.as_str()) {
            return Err(refuse(format!("synchronous_commit stays {found}; set it on")));
        }
    }
    conn.execute_batch(SERVER_FINDS_OUT)?;
    // A process that has just ended, or has just lost its connection, still holds it for a moment.
    conn.execute_batch(&format!("SET lock_timeout = {SERVER_LOCK_MILLISECONDS}"))?;
    match conn.query_row("SELECT pg_advisory_lock(?1)", [SERVER_LOCK], |_| Ok(())) {
        Ok(()) => {}
        Err(sql::Error::Postgres(sql::Problem::Refused { code, .. })) if code == "55P03" => {
            return Err(OpenProblem::ServerInUse(address.shown()));
        }
        Err(error) => return Err(error.into()),
    }
    conn.execute_batch("SET lock_timeout = 0")?;
    // What an earlier writer committed without an answer may not be at the standby servers yet, and a message that comes
    // again is answered by what is found here: a commit that is confirmed confirms everything before it.
    conn.execute_batch("BEGIN")?;
    conn.query_row("SELECT pg_logical_emit_message(true, 'opor', 'a writer begins')::text", [], |_| Ok(()))?;
    conn.execute_batch("COMMIT")?;
    conn.committed()?;
    Ok(conn)
}

/// Whether this session has the lock of the one that writes.
pub(crate) fn holds_lock(conn: &sql::Connection) -> Result<bool, sql::Error> {
    conn.prepare(
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid::bigint = ?1 \
         AND pid = pg_backend_pid()",
    )?
    .exists([SERVER_LOCK])
}

/// Ends the session of a writer that is silent; whether there was one.
pub(crate) fn end_silent_writer(address: &Address) -> Result<bool, OpenProblem> {
    let conn = sql::Connection::connect(address)?;
    let ended: i64 = conn.query_row(END_SILENT_WRITER, [SERVER_LOCK, LEASE_SECONDS], |row| row.get(0))?;
    Ok(ended > 0)
}

/// A connection to a PostgreSQL that only reads.
pub(crate) fn server_reader(address: &Address) -> Result<sql::Connection, OpenProblem> {
    Ok(sql::Connection::connect(address)?)
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
