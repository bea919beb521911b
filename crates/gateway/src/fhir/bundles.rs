//! Batches and transactions (FHIR R4 3.1.0.11): `POST /fhir` of a Bundle.

use super::reading::searched;
use super::serving::{Bundle, FHIR_JSON, Wanted, base, is_lenient, response_of, version_in, wanted};
use super::writing::{condition, write};
use super::{Door, Problem};
use actions::Context;
use actions::reports::base64_bytes;
use actions::resources::{Became, Change, Done, Read, Step, Target};
use actions::values::Permission;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use fhir::patch::Patch;
use fhir::search::r4::decode_pairs;
use fhir::{Json, Kind, Object, json};

/// Most entries of one bundle.
const MAX_ENTRIES: usize = 5_000;

/// One entry, understood.
enum Asked {
    Write(Step),
    Read(Kind, String, Option<u32>),
    Search(Kind, String),
}

/// What one entry came to.
enum Came {
    Done(Done),
    Read(Vec<u8>),
    Refused(Problem),
}

/// `POST /fhir`
pub(super) async fn post(
    State(door): State<Door>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::WriteFhir).await?;
    let read = json::parse(&body).map_err(|error| Problem::Parameter(error.to_string()))?;
    let bundle = read.as_object().filter(|bundle| bundle.text("resourceType") == Some("Bundle"));
    let bundle = bundle.ok_or_else(|| {
        Problem::Parameter(
            "Post a Bundle of type batch or transaction here, and a resource to the address of its type."
                .to_owned(),
        )
    })?;
    let entries = bundle.get("entry").map(Json::items).unwrap_or_default();
    if entries.len() > MAX_ENTRIES {
        return Err(Problem::Parameter(format!(
            "Bundle.entry has {} entries; send at most {MAX_ENTRIES} at once.",
            entries.len()
        )));
    }
    let base = base(&headers);
    let with_bodies = wanted(&headers) == Wanted::Representation && headers.contains_key("prefer");
    let lenient = is_lenient(&headers);
    let asked = entries.iter().enumerate().map(|(n, entry)| asked(n, entry, &base));
    match bundle.text("type") {
        Some("transaction") => {
            let asked = asked.collect::<Result<Vec<_>, _>>()?;
            let came = transaction(&door, &context, &base, lenient, asked).await?;
            Ok(answer("transaction-response", &base, with_bodies, came))
        }
        Some("batch") => {
            let mut came = Vec::with_capacity(entries.len());
            for one in asked.collect::<Vec<_>>() {
                came.push(match one {
                    Ok(Asked::Write(step)) => match write(&door, context.clone(), &base, vec![step]).await {
                        Ok(done) => {
                            done.into_iter().next().map_or(Came::Refused(Problem::Broken), Came::Done)
                        }
                        Err(problem) => Came::Refused(problem),
                    },
                    Ok(asked) => match look(&door, &context, &base, lenient, asked).await {
                        Ok(body) => Came::Read(body),
                        Err(problem) => Came::Refused(problem),
                    },
                    Err(problem) => Came::Refused(problem),
                });
            }
            Ok(answer("batch-response", &base, with_bodies, came))
        }
        other => Err(Problem::Parameter(format!(
            "Bundle.type is \"{}\"; a batch or a transaction is carried out here.",
            other.unwrap_or_default()
        ))),
    }
}

/// Writes first, as one; then reads, which see them.
async fn transaction(
    door: &Door,
    context: &Context,
    base: &str,
    lenient: bool,
    asked: Vec<Asked>,
) -> Result<Vec<Came>, Problem> {
    let mut steps = Vec::new();
    let mut order = Vec::with_capacity(asked.len());
    for one in asked {
        match one {
            Asked::Write(step) => {
                order.push(None);
                steps.push(step);
            }
            other => order.push(Some(other)),
        }
    }
    let mut done = match steps.is_empty() {
        true => Vec::new(),
        false => write(door, context.clone(), base, steps).await?,
    }
    .into_iter();
    let mut came = Vec::with_capacity(order.len());
    for one in order {
        came.push(match one {
            None => Came::Done(done.next().ok_or(Problem::Broken)?),
            // What is written stands: a read that fails is the answer to its own entry.
            Some(asked) => match look(door, context, base, lenient, asked).await {
                Ok(body) => Came::Read(body),
                Err(problem) => Came::Refused(problem),
            },
        });
    }
    Ok(came)
}

async fn look(
    door: &Door,
    context: &Context,
    base: &str,
    lenient: bool,
    asked: Asked,
) -> Result<Vec<u8>, Problem> {
    match asked {
        Asked::Read(kind, id, version) => {
            Ok(door.look(context.clone(), Read { kind, id, version }).await?.body)
        }
        Asked::Search(kind, text) => {
            let params = decode_pairs(&text).map_err(Problem::Request)?;
            searched(door, context.clone(), base, kind, params, lenient, None).await
        }
        Asked::Write(_) => Err(Problem::Broken),
    }
}

fn asked(n: usize, entry: &Json, base: &str) -> Result<Asked, Problem> {
    let wrong = |words: String| Problem::Parameter(format!("Bundle.entry[{n}]: {words}"));
    let empty = Object::new();
    let entry = entry.as_object().unwrap_or(&empty);
    let request =
        entry.object("request").ok_or_else(|| wrong("request is missing; say method and url".to_owned()))?;
    let (method, url) = (request.text("method").unwrap_or_default(), request.text("url").unwrap_or_default());
    let below = url.strip_prefix(base).and_then(|rest| rest.strip_prefix('/'));
    let url = below.unwrap_or(url).trim_start_matches('/');
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let mut words = path.split('/');
    let name = words.next().unwrap_or_default();
    let kind: Kind =
        name.parse().map_err(|error: fhir::id::UnknownKind| wrong(format!("request.url: {error}")))?;
    let (id, rest) = (words.next(), words.collect::<Vec<_>>());
    let target = || match id {
        Some(id) if rest.is_empty() => Ok(Target::Id(id.to_owned())),
        None => condition(query),
        Some(_) => Err(wrong(format!("request.url \"{url}\" is no address of a resource"))),
    };
    let version = match request.text("ifMatch") {
        // Only when there is none yet.
        None if method == "PUT" && request.text("ifNoneMatch") == Some("*") => Some(0),
        None => None,
        Some(tag) => Some(
            version_in(tag).ok_or_else(|| wrong(format!("request.ifMatch is W/\"version\", not {tag}")))?,
        ),
    };
    let resource =
        || entry.get("resource").map(Json::to_bytes).ok_or_else(|| wrong("resource is missing".to_owned()));
    let change = match method {
        "GET" | "HEAD" => {
            return Ok(match (id, rest.as_slice()) {
                (None, _) => Asked::Search(kind, query.unwrap_or_default().to_owned()),
                (Some(id), []) => Asked::Read(kind, id.to_owned(), None),
                (Some(id), ["_history", version]) => {
                    let version =
                        version.parse().map_err(|_| wrong(format!("\"{version}\" is no version")))?;
                    Asked::Read(kind, id.to_owned(), Some(version))
                }
                _ => {
                    return Err(wrong(format!(
                        "request.url \"{url}\": reads, versions and searches of a type are answered in a bundle"
                    )));
                }
            });
        }
        "POST" if id.is_none() => {
            let unless = request.text("ifNoneExist").map(|text| text.trim_start_matches('?').to_owned());
            Change::Create { body: resource()?, unless }
        }
        "PUT" => Change::Update { target: target()?, body: resource()?, version },
        "PATCH" => {
            let patch =
                Patch::read(&patch_bytes(entry).ok_or_else(|| wrong("resource is missing".to_owned()))?);
            Change::Patch {
                target: target()?,
                patch: patch.map_err(|error| wrong(error.to_string()))?,
                version,
            }
        }
        "DELETE" => Change::Delete { target: target()?, version },
        _ => {
            return Err(wrong(format!(
                "request {method} {url} is none of GET, POST to a type, PUT, PATCH, DELETE"
            )));
        }
    };
    Ok(Asked::Write(Step { kind, change, full_url: entry.text("fullUrl").map(str::to_owned) }))
}

/// A patch in a bundle: Parameters as they are, a JSON patch as a Binary.
fn patch_bytes(entry: &Object) -> Option<Vec<u8>> {
    let resource = entry.get("resource")?;
    match resource.get("resourceType").and_then(Json::as_str) {
        Some("Binary") => base64_bytes(resource.get("data")?.as_str()?),
        _ => Some(resource.to_bytes()),
    }
}

fn answer(sort: &str, base: &str, with_bodies: bool, came: Vec<Came>) -> Response {
    let mut bundle = Bundle::new(sort, None, &[]);
    for one in came {
        match one {
            Came::Done(done) => {
                let status = match done.became {
                    Became::Created => "201 Created",
                    Became::Updated | Became::Unchanged => "200 OK",
                    Became::Deleted(_) => "204 No Content",
                };
                let resource = &done.resource;
                let gone = resource.body.is_empty();
                let url = (!gone).then(|| format!("{base}/{}/{}", resource.key.kind, resource.id));
                let body = (with_bodies && !gone).then_some(resource.body.as_slice());
                bundle.entry(url.as_deref(), body, &response_of(status, resource));
            }
            Came::Read(body) => bundle.entry(None, Some(&body), "\"response\":{\"status\":\"200 OK\"}"),
            Came::Refused(problem) => {
                let (status, outcome) = problem.said();
                let text = format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
                bundle.entry(
                    None,
                    None,
                    &format!("\"response\":{{\"status\":\"{text}\",\"outcome\":{outcome}}}"),
                );
            }
        }
    }
    ([(header::CONTENT_TYPE, FHIR_JSON)], bundle.close()).into_response()
}
