//! Visits and stays over time.

use clinical::words::Words;
use fhir::{Instant, PersonId, ResourceKey};

/// Look: the visits and stays of a person.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// Whose.
    pub person: PersonId,
}

/// Answer to [`Timeline`].
#[derive(Debug, Clone)]
pub struct TimelineView {
    /// Head.
    pub banner: crate::patients::Banner,
    /// Counts for the section list.
    pub counts: crate::patients::ChartCounts,
    /// Newest first.
    pub lines: Vec<EncounterLine>,
}

/// One visit or stay.
#[derive(Debug, Clone, PartialEq)]
pub struct EncounterLine {
    /// The Encounter.
    pub key: ResourceKey,
    /// Inpatient stay, emergency, outpatient … in words.
    pub class: Words,
    /// FHIR status code.
    pub status: String,
    /// Began.
    pub from: Option<Instant>,
    /// Ended.
    pub to: Option<Instant>,
    /// Facility and ward as text.
    pub place: String,
    /// Attending provider as text.
    pub attending: String,
    /// Visit number.
    pub number: String,
    /// Steps known: admitted, moved, discharged, cancelled … newest first (when, what).
    pub steps: Vec<(Instant, Words)>,
}
