//! FHIR R4 resources as lossless documents: ids, time, readers and builders for the types we use,
//! references, and the one table of search parameters. Knows no storage, no HL7 v2 and has no opinions.

pub mod address;
pub mod base64;
pub mod build;
pub mod bundle;
pub mod capability;
pub mod document;
pub mod facts;
pub mod fhirpath;
pub mod id;
pub mod json;
pub mod narrative;
pub mod notification;
pub mod outcome;
pub mod patch;
pub mod read;
pub mod repeats;
pub mod search;
pub mod served;
pub mod system;
pub mod time;
pub mod validate;
pub mod xml;

pub use document::{Document, DocumentError};
pub use id::{Kind, LocalId, Part, PersonId, RecordId, ResourceKey};
pub use json::{Decimal, Json, Object};
pub use time::Instant;
