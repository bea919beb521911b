//! Creates, updates, patches and deletes of the FHIR door.

use super::serving::{base, version_in, written};
use super::{Door, Problem, kind};
use actions::Context;
use actions::resources::{Change, Done, Step, Target, Write};
use actions::values::Permission;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use fhir::Kind;
use fhir::patch::Patch;

/// Writes, all or nothing.
pub(super) async fn write(
    door: &Door,
    context: Context,
    base: &str,
    steps: Vec<Step>,
) -> Result<Vec<Done>, Problem> {
    let write = Write::new(steps, door.seed(&context)).reached_at(base).strict(door.is_strict);
    let results = write.results();
    door.act(context, write).await?;
    Ok(results.take())
}

async fn single(
    door: &Door,
    headers: &HeaderMap,
    context: Context,
    kind: Kind,
    change: Change,
) -> Result<Response, Problem> {
    let done = write(door, context, &base(headers), vec![Step { kind, change, full_url: None }]).await?;
    Ok(done.first().map_or_else(|| Problem::Broken.into_response(), |done| written(headers, done)))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The version that the client saw last.
fn if_match(headers: &HeaderMap) -> Result<Option<u32>, Problem> {
    let Some(tag) = text(headers, header::IF_MATCH.as_str()) else {
        // Only when there is none yet.
        let is_new = text(headers, header::IF_NONE_MATCH.as_str()).is_some_and(|tag| tag.trim() == "*");
        return Ok(is_new.then_some(0));
    };
    let version = version_in(tag);
    version
        .map(Some)
        .ok_or_else(|| Problem::Parameter(format!("If-Match is W/\"version\", such as W/\"3\", not {tag}.")))
}

/// The condition in an address.
pub(super) fn condition(text: Option<&str>) -> Result<Target, Problem> {
    let kept: Vec<&str> = text
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("_format=") && !pair.starts_with("_pretty="))
        .collect();
    if kept.is_empty() {
        return Err(Problem::Parameter(
            "Name one resource, by its id in the address or by a condition such as ?identifier=system|value."
                .to_owned(),
        ));
    }
    Ok(Target::Condition(kept.join("&")))
}

pub(super) async fn begin(door: &Door, headers: &HeaderMap) -> Result<Context, Problem> {
    let context = door.admit(headers, Permission::WriteFhir).await?;
    let sort = text(headers, header::CONTENT_TYPE.as_str()).unwrap_or("application/fhir+json");
    if sort.contains("xml") {
        return Err(Problem::Media);
    }
    Ok(context)
}

/// `POST /fhir/{kind}`: on a condition in `If-None-Exist`, or in the address, where some clients write it. One that was
/// passed over would make a second resource of what is there.
pub(super) async fn create(
    State(door): State<Door>,
    Path(kind_name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let context = begin(&door, &headers).await?;
    let unless = text(&headers, "if-none-exist").map(|text| text.trim_start_matches('?').to_owned());
    let unless = unless.or_else(|| match condition(query.as_deref()) {
        Ok(Target::Condition(condition)) => Some(condition),
        _ => None,
    });
    single(&door, &headers, context, kind(&kind_name)?, Change::Create { body: body.to_vec(), unless }).await
}

/// `PUT /fhir/{kind}/{id}`
pub(super) async fn update(
    State(door): State<Door>,
    Path((kind_name, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let context = begin(&door, &headers).await?;
    let change = Change::Update { target: Target::Id(id), body: body.to_vec(), version: if_match(&headers)? };
    single(&door, &headers, context, kind(&kind_name)?, change).await
}

/// `PUT /fhir/{kind}?condition`
pub(super) async fn update_on_condition(
    State(door): State<Door>,
    Path(kind_name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let context = begin(&door, &headers).await?;
    let target = condition(query.as_deref())?;
    let change = Change::Update { target, body: body.to_vec(), version: if_match(&headers)? };
    single(&door, &headers, context, kind(&kind_name)?, change).await
}

fn patch_of(headers: &HeaderMap, target: Target, body: &[u8]) -> Result<Change, Problem> {
    let patch = Patch::read(body).map_err(|error| Problem::Parameter(error.to_string()))?;
    Ok(Change::Patch { target, patch, version: if_match(headers)? })
}

/// `PATCH /fhir/{kind}/{id}`
pub(super) async fn patch(
    State(door): State<Door>,
    Path((kind_name, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let context = begin(&door, &headers).await?;
    let change = patch_of(&headers, Target::Id(id), &body)?;
    single(&door, &headers, context, kind(&kind_name)?, change).await
}

/// `PATCH /fhir/{kind}?condition`
pub(super) async fn patch_on_condition(
    State(door): State<Door>,
    Path(kind_name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let context = begin(&door, &headers).await?;
    let change = patch_of(&headers, condition(query.as_deref())?, &body)?;
    single(&door, &headers, context, kind(&kind_name)?, change).await
}

/// `DELETE /fhir/{kind}/{id}`
pub(super) async fn delete(
    State(door): State<Door>,
    Path((kind_name, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = begin(&door, &headers).await?;
    let change = Change::Delete { target: Target::Id(id), version: if_match(&headers)? };
    single(&door, &headers, context, kind(&kind_name)?, change).await
}

/// `DELETE /fhir/{kind}?condition`
pub(super) async fn delete_on_condition(
    State(door): State<Door>,
    Path(kind_name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = begin(&door, &headers).await?;
    let change = Change::Delete { target: condition(query.as_deref())?, version: if_match(&headers)? };
    single(&door, &headers, context, kind(&kind_name)?, change).await
}
