//! The strict parser: RFC 8259, unique keys, no lone surrogates, bounded depth.

use super::{Decimal, Json, Object, Text, plain_length};
use std::borrow::Cow;

/// Deepest nesting of arrays and objects; the deepest official R4 example uses 14.
pub const MAX_DEPTH: usize = 100;

/// Above this many properties keys are compared by sorting, so that a hostile object costs no quadratic time.
const FEW_KEYS: usize = 16;

/// Why bytes are no acceptable JSON document; positions are byte offsets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not UTF-8.
    #[error("byte {at} is not UTF-8; send the document as UTF-8")]
    NotUtf8 {
        /// Offset of the first byte that is none.
        at: usize,
    },
    /// Not the grammar of JSON.
    #[error("byte {at}: expected {expected}; check the JSON there")]
    Syntax {
        /// Offset.
        at: usize,
        /// What would have been right.
        expected: &'static str,
    },
    /// Two values under one name.
    #[error("property \"{key}\" stands twice in the object that ends at byte {at}; keep one of them")]
    DuplicateKey {
        /// The name.
        key: String,
        /// Offset behind the object.
        at: usize,
    },
    /// Half of a surrogate pair, which is no character.
    #[error("byte {at}: \\u escape is half of a surrogate pair; send the whole character")]
    LoneSurrogate {
        /// Offset of the escape.
        at: usize,
    },
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("byte {at}: nested deeper than {MAX_DEPTH} levels; flatten the document")]
    TooDeep {
        /// Offset.
        at: usize,
    },
}

/// Reads one JSON document.
///
/// # Errors
/// [`JsonError`] says where and why.
pub fn parse(bytes: &[u8]) -> Result<Json, JsonError> {
    let text = std::str::from_utf8(bytes).map_err(|e| JsonError::NotUtf8 { at: e.valid_up_to() })?;
    let mut parser = Parser { text, bytes, at: 0, depth: 0 };
    parser.space();
    let value = parser.value()?;
    parser.space();
    if parser.at < bytes.len() {
        return Err(parser.expected("the end of the document"));
    }
    Ok(value)
}

/// Length of the JSON number at the start of `bytes`; `None` when there is none.
pub(super) fn number_length(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let whole = match bytes.get(at)? {
        b'0' => 1,
        _ => digits(at),
    };
    if whole == 0 {
        return None;
    }
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let start = at + 1 + sign;
        let exponent = if start < bytes.len() { digits(start) } else { 0 };
        if exponent == 0 {
            return None;
        }
        at = start + exponent;
    }
    Some(at)
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn expected(&self, expected: &'static str) -> JsonError {
        JsonError::Syntax { at: self.at, expected }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Result<Json, JsonError> {
        match self.peek() {
            Some(b'"') => self.string().map(Json::String),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(b'-' | b'0'..=b'9') => {
                let length =
                    number_length(&self.bytes[self.at..]).ok_or_else(|| self.expected("a number"))?;
                let text = &self.text[self.at..self.at + length];
                self.at += length;
                Ok(Json::Number(Decimal(Cow::Owned(text.to_owned()))))
            }
            _ => Err(self.expected("a value")),
        }
    }

    fn word(&mut self, word: &'static str, value: Json) -> Result<Json, JsonError> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.expected("true, false or null"))
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Json, JsonError>) -> Result<Json, JsonError> {
        if self.depth == MAX_DEPTH {
            return Err(JsonError::TooDeep { at: self.at });
        }
        self.depth += 1;
        self.at += 1;
        self.space();
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn array(&mut self) -> Result<Json, JsonError> {
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value()?);
            self.space();
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    self.space();
                }
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::Array(items));
                }
                _ => return Err(self.expected("\",\" or \"]\"")),
            }
        }
    }

    fn object(&mut self) -> Result<Json, JsonError> {
        let mut parts: Vec<(Text, Json)> = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(Object::new()));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.expected("a property name in quotes"));
            }
            let key = self.string()?;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.expected("\":\""));
            }
            self.at += 1;
            self.space();
            let value = self.value()?;
            parts.push((key, value));
            self.space();
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    self.space();
                }
                Some(b'}') => {
                    self.at += 1;
                    return match duplicate(&parts) {
                        Some(key) => Err(JsonError::DuplicateKey { key, at: self.at }),
                        None => Ok(Json::Object(Object::from_parts(parts))),
                    };
                }
                _ => return Err(self.expected("\",\" or \"}\"")),
            }
        }
    }

    fn string(&mut self) -> Result<Text, JsonError> {
        self.at += 1;
        let start = self.at;
        self.plain();
        if self.peek() == Some(b'"') {
            let text = &self.text[start..self.at];
            self.at += 1;
            return Ok(Cow::Owned(text.to_owned()));
        }
        let mut out = self.text[start..self.at].to_owned();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(out));
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return Err(self.expected("an escape instead of a control character")),
                None => return Err(self.expected("a closing quote")),
            }
            let from = self.at;
            self.plain();
            out.push_str(&self.text[from..self.at]);
        }
    }

    /// Passes characters that stand for themselves.
    fn plain(&mut self) {
        self.at += plain_length(&self.bytes[self.at..]);
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let at = self.at;
        self.at += 2;
        Ok(match self.bytes.get(at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(at),
            _ => return Err(JsonError::Syntax { at, expected: "an escape of JSON" }),
        })
    }

    fn unicode(&mut self, at: usize) -> Result<char, JsonError> {
        let lone = JsonError::LoneSurrogate { at };
        let first = self.hex()?;
        let code = match first {
            0xD800..=0xDBFF => {
                if !self.bytes[self.at..].starts_with(b"\\u") {
                    return Err(lone);
                }
                self.at += 2;
                let second = self.hex()?;
                if !(0xDC00..=0xDFFF).contains(&second) {
                    return Err(lone);
                }
                0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
            }
            _ => first,
        };
        char::from_u32(code).ok_or(lone)
    }

    fn hex(&mut self) -> Result<u32, JsonError> {
        let wrong = self.expected("four hexadecimal digits");
        let digits = self.text.get(self.at..self.at + 4).ok_or_else(|| wrong.clone())?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong);
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| wrong)
    }
}

/// A key that stands twice.
fn duplicate(parts: &[(Text, Json)]) -> Option<String> {
    if parts.len() <= FEW_KEYS {
        return parts
            .iter()
            .enumerate()
            .find(|(i, (key, _))| parts[..*i].iter().any(|(other, _)| other == key))
            .map(|(_, (key, _))| key.to_string());
    }
    let mut keys: Vec<&str> = parts.iter().map(|(key, _)| &**key).collect();
    keys.sort_unstable();
    keys.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0].to_owned())
}
