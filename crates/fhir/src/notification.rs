//! What a subscriber is told: a Bundle of type history whose first entry is a status (R5 subscriptions backport 1.1,
//! profiles backport-subscription-notification-r4 and backport-subscription-status-r4).

use crate::json::{Json, Object};
use crate::time::Instant;

/// Profile of the Bundle.
const NOTIFICATION: &str =
    "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-notification-r4";
/// Profile of the status.
const STATUS: &str =
    "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-status-r4";

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its number in the subscription, from 1.
    pub number: i64,
    /// When.
    pub at: Instant,
    /// To what, as `Type/id`; `None` when that is not told.
    pub focus: Option<String>,
    /// The resource; `None` when it is not told.
    pub resource: Option<Vec<u8>>,
}

/// What a call or an answer says of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<'t> {
    /// Address of this server, such as `https://host/fhir`; empty when it has none.
    pub base: &'t str,
    /// Id of the subscription.
    pub id: &'t str,
    /// Address of the topic.
    pub topic: &'t str,
    /// Status of the subscription (code).
    pub status: &'static str,
    /// `handshake`, `heartbeat`, `event-notification`, `query-status`, `query-event`.
    pub sort: &'static str,
    /// Number of the last event there is.
    pub last: i64,
    /// Why calls fail; empty when they do not.
    pub error: &'t str,
    /// When this is said.
    pub at: Instant,
    /// What happened.
    pub events: &'t [Event],
}

fn part(name: &'static str, key: &'static str, value: impl Into<Json>) -> Object {
    Object::new().set("name", Json::literal(name)).set(key, value)
}

fn reference(to: String) -> Object {
    Object::new().set("reference", to)
}

impl Told<'_> {
    fn address(&self, to: &str) -> String {
        if self.base.is_empty() { to.to_owned() } else { format!("{}/{to}", self.base) }
    }

    /// The status alone, as `$status` answers.
    #[must_use]
    pub fn parameters(&self) -> Object {
        let own = self.address(&format!("Subscription/{}", self.id));
        let mut status = Object::new()
            .set("resourceType", Json::literal("Parameters"))
            .set("meta", Object::new().push("profile", Json::literal(STATUS)))
            .push("parameter", part("subscription", "valueReference", reference(own)))
            .push("parameter", part("topic", "valueCanonical", self.topic))
            .push("parameter", part("status", "valueCode", Json::literal(self.status)))
            .push("parameter", part("type", "valueCode", Json::literal(self.sort)))
            .push("parameter", part("events-since-subscription-start", "valueString", self.last.to_string()));
        for event in self.events {
            let mut note = Object::new()
                .set("name", Json::literal("notification-event"))
                .push("part", part("event-number", "valueString", event.number.to_string()))
                .push("part", part("timestamp", "valueInstant", event.at.to_string()));
            if let Some(focus) = &event.focus {
                note.add("part", part("focus", "valueReference", reference(self.address(focus))));
            }
            status.add("parameter", note);
        }
        if !self.error.is_empty() {
            let error = Object::new().set("text", self.error);
            status.add("parameter", part("error", "valueCodeableConcept", error));
        }
        status
    }

    /// The whole Bundle.
    #[must_use]
    pub fn bundle(&self) -> Object {
        let request = |method: &'static str, url: String| {
            Object::new().set("method", Json::literal(method)).set("url", url)
        };
        let own = self.address(&format!("Subscription/{}/$status", self.id));
        let mut bundle = Object::new()
            .set("resourceType", Json::literal("Bundle"))
            .set("meta", Object::new().push("profile", Json::literal(NOTIFICATION)))
            .set("type", Json::literal("history"))
            .set("timestamp", self.at.to_string())
            .push(
                "entry",
                Object::new()
                    .set("fullUrl", own.clone())
                    .set("resource", self.parameters())
                    .set("request", request("GET", own))
                    .set("response", Object::new().set("status", Json::literal("200"))),
            );
        for event in self.events {
            let (Some(focus), Some(body)) = (&event.focus, &event.resource) else { continue };
            let Ok(resource) = crate::json::parse(body) else { continue };
            bundle.add(
                "entry",
                Object::new()
                    .set("fullUrl", self.address(focus))
                    .set("resource", resource)
                    .set("request", request("PUT", focus.clone()))
                    .set("response", Object::new().set("status", Json::literal("200"))),
            );
        }
        bundle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_says_which_events_and_brings_what_may_be_told() {
        let events = [
            Event {
                number: 7,
                at: Instant(0),
                focus: Some("DiagnosticReport/r".to_owned()),
                resource: Some(br#"{"resourceType":"DiagnosticReport","id":"r"}"#.to_vec()),
            },
            Event { number: 8, at: Instant(0), focus: None, resource: None },
        ];
        let told = Told {
            base: "https://opor.example/fhir",
            id: "s",
            topic: "urn:opor:topic:new-result",
            status: "active",
            sort: "event-notification",
            last: 8,
            error: "",
            at: Instant(0),
            events: &events,
        };
        let bundle = told.bundle();
        assert_eq!(bundle.objects("entry").len(), 2, "what is withheld brings nothing");
        let status = bundle.objects("entry.resource").into_iter().next().cloned().expect("a status");
        assert_eq!(
            status.texts("parameter.part.valueReference.reference"),
            ["https://opor.example/fhir/DiagnosticReport/r"]
        );
        assert_eq!(status.texts("parameter.part.valueString"), ["7", "8"]);
        assert_eq!(bundle.text("type"), Some("history"));
    }
}
