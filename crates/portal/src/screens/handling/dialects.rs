//! The addresses of dialects and code maps: what is in use, a trial, a signature, the end of one.

use super::{Answer, look};
use crate::screens::dialects::{Done, Typed, screen};
use crate::screens::refuse;
use crate::screens::states::Failure;
use crate::visit::{App, Asked, Visit};
use actions::RefusalKind;
use actions::dialects::{Against, Overview, Retire, Sign, Sort, Traffic, Try};
use axum::Form;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// Days of traffic that a trial reads when no beginning is given.
const USUAL_DAYS: i64 = 7;

#[derive(Default, Deserialize)]
pub(crate) struct Given {
    #[serde(default)]
    form: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    link: String,
    #[serde(default)]
    since: String,
    #[serde(default)]
    digest: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    done: String,
    /// How many unmapped codes and steps stand before the first of the page.
    #[serde(default)]
    unmapped: usize,
    #[serde(default)]
    steps: usize,
}

/// `GET /dialects`
pub(crate) async fn overview(State(app): State<App>, visit: Visit, Asked(asked): Asked<Given>) -> Answer {
    let view = look(&app, &visit, Overview { unmapped: asked.unmapped, steps: asked.steps }).await?;
    let done = match asked.done.as_str() {
        "signed" => Done::Signed,
        "retired" => Done::Retired,
        _ => Done::Nothing,
    };
    Ok(screen(&visit.chrome, &view, &done, &Typed::default()))
}

/// `POST /dialects/try`: what would be different.
pub(crate) async fn try_it(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    if !visit.genuine(&headers, &given.form) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    let now = visit.context.now;
    let since = match given.since.trim() {
        "" => Some(now.plus_minutes(-USUAL_DAYS * 24 * 60)),
        text => fhir::time::interval(text).map(|(from, _)| from),
    };
    let typed = Typed { sort: given.sort, text: given.text, link: given.link, since: given.since };
    let (Some(since), Some(sort)) = (since, Sort::from_code(&typed.sort)) else {
        return refuse(&visit.chrome, &Failure::NotFound);
    };
    let tried = Try {
        sort,
        text: typed.text.replace("\r\n", "\n"),
        traffic: Traffic::Journal { link: typed.link.clone(), since },
        against: Against::InUse,
    };
    let context = visit.context.clone();
    let done = match app.ask(move |record| record.try_mapping(&context, tried)).await {
        Ok(trial) => Done::Tried(Box::new(trial)),
        Err(Failure::Refused(refusal)) if refusal.kind == RefusalKind::Unreadable => {
            Done::Refused(refusal.words)
        }
        Err(failure) => return refuse(&visit.chrome, &failure),
    };
    match look(&app, &visit, Overview::default()).await {
        Ok(view) => screen(&visit.chrome, &view, &done, &typed).into_response(),
        Err(refused) => refused.into_response(),
    }
}

/// `POST /dialects/sign`
pub(crate) async fn sign(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    if !visit.genuine(&headers, &given.form) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    let context = visit.context.clone();
    let sign = Sign { digest: given.digest, by: None, reason: given.reason };
    match app.ask(move |record| record.act(&context, sign)).await {
        Ok(()) => Redirect::to("/dialects?done=signed").into_response(),
        Err(failure) => refuse(&visit.chrome, &failure),
    }
}

/// `POST /dialects/retire`
pub(crate) async fn retire(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    if !visit.genuine(&headers, &given.form) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    let Some(sort) = Sort::from_code(&given.sort) else {
        return refuse(&visit.chrome, &Failure::NotFound);
    };
    let context = visit.context.clone();
    let retire = Retire { sort, name: given.name, by: None, reason: given.reason };
    match app.ask(move |record| record.act(&context, retire)).await {
        Ok(()) => Redirect::to("/dialects?done=retired").into_response(),
        Err(failure) => refuse(&visit.chrome, &failure),
    }
}
