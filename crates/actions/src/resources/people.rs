//! Whose each resource of a file is: by the element of its type that names the patient, never by words in its text
//! (HAZARDS H01).

use super::Entry;
use crate::refusal::Refusal;
use fhir::json::{Json, Object};
use fhir::{Document, Kind};
use std::collections::{BTreeSet, HashMap};

/// The resources of each person in a file: a Bundle, one resource, or NDJSON with one resource a line.
///
/// # Errors
/// What stands there is none of these, or a resource is about a patient who is not in the file.
pub fn people_of(bytes: &[u8]) -> Result<Vec<Vec<Entry>>, Refusal> {
    let unreadable =
        |error: &dyn std::fmt::Display| Refusal::unreadable(error.to_string(), error.to_string());
    let mut entries = Vec::new();
    let whole = serde_json::from_slice::<LoadedBundle<'_>>(bytes);
    match whole {
        Ok(bundle) if bundle.resource_type == "Bundle" => {
            for (n, entry) in bundle.entry.into_iter().enumerate() {
                let Some(resource) = entry.resource else { continue };
                let address = entry.full_url.unwrap_or_else(|| format!("entry-{n}"));
                entries.push((address, resource.get().as_bytes().to_vec()));
            }
        }
        Ok(_) => entries.push(("entry-0".to_owned(), bytes.to_vec())),
        Err(error) => {
            let lines: Vec<&[u8]> =
                bytes.split(|&b| b == b'\n').filter(|line| !line.trim_ascii().is_empty()).collect();
            if lines.len() < 2 {
                return Err(unreadable(&error));
            }
            for (n, line) in lines.into_iter().enumerate() {
                serde_json::from_slice::<&serde_json::value::RawValue>(line)
                    .map_err(|error| unreadable(&format!("line {}: {error}", n + 1)))?;
                entries.push((format!("line-{n}"), line.to_vec()));
            }
        }
    }
    by_person(entries)
}

#[derive(serde::Deserialize)]
struct LoadedBundle<'a> {
    #[serde(rename = "resourceType")]
    resource_type: String,
    #[serde(borrow, default)]
    entry: Vec<LoadedEntry<'a>>,
}

#[derive(serde::Deserialize)]
struct LoadedEntry<'a> {
    #[serde(rename = "fullUrl")]
    full_url: Option<String>,
    #[serde(borrow)]
    resource: Option<&'a serde_json::value::RawValue>,
}

/// Elements of a type that name the patient (FHIR R4, the Patient compartment).
fn naming(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::AllergyIntolerance
        | Kind::RelatedPerson
        | Kind::Immunization
        | Kind::Claim
        | Kind::ExplanationOfBenefit
        | Kind::EpisodeOfCare
        | Kind::Device
        | Kind::SupplyDelivery => &["patient"],
        Kind::Coverage => &["beneficiary"],
        Kind::Task => &["for"],
        Kind::Appointment => &["participant.actor"],
        Kind::Patient
        | Kind::Provenance
        | Kind::MessageHeader
        | Kind::Binary
        | Kind::Practitioner
        | Kind::PractitionerRole
        | Kind::Organization
        | Kind::Location
        | Kind::Medication
        | Kind::Endpoint
        | Kind::HealthcareService => &[],
        _ => &["subject"],
    }
}

/// Elements of a type that is about what another resource is about.
fn about(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Provenance => &["target"],
        Kind::MessageHeader => &["focus"],
        Kind::Binary => &["securityContext"],
        _ => &[],
    }
}

/// The references under an element, through arrays.
fn under<'a>(object: &'a Object, path: &str, found: &mut Vec<&'a str>) {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let Some(value) = object.get(first) else { return };
    let items = if let Json::Array(items) = value { items.as_slice() } else { std::slice::from_ref(value) };
    for item in items.iter().filter_map(Json::as_object) {
        if rest.is_empty() {
            found.extend(item.get("reference").and_then(Json::as_str));
        } else {
            under(item, rest, found);
        }
    }
}

/// Every reference of a value.
fn all_of<'a>(value: &'a Json, found: &mut Vec<&'a str>) {
    match value {
        Json::Object(object) => {
            for (key, inner) in object.iter() {
                match inner.as_str() {
                    Some(text) if key == "reference" => found.push(text),
                    _ => all_of(inner, found),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| all_of(item, found)),
        _ => {}
    }
}

/// A file with one Patient is one person. With several, each resource goes to the Patient it names, what is about
/// another resource to that one's, and what names nobody (organizations, practitioners) to everybody whose resources
/// refer to it.
fn by_person(entries: Vec<Entry>) -> Result<Vec<Vec<Entry>>, Refusal> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let read: Vec<Option<Document>> =
        entries.iter().map(|(_, body)| Document::parse(body.clone()).ok()).collect();
    let mut known: HashMap<String, usize> = HashMap::new();
    for (n, ((address, _), document)) in entries.iter().zip(&read).enumerate() {
        known.insert(address.clone(), n);
        if let Some((document, id)) = document.as_ref().and_then(|one| Some((one, one.id()?))) {
            known.insert(format!("{}/{id}", document.kind()), n);
        }
    }
    let is_patient =
        |n: usize| read.get(n).and_then(Option::as_ref).is_some_and(|one| one.kind() == Kind::Patient);
    let patients: Vec<usize> = (0..entries.len()).filter(|&n| is_patient(n)).collect();
    if patients.is_empty() {
        return Ok(vec![entries]);
    }
    let mut owners: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); entries.len()];
    let mut refers: Vec<Vec<usize>> = vec![Vec::new(); entries.len()];
    let mut follows: Vec<Vec<usize>> = vec![Vec::new(); entries.len()];
    for (n, document) in read.iter().enumerate() {
        let Some(document) = document else { continue };
        if let Some(person) = patients.iter().position(|&patient| patient == n) {
            owners[n].insert(person);
        }
        let mut named = Vec::new();
        naming(document.kind()).iter().for_each(|path| under(document.value(), path, &mut named));
        for reference in named {
            let at = known.get(reference).copied();
            match at.and_then(|at| patients.iter().position(|&patient| patient == at)) {
                Some(person) => drop(owners[n].insert(person)),
                None if at.is_none() && is_of_patient(reference) => {
                    return Err(stranger(document.kind(), reference));
                }
                // A group, a device, a place: nobody.
                None => {}
            }
        }
        let mut others = Vec::new();
        about(document.kind()).iter().for_each(|path| under(document.value(), path, &mut others));
        follows[n].extend(others.iter().filter_map(|reference| known.get(*reference)));
        let mut all = Vec::new();
        document.value().iter().for_each(|(key, value)| match value.as_str() {
            Some(_) if key == "reference" => {}
            _ => all_of(value, &mut all),
        });
        refers[n].extend(all.iter().filter_map(|reference| known.get(*reference)));
    }
    for (n, others) in follows.iter().enumerate() {
        let theirs: BTreeSet<usize> = others.iter().flat_map(|&other| owners[other].clone()).collect();
        owners[n].extend(theirs);
    }
    share(&read, &refers, &mut owners);
    let mut people: Vec<Vec<Entry>> = vec![Vec::new(); patients.len()];
    for (entry, owners) in entries.into_iter().zip(owners) {
        // What nobody refers to is of no patient; it is kept with the first.
        for person in if owners.is_empty() { BTreeSet::from([0]) } else { owners } {
            people[person].push(entry.clone());
        }
    }
    Ok(people)
}

/// Gives what names nobody itself to everybody whose resources refer to it, through others of its kind.
fn share(read: &[Option<Document>], refers: &[Vec<usize>], owners: &mut [BTreeSet<usize>]) {
    let is_shared = |n: usize| {
        let kind = read.get(n).and_then(Option::as_ref).map(Document::kind);
        kind.is_some_and(|kind| kind != Kind::Patient && naming(kind).is_empty() && about(kind).is_empty())
    };
    let mut todo: Vec<usize> = (0..read.len()).filter(|&n| !owners[n].is_empty()).collect();
    while let Some(n) = todo.pop() {
        for &other in refers[n].iter().filter(|&&other| is_shared(other)) {
            let before = owners[other].len();
            let theirs = owners[n].clone();
            owners[other].extend(theirs);
            if owners[other].len() > before {
                todo.push(other);
            }
        }
    }
}

/// Whether a reference that leads nowhere in the file is one to a patient, by its type or since its type is not known.
fn is_of_patient(reference: &str) -> bool {
    let mut parts = reference.rsplit('/');
    match (parts.next(), parts.next()) {
        (Some(_), Some(kind)) => kind == "Patient",
        _ => reference.starts_with("urn:"),
    }
}

fn stranger(kind: Kind, reference: &str) -> Refusal {
    Refusal::unreadable(
        format!(
            "A {kind} is about {reference}, who is not in this file. Load each person's resources with their Patient; nothing of this file was loaded."
        ),
        format!(
            "Une ressource {kind} concerne {reference}, qui n'est pas dans ce fichier. Chargez les ressources de chaque personne avec son Patient; rien de ce fichier n'a été chargé."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(entries: &[&str]) -> Vec<u8> {
        let all: Vec<String> = entries.iter().map(|one| format!("{{\"resource\":{one}}}")).collect();
        format!("{{\"resourceType\":\"Bundle\",\"entry\":[{}]}}", all.join(",")).into_bytes()
    }

    fn ids(people: &[Vec<Entry>]) -> Vec<Vec<String>> {
        let id = |(_, body): &Entry| {
            let document = Document::parse(body.clone()).expect("a resource");
            format!("{}/{}", document.kind(), document.id().unwrap_or_default())
        };
        people.iter().map(|entries| entries.iter().map(id).collect()).collect()
    }

    #[test]
    fn h01_a_resource_goes_to_the_patient_of_its_own_element() {
        let people = people_of(&bundle(&[
            r#"{"resourceType":"Patient","id":"1"}"#,
            r#"{"resourceType":"Patient","id":"2"}"#,
            // The text, and another element, name somebody else first.
            r#"{"resourceType":"Observation","id":"o","note":[{"text":"Patient/1"}],"performer":[{"reference":"Patient/1"}],"subject":{"reference":"Patient/2"}}"#,
            r#"{"resourceType":"Coverage","id":"c","subscriber":{"reference":"Patient/1"},"beneficiary":{"reference":"Patient/2"}}"#,
            r#"{"resourceType":"RelatedPerson","id":"r","patient":{"reference":"Patient/1"}}"#,
            r#"{"resourceType":"DiagnosticReport","id":"d","subject":{"reference":"Patient/2"},"performer":[{"reference":"PractitionerRole/p"}]}"#,
            r#"{"resourceType":"PractitionerRole","id":"p","organization":{"reference":"Organization/g"}}"#,
            r#"{"resourceType":"Organization","id":"g"}"#,
            r#"{"resourceType":"Provenance","id":"v","target":[{"reference":"DiagnosticReport/d"}]}"#,
        ]))
        .expect("people");
        assert_eq!(
            ids(&people),
            [
                vec!["Patient/1", "RelatedPerson/r"],
                vec![
                    "Patient/2",
                    "Observation/o",
                    "Coverage/c",
                    "DiagnosticReport/d",
                    "PractitionerRole/p",
                    "Organization/g",
                    "Provenance/v"
                ],
            ]
        );
    }

    #[test]
    fn h01_a_resource_of_somebody_who_is_not_there_is_refused() {
        for reference in ["Patient/2", "http://a.example/fhir/Patient/1", "urn:uuid:1"] {
            let refused = people_of(&bundle(&[
                r#"{"resourceType":"Patient","id":"1"}"#,
                &format!(r#"{{"resourceType":"Condition","subject":{{"reference":"{reference}"}}}}"#),
            ]));
            let words = refused.expect_err(reference).words.en;
            assert!(words.contains(&format!("A Condition is about {reference}")), "{words}");
        }
        let group = people_of(&bundle(&[
            r#"{"resourceType":"Patient","id":"1"}"#,
            r#"{"resourceType":"Observation","id":"o","subject":{"reference":"Group/9"}}"#,
        ]));
        assert_eq!(ids(&group.expect("one person")), [vec!["Patient/1", "Observation/o"]]);
    }
}
