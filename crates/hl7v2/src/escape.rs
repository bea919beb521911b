//! Escape sequences (HL7 v2.5.1 2.7): out of the way when reading, in place when writing, and never a word lost
//! (HAZARDS H21): a sequence that is not known stays in the text as it came.

use std::borrow::Cow;

use crate::charset::Charset;
use crate::delimiters::Delimiters;

/// Most blank lines or spaces that one `\.sp n\` or `\.sk n\` may ask for.
const MOST_SPACES: usize = 100;

/// Replaces escape sequences in decoded text. `charset` is used for the bytes of `\Xhh..\`.
#[inline]
pub fn unescape<'t>(text: &'t str, delimiters: &Delimiters, charset: Charset) -> Cow<'t, str> {
    let Some(mark) = delimiters.escape else { return Cow::Borrowed(text) };
    match crate::swar::find(mark, text.as_bytes(), 0, text.len()) {
        None => Cow::Borrowed(text),
        Some(first) => Cow::Owned(unescape_from(text, first, mark, delimiters, charset)),
    }
}

fn unescape_from(text: &str, first: usize, mark: u8, delimiters: &Delimiters, charset: Charset) -> String {
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    #[cfg(feature = "defects")]
    if defects::is(defects::Defect::Trimmed) {
        return out;
    }
    let mut rest = &text[first..];
    while let Some(at) = memchr::memchr(mark, rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let Some(end) = memchr::memchr(mark, after.as_bytes()) else {
            rest = &rest[at..];
            break;
        };
        if let Some((bytes, used)) = hex_run(after, mark) {
            out.push_str(&charset.decode(&bytes));
            rest = &after[used..];
            continue;
        }
        let body = &after[..end];
        match replace(body, &mut out, delimiters) {
            Outcome::Replaced => rest = &after[end + 1..],
            Outcome::Verbatim => {
                out.push_str(&rest[at..at + end + 2]);
                rest = &after[end + 1..];
            }
            Outcome::NotASequence => {
                out.push(char::from(mark));
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

enum Outcome {
    /// The meaning has been written.
    Replaced,
    /// A sequence of a known form without a meaning as text: keep it whole.
    Verbatim,
    /// Only an escape character that was not escaped itself: what follows may still begin a sequence.
    NotASequence,
}

fn replace(body: &str, out: &mut String, delimiters: &Delimiters) -> Outcome {
    let single = match body {
        "F" => Some(delimiters.field),
        "S" => Some(delimiters.component),
        "R" => delimiters.repetition,
        "E" => delimiters.escape,
        "T" => delimiters.subcomponent,
        "P" => delimiters.truncation,
        "H" | "N" => return Outcome::Replaced,
        _ => return replace_long(body, out),
    };
    match single {
        Some(byte) => {
            out.push(char::from(byte));
            Outcome::Replaced
        }
        None => Outcome::Verbatim,
    }
}

fn replace_long(body: &str, out: &mut String) -> Outcome {
    let Some(kind) = body.chars().next() else { return Outcome::NotASequence };
    match kind {
        '.' => formatting(&body[1..], out),
        // Local sequences and changes of character set: the parts are letters and digits without blanks.
        'Z' | 'C' | 'M' if body.bytes().all(|b| b.is_ascii_alphanumeric()) => Outcome::Verbatim,
        _ => Outcome::NotASequence,
    }
}

/// Formatting commands of FT text (HL7 v2.5.1 2.7.6): line breaks and spaces count, layout does not.
fn formatting(command: &str, out: &mut String) -> Outcome {
    let Some((name, argument)) = command.split_at_checked(2) else { return Outcome::NotASequence };
    let argument = argument.trim();
    let number = argument.trim_start_matches(['+', '-']);
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return Outcome::NotASequence;
    }
    let times = || number.parse::<usize>().unwrap_or(1).clamp(1, MOST_SPACES);
    match name {
        "br" | "ce" => out.push('\n'),
        "sp" => out.extend(std::iter::repeat_n('\n', times())),
        "sk" => out.extend(std::iter::repeat_n(' ', times())),
        "in" | "ti" | "fi" | "nf" => {}
        _ => return Outcome::NotASequence,
    }
    Outcome::Replaced
}

/// The bytes of `Xhh..\` and of all such sequences right behind it, as one character may be spread over several;
/// and the length of it all.
fn hex_run(text: &str, mark: u8) -> Option<(Vec<u8>, usize)> {
    let mut bytes = Vec::new();
    let mut used = 0;
    let mut next = 0;
    while let Some(digits) = text[next..].strip_prefix('X') {
        let Some(end) = memchr::memchr(mark, digits.as_bytes()) else { break };
        let Some(more) = hex_bytes(&digits[..end]) else { break };
        bytes.extend(more);
        used = next + 1 + end + 1;
        if text.as_bytes().get(used) != Some(&mark) {
            break;
        }
        next = used + 1;
    }
    (used > 0).then_some((bytes, used))
}

fn hex_bytes(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.as_bytes();
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    let value = |digit: u8| char::from(digit).to_digit(16);
    digits.chunks_exact(2).map(|pair| Some((value(pair[0])? * 16 + value(pair[1])?) as u8)).collect()
}

/// Makes text safe to stand in one leaf. Line breaks of any kind become `\.br\`, other control characters
/// `\Xhh\`, so that no text can end a segment or an MLLP frame. Where the delimiters lack an escape character,
/// delimiters in the text become blanks, as nothing else can say them.
pub fn escape<'t>(text: &'t str, delimiters: &Delimiters) -> Cow<'t, str> {
    let special = |byte: u8| name_of(byte, delimiters).is_some() || (byte < 0x20 && byte != b'\t');
    let Some(first) = text.bytes().position(special) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..first]);
    let line_break = if name_of(b'.', delimiters).is_some() { "X0A" } else { ".br" };
    let mut chars = text[first..].chars().peekable();
    while let Some(c) = chars.next() {
        if !(c.is_ascii() && special(c as u8)) {
            out.push(c);
            continue;
        }
        let Some(mark) = delimiters.escape.map(char::from) else {
            out.push(' ');
            continue;
        };
        out.push(mark);
        match name_of(c as u8, delimiters) {
            Some(name) => out.push(name),
            None if c == '\n' => out.push_str(line_break),
            None if c == '\r' => {
                chars.next_if_eq(&'\n');
                out.push_str(line_break);
            }
            None => {
                let digit = |n: u32| char::from_digit(n, 16).unwrap_or('0').to_ascii_uppercase();
                out.extend(['X', digit(c as u32 / 16), digit(c as u32 % 16)]);
            }
        }
        out.push(mark);
    }
    Cow::Owned(out)
}

fn name_of(byte: u8, delimiters: &Delimiters) -> Option<char> {
    let byte = Some(byte);
    if byte == Some(delimiters.field) {
        Some('F')
    } else if byte == Some(delimiters.component) {
        Some('S')
    } else if byte == delimiters.repetition {
        Some('R')
    } else if byte == delimiters.escape {
        Some('E')
    } else if byte == delimiters.subcomponent {
        Some('T')
    } else if byte == delimiters.truncation {
        Some('P')
    } else {
        None
    }
}
