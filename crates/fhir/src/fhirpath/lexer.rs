//! Words of FHIRPath.

use super::PathError;

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// A name, quoted with backticks or not.
    Name(String, bool),
    Text(String),
    Number(String),
    /// `@2014-01T…`, `@T12`, without the sign.
    Moment(String),
    /// `$this`, without the sign.
    Special(String),
    /// `%name`, without the sign.
    Variable(String),
    Sign(&'static str),
    End,
}

const SIGNS: [&str; 24] = [
    "<=", ">=", "!=", "!~", "(", ")", "[", "]", "{", "}", ".", ",", "+", "-", "*", "/", "&", "|", "=", "~",
    "<", ">", ";", ":",
];

/// Words with the offsets where they begin.
pub(super) fn words(text: &str) -> Result<Vec<(usize, Word)>, PathError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            let end = rest.find("*/").ok_or(PathError::Syntax { at, expected: "the end of the comment" })?;
            at += end + 2;
        } else {
            let (word, length) = word(rest, first, at)?;
            found.push((at, word));
            at += length;
        }
    }
    found.push((at, Word::End));
    Ok(found)
}

fn word(rest: &str, first: char, at: usize) -> Result<(Word, usize), PathError> {
    let while_of = |from: usize, keeps: &dyn Fn(char) -> bool| {
        rest[from..].find(|c: char| !keeps(c)).map_or(rest.len(), |n| from + n)
    };
    let in_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match first {
        '\'' | '"' => quoted(rest, first, at).map(|(text, length)| (Word::Text(text), length)),
        '`' => quoted(rest, '`', at).map(|(text, length)| (Word::Name(text, true), length)),
        '0'..='9' => {
            let mut end = while_of(0, &|c| c.is_ascii_digit());
            if rest[end..].starts_with('.') && rest[end + 1..].starts_with(|c: char| c.is_ascii_digit()) {
                end = while_of(end + 1, &|c| c.is_ascii_digit());
            }
            Ok((Word::Number(rest[..end].to_owned()), end))
        }
        '@' => {
            let mut end = while_of(1, &|c| c.is_ascii_digit() || matches!(c, '-' | ':' | 'T' | '+' | 'Z'));
            if rest[end..].starts_with('.') && rest[end + 1..].starts_with(|c: char| c.is_ascii_digit()) {
                end = while_of(end + 1, &|c| c.is_ascii_digit() || matches!(c, ':' | '+' | '-' | 'Z'));
            }
            Ok((Word::Moment(rest[1..end].to_owned()), end))
        }
        '$' => {
            let end = while_of(1, &in_name);
            Ok((Word::Special(rest[1..end].to_owned()), end))
        }
        '%' => match rest[1..].chars().next() {
            Some(quote @ ('`' | '\'' | '"')) => {
                let (text, length) = quoted(&rest[1..], quote, at + 1)?;
                Ok((Word::Variable(text), length + 1))
            }
            _ => {
                let end = while_of(1, &in_name);
                Ok((Word::Variable(rest[1..end].to_owned()), end))
            }
        },
        c if c.is_ascii_alphabetic() || c == '_' => {
            let end = while_of(0, &in_name);
            Ok((Word::Name(rest[..end].to_owned(), false), end))
        }
        _ => {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
            let sign = sign.ok_or(PathError::Syntax { at, expected: "a word of FHIRPath" })?;
            Ok((Word::Sign(sign), sign.len()))
        }
    }
}

/// Text between quotes, and how many bytes it took.
fn quoted(rest: &str, quote: char, at: usize) -> Result<(String, usize), PathError> {
    let mut out = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((n, c)) = chars.next() {
        if c == quote {
            return Ok((out, n + c.len_utf8()));
        }
        if c != '\\' {
            out.push(c);
            continue;
        }
        let wrong = PathError::Syntax { at: at + n, expected: "an escape" };
        match chars.next().map(|(_, c)| c) {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let hex: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                let code = u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32);
                out.push(code.ok_or(wrong)?);
            }
            Some(c) => out.push(c),
            None => return Err(wrong),
        }
    }
    Err(PathError::Syntax { at, expected: "a closing quote" })
}
