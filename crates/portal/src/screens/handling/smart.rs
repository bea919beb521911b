//! Apps of other makers: the question of one is judged, shown and answered; what `actions::smart` decides becomes pages
//! and ways back.

use super::{Answer, Outcome, Refused, act, look, part, refuse};
use crate::address::escape;
use crate::components::chrome::Chrome;
use crate::screens::smart as pages;
use crate::screens::states::Failure;
use crate::visit::{App, Visit};
use actions::accounts::base64url;
use actions::patients::Find;
use actions::smart::applying::Approve;
use actions::smart::authorizing::{Agree, Asked, Consent, Wanted, Wrong};
use actions::smart::launching::{Launch, OpenApps};
use actions::smart::registering::{Apps, EndApp};
use actions::smart::{OwnApps, TakeBack};
use axum::Form;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use fhir::PersonId;
use fhir::search::r4::decode_pairs;
use serde::Deserialize;

/// Characters typed to find somebody that are read.
const SEARCH_CHARS: usize = 500;

/// The address of the FHIR door, as apps know it: what the settings say, else as the browser reached us. What a proxy says
/// is believed of our own alone.
fn base(app: &App, headers: &HeaderMap) -> String {
    let ways = app.0.ways.as_ref();
    if let Some(ways) = ways.filter(|_| !app.0.demo) {
        return format!("{}/fhir", ways.portal);
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let told = |name: &str| text(name).filter(|_| ways.is_some_and(|ways| ways.proxied));
    fhir::served::base(
        told("x-forwarded-host").or_else(|| text("host")),
        told("x-forwarded-proto") == Some("https"),
    )
}

/// A question that can be answered, or what says why not.
async fn judged(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    request: &str,
) -> Result<Result<Asked, String>, Refused> {
    let pairs = decode_pairs(request).ok();
    let wanted = pairs.and_then(|pairs| Wanted::read(&pairs)).unwrap_or_default();
    let (base, context) = (base(app, headers), visit.context.clone());
    let judged = app.ask(move |record| match record.asked(&wanted, &base, &context) {
        Ok(asked) => Ok(Ok(asked)),
        Err(Wrong::Back(to)) => Ok(Err(to)),
        Err(Wrong::Here(refusal)) => Err(refusal),
    });
    judged.await.map_err(|failure| Refused::because(&visit.chrome, &failure))
}

/// What was agreed leaves this site by a page of ours: the content policy lets no form lead elsewhere.
fn leave(chrome: &Chrome, app: &str, to: &str) -> Response {
    ([(header::REFRESH, format!("0; url={to}"))], pages::going(chrome, app, to)).into_response()
}

/// `GET /authorize`: what an app asks (RFC 6749 4.1.1).
pub(crate) async fn ask(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    RawQuery(request): RawQuery,
) -> Outcome {
    let request = request.unwrap_or_default();
    match judged(&app, &visit, &headers, &request).await? {
        Err(to) => Ok(Redirect::to(&to).into_response()),
        Ok(asked) if asked.is_offline() && !visit.is_fresh() => Ok(prove(&request)),
        Ok(asked) if asked.needs_patient() => {
            Ok(pages::choose(&visit.chrome, &asked.app().name.clone(), &request, None).into_response())
        }
        Ok(asked) => shown(&app, &visit, asked, &request, None).await,
    }
}

/// What goes on without its user is let by whoever has just proved who they are: the question comes back afterwards.
fn prove(request: &str) -> Response {
    let back = escape(&format!("/authorize?{request}"));
    Redirect::to(&format!("/account/prove?back={back}")).into_response()
}

async fn shown(app: &App, visit: &Visit, asked: Asked, request: &str, person: Option<PersonId>) -> Outcome {
    let view = look(app, visit, Consent { asked, person, session: visit.secret_hash }).await?;
    Ok(pages::consent(&visit.chrome, &view, request, person).into_response())
}

#[derive(Deserialize)]
pub(crate) struct Answered {
    #[serde(default)]
    form: String,
    #[serde(default)]
    request: String,
    #[serde(default)]
    person: String,
    #[serde(default)]
    answer: String,
    #[serde(default)]
    q: String,
}

impl Answered {
    fn person(&self, visit: &Visit) -> Result<Option<PersonId>, Refused> {
        (!self.person.is_empty()).then(|| part(visit, &self.person)).transpose()
    }
}

/// `POST /authorize/patient`: looks for the patient it is about, or takes the one that was chosen.
pub(crate) async fn choose(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(answered): Form<Answered>,
) -> Outcome {
    if !visit.genuine(&headers, &answered.form) {
        return Ok(refuse(&visit.chrome, &Failure::Stale));
    }
    let asked = match judged(&app, &visit, &headers, &answered.request).await? {
        Ok(asked) => asked,
        Err(to) => return Ok(leave(&visit.chrome, "", &to)),
    };
    if let Some(person) = answered.person(&visit)? {
        return shown(&app, &visit, asked, &answered.request, Some(person)).await;
    }
    let text: String = answered.q.chars().take(SEARCH_CHARS).collect();
    let found = look(&app, &visit, Find { text }).await?;
    Ok(pages::choose(&visit.chrome, &asked.app().name, &answered.request, Some(&found)).into_response())
}

/// `POST /authorize`: yes or no.
pub(crate) async fn answer(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(answered): Form<Answered>,
) -> Outcome {
    if !visit.genuine(&headers, &answered.form) {
        return Ok(refuse(&visit.chrome, &Failure::Stale));
    }
    let asked = match judged(&app, &visit, &headers, &answered.request).await? {
        Ok(asked) => asked,
        Err(to) => return Ok(leave(&visit.chrome, "", &to)),
    };
    let name = asked.app().name.clone();
    if answered.answer != "yes" {
        return Ok(leave(&visit.chrome, &name, &asked.denied()));
    }
    if asked.is_offline() && !visit.is_fresh() {
        return Ok(prove(&answered.request));
    }
    let code = base64url::encode(&(app.0.random)());
    let (to, person) = (asked.agreed(&code), answered.person(&visit)?);
    let (context, session) = (visit.context.clone(), visit.secret_hash);
    let agreed = app.ask(move |record| record.act(&context, Agree { asked, person, session, code })).await;
    Ok(match agreed {
        Ok(()) => leave(&visit.chrome, &name, &to),
        Err(failure) => refuse(&visit.chrome, &failure),
    })
}

/// `GET /person/{person}/apps`
pub(crate) async fn open(State(app): State<App>, visit: Visit, Path(person): Path<String>) -> Answer {
    let person: PersonId = part(&visit, &person)?;
    Ok(pages::open(&visit.chrome, &look(&app, &visit, OpenApps { person }).await?))
}

#[derive(Deserialize)]
pub(crate) struct Opening {
    #[serde(default)]
    form: String,
    #[serde(default)]
    app: String,
}

/// `POST /person/{person}/apps`: opens one at this patient.
pub(crate) async fn launch(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Path(person): Path<String>,
    Form(opening): Form<Opening>,
) -> Outcome {
    if !visit.genuine(&headers, &opening.form) {
        return Ok(refuse(&visit.chrome, &Failure::Stale));
    }
    let person: PersonId = part(&visit, &person)?;
    let launch = base64url::encode(&(app.0.random)());
    let (base, context, session) = (base(&app, &headers), visit.context.clone(), visit.secret_hash);
    let opened = app.ask(move |record| {
        let act = Launch { person, app: opening.app.clone(), session, launch: launch.clone() };
        record.act(&context, act)?;
        record.launch_address(&opening.app, &base, &launch)
    });
    Ok(match opened.await {
        Ok((name, to)) => leave(&visit.chrome, &name, &to),
        Err(failure) => refuse(&visit.chrome, &failure),
    })
}

/// `GET /apps`
pub(crate) async fn own(State(app): State<App>, visit: Visit) -> Answer {
    Ok(pages::own(&visit.chrome, &look(&app, &visit, OwnApps).await?))
}

#[derive(Deserialize)]
pub(crate) struct Taken {
    #[serde(default)]
    form: String,
    #[serde(default)]
    grant: String,
}

/// `POST /apps`: takes one back.
pub(crate) async fn take_back(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(taken): Form<Taken>,
) -> Response {
    act(&app, &visit, &headers, &taken.form, TakeBack { id: taken.grant }, "/apps").await
}

#[derive(Deserialize)]
pub(crate) struct Meant {
    #[serde(default)]
    form: String,
    #[serde(default)]
    id: String,
}

/// `POST /apps/registered/approve`
pub(crate) async fn approve(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(meant): Form<Meant>,
) -> Response {
    act(&app, &visit, &headers, &meant.form, Approve { id: meant.id }, "/apps/registered").await
}

/// `POST /apps/registered/end`
pub(crate) async fn end_app(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(meant): Form<Meant>,
) -> Response {
    act(&app, &visit, &headers, &meant.form, EndApp { id: meant.id }, "/apps/registered").await
}

/// `GET /apps/registered`
pub(crate) async fn registered(State(app): State<App>, visit: Visit) -> Answer {
    Ok(pages::registered(&visit.chrome, &look(&app, &visit, Apps).await?))
}
