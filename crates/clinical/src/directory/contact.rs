//! Addresses, numbers and lines by which somebody is reached: where each comes from, and whether it still holds (S-019).

use super::endpoint::EndpointKind;
use crate::words::Words;
use fhir::Instant;
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

impl ContactKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Civic, Self::Phone, Self::Fax, Self::Email, Self::Line];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Civic => "civic",
            Self::Phone => "phone",
            Self::Fax => "fax",
            Self::Email => "email",
            Self::Line => "line",
        }
    }

    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// As people read it, inside a sentence.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Civic => ("address", "adresse"),
            Self::Phone => ("telephone", "téléphone"),
            Self::Fax => ("fax", "télécopieur"),
            Self::Email => ("e-mail", "courriel"),
            Self::Line => ("line", "ligne"),
        };
        Words::new(en, fr)
    }
}

/// Days after which a contact is to be confirmed again (FEATURES DR6).
pub const CHECK_DAYS: i64 = 180;

/// The day by which what is confirmed on `day` is to be confirmed again.
#[must_use]
pub fn next_check(day: &str) -> String {
    let then = day.parse::<jiff::civil::Date>().ok();
    let then = then.and_then(|day| day.checked_add(jiff::Span::new().days(CHECK_DAYS)).ok());
    then.map_or_else(|| day.to_owned(), |day| day.to_string())
}

/// Whether two values of a kind are one: numbers by their last ten figures, everything else without regard to case
/// and spaces.
#[must_use]
pub fn same_value(kind: ContactKind, one: &str, other: &str) -> bool {
    let plain = |text: &str| -> String {
        match kind {
            ContactKind::Phone | ContactKind::Fax => {
                let figures: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
                figures.iter().skip(figures.len().saturating_sub(10)).collect()
            }
            _ => text
                .chars()
                .filter(|c| !c.is_whitespace() && *c != ',')
                .flat_map(char::to_lowercase)
                .collect(),
        }
    };
    plain(one) == plain(other)
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

/// Deliveries in a row that a receiver did not take, after which its line is doubted (S-019). One or two say something
/// about a message; so many say something about the line.
pub const REFUSALS_IN_A_ROW: usize = 5;
/// Faxes in a row that did not arrive, after which the number is doubted (S-019). Each was dialled more than once.
pub const FAXES_FAILED_IN_A_ROW: usize = 3;
/// How long something waits for a receiver that is silent in its own hours, before its address is doubted, in hours.
pub const UNANSWERED_HOURS: i64 = 24;

/// What has come of the deliveries by one way lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineSeen {
    /// Which way.
    pub kind: EndpointKind,
    /// Deliveries that were not taken since the last that was.
    pub refused: usize,
    /// Since when the oldest has waited, where the receiver is silent although somebody should be there.
    pub silent_since: Option<Instant>,
}

impl LineSeen {
    /// Why the line is to be doubted, in words; `None` while nothing speaks for it.
    #[must_use]
    pub fn suspicion(&self, now: Instant) -> Option<Words> {
        let n = self.refused;
        match (self.kind, self.silent_since) {
            (EndpointKind::Fax, _) if n >= FAXES_FAILED_IN_A_ROW => Some(Words::new(
                format!("{n} faxes in a row did not arrive"),
                format!("{n} télécopies de suite ne sont pas arrivées"),
            )),
            (EndpointKind::Fax, _) => None,
            _ if n >= REFUSALS_IN_A_ROW => Some(Words::new(
                format!("{n} deliveries in a row were refused"),
                format!("{n} remises de suite ont été refusées"),
            )),
            (_, Some(since)) if now.seconds_since(since) >= UNANSWERED_HOURS * 3600 => Some(Words::new(
                format!("nothing was answered for {UNANSWERED_HOURS} hours"),
                format!("aucune réponse depuis {UNANSWERED_HOURS} heures"),
            )),
            _ => None,
        }
    }
}
