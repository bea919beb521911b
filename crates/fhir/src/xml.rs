//! FHIR XML: the same resources as JSON, element by element (FHIR R4 "XML representation"). What is kept here is JSON; XML is
//! made of it and read into it by the facts about types.

mod entities;
mod read;
mod tree;
mod write;

pub(crate) use entities::numbered;
pub use read::resource;
pub use tree::{Element, Node, XmlError, parse};
pub use write::{outer, xml};

/// The namespace of FHIR.
pub const NAMESPACE: &str = "http://hl7.org/fhir";
/// The namespace of narrative.
pub const XHTML: &str = "http://www.w3.org/1999/xhtml";

#[cfg(test)]
mod tests;
