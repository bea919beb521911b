//! The FHIR R4 door: reads, searches, histories, writes, batches and transactions. Bearer tokens only.

mod bulk;
mod bundles;
mod checking;
mod directory;
mod events;
mod held;
mod meta;
mod named;
mod operations;
mod reading;
mod serving;
mod smart;
mod subscriptions;
mod tickets;
mod writing;
mod xml;

use actions::facility::tickets::Sender;
use actions::intake::Clock;
use actions::resources::{Books, Load};
use actions::sign_in::TokenKey;
use actions::smart::id_token::IdKey;
use actions::summaries::OfRecord;
use actions::values::{Permission, may};
use actions::{Act, Actor, Context, Look, Record, Refusal, RefusalKind};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, patch, post, put};
use fhir::outcome::{self, IssueType, Severity};
use fhir::search::r4::RequestError;
use fhir::{Kind, Object, ResourceKey, capability};
use serving::FHIR_JSON;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Semaphore, oneshot};

/// Largest bundle taken, in bytes.
const LOAD_LIMIT_BYTES: usize = 64 << 20;
/// Largest body of what is no bundle, in bytes.
const USUAL_LIMIT_BYTES: usize = 2 << 20;
/// Largest description of an app that asks to be registered, in bytes.
const REGISTRATION_LIMIT_BYTES: usize = 16 * 1024;
/// Largest form of an app that asks for a token, in bytes.
const FORM_LIMIT_BYTES: usize = 64 << 10;
/// How many whole documents are checked or turned between XML and JSON at once; the others wait.
const DOCUMENTS_AT_ONCE: usize = 2;

/// What the handlers hold. Every layer of a route has its own, for every request.
#[derive(Clone)]
pub struct Door(Arc<Parts>);

impl std::ops::Deref for Door {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// What a [`Door`] is made of.
pub struct Parts {
    record: Record,
    clock: Clock,
    key: TokenKey,
    /// How many writes this door has begun.
    begun: AtomicU64,
    senders: Vec<Sender>,
    /// Searches that came in a form, for the links to their pages.
    held: held::Held,
    /// Whether what is not as R4 and its profiles demand is refused.
    is_strict: bool,
    /// Turns for work on whole documents.
    turns: Arc<Semaphore>,
    /// What apps of other makers are let in by.
    smart: Smart,
}

/// What this door needs so that apps of other makers come in (SMART App Launch 2.2).
#[derive(Clone)]
pub struct Smart {
    /// 32 random bytes that nobody can guess.
    pub random: Arc<dyn Fn() -> [u8; 32] + Send + Sync>,
    /// Signs who a user is.
    pub key: IdKey,
    /// Where people reach us, `https://opor.example`, as the settings say it: who we are to apps. Without it, the host
    /// that was asked.
    pub portal: Option<String>,
    /// Apps may ask to be registered (RFC 7591).
    pub registers: bool,
    /// A proxy of ours stands before this door and says which host was asked; nobody else is believed.
    pub proxied: bool,
}

/// One route of the machines' door.
pub struct Route {
    /// Method.
    pub method: &'static str,
    /// Path pattern.
    pub path: &'static str,
    /// What the token's role must allow; `None` for what says nothing about anybody.
    pub permission: Option<Permission>,
    /// Largest body taken, in bytes.
    limit_bytes: usize,
    handler: fn() -> MethodRouter<Door>,
}

/// A route whose body, if any, is of the usual size.
const fn small(
    method: &'static str,
    path: &'static str,
    permission: Permission,
    handler: fn() -> MethodRouter<Door>,
) -> Route {
    Route { method, path, permission: Some(permission), limit_bytes: USUAL_LIMIT_BYTES, handler }
}

/// Every route of this door. Sweeps read it: each as nobody and as every role.
pub const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/fhir/metadata",
        permission: None,
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(metadata),
    },
    Route {
        method: "GET",
        path: "/fhir/.well-known/smart-configuration",
        permission: None,
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(smart::configuration),
    },
    Route {
        method: "GET",
        path: "/fhir/.well-known/openid-configuration",
        permission: None,
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(smart::discovery),
    },
    // Apps prove themselves in the form: tokens open nothing here.
    Route {
        method: "GET",
        path: "/auth/keys",
        permission: None,
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(smart::keys),
    },
    Route {
        method: "POST",
        path: "/auth/token",
        permission: None,
        limit_bytes: FORM_LIMIT_BYTES,
        handler: || post(smart::token),
    },
    Route {
        method: "POST",
        path: "/auth/register",
        permission: None,
        limit_bytes: REGISTRATION_LIMIT_BYTES,
        handler: || post(smart::register),
    },
    Route {
        method: "POST",
        path: "/auth/introspect",
        permission: None,
        limit_bytes: FORM_LIMIT_BYTES,
        handler: || post(smart::introspect),
    },
    Route {
        method: "POST",
        path: "/auth/revoke",
        permission: None,
        limit_bytes: FORM_LIMIT_BYTES,
        handler: || post(smart::revoke),
    },
    Route {
        method: "GET",
        path: "/fhir/$events",
        permission: Some(Permission::CollectReports),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(events::events),
    },
    small("GET", "/fhir/$export", Permission::BulkExport, || get(bulk::of_all)),
    small("POST", "/fhir/$export", Permission::BulkExport, || post(bulk::of_all_by_form)),
    small("GET", "/fhir/{kind}/$export", Permission::BulkExport, || get(bulk::of_patients)),
    small("POST", "/fhir/{kind}/$export", Permission::BulkExport, || post(bulk::of_patients_by_form)),
    small("GET", "/fhir/{kind}/{id}/$export", Permission::BulkExport, || get(bulk::of_group)),
    small("POST", "/fhir/{kind}/{id}/$export", Permission::BulkExport, || post(bulk::of_group_by_form)),
    small("GET", "/fhir/$export-status/{export}", Permission::BulkExport, || get(bulk::status)),
    small("GET", "/fhir/$export-file/{export}/{output}", Permission::BulkExport, || get(bulk::file)),
    small("DELETE", "/fhir/$export-status/{export}", Permission::BulkExport, || delete(bulk::end)),
    small("GET", "/fhir/{kind}/{id}/$status", Permission::WriteFhir, || get(subscriptions::status)),
    small("GET", "/fhir/{kind}/{id}/$events", Permission::WriteFhir, || get(subscriptions::events)),
    Route {
        method: "GET",
        path: "/fhir/$ways-out",
        permission: Some(Permission::ReadCensus),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(events::ways_out),
    },
    Route {
        method: "POST",
        path: "/fhir",
        permission: Some(Permission::WriteFhir),
        limit_bytes: LOAD_LIMIT_BYTES,
        handler: || post(bundles::post),
    },
    Route {
        method: "POST",
        path: "/fhir/",
        permission: Some(Permission::WriteFhir),
        limit_bytes: LOAD_LIMIT_BYTES,
        handler: || post(bundles::post),
    },
    Route {
        method: "GET",
        path: "/fhir/_history",
        permission: Some(Permission::ReadFhir),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(reading::history_of_all),
    },
    Route {
        method: "GET",
        path: "/fhir/{kind}",
        permission: Some(Permission::ReadFhir),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(reading::search),
    },
    Route {
        method: "POST",
        path: "/fhir/{kind}",
        permission: Some(Permission::WriteFhir),
        limit_bytes: LOAD_LIMIT_BYTES,
        handler: || post(writing::create),
    },
    Route {
        method: "PUT",
        path: "/fhir/{kind}",
        permission: Some(Permission::WriteFhir),
        limit_bytes: LOAD_LIMIT_BYTES,
        handler: || put(writing::update_on_condition),
    },
    Route {
        method: "PATCH",
        path: "/fhir/{kind}",
        permission: Some(Permission::WriteFhir),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || patch(writing::patch_on_condition),
    },
    Route {
        method: "DELETE",
        path: "/fhir/{kind}",
        permission: Some(Permission::WriteFhir),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || delete(writing::delete_on_condition),
    },
    Route {
        method: "POST",
        path: "/fhir/{kind}/_search",
        permission: Some(Permission::ReadFhir),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || post(reading::search_form),
    },
    Route {
        method: "POST",
        path: "/fhir/{kind}/$validate",
        permission: Some(Permission::ReadFhir),
        limit_bytes: LOAD_LIMIT_BYTES,
        handler: || post(checking::of_kind),
    },
    Route {
        method: "POST",
        path: "/fhir/{kind}/{id}/$validate",
        permission: Some(Permission::ReadFhir),
        limit_bytes: LOAD_LIMIT_BYTES,
        handler: || post(checking::of_one),
    },
    Route {
        method: "GET",
        path: "/fhir/{kind}/{id}/$validate",
        permission: Some(Permission::ReadFhir),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(checking::of_stored),
    },
    Route {
        method: "GET",
        path: "/fhir/{kind}/_history",
        permission: Some(Permission::ReadFhir),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(reading::history_of_kind),
    },
    Route {
        method: "GET",
        path: "/fhir/{kind}/{id}",
        permission: Some(Permission::ReadFhir),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(reading::read),
    },
    Route {
        method: "PUT",
        path: "/fhir/{kind}/{id}",
        permission: Some(Permission::WriteFhir),
        limit_bytes: LOAD_LIMIT_BYTES,
        handler: || put(writing::update),
    },
    Route {
        method: "PATCH",
        path: "/fhir/{kind}/{id}",
        permission: Some(Permission::WriteFhir),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || patch(writing::patch),
    },
    small("POST", "/fhir/{kind}/{id}/$meta-add", Permission::WriteFhir, || post(meta::add)),
    small("POST", "/fhir/{kind}/{id}/$meta-delete", Permission::WriteFhir, || post(meta::remove)),
    Route {
        method: "DELETE",
        path: "/fhir/{kind}/{id}",
        permission: Some(Permission::WriteFhir),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || delete(writing::delete),
    },
    Route {
        method: "GET",
        path: "/fhir/{kind}/{id}/_history",
        permission: Some(Permission::ReadFhir),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(reading::history_of_one),
    },
    Route {
        method: "GET",
        path: "/fhir/{kind}/{id}/_history/{version}",
        permission: Some(Permission::ReadFhir),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(reading::read_version),
    },
    Route {
        method: "GET",
        path: "/fhir/{kind}/{id}/$meta",
        permission: Some(Permission::ReadFhir),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(reading::meta),
    },
    small("GET", "/fhir/$meta", Permission::ReadFhir, || get(meta::of_all)),
    small("GET", "/fhir/{kind}/$meta", Permission::ReadFhir, || get(meta::of_kind)),
    Route {
        method: "GET",
        path: "/fhir/Observation/$lastn",
        permission: Some(Permission::ReadFhir),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(named::lastn),
    },
    Route {
        method: "POST",
        path: "/fhir/Patient/$match",
        permission: Some(Permission::ReadFhir),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || post(named::matches),
    },
    Route {
        method: "GET",
        path: "/fhir/{kind}/{id}/$everything",
        permission: Some(Permission::ReadFhir),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(named::everything),
    },
    Route {
        method: "GET",
        path: "/fhir/{kind}/{id}/{inner}",
        permission: Some(Permission::ReadFhir),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(reading::compartment),
    },
    Route {
        method: "GET",
        path: "/fhir/{kind}/{id}/$summary",
        permission: Some(Permission::ReadFhir),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(summary),
    },
    Route {
        method: "POST",
        path: "/operations/replay",
        permission: Some(Permission::Replay),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || post(operations::replay),
    },
    Route {
        method: "GET",
        path: "/operations/status",
        permission: Some(Permission::ReadCensus),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(operations::status),
    },
    Route {
        method: "POST",
        path: "/operations/feeds/pause",
        permission: Some(Permission::ManageFeeds),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || post(operations::pause),
    },
    Route {
        method: "POST",
        path: "/operations/feeds/resume",
        permission: Some(Permission::ManageFeeds),
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || post(operations::resume),
    },
    Route {
        method: "POST",
        path: "/operations/backlog/{name}",
        permission: Some(Permission::LoadBacklog),
        limit_bytes: LOAD_LIMIT_BYTES,
        handler: || post(operations::backlog).get(operations::progress),
    },
    // Each call is signed by its sender and taken once; tokens open nothing here.
    Route {
        method: "POST",
        path: "/api/tickets",
        permission: None,
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || post(tickets::take),
    },
    Route {
        method: "GET",
        path: "/api/tickets",
        permission: None,
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(tickets::feed),
    },
    Route {
        method: "GET",
        path: "/api/tickets/{ticket}",
        permission: None,
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(tickets::status),
    },
    Route {
        method: "GET",
        path: "/census",
        permission: None,
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(census),
    },
    Route {
        method: "GET",
        path: "/activity/checkpoint",
        permission: None,
        limit_bytes: USUAL_LIMIT_BYTES,
        handler: || get(operations::checkpoint),
    },
    Route {
        method: "POST",
        path: "/load",
        permission: Some(Permission::LoadFhir),
        limit_bytes: LOAD_LIMIT_BYTES,
        handler: || post(load),
    },
];

/// The routes of the table, served. `senders` may send tickets; `is_strict`: what applications write is refused when it is
/// not as R4 and its profiles demand.
pub fn router(
    record: Record,
    clock: Clock,
    key: TokenKey,
    senders: Vec<Sender>,
    is_strict: bool,
    smart: Smart,
) -> Router {
    let proxied = smart.proxied;
    let door = Door(Arc::new(Parts {
        record,
        clock,
        key,
        begun: AtomicU64::default(),
        senders,
        held: held::Held::default(),
        is_strict,
        turns: Arc::new(Semaphore::new(DOCUMENTS_AT_ONCE)),
        smart,
    }));
    let router = ROUTES
        .iter()
        .fold(Router::new(), |router, route| {
            let served = (route.handler)().layer(DefaultBodyLimit::max(route.limit_bytes));
            let both = axum::middleware::from_fn_with_state((door.clone(), route), xml::both_ways);
            let speaks_fhir = route.path.starts_with("/fhir");
            let served = if speaks_fhir { served.layer(both) } else { served };
            let of_apps = speaks_fhir || route.path.starts_with("/auth/");
            let across = axum::middleware::from_fn(smart::across);
            router.route(route.path, if of_apps { served.layer(across) } else { served })
        })
        .with_state(door);
    if proxied { router } else { router.layer(axum::middleware::map_request(serving::as_asked)) }
}

/// What goes wrong at this door.
enum Problem {
    NoToken,
    /// A search that was not understood.
    Request(RequestError),
    /// Another format than FHIR JSON is asked for.
    Format,
    /// Another format than FHIR JSON was sent.
    Media,
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

impl Problem {
    /// Status and OperationOutcome.
    fn said(self) -> (StatusCode, Object) {
        let say = |code, text: &str| outcome::outcome(Severity::Error, code, text, None);
        match self {
            Self::NoToken => (
                StatusCode::UNAUTHORIZED,
                say(IssueType::Login, "Send Authorization: Bearer TOKEN; `opor token --data DIR` makes one."),
            ),
            Self::Request(error) => {
                let code = match &error {
                    RequestError::Value { .. } => IssueType::Value,
                    _ => IssueType::NotSupported,
                };
                let text = error.to_string();
                (StatusCode::BAD_REQUEST, outcome::outcome(Severity::Error, code, &text, error.parameter()))
            }
            Self::Format => (
                StatusCode::NOT_ACCEPTABLE,
                say(
                    IssueType::NotSupported,
                    "FHIR is spoken here as application/fhir+json and application/fhir+xml.",
                ),
            ),
            Self::Media => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                say(IssueType::NotSupported, "Send FHIR JSON: application/fhir+json."),
            ),
            Self::UnknownKind(unknown) => {
                (StatusCode::NOT_FOUND, say(IssueType::NotSupported, &unknown.to_string()))
            }
            Self::NotFound => {
                (StatusCode::NOT_FOUND, say(IssueType::NotFound, "There is nothing under this address."))
            }
            Self::Parameter(text) => (StatusCode::BAD_REQUEST, say(IssueType::Value, &text)),
            // A token whom nothing ties to a patient is not told that there is one.
            Self::Refused(refusal) if refusal.kind == RefusalKind::ReasonNeeded => Self::NotFound.said(),
            Self::Refused(refusal) => {
                let (status, code) = match refusal.kind {
                    RefusalKind::NotAllowed | RefusalKind::ReasonNeeded => {
                        (StatusCode::FORBIDDEN, IssueType::Forbidden)
                    }
                    RefusalKind::NotFound => (StatusCode::NOT_FOUND, IssueType::NotFound),
                    RefusalKind::Conflict => (StatusCode::CONFLICT, IssueType::Conflict),
                    RefusalKind::Unreadable => (StatusCode::UNPROCESSABLE_ENTITY, IssueType::Structure),
                    RefusalKind::Malformed => (StatusCode::BAD_REQUEST, IssueType::Structure),
                    RefusalKind::Gone => (StatusCode::GONE, IssueType::Deleted),
                    RefusalKind::Unmet => (StatusCode::PRECONDITION_FAILED, IssueType::Conflict),
                    RefusalKind::TooCostly => (StatusCode::FORBIDDEN, IssueType::TooCostly),
                    RefusalKind::Damaged => (StatusCode::INTERNAL_SERVER_ERROR, IssueType::Exception),
                    RefusalKind::TryAgain => (StatusCode::SERVICE_UNAVAILABLE, IssueType::Transient),
                };
                (status, say(code, &refusal.words.en))
            }
            Self::Broken => (
                StatusCode::INTERNAL_SERVER_ERROR,
                say(IssueType::Exception, "This request broke down here. Report it with its time."),
            ),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, body) = self.said();
        let mut response = (status, [(header::CONTENT_TYPE, FHIR_JSON)], body.to_bytes()).into_response();
        if status == StatusCode::UNAUTHORIZED {
            // RFC 6750 section 3.
            let asked =
                HeaderValue::from_static(concat!("Bearer realm=\"opor\", error=", "\"invalid_token\""));
            response.headers_mut().insert(header::WWW_AUTHENTICATE, asked);
        }
        response
    }
}

impl Door {
    /// Words that were never used before: ids are made of them.
    fn seed(&self, context: &Context) -> String {
        format!("{} {} {}", context.actor.id, context.now.0, self.begun.fetch_add(1, Ordering::Relaxed))
    }

    /// A name for what this door keeps; it opens nothing by itself.
    fn handle(&self, now: fhir::Instant) -> String {
        format!("{:x}-{:x}", now.0, self.begun.fetch_add(1, Ordering::Relaxed))
    }

    async fn context(&self, headers: &HeaderMap) -> Result<Context, Problem> {
        let now = (self.clock)();
        let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = token.and_then(|value| value.strip_prefix("Bearer ")).ok_or(Problem::NoToken)?.trim();
        // Tokens of our own making say what they are; those of apps are looked up.
        let actor: Option<Actor> = if token.contains('.') {
            self.key.actor(token, now)
        } else {
            let (record, token) = (self.record.clone(), token.to_owned());
            let found = tokio::task::spawn_blocking(move || record.app_actor(&token, now)).await;
            found.map_err(|_| Problem::Broken)??
        };
        let actor = actor.ok_or(Problem::NoToken)?;
        let purpose = actor.role.usual_purpose();
        Ok(Context { actor, purpose, now })
    }

    /// Who asks, when their role may: the role is asked before anything that was sent is looked into.
    async fn admit(&self, headers: &HeaderMap, permission: Permission) -> Result<Context, Problem> {
        let context = self.context(headers).await?;
        self.allow(&context, permission).await?;
        Ok(context)
    }

    async fn look<L>(&self, context: Context, look: L) -> Result<L::View, Problem>
    where
        L: Look + Send + 'static,
        L::View: Send + 'static,
    {
        let (record, (tell, told)) = (self.record.clone(), oneshot::channel());
        let span = tracing::Span::current();
        // The thread that reads does not wait for the sync of the audit rows.
        tokio::task::spawn_blocking(move || {
            span.in_scope(|| record.look_then(&context, look, |seen| drop(tell.send(seen))));
        });
        Ok(told.await.map_err(|_| Problem::Broken)??)
    }

    async fn allow(&self, context: &Context, permission: Permission) -> Result<(), Problem> {
        if may(context.actor.role, permission) {
            return Ok(());
        }
        // Only a refusal writes a row, for which a thread may wait.
        let (record, context) = (self.record.clone(), context.clone());
        let allowed = tokio::task::spawn_blocking(move || record.allow(&context, permission)).await;
        Ok(allowed.map_err(|_| Problem::Broken)??)
    }

    /// Work on a whole document: not on the threads that serve everybody, and a few at once.
    async fn turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Problem::Broken)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|_| Problem::Broken)
    }

    async fn act<A: Act + Send + 'static>(&self, context: Context, act: A) -> Result<(), Problem> {
        let record = self.record.clone();
        let span = tracing::Span::current();
        let acted = tokio::task::spawn_blocking(move || span.in_scope(|| record.act(&context, act))).await;
        Ok(acted.map_err(|_| Problem::Broken)??)
    }
}

fn kind(name: &str) -> Result<Kind, Problem> {
    name.parse().map_err(Problem::UnknownKind)
}

async fn metadata(State(door): State<Door>, headers: HeaderMap) -> Response {
    let root = smart::root(&door, &headers);
    let extent = door.record.extent();
    let statement = capability::statement("/fhir", env!("CARGO_PKG_VERSION"), (door.clock)(), &root, extent);
    ([(header::CONTENT_TYPE, FHIR_JSON)], statement.to_bytes()).into_response()
}

/// The International Patient Summary of the person a Patient belongs to (IPS 2.0, operation `Patient/$summary`).
async fn summary(
    State(door): State<Door>,
    Path((kind_name, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::ReadFhir).await?;
    if kind(&kind_name)? != Kind::Patient {
        return Err(Problem::NotFound);
    }
    let patient = ResourceKey::parse(Kind::Patient, &id).map_err(|_| Problem::NotFound)?;
    let document = door.look(context, OfRecord { patient }).await?;
    Ok(([(header::CONTENT_TYPE, FHIR_JSON)], document).into_response())
}

/// Counts without patients; open to whoever reaches this port, so that a monitor needs no secret. Who receives is told
/// only to a token that may read the census: names of staff are not for everybody.
async fn census(State(door): State<Door>, headers: HeaderMap) -> Result<Response, Problem> {
    let known =
        door.context(&headers).await.ok().filter(|context| {
            context.actor.through.is_none() && may(context.actor.role, Permission::ReadCensus)
        });
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
    let context = door.admit(&headers, Permission::LoadFhir).await?;
    let (mut new, mut before) = (0, 0);
    for entries in actions::resources::people_of(&body)? {
        let load = Load::new(entries);
        door.act(context.clone(), load.clone()).await?;
        (new, before) = (new + load.counts().0, before + load.counts().1);
    }
    let counts = serde_json::json!({ "new": new, "before": before, "refused": 0 }).to_string();
    Ok(([(header::CONTENT_TYPE, "application/json")], counts).into_response())
}
