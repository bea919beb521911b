//! IN1 to Coverage (map IN1[Coverage]), PV1-20 to its type (PV1[Coverage]).

use crate::intake::datatypes::{cwe, cx, xad, xon, xpn, xtn};
use crate::intake::folder::Folder;
use crate::intake::reading::{comp, field, one, prose, reps};
use crate::intake::tables::{people, systems};
use fhir::{Kind, Object, build};
use hl7v2::Segment;

/// Proposes the coverage.
pub(crate) fn file(folder: &mut Folder<'_>, in1: Segment<'_>, in2: Option<Segment<'_>>) {
    let scope = folder.scope;
    let plan = one(in1, 2);
    let company = one(in1, 3).map(|rep| comp(rep, 1)).unwrap_or_default();
    let company_name = one(in1, 4).map(|rep| prose(rep.comp(1))).unwrap_or_default();
    let policy = field(in1, 36);
    if plan.is_none() && company.is_empty() && company_name.is_empty() && policy.is_empty() {
        return;
    }
    let plan_key = plan.map(cwe::key).unwrap_or_default();
    let mut draft = folder.draft(Kind::Coverage, &[&plan_key, &company, &company_name, &policy]);
    if let Some(rep) = plan {
        let value = comp(rep, 1);
        if !value.is_empty() {
            let system = systems::coding_system(&comp(rep, 3), "");
            draft.add("identifier", Object::new().set("system", system).set("value", value));
        }
        draft.add("class", class("plan", &comp(rep, 1), &prose(rep.comp(2))));
    }
    draft.put("status", "active");
    draft.put("type", one(in1, 15).map(|rep| cwe::concept(rep, "HL70086")));
    if let Some(rep) = one(in1, 16) {
        let kin = field(in1, 17);
        if matches!(&*kin, "SEL" | "01" | "18" | "SELF" | "Self" | "self") {
            draft.put("subscriber", folder.subject());
        } else {
            let mut insured = build::untitled(Kind::RelatedPerson)
                .set("patient", folder.subject())
                .push(
                    "relationship",
                    one(in1, 17).map(|rep| cwe::mapped(rep, "HL70063", people::RELATIONSHIP)),
                )
                .push("name", xpn::human_name(scope, rep))
                .set("birthDate", scope.date(&field(in1, 18)));
            insured.put("gender", super::pid::gender(scope, in1, 43, "IN1-43"));
            insured.add("address", one(in1, 19).map(|rep| xad::address(scope, rep)));
            for rep in in2.into_iter().flat_map(|in2| reps(in2.field(63))) {
                insured.add("telecom", xtn::contact_point(scope, rep, ""));
            }
            let insured = draft.contain(insured);
            draft.put("subscriber", insured);
        }
    }
    let insured_number = one(in1, 49);
    draft.put(
        "subscriberId",
        insured_number.map(|rep| comp(rep, 1)).filter(|id| !id.is_empty()).unwrap_or_else(|| policy.clone()),
    );
    draft.put("beneficiary", folder.subject());
    draft.put("relationship", one(in1, 17).map(|rep| cwe::mapped(rep, "HL70063", people::RELATIONSHIP)));
    draft.put("period", build::period(scope.date(&field(in1, 12)), scope.date(&field(in1, 13))));
    let mut payor = one(in1, 4).map_or_else(|| build::untitled(Kind::Organization), xon::organization);
    for rep in reps(in1.field(3)) {
        payor.add("identifier", cx::identifier(scope, rep));
    }
    for rep in reps(in1.field(7)) {
        payor.add("telecom", xtn::contact_point(scope, rep, "work"));
    }
    for rep in reps(in1.field(5)) {
        payor.add("address", xad::address(scope, rep));
    }
    for rep in reps(in1.field(6)) {
        let person = Object::new().set("name", xpn::human_name(scope, rep));
        payor.add("contact", person);
    }
    let payor = draft.contain(payor);
    draft.add("payor", payor);
    let mut holder = one(in1, 11).map_or_else(|| build::untitled(Kind::Organization), xon::organization);
    for rep in reps(in1.field(10)) {
        holder.add("identifier", cx::identifier(scope, rep));
    }
    let holder = draft.contain(holder);
    draft.put("policyHolder", holder);
    draft.add(
        "class",
        class("group", &field(in1, 8), &one(in1, 9).map(|rep| prose(rep.comp(1))).unwrap_or_default()),
    );
    let url = "http://hl7.org/fhir/5.0/StructureDefinition/extension-subscriberId";
    for rep in insured_number {
        draft.add("extension", build::extension(url, "valueIdentifier", cx::identifier(scope, rep)));
    }
    folder.file(draft);
}

/// Coverage.class; empty without a value.
fn class(kind: &'static str, value: &str, name: &str) -> Object {
    let value = if value.is_empty() { name } else { value };
    if value.is_empty() {
        return Object::new();
    }
    let code = build::code("http://terminology.hl7.org/CodeSystem/coverage-class", kind, ());
    Object::new().set("type", code).set("value", value).set("name", name)
}
