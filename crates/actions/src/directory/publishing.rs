//! The directory as other systems read it: one resource, a search, and what changed since.

use super::changing::day_of;
use super::rendering::{Changed, Rendered, all, id_of, is_token};
use super::{Publish, Published, PublishedPage, PublishedResource, PublishedSince};
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::smart::{Interaction, Place};
use fhir::search::query::{DEFAULT_COUNT, MAX_COUNT};
use fhir::search::{DirectoryParameter, ParameterType, fold, of_directory};
use fhir::{Instant, Json, Kind};
use std::collections::HashSet;

/// Changes that are gone through for what was withdrawn.
const CHANGES: usize = 20_000;

fn rendered(reading: &Reading<'_>, kind: Kind, interaction: Interaction) -> Result<Vec<Rendered>, Refusal> {
    let events = reading.view.directory_at(Instant(i64::MAX))?;
    let changed: Changed =
        events.into_iter().map(|event| ((event.sort, event.id), (event.seq, event.at))).collect();
    let mut all = all(kind, reading.directory, &changed, &day_of(reading.context.now));
    if let Some(through) = &reading.context.actor.through {
        let here = through.scopes.at(Place::Nobodys, interaction);
        let own = through.fhir_user.as_deref().filter(|_| interaction == Interaction::Read);
        all.retain(|one| {
            own.is_some_and(|own| own == format!("{kind}/{}", one.id))
                || here.lets(kind, Some(&one.object)) == Some(true)
        });
    }
    Ok(all)
}

impl Sealed for Published {}

impl Look for Published {
    type View = PublishedResource;
    const PERMISSION: Permission = Permission::ReadFhir;

    fn asks(&self) -> Option<(Interaction, Option<Kind>)> {
        Some((Interaction::Read, Some(self.kind)))
    }
    fn object(&self) -> String {
        format!("{}/{}", self.kind, self.id)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<PublishedResource>, Refusal> {
        let found =
            rendered(reading, self.kind, Interaction::Read)?.into_iter().find(|one| one.id == self.id);
        Ok(Seen::nobody(found.ok_or_else(Refusal::not_found)?.published(self.kind)))
    }
}

impl Sealed for Publish {}

impl Look for Publish {
    type View = PublishedPage;
    const PERMISSION: Permission = Permission::ReadFhir;

    fn asks(&self) -> Option<(Interaction, Option<Kind>)> {
        Some((Interaction::Search, Some(self.kind)))
    }
    fn object(&self) -> String {
        let asked: Vec<String> = self.asked.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}?{}", self.kind, asked.join("&"))
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<PublishedPage>, Refusal> {
        let (mut count, mut after, mut conditions) = (DEFAULT_COUNT, None, Vec::new());
        for (name, value) in &self.asked {
            match name.as_str() {
                "_count" => {
                    let asked: Option<usize> = value.parse().ok();
                    count = asked.ok_or_else(|| unreadable(name, "a number"))?.clamp(1, MAX_COUNT);
                }
                "_cursor" => after = Some(value.as_str()),
                "_id" => conditions.push((None, value)),
                _ => conditions.push((Some(self.parameter(name)?), value)),
            }
        }
        let meets = |one: &Rendered| conditions.iter().all(|(row, value)| meets(one, *row, value));
        let mut found: Vec<Rendered> =
            rendered(reading, self.kind, Interaction::Search)?.into_iter().filter(meets).collect();
        let total = found.len();
        found.retain(|one| after.is_none_or(|after| one.id.as_str() > after));
        let more = found.len() > count;
        found.truncate(count);
        let next = found.last().filter(|_| more).map(|one| one.id.clone());
        let resources = found.into_iter().map(|one| one.published(self.kind)).collect();
        Ok(Seen::nobody(PublishedPage { resources, total, next }))
    }
}

impl Publish {
    /// What is not known is an error, never ignored.
    fn parameter(&self, name: &str) -> Result<&'static DirectoryParameter, Refusal> {
        of_directory(self.kind).find(|row| row.name == name).ok_or_else(|| {
            let known: Vec<&str> = of_directory(self.kind).map(|row| row.name).collect();
            let (kind, known) = (self.kind, known.join(", "));
            Refusal::unreadable(
                format!("{kind} has no search parameter \"{name}\"; use one of: _id, {known}"),
                format!("{kind} n'a pas de paramètre « {name} »; utilisez : _id, {known}"),
            )
        })
    }
}

fn unreadable(name: &str, expected: &str) -> Refusal {
    Refusal::unreadable(
        format!("Parameter \"{name}\" is {expected}."),
        format!("Le paramètre « {name} » doit être un nombre."),
    )
}

/// Whether a resource meets a condition; `None` is the id. Alternatives stand between commas.
fn meets(one: &Rendered, row: Option<&DirectoryParameter>, value: &str) -> bool {
    let alternatives = value.split(',').map(str::trim);
    let Some(row) = row else { return alternatives.into_iter().any(|id| one.id == id) };
    let values: Vec<&Json> = row.paths.iter().flat_map(|path| one.object.all(path)).collect();
    let is = |value: &Json, asked: &str| match row.value {
        ParameterType::Text => value.as_str().is_some_and(|text| fold(text).starts_with(&fold(asked))),
        ParameterType::Reference => value
            .as_str()
            .is_some_and(|to| to == asked || to.rsplit_once('/').is_some_and(|(_, id)| id == asked)),
        ParameterType::Token | ParameterType::Date => is_token(value, asked),
    };
    alternatives.into_iter().any(|asked| values.iter().any(|value| is(value, asked)))
}

impl Sealed for PublishedSince {}

impl Look for PublishedSince {
    type View = Vec<PublishedResource>;
    const PERMISSION: Permission = Permission::ReadFhir;

    fn asks(&self) -> Option<(Interaction, Option<Kind>)> {
        Some((Interaction::Search, Some(self.kind)))
    }
    fn object(&self) -> String {
        format!("{}/_history", self.kind)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Vec<PublishedResource>>, Refusal> {
        let since = self.since.unwrap_or(Instant(i64::MIN));
        let now = rendered(reading, self.kind, Interaction::Search)?;
        let known: HashSet<String> = now.iter().map(|one| one.id.clone()).collect();
        let mut changed: Vec<PublishedResource> =
            now.into_iter().filter(|one| one.at > since).map(|one| one.published(self.kind)).collect();
        let sort = match self.kind {
            Kind::Practitioner => "practitioner",
            Kind::PractitionerRole => "role",
            Kind::Endpoint => "endpoint",
            Kind::Location | Kind::Organization => "place",
            // A service has no fact of its own: the roles that made it are told as withdrawn.
            _ => "",
        };
        let events = reading.view.directory_events(CHANGES)?;
        if events.len() == CHANGES && events.last().is_some_and(|oldest| oldest.at > since) {
            return Err(Refusal::unreadable(
                "Too much has changed since then. Read everything by searching, and follow from there.",
                "Trop de choses ont changé depuis. Relisez tout par une recherche, puis suivez à partir de là.",
            ));
        }
        let mut seen = HashSet::new();
        for event in events.into_iter().filter(|event| event.sort == sort && event.at > since) {
            let id = id_of(self.kind, &event.id);
            if seen.insert(event.id) && event.body.is_empty() && !known.contains(&id) {
                let (kind, version, at) = (self.kind, event.seq, event.at);
                changed.push(PublishedResource { kind, id, version, at, body: None });
            }
        }
        changed.sort_by(|a, b| b.version.cmp(&a.version).then_with(|| a.id.cmp(&b.id)));
        Ok(Seen::nobody(changed))
    }
}
