//! The way in from an EMR: a ticket is taken without a session; where it leads is looked up by whoever is signed in.

pub(crate) mod emr;

use super::{look, refuse};
use crate::screens::launches as page;
use crate::visit::{App, Stranger, Visit, cookie, hex, set_cookie, unhex};
use actions::launches::{Land, Landing, TICKET_MINUTES};
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Where a ticket that was taken leads.
pub(crate) const GO: &str = "/launch/go";
/// Where an EMR's own sign-in is tied to the account of whoever is signed in here.
pub(crate) const TIE: &str = "/sign-in/tie";

/// Whether a sign-in that leads there is waited for by what an EMR brought.
pub(super) fn awaits(to: &str) -> bool {
    to == GO || to == TIE
}

/// Cookie of the browser that brought a ticket.
pub(crate) const LAUNCH: &str = "opor-launch";

#[derive(Deserialize)]
pub(crate) struct Handed {
    #[serde(default)]
    ticket: String,
}

/// `POST /launch`: comes from the EMR's own page, so that its signature alone says whose it is.
pub(crate) async fn take(State(app): State<App>, stranger: Stranger, Form(handed): Form<Handed>) -> Response {
    let secret = (app.0.random)();
    let (handle, now, key): ([u8; 32], _, _) = (Sha256::digest(secret).into(), app.now(), app.0.key.clone());
    match app.ask(move |record| record.take_ticket(&key, &handed.ticket, handle, now)).await {
        Ok(()) => {
            let cookie = set_cookie(LAUNCH, &hex(&secret), TICKET_MINUTES * 60, true);
            ([(header::SET_COOKIE, cookie)], Redirect::to(GO)).into_response()
        }
        Err(failure) => refuse(&stranger.chrome, &failure),
    }
}

/// `GET /launch`: always the way in of the next ticket, also to a locked session; what an earlier one waited for is over.
pub(crate) async fn door(stranger: Stranger) -> Response {
    ([(header::SET_COOKIE, set_cookie(LAUNCH, "", 0, true))], page::ticket(&stranger.chrome)).into_response()
}

/// By what the record knows the browser that brought a patient.
fn handle(headers: &HeaderMap) -> Option<[u8; 32]> {
    let secret = cookie(headers, LAUNCH).and_then(|text| unhex(&text)).filter(|secret| !secret.is_empty())?;
    Some(Sha256::digest(&secret).into())
}

/// `GET /launch/go`: for whoever is signed in. A lock or a sign-in before it leads back here.
pub(crate) async fn land(State(app): State<App>, visit: Visit, headers: HeaderMap) -> Response {
    let Some(handle) = handle(&headers) else { return Redirect::to("/launch").into_response() };
    let landed = look(&app, &visit, Land { handle }).await;
    let done = [(header::SET_COOKIE, set_cookie(LAUNCH, "", 0, true))];
    match landed {
        Ok(Landing::Patient(person)) => {
            let href = visit.chrome.chart_href(person).unwrap_or_else(|| "/".to_owned());
            (done, Redirect::to(&href)).into_response()
        }
        Ok(Landing::Unsure { named, practice, hits }) => {
            (done, page::unsure(&visit.chrome, &named, &practice, &hits)).into_response()
        }
        Err(refused) => (done, refused.into_response()).into_response(),
    }
}
