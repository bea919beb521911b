//! What applications can be told of: one line for each topic.

use fhir::{Kind, Object};

/// Something that happens, which subscriptions ask for.
#[derive(Debug)]
pub struct Topic {
    /// Its canonical address, as `Subscription.criteria` names it.
    pub url: &'static str,
    /// What it is, for people.
    pub title: &'static str,
    /// Type of the resource that says so.
    pub kind: Kind,
    /// Whether a version says so: as it is now, and as it was before; `None` = there was none.
    pub happens: fn(&Object, Option<&Object>) -> bool,
}

const fn topic(
    url: &'static str,
    title: &'static str,
    kind: Kind,
    happens: fn(&Object, Option<&Object>) -> bool,
) -> Topic {
    Topic { url, title, kind, happens }
}

/// All of them.
#[rustfmt::skip]
pub const TOPICS: &[Topic] = &[
    topic("urn:opor:topic:new-result", "A report is there, or final", Kind::DiagnosticReport, |now, before| is(now, RELEASED) && !before.is_some_and(|before| is(before, RELEASED) && said(before) == said(now))),
    topic("urn:opor:topic:report-corrected", "A report is corrected or withdrawn", Kind::DiagnosticReport, |now, before| is(now, CORRECTED) && before.is_none_or(|before| before != now)),
    topic("urn:opor:topic:admission", "Somebody is admitted, or a visit begins", Kind::Encounter, |now, before| is(now, PRESENT) && !before.is_some_and(|before| is(before, PRESENT))),
    topic("urn:opor:topic:discharge", "A visit is over", Kind::Encounter, |now, before| is(now, OVER) && !before.is_some_and(|before| is(before, OVER))),
    topic("urn:opor:topic:new-document", "A document is there, or changed", Kind::DocumentReference, |now, _| !is(now, WITHDRAWN)),
    topic("urn:opor:topic:observation", "A result is there, or changed", Kind::Observation, |_, _| true),
    topic("urn:opor:topic:patient-changed", "Who somebody is was changed", Kind::Patient, |_, before| before.is_some()),
];

/// Statuses (FHIR R4 value sets diagnostic-report-status and encounter-status).
const RELEASED: &[&str] = &["partial", "preliminary", "final"];
const CORRECTED: &[&str] = &["corrected", "amended", "appended", "cancelled", "entered-in-error"];
const PRESENT: &[&str] = &["arrived", "triaged", "in-progress", "onleave"];
const OVER: &[&str] = &["finished"];
const WITHDRAWN: &[&str] = &["entered-in-error"];

fn said(resource: &Object) -> &str {
    resource.text("status").unwrap_or_default()
}

fn is(resource: &Object, statuses: &[&str]) -> bool {
    statuses.contains(&said(resource))
}

/// The topic of an address.
#[must_use]
pub fn of(url: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.url == url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fhir::{Json, json};

    fn object(text: &str) -> Object {
        match json::parse(text.as_bytes()) {
            Ok(Json::Object(object)) => object,
            _ => panic!("{text}"),
        }
    }

    #[test]
    fn each_topic_tells_what_it_says() {
        let of_status = |status: &str| object(&format!("{{\"status\":\"{status}\"}}"));
        for (name, before, now, happens) in [
            ("new-result", None, "final", true),
            ("new-result", None, "registered", false),
            ("new-result", Some("preliminary"), "final", true),
            ("new-result", Some("final"), "final", false),
            ("report-corrected", Some("final"), "corrected", true),
            ("report-corrected", Some("final"), "final", false),
            ("report-corrected", Some("corrected"), "corrected", false),
            ("admission", None, "in-progress", true),
            ("admission", Some("planned"), "in-progress", true),
            ("admission", Some("arrived"), "in-progress", false),
            ("discharge", Some("in-progress"), "finished", true),
            ("discharge", Some("finished"), "finished", false),
            ("new-document", None, "current", true),
            ("new-document", Some("current"), "entered-in-error", false),
        ] {
            let topic = of(&format!("urn:opor:topic:{name}")).expect("a topic");
            let before = before.map(of_status);
            let told = (topic.happens)(&of_status(now), before.as_ref());
            assert_eq!(told, happens, "{name}: {before:?} then {now}");
        }
    }

    #[test]
    fn every_topic_stands_once() {
        for topic in TOPICS {
            assert_eq!(TOPICS.iter().filter(|other| other.url == topic.url).count(), 1, "{}", topic.url);
            assert_eq!(of(topic.url).expect("found").title, topic.title);
        }
    }
}
