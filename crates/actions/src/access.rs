//! What stands between a reader and a patient: the veil over what is out of their reach, and the gate of a chart.
//!
//! A look reads through a view that hides what the access table does not give the role, and what the person does not want
//! shown to this reader ([`clinical::access::reach`], [`clinical::consent`]); whoever reads a chart needs a relation on
//! file or says why ([`clinical::access::relation`]). Doors and screens decide nothing of it.

use crate::context::Context;
use crate::record::Reading;
use crate::refusal::Refusal;
use clinical::access::reach::{self, Need, Reach};
use clinical::access::relation::{self, Relation};
use clinical::access::{DataClass, Permission, Purpose, Role, may};
use clinical::consent::{Directive, Reader};
use clinical::directory::Directory;
use clinical::words::Words;
use fhir::{Instant, Json, Kind, PersonId, RecordId, ResourceKey};
use std::collections::BTreeSet;
use std::rc::Rc;
use store::{DirectiveRow, GrantSort, Hides, ObligationFilter, ReadProblem, View};

/// Resources in which a practitioner is named who took part in the care.
const NAMED_IN: [Kind; 4] =
    [Kind::Encounter, Kind::ServiceRequest, Kind::DiagnosticReport, Kind::DocumentReference];

/// Who reads, as directives name them.
pub(crate) fn reader(context: &Context, directory: &Directory) -> Reader {
    let practitioner = context.actor.practitioner.clone();
    let day = day(context.now);
    let places =
        practitioner.iter().flat_map(|id| directory.roles_on(id, &day).map(|role| role.place.clone()));
    let places = places.collect();
    Reader { role: context.actor.role.code().to_owned(), practitioner, places }
}

fn day(now: Instant) -> String {
    now.to_string().chars().take(10).collect()
}

/// What a reader does not reach, for a view that they look through.
struct Reachable {
    line: Option<&'static Reach>,
    emergency: Option<&'static Reach>,
    /// `None` when nobody knows who will read: what is withheld from anybody is withheld then.
    reader: Option<Reader>,
    actor: String,
    now: Instant,
}

/// Whether looks of a role show anything but who somebody is, counts and states: only these need a veil. The desks' own
/// work (who is who, what is on its way) must see that something is there.
fn is_veiled(context: &Context) -> bool {
    let role = context.actor.role;
    [Permission::ReadChart, Permission::ReadResults, Permission::ReadMedications, Permission::ReadFhir]
        .into_iter()
        .any(|what| may(role, what))
}

/// The view as this reader sees it.
pub(crate) fn veiled(view: View, context: &Context, directory: &Directory) -> View {
    if !is_veiled(context) {
        return view;
    }
    let reachable = reachable(context, directory);
    view.veiled(Box::new(move |view, record| reachable.hidden(view, record)))
}

fn reachable(context: &Context, directory: &Directory) -> Reachable {
    let role = context.actor.role;
    Reachable {
        line: reach::of(role, context.purpose),
        emergency: reach::of(role, Purpose::EmergencyTreatment),
        reader: Some(reader(context, directory)),
        actor: context.actor.id.clone(),
        now: context.now,
    }
}

/// The view as anybody of a role may see it for treatment, whoever it will be.
pub(crate) fn veiled_for_anybody(view: View, role: Role, now: Instant) -> View {
    let line = reach::of(role, Purpose::Treatment);
    let reachable = Reachable { line, emergency: None, reader: None, actor: String::new(), now };
    view.veiled(Box::new(move |view, record| reachable.hidden(view, record)))
}

impl Reachable {
    fn hidden(&self, view: &View, record: RecordId) -> Result<Option<Hides>, ReadProblem> {
        let broken = match self.emergency {
            Some(line) if glass(view, &self.actor, record, self.now)? => Some(line),
            _ => None,
        };
        let line = broken.or(self.line);
        let mut classes: BTreeSet<DataClass> = match line {
            Some(line) => DataClass::ALL.into_iter().filter(|class| !line.includes(*class)).collect(),
            None => DataClass::ALL.into(),
        };
        if line.is_none_or(|line| line.bound_by_consent) {
            classes.extend(withheld_at(view, self.reader.as_ref(), record, self.now)?);
        }
        Ok((!classes.is_empty()).then(|| hides(classes)))
    }
}

/// Hides resources of some classes; by the type alone where that says the class.
fn hides(classes: BTreeSet<DataClass>) -> Hides {
    let told_by_body = DataClass::TOLD_BY_CONTENT.iter().any(|class| classes.contains(class));
    Rc::new(move |kind, body| {
        if !DataClass::is_told_by_content(kind) {
            return Some(classes.contains(&DataClass::of(kind, &fhir::Object::new())));
        }
        if !told_by_body {
            return Some(false);
        }
        let body = body?;
        // What cannot be read cannot be told apart either.
        Some(match fhir::json::parse(body) {
            Ok(Json::Object(object)) => classes.contains(&DataClass::of(kind, &object)),
            _ => true,
        })
    })
}

/// Whether somebody broke glass for the person of a record, and it still holds.
fn glass(view: &View, actor: &str, record: RecordId, now: Instant) -> Result<bool, ReadProblem> {
    for record in together(view, record)? {
        if view.grants(actor, record, now)?.iter().any(|grant| grant.sort == GrantSort::Glass) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The records of the person of a record, today.
fn together(view: &View, record: RecordId) -> Result<Vec<RecordId>, ReadProblem> {
    let Some(row) = view.record(record)? else { return Ok(vec![record]) };
    Ok(view.records_of_person(row.person)?.into_iter().map(|row| row.record).collect())
}

/// Directives of the person of a record that nobody has ended.
pub(crate) fn directives(
    view: &View,
    record: RecordId,
) -> Result<Vec<(DirectiveRow, Directive)>, ReadProblem> {
    if !view.any_directive()? {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for record in together(view, record)? {
        for row in view.directives_of(record)? {
            if row.ended.is_none() {
                let directive = directive(&row);
                found.push((row, directive));
            }
        }
    }
    Ok(found)
}

/// A directive as it was kept; one that cannot be read withholds everything from everybody rather than nothing.
pub(crate) fn directive(row: &DirectiveRow) -> Directive {
    let read: Option<Directive> = serde_json::from_str(&row.body).ok();
    let read = read.unwrap_or(Directive {
        classes: Vec::new(),
        sites: Vec::new(),
        parties: Vec::new(),
        until: None,
    });
    Directive { until: row.until, ..read }
}

/// Whether a report is withheld from a practitioner who would open it in the portal; with `named` only by a directive
/// that names them, their place or their role.
pub(crate) fn is_kept_from(
    view: &View,
    directory: &Directory,
    practitioner: &str,
    report: ResourceKey,
    named: bool,
    now: Instant,
) -> Result<bool, ReadProblem> {
    let mut standing = directives(view, report.record)?;
    standing.retain(|(_, directive)| !named || !directive.parties.is_empty());
    if standing.is_empty() {
        return Ok(false);
    }
    let Some(record) = view.record(report.record)? else { return Ok(true) };
    let Some(stored) = view.current(report)? else { return Ok(true) };
    let class = match fhir::json::parse(&stored.body) {
        Ok(Json::Object(object)) => DataClass::of(report.kind, &object),
        _ => DataClass::Other,
    };
    let day = day(now);
    let reader = Reader {
        // Results are handled by this role alone.
        role: Role::FamilyDoctor.code().to_owned(),
        practitioner: Some(practitioner.to_owned()),
        places: directory.roles_on(practitioner, &day).map(|role| role.place.clone()).collect(),
    };
    let site = (record.authority.as_str(), record.custodian.as_str());
    let directives = standing.iter().map(|(_, directive)| directive);
    Ok(clinical::consent::withheld(directives, &reader, site, now).contains(&class))
}

fn withheld_at(
    view: &View,
    reader: Option<&Reader>,
    record: RecordId,
    now: Instant,
) -> Result<BTreeSet<DataClass>, ReadProblem> {
    let standing = directives(view, record)?;
    if standing.is_empty() {
        return Ok(BTreeSet::new());
    }
    let Some(row) = view.record(record)? else { return Ok(BTreeSet::new()) };
    let site = (row.authority.as_str(), row.custodian.as_str());
    let standing = standing.iter().map(|(_, directive)| directive);
    Ok(match reader {
        Some(reader) => clinical::consent::withheld(standing, reader, site, now),
        None => clinical::consent::withheld_from_somebody(standing, site, now),
    })
}

/// What of a person is withheld from this reader, whatever is on file: it is said also where there is nothing.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn withheld(reading: &Reading<'_>, records: &[RecordId]) -> Result<Withheld, Refusal> {
    let (context, mut found) = (reading.context, Withheld::default());
    let bound = reach::of(context.actor.role, context.purpose).is_none_or(|line| line.bound_by_consent);
    let Some(first) = records.first() else { return Ok(found) };
    if !bound {
        return Ok(found);
    }
    let reader = reader(context, reading.directory);
    reading.view.beneath(|view| -> Result<(), ReadProblem> {
        for record in records {
            for class in withheld_at(view, Some(&reader), *record, context.now)? {
                found.classes.insert(class);
            }
        }
        found.opened = !found.classes.is_empty()
            && reach::of(context.actor.role, Purpose::EmergencyTreatment).is_some()
            && glass(view, &context.actor.id, *first, context.now)?;
        Ok(())
    })?;
    found.classes.remove(&DataClass::Other);
    Ok(found)
}

/// What of a person somebody is kept from, and which the role would reach.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn withheld_from_anybody(
    reading: &Reading<'_>,
    role: Role,
    records: &[RecordId],
) -> Result<Withheld, Refusal> {
    let mut found = Withheld::default();
    let Some(line) = reach::of(role, Purpose::Treatment) else { return Ok(found) };
    reading.view.beneath(|view| -> Result<(), ReadProblem> {
        for record in records {
            found.classes.extend(withheld_at(view, None, *record, reading.context.now)?);
        }
        Ok(())
    })?;
    found.classes.retain(|class| line.includes(*class) && *class != DataClass::Other);
    Ok(found)
}

/// What of a chart its reader is kept from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Withheld {
    /// Sorts of data that a directive withholds from this reader.
    pub classes: BTreeSet<DataClass>,
    /// They broke glass, and see it for now.
    pub opened: bool,
}

impl Withheld {
    /// The sorts in words; empty when nothing is withheld.
    #[must_use]
    pub fn words(&self) -> Option<Words> {
        if self.classes.is_empty() {
            return None;
        }
        let said: Vec<Words> = self.classes.iter().map(|class| class.words()).collect();
        let list = |of: fn(&Words) -> &String| {
            said.iter().map(|words| of(words).as_str()).collect::<Vec<_>>().join(", ")
        };
        Some(Words::new(list(|w| &w.en), list(|w| &w.fr)))
    }
}

/// What ties the reader to a person; `None` when nothing on file does.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn relation(reading: &Reading<'_>, records: &[RecordId]) -> Result<Option<Relation>, Refusal> {
    Ok(relation_in(reading.view, reading.context, reading.directory, records)?)
}

fn relation_in(
    view: &View,
    context: &Context,
    directory: &Directory,
    records: &[RecordId],
) -> Result<Option<Relation>, ReadProblem> {
    let mut stated = false;
    for record in records {
        let grants = view.grants(&context.actor.id, *record, context.now)?;
        if grants.iter().any(|grant| grant.sort == GrantSort::Panel) {
            return Ok(Some(Relation::Panel));
        }
        stated |= !grants.is_empty();
    }
    if stated {
        return Ok(Some(Relation::Stated));
    }
    let Some(me) = context.actor.practitioner.as_deref() else { return Ok(None) };
    let day = day(context.now);
    let mut addressed: Vec<String> =
        directory.roles_on(me, &day).filter_map(|role| role.endpoint.clone()).collect();
    addressed.push(me.to_owned());
    for record in records {
        for to in &addressed {
            let filter = ObligationFilter {
                record: Some(*record),
                recipient_id: Some(to.clone()),
                ..ObligationFilter::default()
            };
            if !view.obligations(&filter, 1, 0)?.is_empty() {
                return Ok(Some(Relation::Report));
            }
        }
    }
    let Some(practitioner) = directory.practitioner(me) else { return Ok(None) };
    let named = view.beneath(|view| -> Result<bool, ReadProblem> {
        for record in records {
            for kind in NAMED_IN {
                for stored in view.resources_of(*record, kind, usize::MAX)? {
                    // What an application writes does not open a chart: only what a sender's message said does.
                    if stored.message.is_some()
                        && let Ok(Json::Object(resource)) = fhir::json::parse(&stored.body)
                        && relation::names(&resource, practitioner, directory)
                    {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    })?;
    Ok(named.then_some(Relation::Named))
}

/// Lets a reader into a chart, or asks why.
///
/// # Errors
/// Without a relation on file, where the access table asks for one.
pub(crate) fn gate(reading: &Reading<'_>, records: &[RecordId]) -> Result<(), Refusal> {
    let context = reading.context;
    let asks = reach::of(context.actor.role, context.purpose).is_some_and(|line| line.need == Need::Relation);
    if !asks || relation(reading, records)?.is_some() {
        return Ok(());
    }
    Err(Refusal::reason_needed())
}

/// The purpose that the audit row of a look at a person states: an emergency while their glass is broken.
pub(crate) fn purpose(view: &View, context: &Context, person: PersonId) -> Result<Purpose, ReadProblem> {
    if reach::of(context.actor.role, Purpose::EmergencyTreatment).is_none() {
        return Ok(context.purpose);
    }
    for row in view.records_of_person(person)? {
        if glass_at(view, context, row.record)? {
            return Ok(Purpose::EmergencyTreatment);
        }
    }
    Ok(context.purpose)
}

fn glass_at(view: &View, context: &Context, record: RecordId) -> Result<bool, ReadProblem> {
    let open = view.grants(&context.actor.id, record, context.now)?;
    Ok(open.iter().any(|grant| grant.sort == GrantSort::Glass))
}

mod scoped;

pub(crate) use scoped::{lets_write, within_scopes};

#[cfg(test)]
mod tests;
