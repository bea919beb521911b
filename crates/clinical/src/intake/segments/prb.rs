//! PRB to Condition on the problem list. HL7's maps have no row for it (docs/mapping/own-maps.md).

use super::{nte, obx};
use crate::intake::datatypes::{cwe, ei};
use crate::intake::folder::Folder;
use crate::intake::groups::Trouble;
use crate::intake::reading::{comp, field, one, prose};
use fhir::{Kind, Object, build, system};
use hl7v2::Segment;

const CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/condition-clinical";

/// Codes of condition-clinical.
const CLINICAL_CODES: &[&str] = &["active", "recurrence", "relapse", "inactive", "remission", "resolved"];
/// Codes of condition-ver-status.
const VERIFICATION_CODES: &[&str] =
    &["unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error"];

/// Proposes the problem with what was observed about it. `deleted` when the trigger takes it back (PPR PC3).
pub(crate) fn file(folder: &mut Folder<'_>, problem: &Trouble<'_>, deleted: bool) {
    let (scope, prb) = (folder.scope, problem.prb);
    let code = one(prb, 3);
    let number = one(prb, 4).map(ei::key).unwrap_or_default();
    let code_key = code.map(cwe::key).unwrap_or_default();
    if code.is_none() && number.is_empty() {
        scope.note(
            "PRB says neither what the problem is (PRB-3) nor which one (PRB-4)",
            "it was left out",
            "PRB ne dit ni quel est le problème (PRB-3) ni lequel (PRB-4)",
            "il a été laissé de côté",
        );
        return;
    }
    let mut draft = if number.is_empty() {
        folder.draft(Kind::Condition, &["PRB", &code_key, &field(prb, 16)])
    } else {
        folder.draft(Kind::Condition, &["PRB", &number])
    };
    for n in [4, 5] {
        draft.add("identifier", one(prb, n).map(|rep| ei::identifier(rep, "")));
    }
    let withdrawn = deleted || field(prb, 1) == "DE";
    if withdrawn {
        draft.put("verificationStatus", build::code(system::CONDITION_VERIFICATION, "entered-in-error", ()));
    } else {
        draft.put("clinicalStatus", clinical(prb));
        draft.put("verificationStatus", coded(prb, 13, VERIFICATION_CODES, system::CONDITION_VERIFICATION));
    }
    let kind = "http://terminology.hl7.org/CodeSystem/condition-category";
    draft.add("category", build::code(kind, "problem-list-item", "Problem List Item"));
    for n in [10, 11] {
        draft.add("category", one(prb, n).map(|rep| cwe::concept(rep, "")));
    }
    draft.put("code", code.map(|rep| cwe::concept(rep, "")));
    draft.put("subject", folder.subject());
    draft.put("encounter", folder.visit());
    let onset = scope.date_time(&field(prb, 16));
    if onset.is_empty() {
        draft.put("onsetString", prose(prb.field(17).comp(1)));
    } else {
        draft.put("onsetDateTime", onset);
    }
    draft.put("abatementDateTime", scope.date_time(&field(prb, 9)));
    let established = scope.date_time(&field(prb, 7));
    draft.put(
        "recordedDate",
        if established.is_empty() { scope.date_time(&field(prb, 2)) } else { established },
    );
    for role in &problem.roles {
        let person = super::rol::role(scope, &mut draft, *role);
        // Neither element repeats: the first is who says so, the second who wrote it down.
        if draft.object.get("asserter").is_none() {
            draft.put("asserter", person);
        } else if draft.object.get("recorder").is_none() {
            draft.put("recorder", person);
        }
    }
    for (n, word) in [(12, "Persistence"), (19, "Certainty"), (21, "Awareness"), (22, "Prognosis")] {
        if let Some(rep) = one(prb, n) {
            draft.add("note", Object::new().set("text", format!("{word}: {}", cwe::text(rep))));
        }
    }
    if let Some(rep) = one(prb, 25) {
        let coding = cwe::coding(rep, "HL70177");
        if let Some(fhir::Json::Object(meta)) = draft.object.get_mut("meta") {
            meta.add("security", coding);
        }
    }
    nte::notes(scope, &mut draft, &problem.notes);
    let home = draft.key.id();
    for key in obx::attached(folder, &problem.observations, &home, None) {
        draft.add("evidence", Object::new().push("detail", build::reference(key)));
    }
    folder.file(draft);
}

/// PRB-14, else resolved when PRB-9 has come, else active.
fn clinical(prb: Segment<'_>) -> Object {
    let said = coded(prb, 14, CLINICAL_CODES, CLINICAL);
    if !said.is_empty() {
        return said;
    }
    let code = if field(prb, 9).is_empty() { "active" } else { "resolved" };
    build::code(CLINICAL, code, ())
}

/// A code of the value set that FHIR binds, with the sender's own beside it; only the sender's words otherwise, since
/// a foreign code would say nothing there.
fn coded(prb: Segment<'_>, n: usize, known: &[&'static str], system: &'static str) -> Object {
    let Some(rep) = one(prb, n) else { return Object::new() };
    let said = [comp(rep, 1), comp(rep, 2)];
    let found = known.iter().find(|code| said.iter().any(|text| text.eq_ignore_ascii_case(code)));
    let mut concept = Object::new();
    if let Some(code) = found {
        concept.add("coding", build::coding(system, *code, ()));
    }
    if found.is_none_or(|code| said[0] != *code) {
        for coding in cwe::concept(rep, "").get("coding").map(fhir::Json::items).unwrap_or_default() {
            concept.add("coding", coding.clone());
        }
    }
    if found.is_none() && system == CLINICAL {
        // Required binding: an unknown word is no state, and the problem stays active until told otherwise.
        concept.add("coding", build::coding(CLINICAL, "active", ()));
    }
    concept.set("text", cwe::text(rep))
}
