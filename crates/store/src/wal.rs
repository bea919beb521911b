//! Damage in the middle of the write-ahead log. SQLite takes the log up to the first frame whose checksum is wrong and
//! passes over the rest in silence: right for what a power cut left of the last transaction, and a loss of everything
//! acknowledged since when a bit has flipped further up.
//!
//! The two are told apart by what follows. Each commit is synced before the next one is written, so behind a torn
//! transaction no other commit can stand (<https://sqlite.org/fileformat2.html#walformat>).

use crate::checkpoint::checkpoint;
use crate::open;
use crate::problem::OpenProblem;
use rusqlite::Connection;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Bytes of the header of a log.
pub(crate) const HEADER_BYTES: usize = 32;
/// Lowest bit of a log's sequence number in its header.
const SEQUENCE_BIT: usize = 15 * 8;
/// What a disk writes whole, in bytes.
const SECTOR_BYTES: u64 = 512;
/// Bytes of a frame before its page.
pub(crate) const FRAME_HEADER_BYTES: usize = 24;
/// First word of a log; its last bit says in which order the bytes of a checksum stand.
const MAGIC: u32 = 0x377f_0682;
const VERSION: u32 = 3_007_000;
/// Bytes of the log that are looked through at once.
const BUFFER_BYTES: usize = 1 << 20;

/// Refuses a database whose log is damaged before its end. To be asked before anything is written: the next write or
/// checkpoint would take away what could not be read.
///
/// # Errors
/// [`OpenProblem::LogDamaged`].
pub(crate) fn check(conn: &Connection, database: &Path) -> Result<(), OpenProblem> {
    let (frames, _) = checkpoint(conn, "NOOP")?;
    let path = log_of(database);
    let unread = |source| OpenProblem::Folder { path: path.clone(), source };
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unread(error)),
    };
    match lost_commits(file, u64::from(frames)).map_err(unread)? {
        0 => Ok(()),
        commits => Err(OpenProblem::LogDamaged { path, commits }),
    }
}

/// As [`check`], for whoever only reads: beside a process that writes, which has looked at the log as it started, what is being
/// written looks torn and is no damage.
///
/// # Errors
/// [`OpenProblem::LogDamaged`].
pub(crate) fn check_beside(conn: &Connection, dir: &Path) -> Result<(), OpenProblem> {
    let database = open::database(dir);
    if check(conn, &database).is_ok() {
        return Ok(());
    }
    match open::lock(dir) {
        Err(OpenProblem::InUse(_)) => Ok(()),
        held => held.and_then(|_held| check(conn, &database)),
    }
}

/// The log of a database.
pub(crate) fn log_of(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push("-wal");
    PathBuf::from(path)
}

/// The first bytes of a log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header {
    big_endian: bool,
    /// Bytes of a page.
    pub(crate) page_bytes: usize,
    salts: [u8; 8],
    /// Checksum of the header, with which that of the first frame begins.
    pub(crate) sum: [u32; 2],
}

/// A number of a header or a frame.
pub(crate) fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |word| u32::from_be_bytes(*word))
}

/// The checksum of the log over more bytes.
fn sum(bytes: &[u8], mut sum: [u32; 2], big_endian: bool) -> [u32; 2] {
    let read = if big_endian { u32::from_be_bytes } else { u32::from_le_bytes };
    for pair in bytes.as_chunks::<8>().0 {
        let [a, b, c, d, e, f, g, h] = *pair;
        sum[0] = sum[0].wrapping_add(read([a, b, c, d])).wrapping_add(sum[1]);
        sum[1] = sum[1].wrapping_add(read([e, f, g, h])).wrapping_add(sum[0]);
    }
    sum
}

impl Header {
    /// Reads a header that is whole.
    pub(crate) fn read(bytes: &[u8; HEADER_BYTES]) -> Option<Self> {
        let big_endian = word(bytes, 0) == MAGIC | 1;
        let known = (big_endian || word(bytes, 0) == MAGIC) && word(bytes, 4) == VERSION;
        let page_bytes = usize::try_from(word(bytes, 8)).ok()?;
        let stated = [word(bytes, 24), word(bytes, 28)];
        let is_page = page_bytes.is_power_of_two() && (512..=65_536).contains(&page_bytes);
        let is_whole = known && is_page && sum(&bytes[..24], [0; 2], big_endian) == stated;
        is_whole.then_some(Self { big_endian, page_bytes, salts: *bytes[16..].first_chunk()?, sum: stated })
    }

    /// What a header was in which one bit has flipped: it may have been one of several, of which the frames own up to one.
    /// A header that was torn as the log began anew is as near to the one before it where its sequence number was even;
    /// that one is not looked for, since all its frames had been written back.
    fn mended(bytes: &[u8; HEADER_BYTES]) -> Vec<Self> {
        let without = |bit: usize| {
            let mut other = *bytes;
            other[bit / 8] ^= 1 << (bit % 8);
            Self::read(&other)
        };
        let is_restart = |bit: &usize| *bit == SEQUENCE_BIT && bytes[SEQUENCE_BIT / 8] & 1 == 1;
        (0..HEADER_BYTES * 8).filter(|bit| !is_restart(bit)).filter_map(without).collect()
    }

    /// Whether a frame is of this log and not of the one before it in the same file.
    fn owns(&self, frame: &[u8]) -> bool {
        frame[8..16] == self.salts
    }

    /// Whether a frame is whole, when the one before it ended with this checksum.
    pub(crate) fn vouches_for(&self, frame: &[u8], before: [u32; 2]) -> bool {
        let head = sum(&frame[..8], before, self.big_endian);
        let whole = sum(&frame[FRAME_HEADER_BYTES..], head, self.big_endian);
        self.owns(frame) && whole == stated(frame)
    }
}

/// What a frame says that the checksum is up to it.
pub(crate) fn stated(frame: &[u8]) -> [u32; 2] {
    [word(frame, 16), word(frame, 20)]
}

fn is_commit(frame: &[u8]) -> bool {
    word(frame, 4) != 0
}

/// Commits that stand behind damage, where SQLite has read so many frames; 0 when there is none.
fn lost_commits(mut log: impl Read + Seek, frames: u64) -> io::Result<u64> {
    let mut header = [0; HEADER_BYTES];
    let length = log.seek(SeekFrom::End(0))?;
    if length < HEADER_BYTES as u64 {
        return Ok(0);
    }
    log.rewind()?;
    log.read_exact(&mut header)?;
    if let Some(known) = Header::read(&header) {
        return behind_damage(&mut log, &known, Some(frames));
    }
    let each = Header::mended(&header).into_iter().map(|known| behind_damage(&mut log, &known, None));
    each.reduce(|one, other| Ok(one?.max(other?))).unwrap_or(Ok(0))
}

/// Commits that stand behind damage in the log of this header, of which SQLite has read so many frames; `None` when the
/// damage is in the header.
fn behind_damage(log: &mut (impl Read + Seek), known: &Header, frames: Option<u64>) -> io::Result<u64> {
    let frame_bytes = FRAME_HEADER_BYTES + known.page_bytes;
    // What the frame before the first one that was not read ends with.
    let mut before = known.sum;
    let mut frame = vec![0; frame_bytes];
    log.seek(SeekFrom::Start(HEADER_BYTES as u64))?;
    if let Some(last) = frames.and_then(|frames| frames.checked_sub(1)) {
        log.seek(SeekFrom::Start(HEADER_BYTES as u64 + last * frame_bytes as u64))?;
        log.read_exact(&mut frame)?;
        before = stated(&frame);
    }
    let mut rest = io::BufReader::with_capacity(BUFFER_BYTES, log);
    // Behind a broken header every commit is lost; behind a broken frame the next one may be its own.
    let (mut is_broken, mut own) = (frames.is_none(), 0);
    let mut at = HEADER_BYTES as u64 + frames.unwrap_or(0) * frame_bytes as u64;
    let mut behind: u64 = 0;
    loop {
        match rest.read_exact(&mut frame) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        }
        let is_whole = known.vouches_for(&frame, before);
        before = stated(&frame);
        if is_broken {
            behind += u64::from(is_whole && is_commit(&frame));
        } else if !is_whole {
            is_broken = true;
            // Where its commit word lies in another sector than its salts, a power cut may have left the former one there.
            let is_split = at % SECTOR_BYTES == SECTOR_BYTES - 8;
            own = u64::from(is_split || !(known.owns(&frame) && is_commit(&frame)));
        }
        at += frame_bytes as u64;
    }
    Ok(behind.saturating_sub(own))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    const PAGE_BYTES: usize = 512;

    /// A log of transactions with so many frames each.
    fn log(transactions: &[usize]) -> Vec<u8> {
        let mut log = Vec::new();
        for number in [MAGIC, VERSION, PAGE_BYTES as u32, 1, 77, 78] {
            log.extend_from_slice(&number.to_be_bytes());
        }
        let mut last = sum(&log, [0; 2], false);
        log.extend(last.iter().flat_map(|word| word.to_be_bytes()));
        for frames in transactions {
            for n in 1..=*frames {
                let head = [9, if n == *frames { 100_u32 } else { 0 }].map(u32::to_be_bytes).concat();
                let page = [u8::try_from(n).unwrap(); PAGE_BYTES];
                last = sum(&page, sum(&head, last, false), false);
                log.extend(head);
                log.extend([77_u32, 78, last[0], last[1]].iter().flat_map(|word| word.to_be_bytes()));
                log.extend(page);
            }
        }
        log
    }

    fn lost(log: &[u8], frames: u64) -> u64 {
        lost_commits(Cursor::new(log), frames).unwrap()
    }

    #[test]
    fn d05_a_bit_that_flipped_before_the_last_commits_is_told_from_a_torn_end() {
        let whole = log(&[2, 3, 1, 2]);
        let frame = FRAME_HEADER_BYTES + PAGE_BYTES;
        assert_eq!(lost(&whole, 8), 0);
        // A power cut: some bytes of the last transaction did not arrive, or its end did not.
        for at in HEADER_BYTES + 6 * frame..whole.len() {
            let mut torn = whole.clone();
            torn[at..(at + 512).min(whole.len())].fill(0);
            assert_eq!(lost(&torn, 6), 0, "{at}");
            assert_eq!(lost(&whole[..at], 6), 0, "{at}");
        }
        // A bit of the first transaction flipped: three commits are behind it, of which the first may be its own.
        for at in HEADER_BYTES..HEADER_BYTES + 2 * frame {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            assert!(lost(&damaged, 0) >= 2, "{at}");
        }
        // A bit of the header flipped: SQLite reads nothing.
        for at in 0..HEADER_BYTES {
            let mut damaged = whole.clone();
            damaged[at] ^= 4;
            assert!(lost(&damaged, 0) > 0, "{at}");
        }
    }

    #[test]
    fn frames_of_the_log_before_are_not_missed() {
        let (mut now, before) = (log(&[2]), log(&[2, 2, 2]));
        let rest = &before[now.len()..];
        now.extend_from_slice(rest);
        let frame = FRAME_HEADER_BYTES + PAGE_BYTES;
        for older in (HEADER_BYTES + 2 * frame..now.len()).step_by(frame) {
            now[older + 8] ^= 1;
        }
        assert_eq!(lost(&now, 2), 0);
        assert_eq!(lost(&[], 0), 0);
    }
}
