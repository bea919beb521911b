//! The provider directory as other directories read it (IHE mCSD: find and match, ITI-90; request updates, ITI-91):
//! Practitioner, PractitionerRole, Organization, Location, Endpoint, HealthcareService.

use super::{Door, FHIR_JSON, Problem};
use actions::Context;
use actions::directory::{Publish, Published, PublishedResource, PublishedSince};
use axum::extract::Query;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use fhir::{Json, Kind, Object, ResourceKey};

/// What stands where the id does when the changes of a type are asked for.
pub(super) const HISTORY: &str = "_history";

/// Names and values of a query string.
fn pairs(text: &str) -> Result<Vec<(String, String)>, Problem> {
    let unreadable = || Problem::Parameter("Write the query as name=value&name=value.".to_owned());
    let uri: Uri = format!("/?{text}").parse().map_err(|_| unreadable())?;
    let Query(pairs) = Query::try_from_uri(&uri).map_err(|_| unreadable())?;
    Ok(pairs)
}

/// Whether a search names resources by keys of this record: what was loaded with a patient, not the directory's own.
pub(super) fn asks_for_stored(kind: Kind, text: &str) -> bool {
    let ids = text.split('&').find_map(|pair| pair.strip_prefix("_id="));
    ids.is_some_and(|ids| ids.split(',').all(|id| ResourceKey::parse(kind, id).is_ok()))
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

/// A page of what meets all conditions.
pub(super) async fn search(
    door: &Door,
    context: Context,
    kind: Kind,
    text: &str,
) -> Result<Response, Problem> {
    let page = door.look(context, Publish { kind, asked: pairs(text)? }).await?;
    let link = |relation: &'static str, url: String| Object::new().set("relation", relation).set("url", url);
    let next = page.next.map(|cursor| {
        let kept = text.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("_cursor="));
        let kept: Vec<String> = kept.map(str::to_owned).chain([format!("_cursor={cursor}")]).collect();
        link("next", format!("/fhir/{kind}?{}", kept.join("&")))
    });
    let entries = page.resources.into_iter().map(|one| {
        Object::new()
            .set("fullUrl", url(&one))
            .set("resource", one.body.unwrap_or_default())
            .set("search", Object::new().set("mode", Json::literal("match")))
    });
    let bundle = Object::new()
        .set("resourceType", Json::literal("Bundle"))
        .set("type", Json::literal("searchset"))
        .set("total", Json::from(page.total as u64))
        .push("link", link("self", format!("/fhir/{kind}?{text}")))
        .push_all("link", next)
        .push_all("entry", entries);
    Ok(([(header::CONTENT_TYPE, FHIR_JSON)], bundle.to_bytes()).into_response())
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
    use fhir::RecordId;

    #[test]
    fn keys_of_this_record_are_told_from_ids_of_the_directory() {
        let key = ResourceKey::of(RecordId::of("HRH", "1"), Kind::Practitioner, &["1"]).id();
        assert!(asks_for_stored(Kind::Practitioner, &format!("_count=3&_id={key}")));
        assert!(!asks_for_stored(Kind::Practitioner, &format!("_id={key},p-hill")));
        assert!(!asks_for_stored(Kind::Practitioner, "name=hill"));
        assert_eq!(pairs("name=th%C3%A9").ok(), Some(vec![("name".to_owned(), "thé".to_owned())]));
    }
}
