//! JSON Merge Patch (RFC 7396), and what any patch leaves without content: FHIR JSON has no empty arrays and objects.

use crate::json::{Json, Object};

/// Puts a part of a resource in the place of what stands there; `null` takes away.
pub(super) fn apply(part: &Object, resource: &mut Object) {
    for (key, value) in part.iter() {
        match (value, resource.get_mut(key)) {
            (Json::Null, _) => drop(resource.remove(key)),
            (Json::Object(inner), Some(Json::Object(there))) => apply(inner, there),
            (Json::Object(inner), _) => {
                let mut fresh = Object::new();
                apply(inner, &mut fresh);
                resource.append(key.to_owned().into(), Json::Object(fresh));
            }
            (value, Some(there)) => *there = value.clone(),
            (value, None) => resource.append(key.to_owned().into(), value.clone()),
        }
    }
}

/// Takes away what says nothing.
pub(super) fn prune(json: &mut Json) {
    match json {
        Json::Object(object) => {
            let keys: Vec<String> = object.iter().map(|(key, _)| key.to_owned()).collect();
            for key in keys {
                if let Some(inner) = object.get_mut(&key) {
                    prune(inner);
                }
                if object.get(&key).is_some_and(is_nothing) {
                    object.remove(&key);
                }
            }
        }
        Json::Array(items) => {
            items.iter_mut().for_each(prune);
            // A null in an array keeps the place of an element that only has an extension.
            if items.iter().all(|item| is_nothing(item) || matches!(item, Json::Null)) {
                items.clear();
            }
        }
        _ => {}
    }
}

fn is_nothing(json: &Json) -> bool {
    match json {
        Json::Object(object) => object.is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::patch::{Patch, PatchError};

    fn after(resource: &str, patch: &str) -> String {
        let patch = Patch::read(patch.as_bytes()).expect("a patch");
        String::from_utf8(patch.apply(resource.as_bytes()).expect("applied")).expect("text")
    }

    #[test]
    fn a_part_takes_the_place_of_what_stands_there() {
        let resource = r#"{"resourceType":"Patient","id":"p","gender":"male","maritalStatus":{"text":"a","coding":[{"code":"M"}]}}"#;
        let merged = after(resource, r#"{"active":true,"gender":null,"maritalStatus":{"text":"b"}}"#);
        assert_eq!(
            merged,
            r#"{"resourceType":"Patient","id":"p","maritalStatus":{"text":"b","coding":[{"code":"M"}]},"active":true}"#
        );
        let one = Patch::read(br#"{"op":"remove","path":"/gender"}"#);
        assert_eq!(one, Err(PatchError::Form), "an operation stands in an array");
    }

    #[test]
    fn what_is_left_without_content_goes() {
        let resource = r#"{"resourceType":"Patient","telecom":[{"value":"1"}]}"#;
        assert_eq!(
            after(resource, r#"[{"op":"remove","path":"/telecom/0"}]"#),
            r#"{"resourceType":"Patient"}"#
        );
    }
}
