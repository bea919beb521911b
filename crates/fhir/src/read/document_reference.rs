//! DocumentReference, as screens show it.

use super::{Attached, Concept, own};
use crate::json::Object;

/// One document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DocumentReference {
    /// `current`, `superseded`, `entered-in-error`.
    pub status: Option<String>,
    /// `preliminary`, `final`, `amended` …
    pub doc_status: Option<String>,
    /// Kind of document.
    pub kind: Concept,
    /// When it was referred to here.
    pub date: Option<String>,
    /// Short description.
    pub description: Option<String>,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// Its contents.
    pub attachments: Vec<Attached>,
}

/// Reads a DocumentReference.
#[must_use]
pub fn read(document: &Object) -> DocumentReference {
    DocumentReference {
        status: own(document.text("status")),
        doc_status: own(document.text("docStatus")),
        kind: document.concept("type").unwrap_or_default(),
        date: own(document.text("date")),
        description: own(document.text("description")),
        authors: document.reference_names("author"),
        attachments: document.objects("content.attachment").into_iter().map(Attached::of).collect(),
    }
}
