//! Who owns an obligation: the machine, a desk, a practitioner at a place. Never nobody.

use crate::words::Words;
use std::fmt;
use std::str::FromStr;

/// A group of people who take work from one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Desk {
    /// Finds a way for what cannot be delivered.
    Delivery,
    /// Says who a message is about.
    Identity,
    /// Keeps the feeds: unmapped types, held messages, senders' mistakes.
    Interface,
    /// Keeps code maps: what senders' own codes and units mean.
    Terminology,
    /// Keeps practitioners, places and endpoints right.
    Directory,
    /// The last rung: keeps whatever nobody else settled.
    Safety,
    /// Clinicians who stand in for a colleague who has not looked.
    Covering,
    /// The clinician on call for critical results.
    OnCall,
    /// Answers for a site: the last rung of a critical result.
    SiteLead,
    /// Answers for a practice: the last rung of what nobody there has signed.
    PracticeLead,
    /// Keeps consent, reviews who looked, answers people about it.
    Privacy,
    /// Verifies who applies for access, and answers for each application: the coordinators.
    Enrolment,
}

impl Desk {
    /// All desks.
    pub const ALL: [Self; 12] = [
        Self::Delivery,
        Self::Identity,
        Self::Interface,
        Self::Terminology,
        Self::Directory,
        Self::Safety,
        Self::Covering,
        Self::OnCall,
        Self::SiteLead,
        Self::PracticeLead,
        Self::Privacy,
        Self::Enrolment,
    ];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Identity => "identity",
            Self::Interface => "interface",
            Self::Terminology => "terminology",
            Self::Directory => "directory",
            Self::Safety => "safety",
            Self::Covering => "covering",
            Self::OnCall => "on-call",
            Self::SiteLead => "site-lead",
            Self::PracticeLead => "practice-lead",
            Self::Privacy => "privacy",
            Self::Enrolment => "enrolment",
        }
    }
    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|desk| desk.code() == code)
    }
    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Delivery => Words::new("delivery desk", "bureau de remise"),
            Self::Identity => Words::new("identity desk", "bureau d'identité"),
            Self::Interface => Words::new("interface desk", "bureau des interfaces"),
            Self::Terminology => Words::new("terminology desk", "bureau de terminologie"),
            Self::Directory => Words::new("directory desk", "bureau du répertoire"),
            Self::Safety => Words::new("safety desk", "bureau de sécurité"),
            Self::Covering => Words::new("covering clinician", "clinicien remplaçant"),
            Self::OnCall => Words::new("clinician on call", "clinicien de garde"),
            Self::SiteLead => Words::new("site lead", "responsable du site"),
            Self::PracticeLead => Words::new("practice lead", "responsable de la clinique"),
            Self::Privacy => Words::new("privacy desk", "bureau de la vie privée"),
            Self::Enrolment => Words::new("enrolment desk", "bureau des adhésions"),
        }
    }
}

/// Who owns an obligation now. Prints as the code the store keeps: `desk:delivery`, `machine:delivery`,
/// `practitioner:p-cairnwood@harbourview`, `team:t-1`, `outside:manager`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// A background worker, by name; it has a clock and a person behind it.
    Machine(String),
    /// A desk.
    Desk(Desk),
    /// A practitioner in their part at a place.
    Practitioner {
        /// Directory id.
        id: String,
        /// Directory id of the place.
        place: String,
    },
    /// A named team of a practice, by its directory id.
    Team(String),
    /// Somebody outside who was written to, by their part: `manager`. A desk stands behind them.
    Outside(String),
}

impl Owner {
    /// Whether a person must act.
    #[must_use]
    pub fn is_human(&self) -> bool {
        !matches!(self, Self::Machine(_))
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Machine(name) => write!(f, "machine:{name}"),
            Self::Desk(desk) => write!(f, "desk:{}", desk.code()),
            Self::Practitioner { id, place } => write!(f, "practitioner:{id}@{place}"),
            Self::Team(id) => write!(f, "team:{id}"),
            Self::Outside(part) => write!(f, "outside:{part}"),
        }
    }
}

impl FromStr for Owner {
    type Err = UnknownOwner;
    fn from_str(s: &str) -> Result<Self, UnknownOwner> {
        let unknown = || UnknownOwner(s.to_owned());
        let (sort, rest) = s.split_once(':').ok_or_else(unknown)?;
        if rest.is_empty() {
            return Err(unknown());
        }
        match sort {
            "machine" => Ok(Self::Machine(rest.to_owned())),
            "outside" => Ok(Self::Outside(rest.to_owned())),
            "team" => Ok(Self::Team(rest.to_owned())),
            "desk" => Desk::from_code(rest).map(Self::Desk).ok_or_else(unknown),
            "practitioner" => {
                let (id, place) = rest.split_once('@').ok_or_else(unknown)?;
                Ok(Self::Practitioner { id: id.to_owned(), place: place.to_owned() })
            }
            _ => Err(unknown()),
        }
    }
}

/// A code that names no owner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" names no owner; write desk:<name>, machine:<name>, team:<id> or practitioner:<id>@<place>")]
pub struct UnknownOwner(pub String);
