//! The address of a practice's status page: whoever has the link may read it, and no other link is told from nothing.

use crate::screens::practice::screen;
use crate::screens::refuse;
use crate::visit::{App, Stranger};
use actions::practice::Status;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

/// `GET /practice/{token}`
pub(crate) async fn status(
    State(app): State<App>,
    stranger: Stranger,
    Path(token): Path<String>,
) -> Response {
    let context = actions::record::machine("practice page", app.now());
    let asked = Status { key: app.0.key.clone(), token };
    match app.ask(move |record| record.look(&context, asked)).await {
        Ok(view) => screen(&stranger.chrome, &view).into_response(),
        Err(failure) => refuse(&stranger.chrome, &failure),
    }
}
