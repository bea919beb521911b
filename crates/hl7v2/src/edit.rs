//! Changing one value and nothing else.

use crate::escape::escape;
use crate::index::Span;
use crate::message::Message;
use crate::path::Path;
use crate::problem::Unreadable;

/// Why a value could not be changed. The message is as before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The message has no such segment.
    #[error("the message has no {segment} number {occurrence}: add the segment first")]
    NoSuchSegment {
        /// Segment name.
        segment: String,
        /// Which of them, 1-based.
        occurrence: usize,
    },
    /// MSH-1 and MSH-2 give the rest of the message its form.
    #[error("{path} declares the delimiters: build a new message to change them")]
    Delimiters {
        /// The path asked for.
        path: Path,
    },
    /// A path that names no field.
    #[error("{path} names a whole segment: name a field in it")]
    NoField {
        /// The path asked for.
        path: Path,
    },
    /// The message has no delimiter for that level.
    #[error("{path} needs a delimiter that MSH-2 does not declare")]
    NoDelimiter {
        /// The path asked for.
        path: Path,
    },
    /// The character set of the message lacks a character.
    #[error("\"{character}\" cannot be written in {charset}: send the message as UNICODE UTF-8")]
    NotInCharset {
        /// The first character missing.
        character: char,
        /// Name of the set.
        charset: &'static str,
    },
    /// The change would make the message unreadable, as a new MSH-18 can.
    #[error("after this change: {0}")]
    Unreadable(#[from] Unreadable),
}

impl Message {
    /// Puts `text` (escaped as needed) at `path`; every other byte stays. A path of a whole field, repetition or
    /// component replaces it whole. Delimiters missing up to the place are added. `""` writes the null value.
    pub fn set(&mut self, path: &Path, text: &str) -> Result<(), EditError> {
        let escaped = escape(text, &self.delimiters);
        let (span, padding) = self.place_of(path)?;
        let mut value = padding;
        value.push_str(&escaped);
        let work = self.work();
        let (before, after) = (&work[..span.start as usize], &work[span.end as usize..]);
        let bytes = if self.is_copy() {
            let joined = [before, value.as_bytes(), after].concat();
            self.in_charset(&String::from_utf8_lossy(&joined))?
        } else {
            let value = self.in_charset(&value)?;
            [before, &value, after].concat()
        };
        *self = Message::parse(bytes)?;
        Ok(())
    }

    fn in_charset(&self, text: &str) -> Result<Vec<u8>, EditError> {
        let charset = self.charset;
        charset
            .encode(text)
            .map(std::borrow::Cow::into_owned)
            .map_err(|character| EditError::NotInCharset { character, charset: charset.name() })
    }

    /// The stretch to replace, and the delimiters to write before the value so that it stands at its number.
    fn place_of(&self, path: &Path) -> Result<(Span, String), EditError> {
        let nth = path.occurrence.saturating_sub(1);
        let segment = self.all_named(&path.segment).nth(nth).ok_or_else(|| EditError::NoSuchSegment {
            segment: path.segment.clone(),
            occurrence: path.occurrence,
        })?;
        if path.field == 0 {
            return Err(EditError::NoField { path: path.clone() });
        }
        let header = matches!(segment.name(), "MSH" | "BHS" | "FHS");
        if header && path.field <= 2 {
            return Err(EditError::Delimiters { path: path.clone() });
        }
        let delimiters = self.delimiters;
        let no_delimiter = || EditError::NoDelimiter { path: path.clone() };
        let end = self.index.segments[segment.index()].span.end;
        let end = Span { start: end, end };

        let present = segment.fields_len();
        if path.field > present {
            let mut padding = repeat(delimiters.field, path.field - present);
            padding.push_str(&level(path.rep, delimiters.repetition).ok_or_else(no_delimiter)?);
            padding.push_str(&level(path.comp, Some(delimiters.component)).ok_or_else(no_delimiter)?);
            padding.push_str(&level(path.sub, delimiters.subcomponent).ok_or_else(no_delimiter)?);
            return Ok((end, padding));
        }
        let mut span = segment.field(path.field).span();
        let mut padding = String::new();
        let inner = path.comp.is_some() || path.sub.is_some();
        if path.rep.is_some() || inner {
            let n = path.rep.unwrap_or(1);
            (span, padding) = self.step(span, padding, n, delimiters.repetition).ok_or_else(no_delimiter)?;
        }
        if inner {
            let n = path.comp.unwrap_or(1);
            (span, padding) =
                self.step(span, padding, n, Some(delimiters.component)).ok_or_else(no_delimiter)?;
        }
        if let Some(n) = path.sub {
            (span, padding) =
                self.step(span, padding, n, delimiters.subcomponent).ok_or_else(no_delimiter)?;
        }
        Ok((span, padding))
    }

    /// Goes to part `n` of a stretch cut at `delimiter`, or to its end with the delimiters that are missing.
    fn step(&self, span: Span, padding: String, n: usize, delimiter: Option<u8>) -> Option<(Span, String)> {
        if !padding.is_empty() {
            return Some((span, padding + &level(Some(n), delimiter)?));
        }
        let Some(byte) = delimiter else { return (n == 1).then_some((span, padding)) };
        let text = &self.work()[span.range()];
        let mut start = span.start;
        let mut seen = 1;
        for at in memchr::memchr_iter(byte, text).map(|at| span.start + at as u32) {
            if seen == n {
                return Some((Span { start, end: at }, padding));
            }
            seen += 1;
            start = at + 1;
        }
        if seen == n {
            return Some((Span { start, end: span.end }, padding));
        }
        Some((Span { start: span.end, end: span.end }, repeat(byte, n - seen)))
    }
}

/// Delimiters that bring an empty stretch to part `n`.
fn level(n: Option<usize>, delimiter: Option<u8>) -> Option<String> {
    match n.unwrap_or(1) {
        1 => Some(String::new()),
        n => delimiter.map(|byte| repeat(byte, n - 1)),
    }
}

fn repeat(byte: u8, times: usize) -> String {
    std::iter::repeat_n(char::from(byte), times).collect()
}
