//! What a body says of itself when it is written: its tree, its patients, what it refers to.

use super::people::without_version;
use crate::refusal::Refusal;
use fhir::id::is_logical_id;
use fhir::outcome::{IssueType, Severity};
use fhir::search::r4::{self, Extent, Found, local_reference};
use fhir::search::{ELSEWHERE, IndexRow, IndexValue};
use fhir::served::with_id;
use fhir::validate::Finding;
use fhir::{Document, Instant, Json, Kind, Object, RecordId, ResourceKey};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

/// How many findings a refusal tells.
const MAX_TOLD: usize = 5;

/// A body that can be filed as a resource of a type.
pub(super) fn document(kind: Kind, body: &[u8]) -> Result<Document, Refusal> {
    let unreadable = |words: String| Refusal::unreadable(words.clone(), words);
    let document = Document::parse(body.to_vec()).map_err(|error| match error {
        fhir::DocumentError::Json(error) => Refusal::malformed(&error.to_string()),
        error => unreadable(error.to_string()),
    })?;
    if document.kind() != kind {
        return Err(unreadable(format!(
            "resourceType: the body is a {}, the address says {kind}; send it to the address of its type",
            document.kind()
        )));
    }
    if matches!(kind, Kind::Parameters | Kind::OperationOutcome) {
        return Err(unreadable(format!("resourceType: a {kind} is an answer and is not kept")));
    }
    if let Some(id) = document.value().get("id")
        && !id.as_str().is_some_and(is_logical_id)
    {
        return Err(unreadable(format!("{kind}.id: letters, digits, \"-\" and \".\", at most 64 of them")));
    }
    if let Some(path) = empty(document.value()) {
        return Err(unreadable(format!("{kind}{path}: there is nothing in it; leave the element out")));
    }
    Ok(document)
}

/// The path to the first element that holds nothing; FHIR has no such thing.
fn empty(object: &Object) -> Option<String> {
    object.iter().find_map(|(name, value)| {
        let inside = match value {
            Json::Object(inner) if inner.is_empty() => Some(String::new()),
            Json::Array(items) if items.is_empty() => Some(String::new()),
            Json::String(text) if text.is_empty() => Some(String::new()),
            Json::Object(inner) => empty(inner),
            Json::Array(items) => items.iter().enumerate().find_map(|(n, item)| match item {
                Json::Object(inner) => empty(inner).map(|path| format!("[{n}]{path}")),
                _ => None,
            }),
            _ => None,
        };
        inside.map(|path| format!(".{name}{path}"))
    })
}

/// What references of a transaction stand for when it is written.
#[derive(Default)]
pub(super) struct References {
    /// The address of this server; empty when it has none.
    base: String,
    /// The transaction's own addresses, and searches.
    pub(super) targets: HashMap<String, String>,
}

impl References {
    pub(super) fn new(base: &str) -> Self {
        Self { base: base.to_owned(), targets: HashMap::new() }
    }

    /// What stands in the place of a reference. One to a patient by the address of this server is a relative one: whose a
    /// resource is must be known. A patient of another server stays one.
    pub(super) fn target(&self, to: &str) -> Option<String> {
        if let Some(known) = self.targets.get(without_version(to)) {
            return Some(known.clone());
        }
        let base = Some(self.base.as_str()).filter(|base| !base.is_empty())?;
        let relative = to.strip_prefix(base)?.strip_prefix('/')?;
        matches!(local_reference(relative), Some((Kind::Patient, _))).then(|| relative.to_owned())
    }

    /// A document under an id, its references as they stand here. Every other byte stays.
    pub(super) fn within(&self, document: Document, id: &str) -> Result<Document, Refusal> {
        let kind = document.kind();
        let has_id = document.id() == Some(id);
        // A solidus may be written with a backslash before it.
        let perhaps = !self.targets.is_empty()
            || document.bytes().contains(&b'\\')
            || (!self.base.is_empty()
                && memchr::memmem::find(document.bytes(), self.base.as_bytes()).is_some());
        if has_id && !perhaps {
            return Ok(document);
        }
        let mut bytes = if has_id { document.bytes().to_vec() } else { with_id(document.bytes(), id) };
        let target = |to: &str| self.target(to);
        if perhaps {
            bytes = fhir::json::relinked(&bytes, id, target);
        }
        let mut tree = document.into_value();
        if fhir::json::relink_tree(&mut tree, id, &target) {
            return Ok(Document::of_parts(kind, bytes, tree));
        }
        self::document(kind, &bytes)
    }
}

/// Records of the patients whose resource this is, in the order they are named.
pub(super) fn patients(kind: Kind, resource: &Object) -> Vec<RecordId> {
    named_by(kind, resource, PATIENT_CODES, &|_| None)
}

/// The same of a resource whose references are not yet what they will be.
pub(super) fn future_patients(kind: Kind, resource: &Object, references: &References) -> Vec<RecordId> {
    named_by(kind, resource, PATIENT_CODES, &|to| references.target(to))
}

/// Parameters that say whose a resource is.
const PATIENT_CODES: [&str; 3] = ["patient", "subject", "beneficiary"];

/// Records of all patients who have a part in a resource: it is found in the compartment of each.
pub(super) fn tied(kind: Kind, resource: &Object) -> Vec<RecordId> {
    named_by(kind, resource, r4::compartment(kind).iter().copied(), &|_| None)
}

fn named_by(
    kind: Kind,
    resource: &Object,
    codes: impl IntoIterator<Item = &'static str>,
    target: &dyn Fn(&str) -> Option<String>,
) -> Vec<RecordId> {
    let mut found: Vec<RecordId> = Vec::new();
    if kind == Kind::Patient || !r4::in_compartment(kind) {
        return found;
    }
    for param in codes.into_iter().filter_map(|code| r4::of(kind, code)) {
        param.values(resource, &mut |value| {
            let Found::Reference(reference) = value else { return };
            let meant = target(reference).map_or(Cow::Borrowed(reference), Cow::Owned);
            if let Some((Kind::Patient, id)) = local_reference(&meant) {
                let record = ResourceKey::named(Kind::Patient, id).record;
                if !found.contains(&record) {
                    found.push(record);
                }
            }
        });
    }
    found
}

/// By what a resource is found, and whether it stands at a record that it is not about.
pub(super) fn index(
    key: ResourceKey,
    resource: &Object,
    patients: &[RecordId],
    named: &BTreeSet<RecordId>,
    extent: Extent,
) -> Vec<IndexRow> {
    let mut rows = fhir::search::rows(key.kind, resource);
    rows.extend(r4::noted(key.kind, resource, extent));
    if named.iter().any(|named| *named != key.record) {
        let value = IndexValue::Token { system: None, code: String::new() };
        rows.push(IndexRow { parameter: r4::OTHERS, value });
    }
    let is_about_it =
        patients.contains(&key.record) || !r4::in_compartment(key.kind) || key.kind == Kind::Patient;
    if !is_about_it {
        let value = IndexValue::Token { system: None, code: String::new() };
        rows.push(IndexRow { parameter: ELSEWHERE, value });
    }
    rows
}

/// What is wrong or doubtful with a body that should be a resource of a type.
#[must_use]
pub fn validate(kind: Kind, body: &[u8], profiles: &[&str], now: Instant) -> Vec<Finding> {
    match document(kind, body) {
        Ok(document) => fhir::validate::resource(document.value(), profiles, now),
        Err(refusal) => vec![Finding {
            severity: Severity::Error,
            code: IssueType::Structure,
            path: kind.to_string(),
            words: refusal.words.en,
        }],
    }
}

/// Refuses what is not as R4 and the profiles it names demand.
pub(super) fn as_defined(document: &Document, now: Instant) -> Result<(), Refusal> {
    let found = fhir::validate::resource(document.value(), &[], now);
    if !fhir::validate::has_errors(&found) {
        return Ok(());
    }
    let errors = found.iter().filter(|one| one.severity == Severity::Error);
    let told: Vec<String> = errors.take(MAX_TOLD).map(|one| format!("{}: {}", one.path, one.words)).collect();
    let told = told.join("; ");
    Err(Refusal::unreadable(told.clone(), told))
}

/// When what a resource says was so; `now` when it does not say.
pub(super) fn as_of(kind: Kind, resource: &Object, now: Instant) -> Instant {
    let mut first = None;
    if let Some(param) = r4::of(kind, "date") {
        param.values(resource, &mut |value| {
            if let Found::Date(from, to) = value {
                first = first.or(Some(if from.0 == i64::MIN { to } else { from }));
            }
        });
    }
    first.unwrap_or(now)
}

/// Every reference of a body that is a search: `Patient?identifier=…`.
pub(super) fn conditional_references(resource: &Object, found: &mut Vec<String>) {
    for (key, inner) in resource.iter() {
        match inner.as_str() {
            Some(text) if key == "reference" => {
                let kind = text.split_once('?').map(|(kind, _)| kind.parse::<Kind>());
                found.extend(kind.is_some_and(|kind| kind.is_ok()).then(|| text.to_owned()));
            }
            _ => in_value(inner, found),
        }
    }
}

fn in_value(value: &Json, found: &mut Vec<String>) {
    match value {
        Json::Object(object) => conditional_references(object, found),
        Json::Array(items) => items.iter().for_each(|item| in_value(item, found)),
        _ => {}
    }
}
