//! The files of a second place: a folder for each chain, in it files of pieces in their order and copies of the database.
//!
//! ```text
//! opor.lock                                   held by the one process that ships
//! chain-000001/0000000001-0000000001.log      number of the file, number of its first piece
//! chain-000001/0000000001-0000000004-1795615200000000.base     first and last piece it needs, and of when that is
//! ```

use super::piece::{Head, LOG_MAGIC, Mark, SEALED_BYTES, Seal};
use super::restoring::SecondProblem;
use super::taking::Taken;
use crate::backup::Key;
use fhir::Instant;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// Name of the lock of the one process that ships to a place.
pub(super) const LOCK: &str = "opor.lock";
/// End of the name of what is not whole yet.
pub(super) const PART: &str = "part";
/// First lines are shorter than this.
const LINES_BYTES: u64 = 64 << 10;

/// A folder of a chain, by its number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ChainFolder {
    pub(super) number: u64,
    pub(super) path: PathBuf,
}

/// A file of pieces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LogFile {
    pub(super) number: u64,
    /// Number of the first piece.
    pub(super) first: u64,
    pub(super) path: PathBuf,
}

/// A copy of the database file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BaseFile {
    /// Of which moment it can be at the earliest.
    pub(super) at: Instant,
    /// The pieces that make it whole.
    pub(super) from: u64,
    pub(super) through: u64,
    pub(super) path: PathBuf,
}

/// Entries of a folder with the parts of their names, in order; what has another name is not ours.
fn named<T: Ord>(folder: &Path, read: impl Fn(&str, PathBuf) -> Option<T>) -> io::Result<Vec<T>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        all.extend(entry.file_name().to_str().and_then(|name| read(name, entry.path())));
    }
    all.sort();
    Ok(all)
}

/// The chains of a second place, oldest first.
pub(super) fn chains(place: &Path) -> io::Result<Vec<ChainFolder>> {
    named(place, |name, path| {
        let number = name.strip_prefix("chain-")?.parse().ok()?;
        Some(ChainFolder { number, path })
    })
}

/// The files of pieces of a chain.
pub(super) fn logs(chain: &Path) -> io::Result<Vec<LogFile>> {
    named(chain, |name, path| {
        let (number, first) = name.strip_suffix(".log")?.split_once('-')?;
        Some(LogFile { number: number.parse().ok()?, first: first.parse().ok()?, path })
    })
}

/// The copies of the database of a chain, oldest first.
pub(super) fn bases(chain: &Path) -> io::Result<Vec<BaseFile>> {
    named(chain, |name, path| {
        let mut parts = name.strip_suffix(".base")?.split('-');
        let (from, through, at) = (parts.next()?, parts.next()?, parts.next()?);
        let at = Instant(at.parse().ok()?);
        Some(BaseFile { at, from: from.parse().ok()?, through: through.parse().ok()?, path })
    })
}

pub(super) fn chain_folder(place: &Path, number: u64) -> PathBuf {
    place.join(format!("chain-{number:06}"))
}
pub(super) fn log_name(number: u64, first: u64) -> String {
    format!("{number:010}-{first:010}.log")
}
pub(super) fn base_name(from: u64, through: u64, at: Instant) -> String {
    format!("{from:010}-{through:010}-{}.base", at.0)
}

/// A folder's names are on the disk.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// A file of pieces that is read.
pub(super) struct Reading {
    pub(super) path: PathBuf,
    pub(super) head: Head,
    file: BufReader<File>,
    length: u64,
    at: u64,
    seal: Seal,
}

/// What stands next in a file of pieces.
pub(super) enum Read {
    /// A piece: what it holds, and how far the chain is with it.
    Piece(Vec<Taken>, Mark),
    /// Nothing more.
    End,
    /// A piece whose end is missing, between these bytes: it was being written.
    Torn { from: u64, to: u64 },
    /// A piece that is not as it was written, between these bytes.
    Broken { from: u64, to: u64 },
}

impl Reading {
    /// Opens a file of pieces; its first lines are always whole, or it has no name.
    pub(super) fn open(path: &Path, key: &Key) -> Result<Self, SecondProblem> {
        let unread = |source| SecondProblem::File { path: path.to_owned(), source };
        let damaged = |to| SecondProblem::Damaged { path: path.to_owned(), from: 0, to };
        let mut file = BufReader::with_capacity(1 << 20, File::open(path).map_err(unread)?);
        let length = file.get_ref().metadata().map_err(unread)?.len();
        let mut lines = Vec::new();
        for _ in 0..2 {
            file.by_ref().take(LINES_BYTES).read_until(b'\n', &mut lines).map_err(unread)?;
        }
        let at = lines.len() as u64;
        let said = std::str::from_utf8(&lines).ok().and_then(|text| text.strip_prefix(LOG_MAGIC));
        let head: Head = said.and_then(|text| serde_json::from_str(text).ok()).ok_or_else(|| damaged(at))?;
        let (blocks, check) = key.with(&head.salt).ok_or_else(|| damaged(at))?;
        if check != head.check {
            return Err(SecondProblem::OtherKey(path.to_owned()));
        }
        let seal = Seal { key: blocks, lines: Sha256::digest(&lines).into() };
        Ok(Self { path: path.to_owned(), head, file, length, at, seal })
    }

    /// The piece behind `before`.
    pub(super) fn next(&mut self, before: &Mark) -> io::Result<Read> {
        let left = self.length.saturating_sub(self.at);
        if left == 0 {
            return Ok(Read::End);
        }
        let mut length = [0; 4];
        if left >= 4 {
            self.file.read_exact(&mut length)?;
        }
        let length = u64::from(u32::from_be_bytes(length));
        let (from, to) = (self.at, self.at + 4 + length);
        if left < 4 || to > self.length || length > SEALED_BYTES as u64 {
            return Ok(Read::Torn { from, to: self.length });
        }
        let mut sealed = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.file.read_exact(&mut sealed)?;
        self.at = to;
        match self.seal.open(&sealed, before) {
            Some(all) => {
                let mark = before.with(&sealed, &all);
                Ok(Read::Piece(all, mark))
            }
            None => Ok(Read::Broken { from, to }),
        }
    }

    /// How far a chain is with everything that is whole in its last file.
    pub(super) fn end(mut self) -> io::Result<Mark> {
        let mut mark = self.head.after.clone();
        while let Read::Piece(_, with) = self.next(&mark)? {
            mark = with;
        }
        Ok(mark)
    }
}
