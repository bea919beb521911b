//! Addresses of the page on which a wrong primary care provider is withdrawn.

use super::{Answer, Outcome, act, look, part};
use crate::screens::primaries as page;
use crate::visit::{App, Asked, Visit};
use actions::ObligationId;
use actions::primaries::{Lines, Propose, Restore, Withdraw};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub(crate) struct Shown {
    #[serde(default)]
    done: String,
}

#[derive(Default, Deserialize)]
pub(crate) struct Given {
    #[serde(default)]
    form: String,
    #[serde(default)]
    practitioner: String,
    #[serde(default)]
    reason: String,
}

/// `GET /primaries/{obligation}`
pub(crate) async fn lines(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    Asked(asked): Asked<Shown>,
) -> Answer {
    let obligation: ObligationId = part(&visit, &obligation)?;
    let view = look(&app, &visit, Lines { obligation }).await?;
    Ok(page::screen(&visit.chrome, obligation, &view, &asked.done))
}

/// `POST /primaries/{obligation}/propose`
pub(crate) async fn propose(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Outcome {
    let obligation: ObligationId = part(&visit, &obligation)?;
    let propose = Propose { obligation, practitioner: given.practitioner, reason: given.reason };
    let then = format!("/primaries/{obligation}?done=proposed");
    Ok(act(&app, &visit, &headers, &given.form, propose, &then).await)
}

/// `POST /primaries/{obligation}/withdraw`
pub(crate) async fn withdraw(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Outcome {
    let obligation: ObligationId = part(&visit, &obligation)?;
    let withdraw = Withdraw { obligation, practitioner: given.practitioner, reason: given.reason };
    let then = format!("/primaries/{obligation}?done=withdrawn");
    Ok(act(&app, &visit, &headers, &given.form, withdraw, &then).await)
}

/// `POST /primaries/{obligation}/restore`
pub(crate) async fn restore(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Outcome {
    let obligation: ObligationId = part(&visit, &obligation)?;
    let restore = Restore { obligation, practitioner: given.practitioner, reason: given.reason };
    let then = format!("/primaries/{obligation}?done=restored");
    Ok(act(&app, &visit, &headers, &given.form, restore, &then).await)
}
