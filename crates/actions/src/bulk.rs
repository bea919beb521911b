//! Bulk export (FHIR Bulk Data Access 2.0): everything of some types as it stood when it was asked for.
//!
//! Nothing is copied: a file is read from the record while it is fetched, part by part, as it stood at the horizon of the
//! export. So each fetch is checked, veiled and written down like any other look, and a row is all that is left to end.

use crate::context::Context;
use crate::record::{Act, Look, Reading, Record, Sealed, Seen};
use crate::refusal::{Refusal, RefusalKind};
use crate::resources::{Resource, people_in, resource};
use clinical::access::Permission;
use fhir::id::PARTS;
use fhir::search::r4::{in_compartment, patients_in};
use fhir::{Instant, Json, Kind, Part, PersonId, RecordId, ResourceKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::{BulkExport, Changes, PartPlace, Requirement, StoredVersion, SubscriptionChange, View};

/// How long files can be fetched, in hours.
const KEPT_HOURS: i64 = 24;
/// Exports that stand at once; the next one waits until one is ended or over.
const MAX_EXPORTS: usize = 50;
/// Resources of one look at a file.
const RESOURCES_AT_ONCE: usize = 500;
/// Parts that one look passes at most.
const PARTS_AT_ONCE: u16 = 128;
/// Rows passed by one round that finds which types there are.
const ROWS_OF_A_ROUND: usize = 200_000;

/// What an export holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    /// Everything.
    System,
    /// What belongs to patients.
    Patient,
    /// What belongs to the members of the Group of this id.
    Group(String),
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What of.
    pub level: Level,
    /// Only these types; empty = all.
    pub types: Vec<String>,
    /// Only what was filed then or later, in microseconds UTC.
    pub since: Option<i64>,
    /// Only these elements, and those that must be there; empty = all.
    pub elements: Vec<String>,
    /// Only of these patients, by id; empty = of all.
    pub patients: Vec<String>,
    /// The address that was asked.
    pub request: String,
}

/// Who may come back for it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Owner {
    id: String,
    role: String,
}

impl Owner {
    fn of(context: &Context) -> Self {
        Self { id: context.actor.id.clone(), role: context.actor.role.code().to_owned() }
    }
}

fn broken(error: &serde_json::Error) -> Refusal {
    Refusal::unreadable(
        format!("This export cannot be read by this version: {error}. Ask for it again."),
        format!(
            "Cette exportation ne peut pas être lue par cette version : {error}. Demandez-la de nouveau."
        ),
    )
}

/// Act: ask for an export.
#[derive(Debug, Clone)]
pub struct Begin {
    /// Its name in addresses: never used before.
    pub id: String,
    /// What.
    pub asked: Asked,
}

impl Sealed for Begin {}
impl Act for Begin {
    const PERMISSION: Permission = Permission::BulkExport;
    fn object(&self) -> String {
        format!("$export {} {}", self.id, self.asked.request)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (view, now) = (reading.view, reading.context.now);
        if view.bulk_exports()?.len() >= MAX_EXPORTS {
            return Err(Refusal::new(
                RefusalKind::TryAgain,
                format!(
                    "{MAX_EXPORTS} exports stand already. End one (DELETE its status), or ask again later."
                ),
                format!("Il y a déjà {MAX_EXPORTS} exportations. Terminez-en une, ou demandez plus tard."),
            ));
        }
        let mut asked = self.asked.clone();
        if let Level::Group(id) = &asked.level {
            let key = view.place(Kind::Group, id)?.key;
            let group = view.current(key)?.ok_or_else(Refusal::not_found)?;
            let Ok(Json::Object(group)) = fhir::json::parse(&group.body) else {
                return Err(Refusal::not_found());
            };
            let members = group.texts("member.entity.reference");
            let named: Vec<String> =
                members.iter().filter_map(|to| to.strip_prefix("Patient/")).map(str::to_owned).collect();
            // Who is asked for outside the group is not in it; nobody of it is not everybody of it.
            match asked.patients.is_empty() {
                true => asked.patients = named,
                false => asked.patients.retain(|id| named.contains(id)),
            }
            if asked.patients.is_empty() && !self.asked.patients.is_empty() {
                return Err(Refusal::unreadable(
                    format!(
                        "patient: none of them is a member of Group/{id}. Ask for members of it, or for the whole group without patient."
                    ),
                    format!(
                        "patient : personne d’entre eux n’est membre de Group/{id}. Demandez des membres, ou le groupe entier sans patient."
                    ),
                ));
            }
        }
        let row = BulkExport {
            id: self.id.clone(),
            revision: 1,
            actor: serde_json::to_string(&Owner::of(reading.context)).map_err(|error| broken(&error))?,
            asked: serde_json::to_string(&asked).map_err(|error| broken(&error))?,
            horizon: view.horizon()?,
            at: now,
            expires: now.plus_minutes(KEPT_HOURS * 60),
            counted: 0,
            kinds: String::new(),
        };
        let changes = Changes {
            requires: vec![Requirement::BulkExportIs(self.id.clone(), 0)],
            subscriptions: vec![SubscriptionChange::Export(row)],
            ..Changes::default()
        };
        Ok((changes, None))
    }
}

/// Act: end an export before its time.
#[derive(Debug, Clone)]
pub struct End {
    /// Which.
    pub id: String,
}

impl Sealed for End {}
impl Act for End {
    const PERMISSION: Permission = Permission::BulkExport;
    fn object(&self) -> String {
        format!("$export {} ended", self.id)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (row, _) = own(reading, &self.id)?;
        let changes =
            Changes { subscriptions: vec![SubscriptionChange::NoExport(row.id)], ..Changes::default() };
        Ok((changes, None))
    }
}

/// The reader's own export, as long as it stands.
fn own(reading: &Reading<'_>, id: &str) -> Result<(BulkExport, Asked), Refusal> {
    let row = reading.view.bulk_export(id)?.filter(|row| row.expires > reading.context.now);
    let row = row.ok_or_else(Refusal::not_found)?;
    let owner: Owner = serde_json::from_str(&row.actor).map_err(|error| broken(&error))?;
    if owner != Owner::of(reading.context) {
        return Err(Refusal::not_found());
    }
    let asked = serde_json::from_str(&row.asked).map_err(|error| broken(&error))?;
    Ok((row, asked))
}

/// Look: how far an export is.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Which.
    pub id: String,
}

/// Answer to [`Progress`].
#[derive(Debug, Clone)]
pub struct Export {
    /// What was asked for.
    pub asked: Asked,
    /// As it stood then.
    pub at: Instant,
    /// Until when its files can be fetched.
    pub expires: Instant,
    /// How much of the record was looked through, in percent; `None` = it is ready.
    pub percent: Option<u32>,
    /// The types of its files.
    pub kinds: Vec<Kind>,
}

impl Sealed for Progress {}
impl Look for Progress {
    type View = Export;
    const PERMISSION: Permission = Permission::BulkExport;
    fn object(&self) -> String {
        format!("$export {} status", self.id)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Export>, Refusal> {
        let (row, asked) = own(reading, &self.id)?;
        let parts = u32::from(PARTS);
        let percent = (row.counted < parts).then_some(row.counted * 100 / parts);
        let mut kinds: Vec<Kind> = row.kinds.split(' ').filter_map(|kind| kind.parse().ok()).collect();
        kinds.retain(|kind| holds(&asked, *kind));
        Ok(Seen::nobody(Export { asked, at: row.at, expires: row.expires, percent, kinds }))
    }
}

/// Whether an export can hold anything of a type.
fn holds(asked: &Asked, kind: Kind) -> bool {
    (asked.types.is_empty() || asked.types.iter().any(|wanted| wanted == kind.as_str()))
        && (asked.level == Level::System && asked.patients.is_empty() || in_compartment(kind))
}

/// Where the rest of a file begins.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place {
    part: u16,
    behind: Option<PartPlace>,
}

/// Look: the next resources of a file.
#[derive(Debug, Clone)]
pub struct Fetch {
    /// Export.
    pub id: String,
    /// Type.
    pub kind: Kind,
    /// From where.
    pub place: Place,
}

/// Answer to [`Fetch`].
#[derive(Debug, Clone)]
pub struct Fetched {
    /// In the order in which they stand.
    pub resources: Vec<Resource>,
    /// Only these elements; empty = all.
    pub elements: Vec<String>,
    /// Where the rest begins; `None` = this is all.
    pub next: Option<Place>,
}

impl Sealed for Fetch {}
impl Look for Fetch {
    type View = Fetched;
    const PERMISSION: Permission = Permission::BulkExport;
    fn object(&self) -> String {
        format!("$export {} {}", self.id, self.kind)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Fetched>, Refusal> {
        let (row, asked) = own(reading, &self.id)?;
        if !holds(&asked, self.kind) {
            return Err(Refusal::not_found());
        }
        let records = wanted(reading.view, &asked.patients)?;
        let mut found: Vec<StoredVersion> = Vec::new();
        let (mut place, first) = (self.place, self.place.part);
        while place.part < PARTS && found.len() < RESOURCES_AT_ONCE && place.part - first < PARTS_AT_ONCE {
            let part = (Part(place.part), self.kind);
            let stood = reading.view.stood(part, place.behind, row.horizon, RESOURCES_AT_ONCE)?;
            let belongs = |stored: &StoredVersion| {
                asked.since.is_none_or(|since| stored.at.0 >= since) && is_within(&asked, &records, stored)
            };
            found.extend(stood.versions.into_iter().filter(belongs));
            place = match stood.next {
                Some(behind) => Place { behind: Some(behind), ..place },
                None => Place { part: place.part + 1, behind: None },
            };
        }
        let people = people_in(reading.view, &found)?;
        let next = (place.part < PARTS).then_some(place);
        let resources = found.into_iter().map(resource).collect();
        Ok(Seen { view: Fetched { resources, elements: asked.elements, next }, people })
    }
}

/// All records of the persons that these patients are.
fn wanted(view: &View, patients: &[String]) -> Result<BTreeSet<RecordId>, Refusal> {
    let mut records = BTreeSet::new();
    for id in patients {
        let record = ResourceKey::named(Kind::Patient, id).record;
        records.insert(record);
        if let Some(row) = view.record(record)? {
            records.extend(view.records_of_person(row.person)?.into_iter().map(|row| row.record));
        }
    }
    Ok(records)
}

fn is_within(asked: &Asked, records: &BTreeSet<RecordId>, stored: &StoredVersion) -> bool {
    if asked.level == Level::System && records.is_empty() {
        return true;
    }
    let of: BTreeSet<RecordId> = match fhir::json::parse(&stored.body) {
        _ if stored.message.is_some() || stored.key.kind == Kind::Patient => [stored.key.record].into(),
        Ok(Json::Object(resource)) => patients_in(stored.key.kind, &resource).into_iter().collect(),
        _ => BTreeSet::new(),
    };
    match (&asked.level, records.is_empty()) {
        // A group without members, and a group of nobody that is on file.
        (Level::Group(_), true) => false,
        (_, true) => !of.is_empty(),
        (_, false) => of.iter().any(|record| records.contains(record)),
    }
}

impl Record {
    /// Finds the types of exports that were asked for, part by part, and ends those that are over. Returns how many turned.
    pub(crate) fn turn_exports(&self, now: Instant) -> Result<usize, Refusal> {
        let view = self.store().view()?;
        let mut turned = 0;
        for row in view.bulk_exports()? {
            let change = if row.expires <= now {
                SubscriptionChange::NoExport(row.id.clone())
            } else if row.counted < u32::from(PARTS) {
                SubscriptionChange::Export(counted(&view, &row)?)
            } else {
                continue;
            };
            let changes = Changes {
                requires: vec![Requirement::BulkExportIs(row.id, row.revision)],
                subscriptions: vec![change],
                ..Changes::default()
            };
            turned += usize::from(self.kept(changes)?);
        }
        Ok(turned)
    }
}

fn counted(view: &View, row: &BulkExport) -> Result<BulkExport, Refusal> {
    let mut kinds: BTreeSet<Kind> = row.kinds.split(' ').filter_map(|kind| kind.parse().ok()).collect();
    let (mut part, mut passed) = (row.counted, 0);
    while part < u32::from(PARTS) && passed < ROWS_OF_A_ROUND {
        for (kind, rows) in view.kinds_in(Part(u16::try_from(part).unwrap_or(PARTS)))? {
            kinds.insert(kind);
            passed += rows;
        }
        part += 1;
    }
    let kinds: Vec<&str> = kinds.into_iter().map(Kind::as_str).collect();
    Ok(BulkExport { revision: row.revision + 1, counted: part, kinds: kinds.join(" "), ..row.clone() })
}
