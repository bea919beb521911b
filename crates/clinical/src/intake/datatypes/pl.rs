//! PL, person location (HL7 v2.5.1 2.A.53): bed within room within ward within building within facility. Map PL[Location].

use super::hd::Designator;
use crate::intake::draft::Draft;
use crate::intake::reading::{comp, prose};
use crate::intake::tables::systems;
use fhir::{Json, Kind, Object, build};
use hl7v2::Rep;

/// Component, physical type and its name, the widest place first.
const LEVELS: [(usize, &str, &str); 6] = [
    (4, "si", "Site"),
    (7, "bu", "Building"),
    (8, "lvl", "Level"),
    (1, "wa", "Ward"),
    (2, "ro", "Room"),
    (3, "bd", "Bed"),
];

/// Contains the places and gives the reference to the innermost.
pub(crate) fn location(draft: &mut Draft, rep: Rep<'_>) -> Object {
    located(draft, rep, None)
}

/// [`location`] with the status of the bed (PV1-40, table 0116), when a room or bed is named.
pub(crate) fn located(draft: &mut Draft, rep: Rep<'_>, bed: Option<Rep<'_>>) -> Object {
    let status = comp(rep, 5);
    let description = prose(rep.comp(9));
    let entity = rep.comp(10);
    let mut inner = Object::new();
    let last = LEVELS.iter().rposition(|(n, _, _)| !Designator::of_comp(rep.comp(*n)).is_empty());
    for (at, (n, code, display)) in LEVELS.into_iter().enumerate() {
        let place = Designator::of_comp(rep.comp(n));
        if place.is_empty() {
            continue;
        }
        let mut part = place.part(Kind::Location).set("mode", Json::literal("instance"));
        part.put(
            "physicalType",
            build::code(Json::literal(systems::PHYSICAL_TYPE), Json::literal(code), Json::literal(display)),
        );
        if Some(at) == last {
            part.put("status", location_status(&status));
            if let Some(bed) = bed.filter(|_| matches!(code, "ro" | "bd")) {
                part.put("operationalStatus", super::cwe::coding(bed, "HL70116"));
            }
            part.put("description", description.clone());
            part.put("managingOrganization", Designator::of_comp(rep.comp(11)).reference());
            part.add("identifier", super::ei::of_comp(entity, ""));
        }
        part.put("partOf", inner);
        inner = draft.contain(part);
    }
    if inner.is_empty() && !description.is_empty() {
        inner = draft.contain(build::untitled(Kind::Location).set("name", description));
    }
    inner
}

fn location_status(code: &str) -> &'static str {
    match &*code.to_ascii_uppercase() {
        "ACTIVE" => "active",
        "SUSPENDED" => "suspended",
        "INACTIVE" => "inactive",
        "A" | "C" | "U" | "O" | "K" | "H" | "I" => "active",
        "S" => "suspended",
        "D" => "inactive",
        _ => "",
    }
}
