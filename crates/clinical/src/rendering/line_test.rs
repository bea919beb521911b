//! A test of a FHIR way: a Bundle as reports have it, about nobody.

use super::exchange::{DELIVERY_SYSTEM, Exchange, message_id};
use fhir::{Kind, Object, ResourceKey, build, system};

/// What the receiver reads; the same words stand in the test result of an HL7 v2 line.
const SAID: &str = "No patient: test of the line";

/// The Bundle of a test result: one report that is labelled as test data (`HTEST`, HL7 v3 ActReason) and contains its
/// patient, so that no patient is made at the receiver. Each has the same id there: it replaces the one before.
#[must_use]
pub fn line_test(report: ResourceKey, control_id: &str, receiver: &str, form: Exchange) -> Vec<u8> {
    let identifier = Object::new().set("system", DELIVERY_SYSTEM).set("value", control_id);
    let bundle = Object::new().set("resourceType", "Bundle").set("identifier", identifier);
    let bundle = match form {
        Exchange::Transaction => bundle.set("type", "transaction").push(
            "entry",
            Object::new()
                .set("fullUrl", format!("urn:opor:{report}"))
                .set("resource", result(report))
                .set("request", Object::new().set("method", "PUT").set("url", report.to_string())),
        ),
        Exchange::Message => {
            let id = message_id(control_id);
            let url = format!("urn:opor:{report}");
            let header = build::untitled(Kind::MessageHeader)
                .set("id", id.as_str())
                .set("eventCoding", build::coding(system::v2_table("0003"), "R01", ()))
                .push(
                    "destination",
                    Object::new()
                        .set("name", receiver)
                        .set("endpoint", format!("urn:opor:endpoint:{receiver}")),
                )
                .set(
                    "source",
                    Object::new()
                        .set("name", "OPOR")
                        .set("software", "opor")
                        .set("endpoint", "urn:opor:facility:OPOR"),
                )
                .push("focus", Object::new().set("reference", url.as_str()));
            bundle
                .set("type", "message")
                .push("entry", Object::new().set("fullUrl", format!("urn:uuid:{id}")).set("resource", header))
                .push("entry", Object::new().set("fullUrl", url).set("resource", result(report)))
        }
    };
    bundle.to_bytes()
}

fn result(report: ResourceKey) -> Object {
    let name = Object::new().set("family", "Canary").push("given", "Test");
    let patient = Object::new().set("resourceType", "Patient").set("id", "test").push("name", name);
    let label = Object::new()
        .set("system", "http://terminology.hl7.org/CodeSystem/v3-ActReason")
        .set("code", "HTEST")
        .set("display", "test health data");
    Object::new()
        .set("resourceType", "DiagnosticReport")
        .set("id", report.id())
        .set("meta", Object::new().push("security", label))
        .push("contained", patient)
        .set("status", "final")
        .set("code", Object::new().set("text", "Test of the line"))
        .set("subject", Object::new().set("reference", "#test"))
        .set("conclusion", SAID)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fhir::{RecordId, json};

    #[test]
    fn a_test_of_a_fhir_way_makes_no_patient_and_says_that_it_is_a_test() {
        let record = RecordId::of("OPOR", "hill-fhir");
        let report = ResourceKey::of(record, Kind::DiagnosticReport, &["canary"]);
        for form in [Exchange::Transaction, Exchange::Message] {
            let bytes = line_test(report, "R7", "hill-fhir", form);
            assert_eq!(bytes, line_test(report, "R7", "hill-fhir", form), "a repeat is the same bytes");
            let bundle = json::parse(&bytes).expect("JSON");
            let bundle = bundle.as_object().expect("an object");
            let kinds = bundle.texts("entry.resource.resourceType");
            assert!(!kinds.contains(&"Patient"), "{kinds:?}");
            assert_eq!(bundle.texts("entry.resource.meta.security.code"), ["HTEST"]);
            assert_eq!(bundle.texts("entry.resource.conclusion"), [SAID]);
        }
        let sent = line_test(report, "R7", "hill-fhir", Exchange::Transaction);
        let sent = String::from_utf8(sent).expect("text");
        assert!(sent.contains(&format!("\"url\":\"{report}\"")) && sent.contains("\"PUT\""), "{sent}");
    }
}
