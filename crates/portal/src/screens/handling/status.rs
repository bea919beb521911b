//! The addresses of the status.

use super::{Answer, Refused, look};
use crate::screens::status;
use crate::visit::{App, Visit};
use actions::status::Status;
use actions::values::Permission;
use axum::extract::State;

/// `GET /status`, and `GET /status/now`, which the page asks by itself: that is no use of a session.
pub(crate) async fn shown(State(app): State<App>, visit: Visit) -> Answer {
    let place = app.0.record.place();
    Ok(status::screen(&visit.chrome, &look(&app, &visit, Status { place }).await?))
}

/// `GET /status/runbook`
pub(crate) async fn runbook(State(app): State<App>, visit: Visit) -> Answer {
    let context = visit.context.clone();
    app.ask(move |record| record.allow(&context, Permission::ReadCensus))
        .await
        .map_err(|failure| Refused::because(&visit.chrome, &failure))?;
    Ok(status::runbook(&visit.chrome))
}
