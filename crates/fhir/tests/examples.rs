//! The official R4 examples go through everything this crate does.

#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use fhir::document::DocumentError;
use fhir::{Document, Json, Kind, json, read, search};
use std::path::PathBuf;

/// Folders of the shared data that hold R4 JSON.
const FOLDERS: [&str; 2] = ["fhir-r4-examples", "fhir-generated"];

fn examples() -> Option<Vec<(String, Vec<u8>)>> {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let mut found = Vec::new();
    for folder in FOLDERS {
        let Ok(entries) = std::fs::read_dir(data.join(folder)) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.extension().is_some_and(|extension| extension == "json") {
                found.push((path.display().to_string(), std::fs::read(&path).expect("a readable file")));
            }
        }
    }
    found.sort();
    if found.is_empty() {
        println!("skipped: ../shared not laid beside the project");
        return None;
    }
    Some(found)
}

/// Every resource of the examples, bundles unpacked.
fn resources() -> Vec<(String, Json)> {
    let mut all = Vec::new();
    for (name, bytes) in examples().unwrap_or_default() {
        let value = json::parse(&bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        for inner in value.as_object().expect("an object").objects("entry.resource") {
            all.push((name.clone(), Json::Object(inner.clone())));
        }
        all.push((name, value));
    }
    all
}

#[test]
fn documents_keep_every_byte() {
    for (name, bytes) in examples().unwrap_or_default() {
        match Document::parse(bytes.clone()) {
            Ok(document) => assert_eq!(document.bytes(), bytes, "{name}"),
            Err(DocumentError::Kind(_)) => {}
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

/// Another JSON library reads what we print as what it reads in the original; and our print is a fixed point.
#[test]
fn the_tree_prints_what_it_read() {
    for (name, bytes) in examples().unwrap_or_default() {
        let tree = json::parse(&bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        let printed = tree.to_bytes();
        let original: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&printed).expect("JSON"), original, "{name}");
        assert_eq!(json::parse(&printed).as_ref(), Ok(&tree), "{name}");
    }
}

#[test]
fn every_resource_is_indexed_and_read() {
    let resources = resources();
    let mut indexed = 0;
    for (name, resource) in &resources {
        let object = resource.as_object().expect("an object");
        let Some(kind) = object.text("resourceType").and_then(|kind| kind.parse::<Kind>().ok()) else {
            continue;
        };
        let rows = search::rows(kind, object);
        assert!(
            rows.iter().all(|row| search::parameter(row.parameter).is_some_and(|p| p.kind == kind)),
            "{name}"
        );
        indexed += rows.len();
        if name.ends_with("bundle-references.json") {
            continue; // Skeletons that show references only.
        }
        match kind {
            Kind::Patient => {
                assert!(read::patient::read(object) != read::patient::Patient::default(), "{name}")
            }
            Kind::Observation => {
                let observation = read::observation::read(object);
                assert!(observation.code.shown().is_some(), "{name}");
                let valued = object.first("value[x]").is_some();
                assert_eq!(observation.value.is_some(), valued, "{name}: a value that is there is shown");
            }
            Kind::DiagnosticReport => assert!(read::report::read(object).code.shown().is_some(), "{name}"),
            Kind::Encounter => assert!(read::encounter::read(object).class.shown().is_some(), "{name}"),
            Kind::DocumentReference => {
                assert!(!read::document_reference::read(object).attachments.is_empty(), "{name}");
            }
            _ => {}
        }
    }
    assert!(resources.is_empty() || indexed > 500, "{indexed} rows");
}

#[test]
fn a_known_observation_reads_as_it_should() {
    let resources = resources();
    let Some((_, glucose)) =
        resources.iter().find(|(name, _)| name.ends_with("observation-example-f001-glucose.json"))
    else {
        return;
    };
    let glucose = read::observation::read(glucose.as_object().expect("an object"));
    assert_eq!(glucose.code.code_in(fhir::system::LOINC), Some("15074-8"));
    let value = glucose.value.expect("a value");
    assert_eq!((value.text.as_str(), value.unit.as_deref()), ("6.3", Some("mmol/l")));
    assert_eq!(glucose.interpretation[0].shown(), Some("High"));
    assert_eq!(
        (glucose.ranges[0].low.as_deref(), glucose.ranges[0].high.as_deref()),
        (Some("3.1"), Some("6.2"))
    );
    assert_eq!(glucose.performers, ["A. Langeveld"]);
}
