//! What the IT self-service asks for somebody, and what it is told of it. The catalogue's path is data: what is asked by
//! another entry is not a request for this portal (GUARANTEES S-031).

use crate::words::Words;
use serde::{Deserialize, Serialize};

/// The entry of the IT self-service's catalogue, from the top.
pub const CATALOGUE: [&str; 4] =
    ["Access", "User Access", "Add Additional Application Access", "OPOR Provider Portal"];
/// Characters of a cell that are taken.
const CELL_LIMIT_CHARS: usize = 200;

/// Somebody, as the employer knows them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whom {
    /// Employee number.
    pub employee: String,
    /// Family name.
    pub family: String,
    /// Given name.
    pub given: String,
    /// The employer's own address of theirs.
    pub email: String,
    /// Code of the profession.
    pub profession: String,
    /// Who licenses them.
    pub regulator: String,
    /// Licence number.
    pub licence: String,
}

/// How the employer knows who it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Badge {
    /// How: `badge`, `in person` …
    pub method: String,
    /// What was seen.
    pub evidence: String,
}

/// What a ticket asks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Its number at the sender.
    pub ticket: String,
    /// The catalogue's path, from the top.
    pub catalogue: Vec<String>,
    /// User id of who asks; the manager must be another.
    pub requested_by: String,
    /// For whom.
    pub access_for: Whom,
    /// Id of the unit.
    pub unit: String,
    /// How the employer knows who it is; a coordinator verifies where this is left out.
    #[serde(default)]
    pub identity: Option<Badge>,
    /// Where the signed confidentiality agreement is kept, when it is; else it is signed here.
    #[serde(default)]
    pub agreement: Option<String>,
}

/// Why a ticket is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TicketProblem {
    /// No JSON of this form.
    #[error("the body is not a ticket: {0}")]
    Form(String),
    /// Another entry of the catalogue.
    #[error("catalogue must be [{}]; send what is asked by another entry to whom it belongs", path())]
    Catalogue,
    /// A cell that must be there is empty or too long.
    #[error("{0} must be there, with at most 200 characters")]
    Cell(&'static str),
}

fn path() -> String {
    CATALOGUE.map(|step| format!("\"{step}\"")).join(", ")
}

impl Wish {
    /// A ticket as it came.
    ///
    /// # Errors
    /// What to change in it.
    pub fn read(body: &[u8]) -> Result<Self, TicketProblem> {
        let wish: Self =
            serde_json::from_slice(body).map_err(|error| TicketProblem::Form(error.to_string()))?;
        if wish.catalogue != CATALOGUE {
            return Err(TicketProblem::Catalogue);
        }
        let whom = &wish.access_for;
        for (name, cell) in [
            ("ticket", &wish.ticket),
            ("requested_by", &wish.requested_by),
            ("unit", &wish.unit),
            ("access_for.employee", &whom.employee),
            ("access_for.family", &whom.family),
            ("access_for.given", &whom.given),
            ("access_for.email", &whom.email),
            ("access_for.profession", &whom.profession),
            ("access_for.regulator", &whom.regulator),
            ("access_for.licence", &whom.licence),
        ] {
            if cell.trim().is_empty() || cell.chars().count() > CELL_LIMIT_CHARS {
                return Err(TicketProblem::Cell(name));
            }
        }
        Ok(wish)
    }
}

/// What becomes of a ticket, as its sender is told. Codes are promised: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TicketState {
    /// It is with the manager of the unit.
    Requested,
    /// The manager said yes; what the person must bring, or a verification, is awaited.
    Approved,
    /// Refused, with the reason.
    Refused,
    /// The account is made; its holder has not signed in yet.
    Ready,
    /// In use.
    Active,
    /// Suspended for a reason.
    Suspended,
    /// Over.
    Ended,
}

impl TicketState {
    /// All.
    pub const ALL: [Self; 7] = [
        Self::Requested,
        Self::Approved,
        Self::Refused,
        Self::Ready,
        Self::Active,
        Self::Suspended,
        Self::Ended,
    ];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Ready => "ready",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
        }
    }

    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Requested => ("With the unit's manager", "Chez le gestionnaire de l'unité"),
            Self::Approved => (
                "The manager said yes; the person's own steps are awaited",
                "Le gestionnaire a accepté; les étapes de la personne sont attendues",
            ),
            Self::Refused => ("Refused", "Refusée"),
            Self::Ready => ("The account is ready", "Le compte est prêt"),
            Self::Active => ("In use", "En usage"),
            Self::Suspended => ("Suspended", "Suspendu"),
            Self::Ended => ("Ended", "Terminé"),
        };
        Words::new(en, fr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket() -> serde_json::Value {
        serde_json::json!({
            "ticket": "IT-1", "catalogue": CATALOGUE, "requested_by": "reed", "unit": "ward-6",
            "access_for": {
                "employee": "E1", "family": "Reed", "given": "Gia", "email": "gia.reed@hrh.example",
                "profession": "pharmacist", "regulator": "NSPR", "licence": "100"
            }
        })
    }

    #[test]
    fn s031_a_ticket_comes_by_its_catalogue_entry_with_every_cell() {
        let read = |value: &serde_json::Value| Wish::read(value.to_string().as_bytes());
        assert_eq!(read(&ticket()).expect("a ticket").access_for.family, "Reed");
        let mut other = ticket();
        other["catalogue"] = serde_json::json!(["Access", "Printers"]);
        let said = read(&other).expect_err("another entry").to_string();
        assert!(said.contains("\"OPOR Provider Portal\""), "{said}");
        let mut short = ticket();
        short["access_for"]["licence"] = " ".into();
        assert_eq!(read(&short), Err(TicketProblem::Cell("access_for.licence")));
        let mut more = ticket();
        more["role"] = "physician".into();
        assert!(matches!(read(&more), Err(TicketProblem::Form(_))));
        assert!(matches!(Wish::read(b"{"), Err(TicketProblem::Form(_))));
    }

    #[test]
    fn every_state_of_a_ticket_has_a_code_of_its_own() {
        let codes: std::collections::BTreeSet<&str> =
            TicketState::ALL.iter().map(|state| state.code()).collect();
        assert_eq!(codes.len(), TicketState::ALL.len());
    }
}
