//! Addresses, numbers and lines by which somebody is reached: where each comes from, and whether it still holds (S-019).

use serde::{Deserialize, Serialize};

/// One contact of a place, a practitioner or an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Id, unique among contacts.
    pub id: String,
    /// Directory id of the place, practitioner or endpoint.
    pub of: String,
    /// Sort.
    pub kind: ContactKind,
    /// Address or number.
    pub value: String,
    /// Where it comes from: `registration form`, `college register` …
    pub source: String,
    /// Day on which somebody last confirmed it, `YYYY-MM-DD`.
    pub verified_on: String,
    /// Day by which it is to be confirmed again.
    pub next_check: String,
    /// Why it is doubted, and since when; left out while it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubt>,
}

/// Sort of contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContactKind {
    /// Civic address.
    Civic,
    /// Telephone.
    Phone,
    /// Fax.
    Fax,
    /// Electronic mail.
    Email,
    /// The line of an endpoint.
    Line,
}

/// Why a contact is doubted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Doubt {
    /// Since which day, `YYYY-MM-DD`.
    pub since: String,
    /// Bounced mail, failed faxes, a refusing endpoint: in words.
    pub why: String,
}

/// How a contact stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactState {
    /// Confirmed and in time.
    Ok,
    /// Its day of confirmation has passed.
    Stale,
    /// Something came back: another way is used.
    Suspect,
}

impl Contact {
    /// How it stands on a day.
    #[must_use]
    pub fn state_on(&self, day: &str) -> ContactState {
        match &self.doubt {
            Some(_) => ContactState::Suspect,
            None if self.next_check.as_str() < day => ContactState::Stale,
            None => ContactState::Ok,
        }
    }
}
