//! The door of apps of other makers (SMART App Launch 2.2): what the server says of itself, tokens, introspection,
//! revocation. What is decided is decided by `actions::smart`; who agrees, agrees in the portal (`/authorize`).

use super::{Door, serving};
use actions::reports::base64_bytes;
use actions::smart::applying::RegistrationProblem;
use actions::smart::redeeming::{Form, Site, TokenProblem};
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fhir::search::r4::decode_pairs;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// What apps may ask, as it is published; granular scopes and all types besides.
const SCOPES: &[&str] = &[
    "openid",
    "fhirUser",
    "launch",
    "launch/patient",
    "launch/encounter",
    "online_access",
    "offline_access",
    "patient/*.rs",
    "user/*.rs",
    "system/*.cruds",
];
/// What this server does of SMART App Launch 2.2 (8.1.3).
const CAPABILITIES: &[&str] = &[
    "launch-ehr",
    "launch-standalone",
    "client-public",
    "client-confidential-symmetric",
    "client-confidential-asymmetric",
    "sso-openid-connect",
    "context-banner",
    "context-ehr-patient",
    "context-ehr-encounter",
    "context-standalone-patient",
    "permission-offline",
    "permission-online",
    "permission-patient",
    "permission-user",
    "permission-v1",
    "permission-v2",
];
/// Ways of proving itself that an app has at the token endpoint.
const AUTHENTICATION: &[&str] = &["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];

/// The address of this door, as apps know us: what the settings say, else as the client reached it.
fn base(door: &Door, headers: &HeaderMap) -> String {
    match &door.smart.portal {
        Some(portal) => format!("{portal}/fhir"),
        None => serving::base(headers),
    }
}

/// The address of the whole server, as apps know it.
pub(super) fn root(door: &Door, headers: &HeaderMap) -> String {
    base(door, headers).strip_suffix("/fhir").unwrap_or_default().to_owned()
}

fn site(door: &Door, headers: &HeaderMap) -> Site {
    Site { base: base(door, headers), endpoint: format!("{}/auth/token", root(door, headers)) }
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::PRAGMA, "no-cache"),
    ];
    (status, headers, body.to_string()).into_response()
}

fn refused(problem: &TokenProblem) -> Response {
    let status = match problem {
        TokenProblem::InvalidClient(_) => StatusCode::UNAUTHORIZED,
        TokenProblem::TryAgain => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    };
    let said = json!({"error": problem.code(), "error_description": problem.to_string()});
    let mut response = answer(status, &said);
    if status == StatusCode::UNAUTHORIZED {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"opor\""));
    }
    response
}

/// `GET /fhir/.well-known/smart-configuration` (SMART App Launch 2.2, 8.1)
pub(super) async fn configuration(State(door): State<Door>, headers: HeaderMap) -> Response {
    let mut said = described(&door, &headers);
    said["capabilities"] = json!(CAPABILITIES);
    said["introspection_endpoint"] = json!(format!("{}/auth/introspect", root(&door, &headers)));
    said["revocation_endpoint"] = json!(format!("{}/auth/revoke", root(&door, &headers)));
    said["management_endpoint"] = json!(format!("{}/apps", root(&door, &headers)));
    answer(StatusCode::OK, &said)
}

/// `GET /fhir/.well-known/openid-configuration` (OpenID Connect Discovery 1.0, 4)
pub(super) async fn discovery(State(door): State<Door>, headers: HeaderMap) -> Response {
    let mut said = described(&door, &headers);
    said["subject_types_supported"] = json!(["public"]);
    said["id_token_signing_alg_values_supported"] = json!([door.smart.key.algorithm()]);
    answer(StatusCode::OK, &said)
}

fn described(door: &Door, headers: &HeaderMap) -> Value {
    let (base, root) = (base(door, headers), root(door, headers));
    let mut said = json!({
        "issuer": base,
        "jwks_uri": format!("{root}/auth/keys"),
        "authorization_endpoint": format!("{root}/authorize"),
        "token_endpoint": format!("{root}/auth/token"),
        "token_endpoint_auth_methods_supported": AUTHENTICATION,
        "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types_supported": ["code"],
        "scopes_supported": SCOPES,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    });
    if door.smart.registers {
        said["registration_endpoint"] = json!(format!("{root}/auth/register"));
    }
    said
}

/// `GET /auth/keys`
pub(super) async fn keys(State(door): State<Door>) -> Response {
    answer(StatusCode::OK, &door.smart.key.published())
}

/// Most names in a form.
const MOST_NAMES: usize = 32;

/// What was posted: a form, each name once, and nothing in the address.
fn form(headers: &HeaderMap, body: &Bytes) -> Result<Form, TokenProblem> {
    let wrong = TokenProblem::InvalidRequest;
    let sort = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !sort.starts_with("application/x-www-form-urlencoded") {
        return Err(wrong("send a form: application/x-www-form-urlencoded"));
    }
    let text = std::str::from_utf8(body).map_err(|_| wrong("the form is no UTF-8"))?;
    let pairs = decode_pairs(text).map_err(|_| wrong("the form cannot be read"))?;
    if pairs.len() > MOST_NAMES {
        return Err(wrong("the form has more than 32 names; send those alone that are asked for"));
    }
    if pairs.iter().enumerate().any(|(n, (name, _))| pairs[..n].iter().any(|(known, _)| known == name)) {
        return Err(wrong("a name stands twice in the form"));
    }
    let basic = headers
        .get(header::AUTHORIZATION)
        .map(|value| {
            basic(value).ok_or(TokenProblem::InvalidClient("the header Authorization is no HTTP Basic"))
        })
        .transpose()?;
    Ok(Form { pairs, basic })
}

/// Id and secret of HTTP Basic, each encoded as in a form (RFC 6749 2.3.1).
fn basic(value: &HeaderValue) -> Option<(String, String)> {
    let coded = value.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(base64_bytes(coded.trim())?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decoded = |part: &str| decode_pairs(&format!("v={part}")).ok()?.pop().map(|(_, value)| value);
    Some((decoded(id)?, decoded(secret)?))
}

/// Asks the record on a thread that may wait.
async fn asked<T: Send + 'static>(
    door: &Door,
    question: impl FnOnce(&Door) -> Result<T, TokenProblem> + Send + 'static,
) -> Result<T, TokenProblem> {
    let door = door.clone();
    tokio::task::spawn_blocking(move || question(&door)).await.map_err(|_| TokenProblem::TryAgain)?
}

/// `POST /auth/token`
pub(super) async fn token(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> Response {
    let given = async {
        let (form, site) = (form(&headers, &body)?, site(&door, &headers));
        asked(&door, move |door| {
            let fresh = [(door.smart.random)(), (door.smart.random)()];
            door.record.token(&form, &site, fresh, Some(&door.smart.key), (door.clock)())
        })
        .await
    };
    match given.await {
        Ok(given) => answer(StatusCode::OK, &json!(given)),
        Err(problem) => refused(&problem),
    }
}

/// `POST /auth/register` (RFC 7591): there where the settings let it, and nothing otherwise.
pub(super) async fn register(
    State(door): State<Door>,
    extensions: Extensions,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !door.smart.registers {
        let said = json!({"error": "not_found", "error_description": "apps are registered by the operator of this server; ask them"});
        return answer(StatusCode::NOT_FOUND, &said);
    }
    let source = source(&extensions, &headers, door.smart.proxied);
    let asked = tokio::task::spawn_blocking(move || {
        let fresh = [(door.smart.random)(), (door.smart.random)()];
        door.record.apply_for_app(&body, &source, fresh, (door.clock)())
    });
    match asked.await.unwrap_or(Err(RegistrationProblem::TryAgain)) {
        Ok(said) => answer(StatusCode::CREATED, &said),
        Err(problem) => {
            let status = match problem {
                RegistrationProblem::TooMany => StatusCode::TOO_MANY_REQUESTS,
                RegistrationProblem::TryAgain => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::BAD_REQUEST,
            };
            answer(status, &json!({"error": problem.code(), "error_description": problem.to_string()}))
        }
    }
}

/// Where a request comes from: the other side of the socket, or, behind a proxy of ours, whom that names last.
fn source(extensions: &Extensions, headers: &HeaderMap, is_proxied: bool) -> String {
    let told = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let told = told.rsplit(',').next().unwrap_or_default().trim();
    match extensions.get::<ConnectInfo<SocketAddr>>() {
        _ if is_proxied && !told.is_empty() => told.to_owned(),
        Some(peer) => peer.0.ip().to_string(),
        None => "this machine".to_owned(),
    }
}

/// `POST /auth/introspect`
pub(super) async fn introspect(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> Response {
    let said = async {
        let (form, site) = (form(&headers, &body)?, site(&door, &headers));
        asked(&door, move |door| door.record.introspected(&form, &site, (door.clock)())).await
    };
    match said.await {
        Ok(said) => answer(StatusCode::OK, &said),
        Err(problem) => refused(&problem),
    }
}

/// `POST /auth/revoke`
pub(super) async fn revoke(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> Response {
    let done = async {
        let (form, site) = (form(&headers, &body)?, site(&door, &headers));
        asked(&door, move |door| door.record.revoked(&form, &site, (door.clock)())).await
    };
    match done.await {
        Ok(()) => answer(StatusCode::OK, &json!({})),
        Err(problem) => refused(&problem),
    }
}

/// Pages of apps come from elsewhere: their browsers may ask here, with a token and never with a cookie.
pub(super) async fn across(request: Request, next: Next) -> Response {
    let is_asked_before = request.method() == Method::OPTIONS;
    let mut response =
        if is_asked_before { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let said = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "ETag, Location, Last-Modified, Content-Location"),
    ];
    let before = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, PATCH, DELETE"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "Authorization, Content-Type, Accept, Prefer, If-Match, If-None-Match, If-None-Exist, If-Modified-Since",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    for (name, value) in said.into_iter().chain(before.into_iter().filter(|_| is_asked_before)) {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
