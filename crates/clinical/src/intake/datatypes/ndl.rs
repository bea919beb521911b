//! NDL, name with date and location (HL7 v2.5.1 2.A.47). Map NDL[PractitionerRole].

use super::hd::Designator;
use super::xcn;
use crate::intake::draft::Draft;
use crate::intake::reading::comp;
use crate::intake::scope::Scope;
use crate::intake::tables::systems;
use fhir::{Json, Kind, Object, build};
use hl7v2::Rep;

/// Component, physical type and its name, the widest place first.
const LEVELS: [(usize, &str, &str); 6] = [
    (7, "si", "Site"),
    (10, "bu", "Building"),
    (11, "lvl", "Level"),
    (4, "wa", "Ward"),
    (5, "ro", "Room"),
    (6, "bd", "Bed"),
];

/// Contains the person, and their role when a time or place is said; gives the reference.
pub(crate) fn role(scope: &Scope<'_>, draft: &mut Draft, rep: Rep<'_>) -> Object {
    let person = draft.contain(xcn::of_cnn(rep.comp(1)));
    let period = build::period(scope.date_time(&comp(rep, 2)), scope.date_time(&comp(rep, 3)));
    let mut place = Object::new();
    for (n, code, display) in LEVELS {
        let designator = Designator::of_comp(rep.comp(n));
        if designator.is_empty() {
            continue;
        }
        let mut part = designator.part(Kind::Location).set("mode", Json::literal("instance"));
        part.put(
            "physicalType",
            build::code(Json::literal(systems::PHYSICAL_TYPE), Json::literal(code), Json::literal(display)),
        );
        part.put("partOf", place);
        place = draft.contain(part);
    }
    if period.is_empty() && place.is_empty() {
        return person;
    }
    let shown = person.get("display").cloned();
    let role = build::untitled(Kind::PractitionerRole)
        .set("period", period)
        .set("practitioner", person)
        .push("location", place);
    draft.contain(role).set("display", shown)
}
