//! `$everything` of a patient or an encounter, page by page, and `$lastn` of observations.

use super::{Find, Found, Read, people, resource, too_costly};
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::{Refusal, RefusalKind};
use clinical::access::Permission;
use clinical::smart::Interaction;
use fhir::search::r4::{self, Clause, Request, Unknown, local_reference};
use fhir::{Instant, Json, Kind, Object};
use std::collections::{BTreeSet, HashMap};
use store::StoredVersion;

/// Most resources on a page of everything.
pub const MAX_EVERYTHING: usize = 500;
/// Most resources that come with a page because something on it refers to them.
const MAX_BESIDE: usize = 500;
/// Most observations that `$lastn` looks through.
const MAX_LOOKED_THROUGH: usize = 20_000;

/// Look: everything of a patient or an encounter.
#[derive(Debug, Clone)]
pub struct Everything {
    /// `Patient` or `Encounter`.
    pub kind: Kind,
    /// Which.
    pub id: String,
    /// Only these types; empty = all.
    pub types: Vec<Kind>,
    /// Only what changed then or later.
    pub since: Option<Instant>,
    /// How many on a page.
    pub count: usize,
    /// Where the page begins.
    pub cursor: Option<String>,
}

/// Look: the latest observations of each code.
#[derive(Debug, Clone)]
pub struct LastN {
    /// What is searched for, the latest first.
    pub request: Request,
    /// As it was written, for the audit row.
    pub text: String,
    /// How many of each code.
    pub max: usize,
}

impl Everything {
    /// The types that can have a part in it, itself first.
    fn kinds(&self) -> Vec<Kind> {
        let has_part = |kind: &Kind| match self.kind {
            Kind::Patient => !r4::compartment(*kind).is_empty(),
            _ => r4::of(*kind, "encounter").is_some_and(|param| param.leads_to(Kind::Encounter)),
        };
        let others = Kind::ALL.iter().copied().filter(|kind| *kind != self.kind).filter(has_part);
        let all = [self.kind].into_iter().chain(others);
        all.filter(|kind| self.types.is_empty() || self.types.contains(kind)).collect()
    }

    /// What is searched of a type.
    fn request(&self, kind: Kind, count: usize, patient: Option<&str>, now: Instant) -> Option<Request> {
        let mut pairs = vec![("_count".to_owned(), count.to_string())];
        if let Some(since) = self.since {
            pairs.push(("_lastUpdated".to_owned(), format!("ge{since}")));
        }
        if kind == self.kind {
            pairs.push(("_id".to_owned(), self.id.clone()));
        } else if self.kind == Kind::Encounter {
            pairs.push(("encounter".to_owned(), format!("Encounter/{}", self.id)));
            // Within a patient everything is quick.
            let own = ["patient", "subject"].into_iter().find(|code| r4::of(kind, code).is_some());
            pairs.extend(patient.zip(own).map(|(patient, code)| (code.to_owned(), patient.to_owned())));
        }
        let mut request = Request::read(kind, &pairs, Unknown::Refuse, now).ok()?;
        if self.kind == Kind::Patient && kind != Kind::Patient {
            request.clauses.push(Clause::of_patient(kind, &self.id)?);
        }
        Some(request)
    }
}

impl Sealed for Everything {}
impl Look for Everything {
    type View = Found;
    const PERMISSION: Permission = Permission::ReadFhir;
    const REFUSAL_TELLS: bool = true;
    fn asks(&self) -> Option<(Interaction, Option<Kind>)> {
        Some((Interaction::Read, Some(self.kind)))
    }
    fn object(&self) -> String {
        format!("{}/{}/$everything", self.kind, self.id)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Found>, Refusal> {
        // What is not there, or not for this reader, is told as a read tells it.
        let own = Read { kind: self.kind, id: self.id.clone(), version: None }.read(reading)?;
        let patient = match fhir::json::parse(&own.view.body) {
            Ok(Json::Object(object)) => object.text("subject.reference").map(str::to_owned),
            _ => None,
        };
        let kinds = self.kinds();
        let (mut at, mut inner) = match &self.cursor {
            None => (0, None),
            Some(cursor) => place(cursor)
                .filter(|(at, _)| *at < kinds.len())
                .ok_or_else(|| too_costly(store::ReadProblem::Cursor))?,
        };
        let count = self.count.clamp(1, MAX_EVERYTHING);
        let mut hits: Vec<StoredVersion> = Vec::new();
        while at < kinds.len() && hits.len() < count {
            let left = count - hits.len();
            if let Some(mut request) = self.request(kinds[at], left, patient.as_deref(), reading.context.now)
            {
                request.cursor = inner.take();
                let found = reading.view.find(&request).map_err(too_costly)?;
                hits.extend(found.hits);
                inner = found.next;
            }
            if inner.is_none() {
                at += 1;
            }
        }
        let next = (at < kinds.len()).then(|| format!("{at}~{}", inner.unwrap_or_default()));
        let beside = referred_to(reading, &hits)?;
        let mut people = people(reading, hits.iter().chain(&beside))?;
        people.extend(own.people);
        people.sort_unstable();
        people.dedup();
        let all = |versions: Vec<StoredVersion>| versions.into_iter().map(resource).collect();
        Ok(Seen {
            view: Found { resources: all(hits), included: all(beside), is_cut: false, total: None, next },
            people,
        })
    }
}

/// Which type a page begins at, and where in it.
fn place(cursor: &str) -> Option<(usize, Option<String>)> {
    let (at, inner) = cursor.split_once('~')?;
    Some((at.parse().ok()?, (!inner.is_empty()).then(|| inner.to_owned())))
}

/// What resources refer to that belongs to no patient: who acted, where, with what.
fn referred_to(reading: &Reading<'_>, hits: &[StoredVersion]) -> Result<Vec<StoredVersion>, Refusal> {
    let mut named: BTreeSet<(Kind, String)> = BTreeSet::new();
    for stored in hits {
        if let Ok(json) = fhir::json::parse(&stored.body) {
            references(&json, &mut named);
        }
    }
    let mut found = Vec::new();
    for (kind, id) in named.into_iter().filter(|(kind, _)| !r4::in_compartment(*kind)).take(MAX_BESIDE) {
        let place = reading.view.place(kind, &id)?;
        found.extend(reading.view.current(place.key)?.filter(|stored| !stored.body.is_empty()));
    }
    Ok(found)
}

fn references(json: &Json, found: &mut BTreeSet<(Kind, String)>) {
    match json {
        Json::Object(object) => {
            for (key, value) in object.iter() {
                match value.as_str().filter(|_| key == "reference").and_then(local_reference) {
                    Some((kind, id)) => drop(found.insert((kind, id.to_owned()))),
                    None => references(value, found),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

impl Sealed for LastN {}
impl Look for LastN {
    type View = Found;
    const PERMISSION: Permission = Permission::ReadFhir;
    const REFUSAL_TELLS: bool = true;
    fn asks(&self) -> Option<(Interaction, Option<Kind>)> {
        Some((Interaction::Search, Some(Kind::Observation)))
    }
    fn object(&self) -> String {
        super::cut(format!("Observation/$lastn?{}", self.text))
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Found>, Refusal> {
        if !self.request.clauses.iter().any(|clause| clause.patients().is_some()) {
            return Err(Refusal::malformed(
                "$lastn is of one patient: add patient=ID or subject=Patient/ID.",
            ));
        }
        let mut request = self.request.clone();
        let (mut kept, mut seen): (Vec<StoredVersion>, HashMap<String, usize>) = (Vec::new(), HashMap::new());
        let mut looked = 0;
        loop {
            let found = reading.view.find(&request).map_err(too_costly)?;
            looked += found.hits.len();
            for stored in found.hits {
                let many = seen.entry(code_of(&stored)).or_default();
                *many += 1;
                if *many <= self.max {
                    kept.push(stored);
                }
            }
            match found.next {
                None => break,
                Some(_) if looked >= MAX_LOOKED_THROUGH => {
                    return Err(Refusal::new(
                        RefusalKind::TooCostly,
                        format!(
                            "More than {MAX_LOOKED_THROUGH} observations answer this. Add a category, a code or a date."
                        ),
                        format!(
                            "Plus de {MAX_LOOKED_THROUGH} observations y répondent. Ajoutez une catégorie, un code ou une date."
                        ),
                    ));
                }
                next => request.cursor = next,
            }
        }
        let whose = Find { request: self.request.clone(), text: self.text.clone() }.asked_for(reading)?;
        let mut people = people(reading, &kept)?;
        people.extend(whose);
        people.sort_unstable();
        people.dedup();
        let total = Some(kept.len() as u64);
        let resources = kept.into_iter().map(resource).collect();
        Ok(Seen { view: Found { resources, included: Vec::new(), is_cut: false, total, next: None }, people })
    }
}

/// What an observation is of: its codings in order, else its words.
fn code_of(stored: &StoredVersion) -> String {
    let Ok(Json::Object(object)) = fhir::json::parse(&stored.body) else { return String::new() };
    let coding = |one: &&Object| {
        format!("{}|{}", one.text("system").unwrap_or_default(), one.text("code").unwrap_or_default())
    };
    let mut codes: Vec<String> = object.objects("code.coding").iter().map(coding).collect();
    codes.sort_unstable();
    match codes.is_empty() {
        true => object.text("code.text").unwrap_or_default().to_lowercase(),
        false => codes.join(" "),
    }
}
