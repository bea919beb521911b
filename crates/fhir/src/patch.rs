//! Patches: JSON Patch (RFC 6902), FHIRPath Patch (FHIR R4 fhirpatch) and JSON Merge Patch (RFC 7396). A patched resource keeps its order, its decimals
//! and everything that the patch does not name.

mod json_patch;
mod labels;
mod merge;
mod path_patch;
mod place;

use crate::json::{self, Json, JsonError, MAX_DEPTH, Object};
use crate::search::r4::Fixed;

pub use json_patch::{Operation, read as read_json};
pub use labels::Labels;
pub use path_patch::{PathOperation, read as read_parameters};

/// Most operations of one patch.
pub const MAX_OPERATIONS: usize = 1_000;
/// Most bytes of JSON that the operations of one patch may put into a resource, all together.
pub const MAX_PUT_BYTES: usize = 4 * 1024 * 1024;
/// Longest FHIRPath of an operation, in bytes.
pub const MAX_PATH_BYTES: usize = 1_000;

/// Changes of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Patch {
    /// `application/json-patch+json`.
    Json(Vec<Operation>),
    /// A Parameters resource.
    Path(Vec<PathOperation>),
    /// A part of a resource, which takes the place of what stands there (RFC 7396).
    Merge(Object),
    /// `$meta-add` and `$meta-delete`.
    Labels(Labels),
}

/// Why a patch was not applied; nothing changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// The patch is no JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// An operation that cannot be understood.
    #[error("operation {number}: {words}")]
    Operation {
        /// From 1.
        number: usize,
        /// What to write.
        words: String,
    },
    /// More operations than one patch may have.
    #[error("the patch has {0} operations; send at most {MAX_OPERATIONS} at once")]
    Operations(usize),
    /// Neither form.
    #[error(
        "a patch is a JSON array of operations (RFC 6902), a Parameters resource with FHIRPath operations, or a part of the resource (RFC 7396)"
    )]
    Form,
}

impl Patch {
    /// Reads a patch of either form.
    ///
    /// # Errors
    /// [`PatchError`].
    pub fn read(bytes: &[u8]) -> Result<Self, PatchError> {
        let few = |operations: usize| match operations {
            0..=MAX_OPERATIONS => Ok(()),
            more => Err(PatchError::Operations(more)),
        };
        match json::parse(bytes)? {
            Json::Array(operations) => {
                few(operations.len())?;
                Ok(Self::Json(read_json(&operations)?))
            }
            Json::Object(object) if object.text("resourceType") == Some("Parameters") => {
                few(object.objects("parameter").len())?;
                Ok(Self::Path(read_parameters(&object)?))
            }
            // One operation without its array is no part of a resource.
            Json::Object(object) if !object.is_empty() && object.get("op").is_none() => {
                Ok(Self::Merge(object))
            }
            _ => Err(PatchError::Form),
        }
    }

    /// The bytes of a resource as they are after the patch.
    ///
    /// # Errors
    /// [`PatchError`] names the operation that does not fit.
    pub fn apply(&self, resource: &[u8]) -> Result<Vec<u8>, PatchError> {
        let mut tree = json::parse(resource)?;
        let mut room = Room(MAX_PUT_BYTES);
        match self {
            Self::Json(operations) => {
                for (n, operation) in operations.iter().enumerate() {
                    let wrong = |words| PatchError::Operation { number: n + 1, words };
                    json_patch::apply(operation, &mut tree, &mut room).map_err(wrong)?;
                }
            }
            Self::Path(operations) => {
                for (n, operation) in operations.iter().enumerate() {
                    let wrong = |words| PatchError::Operation { number: n + 1, words };
                    path_patch::apply(operation, &mut tree, &mut room).map_err(wrong)?;
                }
            }
            Self::Merge(part) => {
                within_depth(&Json::Object(part.clone()), 0)
                    .map_err(|words| PatchError::Operation { number: 1, words })?;
                if let Json::Object(resource) = &mut tree {
                    merge::apply(part, resource);
                }
            }
            Self::Labels(labels) => {
                if let Json::Object(resource) = &mut tree {
                    labels.apply(resource);
                }
            }
        }
        if tree.get("resourceType").is_some() {
            merge::prune(&mut tree);
        }
        Ok(tree.to_bytes())
    }
}

/// What a patch may still put into a resource: a copy of everything into itself doubles it each time.
struct Room(usize);

impl Room {
    /// Takes the room that a value needs `depth` levels down.
    fn take(&mut self, value: &Json, depth: usize) -> Result<(), String> {
        within_depth(value, depth)?;
        self.0 = self.0.checked_sub(bytes(value)).ok_or_else(|| {
            format!("the patch puts more than {MAX_PUT_BYTES} bytes into the resource; send it in parts")
        })?;
        Ok(())
    }
}

/// Whether a value can stand `depth` levels down: what is filed must be read again.
fn within_depth(value: &Json, depth: usize) -> Result<(), String> {
    match depth + levels(value) {
        0..=MAX_DEPTH => Ok(()),
        _ => Err(format!("the resource would be nested deeper than {MAX_DEPTH} levels")),
    }
}

/// Levels of objects and arrays.
fn levels(value: &Json) -> usize {
    match value {
        Json::Array(items) => 1 + items.iter().map(levels).max().unwrap_or(0),
        Json::Object(object) => 1 + object.iter().map(|(_, inner)| levels(inner)).max().unwrap_or(0),
        _ => 0,
    }
}

/// About as many bytes as it takes to write.
fn bytes(value: &Json) -> usize {
    match value {
        Json::Array(items) => 2 + items.iter().map(|item| 1 + bytes(item)).sum::<usize>(),
        Json::Object(object) => {
            2 + object.iter().map(|(key, inner)| key.len() + 4 + bytes(inner)).sum::<usize>()
        }
        Json::String(text) => text.len() + 2,
        Json::Number(number) => number.as_str().len(),
        Json::Null | Json::Bool(_) => 5,
    }
}

/// Whether two values are the same, whatever the order of properties; 1.0 is 1 (RFC 6902 4.6).
pub(crate) fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => {
            a == b || Fixed::read(a.as_str()).is_some_and(|a| Fixed::read(b.as_str()) == Some(a))
        }
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Object(a), Json::Object(b)) => same_object(a, b),
        (a, b) => a == b,
    }
}

fn same_object(a: &Object, b: &Object) -> bool {
    a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
}

#[cfg(test)]
mod tests;
