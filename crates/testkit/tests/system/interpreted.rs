//! What is filed equals what is interpreted: `opor interpret` shows exactly what a server makes of a message.

use crate::corpus::{SETS, messages, shared};
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use testkit::harness::{Harness, Setup, opor};
use testkit::mllp::field_text;

/// Message types that are mapped (DESIGN.md section 4); a merge is an event about others and files nothing itself.
fn is_mapped(message: &[u8]) -> bool {
    let kind = field_text(message, "MSH", 9).replace('^', "_");
    kind.starts_with("ORU_R01")
        || kind.starts_with("ADT_A0")
        || kind.starts_with("MDM_T02")
        || kind.starts_with("ADT_A28")
}

/// Every resource of what `opor interpret` prints for each message, by the message's place.
fn interpreted(folder: &Path, messages: &[Vec<u8>]) -> Vec<Vec<Value>> {
    let (from, to) = (folder.join("messages"), folder.join("bundles"));
    std::fs::create_dir_all(&from).unwrap();
    for (n, message) in messages.iter().enumerate() {
        std::fs::write(from.join(format!("{n:04}.hl7")), message).unwrap();
    }
    let said = opor(&["interpret", &from.display().to_string(), "--out", &to.display().to_string()]);
    assert_eq!(said.code, 0, "{}", said.err);
    let bundle = |n: usize| {
        let text = std::fs::read(to.join(format!("{n:04}.hl7.json"))).unwrap();
        let bundle: Value = serde_json::from_slice(&text).unwrap();
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        entries.into_iter().map(|entry| entry["resource"].clone()).collect()
    };
    (0..messages.len()).map(bundle).collect()
}

fn address(resource: &Value) -> String {
    format!("{}/{}", resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap())
}

/// A resource without what only the server knows: `meta`, and in a Provenance the number that the message got, from
/// which its id follows, and when it was received.
fn comparable(resource: &Value) -> Value {
    let mut resource = resource.clone();
    let object = resource.as_object_mut().unwrap();
    object.remove("meta");
    if object["resourceType"] == "Provenance" {
        for name in ["id", "recorded", "entity"] {
            object.remove(name);
        }
    }
    resource
}

/// What is filed under the address of `resource`; a Provenance is the only one of its record. `None` = nothing.
fn filed(harness: &Harness, resource: &Value) -> Option<Value> {
    if resource["resourceType"] == "Provenance" {
        let record = resource["id"].as_str().unwrap().split('-').next().unwrap();
        let found = harness.search(&format!("Provenance?patient={record}"));
        assert!(found.len() <= 1, "{found:?}");
        return found.into_iter().next();
    }
    let (status, found) = harness.fhir(&address(resource));
    (status == 200).then_some(found)
}

#[test]
fn filed_equals_interpreted() {
    let mut candidates = messages(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../clinical/testdata/hl7"));
    if let Some(shared) = shared() {
        for set in SETS {
            candidates.extend(messages(&shared.join(set)));
        }
    }
    let harness = Setup::new("interpreted").start();
    candidates.retain(|message| is_mapped(message) && hl7v2::Message::parse(message.clone()).is_ok());
    let said = interpreted(harness.folder(), &candidates);
    // Each about people of its own: what a second message about somebody adds is another test's matter.
    let mut taken: HashSet<String> = HashSet::new();
    let mut compared = BTreeMap::<String, usize>::new();
    let mut line = harness.sender();
    let mut sent: Vec<&Vec<Value>> = Vec::new();
    for (message, resources) in candidates.iter().zip(&said) {
        let addresses: Vec<String> = resources.iter().map(address).collect();
        if addresses.is_empty() || addresses.iter().any(|address| taken.contains(address)) {
            continue;
        }
        taken.extend(addresses);
        line.accepted(std::slice::from_ref(message));
        sent.push(resources);
    }
    let books = harness.drained();
    let (mut count, mut differ) = (0, Vec::new());
    for resources in sent {
        let on_file: Vec<Option<Value>> =
            resources.iter().map(|resource| filed(&harness, resource)).collect();
        if on_file.iter().all(Option::is_none) {
            // Held: nothing of it is filed, and the census says so below.
            continue;
        }
        count += 1;
        for (resource, found) in resources.iter().zip(&on_file) {
            if found.as_ref().map(comparable) != Some(comparable(resource)) {
                differ.push(format!("{}\n  said  {resource}\n  filed {found:?}", address(resource)));
            }
            *compared.entry(resource["resourceType"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    println!("{count} messages filed and compared: {compared:?}");
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ[..differ.len().min(5)].join("\n"));
    assert_eq!(books.filed, count, "{books:?}");
    assert!(count >= 60 || shared().is_none(), "{count} messages are too few to compare");
}
