//! The delimiters a header declares in its first two fields (HL7 v2.5.1 2.5.4).

use crate::problem::Unreadable;

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
    /// Reads the delimiters of a header segment (MSH, BHS, FHS) whose name has been checked. Returns them with
    /// the number of characters of the second field beyond the five that have a meaning.
    pub(crate) fn of_header(header: &[u8]) -> Result<(Delimiters, usize), Unreadable> {
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
        Ok((delimiters, declared.len() - known.len()))
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
