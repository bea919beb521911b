//! `$validate`: whether a resource is as R4 and profiles demand. Nothing is kept.

use super::serving::FHIR_JSON;
use super::{Door, Problem, kind};
use actions::resources::{Read, validate};
use actions::values::Permission;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use fhir::search::r4::decode_pairs;
use fhir::validate::outcome_of;
use fhir::{Instant, Json, Kind, Object, json};

/// `POST /fhir/{kind}/$validate`
pub(super) async fn of_kind(
    State(door): State<Door>,
    Path(kind_name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::ReadFhir).await?;
    let asked = Asked::within(&door, query, &body).await?;
    let sent = asked.resource.unwrap_or_else(|| body.to_vec());
    answer(&door, kind(&kind_name)?, sent, asked.profiles, context.now).await
}

/// `POST /fhir/{kind}/{id}/$validate`: what is sent in place of the resource; the resource itself when nothing is.
pub(super) async fn of_one(
    State(door): State<Door>,
    Path((kind_name, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::ReadFhir).await?;
    let kind = kind(&kind_name)?;
    let asked = Asked::within(&door, query, &body).await?;
    let sent = match asked.resource {
        Some(resource) => resource,
        None if !body.is_empty() && !asked.is_parameters => body.to_vec(),
        None => door.look(context.clone(), Read { kind, id, version: None }).await?.body,
    };
    answer(&door, kind, sent, asked.profiles, context.now).await
}

/// `GET /fhir/{kind}/{id}/$validate`
pub(super) async fn of_stored(
    state: State<Door>,
    path: Path<(String, String)>,
    query: RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    of_one(state, path, query, headers, Bytes::new()).await
}

async fn answer(
    door: &Door,
    kind: Kind,
    body: Vec<u8>,
    profiles: Vec<String>,
    now: Instant,
) -> Result<Response, Problem> {
    let told = door.turn(move || {
        let profiles: Vec<&str> = profiles.iter().map(String::as_str).collect();
        outcome_of(&validate(kind, &body, &profiles, now)).to_bytes()
    });
    Ok(([(header::CONTENT_TYPE, FHIR_JSON)], told.await?).into_response())
}

/// What is asked: profiles of the address or of a Parameters resource, and the resource that stands in this.
struct Asked {
    profiles: Vec<String>,
    resource: Option<Vec<u8>>,
    is_parameters: bool,
}

impl Asked {
    async fn within(door: &Door, query: Option<String>, body: &Bytes) -> Result<Self, Problem> {
        let body = body.clone();
        door.turn(move || Self::read(query.as_deref(), &body)).await?
    }
    fn read(query: Option<&str>, body: &[u8]) -> Result<Self, Problem> {
        let pairs = decode_pairs(query.unwrap_or_default()).map_err(Problem::Request)?;
        let named = pairs.into_iter().filter(|(name, _)| name == "profile").map(|(_, value)| value);
        let mut asked = Self { profiles: named.collect(), resource: None, is_parameters: false };
        let Ok(Json::Object(sent)) = json::parse(body) else { return Ok(asked) };
        if sent.text("resourceType") != Some("Parameters") {
            return Ok(asked);
        }
        asked.is_parameters = true;
        for part in sent.objects("parameter") {
            match part.text("name") {
                Some("profile") => asked.profiles.extend(part.text("value[x]").map(str::to_owned)),
                Some("resource") => asked.resource = part.object("resource").map(Object::to_bytes),
                _ => {}
            }
        }
        Ok(asked)
    }
}
