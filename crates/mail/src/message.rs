//! One mail: who sent it, what it is an answer to, and its attachments.

use crate::{header, sha256, unfolded};
use mail_parser::{Address, HeaderValue, MessageParser, MimeHeaders as _, PartType};

/// Largest mail that is looked into, in bytes.
pub const SIZE_LIMIT_BYTES: usize = 25 * 1024 * 1024;
/// Attachments of one mail, at most.
const ATTACHMENTS_LIMIT: usize = 40;
/// Characters of a name, an address or a subject that are kept.
const TEXT_LIMIT_CHARS: usize = 400;

/// Why nothing is known of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Beyond a limit.
    #[error("the mail is larger than 25 MB or has more than 40 attachments; send the two forms alone")]
    TooMuch,
    /// No header that could be read.
    #[error("the mail cannot be read; send it again from another mail program")]
    Unread,
}

/// Something attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Name of the file, as the sender says; empty when it has none.
    pub name: String,
    /// `application/pdf`, as the sender says.
    pub sort: String,
    /// Its bytes, decoded.
    pub bytes: Vec<u8>,
    /// It belongs to the text, such as the picture of a letterhead.
    pub is_inline: bool,
}

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Addresses of From, in lower case.
    pub from: Vec<String>,
    /// Message-ID without brackets; empty when it has none.
    pub message_id: String,
    /// Subject.
    pub subject: String,
    /// What a machine sent and nobody is to answer: RFC 3834, bounces, lists.
    pub is_automatic: bool,
    /// It says that a mail could not be delivered.
    pub is_bounce: bool,
    /// What is attached, nested mails apart.
    pub attachments: Vec<Attachment>,
    /// A mail is attached to it whole.
    pub has_nested: bool,
    /// SHA-256 of what the sender wrote: Message-ID, From and the body. The same mail that came by two ways has one.
    pub identity: [u8; 32],
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(TEXT_LIMIT_CHARS).collect()
}

impl Mail {
    /// Reads a mail.
    ///
    /// # Errors
    /// [`Problem`].
    pub fn read(bytes: &[u8]) -> Result<Self, Problem> {
        if bytes.len() > SIZE_LIMIT_BYTES {
            return Err(Problem::TooMuch);
        }
        let parsed = MessageParser::default().parse(bytes).ok_or(Problem::Unread)?;
        let (fields, body) = header(bytes);
        if fields.is_empty() {
            return Err(Problem::Unread);
        }
        // A second From is a way to show one sender and be another (RFC 5322 3.6: one).
        let mut from = Vec::new();
        for found in parsed.headers().iter().filter(|h| h.name.as_str().eq_ignore_ascii_case("From")) {
            if let HeaderValue::Address(addresses) = &found.value {
                from.extend(addresses_of(addresses));
            }
        }
        let message_id = cut(parsed.message_id().unwrap_or_default());
        let value = |name: &str| {
            let found = fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes()));
            found.map(|(_, field)| unfolded(field).to_lowercase())
        };
        let is_report = parsed
            .content_type()
            .is_some_and(|sort| sort.ctype() == "multipart" && sort.subtype() == Some("report"));
        let has_no_return = value("Return-Path").is_some_and(|path| path == "<>");
        let is_bounce =
            is_report || has_no_return || from.iter().any(|who| who.starts_with("mailer-daemon@"));
        let is_automatic = is_bounce
            || value("Auto-Submitted").is_some_and(|sort| sort != "no")
            || value("Precedence").is_some_and(|sort| matches!(sort.as_str(), "bulk" | "list" | "junk"))
            || value("List-Id").is_some()
            || value("X-Auto-Response-Suppress").is_some_and(|sort| sort.contains("all"));
        let (mut attachments, mut has_nested) = (Vec::new(), false);
        for part in parsed.attachments() {
            if attachments.len() >= ATTACHMENTS_LIMIT {
                return Err(Problem::TooMuch);
            }
            if matches!(part.body, PartType::Message(_)) {
                has_nested = true;
                continue;
            }
            let sort = part.content_type().map_or_else(String::new, |sort| {
                format!("{}/{}", sort.ctype(), sort.subtype().unwrap_or_default()).to_lowercase()
            });
            let is_letterhead = part.content_id().is_some() && sort.starts_with("image/");
            let is_said_inline = part.content_disposition().is_some_and(|said| said.ctype() == "inline")
                && sort.starts_with("image/");
            attachments.push(Attachment {
                name: cut(part.attachment_name().unwrap_or_default()),
                is_inline: is_letterhead || is_said_inline,
                sort: cut(&sort),
                bytes: part.contents().to_vec(),
            });
        }
        let mut said = message_id.clone().into_bytes();
        said.push(0);
        said.extend_from_slice(from.join(",").as_bytes());
        said.push(0);
        said.extend_from_slice(&bytes[body..]);
        Ok(Self {
            subject: cut(parsed.subject().unwrap_or_default()),
            from,
            message_id,
            is_automatic,
            is_bounce,
            attachments,
            has_nested,
            identity: sha256(&said),
        })
    }

    /// The one who says to have sent it; `None` when that is nobody or several.
    #[must_use]
    pub fn sender(&self) -> Option<&str> {
        match &self.from[..] {
            [one] => Some(one),
            _ => None,
        }
    }
}

fn addresses_of(addresses: &Address<'_>) -> Vec<String> {
    addresses
        .iter()
        .filter_map(|who| who.address())
        .map(|address| cut(address.trim()).to_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "Received: by mx.example\r\nFrom: \"Bram\" <Bram@Harbour.example>\r\nTo: forms@opor.example\r\n\
        Subject: =?utf-8?Q?Mes_formulaires_sign=C3=A9s?=\r\nMessage-ID: <1@harbour.example>\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n--b\r\n\
        Content-Type: application/pdf; name*=utf-8''demande%20sign%C3%A9e.pdf\r\nContent-Transfer-Encoding: base64\r\n\
        Content-Disposition: attachment\r\n\r\nJVBERi0xLjQ=\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <logo>\r\n\
        Content-Transfer-Encoding: base64\r\n\r\niVBORw0=\r\n--b--\r\n";

    #[test]
    fn a_mail_is_read_with_its_attachments() {
        let mail = Mail::read(WHOLE.as_bytes()).unwrap();
        assert_eq!(mail.sender(), Some("bram@harbour.example"));
        assert_eq!(
            (mail.subject.as_str(), mail.message_id.as_str()),
            ("Mes formulaires signés", "1@harbour.example")
        );
        let [form, logo] = &mail.attachments[..] else { panic!("{:?}", mail.attachments) };
        assert_eq!(
            (form.name.as_str(), &form.bytes[..], form.is_inline),
            ("demande signée.pdf", &b"%PDF-1.4"[..], false)
        );
        assert!(logo.is_inline && !mail.is_automatic && !mail.has_nested);
    }

    #[test]
    fn s042_the_same_mail_by_another_way_is_the_same_and_another_is_not() {
        let identity = |text: &str| Mail::read(text.as_bytes()).unwrap().identity;
        let again = WHOLE.replacen(
            "Received: by mx.example",
            "Received: by mx2.example\r\nReceived: by mx.example",
            1,
        );
        assert_eq!(identity(WHOLE), identity(&again));
        assert_ne!(identity(WHOLE), identity(&WHOLE.replace("Hello", "Hullo")));
        assert_ne!(identity(WHOLE), identity(&WHOLE.replace("<1@", "<2@")));
    }

    #[test]
    fn s043_two_senders_are_none() {
        let two = WHOLE.replacen("From:", "From: other@harbour.example\r\nFrom:", 1);
        assert_eq!(Mail::read(two.as_bytes()).unwrap().sender(), None);
        let listed = WHOLE.replacen("<Bram@Harbour.example>", "<bram@harbour.example>, x@y.example", 1);
        assert_eq!(Mail::read(listed.as_bytes()).unwrap().sender(), None);
    }

    #[test]
    fn s042_what_machines_send_is_known_so_that_nobody_answers_it() {
        for (more, is_bounce) in [
            ("Auto-Submitted: auto-replied\r\n", false),
            ("Precedence: list\r\n", false),
            ("List-Id: <x.example>\r\n", false),
            ("Return-Path: <>\r\n", true),
        ] {
            let mail = Mail::read(format!("{more}{WHOLE}").as_bytes()).unwrap();
            assert!(mail.is_automatic, "{more}");
            assert_eq!(mail.is_bounce, is_bounce, "{more}");
        }
        let person = format!("Auto-Submitted: no\r\n{WHOLE}");
        assert!(!Mail::read(person.as_bytes()).unwrap().is_automatic);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_break_the_reader(at in 0_usize..900, bytes in proptest::collection::vec(0_u8..=255, 0..30)) {
            let mut whole = WHOLE.as_bytes().to_vec();
            let at = at.min(whole.len());
            let end = (at + bytes.len()).min(whole.len());
            whole.splice(at..end, bytes);
            drop(Mail::read(&whole));
        }
    }
}
