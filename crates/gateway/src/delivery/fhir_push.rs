//! FHIR R4 Bundles by HTTP POST. A receipt is an answer to this very Bundle; anything else that answers is no receipt.
//!
//! Redirects are not followed: a report goes where the directory says or nowhere.

use super::posting::{Post, Posted, Url, post};
use super::wire::Dial;
use super::{Answering, Begun, Opening, Patience, Way};
use actions::deliveries::{Destination, Offer, Reply, message_id};
use fhir::{Json, Object, json};
use hyper::StatusCode;
use std::sync::Arc;
use tokio::time::timeout;

const FHIR_JSON: &str = "application/fhir+json";

/// The way of endpoints that take FHIR.
struct Push {
    destination: Destination,
    patience: Patience,
    dial: Arc<dyn Dial>,
}

/// Opens it.
pub(super) fn open(opening: &Opening<'_>) -> Box<dyn Way> {
    Box::new(Push {
        destination: opening.destination.clone(),
        patience: opening.patience,
        dial: Arc::clone(opening.dial),
    })
}

impl Way for Push {
    fn offer<'a>(&'a mut self, offer: &'a Offer, begun: &'a Begun) -> Answering<'a> {
        Box::pin(self.push(offer, begun))
    }
}

impl Push {
    async fn push(&self, offer: &Offer, begun: &Begun) -> Reply {
        let Some(url) = Url::read(&self.destination.address) else {
            return Reply::Unreachable(format!(
                "\"{}\" is no address; the directory must say http://HOST:PORT/BASE or https://HOST/BASE",
                self.destination.address
            ));
        };
        let there = Destination { address: url.authority.clone(), ..self.destination.clone() };
        let wire = match timeout(self.patience.connect, self.dial.dial(&there)).await {
            Ok(Ok(wire)) => wire,
            Ok(Err(error)) => return Reply::Unreachable(error.to_string()),
            Err(_) => return Reply::Unreachable("no connection in time".to_owned()),
        };
        begun.begin();
        let sent = Sent::of(&offer.bytes);
        match timeout(self.patience.answer, post(wire, &url, sent.posted(&url, offer))).await {
            Ok(Some(answer)) => meant(&answer, &sent, &offer.control_id),
            Ok(None) | Err(_) => Reply::Silent,
        }
    }
}

/// What a Bundle wants for an answer.
#[derive(Debug, PartialEq, Eq)]
enum Sent {
    Message,
    /// With so many entries.
    Transaction(usize),
}

impl Sent {
    fn of(bytes: &[u8]) -> Self {
        let bundle = json::parse(bytes).unwrap_or_default();
        let is_message = bundle.get("type").and_then(Json::as_str) == Some("message");
        if is_message {
            Self::Message
        } else {
            Self::Transaction(bundle.get("entry").map_or(0, |entries| entries.items().len()))
        }
    }

    /// The request that it goes in.
    fn posted<'o>(&self, url: &Url, offer: &'o Offer) -> Post<'o> {
        let path = match self {
            Self::Message => format!("{}/$process-message", url.path),
            Self::Transaction(_) => url.path.clone(),
        };
        Post { path, form: FHIR_JSON, id: &offer.control_id, headers: &[], body: offer.bytes.clone() }
    }
}

/// What an answer means for the delivery.
fn meant(answer: &Posted, sent: &Sent, control_id: &str) -> Reply {
    let body = json::parse(&answer.body).unwrap_or_default();
    let said = body.as_object().cloned().unwrap_or_default();
    let text = told(answer.status, &said);
    match answer.status.as_u16() {
        200..=299 => match sent {
            Sent::Message => of_message(&said, control_id, text),
            Sent::Transaction(entries) => of_transaction(&said, *entries, text),
        },
        300..=399 => Reply::Rejected {
            text: format!("it redirects to \"{}\"; correct the address in the directory", answer.location),
        },
        // Come back later, or a machine in front of the application: whether it has it is not known.
        408 | 425 | 429 | 502 | 503 | 504 => Reply::Silent,
        400..=499 => Reply::Rejected { text },
        _ => Reply::Error { text },
    }
}

/// The words of an OperationOutcome, or the status.
fn told(status: StatusCode, said: &Object) -> String {
    let issues: Vec<&str> = said.texts("issue.diagnostics");
    let issues = if issues.is_empty() { said.texts("issue.details.text") } else { issues };
    if issues.is_empty() { status.to_string() } else { format!("{status}: {}", issues.join("; ")) }
}

/// The response of a message (FHIR R4 3.4): its MessageHeader names ours.
fn of_message(said: &Object, control_id: &str, text: String) -> Reply {
    let ours = message_id(control_id);
    let header = said.objects("entry.resource").into_iter().find_map(|resource| resource.object("response"));
    match header {
        Some(response) if response.text("identifier") == Some(ours.as_str()) => match response.text("code") {
            Some("ok") => Reply::Accepted { text },
            Some("transient-error") => Reply::Error { text },
            _ => Reply::Rejected { text },
        },
        _ => Reply::Error { text: format!("{text}, but the answer names no message of ours") },
    }
}

/// The response of a transaction (FHIR R4 3.1.0.11): one entry for each of ours, each done.
fn of_transaction(said: &Object, entries: usize, text: String) -> Reply {
    let done = said.texts("entry.response.status");
    let is_response = said.text("type") == Some("transaction-response");
    if is_response && done.len() == entries && done.iter().all(|status| status.starts_with('2')) {
        return Reply::Accepted { text };
    }
    let found = done.iter().filter(|status| status.starts_with('2')).count();
    Reply::Error { text: format!("{text}, but {found} of {entries} entries are confirmed") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Posted {
        let status = StatusCode::from_u16(status).expect("a status");
        Posted { status, location: "http://else.where/".to_owned(), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn x03_only_an_answer_to_this_bundle_is_a_receipt() {
        let ours = message_id("R7");
        let response = |id: &str, code: &str| {
            format!(
                r#"{{"resourceType":"Bundle","type":"message","entry":[{{"resource":{{"resourceType":"MessageHeader","response":{{"identifier":"{id}","code":"{code}"}}}}}}]}}"#
            )
        };
        let of = |status, body: &str| meant(&answer(status, body), &Sent::Message, "R7");
        assert!(matches!(of(200, &response(&ours, "ok")), Reply::Accepted { .. }));
        assert!(matches!(of(200, &response(&message_id("R8"), "ok")), Reply::Error { .. }));
        assert!(matches!(of(200, ""), Reply::Error { .. }), "200 alone says nothing about the message");
        assert!(matches!(of(200, &response(&ours, "transient-error")), Reply::Error { .. }));
        assert!(matches!(of(200, &response(&ours, "fatal-error")), Reply::Rejected { .. }));
        let Reply::Rejected { text } = of(302, "") else { panic!("a redirect is not followed") };
        assert!(text.contains("else.where"), "{text}");
        let outcome = r#"{"resourceType":"OperationOutcome","issue":[{"diagnostics":"no such patient"}]}"#;
        let Reply::Rejected { text } = of(422, outcome) else { panic!("refused") };
        assert!(text.contains("422") && text.contains("no such patient"), "{text}");
        assert!(matches!(of(500, ""), Reply::Error { .. }));
        for later in [408, 429, 502, 503, 504] {
            assert!(matches!(of(later, ""), Reply::Silent), "{later}");
        }
    }

    #[test]
    fn a_transaction_is_received_when_every_entry_is() {
        let response = |statuses: &[&str]| {
            let entries: Vec<String> =
                statuses.iter().map(|s| format!(r#"{{"response":{{"status":"{s}"}}}}"#)).collect();
            format!(
                r#"{{"resourceType":"Bundle","type":"transaction-response","entry":[{}]}}"#,
                entries.join(",")
            )
        };
        let of = |body: &str| meant(&answer(200, body), &Sent::Transaction(2), "R7");
        assert!(matches!(of(&response(&["201 Created", "200 OK"])), Reply::Accepted { .. }));
        assert!(matches!(of(&response(&["201 Created"])), Reply::Error { .. }));
        assert!(matches!(of(&response(&["201 Created", "400"])), Reply::Error { .. }));
    }
}
