//! A backup read, and held against what its end says of it; read into an empty place, it becomes a record again.

use super::sealed::{Key, Opening};
use super::{BackupProblem, END, Ending, FILE, Header, MAGIC, ROW, TABLE};
use crate::copy::{TableSum, Target, insert};
use crate::migrate;
use crate::settings::Settings;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;

/// First lines are shorter than this.
const LINES_BYTES: u64 = 64 << 10;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its first lines.
    pub header: Header,
    /// What everything adds up to, which it does.
    pub ending: Ending,
    /// The files of the installation: name, bytes.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Who is told each table and its rows, and who writes the files of the installation when everything adds up.
pub type Receivers<'r> =
    (&'r mut dyn FnMut(&str, u64), &'r mut dyn FnMut(&[(String, Vec<u8>)]) -> std::io::Result<()>);

/// Where rows go.
trait Sink {
    fn table(&mut self, name: &str, columns: &[String]) -> Result<(), BackupProblem>;
    fn row(&mut self, bytes: &[u8]) -> Result<(), BackupProblem>;
}

/// Reads a whole backup and checks that it is what was written. `progress` is told each table and its rows.
///
/// # Errors
/// [`BackupProblem`], which names the file.
pub fn read(path: &Path, key: &Key, progress: &mut dyn FnMut(&str, u64)) -> Result<Found, BackupProblem> {
    struct Nowhere;
    impl Sink for Nowhere {
        fn table(&mut self, _: &str, _: &[String]) -> Result<(), BackupProblem> {
            Ok(())
        }
        fn row(&mut self, _: &[u8]) -> Result<(), BackupProblem> {
            Ok(())
        }
    }
    let (header, opening) = begin(path, key)?;
    go_through(path, header, opening, &mut Nowhere, progress)
}

/// Makes the record of a backup in a folder that has none. Its files are written by whoever asks, before the record has its
/// name: nobody finds one without its keys.
///
/// # Errors
/// [`BackupProblem`]; the folder has no record then.
pub fn restore_into_folder(
    path: &Path,
    key: &Key,
    dir: &Path,
    settings: &Settings,
    receivers: Receivers<'_>,
) -> Result<Found, BackupProblem> {
    let (header, opening) = begin(path, key)?;
    Target::clear_folder(dir)?;
    let target = Target::in_folder(dir, header.schema, settings)?;
    restore(path, header, opening, target, receivers)
}

/// Makes the record of a backup at a PostgreSQL, in a database that has none; its files are written before it is one.
///
/// # Errors
/// [`BackupProblem`]; the database cannot be opened as a record then, and is emptied before it is tried again.
pub fn restore_into_server(
    path: &Path,
    key: &Key,
    url: &str,
    receivers: Receivers<'_>,
) -> Result<Found, BackupProblem> {
    let (header, opening) = begin(path, key)?;
    let target = Target::at_server(url, header.schema)?;
    restore(path, header, opening, target, receivers)
}

fn restore<R: Read>(
    path: &Path,
    header: Header,
    opening: Opening<R>,
    target: Target,
    (progress, files): Receivers<'_>,
) -> Result<Found, BackupProblem> {
    let schema = header.schema;
    let mut filling = Filling { target, table: String::new(), sql: String::new() };
    filling.target.begin()?;
    let found = go_through(path, header, opening, &mut filling, progress)?;
    filling.target.keep()?;
    files(&found.files).map_err(BackupProblem::Files)?;
    filling.target.finish(schema)?;
    Ok(found)
}

/// Rows go into a database.
struct Filling {
    target: Target,
    table: String,
    sql: String,
}

impl Sink for Filling {
    fn table(&mut self, name: &str, columns: &[String]) -> Result<(), BackupProblem> {
        let is_word =
            |word: &String| word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !std::iter::once(&name.to_owned()).chain(columns).all(is_word) {
            return Err(crate::copy::CopyProblem::Unreadable("a table whose name is none".to_owned()).into());
        }
        (self.table, self.sql) = (name.to_owned(), insert(name, columns));
        Ok(())
    }
    fn row(&mut self, bytes: &[u8]) -> Result<(), BackupProblem> {
        if self.target.put(&self.sql, &self.table, bytes)? {
            self.target.keep()?;
            self.target.begin()?;
        }
        Ok(())
    }
}

/// The first lines, and what opens the rest.
fn begin(path: &Path, key: &Key) -> Result<(Header, Opening<BufReader<File>>), BackupProblem> {
    let unread = |source| BackupProblem::File { path: path.to_owned(), source };
    let not_one = || BackupProblem::NotOne(path.to_owned());
    let mut file = BufReader::with_capacity(1 << 20, File::open(path).map_err(unread)?);
    let mut lines = Vec::new();
    for _ in 0..2 {
        let mut some = (&mut file).take(LINES_BYTES);
        some.read_until(b'\n', &mut lines).map_err(unread)?;
    }
    let text = std::str::from_utf8(&lines).map_err(|_| not_one())?;
    let said = text.strip_prefix(MAGIC).and_then(|rest| rest.strip_prefix('\n')).ok_or_else(not_one)?;
    let header: Header = serde_json::from_str(said).map_err(|_| not_one())?;
    let known = migrate::known();
    if header.schema > known {
        return Err(BackupProblem::Newer { path: path.to_owned(), found: header.schema, known });
    }
    let opening = Opening::begin(file, path, (&header.salt, header.check), &lines, key)?;
    Ok((header, opening))
}

fn go_through<R: Read>(
    path: &Path,
    header: Header,
    mut opening: Opening<R>,
    sink: &mut dyn Sink,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<Found, BackupProblem> {
    let differs = |words: String| BackupProblem::Content { path: path.to_owned(), words };
    let (mut head, mut bytes) = (Vec::new(), Vec::new());
    let (mut files, mut sums): (Vec<(String, Vec<u8>)>, Vec<TableSum>) = (Vec::new(), Vec::new());
    let ending: Ending = loop {
        opening.take(5, &mut head)?;
        let length = head[1..].first_chunk().map_or(0, |length| u32::from_be_bytes(*length));
        opening.take(usize::try_from(length).unwrap_or(usize::MAX), &mut bytes)?;
        match head[0] {
            FILE => files.push(file(&bytes).ok_or_else(|| differs("a file of it has no name".to_owned()))?),
            TABLE => {
                let (name, columns): (String, Vec<String>) = serde_json::from_slice(&bytes)
                    .map_err(|_| differs("a table of it has no columns".to_owned()))?;
                sink.table(&name, &columns)?;
                sums.push(TableSum::of(&name));
            }
            ROW => {
                let sum = sums.last_mut().ok_or_else(|| differs("a row is of no table".to_owned()))?;
                sum.add(&bytes);
                if sum.rows.is_multiple_of(1_000) {
                    progress(&sum.table, sum.rows);
                }
                sink.row(&bytes)?;
            }
            END => {
                break serde_json::from_slice(&bytes)
                    .map_err(|_| differs("its end cannot be read".to_owned()))?;
            }
            other => return Err(differs(format!("a piece of it is of sort {other}"))),
        }
    };
    if !opening.is_at_end()? {
        return Err(differs("something follows its end".to_owned()));
    }
    if let Some((found, said)) = sums.iter().zip(&ending.tables).find(|(found, said)| found != said) {
        return Err(differs(format!("table {} has {} rows and says {}", found.table, found.rows, said.rows)));
    }
    let names: Vec<&String> = files.iter().map(|(name, _)| name).collect();
    if sums.len() != ending.tables.len() || names != ending.files.iter().collect::<Vec<_>>() {
        return Err(differs("it has other tables or files than it says".to_owned()));
    }
    Ok(Found { header, ending, files })
}

/// A name and what follows it.
fn file(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (name, bytes) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    Some((String::from_utf8(name.to_vec()).ok()?, bytes.to_vec()))
}
