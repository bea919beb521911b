//! A message: the exact bytes received and the index over them.

use std::borrow::Cow;

use crate::charset::{self, Charset, Declared};
use crate::delimiters::Delimiters;
use crate::header::Header;
use crate::index::{Index, Span};
use crate::problem::{Problem, ProblemKind, Unreadable};
use crate::tree::{Leaf, Place, Segment};

/// One HL7 v2 message. Owns the received bytes; every reader borrows from them.
#[derive(Debug, Clone)]
pub struct Message {
    body: Body,
    /// Working text before this offset is no part of MSH (byte order mark, blanks, VT).
    start: usize,
    pub(crate) delimiters: Delimiters,
    pub(crate) charset: Charset,
    pub(crate) index: Index,
    problems: Vec<Problem>,
}

/// The received bytes, and the working text that the index points into.
#[derive(Debug, Clone)]
enum Body {
    /// UTF-8 throughout: the received bytes are the working text.
    Text(String),
    /// A set with ASCII in its lower half: the received bytes are worked on, leaves are decoded when read.
    Bytes(Vec<u8>),
    /// UTF-16 and sets whose characters may hold delimiter bytes: worked on as UTF-8, received bytes kept.
    Copy { received: Vec<u8>, text: String, exact: bool },
}

impl Message {
    /// Reads a message. Segments may end in CR, LF or CRLF; blanks, a byte order mark or VT may stand before
    /// MSH; any ASCII punctuation may delimit. Only a header that cannot be read is an error, everything else
    /// odd is in [`Message::problems`].
    pub fn parse(bytes: impl Into<Vec<u8>>) -> Result<Message, Unreadable> {
        let bytes: Vec<u8> = bytes.into();
        if u32::try_from(bytes.len()).is_err() {
            return Err(Unreadable::TooLarge { bytes: bytes.len() });
        }
        match charset::detect_utf16(&bytes) {
            Some(wide) => Message::parse_copy(bytes, wide),
            None => Message::parse_narrow(bytes),
        }
    }

    fn parse_narrow(bytes: Vec<u8>) -> Result<Message, Unreadable> {
        let head = Head::read(&bytes)?;
        let declared = head.declared(&bytes)?;
        let mut problems = head.problems;
        let mut note = |kind| problems.push(Problem { segment: 0, field: 18, kind });
        if let Declared::Set(set @ Charset::MultiByte(_)) = declared.set {
            return Message::parse_copy(bytes, set);
        }
        if declared.repeats {
            note(ProblemKind::AlternateCharsets);
        }
        let mismatch = |read_as| ProblemKind::CharsetMismatch { declared: declared.label.clone(), read_as };
        let (body, charset) = match declared.set {
            Declared::Set(set) => {
                if !bytes.is_ascii() && std::str::from_utf8(&bytes).is_ok() {
                    note(ProblemKind::LooksLikeUtf8);
                }
                (Body::Bytes(bytes), set)
            }
            other => match String::from_utf8(bytes) {
                Ok(text) => {
                    match other {
                        Declared::Ascii if !text.is_ascii() => note(mismatch("UTF-8")),
                        Declared::Wide => note(mismatch("UTF-8")),
                        _ => {}
                    }
                    (Body::Text(text), Charset::Utf8)
                }
                Err(error) => {
                    note(match other {
                        Declared::Nothing => ProblemKind::UndeclaredNotUtf8,
                        _ => mismatch("windows-1252"),
                    });
                    (Body::Bytes(error.into_bytes()), Charset::Guessed)
                }
            },
        };
        let mut message = Message {
            body,
            start: head.start,
            delimiters: head.delimiters,
            charset,
            index: Index::default(),
            problems: Vec::new(),
        };
        message.index = Index::build(message.work(), head.start, &head.delimiters, &mut problems);
        message.problems = problems;
        Ok(message)
    }

    fn parse_copy(received: Vec<u8>, set: Charset) -> Result<Message, Unreadable> {
        let text = set.decode(&received).into_owned();
        let head = Head::read(text.as_bytes())?;
        let declared = head.declared(text.as_bytes())?;
        let mut problems = head.problems;
        let mut note = |kind| problems.push(Problem { segment: 0, field: 18, kind });
        let utf16 = matches!(set, Charset::Utf16Le | Charset::Utf16Be);
        if utf16 && !matches!(declared.set, Declared::Wide | Declared::Nothing) {
            note(ProblemKind::CharsetMismatch { declared: declared.label, read_as: "UTF-16" });
        }
        if declared.repeats {
            note(ProblemKind::AlternateCharsets);
        }
        let exact = set.encode(&text).is_ok_and(|back| *back == received[..]);
        if !exact {
            note(ProblemKind::UndecodableBytes);
        }
        let index = Index::build(text.as_bytes(), head.start, &head.delimiters, &mut problems);
        Ok(Message {
            body: Body::Copy { received, text, exact },
            start: head.start,
            delimiters: head.delimiters,
            charset: set,
            index,
            problems,
        })
    }

    /// The bytes as received.
    pub fn bytes(&self) -> &[u8] {
        match &self.body {
            Body::Text(text) => text.as_bytes(),
            Body::Bytes(bytes) => bytes,
            Body::Copy { received, .. } => received,
        }
    }

    /// Gives the received bytes back without copying them.
    pub fn into_bytes(self) -> Vec<u8> {
        match self.body {
            Body::Text(text) => text.into_bytes(),
            Body::Bytes(bytes) => bytes,
            Body::Copy { received, .. } => received,
        }
    }

    /// Oddities that were tolerated.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The delimiters of MSH-1 and MSH-2.
    pub fn delimiters(&self) -> &Delimiters {
        &self.delimiters
    }

    /// How the bytes are read.
    pub fn charset(&self) -> Charset {
        self.charset
    }

    /// Readers of MSH.
    pub fn header(&self) -> Header<'_> {
        Header::new(self.segment(0))
    }

    /// Number of segments, MSH included.
    pub fn len(&self) -> usize {
        self.index.segments.len()
    }

    /// Never true: a message has at least MSH.
    pub fn is_empty(&self) -> bool {
        self.index.segments.is_empty()
    }

    /// All segments in order, MSH first.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = Segment<'_>> + ExactSizeIterator + Clone {
        (0..self.len()).map(|i| Segment::at(self, i))
    }

    /// Segment `i`, 0 = MSH; beyond the end an empty one.
    pub fn segment(&self, i: usize) -> Segment<'_> {
        Segment::at(self, i)
    }

    /// First segment of that name; an empty one if there is none (ask [`Segment::is_missing`]).
    pub fn segment_named(&self, name: &str) -> Segment<'_> {
        self.segments().find(|segment| segment.name() == name).unwrap_or(Segment::at(self, usize::MAX))
    }

    /// All segments of that name in order.
    pub fn all_named<'m>(&'m self, name: &'m str) -> impl Iterator<Item = Segment<'m>> + Clone {
        self.segments().filter(move |segment| segment.name() == name)
    }

    /// Writes the message from its tree: names, separators, fields and terminators one after another. Identical
    /// to the bytes received, whatever they were.
    pub fn print(&self) -> Vec<u8> {
        let work = self.work();
        let mut out = Vec::with_capacity(work.len());
        out.extend_from_slice(&work[..self.start]);
        for (i, seg) in self.index.segments.iter().enumerate() {
            let segment = self.segment(i);
            // Up to the first separator: the name, and what a bare name was followed by on the next lines.
            let named = self.index.separators[..seg.last as usize].get(seg.first as usize);
            let named = named.map_or(seg.span.end, |&at| at) as usize;
            out.extend_from_slice(&work[seg.span.start as usize..named]);
            for n in 1..=segment.fields_len() {
                // In a header segment the separator is field 1 and stands for itself.
                if !(seg.header && n <= 2) {
                    out.push(self.delimiters.field);
                }
                out.extend_from_slice(segment.field(n).raw());
            }
            let next = self.index.segments.get(i + 1).map_or(work.len(), |next| next.span.start as usize);
            out.extend_from_slice(&work[seg.span.end as usize..next]);
        }
        match &self.body {
            Body::Text(_) | Body::Bytes(_) => out,
            // Bytes that stand for no character cannot be told from the tree.
            Body::Copy { received, exact: false, .. } => received.clone(),
            Body::Copy { .. } => {
                let text = String::from_utf8_lossy(&out);
                self.charset.encode(&text).map_or_else(|_| self.bytes().to_vec(), Cow::into_owned)
            }
        }
    }

    /// Calls `each` for every leaf of the message that is not empty, in order, with the place it stands at. Faster
    /// than walking the tree, as every byte is looked at once. MSH-1 and MSH-2 are leaves as they stand.
    pub fn for_each_leaf<'m>(&'m self, mut each: impl FnMut(Place, Leaf<'m>)) {
        crate::tree::for_each_leaf(self, &mut each);
    }

    /// The working text: the received bytes, or their copy in UTF-8.
    #[inline]
    pub(crate) fn work(&self) -> &[u8] {
        match &self.body {
            Body::Text(text) | Body::Copy { text, .. } => text.as_bytes(),
            Body::Bytes(bytes) => bytes,
        }
    }

    /// A stretch of the working text as characters, escapes untouched.
    #[inline]
    pub(crate) fn decode(&self, span: Span) -> Cow<'_, str> {
        match &self.body {
            Body::Text(text) | Body::Copy { text, .. } => Cow::Borrowed(text.get(span.range()).unwrap_or("")),
            Body::Bytes(bytes) => self.charset.decode(bytes.get(span.range()).unwrap_or(&[])),
        }
    }

    /// The working text as characters, if it is such throughout: slices of it cost nothing.
    #[inline]
    pub(crate) fn work_text(&self) -> Option<&str> {
        match &self.body {
            Body::Text(text) | Body::Copy { text, .. } => Some(text),
            Body::Bytes(_) => None,
        }
    }

    /// True where the index points into a copy instead of the received bytes.
    pub(crate) fn is_copy(&self) -> bool {
        matches!(self.body, Body::Copy { .. })
    }
}

/// What must be readable before anything else is.
struct Head {
    start: usize,
    delimiters: Delimiters,
    problems: Vec<Problem>,
}

struct DeclaredCharset {
    set: Declared,
    label: String,
    repeats: bool,
}

impl Head {
    fn read(bytes: &[u8]) -> Result<Head, Unreadable> {
        let start = skip_leading(bytes);
        let text = &bytes[start..];
        if text.is_empty() || text.iter().all(|b| matches!(b, 0x1C | b'\r' | b'\n' | b' ')) {
            return Err(Unreadable::Empty);
        }
        if !text.starts_with(b"MSH") {
            let printable = |b: &&u8| b.is_ascii_graphic() || **b == b' ';
            let found = text.iter().take_while(printable).take(8).map(|&b| char::from(b)).collect();
            return Err(Unreadable::NoMsh { found });
        }
        let (delimiters, odd) = Delimiters::of_header(text)?;
        let mut problems = Vec::new();
        if start > 0 {
            problems.push(Problem { segment: 0, field: 0, kind: ProblemKind::LeadingBytes(start) });
        }
        problems.extend(odd.map(|kind| Problem { segment: 0, field: 2, kind }));
        Ok(Head { start, delimiters, problems })
    }

    fn declared(&self, bytes: &[u8]) -> Result<DeclaredCharset, Unreadable> {
        let text = &bytes[self.start..];
        let end = memchr::memchr2(b'\r', b'\n', text).unwrap_or(text.len());
        let field = text[..end].split(|&b| b == self.delimiters.field).nth(17).unwrap_or(&[]);
        let mut parts = field.split(|&b| Some(b) == self.delimiters.repetition);
        // MSH-18 is an ID; a sender that makes it a CE still means the first component.
        let first = parts.next().unwrap_or(&[]);
        let first = first.split(|&b| b == self.delimiters.component).next().unwrap_or(&[]);
        let repeats = parts.any(|part| !part.is_empty());
        let label = || String::from_utf8_lossy(field).into_owned();
        match charset::declared(first) {
            Some(set) => Ok(DeclaredCharset { set, label: label(), repeats }),
            None => Err(Unreadable::UnknownCharset { name: String::from_utf8_lossy(first).into_owned() }),
        }
    }
}

/// Length of what may stand before MSH: a byte order mark, blanks, line breaks, VT, zero bytes.
pub(crate) fn skip_leading(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match bytes.get(at..) {
            Some([0xEF, 0xBB, 0xBF, ..]) => at += 3,
            Some([b' ' | b'\t' | b'\r' | b'\n' | 0x0B | 0, ..]) => at += 1,
            _ => return at,
        }
    }
}
