//! The few lines of IMAP (RFC 9051, and 3501 before it) by which a mailbox is emptied: what is asked, and what the answers
//! say. The socket is the caller's.

use crate::SIZE_LIMIT_BYTES;

/// Longest line of an answer without its literals, in bytes.
const LINE_LIMIT_BYTES: usize = 64 * 1024;

/// Why an answer cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Beyond a limit.
    #[error("the mail server answers with more than a mail can be; look at the mailbox with a mail program")]
    TooLong,
    /// The server says no.
    #[error("the mail server refused: {0}. Check [mailbox] in the settings")]
    Refused(String),
    /// Something else than an answer.
    #[error("the mail server answered something that is no IMAP. Check host and port of [mailbox]")]
    Unread,
}

/// One answer: its line, in which each literal stands as `{n}`, and the literals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The line.
    pub line: String,
    /// What was sent in between.
    pub literals: Vec<Vec<u8>>,
}

/// Cuts what comes from the server into answers.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
}

impl Decoder {
    /// Some bytes have come.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next answer, when it is whole.
    ///
    /// # Errors
    /// [`Problem::TooLong`].
    pub fn next_answer(&mut self) -> Result<Option<Answer>, Problem> {
        let (mut line, mut literals, mut at) = (Vec::new(), Vec::new(), 0);
        loop {
            let rest = &self.buffer[at..];
            let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") else {
                return if rest.len() > LINE_LIMIT_BYTES { Err(Problem::TooLong) } else { Ok(None) };
            };
            line.extend_from_slice(&rest[..end]);
            if line.len() > LINE_LIMIT_BYTES {
                return Err(Problem::TooLong);
            }
            at += end + 2;
            let Some(length) = literal_length(&line) else { break };
            if length > SIZE_LIMIT_BYTES + 1 {
                return Err(Problem::TooLong);
            }
            let Some(literal) = self.buffer.get(at..at + length) else { return Ok(None) };
            literals.push(literal.to_vec());
            at += length;
        }
        self.buffer.drain(..at);
        Ok(Some(Answer { line: String::from_utf8_lossy(&line).into_owned(), literals }))
    }
}

/// `… {123}` at the end of a line: so many bytes follow.
fn literal_length(line: &[u8]) -> Option<usize> {
    let open = line.iter().rposition(|&b| b == b'{')?;
    let digits = line[open + 1..].strip_suffix(b"}")?;
    let digits = digits.strip_suffix(b"+").unwrap_or(digits);
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// A text as a quoted string; what cannot stand in one is left out.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars().filter(|c| !matches!(c, '\r' | '\n' | '\0')) {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask<'t> {
    /// Sign in: user and secret.
    Login(&'t str, &'t str),
    /// Open a mailbox.
    Select(&'t str),
    /// Which mails are there.
    Search,
    /// The bytes of one, which stays as it is.
    Fetch(u32),
    /// One is to be removed.
    Delete(u32),
    /// What is to be removed goes.
    Expunge,
    /// The end.
    Logout,
}

impl Ask<'_> {
    /// The line with its tag.
    #[must_use]
    pub fn line(&self, tag: u32) -> String {
        let text = match self {
            Self::Login(user, secret) => format!("LOGIN {} {}", quoted(user), quoted(secret)),
            Self::Select(mailbox) => format!("SELECT {}", quoted(mailbox)),
            Self::Search => "UID SEARCH UNDELETED".to_owned(),
            // One byte more than is taken tells that there is more.
            Self::Fetch(uid) => format!("UID FETCH {uid} (UID BODY.PEEK[]<0.{}>)", SIZE_LIMIT_BYTES + 1),
            Self::Delete(uid) => format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)"),
            Self::Expunge => "EXPUNGE".to_owned(),
            Self::Logout => "LOGOUT".to_owned(),
        };
        format!("a{tag} {text}\r\n")
    }
}

impl Answer {
    /// Whether it ends what was asked with this tag, and how.
    #[must_use]
    pub fn ended(&self, tag: u32) -> Option<Result<(), Problem>> {
        let rest = self.line.strip_prefix(&format!("a{tag} "))?;
        let word = rest.split(' ').next().unwrap_or_default();
        Some(if word.eq_ignore_ascii_case("OK") { Ok(()) } else { Err(Problem::Refused(rest.to_owned())) })
    }

    /// Until when the numbers of mails mean the same ones (RFC 9051 2.3.1.1): once this is another, they begin anew.
    #[must_use]
    pub fn uid_validity(&self) -> Option<u32> {
        let rest = self.line.strip_prefix("* OK [UIDVALIDITY ")?;
        rest.split(']').next()?.trim().parse().ok()
    }

    /// Numbers of a search.
    #[must_use]
    pub fn found(&self) -> Option<Vec<u32>> {
        let rest = self.line.strip_prefix("* SEARCH")?;
        Some(rest.split_whitespace().filter_map(|number| number.parse().ok()).collect())
    }

    /// A fetched mail: its number and bytes.
    #[must_use]
    pub fn fetched(self) -> Option<(u32, Vec<u8>)> {
        let rest = self.line.strip_prefix("* ")?;
        let (_, rest) = rest.split_once(" FETCH (")?;
        let mut words = rest.split(' ');
        let uid = loop {
            if words.next()?.trim_start_matches('(') == "UID" {
                break words.next()?.trim_end_matches(')').parse().ok()?;
            }
        };
        Some((uid, self.literals.into_iter().next()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_validity_of_numbers_is_read() {
        let answer = |line: &str| Answer { line: line.to_owned(), literals: Vec::new() };
        assert_eq!(answer("* OK [UIDVALIDITY 3857529045] UIDs valid").uid_validity(), Some(3_857_529_045));
        assert_eq!(answer("* OK [UIDNEXT 7] next").uid_validity(), None);
    }

    #[test]
    fn answers_are_cut_however_they_come() {
        let whole = b"* OK ready\r\n* 2 FETCH (UID 7 BODY[]<0> {9}\r\nFrom: a\r\n)\r\na3 OK done\r\n";
        for step in [1, 3, 7, whole.len()] {
            let (mut decoder, mut answers) = (Decoder::default(), Vec::new());
            for piece in whole.chunks(step) {
                decoder.push(piece);
                while let Some(answer) = decoder.next_answer().unwrap() {
                    answers.push(answer);
                }
            }
            assert_eq!(answers.len(), 3);
            assert_eq!(answers[2].ended(3), Some(Ok(())));
            assert_eq!(answers.swap_remove(1).fetched(), Some((7, b"From: a\r\n".to_vec())));
        }
    }

    #[test]
    fn what_is_asked_cannot_be_broken_out_of() {
        assert_eq!(
            Ask::Login("u\"\r\na9 DELETE x", "p\\").line(1),
            "a1 LOGIN \"u\\\"a9 DELETE x\" \"p\\\\\"\r\n"
        );
    }

    #[test]
    fn searches_and_refusals() {
        let answer = |line: &str| Answer { line: line.to_owned(), literals: Vec::new() };
        assert_eq!(answer("* SEARCH 4 9").found(), Some(vec![4, 9]));
        assert_eq!(answer("* SEARCH").found(), Some(Vec::new()));
        assert_eq!(answer("* 3 EXISTS").found(), None);
        let refused = answer("a1 NO [AUTHENTICATIONFAILED] who are you").ended(1);
        assert!(matches!(refused, Some(Err(Problem::Refused(_)))));
    }

    #[test]
    fn a_server_that_sends_without_end_is_left() {
        let mut decoder = Decoder::default();
        decoder.push(&vec![b'x'; LINE_LIMIT_BYTES + 2]);
        assert_eq!(decoder.next_answer(), Err(Problem::TooLong));
        let mut decoder = Decoder::default();
        decoder.push(b"* 1 FETCH (BODY[] {99999999999}\r\n");
        assert_eq!(decoder.next_answer(), Err(Problem::TooLong));
    }
}
