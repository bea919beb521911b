//! Another id and other references in a document whose every other byte stays.

use super::{Json, Object};
use std::borrow::Cow;

/// The bytes of one resource with `id` as its own id, and with what `target` gives in the place of each reference
/// (`Reference.reference`, and the `url` of an attachment) that it knows. Only whole values are replaced: words of a
/// text that happen to look like a reference stay. `bytes` must be a document that [`parse`](super::parse) accepts.
#[must_use]
pub fn relinked(bytes: &[u8], id: &str, target: impl Fn(&str) -> Option<String>) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + id.len());
    let (mut depth, mut at, mut kept, mut key) = (0_usize, 0, 0, Cow::Borrowed(""));
    let mut has_id = false;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let end = end_of_string(bytes, at);
                let is_key = bytes[end..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
                let new = if is_key {
                    key = text_of(&bytes[at..end]);
                    None
                } else if depth == 1 && key == "id" {
                    has_id = true;
                    Some(id.to_owned())
                } else if matches!(&*key, "reference" | "url") {
                    target(&text_of(&bytes[at..end]))
                } else {
                    None
                };
                if let Some(new) = new {
                    out.extend_from_slice(&bytes[kept..at]);
                    Json::from(new).write(&mut out);
                    kept = end;
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    out.extend_from_slice(&bytes[kept..]);
    if !has_id && let Some(brace) = out.iter().position(|&byte| byte == b'{') {
        let mut own = b"\"id\":".to_vec();
        Json::from(id.to_owned()).write(&mut own);
        own.push(b',');
        out.splice(brace + 1..=brace, own);
    }
    out
}

/// The same of a tree: what [`relinked`] makes of its bytes. `false` when a list mixes texts and objects, of which the bytes
/// alone tell what is replaced: read them again then.
#[must_use]
pub fn relink_tree(resource: &mut Object, id: &str, target: &impl Fn(&str) -> Option<String>) -> bool {
    let is_told = resource.0.iter_mut().all(|(key, value)| match value {
        Json::String(text) if key == "id" => {
            *text = Cow::Owned(id.to_owned());
            true
        }
        value => relink_value(key, value, target),
    });
    if resource.get("id").is_none() {
        resource.0.insert(0, (Cow::Borrowed("id"), Json::from(id)));
    }
    is_told
}

fn relink_value(key: &str, value: &mut Json, target: &impl Fn(&str) -> Option<String>) -> bool {
    match value {
        Json::String(text) => {
            if matches!(key, "reference" | "url")
                && let Some(new) = target(text)
            {
                *text = Cow::Owned(new);
            }
            true
        }
        Json::Object(object) => object.0.iter_mut().all(|(key, value)| relink_value(key, value, target)),
        Json::Array(items) => {
            let has = |wanted: fn(&Json) -> bool| items.iter().any(wanted);
            let is_mixed = has(|item| item.as_str().is_some()) && has(|item| item.as_object().is_some());
            !is_mixed && items.iter_mut().all(|item| relink_value(key, item, target))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => true,
    }
}

/// What a string says that stands between these quotes.
fn text_of(quoted: &[u8]) -> Cow<'_, str> {
    let inside = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    if !inside.contains(&b'\\') {
        return String::from_utf8_lossy(inside);
    }
    match super::parse(quoted) {
        Ok(Json::String(text)) => text,
        _ => Cow::Borrowed(""),
    }
}

/// Behind the string that begins at `at`.
pub(crate) fn end_of_string(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while let Some(&byte) = bytes.get(end) {
        end += 1;
        match byte {
            b'\\' => end += 1,
            b'"' => break,
            _ => {}
        }
    }
    end.min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_id_and_references_change() {
        let target = |text: &str| (text == "Patient/1").then(|| "Patient/77".to_owned());
        for (before, after) in [
            (
                r#"{ "resourceType":"Observation", "id" : "a", "subject":{"reference":"Patient\/1"}, "valueString":"Patient/1","note":[{"text":"\"reference\":\"Patient/1\""}] }"#,
                r#"{ "resourceType":"Observation", "id" : "9", "subject":{"reference":"Patient/77"}, "valueString":"Patient/1","note":[{"text":"\"reference\":\"Patient/1\""}] }"#,
            ),
            (
                r#"{"contained":[{"resourceType":"Organization","id":"a"}],"resourceType":"Patient"}"#,
                r#"{"id":"9","contained":[{"resourceType":"Organization","id":"a"}],"resourceType":"Patient"}"#,
            ),
            (
                r#"{"resourceType":"Media","content":{"id":"c","url":"Patient/1"},"id":"b"}"#,
                r#"{"resourceType":"Media","content":{"id":"c","url":"Patient/77"},"id":"9"}"#,
            ),
        ] {
            let made = relinked(before.as_bytes(), "9", target);
            assert_eq!(String::from_utf8_lossy(&made), after);
            let Ok(Json::Object(mut tree)) = super::super::parse(before.as_bytes()) else { panic!("JSON") };
            assert!(relink_tree(&mut tree, "9", &target));
            let Ok(Json::Object(wanted)) = super::super::parse(&made) else { panic!("JSON") };
            let sorted = |object: Object| {
                let mut parts = object.0;
                parts.sort_by(|a, b| a.0.cmp(&b.0));
                parts
            };
            assert_eq!(sorted(tree), sorted(wanted));
        }
    }
}
