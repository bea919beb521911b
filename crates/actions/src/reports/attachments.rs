//! Documents inside a report: what is text is read, everything else is listed and given out as it was sent.

use super::{Attachment, Open, Opened};
use crate::chart::{self, Filed};
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use fhir::read::{Attached, document_reference, observation, report};
use fhir::{Kind, Object};

impl Sealed for Open {}

impl Look for Open {
    type View = Opened;
    const PERMISSION: Permission = Permission::ReadResults;

    fn object(&self) -> String {
        format!("person/{}/{}/attachments/{}", self.person, self.report, self.index)
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Opened>, Refusal> {
        let chart = chart::open(reading, self.person)?;
        if !chart.holds(self.report.record) {
            return Err(Refusal::not_found());
        }
        let stored = reading.view.current(self.report)?.ok_or_else(Refusal::not_found)?;
        let resource = chart::filed(stored)?;
        let attached = of(self.report.kind, &resource.object).into_iter().nth(self.index);
        let attached = attached.ok_or_else(Refusal::not_found)?;
        let data = attached.data.as_deref().unwrap_or_default();
        let bytes = decode(data).filter(|bytes| !bytes.is_empty()).ok_or_else(|| {
            Refusal::unreadable(
                "This attachment has no readable content. Ask its author's department for the document.",
                "Cette pièce jointe n'a pas de contenu lisible. Demandez le document au service de l'auteur.",
            )
        })?;
        let view = Opened {
            title: attached.title.unwrap_or_default(),
            content_type: attached.content_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
            bytes,
        };
        Ok(Seen::of(chart.person, view))
    }
}

/// The attachments that a resource holds, in order.
pub(super) fn of(kind: Kind, resource: &Object) -> Vec<Attached> {
    match kind {
        Kind::DiagnosticReport => report::read(resource).attachments,
        Kind::DocumentReference => document_reference::read(resource).attachments,
        Kind::Observation => {
            observation::value(resource).and_then(|value| value.attachment).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// What is listed beside the text of a resource: everything with content that is not plain text.
pub(super) fn listed(resource: &Filed) -> Vec<Attachment> {
    of(resource.key().kind, &resource.object)
        .into_iter()
        .enumerate()
        .filter(|(_, attached)| text(attached).is_none())
        .filter_map(|(index, attached)| {
            let data = attached.data.filter(|data| !data.is_empty())?;
            Some(Attachment {
                title: attached.title.unwrap_or_default(),
                content_type: attached.content_type.unwrap_or_default(),
                // What cannot be decoded is listed all the same: opening it says so.
                bytes: decode(&data).map_or(0, |bytes| bytes.len()),
                key: resource.key(),
                index,
            })
        })
        .collect()
}

/// The text of an attachment that is plain text; `None` of any other type.
pub(super) fn text(attached: &Attached) -> Option<String> {
    let kind = attached.content_type.as_deref()?.split(';').next()?.trim();
    if !kind.eq_ignore_ascii_case("text/plain") {
        return None;
    }
    let bytes = decode(attached.data.as_deref()?)?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The bytes of base64 text (RFC 4648 section 4), blanks and missing padding forgiven; `None` when it is none.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0_u8);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 0xff) as u8);
        }
    }
    // Six bits left over are a letter too many.
    (held < 6).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_rfc_4648() {
        for (coded, plain) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9v\r\nYmFy", "foobar"),
            ("Zm9vYg", "foob"),
        ] {
            assert_eq!(decode(coded).as_deref(), Some(plain.as_bytes()), "{coded}");
        }
        assert_eq!(decode("+/8=").as_deref(), Some([0xfb, 0xff].as_slice()));
        for broken in ["Z", "Zm9vY", "Zm9*"] {
            assert_eq!(decode(broken), None, "{broken}");
        }
    }

    #[test]
    fn only_plain_text_is_read() {
        let attached = |kind: &str, data: &str| Attached {
            content_type: Some(kind.into()),
            data: Some(data.into()),
            ..Attached::default()
        };
        assert_eq!(text(&attached("text/plain; charset=utf-8", "w6k=")).as_deref(), Some("é"));
        assert_eq!(text(&attached("TEXT/PLAIN", "Zm9v")).as_deref(), Some("foo"));
        assert_eq!(text(&attached("text/html", "Zm9v")), None);
        assert_eq!(text(&attached("application/pdf", "Zm9v")), None);
    }
}
