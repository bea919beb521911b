//! One request: who asks, in which language, with which choices; and whether its form is genuine.

pub(crate) use crate::components::chrome::Chrome;
use crate::components::chrome::{Choices, Density, Theme, User};
use crate::screens::Failure;
use crate::sessions::{Sessions, Station, held};
use crate::words::Lang;
use actions::accounts::Session;
use actions::accounts::openid::Issuer;
use actions::accounts::passkeys::Party;
use actions::accounts::statements::Statement;
use actions::launches::emr::Emr;
use actions::practice_copy::PracticeCopy;
use actions::refusal::Refusal;
use actions::values::FRESHLY_PROVEN;
use actions::{Context, Record};
use axum::extract::{FromRequestParts, OptionalFromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use fhir::Instant;
use sha2::{Digest, Sha256};
use std::pin::Pin;
use std::sync::Arc;

/// Name of the sign-in cookie.
pub(crate) const SESSION: &str = "opor";
/// Name of the language cookie.
pub(crate) const LANGUAGE: &str = "opor-lang";
/// Prefix of the cookies of display choices.
pub(crate) const CHOICE: &str = "opor-";

/// Where statements are read that are in force and were not read yet; nothing else opens before, but choices of display.
pub(crate) const STATEMENTS: &str = "/account/statements";
const UNREAD_OPENS: &[&str] = &[STATEMENTS, "/display", "/lang", "/help", "/locked"];

/// What the portal needs from the binary.
#[derive(Clone)]
pub struct Settings {
    /// The record.
    pub record: Record,
    /// Wall clock.
    pub clock: Arc<dyn Fn() -> Instant + Send + Sync>,
    /// 32 random bytes, unpredictable.
    pub random: Arc<dyn Fn() -> [u8; 32] + Send + Sync>,
    /// Key of the data folder: by it the link of a practice's status page is known.
    pub key: actions::sign_in::TokenKey,
    /// Demo or practice: sign-in by choosing a persona exists, everybody is invented.
    pub demo: bool,
    /// Version line for the foot of each page.
    pub build: String,
    /// How accounts sign in; `None` in the demo, and where nothing is set up.
    pub ways: Option<Arc<Ways>>,
    /// Where the practice copy of this record is reached; `None` where there is none.
    pub practice_at: Option<String>,
}

/// An answer that is awaited.
pub type Asking = Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send>>;

/// What a provider or an EMR is asked.
pub struct Question {
    /// Where.
    pub address: String,
    /// A form that is posted; a question without one is a GET.
    pub form: Option<String>,
    /// What proves who asks, as the header says it.
    pub authorization: Option<String>,
}

/// How accounts sign in.
pub struct Ways {
    /// Where people reach the portal: `https://opor.example`.
    pub portal: String,
    /// The same, read.
    pub party: Party,
    /// Providers that are believed.
    pub issuers: Vec<Issuer>,
    /// EMRs that may open the portal by SMART App Launch.
    pub emrs: Vec<Emr>,
    /// Asks a provider or an EMR; what answers otherwise than with 200, a redirect too, gives no bytes.
    pub ask: Arc<dyn Fn(Question) -> Asking + Send + Sync>,
    /// A proxy of ours stands before the portal and says where requests come from.
    pub proxied: bool,
}

impl Question {
    /// Reads what is open to all.
    pub(crate) fn get(address: String) -> Self {
        Self { address, form: None, authorization: None }
    }
}

/// Settings shared by all requests.
#[derive(Clone)]
pub(crate) struct App(pub(crate) Arc<Settings>, pub(crate) Arc<Sessions>);

impl App {
    /// Ask the record on a thread where waiting is allowed.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Record) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Failure> {
        let (record, span) = (self.0.record.clone(), tracing::Span::current());
        match tokio::task::spawn_blocking(move || span.in_scope(|| question(&record))).await {
            Ok(answer) => answer.map_err(Failure::from),
            Err(problem) => {
                tracing::error!(cancelled = problem.is_cancelled(), "a question to the record did not end");
                Err(Failure::Silent)
            }
        }
    }
    /// Now.
    pub(crate) fn now(&self) -> Instant {
        (self.0.clock)()
    }
}

/// What a query asks; one that cannot be read asks for nothing, and the plain page answers.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: serde::de::DeserializeOwned + Default> FromRequestParts<App> for Asked<T> {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let asked = Query::<T>::from_request_parts(parts, app).await;
        Ok(Self(asked.map(|Query(asked)| asked).unwrap_or_default()))
    }
}

/// A request by anybody.
pub(crate) struct Stranger {
    pub(crate) chrome: Chrome,
}

/// A request by somebody who is signed in.
pub(crate) struct Visit {
    pub(crate) chrome: Chrome,
    pub(crate) context: Context,
    pub(crate) secret_hash: [u8; 32],
    /// Until when the proof of an account counts as fresh; `None` for a persona.
    pub(crate) proven_until: Option<Instant>,
    /// Statements that they have not read.
    pub(crate) unread: Vec<&'static Statement>,
}

impl FromRequestParts<App> for Stranger {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self { chrome: chrome(parts, app) })
    }
}

/// A request by somebody who is signed in, whether or not their session is locked: to go on, and to sign out.
pub(crate) struct AnyVisit(pub(crate) Visit);

impl FromRequestParts<App> for AnyVisit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let found = known(parts, app).await?;
        found.map(Self).ok_or_else(|| Redirect::to("/sign-in").into_response())
    }
}

impl OptionalFromRequestParts<App> for AnyVisit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Response> {
        Ok(known(parts, app).await?.map(Self))
    }
}

impl OptionalFromRequestParts<App> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Response> {
        let Some(visit) = known(parts, app).await? else { return Ok(None) };
        match held(app, parts, &visit, needs_fresh(parts) && !visit.is_fresh()) {
            Some(locked) => Err(locked),
            None if !visit.unread.is_empty() && !UNREAD_OPENS.contains(&parts.uri.path()) => {
                let back = crate::address::escape(&visit.chrome.here);
                Err(Redirect::to(&format!("{STATEMENTS}?back={back}")).into_response())
            }
            None => Ok(Some(visit)),
        }
    }
}

/// Whether what an address does is for those alone who have just proved who they are.
fn needs_fresh(parts: &Parts) -> bool {
    let screen = crate::screens::at(parts.method.as_str(), parts.uri.path());
    screen.and_then(|screen| screen.permission).is_some_and(|permission| FRESHLY_PROVEN.contains(&permission))
}

/// Who a request comes from, when their sign-in holds.
async fn known(parts: &mut Parts, app: &App) -> Result<Option<Visit>, Response> {
    let Some(secret) = cookie(&parts.headers, SESSION).and_then(|text| unhex(&text)) else {
        return Ok(None);
    };
    let secret_hash: [u8; 32] = Sha256::digest(&secret).into();
    let now = app.now();
    let mut chrome = chrome(parts, app);
    let found = app.ask(move |record| record.session_of(secret_hash, now)).await;
    let session = match found {
        Ok(Some(session)) => session,
        Ok(None) => return Ok(None),
        Err(failure) => return Err(crate::screens::refuse(&chrome, &failure)),
    };
    chrome.form_token = form_token(&secret);
    chrome.user = Some(user(&session));
    let Session { actor, proven_until, unread, .. } = session;
    let purpose = actor.role.usual_purpose();
    Ok(Some(Visit { chrome, context: Context { actor, purpose, now }, secret_hash, proven_until, unread }))
}

impl FromRequestParts<App> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        match <Self as OptionalFromRequestParts<App>>::from_request_parts(parts, app).await? {
            Some(visit) => Ok(visit),
            None => {
                let wanted =
                    if parts.method == axum::http::Method::GET { here(parts) } else { "/".to_owned() };
                let at = if wanted == "/" {
                    "/sign-in".to_owned()
                } else {
                    format!("/sign-in?back={}", crate::address::escape(&wanted))
                };
                Err(Redirect::to(&at).into_response())
            }
        }
    }
}

impl Visit {
    /// Whether its holder has just proved who they are; a persona proves nothing.
    pub(crate) fn is_fresh(&self) -> bool {
        self.proven_until.is_none_or(|until| until > self.context.now)
    }
    /// Whether a form was made by this session and sent from this site.
    pub(crate) fn genuine(&self, headers: &HeaderMap, token: &str) -> bool {
        genuine(&self.chrome, headers, token)
    }
}

/// Whether a form was made by the session that a page stands in, and sent from this site.
pub(crate) fn genuine(chrome: &Chrome, headers: &HeaderMap, token: &str) -> bool {
    same_site(headers) && equal(token.as_bytes(), chrome.form_token.as_bytes())
}

/// Whether the browser says that a request comes from our own pages; one that says nothing is judged by its token.
pub(crate) fn same_site(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let fetch_site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    if fetch_site.is_some_and(|site| site != "same-origin" && site != "none") {
        return false;
    }
    // With `Referrer-Policy: no-referrer` a browser sends `null` for our own forms too: that says nothing.
    match (text(header::ORIGIN).filter(|origin| *origin != "null"), text(header::HOST)) {
        (Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host))
        }
        (Some(_), None) => false,
        (None, _) => true,
    }
}

/// The value that sets or clears a cookie; `http_only` hides it from scripts.
pub(crate) fn set_cookie(name: &str, value: &str, seconds: i64, http_only: bool) -> String {
    let hidden = if http_only { "; HttpOnly" } else { "" };
    format!("{name}={value}; Path=/; SameSite=Lax; Max-Age={seconds}{hidden}")
}

/// Bytes as lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes of hexadecimal text.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let whole = text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit());
    whole.then(|| {
        (0..text.len()).step_by(2).filter_map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok()).collect()
    })
}

fn form_token(secret: &[u8]) -> String {
    let mut digest = Sha256::new();
    digest.update(secret);
    digest.update(b"form");
    hex(&digest.finalize())
}

/// Compares without telling by its time where two texts differ.
fn equal(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && !a.is_empty() && a.iter().zip(b).fold(0u8, |acc, (x, y)| acc | (x ^ y)) == 0
}

fn user(session: &Session) -> User {
    let actor = &session.actor;
    User { name: actor.name.clone(), role: actor.role, place: session.place.clone() }
}

fn here(parts: &Parts) -> String {
    parts.uri.path_and_query().map_or_else(|| "/".to_owned(), |p| p.as_str().to_owned())
}

fn chrome(parts: &Parts, app: &App) -> Chrome {
    let choice = |name: &str| cookie(&parts.headers, &format!("{CHOICE}{name}")).unwrap_or_default();
    let lang = match cookie(&parts.headers, LANGUAGE).as_deref() {
        Some("fr") => Lang::Fr,
        Some("en") => Lang::En,
        _ => preferred(&parts.headers),
    };
    let density = match choice("density").as_str() {
        "compact" => Density::Compact,
        "roomy" => Density::Roomy,
        _ => Density::Standard,
    };
    let theme = match choice("theme").as_str() {
        "light" => Theme::Light,
        "dark" => Theme::Dark,
        _ => Theme::Device,
    };
    Chrome {
        choices: Choices {
            lang,
            density,
            theme,
            keys: choice("keys") != "off",
            shared: Station::of(&parts.headers) == Station::Shared,
        },
        user: None,
        now: app.now(),
        form_token: String::new(),
        here: if parts.method == axum::http::Method::GET { here(parts) } else { "/".to_owned() },
        build: app.0.build.clone(),
        demo: app.0.demo,
        practice_copy: app.0.record.practice_copy().map(PracticeCopy::parity),
        proves: false,
    }
}

/// French when the browser names it before English.
fn preferred(headers: &HeaderMap) -> Lang {
    let asked =
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first = asked.split(',').map(str::trim).find(|l| l.starts_with("fr") || l.starts_with("en"));
    if first.is_some_and(|l| l.starts_with("fr")) { Lang::Fr } else { Lang::En }
}

/// The value of a cookie that came with a request.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn forms_from_elsewhere_are_not_ours() {
        let with = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            headers
        };
        assert!(same_site(&with(&[("host", "a:8080"), ("origin", "http://a:8080")])));
        assert!(same_site(&with(&[("host", "a:8080")])));
        assert!(!same_site(&with(&[("host", "a:8080"), ("origin", "http://b:8080")])));
        assert!(same_site(&with(&[
            ("host", "a:8080"),
            ("origin", "null"),
            ("sec-fetch-site", "same-origin")
        ])));
        assert!(!same_site(&with(&[
            ("host", "a:8080"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site")
        ])));
        assert!(!same_site(&with(&[("host", "a"), ("sec-fetch-site", "cross-site")])));
        assert!(!equal(b"", b"") && equal(b"ab", b"ab") && !equal(b"ab", b"ac"));
    }

    #[test]
    fn the_language_of_the_browser_is_the_first_we_speak() {
        let asked = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(text));
            preferred(&headers)
        };
        assert_eq!(asked("fr-CA,fr;q=0.9,en;q=0.8"), Lang::Fr);
        assert_eq!(asked("de,en;q=0.8,fr;q=0.5"), Lang::En);
        assert_eq!(asked(""), Lang::En);
    }
}
