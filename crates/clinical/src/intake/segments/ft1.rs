//! FT1 to ChargeItem: billing facts, kept and shown to nobody as clinical. HL7's maps have no row for it
//! (docs/mapping/own-maps.md).

use crate::intake::datatypes::{cwe, ei, pl, xcn, xon};
use crate::intake::draft::Draft;
use crate::intake::folder::Folder;
use crate::intake::reading::{comp, field, one, prose, reps, sub};
use fhir::{Kind, Object, ResourceKey, build, system};
use hl7v2::Segment;

/// Parts of those who act, table 0443 where it has one.
const ACTORS: [(usize, &str); 2] = [(20, "PP"), (21, "OP")];

/// Proposes the charge, on `account` when the patient has one.
pub(crate) fn file(folder: &mut Folder<'_>, ft1: Segment<'_>, account: Option<ResourceKey>) {
    let scope = folder.scope;
    let code = one(ft1, 7).or_else(|| one(ft1, 25));
    let number = field(ft1, 2);
    let code_key = code.map(cwe::key).unwrap_or_default();
    let mut draft = folder.draft(Kind::ChargeItem, &[&number, &code_key, &field(ft1, 4)]);
    draft.add("identifier", Object::new().set("value", number));
    if let Some(rep) = one(ft1, 23) {
        draft.add("identifier", ei::identifier(rep, "FILL"));
    }
    // CG is a charge; credits, payments and adjustments are told apart by the type beside it.
    let kind = field(ft1, 6);
    draft.put("status", if kind == "CG" { "billable" } else { "unknown" });
    if !kind.is_empty() {
        let kind = build::code(system::v2_table("0017"), kind, ());
        let url = "http://hl7.org/fhir/StructureDefinition/alternate-codes";
        draft.add("extension", build::extension(url, "valueCodeableConcept", kind));
    }
    let mut concept = code.map(|rep| cwe::concept(rep, "HL70132")).unwrap_or_default();
    if concept.is_empty() {
        concept.put("text", "?");
    }
    draft.put("code", concept);
    draft.put("subject", folder.subject());
    draft.put("context", folder.visit());
    if let Some(rep) = one(ft1, 4) {
        let (from, to) = (scope.date_time(&comp(rep, 1)), scope.date_time(&comp(rep, 2)));
        if to.is_empty() {
            draft.put("occurrenceDateTime", from);
        } else {
            draft.put("occurrencePeriod", build::period(from, to));
        }
    }
    for (n, code) in ACTORS {
        for rep in reps(ft1.field(n)) {
            let actor = xcn::contained(scope, &mut draft, rep);
            if !actor.is_empty() {
                let function = build::code(system::v2_table("0443"), code, ());
                draft.add("performer", Object::new().set("function", function).set("actor", actor));
            }
        }
    }
    if let Some(rep) = one(ft1, 32) {
        let facility = xon::contained(&mut draft, rep);
        draft.put("performingOrganization", facility);
    }
    if let Some(rep) = one(ft1, 13) {
        let department = build::untitled(Kind::Organization)
            .push("identifier", Object::new().set("value", comp(rep, 1)))
            .set("name", cwe::text(rep));
        let department = draft.contain(department);
        let taken = draft.object.get("performingOrganization").is_some();
        draft.put(if taken { "costCenter" } else { "performingOrganization" }, department);
    }
    if let Some(rep) = one(ft1, 16) {
        let place = pl::location(&mut draft, rep);
        let url = "http://hl7.org/fhir/StructureDefinition/event-location";
        draft.add("extension", build::extension(url, "valueReference", place));
    }
    draft.put("quantity", build::quantity(&field(ft1, 10), (), (), (), ()));
    money(&mut draft, ft1);
    if let Some(rep) = one(ft1, 24) {
        let enterer = xcn::contained(scope, &mut draft, rep);
        draft.put("enterer", enterer);
    }
    draft.put("enteredDate", scope.date_time(&field(ft1, 5)));
    for rep in reps(ft1.field(19)) {
        draft.add("reason", cwe::concept(rep, ""));
    }
    service(folder, &mut draft, ft1);
    dispensed(folder, &mut draft, ft1);
    product(&mut draft, ft1);
    draft.add("account", account.map(build::reference));
    for n in [8, 9] {
        draft.add("note", Object::new().set("text", prose(ft1.field(n).comp(1))));
    }
    folder.file(draft);
}

/// FT1-11 the whole amount, else FT1-12 of one; FT1-22 what one costs.
fn money(draft: &mut Draft, ft1: Segment<'_>) {
    let amount = |n| {
        one(ft1, n).map(|rep| {
            let (value, currency) = (sub(rep.comp(1), 1), sub(rep.comp(1), 2));
            Object::new().set("value", build::decimal(&value)).set("currency", currency)
        })
    };
    let has_value = |money: &Object| money.get("value").is_some();
    draft.put("priceOverride", [11, 12].into_iter().filter_map(amount).find(has_value));
}

/// FT1-34 and 35: the item; else FT1-29, the drug, when it is not told as a dispense.
fn product(draft: &mut Draft, ft1: Segment<'_>) {
    let mut item = build::untitled(Kind::Device);
    if let Some(rep) = one(ft1, 34) {
        item.add("identifier", Object::new().set("value", comp(rep, 1)));
    }
    item.put("modelNumber", field(ft1, 35));
    let item = draft.contain(item);
    if !item.is_empty() {
        draft.put("productReference", item);
    } else if one(ft1, 42).is_none() && one(ft1, 43).is_none() {
        draft.put("productCodeableConcept", one(ft1, 29).map(|rep| cwe::concept(rep, "")));
    }
}

/// FT1-42, 43 and 29: the prescription that is charged for.
fn dispensed(folder: &Folder<'_>, draft: &mut Draft, ft1: Segment<'_>) {
    let script = field(ft1, 42);
    let quantity = one(ft1, 43).map(super::tq1::cq).unwrap_or_default();
    if script.is_empty() && quantity.is_empty() {
        return;
    }
    let drug = one(ft1, 29).map(|rep| cwe::concept(rep, "")).unwrap_or_default();
    let dispense = build::untitled(Kind::MedicationDispense)
        .push("identifier", Object::new().set("value", script))
        .set("status", "unknown")
        .set("medicationCodeableConcept", if drug.is_empty() { Object::new().set("text", "?") } else { drug })
        .set("subject", folder.subject())
        .set("quantity", quantity);
    let dispense = draft.contain(dispense);
    draft.add("service", dispense);
}

/// FT1-25 with its modifiers: the procedure that is charged for.
fn service(folder: &Folder<'_>, draft: &mut Draft, ft1: Segment<'_>) {
    let Some(rep) = one(ft1, 25) else { return };
    let mut code = cwe::concept(rep, "");
    for modifier in reps(ft1.field(26)) {
        for coding in
            cwe::concept(modifier, "HL70340").get("coding").map(fhir::Json::items).unwrap_or_default()
        {
            code.add("coding", coding.clone());
        }
    }
    let procedure = build::untitled(Kind::Procedure)
        .set("status", "completed")
        .set("code", code)
        .set("subject", folder.subject());
    let procedure = draft.contain(procedure);
    draft.add("service", procedure);
}
