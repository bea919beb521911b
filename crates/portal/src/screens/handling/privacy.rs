//! Addresses of access, reasons, broken glass, consent, requests to correct, and the person's own report.

use super::{Answer, Outcome, act, all, first, look, part, report_key};
use crate::address::back;
use crate::screens::{Failure, refuse};
use crate::screens::{access as access_page, privacy as page, reason as reason_page};
use crate::visit::{App, Asked, Stranger, Visit};
use actions::ObligationId;
use actions::access_report::{Pages, Report};
use actions::breakglass::{Asked as AskedOf, Break, StateReason};
use actions::consent::{Done, EndDirective, OfPerson, Preview, PrivacyFrom, Withhold, picked};
use actions::corrections::{Ask, Decide};
use actions::inbox::HandOn;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use fhir::PersonId;
use maud::Markup;
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub(crate) struct Told {
    #[serde(default)]
    done: String,
    #[serde(default)]
    back: String,
    #[serde(default)]
    lang: String,
    #[serde(default)]
    directives: usize,
    #[serde(default)]
    openings: usize,
}

/// What is sent by the forms of these pages; each reads what it needs.
type Fields = Form<Vec<(String, String)>>;

/// Those of the directory that a form names: by their boxes, and typed.
fn named(given: &[(String, String)], boxes: &str, typed: &str) -> Vec<String> {
    let mut ids = all(given, boxes);
    ids.extend(picked(&first(given, typed)));
    ids
}

/// A directive as the form has it.
fn directive(given: &[(String, String)], person: PersonId) -> Withhold {
    Withhold {
        person: Some(person),
        classes: all(given, "class"),
        sites: all(given, "site"),
        roles: all(given, "role"),
        practitioners: named(given, "practitioner", "practitioners"),
        places: named(given, "place", "places"),
        days: first(given, "days").trim().parse().unwrap_or(0),
        reason: first(given, "reason"),
    }
}

/// Where to go on after a reason: back to the page that asked, or the person's first page.
fn onwards(visit: &Visit, given: &[(String, String)], person: PersonId) -> String {
    match back(Some(&first(given, "back"))) {
        home if home == "/" => visit.chrome.chart_href(person).unwrap_or(home),
        asked => asked,
    }
}

/// `GET /access`: for everybody.
pub(crate) async fn access(visit: Option<Visit>, stranger: Stranger) -> Markup {
    access_page::screen(&visit.map_or(stranger.chrome, |visit| visit.chrome))
}

/// `GET /person/{person}/reason`
pub(crate) async fn reason(
    State(app): State<App>,
    visit: Visit,
    Path(person): Path<String>,
    Asked(asked): Asked<Told>,
) -> Answer {
    let person: PersonId = part(&visit, &person)?;
    let view = look(&app, &visit, AskedOf { person }).await?;
    Ok(reason_page::screen(&visit.chrome, &view, &back(Some(&asked.back))))
}

/// `POST /person/{person}/reason`
pub(crate) async fn state_reason(
    State(app): State<App>,
    visit: Visit,
    Path(person): Path<String>,
    headers: HeaderMap,
    Form(given): Fields,
) -> Outcome {
    let person: PersonId = part(&visit, &person)?;
    let then = onwards(&visit, &given, person);
    let said = StateReason { person, reason: first(&given, "reason"), words: first(&given, "words") };
    Ok(act(&app, &visit, &headers, &first(&given, "form"), said, &then).await)
}

/// `POST /person/{person}/break-glass`
pub(crate) async fn break_glass(
    State(app): State<App>,
    visit: Visit,
    Path(person): Path<String>,
    headers: HeaderMap,
    Form(given): Fields,
) -> Outcome {
    let person: PersonId = part(&visit, &person)?;
    let then = onwards(&visit, &given, person);
    let broken = Break { person, reason: first(&given, "reason"), words: first(&given, "words") };
    Ok(act(&app, &visit, &headers, &first(&given, "form"), broken, &then).await)
}

/// `GET /privacy`
pub(crate) async fn desk(State(app): State<App>, visit: Visit, Asked(asked): Asked<Told>) -> Answer {
    let (directives, openings) = (asked.directives, asked.openings);
    let view = look(&app, &visit, PrivacyFrom { directives, openings }).await?;
    Ok(page::screen(&visit.chrome, &view, asked.done == "done"))
}

/// `POST /privacy/{obligation}`
pub(crate) async fn done(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(given): Fields,
) -> Outcome {
    let obligation = part::<ObligationId>(&visit, &obligation)?;
    let done = Done { obligation, how: first(&given, "how") };
    Ok(act(&app, &visit, &headers, &first(&given, "form"), done, "/privacy?done=done").await)
}

/// `GET /person/{person}/consent`
pub(crate) async fn consent(
    State(app): State<App>,
    visit: Visit,
    Path(person): Path<String>,
    Asked(asked): Asked<Told>,
) -> Answer {
    let person: PersonId = part(&visit, &person)?;
    let view = look(&app, &visit, OfPerson { person }).await?;
    Ok(page::person(&visit.chrome, &view, asked.done == "kept"))
}

/// `POST /person/{person}/consent`
pub(crate) async fn withhold(
    State(app): State<App>,
    visit: Visit,
    Path(person): Path<String>,
    headers: HeaderMap,
    Form(given): Fields,
) -> Outcome {
    let person: PersonId = part(&visit, &person)?;
    let directive = directive(&given, person);
    let then = format!("/person/{person}/consent?done=kept");
    Ok(act(&app, &visit, &headers, &first(&given, "form"), directive, &then).await)
}

/// `POST /person/{person}/consent/try`: what the directive would hide, and from whom, before it is kept.
pub(crate) async fn try_out(
    State(app): State<App>,
    visit: Visit,
    Path(person): Path<String>,
    headers: HeaderMap,
    Form(given): Fields,
) -> Outcome {
    let person: PersonId = part(&visit, &person)?;
    if !visit.genuine(&headers, &first(&given, "form")) {
        return Ok(refuse(&visit.chrome, &Failure::Stale));
    }
    let view = look(&app, &visit, Preview { directive: directive(&given, person) }).await?;
    Ok(page::preview(&visit.chrome, &view).into_response())
}

/// `POST /person/{person}/consent/end`
pub(crate) async fn end(
    State(app): State<App>,
    visit: Visit,
    Path(person): Path<String>,
    headers: HeaderMap,
    Form(given): Fields,
) -> Outcome {
    let person: PersonId = part(&visit, &person)?;
    // What is no number is no directive; the act says so.
    let id = first(&given, "directive").trim().parse().unwrap_or(0);
    let then = format!("/person/{person}/consent?done=kept");
    let ended = EndDirective { id, reason: first(&given, "reason") };
    Ok(act(&app, &visit, &headers, &first(&given, "form"), ended, &then).await)
}

/// `POST /person/{person}/corrections`
pub(crate) async fn ask(
    State(app): State<App>,
    visit: Visit,
    Path(person): Path<String>,
    headers: HeaderMap,
    Form(given): Fields,
) -> Outcome {
    let person: PersonId = part(&visit, &person)?;
    let then = format!("/person/{person}/consent?done=kept");
    let asked = Ask { person, asked: first(&given, "asked"), about: first(&given, "about") };
    Ok(act(&app, &visit, &headers, &first(&given, "form"), asked, &then).await)
}

/// `POST /corrections/{obligation}`
pub(crate) async fn decide(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(given): Fields,
) -> Outcome {
    let obligation = part::<ObligationId>(&visit, &obligation)?;
    let (verdict, statement) = (first(&given, "verdict"), first(&given, "statement"));
    let decided = Decide { obligation, verdict, statement };
    Ok(act(&app, &visit, &headers, &first(&given, "form"), decided, "/privacy?done=done").await)
}

/// `GET /person/{person}/own-report`
pub(crate) async fn own_report(State(app): State<App>, visit: Visit, Path(person): Path<String>) -> Answer {
    let person: PersonId = part(&visit, &person)?;
    let view = look(&app, &visit, Report { person }).await?;
    Ok(page::report(&visit.chrome, &view))
}

/// `GET /person/{person}/own-report/pages`
pub(crate) async fn own_report_pages(
    State(app): State<App>,
    visit: Visit,
    Path(person): Path<String>,
    Asked(asked): Asked<Told>,
) -> Outcome {
    let person: PersonId = part(&visit, &person)?;
    let pdf = look(&app, &visit, Pages { person, french: asked.lang == "fr" }).await?;
    let mut response = (StatusCode::OK, pdf).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"who-looked.pdf\""),
    );
    Ok(response)
}

/// `POST /person/{person}/reports/{kind}/{id}/hand`
pub(crate) async fn hand_on(
    State(app): State<App>,
    visit: Visit,
    Path((person, kind, id)): Path<(String, String, String)>,
    headers: HeaderMap,
    Form(given): Fields,
) -> Outcome {
    let parsed =
        part::<PersonId>(&visit, &person).and_then(|person| Ok((person, report_key(&visit, &kind, &id)?)));
    let (person, report) = parsed?;
    let then = format!("/person/{person}/reports/{report}?done=handed");
    let handed = HandOn { person, report, to: first(&given, "to") };
    Ok(act(&app, &visit, &headers, &first(&given, "form"), handed, &then).await)
}
