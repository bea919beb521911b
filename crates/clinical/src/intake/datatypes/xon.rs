//! XON, organisation name and id (HL7 v2.5.1 2.A.87). Map XON[Organization].

use super::cx::{assigner, type_concept};
use super::hd::Designator;
use crate::intake::draft::Draft;
use crate::intake::reading::{comp, prose};
use crate::intake::tables::systems;
use fhir::{Kind, Object, build};
use hl7v2::Rep;

/// Contains the Organization and gives the reference.
pub(crate) fn contained(draft: &mut Draft, rep: Rep<'_>) -> Object {
    let part = organization(draft, rep);
    draft.contain(part)
}

/// Organization to contain.
pub(crate) fn organization(draft: &mut Draft, rep: Rep<'_>) -> Object {
    let (current, former) = (comp(rep, 10), comp(rep, 3));
    let value = if current.is_empty() { former } else { current };
    let authority = Designator::of_comp(rep.comp(6));
    let identifier = if value.is_empty() {
        Object::new()
    } else {
        Object::new()
            .push("extension", build::extension(systems::CHECK_DIGIT, "valueString", comp(rep, 4)))
            .set("type", type_concept(&comp(rep, 7)))
            .set("system", authority.system())
            .set("value", value)
            .set("assigner", assigner(draft, &authority, &Designator::of_comp(rep.comp(8)), Kind::Location))
    };
    build::untitled(Kind::Organization).push("identifier", identifier).set("name", prose(rep.comp(1)))
}

/// Organization to contain from a coded value (OBX-15): CWE[Organization].
pub(crate) fn of_cwe(rep: Rep<'_>) -> Object {
    let mut part = build::untitled(Kind::Organization);
    for (code, name) in [(1, 3), (4, 6)] {
        let (value, system) = (comp(rep, code), comp(rep, name));
        if !value.is_empty() {
            let identifier = Object::new()
                .set("system", systems::json(systems::coding_system(&system, "")))
                .set("value", value);
            part.add("identifier", identifier);
        }
    }
    let names: Vec<_> =
        [9, 2, 5].into_iter().map(|n| prose(rep.comp(n))).filter(|name| !name.is_empty()).collect();
    let mut names = names.into_iter();
    part.put("name", names.next());
    for alias in names {
        part.add("alias", alias);
    }
    part
}
