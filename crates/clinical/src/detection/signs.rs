//! The signs, what each weighs, and how each is said.

use crate::words::Words;
use serde::{Deserialize, Serialize};

/// Something about a look, or about many, that chance seldom does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// Their own record.
    Own,
    /// After their employment or place ended.
    Ended,
    /// A record that they made themself and that no hospital, laboratory or clinic has ever sent anything about.
    MadeUp,
    /// Somebody who is watched because curiosity is likely.
    Watched,
    /// Somebody who lives where they live.
    Address,
    /// Somebody who works where they work.
    CoWorker,
    /// Somebody with their rare family name.
    Surname,
    /// Outside their shift.
    OffShift,
    /// The same person once more, still without a relation.
    Again,
    /// Nothing on file and no reason given.
    NoReason,
    /// More people without a relation than their peers look at.
    Count,
    /// The same over months: few each week, and they never end.
    Drip,
    /// More people in a day than they and their peers look at.
    Volume,
}

impl Sign {
    /// All, the gravest first.
    pub const ALL: [Self; 13] = [
        Self::Own,
        Self::Ended,
        Self::MadeUp,
        Self::Watched,
        Self::Address,
        Self::CoWorker,
        Self::Surname,
        Self::OffShift,
        Self::Again,
        Self::NoReason,
        Self::Count,
        Self::Drip,
        Self::Volume,
    ];

    /// Weight of one such look; 0 where it is worked out from counts or from how rare a name is.
    #[must_use]
    pub fn weight(self) -> i64 {
        match self {
            Self::Own | Self::Ended => 200,
            Self::MadeUp => 55,
            Self::Watched | Self::Address | Self::CoWorker => 110,
            Self::OffShift => 23,
            Self::Again => 20,
            Self::NoReason => 10,
            Self::Surname | Self::Count | Self::Drip | Self::Volume => 0,
        }
    }

    /// As a privacy officer reads it.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Own => ("Opened their own record", "A ouvert son propre dossier"),
            Self::Ended => {
                ("Looked after their employment had ended", "A regardé après la fin de son emploi")
            }
            Self::MadeUp => (
                "Looked at a record that they made and that no place has ever sent anything about",
                "A regardé un dossier créé par soi-même et au sujet duquel aucun lieu n’a jamais rien envoyé",
            ),
            Self::Watched => (
                "Opened the record of somebody who is watched, without a relation",
                "A ouvert sans lien le dossier d’une personne surveillée",
            ),
            Self::Address => (
                "Opened the record of somebody at their address, without a relation",
                "A ouvert sans lien le dossier d’une personne à son adresse",
            ),
            Self::CoWorker => (
                "Opened the record of somebody who works where they work, without a relation",
                "A ouvert sans lien le dossier d’une personne de son lieu de travail",
            ),
            Self::Surname => (
                "Opened the record of somebody with their family name, without a relation",
                "A ouvert sans lien le dossier d’une personne portant son nom de famille",
            ),
            Self::OffShift => ("Looked outside their shift", "A regardé hors de son quart"),
            Self::Again => {
                ("Came back to the same person without a relation", "Est revenu à la même personne sans lien")
            }
            Self::NoReason => ("Gave no reason", "N’a donné aucun motif"),
            Self::Count => (
                "Opened more records without a relation than colleagues do",
                "A ouvert plus de dossiers sans lien que ses collègues",
            ),
            Self::Drip => (
                "A few records without a relation, week after week",
                "Quelques dossiers sans lien, semaine après semaine",
            ),
            Self::Volume => (
                "Opened far more records in a day than usual, for them and for colleagues",
                "A ouvert bien plus de dossiers en un jour que d’habitude, pour soi et ses collègues",
            ),
        };
        Words::new(en, fr)
    }
}

/// One reason of a flag: the sign, how often, what it weighs together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The sign.
    pub sign: Sign,
    /// How often it was seen.
    pub times: u32,
    /// What it weighs in all.
    pub weight: i64,
}
