//! Addresses of the panel, of what is in here, and of the figures of home.

use super::{Answer, Outcome, act, look, part};
use crate::multipart;
use crate::screens::home::mark;
use crate::screens::panel::{Above, screen};
use crate::screens::{coverage as coverage_page, refuse, states::Failure};
use crate::visit::{App, Asked, Visit};
use actions::RefusalKind;
use actions::coverage::Coverage;
use actions::home::{Figures, Pulse};
use actions::panel::{Attest, Leave, Lift, Load, Panel, Revoke, Show, Weigh};
use axum::Form;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use fhir::PersonId;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// A panel file of a large practice, in bytes.
pub(crate) const FILE_LIMIT: usize = 2 * 1024 * 1024;
/// How often it is looked whether the figures of home have changed.
const LOOK_EVERY: Duration = Duration::from_secs(4);
/// Looks until a stream ends and the browser asks again; a stop of the server waits for it five seconds at most.
const LOOKS: usize = 5;
/// The browser asks again after this many milliseconds.
const AGAIN_AFTER_MS: u32 = 3_000;

#[derive(Default, Deserialize)]
pub(crate) struct Listed {
    #[serde(default)]
    form: String,
    #[serde(default)]
    show: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    page: usize,
    #[serde(default)]
    done: String,
}

/// `GET /panel`
pub(crate) async fn list(State(app): State<App>, visit: Visit, Asked(asked): Asked<Listed>) -> Answer {
    let show = Show::from_code(&asked.show);
    let view = look(&app, &visit, Panel { show, ..Panel::default() }).await?;
    let above = if asked.done == "changed" { Above::Changed } else { Above::Nothing };
    Ok(screen(&visit.chrome, &view, show, "", &above))
}

/// `POST /panel`: a part of it; what was typed is in no address.
pub(crate) async fn find(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(asked): Form<Listed>,
) -> Outcome {
    if !visit.genuine(&headers, &asked.form) {
        return Ok(refuse(&visit.chrome, &Failure::Stale));
    }
    let show = Show::from_code(&asked.show);
    let view = look(&app, &visit, Panel { show, text: asked.text.clone(), page: asked.page }).await?;
    Ok(screen(&visit.chrome, &view, show, &asked.text, &Above::Nothing).into_response())
}

/// `POST /panel/file`: takes it over, and says what every row came to.
pub(crate) async fn file(State(app): State<App>, visit: Visit, headers: HeaderMap, body: Bytes) -> Outcome {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let fields = multipart::fields(kind, &body).await;
    let first = |name: &str| {
        let mut named = fields.iter().filter(|(key, value)| key == name && !value.trim().is_empty());
        named.next().map(|(_, value)| value.clone()).unwrap_or_default()
    };
    if !visit.genuine(&headers, &first("form")) {
        return Ok(refuse(&visit.chrome, &Failure::Stale));
    }
    let text: Arc<str> = if first("file").is_empty() { first("text") } else { first("file") }.into();
    let load =
        Load { text: Arc::clone(&text), whole: !first("whole").is_empty(), sure: !first("sure").is_empty() };
    let context = visit.context.clone();
    let done = app.ask(move |record| {
        record.act(&context, load)?;
        record.look(&context, Weigh { text })
    });
    let told = match done.await {
        Ok(view) => Ok(view),
        Err(Failure::Refused(refusal))
            if matches!(refusal.kind, RefusalKind::Unreadable | RefusalKind::Conflict) =>
        {
            Err(refusal.words)
        }
        Err(failure) => return Ok(refuse(&visit.chrome, &failure)),
    };
    let view = look(&app, &visit, Panel::default()).await?;
    let above = match &told {
        Ok(file) => Above::Taken(file),
        Err(words) => Above::Refused(words),
    };
    Ok(screen(&visit.chrome, &view, Show::All, "", &above).into_response())
}

#[derive(Default, Deserialize)]
pub(crate) struct Said {
    #[serde(default)]
    form: String,
    #[serde(default)]
    person: String,
    #[serde(default)]
    words: String,
    #[serde(default)]
    grant: String,
    #[serde(default)]
    reason: String,
}

/// `POST /person/{person}/panel`
pub(crate) async fn attest(
    State(app): State<App>,
    visit: Visit,
    Path(person): Path<String>,
    headers: HeaderMap,
    Form(said): Form<Said>,
) -> Outcome {
    let person: PersonId = part(&visit, &person)?;
    let attest = Attest { person, words: said.words };
    Ok(act(&app, &visit, &headers, &said.form, attest, &format!("/person/{person}")).await)
}

/// `POST /panel/renew`: from the list, which is no chart.
pub(crate) async fn renew(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(said): Form<Said>,
) -> Outcome {
    let person: PersonId = part(&visit, &said.person)?;
    let attest = Attest { person, words: said.words };
    Ok(act(&app, &visit, &headers, &said.form, attest, "/panel?done=changed").await)
}

/// `POST /panel/leave`
pub(crate) async fn leave(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(said): Form<Said>,
) -> Outcome {
    let person: PersonId = part(&visit, &said.person)?;
    Ok(act(&app, &visit, &headers, &said.form, Leave { person }, "/panel?done=changed").await)
}

/// `POST /privacy/relations`
pub(crate) async fn revoke(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(said): Form<Said>,
) -> Response {
    // What is no number is no relation; the act says so.
    let revoke = Revoke { grant: said.grant.trim().parse().unwrap_or(0), reason: said.reason };
    act(&app, &visit, &headers, &said.form, revoke, "/privacy?done=done").await
}

/// `POST /privacy/relations/lift`
pub(crate) async fn lift(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(said): Form<Said>,
) -> Response {
    let lift = Lift { grant: said.grant.trim().parse().unwrap_or(0), reason: said.reason };
    act(&app, &visit, &headers, &said.form, lift, "/privacy?done=done").await
}

/// `GET /coverage`
pub(crate) async fn coverage(State(app): State<App>, visit: Visit) -> Answer {
    Ok(coverage_page::screen(&visit.chrome, &look(&app, &visit, Coverage).await?))
}

/// `GET /live`: the figures of home as server-sent events, through the same door as every look. A first request is
/// answered at once; one that brings the id of what the browser has (HTML Living Standard 9.2, `Last-Event-ID`) when that
/// has changed, or after a while, so that the browser asks again and the session is asked about anew.
pub(crate) async fn live(State(app): State<App>, visit: Visit, headers: HeaderMap) -> Outcome {
    let has = headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut figures = look(&app, &visit, Pulse { news: None }).await?;
    for _ in 0..LOOKS {
        if has.as_deref() != Some(mark(&figures).as_str()) {
            break;
        }
        tokio::time::sleep(LOOK_EVERY).await;
        // What waits is one count; a panel is counted once for each request.
        figures = look(&app, &visit, Pulse { news: Some((figures.news, figures.newest)) }).await?;
    }
    Ok(event(&figures))
}

fn event(figures: &Figures) -> Response {
    let body = format!(
        "retry: {AGAIN_AFTER_MS}\nid: {}\ndata: {{\"waiting\":{},\"news\":{}}}\n\n",
        mark(figures),
        figures.waiting,
        figures.news
    );
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}
