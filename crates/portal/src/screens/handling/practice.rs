//! The addresses of a practice's status page, of what is sent again from there, and of the systems that receive. Whoever
//! has a practice's link may read its page, and no other link is told from nothing.

use super::{Answer, act, look};
use crate::screens::practice::{destinations as destinations_page, resending, screen};
use crate::screens::refuse;
use crate::screens::states::Failure;
use crate::visit::{App, Asked, Stranger, Visit};
use crate::words::{Lang, practice as w};
use actions::deliveries::{PauseDestination, ResumeDestination};
use actions::practice::{Destinations, Resend, ResendTrial, Status};
use actions::values::Words;
use actions::{Refusal, RefusalKind};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

/// A pause lasts so long unless the form says otherwise, in minutes.
const PAUSE_MINUTES: i64 = 60;

/// `GET /practice/{token}`
pub(crate) async fn status(
    State(app): State<App>,
    visit: Option<Visit>,
    stranger: Stranger,
    Path(token): Path<String>,
) -> Response {
    let chrome = visit.map_or(stranger.chrome, |visit| visit.chrome);
    let context = actions::record::machine("practice page", app.now());
    let asked = Status { key: app.0.key.clone(), token: token.clone() };
    match app.ask(move |record| record.look(&context, asked)).await {
        Ok(view) => screen(&chrome, &view, &token).into_response(),
        Err(failure) => refuse(&chrome, &failure),
    }
}

#[derive(Default, Deserialize)]
pub(crate) struct Given {
    #[serde(default)]
    form: String,
    #[serde(default)]
    destination: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    minutes: String,
    #[serde(default)]
    done: String,
}

/// `GET /practice/{token}/resend`: how much that is.
pub(crate) async fn resend(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
    Asked(asked): Asked<Given>,
) -> Answer {
    let view = look(&app, &visit, ResendTrial { key: app.0.key.clone(), token: token.clone() }).await?;
    Ok(resending::screen(&visit.chrome, &view, &token, asked.done == "done"))
}

/// `POST /practice/{token}/resend`
pub(crate) async fn resend_do(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let then = format!("/practice/{token}/resend?done=done");
    let resend = Resend { key: app.0.key.clone(), token };
    act(&app, &visit, &headers, &given.form, resend, &then).await
}

/// `GET /destinations`
pub(crate) async fn destinations(State(app): State<App>, visit: Visit, Asked(asked): Asked<Given>) -> Answer {
    let lines = look(&app, &visit, Destinations).await?;
    Ok(destinations_page::screen(&visit.chrome, &lines, asked.done == "done"))
}

/// `POST /destinations/pause`
pub(crate) async fn pause(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let minutes = match given.minutes.trim() {
        "" => PAUSE_MINUTES,
        typed => match typed.parse() {
            Ok(minutes) => minutes,
            Err(_) => return refuse(&visit.chrome, &Failure::from(no_number(typed))),
        },
    };
    let pause = PauseDestination { destination: given.destination, minutes, reason: given.reason };
    act(&app, &visit, &headers, &given.form, pause, "/destinations?done=done").await
}

fn no_number(typed: &str) -> Refusal {
    let told = |lang: Lang| lang.fill(w::PAUSE_NO_NUMBER, &[typed]);
    Refusal { kind: RefusalKind::Unreadable, words: Words::new(told(Lang::En), told(Lang::Fr)) }
}

/// `POST /destinations/resume`
pub(crate) async fn resume(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let resume = ResumeDestination { destination: given.destination, reason: given.reason };
    act(&app, &visit, &headers, &given.form, resume, "/destinations?done=done").await
}
