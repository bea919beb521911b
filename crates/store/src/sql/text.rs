//! SQL text in pieces: just enough to change words without touching what is quoted.

/// A piece of SQL text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A name, keyword or number.
    Word(&'a str),
    /// `?N`.
    Parameter(&'a str),
    /// `'text'`, quotes included.
    Quoted(&'a str),
    /// `x'bytes'`: what stands between the quotes.
    Bytes(&'a str),
    /// White space.
    Space(&'a str),
    /// `-- to the end of the line`.
    Comment,
    /// Anything else, one character.
    Sign(&'a str),
}

impl Piece<'_> {
    /// Whether it is this word, however it is written.
    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self, Piece::Word(found) if found.eq_ignore_ascii_case(word))
    }
    /// Whether it says nothing.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Piece::Space(_) | Piece::Comment)
    }
}

/// The pieces of a text, in order.
pub(super) fn pieces(sql: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let in_word = |c: char| c.is_alphanumeric() || c == '_';
        let span = |test: &dyn Fn(char) -> bool| rest.find(|c| !test(c)).unwrap_or(rest.len());
        let (piece, length) = if first.is_whitespace() {
            let end = span(&char::is_whitespace);
            (Piece::Space(&rest[..end]), end)
        } else if rest.starts_with("--") {
            (Piece::Comment, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("x'") || rest.starts_with("X'") {
            let end = quoted(&rest[1..]) + 1;
            (Piece::Bytes(rest.get(2..end.saturating_sub(1)).unwrap_or("")), end)
        } else if first == '\'' || first == '"' {
            let end = quoted(rest);
            (Piece::Quoted(&rest[..end]), end)
        } else if first == '?' {
            let end = rest[1..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |end| end + 1);
            (Piece::Parameter(&rest[1..end]), end)
        } else if in_word(first) {
            let end = span(&in_word);
            (Piece::Word(&rest[..end]), end)
        } else {
            let end = first.len_utf8();
            (Piece::Sign(&rest[..end]), end)
        };
        found.push(piece);
        rest = &rest[length..];
    }
    found
}

/// Length of the quoted text that begins here; a doubled quote belongs to it.
fn quoted(text: &str) -> usize {
    let bytes = text.as_bytes();
    let quote = bytes.first().copied().unwrap_or(b'\'');
    let mut at = 1;
    while at < bytes.len() {
        if bytes[at] == quote {
            if bytes.get(at + 1) != Some(&quote) {
                return at + 1;
            }
            at += 1;
        }
        at += 1;
    }
    bytes.len()
}
