//! Addresses of access, reasons, broken glass, consent, requests to correct, and the person's own report.

use super::{Answer, Outcome, act, look, part, report_key};
use crate::address::back;
use crate::screens::{access as access_page, privacy as page, reason as reason_page};
use crate::visit::{App, Asked, Stranger, Visit};
use actions::ObligationId;
use actions::access_report::{Pages, Report};
use actions::breakglass::{Asked as AskedOf, Break, StateReason};
use actions::consent::{Done, EndDirective, OfPerson, PrivacyDesk, Withhold};
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
}

/// What is sent by the forms of these pages; each reads what it needs.
type Fields = Form<Vec<(String, String)>>;

fn first(given: &[(String, String)], name: &str) -> String {
    given.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

fn all(given: &[(String, String)], name: &str) -> Vec<String> {
    given.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
}

fn commas(text: &str) -> Vec<String> {
    text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
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
    let view = look(&app, &visit, PrivacyDesk).await?;
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
    let directive = Withhold {
        person: Some(person),
        classes: all(&given, "class"),
        sites: all(&given, "site"),
        roles: all(&given, "role"),
        practitioners: commas(&first(&given, "practitioners")),
        places: commas(&first(&given, "places")),
        days: first(&given, "days").trim().parse().unwrap_or(0),
        reason: first(&given, "reason"),
    };
    let then = format!("/person/{person}/consent?done=kept");
    Ok(act(&app, &visit, &headers, &first(&given, "form"), directive, &then).await)
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
