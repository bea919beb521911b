//! Addresses of the manager's page.

use super::{Answer, Outcome, act, look, part};
use crate::screens::facility::screen;
use crate::visit::{App, Asked, Visit};
use actions::facility::desk::{Decide, Desk};
use actions::facility::recertifying::Say;
use actions::facility::structure::{Delegate, EndDelegation};
use actions::share::Settle;
use axum::Form;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

/// Where every form of the page leads.
const DONE: &str = "/people?done=done";

#[derive(Default, Deserialize)]
pub(crate) struct Listed {
    #[serde(default)]
    done: String,
    #[serde(default)]
    who: String,
}

#[derive(Default, Deserialize)]
pub(crate) struct Said {
    #[serde(default)]
    form: String,
    #[serde(default)]
    application: String,
    #[serde(default)]
    account: String,
    #[serde(default)]
    obligation: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    answer: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    user: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
}

/// `GET /people`
pub(crate) async fn list(State(app): State<App>, visit: Visit, Asked(asked): Asked<Listed>) -> Answer {
    Ok(screen(&visit.chrome, &look(&app, &visit, Desk { who: asked.who }).await?, asked.done == "done"))
}

/// `POST /people/decide`
pub(crate) async fn decide(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(said): Form<Said>,
) -> Response {
    // What is no number is no application; the act says so.
    let application = said.application.parse().unwrap_or_default();
    let decide = Decide { application, unit: said.unit, yes: said.answer == "yes", reason: said.reason };
    act(&app, &visit, &headers, &said.form, decide, DONE).await
}

/// `POST /people/say`
pub(crate) async fn say(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(said): Form<Said>,
) -> Response {
    let say = Say { account: said.account, keeps: said.answer == "yes", reason: said.reason };
    act(&app, &visit, &headers, &said.form, say, DONE).await
}

/// `POST /people/settle`
pub(crate) async fn settle(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(said): Form<Said>,
) -> Outcome {
    let settle = Settle { obligation: part(&visit, &said.obligation)?, how: said.reason };
    Ok(act(&app, &visit, &headers, &said.form, settle, DONE).await)
}

/// `POST /people/delegate`
pub(crate) async fn delegate(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(said): Form<Said>,
) -> Response {
    let delegate = Delegate {
        unit: said.unit,
        user: said.user,
        name: String::new(),
        from: said.from,
        until: said.until,
    };
    act(&app, &visit, &headers, &said.form, delegate, DONE).await
}

/// `POST /people/delegate/end`
pub(crate) async fn delegate_end(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(said): Form<Said>,
) -> Response {
    let end = EndDelegation { unit: said.unit, user: said.user };
    act(&app, &visit, &headers, &said.form, end, DONE).await
}
