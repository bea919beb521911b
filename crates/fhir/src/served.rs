//! What is kept and what is served: the bytes stay as they came but for the id and the parts of `meta` that say where and
//! when a resource stands here. Nothing is parsed into a tree and printed again.

use crate::json::{self, Json};
use crate::time::Instant;
use std::ops::Range;

/// A resource as clients get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// Logical id.
    pub id: String,
    /// The resource with `meta`.
    pub body: Vec<u8>,
}

/// A property of the outermost object: its name with quotes, and its value.
struct Property {
    name: Range<usize>,
    value: Range<usize>,
}

/// The address of the FHIR door for a client that reached it by `host`, over TLS or not; a host that is more than a host is
/// nobody's address, and the path alone is left.
#[must_use]
pub fn base(host: Option<&str>, secure: bool) -> String {
    let plain = |host: &&str| {
        host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'))
    };
    match host.filter(plain) {
        Some(host) => format!("{}://{host}/fhir", if secure { "https" } else { "http" }),
        None => "/fhir".to_owned(),
    }
}

/// The same bytes with `id` as the logical id, put behind `resourceType` when there is none. `bytes` must be an object
/// that [`json::parse`] accepts.
#[must_use]
pub fn with_id(bytes: &[u8], id: &str) -> Vec<u8> {
    let properties: Vec<Property> = properties(bytes).collect();
    let find = |name: &[u8]| properties.iter().find(|property| bytes[property.name.clone()] == *name);
    let mut out = Vec::with_capacity(bytes.len() + id.len() + 8);
    match find(b"\"id\"") {
        Some(property) => {
            out.extend_from_slice(&bytes[..property.value.start]);
            Json::from(id).write(&mut out);
            out.extend_from_slice(&bytes[property.value.end..]);
        }
        None => {
            let at = find(b"\"resourceType\"").map_or(1, |property| property.value.end);
            out.extend_from_slice(&bytes[..at]);
            out.extend_from_slice(if at > 1 { b",\"id\":" } else { b"\"id\":" });
            Json::from(id).write(&mut out);
            out.extend_from_slice(if at > 1 { b"" } else { b"," });
            out.extend_from_slice(&bytes[at..]);
        }
    }
    out
}

/// What is served of stored bytes: `meta` says version and time, and `source` where it does not say one itself. `id` is
/// taken when the bytes have none.
#[must_use]
pub fn served(bytes: &[u8], id: &str, version: u32, at: Instant, source: Option<&str>) -> Served {
    let has_meta = memchr::memmem::find(bytes, b"\"meta\"").is_some();
    let (mut id_at, mut kind_at, mut meta_at) = (None, None, None);
    for property in properties(bytes) {
        match &bytes[property.name.clone()] {
            b"\"id\"" => id_at = id_at.or(Some(property)),
            b"\"resourceType\"" => kind_at = kind_at.or(Some(property)),
            b"\"meta\"" => meta_at = meta_at.or(Some(property)),
            _ => {}
        }
        // Both stand near the beginning; what is behind them need not be gone through.
        if id_at.is_some() && (meta_at.is_some() || !has_meta) {
            break;
        }
    }
    let own = id_at.as_ref().and_then(|property| match json::parse(&bytes[property.value.clone()]) {
        Ok(Json::String(text)) => Some(text.into_owned()),
        _ => None,
    });
    let mut meta = format!("{{\"versionId\":\"{version}\",\"lastUpdated\":\"{at}\"").into_bytes();
    let mut has_source = false;
    if let Some(old) = &meta_at {
        let old = &bytes[old.value.clone()];
        for property in self::properties(old) {
            let name = &old[property.name.clone()];
            if name == b"\"versionId\"" || name == b"\"lastUpdated\"" {
                continue;
            }
            has_source |= name == b"\"source\"";
            meta.push(b',');
            meta.extend_from_slice(&old[property.name.start..property.value.end]);
        }
    }
    if let (Some(source), false) = (source, has_source) {
        meta.extend_from_slice(b",\"source\":");
        Json::from(source).write(&mut meta);
    }
    meta.push(b'}');
    let mut body = Vec::with_capacity(bytes.len() + meta.len() + 16);
    match meta_at {
        Some(old) => {
            body.extend_from_slice(&bytes[..old.value.start]);
            body.append(&mut meta);
            body.extend_from_slice(&bytes[old.value.end..]);
        }
        None => {
            let at = id_at.or(kind_at).map(|property| property.value.end);
            match at {
                Some(at) => {
                    body.extend_from_slice(&bytes[..at]);
                    body.extend_from_slice(b",\"meta\":");
                    body.append(&mut meta);
                    body.extend_from_slice(&bytes[at..]);
                }
                None => body.extend_from_slice(bytes),
            }
        }
    }
    Served { id: own.unwrap_or_else(|| id.to_owned()), body }
}

/// The bytes of an object with only some of its properties, `resourceType` among them, and with `tag` in its `meta`
/// (`SUBSETTED`), so that nobody takes it for the whole.
#[must_use]
pub fn subset(bytes: &[u8], keeps: impl Fn(&str) -> bool) -> Vec<u8> {
    const TAG: &[u8] =
        br#"{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}"#;
    let mut out = vec![b'{'];
    for property in properties(bytes) {
        let quoted = &bytes[property.name.clone()];
        let name = std::str::from_utf8(quoted).unwrap_or_default().trim_matches('"');
        let value = &bytes[property.value.clone()];
        if !matches!(name, "resourceType" | "id" | "meta") && !keeps(name) {
            continue;
        }
        if out.len() > 1 {
            out.push(b',');
        }
        out.extend_from_slice(quoted);
        out.push(b':');
        if name == "meta" {
            out.push(b'{');
            let mut tagged = false;
            for (n, inner) in properties(value).enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                let held = &value[inner.value.clone()];
                out.extend_from_slice(&value[inner.name.start..inner.value.start]);
                match held.strip_suffix(b"]") {
                    Some(open) if &value[inner.name.clone()] == b"\"tag\"" => {
                        tagged = true;
                        out.extend_from_slice(open);
                        out.extend_from_slice(if open.trim_ascii().len() > 1 { b"," } else { b"" });
                        out.extend_from_slice(TAG);
                        out.push(b']');
                    }
                    _ => out.extend_from_slice(held),
                }
            }
            if !tagged {
                out.extend_from_slice(if out.ends_with(b"{") { b"\"tag\":[" } else { b",\"tag\":[" });
                out.extend_from_slice(TAG);
                out.push(b']');
            }
            out.push(b'}');
        } else {
            out.extend_from_slice(value);
        }
    }
    out.push(b'}');
    out
}

/// The properties of the outermost object, one after another.
fn properties(bytes: &[u8]) -> Properties<'_> {
    let at = skip_space(bytes, 0);
    Properties { bytes, at: (bytes.get(at) == Some(&b'{')).then_some(at + 1) }
}

struct Properties<'b> {
    bytes: &'b [u8],
    /// Where the next one begins; `None` behind the last.
    at: Option<usize>,
}

impl Iterator for Properties<'_> {
    type Item = Property;
    fn next(&mut self) -> Option<Property> {
        let bytes = self.bytes;
        let at = skip_space(bytes, self.at.take()?);
        if bytes.get(at) != Some(&b'"') {
            return None;
        }
        let name = at..json::end_of_string(bytes, at);
        let at = skip_space(bytes, name.end);
        let at = skip_space(bytes, at + 1);
        let value = at..end_of_value(bytes, at);
        let at = skip_space(bytes, value.end);
        self.at = (bytes.get(at) == Some(&b',')).then_some(at + 1);
        Some(Property { name, value })
    }
}

fn skip_space(bytes: &[u8], at: usize) -> usize {
    at + bytes.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Behind the value that begins here.
fn end_of_value(bytes: &[u8], from: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = json::end_of_string(bytes, at);
                if depth == 0 {
                    return at;
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                if depth == 0 {
                    return at;
                }
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            b',' | b' ' | b'\n' | b'\r' | b'\t' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Instant = Instant(1_795_356_300_000_000);

    fn text(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).expect("UTF-8")
    }

    #[test]
    fn only_the_id_changes() {
        for (before, after) in [
            (
                r#"{"resourceType":"Patient","a":[1, {"id":"x"}]}"#,
                r#"{"resourceType":"Patient","id":"n1","a":[1, {"id":"x"}]}"#,
            ),
            (r#"{ "id" : "old" , "resourceType":"Patient"}"#, r#"{ "id" : "n1" , "resourceType":"Patient"}"#),
            (r#"{"v":4.10,"resourceType":"Basic"}"#, r#"{"v":4.10,"resourceType":"Basic","id":"n1"}"#),
        ] {
            assert_eq!(text(&with_id(before.as_bytes(), "n1")), after);
        }
    }

    #[test]
    fn meta_says_where_it_stands_and_keeps_the_rest() {
        let of = |bytes: &str, source| text(&served(bytes.as_bytes(), "k", 3, AT, source).body).to_owned();
        let said = "\"versionId\":\"3\",\"lastUpdated\":\"2026-11-22T14:05:00.000Z\"";
        assert_eq!(
            of(r#"{"resourceType":"Basic","id":"a\"b","x":1.0}"#, None),
            format!(r#"{{"resourceType":"Basic","id":"a\"b","meta":{{{said}}},"x":1.0}}"#)
        );
        assert_eq!(
            of(
                r#"{"meta":{"versionId":"9","tag":[{"code":"t"}],"lastUpdated":"x"},"resourceType":"Basic"}"#,
                Some("urn:s")
            ),
            format!(
                r#"{{"meta":{{{said},"tag":[{{"code":"t"}}],"source":"urn:s"}},"resourceType":"Basic"}}"#
            )
        );
        assert_eq!(served(br#"{"resourceType":"Basic","id":"a\"b"}"#, "k", 1, AT, None).id, "a\"b");
        assert_eq!(served(br#"{"resourceType":"Basic"}"#, "k", 1, AT, None).id, "k");
    }

    #[test]
    fn a_subset_is_marked() {
        let whole = br#"{"resourceType":"Basic","id":"a","meta":{"versionId":"1","tag":[{"code":"t"}]},"x":[1,2],"y":{"z":"}"},"text":{}}"#;
        let part = subset(whole, |name| name == "y");
        assert!(json::parse(&part).is_ok(), "{}", text(&part));
        assert!(
            text(&part).contains(r#"[{"code":"t"},{"system""#) && text(&part).ends_with(r#","y":{"z":"}"}}"#)
        );
        assert!(text(&subset(br#"{"meta":{}}"#, |_| true)).contains("SUBSETTED"));
    }
}
