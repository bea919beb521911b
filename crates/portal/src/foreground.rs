//! The chart in the foreground of a session. Each chart page that is opened says so in a cookie that all tabs of the
//! browser share; a form under another person's address is refused before anything is done, and the page names both
//! people (HAZARDS H10). It holds for every form under `/person/{person}`, also for those added tomorrow.

use crate::components::forms::TOKEN;
use crate::screens;
use crate::visit::{App, Visit, cookie, set_cookie};
use actions::switching::Switched;
use axum::Form;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
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
    if request.method() == Method::HEAD {
        return next.run(request).await;
    }
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
        Some(open) if open != person => weigh(&app, request, next, person, open).await,
        _ => next.run(request).await,
    }
}

fn is_page(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}

/// Two numbers may be one person of today; two people are named, and what was written is shown again.
async fn weigh(app: &App, request: Request, next: Next, asked: PersonId, open: PersonId) -> Response {
    let (mut parts, body) = request.into_parts();
    let visit = match Visit::from_request_parts(&mut parts, app).await {
        Ok(visit) => visit,
        Err(elsewhere) => return elsewhere,
    };
    let context = visit.context.clone();
    let named = app.ask(move |record| record.look(&context, Switched { asked, open })).await.ok();
    if named.as_ref().is_some_and(|named| named.asked.person == named.open.person) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let headers = parts.headers.clone();
    let form = Form::<Vec<(String, String)>>::from_request(Request::from_parts(parts, body), app).await;
    let fields = form.map(|Form(fields)| fields).unwrap_or_default();
    let token = fields.iter().find(|(name, _)| name == TOKEN).map_or("", |(_, value)| value.as_str());
    let written = if visit.genuine(&headers, token) { words_of(&fields) } else { Vec::new() };
    (StatusCode::CONFLICT, screens::switching::screen(&visit.chrome, named.as_ref(), &written))
        .into_response()
}

/// What somebody wrote into a form: its lines of words, without codes and numbers of ours.
fn words_of(fields: &[(String, String)]) -> Vec<&str> {
    let texts = fields.iter().filter(|(name, _)| name != TOKEN).map(|(_, value)| value.trim());
    texts.filter(|text| text.contains(char::is_whitespace)).collect()
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

    #[test]
    fn h10_what_was_written_is_shown_again_and_nothing_else() {
        let fields =
            [("form", "ab cd"), ("version", "3"), ("decision", "accept"), ("words", " Seen in\r\nclinic ")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(words_of(&fields), ["Seen in\r\nclinic"]);
    }
}
