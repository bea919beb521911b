//! One's own sign-in: sessions, passkeys, a fresh proof, and the statements in force.

use super::super::{Back, Outcome, act, look};
use crate::address::back;
use crate::screens::accounts as pages;
use crate::visit::{AnyVisit, App, Asked, Visit};
use actions::accounts::openid::Issuer;
use actions::accounts::sessions::{DropPasskey, EndSession, OwnSessions};
use actions::accounts::statements::Acknowledge;
use axum::Form;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::Markup;
use serde::Deserialize;

fn issuers(app: &App) -> &[Issuer] {
    app.0.ways.as_ref().map_or(&[], |ways| &ways.issuers)
}

/// `GET /account`
pub(crate) async fn own(State(app): State<App>, visit: Visit) -> Outcome {
    let view = look(&app, &visit, OwnSessions { here: visit.secret_hash }).await?;
    Ok(pages::own(&visit.chrome, &view, issuers(&app)).into_response())
}

/// One line of one's own sign-in.
#[derive(Default, Deserialize)]
pub(crate) struct Line {
    #[serde(default)]
    form: String,
    #[serde(default)]
    id: String,
}

/// `POST /account/end`
pub(crate) async fn end(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(line): Form<Line>,
) -> Response {
    act(&app, &visit, &headers, &line.form, EndSession { id: line.id }, "/account").await
}

/// `POST /account/passkey`
pub(crate) async fn drop_passkey(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(line): Form<Line>,
) -> Response {
    // A way in is taken away, as it is added, by those alone who have just proved who they are.
    if !visit.is_fresh() {
        return Redirect::to("/account/prove?back=/account").into_response();
    }
    act(&app, &visit, &headers, &line.form, DropPasskey { id: line.id }, "/account").await
}

/// `GET /account/prove`: also from a session that is locked.
pub(crate) async fn prove(
    State(app): State<App>,
    AnyVisit(visit): AnyVisit,
    Asked(asked): Asked<Back>,
) -> Outcome {
    let until = visit.proven_until.filter(|until| *until > visit.context.now);
    let to = back(asked.back.as_deref());
    Ok(pages::prove(&visit.chrome, issuers(&app), until, &to).into_response())
}

/// `GET /account/statements`
pub(crate) async fn statements(visit: Visit, Asked(asked): Asked<Back>) -> Markup {
    pages::statements(&visit.chrome, &visit.unread, &back(asked.back.as_deref()))
}

/// `POST /account/statements`: each field is a statement that stood on the page, with its version.
pub(crate) async fn acknowledge(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let (token, to) = (field("form").unwrap_or_default(), back(field("back").as_deref()));
    let read = fields.into_iter().filter(|(name, _)| name != "form" && name != "back").collect();
    act(&app, &visit, &headers, &token, Acknowledge { read }, &to).await
}
