//! What is wrong with a message: [`Unreadable`] stops reading, a [`Problem`] is tolerated and told.

use std::fmt;

use crate::charset::ACCEPTED_CHARSETS;

/// Why the bytes cannot be read as a message at all. Every text names the field and what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// Nothing but blanks.
    #[error("the message is empty: send the segments of one message, MSH first")]
    Empty,
    /// The first segment is not MSH.
    #[error("the message starts with \"{found}\" where MSH must stand: send MSH as the first segment")]
    NoMsh {
        /// The first characters found, printable ones only.
        found: String,
    },
    /// MSH ends before its delimiters are declared.
    #[error("MSH ends before MSH-2: declare the delimiters, for example MSH|^~\\&|")]
    TooShortHeader,
    /// The same character is declared twice.
    #[error(
        "MSH-2 uses \"{repeated}\" twice: give every delimiter a character of its own, for example ^~\\&"
    )]
    DelimitersRepeat {
        /// The character used twice.
        repeated: char,
    },
    /// A delimiter that is a letter, digit, blank, control or non-ASCII byte.
    #[error("{field} declares byte 0x{byte:02X} as a delimiter: use ASCII punctuation, for example |^~\\&")]
    BadDelimiter {
        /// `MSH-1` or `MSH-2`.
        field: &'static str,
        /// The byte declared.
        byte: u8,
    },
    /// A character set that we do not read.
    #[error(
        "MSH-18 names the character set \"{name}\", which is not read here: send one of {ACCEPTED_CHARSETS}"
    )]
    UnknownCharset {
        /// What MSH-18 says.
        name: String,
    },
    /// More bytes than offsets of 32 bits can count.
    #[error("the message has {bytes} bytes, more than the {limit} that can be read: send it in parts", limit = u32::MAX)]
    TooLarge {
        /// Length in bytes.
        bytes: usize,
    },
}

/// What to answer: reject (the sender must change it) or error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AckHint {
    /// AE / CE.
    Error,
    /// AR / CR.
    Reject,
}

impl Unreadable {
    /// The field at fault, as in `MSH-18`.
    pub fn field(&self) -> &'static str {
        match self {
            Unreadable::Empty | Unreadable::NoMsh { .. } | Unreadable::TooLarge { .. } => "MSH",
            Unreadable::TooShortHeader | Unreadable::DelimitersRepeat { .. } => "MSH-2",
            Unreadable::BadDelimiter { field, .. } => field,
            Unreadable::UnknownCharset { .. } => "MSH-18",
        }
    }

    /// A header that cannot be read is rejected: sending the same bytes again cannot help
    /// (HL7 v2.5.1 2.9.2.2, table 0008).
    pub fn ack_code(&self) -> AckHint {
        AckHint::Reject
    }

    /// Code of HL7 table 0357 for ERR-3.
    pub fn table_0357(&self) -> &'static str {
        match self {
            Unreadable::Empty | Unreadable::NoMsh { .. } => "100",
            Unreadable::TooShortHeader => "101",
            Unreadable::DelimitersRepeat { .. } | Unreadable::BadDelimiter { .. } => "102",
            Unreadable::UnknownCharset { .. } => "103",
            Unreadable::TooLarge { .. } => "207",
        }
    }
}

/// An oddity that was tolerated: nothing is lost, but somebody may want to mend the sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Index of the segment in the message, 0 = MSH.
    pub segment: usize,
    /// Field of that segment, 1-based; 0 = the segment as a whole.
    pub field: usize,
    /// What is odd.
    pub kind: ProblemKind,
}

/// Kinds of tolerated oddities.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// Blanks, a byte order mark or framing bytes stand before MSH.
    LeadingBytes(usize),
    /// MSH-2 has more characters than the five that have a meaning.
    ExtraEncodingCharacters(usize),
    /// MSH-2 has its escape character twice, as in `^~\\&`; read as if once.
    DoubledEscapeCharacter,
    /// No MSH-18 and the bytes are not UTF-8: read as windows-1252.
    UndeclaredNotUtf8,
    /// MSH-18 says one thing and the bytes show another; read as `read_as`.
    CharsetMismatch {
        /// What MSH-18 says.
        declared: String,
        /// How the bytes were read.
        read_as: &'static str,
    },
    /// MSH-18 repeats: alternate sets through ISO 2022 escapes are not followed, the first is used.
    AlternateCharsets,
    /// Some bytes stand for no character in the declared set; they are shown as U+FFFD, the bytes are kept.
    UndecodableBytes,
    /// The bytes would also be UTF-8 with characters beyond ASCII, although another set is declared.
    LooksLikeUtf8,
    /// A line break inside a field, followed by text that is no segment; kept as part of the field.
    ContinuationLine,
    /// Another MSH: two messages in one, or a copy. Split them with [`crate::batch`].
    SecondHeader,
    /// A batch or file segment (FHS, BHS, BTS, FTS) inside the message.
    BatchSegment,
    /// A segment name with small letters.
    LowercaseName,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field > 0 {
            write!(f, "segment {}, field {}: ", self.segment + 1, self.field)?;
        } else {
            write!(f, "segment {}: ", self.segment + 1)?;
        }
        match &self.kind {
            ProblemKind::LeadingBytes(n) => write!(f, "{n} bytes before MSH were skipped"),
            ProblemKind::ExtraEncodingCharacters(n) => {
                write!(f, "{n} characters of MSH-2 after the fifth have no meaning")
            }
            ProblemKind::DoubledEscapeCharacter => {
                f.write_str("MSH-2 has the escape character twice; read as if once")
            }
            ProblemKind::UndeclaredNotUtf8 => {
                f.write_str("no character set in MSH-18 and not UTF-8; read as windows-1252")
            }
            ProblemKind::CharsetMismatch { declared, read_as } => {
                write!(f, "MSH-18 says \"{declared}\" but the bytes are not; read as {read_as}")
            }
            ProblemKind::AlternateCharsets => {
                f.write_str("MSH-18 names several character sets; the first is used for the whole message")
            }
            ProblemKind::UndecodableBytes => {
                f.write_str("some bytes are no characters of the set in MSH-18; the bytes are kept")
            }
            ProblemKind::LooksLikeUtf8 => {
                f.write_str("the bytes look like UTF-8, MSH-18 says otherwise; read as MSH-18 says")
            }
            ProblemKind::ContinuationLine => {
                f.write_str("a line break inside the field was kept as text; send it as \\.br\\")
            }
            ProblemKind::SecondHeader => f.write_str("a second MSH; send one message in a frame"),
            ProblemKind::BatchSegment => f.write_str("a batch segment inside the message"),
            ProblemKind::LowercaseName => f.write_str("a segment name in small letters"),
        }
    }
}
