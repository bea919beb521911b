//! A mail of our own as it goes out (RFC 5322). The same letter is the same bytes, whenever it is written: whoever gets it
//! twice can tell by its Message-ID that it is one.

use crate::base64::encoded;
use mail_parser::DateTime;

/// Longest line of a mail without its end, in bytes (RFC 5322 2.1.1).
const LINE_LIMIT_BYTES: usize = 998;
/// Longest line of quoted-printable without its end (RFC 2045 6.7).
const QUOTED_LINE_BYTES: usize = 76;
/// Bytes of text in one encoded word, so that the word stays below 75 characters (RFC 2047 2).
const WORD_BYTES: usize = 42;

/// How the text of a mail is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As it is, in UTF-8: for a maildir of the house.
    Plain,
    /// In ASCII alone, with lines that every server takes.
    Ascii,
}

/// A letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letter<'l> {
    /// Who writes: `opor <no-reply@opor.example>`, or an address; empty where whoever hands it on fills it in.
    pub from: &'l str,
    /// To which address.
    pub to: &'l str,
    /// Subject line.
    pub subject: &'l str,
    /// Language code.
    pub language: &'l str,
    /// Message-ID without brackets.
    pub id: &'l str,
    /// When it was written, in seconds since 1970.
    pub at: i64,
    /// Plain text.
    pub body: &'l str,
}

/// A header's text: without line ends, which would begin another header.
fn header(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A text in ASCII: as it is, or as encoded words (RFC 2047).
fn words(text: &str) -> String {
    let text = header(text);
    if text.is_ascii() && text.len() <= LINE_LIMIT_BYTES / 2 {
        return text;
    }
    let (mut out, mut part) = (Vec::new(), String::new());
    for c in text.chars() {
        if part.len() + c.len_utf8() > WORD_BYTES {
            out.push(std::mem::take(&mut part));
        }
        part.push(c);
    }
    out.push(part);
    let out: Vec<String> =
        out.iter().map(|part| format!("=?utf-8?B?{}?=", encoded(part.as_bytes()))).collect();
    out.join("\r\n ")
}

/// A line in quoted-printable, with soft ends where it is long (RFC 2045 6.7).
fn quoted(line: &str) -> String {
    let (mut out, mut width) = (String::with_capacity(line.len()), 0);
    let last = line.len();
    for (at, c) in line.char_indices() {
        let is_last = at + c.len_utf8() == last;
        let is_plain = matches!(c, '!'..='<' | '>'..='~') || matches!(c, ' ' | '\t') && !is_last;
        // A character is not cut, so that a reader of the source sees whole ones.
        let wide = if is_plain { 1 } else { 3 * c.len_utf8() };
        if width + wide > QUOTED_LINE_BYTES - 1 {
            out.push_str("=\r\n");
            width = 0;
        }
        if is_plain {
            out.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                out.push_str(&format!("={byte:02X}"));
            }
        }
        width += wide;
    }
    out
}

impl Letter<'_> {
    /// The whole mail, with CRLF at the end of each line.
    #[must_use]
    pub fn written(&self, encoding: Encoding) -> String {
        let of = |text: &str| if encoding == Encoding::Plain { header(text) } else { words(text) };
        let is_plain = encoding == Encoding::Plain
            || self.body.is_ascii() && self.body.lines().all(|line| line.len() <= LINE_LIMIT_BYTES);
        let transfer = match (is_plain, self.body.is_ascii()) {
            (true, true) => "7bit",
            (true, false) => "8bit",
            (false, _) => "quoted-printable",
        };
        let mut out = String::new();
        let mut field = |name: &str, value: &str| out.push_str(&format!("{name}: {value}\r\n"));
        if !self.from.is_empty() {
            // The name before an address may need encoding; the address itself must not be.
            match self.from.rsplit_once('<') {
                Some((name, address)) if !name.trim().is_empty() => {
                    field("From", &format!("{} <{}", of(name.trim()), header(address)));
                }
                _ => field("From", &header(self.from)),
            }
        }
        field("To", &header(self.to));
        field("Subject", &of(self.subject));
        field("Date", &DateTime::from_timestamp(self.at).to_rfc822());
        field("Message-ID", &format!("<{}>", header(self.id)));
        field("Content-Language", &header(self.language));
        field("Auto-Submitted", "auto-generated");
        field("MIME-Version", "1.0");
        field("Content-Type", "text/plain; charset=utf-8");
        field("Content-Transfer-Encoding", transfer);
        out.push_str("\r\n");
        for line in self.body.lines() {
            // A return without its end would be one for some servers and none for others.
            let line = line.replace('\r', " ");
            out.push_str(&if is_plain { line } else { quoted(&line) });
            out.push_str("\r\n");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mail;
    use mail_parser::MessageParser;

    const LETTER: Letter<'static> = Letter {
        from: "Dossier opor <no-reply@opor.example>",
        to: "a@x.example",
        subject: "Code",
        language: "en",
        id: "0000000000000007@opor.example",
        at: 1_795_392_000,
        body: "Your code.\n",
    };

    #[test]
    fn s036_an_address_begins_no_header_of_its_own() {
        for encoding in [Encoding::Plain, Encoding::Ascii] {
            let text = Letter { to: "a@x.example\r\nBcc: b@y.example", ..LETTER }.written(encoding);
            assert!(!text.contains("\r\nBcc:") && text.ends_with("\r\n\r\nYour code.\r\n"), "{text}");
        }
    }

    #[test]
    fn a_letter_in_ascii_is_read_as_it_was_written() {
        let long = "é".repeat(400);
        let body = format!("Votre accès est prêt : = {long} \n\n.\nMerci\tbien \n");
        let subject = "Votre accès à opor est prêt, et voici ce qu’il faut en savoir avant la première fois";
        let letter = Letter { subject, body: &body, ..LETTER };
        let text = letter.written(Encoding::Ascii);
        assert!(text.is_ascii() && text.split("\r\n").all(|line| line.len() <= 78), "{text}");
        assert_eq!(text, letter.written(Encoding::Ascii), "the same letter is the same bytes");
        let parsed = MessageParser::default().parse(text.as_bytes()).unwrap();
        assert_eq!(parsed.subject(), Some(subject));
        assert_eq!(parsed.body_text(0).unwrap().replace("\r\n", "\n"), body);
        assert_eq!(parsed.date().map(DateTime::to_timestamp), Some(LETTER.at));
        let mail = Mail::read(text.as_bytes()).unwrap();
        assert_eq!((mail.sender(), mail.is_automatic), (Some("no-reply@opor.example"), true));
        assert_eq!(mail.message_id, "0000000000000007@opor.example");
    }

    proptest::proptest! {
        #[test]
        fn any_text_comes_back(body in "[ -~éàœ漢\t\n]{0,300}", subject in "[ -~éàœ漢]{0,120}") {
            let text = Letter { subject: &subject, body: &body, ..LETTER }.written(Encoding::Ascii);
            proptest::prop_assert!(text.is_ascii());
            proptest::prop_assert!(text.split("\r\n").all(|line| line.len() <= LINE_LIMIT_BYTES));
            let parsed = MessageParser::default().parse(text.as_bytes()).unwrap();
            let came = parsed.body_text(0).unwrap_or_default().replace("\r\n", "\n");
            let wanted: String = body.lines().map(|line| format!("{line}\n")).collect();
            proptest::prop_assert_eq!(came.trim_end_matches('\n'), wanted.trim_end_matches('\n'));
        }
    }
}
