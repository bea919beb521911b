//! `$meta-add` and `$meta-delete` of a resource; `$meta` of a type and of everything.

use super::serving::FHIR_JSON;
use super::writing::{begin, write};
use super::{Door, Problem, kind};
use actions::resources::{Change, LabelsOf, Step, Target};
use actions::values::Permission;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use fhir::patch::{Labels, Patch};
use fhir::{Json, Object, json};

/// `POST /fhir/{kind}/{id}/$meta-add`
pub(super) async fn add(
    State(door): State<Door>,
    Path((kind_name, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    change(&door, &kind_name, id, &headers, &body, false).await
}

/// `POST /fhir/{kind}/{id}/$meta-delete`
pub(super) async fn remove(
    State(door): State<Door>,
    Path((kind_name, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    change(&door, &kind_name, id, &headers, &body, true).await
}

async fn change(
    door: &Door,
    kind_name: &str,
    id: String,
    headers: &HeaderMap,
    body: &[u8],
    is_removal: bool,
) -> Result<Response, Problem> {
    let context = begin(door, headers).await?;
    let kind = kind(kind_name)?;
    let sent = json::parse(body).map_err(|error| Problem::Parameter(error.to_string()))?;
    let sent = sent.as_object().cloned().unwrap_or_default();
    let labels = Labels::read(&sent, is_removal).map_err(Problem::Parameter)?;
    let change = Change::Patch { target: Target::Id(id), patch: Patch::Labels(labels), version: None };
    let step = Step { kind, change, full_url: None };
    let done = write(door, context, &super::serving::base(headers), vec![step]).await?;
    let now = done.first().map(|done| json::parse(&done.resource.body).unwrap_or_default());
    Ok(answered(now.as_ref().and_then(|now| now.get("meta")).cloned()))
}

/// The Parameters that all these operations answer.
pub(super) fn answered(meta: Option<Json>) -> Response {
    let part = Object::new().set("name", "return").set("valueMeta", meta);
    let answer = Object::new().set("resourceType", "Parameters").push("parameter", part);
    ([(header::CONTENT_TYPE, FHIR_JSON)], answer.to_bytes()).into_response()
}

/// `GET /fhir/$meta`
pub(super) async fn of_all(State(door): State<Door>, headers: HeaderMap) -> Result<Response, Problem> {
    labels_of(&door, &headers, None).await
}

/// `GET /fhir/{kind}/$meta`
pub(super) async fn of_kind(
    State(door): State<Door>,
    Path(kind_name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    labels_of(&door, &headers, Some(&kind_name)).await
}

async fn labels_of(door: &Door, headers: &HeaderMap, of: Option<&str>) -> Result<Response, Problem> {
    let context = door.admit(headers, Permission::ReadFhir).await?;
    let kind = of.map(kind).transpose()?;
    let meta = door.look(context, LabelsOf { kind }).await?;
    Ok(answered(Some(Json::Object(meta))))
}
