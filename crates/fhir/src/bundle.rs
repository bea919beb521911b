//! Bundles around resources that are already bytes: nothing is parsed or printed again, so what was stored is what is
//! sent.

use crate::id::ResourceKey;
use crate::json::Json;

/// A page of search results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Page<'a> {
    /// All matches, when they were counted.
    pub total: Option<u64>,
    /// Absolute or relative URL of this page.
    pub this: Option<&'a str>,
    /// URL of the next page, when there is one.
    pub next: Option<&'a str>,
}

/// Bytes that each entry adds besides its resource; only to reserve room.
const ENTRY_ROOM: usize = 160;

/// A `searchset` Bundle. `base` is the URL of the FHIR door without a closing slash; `resources` are whole JSON objects.
#[must_use]
pub fn searchset(base: &str, page: Page<'_>, resources: &[(ResourceKey, &[u8])]) -> Vec<u8> {
    let mut out = open("searchset", resources.iter().map(|(_, bytes)| bytes.len()));
    if let Some(total) = page.total {
        out.extend_from_slice(format!(",\"total\":{total}").as_bytes());
    }
    let links: Vec<_> = [("self", page.this), ("next", page.next)]
        .into_iter()
        .filter_map(|(relation, url)| Some((relation, url?)))
        .collect();
    for (i, (relation, url)) in links.iter().enumerate() {
        out.extend_from_slice(if i == 0 { b",\"link\":[" } else { b"," });
        out.extend_from_slice(format!("{{\"relation\":\"{relation}\",\"url\":").as_bytes());
        Json::from(*url).write(&mut out);
        out.push(b'}');
    }
    if !links.is_empty() {
        out.push(b']');
    }
    entries(&mut out, resources.iter().map(|(key, bytes)| (Some(format!("{base}/{key}")), *bytes)), true);
    out
}

/// A `collection` Bundle, in order; entries may carry a full URL (`urn:uuid:…` or absolute).
#[must_use]
pub fn collection(resources: &[(Option<String>, &[u8])]) -> Vec<u8> {
    let mut out = open("collection", resources.iter().map(|(_, bytes)| bytes.len()));
    entries(&mut out, resources.iter().map(|(url, bytes)| (url.clone(), *bytes)), false);
    out
}

fn open(kind: &str, lengths: impl Iterator<Item = usize>) -> Vec<u8> {
    let mut out = Vec::with_capacity(lengths.map(|length| length + ENTRY_ROOM).sum::<usize>() + ENTRY_ROOM);
    out.extend_from_slice(format!("{{\"resourceType\":\"Bundle\",\"type\":\"{kind}\"").as_bytes());
    out
}

fn entries<'a>(
    out: &mut Vec<u8>,
    resources: impl Iterator<Item = (Option<String>, &'a [u8])>,
    matched: bool,
) {
    let mut any = false;
    for (url, bytes) in resources {
        out.extend_from_slice(if any { b",{" } else { b",\"entry\":[{" });
        any = true;
        if let Some(url) = url {
            out.extend_from_slice(b"\"fullUrl\":");
            Json::from(url).write(out);
            out.push(b',');
        }
        out.extend_from_slice(b"\"resource\":");
        out.extend_from_slice(bytes);
        out.extend_from_slice(if matched { b",\"search\":{\"mode\":\"match\"}}" } else { b"}" });
    }
    out.extend_from_slice(if any { b"]}" } else { b"}" });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Kind, RecordId};
    use crate::json;

    #[test]
    fn a_searchset_holds_the_stored_bytes() {
        let key = ResourceKey::of(RecordId::of("QEII", "1"), Kind::Observation, &["1"]);
        let stored = b"{ \"resourceType\": \"Observation\", \"valueQuantity\": {\"value\": 4.10} }";
        let page = Page { total: Some(7), this: Some("/fhir/Observation?a=\"b\""), next: Some("/fhir/next") };
        let bytes = searchset("https://opor.example/fhir", page, &[(key, stored), (key, stored)]);
        let bundle = json::parse(&bytes).expect("a bundle");
        let bundle = bundle.as_object().expect("an object");
        assert_eq!(bundle.text("total"), Some("7"));
        assert_eq!(bundle.texts("link.relation"), ["self", "next"]);
        assert_eq!(bundle.texts("entry.resource.valueQuantity.value"), ["4.10", "4.10"]);
        assert_eq!(bundle.text("entry.fullUrl"), Some(format!("https://opor.example/fhir/{key}").as_str()));
        assert!(bytes.windows(stored.len()).any(|window| window == stored));
    }

    #[test]
    fn an_empty_bundle_has_no_empty_array() {
        assert_eq!(searchset("", Page::default(), &[]), br#"{"resourceType":"Bundle","type":"searchset"}"#);
        assert_eq!(
            collection(&[(None, b"{}"), (Some("urn:uuid:1".into()), b"{}")]),
            br#"{"resourceType":"Bundle","type":"collection","entry":[{"resource":{}},{"fullUrl":"urn:uuid:1","resource":{}}]}"#
        );
    }
}
