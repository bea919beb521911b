//! What a Subscription asks for (FHIR R4 Subscription, with the extensions of the R5 backport guide 1.1), and whether a
//! resource is what it asks for.

pub mod topics;

use fhir::address::percent_encoded;
use fhir::search::r4::{Clause, Params, Request, RequestError, Unknown, decode_pairs};
use fhir::{Instant, Json, Kind, Object};
use serde::{Deserialize, Serialize};
use topics::{TOPICS, Topic};

/// Where the extensions of the backport guide stand.
const BACKPORT: &str = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/";
/// Shortest time from one heartbeat to the next, in seconds.
const MIN_HEARTBEAT_SECONDS: u32 = 10;
/// Longest time that a receiver may take to answer, in seconds.
pub const MAX_TIMEOUT_SECONDS: u32 = 60;
/// Events of one call when the subscription does not say how many.
const USUAL_EVENTS: u32 = 20;
/// Most events of one call.
const MAX_EVENTS: u32 = 100;
/// How long a subscription runs without being written again, in days: it goes on when the token that made it is over, so
/// that somebody must say now and then that it is still wanted.
pub const MAX_DAYS: i64 = 90;
/// Most patients that one subscription names.
const MAX_PATIENTS: usize = 1_000;

/// What of a resource is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// That something happened.
    Empty,
    /// And to what.
    IdOnly,
    /// And the resource.
    FullResource,
}

impl Content {
    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "empty" => Some(Self::Empty),
            "id-only" => Some(Self::IdOnly),
            "full-resource" => Some(Self::FullResource),
            _ => None,
        }
    }
}

/// What a subscription asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Address of the topic.
    pub topic: String,
    /// Only of these patients, by id; empty = of everybody.
    pub patients: Vec<String>,
    /// Only what names this practitioner: `Practitioner/ID`, or `system|value` of an identifier.
    pub practitioner: Option<String>,
    /// Other conditions, as a search of the topic's type is written.
    pub filter: String,
    /// Where calls go.
    pub endpoint: String,
    /// Headers that go with them.
    pub headers: Vec<(String, String)>,
    /// What of a resource is told.
    pub content: Content,
    /// A call at least so often, in seconds; 0 = only when there is something to tell.
    pub heartbeat_seconds: u32,
    /// How long the receiver may take to answer, in seconds; 0 = as long as any.
    pub timeout_seconds: u32,
    /// Most events of one call.
    pub max_events: u32,
    /// When it ends, in microseconds UTC.
    pub end: i64,
}

/// Why a Subscription cannot be taken: where, and what to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {words}")]
pub struct Wrong {
    /// Element.
    pub path: &'static str,
    /// What to write.
    pub words: String,
}

fn wrong<T>(path: &'static str, words: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { path, words: words.into() })
}

/// The value of an extension of the guide, by the end of its address.
fn extension<'o>(of: Option<&'o Object>, name: &str) -> Option<&'o str> {
    let all = of.map(|of| of.objects("extension")).unwrap_or_default();
    all.into_iter()
        .find(|one| one.text("url").and_then(|url| url.strip_prefix(BACKPORT)) == Some(name))
        .and_then(|one| one.text("value[x]"))
}

/// The status that a Subscription says; what it asks for is read only when it is to begin.
#[must_use]
pub fn is_off(resource: &Object) -> bool {
    resource.text("status") == Some("off")
}

/// When a Subscription ends: as it says, and [`MAX_DAYS`] from now at the latest.
///
/// # Errors
/// What it says is no time to come.
pub fn end(resource: &Object, now: Instant) -> Result<Instant, Wrong> {
    let latest = now.plus_minutes(MAX_DAYS * 24 * 60);
    match resource.text("end") {
        None => Ok(latest),
        Some(text) => match fhir::time::interval(text) {
            Some((end, _)) if end > now => Ok(end.min(latest)),
            _ => wrong("Subscription.end", format!("\"{text}\" is no time to come")),
        },
    }
}

/// Reads a Subscription.
///
/// # Errors
/// What is missing or cannot be done, with what to write.
pub fn read(resource: &Object, now: Instant) -> Result<Asked, Wrong> {
    let url = resource.text("criteria").unwrap_or_default();
    let Some(topic) = topics::of(url) else {
        let known: Vec<&str> = TOPICS.iter().map(|topic| topic.url).collect();
        return wrong(
            "Subscription.criteria",
            format!("\"{url}\" is no topic; write one of {}", known.join(", ")),
        );
    };
    let Some(channel) = resource.object("channel") else {
        return wrong("Subscription.channel", "is missing; write type rest-hook and an endpoint");
    };
    if channel.text("type") != Some("rest-hook") {
        return wrong("Subscription.channel.type", "write rest-hook; other channels are not served");
    }
    let endpoint = channel.text("endpoint").unwrap_or_default();
    if !is_protected(endpoint) {
        return wrong(
            "Subscription.channel.endpoint",
            format!(
                "\"{endpoint}\" is no address that calls go to; write https://HOST/PATH (http:// on loopback only)"
            ),
        );
    }
    let payload = channel.text("payload").unwrap_or("application/fhir+json");
    if payload != "application/fhir+json" {
        return wrong("Subscription.channel.payload", "write application/fhir+json");
    }
    let asked = extension(channel.object("_payload"), "backport-payload-content").unwrap_or("id-only");
    let Some(content) = Content::from_code(asked) else {
        return wrong(
            "Subscription.channel.payload.extension",
            format!("\"{asked}\" is no content; write empty, id-only or full-resource"),
        );
    };
    let number = |path, name, usual: u32| match extension(Some(channel), name) {
        None => Ok(usual),
        Some(text) => {
            text.parse::<u32>().or_else(|_| wrong(path, format!("\"{text}\" is no number from 0 on")))
        }
    };
    const PATH: &str = "Subscription.channel.extension";
    let heartbeat_seconds = match number(PATH, "backport-heartbeat-period", 0)? {
        0 => 0,
        seconds => seconds.max(MIN_HEARTBEAT_SECONDS),
    };
    let timeout_seconds = number(PATH, "backport-timeout", 0)?.min(MAX_TIMEOUT_SECONDS);
    let max_events = number(PATH, "backport-max-count", USUAL_EVENTS)?.clamp(1, MAX_EVENTS);
    let mut headers = Vec::new();
    for line in channel.texts("header") {
        headers.push(header(line)?);
    }
    let end = end(resource, now)?.0;
    let mut asked = Asked {
        topic: topic.url.to_owned(),
        patients: Vec::new(),
        practitioner: None,
        filter: String::new(),
        endpoint: endpoint.to_owned(),
        headers,
        content,
        heartbeat_seconds,
        timeout_seconds,
        max_events,
        end,
    };
    let criteria: Vec<&Object> =
        resource.object("_criteria").map(|one| one.objects("extension")).unwrap_or_default();
    for text in criteria
        .into_iter()
        .filter(|one| {
            one.text("url").is_some_and(|url| url.strip_prefix(BACKPORT) == Some("backport-filter-criteria"))
        })
        .filter_map(|one| one.text("value[x]"))
    {
        filtered(topic, text, &mut asked, now)?;
    }
    Ok(asked)
}

/// Whether calls may go to an address: by TLS, or without leaving this machine.
#[must_use]
pub fn is_protected(address: &str) -> bool {
    let (rest, needs_loopback) = match address.strip_prefix("https://") {
        Some(rest) => (rest, false),
        None => match address.strip_prefix("http://") {
            Some(rest) => (rest, true),
            None => return false,
        },
    };
    let host = rest.split('/').next().unwrap_or_default();
    if host.is_empty() || host.contains(['@', ' ', '?', '#']) {
        return false;
    }
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_matches(['[', ']']);
    !needs_loopback
        || name == "localhost"
        || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Headers that a subscription may not set: they say where a call goes and what stands in it.
const OWN_HEADERS: [&str; 6] =
    ["host", "content-length", "content-type", "connection", "transfer-encoding", "x-request-id"];

/// What is told in place of the value of a header: it is a secret of the receiver's.
const KEPT: &str = "***";

/// A Subscription as it is told: the names of its headers, and no value of theirs.
#[must_use]
pub fn without_secrets(body: Vec<u8>) -> Vec<u8> {
    let Ok(Json::Object(mut resource)) = fhir::json::parse(&body) else { return body };
    let Some(Json::Object(channel)) = resource.get_mut("channel") else { return body };
    let told = |line: &Json| {
        let name = line.as_str().and_then(|line| line.split_once(':')).map(|(name, _)| name);
        Json::from(name.map_or_else(|| KEPT.to_owned(), |name| format!("{name}: {KEPT}")))
    };
    match channel.get_mut("header") {
        Some(Json::Array(lines)) => lines.iter_mut().for_each(|line| *line = told(line)),
        Some(line) => *line = told(line),
        None => return body,
    }
    resource.to_bytes()
}

fn header(line: &str) -> Result<(String, String), Wrong> {
    const PATH: &str = "Subscription.channel.header";
    let Some((name, value)) = line.split_once(':') else {
        return wrong(PATH, "write each as Name: value");
    };
    let (name, value) = (name.trim().to_lowercase(), value.trim().to_owned());
    let is_name =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let is_value = value.bytes().all(|b| (b' '..=b'~').contains(&b));
    if !is_name || !is_value || OWN_HEADERS.contains(&name.as_str()) {
        return wrong(PATH, format!("\"{name}\" cannot be set; write another header as Name: value"));
    }
    if value == KEPT {
        return wrong(PATH, format!("the value of \"{name}\" is never told; write it again: {name}: value"));
    }
    Ok((name, value))
}

/// Takes one filter: `DiagnosticReport?patient=Patient/ID&status=final`.
fn filtered(topic: &Topic, text: &str, asked: &mut Asked, now: Instant) -> Result<(), Wrong> {
    const PATH: &str = "Subscription.criteria.extension";
    let query = match text.split_once('?') {
        Some((kind, query)) if kind == topic.kind.as_str() => query,
        Some((kind, _)) => {
            return wrong(PATH, format!("{kind} is not of this topic; write {}?…", topic.kind));
        }
        None => text,
    };
    let pairs = decode_pairs(query).or_else(|error| wrong(PATH, error.to_string()))?;
    let mut others = Params::new();
    for (name, value) in pairs {
        match name.as_str() {
            "patient" | "subject" | "subject:Patient" => {
                let ids = value.split(',').map(|id| id.strip_prefix("Patient/").unwrap_or(id).to_owned());
                asked.patients.extend(ids);
            }
            "practitioner" => asked.practitioner = Some(value),
            _ => others.push((name, value)),
        }
    }
    if asked.patients.len() > MAX_PATIENTS {
        return wrong(PATH, format!("names more than {MAX_PATIENTS} patients; make several subscriptions"));
    }
    conditions(topic.kind, &others, now).or_else(|error| wrong(PATH, error.to_string()))?;
    for (name, value) in others {
        if !asked.filter.is_empty() {
            asked.filter.push('&');
        }
        asked.filter.push_str(&format!("{}={}", escaped(&name), escaped(&value)));
    }
    Ok(())
}

/// As it stands in an address.
fn escaped(text: &str) -> String {
    percent_encoded(text, b":,|/$")
}

/// Conditions that a resource alone can answer.
fn conditions(kind: Kind, params: &Params, now: Instant) -> Result<Vec<Clause>, RequestError> {
    let request = Request::read(kind, params, Unknown::Refuse, now)?;
    match request.clauses.iter().all(|clause| matches!(clause, Clause::Own(_))) {
        true => Ok(request.clauses),
        false => Err(RequestError::Unsupported(
            "filter by parameters of the resource itself; chains, _has and _id are not taken here".to_owned(),
        )),
    }
}

impl Asked {
    /// Whether it is over.
    #[must_use]
    pub fn has_ended(&self, now: Instant) -> bool {
        self.end <= now.0
    }

    /// The topic.
    #[must_use]
    pub fn topic(&self) -> Option<&'static Topic> {
        topics::of(&self.topic)
    }

    /// Whether a version is asked for, its patient aside: `before` is the one that it replaces.
    #[must_use]
    pub fn wants(&self, kind: Kind, now: &Object, before: Option<&Object>, at: Instant) -> bool {
        let Some(topic) = self.topic().filter(|topic| topic.kind == kind) else { return false };
        (topic.happens)(now, before)
            && self.practitioner.as_ref().is_none_or(|wanted| names(&Json::Object(now.clone()), wanted))
            && self.filter_says(kind, now, at)
    }

    fn filter_says(&self, kind: Kind, resource: &Object, at: Instant) -> bool {
        let clauses = decode_pairs(&self.filter).and_then(|pairs| conditions(kind, &pairs, at));
        // A filter that this version does not understand lets nothing through.
        clauses.is_ok_and(|clauses| {
            clauses
                .iter()
                .all(|clause| matches!(clause, Clause::Own(condition) if condition.matches(resource)))
        })
    }
}

/// Whether a practitioner is named anywhere in a resource: by reference, or by an identifier of theirs.
fn names(json: &Json, wanted: &str) -> bool {
    match json {
        Json::Object(object) => {
            object.text("reference") == Some(wanted)
                || wanted.split_once('|').is_some_and(|(system, value)| {
                    object.text("value") == Some(value)
                        && (system.is_empty() || object.text("system") == Some(system))
                })
                || object.iter().any(|(_, inner)| names(inner, wanted))
        }
        Json::Array(items) => items.iter().any(|item| names(item, wanted)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fhir::json;

    const NOW: Instant = Instant(1_795_356_300_000_000);

    fn object(text: &str) -> Object {
        match json::parse(text.as_bytes()) {
            Ok(Json::Object(object)) => object,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn subscription(criteria: &str, filter: &str, endpoint: &str) -> Object {
        object(&format!(
            r#"{{"resourceType":"Subscription","status":"requested","reason":"r","criteria":"{criteria}",
            "_criteria":{{"extension":[{{"url":"{BACKPORT}backport-filter-criteria","valueString":"{filter}"}}]}},
            "channel":{{"type":"rest-hook","endpoint":"{endpoint}","payload":"application/fhir+json",
            "header":["Authorization: Bearer x"],
            "_payload":{{"extension":[{{"url":"{BACKPORT}backport-payload-content","valueCode":"full-resource"}}]}},
            "extension":[{{"url":"{BACKPORT}backport-heartbeat-period","valueUnsignedInt":60}},
                         {{"url":"{BACKPORT}backport-max-count","valuePositiveInt":5}}]}}}}"#
        ))
    }

    #[test]
    fn what_is_asked_is_read() {
        let sent = subscription(
            "urn:opor:topic:new-result",
            "DiagnosticReport?patient=Patient/p-1,p-2&status=final&practitioner=urn:x|019999",
            "https://emr.example/hook",
        );
        let asked = read(&sent, NOW).expect("taken");
        assert_eq!(asked.patients, ["p-1", "p-2"]);
        assert_eq!(asked.practitioner.as_deref(), Some("urn:x|019999"));
        assert_eq!((asked.filter.as_str(), asked.content), ("status=final", Content::FullResource));
        assert_eq!((asked.heartbeat_seconds, asked.max_events), (60, 5));
        assert_eq!(asked.headers, [("authorization".to_owned(), "Bearer x".to_owned())]);
        let text = serde_json::to_string(&asked).expect("JSON");
        assert_eq!(serde_json::from_str::<Asked>(&text).expect("read again"), asked);
    }

    #[test]
    fn it_ends_as_it_says_and_never_later_than_the_limit() {
        let latest = NOW.plus_minutes(MAX_DAYS * 24 * 60);
        let of = |text: &str| end(&object(&format!(r#"{{"resourceType":"Subscription"{text}}}"#)), NOW);
        assert_eq!(of(""), Ok(latest));
        assert_eq!(of(r#","end":"2099-01-01T00:00:00Z""#), Ok(latest));
        let soon = NOW.plus_minutes(60);
        assert_eq!(of(&format!(r#","end":"{soon}""#)), Ok(soon));
        assert_eq!(
            of(r#","end":"2001-01-01T00:00:00Z""#).map_err(|wrong| wrong.path),
            Err("Subscription.end")
        );
    }

    #[test]
    fn what_cannot_be_done_says_what_to_write() {
        let topic = "urn:opor:topic:new-result";
        let hook = "https://emr.example/hook";
        for (criteria, filter, endpoint, path) in [
            ("Observation?code=1", "", hook, "Subscription.criteria"),
            (topic, "", "http://emr.example/hook", "Subscription.channel.endpoint"),
            (topic, "", "ftp://emr.example", "Subscription.channel.endpoint"),
            (topic, "", "https://u:p@emr.example/", "Subscription.channel.endpoint"),
            (topic, "Patient?family=x", hook, "Subscription.criteria.extension"),
            (topic, "DiagnosticReport?colour=red", hook, "Subscription.criteria.extension"),
            (topic, "DiagnosticReport?result.code=1", hook, "Subscription.criteria.extension"),
        ] {
            let refused = read(&subscription(criteria, filter, endpoint), NOW).expect_err(filter);
            assert_eq!(refused.path, path, "{refused}");
        }
        assert!(is_protected("http://127.0.0.1:9/x") && is_protected("http://[::1]:9"));
        assert!(!is_protected("http://127.0.0.1.evil.example/"));
        let told = subscription(topic, "", hook).to_bytes();
        let told = String::from_utf8(without_secrets(told)).expect("text");
        assert!(told.contains(r#""header":["Authorization: ***"]"#) && !told.contains("Bearer"), "{told}");
        assert_eq!(read(&object(&told), NOW).expect_err("no value").path, "Subscription.channel.header");
        assert!(header("Host: elsewhere").is_err() && header("X-Key: a\u{e9}").is_err());
    }

    #[test]
    fn filters_let_through_what_they_name() {
        let report = |status: &str, number: &str| {
            object(&format!(
                r#"{{"resourceType":"DiagnosticReport","status":"{status}","contained":[{{"resourceType":"Practitioner","identifier":[{{"system":"urn:x","value":"{number}"}}]}}]}}"#
            ))
        };
        let asked = |filter: &str| {
            read(&subscription("urn:opor:topic:new-result", filter, "https://emr.example/"), NOW)
                .expect(filter)
        };
        let wants = |asked: &Asked, now: &Object| asked.wants(Kind::DiagnosticReport, now, None, NOW);
        let of_one = asked("practitioner=urn:x|019999");
        assert!(wants(&of_one, &report("final", "019999")) && !wants(&of_one, &report("final", "019998")));
        let only_final = asked("DiagnosticReport?status=final");
        assert!(
            wants(&only_final, &report("final", "1")) && !wants(&only_final, &report("preliminary", "1"))
        );
        assert!(!only_final.wants(Kind::Observation, &report("final", "1"), None, NOW));
    }
}
