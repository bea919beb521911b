//! XAD, address (HL7 v2.5.1 2.A.84). Maps XAD[Address], SAD[Address].

use super::xpn::period;
use crate::intake::reading::{comp, prose, sub};
use crate::intake::scope::Scope;
use crate::intake::tables::{self, systems};
use fhir::{Object, build};
use hl7v2::Rep;

/// Address.
pub(crate) fn address(scope: &Scope<'_>, rep: Rep<'_>) -> Object {
    let kind = comp(rep, 7);
    let street = rep.comp(1);
    let mut address = Object::new()
        .set("use", tables::code(tables::people::ADDRESS_USE, &kind))
        .set("type", tables::code(tables::people::ADDRESS_TYPE, &kind))
        .push("line", sub(street, 1))
        .push("line", sub(street, 2))
        .push("line", sub(street, 3))
        .push("line", prose(rep.comp(2)))
        .push("line", prose(rep.comp(19)))
        .set("city", prose(rep.comp(3)))
        .set("district", comp(rep, 9))
        .set("state", prose(rep.comp(4)))
        .set("postalCode", comp(rep, 5))
        .set("country", comp(rep, 6));
    if address.get("line").is_none() && address.len() <= usize::from(!kind.is_empty()) {
        return Object::new();
    }
    address.put("period", period(scope, rep, 13, 14, 12));
    if kind == "HV" {
        address.add("extension", build::extension(systems::AD_USE, "valueCode", "HV"));
    }
    address.add("extension", build::extension(systems::CENSUS_TRACT, "valueString", comp(rep, 10)));
    let code = build::code(systems::V2_0190, &*kind, ());
    address.add("extension", build::extension(systems::ADDRESS_TYPE_V2, "valueCodeableConcept", code));
    address
}
