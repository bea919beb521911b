use super::*;
use crate::json;
use crate::xml;
use std::path::PathBuf;

const NOW: Instant = Instant(1_795_356_300_000_000);
const CA_PATIENT: &str = "http://hl7.org/fhir/ca/baseline/StructureDefinition/profile-patient";

fn object(text: &str) -> Object {
    match json::parse(text.as_bytes()).expect(text) {
        Json::Object(object) => object,
        other => panic!("{other}"),
    }
}

fn errors(text: &str, profiles: &[&str]) -> Vec<String> {
    let found = resource(&object(text), profiles, NOW);
    found
        .into_iter()
        .filter(|one| one.severity == Severity::Error)
        .map(|one| format!("{}: {}", one.path, one.words))
        .collect()
}

#[test]
fn findings_name_the_place_and_what_to_do() {
    for (text, words) in [
        (
            r#"{"resourceType":"Patient","colour":"red"}"#,
            "Patient.colour: Patient has no element of this name; leave it out",
        ),
        (
            r#"{"resourceType":"Patient","active":"true"}"#,
            "Patient.active: write true or false without quotes",
        ),
        (r#"{"resourceType":"Patient","name":{"family":"a"}}"#, "Patient.name: write a list"),
        (
            r#"{"resourceType":"Patient","name":[{"family":["a"]}]}"#,
            "Patient.name[0].family: write one value",
        ),
        (r#"{"resourceType":"Patient","gender":"woman"}"#, "use one of female, male, other, unknown"),
        (r#"{"resourceType":"Patient","birthDate":"22.11.1974"}"#, "Patient.birthDate: write a date such as"),
        (
            r#"{"resourceType":"Patient","deceasedBoolean":true,"deceasedDateTime":"2020"}"#,
            "an element has one type",
        ),
        (r#"{"resourceType":"Patient","contact":[{"relationship":[{"text":"x"}]}]}"#, "(pat-1)"),
        (
            r#"{"resourceType":"Patient","link":[{"type":"refer"}]}"#,
            "Patient.link[0].other: at least 1 must be there",
        ),
        (
            r#"{"resourceType":"Patient","generalPractitioner":[{"reference":"Patient/a"}]}"#,
            "here it may lead to Organization, Practitioner",
        ),
        (
            r#"{"resourceType":"Patient","generalPractitioner":[{"reference":"somebody"}]}"#,
            "is no reference; write Type/id",
        ),
        (r##"{"resourceType":"Patient","managingOrganization":{"reference":"#o"}}"##, "(ref-1)"),
        (
            r#"{"resourceType":"Observation","status":"final"}"#,
            "Observation.code: at least 1 must be there, 0 found; add it",
        ),
        (
            r#"{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueString":"a","dataAbsentReason":{"text":"b"}}"#,
            "(obs-6)",
        ),
        (
            r#"{"resourceType":"Observation","status":"done","code":{"text":"x"}}"#,
            "done is not in http://hl7.org/fhir/ValueSet/observation-status",
        ),
        (
            r#"{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"period":{"start":"2020-01-02","end":"2020-01-01"}}"#,
            "(per-1)",
        ),
        (r#"{"resourceType":"Patient","extension":[{"url":"u"}]}"#, "(ext-1)"),
        (
            r#"{"resourceType":"Patient","extension":[{"url":"u","valueString":"a","extension":[{"url":"v","valueCode":"c"}]}]}"#,
            "(ext-1)",
        ),
        (
            r#"{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><script>x</script></div>"}}"#,
            "no <script>",
        ),
        (r#"{"resourceType":"Patients"}"#, "name a resource type of R4"),
        (
            r#"{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","active":1}],"managingOrganization":{"reference":"\u0023o"}}"#,
            "Patient.contained[0].active: write true",
        ),
    ] {
        let found = errors(text, &[]);
        assert!(found.iter().any(|one| one.contains(words)), "{text}: {found:?}");
    }
    let good = r#"{"resourceType":"Patient","name":[{"given":["Ada",null],"_given":[null,{"extension":[{"url":"u","valueCode":"c"}]}]}],"gender":"female","birthDate":"1974-12","_birthDate":{"id":"b"},"deceasedBoolean":false}"#;
    assert_eq!(errors(good, &[]), Vec::<String>::new());
}

#[test]
fn the_canadian_baseline_is_held() {
    let card = r#"{"resourceType":"Patient","identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"JHN"}]},"system":"https://fhir.infoway-inforoute.ca/NamingSystem/ca-ns-patient-healthcare-id","value":"0000000001"}],"name":[{"family":"A"}]}"#;
    assert_eq!(errors(card, &[CA_PATIENT]), Vec::<String>::new());
    let without = card.replace(r#","value":"0000000001""#, "");
    assert!(
        errors(&without, &[CA_PATIENT]).iter().any(|one| one.contains("value: at least 1 must be there"))
    );
    assert_eq!(errors(&without, &[]), Vec::<String>::new());
    // What a resource says of itself is asked too.
    let claimed =
        without.replace(r#""identifier""#, &format!(r#""meta":{{"profile":["{CA_PATIENT}"]}},"identifier""#));
    assert!(!errors(&claimed, &[]).is_empty());
    let nameless = card.replace(r#"{"family":"A"}"#, r#"{"use":"official"}"#);
    assert!(errors(&nameless, &[CA_PATIENT]).iter().any(|one| one.contains("ipa-pat-2")));
    let unknown = errors(card, &["http://example.org/p"]);
    assert!(unknown.iter().any(|one| one.contains("is not known here; known for Patient: ")), "{unknown:?}");
}

/// Every official example but those that break R4 themselves.
#[test]
fn cd_official_examples_are_accepted() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/fhir-r4-examples");
    let Ok(entries) = std::fs::read_dir(folder) else {
        println!("skipped: ../shared not laid beside the project");
        return;
    };
    let (mut seen, mut wrong) = (0, Vec::new());
    for path in entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
    {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let Ok(Json::Object(given)) = json::parse(&std::fs::read(&path).expect("read")) else { continue };
        seen += 1;
        let found = resource(&given, &[], NOW);
        if has_errors(&found) {
            let said: Vec<String> = found
                .iter()
                .filter(|one| one.severity == Severity::Error)
                .take(3)
                .map(|one| format!("{}: {}", one.path, one.words))
                .collect();
            wrong.push(format!("{name}: {said:#?}"));
        }
    }
    println!("{} of {seen} with errors:\n{}", wrong.len(), wrong.join("\n"));
    assert!(seen > 200 && wrong.len() * 100 <= 5 * seen, "{} of {seen}", wrong.len());
}

/// HL7's validator cases: all that are valid are accepted, most that are not are refused.
#[test]
fn cd_the_cases_of_the_validator() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/fhir-validator-cases");
    let Ok(manifest) = std::fs::read(folder.join("manifest.json")) else {
        println!("skipped: ../shared not laid beside the project");
        return;
    };
    let manifest = json::parse(&manifest).expect("the manifest");
    let (mut accepted, mut refused, mut invalid, mut wrong, mut missed) = (0, 0, 0, Vec::new(), Vec::new());
    for case in manifest.items() {
        let text = |key: &str| case.get(key).and_then(Json::as_str).unwrap_or_default();
        let bytes = std::fs::read(folder.join(text("file"))).expect("an input");
        let read = match text("file").ends_with(".xml") {
            true => xml::resource(&bytes).map_err(|error| error.to_string()),
            false => match json::parse(&bytes) {
                Ok(Json::Object(object)) => Ok(object),
                Ok(_) => Err("no object".to_owned()),
                Err(error) => Err(error.to_string()),
            },
        };
        let said: Vec<String> = match read {
            Err(error) => vec![error],
            Ok(object) => {
                let found = resource(&object, &[], NOW);
                found
                    .iter()
                    .filter(|one| one.severity == Severity::Error)
                    .map(|one| format!("{}: {}", one.path, one.words))
                    .collect()
            }
        };
        match (case.get("valid").and_then(Json::as_bool), said.is_empty()) {
            (Some(true), true) => accepted += 1,
            // The same document is invalid in another case: this one tells the validator to look away.
            (Some(true), false) if text("name") == "contained-resource-bad-id-ignore" => {}
            (Some(true), false) => wrong.push(format!("{}: {said:?}", text("name"))),
            (_, is_accepted) => {
                invalid += 1;
                refused += usize::from(!is_accepted);
                if is_accepted {
                    missed.push(text("name").to_owned());
                }
            }
        }
    }
    println!(
        "accepted {accepted} valid; refused {refused} of {invalid} invalid; not seen: {}",
        missed.join(", ")
    );
    assert!(wrong.is_empty(), "valid, and refused:\n{}", wrong.join("\n"));
    assert!(refused * 3 >= invalid * 2, "{refused} of {invalid}");
}

/// A warning for each reference that leads elsewhere, then an error.
#[test]
fn errors_are_told_however_many_warnings_stand_before() {
    let warned: Vec<String> = (0..300).map(|n| format!(r#"{{"reference":"elsewhere/of/{n}"}}"#)).collect();
    let text = format!(
        r#"{{"resourceType":"Patient","generalPractitioner":[{}],"link":[{{"colour":"red"}}]}}"#,
        warned.join(",")
    );
    let found = resource(&object(&text), &[], NOW);
    assert!(has_errors(&found) && found.iter().any(|one| one.path.contains("colour")), "{found:?}");
    assert_eq!(found.len(), MAX_FINDINGS + 1);
    assert!(found.last().is_some_and(|last| last.words.contains("errors first")), "{:?}", found.last());
}

#[test]
fn the_rules_of_one_document_share_their_steps() {
    let mut findings = Findings::new(NOW);
    findings.takes(MAX_STEPS - 1, "Patient");
    assert!(findings.all.is_empty());
    findings.takes(1, "Patient");
    assert!(has_errors(&findings.told("Patient")));
}
