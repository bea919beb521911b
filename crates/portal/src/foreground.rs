//! The chart in the foreground of a session. Each chart page that is opened says so in a cookie that all tabs of the
//! browser share; a form under another person's address is refused before anything is done, and the page names both
//! people (HAZARDS H10). It holds for every form under `/person/{person}`, also for those added tomorrow.

use crate::screens;
use crate::visit::{App, Visit, cookie, set_cookie};
use actions::switching::Switched;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fhir::PersonId;

/// Cookie that says whose chart was opened last.
pub(crate) const OPEN: &str = "opor-chart";
/// As long as a session at most, in seconds.
const OPEN_SECONDS: i64 = actions::sign_in::SESSION_HOURS * 3600;

/// Whom an address is about.
fn person_of(path: &str) -> Option<PersonId> {
    path.strip_prefix("/person/")?.split('/').next()?.parse().ok()
}

/// Stands before every route.
pub(crate) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(person) = person_of(request.uri().path()) else { return next.run(request).await };
    if request.method() == Method::GET {
        let mut response = next.run(request).await;
        // A page that asks for the reason is already about this person: its form comes next.
        let shown = matches!(response.status(), StatusCode::OK | StatusCode::FORBIDDEN) && is_page(&response);
        let open = set_cookie(OPEN, &person.to_string(), OPEN_SECONDS, true);
        if let (true, Ok(value)) = (shown, HeaderValue::from_str(&open)) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
        return response;
    }
    let open = cookie(request.headers(), OPEN).and_then(|text| text.parse::<PersonId>().ok());
    match open {
        Some(open) if open != person => refuse(&app, request, person, open).await,
        _ => next.run(request).await,
    }
}

fn is_page(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}

async fn refuse(app: &App, request: Request, asked: PersonId, open: PersonId) -> Response {
    let (mut parts, _) = request.into_parts();
    let visit = match Visit::from_request_parts(&mut parts, app).await {
        Ok(visit) => visit,
        Err(elsewhere) => return elsewhere,
    };
    let context = visit.context.clone();
    let named = app.ask(move |record| record.look(&context, Switched { asked, open })).await;
    (StatusCode::CONFLICT, screens::switching::screen(&visit.chrome, named.ok().as_ref())).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h10_an_address_says_whom_it_is_about() {
        let person = PersonId::from_i64(7);
        assert_eq!(person_of(&format!("/person/{person}/reports/DiagnosticReport/x/receive")), Some(person));
        assert_eq!(person_of(&format!("/person/{person}")), Some(person));
        assert_eq!(person_of("/person/nobody!"), None);
        assert_eq!(person_of("/desk"), None);
    }
}
