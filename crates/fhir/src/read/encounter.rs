//! Encounter, as screens show it.

use super::{Concept, When, own};
use crate::json::Object;

/// One visit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Encounter {
    /// `planned`, `in-progress`, `finished` …
    pub status: Option<String>,
    /// Inpatient, emergency, ambulatory …
    pub class: Concept,
    /// Kinds of visit.
    pub types: Vec<Concept>,
    /// From when to when.
    pub period: Option<When>,
    /// Why.
    pub reasons: Vec<Concept>,
    /// Who took part: (role code, name).
    pub participants: Vec<(Option<String>, String)>,
    /// Where, in order.
    pub locations: Vec<String>,
    /// How it ended.
    pub disposition: Option<Concept>,
    /// Whose house.
    pub service_provider: Option<String>,
}

/// Reads an Encounter.
#[must_use]
pub fn read(encounter: &Object) -> Encounter {
    let participant = |part: &Object| {
        let name = encounter.reference_name(part.object("individual")?)?;
        Some((own(part.text("type.coding.code")), name))
    };
    Encounter {
        status: own(encounter.text("status")),
        class: encounter.concept("class").unwrap_or_default(),
        types: encounter.concepts("type"),
        period: encounter.when("period"),
        reasons: encounter.concepts("reasonCode"),
        participants: encounter.objects("participant").into_iter().filter_map(participant).collect(),
        locations: encounter.reference_names("location.location"),
        disposition: encounter.concept("hospitalization.dischargeDisposition"),
        service_provider: encounter.reference_names("serviceProvider").into_iter().next(),
    }
}
