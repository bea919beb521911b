//! GT1 to RelatedPerson and Account.guarantor. HL7's maps have no row for it. A guarantor who is the patient
//! (GT1-11 SEL) adds to the Patient.

use super::pid::gender;
use crate::intake::datatypes::{cwe, cx, xad, xon, xpn, xtn};
use crate::intake::draft::Draft;
use crate::intake::folder::Folder;
use crate::intake::reading::{comp, field, one, prose, reps, sub};
use crate::intake::scope::Scope;
use crate::intake::tables::people::RELATIONSHIP;
use fhir::{Kind, Object, build, system};
use hl7v2::Segment;

/// Whether the guarantor is the patient.
fn is_self(gt1: Segment<'_>) -> bool {
    matches!(&*field(gt1, 11), "SEL" | "SELF" | "Self" | "self" | "18" | "01")
}

/// Adds to the Patient what a guarantor segment about the patient says.
pub(crate) fn patient(scope: &Scope<'_>, draft: &mut Draft, gt1: Segment<'_>) {
    if !is_self(gt1) {
        return;
    }
    person(scope, draft, gt1);
    let spouse = Object::new()
        .push("relationship", build::code(system::ROLE_CODE, "SPS", "spouse"))
        .set("name", one(gt1, 4).map(|rep| xpn::human_name(scope, rep)));
    if spouse.get("name").is_some() {
        draft.add("contact", spouse);
    }
    let mut employer =
        one(gt1, 21).map_or_else(|| build::untitled(Kind::Organization), |rep| xon::organization(draft, rep));
    if employer.get("name").is_none() {
        employer.put("name", one(gt1, 16).map(|rep| prose(rep.comp(1))));
    }
    let employer = draft.contain(employer);
    let mut work = Object::new();
    for rep in reps(gt1.field(18)) {
        work.add("telecom", xtn::contact_point(scope, rep, "work"));
    }
    work.put("address", one(gt1, 17).map(|rep| xad::address(scope, rep)));
    work.put("organization", employer);
    if !work.is_empty() {
        work.add("relationship", build::code(system::v2_table("0131"), "E", "Employer"));
        work.put("period", build::period(scope.date(&field(gt1, 31)), scope.date(&field(gt1, 32))));
        draft.add("contact", work);
    }
    for rep in reps(gt1.field(45)) {
        let mut contact = Object::new().set("name", xpn::human_name(scope, rep));
        for rep in reps(gt1.field(46)) {
            contact.add("telecom", xtn::contact_point(scope, rep, ""));
        }
        draft.add("contact", contact);
    }
}

fn person(scope: &Scope<'_>, draft: &mut Draft, gt1: Segment<'_>) {
    for n in [2, 19] {
        for rep in reps(gt1.field(n)) {
            let identifier = cx::identifier(scope, draft, rep);
            draft.add("identifier", identifier);
        }
    }
    let social = field(gt1, 12);
    if !social.is_empty() {
        draft.add("identifier", Object::new().set("type", cx::type_concept("SS")).set("value", social));
    }
    for rep in reps(gt1.field(3)) {
        draft.add("name", xpn::human_name(scope, rep));
    }
    for (n, usage) in [(6, "home"), (7, "work")] {
        for rep in reps(gt1.field(n)) {
            draft.add("telecom", xtn::contact_point(scope, rep, usage));
        }
    }
    for rep in reps(gt1.field(5)) {
        draft.add("address", xad::address(scope, rep));
    }
    if let Some(language) = one(gt1, 36) {
        draft.add("communication", Object::new().set("language", cwe::concept(language, "")));
    }
}

/// Proposes the guarantor who is somebody else; gives the entry for the account.
pub(crate) fn guarantor(folder: &mut Folder<'_>, gt1: Segment<'_>) -> Object {
    let scope = folder.scope;
    let entry = Object::new();
    let period = build::period(scope.date(&field(gt1, 13)), scope.date(&field(gt1, 14)));
    if is_self(gt1) {
        return entry.set("party", folder.subject()).set("period", period);
    }
    let name = one(gt1, 3);
    let organization = one(gt1, 21);
    let number = one(gt1, 2).map(|rep| comp(rep, 1)).unwrap_or_default();
    if name.is_none() && number.is_empty() {
        let shown = organization.map(|rep| prose(rep.comp(1))).unwrap_or_default();
        return if shown.is_empty() {
            entry
        } else {
            entry.set("party", build::display(shown)).set("period", period)
        };
    }
    let family = name.map(|rep| sub(rep.comp(1), 1)).unwrap_or_default().to_lowercase();
    let given = name.map(|rep| prose(rep.comp(2))).unwrap_or_default().to_lowercase();
    let mut draft = folder.draft(Kind::RelatedPerson, &["GT1", &number, &family, &given]);
    draft.put("patient", folder.subject());
    person(scope, &mut draft, gt1);
    draft.add("relationship", one(gt1, 11).map(|rep| cwe::mapped(rep, "HL70063", RELATIONSHIP)));
    draft.add("relationship", Object::new().set("text", "Guarantor"));
    draft.put("gender", gender(scope, gt1, 9, "GT1-9"));
    draft.put("birthDate", scope.date(&field(gt1, 8)));
    let party = build::reference(draft.key);
    folder.file(draft);
    entry.set("party", party).set("period", period)
}
