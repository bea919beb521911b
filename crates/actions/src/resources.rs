//! FHIR resources as they are filed, for scripts; and resources that others made, filed as they came.

mod loading;
mod people;

use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use fhir::search::Query;
use fhir::{Document, Instant, ResourceKey};
use std::collections::BTreeSet;
use store::StoredVersion;

pub use loading::Load;
pub use people::people_of;

/// A resource that somebody else made: the address under which others refer to it, and the JSON object.
pub type Entry = (String, Vec<u8>);

/// Look: one resource, current or an older version.
#[derive(Debug, Clone)]
pub struct Read {
    /// Which.
    pub key: ResourceKey,
    /// Version number; `None` for the current one.
    pub version: Option<u32>,
}

/// A resource as FHIR clients get it: with `meta`.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Which.
    pub key: ResourceKey,
    /// Version number.
    pub version: u32,
    /// When it was filed.
    pub at: Instant,
    /// JSON.
    pub body: Vec<u8>,
}

/// Look: a search.
#[derive(Debug, Clone)]
pub struct Find {
    /// What is searched for.
    pub query: Query,
    /// As it was written, for the audit row.
    pub text: String,
}

/// Answer to [`Find`].
#[derive(Debug, Clone)]
pub struct Found {
    /// This page.
    pub resources: Vec<Resource>,
    /// How many in all.
    pub total: u64,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// Look: the books, without patients.
#[derive(Debug, Clone)]
pub struct Books;

impl Sealed for Books {}
impl Look for Books {
    type View = store::Census;
    const PERMISSION: Permission = Permission::ReadCensus;
    fn object(&self) -> String {
        "census".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<store::Census>, Refusal> {
        Ok(Seen::nobody(reading.view.census(reading.context.now)?))
    }
}

impl Sealed for Read {}
impl Look for Read {
    type View = Resource;
    const PERMISSION: Permission = Permission::ReadFhir;
    fn object(&self) -> String {
        self.key.to_string()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Resource>, Refusal> {
        let stored = match self.version {
            None => reading.view.current(self.key)?,
            Some(version) => reading.view.versions(self.key)?.into_iter().find(|v| v.version == version),
        };
        let stored = stored.ok_or_else(Refusal::not_found)?;
        let person = reading.view.record(self.key.record)?.map(|record| record.person);
        Ok(Seen { view: with_meta(stored), people: person.into_iter().collect() })
    }
}

impl Sealed for Find {}
impl Look for Find {
    type View = Found;
    const PERMISSION: Permission = Permission::ReadFhir;
    fn object(&self) -> String {
        format!("{}?{}", self.query.kind, self.text)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Found>, Refusal> {
        let page = reading.view.search(&self.query)?;
        let mut people = BTreeSet::new();
        for record in page.hits.iter().map(|hit| hit.key.record).collect::<BTreeSet<_>>() {
            people.extend(reading.view.record(record)?.map(|row| row.person));
        }
        let resources = page.hits.into_iter().map(with_meta).collect();
        let view = Found { resources, total: page.total, next: page.next };
        Ok(Seen { view, people: people.into_iter().collect() })
    }
}

/// `meta` is not part of what is stored: it says where and when it stands here. What came with `meta` keeps its own.
fn with_meta(stored: StoredVersion) -> Resource {
    let StoredVersion { key, version, at, message, body, .. } = stored;
    let source =
        message.map(|message| format!(",\"source\":\"urn:opor:message:{message}\"")).unwrap_or_default();
    let meta = format!("\"meta\":{{\"versionId\":\"{version}\",\"lastUpdated\":\"{at}\"{source}}},");
    let starts_plain = body.first() == Some(&b'{') && body.len() > 2;
    let has_meta = Document::parse(body.clone()).is_ok_and(|document| document.value().get("meta").is_some());
    let body = if starts_plain && !has_meta {
        let mut out = Vec::with_capacity(body.len() + meta.len());
        out.push(b'{');
        out.extend_from_slice(meta.as_bytes());
        out.extend_from_slice(&body[1..]);
        out
    } else {
        body
    };
    Resource { key, version, at, body }
}
