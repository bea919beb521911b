//! A backup written: everything that a view sees, at the moment of the view, while the record goes on.

use super::sealed::{Key, Sealing};
use super::{About, BackupProblem, END, Ending, FILE, Header, MAGIC, ROW, TABLE, point};
use crate::copy::{TableSum, encode, tables};
use crate::migrate;
use crate::view::View;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its first lines.
    pub header: Header,
    /// What everything adds up to.
    pub ending: Ending,
}

/// Writes everything that a view sees, and files of the installation (name, bytes), to a new file, which is synced and has
/// its name only when it is whole.
/// `progress` is told each table and how many of its rows are written.
///
/// # Errors
/// [`BackupProblem`]; what was written until then is no backup.
pub fn write(
    view: &View,
    files: &[(String, Vec<u8>)],
    about: &About<'_>,
    (key, path): (&Key, &Path),
    progress: &mut dyn FnMut(&str, u64),
) -> Result<Written, BackupProblem> {
    let (blocks, check) = key.with(&about.salt).ok_or(BackupProblem::Key)?;
    let header = Header {
        opor: about.opor.to_owned(),
        schema: migrate::known(),
        database: if view.conn()?.sqlite().is_some() { "sqlite" } else { "postgresql" }.to_owned(),
        taken: about.taken.0,
        point: point(view)?,
        salt: about.salt,
        check,
    };
    let unwritten = |source| BackupProblem::File { path: path.to_owned(), source };
    let said = serde_json::to_string(&header).map_err(|error| unwritten(error.into()))?;
    let lines = format!("{MAGIC}\n{said}\n");
    let part = part(path);
    let file = is_new(path).and_then(|()| new_file(&part)).map_err(unwritten)?;
    let mut to = BufWriter::new(&file);
    let mut out = Sealing::begin(&mut to, lines.as_bytes(), blocks).map_err(unwritten)?;
    for (name, bytes) in files {
        let length = u32::try_from(name.len()).unwrap_or(u32::MAX).to_be_bytes();
        piece(&mut out, FILE, &[length.as_slice(), name.as_bytes(), bytes].concat()).map_err(unwritten)?;
    }
    let (mut sums, mut bytes) = (Vec::new(), Vec::new());
    for table in tables() {
        let head =
            serde_json::to_vec(&(&table.name, &table.columns)).map_err(|error| unwritten(error.into()))?;
        piece(&mut out, TABLE, &head).map_err(unwritten)?;
        let mut sum = TableSum::of(&table.name);
        let mut statement = view.conn()?.prepare(&table.select(false))?;
        let mut rows = statement.scan([])?;
        while let Some(row) = rows.next()? {
            bytes.clear();
            encode(&row, table.columns.len(), &mut bytes)?;
            sum.add(&bytes);
            piece(&mut out, ROW, &bytes).map_err(unwritten)?;
            if sum.rows.is_multiple_of(1_000) {
                progress(&table.name, sum.rows);
            }
        }
        sums.push(sum);
    }
    let ending = Ending {
        tables: sums,
        files: files.iter().map(|(name, _)| name.clone()).collect(),
        census: view.census_of_every_row()?,
    };
    let said = serde_json::to_vec(&ending).map_err(|error| unwritten(error.into()))?;
    piece(&mut out, END, &said).map_err(unwritten)?;
    out.end().map_err(unwritten)?;
    drop(to);
    file.sync_all().map_err(unwritten)?;
    is_new(path).and_then(|()| std::fs::rename(&part, path)).map_err(unwritten)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(unwritten)?;
    Ok(Written { header, ending })
}

/// What a backup is called while it is not whole.
fn part(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

/// One that is there is not written over.
fn is_new(path: &Path) -> std::io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(std::io::ErrorKind::AlreadyExists.into()),
    }
}

/// Readable by its owner only; what a backup that was stopped had written is begun anew, unless it is still under way.
fn new_file(path: &Path) -> std::io::Result<File> {
    let file = File::options().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    file.try_lock()?;
    file.set_len(0)?;
    Ok(file)
}

/// A letter, a length, bytes.
pub(crate) fn piece(out: &mut impl Write, sort: u8, bytes: &[u8]) -> std::io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(std::io::Error::other)?;
    out.write_all(&[sort])?;
    out.write_all(&length.to_be_bytes())?;
    out.write_all(bytes)
}
