//! EI and EIP, entity identifiers (HL7 v2.5.1 2.A.28, 2.A.29). Maps EI[Identifier-Extension] and EIP[Identifier-…].

use super::cx::type_concept;
use super::hd::Designator;
use crate::intake::reading::{comp, sub};
use fhir::Object;
use hl7v2::{Comp, Rep};

/// Identifier from an EI field; `type_code` is of table 0203 (PLAC, FILL …) or empty.
pub(crate) fn identifier(rep: Rep<'_>, type_code: &'static str) -> Object {
    let value = comp(rep, 1);
    build(&value, &Designator::of_rep(rep, 2), type_code)
}

/// Identifier from the sub-components of a component, as in EIP.
pub(crate) fn of_comp(part: Comp<'_>, type_code: &'static str) -> Object {
    if part.is_empty() || part.is_null() {
        return Object::new();
    }
    let authority =
        Designator { namespace: sub(part, 2), universal: sub(part, 3), universal_type: sub(part, 4) };
    build(&sub(part, 1), &authority, type_code)
}

/// A number and who gave it, as a key: `namespace|value`.
pub(crate) fn key(rep: Rep<'_>) -> String {
    let value = comp(rep, 1);
    if value.is_empty() {
        String::new()
    } else {
        format!("{}|{value}", Designator::of_rep(rep, 2).authority())
    }
}

fn build(value: &str, authority: &Designator<'_>, type_code: &'static str) -> Object {
    if value.is_empty() {
        return Object::new();
    }
    Object::new()
        .set("type", type_concept(type_code))
        .set("system", authority.system())
        .set("value", value)
        .set("assigner", authority.reference())
}
