//! Character sets of MSH-18 (HL7 table 0211) and how bytes are read in them.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The sets we read, in the words of HL7 table 0211, for people.
pub const ACCEPTED_CHARSETS: &str = "ASCII, UNICODE UTF-8, UNICODE UTF-16, 8859/1, 8859/2, 8859/3, 8859/4, \
8859/5, 8859/6, 8859/7, 8859/8, 8859/9, 8859/10, 8859/11, 8859/13, 8859/14, 8859/15, GB 18030-2000, BIG-5, KS X 1001";

/// How the bytes of a message are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8, of which ASCII is a part.
    Utf8,
    /// Neither declared nor UTF-8 throughout: each leaf is UTF-8 if it can be, else windows-1252.
    Guessed,
    /// A set of one byte a character with ASCII in its lower half.
    SingleByte(&'static Encoding),
    /// A set whose characters may contain delimiter bytes: the message is read through a copy in UTF-8.
    MultiByte(&'static Encoding),
    /// UTF-16, least significant byte first.
    Utf16Le,
    /// UTF-16, most significant byte first.
    Utf16Be,
}

/// What MSH-18 asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Declared {
    Nothing,
    Ascii,
    Utf8,
    /// Any wide Unicode form; only the bytes tell which.
    Wide,
    Set(Charset),
}

impl Charset {
    /// Name for people and for MSH-18 of an answer.
    pub fn name(self) -> &'static str {
        match self {
            Charset::Utf8 => "UNICODE UTF-8",
            Charset::Guessed => "windows-1252",
            Charset::SingleByte(set) | Charset::MultiByte(set) => set.name(),
            Charset::Utf16Le | Charset::Utf16Be => "UNICODE UTF-16",
        }
    }

    /// Reads bytes of this set. Never fails: what stands for no character becomes U+FFFD.
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Charset::Utf8 | Charset::Guessed => match std::str::from_utf8(bytes) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
            },
            Charset::SingleByte(set) | Charset::MultiByte(set) => set.decode_without_bom_handling(bytes).0,
            Charset::Utf16Le => UTF_16LE.decode_without_bom_handling(bytes).0,
            Charset::Utf16Be => UTF_16BE.decode_without_bom_handling(bytes).0,
        }
    }

    /// Writes text in this set, or gives the first character that the set does not have.
    pub fn encode(self, text: &str) -> Result<Cow<'_, [u8]>, char> {
        match self {
            Charset::Utf8 => Ok(Cow::Borrowed(text.as_bytes())),
            Charset::Guessed => encode_in(WINDOWS_1252, text),
            Charset::SingleByte(set) | Charset::MultiByte(set) => encode_in(set, text),
            Charset::Utf16Le => Ok(Cow::Owned(text.encode_utf16().flat_map(u16::to_le_bytes).collect())),
            Charset::Utf16Be => Ok(Cow::Owned(text.encode_utf16().flat_map(u16::to_be_bytes).collect())),
        }
    }

    /// True if the set has the character.
    pub(crate) fn encode_char(self, character: char) -> bool {
        self.encode(character.encode_utf8(&mut [0; 4])).is_ok()
    }
}

fn encode_in<'t>(set: &'static Encoding, text: &'t str) -> Result<Cow<'t, [u8]>, char> {
    let (bytes, _, missing) = set.encode(text);
    if !missing {
        return Ok(bytes);
    }
    // encoding_rs writes numeric references for what it lacks; find the culprit to name it.
    let culprit = text.chars().find(|c| set.encode(c.encode_utf8(&mut [0; 4])).2);
    Err(culprit.unwrap_or('\u{FFFD}'))
}

/// UTF-16 shows in the first bytes: a byte order mark, or an `M` beside a zero.
pub(crate) fn detect_utf16(bytes: &[u8]) -> Option<Charset> {
    match bytes {
        [0xFF, 0xFE, ..] | [b'M' | b'F' | b'B', 0, b'S' | b'H', 0, ..] => Some(Charset::Utf16Le),
        [0xFE, 0xFF, ..] | [0, b'M' | b'F' | b'B', 0, b'S' | b'H', ..] => Some(Charset::Utf16Be),
        _ => None,
    }
}

/// Reads the first repetition of MSH-18. `None` = a set that we do not read.
pub(crate) fn declared(label: &[u8]) -> Option<Declared> {
    let label = std::str::from_utf8(label).ok()?.trim().to_ascii_uppercase();
    Some(match label.as_str() {
        "" | "\"\"" => Declared::Nothing,
        "ASCII" | "US-ASCII" | "ISO IR6" | "ISO-IR-6" => Declared::Ascii,
        "UNICODE UTF-8" | "UTF-8" | "UTF8" => Declared::Utf8,
        "UNICODE" | "UNICODE UTF-16" | "UTF-16" | "UTF16" | "UTF-16LE" | "UTF-16BE" => Declared::Wide,
        "GB 18030-2000" | "GB18030" => Declared::Set(Charset::MultiByte(encoding_rs::GB18030)),
        "BIG-5" | "BIG5" => Declared::Set(Charset::MultiByte(encoding_rs::BIG5)),
        "KS X 1001" => Declared::Set(Charset::MultiByte(encoding_rs::EUC_KR)),
        other => {
            let name = match other.strip_prefix("8859/") {
                Some(part) => format!("ISO-8859-{part}"),
                None => other.to_owned(),
            };
            let set = Encoding::for_label_no_replacement(name.as_bytes())?;
            if set == UTF_8 {
                Declared::Utf8
            } else if set.is_single_byte() && set != encoding_rs::X_USER_DEFINED {
                Declared::Set(Charset::SingleByte(set))
            } else {
                return None;
            }
        }
    })
}
