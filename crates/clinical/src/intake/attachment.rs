//! ED and RP to Attachment (maps ED[Attachment], RP[Attachment]), and base64.

use crate::intake::reading::{comp, prose};
use crate::intake::scope::Scope;
pub(crate) use fhir::base64::encode as base64;
use fhir::{Json, Object};
use hl7v2::Rep;

/// Attachment of one repetition of an ED or RP field; empty when it says nothing.
pub(crate) fn read(scope: &Scope<'_>, kind: &str, rep: Rep<'_>) -> Object {
    if kind == "RP" {
        return Object::new()
            .set("contentType", content_type(&comp(rep, 3), &comp(rep, 4)))
            .set("url", prose(rep.comp(1)));
    }
    let (family, subtype, encoding) = (comp(rep, 2), comp(rep, 3), comp(rep, 4));
    let mut attachment = Object::new().set("contentType", content_type(&family, &subtype));
    let data = rep.comp(5);
    if data.is_empty() || data.is_null() {
        return attachment;
    }
    let text = prose(data);
    let decoded = match &*encoding.to_ascii_lowercase() {
        "base64" => clean_base64(&text),
        "hex" => from_hex(&text).map(|bytes| base64(&bytes)),
        _ => Some(base64(text.as_bytes())),
    };
    match decoded {
        Some(data) => attachment.put("data", data),
        None => {
            scope.note(
                &format!("OBX-5.5 is not {encoding} though OBX-5.4 says so"),
                "its characters were attached as they came",
                &format!("OBX-5.5 n'est pas en {encoding} bien que OBX-5.4 le dise"),
                "ses caractères ont été joints tels quels",
            );
            attachment.put("data", base64(text.as_bytes()));
        }
    }
    attachment
}

/// A text as an attachment.
pub(crate) fn text(text: &str) -> Object {
    Object::new().set("contentType", "text/plain; charset=utf-8").set("data", base64(text.as_bytes()))
}

/// The attachment without its bytes, for a second place that only points to them.
pub(crate) fn without_data(mut attachment: Object) -> Object {
    attachment.remove("data");
    attachment
}

/// MIME type from HL7 tables 0191 and 0291; what is already one stays.
pub(crate) fn content_type(family: &str, subtype: &str) -> String {
    let (family, subtype) = (family.to_ascii_lowercase(), subtype.to_ascii_lowercase());
    if subtype.contains('/') {
        return subtype;
    }
    if family.contains('/') {
        return family;
    }
    let family = match family.as_str() {
        "im" => "image",
        "au" => "audio",
        "ap" | "app" => "application",
        "ft" | "tx" | "text" => "text",
        "sd" | "si" => "",
        other => other,
    };
    match (family, subtype.as_str()) {
        (_, "pdf" | "rtf" | "msword" | "octet-stream" | "dicom" | "postscript") if family != "text" => {
            format!("application/{subtype}")
        }
        (_, "jpg") => "image/jpeg".to_owned(),
        ("" | "application", "jpeg" | "png" | "gif" | "tiff" | "bmp" | "pict") => format!("image/{subtype}"),
        ("" | "application", "html" | "sgml" | "plain") | ("text", "") => {
            format!("text/{}", if subtype.is_empty() { "plain" } else { &subtype })
        }
        ("application", "xml") | ("", "xml") => "application/xml".to_owned(),
        ("", "") => String::new(),
        ("", other) => format!("application/{other}"),
        (family, "") => format!("{family}/octet-stream"),
        (family, subtype) => format!("{family}/{subtype}"),
    }
}

/// Base64 without the line breaks and blanks that senders put in; `None` when it is none.
pub(crate) fn clean_base64(text: &str) -> Option<String> {
    let mut clean: String = text.split(char::is_whitespace).flat_map(|part| part.split("\\.br\\")).collect();
    while clean.ends_with('=') {
        clean.pop();
    }
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    if !clean.bytes().all(is_digit) || clean.len() % 4 == 1 {
        return None;
    }
    while !clean.len().is_multiple_of(4) {
        clean.push('=');
    }
    Some(clean)
}

pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect()
}

/// Whether there is anything to read.
pub(crate) fn has_content(attachment: &Object) -> bool {
    ["data", "url"].iter().any(|key| attachment.get(key).is_some_and(|value: &Json| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_rfc_4648() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
        assert_eq!(clean_base64("Zm9v\r\nYg=").as_deref(), Some("Zm9vYg=="));
        assert_eq!(clean_base64("not base64!"), None);
        assert_eq!(from_hex("66 6f"), Some(b"fo".to_vec()));
    }

    #[test]
    fn content_types() {
        for (family, subtype, expected) in [
            ("AP", "PDF", "application/pdf"),
            ("application", "pdf", "application/pdf"),
            ("IM", "JPEG", "image/jpeg"),
            ("TEXT", "", "text/plain"),
            ("TX", "HTML", "text/html"),
            ("", "PDF", "application/pdf"),
            ("", "", ""),
            ("image", "", "image/octet-stream"),
        ] {
            assert_eq!(content_type(family, subtype), expected, "{family} {subtype}");
        }
    }
}
