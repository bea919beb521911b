//! DG1 to Condition and Encounter.diagnosis (maps DG1[Condition], DG1[Encounter]).

use crate::intake::datatypes::{cwe, ei, xcn};
use crate::intake::draft::Draft;
use crate::intake::folder::Folder;
use crate::intake::reading::{field, one, prose, reps};
use crate::intake::tables::visits;
use fhir::{Kind, Object, ResourceKey, build, system};
use hl7v2::Segment;

/// Proposes the diagnosis, and adds it to the visit when there is one.
pub(crate) fn file(
    folder: &mut Folder<'_>,
    encounter: Option<&mut Draft>,
    dg1: Segment<'_>,
) -> Option<ResourceKey> {
    let scope = folder.scope;
    let code = one(dg1, 3);
    let description = prose(dg1.field(4).comp(1));
    let number = one(dg1, 20).map(ei::key).unwrap_or_default();
    let code_key = code.map(cwe::key).unwrap_or_default();
    if code.is_none() && description.is_empty() {
        return None;
    }
    let visit = encounter.as_ref().map(|draft| draft.key.id()).unwrap_or_default();
    let kind = field(dg1, 6);
    let told_apart = if code_key.is_empty() { description.to_lowercase() } else { code_key.into_owned() };
    let mut draft = if number.is_empty() {
        folder.draft(Kind::Condition, &[&visit, &kind, &told_apart])
    } else {
        folder.draft(Kind::Condition, &[&number])
    };
    draft.add("identifier", one(dg1, 20).map(|rep| ei::identifier(rep, "")));
    if field(dg1, 21) == "D" {
        draft.put("verificationStatus", build::code(system::CONDITION_VERIFICATION, "entered-in-error", ()));
    }
    draft.add(
        "category",
        build::code(
            "http://terminology.hl7.org/CodeSystem/condition-category",
            "encounter-diagnosis",
            "Encounter Diagnosis",
        ),
    );
    let mut concept = code.map(|rep| cwe::concept(rep, &field(dg1, 2))).unwrap_or_default();
    concept.put("text", &*description);
    draft.put("code", concept);
    draft.put("subject", folder.subject());
    draft.put("encounter", folder.visit());
    draft.put("onsetDateTime", scope.date_time(&field(dg1, 5)));
    let attested = scope.date_time(&field(dg1, 19));
    draft.put("recordedDate", attested.clone());
    let url = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate";
    draft.add("extension", build::extension(url, "valueDateTime", attested));
    if let Some(rep) = one(dg1, 22) {
        let parent = build::logical_reference(Kind::Condition, ei::identifier(rep, ""), ());
        let url = "http://hl7.org/fhir/StructureDefinition/condition-dueTo";
        draft.add("extension", build::extension(url, "valueReference", parent));
    }
    for (n, rep) in reps(dg1.field(16)).enumerate() {
        let person = xcn::contained(scope, &mut draft, rep);
        // Neither element repeats: the first clinician asserts, the second records.
        match n {
            0 => draft.put("asserter", person),
            1 => draft.put("recorder", person),
            _ => {}
        }
    }
    if let Some(encounter) = encounter {
        let rank = field(dg1, 15).parse::<u32>().ok().filter(|rank| *rank > 0);
        let diagnosis = Object::new()
            .set("condition", build::reference(draft.key))
            .set("use", one(dg1, 6).map(|rep| cwe::mapped(rep, "HL70052", visits::DIAGNOSIS_TYPE)))
            .set("rank", rank);
        encounter.add("diagnosis", diagnosis);
    }
    let key = draft.key;
    folder.file(draft);
    Some(key)
}
