//! Addresses inside a message, as people write them: `PID-3(2).4.1`, `OBX[3]-5`.

use std::fmt;
use std::str::FromStr;

/// Place of a value. Repetition, component and sub-component are optional: `PID-3` is the whole field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path {
    /// Three characters.
    pub segment: String,
    /// Which of the segments of that name, 1-based.
    pub occurrence: usize,
    /// Field, 1-based as in the standard; 0 = the segment as a whole, as an error may name it.
    pub field: usize,
    /// Repetition, 1-based.
    pub rep: Option<usize>,
    /// Component, 1-based.
    pub comp: Option<usize>,
    /// Sub-component, 1-based; only with a component.
    pub sub: Option<usize>,
}

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{text}\" is no place in a message: write it like PID-3, PID-3(2).4.1 or OBX[3]-5, counting from 1"
)]
pub struct PathError {
    /// The text given.
    pub text: String,
}

impl Path {
    /// A whole field of the first segment of that name.
    pub fn field(segment: &str, field: usize) -> Path {
        Path { segment: segment.to_owned(), occurrence: 1, field, rep: None, comp: None, sub: None }
    }

    /// A whole segment, the first of that name: for saying where an error is.
    pub fn segment(segment: &str) -> Path {
        Path::field(segment, 0)
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Path, PathError> {
        parse(text).ok_or_else(|| PathError { text: text.to_owned() })
    }
}

fn parse(text: &str) -> Option<Path> {
    let (segment, rest) = text.split_at_checked(3)?;
    if !segment.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let (occurrence, rest) = bracketed(rest, '[', ']')?;
    let rest = rest.strip_prefix('-')?;
    let (field, rest) = number(rest)?;
    let (rep, rest) = bracketed(rest, '(', ')')?;
    let (comp, rest) = dotted(rest)?;
    let (sub, rest) = dotted(rest)?;
    rest.is_empty().then(|| Path {
        segment: segment.to_owned(),
        occurrence: occurrence.unwrap_or(1),
        field,
        rep,
        comp,
        sub,
    })
}

fn number(text: &str) -> Option<(usize, &str)> {
    let end = text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    let value: u32 = text[..end].parse().ok()?;
    (1..=u32::from(u16::MAX)).contains(&value).then_some((value as usize, &text[end..]))
}

fn bracketed(text: &str, open: char, close: char) -> Option<(Option<usize>, &str)> {
    let Some(inner) = text.strip_prefix(open) else { return Some((None, text)) };
    let (value, rest) = number(inner)?;
    Some((Some(value), rest.strip_prefix(close)?))
}

fn dotted(text: &str) -> Option<(Option<usize>, &str)> {
    let Some(inner) = text.strip_prefix('.') else { return Some((None, text)) };
    let (value, rest) = number(inner)?;
    Some((Some(value), rest))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.segment)?;
        if self.occurrence != 1 {
            write!(f, "[{}]", self.occurrence)?;
        }
        if self.field == 0 {
            return Ok(());
        }
        write!(f, "-{}", self.field)?;
        if let Some(rep) = self.rep {
            write!(f, "({rep})")?;
        }
        if let Some(comp) = self.comp {
            write!(f, ".{comp}")?;
            if let Some(sub) = self.sub {
                write!(f, ".{sub}")?;
            }
        }
        Ok(())
    }
}
