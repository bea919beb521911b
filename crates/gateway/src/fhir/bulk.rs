//! `$export` of everything, of patients and of a group (FHIR Bulk Data Access 2.0), its status and its files. A file is
//! read from the record while it goes out.

use super::reading::pairs;
use super::serving::{Shape, base, is_lenient};
use super::{Door, Problem, kind};
use actions::bulk::{Asked, Begin, End, Fetch, Fetched, Level, Place, Progress};
use actions::values::Permission;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fhir::search::r4::{Params, Summary};
use fhir::{Json, Kind, Object, json};
use http_body_util::channel::{Channel, Sender};

/// What files are served as.
const NDJSON: HeaderValue = HeaderValue::from_static("application/fhir+ndjson");
/// How soon a client may ask again for the status, in seconds.
const AGAIN_SECONDS: HeaderValue = HeaderValue::from_static("1");
/// Pieces of a file that wait for its reader.
const PIECES_WAITING: usize = 4;

/// A file could not be read to its end.
#[derive(Debug, thiserror::Error)]
#[error("the file is broken off here; fetch it again")]
struct BrokenOff;

/// What an address names.
enum Of {
    All,
    Kind(String),
    One(String, String),
}

impl Of {
    /// What that is, and its path.
    fn level(self) -> Result<(Level, String), Problem> {
        let wrong = || {
            let words = "$export is of everything (/fhir/$export), of patients (/fhir/Patient/$export) or of a group (/fhir/Group/ID/$export).";
            Err(Problem::Parameter(words.to_owned()))
        };
        match self {
            Self::All => Ok((Level::System, "$export".to_owned())),
            Self::Kind(name) if kind(&name)? == Kind::Patient => {
                Ok((Level::Patient, "Patient/$export".to_owned()))
            }
            Self::One(name, id) if kind(&name)? == Kind::Group => {
                let path = format!("Group/{id}/$export");
                Ok((Level::Group(id), path))
            }
            Self::Kind(_) | Self::One(..) => wrong(),
        }
    }
}

/// How parameters came.
enum By {
    Address(Option<String>),
    Form(Bytes),
}

/// `GET /fhir/$export`
pub(super) async fn of_all(
    State(door): State<Door>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    begin(&door, &headers, Of::All, By::Address(text)).await
}

/// `POST /fhir/$export`
pub(super) async fn of_all_by_form(
    State(door): State<Door>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    begin(&door, &headers, Of::All, By::Form(body)).await
}

/// `GET /fhir/Patient/$export`
pub(super) async fn of_patients(
    State(door): State<Door>,
    Path(kind_name): Path<String>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    begin(&door, &headers, Of::Kind(kind_name), By::Address(text)).await
}

/// `POST /fhir/Patient/$export`
pub(super) async fn of_patients_by_form(
    State(door): State<Door>,
    Path(kind_name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    begin(&door, &headers, Of::Kind(kind_name), By::Form(body)).await
}

/// `GET /fhir/Group/{id}/$export`
pub(super) async fn of_group(
    State(door): State<Door>,
    Path((kind_name, id)): Path<(String, String)>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    begin(&door, &headers, Of::One(kind_name, id), By::Address(text)).await
}

/// `POST /fhir/Group/{id}/$export`
pub(super) async fn of_group_by_form(
    State(door): State<Door>,
    Path((kind_name, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    begin(&door, &headers, Of::One(kind_name, id), By::Form(body)).await
}

/// The parameters of a Parameters resource, as an address would have them.
fn form(body: &[u8]) -> Result<Params, Problem> {
    let wrong =
        || Problem::Parameter("Send a Parameters resource with the parameters of $export.".to_owned());
    let Ok(Json::Object(sent)) = json::parse(body) else { return Err(wrong()) };
    if sent.text("resourceType") != Some("Parameters") {
        return Err(wrong());
    }
    let value = |part: &Object| {
        let value = part.text("value[x]").or_else(|| part.text("valueReference.reference"));
        Some((part.text("name")?.to_owned(), value?.to_owned()))
    };
    sent.objects("parameter").into_iter().map(|part| value(part).ok_or_else(wrong)).collect()
}

/// Asked for with or without `Prefer: respond-async`: there is no other way.
async fn begin(door: &Door, headers: &HeaderMap, of: Of, by: By) -> Result<Response, Problem> {
    let context = door.admit(headers, Permission::BulkExport).await?;
    let (level, path) = of.level()?;
    let params = match by {
        By::Address(text) => pairs(text.as_deref())?,
        By::Form(body) => form(&body)?,
    };
    let base = base(headers);
    let told = super::serving::query(&params);
    let request = if told.is_empty() { format!("{base}/{path}") } else { format!("{base}/{path}?{told}") };
    let mut asked =
        Asked { level, types: Vec::new(), since: None, elements: Vec::new(), patients: Vec::new(), request };
    let lenient = is_lenient(headers);
    for (name, value) in params {
        let wrong = |expected: &str| Problem::Parameter(format!("{name} is {expected}, not \"{value}\"."));
        match name.as_str() {
            "_outputFormat" => {
                let format = value.replace(' ', "+");
                if !matches!(format.as_str(), "application/fhir+ndjson" | "application/ndjson" | "ndjson") {
                    return Err(wrong("application/fhir+ndjson"));
                }
            }
            "_since" => {
                let moment = fhir::time::interval(&value.replace(' ', "+")).map(|(first, _)| first);
                asked.since = Some(moment.ok_or_else(|| wrong("an instant such as 2026-11-22T14:05:00Z"))?.0);
            }
            "_type" => {
                for one in value.split(',').map(str::trim) {
                    asked.types.push(kind(one)?.as_str().to_owned());
                }
            }
            "_elements" => {
                // An element may be said with its type before it.
                let names = value.split(',').map(|name| name.rsplit('.').next().unwrap_or(name).trim());
                asked.elements.extend(names.map(str::to_owned));
            }
            "patient" if asked.level != Level::System => {
                let ids = value.split(',').map(|id| id.rsplit('/').next().unwrap_or(id).to_owned());
                asked.patients.extend(ids);
            }
            _ if lenient => {}
            _ => {
                let words = format!(
                    "$export takes _type, _since, _elements, _outputFormat and, of patients and groups, patient; not \"{name}\"."
                );
                return Err(Problem::Parameter(words));
            }
        }
    }
    let id = door.handle(context.now);
    door.act(context, Begin { id: id.clone(), asked }).await?;
    let mut response = StatusCode::ACCEPTED.into_response();
    if let Ok(place) = HeaderValue::from_str(&format!("{base}/$export-status/{id}")) {
        response.headers_mut().insert(header::CONTENT_LOCATION, place);
    }
    Ok(response)
}

/// `GET /fhir/$export-status/{export}`: 202 while it is made ready, then the manifest.
pub(super) async fn status(
    State(door): State<Door>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::BulkExport).await?;
    let found = door.look(context, Progress { id: id.clone() }).await?;
    if let Some(percent) = found.percent {
        let mut response = (StatusCode::ACCEPTED, [(header::RETRY_AFTER, AGAIN_SECONDS)]).into_response();
        if let Ok(progress) = HeaderValue::from_str(&format!("{percent} % looked through")) {
            response.headers_mut().insert("x-progress", progress);
        }
        return Ok(response);
    }
    let base = base(&headers);
    let output = found.kinds.iter().map(|kind| {
        serde_json::json!({ "type": kind.as_str(), "url": format!("{base}/$export-file/{id}/{kind}.ndjson") })
    });
    let manifest = serde_json::json!({
        "transactionTime": found.at.to_string(),
        "request": found.asked.request,
        "requiresAccessToken": true,
        "output": output.collect::<Vec<_>>(),
        "error": [],
    });
    let mut response = ([(header::CONTENT_TYPE, "application/json")], manifest.to_string()).into_response();
    if let Ok(until) = HeaderValue::from_str(&super::serving::http_date(found.expires)) {
        response.headers_mut().insert(header::EXPIRES, until);
    }
    Ok(response)
}

/// `DELETE /fhir/$export-status/{export}`
pub(super) async fn end(
    State(door): State<Door>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::BulkExport).await?;
    door.act(context, End { id }).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

/// `GET /fhir/$export-file/{export}/{type}.ndjson`
pub(super) async fn file(
    State(door): State<Door>,
    Path((id, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::BulkExport).await?;
    let kind = kind(file.strip_suffix(".ndjson").ok_or(Problem::NotFound)?)?;
    let fetch = Fetch { id, kind, place: Place::default() };
    // What is refused is refused before the first byte.
    let first = door.look(context, fetch.clone()).await?;
    let (pieces, body) = Channel::<Bytes, BrokenOff>::new(PIECES_WAITING);
    tokio::spawn(stream(door, headers, fetch, first, pieces));
    Ok(([(header::CONTENT_TYPE, NDJSON)], Body::new(body)).into_response())
}

/// Sends a file piece by piece; one that cannot be read to its end is broken off, so that nobody takes it for whole.
async fn stream(
    door: Door,
    headers: HeaderMap,
    fetch: Fetch,
    first: Fetched,
    mut pieces: Sender<Bytes, BrokenOff>,
) {
    let mut found = first;
    loop {
        let next = found.next;
        let lines = lines(fetch.kind, found);
        if !lines.is_empty() && pieces.send_data(lines.into()).await.is_err() {
            // Nobody reads any more.
            return;
        }
        let Some(place) = next else { return };
        // A token that is over, or was taken away, fetches no further.
        let more = match door.context(&headers).await {
            Ok(context) => door.look(context, Fetch { place, ..fetch.clone() }).await,
            Err(problem) => Err(problem),
        };
        match more {
            Ok(more) => found = more,
            Err(_) => return pieces.abort(BrokenOff),
        }
    }
}

/// One resource a line. A line feed within JSON stands between its words only.
fn lines(kind: Kind, found: Fetched) -> Vec<u8> {
    let shape = Shape { summary: Summary::False, elements: found.elements };
    let mut out = Vec::new();
    for resource in found.resources {
        let body = shape.of(kind, resource.body);
        out.extend(body.into_iter().filter(|byte| !matches!(byte, b'\n' | b'\r')));
        out.push(b'\n');
    }
    out
}
