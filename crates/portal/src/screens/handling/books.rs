//! The address of the books.

use super::{Answer, look};
use crate::screens::books::{Wall, screen};
use crate::visit::{App, Visit};
use axum::extract::State;

/// `GET /books`
pub(crate) async fn wall(State(app): State<App>, visit: Visit) -> Answer {
    let wall = Wall {
        books: look(&app, &visit, actions::census::Books).await?,
        incidents: look(&app, &visit, actions::incidents::Open).await?,
        on_call: look(&app, &visit, actions::cover::OnCall).await?,
        canaries: look(&app, &visit, actions::canary::Daily).await?,
    };
    Ok(screen(&visit.chrome, &wall))
}
