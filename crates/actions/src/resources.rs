//! FHIR resources: read, searched, their past; written by applications; and resources that others made, filed as they came.

mod bodies;
mod conditions;
mod everything;
mod labels;
mod loading;
mod matching;
mod people;
mod sampling;
mod writing;

use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::{Refusal, RefusalKind};
use clinical::access::Permission;
use clinical::smart::Interaction;
use clinical::subscriptions::without_secrets;
use fhir::search::r4::{Clause, Request, names_only, patients_in};
use fhir::served::served;
use fhir::{Instant, Json, Kind, PersonId, RecordId, ResourceKey};
use std::collections::BTreeSet;
use store::{Finds, ReadProblem, StoredVersion};

pub use bodies::validate;
pub use everything::{Everything, LastN, MAX_EVERYTHING};
pub use labels::LabelsOf;
pub use loading::Load;
pub use matching::{Grade, Match, Matched, USUAL_MATCHES};
pub use people::people_of;
pub(crate) use sampling::Sampling;
pub use writing::{Became, Change, Done, Step, Target, Write};

/// Longest text that an audit row keeps of what was asked for, in bytes.
const MAX_OBJECT: usize = 2_000;

/// A resource that somebody else made: the address under which others refer to it, and the JSON object.
pub type Entry = (String, Vec<u8>);

/// Look: one resource, current or an older version.
#[derive(Debug, Clone)]
pub struct Read {
    /// Type.
    pub kind: Kind,
    /// Logical id.
    pub id: String,
    /// Version number; `None` for the current one.
    pub version: Option<u32>,
}

/// A resource as FHIR clients get it: with `meta`.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Which.
    pub key: ResourceKey,
    /// Logical id.
    pub id: String,
    /// Version number.
    pub version: u32,
    /// When it was filed.
    pub at: Instant,
    /// JSON; empty for a version that says that it was taken away.
    pub body: Vec<u8>,
}

/// Look: a search.
#[derive(Debug, Clone)]
pub struct Find {
    /// What is searched for.
    pub request: Request,
    /// As it was written, for the audit row.
    pub text: String,
}

/// Answer to [`Find`].
#[derive(Debug, Clone)]
pub struct Found {
    /// This page.
    pub resources: Vec<Resource>,
    /// What came with it.
    pub included: Vec<Resource>,
    /// Whether more would have come with it.
    pub is_cut: bool,
    /// How many in all, when they were counted.
    pub total: Option<u64>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// Look: the versions of a resource, of a type, of everything, newest first.
#[derive(Debug, Clone)]
pub struct History {
    /// Type; `None` = all.
    pub kind: Option<Kind>,
    /// Logical id; `None` = all of the type.
    pub id: Option<String>,
    /// Only versions filed then or later.
    pub since: Option<Instant>,
    /// Where the page begins.
    pub before: Option<i64>,
    /// How many on a page.
    pub count: usize,
}

/// Answer to [`History`].
#[derive(Debug, Clone)]
pub struct Versions {
    /// Newest first.
    pub resources: Vec<Resource>,
    /// Where the next page begins.
    pub next: Option<i64>,
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

impl Read {
    /// The resource of a key.
    #[must_use]
    pub fn at(key: ResourceKey, version: Option<u32>) -> Self {
        Self { kind: key.kind, id: key.id(), version }
    }
}

impl Sealed for Read {}
impl Look for Read {
    type View = Resource;
    const PERMISSION: Permission = Permission::ReadFhir;
    const REFUSAL_TELLS: bool = true;
    fn asks(&self) -> Option<(Interaction, Option<Kind>)> {
        Some((Interaction::Read, Some(self.kind)))
    }
    fn object(&self) -> String {
        format!("{}/{}", self.kind, self.id)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Resource>, Refusal> {
        let place = reading.view.place(self.kind, &self.id)?;
        let stored = match self.version {
            None => reading.view.current(place.key)?,
            Some(version) => reading.view.version_of(place.key, version)?,
        };
        let gone = match &stored {
            Some(stored) => stored.body.is_empty(),
            // What was taken away is said to who could have seen it, and to nobody else.
            None => self.version.is_none() && !place.is_there && !reading.view.past_of(place.key)?.is_empty(),
        };
        if gone {
            return Err(Refusal::new(
                RefusalKind::Gone,
                format!("{}/{} was deleted. Its history tells the former versions.", self.kind, self.id),
                format!(
                    "{}/{} a été supprimé. Son historique donne les versions antérieures.",
                    self.kind, self.id
                ),
            ));
        }
        let stored = stored.ok_or_else(Refusal::not_found)?;
        let people = people(reading, [&stored])?;
        Ok(Seen { view: resource(stored), people })
    }
}

impl Find {
    /// The people that are asked for: that there is nothing, or how much, tells something of them.
    fn asked_for(&self, reading: &Reading<'_>) -> Result<Vec<PersonId>, Refusal> {
        let mut asked_for = BTreeSet::new();
        self.request.clauses.iter().for_each(|clause| sought(self.request.kind, clause, &mut asked_for));
        persons(reading, asked_for)
    }
}

impl Sealed for Find {}
impl Look for Find {
    type View = Found;
    const PERMISSION: Permission = Permission::ReadFhir;
    const REFUSAL_TELLS: bool = true;
    fn asks(&self) -> Option<(Interaction, Option<Kind>)> {
        Some((Interaction::Search, Some(self.request.kind)))
    }
    fn object(&self) -> String {
        cut(format!("{}?{}", self.request.kind, self.text))
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Found>, Refusal> {
        let Finds { hits, included, is_cut, total, next } =
            reading.view.find(&self.request).map_err(too_costly)?;
        let mut people = people(reading, hits.iter().chain(&included))?;
        people.extend(self.asked_for(reading)?);
        people.sort_unstable();
        people.dedup();
        let all = |versions: Vec<StoredVersion>| versions.into_iter().map(resource).collect();
        Ok(Seen {
            view: Found { resources: all(hits), included: all(included), is_cut, total, next },
            people,
        })
    }
}

impl Sealed for History {}
impl Look for History {
    type View = Versions;
    const PERMISSION: Permission = Permission::ReadFhir;
    const REFUSAL_TELLS: bool = true;
    fn asks(&self) -> Option<(Interaction, Option<Kind>)> {
        let interaction = if self.id.is_some() { Interaction::Read } else { Interaction::Search };
        Some((interaction, self.kind))
    }
    fn object(&self) -> String {
        let words = [self.kind.map(|kind| kind.to_string()), self.id.clone(), Some("_history".to_owned())];
        words.into_iter().flatten().collect::<Vec<_>>().join("/")
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Versions>, Refusal> {
        let (versions, next) = match (self.kind, &self.id) {
            (Some(kind), Some(id)) => {
                let key = reading.view.place(kind, id)?.key;
                let mut all = reading.view.past_of(key)?;
                if all.is_empty() {
                    return Err(Refusal::not_found());
                }
                // The number of a version is its place in its own history.
                all.retain(|v| self.before.is_none_or(|before| i64::from(v.version) < before));
                all.retain(|v| self.since.is_none_or(|since| v.at >= since));
                let more = all.len() > self.count;
                all.truncate(self.count);
                let next = all.last().filter(|_| more).map(|v| i64::from(v.version));
                (all, next)
            }
            (kind, _) => {
                let past = reading.view.past(kind, self.before, self.since, self.count)?;
                (past.versions, past.next)
            }
        };
        let people = people(reading, &versions)?;
        let mut resources: Vec<Resource> = Vec::with_capacity(versions.len());
        for stored in versions {
            let id = stored.body.is_empty().then(|| named_before(reading, &stored)).transpose()?.flatten();
            let mut shown = resource(stored);
            if let Some(id) = self.id.clone().or(id) {
                shown.id = id;
            }
            resources.push(shown);
        }
        Ok(Seen { view: Versions { resources, next }, people })
    }
}

/// The logical id that a resource had before it was taken away.
fn named_before(reading: &Reading<'_>, gone: &StoredVersion) -> Result<Option<String>, Refusal> {
    let past = reading.view.past_of(gone.key)?;
    Ok(past.into_iter().find(|v| !v.body.is_empty()).map(|v| resource(v).id))
}

/// Those whose resources these are.
fn people<'s>(
    reading: &Reading<'_>,
    versions: impl IntoIterator<Item = &'s StoredVersion>,
) -> Result<Vec<PersonId>, Refusal> {
    people_in(reading.view, versions)
}

/// The same for whoever reads without a look.
pub(crate) fn people_in<'s>(
    view: &store::View,
    versions: impl IntoIterator<Item = &'s StoredVersion>,
) -> Result<Vec<PersonId>, Refusal> {
    let mut records = BTreeSet::new();
    for stored in versions {
        records.insert(stored.key.record);
        // A message is about one patient; what an application writes may name several.
        if stored.message.is_none()
            && !names_only(stored.key.kind, &stored.body, stored.key.record)
            && let Ok(Json::Object(resource)) = fhir::json::parse(&stored.body)
        {
            records.extend(patients_in(stored.key.kind, &resource));
        }
    }
    persons_in(view, records)
}

/// The people on file under these records.
fn persons(reading: &Reading<'_>, records: BTreeSet<RecordId>) -> Result<Vec<PersonId>, Refusal> {
    persons_in(reading.view, records)
}

fn persons_in(view: &store::View, records: BTreeSet<RecordId>) -> Result<Vec<PersonId>, Refusal> {
    let mut people = BTreeSet::new();
    for record in records {
        people.extend(view.person_today(record)?);
    }
    Ok(people.into_iter().collect())
}

/// The records of patients that a clause asks for by their ids.
fn sought(kind: Kind, clause: &Clause, found: &mut BTreeSet<RecordId>) {
    let mut add = |ids: Vec<&str>| {
        found.extend(ids.into_iter().map(|id| ResourceKey::named(Kind::Patient, id).record));
    };
    match clause {
        Clause::Ids(ids) if kind == Kind::Patient => add(ids.iter().map(String::as_str).collect()),
        Clause::Own(_) => add(clause.patients().unwrap_or_default()),
        Clause::AnyOf(conditions) => {
            add(conditions.first().map(|condition| condition.references()).unwrap_or_default());
        }
        Clause::Chain(_, inner) => inner.iter().for_each(|(to, clause)| sought(*to, clause, found)),
        Clause::Has(from, _, inner) => sought(*from, inner, found),
        Clause::Ids(_) | Clause::LastUpdated(_) | Clause::Words(..) => {}
    }
}

/// What an audit row keeps of what was asked for.
fn cut(mut text: String) -> String {
    if text.len() > MAX_OBJECT {
        text.truncate(text.floor_char_boundary(MAX_OBJECT));
        text.push('…');
    }
    text
}

/// What steps are done to, for the audit row: verb, type, and the id or the condition.
fn steps_told(steps: &[Step]) -> String {
    let one = |step: &Step| {
        let (verb, which) = match &step.change {
            Change::Create { unless, .. } => ("create", unless.as_ref().map(|text| format!("?{text}"))),
            Change::Update { target, .. } => ("update", Some(target.told())),
            Change::Patch { target, .. } => ("patch", Some(target.told())),
            Change::Delete { target, .. } => ("delete", Some(target.told())),
        };
        format!("{verb} {}{}", step.kind, which.unwrap_or_default())
    };
    let told = steps.iter().map(one).collect::<Vec<_>>().join(", ");
    cut(if steps.len() == 1 { told } else { format!("transaction of {}: {told}", steps.len()) })
}

impl Target {
    fn told(&self) -> String {
        match self {
            Self::Id(id) => format!("/{id}"),
            Self::Condition(condition) => format!("?{condition}"),
        }
    }
}

/// `meta` is not part of what is stored: it says where and when it stands here.
pub(crate) fn resource(stored: StoredVersion) -> Resource {
    let StoredVersion { key, version, at, message, body, .. } = stored;
    if body.is_empty() {
        return Resource { key, id: key.id(), version, at, body };
    }
    let source = message.map(|message| format!("urn:opor:message:{message}"));
    let body = if key.kind == Kind::Subscription { without_secrets(body) } else { body };
    let made = served(&body, &key.id(), version, at, source.as_deref());
    Resource { key, id: made.id, version, at, body: made.body }
}

/// A search that the store asks to narrow.
pub(super) fn too_costly(problem: ReadProblem) -> Refusal {
    match problem {
        ReadProblem::Cursor => Refusal::new(
            RefusalKind::Malformed,
            ReadProblem::Cursor.to_string(),
            "« _cursor » ne vient pas d'une page de cette recherche; omettez-le pour recommencer.",
        ),
        ReadProblem::Unsupported(words) => Refusal::new(RefusalKind::TooCostly, words.clone(), words),
        other => other.into(),
    }
}
