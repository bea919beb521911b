//! The provider directory as other directories read it (IHE mCSD: find and match, ITI-90; request updates, ITI-91):
//! Practitioner, PractitionerRole, Organization, Location, Endpoint, HealthcareService.

use super::{Door, FHIR_JSON, Problem};
use actions::directory::{Publish, Published, PublishedPage, PublishedResource, PublishedSince};
use actions::{Context, RefusalKind};
use axum::extract::Query;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use fhir::{Json, Kind, Object};

/// Names and values of a query string.
fn pairs(text: &str) -> Result<Vec<(String, String)>, Problem> {
    let unreadable = || Problem::Parameter("Write the query as name=value&name=value.".to_owned());
    let uri: Uri = format!("/?{text}").parse().map_err(|_| unreadable())?;
    let Query(pairs) = Query::try_from_uri(&uri).map_err(|_| unreadable())?;
    Ok(pairs)
}

/// One resource.
pub(super) async fn read(door: &Door, context: Context, kind: Kind, id: String) -> Result<Response, Problem> {
    let one = door.look(context, Published { kind, id }).await?;
    let body = one.body.ok_or(Problem::NotFound)?;
    let mut response = ([(header::CONTENT_TYPE, FHIR_JSON)], body.to_bytes()).into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("W/\"{}\"", one.version)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// What stands in a search for the answer and not for what is asked.
const CONTROLS: [&str; 7] = ["_format", "_pretty", "_sort", "_total", "_summary", "_elements", "_include"];

/// A page of what meets all conditions; nothing when the directory does not know one of them.
pub(super) async fn page(
    door: &Door,
    context: Context,
    kind: Kind,
    params: &[(String, String)],
) -> Result<Option<PublishedPage>, Problem> {
    let asked = params.iter().filter(|(name, _)| !CONTROLS.contains(&name.as_str())).cloned().collect();
    match door.look(context, Publish { kind, asked }).await {
        Ok(page) => Ok(Some(page)),
        Err(Problem::Refused(refusal)) if refusal.kind == RefusalKind::Unreadable => Ok(None),
        Err(problem) => Err(problem),
    }
}

fn url(one: &PublishedResource) -> String {
    format!("/fhir/{}/{}", one.kind, one.id)
}

/// What became different, newest first; each resource once, as it is now, or as withdrawn.
pub(super) async fn history(
    door: &Door,
    context: Context,
    kind: Kind,
    text: Option<&str>,
) -> Result<Response, Problem> {
    let mut since = None;
    for (name, value) in pairs(text.unwrap_or_default())? {
        if name != "_since" {
            return Err(Problem::Parameter(format!("_history takes _since, not \"{name}\".")));
        }
        let moment = fhir::time::interval(&value).map(|(first, _)| first);
        since = Some(moment.ok_or_else(|| {
            Problem::Parameter(format!("_since is an instant as 2026-11-22T14:05:00Z, not \"{value}\"."))
        })?);
    }
    let changed = door.look(context, PublishedSince { kind, since }).await?;
    let total = changed.len() as u64;
    let entries = changed.into_iter().map(|one| {
        let (method, status) = if one.body.is_some() { ("PUT", "200") } else { ("DELETE", "204") };
        let request =
            Object::new().set("method", Json::literal(method)).set("url", format!("{}/{}", one.kind, one.id));
        let response = Object::new()
            .set("status", Json::literal(status))
            .set("etag", format!("W/\"{}\"", one.version))
            .set("lastModified", one.at.to_string());
        Object::new()
            .set("fullUrl", url(&one))
            .set_some("resource", one.body)
            .set("request", request)
            .set("response", response)
    });
    let bundle = Object::new()
        .set("resourceType", Json::literal("Bundle"))
        .set("type", Json::literal("history"))
        .set("total", Json::from(total))
        .push_all("entry", entries);
    Ok(([(header::CONTENT_TYPE, FHIR_JSON)], bundle.to_bytes()).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded() {
        assert_eq!(pairs("name=th%C3%A9").ok(), Some(vec![("name".to_owned(), "thé".to_owned())]));
    }
}
