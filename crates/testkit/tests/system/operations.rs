//! Operations of the FHIR door: everything of a patient, the latest results, who somebody is, whether a resource is as it
//! should be; and the same in XML.

use crate::fhir::{Application, observation, patient};
use serde_json::{Value, json};
use testkit::harness::Setup;
use testkit::http::exchange;

fn ids(bundle: &Value, mode: &str) -> Vec<String> {
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let of_mode = entries.iter().filter(|entry| entry["search"]["mode"] == mode);
    of_mode.map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn s059_everything_of_a_patient_comes_page_by_page() {
    let app = Application::of(Setup::new("fhir-everything"));
    for (id, family) in [("e-1", "Tavul"), ("e-2", "Borun")] {
        assert_eq!(app.say("PUT", &format!("Patient/{id}"), &[], &patient(id, family, id)).0, 201);
    }
    let doctor = json!({"resourceType": "Practitioner", "id": "doc-1", "name": [{"family": "Reno"}]});
    assert_eq!(app.say("PUT", "Practitioner/doc-1", &[], &doctor).0, 201);
    let visit = json!({"resourceType": "Encounter", "id": "v-1", "status": "finished", "class": {"code": "AMB"},
        "subject": {"reference": "Patient/e-1"}});
    assert_eq!(app.say("PUT", "Encounter/v-1", &[], &visit).0, 201);
    for n in 0..7 {
        let mut made = observation(&format!("eo-{n}"), "e-1", &format!("2026-03-0{}", n + 1), 4.0);
        made["performer"] = json!([{"reference": "Practitioner/doc-1"}]);
        if n < 2 {
            made["encounter"] = json!({"reference": "Encounter/v-1"});
        }
        assert_eq!(app.say("PUT", &format!("Observation/eo-{n}"), &[], &made).0, 201);
    }
    assert_eq!(
        app.say("PUT", "Observation/other", &[], &observation("other", "e-2", "2026-01-01", 1.0)).0,
        201
    );
    let (status, all) = app.say("GET", "Patient/e-1/$everything", &[], &Value::Null);
    assert_eq!(status, 200, "{all}");
    let mut found = ids(&all, "match");
    found.sort();
    assert_eq!(found, ["e-1", "eo-0", "eo-1", "eo-2", "eo-3", "eo-4", "eo-5", "eo-6", "v-1"]);
    assert_eq!(ids(&all, "include"), ["doc-1"], "{all}");
    // Pages of three come to the same.
    let mut paged = Vec::new();
    let mut path = "Patient/e-1/$everything?_count=3".to_owned();
    for _ in 0..9 {
        let (status, page) = app.say("GET", &path, &[], &Value::Null);
        assert_eq!(status, 200, "{page}");
        assert!(ids(&page, "match").len() <= 3);
        paged.extend(ids(&page, "match"));
        let links = page["link"].as_array().unwrap();
        match links.iter().find(|link| link["relation"] == "next") {
            Some(next) => path = next["url"].as_str().unwrap().split("/fhir/").nth(1).unwrap().to_owned(),
            None => break,
        }
    }
    paged.sort();
    assert_eq!(paged, found);
    let (_, some) = app.say("GET", "Patient/e-1/$everything?_type=Observation", &[], &Value::Null);
    assert_eq!(ids(&some, "match").len(), 7);
    let (_, visit) = app.say("GET", "Encounter/v-1/$everything", &[], &Value::Null);
    let mut of_visit = ids(&visit, "match");
    of_visit.sort();
    assert_eq!(of_visit, ["eo-0", "eo-1", "v-1"], "{visit}");
    assert_eq!(app.say("GET", "Patient/nobody/$everything", &[], &Value::Null).0, 404);
    assert_eq!(app.say("GET", "Patient/e-1/$everything?_cursor=x", &[], &Value::Null).0, 400);
    assert_eq!(app.say("GET", "Practitioner/doc-1/$everything", &[], &Value::Null).0, 400);
}

#[test]
fn s059_the_latest_of_each_code() {
    let app = Application::of(Setup::new("fhir-lastn"));
    assert_eq!(app.say("PUT", "Patient/l-1", &[], &patient("l-1", "Tavul", "1")).0, 201);
    for n in 0..4 {
        let mut made = observation(&format!("lo-{n}"), "l-1", &format!("2026-03-0{}", n + 1), 4.0);
        if n == 0 {
            made["code"] = json!({"coding": [{"system": "http://loinc.org", "code": "2345-7"}]});
        }
        assert_eq!(app.say("PUT", &format!("Observation/lo-{n}"), &[], &made).0, 201);
    }
    let (status, latest) = app.say("GET", "Observation/$lastn?patient=l-1", &[], &Value::Null);
    assert_eq!(
        (status, ids(&latest, "match")),
        (200, vec!["lo-3".to_owned(), "lo-0".to_owned()]),
        "{latest}"
    );
    let (_, two) = app.say("GET", "Observation/$lastn?patient=l-1&max=2&code=718-7", &[], &Value::Null);
    assert_eq!(ids(&two, "match"), ["lo-3", "lo-2"]);
    let (status, whose) = app.say("GET", "Observation/$lastn?code=718-7", &[], &Value::Null);
    assert!(status == 400 && whose.to_string().contains("add patient=ID"), "{whose}");
}

#[test]
fn s059_who_a_patient_might_be() {
    let app = Application::of(Setup::new("fhir-match"));
    let card = "https://fhir.infoway-inforoute.ca/NamingSystem/ca-ns-patient-healthcare-id";
    let mut on_file = patient("m-1", "Tavul", "1");
    on_file["identifier"] = json!([{"system": card, "value": "0041702816"}]);
    assert_eq!(app.say("PUT", "Patient/m-1", &[], &on_file).0, 201);
    assert_eq!(app.say("PUT", "Patient/m-2", &[], &patient("m-2", "Borun", "2")).0, 201);
    let asked = |patient: &Value, certain: bool| {
        json!({"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": patient},
            {"name": "onlyCertainMatches", "valueBoolean": certain}]})
    };
    let mut asks = on_file.clone();
    asks.as_object_mut().unwrap().remove("id");
    let (status, found) = app.say("POST", "Patient/$match", &[], &asked(&asks, false));
    assert_eq!(status, 200, "{found}");
    assert_eq!(ids(&found, "match").first().map(String::as_str), Some("m-1"), "{found}");
    let grade = &found["entry"][0]["search"]["extension"][0];
    assert_eq!(grade["url"], "http://hl7.org/fhir/StructureDefinition/match-grade");
    assert_eq!(grade["valueCode"], "certain", "{found}");
    // The name alone is never certain.
    let named = json!({"resourceType": "Patient", "name": [{"family": "Tavul", "given": ["Ada"]}]});
    let (_, certain) = app.say("POST", "Patient/$match", &[], &asked(&named, true));
    assert_eq!(ids(&certain, "match"), Vec::<String>::new(), "{certain}");
    assert_eq!(app.say("POST", "Patient/$match", &[], &named).0, 400);
}

#[test]
fn cd_validate_tells_and_strict_refuses() {
    let wrong = json!({"resourceType": "Patient", "gender": "woman", "colour": "red"});
    let app = Application::of(Setup::new("fhir-validate"));
    let (status, said) = app.say("POST", "Patient/$validate", &[], &wrong);
    assert_eq!(status, 200);
    for words in ["Patient.colour", "use one of female, male", "\"code-invalid\""] {
        assert!(said.to_string().contains(words), "{words}: {said}");
    }
    let baseline = "http://hl7.org/fhir/ca/baseline/StructureDefinition/profile-patient";
    let good = json!({"resourceType": "Patient", "identifier": [{"value": "1"}]});
    let (_, fine) = app.say("POST", "Patient/$validate", &[], &good);
    assert!(!fine.to_string().contains("\"error\""), "{fine}");
    let sent = json!({"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": good},
        {"name": "profile", "valueUri": baseline}]});
    let (_, held) = app.say("POST", "Patient/$validate", &[], &sent);
    assert!(held.to_string().contains("Patient.identifier.system"), "{held}");
    // What applications write is kept as it came, and told about, unless the setting says otherwise.
    let (status, kept) = app.say("POST", "Patient", &[], &wrong);
    assert_eq!((status, &kept["colour"]), (201, &json!("red")));
    let id = kept["id"].as_str().unwrap();
    let (_, stored) = app.say("GET", &format!("Patient/{id}/$validate"), &[], &Value::Null);
    assert!(stored.to_string().contains("Patient.colour"), "{stored}");
    let strict = Application::of(Setup::new("fhir-strict").setting("fhir = { validation = \"strict\" }"));
    let (status, refused) = strict.say("POST", "Patient", &[], &wrong);
    assert!(status == 422 && refused.to_string().contains("Patient.colour"), "{refused}");
    assert_eq!(strict.say("PUT", "Patient/s-1", &[], &patient("s-1", "Tavul", "1")).0, 201);
    let patch = json!([{"op": "replace", "path": "/gender", "value": "woman"}]);
    assert_eq!(strict.say("PATCH", "Patient/s-1", &[], &patch).0, 422);
}

#[test]
fn s059_the_same_in_xml() {
    let app = Application::of(Setup::new("fhir-xml"));
    let send = |method: &str, path: &str, sort: &str, accept: &str, body: &str| {
        let headers = [format!("Content-Type: {sort}"), format!("Accept: {accept}"), app.token.clone()];
        exchange(app.to, method, &format!("/fhir/{path}"), &headers, body.as_bytes()).unwrap()
    };
    let xml = "application/fhir+xml";
    let body = "<Patient xmlns=\"http://hl7.org/fhir\"><id value=\"x-1\"/><active value=\"true\"/><name><family value=\"Tavul &amp; S\"/></name><extension url=\"urn:x\"><valueDecimal value=\"4.10\"/></extension></Patient>";
    let made = send("PUT", "Patient/x-1", xml, xml, body);
    assert_eq!(
        (made.status, made.header("content-type")),
        (201, Some("application/fhir+xml; charset=utf-8")),
        "{}",
        made.text()
    );
    let (_, read) = app.say("GET", "Patient/x-1", &[], &Value::Null);
    assert_eq!((&read["active"], &read["name"][0]["family"]), (&json!(true), &json!("Tavul & S")));
    assert!(app.ask("GET", "Patient/x-1", &[], b"").text().contains("4.10"), "the decimal keeps its digits");
    let back = send("GET", "Patient/x-1", xml, xml, "").text();
    assert!(back.contains("<valueDecimal value=\"4.10\"/>") && back.contains("Tavul &amp; S"), "{back}");
    let found = send("GET", "Patient?family=Tavul&_format=xml", xml, "*/*", "").text();
    assert!(
        found.contains("<Bundle xmlns=\"http://hl7.org/fhir\">") && found.contains("<Patient>"),
        "{found}"
    );
    let stated = send("GET", "metadata", xml, xml, "").text();
    assert!(stated.contains("<CapabilityStatement"), "{stated}");
    let wrong = send(
        "POST",
        "Patient",
        xml,
        xml,
        "<Patient xmlns=\"http://hl7.org/fhir\"><colour value=\"red\"/></Patient>",
    );
    assert!(wrong.status == 400 && wrong.text().contains("Patient.colour"), "{}", wrong.text());
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aa\">]><Patient xmlns=\"http://hl7.org/fhir\"/>";
    assert_eq!(send("POST", "Patient", xml, xml, bomb).status, 400);
    let nobody =
        exchange(app.to, "POST", "/fhir/Patient", &[format!("Content-Type: {xml}")], bomb.as_bytes())
            .unwrap();
    assert_eq!(nobody.status, 401, "who may not come in has nothing looked into");
    let reader = [format!("Content-Type: {xml}"), app.reader()];
    let refused = exchange(app.to, "POST", "/fhir/Patient", &reader, bomb.as_bytes()).unwrap();
    assert_eq!(refused.status, 403, "nor has whose role does not write: {}", refused.text());
}

/// What reviews found stays mended: patches that swell, cursors that were made up, one id for things of several types.
#[test]
fn h71_patches_cursors_and_ids_that_were_made_up() {
    let app = Application::of(Setup::new("fhir-made-up"));
    for kind in ["Patient", "Practitioner", "Organization"] {
        let body = json!({"resourceType": kind, "id": "same", "active": true});
        assert_eq!(app.say("PUT", &format!("{kind}/same"), &[], &body).0, 201);
    }
    assert_eq!(app.ask("DELETE", "Practitioner/same", &[], b"").status, 204);
    for (kind, status) in [("Patient", 200), ("Practitioner", 410), ("Organization", 200)] {
        assert_eq!(app.say("GET", &format!("{kind}/same"), &[], &Value::Null).0, status, "{kind}");
    }
    let path = |n: usize| if n.is_multiple_of(2) { "/x" } else { "/y" };
    let swell: Vec<Value> = (0..40).map(|n| json!({"op": "copy", "from": "", "path": path(n)})).collect();
    let (status, said) = app.say("PATCH", "Patient/same", &[], &json!(swell));
    assert!(status == 422 && said.to_string().contains("operation "), "{status} {said}");
    let (_, kept) = app.say("GET", "Patient/same", &[], &Value::Null);
    assert_eq!(kept["meta"]["versionId"], "1");
    for cursor in ["x", ".", "0", "1.2", "zz.zz.zz", "ffffffffffffffffffff.0.0", "7.%00.1", "-1.-1.-1"] {
        let (status, said) = app.say("GET", &format!("Patient?_cursor={cursor}"), &[], &Value::Null);
        assert!(status == 400 && said["resourceType"] == "OperationOutcome", "{cursor}: {status} {said}");
    }
}
