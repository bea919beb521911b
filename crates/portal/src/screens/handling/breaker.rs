//! The breaker's addresses: stops with what a decision would change, and the decision.

use super::{Answer, look, part};
use crate::screens::breaker::{Tried, screen};
use crate::screens::refuse;
use crate::screens::states::Failure;
use crate::visit::{App, Asked, Visit};
use actions::ObligationId;
use actions::breaker::{Aim, Decide, Stops, Verdict};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub(crate) struct Given {
    #[serde(default)]
    form: String,
    stop: Option<String>,
    #[serde(default)]
    verdict: String,
    #[serde(default)]
    authority: String,
    #[serde(default)]
    number: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    done: String,
    /// How many stops stand before the first of the page.
    #[serde(default)]
    from: usize,
}

impl Given {
    fn verdict(&self) -> Option<Verdict> {
        Some(match self.verdict.as_str() {
            "release" => Verdict::Release,
            "reject" => Verdict::Reject,
            "restore" => Verdict::Restore,
            "aim" => {
                let (authority, value) = (self.authority.trim().to_owned(), self.number.trim().to_owned());
                Verdict::Aim(vec![Aim { message: None, authority, value }])
            }
            _ => return None,
        })
    }
}

/// `GET /breaker`
pub(crate) async fn list(State(app): State<App>, visit: Visit, Asked(asked): Asked<Given>) -> Answer {
    let picked: Option<ObligationId> = asked.stop.as_deref().map(|text| part(&visit, text)).transpose()?;
    let view = look(&app, &visit, Stops { picked, trial: None, from: asked.from }).await?;
    Ok(screen(&visit.chrome, &view, &Tried::default(), asked.done == "decided"))
}

/// `POST /breaker`: the same page with what a verdict would change. A form, since an address that bears a patient's
/// number stays behind in histories and logs.
pub(crate) async fn try_out(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    if !visit.genuine(&headers, &given.form) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    let picked = given.stop.as_deref().map(|text| part::<ObligationId>(&visit, text)).transpose();
    let seen = match picked {
        Ok(picked) => look(&app, &visit, Stops { picked, trial: given.verdict(), from: given.from }).await,
        Err(refused) => Err(refused),
    };
    match seen {
        Ok(view) => {
            let tried = Tried { verdict: given.verdict, authority: given.authority, number: given.number };
            screen(&visit.chrome, &view, &tried, false).into_response()
        }
        Err(refused) => refused.into_response(),
    }
}

/// `POST /breaker/{stop}`
pub(crate) async fn decide(
    State(app): State<App>,
    visit: Visit,
    Path(stop): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    if !visit.genuine(&headers, &given.form) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    let Ok(stop) = stop.parse::<ObligationId>() else { return refuse(&visit.chrome, &Failure::NotFound) };
    let Some(verdict) = given.verdict() else { return refuse(&visit.chrome, &Failure::NotFound) };
    let (context, reason) = (visit.context.clone(), given.reason.clone());
    let decided = app.ask(move |record| {
        record.act(&context, Decide { stop, verdict, reason })?;
        // What cannot be carried out now is tried again with the next round; it is decided either way.
        record.carry_out_stops(context.now).map_or(Ok(()), |_| Ok(()))
    });
    match decided.await {
        Ok(()) => Redirect::to(&format!("/breaker?stop={stop}&done=decided")).into_response(),
        Err(failure) => refuse(&visit.chrome, &failure),
    }
}
