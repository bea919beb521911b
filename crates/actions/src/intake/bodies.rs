//! A message that only speaks of a document (MDM T01, T03, T05, T07, T09, T11) does not take its body away, and a body
//! that comes after such a word is not lost to those who read (HL7 v2.5.1 9.5).

use crate::refusal::Refusal;
use clinical::results::Supersession;
use fhir::json::{Json, Object};

/// What is filed of a document when one of the two versions has no body.
pub(super) struct Joined {
    /// The version to file.
    pub(super) resource: Object,
    /// Whether it stands by the version on file, to which it only adds the body.
    pub(super) adds_body: bool,
}

/// Joins what is said of a document with what is on file; `None` where both say all there is to say of themselves.
pub(super) fn join(on_file: &[u8], said: &Object, verdict: Supersession) -> Result<Option<Joined>, Refusal> {
    let late = verdict == Supersession::KeepExisting;
    if has_body(said) != late {
        return Ok(None);
    }
    let stored = match fhir::json::parse(on_file) {
        Ok(Json::Object(stored)) => stored,
        Ok(_) => return Ok(None),
        Err(error) => return Err(Refusal::unreadable(error.to_string(), error.to_string())),
    };
    if has_body(&stored) == late {
        return Ok(None);
    }
    let (first, second) = if late { (stored, said.clone()) } else { (said.clone(), stored) };
    // A word about a document that names nobody leaves everything else as it was; a whole header replaces the header.
    let bare = first.get("contained").is_none() && first.get("type").is_none();
    let mut resource = Object::new();
    for (key, value) in first.into_properties() {
        if key != "content" {
            resource.append(key, value);
        }
    }
    for (key, value) in second.into_properties() {
        if key == "content" || bare && resource.get(&key).is_none() {
            resource.append(key, value);
        }
    }
    Ok(Some(Joined { resource, adds_body: late }))
}

/// Whether a DocumentReference has text or a file, or says where it is.
fn has_body(document: &Object) -> bool {
    let contents = document.get("content").map(Json::items).unwrap_or_default();
    contents.iter().filter_map(|content| content.get("attachment")).any(|attachment| {
        ["data", "url"].into_iter().any(|key| attachment.get(key).is_some_and(|value| !value.is_empty()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"resourceType":"DocumentReference","status":"current","type":{"text":"DS"},"content":[{"attachment":{"data":"SGk="}}]}"#;
    const STATUS: &str = r#"{"resourceType":"DocumentReference","status":"current","docStatus":"final","type":{"text":"DS"},"content":[{"attachment":{"contentType":"text/plain"}}]}"#;
    const SUPERSEDED: &str = r#"{"resourceType":"DocumentReference","status":"superseded","content":[{"attachment":{"contentType":"text/plain"}}]}"#;

    fn of(text: &str) -> Object {
        match fhir::json::parse(text.as_bytes()) {
            Ok(Json::Object(object)) => object,
            other => panic!("{other:?}"),
        }
    }

    fn joined(on_file: &str, said: &str, verdict: Supersession) -> Option<(String, bool)> {
        let found = join(on_file.as_bytes(), &of(said), verdict).expect("readable");
        found.map(|joined| (joined.resource.to_string(), joined.adds_body))
    }

    #[test]
    fn h21_a_word_about_a_document_keeps_its_text() {
        let (after, adds) = joined(BODY, STATUS, Supersession::Replace).expect("joined");
        assert!(after.contains("SGk=") && after.contains("docStatus") && !adds, "{after}");
        let (after, _) = joined(BODY, SUPERSEDED, Supersession::Correct).expect("joined");
        assert!(after.contains("SGk=") && after.contains("superseded") && after.contains("DS"), "{after}");
    }

    #[test]
    fn h21_a_text_that_comes_after_the_word_about_it_is_shown() {
        let (after, adds) = joined(STATUS, BODY, Supersession::KeepExisting).expect("joined");
        assert!(after.contains("SGk=") && after.contains("docStatus") && adds, "{after}");
        let (after, _) = joined(SUPERSEDED, BODY, Supersession::KeepExisting).expect("joined");
        assert!(after.contains("SGk=") && after.contains("superseded") && after.contains("DS"), "{after}");
    }

    #[test]
    fn versions_with_a_body_each_stand_for_themselves() {
        assert_eq!(joined(BODY, BODY, Supersession::Replace), None);
        assert_eq!(joined(BODY, BODY, Supersession::KeepExisting), None);
        assert_eq!(joined(STATUS, STATUS, Supersession::Replace), None);
        assert_eq!(joined(BODY, STATUS, Supersession::KeepExisting), None);
    }
}
