//! The provider directory over the machines' door, as another directory follows it.

use testkit::harness::Setup;

const DIRECTORY: &str = r#"
[[place]]
id = "tern-bay"
name = "Tern Bay Family Practice"
kind = "clinic"
[[endpoint]]
id = "tern-bay-fax"
place = "tern-bay"
kind = "fax"
address = "902 555 0100"
[[practitioner]]
id = "p-theriault"
family = "Thériault"
given = "Luc"
[[practitioner]]
id = "p-wei"
family = "Wei"
given = "Lan"
[[role]]
practitioner = "p-theriault"
place = "tern-bay"
role = "family-physician"
endpoint = "tern-bay-fax"
from = "2020-01-01"
[[role]]
practitioner = "p-wei"
place = "tern-bay"
role = "locum"
from = "2020-01-01"
"#;

#[test]
fn s020_another_directory_reads_and_follows_ours() {
    let harness = Setup::new("published").directory(DIRECTORY.to_owned()).start();
    let found = harness.search("Practitioner?family=theri&_count=1");
    assert_eq!(found[0]["id"], "p-theriault", "{found:?}");
    let all = harness.search("PractitionerRole?_count=1").len();
    assert!(all == 2 && harness.search("PractitionerRole").len() == all, "{all}: page after page");
    let (status, way) = harness.fhir("Endpoint/tern-bay-fax");
    assert_eq!((status, &way["address"]), (200, &"tel:902-555-0100".into()), "{way}");
    let (status, feed) = harness.fhir("Location/_history?_since=2020-01-01T00:00:00Z");
    assert_eq!((status, &feed["type"]), (200, &"history".into()), "{feed}");
    assert!(feed["entry"].as_array().is_some_and(|entries| entries.len() == 1), "{feed}");
    assert_eq!(harness.fhir("Location/_history?_since=tomorrow").0, 400);
    assert_eq!(harness.fhir("Practitioner/nobody").0, 404);
    assert_eq!(harness.fhir("Practitioner?shoe-size=44").0, 400);
}
