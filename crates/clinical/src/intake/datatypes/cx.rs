//! CX, extended composite id (HL7 v2.5.1 2.A.14). Map CX[Identifier].

use super::hd::Designator;
use crate::intake::draft::Draft;
use crate::intake::reading::{comp, first};
use crate::intake::scope::Scope;
use crate::intake::tables::systems;
use fhir::{Json, Kind, Object, build};
use hl7v2::Rep;

/// Identifier; empty without CX.1.
pub(crate) fn identifier(scope: &Scope<'_>, draft: &mut Draft, rep: Rep<'_>) -> Object {
    with_type(scope, draft, rep, "")
}

/// Identifier whose type is `default_type` when CX.5 does not say.
pub(crate) fn with_type(
    scope: &Scope<'_>,
    draft: &mut Draft,
    rep: Rep<'_>,
    default_type: &'static str,
) -> Object {
    let value = comp(rep, 1);
    if value.is_empty() {
        return Object::new();
    }
    let said = comp(rep, 5);
    let type_code = if said.is_empty() { default_type } else { &*said };
    let authority = Designator::of_comp(rep.comp(4));
    let facility = Designator::of_comp(rep.comp(6));
    let jurisdiction = systems::jurisdiction(authority.authority(), type_code);
    let system = jurisdiction.map_or_else(|| authority.system(), systems::health_card_uri);
    Object::new()
        .push("extension", build::extension(systems::CHECK_DIGIT, "valueString", first(rep.comp(2))))
        .set("type", type_concept(type_code))
        .set("system", system)
        .set("value", value)
        .set("period", build::period(scope.date_time(&comp(rep, 7)), scope.date_time(&comp(rep, 8))))
        .set("assigner", assigner(draft, &authority, &facility, Kind::Organization))
}

/// Identifier.type from a code of table 0203.
pub(crate) fn type_concept(code: &str) -> Object {
    if code.is_empty() {
        Object::new()
    } else {
        build::code(Json::literal(fhir::system::IDENTIFIER_TYPE), code, ())
    }
}

/// Who assigned it: the authority, and by extension the facility, for which R4 has no element (CX.6, XCN.14, XON.8).
/// `kind` is what the facility is taken for: an Organization or a Location.
pub(crate) fn assigner(
    draft: &mut Draft,
    authority: &Designator<'_>,
    facility: &Designator<'_>,
    kind: Kind,
) -> Object {
    let assigner = authority.reference();
    if facility.is_empty() {
        return assigner;
    }
    let facility = draft.contain(facility.part(kind));
    assigner.push("extension", build::extension(systems::ASSIGNING_FACILITY, "valueReference", facility))
}
