//! FHIR XML at the door: what comes as XML is read into JSON, and what is asked for as XML is written so. Everything behind
//! speaks JSON.

use super::serving::FHIR_JSON;
use super::{Door, Problem, Route};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fhir::search::r4::{Params, decode_pairs};
use fhir::{Json, json};

/// What FHIR XML is served as.
const FHIR_XML: HeaderValue = HeaderValue::from_static("application/fhir+xml; charset=utf-8");

/// Whether a media type or a word of `_format` means XML.
fn is_xml(text: &str) -> bool {
    let sort = text.split(';').next().unwrap_or_default().trim();
    matches!(sort, "xml" | "text/xml" | "application/xml" | "application/fhir+xml")
}

/// Whether the answer is asked for as XML: `_format`, else what `Accept` names first.
fn is_wanted(headers: &HeaderMap, query: &Params) -> bool {
    if let Some((_, format)) = query.iter().find(|(name, _)| name == "_format") {
        return is_xml(&format.replace(' ', "+"));
    }
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // A browser that takes anything gets JSON.
    !accept.contains("html")
        && accept.split(',').find(|one| is_xml(one) || one.contains("json")).is_some_and(is_xml)
}

/// Around every route of FHIR.
pub(super) async fn both_ways(
    State((door, route)): State<(Door, &'static Route)>,
    request: Request,
    next: Next,
) -> Response {
    let query = decode_pairs(request.uri().query().unwrap_or_default()).unwrap_or_default();
    let wants = is_wanted(request.headers(), &query);
    // What stands in an address stands in logs too (RFC 9700 4.3.2).
    if query.iter().any(|(name, _)| name == "access_token") {
        let problem = Problem::Parameter(
            "A token never stands in an address: send it in the header Authorization, and have this one ended."
                .to_owned(),
        );
        return answered(&door, problem.into_response(), wants).await;
    }
    let sent =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(is_xml);
    let request = if sent {
        match into_json(&door, route, request).await {
            Ok(request) => request,
            Err(problem) => return answered(&door, problem.into_response(), wants).await,
        }
    } else {
        request
    };
    answered(&door, next.run(request).await, wants).await
}

/// What is sent, as JSON. Who may not come in, or not here, has nothing of theirs read: the route says no.
async fn into_json(door: &Door, route: &Route, request: Request) -> Result<Request, Problem> {
    let Ok(context) = door.context(request.headers()).await else { return Ok(request) };
    let Some(permission) = route.permission else { return Ok(request) };
    door.allow(&context, permission).await?;
    let (mut parts, body) = request.into_parts();
    let most = route.limit_bytes;
    let too_long = || Problem::Parameter(format!("A body has at most {most} bytes; send it in parts."));
    let bytes = to_bytes(body, most).await.map_err(|_| too_long())?;
    // A read may say the type of a body that it does not have.
    if bytes.is_empty() {
        return Ok(Request::from_parts(parts, Body::empty()));
    }
    let read = door.turn(move || fhir::xml::resource(&bytes).map(|resource| resource.to_bytes())).await?;
    let json = read.map_err(|error| Problem::Parameter(error.to_string()))?;
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/fhir+json"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Request::from_parts(parts, Body::from(json)))
}

async fn answered(door: &Door, response: Response, wants: bool) -> Response {
    if !wants || response.headers().get(header::CONTENT_TYPE) != Some(&FHIR_JSON) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else { return Problem::Broken.into_response() };
    let given = bytes.clone();
    let written = door.turn(move || match json::parse(&given) {
        Ok(Json::Object(resource)) => Some(fhir::xml::xml(&resource)),
        _ => None,
    });
    match written.await {
        Err(problem) => problem.into_response(),
        Ok(None) => Response::from_parts(parts, Body::from(bytes)),
        Ok(Some(text)) => {
            parts.headers.insert(header::CONTENT_TYPE, FHIR_XML);
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for() {
        let headers = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            headers
        };
        for (accept, query, is) in [
            ("application/fhir+xml", None, true),
            ("application/fhir+xml, application/fhir+json;q=0.5", None, true),
            ("application/fhir+json, application/fhir+xml", None, false),
            ("text/html,application/xhtml+xml,application/xml;q=0.9", None, false),
            ("*/*", Some("_format=xml"), true),
            ("*/*", Some("_format=application/fhir+xml"), true),
            ("application/fhir+xml", Some("_format=json"), false),
        ] {
            let pairs = decode_pairs(query.unwrap_or_default()).expect("a query");
            assert_eq!(is_wanted(&headers(accept), &pairs), is, "{accept} {query:?}");
        }
    }
}
