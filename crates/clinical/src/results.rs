//! What a result, report or document says about its own finality, and which of two versions may stand.

use fhir::Instant;
use serde::{Deserialize, Serialize};

/// How final a version is, lowest first. The order is the status lattice (HAZARDS 2.3 no. 6):
/// a lower one never replaces a higher one, whatever the order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Finality {
    /// Ordered, scheduled, registered: no result yet.
    Registered,
    /// Some results, or not yet verified.
    Preliminary,
    /// Verified and complete.
    Final,
    /// Changed after it was final: corrected, amended, appended.
    Corrected,
    /// Withdrawn: cancelled after the fact, wrong patient, deleted.
    Withdrawn,
}

/// What decides between two versions of one resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// `None` for resources that have no finality (Patient, Encounter): the later event wins.
    pub finality: Option<Finality>,
    /// When the sender says that this version came to be: report status time, event time, else message time.
    pub as_of: Instant,
}

/// What to do with an incoming version of a resource that is already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supersession {
    /// It becomes the current version.
    Replace,
    /// It becomes the current version and everyone who had the former one must be told.
    Correct,
    /// The version on file stands; the incoming one is kept as history only.
    KeepExisting,
}

/// Decide between the version on file and an incoming one with other content.
#[must_use]
pub fn supersede(existing: Standing, incoming: Standing) -> Supersession {
    match (existing.finality, incoming.finality) {
        (Some(have), Some(new)) if new < have => Supersession::KeepExisting,
        (Some(have), Some(_)) if incoming.as_of < existing.as_of && have >= Finality::Final => Supersession::KeepExisting,
        (Some(have), Some(_)) if have >= Finality::Final => Supersession::Correct,
        (Some(_), Some(new)) if new == Finality::Preliminary && incoming.as_of < existing.as_of => {
            Supersession::KeepExisting
        }
        (None, None) if incoming.as_of < existing.as_of => Supersession::KeepExisting,
        _ => Supersession::Replace,
    }
}
