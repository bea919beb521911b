//! OBX to Observation (maps OBX[Observation], OBX[Observation-Component], OG[Extension-Subidentifier]).

use super::{nte, rol, value};
use crate::flags::Said;
use crate::intake::Gravity;
use crate::intake::attachment;
use crate::intake::datatypes::{cwe, ei, xad, xcn, xon};
use crate::intake::draft::Draft;
use crate::intake::folder::Folder;
use crate::intake::groups::Observed;
use crate::intake::reading::{comp, field, one, reps};
use crate::intake::scope::Scope;
use crate::intake::tables::{orders, systems};
use crate::results::Finality;
use fhir::{Instant, Json, Kind, Object, ResourceKey, build, system};
use hl7v2::Segment;

/// What stands around an observation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around<'a> {
    /// Its report.
    pub(crate) report: Option<ResourceKey>,
    /// Words that tell its report (or other home) from others.
    pub(crate) home: &'a str,
    /// What the report says when OBX-11 is empty.
    pub(crate) finality: Option<Finality>,
    /// OBR-7, for observations without a time of their own.
    pub(crate) effective: &'a str,
    /// OBR-22
    pub(crate) issued: &'a str,
    /// When the sender says that this version came to be.
    pub(crate) as_of: Instant,
    /// The specimen it was made on.
    pub(crate) specimen: Option<ResourceKey>,
    /// The specimen is what the observation is about (OBX under SPM).
    pub(crate) about_specimen: bool,
    /// Category code of table observation-category, empty when not known.
    pub(crate) category: &'static str,
    /// The order it answers.
    pub(crate) based_on: Option<ResourceKey>,
    /// The observation it goes back to: the organism of a susceptibility (OBR-26).
    pub(crate) derived_from: Option<&'a Object>,
    /// What it was observed in the course of: a vaccination, a dose, a dispense.
    pub(crate) part_of: Option<ResourceKey>,
}

impl<'a> Around<'a> {
    /// Outside any report; `home` tells it from others of the same code.
    pub(crate) fn loose(home: &'a str, as_of: Instant) -> Self {
        Self {
            report: None,
            home,
            finality: None,
            effective: "",
            issued: "",
            as_of,
            specimen: None,
            about_specimen: false,
            category: "",
            based_on: None,
            derived_from: None,
            part_of: None,
        }
    }
}

/// Proposes observations that hang on something that is no report; gives their keys in order.
pub(crate) fn attached(
    folder: &mut Folder<'_>,
    observations: &[Observed<'_>],
    home: &str,
    part_of: Option<ResourceKey>,
) -> Vec<ResourceKey> {
    let around = Around { part_of, ..Around::loose(home, folder.as_of) };
    observations.iter().map(|observed| file(folder, observed, &around)).collect()
}

/// Proposes the Observation of one OBX.
pub(crate) fn file(folder: &mut Folder<'_>, observed: &Observed<'_>, around: &Around<'_>) -> ResourceKey {
    let scope = folder.scope;
    let obx = observed.obx;
    let code = one(obx, 3);
    let code_key = code.map(cwe::key).unwrap_or_default();
    let sub_id = sub_id(obx);
    // Outside a report nothing but its time tells one measurement from the next.
    let mut draft = if around.report.is_some() {
        folder.draft(Kind::Observation, &[around.home, &code_key, &sub_id])
    } else {
        folder.draft(Kind::Observation, &[around.home, &code_key, &sub_id, &field(obx, 14)])
    };
    let (status, finality) = status(scope, obx, around.finality);
    if let Some(rep) = one(obx, 21) {
        draft.add("identifier", ei::identifier(rep, "FILL"));
    }
    draft.add("basedOn", around.based_on.map(build::reference));
    draft.add("partOf", around.part_of.map(build::reference));
    draft.put("status", Json::literal(status));
    if field(obx, 11) == "X" {
        let code = build::code(system::v2_table("0085"), "X", ());
        let url = "http://hl7.org/fhir/StructureDefinition/alternate-codes";
        draft.put(
            "_status",
            Object::new().push("extension", build::extension(url, "valueCodeableConcept", code)),
        );
    }
    category(&mut draft, obx, around.category);
    match code {
        Some(rep) => draft.put("code", cwe::concept(rep, "")),
        None => {
            scope.note(
                "OBX-3 is empty",
                "the observation was kept without saying what was observed",
                "OBX-3 est vide",
                "l'observation a été conservée sans dire ce qui a été observé",
            );
            draft.put("code", Object::new().set("text", "?"));
        }
    }
    draft.put("subject", folder.subject());
    if around.about_specimen {
        draft.add("focus", around.specimen.map(build::reference));
    }
    draft.put("encounter", folder.visit());
    let own = scope.date_time(&field(obx, 14));
    draft.put("effectiveDateTime", if own.is_empty() { around.effective } else { &own });
    draft.put("issued", around.issued);
    performers(scope, &mut draft, observed);
    let unit = value::unit(obx);
    values(scope, &mut draft, obx, &unit);
    for rep in reps(obx.field(8)) {
        draft.add("interpretation", cwe::mapped(rep, "HL70078", orders::INTERPRETATION));
    }
    nte::notes(scope, &mut draft, &observed.notes);
    if let Some(rep) = one(obx, 20) {
        draft.put("bodySite", cwe::concept(rep, "HL70163"));
    }
    methods(&mut draft, obx);
    draft.put("specimen", specimen(around, obx));
    devices(scope, &mut draft, observed);
    draft.add("referenceRange", value::reference_range(obx, &unit));
    extensions(scope, &mut draft, obx, &sub_id);
    draft.add("derivedFrom", around.derived_from.cloned());
    let key = draft.key;
    folder.observed.push((code_key.into_owned(), sub_id, key));
    folder.file_final(draft, finality, around.as_of, around.report);
    key
}

/// OBX-4 as it stands, components included.
fn sub_id(obx: Segment<'_>) -> String {
    value::prose_of(obx.field(4)).trim().to_owned()
}

/// The status and what it is worth. Codes that the concept map leaves open are in docs/mapping/disputes.md.
fn status(scope: &Scope<'_>, obx: Segment<'_>, report: Option<Finality>) -> (&'static str, Finality) {
    match &*field(obx, 11) {
        "F" | "U" | "V" | "N" => ("final", Finality::Final),
        "P" | "R" | "S" => ("preliminary", Finality::Preliminary),
        "I" | "O" => ("registered", Finality::Registered),
        "C" => ("corrected", Finality::Corrected),
        "A" | "B" => ("amended", Finality::Corrected),
        "D" | "W" => ("entered-in-error", Finality::Withdrawn),
        "X" => ("cancelled", Finality::Withdrawn),
        other => {
            if !other.is_empty() {
                scope.note(
                    &format!("OBX-11 \"{other}\" is no code of table 0085"),
                    "the status was taken from the report",
                    &format!("OBX-11 « {other} » n'est pas un code de la table 0085"),
                    "le statut a été repris du compte rendu",
                );
            }
            match report {
                Some(Finality::Final) => ("final", Finality::Final),
                Some(Finality::Corrected) => ("corrected", Finality::Corrected),
                Some(Finality::Withdrawn) => ("entered-in-error", Finality::Withdrawn),
                Some(Finality::Registered) => ("registered", Finality::Registered),
                Some(Finality::Preliminary) => ("preliminary", Finality::Preliminary),
                None => ("unknown", Finality::Preliminary),
            }
        }
    }
}

fn category(draft: &mut Draft, obx: Segment<'_>, category: &'static str) {
    if !category.is_empty() {
        draft.add(
            "category",
            build::code(Json::literal(system::OBSERVATION_CATEGORY), Json::literal(category), ()),
        );
    }
    let kind = field(obx, 29);
    if !kind.is_empty() {
        draft.add("category", build::code(system::v2_table("0936"), kind, ()));
    }
}

/// Why there is no value; where one was due, the feed's owner is told.
fn absent(scope: &Scope<'_>, obx: Segment<'_>) -> Object {
    if matches!(&*field(obx, 11), "F" | "C" | "A" | "B" | "U" | "V") {
        let set = field(obx, 1);
        scope.note(
            &format!("OBX-5 of OBX {set} is empty"),
            "it was filed without a value; send the value, or X in OBX-11 when none can be had",
            &format!("OBX-5 de OBX {set} est vide"),
            "versé sans valeur; envoyez la valeur, ou X dans OBX-11 s'il n'y en aura pas",
        );
    }
    value::absent(obx)
}

fn values(scope: &Scope<'_>, draft: &mut Draft, obx: Segment<'_>, unit: &cwe::Unit) {
    let kind = field(obx, 2);
    if matches!(&*kind, "ED" | "RP") {
        for rep in reps(obx.field(5)) {
            let url = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.valueAttachment";
            let pointer = attachment::without_data(attachment::read(scope, &kind, rep));
            draft.add("extension", build::extension(url, "valueAttachment", pointer));
        }
        return;
    }
    if value::is_prose(&kind) {
        let text = value::prose_of(obx.field(5));
        match value::measured(&kind, &text, unit) {
            Some(quantity) => draft.put("valueQuantity", quantity),
            None if text.trim().is_empty() => draft.put("dataAbsentReason", absent(scope, obx)),
            None => draft.put("valueString", text),
        }
    } else {
        let repetitions = value::repetitions(obx);
        match repetitions.as_slice() {
            [] => draft.put("dataAbsentReason", absent(scope, obx)),
            [only] => match value::value(scope, &kind, *only, unit) {
                Some((element, value)) => draft.put(element, value),
                None => draft.put("dataAbsentReason", absent(scope, obx)),
            },
            several => {
                let code = draft.object.get("code").cloned();
                for rep in several {
                    if let Some((element, value)) = value::value(scope, &kind, *rep, unit) {
                        draft.add("component", Object::new().set("code", code.clone()).set(element, value));
                    }
                }
            }
        }
    }
    if !WITH_UNIT.iter().any(|element| draft.object.get(element).is_some()) {
        // A unit beside a value that cannot carry one is not lost.
        draft.add("extension", build::extension(systems::UNIT, "valueString", &*unit.text));
    }
}

/// Elements that carry the unit themselves.
const WITH_UNIT: &[&str] = &["valueQuantity", "valueRange", "valueRatio", "valueSampledData", "component"];

fn performers(scope: &Scope<'_>, draft: &mut Draft, observed: &Observed<'_>) {
    let obx = observed.obx;
    for rep in reps(obx.field(16)) {
        let person = xcn::contained(scope, draft, rep);
        draft.add("performer", person);
    }
    for rep in reps(obx.field(15)) {
        let producer = draft.contain(xon::of_cwe(rep));
        draft.add("performer", producer);
    }
    let mut organization = one(obx, 23).map(|rep| xon::organization(draft, rep)).unwrap_or_default();
    if let Some(rep) = one(obx, 24) {
        if organization.is_empty() {
            organization = build::untitled(Kind::Organization);
        }
        organization.add("address", xad::address(scope, rep));
    }
    let organization = draft.contain(organization);
    match one(obx, 25) {
        Some(rep) => {
            let director = xcn::contained(scope, draft, rep);
            let shown = organization.get("display").or_else(|| director.get("display")).cloned();
            let role = build::untitled(Kind::PractitionerRole)
                .set("practitioner", director)
                .set("organization", organization)
                .push("code", build::code(system::v2_table("0912"), "MDIR", "Medical Director"));
            let role = draft.contain(role).set("display", shown);
            draft.add("performer", role);
        }
        None => draft.add("performer", organization),
    }
    for segment in &observed.roles {
        let role = rol::role(scope, draft, *segment);
        draft.add("performer", role);
    }
}

fn methods(draft: &mut Draft, obx: Segment<'_>) {
    // Observation.method does not repeat: further methods are further codings.
    let mut method = Object::new();
    for rep in reps(obx.field(17)) {
        let next = cwe::concept(rep, "");
        if method.is_empty() {
            method = next;
        } else {
            for coding in next.get("coding").map(Json::items).unwrap_or_default() {
                method.add("coding", coding.clone());
            }
        }
    }
    draft.put("method", method);
}

fn specimen(around: &Around<'_>, obx: Segment<'_>) -> Object {
    if let Some(rep) = one(obx, 33)
        && around.specimen.is_none()
    {
        let placer = ei::of_comp(rep.comp(1), "PGN");
        let identifier = if placer.is_empty() { ei::of_comp(rep.comp(2), "FGN") } else { placer };
        return build::logical_reference(Kind::Specimen, identifier, ());
    }
    around.specimen.map(build::reference).unwrap_or_default()
}

fn devices(scope: &Scope<'_>, draft: &mut Draft, observed: &Observed<'_>) {
    let mut device = build::untitled(Kind::Device);
    for rep in reps(observed.obx.field(18)) {
        device.add("identifier", ei::identifier(rep, ""));
    }
    if device.len() <= 1
        && let Some(other) =
            observed.roles.iter().map(|role| rol::device(scope, *role)).find(|part| part.len() > 1)
    {
        device = other;
    }
    let device = draft.contain(device);
    draft.put("device", device);
}

fn extensions(scope: &Scope<'_>, draft: &mut Draft, obx: Segment<'_>, sub_id: &str) {
    if !sub_id.is_empty() {
        let mut extension =
            Object::new().set("url", "http://hl7.org/fhir/StructureDefinition/observation-v2-subid");
        let rep = obx.field(4).first();
        extension.add("extension", build::extension("original-sub-identifier", "valueString", sub_id));
        for (n, url) in [(2, "group"), (3, "sequence")] {
            extension.add("extension", build::extension(url, "valueDecimal", build::decimal(&comp(rep, n))));
        }
        extension.add("extension", build::extension("identifier", "valueString", comp(rep, 4)));
        draft.add("extension", extension);
    }
    for rep in reps(obx.field(10)) {
        let nature = cwe::concept(rep, "HL70080");
        let url = "http://hl7.org/fhir/StructureDefinition/observation-nature-of-abnormal-test";
        draft.add("extension", build::extension(url, "valueCodeableConcept", nature));
    }
    let analysed = scope.date_time(&field(obx, 19));
    let url = "http://hl7.org/fhir/StructureDefinition/observation-analysis-date-time";
    draft.add("extension", build::extension(url, "valueDateTime", analysed));
    let structure = field(obx, 30);
    if !structure.is_empty() {
        let url = "http://hl7.org/fhir/StructureDefinition/observation-structure-type";
        let code = build::code(system::v2_table("0937"), structure, ());
        draft.add("extension", build::extension(url, "valueCodeableConcept", code));
    }
}

/// How grave OBX-8 is: table 0078, and the codes that senders use beside it for results that must be called.
/// A flag that nobody knows is a flag.
pub(crate) fn gravity(obx: Segment<'_>) -> Gravity {
    reps(obx.field(8)).map(|rep| grave(Said::of(&comp(rep, 1)))).max().unwrap_or(Gravity::Normal)
}

fn grave(said: Said) -> Gravity {
    if said.is_critical() {
        Gravity::Critical
    } else if said.is_flag() {
        Gravity::Abnormal
    } else {
        Gravity::Normal
    }
}
