//! The directory's addresses: what it knows, a proposal, and the decision about one.

pub(crate) mod mine;

use super::{Answer, Outcome, act, look, part};
use crate::screens::directory::{Done, copies as copies_page, screen, weighing};
use crate::screens::refuse;
use crate::screens::states::Failure;
use crate::visit::{App, Asked, Visit};
use actions::ObligationId;
use actions::directory::{Answer as Found, Decide, Overview, Subscriptions, Weigh, Written};
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
    /// Number of the directory's last change on the page that was decided on.
    #[serde(default)]
    seen: String,
    #[serde(default)]
    done: String,
    /// How many proposals, questions and changes stand before the first of the page.
    #[serde(default)]
    proposed: usize,
    #[serde(default)]
    questions: usize,
    #[serde(default)]
    changed: usize,
}

/// `GET /directory`
pub(crate) async fn overview(State(app): State<App>, visit: Visit, Asked(asked): Asked<Given>) -> Answer {
    let from = Overview { proposals: asked.proposed, questions: asked.questions, changes: asked.changed };
    let view = look(&app, &visit, from).await?;
    let done = match asked.done.as_str() {
        "proposed" => Done::Proposed,
        "decided" => Done::Decided,
        "answered" => Done::Answered,
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
    // What is no number was shown by no page; the act says that the directory is another.
    let seen = given.seen.trim().parse().unwrap_or(-1);
    let decide = Decide { proposal, apply: given.verdict == "apply", reason: given.reason, seen };
    let context = visit.context.clone();
    match app.ask(move |record| record.act(&context, decide)).await {
        Ok(()) => Redirect::to("/directory?done=decided").into_response(),
        Err(failure) => refuse(&visit.chrome, &failure),
    }
}

/// `GET /directory/changes/{proposal}`: what it would do, and the decision.
pub(crate) async fn weigh(State(app): State<App>, visit: Visit, Path(proposal): Path<String>) -> Answer {
    let proposal = part(&visit, &proposal)?;
    let view = look(&app, &visit, Weigh { proposal }).await?;
    Ok(weighing::screen(&visit.chrome, &view))
}

/// `POST /directory/questions/{question}`
pub(crate) async fn answer(
    State(app): State<App>,
    visit: Visit,
    Path(question): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Outcome {
    let question = part::<ObligationId>(&visit, &question)?;
    let found = Found { question, how: given.reason };
    Ok(act(&app, &visit, &headers, &given.form, found, "/directory?done=answered").await)
}

/// `GET /directory/copies`
pub(crate) async fn copies(State(app): State<App>, visit: Visit) -> Answer {
    let view = look(&app, &visit, Subscriptions).await?;
    Ok(copies_page::screen(&visit.chrome, &view))
}
