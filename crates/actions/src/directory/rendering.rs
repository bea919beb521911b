//! The directory's facts as FHIR R4 resources: Practitioner, PractitionerRole, Organization, Location, Endpoint and
//! HealthcareService (IHE mCSD). Nothing is stored: the facts are the truth, and the same facts make the same bytes.

use super::PublishedResource;
use clinical::directory::{
    Contact, ContactKind, Directory, Endpoint, EndpointKind, EndpointState, Fact, FactKey, NumberKind, Place,
    PlaceKind, Practitioner, Role,
};
use fhir::{Instant, Json, Kind, LocalId, Object, build};
use std::collections::{BTreeMap, HashMap};

/// System of place ids.
const PLACE: &str = "urn:opor:place";
/// System of endpoint ids.
const ENDPOINT: &str = "urn:opor:endpoint";
/// System of sorts of endpoint that FHIR has no code for, and of roles.
const KIND: &str = "urn:opor:directory";
/// Prefix of the systems of authorities that are known by name only, as in resources that messages made.
const AUTHORITY: &str = "urn:opor:authority:";
/// FHIR R4 endpoint-connection-type.
const CONNECTION_TYPE: &str = "http://terminology.hl7.org/CodeSystem/endpoint-connection-type";
/// Longest logical id of FHIR R4.
const ID_LENGTH: usize = 64;

/// Number and time of the last change of each fact.
pub(super) type Changed = HashMap<FactKey, (i64, Instant)>;

/// A resource with the change that made it so.
pub(super) struct Rendered {
    pub(super) id: String,
    pub(super) object: Object,
    pub(super) version: i64,
    pub(super) at: Instant,
}

impl Rendered {
    pub(super) fn published(self, kind: Kind) -> PublishedResource {
        let body = Some(self.object);
        PublishedResource { kind, id: self.id, version: self.version, at: self.at, body }
    }
}

/// The logical id of a fact: its own where FHIR allows it, else one derived from it.
pub(crate) fn id_of(kind: Kind, id: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    if !id.is_empty() && id.len() <= ID_LENGTH && id.chars().all(allowed) {
        id.to_owned()
    } else {
        LocalId::of(kind, &[id]).to_string()
    }
}

fn reference(kind: Kind, id: &str, name: &str) -> Object {
    Object::new().set("reference", format!("{kind}/{}", id_of(kind, id))).set("display", name)
}

/// All resources of a type, by logical id. `day` (`YYYY-MM-DD`) decides what is active.
pub(super) fn all(kind: Kind, directory: &Directory, changed: &Changed, day: &str) -> Vec<Rendered> {
    let render = Render { directory, changed, day };
    let mut made = match kind {
        Kind::Practitioner => directory.practitioners().map(|who| render.practitioner(who)).collect(),
        Kind::PractitionerRole => directory.roles().map(|role| render.role(role)).collect(),
        Kind::Organization => render.organizations(),
        Kind::Location => directory.places().map(|place| render.location(place)).collect(),
        Kind::Endpoint => directory.endpoints().map(|endpoint| render.endpoint(endpoint)).collect(),
        Kind::HealthcareService => render.services(),
        _ => Vec::new(),
    };
    made.sort_by(|a: &Rendered, b| a.id.cmp(&b.id));
    made
}

struct Render<'d> {
    directory: &'d Directory,
    changed: &'d Changed,
    day: &'d str,
}

/// Key of what somebody does at a place: the service that the place offers.
fn service_key(role: &Role) -> String {
    format!("{}.{}", role.place, role.role)
}

impl Render<'_> {
    /// The last change among facts.
    fn last<'k>(&self, facts: impl Iterator<Item = FactKey> + 'k) -> (i64, Instant) {
        facts.filter_map(|key| self.changed.get(&key).copied()).max().unwrap_or((0, Instant(0)))
    }

    fn made(&self, kind: Kind, key: &str, facts: impl Iterator<Item = FactKey>, rest: Object) -> Rendered {
        let (id, (version, at)) = (id_of(kind, key), self.last(facts));
        let meta = Object::new().set("versionId", version.to_string()).set("lastUpdated", at.to_string());
        let mut object = build::untitled(kind).set("id", id.as_str()).set("meta", meta);
        for (name, value) in rest.into_properties() {
            object.append(name, value);
        }
        Rendered { id, object, version, at }
    }

    fn contacts(&self, of: &str) -> impl Iterator<Item = &Contact> {
        self.directory.contacts().filter(move |contact| contact.of == of)
    }

    /// A fact and the contacts that belong to it.
    fn with_contacts(&self, fact: Fact, of: &str) -> impl Iterator<Item = FactKey> {
        let contacts: Vec<FactKey> =
            self.contacts(of).map(|contact| Fact::Contact(contact.clone()).key()).collect();
        std::iter::once(fact.key()).chain(contacts)
    }

    /// Contacts that are not doubted.
    fn telecom(&self, of: &str) -> Vec<Object> {
        let system = |contact: &Contact| match contact.kind {
            ContactKind::Phone => Some("phone"),
            ContactKind::Fax => Some("fax"),
            ContactKind::Email => Some("email"),
            ContactKind::Civic | ContactKind::Line => None,
        };
        self.contacts(of)
            .filter(|contact| contact.doubt.is_none())
            .filter_map(|contact| {
                Some(build::contact_point(system(contact)?, contact.value.as_str(), "work"))
            })
            .collect()
    }

    fn practitioner(&self, who: &Practitioner) -> Rendered {
        let numbers = who.numbers.iter().map(|number| {
            let sort = match number.kind {
                NumberKind::Licence => "LN",
                NumberKind::Billing => "PRN",
            };
            let of = format!("{AUTHORITY}{}", number.authority);
            build::identifier(of, number.value.as_str(), sort, number.authority.as_str())
        });
        let works = self.directory.roles_on(&who.id, self.day).next().is_some();
        let rest = Object::new()
            .push_all("identifier", numbers)
            .set("active", works)
            .push("name", build::human_name("official", who.family.as_str(), [who.given.as_str()]))
            .push_all("telecom", self.telecom(&who.id));
        let roles = self.directory.roles().filter(|role| role.practitioner == who.id);
        let roles: Vec<FactKey> = roles.map(|role| Fact::Role(role.clone()).key()).collect();
        let facts = self.with_contacts(Fact::Practitioner(who.clone()), &who.id).chain(roles);
        self.made(Kind::Practitioner, &who.id, facts, rest)
    }

    fn role(&self, role: &Role) -> Rendered {
        let name =
            self.directory.practitioner(&role.practitioner).map(Practitioner::name).unwrap_or_default();
        let place = self.directory.place(&role.place);
        let at = place.map(|place| place.name.clone()).unwrap_or_default();
        let here = |place: Option<&str>| place.is_none_or(|only| only == role.place);
        let away: Vec<_> = self
            .directory
            .absences()
            .filter(|away| away.practitioner == role.practitioner && here(away.place.as_deref()))
            .collect();
        let not_available = away.iter().map(|away| {
            Object::new()
                .set("description", away.words().en)
                .set("during", build::period(away.from.as_str(), away.to.as_deref().unwrap_or_default()))
        });
        let rest = Object::new()
            .set("active", role.holds_on(self.day))
            .set("period", build::period(role.from.as_str(), role.to.as_deref().unwrap_or_default()))
            .set("practitioner", reference(Kind::Practitioner, &role.practitioner, &name))
            .set("organization", place.map(organization_of).unwrap_or_default())
            .push("code", build::code(KIND, role.role.as_str(), ()))
            .push("location", reference(Kind::Location, &role.place, &at))
            .push("healthcareService", reference(Kind::HealthcareService, &service_key(role), ""))
            .push_all("notAvailable", not_available)
            .push_all("endpoint", role.endpoint.as_deref().map(|id| reference(Kind::Endpoint, id, "")));
        let key = Fact::Role(role.clone()).key();
        let id = key.1.clone();
        let away: Vec<FactKey> = away.into_iter().map(|away| Fact::Absence(away.clone()).key()).collect();
        self.made(Kind::PractitionerRole, &id, std::iter::once(key).chain(away), rest)
    }

    /// The health authorities that places name, and each place that names none: a practice is its own organization.
    fn organizations(&self) -> Vec<Rendered> {
        let mut named: BTreeMap<&str, (&str, Vec<FactKey>)> = BTreeMap::new();
        for place in self.directory.places() {
            let (id, name) = match place.organization.as_deref() {
                Some(authority) => (authority, authority),
                None => (place.id.as_str(), place.name.as_str()),
            };
            named.entry(id).or_insert((name, Vec::new())).1.push(Fact::Place(place.clone()).key());
        }
        let made = named.into_iter().map(|(id, (name, facts))| {
            let rest = Object::new()
                .push("identifier", Object::new().set("system", PLACE).set("value", id))
                .set("active", true)
                .set("name", name);
            self.made(Kind::Organization, id, facts.into_iter(), rest)
        });
        made.collect()
    }

    fn location(&self, place: &Place) -> Rendered {
        let code = match place.kind {
            PlaceKind::Clinic => "clinic",
            PlaceKind::Hospital => "hospital",
            PlaceKind::Laboratory => "laboratory",
            PlaceKind::Other => "other",
        };
        let civic =
            self.contacts(&place.id).find(|one| one.kind == ContactKind::Civic && one.doubt.is_none());
        let ways: Vec<&Endpoint> = self.directory.endpoints().filter(|way| way.place == place.id).collect();
        let rest = Object::new()
            .push("identifier", Object::new().set("system", PLACE).set("value", place.id.as_str()))
            .set("status", "active")
            .set("name", place.name.as_str())
            .set("mode", "instance")
            .push("type", build::code(KIND, code, ()))
            .push_all("telecom", self.telecom(&place.id))
            .set(
                "address",
                civic.map(|one| Object::new().set("text", one.value.as_str())).unwrap_or_default(),
            )
            .set("managingOrganization", organization_of(place))
            .push_all("endpoint", ways.iter().map(|way| reference(Kind::Endpoint, &way.id, "")));
        let ways: Vec<FactKey> = ways.into_iter().map(|way| Fact::Endpoint(way.clone()).key()).collect();
        let facts = self.with_contacts(Fact::Place(place.clone()), &place.id).chain(ways);
        self.made(Kind::Location, &place.id, facts, rest)
    }

    fn endpoint(&self, way: &Endpoint) -> Rendered {
        let status = match way.state {
            EndpointState::Trial => "test",
            EndpointState::Live if !way.stands_on(self.day) => "off",
            EndpointState::Live if self.directory.doubt_of(&way.id).is_some() => "suspended",
            EndpointState::Live => "active",
        };
        let (of, code) = match way.kind {
            EndpointKind::Mllp => (CONNECTION_TYPE, "hl7v2-mllp"),
            EndpointKind::Fhir => (CONNECTION_TYPE, "hl7-fhir-rest"),
            other => (KIND, other.code()),
        };
        let address = match way.kind {
            EndpointKind::Mllp => format!("mllp://{}", way.address),
            EndpointKind::Fax => format!("tel:{}", way.address.replace(' ', "-")),
            // The element is required; what is not sent to an address is named by the way itself.
            _ if way.address.is_empty() || way.kind == EndpointKind::Letter => {
                format!("{ENDPOINT}:{}", id_of(Kind::Endpoint, &way.id))
            }
            _ => way.address.clone(),
        };
        let classes = way.accepts.classes.iter().flatten();
        let mut takes: Vec<Object> =
            classes.map(|class| build::code(KIND, clinical::directory::class_code(*class), ())).collect();
        if takes.is_empty() {
            takes.push(build::code(KIND, "any", ()));
        }
        let period = build::period(way.from.as_deref().unwrap_or(""), way.to.as_deref().unwrap_or(""));
        let rest = Object::new()
            .push("identifier", Object::new().set("system", ENDPOINT).set("value", way.id.as_str()))
            .set("status", status)
            .set("connectionType", build::coding(of, code, way.kind.words().en))
            .set(
                "managingOrganization",
                self.directory.place(&way.place).map(organization_of).unwrap_or_default(),
            )
            .set("period", period)
            .push_all("payloadType", takes)
            .set("address", address);
        self.made(Kind::Endpoint, &way.id, self.with_contacts(Fact::Endpoint(way.clone()), &way.id), rest)
    }

    /// What is done at each place, by somebody.
    fn services(&self) -> Vec<Rendered> {
        let mut offered: BTreeMap<String, Vec<&Role>> = BTreeMap::new();
        for role in self.directory.roles() {
            offered.entry(service_key(role)).or_default().push(role);
        }
        let mut made = Vec::new();
        for (key, roles) in offered {
            let Some(place) = roles.first().and_then(|role| self.directory.place(&role.place)) else {
                continue;
            };
            let Some(what) = roles.first().map(|role| role.role.as_str()) else { continue };
            let rest = Object::new()
                .set("active", roles.iter().any(|role| role.holds_on(self.day)))
                .set("providedBy", organization_of(place))
                .push("type", build::code(KIND, what, ()))
                .push("location", reference(Kind::Location, &place.id, &place.name))
                .set("name", format!("{what}, {}", place.name));
            let facts = roles.iter().map(|role| Fact::Role((*role).clone()).key());
            made.push(self.made(Kind::HealthcareService, &key, facts, rest));
        }
        made
    }
}

fn organization_of(place: &Place) -> Object {
    match place.organization.as_deref() {
        Some(authority) => reference(Kind::Organization, authority, authority),
        None => reference(Kind::Organization, &place.id, &place.name),
    }
}

/// Whether an identifier, coding, code or boolean is the one that is asked for: `system|code`, `|code` or `code`.
pub(super) fn is_token(value: &Json, asked: &str) -> bool {
    let (of, code) = match asked.split_once('|') {
        Some((of, code)) => (Some(of), code),
        None => (None, asked),
    };
    match value {
        Json::Object(one) => {
            let has = one.text("value").or_else(|| one.text("code"));
            (code.is_empty() || has == Some(code))
                && of.is_none_or(|of| one.text("system").unwrap_or_default() == of)
        }
        Json::Bool(said) => of.is_none() && code == if *said { "true" } else { "false" },
        other => of.is_none() && other.as_str() == Some(code),
    }
}
