//! How answers of the FHIR door look: bundles spliced from stored bytes, links, headers, what a client prefers.

use super::Problem;
use actions::resources::{Became, Done, Resource};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fhir::address::percent_encoded;
use fhir::outcome::{self, IssueType, Severity};
use fhir::search::r4::{Params, Summary};
use fhir::{Instant, Json, Kind, repeats, served};
use std::fmt::Write as _;

/// What FHIR JSON is served as.
pub(super) const FHIR_JSON: HeaderValue = HeaderValue::from_static("application/fhir+json; charset=utf-8");

/// What `Prefer` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Minimal,
    Representation,
    Outcome,
}

pub(super) fn wanted(headers: &HeaderMap) -> Wanted {
    match preference(headers, "return").as_deref() {
        Some("minimal") => Wanted::Minimal,
        Some("OperationOutcome") => Wanted::Outcome,
        _ => Wanted::Representation,
    }
}

/// Whether what is not understood is left out instead of refused.
pub(super) fn is_lenient(headers: &HeaderMap) -> bool {
    preference(headers, "handling").as_deref() == Some("lenient")
}

fn preference(headers: &HeaderMap, name: &str) -> Option<String> {
    let values = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    let mut words = values.flat_map(|value| value.split([',', ';'])).map(str::trim);
    words.find_map(|word| {
        let (key, value) = word.split_once('=')?;
        (key.trim() == name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// A request without what a proxy says of it: where none of ours stands before this door, anybody could say so.
pub(super) async fn as_asked(mut request: Request) -> Request {
    for name in ["x-forwarded-host", "x-forwarded-proto"] {
        request.headers_mut().remove(name);
    }
    request
}

/// The address of this door as the client reached it.
pub(super) fn base(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    served::base(
        text("x-forwarded-host").or_else(|| text("host")),
        text("x-forwarded-proto") == Some("https"),
    )
}

/// RFC 9110 date of an instant.
pub(super) fn http_date(at: Instant) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let days = at.0.div_euclid(86_400_000_000);
    let seconds = at.0.rem_euclid(86_400_000_000) / 1_000_000;
    let (year, month, day) = fhir::time::civil_from_days(days);
    let name = DAYS[usize::try_from(days.rem_euclid(7)).unwrap_or_default()];
    let month = MONTHS[usize::try_from(month - 1).unwrap_or_default()];
    format!(
        "{name}, {day:02} {month} {year} {:02}:{:02}:{:02} GMT",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// Headers that say which version this is.
fn stamped(mut response: Response, resource: &Resource) -> Response {
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&format!("W/\"{}\"", resource.version)) {
        headers.insert(header::ETAG, tag);
    }
    if let Ok(date) = HeaderValue::from_str(&http_date(resource.at)) {
        headers.insert(header::LAST_MODIFIED, date);
    }
    response
}

/// The number in `If-Match: W/"3"`.
pub(super) fn version_in(text: &str) -> Option<u32> {
    text.trim().trim_start_matches("W/").trim_matches('"').parse().ok()
}

/// One resource, or that the client has it already.
pub(super) fn one(headers: &HeaderMap, mut resource: Resource, shape: &Shape) -> Response {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let known = match (text(header::IF_NONE_MATCH), text(header::IF_MODIFIED_SINCE)) {
        (Some(tags), _) => tags.split(',').any(|tag| version_in(tag) == Some(resource.version)),
        (None, Some(date)) => date == http_date(resource.at),
        (None, None) => false,
    };
    if known {
        return stamped(StatusCode::NOT_MODIFIED.into_response(), &resource);
    }
    let body = shape.of(resource.key.kind, std::mem::take(&mut resource.body));
    stamped(([(header::CONTENT_TYPE, FHIR_JSON)], body).into_response(), &resource)
}

/// What of a resource is served: `_summary` and `_elements`.
#[derive(Debug, Clone, Default)]
pub(super) struct Shape {
    pub(super) summary: Summary,
    pub(super) elements: Vec<String>,
}

impl Shape {
    pub(super) fn of(&self, kind: Kind, body: Vec<u8>) -> Vec<u8> {
        if self.elements.is_empty() && matches!(self.summary, Summary::False | Summary::Count) {
            return body;
        }
        let has = |names: &[&str], name: &str| {
            let name = name.trim_start_matches('_');
            names
                .iter()
                .any(|known| known.strip_suffix("[x]").map_or(*known == name, |stem| name.starts_with(stem)))
        };
        let needed = repeats::needed(kind.as_str());
        if !self.elements.is_empty() {
            let asked: Vec<&str> = self.elements.iter().map(String::as_str).collect();
            return served::subset(&body, |name| {
                has(needed, name) || has(&asked, name) || asked.iter().any(|stem| is_choice(name, stem))
            });
        }
        match self.summary {
            Summary::False | Summary::Count => body,
            Summary::Data => served::subset(&body, |name| name != "text"),
            Summary::Text => served::subset(&body, |name| name == "text" || has(needed, name)),
            Summary::True => served::subset(&body, |name| has(repeats::summary(kind.as_str()), name)),
        }
    }
}

/// Whether a property is the element with its type behind its name.
fn is_choice(name: &str, stem: &str) -> bool {
    name.strip_prefix(stem).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// The answer to one write.
pub(super) fn written(headers: &HeaderMap, done: &Done) -> Response {
    let resource = &done.resource;
    let status = match done.became {
        Became::Created => StatusCode::CREATED,
        Became::Updated | Became::Unchanged => StatusCode::OK,
        Became::Deleted(_) => StatusCode::NO_CONTENT,
    };
    let said =
        |text: &str| outcome::outcome(Severity::Information, IssueType::Informational, text, None).to_bytes();
    let response = match (done.became, wanted(headers)) {
        (Became::Deleted(was), Wanted::Outcome) => {
            let text = if was { "Deleted; its history stays." } else { "There was nothing to delete." };
            (StatusCode::OK, [(header::CONTENT_TYPE, FHIR_JSON)], said(text)).into_response()
        }
        (Became::Deleted(_), _) => status.into_response(),
        (_, Wanted::Minimal) => status.into_response(),
        (became, Wanted::Outcome) => {
            let text = match became {
                Became::Created => "Created.",
                Became::Unchanged => "It was so already; there is no new version.",
                _ => "Updated.",
            };
            (status, [(header::CONTENT_TYPE, FHIR_JSON)], said(text)).into_response()
        }
        (_, Wanted::Representation) => {
            (status, [(header::CONTENT_TYPE, FHIR_JSON)], resource.body.clone()).into_response()
        }
    };
    if resource.version == 0 {
        return response;
    }
    let mut response = stamped(response, resource);
    if !matches!(done.became, Became::Deleted(_)) {
        let place = format!("{}/{}", base(headers), address(resource));
        if let Ok(place) = HeaderValue::from_str(&place) {
            response.headers_mut().insert(header::LOCATION, place);
        }
    }
    response
}

/// `Type/id/_history/version`.
pub(super) fn address(resource: &Resource) -> String {
    format!("{}/{}/_history/{}", resource.key.kind, resource.id, resource.version)
}

/// Bytes that an entry adds to its resource, and a link to its bundle; only to have room.
const ENTRY_ROOM: usize = 200;
const LINK_ROOM: usize = 300;

/// Room for entries of these resources, in bytes.
pub(super) fn room_for<'r>(resources: impl IntoIterator<Item = &'r Resource>) -> usize {
    resources.into_iter().map(|resource| resource.body.len() + ENTRY_ROOM).sum()
}

/// A bundle that is written entry by entry.
pub(super) struct Bundle {
    out: Vec<u8>,
    entries: usize,
}

impl Bundle {
    /// With its links: relation and address.
    pub(super) fn new(sort: &str, total: Option<u64>, links: &[(&str, String)]) -> Self {
        Self::with_room(sort, total, links, 0)
    }

    /// The same with room for so many bytes of entries.
    pub(super) fn with_room(sort: &str, total: Option<u64>, links: &[(&str, String)], room: usize) -> Self {
        let mut text = format!("{{\"resourceType\":\"Bundle\",\"type\":\"{sort}\"");
        if let Some(total) = total {
            let _ = write!(text, ",\"total\":{total}");
        }
        let mut out = Vec::with_capacity(text.len() + room + LINK_ROOM * links.len());
        out.extend_from_slice(text.as_bytes());
        for (n, (relation, url)) in links.iter().enumerate() {
            out.extend_from_slice(if n == 0 { b",\"link\":[" } else { b"," });
            out.extend_from_slice(format!("{{\"relation\":\"{relation}\",\"url\":").as_bytes());
            Json::from(url.as_str()).write(&mut out);
            out.push(b'}');
        }
        if !links.is_empty() {
            out.push(b']');
        }
        Self { out, entries: 0 }
    }

    /// One entry: the address, the resource, and JSON of what stands behind it.
    pub(super) fn entry(&mut self, full_url: Option<&str>, resource: Option<&[u8]>, behind: &str) {
        self.out.extend_from_slice(if self.entries == 0 { b",\"entry\":[{" } else { b",{" });
        self.entries += 1;
        let mut any = false;
        if let Some(url) = full_url {
            self.out.extend_from_slice(b"\"fullUrl\":");
            Json::from(url).write(&mut self.out);
            any = true;
        }
        if let Some(resource) = resource {
            self.out.extend_from_slice(if any { b",\"resource\":" } else { b"\"resource\":" });
            self.out.extend_from_slice(resource);
            any = true;
        }
        if !behind.is_empty() {
            self.out.extend_from_slice(if any { b"," } else { b"" });
            self.out.extend_from_slice(behind.as_bytes());
        }
        self.out.push(b'}');
    }

    /// The bytes.
    pub(super) fn close(mut self) -> Vec<u8> {
        self.out.extend_from_slice(if self.entries > 0 { b"]}" } else { b"}" });
        self.out
    }
}

/// What stands behind a resource in a history or in the answer to a transaction.
pub(super) fn response_of(status: &str, resource: &Resource) -> String {
    let mut text = format!("\"response\":{{\"status\":\"{status}\"");
    if resource.version > 0 {
        let _ = write!(
            text,
            ",\"location\":\"{}\",\"etag\":\"W/\\\"{}\\\"\",\"lastModified\":\"{}\"",
            address(resource),
            resource.version,
            resource.at
        );
    }
    text.push('}');
    text
}

/// A query string of these parameters.
pub(super) fn query(params: &Params) -> String {
    let encode = |text: &str| percent_encoded(text, b":,|/$*");
    params
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect::<Vec<_>>()
        .join("&")
}

/// Whether the client can have what is served: FHIR JSON, or XML that is made of it.
pub(super) fn format(headers: &HeaderMap, params: &[(String, String)]) -> Result<(), Problem> {
    let asked = params.iter().find(|(name, _)| name == "_format").map(|(_, value)| value.replace(' ', "+"));
    let is_known = |text: &str| {
        let sort = text.split(';').next().unwrap_or_default().trim();
        matches!(
            sort,
            "json"
                | "text/json"
                | "application/json"
                | "application/fhir+json"
                | "xml"
                | "text/xml"
                | "application/xml"
                | "application/fhir+xml"
                | "*/*"
                | "application/*"
                | "html"
                | "text/html"
        )
    };
    let fits = match (&asked, headers.get(header::ACCEPT).and_then(|value| value.to_str().ok())) {
        (Some(asked), _) => is_known(asked),
        (None, Some(accept)) => accept.is_empty() || accept.split(',').any(is_known),
        (None, None) => true,
    };
    if fits { Ok(()) } else { Err(Problem::Format) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_http() {
        assert_eq!(http_date(Instant(1_795_356_300_000_000)), "Sun, 22 Nov 2026 14:05:00 GMT");
        assert_eq!(http_date(Instant(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
    }

    #[test]
    fn a_host_that_is_no_host_is_not_repeated() {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("opor.example:8080"));
        assert_eq!(base(&headers), "http://opor.example:8080/fhir");
        headers.insert("host", HeaderValue::from_static("a\"b"));
        assert_eq!(base(&headers), "/fhir");
    }

    #[tokio::test]
    async fn nobody_speaks_for_a_proxy_that_is_not_there() {
        let request = axum::http::Request::builder()
            .header("host", "opor.example")
            .header("x-forwarded-host", "evil.example")
            .header("x-forwarded-proto", "https");
        let request = request.body(axum::body::Body::empty()).expect("a request");
        assert_eq!(base(request.headers()), "https://evil.example/fhir");
        assert_eq!(base(as_asked(request).await.headers()), "http://opor.example/fhir");
    }

    #[test]
    fn preferences_and_versions_are_read() {
        let mut headers = HeaderMap::new();
        headers.insert("prefer", HeaderValue::from_static("return=minimal; handling=lenient"));
        assert!(is_lenient(&headers) && wanted(&headers) == Wanted::Minimal);
        assert_eq!((version_in("W/\"12\""), version_in("\"3\""), version_in("*")), (Some(12), Some(3), None));
    }
}
