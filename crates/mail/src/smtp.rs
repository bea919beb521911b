//! The few lines of mail submission (RFC 5321, 6409) by which a mail is handed to a relay: what is said, and what the replies
//! mean. The socket is the caller's.

use crate::base64::encoded;

/// Longest line of a reply that is read, in bytes; RFC 5321 4.5.3.1.5 says 512.
const LINE_LIMIT_BYTES: usize = 4_096;
/// Lines of one reply, at most.
const LINES_LIMIT: usize = 200;
/// Longest address (RFC 5321 4.5.3.1.3, less its brackets).
const ADDRESS_LIMIT_BYTES: usize = 254;
/// Characters of a reply that are kept.
const KEPT_CHARS: usize = 300;

/// Why a reply cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Beyond a limit.
    #[error("the relay answers without end. Check host and port of [mail]")]
    TooLong,
    /// Something else than a reply.
    #[error("the relay answered something that is no SMTP. Check host, port and starttls of [mail]")]
    Unread,
}

/// A reply: its code, and its lines without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Three digits.
    pub code: u16,
    /// What stands behind it, line by line.
    pub lines: Vec<String>,
}

impl Reply {
    /// It was done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.code / 100 == 2
    }
    /// More is awaited.
    #[must_use]
    pub fn is_more(&self) -> bool {
        self.code / 100 == 3
    }
    /// It will never be done as it was asked (RFC 5321 4.2.1).
    #[must_use]
    pub fn is_never(&self) -> bool {
        self.code / 100 == 5
    }
    /// The relay leaves (RFC 5321 3.8).
    #[must_use]
    pub fn is_leaving(&self) -> bool {
        self.code == 421
    }
}

impl std::fmt::Display for Reply {
    /// As it is kept: one line without what a terminal would obey.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text: String =
            self.lines.join(" ").chars().filter(|c| !c.is_control()).take(KEPT_CHARS).collect();
        write!(f, "{} {}", self.code, text.trim())
    }
}

/// Cuts what comes from the relay into replies.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    begun: Option<Reply>,
}

impl Decoder {
    /// Some bytes have come.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Nothing waits that was not asked for: what stands in a plain line before TLS begins would be believed behind it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty() && self.begun.is_none()
    }

    /// The next reply, when it is whole (RFC 5321 4.2.1: `250-…` goes on, `250 …` ends it).
    ///
    /// # Errors
    /// [`Problem`].
    pub fn next_reply(&mut self) -> Result<Option<Reply>, Problem> {
        loop {
            let Some(end) = self.buffer.iter().position(|&b| b == b'\n') else {
                return if self.buffer.len() > LINE_LIMIT_BYTES { Err(Problem::TooLong) } else { Ok(None) };
            };
            if end > LINE_LIMIT_BYTES {
                return Err(Problem::TooLong);
            }
            let line: Vec<u8> = self.buffer.drain(..=end).collect();
            let line = String::from_utf8_lossy(line.trim_ascii_end()).into_owned();
            let code = line.get(..3).and_then(|code| code.parse::<u16>().ok());
            let Some(code) = code.filter(|code| (200..600).contains(code)) else {
                return Err(Problem::Unread);
            };
            let goes_on = match line.as_bytes().get(3) {
                Some(b'-') => true,
                Some(b' ') | None => false,
                Some(_) => return Err(Problem::Unread),
            };
            let reply = self.begun.get_or_insert_with(|| Reply { code, lines: Vec::new() });
            if reply.code != code {
                return Err(Problem::Unread);
            }
            reply.lines.push(line.get(4..).unwrap_or_default().to_owned());
            if reply.lines.len() > LINES_LIMIT {
                return Err(Problem::TooLong);
            }
            if !goes_on {
                return Ok(self.begun.take());
            }
        }
    }
}

/// What a relay offers (the reply to EHLO).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Offers {
    /// STARTTLS (RFC 3207).
    pub starttls: bool,
    /// AUTH PLAIN (RFC 4616).
    pub plain: bool,
    /// AUTH LOGIN, which some relays offer alone.
    pub login: bool,
    /// SMTPUTF8 (RFC 6531): addresses with letters beyond ASCII.
    pub utf8: bool,
    /// Largest mail in bytes (RFC 1870), when it says.
    pub size: Option<u64>,
}

impl Offers {
    /// From the reply to EHLO.
    #[must_use]
    pub fn of(reply: &Reply) -> Self {
        let mut offers = Self::default();
        // The first line names the relay.
        for line in reply.lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            let mut words = line.split([' ', '=']);
            match words.next().unwrap_or_default() {
                "STARTTLS" => offers.starttls = true,
                "SMTPUTF8" => offers.utf8 = true,
                "SIZE" => {
                    offers.size = words.next().and_then(|n| n.parse().ok()).filter(|&size: &u64| size > 0);
                }
                "AUTH" => {
                    for way in words {
                        offers.plain |= way == "PLAIN";
                        offers.login |= way == "LOGIN";
                    }
                }
                _ => {}
            }
        }
        offers
    }
}

/// Whether an address can stand between `<` and `>` of a command, and nothing else with it.
#[must_use]
pub fn is_address(address: &str) -> bool {
    let parts = address.rsplit_once('@');
    let is_fit =
        |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '<' | '>' | '"' | '\\' | ',');
    address.len() <= ADDRESS_LIMIT_BYTES
        && parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && address.chars().all(is_fit)
}

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Say<'t> {
    /// Who we are.
    Ehlo(&'t str),
    /// The line is to be protected.
    StartTls,
    /// Sign in, in one line: user and secret.
    Plain(&'t str, &'t str),
    /// Sign in, asked for each.
    Login,
    /// What was asked for.
    Answer(&'t str),
    /// From which address, how many bytes where the relay asks for that, and whether an address needs more than ASCII.
    Mail(&'t str, Option<usize>, bool),
    /// To which address.
    Rcpt(&'t str),
    /// The mail follows.
    Data,
    /// What was begun is given up.
    Reset,
    /// The end.
    Quit,
}

impl Say<'_> {
    /// The line.
    #[must_use]
    pub fn line(&self) -> String {
        let text = match self {
            Self::Ehlo(name) => format!("EHLO {name}"),
            Self::StartTls => "STARTTLS".to_owned(),
            Self::Plain(user, secret) => {
                format!("AUTH PLAIN {}", encoded(format!("\0{user}\0{secret}").as_bytes()))
            }
            Self::Login => "AUTH LOGIN".to_owned(),
            Self::Answer(text) => encoded(text.as_bytes()),
            Self::Mail(from, size, utf8) => {
                let size = size.map(|size| format!(" SIZE={size}")).unwrap_or_default();
                format!("MAIL FROM:<{from}>{size}{}", if *utf8 { " SMTPUTF8" } else { "" })
            }
            Self::Rcpt(to) => format!("RCPT TO:<{to}>"),
            Self::Data => "DATA".to_owned(),
            Self::Reset => "RSET".to_owned(),
            Self::Quit => "QUIT".to_owned(),
        };
        // What could begin another command is none of ours.
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        format!("{text}\r\n")
    }
}

/// The mail as it follows DATA: a line that begins with a dot gets another, and a dot alone ends it (RFC 5321 4.5.2).
#[must_use]
pub fn stuffed(mail: &str) -> String {
    let mut out = String::with_capacity(mail.len() + 8);
    for line in mail.split_terminator("\r\n") {
        if line.starts_with('.') {
            out.push('.');
        }
        out.push_str(line);
        out.push_str("\r\n");
    }
    out.push_str(".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: &str = "250-relay.example at your service\r\n250-SIZE 1000\r\n250-auth=login PLAIN\r\n250-SMTPUTF8\r\n250 STARTTLS\r\n";

    #[test]
    fn replies_are_cut_however_they_come() {
        let whole = format!("220 ready\r\n{HELLO}550 5.1.1 no such\u{7} user\r\n");
        for step in [1, 3, 7, whole.len()] {
            let (mut decoder, mut replies) = (Decoder::default(), Vec::new());
            for piece in whole.as_bytes().chunks(step) {
                decoder.push(piece);
                while let Some(reply) = decoder.next_reply().unwrap() {
                    replies.push(reply);
                }
            }
            assert!(decoder.is_empty());
            assert_eq!(replies.iter().map(|reply| reply.code).collect::<Vec<_>>(), [220, 250, 550]);
            let offers = Offers::of(&replies[1]);
            let wanted = Offers { starttls: true, plain: true, login: true, utf8: true, size: Some(1000) };
            assert_eq!(offers, wanted);
            assert!(replies[2].is_never());
            assert_eq!(replies[2].to_string(), "550 5.1.1 no such user");
        }
    }

    #[test]
    fn what_is_no_reply_is_said_to_be_none() {
        for text in [
            "HTTP/1.1 400 Bad Request\r\n",
            "250-one\r\n550 two\r\n",
            "2x0 no\r\n",
            "250?\r\n",
            "\r\n",
            "100 x\r\n",
        ] {
            let mut decoder = Decoder::default();
            decoder.push(text.as_bytes());
            assert_eq!(decoder.next_reply(), Err(Problem::Unread), "{text}");
        }
        let mut decoder = Decoder::default();
        decoder.push(&vec![b'2'; LINE_LIMIT_BYTES + 1]);
        assert_eq!(decoder.next_reply(), Err(Problem::TooLong));
        let mut decoder = Decoder::default();
        decoder.push("250-more\r\n".repeat(LINES_LIMIT + 1).as_bytes());
        assert_eq!(decoder.next_reply(), Err(Problem::TooLong));
    }

    #[test]
    fn nothing_breaks_out_of_a_line_or_ends_a_mail_early() {
        assert_eq!(Say::Rcpt("a@x\r\nRSET").line(), "RCPT TO:<a@xRSET>\r\n");
        for wrong in ["a@x> SIZE=1", "a b@x", "a@x\r\n", "", "a", "@x", "a@", "a,b@x", "<a@x"] {
            assert!(!is_address(wrong), "{wrong}");
        }
        assert!(is_address("bram.o'neil+opor@x.example") && is_address("zoë@x.example"));
        assert_eq!(stuffed("a\r\n.\r\n..b\r\n"), "a\r\n..\r\n...b\r\n.\r\n");
        assert_eq!(stuffed(""), ".\r\n");
        assert_eq!(Say::Plain("u", "p").line(), "AUTH PLAIN AHUAcA==\r\n");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_break_the_reader(bytes in proptest::collection::vec(0_u8..=255, 0..300)) {
            let mut decoder = Decoder::default();
            decoder.push(&bytes);
            while let Ok(Some(_)) = decoder.next_reply() {}
        }
    }
}
