//! Frames of the log, as the writer takes them.

use crate::wal::{FRAME_HEADER_BYTES, HEADER_BYTES, Header, stated};
use fhir::Instant;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// Which commit a log ends with: its header, frames, and the checksum up to there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    #[serde(with = "crate::copy::hexadecimal")]
    pub(super) header: [u8; HEADER_BYTES],
    pub(super) frames: u32,
    pub(super) sum: [u32; 2],
}

/// Frames that follow each other, up to a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Taken {
    /// When the commit was confirmed.
    pub(super) at: Instant,
    pub(super) header: [u8; HEADER_BYTES],
    /// Frames before these in the same log.
    pub(super) first: u32,
    /// Checksum up to them.
    pub(super) before: [u32; 2],
    pub(super) bytes: Vec<u8>,
}

impl Taken {
    /// Bytes of a frame, when the header is one.
    pub(super) fn frame_bytes(&self) -> Option<usize> {
        Header::read(&self.header).map(|header| FRAME_HEADER_BYTES + header.page_bytes)
    }

    /// Where the log ends with these; `None` when they are not whole frames.
    pub(super) fn end(&self) -> Option<Position> {
        let frame = self.frame_bytes()?;
        let last = self.bytes.len().checked_sub(frame)?;
        let frames = self.first.checked_add(u32::try_from(self.bytes.len() / frame).ok()?)?;
        Some(Position { header: self.header, frames, sum: stated(&self.bytes[last..]) })
    }

    /// Whether each frame is whole and continues the one before it.
    pub(super) fn is_sound(&self) -> bool {
        let Some(header) = Header::read(&self.header) else { return false };
        let mut before = self.before;
        let frame_bytes = FRAME_HEADER_BYTES + header.page_bytes;
        let each = |frame: &[u8]| {
            let is_whole = header.vouches_for(frame, before);
            before = stated(frame);
            is_whole
        };
        self.bytes.len().is_multiple_of(frame_bytes) && self.bytes.chunks_exact(frame_bytes).all(each)
    }

    /// Whether these follow a position: in the same log, or at the beginning of another one.
    pub(super) fn follows(&self, end: Option<&Position>) -> bool {
        match end {
            Some(end) if end.header == self.header => end.frames == self.first && end.sum == self.before,
            _ => self.first == 0,
        }
    }

    /// The same in parts of so many bytes, about.
    pub(super) fn parts(self, bytes: usize) -> Vec<Self> {
        let frame = self.frame_bytes().unwrap_or(bytes);
        let mut all: Vec<Self> = Vec::new();
        for part in self.bytes.chunks(frame * (bytes / frame).max(1)) {
            let end = all.last().and_then(Self::end);
            let (first, before) = end.map_or((self.first, self.before), |end| (end.frames, end.sum));
            all.push(Self { at: self.at, header: self.header, first, before, bytes: part.to_vec() });
        }
        all
    }

    /// What is behind a position of the same log; `None` when it is not in these.
    pub(super) fn after(mut self, end: &Position) -> Option<Self> {
        let frame = self.frame_bytes()?;
        let known = usize::try_from(end.frames.checked_sub(self.first)?).ok()? * frame;
        let is_same = end.header == self.header
            && match known.checked_sub(frame) {
                Some(last) => self.bytes.get(last..known).is_some_and(|one| stated(one) == end.sum),
                None => self.before == end.sum,
            };
        if !is_same {
            return None;
        }
        self.bytes.drain(..known);
        (self.first, self.before) = (end.frames, end.sum);
        Some(self)
    }
}

/// Frames `first..frames` of a log with this header.
pub(super) fn frames_of(log: &File, at: Instant, from: &Position, frames: u32) -> io::Result<Taken> {
    let header = Header::read(&from.header).ok_or_else(|| io::Error::other("the log has no header"))?;
    let frame = FRAME_HEADER_BYTES + header.page_bytes;
    let count = usize::try_from(frames.saturating_sub(from.frames)).map_err(io::Error::other)?;
    let mut bytes = vec![0; count * frame];
    log.read_exact_at(&mut bytes, HEADER_BYTES as u64 + u64::from(from.frames) * frame as u64)?;
    Ok(Taken { at, header: from.header, first: from.frames, before: from.sum, bytes })
}

/// The beginning of the log as it is now.
pub(super) fn beginning(log: &File) -> io::Result<Position> {
    let mut header = [0; HEADER_BYTES];
    log.read_exact_at(&mut header, 0)?;
    let read = Header::read(&header).ok_or_else(|| io::Error::other("the log has no header"))?;
    Ok(Position { header, frames: 0, sum: read.sum })
}
