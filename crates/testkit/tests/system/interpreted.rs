//! What is filed equals what is interpreted: `opor interpret` shows exactly what a server makes of a message.

use crate::corpus::{SETS, messages, shared};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use testkit::harness::{Harness, Setup, opor};
use testkit::mllp::field_text;

/// Message types that are mapped (DESIGN.md section 4) and file something themselves; a merge is an event about others,
/// and a wish to delete a person is held.
const MAPPED: [&str; 23] = [
    "ORU_R01", "OUL_R2", "ADT_A0", "ADT_A28", "ADT_A60", "MDM_T", "ORM_O01", "OML_O", "OMG_O19", "OMI_O23",
    "ORL_O", "OMP_O09", "RDE_O11", "RDS_O13", "RGV_O15", "RAS_O17", "VXU_V04", "SIU_S", "REF_I1", "RRI_I1",
    "PPR_PC", "DFT_P", "BAR_P",
];

/// Messages of each type that are compared: every address is one request.
const OF_EACH: usize = 20;

fn is_mapped(message: &[u8]) -> bool {
    let kind = field_text(message, "MSH", 9).replace('^', "_");
    MAPPED.iter().any(|known| kind.starts_with(known))
}

/// Every resource of what `opor interpret` prints for each message, by the message's place.
pub(crate) fn interpreted(folder: &Path, messages: &[Vec<u8>]) -> Vec<Vec<Value>> {
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

/// `Type/id`.
pub(crate) fn address(resource: &Value) -> String {
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
        // Whose link it came by is agreed with the server and stands in no message; a header that names no sender takes
        // the link's name for an address.
        if let Some(parts) = object.get_mut("contained").and_then(Value::as_array_mut) {
            for header in parts.iter_mut().filter(|part| part["resourceType"] == "MessageHeader") {
                header["source"].as_object_mut().unwrap().remove("endpoint");
            }
        }
        if let Some(agents) = object.get_mut("agent").and_then(Value::as_array_mut) {
            agents.retain(|agent| agent["type"]["coding"][0]["code"] != "custodian");
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
    // Without a facility the numbers are the link's own, whose name stands in no message.
    let names_its_facility =
        |message: &[u8]| !field_text(message, "MSH", 4).split('^').next().unwrap().is_empty();
    candidates.retain(|message| is_mapped(message) && names_its_facility(message));
    candidates.retain(|message| hl7v2::Message::parse(message.clone()).is_ok());
    let said = interpreted(harness.folder(), &candidates);
    // Each about people of its own: what a second message about somebody adds is another test's matter.
    let mut taken: HashSet<String> = HashSet::new();
    let mut kinds: HashMap<String, usize> = HashMap::new();
    let mut compared = BTreeMap::<String, usize>::new();
    let mut line = harness.sender();
    let mut sent: Vec<&Vec<Value>> = Vec::new();
    for (message, resources) in candidates.iter().zip(&said) {
        let addresses: Vec<String> = resources.iter().map(address).collect();
        if addresses.is_empty() || addresses.iter().any(|address| taken.contains(address)) {
            continue;
        }
        let sort = field_text(message, "MSH", 9);
        let times = kinds.entry(sort.split('^').take(2).collect::<Vec<_>>().join("^")).or_default();
        *times += 1;
        if *times > OF_EACH {
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
    println!("{count} messages of {} types filed and compared: {compared:?}", kinds.len());
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ[..differ.len().min(5)].join("\n"));
    assert_eq!(books.filed, count, "{books:?}");
    assert!(
        count >= 25 && kinds.len() >= 15 || shared().is_none(),
        "{count} messages are too few to compare"
    );
}
