//! Addresses of the list of a practice's team.

use super::{Answer, Outcome, Token, act, all, first, look, part};
use crate::screens::inbox as page;
use crate::visit::{App, Asked, Visit};
use actions::ObligationId;
use actions::inbox::{EndTeam, KeepTeam, Take, Team};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub(crate) struct Shown {
    #[serde(default)]
    done: String,
}

/// `GET /team`
pub(crate) async fn team(State(app): State<App>, visit: Visit, Asked(asked): Asked<Shown>) -> Answer {
    let view = look(&app, &visit, Team).await?;
    Ok(page::screen(&visit.chrome, &view, &asked.done))
}

/// `POST /team/{obligation}/take`
pub(crate) async fn take(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Token>,
) -> Outcome {
    let obligation: ObligationId = part(&visit, &obligation)?;
    Ok(act(&app, &visit, &headers, &given.form, Take { obligation }, "/team?done=taken").await)
}

/// `POST /team/keep`: a named team, new or as it is from now on.
pub(crate) async fn keep(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(given): Form<Vec<(String, String)>>,
) -> Outcome {
    let team = Some(first(&given, "team")).filter(|id| !id.is_empty());
    let keep = KeepTeam {
        team,
        place: first(&given, "place"),
        name: first(&given, "name"),
        members: all(&given, "member"),
    };
    Ok(act(&app, &visit, &headers, &first(&given, "form"), keep, "/team?done=kept").await)
}

/// `POST /team/end`
pub(crate) async fn end(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(given): Form<Vec<(String, String)>>,
) -> Outcome {
    let end = EndTeam { team: first(&given, "team") };
    Ok(act(&app, &visit, &headers, &first(&given, "form"), end, "/team?done=ended").await)
}
