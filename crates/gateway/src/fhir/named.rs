//! Operations by name on resources: `$everything`, `$lastn`, `$match`.

use super::reading::pairs;
use super::serving::{Bundle, FHIR_JSON, base, format, query};
use super::{Door, Problem, kind};
use actions::resources::{Everything, Found, LastN, MAX_EVERYTHING, Match, Resource, USUAL_MATCHES};
use actions::values::Permission;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use fhir::search::r4::{Params, Request, Unknown};
use fhir::{Json, Kind, Object, json};

/// Most matches that are told.
const MAX_MATCHES: usize = 100;
/// Most observations of each code that `$lastn` tells.
const MAX_OF_EACH_CODE: usize = 100;
/// Parameters of every type that filter.
const FILTERS: [&str; 6] = ["_id", "_lastUpdated", "_tag", "_profile", "_security", "_has"];

/// `GET /fhir/Patient/{id}/$everything`, `GET /fhir/Encounter/{id}/$everything`
pub(super) async fn everything(
    State(door): State<Door>,
    Path((kind_name, id)): Path<(String, String)>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::ReadFhir).await?;
    let of = kind(&kind_name)?;
    if !matches!(of, Kind::Patient | Kind::Encounter) {
        return Err(Problem::Parameter("$everything is of a Patient or an Encounter.".to_owned()));
    }
    let params = pairs(text.as_deref())?;
    format(&headers, &params)?;
    let mut asked =
        Everything { kind: of, id, types: Vec::new(), since: None, count: MAX_EVERYTHING, cursor: None };
    let mut kept = Params::new();
    for (name, value) in params {
        let wrong = |expected: &str| Problem::Parameter(format!("{name} is {expected}, not \"{value}\"."));
        match name.as_str() {
            "_count" => asked.count = value.parse().map_err(|_| wrong("a number"))?,
            "_type" => {
                for one in value.split(',') {
                    asked.types.push(kind(one.trim())?);
                }
            }
            "_since" => {
                let moment = fhir::time::interval(&value.replace(' ', "+")).map(|(first, _)| first);
                asked.since = Some(moment.ok_or_else(|| wrong("an instant such as 2026-11-22T14:05:00Z"))?);
            }
            "_cursor" => {
                asked.cursor = Some(value);
                continue;
            }
            "_format" | "_pretty" => {}
            _ => {
                let words = format!("$everything takes _type, _since and _count, not \"{name}\".");
                return Err(Problem::Parameter(words));
            }
        }
        kept.push((name, value));
    }
    let base = base(&headers);
    let path = format!("{base}/{}/{}/$everything", asked.kind, asked.id);
    let with = |cursor: Option<String>| {
        let mut params = kept.clone();
        params.extend(cursor.map(|cursor| ("_cursor".to_owned(), cursor)));
        let query = query(&params);
        if query.is_empty() { path.clone() } else { format!("{path}?{query}") }
    };
    let this = asked.cursor.clone();
    let found = door.look(context, asked).await?;
    let mut links = vec![("self", with(this))];
    links.extend(found.next.clone().map(|cursor| ("next", with(Some(cursor)))));
    Ok(bundled(&base, &links, found))
}

/// `GET /fhir/Observation/$lastn`: a search, of which the latest `max` of each code are told.
pub(super) async fn lastn(
    State(door): State<Door>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::ReadFhir).await?;
    let mut params = pairs(text.as_deref())?;
    format(&headers, &params)?;
    let max = params.iter().find(|(name, _)| name == "max").map(|(_, value)| value.clone());
    let max = max.map_or(Ok(1), |max| max.parse::<usize>());
    let max = max.map_err(|_| Problem::Parameter("max is a number: how many of each code.".to_owned()))?;
    let max = max.clamp(1, MAX_OF_EACH_CODE);
    let told = query(&params);
    params.retain(|(name, _)| !matches!(name.as_str(), "max" | "_format" | "_pretty"));
    // What orders, cuts or widens a search has no meaning here; filters have.
    let is_filter =
        |name: &str| !name.starts_with('_') || FILTERS.contains(&name.split(':').next().unwrap_or(name));
    if let Some((name, _)) = params.iter().find(|(name, _)| !is_filter(name)) {
        let words = format!("$lastn takes max and what observations are filtered by, not \"{name}\".");
        return Err(Problem::Parameter(words));
    }
    params.push(("_sort".to_owned(), "-date".to_owned()));
    params.push(("_count".to_owned(), MAX_EVERYTHING.to_string()));
    let request = Request::read(Kind::Observation, &params, Unknown::Refuse, context.now);
    let request = request.map_err(Problem::Request)?;
    let base = base(&headers);
    let links = [("self", format!("{base}/Observation/$lastn?{told}"))];
    let found = door.look(context, LastN { request, text: told, max }).await?;
    Ok(bundled(&base, &links, found))
}

fn bundled(base: &str, links: &[(&str, String)], found: Found) -> Response {
    let mut bundle = Bundle::new("searchset", found.total, links);
    let mut add = |resource: Resource, mode: &str| {
        let url = format!("{base}/{}/{}", resource.key.kind, resource.id);
        bundle.entry(Some(&url), Some(&resource.body), &format!("\"search\":{{\"mode\":\"{mode}\"}}"));
    };
    found.resources.into_iter().for_each(|resource| add(resource, "match"));
    found.included.into_iter().for_each(|resource| add(resource, "include"));
    ([(header::CONTENT_TYPE, FHIR_JSON)], bundle.close()).into_response()
}

/// `POST /fhir/Patient/$match`: who a Patient might be, best first.
pub(super) async fn matches(
    State(door): State<Door>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::ReadFhir).await?;
    let read = json::parse(&body).map_err(|error| Problem::Parameter(error.to_string()))?;
    let sent = read.as_object().filter(|sent| sent.text("resourceType") == Some("Parameters"));
    let sent = sent.ok_or_else(|| {
        Problem::Parameter("Send a Parameters resource whose parameter \"resource\" is a Patient.".to_owned())
    })?;
    let part =
        |name: &str| sent.objects("parameter").into_iter().find(|part| part.text("name") == Some(name));
    let patient = part("resource").and_then(|part| part.object("resource")).map(Object::to_bytes);
    let patient = patient.ok_or_else(|| {
        Problem::Parameter("The parameter \"resource\" is missing; it is a Patient.".to_owned())
    })?;
    let only_certain =
        part("onlyCertainMatches").and_then(|part| part.get("valueBoolean")).and_then(Json::as_bool)
            == Some(true);
    let count = part("count").and_then(|part| part.text("value[x]")).and_then(|count| count.parse().ok());
    let count = count.unwrap_or(USUAL_MATCHES).clamp(1, MAX_MATCHES);
    let base = base(&headers);
    let told = door.look(context, Match { patient, only_certain, count }).await?;
    let links = [("self", format!("{base}/Patient/$match"))];
    let mut bundle = Bundle::new("searchset", Some(told.len() as u64), &links);
    for one in told {
        let url = format!("{base}/Patient/{}", one.resource.id);
        let grade = one.grade.as_str();
        let behind = format!(
            "\"search\":{{\"extension\":[{{\"url\":\"http://hl7.org/fhir/StructureDefinition/match-grade\",\"valueCode\":\"{grade}\"}}],\"mode\":\"match\",\"score\":{:.3}}}",
            one.score
        );
        bundle.entry(Some(&url), Some(&one.resource.body), &behind);
    }
    Ok(([(header::CONTENT_TYPE, FHIR_JSON)], bundle.close()).into_response())
}
