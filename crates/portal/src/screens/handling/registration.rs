//! The registration desk's addresses: the form, a search, a new record and its page.

use super::{Answer, look};
use crate::screens::registration::{self as desk, Draft};
use crate::screens::states::Failure;
use crate::screens::{refuse, states};
use crate::visit::{App, Visit, hex};
use crate::words::Lang;
use actions::refusal::RefusalKind;
use actions::registration as acts;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use fhir::Instant;

/// Fields of a form in the order they were sent.
type Fields = Form<Vec<(String, String)>>;

fn token(fields: &[(String, String)]) -> &str {
    let token = fields.iter().find(|(name, _)| name == crate::components::forms::TOKEN);
    token.map_or("", |(_, value)| value.as_str())
}

/// Whole milliseconds between two moments.
fn milliseconds(from: Instant, to: Instant) -> u32 {
    u32::try_from(to.0.saturating_sub(from.0).max(0) / 1000).unwrap_or(u32::MAX)
}

/// `GET /registration`
pub(crate) async fn form(State(app): State<App>, visit: Visit) -> Answer {
    let figures = look(&app, &visit, acts::Figures).await?;
    let draft = Draft::new(hex(&(app.0.random)()), visit.context.now);
    Ok(desk::screen(&visit.chrome, &draft, None, None, Some(&figures)))
}

/// `POST /registration/look`: the same page with whoever it might be. The script of the page asks it while somebody
/// types and takes the candidates from the answer; without script the button asks it.
pub(crate) async fn search(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Fields,
) -> Response {
    if !visit.genuine(&headers, token(&fields)) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    let mut draft = Draft::read(&fields, visit.context.now);
    let asked = app.now();
    match look(&app, &visit, acts::Search { form: draft.form.clone() }).await {
        Ok(found) => {
            draft.searches = draft.searches.saturating_add(1);
            draft.shown_ms = draft.shown_ms.max(milliseconds(asked, app.now()));
            desk::screen(&visit.chrome, &draft, Some(&found), None, None).into_response()
        }
        Err(refused) => refused.into_response(),
    }
}

/// `POST /registration`: a new record, or the page again with why there is none.
pub(crate) async fn create(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Fields,
) -> Response {
    if !visit.genuine(&headers, token(&fields)) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    let draft = Draft::read(&fields, visit.context.now);
    let timing = acts::Timing {
        to_candidates_ms: draft.shown_ms,
        to_create_ms: milliseconds(draft.opened, visit.context.now),
        searches: draft.searches,
    };
    let (form, dismissed) = (draft.form.clone(), draft.dismissed.clone());
    let paper = draft.paper();
    let make = acts::Create { form, dismissed, form_id: draft.form_id.clone(), timing, paper };
    let made = make.form_id();
    let context = visit.context.clone();
    let failure = match app.ask(move |record| record.act(&context, make)).await {
        Ok(()) => return Redirect::to(&format!("/registration/created/{made}")).into_response(),
        Err(failure) => failure,
    };
    let Failure::Refused(refusal) = &failure else { return refuse(&visit.chrome, &failure) };
    if !matches!(refusal.kind, RefusalKind::Conflict | RefusalKind::Unreadable) {
        return refuse(&visit.chrome, &failure);
    }
    match look(&app, &visit, acts::Search { form: draft.form.clone() }).await {
        Ok(found) => {
            let (status, _, _) = states::status(&failure);
            (status, desk::screen(&visit.chrome, &draft, Some(&found), Some(&refusal.words), None))
                .into_response()
        }
        Err(refused) => refused.into_response(),
    }
}

/// `GET /registration/paper`: a stack of empty forms to print, for while the record is down.
pub(crate) async fn paper(State(app): State<App>, visit: Visit) -> Response {
    let (random, is_french) = ((app.0.random)(), visit.chrome.lang() == Lang::Fr);
    match look(&app, &visit, acts::PaperForms { random, is_french }).await {
        Ok(pdf) => {
            let shown = HeaderValue::from_static("inline; filename=\"registration-forms.pdf\"");
            let closed = HeaderValue::from_static("default-src 'none'; sandbox");
            let mut response = (StatusCode::OK, pdf).into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
            headers.insert(header::CONTENT_DISPOSITION, shown);
            headers.insert(header::CONTENT_SECURITY_POLICY, closed);
            response
        }
        Err(refused) => refused.into_response(),
    }
}

/// `GET /registration/created/{form}`
pub(crate) async fn created(State(app): State<App>, visit: Visit, Path(form_id): Path<String>) -> Answer {
    let view = look(&app, &visit, acts::Created { form_id }).await?;
    Ok(desk::created(&visit.chrome, &view))
}
