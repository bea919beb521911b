//! Objects of a PDF (ISO 32000-1 7.3) from bytes that somebody sent: every length and depth has a limit.

use super::Problem;
use std::collections::BTreeMap;

/// Arrays and dictionaries inside each other, at most; a form nests about six deep.
const DEPTH_LIMIT: usize = 48;
/// Items of one array or dictionary, at most.
const ITEMS_LIMIT: usize = 20_000;

/// Names and what they stand for.
pub(crate) type Dict = BTreeMap<String, Object>;

/// An object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Object {
    Null,
    Bool(bool),
    Int(i64),
    Real(f64),
    Text(Vec<u8>),
    Name(String),
    Array(Vec<Object>),
    Dict(Dict),
    /// A stream: its dictionary and where its bytes begin.
    Stream(Dict, usize),
    /// A reference to an indirect object, by number.
    Ref(u32),
    /// A bare word: an operator of a content stream, or `obj`, `endobj`.
    Word(String),
}

impl Object {
    /// Itself and everything in it.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Array(items) => items.iter().map(Self::size).sum::<usize>() + 1,
            Self::Dict(dict) | Self::Stream(dict, _) => dict.values().map(Self::size).sum::<usize>() + 1,
            Self::Text(bytes) => bytes.len() / 32 + 1,
            Self::Name(text) | Self::Word(text) => text.len() / 32 + 1,
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Real(_) | Self::Ref(_) => 1,
        }
    }
    pub(crate) fn dict(&self) -> Option<&Dict> {
        match self {
            Self::Dict(dict) | Self::Stream(dict, _) => Some(dict),
            _ => None,
        }
    }
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }
    pub(crate) fn int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            _ => None,
        }
    }
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Real(value) => Some(*value),
            _ => None,
        }
    }
    pub(crate) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(found) if found == word)
    }
}

/// A place in the bytes.
pub(crate) struct Lexer<'b> {
    pub(crate) bytes: &'b [u8],
    pub(crate) at: usize,
}

fn is_white(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

impl<'b> Lexer<'b> {
    pub(crate) fn new(bytes: &'b [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn rest(&self) -> &'b [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Past blanks and comments.
    pub(crate) fn skip(&mut self) {
        while let Some(byte) = self.peek() {
            if is_white(byte) {
                self.at += 1;
            } else if byte == b'%' {
                while self.peek().is_some_and(|byte| byte != b'\n' && byte != b'\r') {
                    self.at += 1;
                }
            } else {
                return;
            }
        }
    }

    /// The next object; `None` at the end of the bytes.
    pub(crate) fn object(&mut self) -> Result<Option<Object>, Problem> {
        self.nested(0)
    }

    fn nested(&mut self, depth: usize) -> Result<Option<Object>, Problem> {
        if depth > DEPTH_LIMIT {
            return Err(Problem::TooMuch);
        }
        self.skip();
        let Some(byte) = self.peek() else { return Ok(None) };
        let object = match byte {
            b'/' => Object::Name(self.name()),
            b'(' => Object::Text(self.literal()?),
            b'<' if self.rest().starts_with(b"<<") => return self.dictionary(depth).map(Some),
            b'<' => Object::Text(self.hex()?),
            b'[' => {
                self.at += 1;
                let mut items = Vec::new();
                loop {
                    self.skip();
                    if self.peek() == Some(b']') {
                        self.at += 1;
                        break;
                    }
                    items.push(self.nested(depth + 1)?.ok_or(Problem::Damaged)?);
                    if items.len() > ITEMS_LIMIT {
                        return Err(Problem::TooMuch);
                    }
                }
                Object::Array(items)
            }
            b')' | b'>' | b']' | b'{' | b'}' => return Err(Problem::Damaged),
            _ => self.word(),
        };
        Ok(Some(object))
    }

    fn dictionary(&mut self, depth: usize) -> Result<Object, Problem> {
        self.at += 2;
        let mut dict = Dict::new();
        loop {
            self.skip();
            if self.rest().starts_with(b">>") {
                self.at += 2;
                return Ok(Object::Dict(dict));
            }
            if self.peek() != Some(b'/') {
                return Err(Problem::Damaged);
            }
            let name = self.name();
            let value = self.nested(depth + 1)?.ok_or(Problem::Damaged)?;
            // Said twice, programs differ in which one they take.
            if dict.insert(name, value).is_some() {
                return Err(Problem::Damaged);
            }
            if dict.len() > ITEMS_LIMIT {
                return Err(Problem::TooMuch);
            }
        }
    }

    fn name(&mut self) -> String {
        self.at += 1;
        let mut name = Vec::new();
        while let Some(byte) = self.peek().filter(|&b| !is_white(b) && !is_delimiter(b)) {
            let hex = (byte == b'#').then(|| self.bytes.get(self.at + 1..self.at + 3)).flatten();
            let code = hex
                .and_then(|hex| std::str::from_utf8(hex).ok())
                .and_then(|hex| u8::from_str_radix(hex, 16).ok());
            match code {
                Some(code) => {
                    name.push(code);
                    self.at += 3;
                }
                None => {
                    name.push(byte);
                    self.at += 1;
                }
            }
        }
        String::from_utf8_lossy(&name).into_owned()
    }

    /// A number, a reference, or a bare word.
    fn word(&mut self) -> Object {
        let from = self.at;
        while self.peek().is_some_and(|byte| !is_white(byte) && !is_delimiter(byte)) {
            self.at += 1;
        }
        let text = String::from_utf8_lossy(&self.bytes[from..self.at]).into_owned();
        match text.as_str() {
            "null" => return Object::Null,
            "true" => return Object::Bool(true),
            "false" => return Object::Bool(false),
            _ => {}
        }
        if let Ok(value) = text.parse::<i64>() {
            if let Some(number) =
                u32::try_from(value).ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()))
            {
                let here = self.at;
                if self.generation_and_r() {
                    return Object::Ref(number);
                }
                self.at = here;
            }
            return Object::Int(value);
        }
        let numeric = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+'));
        match text.parse::<f64>() {
            Ok(value) if numeric && value.is_finite() => Object::Real(value),
            _ => Object::Word(text),
        }
    }

    /// Whether a generation and `R` follow.
    fn generation_and_r(&mut self) -> bool {
        let blank = |lexer: &mut Self| {
            let from = lexer.at;
            while lexer.peek().is_some_and(is_white) {
                lexer.at += 1;
            }
            lexer.at > from
        };
        if !blank(self) {
            return false;
        }
        let from = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == from || self.at - from > 5 || !blank(self) || self.peek() != Some(b'R') {
            return false;
        }
        self.at += 1;
        self.peek().is_none_or(|b| is_white(b) || is_delimiter(b))
    }

    fn literal(&mut self) -> Result<Vec<u8>, Problem> {
        self.at += 1;
        let (mut out, mut open) = (Vec::new(), 1_usize);
        loop {
            let byte = self.peek().ok_or(Problem::Damaged)?;
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        return Ok(out);
                    }
                }
                b'\\' => {
                    let next = self.peek().ok_or(Problem::Damaged)?;
                    self.at += 1;
                    match next {
                        b'n' => out.push(b'\n'),
                        b'r' => out.push(b'\r'),
                        b't' => out.push(b'\t'),
                        b'b' => out.push(8),
                        b'f' => out.push(12),
                        b'\r' => {
                            if self.peek() == Some(b'\n') {
                                self.at += 1;
                            }
                        }
                        b'\n' => {}
                        b'0'..=b'7' => {
                            let mut code = u32::from(next - b'0');
                            for _ in 0..2 {
                                let Some(digit) = self.peek().filter(|b| (b'0'..=b'7').contains(b)) else {
                                    break;
                                };
                                code = code * 8 + u32::from(digit - b'0');
                                self.at += 1;
                            }
                            out.push((code & 0xFF) as u8);
                        }
                        other => out.push(other),
                    }
                    continue;
                }
                _ => {}
            }
            out.push(byte);
        }
    }

    fn hex(&mut self) -> Result<Vec<u8>, Problem> {
        self.at += 1;
        let (mut out, mut half) = (Vec::new(), None);
        loop {
            let byte = self.peek().ok_or(Problem::Damaged)?;
            self.at += 1;
            if byte == b'>' {
                out.extend(half.map(|high: u8| high << 4));
                return Ok(out);
            }
            if is_white(byte) {
                continue;
            }
            let digit = char::from(byte).to_digit(16).ok_or(Problem::Damaged)? as u8;
            match half.take() {
                Some(high) => out.push(high << 4 | digit),
                None => half = Some(digit),
            }
        }
    }
}

/// A text string (ISO 32000-1 7.9.2.2): UTF-16 or UTF-8 by its mark, else PDFDocEncoding, which is Latin-1 for every
/// letter of English and French but the ligatures.
pub(crate) fn text_string(bytes: &[u8]) -> String {
    if let Some(rest) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        let units: Vec<u16> =
            rest.chunks(2).map(|pair| pair.iter().fold(0, |a, &b| a << 8 | u16::from(b))).collect();
        return String::from_utf16_lossy(&units);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]) {
        return String::from_utf8_lossy(rest).into_owned();
    }
    const HIGH: [char; 32] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™', 'ﬁ',
        'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{FFFD}',
    ];
    let char_of = |&byte: &u8| match byte {
        0x80..=0x9F => HIGH[usize::from(byte - 0x80)],
        0xA0 => '€',
        _ => char::from(byte),
    };
    bytes.iter().map(char_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<Object>, Problem> {
        Lexer::new(text.as_bytes(), 0).object()
    }

    #[test]
    fn objects_are_read_as_the_standard_writes_them() {
        assert_eq!(read("/J#61va"), Ok(Some(Object::Name("Java".to_owned()))));
        assert_eq!(read("(a\\(b(c)\\101\\\n)"), Ok(Some(Object::Text(b"a(b(c)A".to_vec()))));
        assert_eq!(read("<48 6>"), Ok(Some(Object::Text(vec![0x48, 0x60]))));
        assert_eq!(read("12 0 R"), Ok(Some(Object::Ref(12))));
        assert_eq!(
            read("[1 -2.5 3 0 R]"),
            Ok(Some(Object::Array(vec![Object::Int(1), Object::Real(-2.5), Object::Ref(3)])))
        );
        assert_eq!(read("<< /A 1 /A 2 >>"), Err(Problem::Damaged));
        assert_eq!(read(&"[".repeat(100)), Err(Problem::TooMuch));
        assert_eq!(text_string(b"\xFE\xFF\x00\xC9"), "É");
        assert_eq!(text_string(b"\xC9\x9C"), "Éœ");
    }
}
