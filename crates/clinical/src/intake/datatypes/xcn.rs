//! XCN and CNN, people who act (HL7 v2.5.1 2.A.86). Maps XCN[Practitioner], CNN[Practitioner].

use super::cx::{assigner, type_concept};
use super::hd::Designator;
use super::xpn::{family_extensions, period};
use crate::intake::draft::Draft;
use crate::intake::reading::{comp, prose, reps, sub};
use crate::intake::scope::Scope;
use crate::intake::tables::{self, systems};
use crate::intake::{Addressee, AddresseePart};
use fhir::{Kind, Object, build};
use hl7v2::{Comp, Field, Rep};

/// Contains the Practitioner and gives the reference.
pub(crate) fn contained(scope: &Scope<'_>, draft: &mut Draft, rep: Rep<'_>) -> Object {
    let part = practitioner(scope, draft, rep);
    draft.contain(part)
}

/// Most people read of one field; a real one names a handful.
const MOST_ADDRESSEES: usize = 500;

/// Practitioner to contain.
pub(crate) fn practitioner(scope: &Scope<'_>, draft: &mut Draft, rep: Rep<'_>) -> Object {
    let number = comp(rep, 1);
    let authority = Designator::of_comp(rep.comp(9));
    let identifier = if number.is_empty() {
        Object::new()
    } else {
        Object::new()
            .push("extension", build::extension(systems::CHECK_DIGIT, "valueString", comp(rep, 11)))
            .set("type", type_concept(&comp(rep, 13)))
            .set("system", authority.system())
            .set("value", number)
            .set("assigner", assigner(draft, &authority, &Designator::of_comp(rep.comp(14)), Kind::Location))
    };
    let family = rep.comp(2);
    let degree = prose(rep.comp(7));
    let name = Object::new()
        .set("use", tables::code(tables::people::NAME_TYPE, &comp(rep, 10)))
        .set("family", sub(family, 1))
        .set("_family", family_extensions(family))
        .push("given", prose(rep.comp(3)))
        .push("given", prose(rep.comp(4)))
        .push("prefix", prose(rep.comp(6)))
        .push("suffix", prose(rep.comp(5)))
        .push("suffix", degree.clone())
        .push("suffix", prose(rep.comp(21)))
        .set("period", period(scope, rep, 19, 20, 17));
    let qualification = Object::new().set("code", build::code(systems::V2_0360, &*degree, ()));
    build::untitled(Kind::Practitioner)
        .push("identifier", identifier)
        .push("name", name)
        .push("qualification", if degree.is_empty() { Object::new() } else { qualification })
}

/// Practitioner to contain from the sub-components of a CNN, as in NDL.1.
pub(crate) fn of_cnn(part: Comp<'_>) -> Object {
    let number = sub(part, 1);
    let authority =
        Designator { namespace: sub(part, 9), universal: sub(part, 10), universal_type: sub(part, 11) };
    let identifier = if number.is_empty() {
        Object::new()
    } else {
        Object::new()
            .set("system", authority.system())
            .set("value", number)
            .set("assigner", authority.reference())
    };
    let name = Object::new()
        .set("family", sub(part, 2))
        .push("given", sub(part, 3))
        .push("given", sub(part, 4))
        .push("prefix", sub(part, 6))
        .push("suffix", sub(part, 5))
        .push("suffix", sub(part, 7));
    build::untitled(Kind::Practitioner).push("identifier", identifier).push("name", name)
}

/// Adds the people of a field to `out`; one person stands once within the same part.
pub(crate) fn addressees(
    out: &mut Vec<Addressee>,
    field: Field<'_>,
    part: AddresseePart,
    name: &'static str,
) {
    for rep in reps(field).take(MOST_ADDRESSEES) {
        let number = comp(rep, 1);
        let authority = Designator::of_comp(rep.comp(9));
        let one = Addressee {
            part,
            field: name,
            numbers: if number.is_empty() {
                Vec::new()
            } else {
                vec![(authority.authority().to_owned(), number.into_owned())]
            },
            family: sub(rep.comp(2), 1).into_owned(),
            given: prose(rep.comp(3)).into_owned(),
        };
        if one.numbers.is_empty() && one.family.is_empty() {
            continue;
        }
        let same = |other: &Addressee| {
            other.part == one.part
                && if one.numbers.is_empty() || other.numbers.is_empty() {
                    other.numbers == one.numbers && other.family == one.family && other.given == one.given
                } else {
                    other.numbers.iter().any(|number| one.numbers.contains(number))
                }
        };
        if !out.iter().any(same) {
            out.push(one);
        }
    }
}
