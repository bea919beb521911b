//! PV1 and PV2 to Encounter (maps PV1[Encounter], PV2[Encounter], MSH[Encounter]).

use super::rol;
use crate::intake::datatypes::{cwe, cx, pl, xcn, xon};
use crate::intake::draft::Draft;
use crate::intake::folder::Folder;
use crate::intake::groups::Group;
use crate::intake::reading::{comp, field, one, prose, reps, yes_or_no};
use crate::intake::scope::Scope;
use crate::intake::tables::{self, visits};
use crate::results::Standing;
use fhir::{Kind, Object, build, system};
use hl7v2::Segment;

/// Field, code and display of table ParticipationType.
const PARTICIPANTS: [(usize, &str, &str); 5] = [
    (7, "ATND", "attender"),
    (8, "REF", "referrer"),
    (9, "CON", "consultant"),
    (17, "ADM", "admitter"),
    (52, "PART", "Participation"),
];

/// Field and status of the places of a visit.
const PLACES: [(usize, &str); 5] =
    [(3, "active"), (6, "completed"), (11, "active"), (42, "reserved"), (43, "completed")];

/// A visit begun but not yet proposed: diagnoses may still be added.
pub(crate) fn draft(folder: &mut Folder<'_>, group: &Group<'_>, trigger: &str) -> Option<Draft> {
    let pv1 = group.pv1?;
    let scope = folder.scope;
    let number = one(pv1, 19);
    let value = number.map(|rep| comp(rep, 1)).unwrap_or_default();
    let admitted = field(pv1, 44);
    let class = field(pv1, 2);
    let episode = one(pv1, 54);
    if value.is_empty() && class.is_empty() && admitted.is_empty() && pv1.fields_len() < 2 {
        return None;
    }
    if is_no_visit(pv1) {
        return None;
    }
    let mut draft = if value.is_empty() {
        folder.draft(Kind::Encounter, &["admitted", &admitted, &class])
    } else {
        let authority = number.map(|rep| comp(rep, 4)).unwrap_or_default();
        folder.draft(Kind::Encounter, &[&authority, &value])
    };
    if let Some(rep) = number {
        let identifier = cx::with_type(scope, &mut draft, rep, "VN");
        draft.add("identifier", identifier);
    }
    for rep in reps(pv1.field(50)) {
        {
            let identifier = cx::identifier(scope, &mut draft, rep);
            draft.add("identifier", identifier);
        };
    }
    draft.put("status", status(pv1, trigger));
    draft.put("class", class_coding(pv1));
    if let Some(rep) = one(pv1, 4) {
        draft.add("type", cwe::concept(rep, "HL70007"));
    }
    if let Some(rep) = one(pv1, 10) {
        draft.put("serviceType", cwe::mapped(rep, "HL70069", visits::HOSPITAL_SERVICE));
    }
    if let Some(rep) = group.pv2.and_then(|pv2| one(pv2, 25)) {
        draft.put("priority", cwe::mapped(rep, "HL70217", visits::PRIORITY));
    }
    draft.put("subject", folder.subject());
    if let Some(rep) = episode {
        let identifier = cx::identifier(scope, &mut draft, rep);
        let description = field(pv1, 53);
        draft.add("episodeOfCare", build::logical_reference(Kind::EpisodeOfCare, identifier, description));
    }
    participants(scope, &mut draft, pv1, group.pv2);
    for role in &group.visit_roles {
        rol::participant(scope, &mut draft, *role);
    }
    draft.put("period", build::period(scope.date_time(&admitted), scope.date_time(&field(pv1, 45))));
    if let Some(rep) = group.pv2.and_then(|pv2| one(pv2, 23)) {
        let provider = xon::contained(&mut draft, rep);
        draft.put("serviceProvider", provider);
    }
    if let Some(pv2) = group.pv2 {
        if let Some(rep) = one(pv2, 3) {
            draft.add("reasonCode", cwe::concept(rep, ""));
        }
        length(&mut draft, pv2);
    }
    hospitalization(scope, &mut draft, pv1);
    places(&mut draft, pv1, group.pv2);
    extensions(scope, &mut draft, group.pv2);
    folder.encounter = Some(draft.key);
    Some(draft)
}

/// PV1 stands because the structure asks for it and says that there is no visit: class N, "not applicable", of table
/// 0004 and nothing else (HL7 v2.5.1 3.3.28, person-level registration).
fn is_no_visit(pv1: Segment<'_>) -> bool {
    field(pv1, 2) == "N" && (3..=pv1.fields_len()).all(|n| field(pv1, n).is_empty())
}

/// Proposes the visit.
pub(crate) fn file(folder: &mut Folder<'_>, draft: Draft, standing: Standing) {
    folder.file_as(draft, standing, None);
}

/// What happened decides first (A11 cancels, A03 ends), then the discharge time, then the class.
fn status(pv1: Segment<'_>, trigger: &str) -> &'static str {
    match trigger {
        "A11" | "A27" | "A38" => return "cancelled",
        "A03" => return "finished",
        "A12" | "A13" | "A22" | "A52" => return "in-progress",
        "A21" | "A53" => return "onleave",
        "A23" => return "entered-in-error",
        "A05" | "A14" => return "planned",
        _ => {}
    }
    if !field(pv1, 45).is_empty() {
        return "finished";
    }
    match tables::code(visits::CLASS_STATUS, &field(pv1, 2)) {
        "" | "unknown" if matches!(trigger, "A01" | "A02" | "A04") => "in-progress",
        "" => "unknown",
        known => known,
    }
}

fn class_coding(pv1: Segment<'_>) -> Object {
    let Some(rep) = one(pv1, 2) else {
        // Encounter.class is required: what is not said is said to be unknown.
        return build::coding("http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "UNK", "unknown");
    };
    match tables::row(visits::CLASS, &comp(rep, 1)) {
        Some(row) => build::coding(row.system, row.code, row.display),
        None => cwe::coding(rep, "HL70004"),
    }
}

fn participants(scope: &Scope<'_>, draft: &mut Draft, pv1: Segment<'_>, pv2: Option<Segment<'_>>) {
    for (n, code, display) in PARTICIPANTS {
        for rep in reps(pv1.field(n)) {
            participant(scope, draft, rep, code, display);
        }
    }
    for rep in pv2.into_iter().flat_map(|pv2| reps(pv2.field(13))) {
        participant(scope, draft, rep, "REF", "referrer");
    }
}

fn participant(
    scope: &Scope<'_>,
    draft: &mut Draft,
    rep: hl7v2::Rep<'_>,
    code: &'static str,
    display: &'static str,
) {
    let person = xcn::contained(scope, draft, rep);
    if !person.is_empty() {
        let kind = build::concept([build::coding(system::PARTICIPATION_TYPE, code, display)], display);
        draft.add("participant", Object::new().push("type", kind).set("individual", person));
    }
}

fn length(draft: &mut Draft, pv2: Segment<'_>) {
    let days = field(pv2, 11);
    draft.put("length", build::quantity(&days, (), "days", system::UCUM, "d"));
}

fn hospitalization(scope: &Scope<'_>, draft: &mut Draft, pv1: Segment<'_>) {
    let mut stay = Object::new();
    stay.put("preAdmissionIdentifier", one(pv1, 5).map(|rep| cx::identifier(scope, draft, rep)));
    stay.put("admitSource", one(pv1, 14).map(|rep| cwe::concept(rep, "HL70023")));
    stay.put("reAdmission", one(pv1, 13).map(|rep| cwe::concept(rep, "HL70092")));
    for rep in reps(pv1.field(38)) {
        stay.add("dietPreference", cwe::concept(rep, "HL70114"));
    }
    for rep in reps(pv1.field(16)) {
        stay.add("specialCourtesy", cwe::concept(rep, "HL70099"));
    }
    for rep in reps(pv1.field(15)) {
        stay.add("specialArrangement", cwe::mapped(rep, "HL70009", visits::AMBULATORY));
    }
    if let Some(rep) = one(pv1, 37) {
        // DLD.1 is itself a coded value in later versions and stands in sub-components there.
        let part = rep.comp(1);
        let (code, text) = (crate::intake::reading::sub(part, 1), crate::intake::reading::sub(part, 2));
        let kind = build::concept(
            [build::coding(fhir::system::v2_table("0113"), &*code, &*text)],
            if text.is_empty() { &*code } else { &*text },
        );
        let destination = build::untitled(Kind::Location)
            .set("name", if text.is_empty() { &*code } else { &*text })
            .push("type", kind);
        stay.put("destination", draft.contain(destination));
    }
    stay.put("dischargeDisposition", one(pv1, 36).map(|rep| cwe::concept(rep, "HL70112")));
    draft.put("hospitalization", stay);
}

fn places(draft: &mut Draft, pv1: Segment<'_>, pv2: Option<Segment<'_>>) {
    let planned = field(pv1, 2) == "P";
    for (n, status) in PLACES {
        let Some(rep) = one(pv1, n) else { continue };
        let bed = if n == 3 { one(pv1, 40) } else { None };
        let place = pl::located(draft, rep, bed);
        if place.is_empty() {
            continue;
        }
        let status = if n == 3 && planned { "planned" } else { status };
        draft.add("location", Object::new().set("location", place).set("status", status));
    }
    if let Some(rep) = pv2.and_then(|pv2| one(pv2, 1)) {
        let place = pl::location(draft, rep);
        if !place.is_empty() {
            draft.add("location", Object::new().set("location", place).set("status", "planned"));
        }
    }
}

fn extensions(scope: &Scope<'_>, draft: &mut Draft, pv2: Option<Segment<'_>>) {
    let Some(pv2) = pv2 else { return };
    for (n, url) in [
        (8, "http://hl7.org/fhir/5.0/StructureDefinition/extension-Encounter.plannedStartDate"),
        (9, "http://hl7.org/fhir/5.0/StructureDefinition/extension-Encounter.plannedEndDate"),
    ] {
        draft.add("extension", build::extension(url, "valueDateTime", scope.date_time(&field(pv2, n))));
    }
    if let Some(rep) = one(pv2, 38) {
        let coding = cwe::coding(rep, "HL70430");
        let url = "http://hl7.org/fhir/StructureDefinition/encounter-modeOfArrival";
        draft.add("extension", build::extension(url, "valueCoding", coding));
    }
    let description = prose(pv2.field(12).comp(1));
    if !description.is_empty() {
        let div = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{}</div>", escaped(&description));
        draft.put("text", Object::new().set("status", "additional").set("div", div));
    }
    if let Some(fhir::Json::Object(meta)) = draft.object.get_mut("meta")
        && yes_or_no(&field(pv2, 22)) == Some(true)
    {
        // The visit is protected: the indicator of table 0136 itself (map PV2[Encounter] PV2-22).
        meta.add("security", build::coding(system::v2_table("0136"), "Y", "Yes"));
    }
}

/// Text inside XHTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
