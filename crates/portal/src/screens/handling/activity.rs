//! Addresses of detection, tips, breach cases and retention.

use super::{Answer, Outcome, act, look, part};
use crate::components::times;
use crate::screens::{
    Failure, breaches as breach_page, detection as page, refuse, retention as schedule_page, tips as tip_page,
};
use crate::visit::{App, Asked, Stranger, Visit, same_site};
use actions::ObligationId;
use actions::breaches::{Case, Close, Decide, Letter, Notice, Pack, SetSpan};
use actions::detection::{DecideFlag, Queue};
use actions::retention::{Certificate, Decide as DecideDestruction, Schedule};
use actions::tips::{AnswerTip, AskAfter, GiveTip, TAKER, reference_of};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fhir::{Instant, PersonId};
use maud::Markup;
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub(crate) struct Told {
    #[serde(default)]
    done: String,
    #[serde(default)]
    lang: String,
    #[serde(default)]
    tips: usize,
    #[serde(default)]
    flags: usize,
    #[serde(default)]
    decided: usize,
    #[serde(default)]
    cases: usize,
    #[serde(default)]
    from: usize,
}

/// What is sent by the forms of these pages; each reads what it needs.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Given {
    form: String,
    verdict: String,
    reason: String,
    answer: String,
    about: String,
    decision: String,
    how: String,
    what: String,
    text: String,
    number: String,
    since: String,
    until: String,
}

fn file(bytes: Vec<u8>, kind: &'static str, disposition: &'static str) -> Response {
    let mut response = (StatusCode::OK, bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition));
    response
}

fn pdf(bytes: Vec<u8>, disposition: &'static str) -> Response {
    file(bytes, "application/pdf", disposition)
}

/// `GET /detection`
pub(crate) async fn queue(State(app): State<App>, visit: Visit, Asked(asked): Asked<Told>) -> Answer {
    let Told { done, tips: tips_page, flags, decided, cases, .. } = asked;
    let view = look(&app, &visit, Queue { tips_page, flags, decided, cases }).await?;
    Ok(page::screen(&visit.chrome, &view, done == "kept"))
}

/// `POST /detection/{obligation}`
pub(crate) async fn decide_flag(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Outcome {
    let obligation = part::<ObligationId>(&visit, &obligation)?;
    let decided = DecideFlag { obligation, verdict: given.verdict, reason: given.reason };
    Ok(act(&app, &visit, &headers, &given.form, decided, "/detection?done=kept").await)
}

/// `POST /detection/tips/{obligation}`
pub(crate) async fn answer_tip(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Outcome {
    let obligation = part::<ObligationId>(&visit, &obligation)?;
    let answered = AnswerTip { obligation, answer: given.answer, about: given.about };
    Ok(act(&app, &visit, &headers, &given.form, answered, "/detection?done=kept").await)
}

/// `GET /tips`: for everybody.
pub(crate) async fn tip_form(visit: Option<Visit>, stranger: Stranger) -> Markup {
    tip_page::screen(&visit.map_or(stranger.chrome, |visit| visit.chrome), &tip_page::Said::Nothing)
}

/// `POST /tips`: for everybody; who is signed in is not asked and not written.
pub(crate) async fn give_tip(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    if !same_site(&headers) {
        return refuse(&stranger.chrome, &Failure::Stale);
    }
    let context = actions::record::machine(TAKER, app.now());
    let reference = reference_of(&(app.0.random)());
    let tip = GiveTip { reference: reference.clone(), text: given.text };
    // Counted and forgotten: no row and no log bears where a tip came from.
    let is_proxied = app.0.ways.as_ref().is_some_and(|ways| ways.proxied);
    let (source, fresh, now) = (crate::peer::source(&headers, is_proxied), (app.0.random)(), app.now());
    let taken = app.ask(move |record| {
        record.count_tip(&source, fresh, now)?;
        record.act(&context, tip)
    });
    match taken.await {
        Ok(()) => tip_page::screen(&stranger.chrome, &tip_page::Said::Taken(&reference)).into_response(),
        Err(failure) => refuse(&stranger.chrome, &failure),
    }
}

/// `POST /tips/state`: for everybody who has a number; it stands in no address that a log could keep.
pub(crate) async fn tip_state(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    if !same_site(&headers) {
        return refuse(&stranger.chrome, &Failure::Stale);
    }
    let context = actions::record::machine(TAKER, app.now());
    let asked = AskAfter { reference: given.number };
    match app.ask(move |record| record.look(&context, asked)).await {
        Ok(state) => tip_page::screen(&stranger.chrome, &tip_page::Said::State(&state)).into_response(),
        Err(failure) => refuse(&stranger.chrome, &failure),
    }
}

/// `GET /breaches/{obligation}`
pub(crate) async fn case(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    Asked(asked): Asked<Told>,
) -> Answer {
    let obligation = part::<ObligationId>(&visit, &obligation)?;
    let view = look(&app, &visit, Case { obligation, from: asked.from }).await?;
    Ok(breach_page::screen(&visit.chrome, &view, asked.done == "kept"))
}

/// `POST /breaches/{obligation}`
pub(crate) async fn decide(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Outcome {
    let obligation = part::<ObligationId>(&visit, &obligation)?;
    let then = format!("/breaches/{obligation}?done=kept");
    let decided = Decide { obligation, decision: given.decision, reason: given.reason };
    Ok(act(&app, &visit, &headers, &given.form, decided, &then).await)
}

/// `POST /breaches/{obligation}/span`
pub(crate) async fn set_span(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Outcome {
    let obligation = part::<ObligationId>(&visit, &obligation)?;
    let then = format!("/breaches/{obligation}?done=kept");
    // A day that cannot be read is a span of nothing, which is refused with words.
    let since = times::moment(&given.since).unwrap_or(Instant(i64::MAX));
    let until = times::end_of_day(given.until.trim()).unwrap_or(Instant(i64::MIN));
    Ok(act(&app, &visit, &headers, &given.form, SetSpan { obligation, since, until }, &then).await)
}

/// `POST /breaches/{obligation}/close`
pub(crate) async fn close(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Outcome {
    let obligation = part::<ObligationId>(&visit, &obligation)?;
    let closed = Close { obligation, how: given.how };
    Ok(act(&app, &visit, &headers, &given.form, closed, "/detection?done=kept").await)
}

/// `GET /breaches/{obligation}/pack`
pub(crate) async fn pack(State(app): State<App>, visit: Visit, Path(obligation): Path<String>) -> Outcome {
    let obligation = part::<ObligationId>(&visit, &obligation)?;
    let table = look(&app, &visit, Pack { obligation }).await?;
    Ok(file(table.into_bytes(), "text/csv; charset=utf-8", "attachment; filename=\"breach-pack.csv\""))
}

/// `GET /breaches/{obligation}/notice`
pub(crate) async fn notice(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    Asked(asked): Asked<Told>,
) -> Outcome {
    let obligation = part::<ObligationId>(&visit, &obligation)?;
    let bytes = look(&app, &visit, Notice { obligation, french: asked.lang == "fr" }).await?;
    Ok(pdf(bytes, "attachment; filename=\"notice.pdf\""))
}

/// `GET /breaches/{obligation}/letters/{person}`
pub(crate) async fn letter(
    State(app): State<App>,
    visit: Visit,
    Path((obligation, person)): Path<(String, String)>,
    Asked(asked): Asked<Told>,
) -> Outcome {
    let obligation = part::<ObligationId>(&visit, &obligation)?;
    let person = part::<PersonId>(&visit, &person)?;
    let bytes = look(&app, &visit, Letter { obligation, person, french: asked.lang == "fr" }).await?;
    Ok(pdf(bytes, "attachment; filename=\"letter.pdf\""))
}

/// `GET /retention`
pub(crate) async fn schedule(State(app): State<App>, visit: Visit, Asked(asked): Asked<Told>) -> Answer {
    let view = look(&app, &visit, Schedule { from: asked.from }).await?;
    Ok(schedule_page::screen(&visit.chrome, &view, asked.done == "kept"))
}

/// `POST /retention/{obligation}`
pub(crate) async fn decide_destruction(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Outcome {
    let obligation = part::<ObligationId>(&visit, &obligation)?;
    let decided = DecideDestruction { obligation, approve: given.what == "approve", reason: given.reason };
    Ok(act(&app, &visit, &headers, &given.form, decided, "/retention?done=kept").await)
}

/// `GET /retention/{obligation}/certificate`
pub(crate) async fn certificate(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    Asked(asked): Asked<Told>,
) -> Outcome {
    let obligation = part::<ObligationId>(&visit, &obligation)?;
    let bytes = look(&app, &visit, Certificate { obligation, french: asked.lang == "fr" }).await?;
    Ok(pdf(bytes, "attachment; filename=\"certificate.pdf\""))
}
