//! IN1 to Coverage (map IN1[Coverage]), PV1-20 to its type (PV1[Coverage]).

use crate::intake::datatypes::{cwe, cx, xad, xon, xpn, xtn};
use crate::intake::draft::Draft;
use crate::intake::folder::Folder;
use crate::intake::groups::Group;
use crate::intake::reading::{comp, field, one, prose, reps, sub};
use crate::intake::scope::Scope;
use crate::intake::tables::{people, systems};
use fhir::{Kind, Object, build, system};
use hl7v2::Segment;

/// Proposes the coverage.
pub(crate) fn file(folder: &mut Folder<'_>, group: &Group<'_>, in1: Segment<'_>, in2: Option<Segment<'_>>) {
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
    draft.add("identifier", coverage_number(&policy, "PLN"));
    if let Some(in2) = in2 {
        draft.add("identifier", coverage_number(&field(in2, 6), "MC"));
        draft.add("identifier", coverage_number(&field(in2, 8), "MA"));
        for rep in reps(in2.field(61)) {
            let identifier = cx::with_type(scope, &mut draft, rep, "MB");
            draft.add("identifier", identifier);
        }
    }
    if let Some(rep) = plan {
        let value = comp(rep, 1);
        if !value.is_empty() {
            let system = systems::coding_system(&comp(rep, 3), "");
            draft.add("identifier", Object::new().set("system", system).set("value", value));
        }
        draft.add("class", class("plan", &comp(rep, 1), &prose(rep.comp(2))));
    }
    draft.put("status", "active");
    let class_said = group.pv1.and_then(|pv1| one(pv1, 20)).map(|rep| cwe::concept(rep, "HL70064"));
    draft.put("type", one(in1, 15).map(|rep| cwe::concept(rep, "HL70086")).or(class_said));
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
            for rep in reps(in1.field(49)).chain(in2.into_iter().flat_map(|in2| reps(in2.field(1)))) {
                insured.add("identifier", cx::identifier(scope, &mut draft, rep));
            }
            if let Some(in2) = in2 {
                insured.add("identifier", coverage_number(&field(in2, 2), "SS"));
                if let Some(language) = one(in2, 34) {
                    insured.add("communication", Object::new().set("language", cwe::concept(language, "")));
                }
            }
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
    let mut payor = one(in1, 4)
        .map_or_else(|| build::untitled(Kind::Organization), |rep| xon::organization(&mut draft, rep));
    for rep in reps(in1.field(3)) {
        payor.add("identifier", cx::identifier(scope, &mut draft, rep));
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
    let mut holder = one(in1, 11)
        .map_or_else(|| build::untitled(Kind::Organization), |rep| xon::organization(&mut draft, rep));
    for rep in reps(in1.field(10)) {
        holder.add("identifier", cx::identifier(scope, &mut draft, rep));
    }
    holder.add("address", one(in1, 44).map(|rep| xad::address(scope, rep)));
    if let Some(in2) = in2 {
        for rep in reps(in2.field(64)) {
            holder.add("telecom", xtn::contact_point(scope, rep, "work"));
        }
        let mut person = Object::new().set("name", one(in2, 49).map(|rep| xpn::human_name(scope, rep)));
        for rep in reps(in2.field(50)) {
            person.add("telecom", xtn::contact_point(scope, rep, ""));
        }
        holder.add("contact", person);
    }
    let holder = draft.contain(holder);
    draft.add("costToBeneficiary", deductible(in1));
    draft.put("policyHolder", holder);
    draft.add(
        "class",
        class("group", &field(in1, 8), &one(in1, 9).map(|rep| prose(rep.comp(1))).unwrap_or_default()),
    );
    let url = "http://hl7.org/fhir/5.0/StructureDefinition/extension-subscriberId";
    if let Some(rep) = insured_number {
        let identifier = cx::identifier(scope, &mut draft, rep);
        draft.add("extension", build::extension(url, "valueIdentifier", identifier));
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

/// A number of a policy or a person with its type.
fn coverage_number(value: &str, kind: &str) -> Object {
    if value.is_empty() {
        Object::new()
    } else {
        Object::new().set("type", cx::type_concept(kind)).set("value", value)
    }
}

/// IN1-37: CP, an amount with its currency and its sort.
fn deductible(in1: Segment<'_>) -> Object {
    let Some(rep) = one(in1, 37) else { return Object::new() };
    let money =
        Object::new().set("value", build::decimal(&sub(rep.comp(1), 1))).set("currency", sub(rep.comp(1), 2));
    if money.get("value").is_none() {
        return Object::new();
    }
    let kind = build::code(system::v2_table("0205"), comp(rep, 2), ());
    Object::new().set("type", kind).set("valueMoney", money)
}

/// Adds to the Patient the numbers and the name under which a payor knows the patient (IN2-6, 7, 8, 10, 61).
pub(crate) fn patient(scope: &Scope<'_>, draft: &mut Draft, in2: Segment<'_>) {
    for (n, kind) in [(6, "MC"), (8, "MA"), (10, "MI")] {
        draft.add("identifier", coverage_number(&field(in2, n), kind));
    }
    for rep in reps(in2.field(61)) {
        let identifier = cx::with_type(scope, draft, rep, "MB");
        draft.add("identifier", identifier);
    }
    for rep in reps(in2.field(7)) {
        draft.add("name", xpn::human_name(scope, rep));
    }
}

/// PV1-20 without any IN1: a coverage of which only the class is known.
pub(crate) fn financial_class(folder: &mut Folder<'_>, group: &Group<'_>) {
    let Some(rep) = group.pv1.and_then(|pv1| one(pv1, 20)).filter(|_| group.insurance.is_empty()) else {
        return;
    };
    let code = comp(rep, 1);
    let mut draft = folder.draft(Kind::Coverage, &["PV1-20", &code]);
    draft.put("status", "active");
    draft.put("type", cwe::concept(rep, "HL70064"));
    draft.put("beneficiary", folder.subject());
    // Coverage.payor is required and nobody said who pays.
    let url = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
    draft.add("payor", Object::new().push("extension", build::extension(url, "valueCode", "unknown")));
    folder.file(draft);
}
