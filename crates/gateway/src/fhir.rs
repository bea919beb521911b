//! A thin FHIR R4 door: read, and the searches of the parameter table. Bearer tokens only.

mod directory;
mod events;
mod operations;

use actions::intake::Clock;
use actions::resources::{Books, Find, Load, Read, Resource};
use actions::sign_in::TokenKey;
use actions::summaries::OfRecord;
use actions::values::{Permission, may};
use actions::{Act, Actor, Context, Look, Record, Refusal, RefusalKind};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use fhir::outcome::{self, IssueType, Severity};
use fhir::search::{Query, is_of_directory};
use fhir::{Kind, ResourceKey, bundle, capability};
use std::sync::Arc;

/// Largest bundle taken by the load route, in bytes.
const LOAD_LIMIT_BYTES: usize = 64 << 20;
/// What FHIR JSON is served as.
const FHIR_JSON: HeaderValue = HeaderValue::from_static("application/fhir+json; charset=utf-8");

/// What the handlers hold.
#[derive(Clone)]
pub struct Door {
    record: Record,
    clock: Clock,
    key: Arc<TokenKey>,
}

/// One route of the machines' door.
pub struct Route {
    /// Path pattern.
    pub path: &'static str,
    /// What the token's role must allow; `None` for what says nothing about anybody.
    pub permission: Option<Permission>,
    handler: fn() -> MethodRouter<Door>,
}

/// Every route of this door. Sweeps read it: each as nobody and as every role.
pub const ROUTES: &[Route] = &[
    Route { path: "/fhir/metadata", permission: None, handler: || get(metadata) },
    Route {
        path: "/fhir/$events",
        permission: Some(Permission::CollectReports),
        handler: || get(events::events),
    },
    Route {
        path: "/fhir/$ways-out",
        permission: Some(Permission::ReadCensus),
        handler: || get(events::ways_out),
    },
    Route { path: "/fhir/{kind}", permission: Some(Permission::ReadFhir), handler: || get(search) },
    Route { path: "/fhir/{kind}/{id}", permission: Some(Permission::ReadFhir), handler: || get(read) },
    Route {
        path: "/fhir/{kind}/{id}/_history/{version}",
        permission: Some(Permission::ReadFhir),
        handler: || get(read_version),
    },
    Route {
        path: "/fhir/{kind}/{id}/$summary",
        permission: Some(Permission::ReadFhir),
        handler: || get(summary),
    },
    Route {
        path: "/operations/replay",
        permission: Some(Permission::Replay),
        handler: || post(operations::replay),
    },
    Route {
        path: "/operations/feeds/pause",
        permission: Some(Permission::ManageFeeds),
        handler: || post(operations::pause),
    },
    Route {
        path: "/operations/feeds/resume",
        permission: Some(Permission::ManageFeeds),
        handler: || post(operations::resume),
    },
    Route {
        path: "/operations/backlog/{name}",
        permission: Some(Permission::LoadBacklog),
        handler: || {
            post(operations::backlog).layer(DefaultBodyLimit::max(LOAD_LIMIT_BYTES)).get(operations::progress)
        },
    },
    Route { path: "/census", permission: None, handler: || get(census) },
    Route {
        path: "/load",
        permission: Some(Permission::LoadFhir),
        handler: || post(load).layer(DefaultBodyLimit::max(LOAD_LIMIT_BYTES)),
    },
];

/// The routes of the table, served.
pub fn router(record: Record, clock: Clock, key: TokenKey) -> Router {
    let door = Door { record, clock, key: Arc::new(key) };
    ROUTES
        .iter()
        .fold(Router::new(), |router, route| router.route(route.path, (route.handler)()))
        .with_state(door)
}

/// What goes wrong at this door.
enum Problem {
    NoToken,
    Query(Kind, fhir::search::QueryError),
    UnknownKind(fhir::id::UnknownKind),
    NotFound,
    /// A parameter of an operation, with what to write.
    Parameter(String),
    Refused(Refusal),
    Broken,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let say = |code, text: &str| outcome::outcome(Severity::Error, code, text, None);
        let (status, body) = match self {
            Self::NoToken => (
                StatusCode::UNAUTHORIZED,
                say(IssueType::Login, "Send Authorization: Bearer TOKEN; `opor token --data DIR` makes one."),
            ),
            Self::Query(kind, error) => (StatusCode::BAD_REQUEST, outcome::of_query(kind, &error)),
            Self::UnknownKind(unknown) => {
                (StatusCode::NOT_FOUND, say(IssueType::NotSupported, &unknown.to_string()))
            }
            Self::NotFound => {
                (StatusCode::NOT_FOUND, say(IssueType::NotFound, "There is nothing under this address."))
            }
            Self::Parameter(text) => (StatusCode::BAD_REQUEST, say(IssueType::Value, &text)),
            Self::Refused(refusal) => {
                let (status, code) = match refusal.kind {
                    RefusalKind::NotAllowed | RefusalKind::ReasonNeeded => {
                        (StatusCode::FORBIDDEN, IssueType::Forbidden)
                    }
                    RefusalKind::NotFound => (StatusCode::NOT_FOUND, IssueType::NotFound),
                    RefusalKind::Conflict => (StatusCode::CONFLICT, IssueType::Conflict),
                    RefusalKind::Unreadable => (StatusCode::UNPROCESSABLE_ENTITY, IssueType::Structure),
                    RefusalKind::TryAgain => (StatusCode::SERVICE_UNAVAILABLE, IssueType::Transient),
                };
                (status, say(code, &refusal.words.en))
            }
            Self::Broken => (
                StatusCode::INTERNAL_SERVER_ERROR,
                say(IssueType::Exception, "This request broke down here. Report it with its time."),
            ),
        };
        (status, [(header::CONTENT_TYPE, FHIR_JSON)], body.to_bytes()).into_response()
    }
}

impl Door {
    fn context(&self, headers: &HeaderMap) -> Result<Context, Problem> {
        let now = (self.clock)();
        let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = token.and_then(|value| value.strip_prefix("Bearer ")).ok_or(Problem::NoToken)?;
        let actor: Actor = self.key.actor(token.trim(), now).ok_or(Problem::NoToken)?;
        let purpose = actor.role.usual_purpose();
        Ok(Context { actor, purpose, now })
    }

    async fn look<L>(&self, context: Context, look: L) -> Result<L::View, Problem>
    where
        L: Look + Send + 'static,
        L::View: Send + 'static,
    {
        let record = self.record.clone();
        let looked = tokio::task::spawn_blocking(move || record.look(&context, look)).await;
        Ok(looked.map_err(|_| Problem::Broken)??)
    }

    /// The role is asked before anything that was sent is looked into.
    async fn allow(&self, context: &Context, permission: Permission) -> Result<(), Problem> {
        let (record, context) = (self.record.clone(), context.clone());
        let allowed = tokio::task::spawn_blocking(move || record.allow(&context, permission)).await;
        Ok(allowed.map_err(|_| Problem::Broken)??)
    }

    async fn act<A: Act + Send + 'static>(&self, context: Context, act: A) -> Result<(), Problem> {
        let record = self.record.clone();
        let acted = tokio::task::spawn_blocking(move || record.act(&context, act)).await;
        Ok(acted.map_err(|_| Problem::Broken)??)
    }
}

fn kind(name: &str) -> Result<Kind, Problem> {
    name.parse().map_err(Problem::UnknownKind)
}

async fn metadata(State(door): State<Door>) -> Response {
    let statement = capability::statement("/fhir", env!("CARGO_PKG_VERSION"), (door.clock)());
    ([(header::CONTENT_TYPE, FHIR_JSON)], statement.to_bytes()).into_response()
}

async fn read(
    State(door): State<Door>,
    Path((kind_name, id)): Path<(String, String)>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = door.context(&headers)?;
    let kind = kind(&kind_name)?;
    if !is_of_directory(kind) {
        let key = ResourceKey::parse(kind, &id).map_err(|_| Problem::NotFound)?;
        return Ok(served(door.look(context, Read { key, version: None }).await?));
    }
    if id == directory::HISTORY {
        return directory::history(&door, context, kind, text.as_deref()).await;
    }
    // What was loaded with a patient stands under a key of this record; the directory's own ids are not of that form.
    match ResourceKey::parse(kind, &id) {
        Ok(key) => Ok(served(door.look(context, Read { key, version: None }).await?)),
        Err(_) => directory::read(&door, context, kind, id).await,
    }
}

async fn read_version(
    State(door): State<Door>,
    Path((kind_name, id, version)): Path<(String, String, u32)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = door.context(&headers)?;
    let key = ResourceKey::parse(kind(&kind_name)?, &id).map_err(|_| Problem::NotFound)?;
    Ok(served(door.look(context, Read { key, version: Some(version) }).await?))
}

/// The International Patient Summary of the person a Patient belongs to (IPS 2.0, operation `Patient/$summary`).
async fn summary(
    State(door): State<Door>,
    Path((kind_name, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = door.context(&headers)?;
    door.allow(&context, Permission::ReadFhir).await?;
    if kind(&kind_name)? != Kind::Patient {
        return Err(Problem::NotFound);
    }
    let patient = ResourceKey::parse(Kind::Patient, &id).map_err(|_| Problem::NotFound)?;
    let document = door.look(context, OfRecord { patient }).await?;
    Ok(([(header::CONTENT_TYPE, FHIR_JSON)], document).into_response())
}

fn served(resource: Resource) -> Response {
    let etag = format!("W/\"{}\"", resource.version);
    (
        [(header::CONTENT_TYPE, FHIR_JSON.to_str().unwrap_or_default().to_owned()), (header::ETAG, etag)],
        resource.body,
    )
        .into_response()
}

async fn search(
    State(door): State<Door>,
    Path(kind_name): Path<String>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = door.context(&headers)?;
    door.allow(&context, Permission::ReadFhir).await?;
    let kind = kind(&kind_name)?;
    let text = text.unwrap_or_default();
    if is_of_directory(kind) && !directory::asks_for_stored(kind, &text) {
        return directory::search(&door, context, kind, &text).await;
    }
    let query = Query::parse(kind, &text).map_err(|error| Problem::Query(kind, error))?;
    let found = door.look(context, Find { query, text: text.clone() }).await?;
    let this = format!("/fhir/{kind}?{text}");
    let next = found.next.map(|cursor| {
        let kept: Vec<&str> =
            text.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("_cursor=")).collect();
        format!("/fhir/{kind}?{}{}_cursor={cursor}", kept.join("&"), if kept.is_empty() { "" } else { "&" })
    });
    let resources: Vec<(ResourceKey, &[u8])> =
        found.resources.iter().map(|resource| (resource.key, resource.body.as_slice())).collect();
    let page = bundle::Page { total: Some(found.total), this: Some(&this), next: next.as_deref() };
    Ok(([(header::CONTENT_TYPE, FHIR_JSON)], bundle::searchset("/fhir", page, &resources)).into_response())
}

/// Counts without patients; open to whoever reaches this port, so that a monitor needs no secret. Who receives is told
/// only to a token that may read the census: names of staff are not for everybody.
async fn census(State(door): State<Door>, headers: HeaderMap) -> Result<Response, Problem> {
    let known = door.context(&headers).ok().filter(|context| may(context.actor.role, Permission::ReadCensus));
    let named = known.is_some();
    let context = known.unwrap_or_else(|| actions::record::machine("opor census", (door.clock)()));
    let mut books = door.look(context, Books).await?;
    if !named {
        books.recipients.clear();
    }
    let body = serde_json::to_vec(&books).map_err(|_| Problem::Broken)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

async fn load(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let context = door.context(&headers)?;
    door.allow(&context, Permission::LoadFhir).await?;
    for entries in actions::resources::people_of(&body)? {
        door.act(context.clone(), Load { entries }).await?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
