//! What would be different: two readings of one message, resource by resource and field by field (FEATURES IN14).

use crate::intake::{Handling, Interpretation};
use fhir::{Json, Kind, Object, RecordId, ResourceKey};
use std::collections::HashMap;

/// Most characters of a value that are shown.
const MOST_SHOWN: usize = 80;

/// Sort of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// It was not there before.
    Added,
    /// It is not there any more.
    Removed,
    /// It says something else.
    Changed,
}

/// One difference of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Whose; `None` when the message as a whole is handled otherwise.
    pub record: Option<RecordId>,
    /// The resource.
    pub key: Option<ResourceKey>,
    /// Its type; `Message` when the message as a whole is handled otherwise.
    pub kind: &'static str,
    /// The element without its place in lists: `code.coding.system`; empty for the whole resource.
    pub path: String,
    /// Sort.
    pub sort: Sort,
    /// What it said, cut.
    pub before: String,
    /// What it would say, cut.
    pub after: String,
}

/// Every difference between two readings of one message. Provenance is left out: it names the mapping, which differs.
#[must_use]
pub fn compare(before: &Interpretation, after: &Interpretation) -> Vec<Found> {
    let mut found = Vec::new();
    let (was, is) = (handled(&before.handling), handled(&after.handling));
    if was != is {
        found.push(Found {
            record: None,
            key: None,
            kind: "Message",
            path: "handling".to_owned(),
            sort: Sort::Changed,
            before: was.to_owned(),
            after: is.to_owned(),
        });
    }
    let old = resources(before);
    let new = resources(after);
    let by_key: HashMap<ResourceKey, &Object> = new.iter().copied().collect();
    let had: HashMap<ResourceKey, &Object> = old.iter().copied().collect();
    for (key, resource) in &old {
        match by_key.get(key) {
            Some(other) => differences(*key, resource, other, &mut found),
            None => found.push(whole(*key, Sort::Removed)),
        }
    }
    found.extend(
        new.iter().filter(|(key, _)| !had.contains_key(key)).map(|(key, _)| whole(*key, Sort::Added)),
    );
    found
}

/// Every difference between a resource on file and the one that the message would give now.
pub fn differences(key: ResourceKey, before: &Object, after: &Object, found: &mut Vec<Found>) {
    let mut say = |path: &str, sort: Sort, before: String, after: String| {
        found.push(Found {
            record: Some(key.record),
            key: Some(key),
            kind: key.kind.as_str(),
            path: path.to_owned(),
            sort,
            before,
            after,
        });
    };
    objects("", before, after, &mut say);
}

fn handled(handling: &Handling) -> &'static str {
    match handling {
        Handling::Mapped => "filed",
        Handling::Kept(_) => "kept",
        Handling::Held(_) => "held",
    }
}

fn resources(said: &Interpretation) -> Vec<(ResourceKey, &Object)> {
    if said.handling != Handling::Mapped {
        return Vec::new();
    }
    let all = said.charts.iter().flat_map(|chart| &chart.resources);
    all.filter(|one| one.key.kind != Kind::Provenance).map(|one| (one.key, &one.resource)).collect()
}

fn whole(key: ResourceKey, sort: Sort) -> Found {
    let (before, after) = (String::new(), String::new());
    Found {
        record: Some(key.record),
        key: Some(key),
        kind: key.kind.as_str(),
        path: String::new(),
        sort,
        before,
        after,
    }
}

type Say<'a> = dyn FnMut(&str, Sort, String, String) + 'a;

fn objects(path: &str, before: &Object, after: &Object, say: &mut Say<'_>) {
    let deeper = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    for (key, value) in before.iter() {
        // Where it came from differs by nature.
        if path.is_empty() && key == "meta" {
            continue;
        }
        match after.get(key) {
            Some(other) => values(&deeper(key), value, other, say),
            None => say(&deeper(key), Sort::Removed, shown(value), String::new()),
        }
    }
    for (key, value) in after.iter() {
        if before.get(key).is_none() && !(path.is_empty() && key == "meta") {
            say(&deeper(key), Sort::Added, String::new(), shown(value));
        }
    }
}

fn values(path: &str, before: &Json, after: &Json, say: &mut Say<'_>) {
    match (before, after) {
        (Json::Object(a), Json::Object(b)) => objects(path, a, b, say),
        (Json::Array(a), Json::Array(b)) => {
            for (a, b) in a.iter().zip(b) {
                values(path, a, b, say);
            }
            for gone in a.iter().skip(b.len()) {
                say(path, Sort::Removed, shown(gone), String::new());
            }
            for come in b.iter().skip(a.len()) {
                say(path, Sort::Added, String::new(), shown(come));
            }
        }
        _ if before == after => {}
        _ => say(path, Sort::Changed, shown(before), shown(after)),
    }
}

fn shown(value: &Json) -> String {
    let text = match value {
        Json::String(text) => text.to_string(),
        other => String::from_utf8_lossy(&other.to_bytes()).into_owned(),
    };
    if text.chars().count() <= MOST_SHOWN {
        return text;
    }
    let cut: String = text.chars().take(MOST_SHOWN - 1).collect();
    format!("{cut}…")
}
