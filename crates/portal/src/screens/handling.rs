//! What each address does: read the request, ask the record, hand the answer to the page.

pub(crate) mod accounts;
pub(crate) mod activity;
pub(crate) mod books;
pub(crate) mod breaker;
pub(crate) mod care;
pub(crate) mod desks;
pub(crate) mod dialects;
pub(crate) mod directory;
pub(crate) mod enrolment;
pub(crate) mod facility;
pub(crate) mod first_patient;
pub(crate) mod identity;
pub(crate) mod inbox;
pub(crate) mod launches;
pub(crate) mod letters;
pub(crate) mod mailbox;
pub(crate) mod paging;
pub(crate) mod panel;
pub(crate) mod practice;
pub(crate) mod primaries;
pub(crate) mod privacy;
pub(crate) mod registration;
pub(crate) mod smart;
pub(crate) mod status;
pub(crate) mod summaries;

use super::sign_in::Written;
use super::states::Failure;
use super::{desk as desk_page, display as display_page, encounters, home as home_page};
use super::{
    message as message_page, reader, reports as reports_page, results as results_page, search as search_page,
};
use super::{sign_in as sign_in_screen, states, summary as summary_page};
use crate::address::back;
use crate::components::chrome::Chrome;
use crate::foreground::OPEN;
use crate::sessions::{Locked, Station};
use crate::visit::{
    AnyVisit, App, Asked, CHOICE, LANGUAGE, SESSION, Stranger, Visit, cookie, hex, same_site, set_cookie,
    unhex,
};
use actions::criticals::{ReadBack, ReportTakers, Takers, TakersView};
use actions::referrals::{Decide, Decision};
use actions::values::{Permission, Role};
use actions::{deliveries, encounters as visits_look, home as home_look, messages as messages_look};
use actions::{patients, reports as reports_look, results as results_look};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use fhir::{Kind, PersonId, ResourceKey};
use maud::Markup;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// A sign-in of the demo lasts this long, in seconds (twelve hours).
const SIGN_IN_SECONDS: i64 = 12 * 3600;
/// Display choices last this long, in seconds (a year).
const CHOICE_SECONDS: i64 = 365 * 24 * 3600;
/// Characters typed to find somebody that are read; a scanned card has about 300.
const SEARCH_CHARS: usize = 500;
/// Attachments are handed over under these types; anything else as plain bytes.
const ATTACHMENT_TYPES: &[&str] = &[
    "application/pdf",
    "application/rtf",
    "image/jpeg",
    "image/png",
    "image/tiff",
    "text/plain",
    "application/dicom",
];

/// A page, or a page that says why not.
type Answer = Result<Markup, Refused>;
/// What a form leads to, or the page that says why the address is none.
type Outcome = Result<Response, Refused>;

/// A page that says why not, ready to send.
pub(crate) struct Refused(Box<Response>);

impl Refused {
    fn because(chrome: &Chrome, failure: &Failure) -> Self {
        Self(Box::new(refuse(chrome, failure)))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// The page of a failure, with its status.
pub(crate) fn refuse(chrome: &Chrome, failure: &Failure) -> Response {
    let (status, _, _) = states::status(failure);
    let place = back(Some(&chrome.here));
    (status, states::screen(chrome, failure, &place)).into_response()
}

/// An address that is not in the table.
pub(crate) async fn fallback(visit: Option<Visit>, stranger: Stranger) -> Response {
    let chrome = visit.map_or(stranger.chrome, |visit| visit.chrome);
    refuse(&chrome, &Failure::NotFound)
}

async fn look<L>(app: &App, visit: &Visit, look: L) -> Result<L::View, Refused>
where
    L: actions::Look + Send + 'static,
    L::View: Send + 'static,
{
    let context = visit.context.clone();
    app.ask(move |record| record.look(&context, look))
        .await
        .map_err(|failure| Refused::because(&visit.chrome, &failure))
}

/// Do something; the form must be ours. Leads to `then`, where the outcome is said.
async fn act<A>(app: &App, visit: &Visit, headers: &HeaderMap, token: &str, act: A, then: &str) -> Response
where
    A: actions::Act + Send + 'static,
{
    let again = then.split("done=").next().unwrap_or(then).trim_end_matches(['?', '&']);
    let chrome = Chrome { here: again.to_owned(), ..visit.chrome.clone() };
    if !visit.genuine(headers, token) {
        return refuse(&chrome, &Failure::Stale);
    }
    let context = visit.context.clone();
    match app.ask(move |record| record.act(&context, act)).await {
        Ok(()) => Redirect::to(then).into_response(),
        Err(failure) => refuse(&chrome, &failure),
    }
}

/// Part of an address, or a page that says nothing is there.
fn part<T: std::str::FromStr>(visit: &Visit, text: &str) -> Result<T, Refused> {
    text.parse().map_err(|_| Refused::because(&visit.chrome, &Failure::NotFound))
}

fn report_key(visit: &Visit, kind: &str, id: &str) -> Result<ResourceKey, Refused> {
    let kind: Kind = part(visit, kind)?;
    ResourceKey::parse(kind, id).map_err(|_| Refused::because(&visit.chrome, &Failure::NotFound))
}

#[derive(Default, Deserialize)]
pub(crate) struct Back {
    back: Option<String>,
}

/// `GET /sign-in`
pub(crate) async fn sign_in_page(
    State(app): State<App>,
    stranger: Stranger,
    Asked(asked): Asked<Back>,
) -> Response {
    if !app.0.demo {
        return accounts::entry(&app, &stranger.chrome, &back(asked.back.as_deref()));
    }
    sign_in_screen::screen(&stranger.chrome, app.0.record.personas(), &back(asked.back.as_deref()))
        .into_response()
}

#[derive(Deserialize)]
pub(crate) struct Seat {
    persona: String,
    back: Option<String>,
}

/// `POST /sign-in`: no session exists yet, so the browser's own word on where the form came from decides.
pub(crate) async fn sign_in(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    Form(seat): Form<Seat>,
) -> Response {
    if !app.0.demo {
        return refuse(&stranger.chrome, &Failure::NotFound);
    }
    if !same_site(&headers) {
        return refuse(&stranger.chrome, &Failure::Stale);
    }
    let secret = (app.0.random)();
    let hash: [u8; 32] = Sha256::digest(secret).into();
    let (now, persona, hours) = (app.now(), seat.persona, Station::of(&headers).hours());
    match app.ask(move |record| record.sign_in(&persona, hash, now, hours)).await {
        Ok(actor) => {
            end_former(&app, &headers).await;
            app.1.go_on(&actor.id, hash, now);
            let cookie = set_cookie(SESSION, &hex(&secret), SIGN_IN_SECONDS, true);
            let to = back(seat.back.as_deref());
            // A ticket that waits for this sign-in is used by it.
            left_behind(cookie, launches::awaits(&to), Redirect::to(&to))
        }
        Err(failure) => refuse(&stranger.chrome, &failure),
    }
}

/// Where a browser begins a sign-in, the one that it had is over.
async fn end_former(app: &App, headers: &HeaderMap) {
    let Some(secret) = cookie(headers, SESSION).and_then(|text| unhex(&text)) else { return };
    let (hash, now): ([u8; 32], _) = (Sha256::digest(&secret).into(), app.now());
    let ended = app.ask(move |record| {
        let former = record.actor_of(hash, now)?;
        record.sign_out(hash, now)?;
        Ok(former)
    });
    // One that cannot be ended now ends by its own time; nobody is kept out for it.
    if let Ok(Some(former)) = ended.await {
        app.1.end(&former.id, hash);
    }
}

/// Where a sign-in begins or ends nothing is left of the one before: what was typed, whose chart was open, and a ticket
/// unless it is `awaited`.
fn left_behind(session: String, awaited: bool, to: Redirect) -> Response {
    let gone =
        [FOUND_BY, OPEN, launches::LAUNCH].into_iter().filter(|name| !awaited || *name != launches::LAUNCH);
    let gone = gone.map(|name| (header::SET_COOKIE, set_cookie(name, "", 0, true)));
    (AppendHeaders(std::iter::once((header::SET_COOKIE, session)).chain(gone)), to).into_response()
}

/// The first of what a form says under a name; empty when it says nothing.
fn first(given: &[(String, String)], name: &str) -> String {
    given.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

/// All of what a form says under a name.
fn all(given: &[(String, String)], name: &str) -> Vec<String> {
    given.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
}

#[derive(Deserialize)]
pub(crate) struct Token {
    #[serde(default)]
    form: String,
}

/// `POST /unlock`: a press by whoever holds the session in the demo, a fresh proof of an account; what was being written
/// goes on its way.
pub(crate) async fn unlock(
    State(app): State<App>,
    AnyVisit(visit): AnyVisit,
    headers: HeaderMap,
    Form(given): Form<Vec<(String, String)>>,
) -> Response {
    let field = |name: &str| given.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if !visit.genuine(&headers, field("form").unwrap_or_default()) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    let to = back(field(sign_in_screen::LOCKED_AT));
    if !visit.is_fresh() {
        // Whoever found the station open is stopped here: the holder of the account shows that it is them.
        let chrome = Chrome { proves: true, ..visit.chrome };
        let written = match field(sign_in_screen::KEPT) {
            Some(_) => Written::Kept(&given),
            None => Written::Nothing,
        };
        let page = sign_in_screen::locked(&chrome, Locked::Unproven, &to, &written);
        return (StatusCode::FORBIDDEN, page).into_response();
    }
    app.1.go_on(&visit.context.actor.id, visit.secret_hash, visit.context.now);
    if field(sign_in_screen::KEPT).is_some() {
        return Redirect::temporary(&to).into_response();
    }
    Redirect::to(&to).into_response()
}

/// `GET /locked`: nothing, to a session that is not. A page asks it now and then, so that a locked one shows nobody.
pub(crate) async fn locked(_: Visit) -> StatusCode {
    StatusCode::NO_CONTENT
}

/// `POST /sign-out`
pub(crate) async fn sign_out(
    State(app): State<App>,
    AnyVisit(visit): AnyVisit,
    headers: HeaderMap,
    Form(token): Form<Token>,
) -> Response {
    if !visit.genuine(&headers, &token.form) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    let (hash, now) = (visit.secret_hash, visit.context.now);
    match app.ask(move |record| record.sign_out(hash, now)).await {
        Ok(()) => {
            app.1.end(&visit.context.actor.id, hash);
            left_behind(set_cookie(SESSION, "", 0, true), false, Redirect::to("/sign-in"))
        }
        Err(failure) => refuse(&visit.chrome, &failure),
    }
}

/// `GET /`: each seat has its own first page.
pub(crate) async fn home(State(app): State<App>, visit: Visit) -> Response {
    match visit.context.actor.role {
        Role::LaboratoryDesk => return Redirect::to("/desk").into_response(),
        Role::IdentitySteward => return Redirect::to("/identity").into_response(),
        Role::Registrar => return Redirect::to("/registration").into_response(),
        Role::DirectorySteward => return Redirect::to("/directory").into_response(),
        Role::PrivacyOfficer => return Redirect::to("/privacy").into_response(),
        Role::UnitManager => return Redirect::to("/people").into_response(),
        Role::Coordinator => return Redirect::to("/applications").into_response(),
        // Nothing is sent to whom no report is open: they begin with a patient.
        _ if !visit.chrome.may(Permission::ReadResults) => return Redirect::to("/search").into_response(),
        _ => {}
    }
    match look(&app, &visit, home_look::Home {}).await {
        Ok(view) => home_page::screen(&visit.chrome, &view).into_response(),
        Err(refused) => refused.into_response(),
    }
}

/// Cookie that holds what was last typed to find somebody: it stands in no address, history or log of one, and on no disk:
/// it ends with the browser, a sign-in or a sign-out.
const FOUND_BY: &str = "opor-find";

#[derive(Default, Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    form: String,
    #[serde(default)]
    q: String,
}

#[derive(Default, Deserialize)]
pub(crate) struct Searched {
    /// Which search, so that two windows do not show each other's.
    #[serde(default)]
    n: String,
}

/// The mark of a search in its address: eight figures that say nothing of what was typed.
fn mark(visit: &Visit, text: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(visit.secret_hash);
    digest.update(text.as_bytes());
    hex(&digest.finalize()[..4])
}

/// `POST /search`: what was typed goes with the browser to the page that looks for it.
pub(crate) async fn search_for(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(asked): Form<Search>,
) -> Outcome {
    if !visit.genuine(&headers, &asked.form) {
        return Ok(refuse(&visit.chrome, &Failure::Stale));
    }
    let context = visit.context.clone();
    let allowed = app.ask(move |record| record.allow(&context, Permission::FindPatient)).await;
    allowed.map_err(|failure| Refused::because(&visit.chrome, &failure))?;
    let text: String = asked.q.trim().chars().take(SEARCH_CHARS).collect();
    if text.is_empty() {
        return Ok(Redirect::to("/search").into_response());
    }
    let cookie = format!("{FOUND_BY}={}; Path=/; SameSite=Lax; HttpOnly", hex(text.as_bytes()));
    let to = format!("/search?n={}", mark(&visit, &text));
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&to)).into_response())
}

/// `GET /search`
pub(crate) async fn search(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Asked(asked): Asked<Searched>,
) -> Answer {
    let kept = cookie(&headers, FOUND_BY).and_then(|kept| unhex(&kept)).unwrap_or_default();
    let text = String::from_utf8(kept).unwrap_or_default();
    let over = !asked.n.is_empty() && (text.is_empty() || asked.n != mark(&visit, &text));
    if asked.n.is_empty() || over {
        // Nothing is looked for yet, and a seat that may not look gets no box to type in.
        let context = visit.context.clone();
        let allowed = app.ask(move |record| record.allow(&context, Permission::FindPatient)).await;
        allowed.map_err(|failure| Refused::because(&visit.chrome, &failure))?;
        return Ok(search_page::screen(&visit.chrome, "", None, over));
    }
    let found = look(&app, &visit, patients::Find { text: text.clone() }).await?;
    Ok(search_page::screen(&visit.chrome, &text, Some(&found), false))
}

/// `GET /person/{person}`
pub(crate) async fn summary(State(app): State<App>, visit: Visit, Path(person): Path<String>) -> Answer {
    let person: PersonId = part(&visit, &person)?;
    let view = look(&app, &visit, patients::Summary { person }).await?;
    Ok(summary_page::screen(&visit.chrome, &view))
}

/// `GET /person/{person}/results`
pub(crate) async fn results(
    State(app): State<App>,
    visit: Visit,
    Path(person): Path<String>,
    Asked(asked): Asked<results_page::Asked>,
) -> Answer {
    let person: PersonId = part(&visit, &person)?;
    let view = look(&app, &visit, results_look::All { person }).await?;
    Ok(results_page::screen(&visit.chrome, &view, &asked))
}

/// `GET /person/{person}/reports`
pub(crate) async fn reports(State(app): State<App>, visit: Visit, Path(person): Path<String>) -> Answer {
    let person: PersonId = part(&visit, &person)?;
    let view = look(&app, &visit, reports_look::List { person }).await?;
    Ok(reports_page::screen(&visit.chrome, &view))
}

#[derive(Default, Deserialize)]
pub(crate) struct Reading {
    version: Option<u32>,
    #[serde(default)]
    done: String,
}

/// `GET /person/{person}/reports/{kind}/{id}`
pub(crate) async fn report(
    State(app): State<App>,
    visit: Visit,
    Path((person, kind, id)): Path<(String, String, String)>,
    Asked(asked): Asked<Reading>,
) -> Answer {
    let person: PersonId = part(&visit, &person)?;
    let report = report_key(&visit, &kind, &id)?;
    let view = look(&app, &visit, reports_look::Read { person, report, version: asked.version }).await?;
    let owed = if visit.chrome.may(Permission::HandleDelivery) {
        look(&app, &visit, ReportTakers { report }).await?
    } else {
        Vec::new()
    };
    Ok(reader::screen(&visit.chrome, &view, &owed, &asked.done))
}

#[derive(Default, Deserialize)]
pub(crate) struct Holder {
    of: Option<String>,
}

/// `GET …/attachments/{index}`: handed over to keep, never rendered by us.
pub(crate) async fn attachment(
    State(app): State<App>,
    visit: Visit,
    Path((person, kind, id, index)): Path<(String, String, String, String)>,
    Asked(asked): Asked<Holder>,
) -> Outcome {
    let parsed =
        part::<PersonId>(&visit, &person).and_then(|person| Ok((person, report_key(&visit, &kind, &id)?)));
    let (person, report) = parsed?;
    let index: usize = part(&visit, &index)?;
    let key = asked.of.as_deref().and_then(ResourceKey::from_reference).unwrap_or(report);
    let opened = look(&app, &visit, reports_look::Open { person, report: key, index }).await?;
    let (kind, name) = attachment_kind(&opened.content_type, index);
    let mut response = (StatusCode::OK, opened.bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// The type to hand an attachment over under, and a file name that says nothing about the person.
fn attachment_kind(declared: &str, index: usize) -> (&'static str, String) {
    let bare = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let kind =
        ATTACHMENT_TYPES.iter().find(|known| **known == bare).copied().unwrap_or("application/octet-stream");
    let ending = match kind {
        "application/pdf" => "pdf",
        "application/rtf" => "rtf",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/tiff" => "tif",
        "text/plain" => "txt",
        "application/dicom" => "dcm",
        _ => "bin",
    };
    (kind, format!("attachment-{}.{ending}", index + 1))
}

/// What "I have this" is said of.
#[derive(Deserialize)]
pub(crate) struct Taken {
    #[serde(default)]
    form: String,
    #[serde(default)]
    version: String,
}

/// `POST …/receive`: "I have this".
pub(crate) async fn receive(
    State(app): State<App>,
    visit: Visit,
    Path((person, kind, id)): Path<(String, String, String)>,
    headers: HeaderMap,
    Form(taken): Form<Taken>,
) -> Outcome {
    let parsed =
        part::<PersonId>(&visit, &person).and_then(|person| Ok((person, report_key(&visit, &kind, &id)?)));
    let (person, report) = parsed?;
    let then = format!("/person/{person}/reports/{report}?done=received");
    // What is no number was no version that anybody read; the act says which there is.
    let version = taken.version.trim().parse().unwrap_or(0);
    Ok(act(&app, &visit, &headers, &taken.form, deliveries::Receive { person, report, version }, &then).await)
}

/// What is said of a referral.
#[derive(Deserialize)]
pub(crate) struct Decided {
    #[serde(default)]
    form: String,
    #[serde(default)]
    decision: String,
    #[serde(default)]
    words: String,
}

/// `POST …/decide`: what becomes of a referral.
pub(crate) async fn decide(
    State(app): State<App>,
    visit: Visit,
    Path((person, kind, id)): Path<(String, String, String)>,
    headers: HeaderMap,
    Form(said): Form<Decided>,
) -> Outcome {
    let parsed =
        part::<PersonId>(&visit, &person).and_then(|person| Ok((person, report_key(&visit, &kind, &id)?)));
    let (person, request) = parsed?;
    let decision = if said.decision == "accept" { Decision::Accept } else { Decision::Decline };
    let then = format!("/person/{person}/reports/{request}?done=decided");
    Ok(act(
        &app,
        &visit,
        &headers,
        &said.form,
        Decide { person, request, decision, words: said.words },
        &then,
    )
    .await)
}

/// `GET /person/{person}/visits`
pub(crate) async fn visits(State(app): State<App>, visit: Visit, Path(person): Path<String>) -> Answer {
    let person: PersonId = part(&visit, &person)?;
    let view = look(&app, &visit, visits_look::Timeline { person }).await?;
    Ok(encounters::screen(&visit.chrome, &view))
}

#[derive(Default, Deserialize)]
pub(crate) struct DeskAsked {
    #[serde(default)]
    show: String,
    pick: Option<String>,
    #[serde(default)]
    done: String,
}

/// `GET /desk`
pub(crate) async fn desk(State(app): State<App>, visit: Visit, Asked(asked): Asked<DeskAsked>) -> Answer {
    let filter = desk_page::filter(&asked.show);
    let picked = asked.pick.as_deref().map(|text| part(&visit, text)).transpose()?;
    let view = look(&app, &visit, deliveries::Desk { filter, picked }).await?;
    let takers =
        match picked.filter(|_| visit.chrome.may(Permission::HandleDelivery) && view.picked.is_some()) {
            Some(obligation) => look(&app, &visit, Takers { obligation }).await?,
            None => TakersView::default(),
        };
    Ok(desk_page::screen(&visit.chrome, &view, filter, &asked.done, &takers))
}

/// `GET /desk/figures`
pub(crate) async fn desk_figures(
    State(app): State<App>,
    visit: Visit,
    Asked(asked): Asked<DeskAsked>,
) -> Answer {
    let view = look(&app, &visit, deliveries::Figures).await?;
    Ok(desk_page::figures_screen(&visit.chrome, &view, desk_page::filter(&asked.show)))
}

#[derive(Deserialize)]
pub(crate) struct Words {
    #[serde(default)]
    form: String,
    #[serde(default, alias = "reason")]
    text: String,
    /// Code of a desk.
    #[serde(default)]
    to: String,
    /// The page that the form stood on.
    #[serde(default)]
    back: String,
}

/// `POST /desk/{obligation}/note`
pub(crate) async fn desk_note(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(words): Form<Words>,
) -> Response {
    let then = format!("/desk?pick={obligation}&done=noted");
    match part(&visit, &obligation) {
        Ok(obligation) => {
            act(&app, &visit, &headers, &words.form, deliveries::Note { obligation, text: words.text }, &then)
                .await
        }
        Err(refused) => refused.into_response(),
    }
}

/// `POST /desk/{obligation}/send`
pub(crate) async fn desk_send(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(token): Form<Token>,
) -> Response {
    let then = format!("/desk?pick={obligation}&done=sent");
    match part(&visit, &obligation) {
        Ok(obligation) => {
            act(&app, &visit, &headers, &token.form, deliveries::SendAgain { obligation }, &then).await
        }
        Err(refused) => refused.into_response(),
    }
}

/// Lines of a group, as its form names them.
#[derive(Deserialize)]
pub(crate) struct Group {
    #[serde(default)]
    form: String,
    /// Keys, parted by commas.
    #[serde(default)]
    lines: String,
}

/// `POST /desk/send`
pub(crate) async fn desk_send_group(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(group): Form<Group>,
) -> Response {
    let obligations = group.lines.split(',').filter_map(|id| id.parse().ok()).collect();
    act(&app, &visit, &headers, &group.form, deliveries::SendGroup { obligations }, "/desk?done=group").await
}

/// `POST /desk/{obligation}/hand`
pub(crate) async fn desk_hand(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(words): Form<Words>,
) -> Response {
    match part(&visit, &obligation) {
        Ok(obligation) => {
            let hand = deliveries::HandOver { obligation, to: words.to, reason: words.text };
            act(&app, &visit, &headers, &words.form, hand, "/desk?done=handed").await
        }
        Err(refused) => refused.into_response(),
    }
}

/// `POST /desk/{obligation}/read-back`
pub(crate) async fn desk_read_back(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(words): Form<Words>,
) -> Response {
    match part(&visit, &obligation) {
        Ok(obligation) => {
            let told = ReadBack { obligation, to: words.to, said: words.text };
            // From the page of a report it leads back there.
            let then = if words.back.is_empty() { "/desk".to_owned() } else { back(Some(&words.back)) };
            act(&app, &visit, &headers, &words.form, told, &format!("{then}?done=read-back")).await
        }
        Err(refused) => refused.into_response(),
    }
}

/// `POST /desk/{obligation}/excuse`
pub(crate) async fn desk_excuse(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(words): Form<Words>,
) -> Response {
    match part(&visit, &obligation) {
        Ok(obligation) => {
            let excuse = deliveries::Excuse { obligation, reason: words.text };
            act(&app, &visit, &headers, &words.form, excuse, "/desk?done=excused").await
        }
        Err(refused) => refused.into_response(),
    }
}

/// `POST /desk/{obligation}/close`
pub(crate) async fn desk_close(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(words): Form<Words>,
) -> Response {
    match part(&visit, &obligation) {
        Ok(obligation) => {
            let close = deliveries::Close { obligation, reason: words.text };
            act(&app, &visit, &headers, &words.form, close, "/desk?done=closed").await
        }
        Err(refused) => refused.into_response(),
    }
}

/// `GET /messages/{message}`
pub(crate) async fn message(State(app): State<App>, visit: Visit, Path(message): Path<String>) -> Answer {
    let message = part(&visit, &message)?;
    let view = look(&app, &visit, messages_look::Show { message }).await?;
    Ok(message_page::screen(&visit.chrome, &view))
}

/// `GET /display`
pub(crate) async fn display(visit: Option<Visit>, stranger: Stranger, Asked(asked): Asked<Back>) -> Markup {
    let chrome = visit.map_or(stranger.chrome, |visit| visit.chrome);
    display_page::screen(&chrome, &back(asked.back.as_deref()))
}

#[derive(Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    density: String,
    #[serde(default)]
    theme: String,
    #[serde(default)]
    station: String,
    #[serde(default)]
    keys: String,
    back: Option<String>,
}

/// `POST /display`: cookies of this browser; nothing of the record changes, so the site alone is checked.
pub(crate) async fn display_save(
    stranger: Stranger,
    headers: HeaderMap,
    Form(chosen): Form<Chosen>,
) -> Response {
    if !same_site(&headers) {
        return refuse(&stranger.chrome, &Failure::Stale);
    }
    let mut response = Redirect::to(&back(chosen.back.as_deref())).into_response();
    for (name, _, values) in display_page::CHOICES {
        let asked = match *name {
            "density" => &chosen.density,
            "theme" => &chosen.theme,
            "station" => &chosen.station,
            _ => &chosen.keys,
        };
        if let Some((value, _)) = values.iter().find(|(value, _)| value == asked) {
            let cookie = set_cookie(&format!("{CHOICE}{name}"), value, CHOICE_SECONDS, true);
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
        }
    }
    response
}

#[derive(Default, Deserialize)]
pub(crate) struct Switch {
    #[serde(default)]
    to: String,
    back: Option<String>,
}

/// `GET /lang`
pub(crate) async fn lang(Asked(switch): Asked<Switch>) -> Response {
    let to = if switch.to == "fr" { "fr" } else { "en" };
    let cookie = set_cookie(LANGUAGE, to, CHOICE_SECONDS, true);
    ([(header::SET_COOKIE, cookie)], Redirect::to(&back(switch.back.as_deref()))).into_response()
}

/// `GET /practice-copy`: how a practice copy compares with live; on a live record the way to its practice copy.
pub(crate) async fn practice_copy(
    State(app): State<App>,
    visit: Option<Visit>,
    stranger: Stranger,
) -> Response {
    let chrome = visit.map_or(stranger.chrome, |visit| visit.chrome);
    match (&chrome.practice_copy, &app.0.practice_at) {
        (None, Some(address)) => Redirect::to(address).into_response(),
        _ => super::practice_copy::screen(&chrome).into_response(),
    }
}

/// `GET /help`
pub(crate) async fn help(visit: Option<Visit>, stranger: Stranger) -> Markup {
    let chrome = visit.map_or(stranger.chrome, |visit| visit.chrome);
    display_page::help(&chrome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attachments_are_never_handed_over_as_pages() {
        assert_eq!(attachment_kind("text/html", 0).0, "application/octet-stream");
        assert_eq!(attachment_kind("image/svg+xml", 0).0, "application/octet-stream");
        assert_eq!(
            attachment_kind("Application/PDF; name=x", 1),
            ("application/pdf", "attachment-2.pdf".to_owned())
        );
    }
}
