//! The compact writer.

use super::{Json, Object, plain_length};
use std::borrow::Cow;

pub(super) fn value(json: &Json, out: &mut Vec<u8>) {
    match json {
        Json::Null => out.extend_from_slice(b"null"),
        Json::Bool(true) => out.extend_from_slice(b"true"),
        Json::Bool(false) => out.extend_from_slice(b"false"),
        Json::Number(number) => out.extend_from_slice(number.as_str().as_bytes()),
        Json::String(text) => string(text, out),
        Json::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                value(item, out);
            }
            out.push(b']');
        }
        Json::Object(properties) => object(properties, out),
    }
}

pub(super) fn object(object: &Object, out: &mut Vec<u8>) {
    out.push(b'{');
    for (i, (key, property)) in object.0.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        match key {
            // A name that is part of the program has nothing to escape.
            Cow::Borrowed(name) => {
                debug_assert_eq!(plain_length(name.as_bytes()), name.len(), "{name}");
                out.reserve(name.len() + 3);
                out.push(b'"');
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b"\":");
            }
            Cow::Owned(name) => {
                string(name, out);
                out.push(b':');
            }
        }
        value(property, out);
    }
    out.push(b'}');
}

/// Writes everything but quotes, backslashes and control characters as it is.
fn string(text: &str, out: &mut Vec<u8>) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let (plain, behind) = rest.split_at(plain_length(rest));
        out.extend_from_slice(plain);
        let Some((&byte, behind)) = behind.split_first() else { break };
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        }
        rest = behind;
    }
    out.push(b'"');
}
