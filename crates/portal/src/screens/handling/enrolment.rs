//! Applications for access. Who applies is known by the secret of their browser: a cookie of its own, whose hash the record
//! keeps. The browser's own word says that a form was ours, as with other pages before a sign-in.

use super::{Answer, Outcome, Refused, act, look, part};
use crate::screens::enrolment::steps::Step;
use crate::screens::enrolment::{desk as desk_page, start, status, steps};
use crate::screens::refuse;
use crate::screens::states::Failure;
use crate::visit::{App, Asked, Stranger, Visit, cookie, hex, same_site, set_cookie, unhex};
use crate::words::Lang;
use actions::enrolment as e;
use actions::refusal::Refusal;
use actions::values::Words;
use actions::values::enrolment::{Contact, State as Stands, Tongue};
use actions::{Act, ApplicationId, Look};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Cookie of the browser that goes on with an application.
const JOIN: &str = "opor-join";
/// As long as a draft is kept, in seconds.
const JOIN_SECONDS: i64 = 30 * 24 * 3600;
/// Who acts, in audit rows.
const BY_BROWSER: &str = "application";
const STEPS: &str = "/join/application";

type Fields = Vec<(String, String)>;

fn field<'f>(fields: &'f Fields, name: &str) -> &'f str {
    fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
}

fn all(fields: &Fields, name: &str) -> Vec<String> {
    fields.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
}

pub(super) fn handle(headers: &HeaderMap) -> Vec<u8> {
    let secret = cookie(headers, JOIN).and_then(|text| unhex(&text)).filter(|secret| secret.len() == 32);
    secret.map(|secret| Sha256::digest(secret).to_vec()).unwrap_or_default()
}

/// A fresh secret, as its cookie and its hash.
fn fresh(app: &App) -> (String, Vec<u8>) {
    let secret = (app.0.random)();
    let set = set_cookie(JOIN, &hex(&secret), JOIN_SECONDS, true);
    (set, Sha256::digest(secret).to_vec())
}

pub(super) async fn seen<L>(app: &App, look: L) -> Result<L::View, Failure>
where
    L: Look + Send + 'static,
    L::View: Send + 'static,
{
    let context = actions::record::machine(BY_BROWSER, app.now());
    app.ask(move |record| record.look(&context, look)).await
}

pub(super) async fn done<A: Act + Send + 'static>(
    app: &App,
    headers: &HeaderMap,
    act: A,
) -> Result<(), Failure> {
    if !same_site(headers) {
        return Err(Failure::Stale);
    }
    let context = actions::record::machine(BY_BROWSER, app.now());
    app.ask(move |record| record.act(&context, act)).await
}

/// What the record refused, for the page that the form stood on.
pub(super) fn said(failure: &Failure) -> Option<&Words> {
    match failure {
        Failure::Refused(Refusal { words, .. }) => Some(words),
        _ => None,
    }
}

/// `GET /join`
pub(crate) async fn begin(stranger: Stranger) -> Response {
    start::screen(&stranger.chrome, None).into_response()
}

/// `POST /join`
pub(crate) async fn begin_do(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    // Codes go out by mail: one source cannot have them sent without end.
    let is_proxied = app.0.ways.as_ref().is_some_and(|ways| ways.proxied);
    let (source, now) = (crate::peer::source(&headers, is_proxied), app.now());
    match app.ask(move |record| record.try_door(&source, None, now)).await {
        Ok(None) => {}
        Ok(Some(_)) => {
            let words = Words::new(
                "Many codes were asked for from here. Wait a quarter of an hour, then ask again.",
                "Beaucoup de codes ont été demandés d’ici. Attendez un quart d’heure, puis redemandez.",
            );
            let page = start::screen(&stranger.chrome, Some(&words));
            return (StatusCode::TOO_MANY_REQUESTS, page).into_response();
        }
        Err(failure) => return refuse(&stranger.chrome, &failure),
    }
    let (set, handle) = fresh(&app);
    let tongue = if stranger.chrome.lang() == Lang::Fr { Tongue::Fr } else { Tongue::En };
    let act = e::Begin { handle, address: field(&fields, "address").to_owned(), tongue };
    match done(&app, &headers, act).await {
        Ok(()) => ([(header::SET_COOKIE, set)], Redirect::to("/join/code")).into_response(),
        Err(failure) => match said(&failure) {
            Some(words) => {
                let page = start::screen(&stranger.chrome, Some(words));
                (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
            }
            None => refuse(&stranger.chrome, &failure),
        },
    }
}

/// `GET /join/code`
pub(crate) async fn code(State(app): State<App>, stranger: Stranger, headers: HeaderMap) -> Response {
    match seen(&app, e::AskedFor { handle: handle(&headers) }).await {
        Ok(asked) => start::code(&stranger.chrome, &asked, None).into_response(),
        Err(failure) => refuse(&stranger.chrome, &failure),
    }
}

/// `POST /join/code`
pub(crate) async fn code_do(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let handle = handle(&headers);
    let mut eight = [0; 8];
    eight.copy_from_slice(&(app.0.random)()[..8]);
    let act = e::Prove {
        key: app.0.key.clone(),
        handle: handle.clone(),
        code: field(&fields, "code").to_owned(),
        id: ApplicationId::of(eight),
    };
    let refused = match done(&app, &headers, act).await {
        Ok(()) => {
            if seen(&app, e::Mine { handle: handle.clone() }).await.is_ok() {
                return Redirect::to(STEPS).into_response();
            }
            let wrong = crate::words::enrolment::CODE_WRONG;
            Words::new(wrong.en, wrong.fr)
        }
        Err(failure) => match said(&failure) {
            Some(words) => words.clone(),
            None => return refuse(&stranger.chrome, &failure),
        },
    };
    match seen(&app, e::AskedFor { handle }).await {
        Ok(asked) => {
            let page = start::code(&stranger.chrome, &asked, Some(&refused));
            (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
        }
        Err(failure) => refuse(&stranger.chrome, &failure),
    }
}

#[derive(Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    step: String,
}

/// `GET /join/application`
pub(crate) async fn application(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Response {
    match seen(&app, e::Mine { handle: handle(&headers) }).await {
        Ok(view) => shown(&stranger, &view, &wanted.step, None),
        Err(Failure::Refused(_)) => Redirect::to("/join").into_response(),
        Err(failure) => refuse(&stranger.chrome, &failure),
    }
}

fn shown(stranger: &Stranger, view: &e::MineView, wanted: &str, refused: Option<&Words>) -> Response {
    let page = match view.state {
        Stands::Draft => steps::screen(&stranger.chrome, view, Step::asked(wanted, &view.facts), refused),
        _ => status::screen(&stranger.chrome, view, refused),
    };
    let code = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    (code, page).into_response()
}

/// Does a step; what was refused is said on the page of the step.
async fn step<A: Act + Send + 'static>(
    app: &App,
    stranger: &Stranger,
    headers: &HeaderMap,
    (act, code): (A, &str),
) -> Response {
    match done(app, headers, act).await {
        Ok(()) => Redirect::to(STEPS).into_response(),
        Err(failure) => {
            let Some(words) = said(&failure) else { return refuse(&stranger.chrome, &failure) };
            match seen(app, e::Mine { handle: handle(headers) }).await {
                Ok(view) => shown(stranger, &view, code, Some(words)),
                Err(_) => refuse(&stranger.chrome, &failure),
            }
        }
    }
}

/// `POST /join/licence`
pub(crate) async fn licence(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let text = |name: &str| field(&fields, name).to_owned();
    let act = e::Licence {
        handle: handle(&headers),
        profession: text("profession"),
        unlisted: text("unlisted"),
        family: text("family"),
        given: text("given"),
        licence: text("licence"),
    };
    step(&app, &stranger, &headers, (act, "licence")).await
}

/// `POST /join/workplaces`
pub(crate) async fn workplaces(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let who = |n: usize| Contact {
        name: field(&fields, &format!("name{n}")).to_owned(),
        email: field(&fields, &format!("email{n}")).to_owned(),
    };
    let act = e::Workplaces {
        handle: handle(&headers),
        places: all(&fields, "place"),
        other: field(&fields, "other").to_owned(),
        administrators: vec![who(1), who(2)],
    };
    step(&app, &stranger, &headers, (act, "workplaces")).await
}

/// `POST /join/way`
pub(crate) async fn way(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let act = e::Way { handle: handle(&headers), method: field(&fields, "method").to_owned() };
    step(&app, &stranger, &headers, (act, "way")).await
}

/// `POST /join/meeting`
pub(crate) async fn meeting(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    // Nothing gives the time back; what is no time is one that nobody can pick.
    let at = Some(field(&fields, "at")).filter(|at| !at.is_empty());
    let at = at.map(|at| fhir::Instant(at.parse().unwrap_or_default()));
    let act = e::Meet { handle: handle(&headers), at };
    step(&app, &stranger, &headers, (act, "way")).await
}

/// `POST /join/scene`
pub(crate) async fn scene(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let act = e::Scene {
        handle: handle(&headers),
        scene: field(&fields, "scene").to_owned(),
        choice: field(&fields, "choice").parse().unwrap_or_default(),
    };
    step(&app, &stranger, &headers, (act, "scenes")).await
}

/// `POST /join/send`
pub(crate) async fn send(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let act = e::Send {
        handle: handle(&headers),
        read: all(&fields, "read"),
        signature: field(&fields, "signature").to_owned(),
        on_paper: field(&fields, "paper") == "yes",
    };
    step(&app, &stranger, &headers, (act, "sign")).await
}

/// `POST /join/appeal`
pub(crate) async fn appeal(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let act = e::Appeal { handle: handle(&headers), words: field(&fields, "words").to_owned() };
    step(&app, &stranger, &headers, (act, "")).await
}

/// `POST /join/withdraw`
pub(crate) async fn withdraw(State(app): State<App>, stranger: Stranger, headers: HeaderMap) -> Response {
    let act = e::Withdraw { handle: handle(&headers) };
    step(&app, &stranger, &headers, (act, "")).await
}

/// `GET /join/go/{token}`
pub(crate) async fn go_on(stranger: Stranger, Path(token): Path<String>) -> Response {
    start::go_on(&stranger.chrome, &token).into_response()
}

/// `POST /join/go/{token}`
pub(crate) async fn go_on_do(
    State(app): State<App>,
    stranger: Stranger,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    let (set, handle) = fresh(&app);
    let act = e::Resume { key: app.0.key.clone(), token, handle };
    match done(&app, &headers, act).await {
        Ok(()) => ([(header::SET_COOKIE, set)], Redirect::to(STEPS)).into_response(),
        Err(failure) => refuse(&stranger.chrome, &failure),
    }
}

/// `GET /join/yes/{token}`
pub(crate) async fn manager(
    State(app): State<App>,
    stranger: Stranger,
    Path(token): Path<String>,
) -> Response {
    match seen(&app, e::OfManager { key: app.0.key.clone(), token: token.clone() }).await {
        Ok(view) => start::manager(&stranger.chrome, &view, &token).into_response(),
        Err(failure) => refuse(&stranger.chrome, &failure),
    }
}

/// `POST /join/yes/{token}`: the link is the proof.
pub(crate) async fn manager_do(
    State(app): State<App>,
    stranger: Stranger,
    Path(token): Path<String>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let yes = match field(&fields, "answer") {
        "yes" => true,
        "no" => false,
        _ => return refuse(&stranger.chrome, &Failure::Stale),
    };
    let act = e::Approve { key: app.0.key.clone(), token: token.clone(), yes };
    match done(&app, &headers, act).await {
        Ok(()) => {
            // A link that was answered with no asks nothing any more: the page says that it was taken.
            match seen(&app, e::OfManager { key: app.0.key.clone(), token: token.clone() }).await {
                Ok(view) => start::manager(&stranger.chrome, &view, &token).into_response(),
                Err(failure) => refuse(&stranger.chrome, &failure),
            }
        }
        Err(failure) => refuse(&stranger.chrome, &failure),
    }
}

/// `GET /join/mails`: in the demo alone.
pub(crate) async fn mails(State(app): State<App>, stranger: Stranger) -> Response {
    if !app.0.demo {
        return refuse(&stranger.chrome, &Failure::NotFound);
    }
    let look = actions::mailing::Mails { key: app.0.key.clone(), portal: String::new() };
    match seen(&app, look).await {
        Ok(mails) => start::mails(&stranger.chrome, &mails).into_response(),
        Err(failure) => refuse(&stranger.chrome, &failure),
    }
}

/// `GET /applications`
pub(crate) async fn queue(State(app): State<App>, visit: Visit) -> Answer {
    let view = look(&app, &visit, e::Queue).await?;
    Ok(desk_page::screen(&visit.chrome, &view))
}

/// `POST /mails/{outgoing}`: what the desk does about a mail that did not go out.
pub(crate) async fn mail(
    State(app): State<App>,
    visit: Visit,
    Path(mail): Path<String>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Outcome {
    let told = match field(&fields, "turn") {
        "told" => Some(field(&fields, "told").to_owned()),
        "again" => None,
        _ => return Err(Refused::because(&visit.chrome, &Failure::Stale)),
    };
    let what = actions::mailing::Settle { mail: part(&visit, &mail)?, told };
    Ok(act(&app, &visit, &headers, field(&fields, "form"), what, "/applications").await)
}

#[derive(Default, Deserialize)]
pub(crate) struct Done {
    #[serde(default)]
    done: String,
}

/// `GET /applications/{application}`
pub(crate) async fn one(
    State(app): State<App>,
    visit: Visit,
    Path(application): Path<String>,
    Asked(asked): Asked<Done>,
) -> Answer {
    let application: ApplicationId = part(&visit, &application)?;
    let view = look(&app, &visit, e::One { application }).await?;
    Ok(desk_page::one(&visit.chrome, &view, asked.done == "yes"))
}

/// `POST /applications/{application}/{deed}`: what the desk decides.
pub(crate) async fn decide(
    State(app): State<App>,
    visit: Visit,
    Path((application, deed)): Path<(String, String)>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Outcome {
    let id: ApplicationId = part(&visit, &application)?;
    let (then, token) = (format!("/applications/{id}?done=yes"), field(&fields, "form"));
    let text = |name: &str| field(&fields, name).to_owned();
    let (method, evidence) = (text("method"), text("evidence"));
    Ok(match deed.as_str() {
        "verify" => {
            let what = e::Verify { application: id, method, evidence };
            act(&app, &visit, &headers, token, what, &then).await
        }
        "missed" => {
            let what = e::Missed { application: id };
            act(&app, &visit, &headers, token, what, &then).await
        }
        "return" => {
            let what = e::GiveBack { application: id, question: text("question") };
            act(&app, &visit, &headers, token, what, &then).await
        }
        "refuse" => {
            let what = e::Refuse { application: id, reason: text("reason") };
            act(&app, &visit, &headers, token, what, &then).await
        }
        "licence" => {
            let what = e::CheckLicence { application: id, evidence };
            act(&app, &visit, &headers, token, what, &then).await
        }
        "tie" => {
            let is = e::Is::said(field(&fields, "practitioner"), field(&fields, "id"));
            let what = e::Tie { application: id, is, reason: text("reason") };
            act(&app, &visit, &headers, token, what, &then).await
        }
        "caller" => {
            let genuine = field(&fields, "genuine") == "yes";
            let what = e::Caller { application: id, method, evidence, genuine };
            act(&app, &visit, &headers, token, what, &then).await
        }
        "grant" => {
            let what = e::GrantAccess { application: id, reason: text("reason") };
            act(&app, &visit, &headers, token, what, &then).await
        }
        _ => return Err(Refused::because(&visit.chrome, &Failure::NotFound)),
    })
}

/// `POST /applications/{application}/access/{turn}`: what becomes of the access that it led to.
pub(crate) async fn access(
    State(app): State<App>,
    visit: Visit,
    Path((application, turn)): Path<(String, String)>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Outcome {
    let id: ApplicationId = part(&visit, &application)?;
    let (then, token) = (format!("/applications/{id}?done=yes"), field(&fields, "form"));
    let text = |name: &str| field(&fields, name).to_owned();
    let reason = text("reason");
    Ok(match turn.as_str() {
        "suspend" => {
            let what = e::SuspendAccess { application: id, reason };
            act(&app, &visit, &headers, token, what, &then).await
        }
        "resume" => {
            let what = e::ResumeAccess { application: id, of: text("of"), reason };
            act(&app, &visit, &headers, token, what, &then).await
        }
        "end" => {
            let what = e::EndAccess { application: id, reason };
            act(&app, &visit, &headers, token, what, &then).await
        }
        "invite" => {
            let what = e::InviteAgain { application: id, method: text("method"), evidence: text("evidence") };
            act(&app, &visit, &headers, token, what, &then).await
        }
        _ => return Err(Refused::because(&visit.chrome, &Failure::NotFound)),
    })
}
