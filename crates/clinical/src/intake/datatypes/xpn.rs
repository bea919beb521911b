//! XPN, person name (HL7 v2.5.1 2.A.88). Map XPN[HumanName], FN[HumanName].

use crate::intake::reading::{comp, prose, sub};
use crate::intake::scope::Scope;
use crate::intake::tables::{self, systems};
use fhir::{Object, build};
use hl7v2::{Comp, Rep};

/// HumanName.
pub(crate) fn human_name(scope: &Scope<'_>, rep: Rep<'_>) -> Object {
    let family = rep.comp(1);
    let mut name = Object::new()
        .set("use", tables::code(tables::people::NAME_TYPE, &comp(rep, 7)))
        .set("family", sub(family, 1))
        .set("_family", family_extensions(family))
        .push("given", prose(rep.comp(2)))
        .push("given", prose(rep.comp(3)))
        .push("prefix", prose(rep.comp(5)))
        .push("suffix", prose(rep.comp(4)))
        .push("suffix", prose(rep.comp(6)))
        .push("suffix", prose(rep.comp(14)))
        .set("period", period(scope, rep, 12, 13, 10));
    name.add("extension", build::extension(systems::NAME_ASSEMBLY_ORDER, "valueCode", comp(rep, 11)));
    if name.get("family").is_none() && name.get("given").is_none() {
        return Object::new();
    }
    name
}

/// XPN.15: what the person is called, as a name of its own.
pub(crate) fn called_by(rep: Rep<'_>) -> Object {
    let called = prose(rep.comp(15));
    if called.is_empty() { Object::new() } else { Object::new().set("use", "nickname").push("given", called) }
}

/// The parts of FN beyond the surname.
pub(crate) fn family_extensions(family: Comp<'_>) -> Object {
    let mut extra = Object::new();
    for (n, url) in [
        (2, systems::NAME_OWN_PREFIX),
        (3, systems::NAME_OWN),
        (4, systems::NAME_PARTNER_PREFIX),
        (5, systems::NAME_PARTNER),
    ] {
        extra.add("extension", build::extension(url, "valueString", sub(family, n)));
    }
    extra
}

/// Period from a start and an end component, else from the range in `range` (DR).
pub(crate) fn period(scope: &Scope<'_>, rep: Rep<'_>, start: usize, end: usize, range: usize) -> Object {
    let said = build::period(scope.date_time(&comp(rep, start)), scope.date_time(&comp(rep, end)));
    if !said.is_empty() || range == 0 {
        return said;
    }
    let range = rep.comp(range);
    build::period(scope.date_time(&sub(range, 1)), scope.date_time(&sub(range, 2)))
}
