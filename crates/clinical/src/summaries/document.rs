//! The summary as a FHIR document Bundle: every reference resolves inside it or is gone, nobody else's HTML is in it.

use super::{Content, Entry, Kept, SECTIONS, Section, Summary, more, remark};
use crate::rendering::Language;
use crate::words::Words;
use fhir::build::{code, coding, concept};
use fhir::{Json, Kind, Object, ResourceKey, system};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Profiles of IPS 2.0 and PS-CA 2.1 that the document is shaped after.
const BUNDLE_PROFILES: [&str; 2] = [
    "http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips",
    "http://fhir.infoway-inforoute.ca/io/psca/StructureDefinition/bundle-ca-ps",
];
const COMPOSITION_PROFILES: [&str; 2] = [
    "http://hl7.org/fhir/uv/ips/StructureDefinition/Composition-uv-ips",
    "http://fhir.infoway-inforoute.ca/io/psca/StructureDefinition/composition-ca-ps",
];
/// LOINC: patient summary document.
const SUMMARY: &str = "60591-5";
/// What stands for "no information" in a required section (IPS).
pub(super) const ABSENT: &str = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips";
/// Why a section is empty (FHIR R4).
const EMPTY_REASON: &str = "http://terminology.hl7.org/CodeSystem/list-empty-reason";
/// Why a required element has no value (FHIR R4).
const ABSENT_REASON: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// Elements that IPS requires and sources leave out: by type, the choice's names, and the one that says it is not known.
const TIMES: &[(Kind, &[&str], &str)] = &[
    (Kind::Procedure, &["performedDateTime", "performedPeriod", "performedString"], "_performedDateTime"),
    (Kind::Immunization, &["occurrenceDateTime", "occurrenceString"], "_occurrenceDateTime"),
    (Kind::Observation, &["effectiveDateTime", "effectivePeriod"], "_effectiveDateTime"),
    (Kind::Patient, &["birthDate"], "_birthDate"),
];

/// The document, in one language. The same summary gives the same bytes.
#[must_use]
pub fn document(summary: &Summary, language: Language) -> Vec<u8> {
    let of = |words: &Words| if language == Language::French { words.fr.clone() } else { words.en.clone() };
    let tag = if language == Language::French { "fr-CA" } else { "en-CA" };
    let whose: Vec<String> = summary.subject.records.iter().map(ToString::to_string).collect();
    let name = |part: &str| urn(&format!("{part} {} {} {tag}", whose.join(" "), summary.made));
    let (patient, device) = (urn(&format!("Patient {}", whose.join(" "))), urn("opor"));
    let places: HashMap<String, String> = summary
        .subject
        .records
        .iter()
        .map(|record| (ResourceKey::patient(*record).reference(), patient.clone()))
        .chain(entries(summary).map(|entry| (entry.key.reference(), urn(&entry.key.reference()))))
        .collect();

    let mut resources: Vec<(String, Object)> = Vec::new();
    let mut sections = Vec::with_capacity(SECTIONS.len());
    for section in &SECTIONS {
        let Some(content) = summary.contents.iter().find(|content| content.part == section.part) else {
            continue;
        };
        let mut refers: Vec<String> = Vec::new();
        for entry in &content.entries {
            let url = urn(&entry.key.reference());
            if !resources.iter().any(|(known, _)| *known == url) {
                resources.push((url.clone(), fitted(entry.object.clone(), entry.key.kind, &places)));
            }
            refers.push(url);
        }
        // "No information" is said of what this record lacks, and never of what it keeps back.
        if let (true, Some(absent), Kept::Nothing) = (refers.is_empty(), section.required, content.kept) {
            let url = name(absent);
            resources.push((url.clone(), no_information(section, absent, &patient)));
            refers.push(url);
        }
        sections.push(told(section, content, &refers, language));
    }
    let composition = Object::new()
        .set("resourceType", Json::literal("Composition"))
        .set("id", bare(&name("Composition")))
        .set("meta", Object::new().push_all("profile", COMPOSITION_PROFILES))
        .set("language", tag)
        .set("identifier", uri(&name("Composition identifier")))
        .set("status", "final")
        .set("type", code(system::LOINC, SUMMARY, "Patient summary Document"))
        .set("subject", Object::new().set("reference", patient.clone()))
        .set("date", summary.made.to_string())
        .push("author", Object::new().set("reference", device.clone()))
        .set("title", of(&Words::new("Patient summary", "Sommaire du patient")))
        .set("confidentiality", if is_restricted(summary) { "R" } else { "N" })
        .push_all("section", sections);
    let author = Object::new()
        .set("resourceType", Json::literal("Device"))
        .set("id", bare(&device))
        .push("deviceName", Object::new().set("name", "opor").set("type", "user-friendly-name"))
        .push("note", Object::new().set("text", of(&summary.made_by)));
    let who = fitted(summary.subject.patient.clone(), Kind::Patient, &places);
    let whole = [(name("Composition"), composition), (patient, who), (device, author)];
    let entries = whole.into_iter().chain(resources).map(|(url, mut resource)| {
        if let Some(id) = resource.get_mut("id") {
            *id = Json::from(bare(&url));
        } else {
            resource.put("id", bare(&url));
        }
        Object::new().set("fullUrl", url).set("resource", resource)
    });
    Object::new()
        .set("resourceType", Json::literal("Bundle"))
        .set("meta", Object::new().push_all("profile", BUNDLE_PROFILES))
        .set("language", tag)
        .set("identifier", uri(&name("Bundle")))
        .set("type", "document")
        .set("timestamp", summary.made.to_string())
        .push_all("entry", entries)
        .to_bytes()
}

fn entries(summary: &Summary) -> impl Iterator<Item = &Entry> {
    summary.contents.iter().flat_map(|content| &content.entries)
}

/// Whether the whole is to be handled with more than the usual care: a source labelled some of it, or it was made while
/// glass was broken. Any label counts: sources have codes of their own (table 0177 and extensions of it).
fn is_restricted(summary: &Summary) -> bool {
    let usual = ["N", "L", "M", "U", "UWM"];
    let labelled = |object: &Object| {
        object.texts("meta.security.code").iter().any(|code| !usual.contains(&code.to_uppercase().as_str()))
    };
    summary.under_glass
        || labelled(&summary.subject.patient)
        || entries(summary).any(|entry| labelled(&entry.object))
}

fn uri(value: &str) -> Object {
    Object::new().set("system", system::URI).set("value", value.to_owned())
}

/// A name of form UUID, version 8 (RFC 9562), made of what it names: the same thing has the same name in every copy.
fn urn(of: &str) -> String {
    let mut bytes: [u8; 32] = Sha256::new().chain_update(b"opor summary ").chain_update(of).finalize().into();
    bytes[6] = bytes[6] & 0x0F | 0x80;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let hex: String = bytes[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

fn bare(urn: &str) -> String {
    urn.trim_start_matches("urn:uuid:").to_owned()
}

/// A section of the composition.
fn told(section: &Section, content: &Content, refers: &[String], language: Language) -> Object {
    let say = |(en, fr): (&str, &str)| if language == Language::French { fr } else { en }.to_owned();
    let mut out = Object::new()
        .set("title", say(section.title))
        .set("code", concept([coding(system::LOINC, section.code.0, section.code.1)], say(section.title)))
        .set("text", narrative(section, content, language))
        .push_all("entry", refers.iter().map(|url| Object::new().set("reference", url.clone())));
    if refers.is_empty() {
        let reason = match content.kept {
            Kept::Nothing => ("unavailable", "Unavailable"),
            Kept::Withheld | Kept::OutOfReach => ("withheld", "Information Withheld"),
        };
        out.put("emptyReason", code(EMPTY_REASON, reason.0, reason.1));
    }
    out
}

fn narrative(section: &Section, content: &Content, language: Language) -> Object {
    let of = |words: &Words| if language == Language::French { words.fr.clone() } else { words.en.clone() };
    let mut out = format!("<div xmlns=\"{XHTML}\">");
    if let Some(words) = remark(content) {
        out.push_str(&format!("<p>{}</p>", escaped(&of(&words))));
    }
    if !content.lines.is_empty() {
        out.push_str("<table><thead><tr>");
        for (en, fr, _) in section.columns {
            let title = if language == Language::French { fr } else { en };
            out.push_str(&format!("<th>{}</th>", escaped(title)));
        }
        out.push_str("</tr></thead><tbody>");
        for line in &content.lines {
            out.push_str("<tr>");
            for cell in line {
                out.push_str(&format!("<td>{}</td>", escaped(&of(&cell.text))));
            }
            out.push_str("</tr>");
        }
        out.push_str("</tbody></table>");
    }
    if let Some(words) = more(content.more) {
        out.push_str(&format!("<p>{}</p>", escaped(&of(&words))));
    }
    out.push_str("</div>");
    Object::new().set("status", "generated").set("div", out)
}

/// Text inside XHTML; characters that XML cannot hold are replaced visibly.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' | '\r' => out.push(c),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

/// The resource that says that nothing is known.
fn no_information(section: &Section, absent: &'static str, patient: &str) -> Object {
    let whose = Object::new().set("reference", patient.to_owned());
    let said = code(ABSENT, absent, format!("No information about {}", section.title.0.to_lowercase()));
    let active = |system: &'static str| code(system, "active", "Active");
    match absent {
        "no-allergy-info" => Object::new()
            .set("resourceType", Json::literal("AllergyIntolerance"))
            .set("clinicalStatus", active(system::ALLERGY_CLINICAL))
            .set("code", said)
            .set("patient", whose),
        "no-medication-info" => Object::new()
            .set("resourceType", Json::literal("MedicationStatement"))
            .set("status", "unknown")
            .set("medicationCodeableConcept", said)
            .set("subject", whose)
            .set("_effectiveDateTime", not_known()),
        _ => Object::new()
            .set("resourceType", Json::literal("Condition"))
            .set("clinicalStatus", active(system::CONDITION_CLINICAL))
            .set("code", said)
            .set("subject", whose),
    }
}

fn not_known() -> Object {
    Object::new().push("extension", Object::new().set("url", ABSENT_REASON).set("valueCode", "unknown"))
}

/// A resource as the document holds it: its references lead to entries or are gone, its narrative and its place in this
/// record are left out, its security labels stay, and what is required and not known says so.
fn fitted(mut resource: Object, kind: Kind, places: &HashMap<String, String>) -> Object {
    let labels: Vec<Json> = match resource.get("meta") {
        Some(Json::Object(meta)) => meta.get("security").map(|l| l.items().to_vec()).unwrap_or_default(),
        _ => Vec::new(),
    };
    for key in ["text", "meta"] {
        resource.remove(key);
    }
    if !labels.is_empty() {
        resource.put("meta", Object::new().push_all("security", labels));
    }
    let mut out = led(resource, places);
    for (of, choices, absent) in TIMES {
        if *of == kind && !choices.iter().any(|choice| out.get(choice).is_some()) {
            out.put(absent, not_known());
        }
    }
    out
}

fn led(object: Object, places: &HashMap<String, String>) -> Object {
    let mut out = Object::with_room(object.len());
    for (key, value) in object.into_properties() {
        if key == "reference"
            && let Some(to) = value.as_str()
        {
            // `#id` leads to what the resource itself contains.
            if to.starts_with('#') {
                out.append(key, value);
            } else if let Some(place) = places.get(to) {
                out.append(key, Json::from(place.clone()));
            }
            continue;
        }
        out.append(key, led_value(value, places));
    }
    // An extension whose value led elsewhere says nothing any more.
    if out.len() == 1 && out.get("url").is_some() { Object::new() } else { out }
}

fn led_value(value: Json, places: &HashMap<String, String>) -> Json {
    match value {
        Json::Object(object) => Json::Object(led(object, places)),
        // Alignment of primitives with their extensions needs its nulls.
        Json::Array(items) if items.contains(&Json::Null) => Json::Array(items),
        Json::Array(items) => {
            Json::array(items.into_iter().map(|item| led_value(item, places)).collect::<Vec<_>>())
        }
        other => other,
    }
}
