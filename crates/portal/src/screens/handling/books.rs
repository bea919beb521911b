//! The address of the books.

use super::{Answer, look};
use crate::screens::books::{Wall, screen};
use crate::visit::{App, Asked, Visit};
use actions::incidents::Open;
use axum::extract::State;
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub(crate) struct Shown {
    /// How many incidents that ended stand before the first of the page.
    #[serde(default)]
    closed: usize,
}

/// `GET /books`
pub(crate) async fn wall(State(app): State<App>, visit: Visit, Asked(asked): Asked<Shown>) -> Answer {
    let wall = Wall {
        books: look(&app, &visit, actions::census::Books).await?,
        incidents: look(&app, &visit, Open { closed: asked.closed }).await?,
        on_call: look(&app, &visit, actions::cover::OnCall).await?,
        canaries: look(&app, &visit, actions::canary::Daily).await?,
    };
    Ok(screen(&visit.chrome, &wall))
}
