//! Who practises where, and how to reach them: practitioner x place x role x endpoint, loaded from a file.
//!
//! Every role has dates (H19); a role's last day is included. Nothing is ever resolved by name alone.

mod absence;
mod affiliation;
mod checks;
mod contact;
mod endpoint;
mod fact;
mod fax;
mod heard;
mod hours;
mod in_force;
mod moved;
mod primary;
mod subscription;
mod team;

pub use absence::{Absence, AbsenceKind};
pub use affiliation::{Affiliation, FACILITY_ORGANIZATIONS};
pub use contact::{
    CHECK_DAYS, Contact, ContactKind, ContactState, Doubt, FAXES_FAILED_IN_A_ROW, LineSeen,
    REFUSALS_IN_A_ROW, UNANSWERED_HOURS, next_check, same_value,
};
pub use heard::{Follows, Heard, HeardAbout, HeardNumber, HeardPerson, HeardPlace, HeardRole};

pub use endpoint::{
    Accepts, CLASS_CODES, Endpoint, EndpointKind, EndpointState, Format, Tls, class_code, class_from_code,
};
pub use fact::{Change, Fact, FactKey, Source};
pub use fax::fax_number;
pub use hours::{Hours, NoHours};
pub use moved::{MOVED_SORT, Moved};
pub use primary::{PRIMARY_SORT, Primary, WITHDRAWN_SORT, Withdrawn};
pub use subscription::Subscription;
pub use team::{MOST_MEMBERS, Team};

use crate::words::Words;
use checks::keep;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// A place where people practise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Id, unique among places.
    pub id: String,
    /// As people read it.
    pub name: String,
    /// Sort.
    pub kind: PlaceKind,
    /// Health authority it belongs to, when it does: `NSH`, `IWK`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// Practitioner who receives here for whoever is away and named nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_recipient: Option<String>,
}

/// Sort of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderNumber {
    /// Issuer.
    pub authority: String,
    /// Number, compared exactly after trimming.
    pub value: String,
    /// Sort.
    #[serde(default)]
    pub kind: NumberKind,
}

/// Sort of a practitioner's number. Numbers of different sorts are never matched to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NumberKind {
    /// Of a college or regulator: names the person.
    #[default]
    Licence,
    /// Of an insurer: counts only together with its issuer.
    Billing,
}

/// What a practitioner does at a place, from when to when, and the way to them there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    #[serde(default)]
    absence: Vec<Absence>,
    #[serde(default)]
    contact: Vec<Contact>,
    #[serde(default)]
    subscription: Vec<Subscription>,
    #[serde(default)]
    team: Vec<Team>,
    #[serde(default)]
    source: Vec<Source>,
}

impl DirectoryFile {
    fn facts(self) -> impl Iterator<Item = Fact> {
        let places = self.place.into_iter().map(Fact::Place);
        let people = self.practitioner.into_iter().map(Fact::Practitioner);
        let ways = self.endpoint.into_iter().map(Fact::Endpoint).chain(self.role.into_iter().map(Fact::Role));
        let away = self.absence.into_iter().map(Fact::Absence);
        let contacts = self.contact.into_iter().map(Fact::Contact);
        let wishes = self.subscription.into_iter().map(Fact::Subscription);
        places
            .chain(people)
            .chain(ways)
            .chain(away)
            .chain(contacts)
            .chain(wishes)
            .chain(self.team.into_iter().map(Fact::Team))
            .chain(self.source.into_iter().map(Fact::Source))
    }
}

/// The directory, checked and indexed.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    places: BTreeMap<String, Place>,
    endpoints: BTreeMap<String, Endpoint>,
    practitioners: BTreeMap<String, Practitioner>,
    roles: Vec<Role>,
    absences: BTreeMap<String, Absence>,
    contacts: BTreeMap<String, Contact>,
    subscriptions: Vec<Subscription>,
    teams: BTreeMap<String, Team>,
    sources: BTreeMap<String, Source>,
    /// Authority (upper case) and value to practitioner id.
    by_number: HashMap<(String, String), String>,
    /// Value alone to practitioner ids.
    by_value: HashMap<String, Vec<(String, NumberKind)>>,
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
        Self::from_facts(Self::facts_of(text)?.into_iter())
    }

    /// The facts of a text in the form of a directory file, not held against one another.
    ///
    /// # Errors
    /// [`DirectoryProblem::Unreadable`].
    pub fn facts_of(text: &str) -> Result<Vec<Fact>, DirectoryProblem> {
        let file: DirectoryFile = toml::from_str(text)
            .map_err(|e| DirectoryProblem::Unreadable(e.to_string().trim_end().to_owned()))?;
        Ok(file.facts().collect())
    }

    /// The directory of these facts.
    ///
    /// # Errors
    /// [`DirectoryProblem::Entries`]: every fact that contradicts another, each with its fix.
    pub fn from_facts(facts: impl Iterator<Item = Fact>) -> Result<Self, DirectoryProblem> {
        let mut problems = Vec::new();
        let mut directory = Self::default();
        let mut roles = Vec::new();
        for fact in facts {
            let key = fact.key().1;
            match fact {
                Fact::Place(one) => keep(&mut directory.places, "place", key, one, &mut problems),
                Fact::Endpoint(one) => keep(&mut directory.endpoints, "endpoint", key, one, &mut problems),
                Fact::Practitioner(one) => {
                    keep(&mut directory.practitioners, "practitioner", key, one, &mut problems);
                }
                Fact::Role(one) => roles.push(one),
                Fact::Absence(one) => keep(&mut directory.absences, "absence", key, one, &mut problems),
                Fact::Contact(one) => keep(&mut directory.contacts, "contact", key, one, &mut problems),
                Fact::Subscription(one) => directory.subscriptions.push(one),
                Fact::Team(one) => keep(&mut directory.teams, "team", key, one, &mut problems),
                Fact::Source(one) => drop(directory.sources.insert(key, one)),
            }
        }
        directory.index_numbers(&mut problems);
        for role in roles {
            directory.check_role(&role, &mut problems);
            directory.roles.push(role);
        }
        directory.check(&mut problems);
        if problems.is_empty() { Ok(directory) } else { Err(DirectoryProblem::Entries(problems)) }
    }

    /// Everything it knows, fact by fact.
    pub fn facts(&self) -> impl Iterator<Item = Fact> {
        let places = self.places.values().cloned().map(Fact::Place);
        let people = self.practitioners.values().cloned().map(Fact::Practitioner);
        let ways = self.endpoints.values().cloned().map(Fact::Endpoint);
        let roles = self.roles.iter().cloned().map(Fact::Role);
        let away = self.absences.values().cloned().map(Fact::Absence);
        let contacts = self.contacts.values().cloned().map(Fact::Contact);
        let wishes = self.subscriptions.iter().cloned().map(Fact::Subscription);
        let teams = self.teams.values().cloned().map(Fact::Team);
        let sources = self.sources.values().cloned().map(Fact::Source);
        let of_people = places.chain(people).chain(ways).chain(roles).chain(away);
        of_people.chain(contacts).chain(wishes).chain(teams).chain(sources)
    }

    /// Who is away from a place (any of theirs when `None`) on a day (`YYYY-MM-DD`).
    #[must_use]
    pub fn absence_on(&self, practitioner: &str, place: Option<&str>, day: &str) -> Option<&Absence> {
        self.absences.values().find(|away| away.practitioner == practitioner && away.holds(place, day))
    }
    /// All absences.
    pub fn absences(&self) -> impl Iterator<Item = &Absence> {
        self.absences.values()
    }
    /// All roles, past and future ones too.
    pub fn roles(&self) -> impl Iterator<Item = &Role> {
        self.roles.iter()
    }
    /// All contacts.
    pub fn contacts(&self) -> impl Iterator<Item = &Contact> {
        self.contacts.values()
    }
    /// A contact by id.
    #[must_use]
    pub fn contact(&self, id: &str) -> Option<&Contact> {
        self.contacts.get(id)
    }
    /// Why the line of an endpoint is doubted, while it is.
    #[must_use]
    pub fn doubt_of(&self, endpoint: &str) -> Option<&Doubt> {
        self.contacts
            .values()
            .filter(|contact| contact.of == endpoint)
            .find_map(|contact| contact.doubt.as_ref())
    }
    /// Whether ordinary copies of a class are left out for somebody behind an endpoint.
    #[must_use]
    pub fn leaves_out(&self, endpoint: &str, practitioner: &str, class: crate::intake::ReportClass) -> bool {
        self.subscriptions.iter().any(|wish| wish.leaves_out(endpoint, practitioner, class))
    }
    /// All wishes about copies.
    pub fn subscriptions(&self) -> impl Iterator<Item = &Subscription> {
        self.subscriptions.iter()
    }
    /// A feed that speaks of the directory; `None` when it is not known as one.
    #[must_use]
    pub fn source(&self, link: &str) -> Option<&Source> {
        self.sources.get(link)
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
            // A billing number says nothing without its issuer: the same digits may be somebody's licence.
            [(_, NumberKind::Billing)] => Resolved::Nobody,
            [(id, NumberKind::Licence)] => self.practitioner(id).map_or(Resolved::Nobody, Resolved::One),
            several => {
                let names: Vec<String> = several
                    .iter()
                    .filter_map(|(id, _)| self.practitioner(id))
                    .map(Practitioner::name)
                    .collect();
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
}

#[cfg(test)]
mod tests;
