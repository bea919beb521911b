//! The directory's addresses: what it knows, a proposal, and the decision about one.

use super::{Answer, look};
use crate::screens::directory::{Done, screen};
use crate::screens::refuse;
use crate::screens::states::Failure;
use crate::visit::{App, Asked, Visit};
use actions::ObligationId;
use actions::directory::{Decide, Overview, Written};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub(crate) struct Given {
    #[serde(default)]
    form: String,
    #[serde(default)]
    changes: String,
    #[serde(default)]
    why: String,
    #[serde(default)]
    verdict: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    done: String,
}

/// `GET /directory`
pub(crate) async fn overview(State(app): State<App>, visit: Visit, Asked(asked): Asked<Given>) -> Answer {
    let view = look(&app, &visit, Overview).await?;
    let done = match asked.done.as_str() {
        "proposed" => Done::Proposed,
        "decided" => Done::Decided,
        _ => Done::Nothing,
    };
    Ok(screen(&visit.chrome, &view, done))
}

/// `POST /directory`: facts as they should be, in the form of the directory file.
pub(crate) async fn propose(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    if !visit.genuine(&headers, &given.form) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    let context = visit.context.clone();
    let written = Written { text: given.changes, why: given.why };
    match app.ask(move |record| record.act(&context, written)).await {
        // A family doctor proposes and does not read the whole directory.
        Ok(()) if visit.chrome.may(actions::values::Permission::ReadDirectory) => {
            Redirect::to("/directory?done=proposed").into_response()
        }
        Ok(()) => Redirect::to("/").into_response(),
        Err(failure) => refuse(&visit.chrome, &failure),
    }
}

/// `POST /directory/{proposal}`
pub(crate) async fn decide(
    State(app): State<App>,
    visit: Visit,
    Path(proposal): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    if !visit.genuine(&headers, &given.form) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    let Ok(proposal) = proposal.parse::<ObligationId>() else {
        return refuse(&visit.chrome, &Failure::NotFound);
    };
    let (context, reason, apply) = (visit.context.clone(), given.reason, given.verdict == "apply");
    match app.ask(move |record| record.act(&context, Decide { proposal, apply, reason })).await {
        Ok(()) => Redirect::to("/directory?done=decided").into_response(),
        Err(failure) => refuse(&visit.chrome, &failure),
    }
}
