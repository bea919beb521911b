//! NK1 to Patient.contact and RelatedPerson (maps NK1[Patient], NK1[RelatedPerson]), PID-21 to RelatedPerson
//! (CX[RelatedPerson-Mother]).

use super::pid::gender;
use crate::intake::datatypes::{cwe, cx, xad, xon, xpn, xtn};
use crate::intake::draft::Draft;
use crate::intake::folder::Folder;
use crate::intake::reading::{comp, field, one, prose, reps, sub};
use crate::intake::scope::Scope;
use crate::intake::tables::people::RELATIONSHIP;
use fhir::{Kind, Object, build, system};
use hl7v2::Segment;

/// Relationships that name an organisation or an employer: a contact, never a related person.
const NO_PERSON: &[&str] = &["EMR", "E", "F", "I", "S"];

/// Adds the contact to the Patient.
pub(crate) fn contact(scope: &Scope<'_>, draft: &mut Draft, nk1: Segment<'_>) {
    let mut contact = Object::new();
    relationships(&mut contact, nk1);
    contact.put("name", one(nk1, 2).map(|rep| xpn::human_name(scope, rep)));
    telecoms(scope, &mut contact, nk1, &[(5, ""), (6, "work"), (40, ""), (41, "")]);
    contact.put("address", one(nk1, 4).map(|rep| xad::address(scope, rep)));
    contact.put("gender", gender(scope, nk1, 15, "NK1-15"));
    contact.put("period", period(scope, nk1));
    let mut organization =
        one(nk1, 13).map_or_else(|| build::untitled(Kind::Organization), |rep| xon::organization(draft, rep));
    let mut person = Object::new();
    person.put("name", one(nk1, 30).map(|rep| xpn::human_name(scope, rep)));
    telecoms(scope, &mut person, nk1, &[(31, "")]);
    person.put("address", one(nk1, 32).map(|rep| xad::address(scope, rep)));
    organization.add("contact", person);
    contact.put("organization", draft.contain(organization));
    draft.add("contact", contact);
}

/// Proposes the RelatedPerson of an NK1, unless it names no person.
pub(crate) fn related(folder: &mut Folder<'_>, nk1: Segment<'_>) {
    let relationship = field(nk1, 3);
    if NO_PERSON.contains(&&*relationship) {
        return;
    }
    let scope = folder.scope;
    let name = one(nk1, 2);
    let family = name.map(|rep| sub(rep.comp(1), 1)).unwrap_or_default();
    let given = name.map(|rep| prose(rep.comp(2))).unwrap_or_default();
    let number = one(nk1, 33).map(|rep| comp(rep, 1)).unwrap_or_default();
    if name.is_none() && number.is_empty() {
        return;
    }
    let key = [&*number, &*family.to_lowercase(), &*given.to_lowercase(), &*relationship];
    let mut draft = folder.draft(Kind::RelatedPerson, &key);
    for n in [12, 33] {
        for rep in reps(nk1.field(n)) {
            {
                let identifier = cx::identifier(scope, &mut draft, rep);
                draft.add("identifier", identifier);
            };
        }
    }
    for rep in reps(nk1.field(37)) {
        let social = Object::new().set("type", cx::type_concept("SS")).set("value", comp(rep, 1));
        if social.get("value").is_some() {
            draft.add("identifier", social);
        }
    }
    draft.put("patient", folder.subject());
    relationships(&mut draft.object, nk1);
    for n in [2, 30] {
        for rep in reps(nk1.field(n)) {
            draft.add("name", xpn::human_name(scope, rep));
        }
    }
    telecoms(scope, &mut draft.object, nk1, &[(5, ""), (6, "work"), (31, ""), (40, ""), (41, "")]);
    draft.put("gender", gender(scope, nk1, 15, "NK1-15"));
    draft.put("birthDate", scope.date(&field(nk1, 16)));
    for n in [4, 32] {
        for rep in reps(nk1.field(n)) {
            draft.add("address", xad::address(scope, rep));
        }
    }
    draft.put("period", period(scope, nk1));
    if let Some(language) = one(nk1, 20) {
        draft.add("communication", Object::new().set("language", cwe::concept(language, "")));
    }
    folder.file(draft);
}

/// Proposes the mother that PID-21 names.
pub(crate) fn mother(folder: &mut Folder<'_>, pid: Segment<'_>) {
    let scope = folder.scope;
    for rep in reps(pid.field(21)) {
        if comp(rep, 1).is_empty() {
            continue;
        }
        let mut draft = folder.draft(Kind::RelatedPerson, &["PID-21", &comp(rep, 4), &comp(rep, 1)]);
        let identifier = cx::identifier(scope, &mut draft, rep);
        draft.add("identifier", identifier);
        draft.put("patient", folder.subject());
        draft.add("relationship", build::code(system::ROLE_CODE, "MTH", "mother"));
        if let Some(maiden) = one(pid, 6) {
            let name = xpn::human_name(scope, maiden);
            if !name.is_empty() {
                draft.add("name", name.set("use", "maiden"));
            }
        }
        folder.file(draft);
    }
}

fn relationships(object: &mut Object, nk1: Segment<'_>) {
    if let Some(rep) = one(nk1, 3) {
        object.add("relationship", cwe::mapped(rep, "HL70063", RELATIONSHIP));
    }
    if let Some(rep) = one(nk1, 7) {
        object.add("relationship", cwe::concept(rep, "HL70131"));
    }
}

fn telecoms(scope: &Scope<'_>, object: &mut Object, nk1: Segment<'_>, fields: &[(usize, &'static str)]) {
    for (n, usage) in fields {
        for rep in reps(nk1.field(*n)) {
            object.add("telecom", xtn::contact_point(scope, rep, usage));
        }
    }
}

fn period(scope: &Scope<'_>, nk1: Segment<'_>) -> Object {
    build::period(scope.date(&field(nk1, 8)), scope.date(&field(nk1, 9)))
}
