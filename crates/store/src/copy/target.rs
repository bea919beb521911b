//! Where a copy goes: an empty file or an empty database at a PostgreSQL. How far it has come stands beside the rows, in
//! the transaction that writes them; what is not whole cannot be opened as a record.

use super::rows::{Copied, TableSum, decode};
use super::{CopyProblem, PROGRESS};
use crate::activity::Hash;
use crate::checkpoint::checkpoint;
use crate::migrate;
use crate::open;
use crate::settings::Settings;
use crate::sql::{Address, Connection, OptionalExtension as _, params, params_from_iter, schema};
use std::fs::File;
use std::path::{Path, PathBuf};

/// What is added to the name of the database while it is not whole.
const UNFINISHED: &str = "copying";
/// Rows written in one transaction at most.
const ROWS_AT_ONCE: u64 = 5_000;
/// Bytes written in one transaction, about.
const BYTES_AT_ONCE: usize = 8 << 20;

/// An empty place that is filled.
pub(crate) struct Target {
    conn: Connection,
    place: Place,
    rows: u64,
    bytes: usize,
    /// A file that a copy was stopped at just before it got its name.
    is_whole: bool,
}

enum Place {
    /// A file beside the one it becomes; nobody else writes in its folder meanwhile.
    File { path: PathBuf, _lock: File },
    /// Which PostgreSQL, without its password.
    Server(String),
}

/// How far the copy of a table has come.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    /// What was copied adds up to this.
    pub(super) sum: TableSum,
    /// Key of the last row that was copied, as bytes of a row; empty before the first.
    pub(super) last: Vec<u8>,
    /// Whether it was the last one.
    pub(super) is_done: bool,
}

impl Target {
    /// A folder without a record; goes on with what a copy has left there.
    pub(crate) fn in_folder(dir: &Path, schema: i64, settings: &Settings) -> Result<Self, CopyProblem> {
        let lock = open::lock(dir)?;
        if open::database(dir).exists() {
            return Err(CopyProblem::Occupied(dir.display().to_string()));
        }
        // A log of another database would be taken for the new one's.
        if let Some(stray) = leavings(&open::database(dir)).iter().find(|file| file.exists()) {
            return Err(CopyProblem::Occupied(stray.display().to_string()));
        }
        let path = open::database(dir).with_extension(UNFINISHED);
        let conn = Connection::Sqlite(open::writer(&path, settings)?);
        Self::begun(conn, Place::File { path, _lock: lock }, schema)
    }

    /// A database without a record; goes on with what a copy has left there.
    pub(crate) fn at_server(url: &str, schema: i64) -> Result<Self, CopyProblem> {
        let address = Address::read(url).map_err(crate::OpenProblem::Address)?;
        let conn = open::server_writer(&address)?;
        Self::begun(conn, Place::Server(address.shown()), schema)
    }

    /// What a copy that ended early has left in a folder is thrown away.
    pub(crate) fn clear_folder(dir: &Path) -> Result<(), CopyProblem> {
        let path = open::database(dir).with_extension(UNFINISHED);
        for file in leavings(&path).into_iter().chain([path]) {
            match std::fs::remove_file(&file) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(CopyProblem::File { path: file, source });
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn begun(conn: Connection, place: Place, schema: i64) -> Result<Self, CopyProblem> {
        let mut target = Self { conn, place, rows: 0, bytes: 0, is_whole: false };
        if migrate::has_table(&target.conn, PROGRESS)? {
            return Ok(target);
        }
        if migrate::has_table(&target.conn, "schema_migration")? {
            target.is_whole = matches!(target.place, Place::File { .. });
            if target.is_whole {
                return Ok(target);
            }
            return Err(CopyProblem::Occupied(target.shown()));
        }
        target.conn.execute_batch("BEGIN")?;
        migrate::make_tables(&target.conn, schema)?;
        let progress = format!(
            "CREATE TABLE {PROGRESS} (name TEXT NOT NULL PRIMARY KEY, counted INTEGER NOT NULL, total BLOB NOT NULL, \
             last BLOB NOT NULL, ended INTEGER NOT NULL)"
        );
        let made = match target.conn.sqlite() {
            Some(_) => vec![progress],
            None => schema::for_postgresql(&progress, 0),
        };
        for one in made {
            target.conn.execute_batch(&one)?;
        }
        target.conn.execute_batch("COMMIT")?;
        Ok(target)
    }

    /// Whether everything is there and only its name is missing.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// For people.
    pub(super) fn shown(&self) -> String {
        match &self.place {
            Place::File { path, .. } => path.display().to_string(),
            Place::Server(address) => address.clone(),
        }
    }

    /// How far a table has come.
    pub(super) fn progress(&self, table: &str) -> Result<Progress, CopyProblem> {
        let known = self
            .conn
            .query_row(
                &format!("SELECT counted, total, last, ended FROM {PROGRESS} WHERE name = ?1"),
                [table],
                |row| {
                    let (rows, sum): (i64, Hash) = (row.get(0)?, row.get(1)?);
                    Ok(Progress {
                        sum: TableSum {
                            table: table.to_owned(),
                            rows: u64::try_from(rows).unwrap_or(0),
                            sum,
                        },
                        last: row.get(2)?,
                        is_done: row.get::<_, i64>(3)? != 0,
                    })
                },
            )
            .optional()?;
        Ok(known.unwrap_or_else(|| Progress { sum: TableSum::of(table), ..Progress::default() }))
    }

    /// Begins to write.
    pub(crate) fn begin(&mut self) -> Result<(), CopyProblem> {
        (self.rows, self.bytes) = (0, 0);
        Ok(self.conn.execute_batch("BEGIN")?)
    }

    /// Writes a row; whether so much is written that it should be kept now.
    pub(crate) fn put(&mut self, sql: &str, table: &str, row: &[u8]) -> Result<bool, CopyProblem> {
        let values = decode(row).ok_or_else(|| CopyProblem::Unreadable(table.to_owned()))?;
        self.conn.prepare_cached(sql)?.execute(params_from_iter(values))?;
        self.rows += 1;
        self.bytes += row.len();
        Ok(self.rows >= ROWS_AT_ONCE || self.bytes >= BYTES_AT_ONCE)
    }

    /// Keeps what was written since [`Target::begin`].
    pub(crate) fn keep(&mut self) -> Result<(), CopyProblem> {
        self.conn.prepare_cached("COMMIT")?.execute([])?;
        Ok(self.conn.committed()?)
    }

    /// Keeps what was written, with how far the table has come.
    pub(super) fn keep_with(&mut self, progress: &Progress) -> Result<(), CopyProblem> {
        self.conn.execute(
            &format!(
                "INSERT INTO {PROGRESS} (name, counted, total, last, ended) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (name) \
                 DO UPDATE SET counted = excluded.counted, total = excluded.total, last = excluded.last, ended = excluded.ended"
            ),
            params![
                progress.sum.table,
                i64::try_from(progress.sum.rows).unwrap_or(i64::MAX),
                progress.sum.sum,
                progress.last,
                i64::from(progress.is_done)
            ],
        )?;
        self.keep()
    }

    /// What a table of the copy adds up to, read again.
    pub(crate) fn sum(&self, table: &Copied) -> Result<TableSum, CopyProblem> {
        self.conn.execute_batch("BEGIN")?;
        let sum = sum_of(&self.conn, table)?;
        self.conn.execute_batch("COMMIT")?;
        Ok(sum)
    }

    /// It is whole: from now on it can be opened as a record.
    pub(crate) fn finish(self, schema: i64) -> Result<(), CopyProblem> {
        self.settle(schema)?;
        self.take_its_name()
    }

    /// It is whole, and is a record once it has [its name](Target::take_its_name); at a PostgreSQL at once.
    pub(super) fn settle(&self, schema: i64) -> Result<(), CopyProblem> {
        self.conn.execute_batch("BEGIN")?;
        migrate::note_tables(&self.conn, schema)?;
        self.conn.settled()?;
        self.conn.execute_batch(&format!("DROP TABLE {PROGRESS}"))?;
        self.conn.execute_batch("COMMIT")?;
        if self.conn.sqlite().is_none() {
            // Its planner knows nothing of the tables yet.
            self.conn.execute_batch("ANALYZE")?;
        }
        Ok(())
    }

    /// A file that is whole gets the name by which it is found.
    pub(super) fn take_its_name(self) -> Result<(), CopyProblem> {
        let Place::File { path, .. } = &self.place else { return Ok(()) };
        if let Some(file) = self.conn.sqlite() {
            checkpoint(file, "TRUNCATE").map_err(crate::sql::Error::from)?;
        }
        drop(self.conn);
        name_it(path)
    }
}

/// A file that is whole, and that nobody has open, gets the name by which it is found.
pub(crate) fn name_it(path: &Path) -> Result<(), CopyProblem> {
    let words = |source| CopyProblem::File { path: path.to_owned(), source };
    for file in leavings(path).iter().filter(|file| file.exists()) {
        std::fs::remove_file(file).map_err(words)?;
    }
    File::open(path).and_then(|file| file.sync_all()).map_err(words)?;
    std::fs::rename(path, path.with_extension(database_extension())).map_err(words)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(words)
}

/// What a table adds up to.
pub(super) fn sum_of(conn: &Connection, table: &Copied) -> crate::sql::Result<TableSum> {
    let mut sum = TableSum::of(&table.name);
    let mut bytes = Vec::new();
    let mut statement = conn.prepare(&table.select(false))?;
    let mut rows = statement.scan([])?;
    while let Some(row) = rows.next()? {
        bytes.clear();
        super::encode(&row, table.columns.len(), &mut bytes)?;
        sum.add(&bytes);
    }
    Ok(sum)
}

/// Name of a database in a folder while it is not whole; its log and the index of its log begin so.
#[must_use]
pub fn unfinished_file() -> String {
    Path::new(open::DATABASE_FILE).with_extension(UNFINISHED).display().to_string()
}

/// The log and the index of the log beside a database.
fn leavings(path: &Path) -> [PathBuf; 2] {
    ["-wal", "-shm"].map(|end| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    })
}

fn database_extension() -> &'static str {
    Path::new(open::DATABASE_FILE).extension().and_then(|end| end.to_str()).unwrap_or_default()
}
