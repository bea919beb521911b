//! Another id and other references in a document whose every other byte stays.

use super::Json;

/// The bytes of one resource with `id` as its own id, and with what `target` gives in the place of each reference
/// (`Reference.reference`, and the `url` of an attachment) that it knows. Only whole values are replaced: words of a
/// text that happen to look like a reference stay. `bytes` must be a document that [`parse`](super::parse) accepts.
#[must_use]
pub fn relinked(bytes: &[u8], id: &str, target: impl Fn(&str) -> Option<String>) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + id.len());
    let (mut depth, mut at, mut kept, mut key) = (0_usize, 0, 0, String::new());
    let mut has_id = false;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let end = end_of_string(bytes, at);
                let text = || match super::parse(&bytes[at..end]) {
                    Ok(Json::String(text)) => text.into_owned(),
                    _ => String::new(),
                };
                let is_key = bytes[end..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
                let new = if is_key {
                    key = text();
                    None
                } else if depth == 1 && key == "id" {
                    has_id = true;
                    Some(id.to_owned())
                } else if matches!(key.as_str(), "reference" | "url") {
                    target(&text())
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

/// Behind the string that begins at `at`.
fn end_of_string(bytes: &[u8], at: usize) -> usize {
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
        }
    }
}
