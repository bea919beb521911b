//! AL1 and IAM to AllergyIntolerance (maps AL1[AllergyIntolerance], IAM[AllergyIntolerance]).

use super::nte;
use crate::intake::datatypes::{cwe, ei, xpn};
use crate::intake::folder::Folder;
use crate::intake::groups::Allergy;
use crate::intake::reading::{comp, field, one, prose, reps};
use crate::intake::tables::{self, visits};
use fhir::{Kind, Object, build, system};

/// Proposes the allergy.
pub(crate) fn file(folder: &mut Folder<'_>, allergy: &Allergy<'_>) {
    let (scope, segment) = (folder.scope, allergy.segment);
    let iam = segment.name() == "IAM";
    let Some(substance) = one(segment, 3).or_else(|| one(segment, 2)) else { return };
    let number = if iam { one(segment, 7).map(ei::key).unwrap_or_default() } else { String::new() };
    let substance_key = cwe::key(substance).to_lowercase();
    let mut draft = folder.draft(Kind::AllergyIntolerance, &[&number, &substance_key]);
    if iam {
        draft.add("identifier", one(segment, 7).map(|rep| ei::identifier(rep, "")));
    }
    let withdrawn = iam && field(segment, 6) == "D";
    if withdrawn {
        draft.put("verificationStatus", build::code(system::ALLERGY_VERIFICATION, "entered-in-error", ()));
    } else {
        let said = if iam { one(segment, 17) } else { None };
        draft.put(
            "clinicalStatus",
            said.map_or_else(
                || build::code(system::ALLERGY_CLINICAL, "active", "Active"),
                |rep| cwe::concept(rep, "HL70438"),
            ),
        );
    }
    let kind = field(segment, 2);
    draft.put("type", tables::code(visits::ALLERGY_TYPE, &kind));
    let category = tables::code(visits::ALLERGY_CATEGORY, &kind);
    if !category.is_empty() {
        draft.add("category", category);
    }
    if let Some(rep) = one(segment, 2) {
        let url = "http://hl7.org/fhir/StructureDefinition/alternate-codes";
        let code = build::extension(url, "valueCodeableConcept", cwe::concept(rep, "HL70127"));
        draft.add(
            if category.is_empty() { "extension" } else { "_category" },
            if category.is_empty() { code } else { Object::new().push("extension", code) },
        );
    }
    let severity = field(segment, 4).to_ascii_uppercase();
    draft.put("criticality", tables::code(visits::ALLERGY_CRITICALITY, &severity));
    if one(segment, 3).is_some() {
        let mut code = cwe::concept(substance, "");
        if let Some(rep) = one(segment, 27).filter(|_| iam) {
            for coding in cwe::concept(rep, "").get("coding").map(fhir::Json::items).unwrap_or_default() {
                code.add("coding", coding.clone());
            }
        }
        draft.put("code", code);
    }
    draft.put("patient", folder.subject());
    let onset = if iam { scope.date(&field(segment, 11)) } else { scope.date(&field(segment, 6)) };
    if onset.is_empty() && iam {
        draft.put("onsetString", field(segment, 12));
    }
    draft.put("onsetDateTime", onset);
    if iam {
        draft.put("recordedDate", scope.date_time(&field(segment, 13)));
        if let Some(rep) = one(segment, 14) {
            // IAM-15: whoever is something to the patient reports as a relative, not as a professional.
            let relation = one(segment, 15).filter(|rep| !matches!(&*comp(*rep, 1), "" | "\"\"" | "SEL"));
            let recorder = match relation {
                Some(relation) => build::untitled(Kind::RelatedPerson)
                    .set("patient", folder.subject())
                    .push("relationship", cwe::concept(relation, "HL70063")),
                None => build::untitled(Kind::Practitioner),
            };
            let recorder = recorder.push("name", xpn::human_name(scope, rep));
            let recorder = draft.contain(recorder);
            draft.put("recorder", recorder);
        }
    }
    let mut reaction = Object::new();
    for rep in reps(segment.field(5)) {
        let manifestation = if rep.comps().count() > 1 {
            cwe::concept(rep, "")
        } else {
            Object::new().set("text", prose(rep.comp(1)))
        };
        reaction.add("manifestation", manifestation);
    }
    if !reaction.is_empty() {
        reaction.put("severity", tables::code(visits::ALLERGY_SEVERITY, &severity));
        draft.add("reaction", reaction);
    }
    for iar in &allergy.reactions {
        // IAR (HL7 v2.7.1 3.4.17): reaction, severity, sensitivity and how it was managed.
        let mut further = Object::new();
        further.add("manifestation", one(*iar, 1).map(|rep| cwe::concept(rep, "")));
        if further.is_empty() {
            continue;
        }
        further.put("severity", tables::code(visits::ALLERGY_SEVERITY, &field(*iar, 2).to_ascii_uppercase()));
        further.add("note", Object::new().set("text", super::value::prose_of(iar.field(4))));
        draft.add("reaction", further);
    }
    nte::notes(scope, &mut draft, &allergy.notes);
    folder.file(draft);
}
