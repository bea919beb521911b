//! Where everything is: one pass over the bytes, offsets of 32 bits, nothing copied.

use crate::delimiters::Delimiters;
use crate::problem::{Problem, ProblemKind};
use crate::swar;

/// A stretch of the working text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32 }
    }

    pub(crate) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    pub(crate) fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// One segment: its text without the terminator, and its share of the separators.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seg {
    pub(crate) span: Span,
    /// Separators `[first, last)` of [`Index::separators`] stand in this segment.
    pub(crate) first: u32,
    pub(crate) last: u32,
    /// MSH, BHS, FHS: the separator after the name is itself field 1.
    pub(crate) header: bool,
}

/// The tree of a message down to fields; repetitions, components and sub-components are cut when asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    pub(crate) segments: Vec<Seg>,
    /// Offsets of the field separators of all segments.
    pub(crate) separators: Vec<u32>,
}

impl Index {
    /// Indexes `text` from `start`, where a readable MSH begins.
    pub(crate) fn build(
        text: &[u8],
        start: usize,
        delimiters: &Delimiters,
        problems: &mut Vec<Problem>,
    ) -> Index {
        let trailer = text[start..].iter().rev().take_while(|b| matches!(b, b'\r' | b'\n' | 0x1C)).count();
        let mut builder = Building {
            text,
            end: text.len() - trailer,
            field: delimiters.field,
            skip_until: start,
            at: start,
            first: 0,
            lf_ends_segments: None,
            index: Index {
                segments: Vec::with_capacity(16),
                separators: Vec::with_capacity((text.len() - start).min(1 << 16) / 6 + 8),
            },
            problems,
        };
        builder.run();
        builder.index
    }

    /// Span of field `n` (1-based) of a segment; empty when it is not there.
    pub(crate) fn field(&self, seg: &Seg, n: usize) -> Span {
        let separators = &self.separators[seg.first as usize..seg.last as usize];
        let n = match (seg.header, n) {
            (_, 0) => return Span::default(),
            (true, 1) => {
                return separators.first().map_or(Span::default(), |&at| Span { start: at, end: at + 1 });
            }
            (true, n) => n - 1,
            (false, n) => n,
        };
        match separators.get(n - 1) {
            Some(&before) => {
                Span { start: before + 1, end: separators.get(n).copied().unwrap_or(seg.span.end) }
            }
            None => Span::default(),
        }
    }

    /// Number of the last field that the segment has, as in the standard.
    pub(crate) fn fields(seg: &Seg) -> usize {
        let separators = (seg.last - seg.first) as usize;
        if seg.header && separators > 0 { separators + 1 } else { separators }
    }
}

struct Building<'a> {
    text: &'a [u8],
    end: usize,
    field: u8,
    /// Bytes before this offset have been dealt with (inside a line break).
    skip_until: usize,
    /// Start of the segment being read, and its first separator.
    at: usize,
    first: usize,
    /// The first line break was LF alone, so this is a file of lines and not a message with LF in its text.
    lf_ends_segments: Option<bool>,
    index: Index,
    problems: &'a mut Vec<Problem>,
}

impl Building<'_> {
    fn run(&mut self) {
        let patterns = [swar::splat(self.field), swar::splat(b'\r'), swar::splat(b'\n')];
        let body = &self.text[..self.end];
        let mut base = self.at;
        while let Some(word) = swar::word_at(body, base) {
            let mut marks = swar::perhaps_any(word, patterns);
            while marks != 0 {
                let at = base + swar::first(marks);
                self.byte(at, body[at]);
                marks &= marks - 1;
            }
            base += 8;
        }
        for (i, &byte) in body[base..].iter().enumerate() {
            self.byte(base + i, byte);
        }
        self.close(self.end);
    }

    #[inline]
    fn byte(&mut self, at: usize, byte: u8) {
        if byte == self.field {
            self.index.separators.push(at as u32);
        } else if matches!(byte, b'\r' | b'\n') && at >= self.skip_until {
            self.line_break(at);
        }
    }

    #[cold]
    fn odd_break(&mut self) {
        let segment = self.index.segments.len();
        let separators = self.index.separators.len() - self.first;
        let field = if segment == 0 && separators > 0 { separators + 1 } else { separators };
        self.problems.push(Problem { segment, field, kind: ProblemKind::ContinuationLine });
    }

    /// A run of CR and LF ends the segment if a segment (or nothing) follows; otherwise it is text.
    fn line_break(&mut self, at: usize) {
        let run = self.text[at..self.end].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let next = at + run;
        self.skip_until = next;
        let has_cr = self.text[at..next].contains(&b'\r');
        let lf_ends_segments = *self.lf_ends_segments.get_or_insert(!has_cr);
        let after = &self.text[next..self.end];
        // In a message of CR, LF alone is most likely part of a text: only a name of the standard ends it.
        let doubtful = !has_cr && !lf_ends_segments;
        let named = !doubtful || crate::names::is_usual(after.get(..3).unwrap_or(&[]));
        if named && starts_segment(after, self.field, !doubtful) {
            self.close(at);
            self.at = next;
            self.first = self.index.separators.len();
        } else {
            self.odd_break();
        }
    }

    fn close(&mut self, end: usize) {
        let name = &self.text[self.at..(self.at + 3).min(end)];
        let segment = self.index.segments.len();
        let header = matches!(name, b"MSH" | b"BHS" | b"FHS");
        if segment > 0 && matches!(name, b"MSH" | b"BHS" | b"FHS" | b"BTS" | b"FTS") {
            let kind = if name == b"MSH" { ProblemKind::SecondHeader } else { ProblemKind::BatchSegment };
            self.problems.push(Problem { segment, field: 0, kind });
        } else if name.iter().any(u8::is_ascii_lowercase) {
            self.problems.push(Problem { segment, field: 0, kind: ProblemKind::LowercaseName });
        }
        self.index.segments.push(Seg {
            span: Span::new(self.at, end),
            first: self.first as u32,
            last: self.index.separators.len() as u32,
            header,
        });
    }
}

/// Three letters or digits and a field separator; or, where `bare` names are believed, three capitals or digits
/// alone on their line (in a text broken by LF, "NOT" alone on a line is a word and no segment).
pub(crate) fn starts_segment(text: &[u8], field: u8, bare: bool) -> bool {
    let Some(name) = text.get(..3) else { return false };
    if !name.iter().all(u8::is_ascii_alphanumeric) || !name[0].is_ascii_alphabetic() {
        return false;
    }
    match text.get(3) {
        Some(&next) if next == field => true,
        None | Some(b'\r' | b'\n') => bare && !name.iter().any(u8::is_ascii_lowercase),
        Some(_) => false,
    }
}
