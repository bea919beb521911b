//! Files and batches (HL7 v2.5.1 2.10.3): one buffer cut into its messages. FHS, BHS, BTS and FTS may wrap them,
//! blank lines or nothing at all may part them, MLLP framing may be left in the file. Every byte that is text ends
//! up in a message or in an envelope: what belongs to no message is handed out as one, to be refused with a reason.

mod response;

use std::borrow::Cow;

pub use response::Response;

use crate::charset::{Charset, detect_utf16};
use crate::delimiters::Delimiters;
use crate::escape::unescape;

/// Bytes of headers and trailers in a frame that holds nothing else, at most.
const WRAPPING_BYTES: usize = 64 << 10;
/// Characters that are shown of a count that is none.
const COUNT_CHARS: usize = 40;

/// What a buffer holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents<'b> {
    /// The messages in order.
    pub members: Vec<Member<'b>>,
    /// FHS and FTS, if there are any.
    pub file: Option<Envelope<'b>>,
    /// BHS and BTS pairs in order.
    pub batches: Vec<Envelope<'b>>,
    /// What is odd about the wrapping; the messages are there all the same.
    pub problems: Vec<BatchProblem>,
}

/// One message of a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'b> {
    /// Its bytes, with the terminator of its last segment but without framing or parting lines.
    pub bytes: &'b [u8],
    /// Index in [`Contents::batches`] of the batch it stands in.
    pub batch: Option<usize>,
}

/// Header and trailer around messages or batches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope<'b> {
    /// FHS or BHS, without terminator.
    pub header: Option<&'b [u8]>,
    /// FTS or BTS, without terminator.
    pub trailer: Option<&'b [u8]>,
    /// BTS-1 (messages) or FTS-1 (batches), if it is a number.
    pub declared: Option<usize>,
    /// How many there are.
    pub found: usize,
}

/// What is odd about the wrapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchProblem {
    /// BTS-1 or FTS-1 differs from what is there.
    #[error("{trailer}-1 says {declared}, the file has {found}: ask the sender whether something is missing")]
    CountDiffers {
        /// `BTS` or `FTS`.
        trailer: &'static str,
        /// The number declared.
        declared: usize,
        /// The number found.
        found: usize,
    },
    /// BTS-1 or FTS-1 is no number.
    #[error("{trailer}-1 is \"{text}\", not a number: send the count or leave it empty")]
    CountUnreadable {
        /// `BTS` or `FTS`.
        trailer: &'static str,
        /// What stands there, cut.
        text: String,
    },
    /// A header without its trailer.
    #[error("{header} has no {trailer}: ask the sender whether the file was cut off")]
    NoTrailer {
        /// `BHS` or `FHS`.
        header: &'static str,
        /// `BTS` or `FTS`.
        trailer: &'static str,
    },
    /// A trailer without its header.
    #[error("{trailer} without {header} before it")]
    NoHeader {
        /// `BHS` or `FHS`.
        header: &'static str,
        /// `BTS` or `FTS`.
        trailer: &'static str,
    },
    /// Segments that follow no MSH; handed out as a message of their own.
    #[error("segments at byte {at} follow no MSH: every message must start with MSH")]
    OutsideMessage {
        /// Offset in the buffer.
        at: usize,
    },
}

impl<'b> Contents<'b> {
    /// By which number the sender knows it: BHS-11 of its only batch, else FHS-11; empty where there is none.
    pub fn control_id(&self) -> Cow<'b, str> {
        let envelope = match self.batches.as_slice() {
            [only] => Some(only),
            _ => self.file.as_ref(),
        };
        let of =
            |envelope: Option<&Envelope<'b>>| envelope.map(|one| one.header_field(11)).unwrap_or_default();
        match of(envelope) {
            id if id.is_empty() => of(self.file.as_ref()),
            id => id,
        }
    }
}

/// Whether a buffer is wrapped as a file or batch: FHS or BHS stands where MSH would.
pub fn is_wrapped(bytes: &[u8]) -> bool {
    let text = &bytes[crate::message::skip_leading(bytes)..];
    let header_like = text.get(3).is_some_and(|b| b.is_ascii_graphic() && !b.is_ascii_alphanumeric());
    header_like && (text.starts_with(b"FHS") || text.starts_with(b"BHS"))
}

/// The headers and trailers of a frame that holds nothing else and leaves something open or closes what another frame
/// opened: their messages come in frames of their own. `separator` is that of the header that is open. `None` for
/// anything else, a whole batch included.
pub fn wraps(bytes: &[u8], separator: u8) -> Option<Contents<'_>> {
    let text = &bytes[crate::message::skip_leading(bytes)..];
    let trails = (text.starts_with(b"BTS") || text.starts_with(b"FTS"))
        && text.get(3).is_none_or(|&b| b == separator || b == b'\r' || b == b'\n');
    if bytes.len() > WRAPPING_BYTES || !(trails || is_wrapped(bytes)) {
        return None;
    }
    let contents = split_after(bytes, separator);
    let is_half = |one: &Envelope<'_>| one.header.is_none() != one.trailer.is_none();
    let half = contents.batches.iter().chain(&contents.file).any(is_half);
    (contents.members.is_empty() && half).then_some(contents)
}

impl<'b> Envelope<'b> {
    /// Field `n` of the header (as in the standard: BHS-11 is the control id), first repetition and component.
    pub fn header_field(&self, n: usize) -> Cow<'b, str> {
        let Some(header) = self.header else { return Cow::Borrowed("") };
        let delimiters = Delimiters::of_header(header).map_or_else(|_| Delimiters::default(), |read| read.0);
        let Some(n) = n.checked_sub(1) else { return Cow::Borrowed("") };
        let field = header.split(|&b| b == delimiters.field).nth(n).unwrap_or(&[]);
        let cut = |b: &u8| *b == delimiters.component || Some(*b) == delimiters.repetition;
        let leaf = field.split(cut).next().unwrap_or(&[]);
        match Charset::Guessed.decode(leaf) {
            Cow::Borrowed(text) => unescape(text, &delimiters, Charset::Guessed),
            Cow::Owned(text) => Cow::Owned(unescape(&text, &delimiters, Charset::Guessed).into_owned()),
        }
    }

    /// The bytes of the trailer's comment and totals follow BTS-1; this is the whole trailer as characters.
    pub fn trailer_text(&self) -> Cow<'b, str> {
        Charset::Guessed.decode(self.trailer.unwrap_or(&[]))
    }
}

/// How many messages, headers and trailers [`split`] finds in a buffer at most; counts without keeping anything.
pub fn parts_at_most(bytes: &[u8]) -> usize {
    let of = |line: &[u8]| match line[crate::message::skip_leading(line)..].get(..3) {
        Some(b"MSH") => 1,
        // Segments that stand behind it are handed out too.
        Some(b"FHS" | b"BHS" | b"BTS" | b"FTS") => 2,
        _ => 0,
    };
    let (mut parts, mut at) = (1, 0);
    while at < bytes.len() {
        let end = memchr::memchr3(b'\r', b'\n', 0x1C, &bytes[at..]).map_or(bytes.len(), |found| at + found);
        // So are those behind framing.
        parts += of(&bytes[at..end]) + usize::from(bytes.get(end) == Some(&0x1C));
        at = end + 1;
    }
    parts
}

/// Cuts a buffer into its messages. A UTF-16 buffer is one message.
pub fn split(bytes: &[u8]) -> Contents<'_> {
    split_after(bytes, b'|')
}

/// The same of a buffer whose trailers may be those of a header before it, with that field separator.
fn split_after(bytes: &[u8], separator: u8) -> Contents<'_> {
    if detect_utf16(bytes).is_some() {
        return Contents { members: vec![Member { bytes, batch: None }], ..Contents::default() };
    }
    let mut cutter =
        Cutter { bytes, open: None, batch: None, field: separator, contents: Contents::default() };
    let mut at = 0;
    while at < bytes.len() {
        let end = memchr::memchr3(b'\r', b'\n', 0x1C, &bytes[at..]).map_or(bytes.len(), |found| at + found);
        cutter.line(at, end);
        let mut next = end;
        while let Some(&byte) = bytes.get(next) {
            match byte {
                b'\r' | b'\n' => {}
                0x1C => cutter.close(next),
                _ => break,
            }
            next += 1;
        }
        at = next;
    }
    cutter.finish()
}

struct Cutter<'b> {
    bytes: &'b [u8],
    /// Where the message being read starts.
    open: Option<usize>,
    /// The batch being read.
    batch: Option<usize>,
    /// Field separator of the last header.
    field: u8,
    contents: Contents<'b>,
}

impl<'b> Cutter<'b> {
    fn line(&mut self, start: usize, end: usize) {
        let skipped = crate::message::skip_leading(&self.bytes[start..end]);
        let text = &self.bytes[start + skipped..end];
        if text.is_empty() {
            return;
        }
        let name = text.get(..3).unwrap_or(&[]);
        let next = text.get(3).copied();
        let header_like = next.is_some_and(|b| b.is_ascii_graphic() && !b.is_ascii_alphanumeric());
        match name {
            b"MSH" if header_like => {
                self.close(start);
                self.field = text[3];
                self.open = Some(start + skipped);
            }
            b"FHS" if header_like => {
                self.close(start);
                self.field = text[3];
                self.contents.file.get_or_insert_default().header.get_or_insert(text);
            }
            b"BHS" if header_like => {
                self.close(start);
                self.end_batch();
                self.field = text[3];
                self.batch = Some(self.contents.batches.len());
                self.contents.batches.push(Envelope { header: Some(text), ..Envelope::default() });
            }
            b"BTS" | b"FTS" if next.is_none_or(|b| b == self.field) => {
                self.close(start);
                self.trailer(text);
            }
            _ if self.open.is_none() => {
                self.contents.problems.push(BatchProblem::OutsideMessage { at: start + skipped });
                self.open = Some(start + skipped);
            }
            _ => {}
        }
    }

    /// Ends the message being read before `end`.
    fn close(&mut self, end: usize) {
        let Some(start) = self.open.take() else { return };
        let text = &self.bytes[start..end];
        let trimmed = text.len() - text.iter().rev().take_while(|b| is_parting(**b)).count();
        let terminator = match memchr::memchr2(b'\r', b'\n', text) {
            Some(at) if text[at..].starts_with(b"\r\n") => &b"\r\n"[..],
            Some(at) => &text[at..=at],
            None => &[],
        };
        let kept = if text[trimmed..].starts_with(terminator) { trimmed + terminator.len() } else { trimmed };
        self.contents.members.push(Member { bytes: &text[..kept], batch: self.batch });
        if let Some(batch) = self.batch {
            self.contents.batches[batch].found += 1;
        }
    }

    fn trailer(&mut self, text: &'b [u8]) {
        let field = text.split(|&b| b == self.field).nth(1).unwrap_or(&[]);
        let count = String::from_utf8_lossy(field);
        let count = count.trim();
        let declared = count.parse().ok();
        let file = text.starts_with(b"FTS");
        let (header, trailer) = if file { ("FHS", "FTS") } else { ("BHS", "BTS") };
        if declared.is_none() && !count.is_empty() {
            let text = count.chars().take(COUNT_CHARS).collect();
            self.contents.problems.push(BatchProblem::CountUnreadable { trailer, text });
        }
        if file {
            self.end_batch();
            let file = self.contents.file.get_or_insert_default();
            if file.header.is_none() {
                self.contents.problems.push(BatchProblem::NoHeader { header, trailer });
            }
            file.trailer.get_or_insert(text);
            file.declared = declared;
            return;
        }
        let Some(batch) = self.batch.take() else {
            self.contents.problems.push(BatchProblem::NoHeader { header, trailer });
            self.contents.batches.push(Envelope { trailer: Some(text), declared, ..Envelope::default() });
            return;
        };
        let batch = &mut self.contents.batches[batch];
        batch.trailer = Some(text);
        batch.declared = declared;
        let found = batch.found;
        if let Some(declared) = declared.filter(|&declared| declared != found) {
            self.contents.problems.push(BatchProblem::CountDiffers { trailer, declared, found });
        }
    }

    /// A batch that is left without its trailer.
    fn end_batch(&mut self) {
        if self.batch.take().is_some() {
            self.contents.problems.push(BatchProblem::NoTrailer { header: "BHS", trailer: "BTS" });
        }
    }

    fn finish(mut self) -> Contents<'b> {
        self.close(self.bytes.len());
        self.end_batch();
        let batches = self.contents.batches.len();
        if let Some(file) = &mut self.contents.file {
            file.found = batches;
            if let Some(declared) = file.declared.filter(|&declared| declared != batches) {
                let problem = BatchProblem::CountDiffers { trailer: "FTS", declared, found: batches };
                self.contents.problems.push(problem);
            }
            if file.trailer.is_none() {
                self.contents.problems.push(BatchProblem::NoTrailer { header: "FHS", trailer: "FTS" });
            }
        }
        self.contents
    }
}

fn is_parting(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | b' ' | b'\t' | 0x0B | 0x1C)
}
