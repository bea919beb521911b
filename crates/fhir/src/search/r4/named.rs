//! Whom a resource names: every reference in it that leads to a Patient, wherever it stands. What is withheld of somebody,
//! and who looked at them, goes by this and not by where the resource is kept.

use crate::id::{Kind, RecordId, ResourceKey};
use crate::json::{Json, Object};
use crate::search::table::ParameterId;
use std::collections::BTreeSet;

/// No parameter: says beside a resource that it names a patient other than the one at whose record it stands.
pub const OTHERS: ParameterId = ParameterId(2);

/// The records of all patients that a resource refers to; of a Patient none, who is their own.
#[must_use]
pub fn patients_in(kind: Kind, resource: &Object) -> BTreeSet<RecordId> {
    let mut found = BTreeSet::new();
    if kind != Kind::Patient {
        resource.iter().for_each(|(name, value)| gather(name, value, &mut found));
    }
    found
}

/// Whether it can be told from the bytes of a resource that it names no patient but the one of a record. `false` says
/// nothing: [`patients_in`] then does.
#[must_use]
pub fn names_only(kind: Kind, body: &[u8], record: RecordId) -> bool {
    const BEFORE_ID: &[u8] = b"Patient/";
    if kind == Kind::Patient {
        return true;
    }
    // An escape could spell a reference in another way.
    if memchr::memchr(b'\\', body).is_some() {
        return false;
    }
    memchr::memmem::find_iter(body, BEFORE_ID).all(|at| {
        let rest = &body[at + BEFORE_ID.len()..];
        let end = rest.iter().position(|byte| matches!(byte, b'"' | b'/')).unwrap_or(rest.len());
        std::str::from_utf8(&rest[..end])
            .is_ok_and(|id| ResourceKey::named(Kind::Patient, id).record == record)
    })
}

fn gather(name: &str, value: &Json, found: &mut BTreeSet<RecordId>) {
    match value {
        Json::String(text) if name == "reference" => {
            found.extend(patient_id(text).map(|id| ResourceKey::named(Kind::Patient, id).record));
        }
        Json::Object(inner) => inner.iter().for_each(|(name, value)| gather(name, value, found)),
        Json::Array(items) => items.iter().for_each(|item| gather(name, item, found)),
        _ => {}
    }
}

/// The id in a reference to a Patient. An address counts by its end: it may be our own, by whatever name we are reached.
fn patient_id(reference: &str) -> Option<&str> {
    let whole = reference.split_once("/_history").map_or(reference, |(whole, _)| whole);
    let mut words = whole.trim_end_matches('/').rsplit('/');
    let (id, kind) = (words.next()?, words.next()?);
    (kind == "Patient" && !id.is_empty()).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h71_whoever_a_resource_names_is_found_wherever_it_stands() {
        let text = r#"{"resourceType":"Task","for":{"reference":"Patient/a"},"input":[{"valueReference":
            {"reference":"https://opor.example/fhir/Patient/b/_history/2"}}],"focus":{"reference":"Group/c"},
            "description":"Patient/d"}"#;
        let Ok(Json::Object(resource)) = crate::json::parse(text.as_bytes()) else { panic!("JSON") };
        let named = |id: &str| ResourceKey::named(Kind::Patient, id).record;
        assert_eq!(patients_in(Kind::Task, &resource), BTreeSet::from([named("a"), named("b")]));
        assert!(patients_in(Kind::Patient, &resource).is_empty());
    }

    #[test]
    fn h71_bytes_that_name_somebody_else_are_never_taken_for_ones_that_do_not() {
        let a = ResourceKey::named(Kind::Patient, "a").record;
        for (text, only_a) in [
            (
                r#"{"subject":{"reference":"Patient/a"},"x":[{"reference":"https://h/fhir/Patient/a/_history/2"}]}"#,
                true,
            ),
            (r#"{"subject":{"reference":"Group/b"}}"#, true),
            (r#"{"subject":{"reference":"Patient/a"},"x":{"reference":"Patient/b"}}"#, false),
            (r#"{"subject":{"reference":"Patient/a"},"x":{"reference":"Patient\/b"}}"#, false),
            (r#"{"subject":{"reference":"Patient/a"},"note":"Patient/b"}"#, false),
            (r#"{"subject":{"reference":"Patient/"}}"#, false),
        ] {
            assert_eq!(names_only(Kind::Task, text.as_bytes(), a), only_a, "{text}");
            let Ok(Json::Object(resource)) = crate::json::parse(text.as_bytes()) else { panic!("JSON") };
            let others = patients_in(Kind::Task, &resource).into_iter().any(|named| named != a);
            assert!(!(only_a && others), "{text}");
        }
    }
}
