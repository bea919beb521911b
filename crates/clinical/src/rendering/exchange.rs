//! A report as one FHIR R4 Bundle for a receiving system: a message (bundle-type `message`) or a transaction.
//!
//! A repeat changes nothing at the receiver: the Bundle has the delivery's control id as identifier, the MessageHeader an
//! id derived from it, the patient is created only where none has that number, and everything else is put under the id
//! that this record gave it, so that a correction replaces what it corrects.

use super::dialect::Unfit;
use crate::intake::{Chart, Interpretation, Proposal};
use crate::routing::OutgoingHeader;
use fhir::address::percent_encoded;
use fhir::{Json, Kind, Object, ResourceKey, build, system};
use hl7v2::time::Hl7Time;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Identifier system of what this record sends.
pub const DELIVERY_SYSTEM: &str = "urn:opor:delivery";

/// Which sort of Bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// For `$process-message`; the answer names the MessageHeader.
    Message,
    /// For the base of a FHIR server; the answer has one entry for each of ours.
    Transaction,
}

/// The Bundle of one report of an interpreted message.
///
/// # Errors
/// [`Unfit`] when the message says nothing of the report in FHIR.
pub fn exchange(
    said: &Interpretation,
    report: ResourceKey,
    header: &OutgoingHeader,
    form: Exchange,
) -> Result<Vec<u8>, Unfit> {
    let chart = said.charts.iter().find(|chart| chart.reports.iter().any(|found| found.key == report));
    let Some(chart) = chart else {
        return Err(Unfit::new("the report has no FHIR form.", "le rapport n'a pas de forme FHIR."));
    };
    let instant = Hl7Time::parse(&header.time).ok().and_then(|time| time.to_fhir_instant(Some(0)));
    let identifier = Object::new().set("system", DELIVERY_SYSTEM).set("value", header.control_id.as_str());
    let bundle = Object::new().set("resourceType", "Bundle").set("identifier", identifier);
    let bundle = match form {
        Exchange::Message => {
            message(bundle.set("type", "message").set("timestamp", instant), said, chart, report, header)
        }
        Exchange::Transaction => {
            transaction(bundle.set("type", "transaction").set("timestamp", instant), chart)
        }
    };
    Ok(bundle.to_bytes())
}

/// The id of the MessageHeader of a delivery: what a receiver's answer names.
#[must_use]
pub fn message_id(control_id: &str) -> String {
    uuid(&format!("{DELIVERY_SYSTEM}/{control_id}"))
}

fn message(
    mut bundle: Object,
    said: &Interpretation,
    chart: &Chart,
    report: ResourceKey,
    header: &OutgoingHeader,
) -> Object {
    let names: BTreeMap<String, String> =
        chart.resources.iter().map(|proposal| named(proposal.key)).collect();
    let event = said.message_type.split('^').nth(1).unwrap_or_default();
    let focus = names.get(&report.to_string()).cloned().unwrap_or_else(|| report.to_string());
    let id = message_id(&header.control_id);
    let first = build::untitled(Kind::MessageHeader)
        .set("id", id.as_str())
        .set("eventCoding", build::coding(system::v2_table("0003"), event, ()))
        .push(
            "destination",
            Object::new()
                .set("name", header.receiver.as_str())
                .set("endpoint", format!("urn:opor:endpoint:{}", header.receiver)),
        )
        .set(
            "source",
            Object::new()
                .set("name", header.application.as_str())
                .set("software", "opor")
                .set("endpoint", format!("urn:opor:facility:{}", header.facility)),
        )
        .push("focus", Object::new().set("reference", focus));
    bundle.add("entry", Object::new().set("fullUrl", format!("urn:uuid:{id}")).set("resource", first));
    for proposal in &chart.resources {
        let (_, url) = named(proposal.key);
        let resource = referring(proposal.resource.clone(), &names);
        bundle.add("entry", Object::new().set("fullUrl", url).set("resource", resource));
    }
    bundle
}

fn transaction(mut bundle: Object, chart: &Chart) -> Object {
    let mut names = BTreeMap::new();
    for proposal in chart.resources.iter().filter(|proposal| condition(proposal).is_some()) {
        names.extend([named(proposal.key)]);
    }
    for proposal in &chart.resources {
        let key = proposal.key;
        let resource = referring(proposal.resource.clone(), &names);
        let entry = match condition(proposal) {
            Some(condition) => {
                let request = Object::new()
                    .set("method", "POST")
                    .set("url", key.kind.as_str())
                    .set("ifNoneExist", condition);
                Object::new().set("fullUrl", named(key).1).set("resource", resource).set("request", request)
            }
            None => {
                let request = Object::new().set("method", "PUT").set("url", key.to_string());
                Object::new()
                    .set("fullUrl", format!("urn:opor:{key}"))
                    .set("resource", resource)
                    .set("request", request)
            }
        };
        bundle.add("entry", entry);
    }
    bundle
}

/// The search that finds a patient at the receiver by number, the health card first: what they know of their patient is
/// theirs and is not overwritten.
fn condition(proposal: &Proposal) -> Option<String> {
    if proposal.key.kind != Kind::Patient {
        return None;
    }
    let identifiers = fhir::read::patient::identifiers(&proposal.resource);
    let with_system = || identifiers.iter().filter(|i| i.system.is_some() && !i.value.is_empty());
    let chosen = with_system()
        .find(|i| i.system.as_deref().is_some_and(system::is_health_number))
        .or_else(|| with_system().next())?;
    let system = chosen.system.as_deref().unwrap_or_default();
    Some(format!("identifier={}%7C{}", percent_encoded(system, b""), percent_encoded(&chosen.value, b"")))
}

/// A relative reference and the name that stands for it inside a Bundle.
fn named(key: ResourceKey) -> (String, String) {
    let reference = key.to_string();
    let name = format!("urn:uuid:{}", uuid(&reference));
    (reference, name)
}

/// A name-based UUID (RFC 9562 5.8) of a text.
fn uuid(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let hex: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-8{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

/// The resource with the references of `names` replaced.
fn referring(resource: Object, names: &BTreeMap<String, String>) -> Object {
    let mut out = Object::new();
    for (key, value) in resource.into_properties() {
        let value = match value {
            Json::String(text) if key == "reference" => match names.get(text.as_ref()) {
                Some(name) => Json::from(name),
                None => Json::String(text),
            },
            other => renamed(other, names),
        };
        out.append(key, value);
    }
    out
}

fn renamed(value: Json, names: &BTreeMap<String, String>) -> Json {
    match value {
        Json::Object(object) => Json::Object(referring(object, names)),
        Json::Array(items) => Json::Array(items.into_iter().map(|item| renamed(item, names)).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::{Sender, interpret};
    use hl7v2::Message;

    const TEXT: &str = "MSH|^~\\&|LAB|HRH|||20261122||ORU^R01^ORU_R01|1|P|2.5.1\r\
        PID|1||A1^^^HRH^MR~5000000001^^^NS^JHN||Roy^Lise||19800101|F\r\
        OBR|1|P1|F1|K^Potassium^L|||20261122|||||||||||||||20261122|||F\rOBX|1|NM|K^Potassium^L||4.10|mmol/L|3.5-5.1|N|||F\r";

    fn made(form: Exchange) -> (Json, ResourceKey, Vec<u8>) {
        let sender = Sender {
            link: "LAB".to_owned(),
            default_authority: "HRH".to_owned(),
            time_zone: "America/Halifax".to_owned(),
            custodian: "HRH".to_owned(),
            message_reference: "urn:opor:message:1".to_owned(),
            received: fhir::Instant(1_795_356_300_000_000),
        };
        let header = OutgoingHeader {
            application: "OPOR".to_owned(),
            facility: "LAB".to_owned(),
            receiver: "clinic".to_owned(),
            control_id: "7".to_owned(),
            time: "20261122140500+0000".to_owned(),
        };
        let said = interpret(&Message::parse(TEXT).expect("a message"), &sender);
        let report = said.charts[0].reports[0].key;
        let bytes = exchange(&said, report, &header, form).expect("a bundle");
        (fhir::json::parse(&bytes).expect("JSON"), report, bytes)
    }

    #[test]
    fn in07_a_transaction_makes_the_patient_once_and_puts_the_rest() {
        let (bundle, report, bytes) = made(Exchange::Transaction);
        assert_eq!(bytes, made(Exchange::Transaction).2, "the same bytes at every repeat");
        let bundle = bundle.as_object().expect("an object");
        assert_eq!(bundle.text("identifier.value"), Some("7"));
        assert_eq!(bundle.text("timestamp"), Some("2026-11-22T14:05:00+00:00"));
        let conditions = bundle.texts("entry.request.ifNoneExist");
        assert_eq!(conditions.len(), 1);
        assert!(conditions[0].contains("ca-ns-patient-healthcare-id%7C5000000001"), "{conditions:?}");
        let urls = bundle.texts("entry.request.url");
        assert!(urls.contains(&report.to_string().as_str()), "{urls:?}");
        let subjects = bundle.texts("entry.resource.subject.reference");
        assert!(!subjects.is_empty() && subjects.iter().all(|s| s.starts_with("urn:uuid:")), "{subjects:?}");
        assert!(String::from_utf8_lossy(&bytes).contains("\"value\":4.10"), "every digit stays");
    }

    #[test]
    fn a_message_names_its_report_and_every_reference_is_inside() {
        let (bundle, _, _) = made(Exchange::Message);
        let bundle = bundle.as_object().expect("an object");
        let names = bundle.texts("entry.fullUrl");
        assert_eq!(bundle.text("entry.resource.id"), Some(message_id("7").as_str()));
        let focus = bundle.text("entry.resource.focus.reference").expect("a focus");
        assert!(names.contains(&focus), "{focus} is in {names:?}");
        for reference in bundle.texts("entry.resource.subject.reference") {
            assert!(names.contains(&reference), "{reference}");
        }
    }
}
