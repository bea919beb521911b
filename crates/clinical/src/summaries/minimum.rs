//! What a summary must have at the least: the elements that IPS 2.0 and FHIR R4 (Bundle of type document) require, as a
//! table of ours. It is no validator of the whole profile.

use super::SECTIONS;
use fhir::{Json, Object};
use std::collections::BTreeSet;

/// Required elements by type: of the names in a row one must stand.
const REQUIRED: &[(&str, &[&[&str]])] = &[
    ("Bundle", &[&["identifier"], &["type"], &["timestamp"], &["entry"]]),
    (
        "Composition",
        &[&["status"], &["type"], &["subject"], &["date"], &["author"], &["title"], &["section"]],
    ),
    ("Patient", &[&["name"], &["birthDate", "_birthDate"]]),
    ("AllergyIntolerance", &[&["code"], &["patient"]]),
    ("Condition", &[&["code"], &["subject"]]),
    (
        "MedicationRequest",
        &[&["status"], &["intent"], &["medicationCodeableConcept", "medicationReference"], &["subject"]],
    ),
    ("MedicationStatement", &[&["status"], &["medicationCodeableConcept"], &["subject"]]),
    (
        "MedicationDispense",
        &[&["status"], &["medicationCodeableConcept", "medicationReference"], &["subject"]],
    ),
    (
        "MedicationAdministration",
        &[&["status"], &["medicationCodeableConcept", "medicationReference"], &["subject"]],
    ),
    (
        "Immunization",
        &[
            &["status"],
            &["vaccineCode"],
            &["patient"],
            &["occurrenceDateTime", "occurrenceString", "_occurrenceDateTime"],
        ],
    ),
    (
        "Procedure",
        &[
            &["status"],
            &["code"],
            &["subject"],
            &["performedDateTime", "performedPeriod", "performedString", "_performedDateTime"],
        ],
    ),
    (
        "Observation",
        &[
            &["status"],
            &["code"],
            &["subject"],
            &["effectiveDateTime", "effectivePeriod", "_effectiveDateTime"],
        ],
    ),
    ("Appointment", &[&["status"], &["participant"]]),
    ("ServiceRequest", &[&["status"], &["intent"], &["subject"]]),
    ("Device", &[&["deviceName"]]),
];

/// Types that a section may refer to, by its LOINC code.
const REFERRED: &[(&str, &[&str])] = &[
    ("48765-2", &["AllergyIntolerance"]),
    (
        "10160-0",
        &["MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration"],
    ),
    ("11450-4", &["Condition"]),
    ("30954-2", &["Observation"]),
    ("11369-6", &["Immunization"]),
    ("47519-4", &["Procedure"]),
    ("18776-5", &["Appointment", "ServiceRequest"]),
];

/// What the document lacks of the minimum, in words for whoever made it; nothing when it has all.
#[must_use]
pub fn lacks(bundle: &Object) -> Vec<String> {
    let mut lacking = Vec::new();
    required(bundle, &mut lacking);
    if bundle.text("type") != Some("document") {
        lacking.push("Bundle.type is not document".to_owned());
    }
    let entries = bundle.objects("entry");
    let urls: Vec<&str> = entries.iter().filter_map(|entry| entry.text("fullUrl")).collect();
    if urls.len() != entries.len() || urls.iter().collect::<BTreeSet<_>>().len() != urls.len() {
        lacking.push("an entry has no fullUrl of its own".to_owned());
    }
    let resources: Vec<&Object> = entries.iter().filter_map(|entry| entry.object("resource")).collect();
    for resource in &resources {
        required(resource, &mut lacking);
    }
    let first = resources.first().filter(|resource| resource.text("resourceType") == Some("Composition"));
    let Some(composition) = first else {
        lacking.push("the first entry is no Composition".to_owned());
        return lacking;
    };
    let kind = |url: &str| {
        let at = urls.iter().position(|known| *known == url)?;
        resources.get(at)?.text("resourceType")
    };
    if composition.text("subject.reference").and_then(kind) != Some("Patient") {
        lacking.push("Composition.subject is no Patient of the bundle".to_owned());
    }
    let sections = composition.objects("section");
    for section in &SECTIONS {
        let Some(told) = sections.iter().find(|s| s.text("code.coding.code") == Some(section.code.0)) else {
            lacking.push(format!("section {} is missing", section.code.0));
            continue;
        };
        for element in ["title", "text.div"] {
            if told.text(element).is_none() {
                lacking.push(format!("section {} has no {element}", section.code.0));
            }
        }
        let refers = told.texts("entry.reference");
        // What is kept back has no entry that would say that nothing is known of it.
        let withheld = told.text("emptyReason.coding.code") == Some("withheld");
        if section.required.is_some() && refers.is_empty() && !withheld {
            lacking.push(format!("section {} has no entry", section.code.0));
        }
        // FHIR R4 cmp-2, IPS 2.0: entries or the reason why there is none.
        if refers.is_empty() != told.get("emptyReason").is_some() {
            lacking.push(format!(
                "section {} has both entries and a reason for none, or neither",
                section.code.0
            ));
        }
        let allowed = REFERRED.iter().find(|(code, _)| *code == section.code.0).map_or(&[][..], |(_, k)| *k);
        for to in refers {
            if !kind(to).is_some_and(|kind| allowed.contains(&kind)) {
                lacking.push(format!(
                    "section {} refers to {to}, which is no entry of its types",
                    section.code.0
                ));
            }
        }
    }
    let known: BTreeSet<&str> = urls.iter().copied().collect();
    for resource in &resources {
        unresolved(&Json::Object((*resource).clone()), &known, &mut lacking);
    }
    lacking
}

fn required(resource: &Object, lacking: &mut Vec<String>) {
    let kind = resource.text("resourceType").unwrap_or_default();
    let Some((_, elements)) = REQUIRED.iter().find(|(known, _)| *known == kind) else {
        lacking.push(format!("a resource of type {kind:?} does not belong here"));
        return;
    };
    for names in *elements {
        if !names.iter().any(|name| resource.get(name).is_some()) {
            lacking.push(format!("{kind} has no {}", names.join(" or ")));
        }
    }
    if kind != "Bundle" && kind != "Composition" && resource.get("text").is_some() {
        lacking.push(format!("{kind} brings the narrative of its source"));
    }
}

fn unresolved(value: &Json, known: &BTreeSet<&str>, lacking: &mut Vec<String>) {
    match value {
        Json::Object(object) => {
            for (key, value) in object.iter() {
                match (key, value.as_str()) {
                    ("reference", Some(to)) if !to.starts_with('#') && !known.contains(to) => {
                        lacking.push(format!("{to} is not in the bundle"));
                    }
                    _ => unresolved(value, known, lacking),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| unresolved(item, known, lacking)),
        _ => {}
    }
}
