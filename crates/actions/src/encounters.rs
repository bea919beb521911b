//! Visits and stays over time.

use crate::chart::{self, Contents, Filed};
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::words::Words;
use fhir::{Instant, Object, PersonId, ResourceKey};
use std::cmp::Reverse;

/// Levels of a place within a place that are followed (bed, room, ward, floor, building, site and two to spare).
const PLACE_LEVELS: usize = 8;

/// Look: the visits and stays of a person.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// Whose.
    pub person: PersonId,
}

/// Answer to [`Timeline`].
#[derive(Debug, Clone)]
pub struct TimelineView {
    /// Head.
    pub banner: crate::patients::Banner,
    /// Counts for the section list.
    pub counts: crate::patients::ChartCounts,
    /// Newest first.
    pub lines: Vec<EncounterLine>,
}

/// One visit or stay.
#[derive(Debug, Clone, PartialEq)]
pub struct EncounterLine {
    /// The Encounter.
    pub key: ResourceKey,
    /// Inpatient stay, emergency, outpatient … in words.
    pub class: Words,
    /// FHIR status code.
    pub status: String,
    /// Began.
    pub from: Option<Instant>,
    /// Ended.
    pub to: Option<Instant>,
    /// Facility and ward as text.
    pub place: String,
    /// Attending provider as text.
    pub attending: String,
    /// Visit number.
    pub number: String,
    /// Steps known: admitted, moved, discharged, cancelled … newest first (when, what).
    pub steps: Vec<(Instant, Words)>,
}

impl Sealed for Timeline {}

impl Look for Timeline {
    type View = TimelineView;
    const PERMISSION: Permission = Permission::ReadChart;

    fn object(&self) -> String {
        format!("person/{}/encounters", self.person)
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Seen<TimelineView>, Refusal> {
        let chart = chart::open(reading, self.person)?;
        let contents = chart.contents(reading)?;
        let view = TimelineView {
            banner: chart.banner(reading)?,
            counts: contents.counts(),
            lines: lines(reading, &contents)?,
        };
        Ok(Seen::of(chart.person, view))
    }
}

/// Whether an Encounter says something of a visit: its number, when or where it was, or that it was called off. A
/// result's PV1 often says no more than a class; that is on file with the result and is no line of a timeline.
pub(crate) fn is_visit(encounter: &Object) -> bool {
    if encounter.text("status") == Some("entered-in-error") {
        return false;
    }
    ["identifier", "period", "location", "serviceProvider"].iter().any(|name| encounter.get(name).is_some())
        || encounter.text("status") == Some("cancelled")
}

/// All visits, newest first.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn lines(reading: &Reading<'_>, contents: &Contents) -> Result<Vec<EncounterLine>, Refusal> {
    let mut lines = Vec::with_capacity(contents.encounters.len());
    for encounter in &contents.encounters {
        lines.push((encounter.stored.as_of, line(reading, encounter)?));
    }
    lines.sort_by_key(|(as_of, line)| (Reverse(line.from.unwrap_or(*as_of)), line.key));
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

/// One visit.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn line(reading: &Reading<'_>, encounter: &Filed) -> Result<EncounterLine, Refusal> {
    let object = &encounter.object;
    let read = fhir::read::encounter::read(object);
    let attending = read.participants.iter().find(|(role, _)| role.as_deref() == Some("ATND"));
    let identifiers = fhir::read::patient::identifiers(object);
    let number = identifiers.iter().find(|identifier| identifier.type_code.as_deref() == Some("VN"));
    let period = read.period.unwrap_or_default();
    Ok(EncounterLine {
        key: encounter.key(),
        class: class_words(object),
        status: read.status.unwrap_or_default(),
        from: period.start.as_deref().and_then(chart::moment),
        to: period.end.as_deref().and_then(chart::moment),
        place: place(object),
        attending: attending.map(|(_, name)| name.clone()).unwrap_or_default(),
        number: number.or(identifiers.first()).map(|identifier| identifier.value.clone()).unwrap_or_default(),
        steps: steps(reading, encounter.key())?,
    })
}

/// What happened, newest first: each version of the visit by the event of the message that brought it.
fn steps(reading: &Reading<'_>, key: ResourceKey) -> Result<Vec<(Instant, Words)>, Refusal> {
    let mut steps: Vec<(Instant, Words)> = Vec::new();
    for version in reading.view.versions(key)?.iter().rev() {
        let Some(message) = version.message else { continue };
        let Some(row) = reading.view.message(message)? else { continue };
        if let Some(words) = event_words(&row.message_type)
            && !steps.contains(&(version.as_of, words.clone()))
        {
            steps.push((version.as_of, words));
        }
    }
    steps.sort_by_key(|(at, _)| Reverse(*at));
    Ok(steps)
}

/// The events of HL7 table 0003 that move a patient, in words.
fn event_words(message_type: &str) -> Option<Words> {
    let (en, fr) = match message_type.split('^').nth(1)? {
        "A01" => ("Admitted", "Admission"),
        "A02" => ("Moved", "Transfert"),
        "A03" => ("Discharged", "Congé"),
        "A04" => ("Registered", "Inscription"),
        "A05" => ("Expected", "Préadmission"),
        "A06" => ("Changed to inpatient", "Passage à l'hospitalisation"),
        "A07" => ("Changed to outpatient", "Passage à l'externe"),
        "A11" => ("Admission cancelled", "Admission annulée"),
        "A12" => ("Move cancelled", "Transfert annulé"),
        "A13" => ("Discharge cancelled", "Congé annulé"),
        _ => return None,
    };
    Some(Words::new(en, fr))
}

/// The class of a visit in words (v3 ActCode); another class as its source says it.
fn class_words(encounter: &Object) -> Words {
    let class = encounter.concept("class").unwrap_or_default();
    let code = class.codings.first().and_then(|coding| coding.code.as_deref()).unwrap_or_default();
    let (en, fr) = match code {
        "IMP" | "ACUTE" | "NONAC" => ("Hospital stay", "Hospitalisation"),
        "SS" => ("Short stay", "Court séjour"),
        "EMER" => ("Emergency visit", "Visite à l'urgence"),
        "AMB" => ("Outpatient visit", "Consultation externe"),
        "PRENC" => ("Planned admission", "Admission prévue"),
        "OBSENC" => ("Observation", "Observation"),
        "HH" => ("Home visit", "Visite à domicile"),
        "VR" => ("Virtual visit", "Consultation virtuelle"),
        // HL7 table 0004 where its map has no v3 class.
        "R" => ("Recurring visits", "Visites répétées"),
        "B" => ("Obstetric stay", "Séjour en obstétrique"),
        "UNK" | "U" | "N" | "C" | "" => ("Visit", "Visite"),
        _ => {
            let shown = class.shown().unwrap_or(code);
            return Words::new(shown, shown);
        }
    };
    Words::new(en, fr)
}

/// Where somebody is: its part of the visit, and its levels with their names, the widest first.
struct Standing<'e> {
    reference: &'e Object,
    levels: Vec<(String, String)>,
}

fn standing(encounter: &Object) -> Option<Standing<'_>> {
    let places = encounter.objects("location");
    let active = places.iter().copied().find(|place| place.text("status") == Some("active"));
    let reference = active.or(places.first().copied()).and_then(|place| place.object("location"))?;
    let mut levels: Vec<(String, String)> = Vec::new();
    let mut next = reference.text("reference").and_then(|local| local.strip_prefix('#'));
    while let Some(part) = next.and_then(|id| encounter.contained(id)) {
        let name = part.text("name").or_else(|| part.text("identifier.value")).unwrap_or_default();
        let level = part.text("physicalType.coding.code").unwrap_or_default();
        if !name.is_empty() {
            levels.push((level.to_owned(), name.to_owned()));
        }
        if levels.len() >= PLACE_LEVELS {
            break;
        }
        next = part.text("partOf.reference").and_then(|local| local.strip_prefix('#'));
    }
    levels.reverse();
    Some(Standing { reference, levels })
}

const fn is_within_a_ward(level: &str) -> bool {
    matches!(level.as_bytes(), b"ro" | b"bd")
}

/// Room and bed as text; empty when neither is stated.
pub(crate) fn bed(encounter: &Object) -> String {
    let levels = standing(encounter).map(|standing| standing.levels).unwrap_or_default();
    let names: Vec<String> =
        levels.into_iter().filter(|(level, _)| is_within_a_ward(level)).map(|(_, name)| name).collect();
    names.join("-")
}

/// Facility and ward as text, the widest first; room and bed only when nothing wider is known.
pub(crate) fn place(encounter: &Object) -> String {
    let Some(Standing { reference, levels }) = standing(encounter) else {
        return encounter.reference_names("serviceProvider").join(", ");
    };
    if levels.is_empty() {
        return reference.text("display").unwrap_or_default().to_owned();
    }
    let wide: Vec<&str> =
        levels.iter().filter(|(level, _)| !is_within_a_ward(level)).map(|(_, name)| name.as_str()).collect();
    if wide.is_empty() {
        levels.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ")
    } else {
        wide.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: &str) -> Object {
        match fhir::json::parse(json.as_bytes()) {
            Ok(fhir::Json::Object(object)) => object,
            _ => panic!("{json}"),
        }
    }

    #[test]
    fn a_place_is_its_facility_and_ward() {
        let encounter = object(
            r##"{"contained":[
                {"resourceType":"Location","id":"si","name":"HRH","physicalType":{"coding":[{"code":"si"}]}},
                {"resourceType":"Location","id":"wa","name":"6N","physicalType":{"coding":[{"code":"wa"}]},"partOf":{"reference":"#si"}},
                {"resourceType":"Location","id":"bd","name":"14","physicalType":{"coding":[{"code":"bd"}]},"partOf":{"reference":"#wa"}}],
              "location":[{"location":{"reference":"#si"},"status":"completed"},{"location":{"reference":"#bd"},"status":"active"}]}"##,
        );
        assert_eq!((place(&encounter).as_str(), bed(&encounter).as_str()), ("HRH, 6N", "14"));
        assert_eq!(place(&object(r#"{"location":[{"location":{"display":"Ward 3"}}]}"#)), "Ward 3");
        assert_eq!(place(&object("{}")), "");
        let circle = r##"{"contained":[{"resourceType":"Location","id":"a","name":"A","partOf":{"reference":"#a"}}],"location":[{"location":{"reference":"#a"}}]}"##;
        assert_eq!(place(&object(circle)).len(), "A, ".len() * PLACE_LEVELS - 2);
    }

    #[test]
    fn a_class_alone_is_no_visit() {
        assert!(!is_visit(&object(r#"{"status":"in-progress","class":{"code":"AMB"},"participant":[{}]}"#)));
        assert!(is_visit(&object(r#"{"period":{"start":"2026-01-02"}}"#)));
        assert!(is_visit(&object(r#"{"identifier":[{"value":"V1"}]}"#)));
        assert!(is_visit(&object(r#"{"status":"cancelled"}"#)));
    }

    #[test]
    fn classes_and_events_in_words() {
        assert_eq!(class_words(&object(r#"{"class":{"code":"EMER"}}"#)).fr, "Visite à l'urgence");
        assert_eq!(
            class_words(&object(r#"{"class":{"code":"X9","display":"Day programme"}}"#)).en,
            "Day programme"
        );
        assert_eq!(class_words(&object("{}")).en, "Visit");
        assert_eq!(event_words("ADT^A03^ADT_A03").map(|words| words.en).as_deref(), Some("Discharged"));
        assert_eq!(event_words("ADT^A08"), None);
        assert_eq!(event_words("ORU"), None);
    }
}
