//! The record as of a moment, from the second place: the last copy of the database before it, and every commit from there to
//! the moment. What is damaged is named, and up to which moment a record can be made.

use super::base::{BASE_MAGIC, END, Ending, FILE, Head, PAGES};
use super::piece::Mark;
use super::place::{self, BaseFile, ChainFolder, LogFile, Read, Reading};
use super::taking::{Position, Taken};
use crate::backup::sealed::Opening;
use crate::backup::{BackupProblem, Key};
use crate::copy::{CopyProblem, Target, name_it, unfinished_file};
use crate::open;
use crate::problem::OpenProblem;
use crate::wal::{FRAME_HEADER_BYTES, word};
use fhir::Instant;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// First lines are shorter than this.
const LINES_BYTES: u64 = 64 << 10;
/// Bytes of a part of a copy at most.
const PART_BYTES: usize = 1 << 30;

/// The record cannot be made from a second place, or not as of that moment.
#[derive(Debug, thiserror::Error)]
pub enum SecondProblem {
    /// There is nothing to make one from.
    #[error("{} has no copy of a record that is whole. Check the path, and that its disk is mounted", .0.display())]
    Nothing(PathBuf),
    /// The key file is another one.
    #[error("{} does not open with this key: give the key file that [log] names in the settings", .0.display())]
    OtherKey(PathBuf),
    /// It holds nothing as old.
    #[error("the oldest moment that can be restored is {first}. Give --at with that or a later one")]
    Before {
        /// The first moment.
        first: Instant,
    },
    /// Between two chains nothing was shipped.
    #[error(
        "nothing was shipped between {until} and {from}. Give --at with a moment up to the former, or from the latter on"
    )]
    Gap {
        /// End of the chain before.
        until: Instant,
        /// First moment of the next one.
        from: Instant,
    },
    /// Bytes of it were changed or are missing.
    #[error("{} is damaged between byte {from} and byte {to}", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// Where it begins.
        from: u64,
        /// Where it ends.
        to: u64,
    },
    /// A file is not there, or not the one that was written.
    #[error("{} does not continue the file before it, or one between them is missing", .0.display())]
    Apart(PathBuf),
    /// What is in it is not what a log or a copy holds.
    #[error("{} holds something else than was written", .0.display())]
    Content(PathBuf),
    /// The chain ends at something that is not whole, before the moment.
    #[error(
        "{words}. Up to {until} everything is whole: give --at {until}, or fetch that file anew from where else it is kept"
    )]
    Until {
        /// What is not whole.
        words: String,
        /// Up to when it is.
        until: Instant,
    },
    /// The same, before the copy that is begun with is whole.
    #[error(
        "{words}, and the copy of the database that is needed rests on it. `opor restore --check` lists the moments that can be restored"
    )]
    Within {
        /// What is not whole.
        words: String,
    },
    /// A file cannot be used.
    #[error("cannot use {}: {source}. Check the path, and that there is space", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of the installation cannot be written.
    #[error(
        "{0}. Empty the folder, check that there is space and that it belongs to this user, and restore anew"
    )]
    Files(io::Error),
    /// A copy of the database cannot be read.
    #[error(transparent)]
    Base(#[from] BackupProblem),
    /// The folder that it is restored into.
    #[error(transparent)]
    Copy(#[from] CopyProblem),
    /// The same.
    #[error(transparent)]
    Open(#[from] OpenProblem),
}

/// Moments that can be restored, all of them between the first and the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub from: Instant,
    /// The last commit.
    pub until: Instant,
    /// Copies of the database.
    pub bases: usize,
    /// Pieces of the log that are whole.
    pub pieces: u64,
    /// What is damaged: a copy, or the log from when on nothing of it can be restored.
    pub problem: Option<String>,
    /// The piece with which it ends, when it is not whole: it is being written, or was when something was cut off.
    pub torn: Option<String>,
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Of when its last commit is.
    pub at: Instant,
    /// Of when the copy is that it was begun with.
    pub base: Instant,
    /// Groups of commits that were written over it.
    pub commits: u64,
    /// What is not whole behind it.
    pub problem: Option<String>,
}

/// Who writes the files of the installation: name, bytes.
pub type PutsFiles<'p> = &'p mut dyn FnMut(&[(String, Vec<u8>)]) -> io::Result<()>;

/// A chain that has a copy of the database.
struct Whole {
    bases: Vec<BaseFile>,
    logs: Vec<LogFile>,
}

fn whole(folder: &Path) -> Result<Vec<Whole>, SecondProblem> {
    let unread = |path: &Path, source| SecondProblem::File { path: path.to_owned(), source };
    let mut all = Vec::new();
    for ChainFolder { path, .. } in place::chains(folder).map_err(|source| unread(folder, source))? {
        let bases = place::bases(&path).map_err(|source| unread(&path, source))?;
        let logs = place::logs(&path).map_err(|source| unread(&path, source))?;
        if !bases.is_empty() {
            all.push(Whole { bases, logs });
        }
    }
    if all.is_empty() { Err(SecondProblem::Nothing(folder.to_owned())) } else { Ok(all) }
}

/// Reads everything at a second place and says which moments can be restored. `progress` is told each file.
///
/// # Errors
/// [`SecondProblem`] when nothing can be restored at all; what is damaged behind a moment is in its [`Span`].
pub fn look_through(
    folder: &Path,
    key: &Key,
    progress: &mut dyn FnMut(&Path),
) -> Result<Vec<Span>, SecondProblem> {
    let mut spans = Vec::new();
    for chain in whole(folder)? {
        let mut problem = None;
        let mut kept = Vec::new();
        for base in &chain.bases {
            progress(&base.path);
            match read_base(base, key, &mut |_| Ok(()), &mut |_, _| Ok(())) {
                Ok(()) => kept.push(base),
                Err(error) => problem = Some(error.to_string()),
            }
        }
        let Some(first) = kept.first() else {
            let at = chain.bases[0].at;
            spans.push(Span { from: at, until: at, bases: 0, pieces: 0, problem, torn: None });
            continue;
        };
        let mut end = None;
        let walked = walk(&chain.logs, key, first, &mut |path, _, taken| {
            progress(path);
            follows(&mut end, path, taken)?;
            Ok(true)
        });
        let until = if walked.mark.piece < first.through { first.at } else { Instant(walked.mark.at) };
        // A copy that rests on pieces that cannot be read is none.
        let bases = kept.iter().filter(|base| base.through <= walked.mark.piece).count();
        let problem = walked.damage.map(|damage| damage.to_string()).or(problem);
        spans.push(Span {
            from: first.at,
            until,
            bases,
            pieces: walked.mark.piece,
            problem,
            torn: walked.torn,
        });
    }
    Ok(spans)
}

/// Makes the record as of the last commit at or before a moment, or as of the last one that there is, in a folder that has
/// none. Its files are written by whoever asks, before the record has its name.
///
/// # Errors
/// [`SecondProblem`]; the folder has no record then.
pub fn restore(
    folder: &Path,
    key: &Key,
    at: Option<Instant>,
    dir: &Path,
    files: PutsFiles<'_>,
) -> Result<Restored, SecondProblem> {
    let chains = whole(folder)?;
    let is_early = |chain: &Whole| at.is_some_and(|at| chain.bases[0].at > at);
    let Some(which) = chains.iter().rposition(|chain| !is_early(chain)) else {
        return Err(SecondProblem::Before { first: chains[0].bases[0].at });
    };
    let chain = &chains[which];
    let early = chain.bases.iter().rev().find(|base| at.is_none_or(|at| base.at <= at));
    let base = early.unwrap_or(&chain.bases[0]);
    Target::clear_folder(dir)?;
    let _lock = open::lock(dir)?;
    let path = dir.join(unfinished_file());
    let unwritten = |source| SecondProblem::File { path: path.clone(), source };
    let to = File::options().create_new(true).write(true).mode(0o600).open(&path).map_err(unwritten)?;
    let mut found = Vec::new();
    read_base(
        base,
        key,
        &mut |file| {
            found.push(file);
            Ok(())
        },
        &mut |bytes, place| to.write_all_at(bytes, place),
    )?;
    let mut making = Making { to, end: None, last: base.at, commits: 0, pages: None, page_bytes: 0 };
    let walked = walk(&chain.logs, key, base, &mut |log, piece, taken| {
        if piece > base.through && at.is_some_and(|at| taken.at > at) {
            return Ok(false);
        }
        follows(&mut making.end, log, taken)?;
        making.write(taken).map_err(unwritten)?;
        Ok(true)
    });
    let is_within = walked.mark.piece < base.through;
    let ends_early = !walked.is_enough && at.is_some_and(|at| at.0 > walked.mark.at);
    match (&walked.damage, &walked.torn) {
        (Some(damage), _) if is_within => return Err(SecondProblem::Within { words: damage.to_string() }),
        (None, torn) if is_within => {
            let missing = || "pieces at the end of the chain are missing".to_owned();
            return Err(SecondProblem::Within { words: torn.clone().unwrap_or_else(missing) });
        }
        (Some(damage), _) if ends_early || at.is_none() => {
            return Err(SecondProblem::Until { words: damage.to_string(), until: Instant(walked.mark.at) });
        }
        (None, Some(words)) if ends_early => {
            return Err(SecondProblem::Until { words: words.clone(), until: Instant(walked.mark.at) });
        }
        _ => {}
    }
    if let (true, Some(next)) = (ends_early, chains.get(which + 1)) {
        return Err(SecondProblem::Gap { until: Instant(walked.mark.at), from: next.bases[0].at });
    }
    making.end().map_err(unwritten)?;
    files(&found).map_err(SecondProblem::Files)?;
    name_it(&path)?;
    Ok(Restored { at: making.last, base: base.at, commits: making.commits, problem: walked.torn })
}

/// The database file that is made.
struct Making {
    to: File,
    end: Option<Position>,
    last: Instant,
    commits: u64,
    /// Pages that the file has after the last commit.
    pages: Option<u32>,
    page_bytes: usize,
}

impl Making {
    fn write(&mut self, taken: &Taken) -> io::Result<()> {
        let frame_bytes = taken.frame_bytes().ok_or_else(|| io::Error::other("a log without a header"))?;
        self.page_bytes = frame_bytes - FRAME_HEADER_BYTES;
        for frame in taken.bytes.chunks_exact(frame_bytes) {
            let number = u64::from(word(frame, 0)).checked_sub(1);
            let number = number.ok_or_else(|| io::Error::other("a frame of no page"))?;
            self.to.write_all_at(&frame[FRAME_HEADER_BYTES..], number * self.page_bytes as u64)?;
            self.pages = Some(word(frame, 4)).filter(|pages| *pages > 0).or(self.pages);
        }
        self.last = self.last.max(taken.at);
        self.commits += 1;
        Ok(())
    }

    fn end(&self) -> io::Result<()> {
        if let Some(pages) = self.pages {
            self.to.set_len(u64::from(pages) * self.page_bytes as u64)?;
        }
        self.to.sync_all()
    }
}

/// Frames are whole and continue those before them.
fn follows(end: &mut Option<Position>, path: &Path, taken: &Taken) -> Result<(), SecondProblem> {
    let follows = end.is_none() || taken.follows(end.as_ref());
    if !follows || !taken.is_sound() {
        return Err(SecondProblem::Content(path.to_owned()));
    }
    *end = taken.end();
    Ok(())
}

/// How far a chain could be read.
struct Walked {
    mark: Mark,
    /// Nobody wanted more.
    is_enough: bool,
    /// What its last file ends with, when that is not whole: a piece that was being written.
    torn: Option<String>,
    /// What is not as it was written.
    damage: Option<SecondProblem>,
}

impl Walked {
    fn until(mark: Mark) -> Self {
        Self { mark, is_enough: false, torn: None, damage: None }
    }
}

/// Is shown the file and number of a piece and some commits of it; whether it wants more.
type Visit<'v> = &'v mut dyn FnMut(&Path, u64, &Taken) -> Result<bool, SecondProblem>;

/// Goes through the pieces of a chain from those on that a copy of the database needs, each held against the digest of all before it.
fn walk(logs: &[LogFile], key: &Key, base: &BaseFile, visit: Visit<'_>) -> Walked {
    let (from, nowhere) = (base.from, Mark::beginning(base.at));
    let Some(first) = logs.iter().rposition(|log| log.first <= from) else {
        // A chain to which nothing was ever written rests on its copy alone.
        return Walked::until(nowhere);
    };
    let mut reading = match Reading::open(&logs[first].path, key) {
        Ok(reading) => reading,
        Err(error) => return Walked { damage: Some(error), ..Walked::until(nowhere) },
    };
    let mut mark = reading.head.after.clone();
    for next in logs[first + 1..].iter().map(Some).chain([None]) {
        let next = next.map(|log| Reading::open(&log.path, key));
        // What the next file does not follow was written and not known to be: it stands there again.
        let limit = match &next {
            Some(Ok(next)) => next.head.after.piece,
            _ => u64::MAX,
        };
        let read = read_file(&mut reading, &mut mark, (from, limit), visit);
        match (read, next) {
            (Ok(EndOfFile::Enough), _) => return Walked { is_enough: true, ..Walked::until(mark) },
            (Err(error), _) | (Ok(_), Some(Err(error))) => {
                return Walked { damage: Some(error), ..Walked::until(mark) };
            }
            (Ok(EndOfFile::Torn(words)), _) => return Walked { torn: Some(words), ..Walked::until(mark) },
            (Ok(EndOfFile::Ended), None) => break,
            (Ok(EndOfFile::Ended), Some(Ok(next))) => {
                let follows = next.head.after == mark && next.head.chain == reading.head.chain;
                if !follows {
                    return Walked { damage: Some(SecondProblem::Apart(next.path)), ..Walked::until(mark) };
                }
                reading = next;
            }
        }
    }
    Walked::until(mark)
}

/// How the reading of one file ended.
enum EndOfFile {
    /// Nobody wanted more.
    Enough,
    /// With its last piece.
    Ended,
    /// With one that is not whole.
    Torn(String),
}

/// Goes through one file up to a piece.
fn read_file(
    reading: &mut Reading,
    mark: &mut Mark,
    (from, limit): (u64, u64),
    visit: Visit<'_>,
) -> Result<EndOfFile, SecondProblem> {
    let path = reading.path.clone();
    while mark.piece < limit {
        let read = reading.next(mark).map_err(|source| SecondProblem::File { path: path.clone(), source })?;
        match read {
            Read::Piece(all, with) => {
                for taken in all.iter().filter(|_| with.piece >= from) {
                    if !visit(&path, with.piece, taken)? {
                        return Ok(EndOfFile::Enough);
                    }
                }
                *mark = with;
            }
            Read::End if limit == u64::MAX => return Ok(EndOfFile::Ended),
            Read::End => return Err(SecondProblem::Apart(path)),
            Read::Torn { from, to } if limit == u64::MAX => {
                let words = format!(
                    "{} ends with a piece that is not whole, between byte {from} and byte {to}",
                    path.display()
                );
                return Ok(EndOfFile::Torn(words));
            }
            Read::Torn { from, to } | Read::Broken { from, to } => {
                return Err(SecondProblem::Damaged { path, from, to });
            }
        }
    }
    Ok(EndOfFile::Ended)
}

/// Who takes a file of the installation, and who takes bytes of the database file with their place.
type TakesFile<'t> = &'t mut dyn FnMut((String, Vec<u8>)) -> io::Result<()>;
type TakesBytes<'t> = &'t mut dyn FnMut(&[u8], u64) -> io::Result<()>;

fn read_base(
    base: &BaseFile,
    key: &Key,
    file: TakesFile<'_>,
    pages: TakesBytes<'_>,
) -> Result<(), SecondProblem> {
    let path = &base.path;
    let unread = |source| SecondProblem::File { path: path.clone(), source };
    let content = || SecondProblem::Content(path.clone());
    let mut from = BufReader::with_capacity(1 << 20, File::open(path).map_err(unread)?);
    let mut lines = Vec::new();
    for _ in 0..2 {
        from.by_ref().take(LINES_BYTES).read_until(b'\n', &mut lines).map_err(unread)?;
    }
    let said = std::str::from_utf8(&lines).ok().and_then(|text| text.strip_prefix(BASE_MAGIC));
    let damaged = || SecondProblem::Damaged { path: path.clone(), from: 0, to: lines.len() as u64 };
    let head: Head = said.and_then(|text| serde_json::from_str(text).ok()).ok_or_else(damaged)?;
    let opened = Opening::begin(from, path, (&head.salt, head.check), &lines, key);
    let mut opening = opened.map_err(|error| match error {
        BackupProblem::OtherKey(path) => SecondProblem::OtherKey(path),
        other => other.into(),
    })?;
    let (mut start, mut bytes, mut at) = (Vec::new(), Vec::new(), 0_u64);
    loop {
        opening.take(5, &mut start)?;
        let length = usize::try_from(word(&start, 1)).map_err(|_| content())?;
        if length > PART_BYTES {
            return Err(content());
        }
        opening.take(length, &mut bytes)?;
        match start[0] {
            FILE => {
                let name = bytes.get(4..4 + word(&bytes, 0) as usize).ok_or_else(content)?;
                let name = String::from_utf8(name.to_vec()).map_err(|_| content())?;
                let rest = bytes[4 + name.len()..].to_vec();
                file((name, rest)).map_err(unread)?;
            }
            PAGES => {
                pages(&bytes, at).map_err(unread)?;
                at += bytes.len() as u64;
            }
            END => break,
            _ => return Err(content()),
        }
    }
    let ending: Ending = serde_json::from_slice(&bytes).map_err(|_| content())?;
    let named = Ending { bytes: at, from: base.from, through: base.through, at: base.at.0 };
    if ending != named || !opening.is_at_end()? {
        return Err(content());
    }
    Ok(())
}
