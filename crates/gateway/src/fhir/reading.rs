//! Reads, searches and histories of the FHIR door.

use super::held::HELD_MINUTES;
use super::serving::{Bundle, FHIR_JSON, Shape, base, format, is_lenient, one, query, response_of, room_for};
use super::{Door, Problem, directory, kind};
use actions::resources::{Find, Found, History, Read, Resource};
use actions::values::Permission;
use actions::{Context, RefusalKind};
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use fhir::outcome::{self, IssueType, Severity};
use fhir::search::is_of_directory;
use fhir::search::r4::{Clause, Params, Request, Summary, Unknown, decode_pairs};
use fhir::{Instant, Kind, ResourceKey, json};

/// Versions on a page of a history when `_count` does not say.
const HISTORY_COUNT: usize = 50;
/// Most of them.
const MAX_HISTORY_COUNT: usize = 500;

/// The parameter that names a search which came in a form.
const HELD: &str = "_held";

/// How a search came, when not as parameters of its type's address.
pub(super) enum By {
    /// Within the compartment of the patient of this id.
    Compartment(String, Clause),
    /// In a form, kept under this handle.
    Held(String),
}

pub(super) fn pairs(text: Option<&str>) -> Result<Params, Problem> {
    decode_pairs(text.unwrap_or_default()).map_err(Problem::Request)
}

/// `_summary` and `_elements` of a read.
fn shape(kind: Kind, params: &[(String, String)], now: Instant) -> Result<Shape, Problem> {
    let kept: Params = params
        .iter()
        .filter(|(name, _)| matches!(name.as_str(), "_summary" | "_elements"))
        .cloned()
        .collect();
    let request = Request::read(kind, &kept, Unknown::LeaveOut, now).map_err(Problem::Request)?;
    Ok(Shape { summary: request.summary, elements: request.elements })
}

/// `GET /fhir/{kind}/{id}`
pub(super) async fn read(
    State(door): State<Door>,
    Path((kind_name, id)): Path<(String, String)>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::ReadFhir).await?;
    let kind = kind(&kind_name)?;
    let params = pairs(text.as_deref())?;
    format(&headers, &params)?;
    let shape = shape(kind, &params, context.now)?;
    if is_of_directory(kind) {
        match directory::read(&door, context.clone(), kind, id.clone()).await {
            Err(Problem::NotFound) => {}
            Err(Problem::Refused(refusal)) if refusal.kind == RefusalKind::NotFound => {}
            published => return published,
        }
    }
    Ok(one(&headers, door.look(context, Read { kind, id, version: None }).await?, &shape))
}

/// `GET /fhir/{kind}/{id}/_history/{version}`
pub(super) async fn read_version(
    State(door): State<Door>,
    Path((kind_name, id, version)): Path<(String, String, String)>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::ReadFhir).await?;
    let kind = kind(&kind_name)?;
    let params = pairs(text.as_deref())?;
    format(&headers, &params)?;
    let version = version.parse().map_err(|_| Problem::NotFound)?;
    let shape = shape(kind, &params, context.now)?;
    let found = door.look(context, Read { kind, id, version: Some(version) }).await?;
    Ok(one(&headers, found, &shape))
}

/// `GET /fhir/{kind}`
pub(super) async fn search(
    State(door): State<Door>,
    Path(kind_name): Path<String>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::ReadFhir).await?;
    let (kind, params) = (kind(&kind_name)?, pairs(text.as_deref())?);
    let Some(handle) = params.iter().find(|(name, _)| name == HELD).map(|(_, handle)| handle.clone()) else {
        return answer(&door, context, &headers, kind, params, None).await;
    };
    let kept = door.held.find(&handle, &context.actor.id, kind, context.now);
    let mut kept = kept.ok_or_else(|| {
        Problem::Parameter(format!(
            "{HELD} names a search that is no longer kept; a search sent in a form is kept for {HELD_MINUTES} minutes. Send the form again."
        ))
    })?;
    kept.extend(params.into_iter().filter(|(name, _)| name == "_cursor"));
    answer(&door, context, &headers, kind, kept, Some(By::Held(handle))).await
}

/// `POST /fhir/{kind}/_search`: the same in a form.
pub(super) async fn search_form(
    State(door): State<Door>,
    Path(kind_name): Path<String>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::ReadFhir).await?;
    let mut params = pairs(text.as_deref())?;
    let form =
        std::str::from_utf8(&body).map_err(|_| Problem::Parameter("Send the form as UTF-8.".to_owned()))?;
    params.extend(pairs(Some(form))?);
    let kind = kind(&kind_name)?;
    let handle = door.handle(context.now);
    door.held.keep(handle.clone(), &context.actor.id, kind, &params, context.now);
    answer(&door, context, &headers, kind, params, Some(By::Held(handle))).await
}

/// `GET /fhir/Patient/{id}/{kind}`: what of a type is in the compartment of a patient.
pub(super) async fn compartment(
    State(door): State<Door>,
    Path((of, id, kind_name)): Path<(String, String, String)>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::ReadFhir).await?;
    if kind(&of)? != Kind::Patient {
        return Err(Problem::Parameter(
            "Compartments are those of patients: /fhir/Patient/ID/TYPE.".to_owned(),
        ));
    }
    let kind = kind(&kind_name)?;
    let clause = Clause::of_patient(kind, &id)
        .ok_or_else(|| Problem::Parameter(format!("{kind} has no place in the compartment of a patient.")))?;
    answer(&door, context, &headers, kind, pairs(text.as_deref())?, Some(By::Compartment(id, clause))).await
}

async fn answer(
    door: &Door,
    context: Context,
    headers: &HeaderMap,
    kind: Kind,
    params: Params,
    by: Option<By>,
) -> Result<Response, Problem> {
    format(headers, &params)?;
    let lenient = is_lenient(headers);
    let bundle = searched(door, context, &base(headers), kind, params, lenient, by).await?;
    Ok(([(header::CONTENT_TYPE, FHIR_JSON)], bundle).into_response())
}

/// The bundle that answers a search.
pub(super) async fn searched(
    door: &Door,
    context: Context,
    base: &str,
    kind: Kind,
    params: Params,
    lenient: bool,
    by: Option<By>,
) -> Result<Vec<u8>, Problem> {
    // The directory's own pages go on by ids, not by places in the record.
    let of_directory =
        |cursor: &str| !cursor.bytes().all(|b| b.is_ascii_hexdigit() || b == b'.') || !cursor.contains('.');
    let in_directory =
        is_of_directory(kind) && params.iter().any(|(name, value)| name == "_cursor" && of_directory(value));
    let unknown = if lenient { Unknown::LeaveOut } else { Unknown::Refuse };
    let extent = door.record.extent();
    let mut request = extent.read(kind, &params, unknown, context.now).map_err(Problem::Request)?;
    let (mut path, mut within, mut held) = (format!("{base}/{kind}"), None, None);
    match by {
        Some(By::Compartment(id, clause)) => {
            path = format!("{base}/Patient/{id}/{kind}");
            within = Some(id);
            request.clauses.push(clause);
        }
        Some(By::Held(handle)) => held = Some(handle),
        None => {}
    }
    let (shape, left_out) =
        (Shape { summary: request.summary, elements: request.elements.clone() }, request.left_out.clone());
    let (applied, is_count) = (request.applied.clone(), request.summary == Summary::Count);
    let mut found = if in_directory {
        Found { resources: Vec::new(), included: Vec::new(), is_cut: false, total: Some(0), next: None }
    } else {
        let mut told = applied.clone();
        told.extend(within.map(|id| ("_compartment".to_owned(), format!("Patient/{id}"))));
        let text = query(&told);
        door.look(context.clone(), Find { request, text }).await?
    };
    let mut published = Vec::new();
    if is_of_directory(kind)
        && found.next.is_none()
        && (in_directory || found.resources.len() < fhir::search::query::MAX_COUNT)
    {
        // What the directory does not know how to ask for, it has nothing of.
        if let Some(page) = directory::page(door, context, kind, &params).await? {
            found.total = found.total.map(|total| total + page.total as u64);
            found.next = page.next;
            published = page.resources;
        }
    }
    let with = |cursor: Option<&str>| {
        let mut params = match &held {
            Some(handle) => vec![(HELD.to_owned(), handle.clone())],
            None => applied.clone(),
        };
        params.extend(cursor.map(|cursor| ("_cursor".to_owned(), cursor.to_owned())));
        let query = query(&params);
        if query.is_empty() { path.clone() } else { format!("{path}?{query}") }
    };
    let asked = params.iter().find(|(name, _)| name == "_cursor").map(|(_, cursor)| cursor.as_str());
    let mut links = vec![("self", with(asked))];
    links.extend(found.next.as_deref().map(|cursor| ("next", with(Some(cursor)))));
    let room = room_for(found.resources.iter().chain(&found.included));
    let mut bundle = Bundle::with_room("searchset", found.total, &links, room);
    if is_count {
        return Ok(bundle.close());
    }
    let mut add = |resource: Resource, behind: &str| {
        let url = format!("{base}/{}/{}", resource.key.kind, resource.id);
        let body = shape.of(resource.key.kind, resource.body);
        bundle.entry(Some(&url), Some(&body), behind);
    };
    found.resources.into_iter().for_each(|resource| add(resource, "\"search\":{\"mode\":\"match\"}"));
    found.included.into_iter().for_each(|resource| add(resource, "\"search\":{\"mode\":\"include\"}"));
    for one in published {
        let url = format!("{base}/{}/{}", one.kind, one.id);
        let body = one.body.unwrap_or_default().to_bytes();
        bundle.entry(Some(&url), Some(&body), "\"search\":{\"mode\":\"match\"}");
    }
    let mut issues: Vec<_> = left_out
        .iter()
        .map(|text| {
            outcome::issue(Severity::Warning, IssueType::NotSupported, &format!("Left out: {text}"), None)
        })
        .collect();
    if found.is_cut {
        let text = "More would have come by _include and _revinclude than one page may bring; ask for fewer with _count.";
        issues.push(outcome::issue(Severity::Warning, IssueType::TooCostly, text, None));
    }
    if !issues.is_empty() {
        let body = outcome::of_issues(issues).to_bytes();
        bundle.entry(None, Some(&body), "\"search\":{\"mode\":\"outcome\"}");
    }
    Ok(bundle.close())
}

/// `GET /fhir/_history`
pub(super) async fn history_of_all(
    State(door): State<Door>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    history(&door, &headers, None, None, text.as_deref()).await
}

/// `GET /fhir/{kind}/_history`
pub(super) async fn history_of_kind(
    State(door): State<Door>,
    Path(kind_name): Path<String>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let kind = kind(&kind_name)?;
    if is_of_directory(kind) {
        let context = door.admit(&headers, Permission::ReadFhir).await?;
        return directory::history(&door, context, kind, text.as_deref()).await;
    }
    history(&door, &headers, Some(kind), None, text.as_deref()).await
}

/// `GET /fhir/{kind}/{id}/_history`
pub(super) async fn history_of_one(
    State(door): State<Door>,
    Path((kind_name, id)): Path<(String, String)>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    history(&door, &headers, Some(kind(&kind_name)?), Some(id), text.as_deref()).await
}

async fn history(
    door: &Door,
    headers: &HeaderMap,
    kind: Option<Kind>,
    id: Option<String>,
    text: Option<&str>,
) -> Result<Response, Problem> {
    let context = door.admit(headers, Permission::ReadFhir).await?;
    let params = pairs(text)?;
    format(headers, &params)?;
    let mut asked = History { kind, id, since: None, before: None, count: HISTORY_COUNT };
    let mut kept = Params::new();
    for (name, value) in params {
        let wrong = |expected: &str| Problem::Parameter(format!("{name} is {expected}, not \"{value}\"."));
        match name.as_str() {
            "_count" => {
                asked.count =
                    value.parse::<usize>().map_err(|_| wrong("a number"))?.clamp(1, MAX_HISTORY_COUNT);
            }
            "_since" => {
                let moment = fhir::time::interval(&value.replace(' ', "+")).map(|(first, _)| first);
                asked.since = Some(moment.ok_or_else(|| wrong("an instant such as 2026-11-22T14:05:00Z"))?);
            }
            "_cursor" => {
                asked.before = Some(value.parse().map_err(|_| wrong("from a page of this history"))?);
                continue;
            }
            "_format" | "_pretty" => {}
            _ => {
                return Err(Problem::Parameter(format!("_history takes _count and _since, not \"{name}\".")));
            }
        }
        kept.push((name, value));
    }
    let base = base(headers);
    let path = [kind.map(|kind| kind.to_string()), asked.id.clone(), Some("_history".to_owned())];
    let path = path.into_iter().flatten().collect::<Vec<_>>().join("/");
    let with = |cursor: Option<i64>| {
        let mut params = kept.clone();
        params.extend(cursor.map(|cursor| ("_cursor".to_owned(), cursor.to_string())));
        let query = query(&params);
        if query.is_empty() { format!("{base}/{path}") } else { format!("{base}/{path}?{query}") }
    };
    let before = asked.before;
    let found = door.look(context, asked).await?;
    let mut links = vec![("self", with(before))];
    links.extend(found.next.map(|cursor| ("next", with(Some(cursor)))));
    let whole = before.is_none() && found.next.is_none();
    let mut bundle = Bundle::new("history", whole.then_some(found.resources.len() as u64), &links);
    for resource in found.resources {
        let place = format!("{}/{}", resource.key.kind, resource.id);
        let (method, status, at) = match (resource.body.is_empty(), resource.version) {
            (true, _) => ("DELETE", "204 No Content", place.clone()),
            // An id that this record made was not sent with the request.
            (false, 1) if ResourceKey::parse(resource.key.kind, &resource.id).is_ok() => {
                ("POST", "201 Created", resource.key.kind.to_string())
            }
            (false, 1) => ("PUT", "201 Created", place.clone()),
            (false, _) => ("PUT", "200 OK", place.clone()),
        };
        let behind = format!(
            "\"request\":{{\"method\":\"{method}\",\"url\":\"{at}\"}},{}",
            response_of(status, &resource)
        );
        let body = (!resource.body.is_empty()).then_some(resource.body.as_slice());
        bundle.entry(Some(&format!("{base}/{place}")), body, &behind);
    }
    Ok(([(header::CONTENT_TYPE, FHIR_JSON)], bundle.close()).into_response())
}

/// `GET /fhir/{kind}/{id}/$meta`
pub(super) async fn meta(
    State(door): State<Door>,
    Path((kind_name, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::ReadFhir).await?;
    let found = door.look(context, Read { kind: kind(&kind_name)?, id, version: None }).await?;
    let resource = json::parse(&found.body).unwrap_or_default();
    Ok(super::meta::answered(resource.get("meta").cloned()))
}
