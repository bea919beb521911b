//! The delimiters a header declares in its first two fields (HL7 v2.5.1 2.5.4).

use crate::problem::{ProblemKind, Unreadable};

/// Delimiters of one message. MSH-2 may leave out trailing ones: then the message has no such level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delimiters {
    /// MSH-1, usually `|`.
    pub field: u8,
    /// First character of MSH-2, usually `^`.
    pub component: u8,
    /// Second character of MSH-2, usually `~`.
    pub repetition: Option<u8>,
    /// Third character of MSH-2, usually `\`.
    pub escape: Option<u8>,
    /// Fourth character of MSH-2, usually `&`.
    pub subcomponent: Option<u8>,
    /// Fifth character of MSH-2, usually `#`, since version 2.7.
    pub truncation: Option<u8>,
}

impl Default for Delimiters {
    /// The recommended ones: `|^~\&`.
    fn default() -> Self {
        Delimiters {
            field: b'|',
            component: b'^',
            repetition: Some(b'~'),
            escape: Some(b'\\'),
            subcomponent: Some(b'&'),
            truncation: None,
        }
    }
}

impl Delimiters {
    /// Reads the delimiters of a header segment (MSH, BHS, FHS) whose name has been checked, and what is odd
    /// about their declaration.
    pub(crate) fn of_header(header: &[u8]) -> Result<(Delimiters, Option<ProblemKind>), Unreadable> {
        let field = *header.get(3).ok_or(Unreadable::TooShortHeader)?;
        if matches!(field, b'\r' | b'\n') {
            return Err(Unreadable::TooShortHeader);
        }
        if !usable(field) {
            return Err(Unreadable::BadDelimiter { field: "MSH-1", byte: field });
        }
        let rest = &header[4..];
        let end = rest.iter().position(|&b| b == field || b == b'\r' || b == b'\n').unwrap_or(rest.len());
        let declared = &rest[..end];
        let component = *declared.first().ok_or(Unreadable::TooShortHeader)?;
        let mut odd = None;
        let doubled_escape: Vec<u8>;
        let declared = match declared {
            // `^~\\&`: the sender escaped the escape character for its own source code.
            [component, repetition, escape, again, rest @ ..] if escape == again => {
                odd = Some(ProblemKind::DoubledEscapeCharacter);
                doubled_escape = [&[*component, *repetition, *escape][..], rest].concat();
                &doubled_escape[..]
            }
            other => other,
        };
        let known = &declared[..declared.len().min(5)];
        for (i, &byte) in known.iter().enumerate() {
            if !usable(byte) {
                return Err(Unreadable::BadDelimiter { field: "MSH-2", byte });
            }
            if known[..i].contains(&byte) {
                return Err(Unreadable::DelimitersRepeat { repeated: char::from(byte) });
            }
        }
        let at = |i: usize| known.get(i).copied();
        let delimiters = Delimiters {
            field,
            component,
            repetition: at(1),
            escape: at(2),
            subcomponent: at(3),
            truncation: at(4),
        };
        if declared.len() > known.len() {
            odd = Some(ProblemKind::ExtraEncodingCharacters(declared.len() - known.len()));
        }
        Ok((delimiters, odd))
    }

    /// The text of MSH-2 that declares these delimiters. A missing one ends the list, as the order is fixed.
    pub fn encoding_characters(&self) -> String {
        let mut text = String::from(char::from(self.component));
        for next in [self.repetition, self.escape, self.subcomponent, self.truncation] {
            let Some(byte) = next else { break };
            text.push(char::from(byte));
        }
        text
    }
}

/// A delimiter is one printable ASCII character that cannot be part of a name or number. ASCII, so that cutting
/// at it never cuts a character in two.
fn usable(byte: u8) -> bool {
    byte.is_ascii_graphic() && !byte.is_ascii_alphanumeric()
}
