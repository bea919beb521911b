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

/// A reference without the version it asks for: a version of somebody is that somebody.
pub(super) fn without_version(reference: &str) -> &str {
    reference.split_once("/_history/").map_or(reference, |(whole, _)| whole)
}

/// Whether others refer to resources of that kind and it names nobody itself: organizations, practitioners, places.
fn is_shared(kind: Kind) -> bool {
    kind != Kind::Patient && naming(kind).is_empty() && about(kind).is_empty()
}

/// A file with one Patient is one person. With several, each resource goes to the Patient it names, what is about
/// another resource to that one's, and what names nobody (organizations, practitioners) to everybody whose resources
/// refer to it; to nobody where none does. Whose a resource is that says it in no way known here is never guessed: the
/// file is refused.
fn by_person(entries: Vec<Entry>) -> Result<Vec<Vec<Entry>>, Refusal> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let read: Vec<Option<Document>> =
        entries.iter().map(|(_, body)| Document::parse(body.clone()).ok()).collect();
    let kind_of = |n: usize| read.get(n).and_then(Option::as_ref).map(Document::kind);
    let patients: Vec<usize> = (0..entries.len()).filter(|&n| kind_of(n) == Some(Kind::Patient)).collect();
    if patients.is_empty() {
        return Ok(vec![entries]);
    }
    let mut known: HashMap<String, usize> = HashMap::new();
    for (n, ((address, _), document)) in entries.iter().zip(&read).enumerate() {
        let name = document.as_ref().and_then(|one| Some(format!("{}/{}", one.kind(), one.id()?)));
        for name in [Some(address.clone()), name].into_iter().flatten() {
            let former = known.insert(name.clone(), n).filter(|&former| former != n);
            let is_told_apart = |n: usize| kind_of(n).is_none_or(is_shared);
            if patients.len() > 1 && former.is_some_and(|former| !is_told_apart(former) || !is_told_apart(n))
            {
                return Err(twice(&name));
            }
        }
    }
    let find = |reference: &str| known.get(without_version(reference)).copied();
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
            let at = find(reference);
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
        follows[n].extend(others.iter().filter_map(|reference| find(reference)));
        let mut all = Vec::new();
        document.value().iter().for_each(|(key, value)| match value.as_str() {
            Some(_) if key == "reference" => {}
            _ => all_of(value, &mut all),
        });
        refers[n].extend(all.iter().filter_map(|reference| find(reference)));
    }
    follow(&follows, &mut owners);
    share(&read, &refers, &mut owners);
    // What is about something shared is everybody's whose that is.
    follow(&follows, &mut owners);
    let mut people: Vec<Vec<Entry>> = vec![Vec::new(); patients.len()];
    for (n, (entry, mut owners)) in entries.into_iter().zip(owners).enumerate() {
        if owners.is_empty() {
            match read.get(n).and_then(Option::as_ref) {
                Some(document) if patients.len() > 1 && is_shared(document.kind()) => {
                    tracing::info!(resource = entry.0, "nobody of the file refers to it; it was left out");
                    continue;
                }
                Some(document) if patients.len() > 1 => return Err(ownerless(document, &entry.0)),
                // The only person's; or what cannot be read, which whoever files it says.
                _ => drop(owners.insert(0)),
            }
        }
        for person in owners {
            people[person].push(entry.clone());
        }
    }
    Ok(people)
}

/// Gives what is about another resource to that one's owners.
fn follow(follows: &[Vec<usize>], owners: &mut [BTreeSet<usize>]) {
    for (n, others) in follows.iter().enumerate() {
        let theirs: BTreeSet<usize> = others.iter().flat_map(|&other| owners[other].clone()).collect();
        owners[n].extend(theirs);
    }
}

/// Gives what names nobody itself to everybody whose resources refer to it, through others of its kind.
fn share(read: &[Option<Document>], refers: &[Vec<usize>], owners: &mut [BTreeSet<usize>]) {
    let is_shared = |n: usize| read.get(n).and_then(Option::as_ref).is_some_and(|one| is_shared(one.kind()));
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
    let whole = without_version(reference);
    // A search that finds the patient (FHIR R4 3.1.0.11.1, conditional references).
    let whole = whole.split_once('?').map_or(whole, |(kind, _)| kind);
    let is_search = reference.contains('?');
    let mut parts = whole.rsplit('/');
    match (parts.next(), parts.next()) {
        (Some(kind), _) if is_search => kind == "Patient",
        (Some(_), Some(kind)) => kind == "Patient",
        _ => reference.starts_with("urn:"),
    }
}

/// How the resource is named to whoever sent it: its kind and id, or where it stands in the file.
fn ownerless(document: &Document, address: &str) -> Refusal {
    let name = document.id().map_or_else(|| address.to_owned(), |id| format!("{}/{id}", document.kind()));
    let kind = document.kind();
    Refusal::unreadable(
        format!(
            "This file holds several people, and {name} ({kind}) names none of them. Name the Patient by a reference in it, or load each person's resources in a file of their own; nothing of this file was loaded."
        ),
        format!(
            "Ce fichier contient plusieurs personnes, et {name} ({kind}) n'en nomme aucune. Nommez le Patient par une référence, ou chargez les ressources de chaque personne dans un fichier à part; rien de ce fichier n'a été chargé."
        ),
    )
}

fn twice(name: &str) -> Refusal {
    Refusal::unreadable(
        format!(
            "This file holds several people and {name} twice, so it cannot be told whose is whose. Give each its own id; nothing of this file was loaded."
        ),
        format!(
            "Ce fichier contient plusieurs personnes et deux fois {name} : on ne peut dire ce qui est à qui. Donnez à chacun son propre id; rien de ce fichier n'a été chargé."
        ),
    )
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
    #[test]
    fn h01_with_several_people_nothing_is_given_to_whoever_stands_first() {
        let with = |more: &str| {
            people_of(&bundle(&[
                r#"{"resourceType":"Patient","id":"1"}"#,
                r#"{"resourceType":"Patient","id":"2"}"#,
                more,
            ]))
        };
        let versioned =
            with(r#"{"resourceType":"Observation","id":"o","subject":{"reference":"Patient/2/_history/1"}}"#);
        assert_eq!(ids(&versioned.expect("people")), [vec!["Patient/1"], vec!["Patient/2", "Observation/o"]]);
        for subject in [
            r##","subject":{"identifier":{"value":"2"}}"##,
            r##","contained":[{"resourceType":"Patient","id":"p"}],"subject":{"reference":"#p"}"##,
            r##","subject":{"reference":"Group/9"}"##,
            "",
        ] {
            let refused = with(&format!(r#"{{"resourceType":"Observation","id":"o"{subject}}}"#));
            let words = refused.expect_err(subject).words.en;
            assert!(words.contains("Observation/o (Observation) names none of them"), "{words}");
        }
        for reference in ["Patient?identifier=2", "Patient/9/_history/1"] {
            let observation = format!(
                r#"{{"resourceType":"Observation","id":"o","subject":{{"reference":"{reference}"}}}}"#
            );
            with(&observation).expect_err(reference);
            let alone = people_of(&bundle(&[r#"{"resourceType":"Patient","id":"1"}"#, &observation]));
            alone.expect_err(reference);
        }
        with(r#"{"resourceType":"Binary","id":"b","contentType":"text/plain","data":"YQ=="}"#)
            .expect_err("a document of nobody");
        let words = with(r#"{"resourceType":"Patient","id":"1"}"#).expect_err("twice").words.en;
        assert!(words.contains("Patient/1 twice"), "{words}");
        let shared = with(r#"{"resourceType":"Organization","id":"g"}"#).expect("people");
        assert_eq!(ids(&shared), [vec!["Patient/1"], vec!["Patient/2"]]);
    }
}
