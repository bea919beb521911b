//! Addresses of the first patient, safely.

use super::{Answer, act, look};
use crate::address::{back, escape};
use crate::screens::first_patient as page;
use crate::visit::{App, Asked, Visit};
use actions::accounts::first::{Choose, Practice};
use axum::Form;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

/// Where somebody is, and what they chose.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct At {
    form: String,
    step: usize,
    chose: usize,
    back: Option<String>,
}

/// `GET /first-patient`
pub(crate) async fn practice(State(app): State<App>, visit: Visit, Asked(at): Asked<At>) -> Answer {
    let view = look(&app, &visit, Practice { step: at.step, chose: at.chose }).await?;
    Ok(page::screen(&visit.chrome, &view, &back(at.back.as_deref())))
}

/// `POST /first-patient`
pub(crate) async fn choose(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(at): Form<At>,
) -> Response {
    let (step, chose) = (at.step, at.chose);
    let then = format!("/first-patient?step={step}&chose={chose}&back={}", escape(&back(at.back.as_deref())));
    act(&app, &visit, &headers, &at.form, Choose { step, chose }, &then).await
}
