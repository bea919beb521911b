//! Addresses of the letters that wait to be posted.

use super::{Answer, act, look, part};
use crate::screens::letters as page;
use crate::screens::refuse;
use crate::screens::states::Failure;
use crate::visit::{App, Asked, Visit};
use actions::ObligationId;
use actions::deliveries::{Letter, Letters, Posted};
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    of: String,
    #[serde(default)]
    french: String,
    #[serde(default)]
    done: String,
}

#[derive(Default, Deserialize)]
pub(crate) struct Given {
    #[serde(default)]
    form: String,
    #[serde(default)]
    obligation: String,
    #[serde(default)]
    pages: String,
    #[serde(default)]
    french: String,
}

async fn list(app: &App, visit: &Visit, done: bool) -> Answer {
    let lines = look(app, visit, Letters).await?;
    Ok(page::screen(&visit.chrome, &lines, done))
}

/// `GET /letters`
pub(crate) async fn letters(State(app): State<App>, visit: Visit, Asked(asked): Asked<Which>) -> Answer {
    list(&app, &visit, asked.done == "posted").await
}

/// `GET /letters/pages`: the pages of one letter to print; the list when none is named.
pub(crate) async fn pages(State(app): State<App>, visit: Visit, Asked(asked): Asked<Which>) -> Response {
    if asked.of.is_empty() {
        return list(&app, &visit, false).await.into_response();
    }
    let obligation: ObligationId = match part(&visit, &asked.of) {
        Ok(obligation) => obligation,
        Err(refused) => return refused.into_response(),
    };
    let opened = match look(&app, &visit, Letter { obligation, french: !asked.french.is_empty() }).await {
        Ok(opened) => opened,
        Err(refused) => return refused.into_response(),
    };
    let mut response = (StatusCode::OK, opened.pdf).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", opened.name)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// `POST /letters/posted`
pub(crate) async fn posted(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    if !visit.genuine(&headers, &given.form) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    if given.obligation.is_empty() {
        return list(&app, &visit, false).await.into_response();
    }
    match part(&visit, &given.obligation) {
        Ok(obligation) => {
            // What is no number is no page count; the act says how many there are.
            let pages = given.pages.trim().parse().unwrap_or(0);
            let posted = Posted { obligation, pages, french: !given.french.is_empty() };
            act(&app, &visit, &headers, &given.form, posted, "/letters?done=posted").await
        }
        Err(refused) => refused.into_response(),
    }
}
