//! Who is away, and who stands in: results never land on an absent person (FEATURES RT11).

use crate::words::Words;
use serde::{Deserialize, Serialize};

/// Somebody is away from one place, or from all of theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// Id, unique among absences.
    pub id: String,
    /// Id of the practitioner.
    pub practitioner: String,
    /// Id of the place; every place of theirs when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Sort.
    pub kind: AbsenceKind,
    /// Practitioner who receives meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cover: Option<String>,
    /// First day, `YYYY-MM-DD`.
    pub from: String,
    /// Last day, included; left out when they do not come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

impl Absence {
    /// Whether it holds for a place on a day.
    #[must_use]
    pub fn holds(&self, place: Option<&str>, day: &str) -> bool {
        let here = self.place.as_deref().is_none_or(|only| place.is_none_or(|place| only == place));
        here && self.from.as_str() <= day && self.to.as_deref().is_none_or(|to| day <= to)
    }

    /// `on leave until 2026-12-01`.
    #[must_use]
    pub fn words(&self) -> Words {
        let said = match self.kind {
            AbsenceKind::Leave => Words::new("on leave", "en congé"),
            AbsenceKind::Locum => Words::new("replaced by a locum", "remplacé par un suppléant"),
            AbsenceKind::Retirement => Words::new("retired", "à la retraite"),
        };
        match &self.to {
            Some(to) => Words::new(format!("{} until {to}", said.en), format!("{} jusqu'au {to}", said.fr)),
            None => Words::new(
                format!("{} since {}", said.en, self.from),
                format!("{} depuis le {}", said.fr, self.from),
            ),
        }
    }
}

/// Sort of absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AbsenceKind {
    /// Comes back.
    Leave,
    /// Somebody works in their stead for a while.
    Locum,
    /// Does not come back.
    Retirement,
}

impl AbsenceKind {
    /// From its code in the directory.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "leave" => Some(Self::Leave),
            "locum" => Some(Self::Locum),
            "retirement" => Some(Self::Retirement),
            _ => None,
        }
    }
}
