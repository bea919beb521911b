//! The link of a call. Opening it answers nothing, since programs open links too; its button does.

use super::{act, part};
use crate::screens::paging::screen;
use crate::screens::refuse;
use crate::screens::states::Failure;
use crate::visit::{App, Stranger, Visit, same_site};
use actions::paging::{Answer, AnswerAtDesk, Called};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// Who acts by a link, in audit rows.
const BY_LINK: &str = "page link";

/// `GET /page/{call}`
pub(crate) async fn called(
    State(app): State<App>,
    visit: Option<Visit>,
    stranger: Stranger,
    Path(token): Path<String>,
) -> Response {
    let chrome = visit.map_or(stranger.chrome, |visit| visit.chrome);
    let context = actions::record::machine(BY_LINK, app.now());
    let asked = Called { key: app.0.key.clone(), token: token.clone() };
    match app.ask(move |record| record.look(&context, asked)).await {
        Ok(view) => screen(&chrome, &view, &token).into_response(),
        Err(failure) => refuse(&chrome, &failure),
    }
}

/// `POST /page/{call}`: the link is the proof; the browser's own word says that the form was ours.
pub(crate) async fn answer(
    State(app): State<App>,
    stranger: Stranger,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !same_site(&headers) {
        return refuse(&stranger.chrome, &Failure::Stale);
    }
    let then = format!("/page/{token}");
    let context = actions::record::machine(BY_LINK, app.now());
    let answer = Answer { key: app.0.key.clone(), token };
    match app.ask(move |record| record.act(&context, answer)).await {
        Ok(()) => Redirect::to(&then).into_response(),
        Err(failure) => refuse(&stranger.chrome, &failure),
    }
}

#[derive(Default, Deserialize)]
pub(crate) struct Given {
    #[serde(default)]
    form: String,
}

/// `POST /desk/{obligation}/answer`
pub(crate) async fn answer_at_desk(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let then = format!("/desk?pick={obligation}&done=answered");
    match part(&visit, &obligation) {
        Ok(obligation) => act(&app, &visit, &headers, &given.form, AnswerAtDesk { obligation }, &then).await,
        Err(refused) => refused.into_response(),
    }
}
