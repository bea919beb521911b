//! Packs made anew, each person noted once a day, and those that are late made an incident.

use super::here::Stays;
use super::{LATE_MINUTES, Pack, PackView, Place, Whose};
use crate::incidents::{Found, Sort};
use crate::record::{Record, machine};
use crate::refusal::Refusal;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use std::collections::{BTreeMap, BTreeSet};

/// Who makes packs, in the activity log.
const ACTOR: &str = "opor downtime";
/// A person who stays in a pack has a row of the activity log for it once in so many minutes: a day.
const NOTED_MINUTES: i64 = 24 * 60;

/// Makes packs. What it remembers is read anew after a start.
#[derive(Debug, Default)]
pub struct Keeper {
    stays: Stays,
    /// Whose row stands since when, by the place's id.
    noted: BTreeMap<String, BTreeMap<PersonId, Instant>>,
}

/// A pack that is not as young as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// Whose.
    pub place: Place,
    /// When the one that lies there was made; `None` when none does.
    pub made: Option<Instant>,
    /// Why, when that is known.
    pub because: Option<Words>,
}

impl Keeper {
    /// What the pack of a place holds now. The audit rows are durable before it is given.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn pack(&mut self, record: &Record, place: &Place, now: Instant) -> Result<PackView, Refusal> {
        let here = match &place.whose {
            Whose::Ward(ward) => {
                self.stays.follow(record)?;
                self.stays.at(ward, now)
            }
            Whose::Practice(_) => Vec::new(),
        };
        let noted = self.noted.entry(place.id.clone()).or_default();
        noted.retain(|_, at| now.seconds_since(*at) < NOTED_MINUTES * 60);
        let told: BTreeSet<PersonId> = noted.keys().copied().collect();
        let look = Pack { place: place.clone(), here, noted: told };
        let (view, everybody) = record.look(&machine(ACTOR, now), look)?;
        // Whoever left and comes again is told again.
        noted.retain(|person, _| everybody.contains(person));
        for person in everybody {
            noted.entry(person).or_insert(now);
        }
        Ok(view)
    }
}

impl Record {
    /// Packs were looked at: those that are late are an incident each until they are not.
    ///
    /// # Errors
    /// The store cannot be read or written; it is said again the next time.
    pub fn packs_are_late(&self, late: &[Late], now: Instant) -> Result<(), Refusal> {
        let found: Vec<Found> = late.iter().map(Late::found).collect();
        self.hold_incidents(&self.store().view()?, Sort::DowntimePack, &found, now)?;
        Ok(())
    }
}

impl Late {
    fn found(&self) -> Found {
        let name = &self.place.name;
        let (when_en, when_fr) = match self.made {
            Some(at) => (
                format!(
                    "The downtime pack of {name} was made {at} and should be at most {LATE_MINUTES} minutes old."
                ),
                format!(
                    "Le dossier de panne de {name} date de {at} et devrait avoir au plus {LATE_MINUTES} minutes."
                ),
            ),
            None => (
                format!("There is no downtime pack of {name}."),
                format!("Il n'y a pas de dossier de panne pour {name}."),
            ),
        };
        let (why_en, why_fr) = self
            .because
            .as_ref()
            .map_or_else(Default::default, |why| (format!(" {}", why.en), format!(" {}", why.fr)));
        Found {
            subject: self.place.id.clone(),
            what: Words::new(
                format!("Have the downtime pack of {name} made, or tell the place that it has none."),
                format!(
                    "Faire produire le dossier de panne de {name}, ou avertir l'endroit qu'il n'en a pas."
                ),
            ),
            because: Words::new(when_en + &why_en, when_fr + &why_fr),
        }
    }
}
