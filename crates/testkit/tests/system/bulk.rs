//! Bulk export and subscriptions through the real binary: as it stood, page by page, to whom it may go.

use crate::fhir::{Application, observation, patient};
use crate::ways::Receiver;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::harness::Setup;
use testkit::http::Response;
use testkit::patience::until;

const PATIENCE: Duration = Duration::from_secs(60);

/// Patients of the export; more of their results than one piece of a file.
const PATIENTS: usize = 4;
const RESULTS: usize = 1_200;

fn begin(app: &Application, path: &str) -> String {
    let begun = app.ask("GET", path, &["Prefer: respond-async"], b"");
    assert_eq!(begun.status, 202, "{path}: {}", begun.text());
    begun.header("content-location").unwrap().split("/fhir/").nth(1).unwrap().to_owned()
}

fn manifest(app: &Application, status: &str) -> Value {
    let mut last: Option<Response> = None;
    let done = until(PATIENCE, || {
        let answer = app.ask("GET", status, &[], b"");
        let is_done = answer.status == 200;
        last = Some(answer);
        is_done
    });
    let last = last.unwrap();
    assert!(done, "{}: {}", last.status, last.text());
    serde_json::from_slice(&last.body).unwrap()
}

fn lines(app: &Application, manifest: &Value, kind: &str) -> Vec<Value> {
    let files = manifest["output"].as_array().unwrap();
    let Some(file) = files.iter().find(|file| file["type"] == kind) else { return Vec::new() };
    let path = file["url"].as_str().unwrap().split("/fhir/").nth(1).unwrap();
    let answer = app.ask("GET", path, &[], b"");
    assert_eq!(answer.header("content-type"), Some("application/fhir+ndjson"));
    answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn cd_bulk_export_is_what_stood_when_it_was_asked_for() {
    let app = Application::of(Setup::new("bulk-export"));
    for n in 0..PATIENTS {
        let one = patient(&format!("p-{n}"), "Tavul", &n.to_string());
        assert_eq!(app.say("PUT", &format!("Patient/p-{n}"), &[], &one).0, 201);
    }
    let results: Vec<Value> = (0..RESULTS)
        .map(|n| {
            let one = observation(&format!("o-{n}"), &format!("p-{}", n % PATIENTS), "2026-01-02", 5.5);
            json!({"resource": one, "request": {"method": "PUT", "url": format!("Observation/o-{n}")}})
        })
        .collect();
    let load = json!({"resourceType": "Bundle", "type": "transaction", "entry": results});
    assert_eq!(app.say("POST", "", &[], &load).0, 200);
    let group = json!({"resourceType": "Group", "id": "g", "type": "person", "actual": true,
        "member": [{"entity": {"reference": "Patient/p-1"}}]});
    assert_eq!(app.say("PUT", "Group/g", &[], &group).0, 201);
    let organization = json!({"resourceType": "Organization", "id": "org", "name": "Elsewhere"});
    assert_eq!(app.say("PUT", "Organization/org", &[], &organization).0, 201);

    let all = begin(&app, "$export");
    let of_one = begin(&app, "Group/g/$export?_type=Patient,Observation");
    let of_patients = begin(&app, "Patient/$export?_type=Observation&_elements=status");
    // What happens after it was asked for is not in it.
    assert_eq!(app.say("PUT", "Observation/o-0", &[], &observation("o-0", "p-0", "2026-01-02", 9.9)).0, 200);
    assert_eq!(app.ask("DELETE", "Observation/o-1", &[], b"").status, 204);
    assert_eq!(app.say("PUT", "Patient/p-9", &[], &patient("p-9", "Later", "9")).0, 201);

    let found = manifest(&app, &all);
    assert_eq!(found["requiresAccessToken"], true);
    assert_eq!(lines(&app, &found, "Patient").len(), PATIENTS);
    assert_eq!(lines(&app, &found, "Organization").len(), 1);
    let results = lines(&app, &found, "Observation");
    assert_eq!(results.len(), RESULTS);
    let of = |id: &str| results.iter().find(|one| one["id"] == id);
    assert_eq!(of("o-0").unwrap()["valueQuantity"]["value"], 5.5, "as it stood");
    assert!(of("o-1").is_some(), "deleted since");
    let found = manifest(&app, &of_one);
    assert_eq!(lines(&app, &found, "Patient").len(), 1);
    assert_eq!(lines(&app, &found, "Observation").len(), RESULTS / PATIENTS);
    let found = manifest(&app, &of_patients);
    let results = lines(&app, &found, "Observation");
    assert_eq!((results.len(), results[0].get("valueQuantity")), (RESULTS, None));
    assert!(lines(&app, &found, "Patient").is_empty());
    // Nobody else's, and over when it is ended.
    let file = format!("{}/Patient.ndjson", all.replace("$export-status", "$export-file"));
    assert_eq!(app.ask("DELETE", &all, &[], b"").status, 202);
    assert_eq!(app.ask("GET", &all, &[], b"").status, 404);
    assert_eq!(app.ask("GET", &file, &[], b"").status, 404);
    assert_eq!(app.ask("GET", "Group/g/$export?patient=Patient/p-2", &[], b"").status, 422, "nobody of it");
    assert_eq!(app.ask("GET", "$export?_type=Banana", &[], b"").status, 404);
    assert_eq!(app.ask("GET", "$export?colour=red", &[], b"").status, 400);
    assert_eq!(app.ask("GET", "Observation/$export", &[], b"").status, 400);
}

#[test]
fn cd_a_subscriber_is_called_when_something_happens() {
    let receiver = Receiver::start(|number, _, _| {
        // The first event is refused once.
        (if number == 1 { 503 } else { 200 }, Value::Null)
    });
    let app = Application::of(Setup::new("subscriber"));
    let asked = |endpoint: &str| {
        json!({"resourceType": "Subscription", "id": "s", "status": "requested", "reason": "test",
            "criteria": "urn:opor:topic:observation",
            "channel": {"type": "rest-hook", "endpoint": endpoint, "payload": "application/fhir+json",
                "header": ["X-Key: of-the-test"]}})
    };
    let (status, said) = app.say("PUT", "Subscription/s", &[], &asked("http://elsewhere.example/hook"));
    assert_eq!(status, 422, "{said}");
    let own = format!("http://{}/hook", receiver.address);
    assert_eq!(app.say("PUT", "Subscription/s", &[], &asked(&own)).0, 201);
    let is_active = || app.say("GET", "Subscription/s", &[], &Value::Null).1["status"] == "active";
    assert!(until(PATIENCE, is_active), "{:?}", receiver.bodies());
    assert_eq!(app.say("PUT", "Patient/p", &[], &patient("p", "Tavul", "1")).0, 201);
    assert_eq!(app.say("PUT", "Observation/o", &[], &observation("o", "p", "2026-01-02", 5.5)).0, 201);
    assert!(until(PATIENCE, || receiver.bodies().len() >= 3), "{:?}", receiver.bodies());
    let calls: Vec<Value> =
        receiver.bodies().iter().map(|(_, body)| serde_json::from_str(body).unwrap()).collect();
    let sort = |call: &Value| {
        let parts = call["entry"][0]["resource"]["parameter"].as_array().unwrap().clone();
        parts.iter().find(|part| part["name"] == "type").unwrap()["valueCode"].as_str().unwrap().to_owned()
    };
    assert_eq!(sort(&calls[0]), "handshake");
    assert_eq!([sort(&calls[1]), sort(&calls[2])], ["event-notification", "event-notification"]);
    assert!(calls[1].to_string().contains("/fhir/Observation/o\""), "{}", calls[1]);
    let (status, told) = app.say("GET", "Subscription/s/$status", &[], &Value::Null);
    assert_eq!(status, 200, "{told}");
    let (status, again) = app.say("GET", "Subscription/s/$events?content=full-resource", &[], &Value::Null);
    assert_eq!((status, &again["entry"][1]["resource"]["id"]), (200, &json!("o")), "{again}");
    assert_eq!(app.ask("DELETE", "Subscription/s", &[], b"").status, 204);
}

#[test]
fn cd_labels_are_set_taken_away_and_listed() {
    let app = Application::of(Setup::new("labels"));
    assert_eq!(app.say("PUT", "Patient/p", &[], &patient("p", "Tavul", "1")).0, 201);
    let tag = json!({"resourceType": "Parameters", "parameter": [{"name": "meta",
        "valueMeta": {"tag": [{"system": "urn:t", "code": "study"}], "profile": ["http://example.org/P"]}}]});
    let (status, meta) = app.say("POST", "Patient/p/$meta-add", &[], &tag);
    assert_eq!(
        (status, &meta["parameter"][0]["valueMeta"]["tag"][0]["code"]),
        (200, &json!("study")),
        "{meta}"
    );
    assert_eq!(app.ids("Patient?_tag=urn:t|study"), ["p"]);
    for path in ["Patient/$meta", "$meta", "Patient/p/$meta"] {
        let (status, meta) = app.say("GET", path, &[], &Value::Null);
        assert_eq!(
            (status, &meta["parameter"][0]["valueMeta"]["profile"]),
            (200, &json!(["http://example.org/P"])),
            "{path}"
        );
    }
    assert_eq!(app.say("POST", "Patient/p/$meta-delete", &[], &tag).0, 200);
    assert_eq!(app.ids("Patient?_tag=urn:t|study"), Vec::<String>::new());
    let server = json!({"versionId": "9"});
    assert_eq!(app.say("POST", "Patient/p/$meta-add", &[], &server).0, 400);
}
