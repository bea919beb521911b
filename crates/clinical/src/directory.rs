//! Who practises where, and how to reach them: practitioner x place x role x endpoint, loaded from a file.
//!
//! Every role has dates (H19); a role's last day is included. Nothing is ever resolved by name alone.

mod endpoint;
mod hours;

pub use endpoint::{
    Accepts, CLASS_CODES, Endpoint, EndpointKind, EndpointState, Format, Tls, class_code, class_from_code,
};
pub use hours::{Hours, NoHours};

use crate::words::Words;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// A place where people practise.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Id, unique among places.
    pub id: String,
    /// As people read it.
    pub name: String,
    /// Sort.
    pub kind: PlaceKind,
}

/// Sort of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlaceKind {
    /// Family practice or specialist clinic.
    Clinic,
    /// Hospital.
    Hospital,
    /// Laboratory.
    Laboratory,
    /// Anything else.
    Other,
}

/// A person who may order, receive and sign.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Practitioner {
    /// Id, unique among practitioners.
    pub id: String,
    /// Family name.
    pub family: String,
    /// Given name.
    pub given: String,
    /// Numbers by which messages name them.
    #[serde(default)]
    pub numbers: Vec<ProviderNumber>,
}

impl Practitioner {
    /// `Cairnwood, Aoife`.
    #[must_use]
    pub fn name(&self) -> String {
        if self.given.is_empty() { self.family.clone() } else { format!("{}, {}", self.family, self.given) }
    }
}

/// A number of a practitioner with its issuer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderNumber {
    /// Issuer.
    pub authority: String,
    /// Number, compared exactly after trimming.
    pub value: String,
}

/// What a practitioner does at a place, from when to when, and the way to them there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Id of the practitioner.
    pub practitioner: String,
    /// Id of the place.
    pub place: String,
    /// What: `family-physician` …
    pub role: String,
    /// Id of the endpoint; left out when they read in the portal only.
    pub endpoint: Option<String>,
    /// Where reports go that name no place.
    #[serde(default)]
    pub primary: bool,
    /// First day, `YYYY-MM-DD`.
    pub from: String,
    /// Last day, `YYYY-MM-DD`; left out while it goes on.
    pub to: Option<String>,
}

impl Role {
    /// Whether it holds on a day (`YYYY-MM-DD`); first and last day included.
    #[must_use]
    pub fn holds_on(&self, day: &str) -> bool {
        self.from.as_str() <= day && self.to.as_deref().is_none_or(|to| day <= to)
    }
    fn overlaps(&self, other: &Self) -> bool {
        let ends_before = |a: &Self, b: &Self| a.to.as_deref().is_some_and(|to| to < b.from.as_str());
        !ends_before(self, other) && !ends_before(other, self)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DirectoryFile {
    #[serde(default)]
    place: Vec<Place>,
    #[serde(default)]
    endpoint: Vec<Endpoint>,
    #[serde(default)]
    practitioner: Vec<Practitioner>,
    #[serde(default)]
    role: Vec<Role>,
}

/// The directory, checked and indexed.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    places: BTreeMap<String, Place>,
    endpoints: BTreeMap<String, Endpoint>,
    practitioners: BTreeMap<String, Practitioner>,
    roles: Vec<Role>,
    /// Authority (upper case) and value to practitioner id.
    by_number: HashMap<(String, String), String>,
    /// Value alone to practitioner ids.
    by_value: HashMap<String, Vec<String>>,
}

/// Why a directory file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryProblem {
    /// Not TOML of the documented form.
    #[error("the directory file cannot be read: {0}")]
    Unreadable(String),
    /// Entries contradict themselves or one another; all of them, so that one round of mending is enough.
    #[error("the directory file has {} to mend:\n{}", count(.0.len()), lines(.0))]
    Entries(Vec<EntryProblem>),
}

/// One entry and what is to be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryProblem {
    /// Which: `role p-cairnwood at harbourview`.
    pub entry: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub fix: String,
}

impl fmt::Display for EntryProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.entry, self.problem, self.fix)
    }
}

fn count(n: usize) -> String {
    if n == 1 { "1 entry".to_owned() } else { format!("{n} entries") }
}

fn lines(problems: &[EntryProblem]) -> String {
    problems.iter().map(|p| format!("  {p}")).collect::<Vec<_>>().join("\n")
}

/// What a number resolves to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved<'a> {
    /// One practitioner.
    One(&'a Practitioner),
    /// Nobody has it.
    Nobody,
    /// Several have it under different issuers and the message names none.
    Several(Words),
}

impl Directory {
    /// Read a directory file.
    ///
    /// # Errors
    /// [`DirectoryProblem`]: not of the form, or a list of every entry that contradicts another, each with its fix.
    pub fn from_toml(text: &str) -> Result<Self, DirectoryProblem> {
        let file: DirectoryFile = toml::from_str(text)
            .map_err(|e| DirectoryProblem::Unreadable(e.to_string().trim_end().to_owned()))?;
        let mut problems = Vec::new();
        let mut directory = Self::default();
        for place in file.place {
            keep(&mut directory.places, "place", place.id.clone(), place, &mut problems);
        }
        for endpoint in file.endpoint {
            check_endpoint(&endpoint, &directory.places, &mut problems);
            keep(&mut directory.endpoints, "endpoint", endpoint.id.clone(), endpoint, &mut problems);
        }
        for practitioner in file.practitioner {
            keep(
                &mut directory.practitioners,
                "practitioner",
                practitioner.id.clone(),
                practitioner,
                &mut problems,
            );
        }
        directory.index_numbers(&mut problems);
        for role in file.role {
            directory.check_role(&role, &mut problems);
            directory.roles.push(role);
        }
        if problems.is_empty() { Ok(directory) } else { Err(DirectoryProblem::Entries(problems)) }
    }

    /// A practitioner by id.
    #[must_use]
    pub fn practitioner(&self, id: &str) -> Option<&Practitioner> {
        self.practitioners.get(id)
    }
    /// A place by id.
    #[must_use]
    pub fn place(&self, id: &str) -> Option<&Place> {
        self.places.get(id)
    }
    /// An endpoint by id.
    #[must_use]
    pub fn endpoint(&self, id: &str) -> Option<&Endpoint> {
        self.endpoints.get(id)
    }
    /// All practitioners, by id.
    pub fn practitioners(&self) -> impl Iterator<Item = &Practitioner> {
        self.practitioners.values()
    }
    /// All places, by id.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.places.values()
    }
    /// All endpoints, by id.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.values()
    }
    /// The roles of a practitioner on a day (`YYYY-MM-DD`), in the order of the file.
    pub fn roles_on<'a>(&'a self, practitioner: &'a str, day: &'a str) -> impl Iterator<Item = &'a Role> {
        self.roles.iter().filter(move |r| r.practitioner == practitioner && r.holds_on(day))
    }

    /// Whose number this is. With an issuer only that issuer's; an issuer the directory does not know, or none, falls
    /// back to the number alone when only one practitioner has it.
    #[must_use]
    pub fn by_number(&self, authority: &str, value: &str) -> Resolved<'_> {
        let (authority, value) = (authority.trim().to_uppercase(), value.trim());
        if value.is_empty() {
            return Resolved::Nobody;
        }
        if let Some(found) =
            self.by_number.get(&(authority.clone(), value.to_owned())).and_then(|id| self.practitioner(id))
        {
            return Resolved::One(found);
        }
        if !authority.is_empty() && self.by_number.keys().any(|(known, _)| *known == authority) {
            return Resolved::Nobody;
        }
        match self.by_value.get(value).map(Vec::as_slice).unwrap_or_default() {
            [] => Resolved::Nobody,
            [id] => self.practitioner(id).map_or(Resolved::Nobody, Resolved::One),
            several => {
                let names: Vec<String> =
                    several.iter().filter_map(|id| self.practitioner(id)).map(Practitioner::name).collect();
                let names = names.join("; ");
                Resolved::Several(Words::new(
                    format!("number {value} without its issuer belongs to several practitioners ({names})"),
                    format!(
                        "le numéro {value} sans son émetteur appartient à plusieurs praticiens ({names})"
                    ),
                ))
            }
        }
    }

    fn index_numbers(&mut self, problems: &mut Vec<EntryProblem>) {
        for practitioner in self.practitioners.values() {
            let entry = format!("practitioner {}", practitioner.id);
            if practitioner.family.trim().is_empty() {
                add(problems, &entry, "family is empty", "write the family name");
            }
            for number in &practitioner.numbers {
                let (authority, value) =
                    (number.authority.trim().to_uppercase(), number.value.trim().to_owned());
                if authority.is_empty() || value.is_empty() {
                    add(
                        problems,
                        &entry,
                        "a number lacks authority or value",
                        "write both, or leave the number out",
                    );
                    continue;
                }
                let key = (authority, value.clone());
                if let Some(other) = self.by_number.get(&key).filter(|other| **other != practitioner.id) {
                    let problem = format!("number {} of {} is also the number of {other}", key.1, key.0);
                    add(problems, &entry, &problem, "leave it with the one practitioner it belongs to");
                    continue;
                }
                self.by_number.insert(key, practitioner.id.clone());
                let holders = self.by_value.entry(value).or_default();
                if !holders.contains(&practitioner.id) {
                    holders.push(practitioner.id.clone());
                }
            }
        }
    }

    fn check_role(&self, role: &Role, problems: &mut Vec<EntryProblem>) {
        let entry = format!("role of {} at {}", role.practitioner, role.place);
        if !self.practitioners.contains_key(&role.practitioner) {
            add(
                problems,
                &entry,
                "there is no such practitioner",
                "add a [[practitioner]] with this id or correct the id",
            );
        }
        if !self.places.contains_key(&role.place) {
            add(problems, &entry, "there is no such place", "add a [[place]] with this id or correct the id");
        }
        if let Some(id) = &role.endpoint {
            match self.endpoints.get(id) {
                None => {
                    let problem = format!("there is no endpoint {id}");
                    add(
                        problems,
                        &entry,
                        &problem,
                        "add an [[endpoint]] with this id, correct the id, or leave it out for portal only",
                    );
                }
                Some(endpoint) if endpoint.place != role.place => {
                    let problem = format!("endpoint {id} belongs to place {}", endpoint.place);
                    add(problems, &entry, &problem, "name an endpoint of the same place");
                }
                Some(_) => {}
            }
        }
        for (key, day) in [("from", Some(&role.from)), ("to", role.to.as_ref())] {
            if day.is_some_and(|d| d.len() != 10 || fhir::time::interval(d).is_none()) {
                add(problems, &entry, &format!("{key} is no date"), "write it as 2026-11-22");
            }
        }
        if role.to.as_ref().is_some_and(|to| *to < role.from) {
            add(problems, &entry, "it ends before it begins", "correct from or to");
        }
        for other in self.roles.iter().filter(|o| o.practitioner == role.practitioner && o.overlaps(role)) {
            if other.place == role.place && other.role == role.role {
                add(
                    problems,
                    &entry,
                    "it is there twice for the same days",
                    "leave one, or end the first before the second begins",
                );
            } else if other.primary && role.primary {
                let problem = format!("{} is primary on some of the same days", other.place);
                add(
                    problems,
                    &entry,
                    &problem,
                    "let one role be primary, or end the first before the second begins",
                );
            }
        }
    }
}

fn keep<T>(
    map: &mut BTreeMap<String, T>,
    sort: &str,
    id: String,
    entry: T,
    problems: &mut Vec<EntryProblem>,
) {
    // An owner's code is practitioner:<id>@<place>, so an id bears neither of its separators.
    if id.trim().is_empty() || id.contains(['@', ':', ' ']) {
        let fix = "write one of letters, digits and hyphens";
        add(problems, &format!("{sort} \"{id}\""), "the id is empty or has a space, @ or :", fix);
    }
    if map.insert(id.clone(), entry).is_some() {
        add(problems, &format!("{sort} {id}"), "the id is used twice", "give each its own id");
    }
}

fn check_endpoint(endpoint: &Endpoint, places: &BTreeMap<String, Place>, problems: &mut Vec<EntryProblem>) {
    let entry = format!("endpoint {}", endpoint.id);
    if !places.contains_key(&endpoint.place) {
        let problem = format!("there is no place {}", endpoint.place);
        add(problems, &entry, &problem, "add a [[place]] with this id or correct the id");
    }
    let port = endpoint.address.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port);
    let usable = port.is_some_and(|p| p.parse::<u16>().is_ok_and(|n| n > 0));
    if endpoint.kind == EndpointKind::Mllp && !usable {
        add(problems, &entry, "address is not host:port", "write it as \"10.0.0.7:2601\"");
    }
}

fn add(problems: &mut Vec<EntryProblem>, entry: &str, problem: &str, fix: &str) {
    problems.push(EntryProblem { entry: entry.to_owned(), problem: problem.to_owned(), fix: fix.to_owned() });
}

#[cfg(test)]
mod tests;
