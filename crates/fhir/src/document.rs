//! A resource as it was received or built: its bytes, kept exactly, beside its tree.

use crate::id::{Kind, UnknownKind};
use crate::json::{self, Json, JsonError, Object};

/// A resource whose bytes are what was received or will be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    kind: Kind,
    bytes: Vec<u8>,
    value: Object,
}

/// Why bytes are no resource of this record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Not JSON as FHIR demands it.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// No object.
    #[error("the document is no JSON object; send one resource")]
    NotAnObject,
    /// Without `resourceType`.
    #[error("resourceType is missing; name the type of the resource")]
    NoType,
    /// Of a type that is not stored.
    #[error(transparent)]
    Kind(#[from] UnknownKind),
}

impl Document {
    /// Reads a resource and keeps its bytes.
    ///
    /// # Errors
    /// [`DocumentError`]: duplicate properties and lone surrogates are refused, not repaired.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, DocumentError> {
        let Json::Object(value) = json::parse(&bytes)? else { return Err(DocumentError::NotAnObject) };
        let kind = kind_of(&value)?;
        Ok(Self { kind, bytes, value })
    }
    /// Of a built resource; its bytes are written once, here.
    ///
    /// # Errors
    /// [`DocumentError`] when its type is missing or not stored.
    pub fn of(value: Object) -> Result<Self, DocumentError> {
        Ok(Self { kind: kind_of(&value)?, bytes: value.to_bytes(), value })
    }
    /// Of bytes and the tree that stands for them, both known.
    #[must_use]
    pub fn of_parts(kind: Kind, bytes: Vec<u8>, value: Object) -> Self {
        debug_assert!(kind_of(&value).is_ok_and(|of| of == kind));
        Self { kind, bytes, value }
    }
    /// Resource type.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }
    /// The bytes as received or written.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// Gives the bytes away.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
    /// Gives the tree away.
    #[must_use]
    pub fn into_value(self) -> Object {
        self.value
    }
    /// The tree, for reading.
    #[must_use]
    pub fn value(&self) -> &Object {
        &self.value
    }
    /// The logical id, when it has one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.value.get("id").and_then(Json::as_str)
    }
    /// The first string or number at a path; see [`Object::text`].
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.value.text(path)
    }
}

fn kind_of(value: &Object) -> Result<Kind, DocumentError> {
    let name = value.get("resourceType").and_then(Json::as_str).ok_or(DocumentError::NoType)?;
    Ok(name.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_stay_as_they_came() {
        let bytes = b"{ \"resourceType\":\"Observation\",\n \"valueQuantity\":{\"value\":4.10} }".to_vec();
        let document = Document::parse(bytes.clone()).expect("a resource");
        assert_eq!(document.bytes(), bytes);
        assert_eq!(document.text("valueQuantity.value"), Some("4.10"));
        assert_eq!(document.text("value[x].value"), Some("4.10"));
    }

    #[test]
    fn what_is_no_resource_says_why() {
        for (bytes, words) in [
            ("{}", "resourceType is missing"),
            ("[]", "no JSON object"),
            (r#"{"resourceType":"Basics"}"#, "\"Basics\" is no resource type"),
            (r#"{"resourceType":"Patient","id":"a","id":"b"}"#, "\"id\" stands twice"),
            (r#"{"resourceType":"Patient","id":"\ud83d"}"#, "surrogate"),
            ("{\"resourceType\":\"Patient\"", "expected \",\" or \"}\""),
        ] {
            let error = Document::parse(bytes.into()).expect_err(bytes).to_string();
            assert!(error.contains(words), "{bytes}: {error}");
        }
    }
}
