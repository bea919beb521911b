//! Mail (RFC 5322) as it comes in: its parts, whether the domain it says it is from signed it (RFC 6376), what the
//! receiving server found (RFC 8601), and the few lines of IMAP (RFC 9051) by which a mailbox is emptied, of the name service
//! (RFC 1035) by which keys are asked for, and of SMTP (RFC 5321) by which mails of our own go out.
//!
//! Facts only. Nothing here opens a socket or reads a clock: keys and the time are arguments.

pub mod authentication;
pub mod base64;
pub mod dkim;
pub mod dns;
pub mod imap;
mod message;
mod results;
pub mod smtp;
pub mod writing;

pub use message::{Attachment, Mail, Problem, SIZE_LIMIT_BYTES};

/// SHA-256 of bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    out
}

/// A field of a header: its name, and all its bytes.
pub(crate) type Field<'b> = (&'b [u8], &'b [u8]);

/// The fields of a header with their bytes, in order: each begins at a line that does not begin with a blank
/// (RFC 5322 2.2); and where the body begins.
pub(crate) fn header(bytes: &[u8]) -> (Vec<Field<'_>>, usize) {
    let (mut fields, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        if bytes[at..].starts_with(b"\r\n") {
            return (fields, at + 2);
        }
        if bytes[at] == b'\n' {
            return (fields, at + 1);
        }
        let mut end = at;
        loop {
            end = bytes[end..].iter().position(|&b| b == b'\n').map_or(bytes.len(), |n| end + n + 1);
            if !matches!(bytes.get(end), Some(b' ' | b'\t')) {
                break;
            }
        }
        let field = &bytes[at..end];
        let colon = field.iter().position(|&b| b == b':').unwrap_or(field.len());
        fields.push((&field[..colon], field));
        at = end;
    }
    (fields, bytes.len())
}

/// The value of a field without line ends.
pub(crate) fn unfolded(field: &[u8]) -> String {
    let colon = field.iter().position(|&b| b == b':').map_or(0, |at| at + 1);
    let text = String::from_utf8_lossy(&field[colon..]);
    text.replace(['\r', '\n'], "").trim().to_owned()
}
