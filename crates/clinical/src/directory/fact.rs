//! One thing the directory knows, and a change of it. What was known before stays in the store (H19).

use super::{
    Absence, Contact, Directory, DirectoryProblem, Endpoint, Place, Practitioner, Role, Subscription, Team,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One thing the directory knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// A place.
    Place(Place),
    /// A way to a place.
    Endpoint(Endpoint),
    /// A practitioner with their numbers.
    Practitioner(Practitioner),
    /// What somebody does where.
    Role(Role),
    /// Somebody is away.
    Absence(Absence),
    /// An address or number.
    Contact(Contact),
    /// Copies that are not wanted.
    Subscription(Subscription),
    /// A named team of a practice.
    Team(Team),
    /// A feed that speaks of the directory itself (MFN).
    Source(Source),
}

/// A feed whose directory messages are believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Name of the link.
    pub link: String,
    /// Whether what it says is in force at once; otherwise the directory desk decides.
    pub in_force: bool,
    /// Ids of the places for which it speaks: it says who has left there, and of no other place. When left out it may
    /// say so of every place, and a person decides, also where it is in force.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
}

/// Sort of a team. Practices keep theirs: a file that does not name them withdraws none.
const TEAM: &str = "team";

/// Key of a fact: its sort and its id.
pub type FactKey = (String, String);

impl Fact {
    /// Sort and id; the same for all versions of one fact.
    #[must_use]
    pub fn key(&self) -> FactKey {
        let (sort, id) = match self {
            Self::Place(one) => ("place", one.id.clone()),
            Self::Endpoint(one) => ("endpoint", one.id.clone()),
            Self::Practitioner(one) => ("practitioner", one.id.clone()),
            Self::Role(one) => {
                ("role", format!("{}@{}:{}:{}", one.practitioner, one.place, one.role, one.from))
            }
            Self::Absence(one) => ("absence", one.id.clone()),
            Self::Contact(one) => ("contact", one.id.clone()),
            Self::Subscription(one) => {
                ("subscription", format!("{}:{}", one.endpoint, one.practitioner.as_deref().unwrap_or("*")))
            }
            Self::Team(one) => (TEAM, one.id.clone()),
            Self::Source(one) => ("source", one.link.clone()),
        };
        (sort.to_owned(), id)
    }
}

/// A change of what the directory knows.
#[expect(clippy::large_enum_variant, reason = "nearly all are Set, and they are few")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// This is so from now on; its own dates say for which days.
    Set(Fact),
    /// This was never so, or must not be known any more.
    Withdraw {
        /// Sort.
        sort: String,
        /// Id.
        id: String,
    },
}

impl Change {
    /// Key of the fact that changes.
    #[must_use]
    pub fn key(&self) -> FactKey {
        match self {
            Self::Set(fact) => fact.key(),
            Self::Withdraw { sort, id } => (sort.clone(), id.clone()),
        }
    }
}

impl Directory {
    /// The directory after changes.
    ///
    /// # Errors
    /// [`DirectoryProblem::Entries`] when the facts would contradict one another.
    pub fn changed(&self, changes: &[Change]) -> Result<Self, DirectoryProblem> {
        let mut facts: BTreeMap<FactKey, Fact> = self.facts().map(|fact| (fact.key(), fact)).collect();
        for change in changes {
            match change {
                Change::Set(fact) => facts.insert(fact.key(), fact.clone()),
                Change::Withdraw { sort, id } => facts.remove(&(sort.clone(), id.clone())),
            };
        }
        Self::from_facts(facts.into_values())
    }

    /// What must change for this directory to become `other`; teams that `other` does not name stay.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Vec<Change> {
        let before: BTreeMap<FactKey, Fact> = self.facts().map(|fact| (fact.key(), fact)).collect();
        let after: BTreeMap<FactKey, Fact> = other.facts().map(|fact| (fact.key(), fact)).collect();
        let set = after.iter().filter(|(key, fact)| before.get(*key) != Some(fact));
        let gone = before.keys().filter(|key| key.0 != TEAM && !after.contains_key(*key));
        set.map(|(_, fact)| Change::Set(fact.clone()))
            .chain(gone.map(|(sort, id)| Change::Withdraw { sort: sort.clone(), id: id.clone() }))
            .collect()
    }
}
