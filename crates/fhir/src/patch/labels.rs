//! `$meta-add` and `$meta-delete` (FHIR R4 Resource-meta-add, Resource-meta-delete): profiles, tags and security labels of
//! one resource.

use crate::json::{Json, Object};

/// The labels of `meta`; everything else of it is the server's.
const LABELS: [&str; 3] = ["profile", "tag", "security"];

/// Labels to set or to take away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// Whether they are taken away.
    pub is_removal: bool,
    /// A Meta with nothing but labels.
    pub meta: Object,
}

impl Labels {
    /// Reads the Meta, or the Parameters resource whose parameter `meta` is one.
    ///
    /// # Errors
    /// What to write.
    pub fn read(body: &Object, is_removal: bool) -> Result<Self, String> {
        let meta = match body.text("resourceType") {
            Some("Parameters") => body
                .objects("parameter")
                .into_iter()
                .find(|part| part.text("name") == Some("meta"))
                .and_then(|part| part.object("valueMeta")),
            None => Some(body),
            Some(_) => None,
        };
        let Some(meta) = meta else {
            return Err("Send a Parameters resource whose parameter \"meta\" has a valueMeta.".to_owned());
        };
        if let Some((other, _)) = meta.iter().find(|(key, _)| !LABELS.contains(key)) {
            return Err(format!("meta.{other} is the server's; send profile, tag and security."));
        }
        Ok(Self { is_removal, meta: meta.clone() })
    }

    pub(super) fn apply(&self, resource: &mut Object) {
        let mut meta = match resource.remove("meta") {
            Some(Json::Object(meta)) => meta,
            _ => Object::new(),
        };
        for label in LABELS {
            let mut kept = meta.remove(label).map(into_items).unwrap_or_default();
            for wanted in self.meta.get(label).map(Json::items).unwrap_or_default() {
                if self.is_removal {
                    kept.retain(|one| !is_label(one, wanted));
                } else if !kept.iter().any(|one| is_label(one, wanted)) {
                    kept.push(wanted.clone());
                }
            }
            meta.put(label, Json::Array(kept));
        }
        resource.put("meta", meta);
    }
}

fn into_items(json: Json) -> Vec<Json> {
    match json {
        Json::Array(items) => items,
        other => vec![other],
    }
}

/// Whether two labels are the same: addresses by themselves, codings by system and code.
fn is_label(one: &Json, other: &Json) -> bool {
    match (one.as_object(), other.as_object()) {
        (Some(one), Some(other)) => {
            one.text("system") == other.text("system") && one.text("code") == other.text("code")
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use crate::patch::Patch;

    fn object(text: &str) -> Object {
        match json::parse(text.as_bytes()) {
            Ok(Json::Object(object)) => object,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn after(resource: &str, meta: &str, is_removal: bool) -> String {
        let labels = Labels::read(&object(meta), is_removal).expect("labels");
        let bytes = Patch::Labels(labels).apply(resource.as_bytes()).expect("applied");
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn labels_are_set_once_and_taken_away() {
        let tag = r#"{"tag":[{"system":"s","code":"a"}]}"#;
        let bare = r#"{"resourceType":"Patient","id":"p"}"#;
        let tagged = after(bare, tag, false);
        assert!(tagged.contains(r#""meta":{"tag":[{"system":"s","code":"a"}]}"#), "{tagged}");
        assert_eq!(after(&tagged, tag, false), tagged, "once");
        assert_eq!(after(&tagged, tag, true), bare);
        let parameters = r#"{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"profile":["http://p"]}}]}"#;
        assert!(after(bare, parameters, false).contains(r#""profile":["http://p"]"#));
        assert!(Labels::read(&object(r#"{"versionId":"9"}"#), false).is_err());
        assert!(Labels::read(&object(bare), false).is_err());
    }
}
