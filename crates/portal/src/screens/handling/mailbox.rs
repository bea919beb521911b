//! Addresses of the forms that were sent.

use super::enrolment::{done, handle, said, seen};
use super::{Answer, act, look, part};
use crate::multipart;
use crate::screens::mailbox as page;
use crate::screens::refuse;
use crate::screens::states::Failure;
use crate::visit::{App, Asked, Stranger, Visit, same_site};
use crate::words::mailbox as w;
use actions::MailId;
use actions::mailbox::{AttachedFile, Blank, Decide, Paper, Ruling, Sent, Shown, Upload};
use actions::values::Words;
use axum::Form;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// Largest form with a file that is read, in bytes: the file's own limit and what stands around it.
pub(crate) const FILE_LIMIT: usize = 11 * 1024 * 1024;
/// The applicant's own page of it.
const PAPER: &str = "/join/forms";
/// Where a decision leads back to.
const DONE: &str = "/mailbox?done=decided";

#[derive(Default, Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    done: String,
    /// How many that are settled stand before the first of the page.
    #[serde(default)]
    settled: usize,
}

#[derive(Default, Deserialize)]
pub(crate) struct Given {
    #[serde(default)]
    form: String,
    #[serde(default)]
    file: String,
    #[serde(default)]
    which: String,
    #[serde(default)]
    reason: String,
}

/// `GET /mailbox`
pub(crate) async fn list(State(app): State<App>, visit: Visit, Asked(asked): Asked<Which>) -> Answer {
    let view = look(&app, &visit, Sent { settled: asked.settled }).await?;
    Ok(page::list(&visit.chrome, &view, asked.done == "decided"))
}

/// `GET /mailbox/{mail}`
pub(crate) async fn one(State(app): State<App>, visit: Visit, Path(mail): Path<String>) -> Answer {
    let mail: MailId = part(&visit, &mail)?;
    let (line, files) = look(&app, &visit, Shown { mail, setup: app.0.record.mailbox() }).await?;
    Ok(page::one(&visit.chrome, &line, &files))
}

/// `GET /mailbox/{mail}/file/{file}`: saved, and never shown here as it came.
pub(crate) async fn file(
    State(app): State<App>,
    visit: Visit,
    Path((mail, file)): Path<(String, String)>,
) -> Response {
    let (mail, file) = match (part::<MailId>(&visit, &mail), part::<usize>(&visit, &file)) {
        (Ok(mail), Ok(file)) => (mail, file),
        (Err(refused), _) | (_, Err(refused)) => return refused.into_response(),
    };
    let asked = AttachedFile { mail, file, setup: app.0.record.mailbox() };
    let opened = match look(&app, &visit, asked).await {
        Ok(opened) => opened,
        Err(refused) => return refused.into_response(),
    };
    let name = format!("attachment; filename=\"form-{mail}-{file}.pdf\"");
    saved(opened.bytes, "application/octet-stream", &name)
}

/// Bytes that a browser keeps and does not show.
fn saved(bytes: Vec<u8>, sort: &'static str, name: &str) -> Response {
    let mut response = (StatusCode::OK, bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(sort));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    if let Ok(value) = HeaderValue::from_str(name) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

async fn decided(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    mail: &str,
    (form, ruling): (&str, Ruling),
) -> Response {
    if !visit.genuine(headers, form) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    match part::<MailId>(visit, mail) {
        Ok(mail) => {
            let decide = Decide { mail, ruling, setup: app.0.record.mailbox() };
            act(app, visit, headers, form, decide, DONE).await
        }
        Err(refused) => refused.into_response(),
    }
}

/// What is no number is no file; the act says that there is none.
fn number(text: &str) -> usize {
    text.trim().parse().unwrap_or(usize::MAX)
}

/// `POST /mailbox/{mail}/accept`
pub(crate) async fn accept(
    State(app): State<App>,
    visit: Visit,
    Path(mail): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let ruling = Ruling::Accept { file: number(&given.file), form: given.which };
    decided(&app, &visit, &headers, &mail, (&given.form, ruling)).await
}

/// `POST /mailbox/{mail}/return`
pub(crate) async fn give_back(
    State(app): State<App>,
    visit: Visit,
    Path(mail): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let ruling = Ruling::Return { file: number(&given.file), reason: given.reason };
    decided(&app, &visit, &headers, &mail, (&given.form, ruling)).await
}

/// `POST /mailbox/{mail}/dismiss`
pub(crate) async fn dismiss(
    State(app): State<App>,
    visit: Visit,
    Path(mail): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let ruling = Ruling::Dismiss { reason: given.reason };
    decided(&app, &visit, &headers, &mail, (&given.form, ruling)).await
}

/// `GET /join/forms`
pub(crate) async fn paper(State(app): State<App>, stranger: Stranger, headers: HeaderMap) -> Response {
    match seen(&app, Paper { handle: handle(&headers) }).await {
        Ok(view) => page::paper::screen(&stranger.chrome, &view, None).into_response(),
        Err(Failure::Refused(_)) => Redirect::to("/join").into_response(),
        Err(failure) => refuse(&stranger.chrome, &failure),
    }
}

/// `GET /join/forms/{form}`: the form, filled in, to be signed.
pub(crate) async fn blank(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    Path(form): Path<String>,
) -> Response {
    let name = format!(
        "attachment; filename=\"opor-{}.pdf\"",
        if form == "request" { "request" } else { "agreement" }
    );
    match seen(&app, Blank { handle: handle(&headers), form }).await {
        Ok(printed) => saved(printed.bytes, "application/pdf", &name),
        Err(failure) => refuse(&stranger.chrome, &failure),
    }
}

/// `POST /join/forms`: a signed form is sent.
pub(crate) async fn upload(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !same_site(&headers) {
        return refuse(&stranger.chrome, &Failure::Stale);
    }
    let sort = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let handle = handle(&headers);
    let refused = match multipart::file(sort, &body, "file").filter(|(_, bytes)| !bytes.is_empty()) {
        None => Words::new(w::UPLOAD_NOTHING.en, w::UPLOAD_NOTHING.fr),
        Some((name, bytes)) => {
            let upload = Upload { handle: handle.clone(), name, bytes, setup: app.0.record.mailbox() };
            match done(&app, &headers, upload).await {
                Ok(()) => return Redirect::to(PAPER).into_response(),
                Err(failure) => match said(&failure) {
                    Some(words) => words.clone(),
                    None => return refuse(&stranger.chrome, &failure),
                },
            }
        }
    };
    match seen(&app, Paper { handle }).await {
        Ok(view) => {
            let page = page::paper::screen(&stranger.chrome, &view, Some(&refused));
            (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
        }
        Err(_) => Redirect::to("/join").into_response(),
    }
}
