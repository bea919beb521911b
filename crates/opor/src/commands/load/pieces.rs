//! What is loaded, cut into pieces: a file of people whole, NDJSON by so many bytes, made up people by so many.

use super::position::Mark;
use anyhow::{Context as _, bail};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Bytes of NDJSON that are written as one change: some 250 resources, so that an acknowledgement never waits long behind
/// them.
const LINES_BYTES: usize = 256 << 10;
/// Resources of one change at most, however short the lines are.
const LINES: usize = 1_000;
/// People that are made up for one piece.
const PEOPLE: u64 = 10;

/// One thing that is loaded.
pub(super) enum Source {
    /// A bundle, or one resource.
    Whole(PathBuf),
    /// One resource a line, each with its id (FHIR Bulk Data).
    Lines(PathBuf),
    /// So many people, made up.
    MadeUp {
        /// How many.
        people: u64,
        /// Results of each.
        results: usize,
    },
}

/// A part of a source that is done at once.
pub(super) struct Piece {
    /// Which source.
    pub(super) source: usize,
    /// Its place among the pieces of this run.
    pub(super) number: u64,
    /// Where the next one begins, in bytes or people.
    pub(super) end: u64,
    /// What is in it.
    pub(super) content: Content,
}

/// What is in a piece.
pub(super) enum Content {
    Whole(Vec<u8>),
    /// With the number of the first line among those of this run.
    Lines(Vec<u8>, u64),
    People(Range<u64>),
}

impl Source {
    /// The sources that paths stand for: files as they are named, and what lies in folders.
    ///
    /// # Errors
    /// A path does not exist, or there is nothing to load.
    pub(super) fn under(paths: &[PathBuf]) -> anyhow::Result<Vec<Self>> {
        let mut found = Vec::new();
        let mut todo: Vec<PathBuf> = paths.iter().rev().cloned().collect();
        while let Some(path) = todo.pop() {
            if path.is_dir() {
                let mut inside: Vec<PathBuf> = std::fs::read_dir(&path)?
                    .map(|entry| entry.map(|e| e.path()))
                    .collect::<Result<_, _>>()?;
                inside.sort();
                todo.extend(inside.into_iter().rev());
            } else if paths.contains(&path) || path.extension().is_some_and(|e| e == "json" || e == "ndjson")
            {
                if !path.exists() {
                    bail!("{} does not exist", path.display());
                }
                let is_lines = path.extension().is_some_and(|e| e == "ndjson");
                found.push(if is_lines { Self::Lines(path) } else { Self::Whole(path) });
            }
        }
        if found.is_empty() && !paths.is_empty() {
            bail!("there are no .json or .ndjson files under the paths given");
        }
        // Whoever is named by a resource should be on file before it: Patients first.
        found.sort_by_key(|source| match source {
            Self::Lines(path) => {
                path.file_name().is_none_or(|name| !name.to_string_lossy().starts_with("Patient"))
            }
            _ => false,
        });
        Ok(found)
    }

    /// How it is named to people.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Whole(path) | Self::Lines(path) => path.display().to_string(),
            Self::MadeUp { people, results } => {
                format!("{people} made up people with {results} results each")
            }
        }
    }

    /// What tells this source from another one of that name: its length and when it was changed.
    pub(super) fn mark(&self) -> anyhow::Result<Mark> {
        match self {
            Self::Whole(path) | Self::Lines(path) => {
                let about =
                    std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
                let modified = about.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
                Ok(Mark { length: about.len(), modified: modified.as_millis() })
            }
            Self::MadeUp { people, .. } => Ok(Mark { length: *people, modified: 0 }),
        }
    }

    /// Cuts it into pieces from a place on; stops when nobody takes them any more.
    pub(super) fn cut(
        &self,
        source: usize,
        from: u64,
        mut give: impl FnMut(Piece) -> bool,
    ) -> anyhow::Result<()> {
        let mut number = 0;
        let mut piece = |end: u64, content: Content| {
            number += 1;
            give(Piece { source, number: number - 1, end, content })
        };
        match self {
            Self::Whole(path) => {
                let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
                piece(bytes.len() as u64, Content::Whole(bytes));
            }
            Self::Lines(path) => cut_lines(path, from, &mut piece)?,
            Self::MadeUp { people, .. } => {
                let mut at = from;
                while at < *people {
                    let end = (at + PEOPLE).min(*people);
                    if !piece(end, Content::People(at..end)) {
                        break;
                    }
                    at = end;
                }
            }
        }
        Ok(())
    }
}

fn cut_lines(path: &Path, from: u64, piece: &mut impl FnMut(u64, Content) -> bool) -> anyhow::Result<()> {
    let unreadable = || format!("cannot read {}", path.display());
    let mut file = File::open(path).with_context(unreadable)?;
    file.seek(SeekFrom::Start(from))?;
    let mut file = BufReader::with_capacity(1 << 20, file);
    let (mut at, mut bytes, mut lines, mut first) = (from, Vec::with_capacity(LINES_BYTES * 2), 0, 0);
    loop {
        let read = file.read_until(b'\n', &mut bytes).with_context(unreadable)?;
        at += read as u64;
        lines += usize::from(read > 0);
        if bytes.len() >= LINES_BYTES || lines == LINES || (read == 0 && !bytes.is_empty()) {
            if !piece(at, Content::Lines(std::mem::take(&mut bytes), first)) {
                return Ok(());
            }
            first += lines as u64;
            lines = 0;
        }
        if read == 0 {
            return Ok(());
        }
    }
}
