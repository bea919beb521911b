//! Registrations that were written on paper while the record was down (HAZARDS H67): each form has a number by which it is
//! entered once, with the time at which it was written beside the time at which it was entered.

use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::{Permission, told};
use clinical::downtime_form;
use clinical::rendering::Language;
use clinical::words::Words;
use fhir::Instant;
use sha2::{Digest as _, Sha256};

/// Forms printed at once; a ward keeps a stack.
pub const FORMS_AT_ONCE: usize = 20;

/// A form on paper, as it is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperForm {
    /// Its number, as it was typed.
    pub number: String,
    /// When it was written; `None` where that cannot be read.
    pub happened: Option<Instant>,
}

/// A form on paper that can be entered.
pub(super) struct Written {
    number: String,
    pub(super) happened: Instant,
    entered: Instant,
}

impl PaperForm {
    /// Under what its registration is known; the number as typed where it is none.
    pub(super) fn form_id(&self) -> String {
        let number = downtime_form::read(&self.number).unwrap_or_else(|| self.number.trim().to_owned());
        format!("paper-{number}")
    }

    /// Number and time, or what to mend.
    pub(super) fn read(&self, now: Instant) -> Result<Written, Refusal> {
        let Some(number) = downtime_form::read(&self.number) else {
            return Err(Refusal::unreadable(
                format!(
                    "{} is no number of a paper form. Compare it letter by letter with the paper.",
                    self.number.trim()
                ),
                format!(
                    "{} n'est pas un numéro de feuille. Comparez-le lettre par lettre avec la feuille.",
                    self.number.trim()
                ),
            ));
        };
        match self.happened {
            Some(happened) if happened <= now => Ok(Written { number, happened, entered: now }),
            Some(_) => Err(Refusal::unreadable(
                "The paper form would be written later than now. Type date and time as they stand on it.",
                "La feuille serait écrite plus tard que maintenant. Saisissez la date et l'heure qu'elle porte.",
            )),
            None => Err(Refusal::unreadable(
                "When was the paper form written? Type date and time as 2026-11-22 14:05.",
                "Quand la feuille a-t-elle été écrite? Saisissez la date et l'heure ainsi : 2026-11-22 14:05.",
            )),
        }
    }
}

impl Written {
    /// How the record came to be, for whoever asks later.
    pub(super) fn words(&self) -> Words {
        let (number, happened, entered) =
            (&self.number, told::local_minute(self.happened), told::local_minute(self.entered));
        Words::new(
            format!(
                "Registered at the desk from paper form {number}: written {happened}, entered {entered}."
            ),
            format!("Inscrit au bureau d'après la feuille {number} : écrite {happened}, saisie {entered}."),
        )
    }
}

/// Look: a stack of empty forms, each with a number of its own.
#[derive(Debug, Clone)]
pub struct PaperForms {
    /// Random bytes, for the numbers.
    pub random: [u8; 32],
    /// In French.
    pub is_french: bool,
}

impl Sealed for PaperForms {}
impl Look for PaperForms {
    type View = Vec<u8>;
    const PERMISSION: Permission = Permission::RegisterPatient;
    fn object(&self) -> String {
        "registration/paper-forms".to_owned()
    }
    fn read(&self, _: &Reading<'_>) -> Result<Seen<Vec<u8>>, Refusal> {
        let number = |n: usize| {
            let digest: [u8; 32] =
                Sha256::new().chain_update(self.random).chain_update(n.to_be_bytes()).finalize().into();
            downtime_form::number(&digest)
        };
        let numbers: Vec<String> = (0..FORMS_AT_ONCE).map(number).collect();
        let language = if self.is_french { Language::French } else { Language::English };
        Ok(Seen::nobody(downtime_form::pages(&numbers, language)))
    }
}
